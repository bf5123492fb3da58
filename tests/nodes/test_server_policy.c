/* The ways of each kind of software: waits, schedules, transports, and limits of work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

/* ---- arithmetic ---------------------------------------------------------------------------- */

static struct random chance = {.key = 7};

struct range {
    int64_t low_ns, high_ns;
};

enum { DRAWS = 4000 };

static struct range refreshes_of(enum server_software software, uint32_t refresh_s)
{
    struct range range = {INT64_MAX, INT64_MIN};
    for (int i = 0; i < DRAWS; i++) {
        int64_t ns = server_policy_refresh_ns(server_policy_of(software), refresh_s, &chance);
        range.low_ns = ns < range.low_ns ? ns : range.low_ns;
        range.high_ns = ns > range.high_ns ? ns : range.high_ns;
    }
    return range;
}

static struct range waits_of(const struct server_wait *wait, uint32_t retry_s, unsigned failures)
{
    struct range range = {INT64_MAX, INT64_MIN};
    for (int i = 0; i < DRAWS; i++) {
        int64_t ns = server_wait_ns(wait, retry_s, failures, &chance);
        range.low_ns = ns < range.low_ns ? ns : range.low_ns;
        range.high_ns = ns > range.high_ns ? ns : range.high_ns;
    }
    return range;
}

/* All of LOW .. HIGH and nothing else, as far as so many draws can tell: to a percent. */
static void assert_spans(struct range range, int64_t low_s, int64_t high_s)
{
    int64_t slack_ns = high_s * NS_PER_S / 100;
    assert_in_range(range.low_ns, low_s * NS_PER_S, low_s * NS_PER_S + slack_ns);
    assert_in_range(range.high_ns, high_s * NS_PER_S - slack_ns, high_s * NS_PER_S);
}

static void refresh_is_shortened_as_each_software_does(void **state)
{
    (void)state;
    assert_spans(refreshes_of(SERVER_RFC, 1800), 1800, 1800);
    assert_spans(refreshes_of(SERVER_BIND_9_18, 1800), 1350, 1800);
    assert_spans(refreshes_of(SERVER_BIND_9_20, 1800), 1350, 1800);
    assert_spans(refreshes_of(SERVER_NSD_4, 1800), 1620, 1800);
    assert_spans(refreshes_of(SERVER_NSD_4, 10), 10, 10);
    assert_spans(refreshes_of(SERVER_KNOT_3, 1800), 1800, 1800);
    assert_spans(refreshes_of(SERVER_PDNS_AUTH_4, 1800), 1800, 1800);
}

static void retries_grow_as_each_software_does(void **state)
{
    (void)state;
    const struct server_wait *bind = &server_policy_of(SERVER_BIND_9_20)->retry;
    const struct server_wait *nsd = &server_policy_of(SERVER_NSD_4)->retry;
    const struct server_wait *powerdns = &server_policy_of(SERVER_PDNS_AUTH_4)->retry;
    assert_spans(waits_of(bind, 900, 0), 675, 900);
    assert_spans(waits_of(bind, 900, 9), 675, 900);
    assert_spans(waits_of(nsd, 900, 0), 810, 900);
    assert_spans(waits_of(nsd, 900, 3), 6480, 7200);
    assert_spans(waits_of(nsd, 900, 4000000), 77760, 86400);
    assert_spans(waits_of(powerdns, 900, 0), 60, 60);
    assert_spans(waits_of(powerdns, 900, 9), 600, 600);
    assert_spans(waits_of(powerdns, 900, 4000000), 3600, 3600);
    assert_spans(waits_of(&server_policy_rfc.retry, 900, 9), 900, 900);
}

