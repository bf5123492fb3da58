/* Building a run, and the loop. */
#include "sim/run.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/internal.h"
#include "sim/socket.h"

struct sim_options sim_default_options(void)
{
    return (struct sim_options){
        .seed = 1,
        .start_ns = INT64_C(1767225600) * NS_PER_S, /* 2026-01-01T00:00:00Z */
        .path_stretch = fixed_from_ratio(3, 2),
        .local_delay_ns = 200 * NS_PER_US,
        .access_bits_per_s = UINT64_C(1000000000),
        .withdraw_after_ns = 30 * NS_PER_S,
    };
}

struct sim *sim_create(const struct sim_options *options)
{
    struct sim *sim = memory_zeroed(sizeof *sim);
    sim->options = *options;
    sim->now_ns = options->start_ns;
    queue_init(&sim->queue, options->start_ns);
    trace_hash_init(&sim->hash);
    return sim;
}

/* ---- building --------------------------------------------------------------------------- */

struct sim_host *sim_add_host(struct sim *sim, const char *name, uint32_t site,
                              const struct node_type *type, const void *config)
{
    assert(!sim->sealed && sim->network.paths && sim->host_count < SIM_HOSTS_MAX &&
           site < sim->network.site_count);
    struct sim_host *host = memory_zeroed(sizeof *host);
    host->sim = sim;
    host->name = arena_text(&sim->arena, name);
    host->site = site;
    host->type = type;
    host->config = config;
    host->timer_ns = host->timer_queued_ns = TIME_NEVER;
    host->tcp_timer_ns = host->tcp_timer_queued_ns = TIME_NEVER;
    memory_reserve(sim->hosts, sim->host_count, sim->host_capacity);
    sim->hosts[sim->host_count++] = host;
    return host;
}

static void keep_address(struct sim_host *host, const struct address *address)
{
    host->addresses =
        memory_resize(host->addresses, (host->address_count + 1) * sizeof *host->addresses);
    host->addresses[host->address_count] = *address;
    host->addresses[host->address_count++].port = 0;
}

bool sim_host_add_address(struct sim_host *host, const struct address *address)
{
    assert(host->address_count == host->own_address_count && "own addresses come first");
    if (!network_hold(host, address->ip, false))
        return false;
    keep_address(host, address);
    host->own_address_count++;
    return true;
}

bool sim_host_announce(struct sim_host *host, const struct address *address)
{
    if (!network_hold(host, address->ip, true))
        return false;
    keep_address(host, address);
    return true;
}

void sim_host_set_clock_offset(struct sim_host *host, int64_t offset_ns)
{
    host->clock_offset_ns = offset_ns;
}

void sim_add_listener(struct sim *sim, const struct trace_listener *listener)
{
    assert(sim->listener_count < SIM_LISTENERS_MAX);
    sim->listeners[sim->listener_count++] = *listener;
}

void sim_set_event_log(struct sim *sim,
                       void (*log)(void *context, int64_t now_ns, uint32_t host, uint64_t hash),
                       void *context)
{
    sim->event_log = log;
    sim->event_log_context = context;
}

void sim_host_set_queue(struct sim_host *host, size_t datagrams)
{
    host->processor.queue_max = datagrams;
}

