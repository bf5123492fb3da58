/*
 * Three sites with a few probes on them, for tests of the network: Frankfurt (0),
 * Ashburn (1), Singapore (2).
 */
#ifndef TESTS_SUPPORT_SMALL_NETWORK_H
#define TESTS_SUPPORT_SMALL_NETWORK_H

#include "sim/run.h"
#include "tests/support/probe.h"

enum { SMALL_NETWORK_PORT = 53, SMALL_NETWORK_HOSTS = 4 };

struct small_network {
    struct sim *sim;
    struct probe probes[SMALL_NETWORK_HOSTS];
    struct sim_host *hosts[SMALL_NETWORK_HOSTS];
    unsigned count;
};

/* FRA_IAD: what lies between Frankfurt and Ashburn, or NULL for their distance. */
void small_network_begin(struct small_network *network, uint64_t seed,
                         const struct sim_link *fra_iad);
void small_network_end(struct small_network *network);

/* 192.0.2.1 for the first host, and so on; port 53. */
struct address small_network_address(unsigned index);

typedef void probe_act(struct probe *probe, const struct host_event *event, struct outbox *out);

/* A probe with its address; returns its index. */
unsigned small_network_add(struct small_network *network, const char *name, uint32_t site,
                           probe_act *act);

void small_network_run(struct small_network *network, int64_t for_ns);

/* What probes can do: bind port 53; and send back what comes. */
probe_act small_network_listen;
probe_act small_network_echo;

/* Sends COUNT datagrams of four octets, their number, one every EVERY_NS. Its context: */
struct sending {
    struct address to;
    unsigned count;
    int64_t every_ns;
    unsigned sent;
    uint32_t socket;
};
probe_act small_network_send;

#endif
