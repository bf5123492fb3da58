/* Measuring, cutting and aligning text. */
#include "reports/grid.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, GAP = 2 };

#define ELLIPSIS "…"

/* ---- pen --------------------------------------------------------------------------------- */

static const char *const codes[] = {
    [STYLE_PLAIN] = "",
    [STYLE_BOLD] = "\x1b[1m",
    [STYLE_DIM] = "\x1b[2m",
    [STYLE_GOOD] = "\x1b[32m",
    [STYLE_WARNING] = "\x1b[33m",
    [STYLE_BAD] = "\x1b[31m",
    [STYLE_GOOD_BANNER] = "\x1b[1;30;42m",
    [STYLE_BAD_BANNER] = "\x1b[1;37;41m",
};

/* Control characters would do something to the terminal instead of standing there. */
static void put_text(FILE *stream, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, stream);
}

void pen_write(const struct pen *pen, enum style style, const char *text)
{
    bool coded = pen->colour && style != STYLE_PLAIN && *text;
    fputs(coded ? codes[style] : "", pen->stream);
    put_text(pen->stream, text);
    fputs(coded ? "\x1b[0m" : "", pen->stream);
}

void pen_printf(const struct pen *pen, enum style style, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    pen_write(pen, style, text);
}

/* ---- text -------------------------------------------------------------------------------- */

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t text_columns(const char *text)
{
    size_t columns = 0;
    for (; *text; text++)
        columns += begins_character(*text);
    return columns;
}

const char *text_within(struct arena *arena, const char *text, size_t columns)
{
    if (text_columns(text) <= columns)
        return text;
    const char *end = text;
    for (size_t used = 0; *end; end++) {
        used += begins_character(*end);
        if (used == columns)
            break;
    }
    return arena_format(arena, "%.*s" ELLIPSIS, (int)(end - text), text);
}

size_t text_line(const char *text, size_t columns)
{
    const char *fold = NULL, *at = text;
    for (size_t used = 0; *at; at++) {
        used += begins_character(*at);
        if (*at == ' ' && at > text && (used <= columns + 1 || !fold))
            fold = at;
        if (used > columns && fold)
            return (size_t)(fold - text);
    }
    return (size_t)(at - text);
}

/* ---- grid -------------------------------------------------------------------------------- */

struct grid grid_begin(struct arena *arena, const char *alignment)
{
    assert(strlen(alignment) <= GRID_COLUMNS_MAX);
    return (struct grid){.arena = arena, .alignment = alignment};
}

static size_t column_count(const struct grid *grid)
{
    return strlen(grid->alignment);
}

static void add_cell(struct grid *grid, enum style style, const char *text, bool is_note)
{
    size_t row = grid->cell_count / column_count(grid);
    memory_reserve(grid->cells, grid->cell_count, grid->cell_capacity);
    memory_reserve(grid->is_note, row, grid->row_capacity);
    grid->is_note[row] = is_note;
    grid->cells[grid->cell_count++] = (struct grid_cell){text, style};
}

void grid_cell(struct grid *grid, enum style style, const char *text)
{
    add_cell(grid, style, text, false);
}

void grid_note(struct grid *grid, enum style style, const char *text)
{
    assert(grid->cell_count % column_count(grid) == 0);
    for (size_t i = 0; i < column_count(grid); i++)
        add_cell(grid, style, text, true);
}

static void measure(const struct grid *grid, size_t *widths)
{
    size_t columns = column_count(grid);
    for (size_t i = 0; i < grid->cell_count; i++) {
        size_t width = text_columns(grid->cells[i].text);
        if (!grid->is_note[i / columns] && width > widths[i % columns])
            widths[i % columns] = width;
    }
}

/* Takes what is too much from the widest of the columns that may be cut, one by one. */
static void narrow(const struct grid *grid, size_t *widths, size_t width)
{
    size_t columns = column_count(grid), sum = INDENT;
    for (size_t i = 0; i < columns; i++)
        sum += widths[i] > 0 ? widths[i] + (i > 0 ? GAP : 0) : 0;
    for (; sum > width; sum--) {
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < columns; i++)
            if ((grid->alignment[i] == 'L' || grid->alignment[i] == 'R') &&
                (widest == SIZE_MAX || widths[i] > widths[widest]))
                widest = i;
        if (widest == SIZE_MAX || widths[widest] <= 1)
            return;
        widths[widest]--;
    }
}

static void print_spaces(const struct pen *pen, size_t count)
{
    fprintf(pen->stream, "%*s", (int)count, "");
}

/* Spaces are put off until something follows, so that no line ends with one. */
static void print_row(const struct grid *grid, const struct pen *pen, const size_t *widths,
                      const struct grid_cell *cells)
{
    size_t spaces = INDENT;
    for (size_t i = 0; i < column_count(grid); i++) {
        if (widths[i] == 0)
            continue;
        const char *text = text_within(grid->arena, cells[i].text, widths[i]);
        size_t left = widths[i] - text_columns(text);
        bool right = grid->alignment[i] == 'r' || grid->alignment[i] == 'R';
        spaces += right ? left : 0;
        if (*text) {
            print_spaces(pen, spaces);
            pen_write(pen, cells[i].style, text);
            spaces = 0;
        }
        spaces += GAP + (right ? 0 : left);
    }
    fputc('\n', pen->stream);
}

static void print_note(const struct grid *grid, const struct pen *pen, size_t indent, size_t width,
                       const struct grid_cell *cell)
{
    size_t room = width > indent ? width - indent : 1, size;
    const char *text = cell->text;
    do {
        size = text_line(text, room);
        const char *line = arena_format(grid->arena, "%.*s", (int)size, text);
        print_spaces(pen, indent);
        pen_write(pen, cell->style, text_within(grid->arena, line, room));
        fputc('\n', pen->stream);
        text += size + (text[size] == ' ');
    } while (*text);
}

void grid_print(struct grid *grid, const struct pen *pen, size_t width)
{
    size_t widths[GRID_COLUMNS_MAX] = {0}, columns = column_count(grid);
    assert(grid->cell_count % columns == 0);
    measure(grid, widths);
    narrow(grid, widths, width);
    for (size_t i = 0; i < grid->cell_count; i += columns) {
        if (grid->is_note[i / columns])
            print_note(grid, pen, INDENT + widths[0] + GAP, width, &grid->cells[i]);
        else
            print_row(grid, pen, widths, &grid->cells[i]);
    }
    free(grid->cells);
    free(grid->is_note);
}
