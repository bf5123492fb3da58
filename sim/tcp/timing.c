/*
 * The retransmission timeout (RFC 6298) and the timestamp clock (RFC 7323).
 *
 * One octet a round trip is timed to the nanosecond; what has been sent twice
 * is never timed (Karn), but where timestamps are in use their echo stands in,
 * to the millisecond. The variance counts for at least 200 ms, as in Linux, so
 * that a delayed acknowledgement never runs into the timeout; nor does a queue
 * that grows, for the timeout is never shorter than twice the last sample.
 */
#include "sim/tcp/internal.h"

static const int64_t LEAST_VARIATION_NS = 200 * NS_PER_MS;
static const int64_t LONGEST_TIMEOUT_NS = 120 * NS_PER_S;

void tcp_timing_sent(struct tcp_connection *c, uint32_t sequence, int64_t now_ns)
{
    struct tcp_timing *t = &c->timing;
    if (t->running || c->recovery.phase != TCP_PHASE_OPEN)
        return;
    t->running = true;
    t->sequence = sequence;
    t->sent_ns = now_ns;
}

void tcp_timing_cancel(struct tcp_connection *c)
{
    c->timing.running = false;
}

static int64_t absolute(int64_t value)
{
    return value < 0 ? -value : value;
}

static int64_t longer(int64_t a_ns, int64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

static void add_sample(struct tcp_timing *t, int64_t sample_ns)
{
    if (sample_ns < 1)
        sample_ns = 1;
    if (t->smoothed_ns == 0) {
        t->smoothed_ns = sample_ns;
        t->variation_ns = sample_ns / 2;
    } else {
        int64_t error_ns = sample_ns - t->smoothed_ns;
        t->variation_ns += (absolute(error_ns) - t->variation_ns) / 4;
        t->smoothed_ns += error_ns / 8;
    }
    int64_t margin_ns = longer(4 * t->variation_ns, LEAST_VARIATION_NS);
    /* In slow start a flight's own queue may double the next round trip. */
    t->timeout_ns = longer(t->smoothed_ns + margin_ns, 2 * sample_ns);
    if (t->timeout_ns > LONGEST_TIMEOUT_NS)
        t->timeout_ns = LONGEST_TIMEOUT_NS;
}

void tcp_timing_acked(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns)
{
    struct tcp_timing *t = &c->timing;
    if (t->running) {
        if (sequence_after(segment->ack, t->sequence)) {
            add_sample(t, now_ns - t->sent_ns);
            t->running = false;
        }
        return;
    }
    bool sent_twice = t->retries > 0 || c->recovery.phase != TCP_PHASE_OPEN;
    if (!sent_twice || !t->timestamps || !segment->has_timestamps)
        return;
    /* An echo of a time to come, or of long ago, is none of ours. */
    int64_t sample_ms = (int32_t)(tcp_timing_clock(c, now_ns) - segment->echo);
    if (sample_ms >= 0 && sample_ms * NS_PER_MS <= LONGEST_TIMEOUT_NS)
        add_sample(t, sample_ms * NS_PER_MS);
}

int64_t tcp_timing_timeout(const struct tcp_connection *c)
{
    int64_t timeout_ns = c->timing.timeout_ns;
    for (int i = 0; i < c->timing.retries && timeout_ns < LONGEST_TIMEOUT_NS; i++)
        timeout_ns *= 2;
    return timeout_ns < LONGEST_TIMEOUT_NS ? timeout_ns : LONGEST_TIMEOUT_NS;
}

uint32_t tcp_timing_clock(const struct tcp_connection *c, int64_t now_ns)
{
    return (uint32_t)(now_ns / NS_PER_MS) + c->timing.offset;
}
