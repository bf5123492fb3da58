/*
 * A stub resolver with a user behind it (RFC 1034 section 5.3.1): questions at
 * random times, sent to the servers of its resolv.conf the way glibc does it.
 *
 * glibc: servers in order, ATTEMPTS rounds; the wait for the i-th server is
 * timeout * 2^i, for all but the first divided by their number and in whole seconds. SERVFAIL,
 * REFUSED, NOTIMP and ICMP unreachable move on at once. A truncated answer is asked for again over
 * TCP. It keeps no cache.
 */
#ifndef NODES_STUB_H
#define NODES_STUB_H

#include "nodes/host.h"
#include "nodes/workload.h"

extern const struct node_type stub_node;

enum { STUB_SERVERS_MAX = 3 /* glibc's MAXNS: asked in one look-up */ };

/* Shared by all stubs of a group; outlives them. */
struct stub_config {
    const struct workload *workload;
    const struct address *servers; /* with ports */
    size_t server_count;
    bool any_server;        /* starts at one drawn anew for each look-up, instead of the first */
    bool recursion_desired; /* RD */
    uint16_t edns_size;     /* 0: no EDNS, as glibc by default */
    int64_t mean_gap_ns;    /* between questions of one stub; exponentially distributed */
    int64_t timeout_ns;     /* of the first server */
    unsigned attempts;
    int64_t start_ns, stop_ns; /* on mono_ns: when questions begin and end */
};

#endif
