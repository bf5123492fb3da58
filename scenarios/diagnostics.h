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
    const char *sentence; /* "unknown key 'sight', did you mean 'site'?" */
};

/* All zero but the arena is an empty collection. Sentences live in the arena. */
struct diagnostics {
    struct arena *arena;
    struct diagnostic *items;
    size_t count, capacity;
    size_t errors; /* of them DIAGNOSTIC_ERROR */
};

/* Both copy the sentence and keep PLACE.file, which must live as long as the collection. The very
 * same sentence at the same place is kept once. */
void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostics_advice(struct diagnostics *diagnostics, struct place place, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* Sorts by file (in order of first mention), line, column; stable. */
void diagnostics_sort(struct diagnostics *diagnostics);

/* Sorts and writes one line each: "file:line:column: sentence"; advice says "advice: " before its
 * sentence. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *out);

/* "file:line:column" without what is not known; in the arena. */
const char *place_text(struct arena *arena, struct place place);

/* Frees the list itself; sentences belong to the arena. */
void diagnostics_free(struct diagnostics *diagnostics);

/* How unlike A and B are: insertions, deletions, replacements and swaps of neighbours that make one
 * into the other, ASCII case ignored. For "did you mean". */
size_t text_distance(const char *a, const char *b);

#endif