static void without_a_version_waits_grow_as_each_software_does(void **state)
{
    (void)state;
    const struct server_wait *nsd = &server_policy_of(SERVER_NSD_4)->bootstrap;
    const struct server_wait *knot = &server_policy_of(SERVER_KNOT_3)->bootstrap;
    const struct server_wait *bind = &server_policy_of(SERVER_BIND_9_18)->bootstrap;
    assert_int_equal(server_policy_of(SERVER_NSD_4)->failures_at_start, 1);
    assert_spans(waits_of(nsd, 0, 1), 18, 40);
    assert_spans(waits_of(nsd, 0, 2), 36, 80);
    assert_spans(waits_of(nsd, 0, 40), 77760, 86400);
    assert_spans(waits_of(knot, 0, 0), 0, 10);
    assert_spans(waits_of(knot, 0, 1), 5, 20);
    assert_spans(waits_of(knot, 0, 3), 45, 70);
    assert_spans(waits_of(knot, 0, 10), 500, 530);
    assert_spans(waits_of(knot, 0, 4000000000u), 7200, 7230);
    assert_spans(waits_of(bind, 0, 1), 90, 120);
    assert_spans(waits_of(bind, 0, 100), 16200, 21600);
}

static void rates_above_ten_come_in_batches_of_ten(void **state)
{
    (void)state;
    struct server_rate twenty = server_rate_of(20), five = server_rate_of(5);
    assert_int_equal(twenty.batch, 10);
    assert_int_equal(twenty.tick_ns, NS_PER_S / 2);
    assert_int_equal(five.batch, 1);
    assert_int_equal(five.tick_ns, NS_PER_S / 5);
}

/* ---- two servers --------------------------------------------------------------------------- */

static void start_pair(enum server_software software)
{
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(1, 50);
    setup_server(&setups[0], store, zone);
    setup_add_notify(&setups[0], "192.0.2.2");
    setup_server(&setups[1], store, NULL);
    setups[0].config.policy = setups[1].config.policy = server_policy_of(software);
    net_add(0, "192.0.2.1");
    net_add(1, "192.0.2.2");
    net_run_seconds(30);
    assert_ptr_equal(net_served(1), net_served(0));
    net_forget();
}

static void change(void)
{
    net.nodes[0].now_ns = net.now_ns;
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
}

static void every_software_loads_and_follows(void **state)
{
    (void)state;
    for (int software = 0; software < SERVER_SOFTWARE_COUNT; software++) {
        start_pair((enum server_software)software);
        change();
        net_run_seconds(31); /* a PowerDNS primary looks for changes at full minutes */
        assert_ptr_equal(net_served(1), net_served(0));
        assert_int_equal(zone_serial(net_served(1)), 2);
        assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
        assert_int_equal(net_note_count(0, NOTE_NOTIFY_ANSWERED), 1);
        net_stop(NULL);
    }
}

static void nsd_takes_small_differences_from_a_datagram_if_told_so(void **state)
{
    (void)state;
    start_pair(SERVER_NSD_4);
    setups[1].zone.ixfr_over_udp = true;
    size_t before = net.datagrams;
    change();
    net_run_seconds(20);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net.datagrams - before, 4); /* NOTIFY and IXFR, and their answers */
}

/* How often node 1 has asked for AXFR after a week of REFUSED to what it asks over UDP or TCP. */
static size_t axfrs_after_refusals(enum server_software software, bool over_udp)
{
    start_pair(software);
    setups[1].zone.ixfr_over_udp = over_udp;
    net_run_seconds(10);
    setups[0].zone.allow_transfer = (struct server_access){0};
    net_forget();
    net_run_seconds(7 * 86400);
    size_t count = 0;
    for (size_t i = 0; i < net.nodes[1].note_count; i++)
        count += net.nodes[1].notes[i].note.kind == NOTE_TRANSFER_STARTED &&
                 net.nodes[1].notes[i].note.code == NOTE_AXFR;
    net_stop(NULL);
    return count;
}

static void nsd_asks_for_axfr_after_three_bad_answers_over_udp(void **state)
{
    (void)state;
    assert_true(axfrs_after_refusals(SERVER_NSD_4, true) > 0);
    assert_int_equal(axfrs_after_refusals(SERVER_NSD_4, false), 0);
    assert_int_equal(axfrs_after_refusals(SERVER_RFC, true), 0);
}

