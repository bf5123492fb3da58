/* Collecting what is wrong: order, likeness, and how it is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/diagnostics.h"

static void prints_in_the_order_of_reading_and_nothing_twice(void **state)
{
    struct arena arena = {0};
    struct diagnostics diagnostics = {.arena = &arena};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    diagnostics_error(&diagnostics, (struct place){"b.yaml", 1, 1}, "fourth");
    diagnostics_error(&diagnostics, (struct place){"a.yaml", 12, 3}, "third of %d", 4);
    diagnostics_advice(&diagnostics, (struct place){"a.yaml", 2, 9}, "second");
    diagnostics_error(&diagnostics, (struct place){.file = "a.yaml"}, "first");
    diagnostics_error(&diagnostics, (struct place){"a.yaml", 12, 3}, "third of %d", 4);
    diagnostics_print(&diagnostics, out);
    fclose(out);
    assert_string_equal(text, "a.yaml: first\n"
                              "a.yaml:2:9: advice: second\n"
                              "a.yaml:12:3: third of 4\n"
                              "b.yaml:1:1: fourth\n");
    assert_int_equal(diagnostics.errors, 3);
    free(text);
    diagnostics_free(&diagnostics);
    arena_release(&arena);
}

static void keeps_the_order_of_finding_at_one_place(void **state)
{
    struct arena arena = {0};
    struct diagnostics diagnostics = {.arena = &arena};
    (void)state;
    for (int i = 0; i < 100; i++)
        diagnostics_error(&diagnostics, (struct place){"--set a=b", 0, 0}, "%d", i);
    diagnostics_sort(&diagnostics);
    assert_int_equal(diagnostics.count, 100); /* of a --set, none is left out */
    for (int i = 0; i < 100; i++)
        assert_int_equal(atoi(diagnostics.items[i].sentence), i);
    diagnostics_free(&diagnostics);
    arena_release(&arena);
}

static void what_is_of_one_kind_at_one_place_is_one_line(void **state)
{
    struct arena arena = {0};
    struct diagnostics diagnostics = {.arena = &arena};
    (void)state;
    const struct place place = {"a.yaml", 1, 3};
    for (int i = 0; i < 50; i++) {
        diagnostics_advice(&diagnostics, place, "zone %d", i);
        diagnostics_advice(&diagnostics, place, "refresh of zone %d", i);
    }
    for (int i = 0; i < 50; i++)
        diagnostics_error(&diagnostics, place, "unknown zone %d", i);
    diagnostics_advice(&diagnostics, place, "once");
    diagnostics_sort(&diagnostics);
    diagnostics_sort(&diagnostics); /* again: no other */
    assert_int_equal(diagnostics.count, 4);
    assert_int_equal(diagnostics.errors, 1);
    assert_string_equal(diagnostics.items[0].sentence, "zone 0 (and 49 more like it)");
    assert_string_equal(diagnostics.items[1].sentence, "refresh of zone 0 (and 49 more like it)");
    assert_string_equal(diagnostics.items[2].sentence, "unknown zone 0 (and 49 more like it)");
    assert_string_equal(diagnostics.items[3].sentence, "once");
    diagnostics_free(&diagnostics);
    arena_release(&arena);
}

static void distance_counts_edits_and_swaps(void **state)
{
    char longest[65];
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("site", "site"), 0);
    assert_int_equal(text_distance("site", "SITE"), 0);
    assert_int_equal(text_distance("site", "sites"), 1);
    assert_int_equal(text_distance("sit", "site"), 1);
    assert_int_equal(text_distance("sote", "site"), 1);
    assert_int_equal(text_distance("stie", "site"), 1);
    assert_int_equal(text_distance("stei", "site"), 2);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("abc", ""), 3);
    memset(longest, 'a', 64);
    longest[64] = '\0';
    assert_true(text_distance(longest, "a") == SIZE_MAX);
    assert_int_equal(text_distance(longest + 1, "a"), 62);
}

static void suggests_only_what_is_alike(void **state)
{
    struct likeness likeness = {.written = "durtion"};
    (void)state;
    likeness_offer(&likeness, "description");
    assert_null(likeness.best);
    likeness_offer(&likeness, "duration");
    likeness_offer(&likeness, "durations");
    assert_string_equal(likeness.best, "duration");
    likeness = (struct likeness){.written = "x"};
    likeness_offer(&likeness, "y");
    assert_null(likeness.best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_in_the_order_of_reading_and_nothing_twice),
        cmocka_unit_test(keeps_the_order_of_finding_at_one_place),
        cmocka_unit_test(what_is_of_one_kind_at_one_place_is_one_line),
        cmocka_unit_test(distance_counts_edits_and_swaps),
        cmocka_unit_test(suggests_only_what_is_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
