/*
 * Measurements of hot paths. Each function runs its measurement and adds its
 * keys to OUT, figures in nanoseconds of CPU time unless the key says otherwise.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <jansson.h>

/* CPU time of this process so far, in nanoseconds. */
double bench_cpu_ns(void);

/* The event queue, by number of pending entries: "queue_ns" and "queue_ns_exponential". */
void bench_queue(json_t *out);

/* Messages read and written: "codec_ns", by kind of message. */
void bench_codec(json_t *out);

#endif
