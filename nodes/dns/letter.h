/*
 * Octets without regard to ASCII case (RFC 4343), eight at a time.
 *
 * A whole name in wire format can be folded as it stands, since its length
 * octets (0 .. 63) lie below the letters. For name.c and message_writer.c.
 */
#ifndef NODES_DNS_LETTER_H
#define NODES_DNS_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LETTER_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Lower case in each of eight octets, in whatever order they are. */
static inline uint64_t letter_fold(uint64_t eight)
{
    uint64_t low = eight & LETTER_EACH(0x7f);
    uint64_t from_a = low + LETTER_EACH(0x80 - 'A');
    uint64_t above_z = low + LETTER_EACH(0x80 - 'Z' - 1);
    uint64_t upper = from_a & ~above_z & ~eight & LETTER_EACH(0x80);
    return eight | upper >> 2;
}

static inline uint8_t letter_fold_one(uint8_t octet)
{
    return (uint8_t)(octet - 'A') < 26 ? octet | 0x20 : octet;
}

/* Eight octets in the machine's own order. */
static inline uint64_t letter_load(const uint8_t *p)
{
    uint64_t eight;
    memcpy(&eight, p, 8);
    return eight;
}

static inline uint64_t letter_load_four(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

static inline bool letter_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    if (size < 8) {
        uint8_t differ = 0;
        for (size_t i = 0; i < size; i++)
            differ |= letter_fold_one(a[i]) ^ letter_fold_one(b[i]);
        return differ == 0;
    }
    for (size_t i = 0; i < size - 8; i += 8)
        if (letter_fold(letter_load(a + i)) != letter_fold(letter_load(b + i)))
            return false;
    return letter_fold(letter_load(a + size - 8)) == letter_fold(letter_load(b + size - 8));
}

static inline uint64_t letter_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Equal for octets that differ in case alone; the same on every machine. SIZE is at least 1. */
static inline uint64_t letter_hash(const uint8_t *p, size_t size, uint64_t seed)
{
    uint64_t hash = seed ^ size * UINT64_C(0x9e3779b97f4a7c15);
    for (; size > 8; p += 8, size -= 8) {
        uint64_t eight = letter_load_four(p) | letter_load_four(p + 4) << 32;
        hash = letter_mix(hash ^ letter_fold(eight), UINT64_C(0xd6e8feb86659fd93));
    }
    uint64_t rest = size >= 4
                        ? letter_load_four(p) | letter_load_four(p + size - 4) << 32
                        : (uint64_t)p[0] | (uint64_t)p[size / 2] << 8 | (uint64_t)p[size - 1] << 16;
    return letter_mix(hash ^ letter_fold(rest), UINT64_C(0xa0761d6478bd642f));
}

#endif
