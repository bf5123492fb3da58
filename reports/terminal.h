/*
 * The summary of a run that a person reads on the terminal: verdict, expectations,
 * latency, zones, what happened when, and what was written where.
 *
 * At most as many columns as its input says, UTF-8, escape sequences only if told to. It says
 * what summary.json says, in figures rounded for the eye.
 */
#ifndef REPORTS_TERMINAL_H
#define REPORTS_TERMINAL_H

#include <stdio.h>

#include "reports/summary.h"
#include "reports/timeline.h"

enum {
    TERMINAL_WIDTH_MIN = 80,
    TERMINAL_WIDTH = 100,
    TERMINAL_WIDTH_ENDLESS = 10000, /* nothing is cut or folded */
    TERMINAL_TIMELINE_LINES = 20
};

/* A file in the output directory. */
struct terminal_file {
    const char *name; /* "capture.pcapng" */
    const char *what; /* "every packet, for Wireshark", or NULL */
};

/* Everything is the caller's, and is needed only during the call. */
struct terminal_input {
    const struct summary_input *summary;
    const struct timeline *timeline; /* NULL: no part about what happened */
    const char *directory;           /* NULL: nothing was written */
    const struct terminal_file *files;
    size_t file_count;
    const char *const *notices; /* sentences of warning: "the capture was cut at 1 GB ..." */
    size_t notice_count;
    const char *command; /* that runs it again, said if an expectation failed; NULL: none */
    bool colour;
    size_t width; /* columns, from TERMINAL_WIDTH_MIN on; below TERMINAL_WIDTH, less is told */
};

/* Errors are STREAM's. */
void terminal_print(FILE *stream, const struct terminal_input *input);

/* STREAM is a terminal that shows colours, and the user has not set NO_COLOR. */
bool terminal_shows_colour(FILE *stream);

/* Of the terminal that STREAM is, TERMINAL_WIDTH_MIN at the least; TERMINAL_WIDTH if it does not
 * say. TERMINAL_WIDTH_ENDLESS if it is none. */
size_t terminal_width(FILE *stream);

#endif
