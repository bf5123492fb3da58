/*
 * Sending: which host a packet goes to, whether it gets there, and when.
 *
 * Loss and jitter are drawn from a stream of the pair of hosts, by count of its
 * packets, so that no other host's traffic changes them.
 */
#include "sim/network.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/internal.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8 };

static const int64_t loopback_delay_ns = 10 * NS_PER_US;

void network_free(struct network *network)
{
    for (size_t i = 0; i < network->route_count; i++) {
        free(network->routes[i].holders);
        free(network->routes[i].announced);
    }
    free(network->routes);
    free(network->route_slots);
    free(network->sites);
    free(network->settings);
    free(network->paths);
    free(network->flows);
}

struct packet *network_packet(struct sim_host *sender, enum ip_protocol protocol,
                              const struct address *source, const struct address *destination,
                              size_t size)
{
    struct packet *packet = packet_take(&sender->sim->packets, size);
    packet->protocol = (uint8_t)protocol;
    packet->source = *source;
    packet->destination = *destination;
    packet->sender = sender->id;
    return packet;
}

/* ---- flows ---------------------------------------------------------------------------- */

static struct flow *flow_slot(const struct network *network, uint64_t hosts)
{
    size_t mask = network->flow_capacity - 1;
    size_t i = (size_t)(hosts * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
    while (network->flows[i].hosts && network->flows[i].hosts != hosts)
        i = (i + 1) & mask;
    return &network->flows[i];
}

static void grow_flows(struct network *network)
{
    struct flow *old = network->flows;
    size_t old_capacity = network->flow_capacity;
    network->flow_capacity = old_capacity ? old_capacity * 2 : 64;
    network->flows = memory_zeroed(network->flow_capacity * sizeof *network->flows);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].hosts)
            *flow_slot(network, old[i].hosts) = old[i];
    free(old);
}

static struct flow *find_flow(struct sim *sim, const struct sim_host *from,
                              const struct sim_host *to)
{
    struct network *network = &sim->network;
    if (network->flow_count * 4 >= network->flow_capacity * 3)
        grow_flows(network);
    uint64_t hosts = (uint64_t)from->id << 32 | to->id;
    struct flow *flow = flow_slot(network, hosts);
    if (!flow->hosts) {
        network->flow_count++;
        *flow = (struct flow){
            .hosts = hosts,
            .key = random_key(sim->options.seed, from->name, to->name, "path"),
        };
    }
    return flow;
}

/* ---- fate ----------------------------------------------------------------------------- */

/* The nearest announcing holder; at equal distance the first by name. */
static struct sim_host *nearest(const struct sim *sim, const struct route *route, uint32_t site)
{
    struct sim_host *best = NULL;
    int64_t best_delay_ns = INT64_MAX;
    for (uint32_t i = 0; i < route->count; i++) {
        struct sim_host *holder = route->holders[i];
        int64_t delay_ns = network_path(&sim->network, site, holder->site)->delay_ns;
        if (route->announced[i] && delay_ns < best_delay_ns) {
            best = holder;
            best_delay_ns = delay_ns;
        }
    }
    return best;
}

static struct sim_host *receiver_of(const struct sim_host *sender, const struct packet *packet)
{
    struct route *route = network_route(&sender->sim->network, packet->destination.ip);
    if (!route)
        return NULL;
    if (!route->anycast)
        return route->holders[0];
    /* An announcing host is nearest to itself: its own answers to itself stay on it. */
    return nearest(sender->sim, route, sender->site);
}

static size_t size_on_wire(const struct packet *packet)
{
    size_t ip = address_is_ipv4(&packet->source) ? IPV4_HEADER : IPV6_HEADER;
    return ip + (packet->protocol == IP_UDP ? UDP_HEADER : 0) + packet->size;
}

/* When the last bit is on the line: packets of one host queue behind each other. */
static int64_t departure_ns(struct sim_host *sender, const struct packet *packet)
{
    struct sim *sim = sender->sim;
    int64_t begin_ns = sender->line_free_ns > sim->now_ns ? sender->line_free_ns : sim->now_ns;
    uint64_t bits = (uint64_t)size_on_wire(packet) * 8;
    sender->line_free_ns =
        begin_ns + (int64_t)(bits * (uint64_t)NS_PER_S / sim->options.access_bits_per_s);
    return sender->line_free_ns;
}

