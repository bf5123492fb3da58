/*
 * A zone version: an immutable, reference-counted set of records, shared by
 * every node that holds the same content.
 *
 * One tree finds owners, their closest enclosers and their neighbours in canonical
 * order (RFC 4034 section 6.1). A new version made from an old one shares all that
 * did not change, so its cost is that of the change. Names that exist only because
 * something lies below them (empty non-terminals, RFC 9499) have no node;
 * zone_search tells them.
 */
#ifndef NODES_DNS_ZONE_H
#define NODES_DNS_ZONE_H

#include "nodes/dns/rr.h"

/* One RRset. RDATA in canonical order, uncompressed, each after its length (two octets, big
 * endian). The RRSIGs of an owner form one RRset for each type that they cover, since each has the
 * TTL of what it covers (RFC 4034 section 3). */
struct rrset {
    uint32_t references;
    uint32_t ttl;
    uint32_t count; /* records */
    uint32_t size;  /* octets in data */
    uint16_t type;
    uint16_t covers; /* of an RRSIG: the type covered; else 0 */
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

/* An owner name and its RRsets (at least one), in order of type and type covered. */
struct zone_node {
    uint32_t references;
    uint16_t set_count;
    bool is_cut;         /* holds NS and is not the apex: a delegation */
    bool has_dname;      /* names below it are redirected (RFC 6672) */
    const uint8_t *name; /* case as first loaded; lies behind the sets */
    struct rrset *sets[];
};

/* The RRset of TYPE, or NULL. For RR_RRSIG: the first of several. */
const struct rrset *zone_node_get(const struct zone_node *node, uint16_t type);

/* The RRSIGs at NODE that cover TYPE, or NULL. */
const struct rrset *zone_node_signatures(const struct zone_node *node, uint16_t type);

struct zone;

struct zone *zone_retain(struct zone *zone);
void zone_release(struct zone *zone); /* NULL is allowed */

const uint8_t *zone_origin(const struct zone *zone);
uint32_t zone_serial(const struct zone *zone);
void zone_soa(const struct zone *zone, struct soa *out); /* names borrowed from the zone */
size_t zone_record_count(const struct zone *zone);
size_t zone_node_count(const struct zone *zone);
size_t zone_wire_size(const struct zone *zone); /* octets of all records, uncompressed */
bool zone_has_cuts(const struct zone *zone);    /* any delegation or DNAME */

/* A digest of all records, TTLs included, whatever the order in which they came and ignoring the
 * case of names: equal content, equal digest. 16 octets. Not cryptographic. */
void zone_digest(const struct zone *zone, uint8_t out[16]);

/* Compares every record (but for what both versions share), ignoring the case of names. */
bool zone_equal(const struct zone *a, const struct zone *b);

const struct zone_node *zone_apex(const struct zone *zone);

/* The node of NAME, or NULL. NAME may be any name. */
const struct zone_node *zone_find(const struct zone *zone, const uint8_t *name);

/* What one descent finds out about a name at or below the origin. */
struct zone_search {
    const struct zone_node *node; /* of the very name, or NULL */
    /* The topmost node at or above the name that is a delegation or has a DNAME; NULL if none. */
    const struct zone_node *cut;
    /* How many labels of the name exist: its closest encloser has so many (RFC 4592 section 3.3.1).
     * A name without a node all of whose labels exist is an empty non-terminal. */
    size_t encloser_labels;
};
void zone_search(const struct zone *zone, const uint8_t *name, struct zone_search *out);

/* The neighbours of NAME, which is at or below the origin, in canonical order: the last node at or
 * before it (never NULL), the last one strictly before it (NULL for the apex), the first one after
 * it (NULL at the end). */
const struct zone_node *zone_at_or_before(const struct zone *zone, const uint8_t *name);
const struct zone_node *zone_before(const struct zone *zone, const uint8_t *name);
const struct zone_node *zone_after(const struct zone *zone, const uint8_t *name);

/* NAME has a node or is an empty non-terminal. */
bool zone_name_exists(const struct zone *zone, const uint8_t *name);

enum { ZONE_WALK_AHEAD = 16 };

/* Walks every record in canonical order, the SOA first and not again. The zone must stay retained
 * while the walk goes on; it may be kept between events and continued. All zero but zone: start. */
struct zone_walk {
    const struct zone *zone;
    const struct zone_node *ahead[ZONE_WALK_AHEAD]; /* the next nodes */
    uint16_t ahead_count, ahead_at;
    uint16_t set;
    size_t at;
    bool begun;
};
bool zone_walk_next(struct zone_walk *walk, struct rr *rr);

/* Called for every owner whose node is not shared by both versions; NULL: it has none there. */
typedef bool zone_compare_visit(void *context, const struct zone_node *a,
                                const struct zone_node *b);

/* Compares two versions of the same origin owner by owner in canonical order, in time proportional
 * to the difference. Ends early and returns false if VISIT returns false. */
bool zone_compare(const struct zone *a, const struct zone *b, zone_compare_visit *visit,
                  void *context);

/* ---- making versions ------------------------------------------------------------------ */

/* An edit starts from a version (or from nothing) and becomes a new one. */
struct zone_edit;

struct zone_edit *zone_edit_begin(const struct zone *base);
struct zone_edit *zone_edit_begin_empty(const uint8_t *origin);

enum zone_edit_result {
    ZONE_EDIT_OK,
    ZONE_EDIT_PRESENT,  /* add: the very record is there already (its TTL is set to the new one) */
    ZONE_EDIT_ABSENT,   /* remove: no such record */
    ZONE_EDIT_OUTSIDE,  /* owner not in the zone, or SOA elsewhere than at the apex */
    ZONE_EDIT_CONFLICT, /* add: CNAME beside other data, a second CNAME or DNAME (RFC 2181) */
    ZONE_EDIT_MALFORMED /* RDATA does not fit the type, meta type, or not class IN */
};

/* Adds one record; an SOA replaces the one there. A TTL that differs from its RRset's sets the
 * RRset's (RFC 2181 section 5.2). Records are the same if their RDATA is, ignoring the case of
 * names in it. */
enum zone_edit_result zone_edit_add(struct zone_edit *edit, const struct rr *rr);

/* Removes one record (owner, type, RDATA; the TTL does not matter). */
enum zone_edit_result zone_edit_remove(struct zone_edit *edit, const struct rr *rr);

/* Removes a whole RRset, or (type RR_ANY) all of a name. */
enum zone_edit_result zone_edit_remove_rrset(struct zone_edit *edit, const uint8_t *owner,
                                             uint16_t type);

/* Ends the edit: the new version with one reference, or NULL if the apex lacks an SOA. The edit is
 * freed either way. An edit that changed nothing gives an equal version, not the base itself. */
struct zone *zone_edit_finish(struct zone_edit *edit);
void zone_edit_abandon(struct zone_edit *edit);

/* What the edit has come to so far: NULL if OWNER has no records. Valid until the next change. */
const struct zone_node *zone_edit_find(const struct zone_edit *edit, const uint8_t *owner);

/* Likewise, as zone_at_or_before and zone_before; there must be an owner. */
const struct zone_node *zone_edit_at_or_before(const struct zone_edit *edit, const uint8_t *name);
const struct zone_node *zone_edit_before(const struct zone_edit *edit, const uint8_t *name);

/* Sets the SOA serial, or raises it by one (skipping 0). There must be an SOA. */
void zone_edit_set_serial(struct zone_edit *edit, uint32_t serial);
void zone_edit_raise_serial(struct zone_edit *edit);

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
