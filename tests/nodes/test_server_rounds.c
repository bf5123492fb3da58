/* Rounds of each kind of software, event by event: whom it asks, how often, and when again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;

static int stop(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

static void prepare(enum server_software software)
{
    store = zone_store_create();
    zone = setup_zone(10, 3);
    setup_server(&setup, store, NULL);
    setup.config.policy = server_policy_of(software);
}

static void start(void)
{
    driver_create(&driver, &server_node, &setup.config, 0);
}

static const struct secondary *the_secondary(void)
{
    return ((const struct server *)driver.state)->zone_list[0].secondary;
}

/* ---- what a source says -------------------------------------------------------------------- */

static const struct driver_output *last_of(enum host_action_kind kind)
{
    size_t count = driver_output_count(&driver, kind);
    assert_true(count > 0);
    return driver_output(&driver, kind, count - 1);
}

/* The address that was asked over UDP last answers. */
static void answer(uint32_t serial, unsigned rcode)
{
    const struct driver_output *query = last_of(HOST_DO_SEND);
    struct address local = query->local, remote = query->remote;
    assert_true(
        driver_datagram(&driver, &local, &remote, setup_soa_answer(query->bytes, serial, rcode)));
}

/* After the half second that BIND leaves between SOA queries. */
static void assert_asked_last(const char *address)
{
    driver_advance(&driver, driver.now_ns + NS_PER_S / 2);
    struct address expected = address_of(address);
    assert_true(address_same_ip(&last_of(HOST_DO_SEND)->remote, &expected));
}

/* Sends the zone over the connection that was opened last. */
static void transfer(void)
{
    static uint8_t data[65535];
    struct message query;
    struct message_writer w;
    struct rr rr, soa = {0};
    uint32_t socket = last_of(HOST_DO_CONNECT)->socket;
    driver_connected(&driver, socket, 100000);
    struct bytes written = last_of(HOST_DO_WRITE)->bytes;
    setup_parse(&query, bytes_of(written.data + 2, written.size - 2));
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    for (struct zone_walk walk = {.zone = zone}; zone_walk_next(&walk, &rr);) {
        if (rr.type == RR_SOA)
            soa = rr;
        message_write_rr(&w, SECTION_ANSWER, &rr);
    }
    message_write_rr(&w, SECTION_ANSWER, &soa);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR))));
    assert_int_equal(the_secondary()->data, SECONDARY_SERVING);
    assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_DONE), 1);
    driver_forget(&driver);
}

/* From the start to serving serial 10 (refresh 1 h, retry 15 min, expire 1 week). */
static void load(enum server_software software)
{
    prepare(software);
    setup_add_source(&setup, "192.0.2.9");
    start();
    if (setup.config.policy->probe == PROBE_SOA_UDP)
        answer(10, RCODE_NOERROR);
    transfer();
}

static void notify_from(const char *address)
{
    struct address local = address_of("192.0.2.2:53"), remote = address_of(address);
    assert_true(driver_datagram(&driver, &local, &remote, setup_notify(11)));
}

static int64_t next_s(void)
{
    return the_secondary()->timer.at_ns / NS_PER_S;
}

/* When the Nth round began. */
static int64_t round_s(size_t n)
{
    for (size_t i = 0; i < driver.note_count; i++)
        if (driver.notes[i].note.kind == NOTE_REFRESH_STARTED && n-- == 0)
            return driver.notes[i].now_ns / NS_PER_S;
    return -1;
}

/* ---- BIND ---------------------------------------------------------------------------------- */

static void bind_asks_three_times_with_edns_and_three_times_without(void **state)
{
    (void)state;
    prepare(SERVER_BIND_9_18);
    start();
    for (int64_t s = 0; s < 30; s += 5) {
        struct message query;
        driver_advance(&driver, s * NS_PER_S);
        assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), s / 5 + 1);
        setup_parse(&query, last_of(HOST_DO_SEND)->bytes);
        assert_int_equal(query.edns.present, s < 15);
    }
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 0);
    driver_advance(&driver, 30 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
}

