/* What the picture says in its boxes. */
#include "reports/graph_internal.h"

#include "reports/figure.h"
#include "sim/base/time.h"

void graph_say(struct graph_words *words, enum graph_tone tone, const char *text)
{
    if (words->count < GRAPH_LINES_MAX)
        words->lines[words->count++] = (struct graph_line){tone, text};
}

static const char *count_of(const struct graph *graph, uint64_t count, const char *one,
                            const char *many)
{
    char figure[FIGURE_SIZE];
    return arena_format(graph->arena, "%s %s", figure_count(count, figure),
                        count == 1 ? one : many);
}

static const char *duration(const struct graph *graph, int64_t ns)
{
    char figure[FIGURE_SIZE];
    return arena_text(graph->arena, figure_duration(ns, figure));
}

/* ---- servers -------------------------------------------------------------------------------- */

static void say_zone(const struct graph *graph, struct graph_words *words, uint32_t node,
                     uint32_t zone)
{
    const char *name = graph->topology->zones[zone].name;
    if (!graph->metrics) {
        graph_say(words, GRAPH_FAINT, name);
        return;
    }
    struct metrics_zone state =
        metrics_zone_at(graph->metrics, node, zone, graph->topology->duration_ns);
    switch (state.state) {
    case METRICS_ABSENT:
        graph_say(words, GRAPH_FAINT, name);
        break;
    case METRICS_REMOVED:
        break;
    case METRICS_LOADING:
        graph_say(words, GRAPH_BAD, arena_format(graph->arena, "%s never loaded", name));
        break;
    case METRICS_EXPIRED:
        graph_say(words, GRAPH_BAD, arena_format(graph->arena, "%s expired", name));
        break;
    case METRICS_SERVING:
        graph_say(words, GRAPH_FAINT, arena_format(graph->arena, "%s %u", name, state.serial));
        if (state.behind_ns > 0)
            graph_say(words, GRAPH_WARNING,
                      arena_format(graph->arena, "behind by %s",
                                   graph_moment_text(graph, state.behind_ns)));
        break;
    }
}

struct zone_counts {
    size_t all, removed, behind, bad;
    uint32_t first[2];
};

static void count_zone(const struct graph *graph, struct zone_counts *counts, uint32_t node,
                       uint32_t zone)
{
    if (counts->all < 2)
        counts->first[counts->all] = zone;
    counts->all++;
    if (!graph->metrics)
        return;
    struct metrics_zone state =
        metrics_zone_at(graph->metrics, node, zone, graph->topology->duration_ns);
    counts->removed += state.state == METRICS_REMOVED;
    counts->bad += state.state == METRICS_EXPIRED || state.state == METRICS_LOADING;
    counts->behind += state.state == METRICS_SERVING && state.behind_ns > 0;
}

static struct zone_counts count_zones(const struct graph *graph, uint32_t node)
{
    const struct topology *topology = graph->topology;
    struct zone_counts counts = {0};
    for (size_t i = 0; i < topology->nodes[node].primary_count; i++)
        count_zone(graph, &counts, node, topology->nodes[node].primary_of[i]);
    for (size_t i = 0; i < topology->feed_count; i++) {
        const struct topology_feed *feed = &topology->feeds[i];
        if (feed->secondary == node && feed->rank == 0 &&
            (i == 0 || feed[-1].secondary != node || feed[-1].zone != feed->zone))
            count_zone(graph, &counts, node, feed->zone);
    }
    return counts;
}

static void say_zones(const struct graph *graph, struct graph_words *words, uint32_t node)
{
    struct zone_counts counts = count_zones(graph, node);
    for (size_t i = 0; counts.all <= 2 && i < counts.all; i++)
        say_zone(graph, words, node, counts.first[i]);
    if (counts.all <= 2)
        return;
    const char *held = count_of(graph, counts.all - counts.removed, "zone", "zones");
    if (counts.removed > 0)
        held = arena_format(graph->arena, "%s, %zu removed", held, counts.removed);
    graph_say(words, GRAPH_FAINT, held);
    if (counts.behind > 0)
        graph_say(words, GRAPH_WARNING, arena_format(graph->arena, "%zu behind", counts.behind));
    if (counts.bad > 0)
        graph_say(words, GRAPH_BAD,
                  arena_format(graph->arena, "%zu expired or never loaded", counts.bad));
}

static void say_server(const struct graph *graph, const struct graph_box *box,
                       struct graph_words *words)
{
    const struct topology_node *node = &graph->topology->nodes[box->nodes[0]];
    char text[ADDRESS_TEXT_SIZE];
    if (node->anycast_count > 0)
        graph_say(
            words, GRAPH_MARK,
            arena_format(graph->arena, "anycast %s", address_format_ip(&node->anycast[0], text)));
    else if (node->address_count > 0)
        graph_say(words, GRAPH_FAINT,
                  arena_text(graph->arena, address_format_ip(&node->addresses[0], text)));
    say_zones(graph, words, box->nodes[0]);
    if (graph->metrics && box->role != GRAPH_HIDDEN)
        graph_say(
            words, GRAPH_PLAIN,
            count_of(graph,
                     metrics_queries(graph->metrics, box->nodes[0], METRICS_ALL, 0, INT64_MAX),
                     "query", "queries"));
}

/* ---- resolvers and clients ------------------------------------------------------------------ */

