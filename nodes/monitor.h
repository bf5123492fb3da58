/*
 * A monitor: asks name servers for the SOA of their zones at an interval, as the
 * probes of RSSAC047 do, and notices what an operator would be woken for: a server
 * that is silent, one that has lost its zone, one whose serial stays behind the
 * newest that any server has shown.
 */
#ifndef NODES_MONITOR_H
#define NODES_MONITOR_H

#include "nodes/host.h"

extern const struct node_type monitor_node;

/* One server asked for one zone. */
struct monitor_target {
    const uint8_t *zone;
    struct address server; /* with its port */
};

struct monitor_config {
    const struct monitor_target *targets;
    size_t target_count;
    int64_t interval_ns;    /* between two questions to a target; RSSAC047: 5 min */
    int64_t timeout_ns;     /* of a question, asked once; RSSAC047: 4 s */
    unsigned failures;      /* this many in a row raise an alarm; at least 1 */
    int64_t stale_after_ns; /* a serial behind the newest seen for longer than this raises one */
};

#endif
