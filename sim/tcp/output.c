/*
 * Sending: which octets may go now (RFC 9293 section 3.8.6, RFC 5681), and the
 * segments that carry them. Nagle's algorithm is off, as every DNS server sets
 * it; a small window is left alone until it is worth a segment (section
 * 3.8.6.2.1).
 */
#include "sim/tcp/internal.h"

static const int64_t CHALLENGE_INTERVAL_NS = 100 * NS_PER_MS;
static const int64_t CONVERSATION_NS = 40 * NS_PER_MS;

struct outgoing {
    uint32_t seq;
    uint32_t size; /* of the payload, from the send buffer */
    uint8_t flags;
};

/* ---- one segment ---------------------------------------------------------------------------- */

static void add_syn_options(const struct tcp_connection *c, struct tcp_segment *segment)
{
    bool first = c->state == TCP_SYN_SENT; /* offers all; an answer only what was offered */
    segment->mss = tcp_connection_mss(c);
    segment->sack_permitted = first || c->recovery.sack;
    segment->has_timestamps = first || c->timing.timestamps;
    segment->has_scale = first || c->receive.scale > 0;
    segment->scale = TCP_WINDOW_SCALE;
}

static size_t sack_blocks(const struct tcp_connection *c,
                          struct tcp_range blocks[TCP_SACK_BLOCKS_SENT])
{
    return c->recovery.sack ? tcp_reassembly_blocks(&c->receive.reassembly, blocks) : 0;
}

static void add_options(struct tcp_connection *c, struct tcp_segment *segment, int64_t now_ns)
{
    if (segment->flags & TCP_FLAG_SYN)
        add_syn_options(c, segment);
    else
        segment->has_timestamps = c->timing.timestamps;
    segment->timestamp = tcp_timing_clock(c, now_ns);
    if (!(segment->flags & TCP_FLAG_ACK))
        return;
    segment->ack = c->receive.nxt;
    segment->echo = c->timing.recent;
    if (!(segment->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)))
        segment->sack_count = (uint8_t)sack_blocks(c, segment->sack);
}

static void note_acknowledged(struct tcp_connection *c)
{
    c->receive.last_ack = c->receive.nxt;
    c->receive.since_ack = 0;
    c->receive.ack_now = false;
    tcp_timer_set(c, TCP_TIMER_DELAYED_ACK, TIME_NEVER);
}

static void transmit(struct tcp_connection *c, struct outgoing what, int64_t now_ns)
{
    const struct tcp_environment *environment = &c->stack->environment;
    struct tcp_segment segment = {.source_port = c->key.local.port,
                                  .destination_port = c->key.remote.port,
                                  .seq = what.seq,
                                  .flags = what.flags};
    if (!(what.flags & TCP_FLAG_RST))
        segment.window = tcp_receive_window(c, what.flags & TCP_FLAG_SYN);
    add_options(c, &segment, now_ns);
    size_t header = tcp_segment_header_size(&segment);
    uint8_t *out = environment->room(environment->context, header + what.size);
    tcp_segment_encode(&segment, out);
    if (what.size > 0)
        tcp_buffer_copy(&c->send.buffer, what.seq - c->send.base, what.size, out + header);
    if (what.flags & TCP_FLAG_ACK)
        note_acknowledged(c);
    environment->send(environment->context, &c->key.local, &c->key.remote, header + what.size);
}

void tcp_send_syn(struct tcp_connection *c, int64_t now_ns)
{
    uint8_t flags = TCP_FLAG_SYN | (c->state == TCP_SYN_RECEIVED ? TCP_FLAG_ACK : 0);
    transmit(c, (struct outgoing){.seq = c->send.initial, .flags = flags}, now_ns);
}

void tcp_send_ack(struct tcp_connection *c, int64_t now_ns)
{
    transmit(c, (struct outgoing){.seq = c->send.nxt, .flags = TCP_FLAG_ACK}, now_ns);
}

