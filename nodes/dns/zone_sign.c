/*
 * Signing a zone in steps, each from a finished version to the next:
 *
 *   as given -> stripped, with DNSKEY and what else the apex needs -> with its chain
 *   -> with RRSIGs -> with the digest of all that and its RRSIG
 *
 * The chain is made in zone_sign_chain.c; what a change does to a signed version, in
 * zone_sign_change.c.
 */
#include "nodes/dns/canonical.h"
#include "nodes/dns/zone_sign_internal.h"
#include "nodes/dns/zone_version.h"
#include "nodes/dns/zonemd.h"
#include <assert.h>
#include <stdlib.h>

void zone_sign_add(struct zone_edit *edit, const uint8_t *owner, uint16_t type, uint32_t ttl,
                   struct bytes rdata)
{
    struct rr rr = {.owner = owner, .type = type, .class = CLASS_IN, .ttl = ttl, .rdata = rdata};
    enum zone_edit_result result = zone_edit_add(edit, &rr);
    assert(result == ZONE_EDIT_OK || result == ZONE_EDIT_PRESENT);
}

bool authority_walk_next(struct authority_walk *walk)
{
    const struct zone *zone = walk->zone;
    do {
        walk->node = walk->node ? zone_after(zone, walk->node->name) : zone_apex(zone);
        if (!walk->node)
            return false;
        /* Below a DNAME at the apex there still are the NSEC3s. */
    } while (walk->cut && name_is_under(walk->node->name, walk->cut->name) &&
             !zone_node_get(walk->node, RR_NSEC3));
    bool hides = walk->node->is_cut || walk->node->has_dname;
    if (hides && !(walk->cut && name_is_under(walk->node->name, walk->cut->name)))
        walk->cut = walk->node;
    return true;
}

static uint32_t soa_ttl(const struct zone *zone)
{
    return zone_node_get(zone_apex(zone), RR_SOA)->ttl;
}

struct zone *zone_sign_finish(struct zone_edit *edit)
{
    struct zone *zone = zone_edit_finish(edit);
    assert(zone); /* nobody took the SOA away */
    return zone;
}

/* ---- the apex ----------------------------------------------------------------------------- */

static bool is_of_signing(const struct rrset *set, bool is_apex)
{
    return set->type == RR_RRSIG || set->type == RR_NSEC || set->type == RR_NSEC3 ||
           set->type == RR_NSEC3PARAM || (is_apex && set->type == RR_ZONEMD);
}

static void strip(struct zone_edit *edit, const struct zone *zone)
{
    const struct zone_node *apex = zone_apex(zone);
    for (const struct zone_node *node = apex; node; node = zone_after(zone, node->name))
        for (size_t i = 0; i < node->set_count; i++)
            if (is_of_signing(node->sets[i], node == apex))
                zone_edit_remove_rrset(edit, node->name, node->sets[i]->type);
}

static void put_nsec3param(struct zone_edit *edit, const struct zone *zone,
                           const struct nsec3_parameters *parameters)
{
    uint8_t rdata[5 + NSEC3_SALT_MAX];
    struct writer w = writer_of(rdata, sizeof rdata);
    writer_u8(&w, NSEC3_SHA1);
    writer_u8(&w, 0);
    writer_u16(&w, parameters->iterations);
    writer_u8(&w, parameters->salt_size);
    writer_bytes(&w, parameters->salt, parameters->salt_size);
    zone_sign_add(edit, zone_origin(zone), RR_NSEC3PARAM, 0, bytes_of(rdata, w.size));
}

void zone_sign_apex(struct zone_edit *edit, const struct zone *zone,
                    const struct zone_signing *signing)
{
    zone_edit_remove_rrset(edit, zone_origin(zone), RR_NSEC3PARAM);
    zone_edit_remove_rrset(edit, zone_origin(zone), RR_ZONEMD);
    zone_sign_add(edit, zone_origin(zone), RR_DNSKEY, soa_ttl(zone),
                  signing_key_dnskey(signing->key));
    if (signing->denial == ZONE_SIGN_NSEC3)
        put_nsec3param(edit, zone, &signing->nsec3);
    if (signing->zonemd) { /* for the chain to know of; the digest comes last */
        uint8_t empty[ZONEMD_RDATA_MAX] = {0};
        zone_sign_add(edit, zone_origin(zone), RR_ZONEMD, soa_ttl(zone),
                      bytes_of(empty, sizeof empty));
    }
}

static struct zone *with_apex(const struct zone *zone, const struct zone_signing *signing)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    strip(edit, zone);
    zone_sign_apex(edit, zone, signing);
    return zone_sign_finish(edit);
}

static struct zone *with_chain(const struct zone *zone, const struct zone_signing *signing)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    zone_sign_chain(edit, zone, signing);
    return zone_sign_finish(edit);
}

/* ---- signatures --------------------------------------------------------------------------- */

