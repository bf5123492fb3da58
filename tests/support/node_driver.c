/*
 * Drives one node by hand. It carries out the outbox the way a host would and
 * asserts what a host asserts: nobody writes beyond the credit or to a socket
 * that is gone.
 */
#include "tests/support/node_driver.h"

#include <assert.h>
#include <stdlib.h>

static struct driver_socket *socket_at(struct node_driver *driver, uint32_t number)
{
    assert(number > 0 && number <= driver->sockets.next);
    if (number >= driver->socket_capacity) {
        size_t capacity = (size_t)number * 2 + 8;
        driver->socket_list =
            memory_resize(driver->socket_list, capacity * sizeof *driver->socket_list);
        memset(driver->socket_list + driver->socket_capacity, 0,
               (capacity - driver->socket_capacity) * sizeof *driver->socket_list);
        driver->socket_capacity = capacity;
    }
    return &driver->socket_list[number];
}

static void forget_socket(struct node_driver *driver, uint32_t number)
{
    struct driver_socket *socket = socket_at(driver, number);
    assert(socket->state != DRIVER_FREE);
    *socket = (struct driver_socket){0};
    host_sockets_give(&driver->sockets, number);
}

static void keep_output(struct node_driver *driver, const struct host_action *action)
{
    memory_reserve(driver->outputs, driver->output_count, driver->output_capacity);
    struct driver_output *output = &driver->outputs[driver->output_count++];
    const struct driver_socket *socket = socket_at(driver, action->socket);
    *output = (struct driver_output){.kind = action->kind,
                                     .socket = action->socket,
                                     .local = socket->local,
                                     .remote = socket->remote,
                                     .size = action->size};
    if (action->kind == HOST_DO_SEND) {
        if (!address_is_any(&action->ends.local))
            memcpy(output->local.ip, action->ends.local.ip, 16);
        output->remote = action->ends.remote;
    }
    if (action->kind == HOST_DO_SEND || action->kind == HOST_DO_WRITE) {
        uint8_t *copy = memory_alloc(action->size);
        memcpy(copy, driver->out.payload + action->offset, action->size);
        output->bytes = bytes_of(copy, action->size);
    }
}

static void keep_charge(struct node_driver *driver, const struct host_action *action)
{
    memory_reserve(driver->outputs, driver->output_count, driver->output_capacity);
    driver->outputs[driver->output_count++] =
        (struct driver_output){.kind = action->kind, .priority = action->priority};
}

static void open_socket(struct node_driver *driver, const struct host_action *action,
                        enum driver_socket_state state)
{
    struct driver_socket *socket = socket_at(driver, action->socket);
    assert(socket->state == DRIVER_FREE);
    *socket = (struct driver_socket){.state = state,
                                     .context = action->context,
                                     .local = action->ends.local,
                                     .remote = action->ends.remote};
    if (socket->local.port == 0)
        socket->local.port = driver->next_port++;
}

static void write_file(struct node_driver *driver, const char *name, struct host_blob *blob)
{
    size_t at = 0;
    while (at < driver->file_count && strcmp(driver->files[at].name, name) != 0)
        at++;
    if (at == driver->file_count) {
        memory_reserve(driver->files, driver->file_count, driver->file_capacity);
        char *copy = memory_alloc(strlen(name) + 1);
        memcpy(copy, name, strlen(name) + 1);
        driver->files[driver->file_count++] = (struct driver_file){.name = copy};
    }
    struct driver_file *file = &driver->files[at];
    host_blob_release(file->blob);
    file->blob = host_blob_retain(blob);
}

static void sync_files(struct node_driver *driver)
{
    for (size_t i = 0; i < driver->file_count; i++) {
        struct driver_file *f = &driver->files[i];
        host_blob_release(f->synced);
        f->synced = host_blob_retain(f->blob);
    }
}

void driver_put_file(struct node_driver *driver, const char *name, struct host_blob *blob)
{
    write_file(driver, name, blob);
    host_blob_release(blob);
    sync_files(driver);
}

