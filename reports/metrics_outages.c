/* When hosts, sites and links were down. */
#include "reports/metrics_internal.h"

#include <stdio.h>
#include <stdlib.h>

static void begin(struct outage *outage, int64_t now_ns)
{
    if (outage->causes++ > 0)
        return;
    outage->since_ns = now_ns;
    if (!outage->total.ever)
        outage->total.first_ns = now_ns;
    outage->total.ever = true;
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

/* ---- whose name is it -------------------------------------------------------------------- */

/* A host's own fault counts once however often it is told; recovery ends it. */
static void turn_own(struct metrics *metrics, uint32_t index, int64_t now_ns, bool down)
{
    bool *own = &metrics->own_down[index];
    if (*own != down)
        turn(&metrics->nodes[index].outage, now_ns, down);
    *own = down;
}

static bool turn_site(struct metrics *metrics, int64_t now_ns, bool down, const char *what)
{
    const struct topology *topology = metrics->topology;
    for (uint32_t s = 0; s < topology->site_count; s++) {
        if (strcmp(topology->sites[s].name, what) != 0)
            continue;
        if (metrics->sites[s].total.at_end == down)
            return true;
        turn(&metrics->sites[s], now_ns, down);
        for (uint32_t i = 0; i < topology->node_count; i++)
            if (topology->nodes[i].site == s)
                turn(&metrics->nodes[i].outage, now_ns, down);
        return true;
    }
    return false;
}

static void turn_link(struct metrics *metrics, int64_t now_ns, bool down, const char *what)
{
    const struct topology *topology = metrics->topology;
    size_t count = topology->site_count;
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < count; b++) {
            size_t size = strlen(topology->sites[a].name);
            if (strncmp(what, topology->sites[a].name, size) != 0 || what[size] != '-' ||
                strcmp(what + size + 1, topology->sites[b].name) != 0)
                continue;
            struct outage *link = &metrics->links[a < b ? a * count + b : b * count + a];
            if (link->total.at_end != down)
                turn(link, now_ns, down);
        }
}

/* "eu-users.17" is one of "eu-users": a group is down while its last host that failed is. */
static uint32_t node_called(const struct metrics *metrics, const char *what)
{
    uint32_t node = topology_find_node(metrics->topology, what);
    const char *dot = strrchr(what, '.');
    char name[256];
    if (node != TOPOLOGY_NONE || !dot || (size_t)(dot - what) >= sizeof name)
        return node;
    snprintf(name, sizeof name, "%.*s", (int)(dot - what), what);
    return topology_find_node(metrics->topology, name);
}

void metrics_fault(struct metrics *metrics, int64_t now_ns, enum trace_fault fault,
                   const char *what)
{
    if (fault == TRACE_WITHDRAWN || fault == TRACE_ANNOUNCED)
        return;
    bool down = fault != TRACE_RECOVERED;
    uint32_t node = node_called(metrics, what);
    if (node != TOPOLOGY_NONE)
        turn_own(metrics, node, now_ns, down);
    else if (!turn_site(metrics, now_ns, down, what))
        turn_link(metrics, now_ns, down, what);
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
    uint32_t low = site_a < site_b ? site_a : site_b, high = site_a < site_b ? site_b : site_a;
    return total_of(metrics, &metrics->links[low * metrics->topology->site_count + high]);
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
