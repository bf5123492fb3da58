/*
 * The nodes and RRsets of a zone version: made, changed, counted references of.
 *
 * What has more than one holder never changes: "own" first gives a copy that the
 * caller alone holds. The other functions change what is owned.
 */
#ifndef NODES_DNS_ZONE_NODE_H
#define NODES_DNS_ZONE_NODE_H

#include "nodes/dns/zone.h"

struct rrset *rrset_create(uint16_t type, uint16_t covers, uint32_t ttl);
struct rrset *rrset_own(struct rrset *set);

/* Where RDATA stands or belongs in SET. */
struct rrset_place {
    size_t at; /* offset in data */
    bool present;
};
struct rrset_place rrset_find(const struct rrset *set, struct bytes rdata);

/* Inserts or removes one RDATA; returns SET, which may have moved. */
struct rrset *rrset_insert(struct rrset *set, size_t at, struct bytes rdata);
struct rrset *rrset_remove(struct rrset *set, size_t at);

struct zone_node *zone_node_create(const uint8_t *name);
struct zone_node *zone_node_retain(struct zone_node *node);
void zone_node_release(struct zone_node *node);
struct zone_node *zone_node_own(struct zone_node *node);

/* Where the RRset of TYPE and COVERS stands or belongs among NODE's sets. */
struct zone_node_place {
    size_t at;
    bool present;
};
struct zone_node_place zone_node_find(const struct zone_node *node, uint16_t type, uint16_t covers);

/* Inserts SET (taking over the reference) or removes one; returns NODE, which may have moved. */
struct zone_node *zone_node_insert(struct zone_node *node, size_t at, struct rrset *set);
struct zone_node *zone_node_remove(struct zone_node *node, size_t at);

/* Same name, RRsets, TTLs and records, ignoring the case of names. */
bool zone_node_equal(const struct zone_node *a, const struct zone_node *b);

#endif
