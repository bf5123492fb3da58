/*
 * A topology built by hand, for tests of the reports: sites on a map, nodes, zones, feeds.
 * Everything is named; map_seal puts nodes in order of name and resolves the names.
 */
#ifndef TESTS_SUPPORT_MAP_H
#define TESTS_SUPPORT_MAP_H

#include "reports/topology.h"
#include "sim/base/arena.h"

struct map_node {
    const char *name, *group; /* NULL: the name */
    enum topology_kind kind;
    const char *site;
    const char *primary_of; /* a zone, or NULL */
    const char *asks[4];
    const char *anycast; /* an address, or NULL */
    uint32_t host_count; /* 0: one */
    bool of_hierarchy, named;
};

struct map_feed {
    const char *zone, *source, *secondary;
    uint32_t rank;
};

enum { MAP_MAX = 4096 };

struct map {
    struct arena arena;
    struct topology topology;
    struct topology_site sites[MAP_MAX];
    struct map_node nodes[MAP_MAX];
    struct map_feed feeds[MAP_MAX];
    struct topology_link links[MAP_MAX];
    struct topology_zone zones[MAP_MAX];
};

/* Of an hour's length, with seed 1. To be freed with map_free. */
struct map *map_create(const char *scenario);
void map_free(struct map *map);

/* LATITUDE and LONGITUDE in whole degrees. */
void map_site(struct map *map, const char *name, int latitude, int longitude);
void map_zone(struct map *map, const char *name);
void map_node(struct map *map, struct map_node node);
void map_feed(struct map *map, struct map_feed feed);
void map_link(struct map *map, const char *site_a, const char *site_b);

/* Delays are a millisecond for each degree of longitude. Each node, also a group, has one host. */
const struct topology *map_seal(struct map *map);

/* The host of a node, for notes; after map_seal. */
uint32_t map_host(const struct map *map, const char *node);
const struct address *map_address(const struct map *map, const char *node);

#endif
