/*
 * Payload and FIN of an arriving segment (RFC 9293, section 3.10.7.4, seventh and
 * eighth check), when to acknowledge them (RFC 5681 section 4.2), and the window
 * (RFC 9293, section 3.8.6).
 *
 * The window starts as Linux's does and grows by four octets for every octet the
 * node reads, so that it stays ahead of a sender in slow start even if a whole
 * flight arrives before the node reads: a reader that keeps up never limits.
 */
#include "sim/tcp/internal.h"

#include <assert.h>

enum { QUICK_AFTER_LOSS = 16, GROWTH = 4 };

static const int64_t DELAYED_ACK_NS = 40 * NS_PER_MS;

/* ---- the window -------------------------------------------------------------------------------
 */

/* The right edge that the unread octets allow. */
static uint32_t window_edge(const struct tcp_receiving *r)
{
    return r->nxt - r->unread + r->limit;
}

/* Less than this is not worth telling: receiver's avoidance of the silly window syndrome. */
static int32_t worthwhile(const struct tcp_connection *c)
{
    return (int32_t)smaller(tcp_connection_mss(c), c->receive.limit / 2);
}

uint16_t tcp_receive_window(struct tcp_connection *c, bool syn)
{
    struct tcp_receiving *r = &c->receive;
    if (syn)
        return (uint16_t)smaller(r->limit, UINT16_MAX);
    uint32_t edge = window_edge(r);
    uint32_t rounding = 0;
    if ((int32_t)(edge - r->advertised) < worthwhile(c)) {
        edge = r->advertised;
        rounding = (1u << r->scale) - 1; /* up: what was told once is never taken back */
    }
    uint32_t window = smaller((edge - r->nxt + rounding) >> r->scale, UINT16_MAX);
    r->advertised = sequence_max(r->advertised, r->nxt + (window << r->scale));
    return (uint16_t)window;
}

void tcp_receive_consumed(struct tcp_connection *c, size_t size, int64_t now_ns)
{
    struct tcp_receiving *r = &c->receive;
    assert(size <= r->unread);
    r->unread -= (uint32_t)size;
    uint32_t told = r->advertised - r->nxt;
    int32_t open = (int32_t)(window_edge(r) - r->nxt);
    uint32_t most = smaller(TCP_RECEIVE_BUFFER_LIMIT, (uint32_t)UINT16_MAX << r->scale);
    r->limit = smaller(r->limit + GROWTH * (uint32_t)size, larger(most, r->limit));
    bool receiving =
        c->state == TCP_ESTABLISHED || c->state == TCP_FIN_WAIT_1 || c->state == TCP_FIN_WAIT_2;
    /* As in Linux: only a window that has doubled is worth a segment of its own. */
    if (receiving && open - (int32_t)told >= worthwhile(c) && (uint32_t)open >= 2 * told)
        tcp_send_ack(c, now_ns);
}

/* ---- when to acknowledge ----------------------------------------------------------------------
 */

static void acknowledge_at_once(struct tcp_connection *c)
{
    c->receive.ack_now = true;
    c->receive.quick = QUICK_AFTER_LOSS;
}

/* Every second segment or after 40 ms; the first few of a connection at once, since its sender is
 * in slow start. */
static void acknowledge_in_order(struct tcp_connection *c, uint32_t size, int64_t now_ns)
{
    struct tcp_receiving *r = &c->receive;
    r->since_ack += size;
    r->mss = larger(r->mss, size);
    r->last_ns = now_ns;
    if (r->quick > 0) {
        r->quick--;
        r->ack_now = true;
    } else if (r->since_ack > r->mss) {
        r->ack_now = true;
    } else if (c->timers[TCP_TIMER_DELAYED_ACK] == TIME_NEVER) {
        tcp_timer_set(c, TCP_TIMER_DELAYED_ACK, now_ns + DELAYED_ACK_NS);
    }
}

/* ---- payload ------------------------------------------------------------------------------------
 */

static void deliver(struct tcp_connection *c, struct bytes bytes)
{
    c->receive.nxt += (uint32_t)bytes.size;
    c->receive.unread += (uint32_t)bytes.size;
    tcp_connection_tell(c, (struct tcp_event){.kind = TCP_BYTES, .bytes = bytes});
}

