/*
 * One node of a scenario on real sockets (libuv): the same code that runs in the
 * simulator answers dig, and transfers zones with NSD, Knot DNS or BIND.
 *
 * The node goes on thinking in the scenario's addresses. Where a peer really is,
 * the map says; what comes from anywhere else keeps its real address. Time is
 * real, and so is the disk, if a directory is given.
 */
#ifndef SCENARIOS_LIVE_LIVE_H
#define SCENARIOS_LIVE_LIVE_H

#include "scenarios/options.h"
#include "scenarios/stage/stage.h"

/* NODE of the scenario (a server, a resolver, or one of their instances) is really at ADDRESS. */
struct live_peer {
    const struct stage_member *member;
    struct address address;
    bool tls; /* of its port 853; else of its port 53 */
};

struct live_options {
    const struct stage *stage;
    const struct stage_member *member; /* the node to run */
    struct address listen;             /* where its port 53 is */
    struct address listen_tls;         /* where its port 853 is; port 0: nowhere */
    const struct live_peer *peers;
    size_t peer_count;
    const char *state; /* directory for its disk; NULL: none, everything is forgotten */
    bool quiet;
};

/* Serves until SIGINT or SIGTERM. MACHINE after a sentence on stderr if a socket can't be bound or
 * the directory not be used. */
enum exit_code live_serve(const struct live_options *options);

#endif
