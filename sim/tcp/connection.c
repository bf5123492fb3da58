/*
 * The life of a connection: made, given to a node's socket, established, taken
 * from the node, in TIME-WAIT, forgotten.
 */
#include "sim/tcp/internal.h"

#include <assert.h>
#include <stdlib.h>

enum {
    MSS_IPV4 = 1460,
    MSS_IPV6 = 1440,
    MSS_UNSAID = 536, /* RFC 9293, section 3.7.1 */
    MSS_LEAST = 88,   /* room for every option and some payload */
    FIRST_WINDOW = 64240,
    FLOOR = 64 * 1024, /* of the send buffer, however many there are */
    QUICK_ACKS = 16
};

static const int64_t TIME_WAIT_NS = 60 * NS_PER_S;
static const int64_t FIRST_TIMEOUT_NS = NS_PER_S;

static struct bytes key_bytes(const struct tcp_key *key)
{
    _Static_assert(sizeof *key == 36, "no padding");
    return bytes_of(key, sizeof *key);
}

static void link_last(struct tcp_stack *stack, struct tcp_connection *c)
{
    c->previous = stack->last;
    if (stack->last)
        stack->last->next = c;
    else
        stack->first = c;
    stack->last = c;
}

static void unlink_connection(struct tcp_connection *c)
{
    if (c->previous)
        c->previous->next = c->next;
    else
        c->stack->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    else
        c->stack->last = c->previous;
}

struct tcp_connection *tcp_connection_create(struct tcp_stack *stack, const struct tcp_key *key,
                                             enum tcp_state state)
{
    struct tcp_connection *c = memory_zeroed(sizeof *c);
    uint64_t numbers = random_next(stack->environment.random);
    c->stack = stack;
    c->number = stack->next_number++;
    c->key = *key;
    c->state = state;
    c->deadline_ns = TIME_NEVER;
    for (size_t i = 0; i < TCP_TIMER_COUNT; i++)
        c->timers[i] = TIME_NEVER;
    c->challenge_ns = INT64_MIN;
    c->send.initial = (uint32_t)numbers;
    c->send.una = c->send.initial;
    c->send.nxt = c->send.initial + 1;
    c->send.base = c->send.initial + 1;
    c->send.limit = FLOOR;
    stack->promised += FLOOR;
    tcp_connection_promise(c, TCP_SEND_BUFFER);
    c->send.last_ns = INT64_MIN;
    c->receive.limit = FIRST_WINDOW;
    c->receive.mss = MSS_UNSAID;
    c->receive.quick = QUICK_ACKS;
    c->receive.last_ns = INT64_MIN;
    c->timing.offset = (uint32_t)(numbers >> 32);
    c->timing.timeout_ns = FIRST_TIMEOUT_NS;
    link_last(stack, c);
    void *before = table_put(&stack->connections, key_bytes(&c->key), c);
    assert(!before);
    return c;
}

struct tcp_connection *tcp_connection_find(const struct tcp_stack *stack, const struct tcp_key *key)
{
    return table_get(&stack->connections, key_bytes(key));
}

void tcp_connection_attach(struct tcp_connection *c, uint32_t socket)
{
    struct tcp_stack *stack = c->stack;
    size_t capacity = stack->socket_capacity ? stack->socket_capacity : 8;
    while (capacity <= socket)
        capacity *= 2;
    if (capacity != stack->socket_capacity) {
        stack->sockets = memory_resize(stack->sockets, capacity * sizeof(*stack->sockets));
        memset(stack->sockets + stack->socket_capacity, 0,
               (capacity - stack->socket_capacity) * sizeof(*stack->sockets));
        stack->socket_capacity = capacity;
    }
    assert(!stack->sockets[socket]);
    stack->sockets[socket] = c;
    c->socket = socket;
}

static void release_socket(struct tcp_connection *c)
{
    if (c->socket)
        c->stack->sockets[c->socket] = NULL;
    c->socket = 0;
}

void tcp_connection_detach(struct tcp_connection *c)
{
    tcp_connection_tell(c, (struct tcp_event){.kind = TCP_GONE});
    release_socket(c);
}

static void free_buffers(struct tcp_connection *c)
{
    tcp_buffer_free(&c->send.buffer);
    tcp_reassembly_free(&c->receive.reassembly);
    tcp_ranges_free(&c->recovery.sacked);
}

static void leave_network(struct tcp_connection *c)
{
    tcp_timer_forget(c);
    free_buffers(c);
    if (c->state != TCP_CLOSED)
        table_remove(&c->stack->connections, key_bytes(&c->key));
    c->state = TCP_CLOSED;
}