static void knot_sends_no_datagram(void **state)
{
    (void)state;
    start_pair(SERVER_KNOT_3);
    change();
    net_run_seconds(20);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net.datagrams, 0);
}

static void bind_waits_five_seconds_between_rounds_of_notify(void **state)
{
    (void)state;
    start_pair(SERVER_BIND_9_18);
    net_run_seconds(10);
    change();
    net_run_seconds(1);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 1);
    net.nodes[0].now_ns = net.now_ns;
    setup_change(&net.nodes[0], "www3 300 A 192.0.2.82", false);
    setup_change(&net.nodes[0], "www4 300 A 192.0.2.83", false);
    net_run_seconds(3);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 1);
    net_run_seconds(3);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 2);
    assert_int_equal(zone_serial(net_served(1)), 4);
}

/* ---- silence ------------------------------------------------------------------------------- */

static struct setup alone;
static struct node_driver driver;

/* A primary that nobody hears tells of its zone at start: when it sends, in seconds, ended by -1.
 */
static void notify_schedule(enum server_software software, const int *expected)
{
    store = zone_store_create();
    zone = setup_zone(1, 3);
    setup_server(&alone, store, zone);
    setup_add_notify(&alone, "192.0.2.2");
    alone.config.policy = server_policy_of(software);
    driver_create(&driver, &server_node, &alone.config, 0);
    driver_advance(&driver, 1000 * NS_PER_S);
    size_t sent = 0;
    for (size_t i = 0; i < driver.note_count; i++) {
        if (driver.notes[i].note.kind != NOTE_NOTIFY_SENT)
            continue;
        assert_int_equal(driver.notes[i].now_ns, expected[sent] * NS_PER_S);
        sent++;
    }
    assert_int_equal(expected[sent], -1);
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
}

static void unanswered_notifies_are_sent_when_each_software_does(void **state)
{
    (void)state;
    notify_schedule(SERVER_RFC, (int[]){0, 60, 120, 180, 240, 300, -1});
    notify_schedule(SERVER_BIND_9_18, (int[]){0, 5, 10, -1});
    notify_schedule(SERVER_BIND_9_20, (int[]){0, 5, 10, -1});
    notify_schedule(SERVER_NSD_4, (int[]){0, 3, 6, 9, 12, -1});
    notify_schedule(SERVER_PDNS_AUTH_4, (int[]){0, 3, 8, 17, -1});
    notify_schedule(SERVER_KNOT_3, (int[]){-1});
}

/* A secondary without a version and nobody there. */
static void start_lonely(enum server_software software)
{
    store = zone_store_create();
    setup_server(&alone, store, NULL);
    alone.config.policy = server_policy_of(software);
    driver_create(&driver, &server_node, &alone.config, 0);
}

static void end_lonely(void)
{
    driver_free(&driver);
    zone_store_destroy(store);
}

/* What was written to SOCKET last, without its length. */
static struct bytes written(uint32_t socket)
{
    struct bytes bytes = {0};
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_WRITE && driver.outputs[i].socket == socket)
            bytes = driver.outputs[i].bytes;
    assert_true(bytes.size > 2);
    return bytes_of(bytes.data + 2, bytes.size - 2);
}

static uint16_t asked_on(uint32_t socket)
{
    struct message query;
    setup_parse(&query, written(socket));
    return query.qtype;
}

static void knot_does_not_ask_for_the_serial_of_what_it_has_not(void **state)
{
    (void)state;
    start_lonely(SERVER_KNOT_3);
    uint32_t socket = driver_output(&driver, HOST_DO_CONNECT, 0)->socket;
    driver_connected(&driver, socket, 100000);
    assert_int_equal(asked_on(socket), RR_AXFR);
    end_lonely();
}

