/* Zone transfer over TLS between servers (RFC 9103): who gets a zone, and who believes whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/tls_net.h"

enum { WINDOW = 65536 };

static void assert_refused(const char *why)
{
    net_run_seconds(2);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_REFRESH_FAILED)->text, why);
}

/* A filter of the network: no question travels in clear, only NOTIFY does. */
static bool no_questions(void *context, size_t from, size_t to, struct bytes bytes)
{
    (void)context;
    (void)from;
    (void)to;
    assert_true(bytes.size < MESSAGE_HEADER_SIZE || (bytes.data[2] >> 3 & 15) == OPCODE_NOTIFY);
    return true;
}

/* ---- transfers ----------------------------------------------------------------------------- */

static void a_zone_and_its_differences_come_over_tls(void **state)
{
    (void)state;
    tls_net_start_primary(3000, SERVER_TRANSFERS_TLS);
    tls_net_add_secondary("ns1.example", NULL);
    net.passes = no_questions;
    net_run_seconds(2);
    assert_true(zone_equal(net_served(1), zone));
    assert_int_equal(net_note(0, NOTE_TRANSFER_SERVED)->values[3], 1);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(2);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

static void any_size_of_pieces_and_windows_will_do(void **state)
{
    static const size_t sizes[][2] = {{1, 100}, {7, 200}, {1460, 1500}, {100, 3000}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tls_net_start_primary(400, SERVER_TRANSFERS_ANY);
        tls_net_add_secondary("ns1.example", NULL);
        net.piece = sizes[i][0];
        net.window = sizes[i][1];
        net_run_seconds(60);
        assert_non_null(net_served(1));
        assert_true(zone_equal(net_served(1), zone));
        if (i + 1 < sizeof sizes / sizeof *sizes)
            tls_net_stop(state);
    }
}

static void the_ways_of_all_software_work_over_tls(void **state)
{
    static const enum server_probe probes[] = {PROBE_SOA_UDP, PROBE_SOA_TCP, PROBE_IXFR_UDP};
    for (size_t i = 0; i < 3; i++) {
        tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
        tls_net_add_secondary("ns1.example", NULL);
        setups[1].policy.probe = probes[i];
        net.passes = no_questions;
        net_run_seconds(2);
        assert_int_equal(zone_serial(net_served(1)), 1);
        setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
        net_run_seconds(2);
        assert_int_equal(zone_serial(net_served(1)), 2);
        net_run_seconds(3700); /* a refresh that finds nothing new is contact */
        assert_null(net_note(1, NOTE_REFRESH_FAILED));
        assert_non_null(net_note(1, NOTE_ZONE_CONTACT));
        if (i + 1 < 3)
            tls_net_stop(state);
    }
}

/* ---- who believes whom --------------------------------------------------------------------- */

static void a_strict_secondary_wants_the_right_name(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_ANY);
    tls_net_add_secondary("ns9.example", NULL);
    assert_refused("the certificate is for another name");
}

static void an_opportunistic_one_takes_any(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_ANY);
    tls_net_add_secondary(NULL, NULL);
    tls_net_set_clock(1, TLS_PAIR_NOW_NS + 1000 * TLS_PAIR_DAY_NS);
    net_run_seconds(2);
    assert_non_null(net_served(1));
}

