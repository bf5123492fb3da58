/*
 * Counter-based random numbers: the n-th number of a stream is a pure function
 * of the stream's key and n. Streams are keyed by names, so that adding a host
 * to a scenario changes nobody else's luck.
 */
#ifndef SIM_BASE_RANDOM_H
#define SIM_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t key;
    uint64_t counter;
};

/* The stream of HOST's INCARNATION (0 at first start) for PURPOSE ("node", "ports", ...). */
struct random random_stream(uint64_t seed, const char *host, uint32_t incarnation,
                            const char *purpose);

/* A key for random_at, e.g. one for a pair of hosts. */
uint64_t random_key(uint64_t seed, const char *a, const char *b, const char *purpose);

/* The COUNTER-th number of the stream with KEY: 64 uniform bits. */
uint64_t random_at(uint64_t key, uint64_t counter);

static inline uint64_t random_next(struct random *r)
{
    return random_at(r->key, r->counter++);
}

/* Uniform in 0 .. BOUND-1 (BOUND > 0); the bias of 2^-32 * BOUND is accepted. */
static inline uint32_t random_below(struct random *r, uint32_t bound)
{
    return (uint32_t)((random_next(r) >> 32) * bound >> 32);
}

/* Uniform in LOW .. HIGH, both included (LOW <= HIGH). */
int64_t random_between(struct random *r, int64_t low, int64_t high);

/* True with probability PPB in a thousand million; draws a number only for 0 < PPB < 10^9. */
bool random_chance(struct random *r, uint32_t ppb);

/* Exponentially distributed with MEAN_NS (> 0), at least 1, at most about 44 means. Integer
 * arithmetic only. */
int64_t random_exponential_ns(struct random *r, int64_t mean_ns);

#endif
