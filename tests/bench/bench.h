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

/* Zones, "zone", by number of owners: loading, memory, searching, a new version, answers. */
void bench_zone(json_t *out);

/* Signed zones, "sign", by denial: signing the whole, and a change of one name, by number of
 * owners. */
void bench_sign(json_t *out);

/* Question and answer pairs: "exchange", by number of stub hosts: pairs a second of wall time,
 * without and with captures. */
void bench_exchange(json_t *out);
double bench_pairs_per_s(unsigned stubs); /* one of them, without captures */

/* "stub_bytes": memory of one idle stub host. */
void bench_stub(json_t *out);

/* "axfr_mb_per_s": octets of DNS messages over CPU time, sender, network and receiver together. */
void bench_axfr(json_t *out);

/* A resolver without a network: "resolver_hit_ns" from its cache, "resolver_miss_ns" asking one
 * server. */
void bench_resolver(json_t *out);

#endif
