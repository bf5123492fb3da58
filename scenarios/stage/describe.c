/* The topology as the reports see it: nodes in order of name, zones, feeds. */
#include "scenarios/stage/internal.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    const struct topology_node *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static const char *group_of(const struct stage *stage, const struct stage_member *member)
{
    switch (member->kind) {
    case TOPOLOGY_SERVER:
        return stage->servers[member->source].name;
    case TOPOLOGY_RESOLVER:
        return stage->scenario->resolvers[member->source].name;
    case TOPOLOGY_CLIENTS:
    case TOPOLOGY_MONITOR:
        break;
    }
    return member->name;
}

static void describe_nodes(struct stage *stage)
{
    struct topology_node *nodes = arena_alloc(stage->arena, stage->member_count * sizeof *nodes);
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        nodes[i] = (struct topology_node){
            .name = member->name,
            .group = group_of(stage, member),
            .kind = member->kind,
            .of_hierarchy =
                member->kind == TOPOLOGY_SERVER && !stage->servers[member->source].source,
            .site = member->site,
            .host_count = member->host_count,
            .addresses = member->addresses,
            .address_count = member->addresses_per_host * member->host_count,
            .anycast = member->anycast,
            .anycast_count = member->anycast_count,
        };
    }
    qsort(nodes, stage->member_count, sizeof *nodes, by_name);
    stage->topology.nodes = nodes;
    stage->topology.node_count = stage->member_count;
    for (size_t i = 0; i < stage->member_count; i++)
        stage->members[i].node = topology_find_node(&stage->topology, stage->members[i].name);
}

/* What the NS records and `primary:` say of the servers. */
static void describe_servers(struct stage *stage)
{
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        if (member->kind != TOPOLOGY_SERVER || !stage->servers[member->source].source)
            continue;
        const struct stage_server *server = &stage->servers[member->source];
        const struct reference_list *zones = &server->source->primary;
        struct topology_node *node = (struct topology_node *)&stage->topology.nodes[member->node];
        uint32_t *primary_of = arena_alloc(stage->arena, zones->count * sizeof *primary_of);
        for (size_t k = 0; k < zones->count; k++)
            primary_of[k] = zones->items[k].index;
        node->primary_of = primary_of;
        node->primary_count = zones->count;
        node->named = server->named;
    }
}

/* The members that one reference means. */
static size_t collect(const struct stage *stage, const struct reference *reference,
                      enum topology_kind kind, uint32_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        bool meant = reference->instance < 0 || strcmp(member->name, reference->name) == 0;
        if (member->kind == kind && member->source == reference->index && meant)
            out[count++] = member->node;
    }
    return count;
}

static void describe_clients(struct stage *stage)
{
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        if (member->kind != TOPOLOGY_CLIENTS)
            continue;
        const struct scenario_clients *clients = &stage->scenario->clients[member->source];
        struct topology_node *node = (struct topology_node *)&stage->topology.nodes[member->node];
        uint32_t *asks = arena_alloc(stage->arena, stage->member_count * sizeof *asks);
        for (size_t k = 0; k < clients->resolvers.count; k++)
            node->asks_count += collect(stage, &clients->resolvers.items[k], TOPOLOGY_RESOLVER,
                                        asks + node->asks_count);
        for (size_t k = 0; k < clients->servers.count; k++)
            node->asks_count += collect(stage, &clients->servers.items[k], TOPOLOGY_SERVER,
                                        asks + node->asks_count);
        node->asks = asks;
    }
}

static void describe_sites(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    size_t count = scenario->site_count;
    struct topology_site *sites = arena_alloc(stage->arena, count * sizeof *sites);
    int64_t *delays_ns = arena_alloc(stage->arena, count * count * sizeof *delays_ns);
    for (uint32_t i = 0; i < count; i++) {
        const struct scenario_site *site = &scenario->sites[i];
        sites[i] =
            (struct topology_site){site->name, site->has_location, site->latitude, site->longitude};
        for (uint32_t k = 0; k < count; k++)
            delays_ns[i * count + k] = sim_path_delay_ns(stage->sim, i, k);
    }
    struct topology_link *links =
        arena_alloc(stage->arena, (scenario->link_count + 1) * sizeof *links);
    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];
        uint32_t a = link->between.items[0].index, b = link->between.items[1].index;
        links[i] = (struct topology_link){
            {a, b}, delays_ns[a * count + b], link->jitter_ns, link->loss_ppb};
    }
    stage->topology.sites = sites;
    stage->topology.site_count = count;
    stage->topology.delays_ns = delays_ns;
    stage->topology.links = links;
    stage->topology.link_count = scenario->link_count;
}

