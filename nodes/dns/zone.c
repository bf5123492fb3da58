/*
 * Zone versions: what can be asked of them. zone_edit.c makes them, zone_tree.c
 * holds their names. See zone.h.
 */
#include "nodes/dns/zone.h"
#include "nodes/dns/nsec3.h"
#include "nodes/dns/zone_node.h"
#include "nodes/dns/zone_version.h"
#include <assert.h>
#include <stdlib.h>

struct zone *zone_retain(struct zone *zone)
{
    zone->references++;
    return zone;
}

void zone_release(struct zone *zone)
{
    if (!zone || --zone->references > 0)
        return;
    zone_store_forget(zone);
    zone_tree_release(zone->tree.root);
    if (zone->lazy)
        nsec3_index_free(zone->lazy->nsec3);
    free(zone->lazy);
    free(zone);
}

const uint8_t *zone_origin(const struct zone *zone)
{
    return zone->origin;
}

uint32_t zone_serial(const struct zone *zone)
{
    return zone->serial;
}

void zone_soa(const struct zone *zone, struct soa *out)
{
    size_t at = 0;
    struct bytes rdata;
    bool valid = rrset_next(zone->soa, &at, &rdata) && rr_soa_parse(rdata, out);
    assert(valid);
}

size_t zone_record_count(const struct zone *zone)
{
    return zone->record_count;
}

size_t zone_node_count(const struct zone *zone)
{
    return zone->node_count;
}

size_t zone_wire_size(const struct zone *zone)
{
    return zone->wire_size;
}

bool zone_has_cuts(const struct zone *zone)
{
    return zone->tree.cut_count > 0;
}

void zone_digest(const struct zone *zone, uint8_t out[16])
{
    for (size_t i = 0; i < 16; i++)
        out[i] = (uint8_t)(zone->digest[i / 8] >> (56 - 8 * (i % 8)));
}

static bool nodes_are_equal(void *context, const struct zone_node *a, const struct zone_node *b)
{
    (void)context;
    return a && b && zone_node_equal(a, b);
}

bool zone_equal(const struct zone *a, const struct zone *b)
{
    return a == b || (a->record_count == b->record_count && a->digest[0] == b->digest[0] &&
                      a->digest[1] == b->digest[1] && name_equal(a->origin, b->origin) &&
                      zone_compare(a, b, nodes_are_equal, NULL));
}

bool zone_compare(const struct zone *a, const struct zone *b, zone_compare_visit *visit,
                  void *context)
{
    assert(name_equal(a->origin, b->origin));
    return zone_tree_compare(&a->tree, &b->tree, visit, context);
}

const struct zone_node *zone_apex(const struct zone *zone)
{
    return zone->apex;
}

const struct zone_node *zone_find(const struct zone *zone, const uint8_t *name)
{
    return zone_tree_find(&zone->tree, name);
}

void zone_search(const struct zone *zone, const uint8_t *name, struct zone_search *out)
{
    zone_tree_search(&zone->tree, name, out);
}

const struct zone_node *zone_at_or_before(const struct zone *zone, const uint8_t *name)
{
    return zone_tree_before(&zone->tree, name, true);
}

const struct zone_node *zone_before(const struct zone *zone, const uint8_t *name)
{
    return zone_tree_before(&zone->tree, name, false);
}

const struct zone_node *zone_after(const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node;
    return zone_tree_after(&zone->tree, name, &node, 1) == 1 ? node : NULL;
}

bool zone_name_exists(const struct zone *zone, const uint8_t *name)
{
    struct zone_search search;
    if (!name_is_under(name, zone->origin))
        return false;
    zone_search(zone, name, &search);
    return search.node || search.encloser_labels == name_label_count(name);
}

static void put_record(struct rr *rr, const struct zone_node *node, const struct rrset *set,
                       struct bytes rdata)
{
    *rr = (struct rr){
        .owner = node->name, .type = set->type, .class = CLASS_IN, .ttl = set->ttl, .rdata = rdata};
}

static void begin_walk(struct zone_walk *walk, struct rr *rr)
{
    walk->begun = true;
    walk->ahead[0] = walk->zone->apex;
    walk->ahead_count = 1;
    const struct rrset *soa = walk->zone->soa;
    put_record(rr, walk->zone->apex, soa, bytes_of(soa->data + 2, soa->size - 2));
}

/* Goes on to the node after the one that is done; false at the end. A large zone lies all over
 * memory, and a walk that waited for each piece would do little else: the processor is told of
 * several at once. (Not in a function of its own: gcc 12 takes one for free of effects, and drops
 * it.) */
static bool step_to_next_node(struct zone_walk *walk)
{
    const struct zone_node *done = walk->ahead[walk->ahead_at++];
    walk->set = 0;
    if (walk->ahead_at < walk->ahead_count)
        return true;
    walk->ahead_at = 0;
    walk->ahead_count =
        (uint16_t)zone_tree_after(&walk->zone->tree, done->name, walk->ahead, ZONE_WALK_AHEAD);
    for (size_t i = 0; i < walk->ahead_count; i++)
        __builtin_prefetch(walk->ahead[i]->sets[0]);
    return walk->ahead_count > 0;
}

bool zone_walk_next(struct zone_walk *walk, struct rr *rr)
{
    if (!walk->begun) {
        begin_walk(walk, rr);
        return true;
    }
    if (walk->ahead_count == 0)
        return false;
    do {
        const struct zone_node *node = walk->ahead[walk->ahead_at];
        while (walk->set < node->set_count) {
            const struct rrset *set = node->sets[walk->set];
            struct bytes rdata;
            if (set->type != RR_SOA && rrset_next(set, &walk->at, &rdata)) {
                put_record(rr, node, set, rdata);
                return true;
            }
            walk->set++;
            walk->at = 0;
        }
    } while (step_to_next_node(walk));
    return false;
}
