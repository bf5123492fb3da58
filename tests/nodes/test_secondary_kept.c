/* Connections over TLS that a secondary keeps for the next transfer (RFC 9103 section 6.3.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/tls_net.h"
#include "tests/support/zone_text.h"

/* ---- the stage: two zones from one source --------------------------------------------------- */

static struct server_zone_config zones[2][2]; /* by node */
static struct zone *second;

static void begin(void)
{
    tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
    tls_net_add_secondary("ns1.example", NULL);
}

/* Both nodes have example.net too, and the secondary fetches one after the other. */
static void begin_with_two(void)
{
    tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
    second = zone_from_text("example.net.", "@ 300 SOA ns1 hostmaster 1 3600 900 604800 300\n"
                                            "@ 300 NS ns1\nns1 300 A 192.0.2.1\n");
    tls_net_add_secondary("ns1.example", NULL);
    for (size_t node = 0; node < 2; node++) {
        pipe_crash(&net, node);
        zones[node][0] = zones[node][1] = setups[node].zone;
        zones[node][1].origin = (const uint8_t *)"\7example\3net";
        setups[node].config.zones = zones[node];
        setups[node].config.zone_count = 2;
    }
    zones[0][1].zone = second;
    setups[1].config.limits.transfers_per_source = 1;
    net.connection_count = 0;
    for (size_t node = 0; node < 2; node++)
        pipe_start(&net, node);
}

static int stop(void **state)
{
    tls_net_stop(state);
    zone_release(second);
    second = NULL;
    return 0;
}

static const struct zone *served(size_t nth)
{
    return ((const struct server *)net.nodes[1].state)->zone_list[nth].version;
}

static size_t open_connections(void)
{
    return ((const struct server *)net.nodes[0].state)->connections.count;
}

/* ---- claims --------------------------------------------------------------------------------- */

static void the_next_zone_comes_over_the_connection_of_the_one_before(void **state)
{
    (void)state;
    begin_with_two();
    net_run_seconds(2);
    assert_true(zone_equal(served(0), zone));
    assert_true(zone_equal(served(1), second));
    assert_int_equal(net.connection_count, 1);
}

static void software_that_keeps_none_makes_one_for_each(void **state)
{
    (void)state;
    begin_with_two();
    setups[1].policy.keep_connection_ns = 0;
    net_run_seconds(2);
    assert_true(zone_equal(served(1), second));
    assert_int_equal(net.connection_count, 2);
    assert_int_equal(open_connections(), 0);
}

static void news_of_the_next_seconds_come_over_it_too(void **state)
{
    (void)state;
    begin();
    net_run_seconds(2);
    assert_int_equal(open_connections(), 1);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(2);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net.connection_count, 1);
}

static void it_is_closed_after_five_seconds(void **state)
{
    (void)state;
    begin();
    net_run_seconds(4);
    assert_int_equal(open_connections(), 1);
    net_run_seconds(2);
    assert_int_equal(open_connections(), 0);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(2);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net.connection_count, 2);
}

static void one_that_the_source_closes_is_forgotten(void **state)
{
    (void)state;
    begin();
    setups[0].policy.tcp_idle_ns = NS_PER_S;
    net_run_seconds(3);
    assert_int_equal(open_connections(), 0);
    assert_null(((const struct server *)net.nodes[1].state)->kept);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(1);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_null(net_note(1, NOTE_REFRESH_FAILED));
}

/* The source has been started anew: it knows nothing of the old connection. */
static void what_fails_over_it_is_asked_again_over_a_new_one(void **state)
{
    (void)state;
    begin();
    net_run_seconds(2);
    pipe_crash(&net, 0);
    pipe_start(&net, 0);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(setups[1].policy.transfer_idle_ns / NS_PER_S - 1);
    assert_int_equal(zone_serial(net_served(1)), 1);
    net_run_seconds(3);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net.connection_count, 2);
    assert_null(net_note(1, NOTE_REFRESH_FAILED));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, stop)
    const struct CMUnitTest tests[] = {
        TEST(the_next_zone_comes_over_the_connection_of_the_one_before),
        TEST(software_that_keeps_none_makes_one_for_each),
        TEST(news_of_the_next_seconds_come_over_it_too),
        TEST(it_is_closed_after_five_seconds),
        TEST(one_that_the_source_closes_is_forgotten),
        TEST(what_fails_over_it_is_asked_again_over_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
