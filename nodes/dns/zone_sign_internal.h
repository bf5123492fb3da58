/* What the files that implement zone_sign.h share. */
#ifndef NODES_DNS_ZONE_SIGN_INTERNAL_H
#define NODES_DNS_ZONE_SIGN_INTERNAL_H

#include "nodes/dns/zone_sign.h"
#include "sim/base/arena.h"

/* Walks the owners that are not hidden below a delegation or DNAME, in canonical order. All zero
 * but zone: start. */
struct authority_walk {
    const struct zone *zone;
    const struct zone_node *node, *cut;
};
bool authority_walk_next(struct authority_walk *walk);

/* SET is not one that signing makes at every owner. */
static inline bool is_data(const struct rrset *set)
{
    return set->type != RR_RRSIG && set->type != RR_NSEC && set->type != RR_NSEC3;
}

/* NODE is a delegation that opt-out leaves out of the chain. */
static inline bool is_left_out(const struct zone_node *node, const struct zone_signing *signing)
{
    return signing->opt_out && node->is_cut && !zone_node_get(node, RR_DS);
}

/* SET of NODE, which is not hidden, is authoritative: it is signed and listed in NODE's NSEC. */
static inline bool is_authoritative(const struct zone_node *node, const struct rrset *set)
{
    return !node->is_cut || set->type == RR_DS || set->type == RR_NSEC;
}

/* Adds a record that is right by construction. */
void zone_sign_add(struct zone_edit *edit, const uint8_t *owner, uint16_t type, uint32_t ttl,
                   struct bytes rdata);

/* Ends an edit that has kept the SOA. */
struct zone *zone_sign_finish(struct zone_edit *edit);

/* Puts what the apex of ZONE needs into EDIT: DNSKEY, NSEC3PARAM, room for a ZONEMD. */
void zone_sign_apex(struct zone_edit *edit, const struct zone *zone,
                    const struct zone_signing *signing);

/* Adds to EDIT, which has none for it, the RRSIGs of NODE, which is not hidden. */
void zone_sign_node(struct zone_edit *edit, const struct zone *zone, const struct zone_node *node,
                    const struct zone_signing *signing);

/* SIGNATURES are to be renewed. */
bool zone_sign_is_due(const struct rrset *signatures, const struct zone_signing *signing);

/* ZONE with its digest and that one's signature; one reference. */
struct zone *zone_sign_digest(const struct zone *zone, const struct zone_signing *signing);

/* Adds the chain that SIGNING asks for to EDIT, which began from ZONE. (zone_sign_chain.c) */
void zone_sign_chain(struct zone_edit *edit, const struct zone *zone,
                     const struct zone_signing *signing);

/* The TTL of the chain's records (RFC 9077). */
uint32_t zone_sign_negative_ttl(const struct zone *zone);

/* Adds NODE's NSEC. */
void zone_sign_nsec(struct zone_edit *edit, const struct zone_node *node, const uint8_t *next,
                    uint32_t ttl);

/* A name in the chain of NSEC3. */
struct zone_sign_link {
    uint8_t hash[NSEC3_HASH_SIZE];
    const struct zone_node *node; /* NULL: an empty non-terminal */
};
void zone_sign_nsec3(struct zone_edit *edit, const struct zone *zone,
                     const struct zone_signing *signing, const struct zone_sign_link *link,
                     const uint8_t next[NSEC3_HASH_SIZE]);

/* Owner names, sorted and each once after names_settle; free(list) in the end. What they point to
 * outlives them. */
struct zone_sign_names {
    const uint8_t **list;
    size_t count, capacity;
};
void zone_sign_names_add(struct zone_sign_names *names, const uint8_t *name);
void zone_sign_names_settle(struct zone_sign_names *names);

/* Makes the chain in EDIT, begun from ZONE, right around NAMES, whose data may have changed since
 * it was; and adds to NAMES (not settled then) the owners of all records of it that are new. ARENA
 * keeps their names. (zone_sign_link.c) */
void zone_sign_relink(struct zone_edit *edit, const struct zone *zone,
                      const struct zone_signing *signing, struct zone_sign_names *names,
                      struct arena *arena);

#endif