static void bind_counts_retries_from_the_beginning_of_a_round(void **state)
{
    (void)state;
    prepare(SERVER_BIND_9_18);
    start();
    driver_advance(&driver, 400 * NS_PER_S); /* each round takes 30 s of UDP and 30 s of TCP */
    assert_in_range(round_s(1), 60, 60);     /* 45 .. 60 s after the first, which took as long */
    assert_in_range(round_s(2) - round_s(1), 90, 120);
}

static void bind_takes_refused_for_a_word_about_soa_alone(void **state)
{
    (void)state;
    prepare(SERVER_BIND_9_20);
    start();
    answer(0, RCODE_REFUSED);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
    transfer();
}

/* An answer without records to what was written last. */
static void answer_stream(uint16_t type, unsigned rcode)
{
    static uint8_t data[512];
    struct bytes written = last_of(HOST_DO_WRITE)->bytes;
    struct message query;
    setup_parse(&query, bytes_of(written.data + 2, written.size - 2));
    assert_int_equal(query.qtype, type);
    struct bytes bare = setup_soa_answer(bytes_of(written.data + 2, written.size - 2), 11, rcode);
    memcpy(data, bare.data, bare.size);
    driver_bytes(&driver, last_of(HOST_DO_WRITE)->socket, setup_framed(bytes_of(data, bare.size)));
}

static void bind_asks_for_soa_and_all_of_the_zone_after_an_error_to_ixfr(void **state)
{
    (void)state;
    load(SERVER_BIND_9_18);
    driver_advance(&driver, the_secondary()->timer.at_ns);
    answer(11, RCODE_NOERROR);
    driver_connected(&driver, last_of(HOST_DO_CONNECT)->socket, 100000);
    answer_stream(RR_IXFR, RCODE_REFUSED);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    driver_connected(&driver, last_of(HOST_DO_CONNECT)->socket, 100000);
    answer_stream(RR_SOA, RCODE_NOERROR);
    answer_stream(RR_AXFR, RCODE_REFUSED); /* over the same connection */
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    assert_int_equal(the_secondary()->asked, 1); /* that was all of this source */
}

static void bind_asks_once_more_without_edns_after_servfail(void **state)
{
    (void)state;
    prepare(SERVER_BIND_9_20);
    setup_add_source(&setup, "192.0.2.9");
    start();
    answer(0, RCODE_SERVFAIL);
    assert_asked_last("192.0.2.1");
    answer(0, RCODE_SERVFAIL);
    assert_asked_last("192.0.2.9");
}

static void bind_asks_all_its_primaries_in_the_order_of_its_list(void **state)
{
    (void)state;
    load(SERVER_BIND_9_18);
    notify_from("192.0.2.9:53");
    assert_asked_last("192.0.2.1");
    answer(10, RCODE_NOERROR);
    assert_asked_last("192.0.2.9");
    answer(10, RCODE_NOERROR);
    driver_advance(&driver, the_secondary()->timer.at_ns); /* the next look, not after a NOTIFY */
    assert_asked_last("192.0.2.1");
    answer(10, RCODE_NOERROR);
    assert_asked_last("192.0.2.9");
    answer(10, RCODE_REFUSED);
    driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    int64_t wait_s = next_s() - driver.now_ns / NS_PER_S;
    assert_in_range(wait_s, 2700, 3600); /* good: the first has it */
}

static void bind_forgets_what_has_expired(void **state)
{
    (void)state;
    load(SERVER_BIND_9_18);
    driver_advance(&driver, INT64_C(700000) * NS_PER_S);
    assert_int_equal(the_secondary()->data, SECONDARY_EXPIRED);
    driver_forget(&driver);
    driver_advance(&driver, driver.now_ns + 30000 * NS_PER_S);
    for (size_t i = 0; i < driver.note_count; i++) /* not every 11 to 15 minutes any more */
        if (driver.notes[i].note.kind == NOTE_TRANSFER_STARTED)
            assert_int_equal(driver.notes[i].note.code, NOTE_AXFR);
    assert_in_range(driver_note_count(&driver, NOTE_REFRESH_STARTED), 1, 5);
}

