/*
 * Making zone versions: an edit changes a draft, which shares with its base all
 * that it has not touched. See zone.h.
 */
#include "nodes/dns/rdata.h"
#include "nodes/dns/zone_node.h"
#include "nodes/dns/zone_version.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <stdlib.h>

struct zone_edit {
    struct zone *draft;
    struct zone_tree_ref *last; /* place of the node changed last, or NULL; records come in runs */
};

struct zone_edit *zone_edit_begin_empty(const uint8_t *origin)
{
    struct zone_edit *edit = memory_zeroed(sizeof *edit);
    edit->draft = memory_zeroed(sizeof *edit->draft);
    edit->draft->references = 1;
    edit->draft->expiry.known = true;
    edit->draft->tree.origin_labels = name_label_count(origin);
    name_copy(origin, edit->draft->origin);
    return edit;
}

struct zone_edit *zone_edit_begin(const struct zone *base)
{
    struct zone_edit *edit = zone_edit_begin_empty(base->origin);
    *edit->draft = *base;
    edit->draft->references = 1;
    edit->draft->store = NULL;
    edit->draft->lazy = NULL;
    if (!base->expiry.known)
        edit->draft->expiry = base->lazy->expiry;
    zone_tree_retain(base->tree.root);
    return edit;
}

void zone_edit_abandon(struct zone_edit *edit)
{
    zone_release(edit->draft);
    free(edit);
}

struct zone *zone_edit_finish(struct zone_edit *edit)
{
    struct zone *zone = edit->draft;
    free(edit);
    struct soa soa;
    zone->apex = zone_tree_find(&zone->tree, zone->origin);
    zone->soa = zone->apex ? zone_node_get(zone->apex, RR_SOA) : NULL;
    if (!zone->soa) {
        zone_release(zone);
        return NULL;
    }
    zone_soa(zone, &soa);
    zone->serial = soa.serial;
    zone->lazy = memory_zeroed(sizeof *zone->lazy);
    return zone;
}

const struct zone_node *zone_edit_find(const struct zone_edit *edit, const uint8_t *owner)
{
    return zone_tree_find(&edit->draft->tree, owner);
}

const struct zone_node *zone_edit_at_or_before(const struct zone_edit *edit, const uint8_t *name)
{
    return zone_tree_before(&edit->draft->tree, name, true);
}

const struct zone_node *zone_edit_before(const struct zone_edit *edit, const uint8_t *name)
{
    return zone_tree_before(&edit->draft->tree, name, false);
}

/* ---- keeping count --------------------------------------------------------------------- */

enum change { REMOVED, ADDED };

static void count_record(struct zone *zone, const uint8_t *owner, const struct rrset *set,
                         struct bytes rdata, enum change change)
{
    uint64_t seed = name_hash(owner) ^ ((uint64_t)set->type << 32 | set->ttl);
    uint64_t one = rdata_hash(set->type, rdata, seed);
    uint64_t two = rdata_hash(set->type, rdata, ~seed);
    size_t size = name_size(owner) + 10 + rdata.size;
    if (change == ADDED) {
        zone->digest[0] += one;
        zone->digest[1] += two;
        zone->wire_size += size;
        zone->record_count++;
    } else {
        zone->digest[0] -= one;
        zone->digest[1] -= two;
        zone->wire_size -= size;
        zone->record_count--;
    }
    if (set->type == RR_RRSIG)
        (change == ADDED ? zone_expiry_add : zone_expiry_remove)(
            &zone->expiry, bytes_get_u32(rdata.data + RRSIG_EXPIRY_AT));
}

static void count_set(struct zone *zone, const uint8_t *owner, const struct rrset *set,
                      enum change change)
{
    struct bytes rdata;
    for (size_t at = 0; rrset_next(set, &at, &rdata);)
        count_record(zone, owner, set, rdata, change);
}

static void update_cut(struct zone *zone, struct zone_node *node)
{
    zone->tree.cut_count -= node->is_cut || node->has_dname;
    node->is_cut = zone_node_get(node, RR_NS) && !name_equal(node->name, zone->origin);
    node->has_dname = zone_node_get(node, RR_DNAME) != NULL;
    zone->tree.cut_count += node->is_cut || node->has_dname;
}

/* ---- changing -------------------------------------------------------------------------- */

