/* The edges of the picture: who feeds whom, who asks whom, and links between sites. */
#include "reports/graph_internal.h"

#include "sim/base/table.h"

/* Above this many, a resolver shows only the servers that it asks most. */
enum { RESOLVER_EDGES_MAX = 48, BUSIEST = 2, LINKS_MAX = 24 };

static struct graph_edge *find(struct graph *graph, enum graph_edge_kind kind, uint32_t from,
                               uint32_t to)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        struct graph_edge *edge = &graph->edges[i];
        if (edge->kind == kind && edge->from == from && edge->to == to)
            return edge;
    }
    return NULL;
}

static struct graph_edge *edge_between(struct graph *graph, enum graph_edge_kind kind,
                                       uint32_t from, uint32_t to)
{
    struct graph_edge *edge = find(graph, kind, from, to);
    if (edge)
        return edge;
    memory_reserve(graph->edges, graph->edge_count, graph->edge_capacity);
    graph->edges[graph->edge_count] =
        (struct graph_edge){.kind = kind, .from = from, .to = to, .rtt_ns = -1};
    return &graph->edges[graph->edge_count++];
}

/* ---- transfers ------------------------------------------------------------------------------ */

static void add_feed(struct graph *graph, const struct topology_feed *feed)
{
    uint32_t from = graph->box_of[feed->source], to = graph->box_of[feed->secondary];
    if (from == to)
        return;
    struct graph_edge *edge = edge_between(graph, GRAPH_FEED, from, to);
    if (graph->metrics)
        edge->count += metrics_transfers(graph->metrics, feed->secondary, feed->zone, feed->source,
                                         0, INT64_MAX);
    else
        edge->count++;
    edge->used = edge->count > 0;
}

/* Counted by pair of nodes, whatever the zone. */
static void add_failures(struct graph *graph)
{
    for (size_t i = 0; graph->metrics && i < graph->edge_count; i++) {
        struct graph_edge *edge = &graph->edges[i];
        const struct graph_box *from = &graph->boxes[edge->from], *to = &graph->boxes[edge->to];
        for (size_t k = 0; k < from->node_count; k++)
            for (size_t m = 0; m < to->node_count; m++)
                edge->failures +=
                    metrics_failed_transfers(graph->metrics, to->nodes[m], from->nodes[k]);
    }
}

/* ---- queries -------------------------------------------------------------------------------- */

static void add_query(struct graph *graph, uint32_t from, uint32_t to, uint64_t count)
{
    uint32_t from_box = graph->box_of[from], to_box = graph->box_of[to];
    if (from_box == to_box || to_box == TOPOLOGY_NONE)
        return;
    struct graph_edge *edge = edge_between(graph, GRAPH_QUERY, from_box, to_box);
    edge->count += count;
    edge->used = edge->used || count > 0 || !graph->metrics;
}

static int64_t delay_ns(const struct topology *topology, uint32_t a, uint32_t b)
{
    return topology
        ->delays_ns[topology->nodes[a].site * topology->site_count + topology->nodes[b].site];
}

/* Numbers the groups of instances, for nearest_of. */
static uint32_t number_groups(struct graph *graph)
{
    const struct topology *topology = graph->topology;
    struct table groups = {0};
    uint32_t count = 0;
    graph->group_of = arena_alloc(graph->arena, topology->node_count * sizeof(uint32_t));
    for (size_t i = 0; i < topology->node_count; i++) {
        struct bytes name = bytes_of_text(topology->nodes[i].group);
        uintptr_t number = (uintptr_t)table_get(&groups, name);
        if (number == 0) {
            number = ++count;
            table_put(&groups, name, (void *)number);
        }
        graph->group_of[i] = (uint32_t)number - 1;
    }
    table_free(&groups);
    return count;
}

/* Fills NEAREST: of each group the instance nearest to NODE. */
static void find_nearest(const struct graph *graph, uint32_t node, uint32_t *nearest,
                         uint32_t count)
{
    const struct topology *topology = graph->topology;
    for (uint32_t i = 0; i < count; i++)
        nearest[i] = TOPOLOGY_NONE;
    for (uint32_t i = 0; i < topology->node_count; i++) {
        uint32_t *best = &nearest[graph->group_of[i]];
        if (*best == TOPOLOGY_NONE || delay_ns(topology, node, i) < delay_ns(topology, node, *best))
            *best = i;
    }
}

