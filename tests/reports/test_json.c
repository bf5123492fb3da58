/* Our JSON: exact decimals, escapes, layout; jansson must read all of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reports/json.h"
#include "tests/support/scratch.h"

struct paper {
    struct output *output;
    struct json json;
    char path[256];
};

static struct paper take_paper(void **state)
{
    struct paper paper = {0};
    char error[OUTPUT_ERROR_SIZE];
    snprintf(paper.path, sizeof paper.path, "%s", scratch_path(state, "out"));
    assert_int_equal(output_open(paper.path, &paper.output, error), OUTPUT_OK);
    paper.json.file = output_create(paper.output, "a.json", 0);
    return paper;
}

/* What was written, to be freed. */
static char *read_paper(struct paper *paper)
{
    char error[OUTPUT_ERROR_SIZE];
    assert_true(output_commit(paper->output, error));
    strcat(paper->path, "/a.json");
    return scratch_read(paper->path, &(size_t){0});
}

static void expect(struct paper *paper, const char *text)
{
    char *found = read_paper(paper);
    assert_string_equal(found, text);
    free(found);
}

static void blocks_have_a_line_a_member_and_lines_are_one(void **state)
{
    struct paper paper = take_paper(state);
    json_open_object(&paper.json, NULL, JSON_BLOCK);
    json_count(&paper.json, "a", UINT64_MAX);
    json_open_object(&paper.json, "b", JSON_LINE);
    json_bool(&paper.json, "c", true);
    json_list(&paper.json, "d", JSON_BLOCK); /* inside of a line, so it is one too */
    json_count(&paper.json, NULL, 1);
    json_put_null(&paper.json, NULL);
    json_end(&paper.json);
    json_end(&paper.json);
    json_list(&paper.json, "e", JSON_BLOCK);
    json_end(&paper.json);
    json_list(&paper.json, "f", JSON_BLOCK);
    json_text(&paper.json, NULL, NULL);
    json_text(&paper.json, NULL, "x");
    json_end(&paper.json);
    json_end(&paper.json);
    expect(&paper, "{\n"
                   "  \"a\": 18446744073709551615,\n"
                   "  \"b\": {\"c\": true, \"d\": [1, null]},\n"
                   "  \"e\": [],\n"
                   "  \"f\": [\n"
                   "    null,\n"
                   "    \"x\"\n"
                   "  ]\n"
                   "}\n");
}

static void decimals_are_exact_and_short(void **state)
{
    struct paper paper = take_paper(state);
    json_list(&paper.json, NULL, JSON_LINE);
    json_seconds(&paper.json, NULL, 0);
    json_seconds(&paper.json, NULL, 1);
    json_seconds(&paper.json, NULL, 1209600 * INT64_C(1000000000));
    json_seconds(&paper.json, NULL, -1500000000);
    json_seconds(&paper.json, NULL, -1);
    json_seconds(&paper.json, NULL, INT64_MAX);
    json_seconds(&paper.json, NULL, INT64_MIN);
    json_milliseconds(&paper.json, NULL, 20400001);
    json_decimal_full(&paper.json, NULL, 1500, 3);
    json_decimal(&paper.json, NULL, 1000, 3);
    json_end(&paper.json);
    expect(&paper, "[0.0, 0.000000001, 1209600.0, -1.5, -0.000000001, 9223372036.854775807, "
                   "-9223372036.854775808, 20.400001, 1.500, 1.0]\n");
}

static void jansson_reads_back_every_character(void **state)
{
    char text[400] = "\xc3\xa4\xe2\x80\xa6";
    size_t size = strlen(text);
    for (char c = 1; c > 0 && c < 127; c++)
        text[size++] = c;
    text[size] = '\0';
    struct paper paper = take_paper(state);
    json_open_object(&paper.json, NULL, JSON_BLOCK);
    json_text(&paper.json, text, text);
    json_end(&paper.json);
    char *found = read_paper(&paper);
    json_t *root = json_loads(found, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, text)), text);
    json_decref(root);
    free(found);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(blocks_have_a_line_a_member_and_lines_are_one),
        claim(decimals_are_exact_and_short),
        claim(jansson_reads_back_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
