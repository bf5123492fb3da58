/*
 * A zone version: an immutable, reference-counted set of records, shared by
 * every node that holds the same content.
 *
 * Owners are found by hash in constant time and walked in canonical order (RFC
 * 4034 section 6.1). A new version made from an old one shares all that did not
 * change, so its cost is that of the change. Names that exist only because
 * something lies below them (empty non-terminals, RFC 8499) have no node; the
 * canonical order tells them (zone_name_exists).
 */
#ifndef NODES_DNS_ZONE_H
#define NODES_DNS_ZONE_H

#include "nodes/dns/rr.h"

/* One RRset. RDATA in canonical order, uncompressed, each after its length (two octets, big
 * endian). */
struct rrset {
    uint32_t references;
    uint32_t ttl;
    uint16_t type;
    uint16_t count; /* records */
    uint32_t size;  /* octets in data */
    uint8_t data[];
};

/* Takes the next RDATA of SET: *AT starts at 0. False at the end. */
static inline bool rrset_next(const struct rrset *set, size_t *at, struct bytes *rdata)
{
    if (*at >= set->size)
        return false;
    size_t size = bytes_get_u16(set->data + *at);
    *rdata = bytes_of(set->data + *at + 2, size);
    *at += 2 + size;
    return true;
}

/* An owner name and its RRsets, in order of type. */
struct zone_node {
    uint32_t references;
    uint16_t set_count;
    bool is_cut; /* holds NS and is not the apex */
    const uint8_t *name; /* case as first loaded */
    const struct rrset *sets[];
};

const struct rrset *zone_node_get(const struct zone_node *node, uint16_t type);

struct zone;

struct zone *zone_retain(struct zone *zone);
void zone_release(struct zone *zone); /* NULL is allowed */

const uint8_t *zone_origin(const struct zone *zone);
uint32_t zone_serial(const struct zone *zone);
void zone_soa(const struct zone *zone, struct soa *out); /* names borrowed from the zone */
size_t zone_record_count(const struct zone *zone);
size_t zone_node_count(const struct zone *zone);
size_t zone_wire_size(const struct zone *zone); /* octets of all records, uncompressed */
bool zone_has_cuts(const struct zone *zone);    /* any delegation or DNAME below the apex */

/* An order-independent digest of all records: equal content, equal digest. 16 octets. */
void zone_digest(const struct zone *zone, uint8_t out[16]);
bool zone_equal(const struct zone *a, const struct zone *b); /* compares every record */

const struct zone_node *zone_apex(const struct zone *zone);
const struct zone_node *zone_find(const struct zone *zone, const uint8_t *name);

/* In canonical order: the last node at or before NAME (never NULL for names in the zone), and the
 * first one after it (NULL at the end). */
const struct zone_node *zone_at_or_before(const struct zone *zone, const uint8_t *name);
const struct zone_node *zone_after(const struct zone *zone, const uint8_t *name);

/* NAME has a node or is an empty non-terminal. */
bool zone_name_exists(const struct zone *zone, const uint8_t *name);

/* Walks every record in canonical order, the SOA first and not again. The zone must stay retained
 * while the walk goes on; it may be kept between events and continued. All zero but zone: start. */
struct zone_walk {
    const struct zone *zone;
    const struct zone_node *node;
    uint16_t set;
    size_t at;
    bool past_soa;
};
bool zone_walk_next(struct zone_walk *walk, struct rr *rr);

/* ---- making versions ------------------------------------------------------------------ */

/* An edit starts from a version (or from nothing) and becomes a new one. */
struct zone_edit;

struct zone_edit *zone_edit_begin(const struct zone *base);
struct zone_edit *zone_edit_begin_empty(const uint8_t *origin);

enum zone_edit_result {
    ZONE_EDIT_OK,
    ZONE_EDIT_PRESENT,  /* add: the very record is there already (its TTL is set to the new one) */
    ZONE_EDIT_ABSENT,   /* remove: no such record */
    ZONE_EDIT_OUTSIDE,  /* owner not in the zone */
    ZONE_EDIT_CONFLICT, /* add: CNAME beside other data, or a second SOA or CNAME (RFC 2181) */
    ZONE_EDIT_MALFORMED /* RDATA does not fit the type, or not class IN */
};

/* Adds one record; an SOA replaces the one there. A TTL that differs from its RRset's sets the
 * RRset's (RFC 2181 section 5.2). */
enum zone_edit_result zone_edit_add(struct zone_edit *edit, const struct rr *rr);

/* Removes one record (owner, type, RDATA; the TTL does not matter). */
enum zone_edit_result zone_edit_remove(struct zone_edit *edit, const struct rr *rr);

/* Removes a whole RRset, or (type RR_ANY) all of a name. */
enum zone_edit_result zone_edit_remove_rrset(struct zone_edit *edit, const uint8_t *owner,
                                             uint16_t type);

/* Ends the edit: the new version with one reference, or NULL if the apex lacks an SOA. The edit is
 * freed either way. */
struct zone *zone_edit_finish(struct zone_edit *edit);
void zone_edit_abandon(struct zone_edit *edit);

/* Raises the SOA serial: by one (skipping 0), or to SERIAL. */
void zone_edit_set_serial(struct zone_edit *edit, uint32_t serial);

/* ---- one copy for all ----------------------------------------------------------------- */

/* Versions by origin and content, shared by all nodes of a run. Holds no reference itself: a
 * version leaves the store when its last holder lets go. */
struct zone_store;

struct zone_store *zone_store_create(void);
void zone_store_destroy(struct zone_store *store);

/* Takes over the caller's reference to ZONE and returns one to the version to use: ZONE itself, or
 * the equal one that the store knows. */
struct zone *zone_store_intern(struct zone_store *store, struct zone *zone);

/* The live version with ORIGIN and SERIAL interned first, or NULL; no new reference. */
struct zone *zone_store_find(const struct zone_store *store, const uint8_t *origin,
                             uint32_t serial);

#endif
