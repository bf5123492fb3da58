/* What a zone version is made of; for the files that implement zone.h. */
#ifndef NODES_DNS_ZONE_VERSION_H
#define NODES_DNS_ZONE_VERSION_H

#include "nodes/dns/zone_tree.h"

enum { RRSIG_EXPIRY_AT = 8 }; /* in RDATA: RFC 4034 section 3.1 */

/* When the first of a zone's signatures runs out, and how many do then; kept as records come and
 * go, until the last of those has gone. COUNT 0: there are none. */
struct zone_expiry {
    bool known;
    uint32_t at_s; /* Unix time modulo 2^32 */
    size_t count;
};

/* What is worked out about a version at first need, and holds as long as it lives. */
struct zone_lazy {
    bool knows_nsec3;
    struct zone_expiry expiry; /* if that of the version is not known */
    struct nsec3_index *nsec3; /* see nsec3_index_of */
};

struct zone {
    uint32_t references;
    struct zone_tree tree;
    size_t record_count, node_count, wire_size;
    struct zone_expiry expiry;
    uint64_t digest[2];     /* sums over all records */
    uint8_t digest_key[16]; /* DIGEST as the store's key; set while it is in the store */
    struct zone_store *store;
    uint8_t serial_key[12];                       /* while it is in the store, as what follows */
    struct zone *same_key_next, *same_key_before; /* of the versions with this key, first to last */
    const struct zone_node *apex;                 /* set by zone_edit_finish, as are the next two */
    const struct rrset *soa;
    uint32_t serial;
    struct zone_lazy *lazy; /* of a finished version */
    uint8_t origin[NAME_SIZE_MAX];
};

void zone_expiry_add(struct zone_expiry *expiry, uint32_t at_s);
void zone_expiry_remove(struct zone_expiry *expiry, uint32_t at_s);

/* Takes ZONE, whose last reference is gone, out of its store. */
void zone_store_forget(struct zone *zone);

#endif