static void bind_tries_tcp_when_udp_is_not_answered(void **state)
{
    (void)state;
    start_lonely(SERVER_BIND_9_20);
    driver_advance(&driver, 30 * NS_PER_S - 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 6);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 0);
    driver_advance(&driver, 30 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
    end_lonely();
}

static void bind_leaves_an_unreachable_primary_alone_for_a_while(void **state)
{
    (void)state;
    start_lonely(SERVER_BIND_9_18);
    driver_advance(&driver, 120 * NS_PER_S); /* two rounds of 30 s of UDP and 30 s of TCP */
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    driver_advance(&driver, 720 * NS_PER_S); /* two more, within 10 min after the second failure */
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    assert_true(driver_output_count(&driver, HOST_DO_SEND) >= 4 * 6);
    driver_advance(&driver, 3000 * NS_PER_S);
    assert_true(driver_output_count(&driver, HOST_DO_CONNECT) > 2);
    end_lonely();
}

static void powerdns_looks_once_a_minute_after_its_last_look(void **state)
{
    (void)state;
    start_lonely(SERVER_PDNS_AUTH_4);
    int64_t expected_s[] = {0, 63, 186, 369, 612}; /* 3 s without answer, and 1, 2, ... min */
    driver_advance(&driver, 700 * NS_PER_S);
    size_t rounds = 0;
    for (size_t i = 0; i < driver.note_count; i++)
        if (driver.notes[i].note.kind == NOTE_REFRESH_STARTED)
            assert_int_equal(driver.notes[i].now_ns, expected_s[rounds++] * NS_PER_S);
    assert_int_equal(rounds, 5);
    end_lonely();
}

/* ---- many zones ---------------------------------------------------------------------------- */

enum { MANY = 45 };

static struct server_zone_config many[MANY];
static uint8_t origins[MANY][16];

/* A secondary of MANY zones, the odd ones from another source. */
static void start_many(const struct server_policy *policy, struct server_limits limits)
{
    store = zone_store_create();
    setup_server(&alone, store, NULL);
    static struct address other;
    other = address_of("192.0.2.9");
    for (int i = 0; i < MANY; i++) {
        many[i] = alone.zone;
        memcpy(origins[i], "\3z00\4test", 10);
        origins[i][2] = (uint8_t)('0' + i / 10);
        origins[i][3] = (uint8_t)('0' + i % 10);
        many[i].origin = origins[i];
        if (i % 2)
            many[i].sources = (struct server_addresses){.list = &other, .count = 1};
    }
    alone.config.zones = many;
    alone.config.zone_count = MANY;
    alone.config.policy = policy;
    alone.config.limits = limits;
    driver_create(&driver, &server_node, &alone.config, 0);
}

static void soa_checks_go_out_at_their_rate_in_order(void **state)
{
    (void)state;
    start_many(server_policy_of(SERVER_BIND_9_18), (struct server_limits){0});
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), 1);
    driver_advance(&driver, NS_PER_S / 2 - 1);
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), 1);
    driver_advance(&driver, NS_PER_S / 2);
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), 11);
    driver_advance(&driver, 5 * NS_PER_S / 2);
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), MANY);
    int zone_at = 0;
    for (size_t i = 0; i < driver.note_count; i++)
        if (driver.notes[i].note.kind == NOTE_REFRESH_STARTED)
            assert_memory_equal(driver.notes[i].name, origins[zone_at++], 10);
    end_lonely();
}

static size_t queries_without_edns(void)
{
    struct message query;
    size_t count = 0;
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_SEND) {
            setup_parse(&query, driver.outputs[i].bytes);
            count += !query.edns.present;
        }
    return count;
}

static void questions_without_edns_wait_their_turn_too(void **state)
{
    (void)state;
    start_many(server_policy_of(SERVER_BIND_9_18), (struct server_limits){.soa_rate = 1});
    driver_advance(&driver, MANY * NS_PER_S - 1); /* the first zone's is due after 15 s */
    assert_int_equal(queries_without_edns(), 0);
    driver_advance(&driver, MANY * NS_PER_S);
    assert_int_equal(queries_without_edns(), 1);
    end_lonely();
}