static uint16_t type_covered(const struct rr *rr)
{
    return rr->type == RR_RRSIG ? bytes_get_u16(rr->rdata.data) : 0;
}

/* The place of OWNER's node, ready to be changed; NULL if it has none. */
static struct zone_tree_ref *place_of(struct zone_edit *edit, const uint8_t *owner)
{
    if (!edit->last || !name_equal(zone_tree_node(*edit->last)->name, owner))
        edit->last = zone_tree_slot(&edit->draft->tree, owner);
    return edit->last;
}

static void remove_set(struct zone *zone, struct zone_tree_ref *place, size_t at)
{
    struct zone_node *node = zone_node_own(zone_tree_node(*place));
    count_set(zone, node->name, node->sets[at], REMOVED);
    node = zone_node_remove(node, at);
    update_cut(zone, node);
    *place = zone_tree_leaf(node);
}

static enum zone_edit_result check_record(const struct zone *zone, const struct rr *rr)
{
    bool is_meta = rr->type == 0 || rr->type == RR_OPT || (rr->type >= 128 && rr->type <= 255);
    if (rr->class != CLASS_IN || is_meta || !rr_rdata_is_valid(rr->type, rr->rdata))
        return ZONE_EDIT_MALFORMED;
    if (!name_is_under(rr->owner, zone->origin))
        return ZONE_EDIT_OUTSIDE;
    if (rr->type == RR_SOA && !name_equal(rr->owner, zone->origin))
        return ZONE_EDIT_OUTSIDE;
    return ZONE_EDIT_OK;
}

static bool may_stand_beside_cname(uint16_t type)
{
    return type == RR_CNAME || type == RR_RRSIG || type == RR_NSEC;
}

/* RFC 1034 section 3.6.2, RFC 2181 section 10.1, RFC 6672 section 2.4. */
static bool conflicts(const struct zone_node *node, const struct rr *rr)
{
    if (!may_stand_beside_cname(rr->type) && zone_node_get(node, RR_CNAME))
        return true;
    if (rr->type == RR_CNAME)
        for (size_t i = 0; i < node->set_count; i++)
            if (!may_stand_beside_cname(node->sets[i]->type))
                return true;
    if (rr->type != RR_CNAME && rr->type != RR_DNAME)
        return false;
    const struct rrset *set = zone_node_get(node, rr->type);
    return set && !rrset_find(set, rr->rdata).present;
}

static enum zone_edit_result add_to_set(struct zone *zone, struct zone_node *node, size_t at,
                                        const struct rr *rr)
{
    struct rrset *set = node->sets[at] = rrset_own(node->sets[at]);
    if (set->ttl != rr->ttl) {
        count_set(zone, node->name, set, REMOVED);
        set->ttl = rr->ttl;
        count_set(zone, node->name, set, ADDED);
    }
    struct rrset_place place = rrset_find(set, rr->rdata);
    if (place.present)
        return ZONE_EDIT_PRESENT;
    node->sets[at] = rrset_insert(set, place.at, rr->rdata);
    count_record(zone, node->name, node->sets[at], rr->rdata, ADDED);
    return ZONE_EDIT_OK;
}

static enum zone_edit_result add_to_node(struct zone *zone, struct zone_tree_ref *place,
                                         const struct rr *rr)
{
    struct zone_node *node = zone_node_own(zone_tree_node(*place));
    uint16_t covers = type_covered(rr);
    struct zone_node_place set = zone_node_find(node, rr->type, covers);
    if (!set.present) {
        node = zone_node_insert(node, set.at, rrset_create(rr->type, covers, rr->ttl));
        update_cut(zone, node);
    }
    enum zone_edit_result result = add_to_set(zone, node, set.at, rr);
    *place = zone_tree_leaf(node);
    return result;
}

static void remove_other_soa(struct zone *zone, struct zone_tree_ref *place, const struct rr *rr)
{
    const struct zone_node *node = zone_tree_node(*place);
    struct zone_node_place set = zone_node_find(node, RR_SOA, 0);
    if (set.present && !rrset_find(node->sets[set.at], rr->rdata).present)
        remove_set(zone, place, set.at);
}

