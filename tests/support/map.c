/* A topology built by hand. */
#include "tests/support/map.h"

#include <assert.h>
#include <stdlib.h>

#include "nodes/dns/name.h"

struct map *map_create(const char *scenario)
{
    struct map *map = memory_zeroed(sizeof *map);
    map->topology = (struct topology){.scenario = scenario,
                                      .description = "built by hand",
                                      .seed = 1,
                                      .duration_ns = INT64_C(3600000000000)};
    return map;
}

void map_free(struct map *map)
{
    arena_release(&map->arena);
    free(map);
}

static uint32_t site_of(const struct map *map, const char *name)
{
    for (uint32_t i = 0; i < map->topology.site_count; i++)
        if (strcmp(map->sites[i].name, name) == 0)
            return i;
    abort();
}

static uint32_t zone_of(const struct map *map, const char *name)
{
    for (uint32_t i = 0; i < map->topology.zone_count; i++)
        if (strcmp(map->zones[i].name, name) == 0)
            return i;
    abort();
}

void map_site(struct map *map, const char *name, int latitude, int longitude)
{
    assert(map->topology.site_count < MAP_MAX);
    map->sites[map->topology.site_count++] = (struct topology_site){
        arena_text(&map->arena, name), true, latitude * FIXED_ONE, longitude * FIXED_ONE};
}

void map_zone(struct map *map, const char *name)
{
    uint8_t *origin = arena_alloc(&map->arena, NAME_SIZE_MAX);
    const char *error = NULL;
    size_t size = name_from_text(bytes_of_text(name), NULL, origin, &error);
    assert(size > 0 && map->topology.zone_count < MAP_MAX);
    (void)size;
    map->zones[map->topology.zone_count++] = (struct topology_zone){.origin = origin, .name = name};
}

void map_node(struct map *map, struct map_node node)
{
    assert(map->topology.node_count < MAP_MAX);
    node.name = arena_text(&map->arena, node.name);
    map->nodes[map->topology.node_count++] = node;
}

void map_feed(struct map *map, struct map_feed feed)
{
    assert(map->topology.feed_count < MAP_MAX);
    feed.secondary = arena_text(&map->arena, feed.secondary);
    map->feeds[map->topology.feed_count++] = feed;
}

void map_link(struct map *map, const char *site_a, const char *site_b)
{
    map->links[map->topology.link_count++] =
        (struct topology_link){.sites = {site_of(map, site_a), site_of(map, site_b)}};
}

static int by_name(const void *a, const void *b)
{
    const struct map_node *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void resolve(struct map *map, struct topology_node *out, uint32_t index)
{
    const struct map_node *node = &map->nodes[index];
    struct address *address = arena_alloc(&map->arena, sizeof *address);
    struct address *anycast = arena_alloc(&map->arena, sizeof *anycast);
    *address = address_from_ipv4(0x0a000001 + index, 0);
    if (node->anycast && !address_parse(node->anycast, anycast))
        abort();
    *out = (struct topology_node){
        .name = node->name,
        .group = node->group ? node->group : node->name,
        .kind = node->kind,
        .of_hierarchy = node->of_hierarchy,
        .named = node->named,
        .site = site_of(map, node->site),
        .host_count = node->host_count ? node->host_count : 1,
        .addresses = address,
        .address_count = 1,
        .anycast = anycast,
        .anycast_count = node->anycast != NULL,
    };
}

/* Names of other nodes, once all nodes are there. */
static void resolve_others(struct map *map, struct topology_node *out, uint32_t index)
{
    const struct map_node *node = &map->nodes[index];
    uint32_t *asks = arena_alloc(&map->arena, 4 * sizeof *asks);
    uint32_t *zone = arena_alloc(&map->arena, sizeof *zone);
    while (out->asks_count < 4 && node->asks[out->asks_count]) {
        asks[out->asks_count] = topology_find_node(&map->topology, node->asks[out->asks_count]);
        assert(asks[out->asks_count] != TOPOLOGY_NONE);
        out->asks_count++;
    }
    out->asks = asks;
    if (node->primary_of)
        *zone = zone_of(map, node->primary_of);
    out->primary_of = zone;
    out->primary_count = node->primary_of != NULL;
}

static void resolve_nodes(struct map *map)
{
    size_t count = map->topology.node_count;
    struct topology_node *nodes = arena_alloc(&map->arena, count * sizeof *nodes);
    uint32_t *host_nodes = arena_alloc(&map->arena, (count + 1) * sizeof *host_nodes);
    qsort(map->nodes, count, sizeof *map->nodes, by_name);
    map->topology.nodes = nodes;
    host_nodes[0] = TOPOLOGY_NONE;
    for (uint32_t i = 0; i < count; i++) {
        resolve(map, &nodes[i], i);
        host_nodes[i + 1] = i;
    }
    for (uint32_t i = 0; i < count; i++)
        resolve_others(map, &nodes[i], i);
    map->topology.host_nodes = host_nodes;
    map->topology.host_count = count;
}

static void resolve_feeds(struct map *map)
{
    size_t count = map->topology.feed_count;
    struct topology_feed *feeds = arena_alloc(&map->arena, count * sizeof *feeds);
    for (size_t i = 0; i < count; i++) {
        const struct map_feed *feed = &map->feeds[i];
        feeds[i] = (struct topology_feed){
            .zone = zone_of(map, feed->zone),
            .source = topology_find_node(&map->topology, feed->source),
            .secondary = topology_find_node(&map->topology, feed->secondary),
            .rank = feed->rank,
        };
        assert(feeds[i].source != TOPOLOGY_NONE && feeds[i].secondary != TOPOLOGY_NONE);
    }
    map->topology.feeds = feeds;
}

const struct topology *map_seal(struct map *map)
{
    size_t count = map->topology.site_count;
    int64_t *delays_ns = arena_alloc(&map->arena, count * count * sizeof *delays_ns);
    for (size_t i = 0; i < count * count; i++) {
        int64_t degrees = (map->sites[i / count].longitude - map->sites[i % count].longitude) >> 32;
        delays_ns[i] = (degrees < 0 ? -degrees : degrees) * 1000000 + 200000;
    }
    map->topology.delays_ns = delays_ns;
    map->topology.sites = map->sites;
    map->topology.links = map->links;
    map->topology.zones = map->zones;
    resolve_nodes(map);
    resolve_feeds(map);
    return &map->topology;
}

uint32_t map_host(const struct map *map, const char *node)
{
    uint32_t index = topology_find_node(&map->topology, node);
    assert(index != TOPOLOGY_NONE);
    return index + 1;
}

const struct address *map_address(const struct map *map, const char *node)
{
    return &map->topology.nodes[map_host(map, node) - 1].addresses[0];
}
