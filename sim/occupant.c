/*
 * A node of ours as the occupant of a host: hands it events, carries out what it
 * appended to the outbox.
 */
#include <assert.h>
#include <stdlib.h>

#include "sim/internal.h"
#include "sim/socket.h"

/* ---- actions ---------------------------------------------------------------------------- */

static void pass_note(struct sim_host *host, struct host_note *note, struct bytes name)
{
    struct sim *sim = host->sim;
    note->name = name;
    trace_hash_mix(&sim->hash, (uint64_t)note->kind << 48 ^ (uint64_t)note->code << 32 ^ host->id,
                   (uint64_t)note->serial << 32 ^ (uint64_t)note->values[0]);
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].note)
            sim->listeners[i].note(sim->listeners[i].context, sim->now_ns, host->id, note);
}

/* Not part of the run's hash: it follows from what is, and the packets that it opens are. */
static void pass_secret(struct sim_host *host, struct bytes line)
{
    struct sim *sim = host->sim;
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].secret)
            sim->listeners[i].secret(sim->listeners[i].context, line);
}

static int64_t on_true_time(const struct sim_host *host, int64_t mono_ns)
{
    int64_t start_ns = host->sim->options.start_ns;
    return mono_ns > TIME_NEVER - start_ns ? TIME_NEVER : mono_ns + start_ns;
}

static void set_timer(struct sim_host *host, int64_t mono_ns)
{
    host->timer_ns = on_true_time(host, mono_ns);
    if (host->timer_ns < host->sim->now_ns)
        host->timer_ns = host->sim->now_ns;
    sim_wake_host(host, ENTRY_TIMER, host->timer_ns);
}

static void carry_out(struct sim_host *host, const struct outbox *out, struct host_action *action)
{
    struct bytes payload = {0};
    if (action->size > 0)
        payload = bytes_of(out->payload + action->offset, action->size);
    switch (action->kind) {
    case HOST_DO_BIND:
        socket_bind(host, action->socket, &action->ends.local, action->context);
        break;
    case HOST_DO_LISTEN:
        socket_listen(host, action->socket, &action->ends.local, action->context);
        break;
    case HOST_DO_SEND:
        socket_send(host, action->socket, &action->ends.local, &action->ends.remote, payload);
        break;
    case HOST_DO_CONNECT:
        socket_connect(host, action->socket, &action->ends.local, &action->ends.remote,
                       action->context);
        break;
    case HOST_DO_CONTEXT:
        socket_set_context(host, action->socket, action->context);
        break;
    case HOST_DO_WRITE:
        socket_write(host, action->socket, payload);
        break;
    case HOST_DO_CONSUME:
        socket_consume(host, action->socket, action->size);
        break;
    case HOST_DO_SHUTDOWN:
        socket_shutdown(host, action->socket);
        break;
    case HOST_DO_CLOSE:
        socket_close(host, action->socket);
        break;
    case HOST_DO_ABORT:
        socket_abort(host, action->socket);
        break;
    case HOST_DO_TIMER:
        set_timer(host, action->at_ns);
        break;
    case HOST_DO_DISK_WRITE:
        disk_write(&host->disk, &host->sim->arena, action->disk.name, action->disk.blob);
        action->disk.blob = NULL;
        break;
    case HOST_DO_DISK_SYNC:
        disk_sync(&host->disk);
        break;
    case HOST_DO_NOTE:
        pass_note(host, &action->note, payload);
        break;
    case HOST_DO_CHARGE:
        if (host->processor.queue_max > 0)
            processor_charge(host, action->at_ns);
        break;
    case HOST_DO_SECRET:
        pass_secret(host, payload);
        break;
    }
}

/* ---- events ----------------------------------------------------------------------------- */

void occupant_deliver(struct sim_host *host, struct host_event *event)
{
    if (!host->state)
        return;
    struct sim *sim = host->sim;
    struct outbox *out = &sim->outbox;
    event->mono_ns = sim->now_ns - sim->options.start_ns;
    event->wall_ns = sim->now_ns + host->clock_offset_ns;
    event->random = &host->random;
    outbox_reset(out, &host->numbers);
    host->type->handle(host->state, event, out);
    for (size_t i = 0; i < out->count; i++) {
        if (out->actions[i].kind == HOST_DO_CHARGE && host->processor.queue_max > 0)
            socket_set_priority(host, event->socket, out->actions[i].priority);
        carry_out(host, out, &out->actions[i]);
    }
}

void occupant_settle(struct sim_host *host)
{
    struct socket_event kept;
    struct host_event event;
    while (!processor_must_wait(host) && socket_next_event(host, &kept, &event)) {
        occupant_deliver(host, &event);
        free(kept.bytes);
    }
    if (host->processor.queue_max > 0 && socket_has_event(host))
        processor_settle_later(host);
}

void occupant_start(struct sim_host *host)
{
    if (!host->type)
        return;
    struct sim *sim = host->sim;
    host->random = random_stream(sim->options.seed, host->name, host->incarnation, "node");
    host->port_random = random_stream(sim->options.seed, host->name, host->incarnation, "ports");
    host->state = arena_alloc(&host->arena, host->type->state_size);
    host->type->init(host->state, host->config, &host->arena);
    disk_sort(&host->disk);
    for (size_t i = 0; i < host->disk.count; i++) {
        const struct disk_file *file = host->disk.files[i];
        if (file->written)
            occupant_deliver(
                host,
                &(struct host_event){.kind = HOST_DISK, .name = file->name, .blob = file->written});
    }
    occupant_deliver(host, &(struct host_event){.kind = HOST_STARTED});
    occupant_settle(host);
}

void occupant_kill(struct sim_host *host, bool crash)
{
    if (host->state && host->type->dispose)
        host->type->dispose(host->state);
    host->state = NULL;
    processor_forget(host);
    arena_release(&host->arena);
    socket_drop_all(host, !crash);
    host->timer_ns = TIME_NEVER;
    host->incarnation++;
    if (crash)
        disk_forget_unsynced(&host->disk);
}