void tcp_connection_promise(struct tcp_connection *c, uint32_t wanted)
{
    struct tcp_stack *stack = c->stack;
    uint64_t left = stack->promised < TCP_SEND_MEMORY ? TCP_SEND_MEMORY - stack->promised : 0;
    if (wanted <= c->send.limit)
        return;
    uint32_t more = wanted - c->send.limit;
    more = more < left ? more : (uint32_t)left;
    c->send.limit += more;
    stack->promised += more;
}

static void take_back_promise(struct tcp_connection *c)
{
    c->stack->promised -= c->send.limit;
    c->send.limit = 0;
}

void tcp_connection_drop(struct tcp_connection *c)
{
    take_back_promise(c);
    leave_network(c);
    release_socket(c);
    unlink_connection(c);
    free(c);
}

void tcp_connection_fail(struct tcp_connection *c, enum host_failure failure)
{
    bool connecting = c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED;
    tcp_connection_tell(c, (struct tcp_event){.kind = connecting ? TCP_CONNECT_FAILED : TCP_RESET,
                                              .failure = failure});
    tcp_connection_drop(c);
}

void tcp_connection_finish(struct tcp_connection *c)
{
    if (c->socket)
        leave_network(c);
    else
        tcp_connection_drop(c);
}

void tcp_connection_time_wait(struct tcp_connection *c, int64_t now_ns)
{
    take_back_promise(c);
    c->state = TCP_TIME_WAIT;
    free_buffers(c);
    for (int i = 0; i < TCP_TIMER_COUNT; i++)
        tcp_timer_set(c, (enum tcp_timer_kind)i, TIME_NEVER);
    tcp_timer_set(c, TCP_TIMER_LIFE, now_ns + TIME_WAIT_NS);
}

void tcp_connection_limit_life(struct tcp_connection *c, int64_t now_ns)
{
    if (c->state == TCP_FIN_WAIT_2 && c->socket == 0)
        tcp_timer_set(c, TCP_TIMER_LIFE, now_ns + TIME_WAIT_NS);
}

uint16_t tcp_connection_mss(const struct tcp_connection *c)
{
    return address_is_ipv4(&c->key.remote) ? MSS_IPV4 : MSS_IPV6;
}

void tcp_connection_negotiate(struct tcp_connection *c, const struct tcp_segment *segment,
                              int64_t now_ns)
{
    c->receive.initial = segment->seq;
    c->receive.nxt = segment->seq + 1;
    c->receive.last_ack = c->receive.nxt;
    c->receive.advertised = c->receive.nxt + FIRST_WINDOW;
    c->recovery.sack = segment->sack_permitted;
    c->timing.timestamps = segment->has_timestamps;
    c->timing.recent = segment->timestamp;
    c->timing.recent_ns = now_ns;
    if (segment->has_scale) {
        c->receive.scale = TCP_WINDOW_SCALE;
        c->send.scale =
            segment->scale < TCP_WINDOW_SCALE_LIMIT ? segment->scale : TCP_WINDOW_SCALE_LIMIT;
    }
    uint32_t mss = segment->mss ? segment->mss : MSS_UNSAID;
    mss = larger(smaller(mss, tcp_connection_mss(c)), MSS_LEAST);
    c->send.mss = mss - (c->timing.timestamps ? TCP_TIMESTAMPS_SIZE : 0);
}

void tcp_connection_establish(struct tcp_connection *c, const struct tcp_segment *segment,
                              int64_t now_ns)
{
    tcp_timing_acked(c, segment, now_ns);
    c->send.una = c->send.initial + 1;
    bool syn = segment->flags & TCP_FLAG_SYN;
    c->send.window = syn ? segment->window : (uint32_t)segment->window << c->send.scale;
    c->send.max_window = c->send.window;
    c->send.wl1 = segment->seq;
    c->send.wl2 = segment->ack;
    tcp_timer_set(c, TCP_TIMER_RETRANSMIT, TIME_NEVER);
    tcp_recovery_start(c);
    c->timing.retries = 0;
    c->state = c->send.finishing ? TCP_FIN_WAIT_1 : TCP_ESTABLISHED;
    bool accepted = c->socket == 0;
    c->send.told = c->send.limit;
    if (accepted)
        tcp_connection_attach(c, host_sockets_take(c->stack->environment.sockets));
    tcp_connection_tell(c, (struct tcp_event){.kind = accepted ? TCP_ACCEPTED : TCP_CONNECTED,
                                              .credit = tcp_connection_credit(c)});
}

void tcp_connection_tell(struct tcp_connection *c, struct tcp_event event)
{
    if (c->socket == 0)
        return;
    event.socket = c->socket;
    event.listener = c->listener;
    event.local = &c->key.local;
    event.remote = &c->key.remote;
    c->stack->environment.event(c->stack->environment.context, &event);
}

size_t tcp_connection_credit(const struct tcp_connection *c)
{
    bool open = c->state == TCP_ESTABLISHED || c->state == TCP_CLOSE_WAIT;
    return open ? c->send.limit - c->send.buffer.size : 0;
}
