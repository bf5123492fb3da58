/*
 * Which server a resolver asks next and how long it waits for it: smoothed round
 * trip times, retry timers and limits of real resolvers, one row per software.
 *
 * Only numbers live here: no messages, no sockets. All arithmetic is on integers.
 * What the rows do differently, and where it was read: docs/resolvers.md.
 */
#ifndef NODES_SELECT_H
#define NODES_SELECT_H

#include "nodes/dns/name.h"
#include "nodes/resolver.h"
#include "sim/base/table.h"

/* One row. 0 in a limit: none. */
struct select_policy {
    const char *name;
    int64_t lookup_ns;        /* all of one lookup, then it has failed */
    unsigned lookup_sends;    /* queries of one lookup */
    unsigned request_sends;   /* queries of all lookups that one client's question leads to */
    unsigned address_sends;   /* queries to one address within one lookup */
    unsigned depth;           /* lookups for the sake of lookups */
    unsigned requests;        /* clients that wait at once; the oldest gets SERVFAIL beyond it */
    unsigned address_lookups; /* for name servers' addresses, begun at once by one lookup */
    int64_t tcp_wait_ns;      /* a query over TCP: connecting and answering */
    uint32_t failure_ttl_s;   /* RFC 9520 */
    uint32_t max_negative_ttl_s;
    int64_t discard_ns; /* a client that waited longer gets no reply at all */
};

extern const struct select_policy select_policies[RESOLVER_SOFTWARE_COUNT];

/* What is remembered about one server's address (Unbound: about an address for a zone). */
struct select_server {
    struct select_server *newer, *older; /* by creation */
    struct bytes key;
    struct address address; /* port 53 */
    uint32_t references;
    bool edns_seen;    /* answered a query with EDNS */
    bool edns_refused; /* said FORMERR to EDNS: ask without */
    union {
        struct {
            uint32_t srtt_us;
            int64_t aged_s; /* the second in which it was aged last */
        } bind;
        struct {
            int32_t srtt_ms, variation_ms, rto_ms;
            int64_t expires_s;
            int64_t probe_s;     /* others do not ask before this second; 0: free */
            uint8_t timeouts[3]; /* in a row, for A, AAAA and other questions */
        } unbound;
        struct {
            int64_t srtt_us, variation_us; /* both 0: never measured */
            int64_t dead_until_ns;
            uint32_t timeouts; /* in a row */
        } rfc;
    };
};

struct select {
    enum resolver_software software;
    const struct select_policy *policy;
    struct table servers;
    struct select_server *newest, *oldest;
};

/* A server as one lookup sees it. */
struct select_choice {
    struct select_server *server; /* one reference */
    int64_t wait_ns;              /* of the query sent last */
    uint8_t sends;
    bool tried;    /* in this pass over the list */
    bool unusable; /* lame for this lookup */
    bool hurried;  /* asked out of curiosity: its wait was cut, so a timeout proves nothing */
};

enum { SELECT_CHOICES_MAX = 32 };

/* The servers of the zone that a lookup is at. All zero is empty. */
struct select_round {
    struct select_choice choices[SELECT_CHOICES_MAX];
    size_t count;
    unsigned pass; /* over the address lists of this lookup, from 1 */
    uint16_t qtype;
};

enum { SELECT_NONE = SELECT_CHOICES_MAX };

void select_init(struct select *select, enum resolver_software software);
void select_free(struct select *select); /* no round is in use any more */

/* Adds ADDRESS as a server of ZONE unless it is there or the round is full. */
void select_add(struct select *select, struct select_round *round, const struct address *address,
                const uint8_t *zone, const struct host_event *event);

/* Empties the round; the count of passes goes on. */
void select_clear(struct select_round *round);

/* Picks the server to ask now, counts the query to it and sets its wait_ns. SELECT_NONE: no
 * server may be asked any more. Draws from the event's random numbers. */
size_t select_next(const struct select *select, struct select_round *round,
                   const struct host_event *event);

/* The server with INDEX has answered after RTT_NS; it may have said anything. */
void select_answered(const struct select *select, struct select_round *round, size_t index,
                     int64_t rtt_ns, const struct host_event *event);

/* It has not answered within its wait_ns. */
void select_timed_out(const struct select *select, struct select_round *round, size_t index,
                      const struct host_event *event);

#endif