static void keep_note(struct node_driver *driver, const struct host_action *action)
{
    memory_reserve(driver->notes, driver->note_count, driver->note_capacity);
    struct driver_note *kept = &driver->notes[driver->note_count++];
    kept->note = action->note;
    kept->now_ns = driver->now_ns;
    assert(action->size < sizeof kept->name);
    if (action->size > 0)
        memcpy(kept->name, driver->out.payload + action->offset, action->size);
    kept->note.name.size = action->size; /* data is set when the note is read: the list moves */
}

static void carry_out(struct node_driver *driver, const struct host_action *action)
{
    switch (action->kind) {
    case HOST_DO_BIND:
        open_socket(driver, action, DRIVER_UDP);
        break;
    case HOST_DO_LISTEN:
        open_socket(driver, action, DRIVER_LISTENING);
        break;
    case HOST_DO_CONNECT:
        open_socket(driver, action, DRIVER_CONNECTING);
        keep_output(driver, action);
        break;
    case HOST_DO_CONTEXT:
        socket_at(driver, action->socket)->context = action->context;
        break;
    case HOST_DO_SEND:
        assert(socket_at(driver, action->socket)->state == DRIVER_UDP);
        keep_output(driver, action);
        break;
    case HOST_DO_WRITE:
        assert(socket_at(driver, action->socket)->state == DRIVER_OPEN);
        assert(socket_at(driver, action->socket)->credit >= action->size);
        socket_at(driver, action->socket)->credit -= action->size;
        keep_output(driver, action);
        break;
    case HOST_DO_CONSUME:
    case HOST_DO_SHUTDOWN:
        assert(socket_at(driver, action->socket)->state == DRIVER_OPEN);
        keep_output(driver, action);
        break;
    case HOST_DO_CLOSE:
    case HOST_DO_ABORT:
        keep_output(driver, action);
        forget_socket(driver, action->socket);
        break;
    case HOST_DO_TIMER:
        driver->timer_ns = action->at_ns;
        break;
    case HOST_DO_DISK_WRITE:
        write_file(driver, action->disk.name, action->disk.blob);
        break;
    case HOST_DO_DISK_SYNC:
        sync_files(driver);
        break;
    case HOST_DO_CHARGE: /* takes as long as it takes */
        keep_charge(driver, action);
        break;
    case HOST_DO_SECRET: /* nobody captures */
        break;
    case HOST_DO_NOTE:
        keep_note(driver, action);
        break;
    }
}

static void feed(struct node_driver *driver, struct host_event event)
{
    assert(driver->state != NULL);
    event.mono_ns = driver->now_ns;
    event.wall_ns = driver->now_ns + driver->wall_offset_ns;
    event.random = &driver->random;
    outbox_reset(&driver->out, &driver->sockets);
    driver->type->handle(driver->state, &event, &driver->out);
    for (size_t i = 0; i < driver->out.count; i++)
        carry_out(driver, &driver->out.actions[i]);
    outbox_reset(&driver->out, &driver->sockets);
}

void driver_create(struct node_driver *driver, const struct node_type *type, const void *config,
                   int64_t now_ns)
{
    *driver = (struct node_driver){
        .type = type, .config = config, .now_ns = now_ns, .random = {.key = 1}, .next_port = 40000};
    driver_start(driver);
}

static int file_order(const void *a, const void *b)
{
    return strcmp(((const struct driver_file *)a)->name, ((const struct driver_file *)b)->name);
}

struct octets {
    uint8_t *data;
    size_t size;
};

static void append_octets(void *context, struct bytes part)
{
    struct octets *octets = context;
    octets->data = memory_resize(octets->data, octets->size + part.size);
    if (part.size > 0)
        memcpy(octets->data + octets->size, part.data, part.size);
    octets->size += part.size;
}

static void feed_file(struct node_driver *driver, const struct driver_file *file)
{
    struct host_event event = {.kind = HOST_DISK, .name = file->name, .blob = file->blob};
    struct octets octets = {0};
    if (driver->disk_as_octets) {
        file->blob->type->encode(file->blob, append_octets, &octets);
        size_t cut = driver->disk_cut < octets.size ? driver->disk_cut : octets.size;
        octets.data = memory_resize(octets.data, octets.size - cut); /* its end is the end */
        event.bytes = bytes_of(octets.data, octets.size - cut);
        event.blob = NULL;
    }
    feed(driver, event);
    free(octets.data);
}

