/*
 * What happened in a run, for people: the few events that someone would tell.
 *
 * Failures and recoveries, routes withdrawn and announced again, versions
 * published, changes that failed or wait, what operators did, certificates renewed or run
 * out, zones that expired or came back, signatures that ran out, members of catalogs that come and
 * go, the first failed transfer of a row, alarms of monitors, clients whose look-ups fail. Hosts
 * that the same thing befalls at the same instant (a client group, an anycast server) are one
 * entry. events.jsonl has everything.
 */
#ifndef REPORTS_TIMELINE_H
#define REPORTS_TIMELINE_H

#include "reports/metrics.h"
#include "reports/topology.h"
#include "sim/trace.h"

/* In order of weight: the first ones matter most where there is little room. */
enum timeline_kind {
    TIMELINE_FAILED,  /* host, site or link */
    TIMELINE_STOPPED, /* host */
    TIMELINE_BLOCKED, /* TCP on a link */
    TIMELINE_CLOCK,   /* of a host, set wrong or right */
    TIMELINE_RECOVERED,
    TIMELINE_EXPIRED,         /* zone on node */
    TIMELINE_SIGNATURES_OUT,  /* of a zone on node, have run out */
    TIMELINE_CERTIFICATE_OUT, /* a server's has run out */
    TIMELINE_LOOKUPS_FAIL,    /* of a client group: an outage, from now to until_ns */
    TIMELINE_CHANGE_FAILED,
    TIMELINE_CATALOG_BROKEN,  /* a version of a catalog zone, on node */
    TIMELINE_MEMBER_REFUSED,  /* by node: a zone that its catalog lists */
    TIMELINE_MEMBER_REMOVED,  /* from node, with all it had of the zone */
    TIMELINE_MEMBER_ADDED,    /* to node, but for those that it starts with */
    TIMELINE_MEMBER_MOVED,    /* to another catalog, on node */
    TIMELINE_UNHEARD,         /* a command for a host that was down */
    TIMELINE_COMMAND,         /* an operator's, about a zone on a node */
    TIMELINE_SIGNING_PUT_OFF, /* by node, the first since it has signed */
    TIMELINE_CHANGE_WAITS,    /* of a zone that is frozen on node */
    TIMELINE_RENEWED,         /* a server's certificate */
    TIMELINE_PUBLISHED,       /* version of zone by node */
    TIMELINE_SERVING,         /* again, after it had expired */
    TIMELINE_FIRST_SERVING,   /* after it could not be had at first */
    TIMELINE_ALARM,           /* raised by a monitor */
    TIMELINE_WITHDRAWN,       /* an anycast route, but for those of the hierarchy */
    TIMELINE_ANNOUNCED,
    TIMELINE_TRANSFER_FAILED, /* the first since the last success */
    TIMELINE_KIND_COUNT
};

struct timeline_entry {
    int64_t at_ns; /* since the start of the run */
    enum timeline_kind kind;
    const char *what;      /* node, site, link ("fra-sin") or server group */
    uint32_t zone;         /* index, the first of several; TOPOLOGY_NONE: not about a zone */
    uint32_t more_zones;   /* SIGNATURES_OUT, MEMBER_...: of which the same is true */
    uint32_t serial;       /* of PUBLISHED, EXPIRED, SERVING, FIRST_SERVING, CHANGE_WAITS */
    uint32_t count;        /* nodes or clients that it befell, 1 or more */
    const char *reason;    /* of CHANGE_FAILED, CATALOG_BROKEN, MEMBER_REFUSED, MEMBER_REMOVED,
                              SIGNING_PUT_OFF, TRANSFER_FAILED; COMMAND: why refused, or NULL */
    const char *command;   /* COMMAND, UNHEARD */
    int64_t ahead_ns;      /* CLOCK: of true time */
    const char *peer;      /* TRANSFER_FAILED: from whom, ALARM: on whom; or NULL */
    enum note_alarm alarm; /* ALARM */
    int64_t until_ns;      /* LOOKUPS_FAIL: when the last one of them started */
    int64_t share_ppb;     /* LOOKUPS_FAIL: of those in between */
};

struct timeline;

/* TOPOLOGY is borrowed. */
struct timeline *timeline_create(const struct topology *topology);
struct trace_listener timeline_listener(struct timeline *timeline);
void timeline_destroy(struct timeline *timeline);

/* At the end of the run, END_NS after its start: adds what no note tells of when it happens, and
 * puts all in order of time. */
void timeline_finish(struct timeline *timeline, const struct metrics *metrics, int64_t end_ns);

/* In order of time once finished. Entries live as long as TIMELINE. */
size_t timeline_count(const struct timeline *timeline);
const struct timeline_entry *timeline_at(const struct timeline *timeline, size_t index);

#endif