static void the_scenario_sets_another_rate(void **state)
{
    (void)state;
    start_many(&server_policy_rfc, (struct server_limits){.soa_rate = 4});
    driver_advance(&driver, NS_PER_S * 5 / 2);
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), 11);
    end_lonely();
}

static void without_limits_all_begin_at_once(void **state)
{
    (void)state;
    start_many(&server_policy_rfc, (struct server_limits){0});
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED), MANY);
    end_lonely();
}

static size_t connections_to(const char *text)
{
    struct address address = address_of(text);
    size_t count = 0;
    for (size_t i = 0; i < driver_output_count(&driver, HOST_DO_CONNECT); i++)
        count += address_same_ip(&driver_output(&driver, HOST_DO_CONNECT, i)->remote, &address);
    return count;
}

static void transfers_are_limited_and_sources_take_turns(void **state)
{
    (void)state;
    struct server_limits limits = {.transfers_in = 6};
    start_many(server_policy_of(SERVER_KNOT_3), limits);
    assert_int_equal(connections_to("192.0.2.1"), 3);
    assert_int_equal(connections_to("192.0.2.9"), 3);
    for (size_t i = 0; i < 2; i++) /* both to the first source */
        driver_connect_failed(&driver, driver_output(&driver, HOST_DO_CONNECT, 2 * i)->socket,
                              HOST_REFUSED);
    assert_int_equal(connections_to("192.0.2.1"), 4);
    assert_int_equal(connections_to("192.0.2.9"), 4);
    end_lonely();
}

static void each_source_has_a_limit_of_its_own(void **state)
{
    (void)state;
    struct server_limits limits = {.transfers_in = 100, .transfers_per_source = 4};
    start_many(server_policy_of(SERVER_KNOT_3), limits);
    assert_int_equal(connections_to("192.0.2.1"), 4);
    assert_int_equal(connections_to("192.0.2.9"), 4);
    driver_connect_failed(&driver, driver_output(&driver, HOST_DO_CONNECT, 1)->socket,
                          HOST_REFUSED);
    assert_int_equal(connections_to("192.0.2.1"), 4);
    assert_int_equal(connections_to("192.0.2.9"), 5);
    end_lonely();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refresh_is_shortened_as_each_software_does),
        cmocka_unit_test(retries_grow_as_each_software_does),
        cmocka_unit_test(without_a_version_waits_grow_as_each_software_does),
        cmocka_unit_test(rates_above_ten_come_in_batches_of_ten),
        cmocka_unit_test(every_software_loads_and_follows),
        cmocka_unit_test_teardown(nsd_takes_small_differences_from_a_datagram_if_told_so, net_stop),
        cmocka_unit_test(nsd_asks_for_axfr_after_three_bad_answers_over_udp),
        cmocka_unit_test_teardown(knot_sends_no_datagram, net_stop),
        cmocka_unit_test_teardown(bind_waits_five_seconds_between_rounds_of_notify, net_stop),
        cmocka_unit_test(unanswered_notifies_are_sent_when_each_software_does),
        cmocka_unit_test(knot_does_not_ask_for_the_serial_of_what_it_has_not),
        cmocka_unit_test(bind_tries_tcp_when_udp_is_not_answered),
        cmocka_unit_test(bind_leaves_an_unreachable_primary_alone_for_a_while),
        cmocka_unit_test(powerdns_looks_once_a_minute_after_its_last_look),
        cmocka_unit_test(soa_checks_go_out_at_their_rate_in_order),
        cmocka_unit_test(questions_without_edns_wait_their_turn_too),
        cmocka_unit_test(the_scenario_sets_another_rate),
        cmocka_unit_test(without_limits_all_begin_at_once),
        cmocka_unit_test(transfers_are_limited_and_sources_take_turns),
        cmocka_unit_test(each_source_has_a_limit_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