void driver_start(struct node_driver *driver)
{
    driver->timer_ns = TIME_NEVER;
    driver->state = memory_zeroed(driver->type->state_size);
    driver->type->init(driver->state, driver->config, &driver->arena);
    if (driver->file_count > 0)
        qsort(driver->files, driver->file_count, sizeof *driver->files, file_order);
    for (size_t i = 0; i < driver->file_count; i++)
        if (driver->files[i].blob)
            feed_file(driver, &driver->files[i]);
    feed(driver, (struct host_event){.kind = HOST_STARTED});
}

void driver_crash(struct node_driver *driver)
{
    if (driver->type->dispose)
        driver->type->dispose(driver->state);
    arena_release(&driver->arena);
    free(driver->state);
    driver->state = NULL;
    driver->timer_ns = TIME_NEVER;
    for (uint32_t i = 1; i < driver->socket_capacity; i++)
        if (driver->socket_list[i].state != DRIVER_FREE)
            forget_socket(driver, i);
    for (size_t i = 0; i < driver->file_count; i++) {
        struct driver_file *f = &driver->files[i];
        host_blob_release(f->blob);
        f->blob = host_blob_retain(f->synced);
    }
}

void driver_stop(struct node_driver *driver)
{
    feed(driver, (struct host_event){.kind = HOST_STOPPING});
    driver_crash(driver);
}

void driver_free(struct node_driver *driver)
{
    if (driver->state)
        driver_crash(driver);
    driver_forget(driver);
    for (size_t i = 0; i < driver->file_count; i++) {
        struct driver_file *f = &driver->files[i];
        host_blob_release(f->blob);
        host_blob_release(f->synced);
        free((char *)f->name);
    }
    free(driver->files);
    free(driver->outputs);
    free(driver->notes);
    free(driver->socket_list);
    outbox_free(&driver->out);
    host_sockets_free(&driver->sockets);
    *driver = (struct node_driver){0};
}

void driver_forget_outputs(struct node_driver *driver)
{
    for (size_t i = 0; i < driver->output_count; i++)
        free((uint8_t *)driver->outputs[i].bytes.data);
    driver->output_count = 0;
}

void driver_forget(struct node_driver *driver)
{
    driver_forget_outputs(driver);
    driver->note_count = 0;
}

/* A socket of STATE on LOCAL's port whose address is LOCAL's or the unspecified one; 0: none. */
static uint32_t find_socket(const struct node_driver *driver, enum driver_socket_state state,
                            const struct address *local)
{
    for (uint32_t i = 1; i < driver->socket_capacity; i++) {
        const struct driver_socket *socket = &driver->socket_list[i];
        if (socket->state == state && socket->local.port == local->port &&
            (address_is_any(&socket->local) || address_same_ip(&socket->local, local)))
            return i;
    }
    return 0;
}

bool driver_datagram(struct node_driver *driver, const struct address *local,
                     const struct address *remote, struct bytes bytes)
{
    uint32_t number = find_socket(driver, DRIVER_UDP, local);
    if (number == 0)
        return false;
    feed(driver, (struct host_event){.kind = HOST_DATAGRAM,
                                     .socket = number,
                                     .context = driver->socket_list[number].context,
                                     .local = local,
                                     .remote = remote,
                                     .bytes = bytes});
    return true;
}

void driver_unreachable(struct node_driver *driver, uint32_t socket, const struct address *remote)
{
    feed(driver, (struct host_event){.kind = HOST_UNREACHABLE,
                                     .socket = socket,
                                     .context = socket_at(driver, socket)->context,
                                     .local = &socket_at(driver, socket)->local,
                                     .remote = remote});
}

