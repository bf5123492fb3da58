/*
 * Names as strings of small values whose order, value by value, is the canonical
 * order of names (RFC 4034 section 6.1): the labels from the origin down, each
 * followed by the value 0, which is lower than any octet's. Letters of either case
 * have the same value. The key of a name begins with the keys of its ancestors.
 */
#ifndef NODES_DNS_ZONE_KEY_H
#define NODES_DNS_ZONE_KEY_H

#include "nodes/dns/name.h"

enum {
    ZONE_KEY_SIZE_MAX = 512, /* an octet takes at most two values */
    ZONE_KEY_SAME = UINT16_MAX,
    ZONE_KEY_VALUES = 64, /* so that a set of values fits a word */
};

struct zone_key {
    uint16_t size;
    uint8_t values[ZONE_KEY_SIZE_MAX]; /* each below ZONE_KEY_VALUES */
};

/* The key of NAME without its last ORIGIN_LABELS labels; false if it has fewer labels. */
bool zone_key_make(struct zone_key *key, const uint8_t *name, size_t origin_labels);

/* Behind its end a key goes on with zeroes. */
static inline unsigned zone_key_at(const struct zone_key *key, unsigned position)
{
    return position < key->size ? key->values[position] : 0;
}

/* The first position where A and B differ, or ZONE_KEY_SAME. */
unsigned zone_key_difference(const struct zone_key *a, const struct zone_key *b);

#endif