void tcp_send_challenge(struct tcp_connection *c, int64_t now_ns)
{
    if (c->challenge_ns != INT64_MIN && now_ns - c->challenge_ns < CHALLENGE_INTERVAL_NS)
        return;
    c->challenge_ns = now_ns;
    tcp_send_ack(c, now_ns);
}

/* An old sequence number makes the peer answer with its window; no octet is spent on it. */
void tcp_send_probe(struct tcp_connection *c, int64_t now_ns)
{
    transmit(c, (struct outgoing){.seq = c->send.una - 1, .flags = TCP_FLAG_ACK}, now_ns);
}

void tcp_send_reset(struct tcp_connection *c, int64_t now_ns)
{
    struct outgoing reset = {.seq = c->send.nxt, .flags = TCP_FLAG_RST | TCP_FLAG_ACK};
    transmit(c, reset, now_ns);
}

void tcp_send_refusal(struct tcp_stack *stack, const struct tcp_key *key,
                      const struct tcp_segment *segment)
{
    if (segment->flags & TCP_FLAG_RST)
        return;
    struct tcp_segment reset = {.source_port = key->local.port,
                                .destination_port = key->remote.port,
                                .flags = TCP_FLAG_RST};
    if (segment->flags & TCP_FLAG_ACK) {
        reset.seq = segment->ack;
    } else {
        reset.flags |= TCP_FLAG_ACK;
        reset.ack = segment->seq + tcp_segment_length(segment);
    }
    const struct tcp_environment *environment = &stack->environment;
    size_t size = tcp_segment_header_size(&reset);
    tcp_segment_encode(&reset, environment->room(environment->context, size));
    environment->send(environment->context, &key->local, &key->remote, size);
}

/* ---- which octets --------------------------------------------------------------------------- */

static uint32_t data_end(const struct tcp_connection *c)
{
    return c->send.base + (uint32_t)c->send.buffer.size;
}

/* Octets and FIN that have not been sent once. */
static bool is_pending(const struct tcp_connection *c)
{
    if (c->send.fin_sent)
        return false;
    return data_end(c) != c->send.nxt || c->send.finishing;
}

/* Payload of a full segment now: SACK blocks take their room from it. */
static uint32_t full_size(const struct tcp_connection *c)
{
    struct tcp_range blocks[TCP_SACK_BLOCKS_SENT];
    return c->send.mss - (uint32_t)tcp_segment_sack_size(sack_blocks(c, blocks));
}

static uint8_t data_flags(const struct tcp_connection *c, uint32_t seq, uint32_t size)
{
    uint8_t flags = TCP_FLAG_ACK;
    if (size > 0 && seq + size == data_end(c))
        flags |= TCP_FLAG_PSH;
    return flags;
}

/* Answering data with data makes a conversation, where ACKs ride on answers. */
static void note_data_sent(struct tcp_connection *c, int64_t now_ns)
{
    if (c->receive.last_ns != INT64_MIN && now_ns - c->receive.last_ns < CONVERSATION_NS)
        c->receive.quick = 0;
    c->send.last_ns = now_ns;
}

static bool send_hole(struct tcp_connection *c, uint32_t room, int64_t now_ns)
{
    struct tcp_range hole;
    if (!tcp_recovery_hole(c, &hole))
        return false;
    uint32_t size = smaller(hole.to - hole.from, full_size(c));
    if (size > room && !c->recovery.forced)
        return false;
    c->recovery.forced = false;
    bool fin = c->send.fin_sent && hole.from + size == c->send.nxt;
    uint32_t payload = size - (fin ? 1 : 0);
    uint8_t flags = data_flags(c, hole.from, payload);
    if (fin)
        flags |= TCP_FLAG_FIN;
    c->recovery.retransmitted = hole.from + size;
    tcp_timing_cancel(c);
    transmit(c, (struct outgoing){.seq = hole.from, .size = payload, .flags = flags}, now_ns);
    return true;
}

