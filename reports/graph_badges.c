/* When what a box stands for was down, and what ran out on it. */
#include "reports/graph_internal.h"

#include "sim/base/time.h"

const char *graph_moment_text(const struct graph *graph, int64_t ns)
{
    long long s = (ns + NS_PER_S / 2) / NS_PER_S;
    if (s < 60)
        return arena_format(graph->arena, "%llds", s);
    if (s < 3600)
        return arena_format(graph->arena, "%lldm %02llds", s / 60, s % 60);
    if (s < 86400)
        return arena_format(graph->arena, "%lldh %02lldm", s / 3600, s % 3600 / 60);
    return arena_format(graph->arena, "%lldd %lldh", s / 86400, s % 86400 / 3600);
}

const char *graph_outage_text(const struct graph *graph, const struct metrics_outage *outage)
{
    if (outage->count > 1)
        return arena_format(graph->arena, "down %u times, %s in all", outage->count,
                            graph_moment_text(graph, outage->total_ns));
    const char *from = graph_moment_text(graph, outage->first_ns);
    if (outage->at_end)
        return arena_format(graph->arena, "down since %s", from);
    return arena_format(graph->arena, "down %s \u2013 %s", from,
                        graph_moment_text(graph, outage->first_ns + outage->total_ns));
}

static bool same_outage(const struct metrics_outage *a, const struct metrics_outage *b)
{
    return a->ever == b->ever && a->first_ns == b->first_ns && a->total_ns == b->total_ns;
}

/* What its site tells already is not told again. */
static void say_outage(const struct graph *graph, struct graph_box *box)
{
    struct metrics_outage outage = metrics_node_outage(graph->metrics, box->nodes[0]);
    uint32_t site = graph->topology->nodes[box->nodes[0]].site;
    struct metrics_outage of_site = metrics_site_outage(graph->metrics, site);
    if (outage.ever && !same_outage(&outage, &of_site))
        graph_say(&box->words, GRAPH_BADGE, graph_outage_text(graph, &outage));
}

/* ---- what ran out --------------------------------------------------------------------------- */

static const char *subject(const struct graph *graph, enum metrics_lapse_kind kind, uint32_t zones)
{
    switch (kind) {
    case METRICS_LAPSE_EXPIRY:
        return zones == 1 ? "expired" : arena_format(graph->arena, "%u zones expired", zones);
    case METRICS_LAPSE_SIGNATURES:
        return zones == 1 ? "signatures out"
                          : arena_format(graph->arena, "signatures of %u zones out", zones);
    case METRICS_LAPSE_CERTIFICATE:
        break;
    }
    return "certificate out";
}

/* From the first time to the last, whatever was between. */
static void say_lapse(const struct graph *graph, struct graph_box *box,
                      enum metrics_lapse_kind kind)
{
    struct metrics_lapse lapse = metrics_lapse(graph->metrics, box->nodes[0], kind);
    if (lapse.times == 0)
        return;
    const char *text = subject(graph, kind, lapse.zones);
    if (lapse.zones == 1 && lapse.times > 1)
        text = arena_format(graph->arena, "%s %u times,", text, lapse.times);
    const char *from = graph_moment_text(graph, lapse.first_ns);
    if (lapse.at_end)
        text = arena_format(graph->arena, "%s since %s", text, from);
    else
        text = arena_format(graph->arena, "%s %s \u2013 %s", text, from,
                            graph_moment_text(graph, lapse.last_ns));
    graph_say(&box->words, GRAPH_BADGE, text);
}

void graph_badge_box(const struct graph *graph, struct graph_box *box)
{
    say_outage(graph, box);
    say_lapse(graph, box, METRICS_LAPSE_EXPIRY);
    say_lapse(graph, box, METRICS_LAPSE_SIGNATURES);
    say_lapse(graph, box, METRICS_LAPSE_CERTIFICATE);
}

void graph_badge_many(const struct graph *graph, struct graph_box *box)
{
    size_t down = 0, expired = 0;
    for (size_t i = 0; i < box->node_count; i++) {
        down += metrics_node_outage(graph->metrics, box->nodes[i]).ever;
        expired += metrics_lapse(graph->metrics, box->nodes[i], METRICS_LAPSE_EXPIRY).times > 0;
    }
    if (down > 0)
        graph_say(&box->words, GRAPH_BADGE,
                  arena_format(graph->arena, "%zu of %zu were down", down, box->node_count));
    if (expired > 0)
        graph_say(
            &box->words, GRAPH_BADGE,
            arena_format(graph->arena, "zones expired on %zu of %zu", expired, box->node_count));
}
