/*
 * The outbox: appending actions. Carrying them out is the host's part
 * (sim/node_host.c, scenarios/live/).
 */
#include "nodes/host.h"

#include <assert.h>
#include <stdlib.h>

uint32_t host_sockets_take(struct host_sockets *sockets)
{
    if (sockets->free_count > 0)
        return sockets->free_numbers[--sockets->free_count];
    return ++sockets->next;
}

void host_sockets_give(struct host_sockets *sockets, uint32_t number)
{
    memory_reserve(sockets->free_numbers, sockets->free_count, sockets->free_capacity);
    sockets->free_numbers[sockets->free_count++] = number;
}

void host_sockets_free(struct host_sockets *sockets)
{
    free(sockets->free_numbers);
    *sockets = (struct host_sockets){0};
}

static struct host_action *append(struct outbox *out, enum host_action_kind kind, uint32_t socket)
{
    memory_reserve(out->actions, out->count, out->capacity);
    struct host_action *action = &out->actions[out->count++];
    action->kind = kind;
    action->socket = socket;
    action->context = NULL;
    action->offset = out->payload_size;
    action->size = 0;
    return action;
}

static uint8_t *payload_room(struct outbox *out, size_t size)
{
    if (out->payload_capacity - out->payload_size < size) {
        out->payload_capacity = (out->payload_size + size) * 2;
        out->payload = memory_resize(out->payload, out->payload_capacity);
    }
    return out->payload + out->payload_size;
}

static void append_payload(struct outbox *out, struct host_action *action, struct bytes bytes)
{
    if (bytes.size == 0)
        return; /* before anything was sent there may be no payload to point into */
    memcpy(payload_room(out, bytes.size), bytes.data, bytes.size);
    out->payload_size += bytes.size;
    action->size = bytes.size;
}

void outbox_reset(struct outbox *out, struct host_sockets *sockets)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->actions[i].kind == HOST_DO_DISK_WRITE)
            host_blob_release(out->actions[i].disk.blob);
    out->count = 0;
    out->payload_size = 0;
    out->sockets = sockets;
}

void outbox_free(struct outbox *out)
{
    outbox_reset(out, NULL);
    free(out->actions);
    free(out->payload);
    *out = (struct outbox){0};
}

static uint32_t append_open(struct outbox *out, enum host_action_kind kind,
                            const struct address *local, const struct address *remote,
                            void *context)
{
    uint32_t socket = host_sockets_take(out->sockets);
    struct host_action *action = append(out, kind, socket);
    action->context = context;
    action->ends.local = local ? *local : (struct address){0};
    action->ends.remote = remote ? *remote : (struct address){0};
    return socket;
}

uint32_t outbox_bind(struct outbox *out, const struct address *local, void *context)
{
    return append_open(out, HOST_DO_BIND, local, NULL, context);
}

uint32_t outbox_listen(struct outbox *out, const struct address *local, void *context)
{
    return append_open(out, HOST_DO_LISTEN, local, NULL, context);
}

uint32_t outbox_connect(struct outbox *out, const struct address *local,
                        const struct address *remote, void *context)
{
    return append_open(out, HOST_DO_CONNECT, local, remote, context);
}

void outbox_set_context(struct outbox *out, uint32_t socket, void *context)
{
    append(out, HOST_DO_CONTEXT, socket)->context = context;
}

uint8_t *outbox_send_begin(struct outbox *out, uint32_t socket, const struct address *local,
                           const struct address *remote, size_t capacity)
{
    struct host_action *action = append(out, HOST_DO_SEND, socket);
    action->ends.local = local ? *local : (struct address){0};
    action->ends.remote = *remote;
    return payload_room(out, capacity);
}

void outbox_send_end(struct outbox *out, size_t size)
{
    struct host_action *action = &out->actions[out->count - 1];
    assert(action->kind == HOST_DO_SEND && size <= out->payload_capacity - out->payload_size);
    action->size = size;
    out->payload_size += size;
    if (size == 0)
        out->count--;
}

void outbox_send(struct outbox *out, uint32_t socket, const struct address *local,
                 const struct address *remote, struct bytes bytes)
{
    uint8_t *room = outbox_send_begin(out, socket, local, remote, bytes.size);
    if (bytes.size > 0)
        memcpy(room, bytes.data, bytes.size);
    outbox_send_end(out, bytes.size);
}

void outbox_write(struct outbox *out, uint32_t socket, struct bytes bytes)
{
    append_payload(out, append(out, HOST_DO_WRITE, socket), bytes);
}

void outbox_consume(struct outbox *out, uint32_t socket, size_t size)
{
    append(out, HOST_DO_CONSUME, socket)->size = size;
}

void outbox_shutdown(struct outbox *out, uint32_t socket)
{
    append(out, HOST_DO_SHUTDOWN, socket);
}

void outbox_close(struct outbox *out, uint32_t socket)
{
    append(out, HOST_DO_CLOSE, socket);
}

void outbox_abort(struct outbox *out, uint32_t socket)
{
    append(out, HOST_DO_ABORT, socket);
}

void outbox_set_timer(struct outbox *out, int64_t mono_ns)
{
    append(out, HOST_DO_TIMER, 0)->at_ns = mono_ns;
}

void outbox_disk_write(struct outbox *out, const char *name, struct host_blob *blob)
{
    struct host_action *action = append(out, HOST_DO_DISK_WRITE, 0);
    action->disk.name = name;
    action->disk.blob = blob;
}

void outbox_disk_sync(struct outbox *out)
{
    append(out, HOST_DO_DISK_SYNC, 0);
}

void outbox_note(struct outbox *out, const struct host_note *note)
{
    struct host_action *action = append(out, HOST_DO_NOTE, 0);
    action->note = *note;
    append_payload(out, action, note->name);
}

void outbox_charge(struct outbox *out, int64_t cpu_ns, enum host_priority priority)
{
    struct host_action *action = append(out, HOST_DO_CHARGE, 0);
    action->at_ns = cpu_ns;
    action->priority = priority;
}

void outbox_secret(struct outbox *out, struct bytes line)
{
    append_payload(out, append(out, HOST_DO_SECRET, 0), line);
}
