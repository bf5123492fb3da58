/*
 * The stage: a checked scenario turned into a run that can start.
 *
 * Zone files are read, hosts get their addresses, the hierarchy is made, nodes are
 * configured, the timeline is scheduled. What is wrong is said with file and line
 * before anything runs.
 */
#ifndef SCENARIOS_STAGE_STAGE_H
#define SCENARIOS_STAGE_STAGE_H

#include "nodes/server.h"
#include "reports/topology.h"
#include "scenarios/scenario.h"
#include "sim/base/table.h"
#include "sim/run.h"

/* A server of the scenario, or one that the hierarchy adds. */
struct stage_server {
    const char *name;
    const struct scenario_server *source; /* NULL: of the hierarchy */
    uint32_t first_member, member_count;
    const uint32_t *hierarchy_zones; /* indices into stage zones */
    size_t hierarchy_zone_count;
    bool named; /* by an NS record of a zone that it holds */
};

/* One host, or the hosts of a client group. Members stand in order: servers, resolvers, clients. */
struct stage_member {
    const char *name;
    enum topology_kind kind;
    uint32_t source; /* index of the stage server, scenario resolver, scenario clients */
    uint32_t site;
    const struct scenario_instance *instance; /* NULL: clients, hierarchy */
    uint32_t host_count;
    struct address *addresses; /* host_count times addresses_per_host */
    size_t addresses_per_host;
    struct address *anycast;
    size_t anycast_count;
    struct sim_host **hosts;
    uint32_t node; /* index in the topology */
};

struct stage_zone {
    const uint8_t *origin;
    const char *name;
    const struct scenario_zone *source;   /* NULL: of the hierarchy */
    struct zone *zone;                    /* held by the stage */
    uint32_t default_ttl;                 /* of what is added without one */
    struct signing_key *key;              /* its primaries sign it; NULL: they do not */
    const struct server_signing *signing; /* with it; likewise */
    const bool *listed; /* a catalog: by index of the scenario's zones, whether it may list it */
};

/* A change of a zone on the timeline, parsed. */
struct stage_change {
    int64_t at_ns; /* since the start */
    const struct scenario_event *event;
    const char *command;         /* of the server: to change, or an operator's word */
    struct reference on;         /* the server or instance told */
    struct server_change change; /* its replacement, if any, held by the stage */
};

struct stage {
    const struct scenario *scenario;
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct zone_store *store;
    struct tsig_key *keys; /* in the scenario's order */
    struct tls *tls;       /* NULL: nobody speaks it */
    struct tls_certificate *authority;
    struct tls_certificate **certificates; /* by server, then by timeline entry that renews; NULL */
    struct stage_zone *zones;              /* the scenario's in its order, then the hierarchy's */
    size_t zone_count;
    struct table origins;         /* index + 1 by origin */
    struct stage_server *servers; /* likewise */
    size_t server_count;
    struct stage_member *members;
    size_t member_count;
    bool uses_ipv6;
    const struct workload **workloads; /* by client group */
    struct stage_change *changes;      /* those of the timeline in its order */
    size_t change_count, change_capacity;
    struct sim *sim;
    struct topology topology;
};

/* Builds everything up to and including sim_seal; nothing has run yet. NULL after errors in
 * DIAGNOSTICS. Lives until stage_destroy; the arena and the scenario outlive it. */
struct stage *stage_build(const struct scenario *scenario, struct arena *arena,
                          struct diagnostics *diagnostics);
void stage_destroy(struct stage *stage);

/* Advice on a built stage: monitors that watch nothing, name servers that nobody plays, and what
 * can be foreseen of its changes. */
void stage_advise(struct stage *stage);

/* MEMBER is the instance, or one of the instances, that REFERENCE names. */
bool stage_is_meant(const struct stage_member *member, const struct reference *reference);

/* What MEMBER's hosts run, and with which configuration; for hosts outside the run too. */
const struct node_type *stage_node_type(const struct stage_member *member);
const void *stage_node_config(struct stage *stage, const struct stage_member *member);

/* What goes with the command: the change, or the zone's name alone. */
struct bytes stage_command_bytes(const struct stage_change *change);

/* By how much its clock is ahead at the start. */
int64_t stage_clock_offset_ns(const struct stage *stage, const struct stage_member *member);

#endif
