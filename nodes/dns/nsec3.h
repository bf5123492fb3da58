/*
 * NSEC3 (RFC 5155): hashed owner names, and a zone version's chain of them.
 *
 * Iterations are bounded: a zone that asks for more counts as one without a chain
 * (RFC 5155 section 10.3 allows servers that).
 */
#ifndef NODES_DNS_NSEC3_H
#define NODES_DNS_NSEC3_H

#include "nodes/dns/zone.h"

enum {
    NSEC3_SHA1 = 1, /* the only hash algorithm there is */
    NSEC3_OPT_OUT = 1,
    NSEC3_HASH_SIZE = 20,
    NSEC3_LABEL_SIZE = 32, /* base32hex without padding (RFC 4648 section 7) */
    NSEC3_ITERATIONS_MAX = 2500,
    NSEC3_SALT_MAX = 255
};

struct nsec3_parameters {
    uint16_t iterations; /* beyond the first */
    uint8_t salt_size;
    uint8_t salt[NSEC3_SALT_MAX];
};

/* RFC 5155 section 5. The case of NAME does not matter. */
void nsec3_hash(const struct nsec3_parameters *parameters, const uint8_t *name,
                uint8_t out[NSEC3_HASH_SIZE]);

/* The owner name that stands for HASH; returns its size, or 0 if ORIGIN leaves no room for it. */
size_t nsec3_owner(const uint8_t hash[NSEC3_HASH_SIZE], const uint8_t *origin,
                   uint8_t out[NAME_SIZE_MAX]);

/* The hash that NAME stands for; false if it is not the owner name of an NSEC3 below ORIGIN. */
bool nsec3_hash_of_owner(const uint8_t *name, const uint8_t *origin, uint8_t out[NSEC3_HASH_SIZE]);

/* ---- the chain of a zone version ---------------------------------------------------------- */

struct nsec3_index;

/* The chain that the apex's NSEC3PARAM speaks of; NULL if there is none that we can use. Found at
 * first need, then kept with the version. */
const struct nsec3_index *nsec3_index_of(const struct zone *zone);
void nsec3_index_free(struct nsec3_index *index); /* for the zone; NULL is allowed */

/* The owner of the NSEC3 that stands for NAME, or NULL. */
const struct zone_node *nsec3_match(const struct nsec3_index *index, const uint8_t *name);

/* The owner of the NSEC3 before the hash of NAME, which proves that NAME has none; NULL if it has.
 */
const struct zone_node *nsec3_cover(const struct nsec3_index *index, const uint8_t *name);

/* True if NODE is there for its NSEC3 alone: no name that can be asked for (RFC 5155 7.2.8). */
bool nsec3_only(const struct zone *zone, const struct zone_node *node);

#endif
