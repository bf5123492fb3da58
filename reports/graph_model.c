/* The boxes of the picture: which nodes stand alone, which together, and in what role. */
#include "reports/graph_internal.h"

#include <stdlib.h>

/* Above this many boxes a picture can't be read: nodes are put together. */
enum { BOXES_MAX = 80 };

/* How nodes are put together, from not at all to as much as possible. */
enum merging { MERGE_NONE, MERGE_GROUPS, MERGE_SITES, MERGE_ROLES };

/* A server with both roles is drawn as what it is to the zones that it publishes. */
static enum graph_role role_of(const struct topology_node *node, bool fetches, bool is_asked)
{
    switch (node->kind) {
    case TOPOLOGY_RESOLVER:
        return GRAPH_RESOLVER;
    case TOPOLOGY_CLIENTS:
        return GRAPH_CLIENTS;
    case TOPOLOGY_MONITOR:
        return GRAPH_MONITOR;
    case TOPOLOGY_SERVER:
        break;
    }
    if (node->of_hierarchy)
        return GRAPH_HIERARCHY;
    if (node->primary_count == 0 && fetches)
        return GRAPH_SECONDARY;
    return node->named || is_asked ? GRAPH_PRIMARY : GRAPH_HIDDEN;
}

static enum graph_role *find_roles(const struct graph *graph)
{
    const struct topology *topology = graph->topology;
    size_t count = topology->node_count;
    bool *fetches = arena_alloc(graph->arena, count * sizeof *fetches);
    bool *is_asked = arena_alloc(graph->arena, count * sizeof *is_asked);
    enum graph_role *roles = arena_alloc(graph->arena, count * sizeof *roles);
    for (size_t i = 0; i < topology->feed_count; i++)
        fetches[topology->feeds[i].secondary] = true;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < topology->nodes[i].asks_count; k++)
            is_asked[topology->nodes[i].asks[k]] = true;
    for (size_t i = 0; i < count; i++)
        roles[i] = role_of(&topology->nodes[i], fetches[i], is_asked[i]);
    return roles;
}

const char *graph_role_name(enum graph_role role)
{
    switch (role) {
    case GRAPH_HIDDEN:
        return "hidden primary";
    case GRAPH_PRIMARY:
        return "primary";
    case GRAPH_SECONDARY:
        return "secondary";
    case GRAPH_HIERARCHY:
        return "";
    case GRAPH_RESOLVER:
        return "resolver";
    case GRAPH_CLIENTS:
        return "clients";
    case GRAPH_MONITOR:
        return "monitor";
    case GRAPH_ROLE_COUNT:
        break;
    }
    return "";
}

/* ---- putting nodes together --------------------------------------------------------------- */

static bool belongs(const struct graph *graph, const struct graph_box *box, uint32_t index,
                    enum graph_role role, enum merging merging)
{
    const struct topology_node *node = &graph->topology->nodes[index];
    const struct topology_node *first = &graph->topology->nodes[box->nodes[0]];
    if (box->role != role)
        return false;
    if (role == GRAPH_HIERARCHY || merging == MERGE_ROLES)
        return true;
    if (merging == MERGE_SITES)
        return first->site == node->site;
    return merging == MERGE_GROUPS && strcmp(first->group, node->group) == 0;
}

static uint32_t box_for(struct graph *graph, uint32_t node, enum graph_role role,
                        enum merging merging)
{
    for (uint32_t i = 0; i < graph->box_count; i++)
        if (belongs(graph, &graph->boxes[i], node, role, merging))
            return i;
    memory_reserve(graph->boxes, graph->box_count, graph->box_capacity);
    graph->boxes[graph->box_count] =
        (struct graph_box){.role = role, .site = graph->topology->nodes[node].site};
    return (uint32_t)graph->box_count++;
}

static void clear_boxes(struct graph *graph)
{
    for (size_t i = 0; i < graph->box_count; i++)
        free(graph->boxes[i].nodes);
    graph->box_count = 0;
}

static bool has_resolvers(const struct topology *topology)
{
    for (size_t i = 0; i < topology->node_count; i++)
        if (topology->nodes[i].kind == TOPOLOGY_RESOLVER)
            return true;
    return false;
}

/* Only resolvers ask the root: without them it is not drawn. */
static void merge(struct graph *graph, const enum graph_role *roles, enum merging merging)
{
    bool with_root = has_resolvers(graph->topology);
    clear_boxes(graph);
    for (uint32_t i = 0; i < graph->topology->node_count; i++) {
        graph->box_of[i] = TOPOLOGY_NONE;
        if (roles[i] == GRAPH_HIERARCHY && !with_root)
            continue;
        uint32_t index = box_for(graph, i, roles[i], merging);
        struct graph_box *box = &graph->boxes[index];
        memory_reserve(box->nodes, box->node_count, box->node_capacity);
        box->nodes[box->node_count++] = i;
        if (box->role == GRAPH_HIERARCHY || box->site != graph->topology->nodes[i].site)
            box->site = TOPOLOGY_NONE;
        graph->box_of[i] = index;
    }
}

