/*
 * Small worlds for the measurements: a zone, name servers and stubs on a network,
 * built straight on sim/ and nodes/, without the scenario language.
 */
#ifndef TESTS_BENCH_WORLD_H
#define TESTS_BENCH_WORLD_H

#include "nodes/server.h"
#include "nodes/stub.h"
#include "sim/run.h"

/* The zone example.com. with COUNT owners n0 .. of one A record each. One reference. */
struct zone *world_zone(uint32_t count);

/* As tests/bench/ns3_exchange.cc: stubs that ask servers directly over UDP. */
struct world_options {
    uint32_t stubs, servers, names;
    int64_t mean_gap_ns; /* of one stub */
    int64_t stop_ns;     /* no question after it; 0: none at all */
};

struct world {
    struct sim *sim;
    struct arena arena;
    struct zone_store *store;
    struct zone *zone;
    struct workload *workload;
    struct address *server_addresses;
    struct server_zone_config zone_config;
    struct server_config server_config;
    struct stub_config stub_config;
};

void world_build(struct world *world, const struct world_options *options);
void world_destroy(struct world *world);

#endif
