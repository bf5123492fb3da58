/*
 * Server choice, held against shares and send times that follow from the source
 * code of the software that each row stands for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nodes/dns/rr.h"
#include "nodes/select.h"

enum { SERVERS_MAX = 4 };

struct world {
    struct select select;
    struct select_round round;
    struct random random;
    struct host_event event;
    int64_t rtt_ns[SERVERS_MAX]; /* 0: silent */
    size_t count;
};

static void world_open(struct world *world, enum resolver_software software, const int64_t *rtt_ms)
{
    *world = (struct world){.random = random_stream(1, "resolver", 0, "node")};
    world->event = (struct host_event){.random = &world->random, .mono_ns = 1000 * NS_PER_S};
    select_init(&world->select, software);
    for (size_t i = 0; i < SERVERS_MAX && rtt_ms[i] >= 0; i++)
        world->rtt_ns[world->count++] = rtt_ms[i] * NS_PER_MS;
}

static void world_close(struct world *world)
{
    select_clear(&world->round);
    select_free(&world->select);
}

/* Begins a lookup: the servers' order is that of their index. */
static void begin(struct world *world)
{
    select_clear(&world->round);
    world->round.pass = 0;
    world->round.qtype = RR_A;
    for (size_t i = 0; i < world->count; i++) {
        struct address address = address_from_ipv4(0xc0000201 + (uint32_t)i, 53);
        select_add(&world->select, &world->round, &address, name_root, &world->event);
    }
}

static size_t ask(struct world *world)
{
    size_t index = select_next(&world->select, &world->round, &world->event);
    if (index == SELECT_NONE)
        return index;
    struct select_choice *choice = &world->round.choices[index];
    if (world->rtt_ns[index] > 0 && world->rtt_ns[index] < choice->wait_ns) {
        choice->server->edns_seen = true;
        world->event.mono_ns += world->rtt_ns[index];
        select_answered(&world->select, &world->round, index, world->rtt_ns[index], &world->event);
    } else {
        world->event.mono_ns += choice->wait_ns;
        select_timed_out(&world->select, &world->round, index, &world->event);
    }
    return index;
}

struct golden {
    int64_t rtt_ms[SERVERS_MAX + 1];
    int64_t every_ms;
    int share[RESOLVER_SOFTWARE_COUNT][SERVERS_MAX]; /* in 1/10000 */
};

/* Shares of the queries at a constant round trip time; computed from the rules alone. */
static const struct golden goldens[] = {
    {{20, 40, -1}, 1000, {{9750, 250}, {9925, 75}, {9286, 714}, {5010, 4990}}},
    {{20, 40, -1}, 10, {{9750, 250}, {9999, 1}, {9992, 8}, {5000, 5000}}},
    {{20, 40, -1}, 120000, {{9750, 250}, {9925, 75}, {9286, 714}, {5000, 5000}}},
    {{40, 350, -1}, 1000, {{9750, 250}, {9984, 16}, {9836, 164}, {9979, 21}}},
    {{40, 350, -1}, 120000, {{9750, 250}, {9984, 16}, {9836, 164}, {7910, 2090}}},
    {{40, 600, -1}, 1000, {{9750, 250}, {9988, 12}, {9880, 121}, {9989, 11}}},
    {{10, 40, 90, 160, -1},
     1000,
     {{9625, 125, 125, 125}, {9940, 31, 16, 12}, {9420, 300, 160, 120}, {3330, 3320, 3310, 44}}},
    {{60, 112, 205, 267, -1},
     1000,
     {{9625, 125, 125, 125}, {9850, 84, 36, 28}, {8590, 780, 350, 270}, {4990, 4980, 24, 12}}},
};

static void check_shares(const struct golden *golden, enum resolver_software software)
{
    enum { QUERIES = 100000 };
    struct world world;
    world_open(&world, software, golden->rtt_ms);
    int hits[SERVERS_MAX] = {0};
    int64_t start_ns = world.event.mono_ns;
    for (int64_t i = 0; i < QUERIES; i++) {
        world.event.mono_ns = start_ns + i * golden->every_ms * NS_PER_MS;
        begin(&world);
        size_t index = select_next(&world.select, &world.round, &world.event);
        select_answered(&world.select, &world.round, index, world.rtt_ns[index], &world.event);
        hits[index]++;
    }
    int tolerance = software == RESOLVER_UNBOUND ? 100 : 30;
    for (size_t i = 0; i < world.count; i++) {
        int share = hits[i] / (QUERIES / 10000);
        if (abs(share - golden->share[software][i]) > tolerance)
            fail_msg("%s, %d ms beside %d ms every %d ms: server %zu has %d/10000, not %d",
                     world.select.policy->name, (int)golden->rtt_ms[0], (int)golden->rtt_ms[1],
                     (int)golden->every_ms, i, share, golden->share[software][i]);
    }
    world_close(&world);
}

