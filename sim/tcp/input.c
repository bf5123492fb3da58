/*
 * A segment that belongs to a connection: the checks of RFC 9293 section
 * 3.10.7.3 (SYN-SENT) and 3.10.7.4 (all other states) in their order, with the
 * challenge ACKs of RFC 5961 and PAWS (RFC 7323, section 5).
 */
#include "sim/tcp/internal.h"

static const int64_t PAWS_MEMORY_NS = INT64_C(24) * 86400 * NS_PER_S;

static void finish_input(struct tcp_connection *c, int64_t now_ns)
{
    tcp_output(c, now_ns);
    if (c->receive.ack_now)
        tcp_send_ack(c, now_ns);
}

/* ---- SYN-SENT ----------------------------------------------------------------------------------
 */

/* Both ends have sent a SYN (RFC 9293, section 3.5, figure 7). */
static void open_simultaneously(struct tcp_connection *c, int64_t now_ns)
{
    c->state = TCP_SYN_RECEIVED;
    tcp_timing_cancel(c);
    tcp_send_syn(c, now_ns);
    tcp_timer_set(c, TCP_TIMER_RETRANSMIT, now_ns + tcp_timing_timeout(c));
}

static void input_syn_sent(struct tcp_connection *c, const struct tcp_segment *segment,
                           int64_t now_ns)
{
    bool acked = segment->flags & TCP_FLAG_ACK;
    if (acked && segment->ack != c->send.nxt) {
        tcp_send_refusal(c->stack, &c->key, segment);
        return;
    }
    if (segment->flags & TCP_FLAG_RST) {
        if (acked)
            tcp_connection_fail(c, HOST_REFUSED);
        return;
    }
    if (!(segment->flags & TCP_FLAG_SYN))
        return;
    tcp_connection_negotiate(c, segment, now_ns);
    if (!acked) {
        open_simultaneously(c, now_ns);
        return;
    }
    tcp_connection_establish(c, segment, now_ns);
    c->receive.ack_now = true;
    finish_input(c, now_ns);
}

/* ---- all other states
 * ---------------------------------------------------------------------------- */

/* Returns false if there is nothing more to do with the segment. */
static bool strip_repeated_syn(struct tcp_connection *c, struct tcp_segment *segment,
                               int64_t now_ns)
{
    if (!(segment->flags & TCP_FLAG_SYN) || segment->seq != c->receive.initial)
        return true;
    if (!(segment->flags & TCP_FLAG_ACK)) {
        tcp_timing_cancel(c);
        tcp_send_syn(c, now_ns); /* our SYN-ACK was lost or is late */
        return false;
    }
    segment->flags &= (uint8_t)~TCP_FLAG_SYN;
    segment->seq++;
    segment->window = (uint16_t)(segment->window >> c->send.scale); /* unscaled in a SYN */
    return true;
}

/* PAWS: the segment is older than what has been received. */
static bool outdated(const struct tcp_connection *c, const struct tcp_segment *segment,
                     int64_t now_ns)
{
    const struct tcp_timing *t = &c->timing;
    return t->timestamps && segment->has_timestamps && !(segment->flags & TCP_FLAG_RST) &&
           sequence_before(segment->timestamp, t->recent) && now_ns - t->recent_ns < PAWS_MEMORY_NS;
}

/* RFC 9293 table 6, but as Linux reads it: a segment without length may stand at the window's right
 * edge, where a sender that has filled the window is, and may repeat what no ACK has covered yet.
 */
static bool acceptable(const struct tcp_connection *c, const struct tcp_segment *segment)
{
    const struct tcp_receiving *r = &c->receive;
    uint32_t length = tcp_segment_length(segment);
    if (length == 0)
        return !sequence_before(segment->seq, r->last_ack) &&
               !sequence_after(segment->seq, r->advertised);
    return sequence_after(segment->seq + length, r->nxt) &&
           sequence_before(segment->seq, r->advertised);
}

static void answer_unacceptable(struct tcp_connection *c, const struct tcp_segment *segment,
                                int64_t now_ns)
{
    if (segment->flags & TCP_FLAG_RST)
        return;
    if (c->state == TCP_TIME_WAIT && (segment->flags & TCP_FLAG_FIN))
        tcp_connection_time_wait(c, now_ns); /* our last ACK was lost: 60 s from here */
    if (tcp_segment_length(segment) > 0)
        tcp_send_ack(c, now_ns);
    else
        tcp_send_challenge(c, now_ns);
}

static void input_reset(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    if (segment->seq != c->receive.nxt)
        tcp_send_challenge(c, now_ns); /* RFC 5961, section 3.2 */
    else if (c->state == TCP_TIME_WAIT)
        tcp_connection_finish(c);
    else
        tcp_connection_fail(c, c->state == TCP_SYN_RECEIVED ? HOST_REFUSED : HOST_PEER_RESET);
}

/* RFC 7323, section 4.3: of all segments not acknowledged yet the first one is echoed. */
static void remember_timestamp(struct tcp_connection *c, const struct tcp_segment *segment,
                               int64_t now_ns)
{
    if (!c->timing.timestamps || !segment->has_timestamps ||
        sequence_after(segment->seq, c->receive.last_ack))
        return;
    c->timing.recent = segment->timestamp;
    c->timing.recent_ns = now_ns;
}

/* False: the segment is of no use, and has been answered if it should be. */
static bool passes_checks(struct tcp_connection *c, const struct tcp_segment *segment,
                          int64_t now_ns)
{
    bool old = outdated(c, segment, now_ns);
    if (old && tcp_segment_length(segment) == 0)
        return false; /* an ACK overtaken by others */
    if (old || !acceptable(c, segment)) {
        answer_unacceptable(c, segment, now_ns);
        return false;
    }
    if (segment->flags & TCP_FLAG_RST) {
        input_reset(c, segment, now_ns);
        return false;
    }
    if (segment->flags & TCP_FLAG_SYN) {
        tcp_send_challenge(c, now_ns); /* RFC 5961, section 4.2 */
        return false;
    }
    return segment->flags & TCP_FLAG_ACK;
}

static bool finish_handshake(struct tcp_connection *c, const struct tcp_segment *segment,
                             int64_t now_ns)
{
    if (segment->ack != c->send.initial + 1) {
        tcp_send_refusal(c->stack, &c->key, segment);
        return false;
    }
    tcp_connection_establish(c, segment, now_ns);
    return true;
}

void tcp_input(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    if (c->state == TCP_SYN_SENT) {
        input_syn_sent(c, segment, now_ns);
        return;
    }
    struct tcp_segment rest = *segment;
    if (c->state == TCP_SYN_RECEIVED && !strip_repeated_syn(c, &rest, now_ns))
        return;
    if (!passes_checks(c, &rest, now_ns))
        return;
    if (c->state == TCP_SYN_RECEIVED && !finish_handshake(c, &rest, now_ns))
        return;
    remember_timestamp(c, &rest, now_ns);
    if (tcp_acknowledge(c, &rest, now_ns) && tcp_receive(c, &rest, now_ns))
        finish_input(c, now_ns);
}
