/*
 * The stack of one host: sockets, listeners, ephemeral ports, and finding the
 * connection that an arriving segment belongs to (RFC 9293, section 3.10).
 */
#include "sim/tcp/internal.h"

#include <assert.h>
#include <stdlib.h>

enum { EPHEMERAL_FIRST = 32768, EPHEMERAL_COUNT = 60999 - 32768 + 1 };

struct tcp_stack *tcp_create(const struct tcp_environment *environment)
{
    struct tcp_stack *stack = memory_zeroed(sizeof *stack);
    stack->environment = *environment;
    stack->told_ns = TIME_NEVER;
    return stack;
}

void tcp_destroy(struct tcp_stack *stack)
{
    if (!stack)
        return;
    while (stack->first)
        tcp_connection_drop(stack->first);
    table_free(&stack->connections);
    free(stack->sockets);
    free(stack->listeners);
    free(stack->heap);
    free(stack);
}

/* NULL: a listener, or the connection has ended and the node does not know yet. */
static struct tcp_connection *by_socket(const struct tcp_stack *stack, uint32_t socket)
{
    return socket < stack->socket_capacity ? stack->sockets[socket] : NULL;
}

/* ---- listeners
 * ------------------------------------------------------------------------------------ */

static bool overlap(const struct address *a, const struct address *b)
{
    return a->port == b->port && (address_is_any(a) || address_is_any(b) || address_same_ip(a, b));
}

bool tcp_listen(struct tcp_stack *stack, uint32_t socket, const struct address *local)
{
    for (size_t i = 0; i < stack->listener_count; i++)
        if (overlap(&stack->listeners[i].local, local))
            return false;
    memory_reserve(stack->listeners, stack->listener_count, stack->listener_capacity);
    stack->listeners[stack->listener_count++] = (struct tcp_listener){socket, *local};
    return true;
}

static const struct tcp_listener *find_listener(const struct tcp_stack *stack,
                                                const struct address *local)
{
    for (size_t i = 0; i < stack->listener_count; i++)
        if (overlap(&stack->listeners[i].local, local))
            return &stack->listeners[i];
    return NULL;
}

static void reset_half_open(struct tcp_stack *stack, uint32_t listener, int64_t now_ns)
{
    struct tcp_connection *next;
    for (struct tcp_connection *c = stack->first; c; c = next) {
        next = c->next;
        if (c->state != TCP_SYN_RECEIVED || c->listener != listener)
            continue;
        tcp_send_reset(c, now_ns);
        tcp_connection_drop(c);
    }
}

static bool close_listener(struct tcp_stack *stack, uint32_t socket, int64_t now_ns)
{
    for (size_t i = 0; i < stack->listener_count; i++) {
        if (stack->listeners[i].socket != socket)
            continue;
        stack->listener_count--;
        memmove(stack->listeners + i, stack->listeners + i + 1,
                (stack->listener_count - i) * sizeof *stack->listeners);
        reset_half_open(stack, socket, now_ns);
        struct tcp_event gone = {.kind = TCP_GONE, .socket = socket};
        stack->environment.event(stack->environment.context, &gone);
        return true;
    }
    return false;
}

/* ---- opening
 * ---------------------------------------------------------------------------------------- */

/* A walk through all ephemeral ports in an order of the host's own: no port returns before all
 * others have had their turn, so a capture seldom shows the same pair of ends twice (RFC 6056). */
static uint16_t next_port(struct tcp_stack *stack)
{
    if (stack->port_stride == 0) {
        stack->port = random_below(stack->environment.random, EPHEMERAL_COUNT);
        do
            stack->port_stride = random_below(stack->environment.random, EPHEMERAL_COUNT) | 1;
        while (stack->port_stride % 3529 == 0); /* EPHEMERAL_COUNT is 8 * 3529 */
    }
    stack->port = (stack->port + stack->port_stride) % EPHEMERAL_COUNT;
    return (uint16_t)(EPHEMERAL_FIRST + stack->port);
}

