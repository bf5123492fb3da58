/* What a zone version is made of; for the files that implement zone.h. */
#ifndef NODES_DNS_ZONE_VERSION_H
#define NODES_DNS_ZONE_VERSION_H

#include "nodes/dns/zone_tree.h"

/* What is worked out about a version at first need, and holds as long as it lives. */
struct zone_lazy {
    bool knows_nsec3, knows_expiry, has_expiry;
    uint32_t expiry_s;         /* see zone_first_expiry */
    struct nsec3_index *nsec3; /* see nsec3_index_of */
};

struct zone {
    uint32_t references;
    struct zone_tree tree;
    size_t record_count, node_count, wire_size;
    uint64_t digest[2];     /* sums over all records */
    uint8_t digest_key[16]; /* DIGEST as the store's key; set while it is in the store */
    struct zone_store *store;
    const struct zone_node *apex; /* set by zone_edit_finish, as are the next two */
    const struct rrset *soa;
    uint32_t serial;
    struct zone_lazy *lazy; /* of a finished version */
    uint8_t origin[NAME_SIZE_MAX];
};

/* Takes ZONE, whose last reference is gone, out of its store. */
void zone_store_forget(struct zone *zone);

#endif
