/* The records of a catalog zone (RFC 9432 section 4), name by name. */
#include "nodes/catalog.h"

#include <stdlib.h>

/* The version property (section 4.2.1): one TXT record that says "2". */
static const char *check_version(const struct zone *version)
{
    static const uint8_t two[2] = {1, '2'};
    uint8_t name[NAME_SIZE_MAX];
    const struct zone_node *node = NULL;
    if (name_prepend(bytes_of_text("version"), zone_origin(version), name) > 0)
        node = zone_find(version, name);
    const struct rrset *set = node ? zone_node_get(node, RR_TXT) : NULL;
    struct bytes rdata = {0};
    size_t at = 0;
    if (!set)
        return "it has no version property";
    if (set->count > 1)
        return "it has several version properties";
    rrset_next(set, &at, &rdata);
    return bytes_equal(rdata, bytes_of(two, sizeof two)) ? NULL : "its version is not 2";
}

static const uint8_t *keep_lower(struct catalog *catalog, const uint8_t *name)
{
    uint8_t lower[NAME_SIZE_MAX];
    size_t size = name_lower(name, lower);
    return arena_copy(&catalog->arena, lower, size);
}

static const uint8_t *keep_target(struct catalog *catalog, const struct rrset *set)
{
    struct bytes rdata = {0};
    size_t at = 0;
    rrset_next(set, &at, &rdata);
    return keep_lower(catalog, rdata.data);
}

static const uint8_t *keep_label(struct catalog *catalog, const uint8_t *name)
{
    uint8_t label[NAME_LABEL_MAX + 2];
    name_prepend(bytes_of(name + 1, name[0]), name_root, label);
    return keep_lower(catalog, label);
}

struct reading {
    struct catalog *catalog;
    const uint8_t *member; /* the last member node; NULL: none yet */
};

/* A member node (section 4.1). One without a PTR record is no member. */
static const char *read_member(struct reading *reading, const struct zone_node *node)
{
    struct catalog *catalog = reading->catalog;
    const struct rrset *set = zone_node_get(node, RR_PTR);
    if (!set)
        return NULL;
    if (set->count > 1)
        return "a member node has several PTR records";
    memory_reserve(catalog->entries, catalog->count, catalog->capacity);
    catalog->entries[catalog->count++] = (struct catalog_entry){
        .zone = keep_target(catalog, set), .label = keep_label(catalog, node->name)};
    reading->member = node->name;
    return NULL;
}

static bool is_called(const struct zone_node *node, const char *label)
{
    uint8_t name[NAME_SIZE_MAX];
    return name_prepend(bytes_of_text(label), name_parent(node->name), name) > 0 &&
           name_equal(name, node->name);
}

/* A property of a member (section 4.3). Its node comes after the member's own, in canonical order,
 * and before the next member's. */
static const char *read_property(struct reading *reading, const struct zone_node *node)
{
    struct catalog *catalog = reading->catalog;
    struct catalog_entry *entry = NULL;
    if (reading->member && name_equal(reading->member, name_parent(node->name)))
        entry = &catalog->entries[catalog->count - 1];
    const struct rrset *change = is_called(node, "coo") ? zone_node_get(node, RR_PTR) : NULL;
    if (change && change->count > 1)
        return "a member has several coo properties";
    if (change && entry)
        entry->new_catalog = keep_target(catalog, change);
    if (entry && is_called(node, "group"))
        entry->groups = zone_node_get(node, RR_TXT);
    return NULL;
}

static const char *read_nodes(const struct zone *version, struct catalog *catalog)
{
    struct reading reading = {.catalog = catalog};
    uint8_t zones[NAME_SIZE_MAX];
    const char *why = NULL;
    if (name_prepend(bytes_of_text("zones"), zone_origin(version), zones) == 0)
        return NULL;
    size_t labels = name_label_count(zones);
    for (const struct zone_node *node = zone_after(version, zones);
         node && !why && name_is_under(node->name, zones); node = zone_after(version, node->name)) {
        size_t below = name_label_count(node->name) - labels;
        if (below == 1)
            why = read_member(&reading, node);
        else if (below == 2)
            why = read_property(&reading, node);
    }
    return why;
}

static int by_zone(const void *left, const void *right)
{
    const struct catalog_entry *a = left, *b = right;
    return name_compare(a->zone, b->zone);
}

static const char *sort(struct catalog *catalog)
{
    if (catalog->count > 0)
        qsort(catalog->entries, catalog->count, sizeof *catalog->entries, by_zone);
    for (size_t i = 1; i < catalog->count; i++)
        if (name_equal(catalog->entries[i - 1].zone, catalog->entries[i].zone))
            return "two member nodes have the same zone";
    return NULL;
}

const char *catalog_read(const struct zone *version, struct catalog *out)
{
    *out = (struct catalog){0};
    const char *why = check_version(version);
    if (!why)
        why = read_nodes(version, out);
    if (!why)
        why = sort(out);
    if (why)
        catalog_free(out);
    return why;
}

void catalog_free(struct catalog *catalog)
{
    free(catalog->entries);
    arena_release(&catalog->arena);
    *catalog = (struct catalog){0};
}