static void bind_fetches_again_what_has_expired(void **state)
{
    (void)state;
    load(SERVER_BIND_9_18);
    driver_advance(&driver, INT64_C(700000) * NS_PER_S);
    assert_int_equal(the_secondary()->data, SECONDARY_EXPIRED);
    driver_forget(&driver);
    notify_from("192.0.2.1:53");
    answer(10, RCODE_NOERROR); /* the serial that it had */
    transfer();
}

/* Differences from serial 10 to 11, over the connection that was opened last. */
static void send_differences(void)
{
    static uint8_t data[1024];
    struct message query;
    struct message_writer w;
    struct rr before, after;
    struct zone *next = setup_zone(11, 3);
    uint32_t socket = last_of(HOST_DO_CONNECT)->socket;
    driver_connected(&driver, socket, 100000);
    struct bytes written = last_of(HOST_DO_WRITE)->bytes;
    setup_parse(&query, bytes_of(written.data + 2, written.size - 2));
    assert_int_equal(query.qtype, RR_IXFR);
    zone_walk_next(&(struct zone_walk){.zone = zone}, &before);
    zone_walk_next(&(struct zone_walk){.zone = next}, &after);
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    const struct rr *records[] = {&after, &before, &after, &after};
    for (size_t i = 0; i < 4; i++)
        message_write_rr(&w, SECTION_ANSWER, records[i]);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR))));
    zone_release(next);
}

static void bind_takes_differences_from_what_expired_in_the_queue(void **state)
{
    (void)state;
    prepare(SERVER_BIND_9_18);
    static struct server_policy patient; /* read until the end */
    static struct server_zone_config zones[2];
    patient = *setup.config.policy;
    patient.transfers_in_max = 1;
    patient.connect_timeout_ns = patient.transfer_total_ns = TIME_NEVER / 4;
    zones[0] = zones[1] = setup.zone;
    zones[1].origin = (const uint8_t *)"\5other\4test";
    setup.config.policy = &patient;
    setup.config.zones = zones;
    setup.config.zone_count = 2;
    start();
    answer(10, RCODE_NOERROR);
    transfer();
    driver_advance(&driver, NS_PER_S / 2);
    answer(0, RCODE_REFUSED); /* the other zone, which connects and connects */
    uint32_t other = last_of(HOST_DO_CONNECT)->socket;
    notify_from("192.0.2.1:53");
    driver_advance(&driver, NS_PER_S);
    answer(11, RCODE_NOERROR);
    assert_int_equal(the_secondary()->task, SECONDARY_QUEUED);
    driver_advance(&driver, the_secondary()->expire.at_ns);
    assert_int_equal(the_secondary()->data, SECONDARY_EXPIRED);
    driver_connect_failed(&driver, other, HOST_REFUSED);
    send_differences();
    assert_int_equal(the_secondary()->data, SECONDARY_SERVING);
}

/* ---- NSD ----------------------------------------------------------------------------------- */

static uint16_t written_type(void)
{
    struct message query;
    struct bytes written = last_of(HOST_DO_WRITE)->bytes;
    setup_parse(&query, bytes_of(written.data + 2, written.size - 2));
    return query.qtype;
}

static void nsd_looks_for_news_by_ixfr_over_tcp(void **state)
{
    (void)state;
    load(SERVER_NSD_4);
    driver_advance(&driver, 3600 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 0);
    driver_connected(&driver, last_of(HOST_DO_CONNECT)->socket, 100000);
    assert_int_equal(written_type(), RR_IXFR);
}

static void nsd_asks_for_differences_from_what_has_expired_too(void **state)
{
    (void)state;
    load(SERVER_NSD_4);
    driver_advance(&driver, the_secondary()->expire.at_ns);
    assert_int_equal(the_secondary()->data, SECONDARY_EXPIRED);
    while (the_secondary()->task != SECONDARY_WAITING)
        driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    driver_forget(&driver);
    notify_from("192.0.2.1:53");
    driver_connected(&driver, last_of(HOST_DO_CONNECT)->socket, 100000);
    assert_int_equal(written_type(), RR_IXFR);
}

