/*
 * A toy network between driven nodes: events in order of time and of sending.
 */
#include "tests/support/node_pipe.h"

#include <assert.h>
#include <stdlib.h>

enum pipe_kind {
    PIPE_DATAGRAM,
    PIPE_UNREACHABLE,
    PIPE_SYN,
    PIPE_CONNECTED,
    PIPE_FAILED,
    PIPE_BYTES,
    PIPE_CREDIT,
    PIPE_FINISH,
    PIPE_RESET
};

struct pipe_event {
    int64_t at_ns;
    uint64_t order;
    enum pipe_kind kind;
    size_t node; /* where it happens */
    struct address local, remote;
    uint8_t *data;
    size_t size;
    uint32_t socket;
    size_t connection, end; /* of a stream: whose end is told */
    enum host_failure failure;
};

struct pipe_end {
    size_t node;
    uint32_t socket;
    bool open;   /* the node holds it */
    size_t room; /* octets that may be sent */
};

struct pipe_connection {
    struct pipe_end ends[2];
    struct address addresses[2];
};

static void push(struct node_pipe *pipe, struct pipe_event event, int64_t delay_ns,
                 struct bytes bytes)
{
    memory_reserve(pipe->events, pipe->event_count, pipe->event_capacity);
    event.at_ns = pipe->now_ns + delay_ns;
    event.order = pipe->next_order++;
    event.data = memory_alloc(bytes.size);
    event.size = bytes.size;
    if (bytes.size > 0)
        memcpy(event.data, bytes.data, bytes.size);
    pipe->events[pipe->event_count++] = event;
}

static size_t find_node(const struct node_pipe *pipe, const struct address *address)
{
    for (size_t i = 0; i < pipe->node_count; i++)
        if (address_same_ip(&pipe->addresses[i], address))
            return i;
    return SIZE_MAX;
}

static bool passes(const struct node_pipe *pipe, size_t from, size_t to, struct bytes bytes)
{
    return to != SIZE_MAX && !pipe->down[from] && !pipe->down[to] &&
           (!pipe->passes || pipe->passes(pipe->context, from, to, bytes));
}

/* ---- what nodes send ----------------------------------------------------------------------- */

/* The connection end that NODE knows as SOCKET. */
static struct pipe_connection *find_end(struct node_pipe *pipe, size_t node, uint32_t socket,
                                        size_t *end)
{
    for (size_t i = 0; i < pipe->connection_count; i++)
        for (*end = 0; *end < 2; ++*end) {
            struct pipe_end *e = &pipe->connections[i].ends[*end];
            if (e->open && e->node == node && e->socket == socket)
                return &pipe->connections[i];
        }
    return NULL;
}

static void send_datagram(struct node_pipe *pipe, size_t from, const struct driver_output *output)
{
    size_t to = find_node(pipe, &output->remote);
    struct address source = output->local;
    pipe->datagrams++;
    if (address_is_any(&source))
        memcpy(source.ip, pipe->addresses[from].ip, 16);
    struct pipe_event event = {.kind = PIPE_DATAGRAM,
                               .node = to,
                               .local = output->remote,
                               .remote = source,
                               .socket = output->socket};
    if (passes(pipe, from, to, output->bytes))
        push(pipe, event, pipe->delay_ns, output->bytes);
}

static void open_connection(struct node_pipe *pipe, size_t from, const struct driver_output *output)
{
    size_t to = find_node(pipe, &output->remote);
    memory_reserve(pipe->connections, pipe->connection_count, pipe->connection_capacity);
    size_t index = pipe->connection_count++;
    struct pipe_connection *connection = &pipe->connections[index];
    *connection = (struct pipe_connection){
        .ends = {{.node = from, .socket = output->socket, .open = true, .room = pipe->window},
                 {.node = to, .room = pipe->window}},
        .addresses = {output->local, output->remote}};
    memcpy(connection->addresses[0].ip, pipe->addresses[from].ip, 16);
    struct pipe_event event = {.kind = PIPE_SYN, .node = to, .connection = index, .end = 1};
    if (passes(pipe, from, to, (struct bytes){0})) {
        push(pipe, event, pipe->delay_ns, (struct bytes){0});
        return;
    }
    event = (struct pipe_event){
        .kind = PIPE_FAILED, .node = from, .connection = index, .failure = HOST_TIMED_OUT};
    push(pipe, event, 127 * NS_PER_S, (struct bytes){0});
}

