/*
 * What was measured in a run: kept from nodes' notes and the trace while it runs,
 * asked for by the summary, the graph, the terminal and the expectations.
 *
 * Times are nanoseconds since the start of the run. Windows are half-open. Nodes
 * and zones are indices into the topology.
 */
#ifndef REPORTS_METRICS_H
#define REPORTS_METRICS_H

#include "reports/topology.h"
#include "sim/trace.h"

struct metrics;

/* TOPOLOGY is borrowed. */
struct metrics *metrics_create(const struct topology *topology);
void metrics_destroy(struct metrics *metrics);
struct trace_listener metrics_listener(struct metrics *metrics);

enum { METRICS_ALL = UINT32_MAX };

/* ---- clients ---------------------------------------------------------------------------- */

/* Look-ups are counted in the window in which they started. */
struct metrics_clients {
    uint64_t queries; /* started, unfinished ones included */
    uint64_t outcomes[NOTE_LOOKUP_OUTCOME_COUNT];
    uint64_t finished; /* the sum of outcomes */
    uint64_t stale; /* of the answered, those past their TTL (RFC 8767): 0, no resolver does so */
    int64_t availability_ppb; /* (answered + nxdomain) / finished; -1: nothing finished */
    /* Of answered and nxdomain; nearest rank; -1: none. */
    int64_t mean_ns, p50_ns, p90_ns, p95_ns, p99_ns, max_ns;
    /* When the first and the last one started that ended neither in answered nor in nxdomain; -1:
     * none did. */
    int64_t first_failure_ns, last_failure_ns;
};

/* NODE: a client group, or METRICS_ALL for all of them together. */
struct metrics_clients metrics_clients(const struct metrics *metrics, uint32_t node,
                                       int64_t from_ns, int64_t to_ns);

/* The share of the finished look-ups, of which there is one at least, that ended in OUTCOME. */
int64_t metrics_outcome_ppb(const struct metrics_clients *clients,
                            enum note_lookup_outcome outcome);

/* Look-ups that failed, in neither answered nor nxdomain, from the first start to the
 * last. Ten minutes without any, in which others went well, part two of these outages; or more,
 * for them to be no more than METRICS_FELT_MAX. */
struct metrics_outage_felt {
    int64_t first_ns, last_ns;
    int64_t share_ppb; /* of the finished ones that started in between, both ends included */
};
enum { METRICS_FELT_MAX = 16 };

/* What the client group NODE felt, in order; LIST has room for METRICS_FELT_MAX. */
size_t metrics_outages_felt(const struct metrics *metrics, uint32_t node,
                            struct metrics_outage_felt *list);

/* ---- servers and resolvers -------------------------------------------------------------- */

/* Queries that NODE (server or resolver) received from FROM (METRICS_ALL: anyone). */
uint64_t metrics_queries(const struct metrics *metrics, uint32_t node, uint32_t from,
                         int64_t from_ns, int64_t to_ns);
uint64_t metrics_cache_hits(const struct metrics *metrics, uint32_t resolver);

struct metrics_upstream {
    const char *server; /* node name, or address where several nodes or none have it */
    uint64_t queries, timeouts, answers;
    int64_t rtt_mean_ns; /* -1: no answer */
};
/* The INDEX-th server asked by RESOLVER, in order of name; false: no more. */
bool metrics_upstream(const struct metrics *metrics, uint32_t resolver, size_t index,
                      struct metrics_upstream *out);

/* ---- zones ------------------------------------------------------------------------------ */

enum metrics_zone_state {
    METRICS_ABSENT, /* the server has never held the zone */
    METRICS_LOADING,
    METRICS_SERVING,
    METRICS_EXPIRED,
    METRICS_REMOVED /* it holds it no longer: its catalog does not list it */
};