/* An event of a TCP socket that the node knows. */
static struct host_event socket_event(struct node_driver *driver, enum host_event_kind kind,
                                      uint32_t number)
{
    struct driver_socket *socket = socket_at(driver, number);
    assert(socket->state != DRIVER_FREE);
    return (struct host_event){.kind = kind,
                               .socket = number,
                               .context = socket->context,
                               .local = &socket->local,
                               .remote = &socket->remote,
                               .credit = socket->credit};
}

uint32_t driver_accept(struct node_driver *driver, const struct address *local,
                       const struct address *remote, size_t credit)
{
    uint32_t listener = find_socket(driver, DRIVER_LISTENING, local);
    if (listener == 0)
        return 0;
    uint32_t number = host_sockets_take(&driver->sockets);
    *socket_at(driver, number) = (struct driver_socket){
        .state = DRIVER_OPEN, .local = *local, .remote = *remote, .credit = credit};
    struct host_event event = socket_event(driver, HOST_ACCEPTED, number);
    event.context = socket_at(driver, listener)->context;
    event.local = local;
    event.remote = remote;
    feed(driver, event);
    return number;
}

void driver_connected(struct node_driver *driver, uint32_t socket, size_t credit)
{
    socket_at(driver, socket)->state = DRIVER_OPEN;
    socket_at(driver, socket)->credit = credit;
    feed(driver, socket_event(driver, HOST_CONNECTED, socket));
}

static void feed_last(struct node_driver *driver, enum host_event_kind kind, uint32_t number,
                      enum host_failure failure)
{
    struct host_event event = socket_event(driver, kind, number);
    struct address local = *event.local, remote = *event.remote;
    event.local = &local;
    event.remote = &remote;
    event.failure = failure;
    forget_socket(driver, number);
    feed(driver, event);
}

void driver_connect_failed(struct node_driver *driver, uint32_t socket, enum host_failure failure)
{
    feed_last(driver, HOST_CONNECT_FAILED, socket, failure);
}

void driver_reset(struct node_driver *driver, uint32_t socket, enum host_failure failure)
{
    feed_last(driver, HOST_RESET, socket, failure);
}

void driver_bytes(struct node_driver *driver, uint32_t socket, struct bytes bytes)
{
    struct host_event event = socket_event(driver, HOST_BYTES, socket);
    event.bytes = bytes;
    feed(driver, event);
}

void driver_writable(struct node_driver *driver, uint32_t socket, size_t credit)
{
    socket_at(driver, socket)->credit = credit;
    feed(driver, socket_event(driver, HOST_WRITABLE, socket));
}

void driver_finished(struct node_driver *driver, uint32_t socket)
{
    feed(driver, socket_event(driver, HOST_FINISHED, socket));
}

void driver_command(struct node_driver *driver, const char *name, struct bytes bytes)
{
    feed(driver, (struct host_event){.kind = HOST_COMMAND, .name = name, .bytes = bytes});
}

void driver_advance(struct node_driver *driver, int64_t until_ns)
{
    while (driver->state && driver->timer_ns <= until_ns) {
        if (driver->timer_ns > driver->now_ns)
            driver->now_ns = driver->timer_ns;
        driver->timer_ns = TIME_NEVER;
        feed(driver, (struct host_event){.kind = HOST_TIMER});
    }
    driver->now_ns = until_ns;
}

const struct driver_output *driver_output(const struct node_driver *driver,
                                          enum host_action_kind kind, size_t n)
{
    for (size_t i = 0; i < driver->output_count; i++)
        if (driver->outputs[i].kind == kind && n-- == 0)
            return &driver->outputs[i];
    return NULL;
}

size_t driver_output_count(const struct node_driver *driver, enum host_action_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < driver->output_count; i++)
        count += driver->outputs[i].kind == kind;
    return count;
}

const struct host_note *driver_note(const struct node_driver *driver, enum note_kind kind)
{
    for (size_t i = driver->note_count; i-- > 0;)
        if (driver->notes[i].note.kind == kind) {
            driver->notes[i].note.name.data = driver->notes[i].name;
            return &driver->notes[i].note;
        }
    return NULL;
}

size_t driver_note_count(const struct node_driver *driver, enum note_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < driver->note_count; i++)
        count += driver->notes[i].note.kind == kind;
    return count;
}
