/*
 * Text in columns for a terminal: cells are as wide as they need to be, up to the
 * width of the whole; colours are escape sequences and take no room.
 *
 * A character counts as one column, so that CJK and combining ones stand askew.
 */
#ifndef REPORTS_GRID_H
#define REPORTS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/arena.h"

enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_WARNING,
    STYLE_BAD,
    STYLE_GOOD_BANNER,
    STYLE_BAD_BANNER,
};

/* Where text goes, and whether in colour. */
struct pen {
    FILE *stream;
    bool colour;
};

/* Control characters in the text become question marks. At most 1023 octets are printed by the
 * second one. */
void pen_write(const struct pen *pen, enum style style, const char *text);
void pen_printf(const struct pen *pen, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Columns that TEXT (UTF-8) takes. */
size_t text_columns(const char *text);

/* TEXT in at most COLUMNS (1 or more) of them: the end gives way to an ellipsis. In ARENA, or TEXT
 * itself if it fits. */
const char *text_within(struct arena *arena, const char *text, size_t columns);

/* Octets of TEXT that stand in a line of COLUMNS where it is folded at spaces; all of it if it fits
 * or can't be folded. */
size_t text_line(const char *text, size_t columns);

enum { GRID_COLUMNS_MAX = 12 };

/* All is in ARENA. */
struct grid {
    struct arena *arena;
    const char *alignment; /* a letter a column: 'l', 'r', 'L' or 'R' if it may be cut short */
    struct grid_cell {
        const char *text;
        enum style style;
    } * cells;     /* row after row; of a note, the first cell alone counts */
    bool *is_note; /* by row */
    size_t cell_count, cell_capacity, row_capacity;
};

struct grid grid_begin(struct arena *arena, const char *alignment);

/* The next cell, from left to right and row to row. TEXT is borrowed until the grid is printed. */
void grid_cell(struct grid *grid, enum style style, const char *text);

/* A line of its own under the last row, not aligned; begins with the second column. It is folded,
 * and cut only where there is no space. */
void grid_note(struct grid *grid, enum style style, const char *text);

/* Prints it, indented by two columns and at most WIDTH of them, and frees it. */
void grid_print(struct grid *grid, const struct pen *pen, size_t width);

#endif
