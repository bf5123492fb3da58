/* The tree: what it holds, where it says things stand, and how it stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/yaml.h"
#include "tests/support/guard.h"

struct reading {
    struct arena arena;
    struct diagnostics diagnostics;
    struct yaml *root;
};

static void read_bytes(struct reading *reading, struct bytes text)
{
    *reading = (struct reading){0};
    reading->diagnostics.arena = &reading->arena;
    reading->root = yaml_read(&reading->arena, text, "a.yaml", &reading->diagnostics);
}

static void read(struct reading *reading, const char *text)
{
    read_bytes(reading, bytes_of_text(text));
}

static void finish(struct reading *reading)
{
    diagnostics_free(&reading->diagnostics);
    arena_release(&reading->arena);
}

static const struct yaml *at(const struct reading *reading, const char *key)
{
    const struct yaml_entry *entry = yaml_find(reading->root, key);
    assert_non_null(entry);
    return entry->value;
}

static void assert_place(struct place place, unsigned line, unsigned column)
{
    assert_string_equal(place.file, "a.yaml");
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void keeps_order_and_places(void **state)
{
    struct reading reading;
    (void)state;
    read(&reading, "b: [x, {y: z}]\n"
                   "a:\n"
                   "  - \"quoted\"\n");
    assert_int_equal(reading.root->kind, YAML_MAP);
    assert_int_equal(reading.root->count, 2);
    assert_string_equal(reading.root->entries[0].key, "b");
    assert_place(reading.root->entries[1].place, 2, 1);
    const struct yaml *list = at(&reading, "b");
    assert_int_equal(list->kind, YAML_LIST);
    assert_place(list->place, 1, 4);
    assert_place(list->entries[1].value->entries[0].value->place, 1, 12);
    const struct yaml *quoted = at(&reading, "a")->entries[0].value;
    assert_place(quoted->place, 3, 5);
    assert_place(quoted->content, 3, 6);
    finish(&reading);
}

static void block_text_begins_on_the_next_line(void **state)
{
    struct reading reading;
    (void)state;
    read(&reading, "records: |\n  one\n  two\n");
    assert_string_equal(at(&reading, "records")->text, "one\ntwo\n");
    assert_place(at(&reading, "records")->content, 2, 0);
    finish(&reading);
}

static void only_unquoted_nothing_is_nothing(void **state)
{
    struct reading reading;
    (void)state;
    read(&reading, "a:\nb: ~\nc: null\nd: ''\ne: '~'\n");
    assert_int_equal(at(&reading, "a")->kind, YAML_NOTHING);
    assert_int_equal(at(&reading, "b")->kind, YAML_NOTHING);
    assert_int_equal(at(&reading, "c")->kind, YAML_NOTHING);
    assert_int_equal(at(&reading, "d")->kind, YAML_TEXT);
    assert_int_equal(at(&reading, "e")->kind, YAML_TEXT);
    finish(&reading);
}

static void aliases_are_copies(void **state)
{
    struct reading reading;
    (void)state;
    read(&reading, "a: &x {k: 1}\nb: *x\n");
    const struct yaml *a = at(&reading, "a"), *b = at(&reading, "b");
    assert_ptr_not_equal(a, b);
    assert_string_equal(yaml_find(b, "k")->value->text, "1");
    yaml_find(b, "k")->value->text = "2";
    assert_string_equal(yaml_find(a, "k")->value->text, "1");
    finish(&reading);
}

static void refuses_bytes_that_are_no_text(void **state)
{
    static const char *const broken[] = {"a: \xff\xfe\n", "a: \"\\0\"\n", "\"\\0\": a\n",
                                         "a: \x01\n"};
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct reading reading;
        read(&reading, broken[i]);
        assert_int_equal(reading.diagnostics.errors, 1);
        finish(&reading);
    }
}

/* COUNT times PART, after BEFORE. Each of these took libyaml minutes when it was asked for the
 * whole document at once. */
static void assert_bounded(const char *before, const char *part, size_t count, const char *sentence)
{
    struct arena arena = {0};
    struct reading reading;
    size_t start = strlen(before), size = strlen(part);
    char *text = arena_alloc(&arena, start + count * size);
    memcpy(text, before, start);
    for (size_t i = 0; i < count; i++)
        memcpy(text + start + i * size, part, size);
    read_bytes(&reading, bytes_of(text, start + count * size));
    assert_null(reading.root);
    assert_int_equal(reading.diagnostics.count, 1);
    assert_non_null(strstr(reading.diagnostics.items[0].sentence, sentence));
    finish(&reading);
    arena_release(&arena);
}

static void bombs_are_refused_at_once(void **state)
{
    (void)state;
    assert_bounded("", "[", 1000000, "nested more than 32 deep");
    assert_bounded("", "{a: ", 500000, "nested more than 32 deep");
    assert_bounded("", "- ", 500000, "nested more than 32 deep");
    assert_bounded("", "- &a x\n", 1001, "more than 1000 anchors");
    assert_bounded("- &a x\n", "- *a\n", 250000, "more than 250000 values");
    assert_bounded("", "#\n", 2100000, "larger than 4 MB");
}

static void reads_nothing_beyond_its_text(void **state)
{
    static const char text[] = "a: [1, 2]\nb: \"x\\u00e9\"\nc: &z |\n  t\nd: *z\n";
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        struct reading reading;
        read_bytes(&reading, guard_copy(0, bytes_of(text, size)));
        finish(&reading);
    }
}

static void describes_values_as_a_reader_sees_them(void **state)
{
    struct reading reading;
    struct arena *arena = &reading.arena;
    (void)state;
    read(&reading, "a: 5 ms\nb: [x, y]\nc: {}\nd:\ne: [[x]]\nf: |\n  one\n  two\n"
                   "g: 0123456789012345678901234567890123456789+\n");
    assert_string_equal(yaml_describe(arena, at(&reading, "a")), "'5 ms'");
    assert_string_equal(yaml_describe(arena, at(&reading, "b")), "[x, y]");
    assert_string_equal(yaml_describe(arena, at(&reading, "c")), "a map");
    assert_string_equal(yaml_describe(arena, at(&reading, "d")), "empty");
    assert_string_equal(yaml_describe(arena, at(&reading, "e")), "a list");
    assert_string_equal(yaml_describe(arena, at(&reading, "f")), "'one...'");
    assert_string_equal(yaml_describe(arena, at(&reading, "g")),
                        "'0123456789012345678901234567890123456789...'");
    finish(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_places),
        cmocka_unit_test(block_text_begins_on_the_next_line),
        cmocka_unit_test(only_unquoted_nothing_is_nothing),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(refuses_bytes_that_are_no_text),
        cmocka_unit_test(bombs_are_refused_at_once),
        cmocka_unit_test(reads_nothing_beyond_its_text),
        cmocka_unit_test(describes_values_as_a_reader_sees_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
