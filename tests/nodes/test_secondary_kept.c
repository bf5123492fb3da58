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

/* ---- who it was made with -------------------------------------------------------------------- */

static struct server_tls_peer other_peer;
static const struct server_tls_peer *const asked[] = {&tls_net_peer, &other_peer}; /* by zone */

/* The second zone comes from the same address, from whom OTHER tells. */
static void begin_with_peers(struct server_tls_peer other)
{
    other_peer = other;
    begin_with_two();
    pipe_crash(&net, 1);
    for (size_t i = 0; i < 2; i++)
        zones[1][i].sources.tls = &asked[i];
    net.connection_count = 0;
    pipe_start(&net, 1);
    net_run_seconds(2);
    assert_true(zone_equal(served(0), zone));
}

static void a_name_that_is_wrong_is_wrong_next_to_a_right_one(void **state)
{
    (void)state;
    begin_with_peers((struct server_tls_peer){.name = "ns2.example"});
    assert_null(served(1));
    assert_non_null(net_note(1, NOTE_REFRESH_FAILED));
}

static void who_does_not_look_has_a_connection_of_its_own(void **state)
{
    (void)state;
    begin_with_peers((struct server_tls_peer){0});
    assert_true(zone_equal(served(1), second));
    assert_int_equal(net.connection_count, 2);
}

static void so_has_who_demands_alpn(void **state)
{
    (void)state;
    begin_with_peers((struct server_tls_peer){.name = "ns1.example", .demand_alpn = true});
    assert_true(zone_equal(served(1), second));
    assert_int_equal(net.connection_count, 2);
}

/* What the source says over it is its answer, not the connection's end. */
static void refused_over_it_is_one_failure_and_no_second_connection(void **state)
{
    (void)state;
    begin();
    net_run_seconds(2);
    assert_int_equal(open_connections(), 1);
    setups[0].zone.allow_transfer = (struct server_access){0};
    net_forget();
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(2);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_FAILED), 1);
    assert_int_equal(net_note_count(1, NOTE_REFRESH_FAILED), 1);
    assert_int_equal(net.connection_count, 1);
}

/* ---- a source by hand ------------------------------------------------------------------------ */

static uint32_t to_source;

static void source_speaks(void)
{
    struct bytes output = tls_session_output(pair.server);
    if (output.size > 0)
        driver_bytes(&net.nodes[1], to_source, output);
    tls_session_sent(pair.server);
}

static void secondary_speaks(void)
{
    const struct driver_output *written;
    for (size_t i = 0; (written = driver_output(&net.nodes[1], HOST_DO_WRITE, i)) != NULL; i++)
        tls_session_receive(pair.server, &pair.random[1], TLS_PAIR_NOW_NS, written->bytes);
    driver_forget_outputs(&net.nodes[1]);
}

/* The zone, all in one message, in answer to what has come. */
static struct bytes whole_zone(void)
{
    static uint8_t data[4096];
    uint8_t asked_for[512];
    struct message query;
    struct message_writer w;
    struct rr rr, soa = {0};
    size_t size = tls_pair_read(pair.server, asked_for, sizeof asked_for);
    assert_true(size > 2);
    setup_parse(&query, bytes_of(asked_for + 2, size - 2));
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    for (struct zone_walk walk = {.zone = zone}; zone_walk_next(&walk, &rr);) {
        if (rr.type == RR_SOA)
            soa = rr;
        message_write_rr(&w, SECTION_ANSWER, &rr);
    }
    message_write_rr(&w, SECTION_ANSWER, &soa);
    return setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR)));
}

/* The source sends the zone, REST behind it, and perhaps TLS's word for the end. */
static bool is_kept_after(struct bytes rest, bool finishes)
{
    begin();
    to_source = driver_output(&net.nodes[1], HOST_DO_CONNECT, 0)->socket;
    pair.server = tls_session_create(
        pair.tls, &(struct tls_options){.server = true, .certificate = pair.server_certificate});
    driver_connected(&net.nodes[1], to_source, 65536);
    secondary_speaks();
    source_speaks();
    secondary_speaks();
    tls_session_write(pair.server, whole_zone());
    if (rest.size > 0)
        tls_session_write(pair.server, rest);
    if (finishes)
        tls_session_finish(pair.server);
    source_speaks();
    assert_true(zone_equal(net_served(1), zone));
    bool kept = ((const struct server *)net.nodes[1].state)->kept != NULL;
    assert_int_equal(driver_output_count(&net.nodes[1], HOST_DO_CLOSE), !kept);
    tls_net_stop(NULL);
    return kept;
}

static void one_with_octets_behind_the_zone_is_not_kept(void **state)
{
    (void)state;
    assert_true(is_kept_after((struct bytes){0}, false));
    assert_false(is_kept_after(bytes_of("\0", 1), false));
}

static void one_that_the_source_has_finished_with_is_not_kept(void **state)
{
    (void)state;
    assert_false(is_kept_after((struct bytes){0}, true));
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
        TEST(a_name_that_is_wrong_is_wrong_next_to_a_right_one),
        TEST(who_does_not_look_has_a_connection_of_its_own),
        TEST(so_has_who_demands_alpn),
        TEST(refused_over_it_is_one_failure_and_no_second_connection),
        cmocka_unit_test(one_with_octets_behind_the_zone_is_not_kept),
        cmocka_unit_test(one_that_the_source_has_finished_with_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
