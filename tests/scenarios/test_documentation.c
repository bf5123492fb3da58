/* docs/scenario.md says what the schema says: each key's row word for word; and its examples load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/schema.h"
#include "tests/support/loaded.h"
#include "tests/support/scratch.h"

static char *documentation;

static int read_documentation(void **state)
{
    size_t size;
    (void)state;
    documentation = scratch_read("docs/scenario.md", &size);
    return documentation ? 0 : -1;
}

static int free_documentation(void **state)
{
    (void)state;
    free(documentation);
    return 0;
}

static const char *fallback_text(struct arena *arena, const struct schema_field *field)
{
    if (field->required)
        return "required";
    if (field->one_of)
        return "one of these keys is required";
    if (!field->fallback)
        return field->fallback_says;
    return *field->fallback ? arena_format(arena, "`%s`", field->fallback) : "empty";
}

static size_t check_rows(struct arena *arena, const struct schema *schema)
{
    size_t missing = 0;
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        const char *row =
            arena_format(arena, "| `%s` | %s | %s | %s |\n", field->key,
                         schema_expected(arena, field), fallback_text(arena, field), field->help);
        if (!strstr(documentation, row)) {
            print_error("docs/scenario.md lacks the row of '%s':\n%s", schema->noun, row);
            missing++;
        }
        if (field->record)
            missing += check_rows(arena, field->record);
        if (field->kind == SCHEMA_NAMES)
            missing += check_rows(arena, &schema_names);
    }
    return missing;
}

static void every_key_has_its_row(void **state)
{
    struct arena arena = {0};
    (void)state;
    assert_int_equal(check_rows(&arena, &schema_scenario), 0);
    arena_release(&arena);
}

/* The next block of YAML from *AT on that is a whole scenario, terminated in place. */
static char *next_example(char **at)
{
    for (char *block; (block = strstr(*at, "```yaml\n"));) {
        block += strlen("```yaml\n");
        char *end = strstr(block, "```\n");
        *at = end + 1;
        *end = '\0';
        if (strstr(block, "duration:"))
            return block;
    }
    return NULL;
}

static void every_whole_example_loads(void **state)
{
    char *copy = strdup(documentation);
    char *at = copy;
    size_t count = 0;
    (void)state;
    for (char *example; (example = next_example(&at)); count++) {
        struct loaded loaded = {0};
        loaded_load(&loaded, example);
        assert_string_equal(loaded_said(&loaded), "");
        loaded_free(&loaded);
    }
    assert_true(count >= 2);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_its_row),
        cmocka_unit_test(every_whole_example_loads),
    };
    return cmocka_run_group_tests(tests, read_documentation, free_documentation);
}