static void say_resolver(const struct graph *graph, uint32_t node, struct graph_words *words)
{
    const struct metrics *metrics = graph->metrics;
    const struct topology_node *resolver = &graph->topology->nodes[node];
    char text[ADDRESS_TEXT_SIZE], share[FIGURE_SIZE];
    if (resolver->address_count > 0)
        graph_say(words, GRAPH_FAINT,
                  arena_text(graph->arena, address_format_ip(&resolver->addresses[0], text)));
    if (!metrics)
        return;
    uint64_t queries = metrics_queries(metrics, node, METRICS_ALL, 0, INT64_MAX), timeouts = 0;
    graph_say(words, GRAPH_PLAIN, count_of(graph, queries, "query", "queries"));
    if (queries > 0)
        graph_say(words, GRAPH_PLAIN,
                  arena_format(
                      graph->arena, "%s from cache",
                      figure_share((int64_t)((unsigned __int128)metrics_cache_hits(metrics, node) *
                                             1000000000 / queries),
                                   share)));
    struct metrics_upstream upstream;
    for (size_t i = 0; metrics_upstream(metrics, node, i, &upstream); i++)
        timeouts += upstream.timeouts;
    if (timeouts > 0)
        graph_say(
            words, GRAPH_WARNING,
            count_of(graph, timeouts, "query upstream timed out", "queries upstream timed out"));
}

static enum graph_tone tone_of_availability(int64_t ppb)
{
    if (ppb < 990000000)
        return GRAPH_BAD;
    return ppb < 999000000 ? GRAPH_WARNING : GRAPH_PLAIN;
}

static void say_clients(const struct graph *graph, uint32_t node, struct graph_words *words)
{
    char share[FIGURE_SIZE];
    graph_say(words, GRAPH_FAINT,
              count_of(graph, graph->topology->nodes[node].host_count, "client", "clients"));
    if (!graph->metrics)
        return;
    struct metrics_clients clients = metrics_clients(graph->metrics, node, 0, INT64_MAX);
    graph_say(words, GRAPH_PLAIN, count_of(graph, clients.queries, "look-up", "look-ups"));
    if (clients.availability_ppb >= 0)
        graph_say(words, tone_of_availability(clients.availability_ppb),
                  arena_format(graph->arena, "%s available",
                               figure_share(clients.availability_ppb, share)));
    if (clients.p95_ns >= 0)
        graph_say(words, GRAPH_PLAIN,
                  arena_format(graph->arena, "p95 %s", duration(graph, clients.p95_ns)));
}

static void say_monitors(const struct graph *graph, struct graph_box *box)
{
    uint64_t alarms = 0, left = 0;
    for (size_t i = 0; graph->metrics && i < metrics_alarm_count(graph->metrics); i++) {
        struct metrics_alarm alarm = metrics_alarm(graph->metrics, i);
        if (graph->box_of[alarm.monitor] != graph->box_of[box->nodes[0]])
            continue;
        alarms++;
        left += alarm.cleared_ns < 0;
    }
    if (graph->metrics)
        graph_say(&box->words, alarms > 0 ? GRAPH_WARNING : GRAPH_PLAIN,
                  count_of(graph, alarms, "alarm", "alarms"));
    if (left > 0)
        graph_say(&box->words, GRAPH_BAD,
                  arena_format(graph->arena, "%llu not over", (unsigned long long)left));
}

/* ---- boxes ---------------------------------------------------------------------------------- */

/* What the nodes of BOX were asked, or, clients, asked. */
static const char *questions_of(const struct graph *graph, const struct graph_box *box)
{
    bool is_clients = box->role == GRAPH_CLIENTS;
    uint64_t count = 0;
    for (size_t i = 0; i < box->node_count; i++)
        count += is_clients
                     ? metrics_clients(graph->metrics, box->nodes[i], 0, INT64_MAX).queries
                     : metrics_queries(graph->metrics, box->nodes[i], METRICS_ALL, 0, INT64_MAX);
    return is_clients ? count_of(graph, count, "look-up", "look-ups")
                      : count_of(graph, count, "query", "queries");
}

static void say_many(const struct graph *graph, struct graph_box *box)
{
    bool is_hierarchy = box->role == GRAPH_HIERARCHY;
    if (is_hierarchy)
        graph_say(&box->words, GRAPH_FAINT, "anycast at every site");
    box->failed = box->failed && !is_hierarchy;
    if (box->role == GRAPH_MONITOR)
        say_monitors(graph, box);
    else if (graph->metrics)
        graph_say(&box->words, GRAPH_PLAIN, questions_of(graph, box));
    if (graph->metrics && !is_hierarchy)
        graph_badge_many(graph, box);
}

static void say_one(const struct graph *graph, struct graph_box *box)
{
    switch (box->role) {
    case GRAPH_RESOLVER:
        say_resolver(graph, box->nodes[0], &box->words);
        break;
    case GRAPH_CLIENTS:
        say_clients(graph, box->nodes[0], &box->words);
        break;
    case GRAPH_MONITOR:
        say_monitors(graph, box);
        break;
    case GRAPH_HIDDEN:
    case GRAPH_PRIMARY:
    case GRAPH_SECONDARY:
    case GRAPH_HIERARCHY:
    case GRAPH_ROLE_COUNT:
        say_server(graph, box, &box->words);
    }
    if (graph->metrics)
        graph_badge_box(graph, box);
}

void graph_word_box(const struct graph *graph, struct graph_box *box)
{
    if (box->node_count > 1 || box->role == GRAPH_HIERARCHY)
        say_many(graph, box);
    else
        say_one(graph, box);
}