static bool choose_port(struct tcp_stack *stack, struct tcp_key *key)
{
    for (int i = 0; i < EPHEMERAL_COUNT; i++) {
        key->local.port = next_port(stack);
        if (!tcp_connection_find(stack, key) && !find_listener(stack, &key->local))
            return true;
    }
    return false;
}

static void begin(struct tcp_connection *c, int64_t now_ns)
{
    tcp_timing_sent(c, c->send.initial, now_ns);
    tcp_send_syn(c, now_ns);
    tcp_timer_set(c, TCP_TIMER_RETRANSMIT, now_ns + tcp_timing_timeout(c));
}

void tcp_connect(struct tcp_stack *stack, uint32_t socket, const struct address *local,
                 const struct address *remote, int64_t now_ns)
{
    struct tcp_key key = {*local, *remote};
    bool available = local->port ? !tcp_connection_find(stack, &key) : choose_port(stack, &key);
    if (!available) {
        struct tcp_event failed = {.kind = TCP_CONNECT_FAILED,
                                   .failure = HOST_NO_ADDRESS,
                                   .socket = socket,
                                   .local = local,
                                   .remote = remote};
        stack->environment.event(stack->environment.context, &failed);
        return;
    }
    struct tcp_connection *c = tcp_connection_create(stack, &key, TCP_SYN_SENT);
    tcp_connection_attach(c, socket);
    begin(c, now_ns);
    tcp_timer_tell(stack);
}

static void accept_connection(struct tcp_stack *stack, const struct tcp_key *key, uint32_t listener,
                              const struct tcp_segment *segment, int64_t now_ns)
{
    struct tcp_connection *c = tcp_connection_create(stack, key, TCP_SYN_RECEIVED);
    c->listener = listener;
    tcp_connection_negotiate(c, segment, now_ns);
    begin(c, now_ns);
}

/* ---- arriving
 * --------------------------------------------------------------------------------------- */

/* RFC 9293 section 3.10.7.4, and RFC 6191: a new connection may take the place of one in TIME-WAIT.
 */
static bool reopens(const struct tcp_connection *c, const struct tcp_segment *segment)
{
    if (c->state != TCP_TIME_WAIT ||
        (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST)) != TCP_FLAG_SYN)
        return false;
    bool later = c->timing.timestamps && segment->has_timestamps &&
                 sequence_after(segment->timestamp, c->timing.recent);
    return later || sequence_after(segment->seq, c->receive.nxt);
}

static void input_unconnected(struct tcp_stack *stack, const struct tcp_key *key,
                              const struct tcp_segment *segment, int64_t now_ns)
{
    const struct tcp_listener *listener = find_listener(stack, &key->local);
    if (!listener || (segment->flags & (TCP_FLAG_ACK | TCP_FLAG_RST)))
        tcp_send_refusal(stack, key, segment);
    else if ((segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) == TCP_FLAG_SYN)
        accept_connection(stack, key, listener->socket, segment, now_ns);
}

void tcp_arrived(struct tcp_stack *stack, const struct address *source,
                 const struct address *destination, struct bytes bytes, int64_t now_ns)
{
    struct tcp_segment segment;
    if (!tcp_segment_decode(bytes, &segment))
        return;
    struct tcp_key key = {*destination, *source};
    key.local.port = segment.destination_port;
    key.remote.port = segment.source_port;
    struct tcp_connection *c = tcp_connection_find(stack, &key);
    if (c && reopens(c, &segment) && find_listener(stack, &key.local)) {
        tcp_connection_finish(c);
        c = NULL;
    }
    if (c)
        tcp_input(c, &segment, now_ns);
    else
        input_unconnected(stack, &key, &segment, now_ns);
    tcp_timer_tell(stack);
}