static void describe_zones(struct stage *stage)
{
    struct topology_zone *zones = arena_alloc(stage->arena, stage->zone_count * sizeof *zones);
    for (size_t i = 0; i < stage->zone_count; i++)
        zones[i] = (struct topology_zone){stage->zones[i].origin, stage->zones[i].name,
                                          !stage->zones[i].source};
    stage->topology.zones = zones;
    stage->topology.zone_count = stage->zone_count;
}

struct feeds {
    struct stage *stage;
    struct topology_feed *items;
    size_t capacity;
};

static void add_feed(struct feeds *feeds, struct topology_feed feed)
{
    struct stage *stage = feeds->stage;
    size_t count = stage->topology.feed_count;
    if (count == feeds->capacity) {
        feeds->capacity = feeds->capacity ? feeds->capacity * 2 : 8;
        struct topology_feed *more =
            arena_alloc(stage->arena, feeds->capacity * sizeof *feeds->items);
        if (count > 0)
            memcpy(more, feeds->items, count * sizeof *more);
        feeds->items = more;
    }
    feeds->items[stage->topology.feed_count++] = feed;
}

static void add_feeds(struct feeds *feeds, const struct stage_member *member, uint32_t zone,
                      const struct reference_list *from)
{
    struct stage *stage = feeds->stage;
    uint32_t *sources = arena_alloc(stage->arena, stage->member_count * sizeof *sources);
    for (uint32_t rank = 0; rank < from->count; rank++) {
        size_t count = collect(stage, &from->items[rank], TOPOLOGY_SERVER, sources);
        for (size_t i = 0; i < count; i++)
            add_feed(feeds, (struct topology_feed){zone, sources[i], member->node, rank});
    }
}

/* Whatever its group may be by then. */
static void add_member(struct feeds *feeds, const struct stage_member *member, uint32_t zone,
                       const struct scenario_members *members)
{
    add_feeds(feeds, member, zone, &members->from);
    for (size_t i = 0; i < members->groups.count; i++)
        if (members->groups.items[i].from.items != members->from.items)
            add_feeds(feeds, member, zone, &members->groups.items[i].from);
}

/* What a catalog may bring is fed too. */
static void add_members(struct feeds *feeds, const struct stage_member *member,
                        const struct scenario_secondary *secondary)
{
    const struct stage *stage = feeds->stage;
    const struct scenario_server *server = stage->servers[member->source].source;
    for (uint32_t i = 0; i < stage->scenario->zone_count; i++)
        if (stage_member_of(stage, server, i) == secondary)
            add_member(feeds, member, i, secondary->members);
}

static void describe_feeds(struct stage *stage)
{
    struct feeds feeds = {.stage = stage};
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        if (member->kind != TOPOLOGY_SERVER || !stage->servers[member->source].source)
            continue;
        const struct scenario_server *server = stage->servers[member->source].source;
        for (size_t k = 0; k < server->secondary.count; k++) {
            const struct scenario_secondary *secondary = &server->secondary.items[k];
            add_feeds(&feeds, member, secondary->zone.index, &secondary->from);
            if (secondary->members)
                add_members(&feeds, member, secondary);
        }
    }
    stage->topology.feeds = feeds.items;
}

static void describe_hosts(struct stage *stage)
{
    uint32_t count = sim_host_count(stage->sim);
    uint32_t *host_nodes = arena_alloc(stage->arena, (count + 1) * sizeof *host_nodes);
    host_nodes[0] = TOPOLOGY_NONE;
    for (size_t i = 0; i < stage->member_count; i++)
        for (uint32_t k = 0; k < stage->members[i].host_count; k++)
            host_nodes[sim_host_id(stage->members[i].hosts[k])] = stage->members[i].node;
    stage->topology.host_nodes = host_nodes;
    stage->topology.host_count = count;
}

void stage_describe(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    stage->topology = (struct topology){
        .scenario = scenario->name,
        .description = scenario->description,
        .seed = scenario->seed,
        .start_ns = scenario->start_ns,
        .duration_ns = scenario->duration_ns,
    };
    describe_sites(stage);
    describe_zones(stage);
    describe_nodes(stage);
    describe_servers(stage);
    describe_clients(stage);
    describe_feeds(stage);
    describe_hosts(stage);
}
