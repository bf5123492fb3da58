/*
 * Timers: four a connection, of which the earliest places the connection in the
 * stack's binary heap, ordered by time, then by the connection's number. The
 * environment hears of a deadline only when it has come nearer: one that has
 * moved away costs a call of tcp_timer that finds nothing to do, which is cheaper
 * than moving it with every acknowledgement.
 */
#include "sim/tcp/internal.h"

#include <assert.h>

enum {
    SYN_RETRIES = 6, /* given up after 127 s */
    SYN_ACK_RETRIES = 5,
    RETRIES = 15,
    RETRIES_UNATTENDED = 8 /* when the node has closed its socket */
};

/* ---- the heap; heap_index is one more than the place, 0 is outside ------------------------- */

static bool earlier(const struct tcp_connection *a, const struct tcp_connection *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->number < b->number;
}

static void place(struct tcp_stack *stack, size_t at, struct tcp_connection *c)
{
    stack->heap[at] = c;
    c->heap_index = at + 1;
}

static void sift_up(struct tcp_stack *stack, size_t at)
{
    struct tcp_connection *c = stack->heap[at];
    for (; at > 0 && earlier(c, stack->heap[(at - 1) / 2]); at = (at - 1) / 2)
        place(stack, at, stack->heap[(at - 1) / 2]);
    place(stack, at, c);
}

static void sift_down(struct tcp_stack *stack, size_t at)
{
    struct tcp_connection *c = stack->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= stack->heap_count)
            break;
        if (child + 1 < stack->heap_count && earlier(stack->heap[child + 1], stack->heap[child]))
            child++;
        if (!earlier(stack->heap[child], c))
            break;
        place(stack, at, stack->heap[child]);
        at = child;
    }
    place(stack, at, c);
}

static void heap_remove(struct tcp_connection *c)
{
    struct tcp_stack *stack = c->stack;
    if (c->heap_index == 0)
        return;
    size_t at = c->heap_index - 1;
    c->heap_index = 0;
    struct tcp_connection *last = stack->heap[--stack->heap_count];
    if (last == c)
        return;
    place(stack, at, last);
    sift_up(stack, at);
    sift_down(stack, last->heap_index - 1);
}

static void heap_update(struct tcp_connection *c)
{
    struct tcp_stack *stack = c->stack;
    if (c->deadline_ns == TIME_NEVER) {
        heap_remove(c);
        return;
    }
    if (c->heap_index == 0) {
        memory_reserve(stack->heap, stack->heap_count, stack->heap_capacity);
        place(stack, stack->heap_count++, c);
    }
    sift_up(stack, c->heap_index - 1);
    sift_down(stack, c->heap_index - 1);
}

/* ---- setting ------------------------------------------------------------------------------- */

void tcp_timer_set(struct tcp_connection *c, enum tcp_timer_kind kind, int64_t at_ns)
{
    if (c->timers[kind] == at_ns)
        return;
    c->timers[kind] = at_ns;
    int64_t deadline_ns = TIME_NEVER;
    for (size_t i = 0; i < TCP_TIMER_COUNT; i++)
        if (c->timers[i] < deadline_ns)
            deadline_ns = c->timers[i];
    if (deadline_ns == c->deadline_ns)
        return;
    c->deadline_ns = deadline_ns;
    heap_update(c);
}

void tcp_timer_forget(struct tcp_connection *c)
{
    heap_remove(c);
    c->deadline_ns = TIME_NEVER;
    for (size_t i = 0; i < TCP_TIMER_COUNT; i++)
        c->timers[i] = TIME_NEVER;
}

void tcp_timer_tell(struct tcp_stack *stack)
{
    if (stack->heap_count == 0 || stack->heap[0]->deadline_ns >= stack->told_ns)
        return;
    stack->told_ns = stack->heap[0]->deadline_ns;
    stack->environment.deadline(stack->environment.context, stack->told_ns);
}

/* ---- running out ---------------------------------------------------------------------------- */

static int patience(const struct tcp_connection *c)
{
    if (c->state == TCP_SYN_SENT)
        return SYN_RETRIES;
    if (c->state == TCP_SYN_RECEIVED)
        return SYN_ACK_RETRIES;
    return c->socket ? RETRIES : RETRIES_UNATTENDED;
}

static void retransmit(struct tcp_connection *c, int64_t now_ns)
{
    if (c->timing.retries >= patience(c)) {
        tcp_connection_fail(c, HOST_TIMED_OUT);
        return;
    }
    tcp_timing_cancel(c);
    if (c->state == TCP_SYN_SENT || c->state == TCP_SYN_RECEIVED) {
        c->timing.retries++;
        tcp_send_syn(c, now_ns);
        tcp_timer_set(c, TCP_TIMER_RETRANSMIT, now_ns + tcp_timing_timeout(c));
        return;
    }
    tcp_recovery_timeout(c);
    c->timing.retries++;
    tcp_output(c, now_ns);
}

/* RFC 9293, section 3.8.6.1. A peer that answers may keep its window shut for ever. */
static void persist(struct tcp_connection *c, int64_t now_ns)
{
    if (c->timing.unanswered >= patience(c)) {
        tcp_connection_fail(c, HOST_TIMED_OUT);
        return;
    }
    tcp_output_forced(c, now_ns);
    if (c->send.una != c->send.nxt)
        return;
    c->timing.unanswered++;
    if (c->timing.retries < RETRIES)
        c->timing.retries++;
    tcp_send_probe(c, now_ns);
    tcp_timer_set(c, TCP_TIMER_PERSIST, now_ns + tcp_timing_timeout(c));
}

static void expire(struct tcp_connection *c, enum tcp_timer_kind kind, int64_t now_ns)
{
    tcp_timer_set(c, kind, TIME_NEVER);
    switch (kind) {
    case TCP_TIMER_LIFE:
        tcp_connection_finish(c);
        break;
    case TCP_TIMER_DELAYED_ACK:
        tcp_send_ack(c, now_ns);
        break;
    case TCP_TIMER_RETRANSMIT:
        retransmit(c, now_ns);
        break;
    case TCP_TIMER_PERSIST:
        persist(c, now_ns);
        break;
    case TCP_TIMER_COUNT:
        break;
    }
}

/* One timer at a time: the connection may be gone afterwards. */
static void expire_first(struct tcp_connection *c, int64_t now_ns)
{
    for (int i = 0; i < TCP_TIMER_COUNT; i++)
        if (c->timers[i] <= now_ns) {
            expire(c, (enum tcp_timer_kind)i, now_ns);
            return;
        }
}

void tcp_timer(struct tcp_stack *stack, int64_t now_ns)
{
    if (stack->told_ns <= now_ns)
        stack->told_ns = TIME_NEVER;
    while (stack->heap_count > 0 && stack->heap[0]->deadline_ns <= now_ns)
        expire_first(stack->heap[0], now_ns);
    tcp_timer_tell(stack);
}
