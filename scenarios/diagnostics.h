/*
 * What is wrong with a scenario, said with its place.
 *
 * Mistakes are collected, not printed where they are found, so that one run
 * tells all of them, in the order in which a reader meets them.
 */
#ifndef SCENARIOS_DIAGNOSTICS_H
#define SCENARIOS_DIAGNOSTICS_H

#include "sim/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Where something stands. Line and column count from 1; line 0: the file as a whole, or what
 * stands on no line (a --set). */
struct place {
    const char *file;
    unsigned line, column;
};

enum diagnostic_kind {
    DIAGNOSTIC_ERROR,  /* the scenario can't run */
    DIAGNOSTIC_ADVICE, /* it can, but an operator would be told so in a review */
};

struct diagnostic {
    enum diagnostic_kind kind;
    struct place place;
    size_t order;         /* of its finding */
    const char *format;   /* of the sentence */
    const char *sentence; /* "unknown key 'sight', did you mean 'site'?" */
};

/* All zero but the arena is an empty collection. Sentences live in the arena. */
struct diagnostics {
    struct arena *arena;
    struct diagnostic *items;
    size_t count, capacity;
    size_t errors; /* of them DIAGNOSTIC_ERROR */
};

/* Both copy the sentence and keep PLACE.file, which must live as long as the collection. */
void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostics_advice(struct diagnostics *diagnostics, struct place place, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* Sorts by file, line, column, order of finding; drops what is said twice of one place. What is of
 * one kind at one place, as a range of zones has it, becomes its first sentence and a count; but
 * not errors on no line, since a --set may have many. */
void diagnostics_sort(struct diagnostics *diagnostics);

/* Sorts and writes one line each: "file:line:column: sentence"; advice says "advice: " before its
 * sentence. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *out);

/* "file:line:column" without what is not known; in the arena. */
const char *place_text(struct arena *arena, struct place place);

/* Frees the list itself; sentences belong to the arena. */
void diagnostics_free(struct diagnostics *diagnostics);

/* "Did you mean": of the texts offered the one most like what was written, if any is like it. */
struct likeness {
    const char *written;
    const char *best;
    size_t distance; /* of best */
};

void likeness_offer(struct likeness *likeness, const char *candidate);

/* How unlike A and B are: insertions, deletions, replacements and swaps of neighbours that make one
 * into the other, ASCII case ignored. Texts over 63 characters are unlike everything. */
size_t text_distance(const char *a, const char *b);

#endif
