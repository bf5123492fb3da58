/*
 * A recursive resolver (RFC 1034 section 5.3.3): takes questions from stubs, asks
 * the authoritative servers from the root down, and remembers what it learns (RFC
 * 2181 section 5.4.1, RFC 2308). Which server it asks and how long it waits follow
 * a choice of real software, since that decides what users feel in an outage.
 *
 * It does not validate DNSSEC, prefetch, serve stale data (RFC 8767) or minimise
 * query names (RFC 9156).
 */
#ifndef NODES_RESOLVER_H
#define NODES_RESOLVER_H

#include "nodes/host.h"

/* Whose server selection, retry timers and limits it has: nodes/select.h. */
enum resolver_software {
    RESOLVER_RFC, /* what the RFCs ask for, near Knot Resolver's ways */
    RESOLVER_BIND_9_18,
    RESOLVER_BIND_9_20,
    RESOLVER_UNBOUND,
    RESOLVER_SOFTWARE_COUNT
};

/* A root server to begin with (RFC 8109); the list is replaced by what the root itself says. */
struct resolver_hint {
    const uint8_t *name;    /* wire format */
    struct address address; /* its port is not used: always 53 */
};

/* Everything pointed to outlives the node. Zero fields take the default. */
struct resolver_config {
    const struct resolver_hint *hints;
    size_t hint_count;
    enum resolver_software software;
    /* Serves UDP and TCP here. All zero: port 53 of all addresses of the host. */
    struct address listen;
    bool ipv6;             /* asks name servers over IPv6 too, and looks for their AAAA */
    bool dnssec_ok;        /* sets DO in its queries: answers grow as for a validating resolver */
    int64_t work_ns;       /* what a client's question costs the host's processor; 0: nothing */
    size_t cache_size_max; /* octets; 64 MiB */
    uint32_t max_ttl_s;    /* 86400 */
    uint32_t max_negative_ttl_s; /* 10800 (RFC 2308 section 5), unbound 3600 */
};

extern const struct node_type resolver_node;

#endif