struct metrics_zone {
    enum metrics_zone_state state;
    enum note_role role;
    uint32_t serial; /* served last; 0 with has_serial false: never any */
    bool has_serial;
    bool host_down;           /* the host is failed or stopped: state is what it was before */
    int64_t last_contact_ns;  /* -1: never, or a primary */
    int64_t expires_ns;       /* -1: never, or a primary */
    bool is_signed;           /* the version served last */
    int64_t signatures_ns;    /* if so: when the first of its signatures runs out */
    int64_t behind_ns;        /* since the primary published the first version missing here; 0: none
                                 is missing; -1: no version here */
    uint64_t behind_versions; /* how many are missing */
    size_t last_transfer;     /* for metrics_transfer; METRICS_NO_TRANSFER */
    uint64_t axfr, ixfr, fallback, failed, bytes; /* inbound transfers up to then */
    const char *last_failure;                     /* NULL: none */
    int64_t last_failure_ns;
    uint32_t last_failure_from; /* node; TOPOLOGY_NONE: none has the address */
};

#define METRICS_NO_TRANSFER SIZE_MAX

/* ---- catalog zones, as it stands at the end of the run (or now) ---- */

/* By which catalog NODE holds ZONE, and since when; catalog TOPOLOGY_NONE: by none. */
struct metrics_member {
    uint32_t catalog;
    int64_t since_ns;
};
struct metrics_member metrics_member(const struct metrics *metrics, uint32_t node, uint32_t zone);

/* What became of the last good version of CATALOG that NODE has read. */
struct metrics_members {
    bool is_catalog; /* NODE has read one */
    uint64_t listed, held, serving;
    uint64_t left_out; /* for want of room */
};
struct metrics_members metrics_members(const struct metrics *metrics, uint32_t node,
                                       uint32_t catalog);

/* Why NODE does not take ZONE, which that version lists; NULL: it does, or it is not listed. */
const char *metrics_refusal(const struct metrics *metrics, uint32_t node, uint32_t catalog,
                            uint32_t zone);

/* A completed inbound transfer. */
struct metrics_transfer {
    int64_t at_ns, duration_ns;
    uint32_t node, zone, from; /* from: TOPOLOGY_NONE if no node has the address */
    enum note_transfer kind;
    uint32_t serial;
    uint64_t bytes, messages;
    size_t before; /* the one of this zone by this node before it, index + 1; 0: none */
};
struct metrics_transfer metrics_transfer(const struct metrics *metrics, size_t index);

/* When the secondary NODE next looks for a newer ZONE, as it stands at the end of the run; before
 * that: it is about to, or at it. -1: a primary, or nobody looks since the host is down. */
int64_t metrics_next_refresh_ns(const struct metrics *metrics, uint32_t node, uint32_t zone);

/* NODE has ever held ZONE, as its primary or a secondary. */
bool metrics_holds(const struct metrics *metrics, uint32_t node, uint32_t zone);

/* The state of ZONE on NODE as it was at AT_NS (at the end of that instant). */
struct metrics_zone metrics_zone_at(const struct metrics *metrics, uint32_t node, uint32_t zone,
                                    int64_t at_ns);

/* How far behind its primary NODE is with ZONE as of now, AT_NS, while the run goes. */
struct metrics_lag {
    int64_t since_ns;  /* -1: no version is missing, or there is none at all */
    uint64_t versions; /* how many are missing */
    bool has_version;
};
struct metrics_lag metrics_lag(const struct metrics *metrics, uint32_t node, uint32_t zone,
                               int64_t at_ns);

/* The next time, up to END_NS, at which signatures of what NODE serves of ZONE had run out after it
 * had been good; false: no more. *CURSOR is 0 at first. A host that is down serves nothing. */
bool metrics_signatures_out(const struct metrics *metrics, uint32_t node, uint32_t zone,
                            int64_t end_ns, size_t *cursor, int64_t *at_ns);

/* Completed inbound transfers of ZONE by NODE from FROM (METRICS_ALL: any). */
uint64_t metrics_transfers(const struct metrics *metrics, uint32_t node, uint32_t zone,
                           uint32_t from, int64_t from_ns, int64_t to_ns);