static void shares_of_the_queries_are_those_of_the_real_software(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++)
        for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++)
            check_shares(&goldens[i], (enum resolver_software)software);
}

/* Send times in ms of one lookup whose servers are all silent; the last is when it fails. */
static size_t silent_sends(enum resolver_software software, size_t count, int64_t *times_ms,
                           size_t capacity)
{
    struct world world;
    world_open(&world, software, (int64_t[]){-1});
    world.count = count;
    begin(&world);
    int64_t start_ns = world.event.mono_ns;
    int64_t end_ns = world.select.policy->lookup_ns;
    size_t sends = 0;
    for (;;) {
        int64_t now_ns = world.event.mono_ns - start_ns;
        if (sends < capacity)
            times_ms[sends] = now_ns / NS_PER_MS;
        if ((end_ns && now_ns >= end_ns) || ask(&world) == SELECT_NONE)
            break;
        sends++;
    }
    world_close(&world);
    return sends;
}

static void bind_backs_off_after_three_passes(void **state)
{
    (void)state;
    static const size_t sends[] = {6, 9, 11, 13};
    for (size_t count = 1; count <= 4; count++) {
        int64_t times_ms[16];
        assert_int_equal(silent_sends(RESOLVER_BIND_9_18, count, times_ms, 16), sends[count - 1]);
        assert_int_equal(silent_sends(RESOLVER_BIND_9_20, count, times_ms, 16), sends[count - 1]);
    }
    int64_t one[16], two[16];
    silent_sends(RESOLVER_BIND_9_18, 1, one, 16);
    static const int64_t expected[] = {0, 800, 1600, 2400, 4000, 7200};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(one[i], expected[i]);
    silent_sends(RESOLVER_BIND_9_20, 2, two, 16);
    assert_int_equal(two[7], 6400);
    assert_int_equal(two[8], 8000);
}

static void unbound_sends_five_times_and_fails_after_11656_ms(void **state)
{
    (void)state;
    int64_t times_ms[16];
    assert_int_equal(silent_sends(RESOLVER_UNBOUND, 1, times_ms, 16), 5);
    static const int64_t expected[] = {0, 376, 1128, 2632, 5640, 11656};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(times_ms[i], expected[i]);
}

static void plain_row_sends_thrice_to_an_address(void **state)
{
    (void)state;
    int64_t times_ms[16];
    assert_int_equal(silent_sends(RESOLVER_RFC, 1, times_ms, 16), 3);
    static const int64_t expected[] = {0, 400, 1200, 2800};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(times_ms[i], expected[i]);
    assert_int_equal(silent_sends(RESOLVER_RFC, 2, times_ms, 16), 6);
}

/* Unbound's own unit test of its estimator. */
static void unbound_doubles_its_timeout_and_recovers(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, RESOLVER_UNBOUND, (int64_t[]){0, -1});
    begin(&world);
    struct select_server *server = world.round.choices[0].server;
    assert_int_equal(server->unbound.rto_ms, 376);
    ask(&world);
    assert_int_equal(server->unbound.rto_ms, 752);
    ask(&world);
    assert_int_equal(server->unbound.rto_ms, 1504);
    select_answered(&world.select, &world.round, 0, 4000 * NS_PER_MS, &world.event);
    assert_true(server->unbound.rto_ms >= 2000);
    for (int i = 0; i < 100; i++) {
        world.round.choices[0].wait_ns = server->unbound.rto_ms * NS_PER_MS;
        select_timed_out(&world.select, &world.round, 0, &world.event);
        assert_in_range(server->unbound.rto_ms, 50, 120000);
    }
    assert_int_equal(server->unbound.rto_ms, 120000);
    world_close(&world);
}