static void use_stream(struct node_pipe *pipe, size_t node, const struct driver_output *output)
{
    size_t end;
    struct pipe_connection *connection = find_end(pipe, node, output->socket, &end);
    assert(connection);
    size_t index = (size_t)(connection - pipe->connections);
    struct pipe_event event = {
        .node = connection->ends[!end].node, .connection = index, .end = !end};
    bool lost = !passes(pipe, node, event.node, bytes_of("x", 1));
    if (output->kind == HOST_DO_WRITE) {
        event.kind = PIPE_BYTES;
        connection->ends[end].room -= output->bytes.size;
        for (size_t at = 0; at < output->bytes.size && !lost; at += pipe->piece) {
            size_t left = output->bytes.size - at;
            push(pipe, event, pipe->delay_ns,
                 bytes_of(output->bytes.data + at, left < pipe->piece ? left : pipe->piece));
        }
        return;
    }
    event.kind = output->kind == HOST_DO_CONSUME ? PIPE_CREDIT
                 : output->kind == HOST_DO_ABORT ? PIPE_RESET
                                                 : PIPE_FINISH;
    event.failure = HOST_PEER_RESET;
    event.socket = (uint32_t)output->size;
    if (output->kind == HOST_DO_CLOSE || output->kind == HOST_DO_ABORT)
        connection->ends[end].open = false;
    if (!lost)
        push(pipe, event, pipe->delay_ns, (struct bytes){0});
}

static void collect(struct node_pipe *pipe, size_t node)
{
    struct node_driver *driver = &pipe->nodes[node];
    for (size_t i = 0; i < driver->output_count; i++) {
        const struct driver_output *output = &driver->outputs[i];
        size_t end;
        if (output->kind == HOST_DO_SEND)
            send_datagram(pipe, node, output);
        else if (output->kind == HOST_DO_CONNECT)
            open_connection(pipe, node, output);
        else if (find_end(pipe, node, output->socket, &end)) /* closing UDP sockets is silent */
            use_stream(pipe, node, output);
    }
    driver_forget_outputs(driver);
}

/* ---- what arrives -------------------------------------------------------------------------- */

static void arrive_datagram(struct node_pipe *pipe, const struct pipe_event *event)
{
    struct node_driver *driver = &pipe->nodes[event->node];
    size_t sender = find_node(pipe, &event->remote);
    if (driver->state == NULL ||
        driver_datagram(driver, &event->local, &event->remote, bytes_of(event->data, event->size)))
        return;
    struct pipe_event back = {
        .kind = PIPE_UNREACHABLE, .node = sender, .socket = event->socket, .remote = event->local};
    push(pipe, back, pipe->delay_ns, (struct bytes){0});
}

static void arrive_unreachable(struct node_pipe *pipe, const struct pipe_event *event)
{
    struct node_driver *driver = &pipe->nodes[event->node];
    if (driver->state && event->socket < driver->socket_capacity &&
        driver->socket_list[event->socket].state == DRIVER_UDP)
        driver_unreachable(driver, event->socket, &event->remote);
}

static void arrive_syn(struct node_pipe *pipe, const struct pipe_event *event)
{
    struct pipe_connection *connection = &pipe->connections[event->connection];
    struct node_driver *driver = &pipe->nodes[event->node];
    struct pipe_event back = {
        .kind = PIPE_CONNECTED, .node = connection->ends[0].node, .connection = event->connection};
    uint32_t socket = 0;
    if (driver->state)
        socket = driver_accept(driver, &connection->addresses[1], &connection->addresses[0],
                               pipe->window);
    if (socket == 0) {
        back.kind = PIPE_FAILED;
        back.failure = HOST_REFUSED;
    } else {
        connection->ends[1].socket = socket;
        connection->ends[1].open = true;
    }
    push(pipe, back, pipe->delay_ns, (struct bytes){0});
}

static void arrive_credit(struct node_pipe *pipe, struct pipe_end *end, size_t size)
{
    struct node_driver *driver = &pipe->nodes[end->node];
    end->room += size;
    if (driver->socket_list[end->socket].credit < pipe->window / 2)
        driver_writable(driver, end->socket, end->room);
}

static void arrive_on_stream(struct node_pipe *pipe, const struct pipe_event *event)
{
    struct pipe_end *end = &pipe->connections[event->connection].ends[event->end];
    struct node_driver *driver = &pipe->nodes[end->node];
    if (!end->open)
        return;
    switch (event->kind) {
    case PIPE_CONNECTED:
        driver_connected(driver, end->socket, pipe->window);
        break;
    case PIPE_FAILED:
        end->open = false;
        driver_connect_failed(driver, end->socket, event->failure);
        break;
    case PIPE_BYTES:
        driver_bytes(driver, end->socket, bytes_of(event->data, event->size));
        break;
    case PIPE_CREDIT:
        arrive_credit(pipe, end, event->socket);
        break;
    case PIPE_FINISH:
        driver_finished(driver, end->socket);
        break;
    case PIPE_RESET:
        end->open = false;
        driver_reset(driver, end->socket, event->failure);
        break;
    case PIPE_DATAGRAM:
    case PIPE_UNREACHABLE:
    case PIPE_SYN:
        break;
    }
}