/* Those of them that brought differences and no more. */
uint64_t metrics_incremental(const struct metrics *metrics, uint32_t node, uint32_t zone,
                             uint32_t from, int64_t from_ns, int64_t to_ns);

/* Inbound transfers by NODE from FROM that came to nothing, of whatever zone. */
uint64_t metrics_failed_transfers(const struct metrics *metrics, uint32_t node, uint32_t from);

/* A version published by a primary (after the one it started with). */
struct metrics_version {
    uint32_t zone;
    uint32_t serial;
    int64_t published_ns;
    uint32_t primary;
};
size_t metrics_version_count(const struct metrics *metrics);
struct metrics_version metrics_version(const struct metrics *metrics, size_t index);

/* When NODE first served version INDEX or a later one; -1: not until the end, or not a holder.
 * Another primary of the zone gets its versions elsewhere: only this very one counts there. */
int64_t metrics_served_ns(const struct metrics *metrics, size_t index, uint32_t node);

/* Version INDEX had to reach NODE: it held the zone when that was published, and did not give it up
 * before it served that. Not the primary that published it, nor another, unless it serves it too.
 */
bool metrics_is_due(const struct metrics *metrics, size_t index, uint32_t node);

/* How version INDEX reached those it had to. */
struct metrics_spread {
    size_t due, missing;             /* nodes; of them those that never served it */
    int64_t slowest_ns;              /* of the others, after it was published; -1: none */
    uint32_t slowest, first_missing; /* nodes, or TOPOLOGY_NONE */
};
struct metrics_spread metrics_spread(const struct metrics *metrics, size_t index);

/* ---- what ran out ------------------------------------------------------------------------ */

enum metrics_lapse_kind {
    METRICS_LAPSE_EXPIRY,     /* zones expired */
    METRICS_LAPSE_SIGNATURES, /* what was served had signatures that were over */
    METRICS_LAPSE_CERTIFICATE /* the server's own */
};

struct metrics_lapse {
    uint32_t times;   /* of the zone that it befell most often; 0: never, and all else is 0 */
    uint32_t zones;   /* that it befell; 1 for a certificate */
    int64_t first_ns; /* when the first began */
    int64_t last_ns;  /* when the last was over; at_end: the end of the run */
    bool at_end;
};
struct metrics_lapse metrics_lapse(const struct metrics *metrics, uint32_t node,
                                   enum metrics_lapse_kind kind);

/* ---- alarms ----------------------------------------------------------------------------- */

struct metrics_alarm {
    uint32_t monitor, server, zone; /* server: TOPOLOGY_NONE if no node has the address */
    enum note_alarm kind;
    int64_t raised_ns, cleared_ns; /* -1: not until the end */
    int64_t since_ns; /* stale: when the monitor first saw it behind; otherwise as raised */
};

/* In order of raising. */
size_t metrics_alarm_count(const struct metrics *metrics);
struct metrics_alarm metrics_alarm(const struct metrics *metrics, size_t index);
const char *metrics_alarm_name(enum note_alarm kind); /* "silent", "broken", "stale" */

/* ---- traffic, for the graph ------------------------------------------------------------- */

/* Packets delivered from node to node; both directions apart. */
uint64_t metrics_packets(const struct metrics *metrics, uint32_t from, uint32_t to);

/* NODE (or SITE) was failed or stopped at some time; and is so at the end. */
struct metrics_outage {
    bool ever, at_end;
    uint32_t count; /* of times that it went down */
    int64_t first_ns, total_ns;
};
struct metrics_outage metrics_node_outage(const struct metrics *metrics, uint32_t node);
struct metrics_outage metrics_site_outage(const struct metrics *metrics, uint32_t site);
struct metrics_outage metrics_link_outage(const struct metrics *metrics, uint32_t site_a,
                                          uint32_t site_b);

#endif
