/*
 * The network between hosts: sites, what lies between them, who has which
 * address. Inside sim/ only; sim/run.h is the way in.
 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "sim/base/fixed.h"
#include "sim/packet.h"
#include "sim/run.h"

struct site {
    const char *name;
    fixed latitude, longitude; /* degrees */
    bool down;
};

/* One direction from a site to another. */
struct path {
    int64_t delay_ns;
    int64_t jitter_ns;
    uint32_t loss_ppb;
    bool down;
    bool blocks_tcp;
};

/* Who has an address. One holder: its own, or the only one to announce it. */
struct route {
    uint8_t ip[16];
    bool anycast;
    uint32_t count, capacity;
    struct sim_host **holders; /* in order of name once sealed */
    bool *announced;           /* by holder */
};

/* Packets from one host to another, where loss or jitter needs memory. */
struct flow {
    uint64_t hosts; /* sender << 32 | receiver; 0 is free */
    uint64_t key;
    uint64_t count;
    int64_t last_arrival_ns;
};

struct network {
    struct site *sites;
    size_t site_count, site_capacity;
    struct path *paths; /* from * site_count + to, once computed */
    struct link_setting *settings;
    size_t setting_count, setting_capacity;

    struct route *routes; /* in order of addition */
    size_t route_count, route_capacity;
    uint32_t *route_slots; /* index + 1 by hash of the ip */
    size_t route_slot_count;

    struct flow *flows;
    size_t flow_count, flow_capacity;
};

void network_free(struct network *network);

/* Sorts the holders of every address by name. */
void network_seal(struct sim *sim);

struct route *network_route(const struct network *network, const uint8_t ip[16]);

/* Adds HOST as a holder; false if a host's own address would be held twice. */
bool network_hold(struct sim_host *host, const uint8_t ip[16], bool anycast);

/* HOST's anycast routes appear or vanish; true if any did. */
bool network_announce(struct sim_host *host, bool announced);

static inline struct path *network_path(const struct network *network, uint32_t from, uint32_t to)
{
    return &network->paths[from * network->site_count + to];
}

/* A packet of SIZE octets of data, to be filled in and sent. */
struct packet *network_packet(struct sim_host *sender, enum ip_protocol protocol,
                              const struct address *source, const struct address *destination,
                              size_t size);

/* Routes, delays, loses; the network owns the packet from here. */
void network_send(struct sim_host *sender, struct packet *packet);

/* A packet's time has come: told to listeners, handed to its host, given back. */
void network_arrive(struct sim *sim, struct packet *packet);

#endif