static void nsd_doubles_its_first_wait(void **state)
{
    (void)state;
    prepare(SERVER_NSD_4);
    start();
    driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    assert_in_range(the_secondary()->timer.at_ns, 18 * NS_PER_S, 40 * NS_PER_S);
    driver_advance(&driver, the_secondary()->timer.at_ns);
    driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    assert_in_range(the_secondary()->timer.at_ns - driver.now_ns, 36 * NS_PER_S, 80 * NS_PER_S);
}

static void nsd_begins_its_waits_anew_after_a_notify(void **state)
{
    (void)state;
    prepare(SERVER_NSD_4);
    start();
    for (int i = 0; i < 6; i++) {
        driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
        driver_advance(&driver, the_secondary()->timer.at_ns);
    }
    driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    assert_true(the_secondary()->timer.at_ns - driver.now_ns > 1000 * NS_PER_S);
    notify_from("192.0.2.1:53");
    driver_connect_failed(&driver, last_of(HOST_DO_CONNECT)->socket, HOST_REFUSED);
    assert_in_range(the_secondary()->timer.at_ns - driver.now_ns, 18 * NS_PER_S, 40 * NS_PER_S);
}

static void nsd_wakes_up_before_a_version_expires(void **state)
{
    (void)state;
    load(SERVER_NSD_4); /* retries after 900 s, doubled each time, up to a day */
    int64_t expires_ns = the_secondary()->expire.at_ns, late_ns = 0;
    while (driver.now_ns < expires_ns - 60 * NS_PER_S) {
        late_ns = driver.now_ns;
        driver_advance(&driver, driver.timer_ns);
    }
    assert_true(expires_ns - late_ns < 3600 * NS_PER_S);
}

/* ---- Knot DNS ------------------------------------------------------------------------------ */

static void knot_takes_an_older_serial_for_good(void **state)
{
    (void)state;
    prepare(SERVER_KNOT_3);
    start();
    transfer();
    driver_advance(&driver, 3600 * NS_PER_S);
    uint32_t socket = last_of(HOST_DO_CONNECT)->socket;
    int64_t expires_ns = the_secondary()->expire.at_ns;
    driver_connected(&driver, socket, 100000);
    struct bytes query = last_of(HOST_DO_WRITE)->bytes;
    driver_bytes(
        &driver, socket,
        setup_framed(setup_soa_answer(bytes_of(query.data + 2, query.size - 2), 9, RCODE_NOERROR)));
    assert_int_equal(the_secondary()->timer.at_ns, 7200 * NS_PER_S);
    assert_int_equal(the_secondary()->expire.at_ns, expires_ns);
}

static void knot_looks_as_soon_as_a_version_has_expired(void **state)
{
    (void)state;
    prepare(SERVER_KNOT_3);
    start();
    transfer();
    int64_t expires_ns = the_secondary()->expire.at_ns;
    driver_advance(&driver, expires_ns - NS_PER_S);
    assert_int_equal(the_secondary()->task, SECONDARY_WAITING);
    driver_forget(&driver);
    driver_advance(&driver, expires_ns);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
}

/* ---- PowerDNS ------------------------------------------------------------------------------ */

static void powerdns_asks_one_primary_by_chance(void **state)
{
    (void)state;
    struct address first = address_of("192.0.2.1");
    size_t firsts = 0, sends;
    prepare(SERVER_PDNS_AUTH_4);
    setup_add_source(&setup, "192.0.2.9");
    start();
    driver_advance(&driver, 400000 * NS_PER_S); /* rounds every hour at last */
    sends = driver_output_count(&driver, HOST_DO_SEND);
    assert_int_equal(sends, driver_note_count(&driver, NOTE_REFRESH_FAILED));
    for (size_t i = 0; i < sends; i++)
        firsts += address_same_ip(&driver_output(&driver, HOST_DO_SEND, i)->remote, &first);
    assert_true(sends > 100);
    assert_in_range(firsts, sends * 3 / 10, sends * 7 / 10);
}

