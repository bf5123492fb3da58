/* When hosts, sites and links were down. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

static void begin(struct outage *outage, int64_t now_ns)
{
    if (outage->causes++ > 0)
        return;
    outage->since_ns = now_ns;
    if (!outage->total.ever)
        outage->total.first_ns = now_ns;
    outage->total.ever = true;
    outage->total.count++;
    outage->total.at_end = true;
}

static void end(struct outage *outage, int64_t now_ns)
{
    if (outage->causes == 0 || --outage->causes > 0)
        return;
    outage->total.at_end = false;
    outage->total.total_ns += now_ns - outage->since_ns;
    memory_reserve(outage->intervals, outage->interval_count, outage->interval_capacity);
    outage->intervals[outage->interval_count++] = (struct interval){outage->since_ns, now_ns};
}

static void turn(struct outage *outage, int64_t now_ns, bool down)
{
    (down ? begin : end)(outage, now_ns);
}

bool metrics_was_down(const struct outage *outage, int64_t at_ns)
{
    for (size_t i = 0; i < outage->interval_count; i++)
        if (outage->intervals[i].from_ns <= at_ns && at_ns < outage->intervals[i].to_ns)
            return true;
    return outage->causes > 0 && outage->since_ns <= at_ns;
}

/* ---- whom it befell ---------------------------------------------------------------------- */

/* A host's own fault counts once however often it is told; recovery ends it. A group is down from
 * its first client's fault to the first recovery of one. */
static void turn_own(struct metrics *metrics, uint32_t index, int64_t now_ns, bool down)
{
    bool *own = &metrics->own_down[index];
    if (*own != down)
        turn(&metrics->nodes[index].outage, now_ns, down);
    *own = down;
}

static void turn_site(struct metrics *metrics, uint32_t site, int64_t now_ns, bool down)
{
    const struct topology *topology = metrics->topology;
    if (metrics->sites[site].total.at_end == down)
        return;
    turn(&metrics->sites[site], now_ns, down);
    for (uint32_t i = 0; i < topology->node_count; i++)
        if (topology->nodes[i].site == site)
            turn(&metrics->nodes[i].outage, now_ns, down);
}

static struct outage *link_between(const struct metrics *metrics, uint32_t a, uint32_t b)
{
    return &metrics->links[(a < b ? a : b) * metrics->topology->site_count + (a < b ? b : a)];
}

void metrics_fault(struct metrics *metrics, int64_t now_ns, enum trace_fault fault,
                   const char *what)
{
    if (fault == TRACE_WITHDRAWN || fault == TRACE_ANNOUNCED || fault == TRACE_BLOCKED)
        return;
    bool down = fault != TRACE_RECOVERED;
    struct topology_place place = topology_find_place(metrics->topology, what);
    switch (place.kind) {
    case TOPOLOGY_NOWHERE:
        break;
    case TOPOLOGY_AT_NODE:
        turn_own(metrics, place.index, now_ns, down);
        break;
    case TOPOLOGY_AT_SITE:
        turn_site(metrics, place.index, now_ns, down);
        break;
    case TOPOLOGY_ON_LINK: {
        struct outage *link = link_between(metrics, place.index, place.other);
        if (link->total.at_end != down)
            turn(link, now_ns, down);
    }
    }
}

/* ---- figures ----------------------------------------------------------------------------- */

static struct metrics_outage total_of(const struct metrics *metrics, const struct outage *outage)
{
    struct metrics_outage total = outage->total;
    if (total.at_end)
        total.total_ns += metrics->topology->duration_ns - outage->since_ns;
    return total;
}

struct metrics_outage metrics_node_outage(const struct metrics *metrics, uint32_t node)
{
    return total_of(metrics, &metrics->nodes[node].outage);
}

struct metrics_outage metrics_site_outage(const struct metrics *metrics, uint32_t site)
{
    return total_of(metrics, &metrics->sites[site]);
}

struct metrics_outage metrics_link_outage(const struct metrics *metrics, uint32_t site_a,
                                          uint32_t site_b)
{
    return total_of(metrics, link_between(metrics, site_a, site_b));
}

void metrics_outages_free(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->topology->node_count; i++)
        free(metrics->nodes[i].outage.intervals);
    for (size_t i = 0; i < metrics->topology->site_count; i++)
        free(metrics->sites[i].intervals);
    size_t sites = metrics->topology->site_count;
    for (size_t i = 0; i < sites * sites; i++)
        free(metrics->links[i].intervals);
    free(metrics->own_down);
    free(metrics->sites);
    free(metrics->links);
}