static void the_secondarys_own_clock_decides_about_validity(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_ANY);
    tls_net_add_secondary("ns1.example", NULL);
    tls_net_set_clock(0, TLS_PAIR_NOW_NS + 1000 * TLS_PAIR_DAY_NS);
    tls_net_set_clock(1, TLS_PAIR_NOW_NS - 51 * TLS_PAIR_DAY_NS);
    assert_refused("the certificate is not yet valid");
    tls_net_set_clock(1, TLS_PAIR_NOW_NS);
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void a_new_certificate_is_in_place_from_its_time_on(void **state)
{
    (void)state;
    static struct server_certificate both[2];
    tls_net_start_primary(10, SERVER_TRANSFERS_ANY);
    both[0] = (struct server_certificate){0, pair.client_certificate}; /* for ns2.example */
    both[1] = (struct server_certificate){10 * NS_PER_S, pair.server_certificate};
    setups[0].config.tls.certificates = both;
    setups[0].config.tls.certificate_count = 2;
    tls_net_add_secondary("ns1.example", NULL);
    assert_refused("the certificate is for another name");
    net_run_seconds(20);
    driver_command(&net.nodes[0], SERVER_COMMAND_CERTIFICATE, (struct bytes){0});
    assert_int_equal(net_note(0, NOTE_CERTIFICATE)->values[0],
                     tls_certificate_ends_s(pair.server_certificate));
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void without_a_certificate_of_its_own_nobody_fetches_from_who_wants_one(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_MUTUAL);
    tls_net_add_secondary("ns1.example", NULL);
    assert_refused("the peer wants a certificate of ours");
    tls_net_stop(state);
    tls_net_start_primary(10, SERVER_TRANSFERS_MUTUAL);
    tls_net_add_secondary("ns1.example", pair.client_certificate);
    net_run_seconds(2);
    assert_non_null(net_served(1));
}

static void a_strict_secondary_insists_on_alpn_unless_told_otherwise(void **state)
{
    for (int demands = 0; demands < 2; demands++) {
        tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
        setups[0].config.tls.alpn = SERVER_ALPN_NONE;
        tls_net_peer.demand_alpn = demands;
        tls_net_add_secondary("ns1.example", NULL);
        net_run_seconds(2);
        if (demands)
            assert_refused("the peer has not agreed on DNS over TLS (ALPN)");
        else
            assert_non_null(net_served(1));
        if (!demands)
            tls_net_stop(state);
    }
    tls_net_peer.demand_alpn = false;
}

static void who_asks_in_clear_is_refused_where_tls_is_wanted(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
    setup_server(&setups[1], store, NULL);
    net_add(1, "192.0.2.2");
    net_run_seconds(2);
    assert_null(net_served(1));
    assert_string_equal(net_note(0, NOTE_TRANSFER_REFUSED)->text, "zones are given over TLS only");
}

static void nobody_falls_back_to_clear_text(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_ANY);
    setups[0].config.tls.certificate_count = 0;
    driver_crash(&net.nodes[0]);
    driver_start(&net.nodes[0]);
    tls_net_add_secondary("ns1.example", NULL);
    assert_refused("connection refused");
    assert_int_equal(net_note_count(0, NOTE_QUERY), 0);
}

/* ---- what a secondary says ----------------------------------------------------------------- */

/* The size of a question of TYPE as the secondary would ask it now. */
static size_t question_size(uint16_t type)
{
    uint8_t data[SECONDARY_QUERY_MAX];
    return secondary_query(((struct server *)net.nodes[1].state)->zone_list, 1, type, data);
}

static void questions_are_padded_where_they_go_over_tls(void **state)
{
    (void)state;
    tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
    tls_net_add_secondary("ns1.example", NULL);
    net_run_seconds(2);
    static const uint16_t types[] = {RR_SOA, RR_AXFR, RR_IXFR};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(question_size(types[i]), 128);
    setups[1].policy.pads = false;
    for (size_t i = 0; i < 3; i++)
        assert_true(question_size(types[i]) < 120);
    setups[1].policy.pads = true;
    setups[1].zone.sources.tls = NULL;
    assert_true(question_size(RR_SOA) < 120);
}

/* RFC 9103 section 7.10.2. */
static void differences_that_fail_are_followed_by_the_zone_on_the_same_connection(void **state)
{
    static const enum server_probe probes[] = {PROBE_SOA_UDP, PROBE_IXFR_TCP};
    for (size_t i = 0; i < 2; i++) {
        tls_net_start_primary(10, SERVER_TRANSFERS_TLS);
        tls_net_add_secondary("ns1.example", NULL);
        setups[1].policy.probe = probes[i];
        setups[1].policy.keep_connection_ns = 0;
        net_run_seconds(2);
        size_t before = net.connection_count;
        /* What it holds is not what the differences start from. */
        struct server_zone *held = ((struct server *)net.nodes[1].state)->zone_list;
        zone_release(held->version);
        held->version = zone_store_intern(
            store, setup_zone_with(1, "3600 900 604800 300", "x 300 A 192.0.2.9\n"));
        setup_change(&net.nodes[0], "h1 300 A 10.0.0.1", true);
        net_run_seconds(2);
        assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_FALLBACK);
        assert_int_equal(net.connection_count, before + 1);
        if (i == 0)
            tls_net_stop(state);
    }
}

