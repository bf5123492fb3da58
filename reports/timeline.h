/*
 * What happened in a run, for people: the few events that someone would tell.
 *
 * Failures and recoveries, routes withdrawn and announced again, versions
 * published, changes that failed, what operators did, certificates renewed, zones that expired or
 * came back, the first failed transfer of a row, alarms of monitors. Hosts that the same thing
 * befalls at the same instant (a client group, an anycast server) are one entry. events.jsonl has
 * everything.
 */
#ifndef REPORTS_TIMELINE_H
#define REPORTS_TIMELINE_H

#include "reports/topology.h"
#include "sim/trace.h"

/* In order of weight: the first ones matter most where there is little room. */
enum timeline_kind {
    TIMELINE_FAILED,  /* host, site or link */
    TIMELINE_STOPPED, /* host */
    TIMELINE_BLOCKED, /* TCP on a link */
    TIMELINE_CLOCK,   /* of a host, set wrong or right */
    TIMELINE_RECOVERED,
    TIMELINE_EXPIRED, /* zone on node */
    TIMELINE_CHANGE_FAILED,
    TIMELINE_CATALOG_BROKEN, /* a version of a catalog zone, on node */
    TIMELINE_MEMBERS,        /* a version of a catalog zone lists more or fewer than before */
    TIMELINE_UNHEARD,        /* a command for a host that was down */
    TIMELINE_COMMAND,        /* an operator's, about a zone on a node */
    TIMELINE_RENEWED,        /* a server's certificate */
    TIMELINE_PUBLISHED,      /* version of zone by node */
    TIMELINE_SERVING,        /* again, after it had expired */
    TIMELINE_FIRST_SERVING,  /* after it could not be had at first */
    TIMELINE_ALARM,          /* raised by a monitor */
    TIMELINE_WITHDRAWN,      /* an anycast route, but for those of the hierarchy */
    TIMELINE_ANNOUNCED,
    TIMELINE_TRANSFER_FAILED, /* the first since the last success */
    TIMELINE_KIND_COUNT
};

struct timeline_entry {
    int64_t at_ns; /* since the start of the run */
    enum timeline_kind kind;
    const char *what;    /* node, site, link ("fra-sin") or server group */
    uint32_t zone;       /* index; TOPOLOGY_NONE: not about a zone */
    uint32_t serial;     /* of PUBLISHED, EXPIRED, SERVING, FIRST_SERVING */
    uint32_t count;      /* nodes or clients that it befell, 1 or more */
    const char *reason;  /* of CHANGE_FAILED, CATALOG_BROKEN, TRANSFER_FAILED; COMMAND: why refused,
                            or NULL */
    const char *command; /* COMMAND, UNHEARD */
    int64_t ahead_ns;    /* CLOCK: of true time */
    const char *peer;    /* TRANSFER_FAILED: from whom, ALARM: on whom; or NULL */
    enum note_alarm alarm;            /* ALARM */
    uint32_t members, members_before; /* MEMBERS */
};

struct timeline;

/* TOPOLOGY is borrowed. */
struct timeline *timeline_create(const struct topology *topology);
struct trace_listener timeline_listener(struct timeline *timeline);
void timeline_destroy(struct timeline *timeline);

/* In order of time. Entries live as long as TIMELINE. */
size_t timeline_count(const struct timeline *timeline);
const struct timeline_entry *timeline_at(const struct timeline *timeline, size_t index);

#endif