enum zone_edit_result zone_edit_add(struct zone_edit *edit, const struct rr *rr)
{
    struct zone *zone = edit->draft;
    enum zone_edit_result result = check_record(zone, rr);
    if (result != ZONE_EDIT_OK)
        return result;
    struct zone_tree_ref *place = place_of(edit, rr->owner);
    if (!place) {
        place = edit->last = zone_tree_insert(&zone->tree, zone_node_create(rr->owner));
        zone->node_count++;
    } else if (conflicts(zone_tree_node(*place), rr)) {
        return ZONE_EDIT_CONFLICT;
    } else if (zone_tree_node(*place)->set_count == UINT16_MAX) {
        return ZONE_EDIT_MALFORMED;
    }
    if (rr->type == RR_SOA)
        remove_other_soa(zone, place, rr);
    return add_to_node(zone, place, rr);
}

/* Takes the node away if nothing is left at it. */
static void drop_if_empty(struct zone_edit *edit, const uint8_t *owner)
{
    if (zone_tree_node(*edit->last)->set_count > 0)
        return;
    edit->last = NULL;
    edit->draft->node_count--;
    zone_tree_remove(&edit->draft->tree, owner);
}

enum zone_edit_result zone_edit_remove(struct zone_edit *edit, const struct rr *rr)
{
    struct zone *zone = edit->draft;
    enum zone_edit_result result = check_record(zone, rr);
    if (result != ZONE_EDIT_OK)
        return result;
    const struct zone_node *found = zone_tree_find(&zone->tree, rr->owner);
    if (!found)
        return ZONE_EDIT_ABSENT;
    struct zone_node_place set = zone_node_find(found, rr->type, type_covered(rr));
    if (!set.present || !rrset_find(found->sets[set.at], rr->rdata).present)
        return ZONE_EDIT_ABSENT;
    struct zone_tree_ref *place = place_of(edit, rr->owner);
    if (found->sets[set.at]->count == 1) {
        remove_set(zone, place, set.at);
        drop_if_empty(edit, rr->owner);
        return ZONE_EDIT_OK;
    }
    struct zone_node *node = zone_node_own(zone_tree_node(*place));
    struct rrset *changed = rrset_own(node->sets[set.at]);
    count_record(zone, node->name, changed, rr->rdata, REMOVED);
    node->sets[set.at] = rrset_remove(changed, rrset_find(changed, rr->rdata).at);
    *place = zone_tree_leaf(node);
    return ZONE_EDIT_OK;
}

enum zone_edit_result zone_edit_remove_rrset(struct zone_edit *edit, const uint8_t *owner,
                                             uint16_t type)
{
    struct zone *zone = edit->draft;
    if (!name_is_under(owner, zone->origin))
        return ZONE_EDIT_OUTSIDE;
    const struct zone_node *found = zone_tree_find(&zone->tree, owner);
    if (!found || (type != RR_ANY && !zone_node_get(found, type)))
        return ZONE_EDIT_ABSENT;
    struct zone_tree_ref *place = place_of(edit, owner);
    for (size_t i = zone_tree_node(*place)->set_count; i-- > 0;)
        if (type == RR_ANY || zone_tree_node(*place)->sets[i]->type == type)
            remove_set(zone, place, i);
    drop_if_empty(edit, owner);
    return ZONE_EDIT_OK;
}

void zone_edit_set_serial(struct zone_edit *edit, uint32_t serial)
{
    const struct zone_node *apex = zone_edit_find(edit, edit->draft->origin);
    const struct rrset *set = apex ? zone_node_get(apex, RR_SOA) : NULL;
    assert(set);
    uint8_t rdata[2 * NAME_SIZE_MAX + 20];
    struct rr rr = {.owner = edit->draft->origin,
                    .type = RR_SOA,
                    .class = CLASS_IN,
                    .ttl = set->ttl,
                    .rdata = {rdata, set->size - 2}};
    memcpy(rdata, set->data + 2, rr.rdata.size);
    bytes_put_u32(rdata + rr.rdata.size - 20, serial);
    enum zone_edit_result result = zone_edit_add(edit, &rr);
    assert(result == ZONE_EDIT_OK || result == ZONE_EDIT_PRESENT);
}

void zone_edit_raise_serial(struct zone_edit *edit)
{
    const struct zone_node *apex = zone_edit_find(edit, edit->draft->origin);
    const struct rrset *set = apex ? zone_node_get(apex, RR_SOA) : NULL;
    assert(set);
    uint32_t serial = bytes_get_u32(set->data + set->size - 20) + 1;
    zone_edit_set_serial(edit, serial == 0 ? 1 : serial);
}
