/* What the files that implement zone_sign.h share. */
#ifndef NODES_DNS_ZONE_SIGN_INTERNAL_H
#define NODES_DNS_ZONE_SIGN_INTERNAL_H

#include "nodes/dns/zone_sign.h"

/* Walks the owners that are not hidden below a delegation or DNAME, in canonical order. All zero
 * but zone: start. */
struct authority_walk {
    const struct zone *zone;
    const struct zone_node *node, *cut;
};
bool authority_walk_next(struct authority_walk *walk);

/* SET of NODE, which is not hidden, is authoritative: it is signed and listed in NODE's NSEC. */
static inline bool is_authoritative(const struct zone_node *node, const struct rrset *set)
{
    return !node->is_cut || set->type == RR_DS || set->type == RR_NSEC;
}

/* Adds a record that is right by construction. */
void zone_sign_add(struct zone_edit *edit, const uint8_t *owner, uint16_t type, uint32_t ttl,
                   struct bytes rdata);

/* Adds the chain that SIGNING asks for to EDIT, which began from ZONE. (zone_sign_chain.c) */
void zone_sign_chain(struct zone_edit *edit, const struct zone *zone,
                     const struct zone_signing *signing);

#endif