/* SERVER is not an instance of something anycast, or the nearest. */
static bool is_within_reach(const struct graph *graph, const uint32_t *nearest, uint32_t server)
{
    return graph->topology->nodes[server].anycast_count == 0 ||
           nearest[graph->group_of[server]] == server;
}

/* Clients show all whom they may ask, asked or not: a second resolver is there to be seen. */
static void add_clients(struct graph *graph, uint32_t index, const uint32_t *nearest)
{
    const struct topology_node *node = &graph->topology->nodes[index];
    for (size_t i = 0; i < node->asks_count; i++) {
        uint64_t count = 0;
        if (graph->metrics && metrics_packets(graph->metrics, index, node->asks[i]) > 0)
            count = metrics_queries(graph->metrics, node->asks[i], index, 0, INT64_MAX);
        if (count > 0 || is_within_reach(graph, nearest, node->asks[i]))
            add_query(graph, index, node->asks[i], count);
    }
}

static bool announces(const struct topology_node *node, const char *address)
{
    char text[ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < node->anycast_count; i++)
        if (strcmp(address_format_ip(&node->anycast[i], text), address) == 0)
            return true;
    return false;
}

/* The only instance of the anycast ADDRESS that heard RESOLVER, or, if none did, the nearest.
 * TOPOLOGY_NONE: several did, and nobody can say which of them a lost query was meant for. */
static uint32_t instance_asked(const struct graph *graph, uint32_t resolver, const char *address)
{
    const struct topology *topology = graph->topology;
    uint32_t heard = TOPOLOGY_NONE, nearest = TOPOLOGY_NONE;
    for (uint32_t i = 0; i < topology->node_count; i++) {
        if (!announces(&topology->nodes[i], address))
            continue;
        if (nearest == TOPOLOGY_NONE ||
            delay_ns(topology, resolver, i) < delay_ns(topology, resolver, nearest))
            nearest = i;
        if (metrics_packets(graph->metrics, resolver, i) == 0)
            continue;
        if (heard != TOPOLOGY_NONE)
            return TOPOLOGY_NONE;
        heard = i;
    }
    return heard != TOPOLOGY_NONE ? heard : nearest;
}

/* What a resolver knows of a server beyond what the server heard: losses and round-trip times. */
static void add_upstream(struct graph *graph, uint32_t resolver,
                         const struct metrics_upstream *upstream)
{
    uint32_t server = topology_find_node(graph->topology, upstream->server);
    if (server == TOPOLOGY_NONE)
        server = instance_asked(graph, resolver, upstream->server);
    if (server == TOPOLOGY_NONE)
        return;
    add_query(graph, resolver, server, 0);
    struct graph_edge *edge =
        find(graph, GRAPH_QUERY, graph->box_of[resolver], graph->box_of[server]);
    if (!edge)
        return;
    edge->timeouts += upstream->timeouts;
    bool is_one =
        graph->boxes[edge->from].node_count == 1 && graph->boxes[edge->to].node_count == 1;
    if (is_one)
        edge->rtt_ns = upstream->rtt_mean_ns;
}

static void add_resolver(struct graph *graph, uint32_t resolver)
{
    struct metrics_upstream upstream;
    for (uint32_t i = 0; i < graph->topology->node_count; i++) {
        if (metrics_packets(graph->metrics, resolver, i) == 0)
            continue;
        uint64_t count = metrics_queries(graph->metrics, i, resolver, 0, INT64_MAX);
        if (count > 0)
            add_query(graph, resolver, i, count);
    }
    for (size_t i = 0; metrics_upstream(graph->metrics, resolver, i, &upstream); i++)
        add_upstream(graph, resolver, &upstream);
}

/* Before a run: each server that is to be asked, of anycast ones the nearest instance. */
static void plan_resolver(struct graph *graph, uint32_t resolver, const uint32_t *nearest)
{
    const struct topology *topology = graph->topology;
    for (uint32_t i = 0; i < topology->node_count; i++) {
        const struct topology_node *node = &topology->nodes[i];
        if (node->kind != TOPOLOGY_SERVER || (!node->named && !node->of_hierarchy))
            continue;
        if (is_within_reach(graph, nearest, i))
            add_query(graph, resolver, i, 0);
    }
}

