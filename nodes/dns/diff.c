/*
 * Differences between zone versions: made from two versions or record by record,
 * applied to a version. See diff.h; their transfer (RFC 1995) is nodes/transfer_*.c's.
 */
#include "nodes/dns/diff.h"
#include "nodes/dns/rdata.h"
#include "nodes/dns/zone_node.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <stdlib.h>

/* Records one after the other: owner, type, TTL, size of RDATA, RDATA. */
struct zone_diff {
    uint32_t references;
    uint32_t from, to;
    size_t wire_size;
    size_t new_soa_at; /* where the new SOA stands in data, behind the removed records */
    size_t size;
    uint8_t data[];
};

enum { RECORD_FIXED_SIZE = 8 };

/* ---- records in a row ------------------------------------------------------------------ */

struct record_row {
    uint8_t *data;
    size_t size, capacity;
    size_t wire_size;
};

static void put_record(struct record_row *row, const struct rr *rr)
{
    size_t owner_size = name_size(rr->owner);
    size_t size = owner_size + RECORD_FIXED_SIZE + rr->rdata.size;
    while (row->capacity - row->size < size) {
        row->capacity = row->capacity > 0 ? row->capacity * 2 : 256;
        row->data = memory_resize(row->data, row->capacity);
    }
    uint8_t *p = row->data + row->size;
    memcpy(p, rr->owner, owner_size);
    p += owner_size;
    bytes_put_u16(p, rr->type);
    bytes_put_u32(p + 2, rr->ttl);
    bytes_put_u16(p + 6, (uint16_t)rr->rdata.size);
    if (rr->rdata.size > 0)
        memcpy(p + RECORD_FIXED_SIZE, rr->rdata.data, rr->rdata.size);
    row->size += size;
    row->wire_size += owner_size + 10 + rr->rdata.size;
}

/* The record at DATA; returns what it takes. */
static size_t get_record(const uint8_t *data, struct rr *rr)
{
    size_t owner_size = name_size(data);
    const uint8_t *p = data + owner_size;
    *rr = (struct rr){.owner = data,
                      .type = bytes_get_u16(p),
                      .class = CLASS_IN,
                      .ttl = bytes_get_u32(p + 2),
                      .rdata = {p + RECORD_FIXED_SIZE, bytes_get_u16(p + 6)}};
    return owner_size + RECORD_FIXED_SIZE + rr->rdata.size;
}

/* ---- building -------------------------------------------------------------------------- */

struct zone_diff_builder {
    struct record_row removed; /* the old SOA first */
    struct record_row added;   /* the new SOA first */
    uint32_t from, to;
};

static uint32_t serial_of(const struct rr *rr)
{
    struct soa soa;
    bool valid = rr->type == RR_SOA && rr_soa_parse(rr->rdata, &soa);
    assert(valid);
    return soa.serial;
}

struct zone_diff_builder *zone_diff_builder_create(const struct rr *old_soa)
{
    struct zone_diff_builder *builder = memory_zeroed(sizeof *builder);
    builder->from = serial_of(old_soa);
    put_record(&builder->removed, old_soa);
    return builder;
}

void zone_diff_builder_remove(struct zone_diff_builder *builder, const struct rr *rr)
{
    assert(builder->added.size == 0);
    put_record(&builder->removed, rr);
}

void zone_diff_builder_new_soa(struct zone_diff_builder *builder, const struct rr *new_soa)
{
    assert(builder->added.size == 0);
    builder->to = serial_of(new_soa);
    put_record(&builder->added, new_soa);
}

void zone_diff_builder_add(struct zone_diff_builder *builder, const struct rr *rr)
{
    assert(builder->added.size > 0);
    put_record(&builder->added, rr);
}

void zone_diff_builder_abandon(struct zone_diff_builder *builder)
{
    free(builder->removed.data);
    free(builder->added.data);
    free(builder);
}