static void write_fixed(struct writer *w, const uint8_t *owner, const struct rrset *set,
                        const struct zone_signing *signing)
{
    writer_u16(w, set->type);
    writer_u8(w, (uint8_t)signing_key_algorithm(signing->key));
    writer_u8(w, (uint8_t)(name_label_count(owner) - name_is_wildcard(owner)));
    writer_u32(w, set->ttl);
    writer_u32(w, signing->expiry_s);
    writer_u32(w, signing->inception_s);
    writer_u16(w, signing_key_tag(signing->key));
}

/* RFC 4034 section 3.1.8.1. */
static void sign_set(struct zone_edit *edit, const struct zone *zone, const struct zone_node *node,
                     const struct rrset *set, const struct zone_signing *signing)
{
    uint8_t rdata[18 + NAME_SIZE_MAX + SIGNATURE_SIZE_MAX], signature[SIGNATURE_SIZE_MAX];
    struct writer w = writer_of(rdata, sizeof rdata);
    struct canonical data = {0};
    write_fixed(&w, node->name, set, signing);
    name_lower(zone_origin(zone), writer_room(&w, name_size(zone_origin(zone))));
    canonical_put(&data, rdata, w.size);
    canonical_put_set(&data, node->name, set);
    size_t size = signing_key_sign(signing->key, bytes_of(data.data, data.size), signature);
    writer_bytes(&w, signature, size);
    zone_sign_add(edit, node->name, RR_RRSIG, set->ttl, bytes_of(rdata, w.size));
    free(data.data);
    if (signing->made)
        ++*signing->made;
}

static bool same_set(const struct rrset *a, const struct rrset *b)
{
    return a->ttl == b->ttl && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

bool zone_sign_is_due(const struct rrset *signatures, const struct zone_signing *signing)
{
    struct bytes rdata;
    for (size_t at = 0; signing->renews && rrset_next(signatures, &at, &rdata);)
        if (!serial_is_after(bytes_get_u32(rdata.data + RRSIG_EXPIRY_AT), signing->renew_s))
            return true;
    return false;
}

/* The signatures of the same RRset in the version BEFORE (NULL: none), if they may be kept. */
static const struct rrset *kept_signatures(const struct zone_node *before, const struct rrset *set,
                                           const struct zone_signing *signing)
{
    const struct rrset *old = before ? zone_node_get(before, set->type) : NULL;
    const struct rrset *kept =
        old && same_set(old, set) ? zone_node_signatures(before, set->type) : NULL;
    return kept && !zone_sign_is_due(kept, signing) ? kept : NULL;
}

static void sign_or_keep(struct zone_edit *edit, const struct zone *zone,
                         const struct zone_node *node, const struct rrset *set,
                         const struct zone_signing *signing)
{
    const struct zone_node *before =
        signing->previous ? zone_find(signing->previous, node->name) : NULL;
    const struct rrset *kept = kept_signatures(before, set, signing);
    struct bytes rdata;
    if (!kept)
        sign_set(edit, zone, node, set, signing);
    for (size_t at = 0; kept && rrset_next(kept, &at, &rdata);)
        zone_sign_add(edit, node->name, RR_RRSIG, kept->ttl, rdata);
}

void zone_sign_node(struct zone_edit *edit, const struct zone *zone, const struct zone_node *node,
                    const struct zone_signing *signing)
{
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        bool comes_later = node == zone_apex(zone) && set->type == RR_ZONEMD;
        if (is_authoritative(node, set) && set->type != RR_RRSIG && !comes_later)
            sign_or_keep(edit, zone, node, set, signing);
    }
}

static struct zone *with_signatures(const struct zone *zone, const struct zone_signing *signing)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    struct authority_walk walk = {.zone = zone};
    while (authority_walk_next(&walk))
        zone_sign_node(edit, zone, walk.node, signing);
    return zone_sign_finish(edit);
}

struct zone *zone_sign_digest(const struct zone *zone, const struct zone_signing *signing)
{
    uint8_t rdata[ZONEMD_RDATA_MAX];
    size_t size = zonemd_rdata(zone, ZONEMD_SHA384, rdata);
    struct zone_edit *edit = zone_edit_begin(zone);
    const uint8_t *origin = zone_origin(zone);
    zone_edit_remove_rrset(edit, origin, RR_ZONEMD);
    zone_sign_add(edit, origin, RR_ZONEMD, soa_ttl(zone), bytes_of(rdata, size));
    struct zone *digested = zone_sign_finish(edit);
    edit = zone_edit_begin(digested);
    const struct zone_node *apex = zone_apex(digested);
    sign_set(edit, digested, apex, zone_node_get(apex, RR_ZONEMD), signing);
    zone_release(digested);
    return zone_sign_finish(edit);
}

struct zone *zone_sign(const struct zone *zone, const struct zone_signing *signing)
{
    struct zone *(*const steps[])(const struct zone *, const struct zone_signing *) = {
        with_chain, with_signatures, zone_sign_digest};
    struct zone *version = with_apex(zone, signing);
    for (size_t i = 0; i < (signing->zonemd ? 3 : 2); i++) {
        struct zone *next = steps[i](version, signing);
        zone_release(version);
        version = next;
    }
    return version;
}
