/*
 * Server choice of BIND 9.18 and 9.20 (lib/dns/adb.c and resolver.c): the address
 * with the lowest smoothed round trip time that this pass has not tried; those
 * that are not asked age, so that they get their chance again.
 */
#include "nodes/select_rows.h"

enum {
    INITIAL_MAX_US = 31,
    IPV6_BIAS_US = 50, /* added to IPv4 */
    SRTT_MAX_US = 9000000,
    RETRY_US = 800000,
    RETRY_MAX_US = 9000000,
    PASSES_WITHOUT_BACKOFF = 3,
    BACKOFF_SHIFT_MAX = 6,
};

static void created(struct select_server *server, const struct host_event *event)
{
    server->bind.srtt_us = 1 + random_below(event->random, INITIAL_MAX_US);
    server->bind.aged_s = -1;
}

static uint32_t compared_us(const struct select_server *server)
{
    return server->bind.srtt_us + (address_is_ipv4(&server->address) ? IPV6_BIAS_US : 0);
}

static size_t best_untried(const struct select_policy *policy, const struct select_round *round)
{
    size_t best = SELECT_NONE;
    for (size_t i = 0; i < round->count; i++) {
        const struct select_choice *choice = &round->choices[i];
        if (choice->tried || !select_may_ask(policy, choice))
            continue;
        if (best == SELECT_NONE ||
            compared_us(choice->server) < compared_us(round->choices[best].server))
            best = i;
    }
    return best;
}

static bool any_tried(const struct select_round *round)
{
    for (size_t i = 0; i < round->count; i++)
        if (round->choices[i].tried)
            return true;
    return false;
}

static int64_t wait_us(const struct select_round *round, uint32_t srtt_us)
{
    int64_t us = RETRY_US;
    if (round->pass > PASSES_WITHOUT_BACKOFF) {
        unsigned shift = round->pass - PASSES_WITHOUT_BACKOFF;
        us <<= shift < BACKOFF_SHIFT_MAX ? shift : BACKOFF_SHIFT_MAX;
    }
    int64_t least_us = srtt_us;
    if (srtt_us < 50000)
        least_us += 50000;
    else if (srtt_us < 100000)
        least_us += 100000;
    else
        least_us += 200000;
    if (us < least_us)
        us = least_us;
    return us < RETRY_MAX_US ? us : RETRY_MAX_US;
}

static size_t next(const struct select_policy *policy, struct select_round *round,
                   const struct host_event *event)
{
    (void)event;
    size_t best = best_untried(policy, round);
    if (best == SELECT_NONE) {
        for (size_t i = 0; i < round->count; i++)
            round->choices[i].tried = false;
        best = best_untried(policy, round);
    }
    if (best == SELECT_NONE)
        return SELECT_NONE;
    if (!any_tried(round))
        round->pass++;
    struct select_choice *choice = &round->choices[best];
    choice->wait_ns = wait_us(round, choice->server->bind.srtt_us) * NS_PER_US;
    return best;
}

/* Servers of the zone that this pass has not tried lose NUMERATOR/DENOMINATOR, once a second. */
static void age_untried(struct select_round *round, uint64_t numerator, uint64_t denominator,
                        int64_t now_ns)
{
    for (size_t i = 0; i < round->count; i++) {
        struct select_server *server = round->choices[i].server;
        if (round->choices[i].tried || server->bind.aged_s == now_ns / NS_PER_S)
            continue;
        server->bind.aged_s = now_ns / NS_PER_S;
        server->bind.srtt_us = (uint32_t)(server->bind.srtt_us * numerator / denominator);
    }
}

static void smooth(struct select_server *server, int64_t rtt_ns)
{
    int64_t rtt_us = rtt_ns / NS_PER_US;
    if (rtt_us > SRTT_MAX_US)
        rtt_us = SRTT_MAX_US;
    server->bind.srtt_us = server->bind.srtt_us / 10 * 7 + (uint32_t)rtt_us / 10 * 3;
}

static void answered_9_18(struct select_round *round, size_t index, int64_t rtt_ns,
                          const struct host_event *event)
{
    smooth(round->choices[index].server, rtt_ns);
    age_untried(round, 511, 512, event->mono_ns);
}

static void answered_9_20(struct select_round *round, size_t index, int64_t rtt_ns,
                          const struct host_event *event)
{
    smooth(round->choices[index].server, rtt_ns);
    age_untried(round, 98, 100, event->mono_ns);
}

/* The worse a server is already, the less a timeout adds. */
static uint32_t penalty_mask(uint32_t srtt_us)
{
    if (srtt_us > 800000)
        return 0x3fff;
    if (srtt_us > 400000)
        return 0x7fff;
    if (srtt_us > 200000)
        return 0xffff;
    if (srtt_us > 100000)
        return 0x1ffff;
    if (srtt_us > 50000)
        return 0x3ffff;
    if (srtt_us > 25000)
        return 0x7ffff;
    return 0xfffff;
}

static void timed_out(struct select_round *round, size_t index, const struct host_event *event)
{
    struct select_server *server = round->choices[index].server;
    uint32_t mask = penalty_mask(server->bind.srtt_us);
    /* A server that has never answered EDNS may be dropping it: less of a reproach. */
    if (!server->edns_seen)
        mask >>= 2;
    uint32_t srtt_us = server->bind.srtt_us + random_below(event->random, mask + 1);
    server->bind.srtt_us = srtt_us < SRTT_MAX_US ? srtt_us : SRTT_MAX_US;
}

const struct select_row select_row_bind_9_18 = {created, next, answered_9_18, timed_out};
const struct select_row select_row_bind_9_20 = {created, next, answered_9_20, timed_out};