static void arrive(struct node_pipe *pipe, const struct pipe_event *event)
{
    if (pipe->down[event->node])
        return;
    if (event->kind == PIPE_DATAGRAM)
        arrive_datagram(pipe, event);
    else if (event->kind == PIPE_UNREACHABLE)
        arrive_unreachable(pipe, event);
    else if (event->kind == PIPE_SYN)
        arrive_syn(pipe, event);
    else
        arrive_on_stream(pipe, event);
}

/* ---- time ---------------------------------------------------------------------------------- */

static size_t first_event(const struct node_pipe *pipe)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < pipe->event_count; i++)
        if (first == SIZE_MAX || pipe->events[i].at_ns < pipe->events[first].at_ns ||
            (pipe->events[i].at_ns == pipe->events[first].at_ns &&
             pipe->events[i].order < pipe->events[first].order))
            first = i;
    return first;
}

static size_t first_timer(const struct node_pipe *pipe)
{
    size_t first = 0;
    for (size_t i = 1; i < pipe->node_count; i++)
        if (pipe->nodes[i].timer_ns < pipe->nodes[first].timer_ns)
            first = i;
    return first;
}

static void set_time(struct node_pipe *pipe, int64_t now_ns)
{
    pipe->now_ns = now_ns;
    for (size_t i = 0; i < pipe->node_count; i++)
        pipe->nodes[i].now_ns = now_ns;
}

/* Does the next thing that happens by UNTIL_NS; false: nothing does. */
static bool step(struct node_pipe *pipe, int64_t until_ns)
{
    size_t at = first_event(pipe), node = first_timer(pipe);
    int64_t event_ns = at == SIZE_MAX ? TIME_NEVER : pipe->events[at].at_ns;
    int64_t timer_ns = pipe->nodes[node].timer_ns;
    if ((event_ns < timer_ns ? event_ns : timer_ns) > until_ns)
        return false;
    if (event_ns <= timer_ns) {
        struct pipe_event event = pipe->events[at];
        pipe->events[at] = pipe->events[--pipe->event_count];
        set_time(pipe, event.at_ns);
        arrive(pipe, &event);
        free(event.data);
        node = event.node;
    } else {
        set_time(pipe, timer_ns > pipe->now_ns ? timer_ns : pipe->now_ns);
        driver_advance(&pipe->nodes[node], pipe->now_ns);
    }
    collect(pipe, node);
    return true;
}

void pipe_run(struct node_pipe *pipe, int64_t until_ns)
{
    for (size_t i = 0; i < pipe->node_count; i++)
        collect(pipe, i);
    while (step(pipe, until_ns))
        continue;
    set_time(pipe, until_ns);
}

size_t pipe_add(struct node_pipe *pipe, const struct node_type *type, const void *config,
                const struct address *address)
{
    assert(pipe->node_count < PIPE_NODES_MAX);
    if (pipe->delay_ns == 0)
        pipe->delay_ns = 10 * NS_PER_MS;
    if (pipe->window == 0)
        pipe->window = 65536;
    if (pipe->piece == 0)
        pipe->piece = 1460;
    size_t node = pipe->node_count++;
    pipe->addresses[node] = *address;
    driver_create(&pipe->nodes[node], type, config, pipe->now_ns);
    return node;
}

static void forget_connections(struct node_pipe *pipe, size_t node)
{
    driver_forget_outputs(&pipe->nodes[node]);
    for (size_t i = 0; i < pipe->connection_count; i++)
        for (size_t end = 0; end < 2; end++)
            if (pipe->connections[i].ends[end].node == node)
                pipe->connections[i].ends[end].open = false;
}

void pipe_crash(struct node_pipe *pipe, size_t node)
{
    driver_crash(&pipe->nodes[node]);
    forget_connections(pipe, node);
}

void pipe_stop(struct node_pipe *pipe, size_t node)
{
    pipe->nodes[node].now_ns = pipe->now_ns;
    driver_stop(&pipe->nodes[node]);
    forget_connections(pipe, node);
}

void pipe_start(struct node_pipe *pipe, size_t node)
{
    pipe->nodes[node].now_ns = pipe->now_ns;
    driver_start(&pipe->nodes[node]);
}

void pipe_free(struct node_pipe *pipe)
{
    for (size_t i = 0; i < pipe->node_count; i++)
        driver_free(&pipe->nodes[i]);
    for (size_t i = 0; i < pipe->event_count; i++)
        free(pipe->events[i].data);
    free(pipe->events);
    free(pipe->connections);
    *pipe = (struct node_pipe){0};
}