/* The value after one answer is 1.125 times the round trip and 282 ms. */
static void unbound_values_a_first_answer_far_above_its_time(void **state)
{
    (void)state;
    static const struct {
        int64_t rtt_ms;
        int32_t first, settled;
    } cases[] = {{1, 284, 16},    {10, 293, 43},   {40, 329, 73},
                 {100, 392, 133}, {160, 460, 193}, {200, 505, 233},
                 {300, 617, 333}, {350, 675, 383}, {600, 955, 637}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        world_open(&world, RESOLVER_UNBOUND, (int64_t[]){cases[i].rtt_ms, -1});
        begin(&world);
        struct select_server *server = world.round.choices[0].server;
        for (int sample = 1; sample <= 40; sample++) {
            select_answered(&world.select, &world.round, 0, world.rtt_ns[0], &world.event);
            int32_t value = server->unbound.srtt_ms + 4 * server->unbound.variation_ms;
            if (sample == 1)
                assert_int_equal(value, cases[i].first);
            if (sample == 40)
                assert_int_equal(value, cases[i].settled);
        }
        world_close(&world);
    }
}

/* BIND's system test "srtt": 100 questions a block, one more of the fastest servers silent in each.
 */
static void bind_finds_the_fastest_live_server(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, RESOLVER_BIND_9_20, (int64_t[]){1, 30, 80, 150, -1});
    for (size_t silent = 0; silent < 4; silent++) {
        if (silent > 0)
            world.rtt_ns[silent - 1] = 0;
        int sends = 0, fastest = 0;
        for (int i = 0; i < 100; i++) {
            begin(&world);
            size_t index;
            do {
                index = ask(&world);
                sends++;
                fastest += index == silent;
            } while (world.rtt_ns[index] == 0);
        }
        assert_in_range(fastest, 86, 100);
        assert_in_range(sends, 100, 115);
    }
    world_close(&world);
}

static void every_unknown_server_is_tried_once_first(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        if (software == RESOLVER_UNBOUND)
            continue; /* picks at random within its band */
        struct world world;
        world_open(&world, (enum resolver_software)software, (int64_t[]){10, 20, 30, 40, -1});
        unsigned seen = 0;
        for (int i = 0; i < 60; i++) {
            begin(&world);
            seen |= 1u << ask(&world);
        }
        assert_int_equal(seen, 15);
        world_close(&world);
    }
}

/* Up to 1.05 s for a server known to answer EDNS, a quarter of it for others. */
static void bind_reproaches_less_if_edns_was_never_answered(void **state)
{
    (void)state;
    uint32_t highest_us[2] = {0, 0};
    for (int edns_seen = 0; edns_seen < 2; edns_seen++) {
        struct world world;
        world_open(&world, RESOLVER_BIND_9_18, (int64_t[]){0, -1});
        begin(&world);
        struct select_server *server = world.round.choices[0].server;
        server->edns_seen = edns_seen;
        for (int i = 0; i < 200; i++) {
            server->bind.srtt_us = 10;
            select_timed_out(&world.select, &world.round, 0, &world.event);
            if (server->bind.srtt_us > highest_us[edns_seen])
                highest_us[edns_seen] = server->bind.srtt_us;
        }
        world_close(&world);
    }
    assert_in_range(highest_us[0], 200000, 262144 + 10);
    assert_in_range(highest_us[1], 800000, 1048576 + 10);
}

static void an_unusable_server_is_never_picked(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        struct world world;
        world_open(&world, (enum resolver_software)software, (int64_t[]){10, 20, -1});
        begin(&world);
        world.round.choices[0].unusable = true;
        for (int i = 0; i < 3; i++)
            assert_int_equal(ask(&world), 1);
        world.round.choices[1].unusable = true;
        assert_int_equal(ask(&world), SELECT_NONE);
        world_close(&world);
    }
}

static void memory_of_servers_is_bounded(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, RESOLVER_UNBOUND, (int64_t[]){-1});
    for (uint32_t i = 0; i < 30000; i++) {
        struct address address = address_from_ipv4(i, 53);
        select_clear(&world.round);
        select_add(&world.select, &world.round, &address, name_root, &world.event);
    }
    assert_in_range(world.select.servers.count, 1, 10000);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_the_queries_are_those_of_the_real_software),
        cmocka_unit_test(bind_backs_off_after_three_passes),
        cmocka_unit_test(unbound_sends_five_times_and_fails_after_11656_ms),
        cmocka_unit_test(plain_row_sends_thrice_to_an_address),
        cmocka_unit_test(unbound_doubles_its_timeout_and_recovers),
        cmocka_unit_test(unbound_values_a_first_answer_far_above_its_time),
        cmocka_unit_test(bind_finds_the_fastest_live_server),
        cmocka_unit_test(every_unknown_server_is_tried_once_first),
        cmocka_unit_test(bind_reproaches_less_if_edns_was_never_answered),
        cmocka_unit_test(an_unusable_server_is_never_picked),
        cmocka_unit_test(memory_of_servers_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
