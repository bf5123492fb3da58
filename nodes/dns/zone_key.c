/*
 * The keys of names. The octets of host names take one value each; the others
 * share a value by range and are told apart by a second one, so that a value
 * fits a bitmap of 64 bits.
 */
#include "nodes/dns/zone_key.h"

/* In order of octets; capital letters never get here. The value of '0' leaves room below it for
 * the ranges before it, and so on. */
static const struct range {
    uint8_t first, last;
    uint8_t value;
} ranges[] = {
    {0x00, 0x29, 1},  {'*', '*', 2},    {0x2b, 0x2c, 3},  {'-', '-', 4},
    {0x2e, 0x2f, 5},  {0x3a, 0x40, 16}, {0x5b, 0x5e, 17}, {'_', '_', 18},
    {0x60, 0x60, 19}, {0x7b, 0xba, 46}, {0xbb, 0xfa, 47}, {0xfb, 0xff, 48},
};
enum { VALUE_OF_ZERO = 6, VALUE_OF_A = 20 };

static uint8_t *put_rare(uint8_t *out, uint8_t octet)
{
    const struct range *range = ranges;
    while (octet > range->last)
        range++;
    *out++ = range->value;
    if (range->first != range->last)
        *out++ = (uint8_t)(octet - range->first);
    return out;
}

static inline uint8_t *put_octet(uint8_t *out, uint8_t octet)
{
    unsigned letter = (octet | 0x20u) - 'a';
    unsigned digit = octet - (unsigned)'0';
    if (letter < 26 && octet < 0x80)
        *out++ = (uint8_t)(VALUE_OF_A + letter);
    else if (digit < 10)
        *out++ = (uint8_t)(VALUE_OF_ZERO + digit);
    else
        out = put_rare(out, octet);
    return out;
}

bool zone_key_make(struct zone_key *key, const uint8_t *name, size_t origin_labels)
{
    const uint8_t *labels[NAME_LABELS_MAX];
    size_t count = 0;
    for (; !name_is_root(name); name = name_parent(name))
        labels[count++] = name;
    uint8_t *out = key->values;
    key->size = 0;
    if (count < origin_labels)
        return false;
    for (size_t i = count - origin_labels; i-- > 0;) {
        const uint8_t *label = labels[i];
        for (size_t k = 1; k <= label[0]; k++)
            out = put_octet(out, label[k]);
        *out++ = 0;
    }
    key->size = (uint16_t)(out - key->values);
    return true;
}

unsigned zone_key_difference(const struct zone_key *a, const struct zone_key *b)
{
    unsigned common = a->size < b->size ? a->size : b->size;
    unsigned i = 0;
    while (i < common && a->values[i] == b->values[i])
        i++;
    if (i < common)
        return i;
    /* The longer key goes on with a label, whose first value is above 0. */
    return a->size == b->size ? ZONE_KEY_SAME : i;
}