static int by_name(const void *a, const void *b)
{
    struct sim_host *const *x = a;
    struct sim_host *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static void start_all(void *context)
{
    struct sim *sim = context;
    for (size_t i = 0; i < sim->host_count; i++)
        occupant_start(sim->hosts[i]);
}

void sim_seal(struct sim *sim)
{
    qsort(sim->hosts, sim->host_count, sizeof *sim->hosts, by_name);
    for (size_t i = 0; i < sim->host_count; i++) {
        sim->hosts[i]->id = (uint32_t)i + 1;
        assert(i == 0 || strcmp(sim->hosts[i - 1]->name, sim->hosts[i]->name) != 0);
    }
    network_seal(sim);
    sim->sealed = true;
    sim_at(sim, sim->now_ns, start_all, sim);
}

/* ---- the stage -------------------------------------------------------------------------- */

void sim_at(struct sim *sim, int64_t at_ns, void (*action)(void *context), void *context)
{
    assert(at_ns >= sim->now_ns);
    memory_reserve(sim->stage, sim->stage_count, sim->stage_capacity);
    size_t index = sim->stage_count++;
    sim->stage[index] = (struct stage_action){action, context};
    queue_push(&sim->queue, at_ns, event_order(0, 0, (uint32_t)index),
               (uint64_t)index << 3 | ENTRY_STAGE);
}

void sim_command(struct sim_host *host, const char *name, struct bytes bytes)
{
    if (host->condition != HOST_UP) {
        fault_tell_unheard(host, name);
        return;
    }
    occupant_deliver(host,
                     &(struct host_event){.kind = HOST_COMMAND, .name = name, .bytes = bytes});
    occupant_settle(host);
}

/* ---- timers ----------------------------------------------------------------------------- */

void sim_wake_host(struct sim_host *host, enum entry_tag tag, int64_t at_ns)
{
    int64_t *queued_ns = tag == ENTRY_TIMER ? &host->timer_queued_ns : &host->tcp_timer_queued_ns;
    if (at_ns >= *queued_ns)
        return;
    *queued_ns = at_ns;
    queue_push(&host->sim->queue, at_ns, event_order(host->id, host->id, host->event_count++),
               (uint64_t)host->id << 3 | tag);
}

/* An entry fires: is it the one that counts, and has the deadline come? */
static bool is_due(struct sim_host *host, enum entry_tag tag, int64_t *due_ns, int64_t *queued_ns)
{
    int64_t now_ns = host->sim->now_ns;
    if (now_ns != *queued_ns)
        return false; /* replaced by an earlier one that has fired since */
    *queued_ns = TIME_NEVER;
    if (*due_ns > now_ns) {
        if (*due_ns != TIME_NEVER)
            sim_wake_host(host, tag, *due_ns);
        return false;
    }
    *due_ns = TIME_NEVER;
    return true;
}

static void wake_node(struct sim_host *host)
{
    if (!is_due(host, ENTRY_TIMER, &host->timer_ns, &host->timer_queued_ns))
        return;
    occupant_deliver(host, &(struct host_event){.kind = HOST_TIMER});
    if (socket_has_event(host))
        occupant_settle(host);
}

static void wake_tcp(struct sim_host *host)
{
    if (!is_due(host, ENTRY_TCP_TIMER, &host->tcp_timer_ns, &host->tcp_timer_queued_ns))
        return;
    socket_tcp_timer(host);
    occupant_settle(host);
}

/* ---- the loop --------------------------------------------------------------------------- */

static uint32_t dispatch(struct sim *sim, uint64_t payload)
{
    uint32_t id = (uint32_t)(payload >> 3);
    switch ((enum entry_tag)(payload & 7)) {
    case ENTRY_PACKET: {
        struct packet *packet = (struct packet *)(uintptr_t)payload;
        id = packet->receiver;
        network_arrive(sim, packet);
        return id;
    }
    case ENTRY_TIMER:
        wake_node(sim->hosts[id - 1]);
        return id;
    case ENTRY_TCP_TIMER:
        wake_tcp(sim->hosts[id - 1]);
        return id;
    case ENTRY_PROCESSOR:
        processor_wake(sim->hosts[id - 1]);
        return id;
    case ENTRY_STAGE: {
        struct stage_action action = sim->stage[payload >> 3];
        action.action(action.context);
        return 0;
    }
    }
    return 0;
}

bool sim_run(struct sim *sim, int64_t until_ns, uint64_t budget)
{
    struct queue_entry entry;
    while (queue_peek_time(&sim->queue) <= until_ns && queue_pop(&sim->queue, &entry)) {
        sim->now_ns = entry.time_ns;
        sim->event_count++;
        trace_hash_mix(&sim->hash, (uint64_t)entry.time_ns, entry.order);
        uint32_t host = dispatch(sim, entry.payload);
        if (sim->event_log)
            sim->event_log(sim->event_log_context, sim->now_ns, host, sim->hash.state);
        if (--budget == 0)
            return true;
    }
    sim->now_ns = until_ns;
    return false;
}

void sim_finish(struct sim *sim, char text[65])
{
    trace_hash_finish(&sim->hash, text);
}

/* ---- looking ---------------------------------------------------------------------------- */

int64_t sim_now(const struct sim *sim)
{
    return sim->now_ns;
}

uint64_t sim_event_count(const struct sim *sim)
{
    return sim->event_count;
}

struct sim_packet_counts sim_packet_counts(const struct sim *sim)
{
    return sim->packet_counts;
}

uint32_t sim_host_count(const struct sim *sim)
{
    return (uint32_t)sim->host_count;
}

struct sim_host *sim_host_at(struct sim *sim, uint32_t id)
{
    return sim->hosts[id - 1];
}

uint32_t sim_host_id(const struct sim_host *host)
{
    return host->id;
}

const char *sim_host_name(const struct sim_host *host)
{
    return host->name;
}

void *sim_host_state(struct sim_host *host)
{
    return host->state;
}

/* ---- the end ---------------------------------------------------------------------------- */

static void free_host(struct sim_host *host)
{
    occupant_kill(host, true);
    disk_free(&host->disk);
    free(host->addresses);
    free(host);
}

void sim_destroy(struct sim *sim)
{
    struct queue_entry entry;
    while (queue_pop(&sim->queue, &entry))
        if ((entry.payload & 7) == ENTRY_PACKET)
            packet_give(&sim->packets, (struct packet *)(uintptr_t)entry.payload);
    for (size_t i = 0; i < sim->host_count; i++)
        free_host(sim->hosts[i]);
    free(sim->hosts);
    free(sim->stage);
    outbox_free(&sim->outbox);
    network_free(&sim->network);
    packet_pool_free(&sim->packets);
    queue_free(&sim->queue);
    trace_hash_free(&sim->hash);
    arena_release(&sim->arena);
    free(sim);
}
