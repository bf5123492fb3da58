/*
 * Work that waits its turn on a server with many zones: SOA checks, transfers and
 * NOTIFYs, each in the order in which it became due, within the limits of the
 * policy and the configuration. Nothing here costs more than a constant per step.
 *
 * Without limits everything begins at once, within the call that asks for it.
 */
#ifndef NODES_SERVER_WORK_H
#define NODES_SERVER_WORK_H

#include "nodes/deadlines.h"
#include "nodes/server_policy.h"

struct server;
struct server_zone;
struct notify_target;

struct work_queue;

/* A place in a queue, embedded in what waits. All zero: waits for nothing. */
struct work {
    struct work *previous, *next;
    struct work_queue *queue; /* NULL: waits for nothing */
    void *owner;
};

/* First come, first served. All zero is empty. */
struct work_queue {
    struct work *first, *last;
};

/* How far a rate has been used. */
struct work_pace {
    struct server_rate rate;
    int64_t tick_ns, tick_end_ns; /* the last tick, and the one after it */
    unsigned released;            /* at the last tick */
    bool held;                    /* something waits for the next */
    struct deadline deadline;     /* of the next tick, while something waits for it */
};

/* A host that zones are fetched from. */
struct server_source {
    uint8_t ip[16];
    unsigned transfers;           /* running */
    struct work_queue waiting;    /* zones */
    struct work turn;             /* it has waiting zones and may run one more */
    unsigned unreachable_times;   /* it could not be connected to, */
    int64_t unreachable_until_ns; /* which is remembered so long */
    int64_t no_ixfr_until_ns;     /* it does not know IXFR */
    unsigned ixfr_faults;         /* bad answers to IXFR over UDP since then */
};

/* Limits in force, and what they hold back. */
struct server_work {
    unsigned transfers_in_max, transfers_per_source, transfers_out_max, checks_max; /* 0: none */
    unsigned transfers_in, transfers_out, checks;                                   /* running */
    struct work_pace check_pace, notify_pace;
    struct work_queue waiting_checks, waiting_notifies; /* zones; targets */
    struct work_queue turns;                            /* sources */
    bool releasing; /* transfers: one that fails at once must not start the next from within */
};

void server_work_init(struct server *server);

/* ZONE wants to ask its source for news over UDP: secondary_probe_begin is called when it may. Each
 * begin is followed by one server_work_check_ended. */
void server_work_check(struct server_zone *zone);
void server_work_check_ended(struct server *server);

/* ZONE wants to connect to its source: secondary_transfer_connect is called when it may. Each is
 * followed by one server_work_transfer_ended with the same source. */
void server_work_transfer(struct server_zone *zone);
void server_work_transfer_ended(struct server *server, struct server_source *source);

/* TARGET is to be told: notify_send_first is called when it may be. */
void server_work_notify(struct server *server, struct notify_target *target);

/* ZONE, or TARGET, waits for nothing any more: it is about to go. */
void server_work_forget_zone(struct server_zone *zone);
void server_work_forget_target(struct notify_target *target);

/* A tick that work waited for. */
void server_work_due(struct server *server, unsigned kind);

/* What is known of the source at ADDRESS, which must be one of the configuration's. */
struct server_source *server_work_source(struct server *server, const struct address *address);

/* ZONE's source does not know IXFR: it is asked for AXFR for as long as the policy says. */
void server_work_avoid_ixfr(struct server_zone *zone);

/* A bad answer to IXFR over UDP; true: it was the last that the policy allows, and AXFR is next. */
bool server_work_ixfr_fault(struct server_zone *zone);

/* It could not be connected to, as of now. */
void server_work_unreachable(struct server *server, struct server_source *source);

/* That happened so often of late that there is no use in trying. */
bool server_work_is_unreachable(const struct server *server, const struct server_source *source);

#endif
