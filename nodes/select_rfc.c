/*
 * Server choice without anybody's history: round trip times smoothed as in RFC
 * 6298, the fastest server first, unknown ones early, and one query in twenty to
 * any server, to notice when things have changed. Near Knot Resolver's
 * (lib/selection.c), but never more than three queries to an address for one
 * question (RFC 9520 section 3.1), and no change to TCP after timeouts.
 */
#include "nodes/select_rows.h"

enum {
    EXPLORE_ONE_IN = 20,
    FIRST_VARIATION_US = 100000, /* makes the first timeout 400 ms */
    MARGIN_MIN_US = 20000,
    TIMEOUT_MAX_US = 10000000,
    BACKOFF_SHIFT_MAX = 8,
    DEAD_TIMEOUTS = 4, /* in a row, the last after at least */
    DEAD_WAIT_US = 800000,
    DEAD_US = 1000000,
};

static void created(struct select_server *server, const struct host_event *event)
{
    (void)server;
    (void)event;
}

static bool is_unknown(const struct select_server *server)
{
    return server->rfc.srtt_us == 0 && server->rfc.variation_us == 0 && server->rfc.timeouts == 0;
}

static int64_t timeout_us(const struct select_server *server)
{
    bool measured = server->rfc.srtt_us != 0 || server->rfc.variation_us != 0;
    int64_t margin_us = 4 * (measured ? server->rfc.variation_us : FIRST_VARIATION_US);
    if (margin_us < MARGIN_MIN_US)
        margin_us = MARGIN_MIN_US;
    uint32_t timeouts = server->rfc.timeouts;
    int64_t us = (server->rfc.srtt_us + margin_us)
                 << (timeouts < BACKOFF_SHIFT_MAX ? timeouts : BACKOFF_SHIFT_MAX);
    return us < TIMEOUT_MAX_US ? us : TIMEOUT_MAX_US;
}

/* Negative: A is to be asked before B. */
static int compare(const struct select_choice *a, const struct select_choice *b)
{
    bool unknown_a = is_unknown(a->server), unknown_b = is_unknown(b->server);
    if (unknown_a != unknown_b)
        return unknown_a ? -1 : 1;
    if (a->sends != b->sends) /* those before were all in vain */
        return a->sends < b->sends ? -1 : 1;
    int64_t timeout_a = timeout_us(a->server), timeout_b = timeout_us(b->server);
    return timeout_a < timeout_b ? -1 : timeout_a > timeout_b;
}

/* The indices of choices that may be asked: without those taken for dead, unless all are. */
static uint32_t candidates(const struct select_policy *policy, const struct select_round *round,
                           int64_t now_ns, size_t *list)
{
    for (int with_dead = 0; with_dead < 2; with_dead++) {
        uint32_t count = 0;
        for (size_t i = 0; i < round->count; i++) {
            bool dead = now_ns < round->choices[i].server->rfc.dead_until_ns;
            if (select_may_ask(policy, &round->choices[i]) && (with_dead || !dead))
                list[count++] = i;
        }
        if (count > 0)
            return count;
    }
    return 0;
}

/* Ties are broken at random: each further equal one takes the place with probability 1/equals. */
static size_t best_of(const struct select_round *round, const size_t *list, uint32_t count,
                      struct random *random)
{
    size_t best = list[0];
    uint32_t equals = 1;
    for (uint32_t i = 1; i < count; i++) {
        int order = compare(&round->choices[list[i]], &round->choices[best]);
        if (order == 0 && random_below(random, ++equals) > 0)
            continue;
        if (order < 0)
            equals = 1;
        if (order <= 0)
            best = list[i];
    }
    return best;
}

static size_t next(const struct select_policy *policy, struct select_round *round,
                   const struct host_event *event)
{
    size_t list[SELECT_CHOICES_MAX];
    uint32_t count = candidates(policy, round, event->mono_ns, list);
    if (count == 0)
        return SELECT_NONE;
    size_t best = best_of(round, list, count, event->random);
    size_t index = best;
    if (count > 1 && random_below(event->random, EXPLORE_ONE_IN) == 0)
        index = list[random_below(event->random, count)];
    struct select_choice *choice = &round->choices[index];
    int64_t wait_us = timeout_us(choice->server);
    int64_t patience_us = 2 * timeout_us(round->choices[best].server);
    choice->hurried = index != best && wait_us > patience_us;
    choice->wait_ns = (choice->hurried ? patience_us : wait_us) * NS_PER_US;
    return index;
}

static void answered(struct select_round *round, size_t index, int64_t rtt_ns,
                     const struct host_event *event)
{
    (void)event;
    struct select_server *server = round->choices[index].server;
    int64_t rtt_us = rtt_ns / NS_PER_US > 0 ? rtt_ns / NS_PER_US : 1;
    int64_t distance = rtt_us - server->rfc.srtt_us;
    if (server->rfc.srtt_us == 0 && server->rfc.variation_us == 0) {
        server->rfc.srtt_us = rtt_us;
        server->rfc.variation_us = rtt_us / 2;
    } else {
        server->rfc.variation_us =
            (3 * server->rfc.variation_us + (distance < 0 ? -distance : distance)) / 4;
        server->rfc.srtt_us = (7 * server->rfc.srtt_us + rtt_us) / 8;
    }
    server->rfc.timeouts = 0;
    server->rfc.dead_until_ns = 0;
}

static void timed_out(struct select_round *round, size_t index, const struct host_event *event)
{
    struct select_choice *choice = &round->choices[index];
    if (choice->hurried)
        return;
    struct select_server *server = choice->server;
    server->rfc.timeouts++;
    if (server->rfc.timeouts >= DEAD_TIMEOUTS && choice->wait_ns >= DEAD_WAIT_US * NS_PER_US)
        server->rfc.dead_until_ns = event->mono_ns + DEAD_US * NS_PER_US;
}

const struct select_row select_row_rfc = {created, next, answered, timed_out};
