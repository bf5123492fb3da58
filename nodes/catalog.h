/*
 * Reading a zone version as a catalog (RFC 9432 section 4): its member zones, and
 * what it says of them.
 *
 * A catalog that breaks a rule is refused whole. What the RFC does not name,
 * custom properties (section 4.4) among it, is passed over.
 */
#ifndef NODES_CATALOG_H
#define NODES_CATALOG_H

#include "nodes/dns/zone.h"
#include "sim/base/arena.h"

struct catalog_entry {
    const uint8_t *zone;        /* the member, in lower case */
    const uint8_t *label;       /* the member node's own label, in lower case, and the root */
    const uint8_t *new_catalog; /* change of ownership (coo), in lower case; NULL: none */
    const struct rrset *groups; /* TXT, borrowed from the version; NULL: none */
    struct bytes kept_group; /* as the disk remembers it, RDATA of TXT; empty: none, or see above */
};

/* All zero is none. */
struct catalog {
    struct catalog_entry *entries; /* in canonical order of the member zones */
    size_t count, capacity;
    struct arena arena; /* the names */
};

/* Fills in OUT; or returns why VERSION is no good catalog (static text), with OUT empty. */
const char *catalog_read(const struct zone *version, struct catalog *out);
void catalog_free(struct catalog *catalog);

#endif