void tcp_unreachable(struct tcp_stack *stack, const struct address *local,
                     const struct address *remote, int64_t now_ns)
{
    (void)now_ns;
    struct tcp_key key = {*local, *remote};
    struct tcp_connection *c = tcp_connection_find(stack, &key);
    if (c && c->state == TCP_SYN_SENT)
        tcp_connection_fail(c, HOST_REFUSED);
}

/* ---- the node's calls
 * --------------------------------------------------------------------------------- */

void tcp_write(struct tcp_stack *stack, uint32_t socket, struct bytes bytes, int64_t now_ns)
{
    struct tcp_connection *c = by_socket(stack, socket);
    if (!c || bytes.size == 0)
        return;
    assert(!c->send.finishing && bytes.size <= tcp_connection_credit(c));
    tcp_buffer_append(&c->send.buffer, bytes, c->send.limit);
    c->send.told -= smaller(c->send.told, (uint32_t)bytes.size);
    tcp_output(c, now_ns);
    tcp_timer_tell(stack);
}

size_t tcp_credit(const struct tcp_stack *stack, uint32_t socket)
{
    const struct tcp_connection *c = by_socket(stack, socket);
    return c ? tcp_connection_credit(c) : 0;
}

void tcp_consume(struct tcp_stack *stack, uint32_t socket, size_t size, int64_t now_ns)
{
    struct tcp_connection *c = by_socket(stack, socket);
    if (!c)
        return;
    tcp_receive_consumed(c, size, now_ns);
    tcp_timer_tell(stack);
}

static void finish_sending(struct tcp_connection *c, int64_t now_ns)
{
    if (c->send.finishing)
        return;
    c->send.finishing = true;
    if (c->state == TCP_ESTABLISHED)
        c->state = TCP_FIN_WAIT_1;
    else if (c->state == TCP_CLOSE_WAIT)
        c->state = TCP_LAST_ACK;
    tcp_output(c, now_ns);
}

void tcp_shutdown(struct tcp_stack *stack, uint32_t socket, int64_t now_ns)
{
    struct tcp_connection *c = by_socket(stack, socket);
    if (!c)
        return;
    finish_sending(c, now_ns);
    tcp_timer_tell(stack);
}

static void abort_connection(struct tcp_connection *c, int64_t now_ns)
{
    bool known = c->state != TCP_SYN_SENT && c->state != TCP_TIME_WAIT && c->state != TCP_CLOSED;
    if (known)
        tcp_send_reset(c, now_ns);
    tcp_connection_detach(c);
    tcp_connection_drop(c);
}

static void close_connection(struct tcp_connection *c, int64_t now_ns)
{
    bool opening = c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED;
    bool unread = c->receive.unread > 0 && c->state != TCP_TIME_WAIT;
    if (opening || unread || c->state == TCP_CLOSED) {
        abort_connection(c, now_ns);
        return;
    }
    finish_sending(c, now_ns);
    tcp_connection_detach(c);
    tcp_connection_limit_life(c, now_ns);
}

void tcp_close(struct tcp_stack *stack, uint32_t socket, int64_t now_ns)
{
    struct tcp_connection *c = by_socket(stack, socket);
    if (c)
        close_connection(c, now_ns);
    else
        close_listener(stack, socket, now_ns);
    tcp_timer_tell(stack);
}

void tcp_abort(struct tcp_stack *stack, uint32_t socket, int64_t now_ns)
{
    struct tcp_connection *c = by_socket(stack, socket);
    if (c)
        abort_connection(c, now_ns);
    else
        close_listener(stack, socket, now_ns);
    tcp_timer_tell(stack);
}

void tcp_stop(struct tcp_stack *stack, int64_t now_ns)
{
    while (stack->listener_count > 0)
        close_listener(stack, stack->listeners[0].socket, now_ns);
    struct tcp_connection *next;
    for (struct tcp_connection *c = stack->first; c; c = next) {
        next = c->next;
        if (c->socket == 0)
            continue;
        if (c->send.buffer.size > 0)
            abort_connection(c, now_ns);
        else
            close_connection(c, now_ns);
    }
    tcp_timer_tell(stack);
}
