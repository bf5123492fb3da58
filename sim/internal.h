/*
 * What the files of sim/ share and nobody else sees: the run itself, and the
 * entries of its queue.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim/base/table.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/queue.h"
#include "sim/run.h"
#include "sim/trace_hash.h"

enum { SIM_LISTENERS_MAX = 8 };

struct stage_action {
    void (*action)(void *context);
    void *context;
};

struct sim {
    struct sim_options options;
    int64_t now_ns;
    uint64_t event_count;
    struct sim_packet_counts packet_counts;
    bool sealed;

    struct arena arena; /* names */
    struct queue queue;
    struct packet_pool packets;
    uint64_t next_packet;
    struct network network;
    struct outbox outbox; /* of the host being handled: one at a time */

    struct sim_host **hosts; /* by id - 1 once sealed */
    size_t host_count, host_capacity;
    struct table host_names;

    struct stage_action *stage;
    size_t stage_count, stage_capacity;

    struct trace_listener listeners[SIM_LISTENERS_MAX];
    unsigned listener_count;
    struct trace_hash hash;
    void (*event_log)(void *context, int64_t now_ns, uint32_t host, uint64_t hash);
    void *event_log_context;
};

/* What a queue entry's payload says: a tag in the low three bits. */
enum entry_tag { ENTRY_PACKET, ENTRY_TIMER, ENTRY_TCP_TIMER, ENTRY_STAGE, ENTRY_PROCESSOR };

/* The order among events of one instant: receiver's rank, sender's rank, the sender's count. Rank 0
 * is the stage. A count that wraps at 2^24 within one instant only changes who comes first. */
static inline uint64_t event_order(uint32_t receiver, uint32_t sender, uint32_t count)
{
    return (uint64_t)receiver << 44 | (uint64_t)sender << 24 | (count & 0xffffff);
}

/* Sets or moves the one queued wake-up for a deadline. An entry that stands earlier already is left
 * to fire and be set again; entries are never taken out. */
void fault_tell_unheard(struct sim_host *host, const char *command); /* (fault.c) */
void sim_wake_host(struct sim_host *host, enum entry_tag tag, int64_t at_ns);

/* A packet has come to its receiver (sim/socket.c). */
void socket_arrived(struct sim_host *host, const struct packet *packet);

#endif
