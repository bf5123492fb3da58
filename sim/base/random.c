/*
 * Counter-based random numbers: a keyed mixing function of a counter, made of
 * xor-shifts and multiplications. The key goes in twice, so that no stream is
 * a shifted copy of another. Not for secrets.
 */
#include "sim/base/random.h"

#include <assert.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/base/fixed.h"

static uint64_t hash_text(const char *text, uint64_t seed)
{
    return bytes_hash(text, strlen(text), seed);
}

uint64_t random_key(uint64_t seed, const char *a, const char *b, const char *purpose)
{
    return hash_text(purpose, hash_text(b, hash_text(a, seed)));
}

struct random random_stream(uint64_t seed, const char *host, uint32_t incarnation,
                            const char *purpose)
{
    uint8_t number[4];
    bytes_put_u32(number, incarnation);
    uint64_t key = bytes_hash(number, sizeof number, hash_text(host, seed));
    return (struct random){.key = hash_text(purpose, key)};
}

uint64_t random_at(uint64_t key, uint64_t counter)
{
    uint64_t x = key ^ counter * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    x = (x ^ x >> 31) * UINT64_C(0xbb5fe36d94c8a2e7);
    x = (x ^ x >> 29 ^ (key << 32 | key >> 32)) * UINT64_C(0xd4a9c1573e68b92d);
    x = (x ^ x >> 32) * UINT64_C(0xa37e95cb1d4f6289);
    return x ^ x >> 30;
}

int64_t random_between(struct random *r, int64_t low, int64_t high)
{
    assert(low <= high);
    uint64_t count = (uint64_t)high - (uint64_t)low + 1;
    uint64_t number = random_next(r);
    if (count > 0) /* 0: all 2^64 of them */
        number = (uint64_t)(((unsigned __int128)number * count) >> 64);
    return (int64_t)((uint64_t)low + number);
}

bool random_chance(struct random *r, uint32_t ppb)
{
    const uint32_t whole = 1000000000;
    if (ppb == 0 || ppb >= whole)
        return ppb > 0;
    return (uint64_t)(((unsigned __int128)random_next(r) * whole) >> 64) < ppb;
}

int64_t random_exponential_ns(struct random *r, int64_t mean_ns)
{
    assert(mean_ns > 0);
    /* -ln(u / 2^64) for u in 1 .. 2^64-1 */
    uint64_t means = 64 * FIXED_LN2_Q56 - (uint64_t)fixed_log_q56(random_next(r) | 1);
    unsigned __int128 delay_ns = ((unsigned __int128)means * (uint64_t)mean_ns) >> 56;
    if (delay_ns >= INT64_MAX)
        return INT64_MAX;
    return delay_ns > 0 ? (int64_t)delay_ns : 1;
}