static void add_queries(struct graph *graph)
{
    uint32_t groups = number_groups(graph);
    uint32_t *nearest = arena_alloc(graph->arena, groups * sizeof *nearest);
    for (uint32_t i = 0; i < graph->topology->node_count; i++) {
        enum topology_kind kind = graph->topology->nodes[i].kind;
        if (kind == TOPOLOGY_SERVER || kind == TOPOLOGY_MONITOR)
            continue;
        find_nearest(graph, i, nearest, groups);
        if (kind == TOPOLOGY_CLIENTS)
            add_clients(graph, i, nearest);
        else if (graph->metrics)
            add_resolver(graph, i);
        else
            plan_resolver(graph, i, nearest);
    }
}

/* ---- links ---------------------------------------------------------------------------------- */

static void add_link(struct graph *graph, uint32_t a, uint32_t b)
{
    struct graph_edge *edge = edge_between(graph, GRAPH_LINK, a < b ? a : b, a < b ? b : a);
    edge->used = true;
    edge->failed = graph->metrics && metrics_link_outage(graph->metrics, a, b).ever;
}

/* Links that the scenario names, if there are few, and all that failed. */
static void add_links(struct graph *graph)
{
    const struct topology *topology = graph->topology;
    for (size_t i = 0; i < topology->link_count && topology->link_count <= LINKS_MAX; i++)
        if (topology->links[i].sites[0] != topology->links[i].sites[1])
            add_link(graph, topology->links[i].sites[0], topology->links[i].sites[1]);
    for (uint32_t a = 0; graph->metrics && a < topology->site_count; a++)
        for (uint32_t b = a + 1; b < topology->site_count; b++)
            if (metrics_link_outage(graph->metrics, a, b).ever)
                add_link(graph, a, b);
}

/* ---- few enough to be seen ------------------------------------------------------------------ */

static bool is_upstream(const struct graph *graph, const struct graph_edge *edge)
{
    return edge->kind == GRAPH_QUERY && graph->boxes[edge->from].role == GRAPH_RESOLVER;
}

static int64_t box_delay_ns(const struct graph *graph, const struct graph_edge *edge)
{
    return delay_ns(graph->topology, graph->boxes[edge->from].nodes[0],
                    graph->boxes[edge->to].nodes[0]);
}

static bool is_before(const struct graph *graph, size_t a, size_t b)
{
    const struct graph_edge *x = &graph->edges[a], *y = &graph->edges[b];
    if (x->count != y->count)
        return x->count > y->count;
    int64_t x_ns = box_delay_ns(graph, x), y_ns = box_delay_ns(graph, y);
    return x_ns != y_ns ? x_ns < y_ns : a < b;
}

/* How many edges of the same resolver carry more than INDEX, or as much over a shorter way. */
static size_t busier(const struct graph *graph, size_t index)
{
    const struct graph_edge *edge = &graph->edges[index];
    size_t count = 0;
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *other = &graph->edges[i];
        count +=
            is_upstream(graph, other) && other->from == edge->from && is_before(graph, i, index);
    }
    return count;
}

static void leave_out(struct graph *graph)
{
    size_t upstreams = 0, kept = 0;
    for (size_t i = 0; i < graph->edge_count; i++)
        upstreams += is_upstream(graph, &graph->edges[i]);
    if (upstreams <= RESOLVER_EDGES_MAX)
        return;
    bool *keep = arena_alloc(graph->arena, graph->edge_count * sizeof *keep);
    for (size_t i = 0; i < graph->edge_count; i++)
        keep[i] = !is_upstream(graph, &graph->edges[i]) || busier(graph, i) < BUSIEST;
    for (size_t i = 0; i < graph->edge_count; i++)
        if (keep[i])
            graph->edges[kept++] = graph->edges[i];
    graph->edges_left_out = graph->edge_count - kept;
    graph->edge_count = kept;
}

void graph_make_edges(struct graph *graph)
{
    const struct topology *topology = graph->topology;
    for (size_t i = 0; i < topology->feed_count; i++)
        add_feed(graph, &topology->feeds[i]);
    add_failures(graph);
    add_queries(graph);
    add_links(graph);
    leave_out(graph);
    for (size_t i = 0; i < graph->edge_count; i++)
        graph_word_edge(graph, &graph->edges[i]);
}