/* Decides fate and time of arrival on an open path. */
static void travel(struct sim_host *sender, struct sim_host *receiver, const struct path *path,
                   struct packet *packet)
{
    packet->arrival_ns =
        departure_ns(sender, packet) + (sender == receiver ? loopback_delay_ns : path->delay_ns);
    if ((path->loss_ppb == 0 && path->jitter_ns == 0) || sender == receiver)
        return;
    struct flow *flow = find_flow(sender->sim, sender, receiver);
    uint64_t luck = random_at(flow->key, flow->count++);
    if ((luck >> 32) * UINT64_C(1000000000) >> 32 < path->loss_ppb) {
        packet->fate = PACKET_LOST;
        return;
    }
    packet->arrival_ns += (int64_t)((luck & UINT32_MAX) * (uint64_t)path->jitter_ns >> 32);
    if (packet->arrival_ns < flow->last_arrival_ns)
        packet->arrival_ns = flow->last_arrival_ns;
    flow->last_arrival_ns = packet->arrival_ns;
}

static void decide(struct sim_host *sender, struct sim_host *receiver, struct packet *packet)
{
    packet->fate = PACKET_IN_FLIGHT;
    packet->receiver = receiver ? receiver->id : UINT32_MAX;
    if (!receiver) {
        packet->fate = PACKET_NO_ROUTE;
        return;
    }
    const struct network *network = &sender->sim->network;
    const struct path *path = network_path(network, sender->site, receiver->site);
    if (path->down || network->sites[receiver->site].down)
        packet->fate = PACKET_LINK_DOWN;
    else if (path->blocks_tcp && packet->protocol == IP_TCP)
        packet->fate = PACKET_BLOCKED;
    else
        travel(sender, receiver, path, packet);
}

/* ---- on the way ----------------------------------------------------------------------- */

static uint64_t content_hash(const struct packet *packet)
{
    uint64_t ports = (uint64_t)packet->source.port << 16 | packet->destination.port;
    return bytes_hash(packet->data, packet->size, ports << 8 | packet->protocol);
}

void network_send(struct sim_host *sender, struct packet *packet)
{
    struct sim *sim = sender->sim;
    packet->id = sim->next_packet++;
    packet->sent_ns = sim->now_ns;
    packet->ip_id = ++sender->ip_id;
    struct sim_host *receiver = receiver_of(sender, packet);
    decide(sender, receiver, packet);
    trace_hash_mix(&sim->hash, content_hash(packet),
                   (uint64_t)packet->fate << 56 ^ (uint64_t)packet->receiver << 24 ^ sender->id);
    sim->packet_counts.sent++;
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].sent)
            sim->listeners[i].sent(sim->listeners[i].context, packet);
    if (packet->fate != PACKET_IN_FLIGHT) {
        sim->packet_counts.lost++;
        packet_give(&sim->packets, packet);
        return;
    }
    queue_push(&sim->queue, packet->arrival_ns,
               event_order(receiver->id, sender->id, sender->event_count++),
               (uint64_t)(uintptr_t)packet | ENTRY_PACKET);
}

void network_arrive(struct sim *sim, struct packet *packet)
{
    struct sim_host *host = sim->hosts[packet->receiver - 1];
    bool waits = packet->protocol == IP_UDP && host->state && processor_must_wait(host);
    bool silent = host->condition == HOST_SILENT;
    bool heard = !silent && (!waits || processor_has_room(host));
    packet->fate = (uint8_t)(heard    ? PACKET_DELIVERED
                             : silent ? PACKET_HOST_SILENT
                                      : PACKET_QUEUE_FULL);
    if (heard)
        sim->packet_counts.delivered++;
    else
        sim->packet_counts.lost++;
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].arrived)
            sim->listeners[i].arrived(sim->listeners[i].context, packet, sim->now_ns);
    if (heard && waits) {
        processor_keep(host, packet);
        return;
    }
    if (heard)
        socket_arrived(host, packet);
    packet_give(&sim->packets, packet);
}
