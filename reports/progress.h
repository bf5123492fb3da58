/*
 * The progress bar of a long run, on a terminal only: virtual time, events a
 * second, time left. It appears after a second and is erased at the end.
 *
 * It reads no clock: the caller says how much real time has passed.
 */
#ifndef REPORTS_PROGRESS_H
#define REPORTS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *stream;
    const char *name;
    int64_t virtual_ns;
    bool wanted;
    bool shown;
    int64_t drawn_ns; /* real time of the last drawing */
    uint64_t drawn_events;
    unsigned width; /* columns of the terminal */
    uint64_t events_per_second;
};

/* A bar for a run of VIRTUAL_NS called NAME (borrowed), on STREAM. Nothing is ever drawn if STREAM
 * is not a terminal, or unless WANTED. Nothing needs to be freed. */
struct progress progress_begin(FILE *stream, const char *name, int64_t virtual_ns, bool wanted);

/* Now VIRTUAL_NS since the start of the run have been run, and EVENTS events, in WALL_NS of real
 * time. May be called often: draws at most ten times a second. */
void progress_update(struct progress *progress, int64_t virtual_ns, uint64_t events,
                     int64_t wall_ns);

/* Erases the bar, if it is there. Also to be called before anything else is printed. */
void progress_end(struct progress *progress);

#endif