static void powerdns_asks_without_edns(void **state)
{
    (void)state;
    struct message query;
    prepare(SERVER_PDNS_AUTH_4);
    start();
    setup_parse(&query, last_of(HOST_DO_SEND)->bytes);
    assert_false(query.edns.present);
}

static void powerdns_asks_the_sender_of_a_notify_and_forgives(void **state)
{
    (void)state;
    prepare(SERVER_PDNS_AUTH_4);
    setup_add_source(&setup, "192.0.2.9");
    start();
    driver_advance(&driver, 700 * NS_PER_S);
    assert_true(the_secondary()->failures >= 4);
    notify_from("192.0.2.9:53");
    assert_asked_last("192.0.2.9");
    driver_advance(&driver, driver.now_ns + 5 * NS_PER_S / 2); /* 3 s after the question */
    assert_int_equal(the_secondary()->timer.at_ns - driver.now_ns, 60 * NS_PER_S);
}

/* RFC 1996 sections 3.7 and 3.8: only "data same" may spare the question. */
static void a_notify_of_an_older_serial_leads_to_a_question_in_some(void **state)
{
    static const bool asks[][3] = {
        /* of 9, 10 and 11, while 10 is served */
        [SERVER_RFC] = {true, false, true},        [SERVER_BIND_9_18] = {false, false, true},
        [SERVER_BIND_9_20] = {false, false, true}, [SERVER_NSD_4] = {false, false, true},
        [SERVER_KNOT_3] = {true, false, true},     [SERVER_PDNS_AUTH_4] = {true, true, true}};
    struct address local = address_of("192.0.2.2:53"), remote = address_of("192.0.2.1:53");
    for (size_t i = 0; i < sizeof asks / sizeof **asks; i++) {
        load((enum server_software)(i / 3));
        driver_datagram(&driver, &local, &remote, setup_notify((uint32_t)(9 + i % 3)));
        driver_advance(&driver, driver.now_ns + NS_PER_S);
        assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_STARTED) > 0, asks[i / 3][i % 3]);
        stop(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bind_asks_three_times_with_edns_and_three_times_without, stop),
        cmocka_unit_test_teardown(bind_counts_retries_from_the_beginning_of_a_round, stop),
        cmocka_unit_test_teardown(bind_takes_refused_for_a_word_about_soa_alone, stop),
        cmocka_unit_test_teardown(bind_asks_for_soa_and_all_of_the_zone_after_an_error_to_ixfr,
                                  stop),
        cmocka_unit_test_teardown(bind_asks_once_more_without_edns_after_servfail, stop),
        cmocka_unit_test_teardown(bind_asks_all_its_primaries_in_the_order_of_its_list, stop),
        cmocka_unit_test_teardown(bind_forgets_what_has_expired, stop),
        cmocka_unit_test_teardown(bind_fetches_again_what_has_expired, stop),
        cmocka_unit_test_teardown(bind_takes_differences_from_what_expired_in_the_queue, stop),
        cmocka_unit_test_teardown(nsd_looks_for_news_by_ixfr_over_tcp, stop),
        cmocka_unit_test_teardown(nsd_asks_for_differences_from_what_has_expired_too, stop),
        cmocka_unit_test_teardown(nsd_doubles_its_first_wait, stop),
        cmocka_unit_test_teardown(nsd_begins_its_waits_anew_after_a_notify, stop),
        cmocka_unit_test_teardown(nsd_wakes_up_before_a_version_expires, stop),
        cmocka_unit_test_teardown(knot_takes_an_older_serial_for_good, stop),
        cmocka_unit_test_teardown(knot_looks_as_soon_as_a_version_has_expired, stop),
        cmocka_unit_test_teardown(powerdns_asks_one_primary_by_chance, stop),
        cmocka_unit_test_teardown(powerdns_asks_without_edns, stop),
        cmocka_unit_test_teardown(powerdns_asks_the_sender_of_a_notify_and_forgives, stop),
        cmocka_unit_test(a_notify_of_an_older_serial_leads_to_a_question_in_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
