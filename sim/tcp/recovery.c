/*
 * Congestion control and loss recovery: slow start and congestion avoidance
 * (RFC 5681, initial window of RFC 6928), fast recovery by NewReno (RFC 6582) or,
 * where SACK is negotiated, by the scoreboard of RFC 6675; after a timeout
 * everything not known to have arrived is sent again in slow start.
 *
 * Both kinds of recovery are one: octets below lost_until() that are not SACKed
 * are lost, and the pipe holds what is neither lost nor SACKed, plus what was
 * sent again. Without SACK a duplicate ACK says that one segment has arrived.
 *
 *                   3 duplicates,                    timeout
 *      +--------+   or SACKs above    +----------+ ----------> +--------+
 *  --> |  OPEN  | ------------------> | RECOVERY |             |  LOSS  |
 *      +--------+ <------------------ +----------+             +--------+
 *        |    ^     RECOVER acked                                |   ^
 *        |    +--------------------------------------------------+   |
 *        +-------------------------- timeout ------------------------+
 */
#include "sim/tcp/internal.h"

enum { INITIAL_SEGMENTS = 10, DUPLICATE_THRESHOLD = 3 };

static uint32_t flight(const struct tcp_connection *c)
{
    return c->send.nxt - c->send.una;
}

static uint32_t initial_window(const struct tcp_connection *c)
{
    return INITIAL_SEGMENTS * c->send.mss;
}

void tcp_recovery_start(struct tcp_connection *c)
{
    struct tcp_recovery *r = &c->recovery;
    r->window = c->timing.retries > 1 ? c->send.mss : initial_window(c);
    r->threshold = INT32_MAX;
}

void tcp_recovery_idle(struct tcp_connection *c)
{
    c->recovery.window = smaller(c->recovery.window, initial_window(c));
}

/* ---- what is lost -----------------------------------------------------------------------------
 */

/* IsLost of RFC 6675: more than two segments' worth has arrived above it. */
static uint32_t scoreboard_lost_until(const struct tcp_connection *c)
{
    const struct tcp_ranges *sacked = &c->recovery.sacked;
    uint32_t above = 0;
    for (size_t i = sacked->count; i > 0; i--) {
        above += sacked->items[i - 1].to - sacked->items[i - 1].from;
        if (above > (DUPLICATE_THRESHOLD - 1) * c->send.mss)
            return sacked->items[i - 1].from;
    }
    return c->send.una;
}

/* What is not SACKed below this number is lost. */
static uint32_t lost_until(const struct tcp_connection *c)
{
    const struct tcp_recovery *r = &c->recovery;
    uint32_t head = sequence_min(c->send.una + c->send.mss, r->recover);
    switch (r->phase) {
    case TCP_PHASE_OPEN:
        return c->send.una;
    case TCP_PHASE_RECOVERY:
        return sequence_max(scoreboard_lost_until(c), head);
    case TCP_PHASE_LOSS:
        return sequence_max(scoreboard_lost_until(c), r->recover);
    }
    return c->send.una;
}

/* Octets from FROM to TO that are not known to have arrived. */
static uint32_t missing(const struct tcp_connection *c, uint32_t from, uint32_t to)
{
    if (!sequence_before(from, to))
        return 0;
    return to - from - tcp_ranges_covered(&c->recovery.sacked, (struct tcp_range){from, to});
}

uint32_t tcp_recovery_pipe(const struct tcp_connection *c)
{
    const struct tcp_recovery *r = &c->recovery;
    uint32_t pipe = missing(c, lost_until(c), c->send.nxt);
    if (r->phase != TCP_PHASE_OPEN)
        pipe += missing(c, c->send.una, r->retransmitted);
    if (!r->sack)
        pipe -= smaller(pipe, r->duplicates * c->send.mss);
    return pipe;
}

bool tcp_recovery_hole(const struct tcp_connection *c, struct tcp_range *hole)
{
    const struct tcp_recovery *r = &c->recovery;
    if (r->phase == TCP_PHASE_OPEN)
        return false;
    uint32_t end = lost_until(c);
    hole->from = sequence_max(c->send.una, r->retransmitted);
    const struct tcp_range *held = tcp_ranges_find(&r->sacked, hole->from);
    if (held)
        hole->from = held->to;
    hole->to = end;
    for (size_t i = 0; i < r->sacked.count; i++)
        if (sequence_after(r->sacked.items[i].from, hole->from)) {
            hole->to = sequence_min(end, r->sacked.items[i].from);
            break;
        }
    return sequence_before(hole->from, hole->to);
}

