/*
 * What a run consists of, for the reports: sites, nodes, zones and how they are
 * meant to be connected. Filled in by whoever builds the run, before it starts;
 * everything outlives the reports.
 */
#ifndef REPORTS_TOPOLOGY_H
#define REPORTS_TOPOLOGY_H

#include "nodes/note.h"
#include "sim/base/fixed.h"
#include "sim/base/table.h"

enum topology_kind { TOPOLOGY_SERVER, TOPOLOGY_RESOLVER, TOPOLOGY_CLIENTS, TOPOLOGY_MONITOR };

enum { TOPOLOGY_NONE = UINT32_MAX };

struct topology_site {
    const char *name;
    bool has_location;
    fixed latitude, longitude; /* degrees */
};

/* A link that the scenario names; other pairs of sites have the delay of their distance. */
struct topology_link {
    uint32_t sites[2];
    int64_t delay_ns; /* one way, as used */
    int64_t jitter_ns;
    uint32_t loss_ppb;
};

/* An instance of a server or resolver, or a whole client group. In order of name. */
struct topology_node {
    const char *name;  /* "ns2.iad", "isp-eu", "eu-users" */
    const char *group; /* "ns2": what the scenario calls it; same as name without instances */
    enum topology_kind kind;
    bool of_hierarchy; /* a root or TLD server that `hierarchy: auto` made */
    uint32_t site;
    uint32_t host_count; /* clients; 1 otherwise */
    const struct address *addresses;
    size_t address_count; /* own ones of all its hosts */
    const struct address *anycast;
    size_t anycast_count;
    const uint32_t *asks; /* clients: nodes that they are configured with */
    size_t asks_count;
    const uint32_t *primary_of; /* servers: zones that they are the primary of */
    size_t primary_count;
    bool named; /* servers: an NS record of a zone that they hold names them; if not, hidden */
};

/* A zone in the scenario (those of the hierarchy are included, marked). */
struct topology_zone {
    const uint8_t *origin;
    const char *name; /* presentation format with final dot */
    bool of_hierarchy;
};

/* SECONDARY is configured to fetch ZONE from SOURCE; RANK counts from 0 in order of trying. */
struct topology_feed {
    uint32_t zone, source, secondary, rank;
};

struct topology {
    const char *scenario;
    const char *description;
    uint64_t seed;
    int64_t start_ns, duration_ns;
    const struct topology_site *sites;
    size_t site_count;
    const int64_t *delays_ns; /* one way, site * site_count + site */
    const struct topology_link *links;
    size_t link_count;
    const struct topology_node *nodes;
    size_t node_count;
    const struct topology_zone *zones;
    size_t zone_count;
    const struct topology_feed *feeds;
    size_t feed_count;
    const uint32_t *host_nodes; /* by host id: index into nodes */
    size_t host_count;          /* ids go from 1 to host_count; host_nodes has one more entry */
};

/* The node that has ADDRESS as its own, TOPOLOGY_NONE if none. For an anycast address: the node
 * that is TOPOLOGY_NONE too, since several have it. */
uint32_t topology_node_of_address(const struct topology *topology, const struct address *address);

/* The node by name, TOPOLOGY_NONE if none; likewise the zone by origin. */
uint32_t topology_find_node(const struct topology *topology, const char *name);
uint32_t topology_find_zone(const struct topology *topology, struct bytes origin);

/* ---- for listeners, which ask often ------------------------------------------------------ */

/* The same by hash table. TOPOLOGY is borrowed. */
struct topology_index {
    const struct topology *topology;
    struct table addresses, zones;
};

void topology_index_build(struct topology_index *index, const struct topology *topology);
void topology_index_free(struct topology_index *index);
uint32_t topology_index_node(const struct topology_index *index, const struct address *address);
uint32_t topology_index_zone(const struct topology_index *index, struct bytes origin);

/* What a fault befell, from the name that trace_listener tells. */
enum topology_place_kind {
    TOPOLOGY_NOWHERE,
    TOPOLOGY_AT_NODE, /* index: of the node; a client's ("eu-users.17") is its group's */
    TOPOLOGY_AT_SITE, /* index: of the site */
    TOPOLOGY_ON_LINK, /* index and other: of the sites at its ends, as named */
};

struct topology_place {
    enum topology_place_kind kind;
    uint32_t index, other;
};

struct topology_place topology_find_place(const struct topology *topology, const char *what);

#endif
