/*
 * --check: is the run the same in another process? The first process logs every
 * event's time, host and running hash; a second one, started afresh, compares as
 * it goes and names the first event that differs.
 */
#ifndef SCENARIOS_COMPARE_H
#define SCENARIOS_COMPARE_H

#include "scenarios/options.h"
#include "sim/run.h"

struct compare;

/* Begins the log of this run in a temporary file. NULL and a sentence on stderr: it can't. */
struct compare *compare_record(struct sim *sim);

/* Begins comparing this run with the log at PATH. */
struct compare *compare_against(struct sim *sim, const char *path);

/* Ends a recording: starts this program again with OPTIONS for the scenario at PATH, waits, and
 * frees COMPARE. HELD if both were the same. */
enum exit_code compare_run_again(struct compare *compare, const struct options *options,
                                 const char *path);

/* Ends a comparison: HELD, or MACHINE with a sentence on stderr. Frees COMPARE. */
enum exit_code compare_finish(struct compare *compare);

/* Lets go of what compare_record gave, and of its file. */
void compare_abandon(struct compare *compare);

#endif
