/* What the picture says on its edges and over its columns. */
#include "reports/graph_internal.h"

#include "reports/figure.h"
#include "reports/place.h"

static const char *duration(const struct graph *graph, int64_t ns)
{
    char figure[FIGURE_SIZE];
    return arena_text(graph->arena, figure_duration(ns, figure));
}

static const char *count(const struct graph *graph, uint64_t number)
{
    char figure[FIGURE_SIZE];
    return arena_text(graph->arena, figure_count(number, figure));
}

/* ---- edges ---------------------------------------------------------------------------------- */

/* One way between the sites of two boxes; -1: they have more than one. */
static int64_t delay_ns(const struct graph *graph, const struct graph_edge *edge)
{
    const struct topology *topology = graph->topology;
    uint32_t a = edge->from, b = edge->to;
    if (edge->kind != GRAPH_LINK) {
        a = graph->boxes[edge->from].site;
        b = graph->boxes[edge->to].site;
    }
    if (a == TOPOLOGY_NONE || b == TOPOLOGY_NONE)
        return -1;
    return topology->delays_ns[a * topology->site_count + b];
}

static void word_feed(const struct graph *graph, struct graph_edge *edge, int64_t one_way_ns)
{
    struct graph_words *words = &edge->words;
    if (graph->metrics && edge->used)
        graph_say(words, GRAPH_PLAIN,
                  arena_format(graph->arena, "%s %s", count(graph, edge->count),
                               edge->count == 1 ? "transfer" : "transfers"));
    if (one_way_ns >= 0)
        graph_say(words, GRAPH_FAINT, duration(graph, one_way_ns));
    if (edge->failures > 0)
        graph_say(words, GRAPH_WARNING,
                  arena_format(graph->arena, "%s failed", count(graph, edge->failures)));
}

/* What goes to the root and the TLDs stands in their box. */
static void word_query(const struct graph *graph, struct graph_edge *edge, int64_t one_way_ns)
{
    struct graph_words *words = &edge->words;
    edge->failed = edge->timeouts > 0 && edge->count == 0;
    edge->faint = graph->boxes[edge->to].role == GRAPH_HIERARCHY;
    if (edge->faint)
        return;
    if (graph->metrics && edge->count > 0)
        graph_say(words, GRAPH_PLAIN,
                  arena_format(graph->arena, "%s %s", count(graph, edge->count),
                               edge->count == 1 ? "query" : "queries"));
    if (edge->rtt_ns >= 0)
        graph_say(words, GRAPH_FAINT,
                  arena_format(graph->arena, "RTT %s", duration(graph, edge->rtt_ns)));
    else if (one_way_ns >= 0)
        graph_say(words, GRAPH_FAINT, duration(graph, one_way_ns));
    if (edge->timeouts > 0)
        graph_say(words, GRAPH_WARNING,
                  arena_format(graph->arena, "%s timed out", count(graph, edge->timeouts)));
}

static const struct topology_link *link_of(const struct topology *topology, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < topology->link_count; i++) {
        const uint32_t *sites = topology->links[i].sites;
        if ((sites[0] == a && sites[1] == b) || (sites[0] == b && sites[1] == a))
            return &topology->links[i];
    }
    return NULL;
}

static void word_link(const struct graph *graph, struct graph_edge *edge, int64_t one_way_ns)
{
    const struct topology_link *link = link_of(graph->topology, edge->from, edge->to);
    char share[FIGURE_SIZE];
    const char *text = duration(graph, one_way_ns);
    if (link && link->jitter_ns > 0)
        text = arena_format(graph->arena, "%s, jitter %s", text, duration(graph, link->jitter_ns));
    if (link && link->loss_ppb > 0)
        text = arena_format(graph->arena, "%s, loss %s", text, figure_share(link->loss_ppb, share));
    graph_say(&edge->words, GRAPH_FAINT, text);
    if (!edge->failed)
        return;
    struct metrics_outage outage = metrics_link_outage(graph->metrics, edge->from, edge->to);
    graph_say(&edge->words, GRAPH_BAD, graph_outage_text(graph, &outage));
}

static const char *end_name(const struct graph *graph, const struct graph_edge *edge, uint32_t end)
{
    return edge->kind == GRAPH_LINK ? graph->topology->sites[end].name : graph->boxes[end].name;
}

static void word_tooltip(const struct graph *graph, struct graph_edge *edge, int64_t one_way_ns)
{
    static const char *const verbs[] = {
        [GRAPH_FEED] = "feeds", [GRAPH_QUERY] = "asks", [GRAPH_LINK] = "is linked to"};
    const char *text = arena_format(graph->arena, "%s %s %s", end_name(graph, edge, edge->from),
                                    verbs[edge->kind], end_name(graph, edge, edge->to));
    if (graph->metrics && edge->kind != GRAPH_LINK)
        text = arena_format(graph->arena, "%s: %s %s", text, count(graph, edge->count),
                            edge->kind == GRAPH_FEED ? "transfers" : "queries arrived");
    if (edge->failures > 0)
        text = arena_format(graph->arena, "%s, %s failed", text, count(graph, edge->failures));
    if (edge->timeouts > 0)
        text = arena_format(graph->arena, "%s, %s timed out", text, count(graph, edge->timeouts));
    if (edge->rtt_ns >= 0)
        text = arena_format(graph->arena, "%s, mean RTT %s", text, duration(graph, edge->rtt_ns));
    if (one_way_ns >= 0)
        text = arena_format(graph->arena, "%s, one way %s", text, duration(graph, one_way_ns));
    edge->tooltip = text;
}

void graph_word_edge(const struct graph *graph, struct graph_edge *edge)
{
    int64_t one_way_ns = delay_ns(graph, edge);
    word_tooltip(graph, edge, one_way_ns);
    switch (edge->kind) {
    case GRAPH_FEED:
        word_feed(graph, edge, one_way_ns);
        break;
    case GRAPH_QUERY:
        word_query(graph, edge, one_way_ns);
        break;
    case GRAPH_LINK:
        word_link(graph, edge, one_way_ns);
        break;
    }
}

/* ---- columns -------------------------------------------------------------------------------- */

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool same_letters(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* "Frankfurt" over "fra", "Berlin" over nothing. */
void graph_word_column(const struct graph *graph, struct graph_column *column)
{
    struct graph_words *words = &column->words;
    if (column->site == TOPOLOGY_NONE)
        return;
    const struct topology_site *site = &graph->topology->sites[column->site];
    const char *place = site->has_location ? place_near(site->latitude, site->longitude) : NULL;
    graph_say(words, GRAPH_PLAIN, place ? place : site->name);
    if (place && !same_letters(place, site->name))
        graph_say(words, GRAPH_FAINT, site->name);
    if (!graph->metrics)
        return;
    struct metrics_outage outage = metrics_site_outage(graph->metrics, column->site);
    column->failed = outage.ever;
    if (outage.ever)
        graph_say(words, GRAPH_BADGE, graph_outage_text(graph, &outage));
}
