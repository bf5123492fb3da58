/*
 * Server choice of Unbound (util/rtt.c, services/cache/infra.c, iterator/): at
 * random among all servers whose retransmission timeout is within 400 ms of the
 * lowest; that value doubles with each timeout, and a server that is very slow is
 * probed by one query at a time.
 */
#include "nodes/select_rows.h"

#include "nodes/dns/rr.h"

enum {
    UNKNOWN_MS = 376,
    VARIATION_FIRST_MS = 94,
    RTO_MIN_MS = 50,
    RTO_MAX_MS = 120000,
    BAND_MS = 400,
    PROBE_MIN_MS = 12000,               /* one probe at a time from here on */
    LAST_RESORT_MS = RTO_MAX_MS - 1000, /* may be asked, if nothing better is there */
    TIMEOUTS_MAX = 3,                   /* per kind of question, before it is not used as a probe */
    LIFE_S = 900,
};

static int32_t calculated_rto(const struct select_server *server)
{
    int32_t rto = server->unbound.srtt_ms + 4 * server->unbound.variation_ms;
    if (rto < RTO_MIN_MS)
        return RTO_MIN_MS;
    return rto < RTO_MAX_MS ? rto : RTO_MAX_MS;
}

static void forget_times(struct select_server *server)
{
    server->unbound.srtt_ms = 0;
    server->unbound.variation_ms = VARIATION_FIRST_MS;
    server->unbound.rto_ms = calculated_rto(server);
}

static int64_t seconds(const struct host_event *event)
{
    return event->mono_ns / NS_PER_S;
}

static void created(struct select_server *server, const struct host_event *event)
{
    forget_times(server);
    /* Its life begins with the first query to it. */
    server->unbound.expires_s = seconds(event) - 1;
}

static unsigned question_kind(uint16_t qtype)
{
    return qtype == RR_A ? 0 : qtype == RR_AAAA ? 1 : 2;
}

/* Not bounded from below, unlike the timeout itself. */
static int32_t selection_value(const struct select_server *server)
{
    if (calculated_rto(server) != server->unbound.rto_ms)
        return server->unbound.rto_ms; /* doubled by timeouts */
    return server->unbound.srtt_ms + 4 * server->unbound.variation_ms;
}

static int32_t value_now(const struct select_server *server, uint16_t qtype, int64_t now_s)
{
    int32_t rto = server->unbound.rto_ms;
    if (now_s > server->unbound.expires_s)
        return rto >= RTO_MAX_MS ? LAST_RESORT_MS : UNKNOWN_MS;
    if (rto >= PROBE_MIN_MS && now_s < server->unbound.probe_s && calculated_rto(server) * 4 <= rto)
        return server->unbound.timeouts[question_kind(qtype)] >= TIMEOUTS_MAX ? RTO_MAX_MS
                                                                              : LAST_RESORT_MS;
    return selection_value(server);
}

/* Takes note that the server is asked now; its timeout goes into the choice. */
static void ask(struct select_choice *choice, int64_t now_s)
{
    struct select_server *server = choice->server;
    if (now_s > server->unbound.expires_s) {
        bool was_dead = server->unbound.rto_ms >= RTO_MAX_MS;
        forget_times(server);
        if (was_dead)
            server->unbound.rto_ms = RTO_MAX_MS;
        else
            memset(server->unbound.timeouts, 0, sizeof server->unbound.timeouts);
        server->unbound.probe_s = 0;
        server->unbound.expires_s = now_s + LIFE_S;
    }
    int32_t rto = server->unbound.rto_ms;
    if (rto >= PROBE_MIN_MS && calculated_rto(server) * 4 <= rto)
        server->unbound.probe_s = now_s + (rto + 1999) / 1000;
    choice->wait_ns = rto * NS_PER_MS;
}

static size_t next(const struct select_policy *policy, struct select_round *round,
                   const struct host_event *event)
{
    int64_t now_s = seconds(event);
    int32_t values[SELECT_CHOICES_MAX];
    int32_t lowest = RTO_MAX_MS;
    for (size_t i = 0; i < round->count; i++) {
        values[i] = RTO_MAX_MS;
        if (select_may_ask(policy, &round->choices[i]))
            values[i] = value_now(round->choices[i].server, round->qtype, now_s);
        if (values[i] < lowest)
            lowest = values[i];
    }
    size_t band[SELECT_CHOICES_MAX];
    uint32_t band_count = 0;
    for (size_t i = 0; i < round->count; i++)
        if (values[i] < RTO_MAX_MS && values[i] <= lowest + BAND_MS)
            band[band_count++] = i;
    if (band_count == 0)
        return SELECT_NONE;
    size_t index = band[band_count > 1 ? random_below(event->random, band_count) : 0];
    ask(&round->choices[index], now_s);
    return index;
}

static void answered(struct select_round *round, size_t index, int64_t rtt_ns,
                     const struct host_event *event)
{
    (void)event;
    struct select_server *server = round->choices[index].server;
    if (selection_value(server) >= RTO_MAX_MS)
        forget_times(server);
    int64_t rtt_ms = rtt_ns / NS_PER_MS;
    int32_t delta = (int32_t)(rtt_ms < RTO_MAX_MS ? rtt_ms : RTO_MAX_MS) - server->unbound.srtt_ms;
    server->unbound.srtt_ms += delta / 8;
    int32_t distance = delta < 0 ? -delta : delta;
    server->unbound.variation_ms += (distance - server->unbound.variation_ms) / 4;
    server->unbound.rto_ms = calculated_rto(server);
    server->unbound.probe_s = 0;
    server->unbound.timeouts[question_kind(round->qtype)] = 0;
}

static void timed_out(struct select_round *round, size_t index, const struct host_event *event)
{
    (void)event;
    struct select_choice *choice = &round->choices[index];
    struct select_server *server = choice->server;
    uint8_t *timeouts = &server->unbound.timeouts[question_kind(round->qtype)];
    if (*timeouts < TIMEOUTS_MAX)
        ++*timeouts;
    /* Doubled from what this query waited: many that time out together count once. */
    int64_t doubled_ms = 2 * choice->wait_ns / NS_PER_MS;
    if (server->unbound.rto_ms <= doubled_ms)
        server->unbound.rto_ms = doubled_ms < RTO_MAX_MS ? (int32_t)doubled_ms : RTO_MAX_MS;
}

const struct select_row select_row_unbound = {created, next, answered, timed_out};
