/* What the files of the metrics share: growing lists of samples, by node and by zone. */
#ifndef REPORTS_METRICS_INTERNAL_H
#define REPORTS_METRICS_INTERNAL_H

#include "nodes/dns/rr.h"
#include "reports/metrics.h"
#include "reports/samples.h"
#include "sim/base/arena.h"

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

/* Served from at_ns on. */
struct certificate {
    int64_t at_ns, ends_ns;
};

struct node_samples {
    uint32_t catalog;       /* that notes about members belong to, index + 1 */
    struct samples lookups; /* LOOKUP_STARTED or what lookup_finished packs, when it happened */
    struct samples queries; /* when received; from: node + 1, 0 for an address of nobody */
    uint64_t cache_hits;
    struct upstream *upstreams;
    size_t upstream_count, upstream_capacity;
    bool upstreams_sorted;
    struct outage outage;
    struct certificate *certificates; /* its own, one after the other */
    size_t certificate_count, certificate_capacity;
};

enum { LOOKUP_STARTED = 0 };

/* Above LOOKUP_STARTED, whatever the outcome. When it started is when it finished less latency. */
static inline uint64_t lookup_finished(int64_t latency_ns, uint32_t outcome)
{
    return ((uint64_t)latency_ns << 3 | outcome) + 1;
}

/* Of what lookup_finished packed. */
static inline int64_t lookup_latency_ns(uint64_t finished)
{
    return (int64_t)((finished - 1) >> 3);
}

static inline uint32_t lookup_outcome(uint64_t finished)
{
    return (uint32_t)(finished - 1) & 7;
}

/* The state of one zone on one server from at_ns on. */
struct zone_moment {
    int64_t at_ns;
    struct metrics_zone zone; /* host_down and behind_ns are worked out when asked */
};

/* A zone as a member of a catalog, and as a catalog itself. Zones by index + 1; 0: none. */
struct zone_member {
    uint32_t catalog, refused_by;
    int64_t since_ns;
    const char *refusal;
    uint64_t refused_reading; /* which of the catalog's readings that was */
    uint64_t readings, listed, left_out;
    uint32_t serial; /* read last */
};

struct zone_history {
    struct zone_moment *moments;
    size_t count, capacity;
    struct samples contacts; /* with a source that had our version: for how long it is good now */
    int64_t next_refresh_ns; /* as said last */
    size_t last_transfer;    /* index + 1; 0: none */
    struct zone_member member;
};

struct published {
    struct metrics_version version;
    size_t previous;    /* of the zone, in versions; NO_VERSION: none */
    int64_t *served_ns; /* by node; -1: not yet */
};

#define NO_VERSION SIZE_MAX

struct metrics {
    const struct topology *topology;
    struct arena arena;
    struct topology_index index;
    struct node_samples *nodes;
    struct zone_history *histories; /* node * zone_count + zone; empty: not held */
    struct metrics_transfer *transfers;
    size_t transfer_count, transfer_capacity;
    struct published *versions; /* in order of publication */
    size_t version_count, version_capacity;
    size_t *last_versions;        /* by zone: the one published last, NO_VERSION */
    struct metrics_alarm *alarms; /* in order of raising */
    size_t alarm_count, alarm_capacity;
    uint64_t *packets;          /* from * node_count + to */
    uint64_t *failed_transfers; /* source * node_count + secondary */
    bool *own_down;             /* by node: failed or stopped itself, not by its site */
    struct outage *sites;
    struct outage *links; /* site * site_count + site, lower first */
};

/* metrics_zones.c */
void metrics_zones_init(struct metrics *metrics);
/* NOTE is about a zone on NODE; others are ignored. */
void metrics_zone_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                       const struct host_note *note);
void metrics_zones_free(struct metrics *metrics);

/* metrics_members.c */
void metrics_member_note(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                         const struct host_note *note);

/* metrics_alarms.c */
void metrics_alarm_note(struct metrics *metrics, int64_t now_ns, uint32_t monitor,
                        const struct host_note *note);

/* metrics_lapses.c */
void metrics_certificate_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                              const struct host_note *note);

/* metrics_outages.c */
/* A fault of the host, site or link called WHAT. */
void metrics_fault(struct metrics *metrics, int64_t now_ns, enum trace_fault fault,
                   const char *what);
bool metrics_was_down(const struct outage *outage, int64_t at_ns);
void metrics_outages_free(struct metrics *metrics);

#endif