/* Sender's avoidance of the silly window syndrome. */
static bool worthwhile(const struct tcp_connection *c, uint32_t size, uint32_t unsent, bool forced)
{
    return forced || size == unsent || size >= full_size(c) || size >= c->send.max_window / 2;
}

static bool send_new(struct tcp_connection *c, uint32_t room, bool forced, int64_t now_ns)
{
    if (!is_pending(c))
        return false;
    uint32_t unsent = data_end(c) - c->send.nxt;
    int32_t usable = (int32_t)(c->send.una + c->send.window - c->send.nxt);
    if (usable <= 0)
        return false;
    uint32_t size = smaller(smaller(unsent, full_size(c)), (uint32_t)usable);
    bool fin = c->send.finishing && size == unsent && size < (uint32_t)usable;
    if (size == 0 && !fin)
        return false;
    if (!worthwhile(c, size, unsent, forced))
        return false;
    if (size > room && c->send.una != c->send.nxt)
        return false;
    struct outgoing what = {c->send.nxt, size, data_flags(c, c->send.nxt, size)};
    if (fin)
        what.flags |= TCP_FLAG_FIN;
    tcp_timing_sent(c, c->send.nxt, now_ns);
    c->send.nxt += size + (fin ? 1 : 0);
    c->send.fin_sent = fin;
    if (size > 0)
        note_data_sent(c, now_ns);
    transmit(c, what, now_ns);
    return true;
}

/* ---- all that may go ------------------------------------------------------------------------- */

static bool may_send(enum tcp_state state)
{
    switch (state) {
    case TCP_ESTABLISHED:
    case TCP_CLOSE_WAIT:
    case TCP_FIN_WAIT_1:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
        return true;
    case TCP_CLOSED:
    case TCP_SYN_SENT:
    case TCP_SYN_RECEIVED:
    case TCP_FIN_WAIT_2:
    case TCP_TIME_WAIT:
        return false;
    }
    return false;
}

static void start_timer(struct tcp_connection *c, enum tcp_timer_kind kind, int64_t now_ns)
{
    if (c->timers[kind] == TIME_NEVER)
        tcp_timer_set(c, kind, now_ns + tcp_timing_timeout(c));
}

static void arm(struct tcp_connection *c, int64_t now_ns)
{
    bool in_flight = c->send.una != c->send.nxt;
    if (in_flight)
        start_timer(c, TCP_TIMER_RETRANSMIT, now_ns);
    else
        tcp_timer_set(c, TCP_TIMER_RETRANSMIT, TIME_NEVER);
    if (!in_flight && is_pending(c))
        start_timer(c, TCP_TIMER_PERSIST, now_ns);
    else
        tcp_timer_set(c, TCP_TIMER_PERSIST, TIME_NEVER);
}

/* RFC 5681, section 4.1. */
static void restart_after_idle(struct tcp_connection *c, int64_t now_ns)
{
    bool idle = c->send.una == c->send.nxt && c->send.last_ns != INT64_MIN &&
                now_ns - c->send.last_ns > c->timing.timeout_ns;
    if (idle && is_pending(c))
        tcp_recovery_idle(c);
}

static void output(struct tcp_connection *c, bool forced, int64_t now_ns)
{
    if (!may_send(c->state))
        return;
    restart_after_idle(c, now_ns);
    for (bool sent = true; sent;) {
        uint32_t pipe = tcp_recovery_pipe(c);
        uint32_t room = pipe < c->recovery.window ? c->recovery.window - pipe : 0;
        sent = send_hole(c, room, now_ns) || send_new(c, room, forced, now_ns);
    }
    arm(c, now_ns);
}

void tcp_output(struct tcp_connection *c, int64_t now_ns)
{
    output(c, false, now_ns);
}

void tcp_output_forced(struct tcp_connection *c, int64_t now_ns)
{
    output(c, true, now_ns);
}