struct zone_diff *zone_diff_builder_finish(struct zone_diff_builder *builder)
{
    const struct record_row *removed = &builder->removed, *added = &builder->added;
    assert(added->size > 0);
    struct zone_diff *diff = memory_alloc(sizeof *diff + removed->size + added->size);
    *diff = (struct zone_diff){.references = 1,
                               .from = builder->from,
                               .to = builder->to,
                               .wire_size = removed->wire_size + added->wire_size,
                               .new_soa_at = removed->size,
                               .size = removed->size + added->size};
    memcpy(diff->data, removed->data, removed->size);
    memcpy(diff->data + removed->size, added->data, added->size);
    zone_diff_builder_abandon(builder);
    return diff;
}

struct zone_diff *zone_diff_retain(struct zone_diff *diff)
{
    diff->references++;
    return diff;
}

void zone_diff_release(struct zone_diff *diff)
{
    if (diff && --diff->references == 0)
        free(diff);
}

uint32_t zone_diff_from(const struct zone_diff *diff)
{
    return diff->from;
}

uint32_t zone_diff_to(const struct zone_diff *diff)
{
    return diff->to;
}

size_t zone_diff_size(const struct zone_diff *diff)
{
    return diff->wire_size;
}

bool zone_diff_walk_next(struct zone_diff_walk *walk, struct rr *rr)
{
    if (walk->at == walk->diff->size)
        return false;
    walk->at += get_record(walk->diff->data + walk->at, rr);
    return true;
}

/* ---- two versions ---------------------------------------------------------------------- */

static void put_rdata(struct record_row *row, const struct zone_node *node, const struct rrset *set,
                      struct bytes rdata)
{
    struct rr rr = {
        .owner = node->name, .type = set->type, .class = CLASS_IN, .ttl = set->ttl, .rdata = rdata};
    if (set->type != RR_SOA)
        put_record(row, &rr);
}

static void put_set(struct record_row *row, const struct zone_node *node, const struct rrset *set)
{
    struct bytes rdata;
    for (size_t at = 0; rrset_next(set, &at, &rdata);)
        put_rdata(row, node, set, rdata);
}

static void put_node(struct record_row *row, const struct zone_node *node)
{
    for (size_t i = 0; i < node->set_count; i++)
        put_set(row, node, node->sets[i]);
}

/* Both RRsets have the same type and TTL; their records are in the same order. */
static void compare_records(struct zone_diff_builder *builder, const struct zone_node *nodes[2],
                            const struct rrset *old, const struct rrset *new)
{
    size_t old_at = 0, new_at = 0;
    struct bytes old_rdata, new_rdata;
    bool has_old = rrset_next(old, &old_at, &old_rdata);
    bool has_new = rrset_next(new, &new_at, &new_rdata);
    while (has_old || has_new) {
        int order = !has_old ? 1 : !has_new ? -1 : rdata_compare(old->type, old_rdata, new_rdata);
        if (order < 0)
            put_rdata(&builder->removed, nodes[0], old, old_rdata);
        if (order > 0)
            put_rdata(&builder->added, nodes[1], new, new_rdata);
        if (order <= 0)
            has_old = rrset_next(old, &old_at, &old_rdata);
        if (order >= 0)
            has_new = rrset_next(new, &new_at, &new_rdata);
    }
}

static void compare_sets(struct zone_diff_builder *builder, const struct zone_node *nodes[2],
                         const struct rrset *old, const struct rrset *new)
{
    if (old == new)
        return;
    if (old && new && old->ttl == new->ttl) {
        compare_records(builder, nodes, old, new);
        return;
    }
    if (old)
        put_set(&builder->removed, nodes[0], old);
    if (new)
        put_set(&builder->added, nodes[1], new);
}

static int order_of_sets(const struct rrset *a, const struct rrset *b)
{
    return a->type != b->type ? a->type - b->type : a->covers - b->covers;
}