static void deliver_waiting(struct tcp_connection *c)
{
    struct tcp_receiving *r = &c->receive;
    struct bytes front;
    while ((front = tcp_reassembly_front(&r->reassembly, r->nxt)).size > 0)
        deliver(c, front);
    tcp_reassembly_drop_before(&r->reassembly, r->nxt);
}

static void take_in_order(struct tcp_connection *c, struct bytes bytes, int64_t now_ns)
{
    bool gap = c->receive.reassembly.ranges.count > 0;
    deliver(c, bytes);
    if (gap) {
        deliver_waiting(c);
        acknowledge_at_once(c);
    }
    acknowledge_in_order(c, (uint32_t)bytes.size, now_ns);
}

/* Cuts off what has been received before, and what is beyond the window. */
static struct bytes cut(const struct tcp_receiving *r, uint32_t *sequence, struct bytes bytes)
{
    if (sequence_before(*sequence, r->nxt)) {
        size_t old = smaller(r->nxt - *sequence, (uint32_t)bytes.size);
        bytes = bytes_of(bytes.data + old, bytes.size - old);
        *sequence += (uint32_t)old;
    }
    int32_t room = (int32_t)(r->advertised - *sequence);
    if (room <= 0)
        bytes.size = 0;
    else if (bytes.size > (size_t)room)
        bytes.size = (size_t)room;
    return bytes;
}

static void take_payload(struct tcp_connection *c, uint32_t sequence, struct bytes bytes,
                         int64_t now_ns)
{
    struct tcp_receiving *r = &c->receive;
    bytes = cut(r, &sequence, bytes);
    if (bytes.size == 0) {
        acknowledge_at_once(c);
    } else if (sequence == r->nxt) {
        take_in_order(c, bytes, now_ns);
    } else {
        tcp_reassembly_store(&r->reassembly, r->nxt, sequence, bytes);
        acknowledge_at_once(c);
    }
}

/* ---- FIN
 * ------------------------------------------------------------------------------------------ */

/* Without haste in a conversation: the node's own FIN may follow at once and carry the ACK. */
static void take_fin(struct tcp_connection *c, int64_t now_ns)
{
    struct tcp_receiving *r = &c->receive;
    r->nxt++;
    r->fin_known = false;
    tcp_reassembly_free(&r->reassembly);
    tcp_connection_tell(c, (struct tcp_event){.kind = TCP_FINISHED});
    if (c->state == TCP_ESTABLISHED) {
        c->state = TCP_CLOSE_WAIT;
        acknowledge_in_order(c, 1, now_ns);
        return;
    }
    r->ack_now = true;
    if (c->state == TCP_FIN_WAIT_1)
        c->state = TCP_CLOSING;
    else
        tcp_connection_time_wait(c, now_ns);
}

static void note_fin(struct tcp_receiving *r, uint32_t sequence)
{
    if (r->fin_known || sequence_before(sequence, r->nxt) ||
        !sequence_before(sequence, r->advertised))
        return;
    r->fin_known = true;
    r->fin = sequence;
}

bool tcp_receive(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    struct tcp_receiving *r = &c->receive;
    uint32_t end = segment->seq + (uint32_t)segment->payload.size;
    if (tcp_segment_length(segment) == 0)
        return true;
    if (c->state != TCP_ESTABLISHED && c->state != TCP_FIN_WAIT_1 && c->state != TCP_FIN_WAIT_2) {
        r->ack_now = true; /* nothing can follow the peer's FIN */
        return true;
    }
    if (c->socket == 0 && sequence_after(end, r->nxt)) {
        tcp_send_reset(c, now_ns); /* RFC 9293, section 3.6.1: nobody will read it */
        tcp_connection_drop(c);
        return false;
    }
    if (segment->flags & TCP_FLAG_FIN)
        note_fin(r, end);
    if (segment->payload.size > 0)
        take_payload(c, segment->seq, segment->payload, now_ns);
    if (r->fin_known && r->fin == r->nxt)
        take_fin(c, now_ns);
    return true;
}