/* ---- what is learnt ---------------------------------------------------------------------------
 */

static void enter_recovery(struct tcp_connection *c)
{
    struct tcp_recovery *r = &c->recovery;
    r->phase = TCP_PHASE_RECOVERY;
    r->threshold = larger(smaller(flight(c), r->window) / 2, 2 * c->send.mss);
    r->window = r->threshold;
    r->acked = 0;
    r->recover = c->send.nxt;
    r->retransmitted = c->send.una;
    r->forced = true;
}

static void suspect_loss(struct tcp_connection *c)
{
    const struct tcp_recovery *r = &c->recovery;
    if (r->phase != TCP_PHASE_OPEN || flight(c) == 0)
        return;
    if (r->wary && !r->sack)
        return;
    if (r->duplicates >= DUPLICATE_THRESHOLD ||
        sequence_after(scoreboard_lost_until(c), c->send.una))
        enter_recovery(c);
}

bool tcp_recovery_sacked(struct tcp_connection *c, const struct tcp_segment *segment)
{
    uint32_t news = 0;
    if (!c->recovery.sack)
        return false;
    for (size_t i = 0; i < segment->sack_count; i++) {
        struct tcp_range block = segment->sack[i];
        /* Not above SND.NXT, and in order; D-SACK blocks lie below the ACK. */
        if (!sequence_before(block.from, block.to) || sequence_after(block.to, c->send.nxt) ||
            !sequence_after(block.from, sequence_max(segment->ack, c->send.una)))
            continue;
        news += tcp_ranges_add(&c->recovery.sacked, block);
    }
    return news > 0;
}

void tcp_recovery_duplicate(struct tcp_connection *c)
{
    if (c->recovery.phase == TCP_PHASE_LOSS)
        return;
    c->recovery.duplicates++;
    suspect_loss(c);
}

/* One segment more for every segment, or for every window's worth of segments. */
static void open_window(struct tcp_connection *c, uint32_t acked, uint32_t flight_before)
{
    struct tcp_recovery *r = &c->recovery;
    if (flight_before < r->window / 2)
        return; /* the node, not the network, sets the pace (RFC 7661 says why) */
    if (r->window < r->threshold) {
        r->window += smaller(acked, r->threshold - r->window);
        return;
    }
    r->acked += acked;
    if (r->acked >= r->window) {
        r->acked -= r->window;
        r->window += c->send.mss;
    }
}

/* Part of the flight is acknowledged, the next lost segment shows (RFC 6582, 3.2 step 3). Of what
 * was acknowledged, all but the segment sent again had been counted as a duplicate. */
static void partial(struct tcp_connection *c, uint32_t acked)
{
    struct tcp_recovery *r = &c->recovery;
    uint32_t segments = acked / c->send.mss;
    r->duplicates -= smaller(r->duplicates, segments > 0 ? segments - 1 : 0);
    if (!sequence_after(r->retransmitted, c->send.una))
        r->forced = true;
}

void tcp_recovery_acked(struct tcp_connection *c, uint32_t acked, uint32_t flight_before)
{
    struct tcp_recovery *r = &c->recovery;
    tcp_ranges_drop_before(&r->sacked, c->send.una);
    bool over = !sequence_before(c->send.una, r->recover);
    switch (r->phase) {
    case TCP_PHASE_OPEN:
        r->duplicates = 0;
        r->wary = false;
        open_window(c, acked, flight_before);
        break;
    case TCP_PHASE_RECOVERY:
        if (!over)
            partial(c, acked);
        break;
    case TCP_PHASE_LOSS:
        open_window(c, smaller(acked, 2 * c->send.mss), r->window);
        break;
    }
    if (over && r->phase != TCP_PHASE_OPEN) {
        r->phase = TCP_PHASE_OPEN;
        r->duplicates = 0;
        r->forced = false;
        r->wary = c->send.una == r->recover;
    }
    suspect_loss(c);
}

void tcp_recovery_timeout(struct tcp_connection *c)
{
    struct tcp_recovery *r = &c->recovery;
    if (c->timing.retries == 0)
        r->threshold = larger(smaller(flight(c), r->window) / 2, 2 * c->send.mss);
    r->window = c->send.mss;
    r->acked = 0;
    r->duplicates = 0;
    r->phase = TCP_PHASE_LOSS;
    r->recover = c->send.nxt;
    r->retransmitted = c->send.una;
    r->forced = true;
    /* A receiver may take back what it SACKed (RFC 2018, section 8): then nothing is certain. */
    if (tcp_ranges_find(&r->sacked, c->send.una))
        tcp_ranges_free(&r->sacked);
}
