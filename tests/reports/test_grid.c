/* Columns: alignment, cutting, notes, colours that take no room. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "reports/grid.h"

struct sheet {
    struct arena arena;
    struct pen pen;
    char *text;
    size_t size;
};

static int make(void **state)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    sheet->pen.stream = open_memstream(&sheet->text, &sheet->size);
    *state = sheet;
    return 0;
}

static int discard(void **state)
{
    struct sheet *sheet = *state;
    fclose(sheet->pen.stream);
    free(sheet->text);
    arena_release(&sheet->arena);
    free(sheet);
    return 0;
}

static void expect(struct sheet *sheet, const char *text)
{
    fflush(sheet->pen.stream);
    assert_string_equal(sheet->text, text);
}

static void fill(struct grid *grid, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        grid_cell(grid, STYLE_GOOD, cells[i]);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "lrl");
    fill(&grid, (const char *[]){"a", "1", "x", "bcd", "1000", ""}, 6);
    grid_print(&grid, &sheet->pen, 80);
    expect(sheet, "  a       1  x\n"
                  "  bcd  1000\n");
}

static void an_empty_column_takes_no_room(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "lll");
    fill(&grid, (const char *[]){"a", "", "b"}, 3);
    grid_print(&grid, &sheet->pen, 80);
    expect(sheet, "  a  b\n");
}

static void only_columns_that_may_are_cut(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "Lrl");
    fill(&grid, (const char *[]){"abcdefgh", "12345678", "x"}, 3);
    grid_print(&grid, &sheet->pen, 20);
    expect(sheet, "  abcd…  12345678  x\n");
}

static void the_widest_of_them_is_cut_first(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "LR");
    fill(&grid, (const char *[]){"abc", "12345678"}, 2);
    grid_print(&grid, &sheet->pen, 11);
    expect(sheet, "  abc  123…\n");
}

static void a_character_of_several_octets_is_one_column(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "ll");
    fill(&grid, (const char *[]){"äöü", "1", "abcd", "2"}, 4);
    grid_print(&grid, &sheet->pen, 80);
    expect(sheet, "  äöü   1\n"
                  "  abcd  2\n");
    assert_string_equal(text_within(&sheet->arena, "äöü", 2), "ä…");
    assert_string_equal(text_within(&sheet->arena, "äöü", 3), "äöü");
}

static void a_note_is_not_aligned(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "ll");
    fill(&grid, (const char *[]){"abc", "1"}, 2);
    grid_note(&grid, STYLE_PLAIN, "a long note");
    fill(&grid, (const char *[]){"d", "2"}, 2);
    grid_print(&grid, &sheet->pen, 80);
    expect(sheet, "  abc  1\n"
                  "       a long note\n"
                  "  d    2\n");
}

static void a_note_is_folded_at_spaces(void **state)
{
    struct sheet *sheet = *state;
    struct grid grid = grid_begin(&sheet->arena, "ll");
    fill(&grid, (const char *[]){"abc", "1"}, 2);
    grid_note(&grid, STYLE_PLAIN, "two words and unspeakable ones");
    grid_print(&grid, &sheet->pen, 16);
    expect(sheet, "  abc  1\n"
                  "       two words\n"
                  "       and\n"
                  "       unspeaka…\n"
                  "       ones\n");
}

static void colours_take_no_room(void **state)
{
    struct sheet *sheet = *state;
    sheet->pen.colour = true;
    struct grid grid = grid_begin(&sheet->arena, "lr");
    fill(&grid, (const char *[]){"a", "", "b", "22"}, 4);
    grid_print(&grid, &sheet->pen, 80);
    expect(sheet, "  \x1b[32ma\x1b[0m\n"
                  "  \x1b[32mb\x1b[0m  \x1b[32m22\x1b[0m\n");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    struct sheet *sheet = *state;
    pen_printf(&sheet->pen, STYLE_PLAIN, "%s", "\x1b[2Ja\nb\x7f");
    expect(sheet, "?[2Ja?b?");
}

#define claim(function) cmocka_unit_test_setup_teardown(function, make, discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(columns_are_as_wide_as_their_widest_cell),
        claim(an_empty_column_takes_no_room),
        claim(only_columns_that_may_are_cut),
        claim(the_widest_of_them_is_cut_first),
        claim(a_character_of_several_octets_is_one_column),
        claim(a_note_is_not_aligned),
        claim(a_note_is_folded_at_spaces),
        claim(colours_take_no_room),
        claim(control_characters_do_not_reach_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
