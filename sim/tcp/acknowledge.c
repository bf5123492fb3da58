/*
 * The acknowledgement field of an arriving segment (RFC 9293, section 3.10.7.4,
 * fifth check): the peer's window, what it has received, our FIN.
 */
#include "sim/tcp/internal.h"

/* A window told by an older segment must not replace a newer one. Returns whether it changed. */
static bool update_window(struct tcp_connection *c, const struct tcp_segment *segment)
{
    struct tcp_sending *send = &c->send;
    if (sequence_before(segment->seq, send->wl1) ||
        (segment->seq == send->wl1 && sequence_before(segment->ack, send->wl2)))
        return false;
    uint32_t window = (uint32_t)segment->window << send->scale;
    bool changed = window != send->window;
    send->window = window;
    send->max_window = larger(send->max_window, window);
    send->wl1 = segment->seq;
    send->wl2 = segment->ack;
    return changed;
}

/* The buffer holds two congestion windows, one in flight and one to follow. */
static void tell_writable(struct tcp_connection *c)
{
    uint32_t wanted = smaller(2 * c->recovery.window, TCP_SEND_BUFFER_LIMIT);
    tcp_connection_promise(c, wanted);
    size_t credit = tcp_connection_credit(c);
    if (c->send.told >= c->send.limit / 2 || credit < c->send.limit / 2)
        return;
    c->send.told = (uint32_t)credit;
    tcp_connection_tell(c, (struct tcp_event){.kind = TCP_WRITABLE, .credit = credit});
}

static void advance(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    uint32_t flight = c->send.nxt - c->send.una;
    uint32_t acked = segment->ack - c->send.una;
    uint32_t data = smaller(segment->ack - c->send.base, (uint32_t)c->send.buffer.size);
    tcp_timing_acked(c, segment, now_ns);
    tcp_timer_set(c, TCP_TIMER_RETRANSMIT, TIME_NEVER);
    c->timing.retries = 0;
    c->send.una = segment->ack;
    c->send.base += data;
    tcp_buffer_drop(&c->send.buffer, data);
    tcp_recovery_acked(c, acked, flight);
    if (!c->send.finishing)
        tell_writable(c);
}

static bool is_duplicate(const struct tcp_connection *c, const struct tcp_segment *segment,
                         bool window_changed, bool sack_news)
{
    if (segment->ack != c->send.una || c->send.una == c->send.nxt)
        return false;
    if (c->recovery.sack)
        return sack_news;
    return !window_changed && tcp_segment_length(segment) == 0;
}

/* False: the connection is over. */
static bool follow_fin(struct tcp_connection *c, int64_t now_ns)
{
    if (!c->send.fin_sent || c->send.una != c->send.nxt)
        return true;
    if (c->state == TCP_FIN_WAIT_1) {
        c->state = TCP_FIN_WAIT_2;
        tcp_connection_limit_life(c, now_ns);
    } else if (c->state == TCP_CLOSING) {
        tcp_connection_time_wait(c, now_ns);
    } else if (c->state == TCP_LAST_ACK) {
        tcp_connection_finish(c);
        return false;
    }
    return true;
}

/* Nothing is in flight: this answers a probe, if any was sent. */
static void end_probing(struct tcp_connection *c)
{
    c->timing.unanswered = 0;
    if (c->send.window > 0)
        c->timing.retries = 0;
}

bool tcp_acknowledge(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    /* RFC 5961, section 5.2. */
    if (sequence_after(segment->ack, c->send.nxt) ||
        sequence_before(segment->ack, c->send.una - c->send.max_window)) {
        tcp_send_challenge(c, now_ns);
        return false;
    }
    if (sequence_before(segment->ack, c->send.una))
        return true;
    if (c->send.una == c->send.nxt)
        end_probing(c);
    bool window_changed = update_window(c, segment);
    bool sack_news = tcp_recovery_sacked(c, segment);
    if (sequence_after(segment->ack, c->send.una))
        advance(c, segment, now_ns);
    else if (is_duplicate(c, segment, window_changed, sack_news))
        tcp_recovery_duplicate(c);
    return follow_fin(c, now_ns);
}