static const char *plural(enum graph_role role)
{
    switch (role) {
    case GRAPH_HIDDEN:
        return "hidden primaries";
    case GRAPH_PRIMARY:
        return "primaries";
    case GRAPH_SECONDARY:
        return "secondaries";
    case GRAPH_RESOLVER:
        return "resolvers";
    case GRAPH_CLIENTS:
        return "client groups";
    case GRAPH_MONITOR:
        return "monitors";
    case GRAPH_HIERARCHY:
    case GRAPH_ROLE_COUNT:
        break;
    }
    return "root and TLD servers";
}

static const char *name_of(const struct graph *graph, const struct graph_box *box,
                           enum merging merging)
{
    const struct topology_node *first = &graph->topology->nodes[box->nodes[0]];
    if (box->role == GRAPH_HIERARCHY)
        return plural(box->role);
    if (box->node_count == 1)
        return first->name;
    if (merging == MERGE_GROUPS)
        return arena_format(graph->arena, "%s (%zu instances)", first->group, box->node_count);
    if (box->site == TOPOLOGY_NONE)
        return arena_format(graph->arena, "%zu %s", box->node_count, plural(box->role));
    return arena_format(graph->arena, "%zu %s in %s", box->node_count, plural(box->role),
                        graph->topology->sites[box->site].name);
}

static void name_boxes(struct graph *graph, enum merging merging)
{
    for (size_t i = 0; i < graph->box_count; i++) {
        struct graph_box *box = &graph->boxes[i];
        box->name = box->title = name_of(graph, box, merging);
        if (merging == MERGE_SITES && box->node_count > 1)
            box->title = arena_format(graph->arena, "%zu %s", box->node_count, plural(box->role));
    }
}

/* ---- tiers ---------------------------------------------------------------------------------- */

static bool is_server(const struct graph_box *box)
{
    return box->role <= GRAPH_SECONDARY;
}

/* One pass of: a secondary stands below its first source. True if anything moved. */
static bool sink(struct graph *graph)
{
    bool moved = false;
    for (size_t i = 0; i < graph->topology->feed_count; i++) {
        const struct topology_feed *feed = &graph->topology->feeds[i];
        const struct graph_box *source = &graph->boxes[graph->box_of[feed->source]];
        struct graph_box *box = &graph->boxes[graph->box_of[feed->secondary]];
        if (feed->rank != 0 || box->role != GRAPH_SECONDARY || box->tier > source->tier)
            continue;
        box->tier = source->tier + 1;
        moved = true;
    }
    return moved;
}

/* Servers that fetch from each other in a ring would sink for ever. */
static void rank_boxes(struct graph *graph)
{
    enum { DEEPEST = 6 };
    for (unsigned i = 0; i < DEEPEST && sink(graph); i++)
        ;
    uint32_t last = 0;
    for (size_t i = 0; i < graph->box_count; i++)
        if (is_server(&graph->boxes[i]) && graph->boxes[i].tier > last)
            last = graph->boxes[i].tier;
    for (size_t i = 0; i < graph->box_count; i++) {
        struct graph_box *box = &graph->boxes[i];
        enum graph_role role = box->role == GRAPH_MONITOR ? GRAPH_CLIENTS : box->role;
        if (!is_server(box))
            box->tier = last + (uint32_t)(role - GRAPH_HIERARCHY);
    }
}

static void mark_failures(struct graph *graph)
{
    for (size_t i = 0; graph->metrics && i < graph->box_count; i++)
        for (size_t k = 0; k < graph->boxes[i].node_count; k++)
            graph->boxes[i].failed |=
                metrics_node_outage(graph->metrics, graph->boxes[i].nodes[k]).ever;
}

void graph_make_boxes(struct graph *graph)
{
    enum merging merging = MERGE_NONE;
    graph->box_of = arena_alloc(graph->arena, graph->topology->node_count * sizeof(uint32_t));
    const enum graph_role *roles = find_roles(graph);
    merge(graph, roles, merging);
    while (graph->box_count > BOXES_MAX && merging < MERGE_ROLES)
        merge(graph, roles, ++merging);
    name_boxes(graph, merging);
    rank_boxes(graph);
    mark_failures(graph);
    for (size_t i = 0; i < graph->box_count; i++)
        graph_word_box(graph, &graph->boxes[i]);
}

void graph_free(struct graph *graph)
{
    clear_boxes(graph);
    free(graph->boxes);
    free(graph->edges);
}
