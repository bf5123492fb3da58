/*
 * The hash of byte strings: eight bytes at a time, each step one full
 * 64 x 64 -> 128 bit multiplication by a constant with its halves folded.
 * Bytes are read little-endian on every machine, so the result is the same
 * everywhere. It is no defence against keys chosen to collide.
 */
#include "sim/base/bytes.h"

/* Odd, with about as many ones as zeroes in every byte. */
#define HASH_STEP UINT64_C(0xd6e8a35c9b1747e5)
#define HASH_SIZE UINT64_C(0x9ac3b25e6d1f8473)
#define HASH_END UINT64_C(0xe3b92d4a7c5816cd)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Written out so that compilers see one load. */
static inline uint64_t load_eight(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline uint64_t load_four(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* The last 0 to 7 bytes; overlapping loads, since the size is hashed too. */
static inline uint64_t load_rest(const uint8_t *p, size_t size)
{
    if (size >= 4)
        return load_four(p) | load_four(p + size - 4) << 32;
    if (size > 0)
        return (uint64_t)p[0] | (uint64_t)p[size / 2] << 8 | (uint64_t)p[size - 1] << 16;
    return 0;
}

uint64_t bytes_hash(const void *data, size_t size, uint64_t seed)
{
    const uint8_t *p = data;
    size_t left = size;
    uint64_t state = fold(seed ^ HASH_END, HASH_SIZE) + size * HASH_SIZE;
    for (; left >= 8; p += 8, left -= 8)
        state = fold(state ^ load_eight(p), HASH_STEP);
    state = fold(state ^ load_rest(p, left), HASH_STEP);
    return fold(state ^ HASH_SIZE, HASH_END);
}
