/* What the files of the metrics share: growing lists of samples, by node and by zone. */
#ifndef REPORTS_METRICS_INTERNAL_H
#define REPORTS_METRICS_INTERNAL_H

#include "nodes/dns/rr.h"
#include "reports/metrics.h"
#include "sim/base/arena.h"
#include "sim/base/table.h"

struct lookup_sample {
    int64_t started_ns;
    int64_t latency_ns;
    uint8_t outcome;
};

struct query_sample {
    int64_t at_ns;
    uint32_t from; /* node, or METRICS_ALL: an address of nobody */
};

struct upstream {
    struct address address;
    const char *name;
    uint64_t queries, timeouts, answers;
    int64_t rtt_sum_ns;
};

struct outage {
    uint32_t causes; /* failed by itself and by its site count twice */
    int64_t since_ns;
    struct metrics_outage total;
    struct interval {
        int64_t from_ns, to_ns;
    } * intervals;
    size_t interval_count, interval_capacity;
};

struct node_samples {
    struct lookup_sample *lookups;
    size_t lookup_count, lookup_capacity;
    int64_t *starts_ns;
    size_t start_count, start_capacity;
    struct query_sample *queries;
    size_t query_count, query_capacity;
    uint64_t cache_hits;
    struct upstream *upstreams;
    size_t upstream_count, upstream_capacity;
    bool upstreams_sorted;
    struct outage outage;
};

/* The state of one zone on one server from at_ns on. */
struct zone_moment {
    int64_t at_ns;
    struct metrics_zone zone; /* host_down and behind_ns are worked out when asked */
};

struct zone_history {
    uint32_t node, zone;
    struct zone_moment *moments;
    size_t count, capacity;
};

struct transfer_sample {
    int64_t at_ns;
    uint32_t node, zone, from;
};

struct metrics {
    const struct topology *topology;
    struct arena arena;
    struct table addresses;  /* ip to node index + 1 */
    struct table zone_names; /* origin to zone index + 1 */
    struct node_samples *nodes;
    struct zone_history *histories; /* node * zone_count + zone; empty: not held */
    struct transfer_sample *transfers;
    size_t transfer_count, transfer_capacity;
    struct metrics_version *versions;
    int64_t **served_ns; /* by version, by node */
    size_t version_count, version_capacity, served_capacity;
    uint64_t *packets; /* from * node_count + to */
    bool *own_down;    /* by node: failed or stopped itself, not by its site */
    struct outage *sites;
    struct outage *links; /* site * site_count + site, lower first */
};

uint32_t metrics_node_of(const struct metrics *metrics, const struct address *address);

/* NOTE is about a zone on NODE; others are ignored. (metrics_zones.c) */
void metrics_zone_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                       const struct host_note *note);
void metrics_zones_free(struct metrics *metrics);

/* A fault of the host, site or link called WHAT. (metrics_outages.c) */
void metrics_fault(struct metrics *metrics, int64_t now_ns, enum trace_fault fault,
                   const char *what);
bool metrics_was_down(const struct outage *outage, int64_t at_ns);
void metrics_outages_free(struct metrics *metrics);

#endif
