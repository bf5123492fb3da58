/*
 * The canonical form of records (RFC 4034 section 6, RFC 6840 section 5.1), over
 * which signatures and zone digests are made.
 */
#ifndef NODES_DNS_CANONICAL_H
#define NODES_DNS_CANONICAL_H

#include "nodes/dns/zone.h"

/* Octets that pile up. All zero is empty; free(data) in the end. */
struct canonical {
    uint8_t *data;
    size_t size, capacity;
};

void canonical_put(struct canonical *out, const void *data, size_t size);

/* Appends the records of SET as OWNER's, each in canonical form, in canonical order. */
void canonical_put_set(struct canonical *out, const uint8_t *owner, const struct rrset *set);

#endif