/* ---- the channel by itself ----------------------------------------------------------------- */

static struct channel channel;
static struct outbox out;
static struct random channel_random;

/* A client's first words have come to a server whose peer takes CREDIT octets. */
static void greet(size_t credit)
{
    struct tls_options server = {.server = true, .certificate = pair.server_certificate};
    channel_random = (struct random){1, 0};
    channel_begin(&channel, 1, tls_session_create(pair.tls, &server));
    pair.client = tls_session_create(pair.tls, &(struct tls_options){0});
    tls_session_receive(pair.client, &pair.random[0], TLS_PAIR_NOW_NS, (struct bytes){0});
    channel_event(&channel, &out, &(struct host_event){.kind = HOST_ACCEPTED, .credit = credit});
    channel_event(&channel, &out,
                  &(struct host_event){.kind = HOST_BYTES,
                                       .random = &channel_random,
                                       .wall_ns = TLS_PAIR_NOW_NS,
                                       .bytes = tls_session_output(pair.client)});
}

static int start_channel(void **state)
{
    (void)state;
    tls_pair_create(&pair);
    return 0;
}

static int stop_channel(void **state)
{
    (void)state;
    channel_drop(&channel);
    outbox_free(&out);
    tls_pair_free(&pair);
    return 0;
}

static const struct host_action *last_action(void)
{
    return &out.actions[out.count - 1];
}

static void keys_are_told_before_what_they_open(void **state)
{
    (void)state;
    greet(WINDOW);
    size_t secrets = 0;
    while (secrets < out.count && out.actions[secrets].kind == HOST_DO_SECRET)
        secrets++;
    assert_true(secrets >= 2);
    assert_int_equal(out.actions[secrets].kind, HOST_DO_WRITE);
}

static void what_came_is_not_given_back_while_tls_has_something_to_say(void **state)
{
    (void)state;
    greet(0);
    channel_consume(&channel, &out);
    assert_int_equal(last_action()->kind, HOST_DO_SECRET);
    channel_event(&channel, &out, &(struct host_event){.kind = HOST_WRITABLE, .credit = WINDOW});
    assert_int_equal(last_action()->kind, HOST_DO_WRITE);
    channel_consume(&channel, &out);
    assert_int_equal(last_action()->kind, HOST_DO_CONSUME);
    assert_int_equal(last_action()->size, tls_session_output(pair.client).size);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tls_net_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_zone_and_its_differences_come_over_tls),
        TEST(any_size_of_pieces_and_windows_will_do),
        TEST(the_ways_of_all_software_work_over_tls),
        TEST(a_strict_secondary_wants_the_right_name),
        TEST(an_opportunistic_one_takes_any),
        TEST(the_secondarys_own_clock_decides_about_validity),
        TEST(a_new_certificate_is_in_place_from_its_time_on),
        TEST(without_a_certificate_of_its_own_nobody_fetches_from_who_wants_one),
        TEST(a_strict_secondary_insists_on_alpn_unless_told_otherwise),
        TEST(who_asks_in_clear_is_refused_where_tls_is_wanted),
        TEST(nobody_falls_back_to_clear_text),
        TEST(questions_are_padded_where_they_go_over_tls),
        TEST(differences_that_fail_are_followed_by_the_zone_on_the_same_connection),
        cmocka_unit_test_setup_teardown(keys_are_told_before_what_they_open, start_channel,
                                        stop_channel),
        cmocka_unit_test_setup_teardown(what_came_is_not_given_back_while_tls_has_something_to_say,
                                        start_channel, stop_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
