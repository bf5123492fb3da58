/*
 * The nodes and RRsets of a zone version. See zone_node.h.
 */
#include "nodes/dns/zone_node.h"
#include "nodes/dns/rdata.h"
#include "sim/base/arena.h"
#include <stdlib.h>

/* ---- RRsets ---------------------------------------------------------------------------- */

static void release_set(struct rrset *set)
{
    if (--set->references == 0)
        free(set);
}

struct rrset *rrset_create(uint16_t type, uint16_t covers, uint32_t ttl)
{
    struct rrset *set = memory_zeroed(sizeof *set);
    set->references = 1;
    set->type = type;
    set->covers = covers;
    set->ttl = ttl;
    return set;
}

struct rrset *rrset_own(struct rrset *set)
{
    if (set->references == 1)
        return set;
    struct rrset *copy = memory_alloc(sizeof *set + set->size);
    memcpy(copy, set, sizeof *set);
    memcpy(copy->data, set->data, set->size);
    copy->references = 1;
    set->references--;
    return copy;
}

struct rrset_place rrset_find(const struct rrset *set, struct bytes rdata)
{
    struct bytes other;
    for (size_t at = 0, next = 0; rrset_next(set, &next, &other); at = next) {
        int order = rdata_compare(set->type, other, rdata);
        if (order >= 0)
            return (struct rrset_place){at, order == 0};
    }
    return (struct rrset_place){set->size, false};
}

struct rrset *rrset_insert(struct rrset *set, size_t at, struct bytes rdata)
{
    size_t size = 2 + rdata.size;
    set = memory_resize(set, sizeof *set + set->size + size);
    memmove(set->data + at + size, set->data + at, set->size - at);
    bytes_put_u16(set->data + at, (uint16_t)rdata.size);
    if (rdata.size > 0)
        memcpy(set->data + at + 2, rdata.data, rdata.size);
    set->size += (uint32_t)size;
    set->count++;
    return set;
}

struct rrset *rrset_remove(struct rrset *set, size_t at)
{
    size_t size = 2 + (size_t)bytes_get_u16(set->data + at);
    memmove(set->data + at, set->data + at + size, set->size - at - size);
    set->size -= (uint32_t)size;
    set->count--;
    return memory_resize(set, sizeof *set + set->size);
}

static bool rrset_equal(const struct rrset *a, const struct rrset *b)
{
    if (a == b)
        return true;
    if (a->type != b->type || a->covers != b->covers || a->ttl != b->ttl || a->count != b->count ||
        a->size != b->size)
        return false;
    struct bytes one, two;
    for (size_t at_a = 0, at_b = 0; rrset_next(a, &at_a, &one) && rrset_next(b, &at_b, &two);)
        if (rdata_compare(a->type, one, two) != 0)
            return false;
    return true;
}

/* ---- nodes ----------------------------------------------------------------------------- */

static size_t node_size(size_t set_count, size_t size_of_name)
{
    return sizeof(struct zone_node) + set_count * sizeof(struct rrset *) + size_of_name;
}

static uint8_t *name_place(struct zone_node *node)
{
    return (uint8_t *)(node->sets + node->set_count);
}

struct zone_node *zone_node_create(const uint8_t *name)
{
    size_t size = name_size(name);
    struct zone_node *node = memory_alloc(node_size(0, size));
    *node = (struct zone_node){.references = 1};
    node->name = memcpy(name_place(node), name, size);
    return node;
}

struct zone_node *zone_node_retain(struct zone_node *node)
{
    node->references++;
    return node;
}

void zone_node_release(struct zone_node *node)
{
    if (--node->references > 0)
        return;
    for (size_t i = 0; i < node->set_count; i++)
        release_set(node->sets[i]);
    free(node);
}

struct zone_node *zone_node_own(struct zone_node *node)
{
    if (node->references == 1)
        return node;
    size_t size = node_size(node->set_count, name_size(node->name));
    struct zone_node *copy = memory_alloc(size);
    memcpy(copy, node, size);
    copy->references = 1;
    copy->name = name_place(copy);
    for (size_t i = 0; i < copy->set_count; i++)
        copy->sets[i]->references++;
    node->references--;
    return copy;
}

struct zone_node_place zone_node_find(const struct zone_node *node, uint16_t type, uint16_t covers)
{
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        if (set->type > type || (set->type == type && set->covers >= covers))
            return (struct zone_node_place){i, set->type == type && set->covers == covers};
    }
    return (struct zone_node_place){node->set_count, false};
}

struct zone_node *zone_node_insert(struct zone_node *node, size_t at, struct rrset *set)
{
    size_t size = name_size(node->name), count = node->set_count;
    node = memory_resize(node, node_size(count + 1, size));
    memmove(node->sets + at + 1, node->sets + at, (count - at) * sizeof node->sets[0] + size);
    node->sets[at] = set;
    node->set_count++;
    node->name = name_place(node);
    return node;
}

struct zone_node *zone_node_remove(struct zone_node *node, size_t at)
{
    size_t size = name_size(node->name), count = node->set_count;
    release_set(node->sets[at]);
    memmove(node->sets + at, node->sets + at + 1, (count - at - 1) * sizeof node->sets[0] + size);
    node->set_count--;
    node = memory_resize(node, node_size(count - 1, size));
    node->name = name_place(node);
    return node;
}

const struct rrset *zone_node_get(const struct zone_node *node, uint16_t type)
{
    for (size_t i = 0; i < node->set_count && node->sets[i]->type <= type; i++)
        if (node->sets[i]->type == type)
            return node->sets[i];
    return NULL;
}

const struct rrset *zone_node_signatures(const struct zone_node *node, uint16_t type)
{
    struct zone_node_place place = zone_node_find(node, RR_RRSIG, type);
    return place.present ? node->sets[place.at] : NULL;
}

bool zone_node_equal(const struct zone_node *a, const struct zone_node *b)
{
    if (a == b)
        return true;
    if (a->set_count != b->set_count || !name_equal(a->name, b->name))
        return false;
    for (size_t i = 0; i < a->set_count; i++)
        if (!rrset_equal(a->sets[i], b->sets[i]))
            return false;
    return true;
}