static bool compare_nodes(void *context, const struct zone_node *old, const struct zone_node *new)
{
    struct zone_diff_builder *builder = context;
    const struct zone_node *nodes[2] = {old, new};
    if (!old)
        put_node(&builder->added, new);
    if (!new)
        put_node(&builder->removed, old);
    if (!old || !new)
        return true;
    for (size_t i = 0, k = 0; i < old->set_count || k < new->set_count;) {
        int order = i == old->set_count   ? 1
                    : k == new->set_count ? -1
                                          : order_of_sets(old->sets[i], new->sets[k]);
        compare_sets(builder, nodes, order <= 0 ? old->sets[i] : NULL,
                     order >= 0 ? new->sets[k] : NULL);
        i += order <= 0;
        k += order >= 0;
    }
    return true;
}

static struct rr soa_of(const struct zone *zone)
{
    struct zone_walk walk = {.zone = zone};
    struct rr soa;
    bool has_soa = zone_walk_next(&walk, &soa);
    assert(has_soa);
    return soa;
}

struct zone_diff *zone_diff_between(const struct zone *old, const struct zone *new)
{
    struct rr old_soa = soa_of(old), new_soa = soa_of(new);
    struct zone_diff_builder *builder = zone_diff_builder_create(&old_soa);
    zone_diff_builder_new_soa(builder, &new_soa);
    zone_compare(old, new, compare_nodes, builder);
    return zone_diff_builder_finish(builder);
}

/* ---- applying -------------------------------------------------------------------------- */

static bool apply(struct zone_edit *edit, const struct zone_diff *diff)
{
    struct zone_diff_walk walk = {.diff = diff};
    struct rr rr;
    zone_diff_walk_next(&walk, &rr); /* the old SOA, which the new one will replace */
    while (walk.at < diff->new_soa_at) {
        zone_diff_walk_next(&walk, &rr);
        if (zone_edit_remove(edit, &rr) != ZONE_EDIT_OK)
            return false;
    }
    while (zone_diff_walk_next(&walk, &rr)) {
        enum zone_edit_result result = zone_edit_add(edit, &rr);
        if (result != ZONE_EDIT_OK && !(result == ZONE_EDIT_PRESENT && rr.type == RR_SOA))
            return false;
    }
    return true;
}

struct zone *zone_diff_apply(const struct zone *zone, const struct zone_diff *diff)
{
    if (zone_serial(zone) != diff->from)
        return NULL;
    struct zone_edit *edit = zone_edit_begin(zone);
    if (apply(edit, diff))
        return zone_edit_finish(edit);
    zone_edit_abandon(edit);
    return NULL;
}

/* ---- condensing ---------------------------------------------------------------------------- */

struct zone_diff *zone_diff_reverse(const struct zone_diff *diff)
{
    struct zone_diff_walk removed = {.diff = diff}, added = {.diff = diff, .at = diff->new_soa_at};
    struct rr old_soa, new_soa, rr;
    zone_diff_walk_next(&removed, &old_soa);
    zone_diff_walk_next(&added, &new_soa);
    struct zone_diff_builder *builder = zone_diff_builder_create(&new_soa);
    while (zone_diff_walk_next(&added, &rr))
        zone_diff_builder_remove(builder, &rr);
    zone_diff_builder_new_soa(builder, &old_soa);
    while (removed.at < diff->new_soa_at) {
        zone_diff_walk_next(&removed, &rr);
        zone_diff_builder_add(builder, &rr);
    }
    return zone_diff_builder_finish(builder);
}

/* Versions share what did not change, so going back to the old one costs what the differences do.
 */
struct zone_diff *zone_diff_condense(const struct zone *new, struct zone_diff *const *diffs,
                                     size_t count)
{
    struct zone *old = NULL;
    for (size_t i = count; i-- > 0;) {
        struct zone_diff *back = zone_diff_reverse(diffs[i]);
        struct zone *before = zone_diff_apply(old ? old : new, back);
        zone_diff_release(back);
        zone_release(old);
        old = before;
        if (!old)
            return NULL;
    }
    struct zone_diff *condensed = zone_diff_between(old, new);
    zone_release(old);
    return condensed;
}
