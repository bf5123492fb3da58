/*
 * summary.json: the verdict and all figures of a run; docs/summary.md has the schema.
 *
 * Keys and their order are stable. Times are printed as exact decimals of integer
 * nanoseconds, never through binary floating point, so the same run gives the
 * same bytes; only "wall", the last key, differs from run to run, and it stands
 * on lines of its own.
 */
#ifndef REPORTS_SUMMARY_H
#define REPORTS_SUMMARY_H

#include "reports/metrics.h"
#include "reports/output.h"
#include "reports/verdict.h"

enum { SUMMARY_SCHEMA = 1 };

/* Everything is the caller's, and is needed only during the call it is given to. */
struct summary_input {
    const struct topology *topology;
    const struct metrics *metrics;
    const struct verdict *verdict;
    int64_t virtual_ns; /* from the start of the run to its end */
    uint64_t events;
    uint64_t packets_sent, packets_delivered, packets_lost;
    const char *trace_sha256; /* 64 hex digits */
    int64_t wall_ns;          /* that the run took on the real clock; 0: not measured */
};

/* Writes summary.json into OUTPUT, which keeps errors. */
void summary_write(struct output *output, const struct summary_input *input);

/* Events of INPUT's run in a second of the real clock, rounded; 0 if that was not measured. */
uint64_t summary_events_per_second(const struct summary_input *input);

#endif
