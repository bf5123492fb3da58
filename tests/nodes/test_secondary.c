/* One secondary and hand-made sources: which question goes where, when, and what answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone; /* what the sources have: serial 10 */

enum { CREDIT = 100000 };

static int prepare(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(10, 50);
    setup_server(&setup, store, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

static void start(void)
{
    driver_create(&driver, &server_node, &setup.config, 0);
}

static const struct server_zone *the_zone(void)
{
    return &((const struct server *)driver.state)->zone_list[0];
}

/* The query sent last, which must be an SOA query to ADDRESS. */
static const struct driver_output *soa_query_to(const char *address)
{
    size_t count = driver_output_count(&driver, HOST_DO_SEND);
    assert_true(count > 0);
    const struct driver_output *output = driver_output(&driver, HOST_DO_SEND, count - 1);
    struct message message;
    setup_parse(&message, output->bytes);
    assert_int_equal(message.qtype, RR_SOA);
    assert_int_equal(message.opcode, OPCODE_QUERY);
    assert_false(message.flags & FLAG_RD);
    struct address expected = address_of(address);
    assert_true(address_equal(&output->remote, &expected));
    return output;
}

/* ADDRESS answers the SOA query sent last. */
static void answer_soa(const char *address, uint32_t serial, unsigned rcode)
{
    const struct driver_output *query = soa_query_to(address);
    struct address local = query->local, remote = query->remote;
    struct bytes answer = setup_soa_answer(query->bytes, serial, rcode);
    assert_true(driver_datagram(&driver, &local, &remote, answer));
}

static uint32_t connection(void)
{
    size_t count = driver_output_count(&driver, HOST_DO_CONNECT);
    assert_true(count > 0);
    return driver_output(&driver, HOST_DO_CONNECT, count - 1)->socket;
}

/* The query written to SOCKET last. */
static void query_on(uint32_t socket, struct message *message)
{
    const struct driver_output *found = NULL;
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_WRITE && driver.outputs[i].socket == socket)
            found = &driver.outputs[i];
    assert_non_null(found);
    assert_int_equal(bytes_get_u16(found->bytes.data), found->bytes.size - 2);
    setup_parse(message, bytes_of(found->bytes.data + 2, found->bytes.size - 2));
}

/* A message of a transfer: RECORDS of WALK, and the SOA again if LAST. */
static void send_zone(uint32_t socket, const struct zone *from, bool last)
{
    static uint8_t data[65535];
    struct message query;
    struct message_writer w;
    struct rr rr, soa = {0};
    query_on(socket, &query);
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    for (struct zone_walk walk = {.zone = from}; zone_walk_next(&walk, &rr);) {
        if (rr.type == RR_SOA)
            soa = rr;
        assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
    }
    if (last)
        assert_true(message_write_rr(&w, SECTION_ANSWER, &soa));
    struct bytes framed = setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR)));
    driver_bytes(&driver, socket, framed);
}

/* From the start to serving serial 10 from 192.0.2.1. */
static void load(void)
{
    start();
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    uint32_t socket = connection();
    driver_connected(&driver, socket, CREDIT);
    send_zone(socket, zone, true);
    assert_true(the_zone()->serving);
    driver_forget(&driver);
}

static int64_t next_s(void)
{
    return (driver.timer_ns - driver.now_ns) / NS_PER_S;
}

/* ---- the SOA query ------------------------------------------------------------------------- */

static void asks_three_times_five_seconds_apart_and_then_the_next(void **state)
{
    (void)state;
    setup_add_source(&setup, "192.0.2.9:5300");
    start();
    for (int64_t s = 0; s < 15; s += 5) {
        driver_advance(&driver, s * NS_PER_S);
        assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 1 + s / 5);
        soa_query_to("192.0.2.1:53");
    }
    driver_advance(&driver, 15 * NS_PER_S - 1);
    soa_query_to("192.0.2.1:53");
    driver_advance(&driver, 15 * NS_PER_S);
    soa_query_to("192.0.2.9:5300");
}

static void asks_the_next_at_once_after_an_error(void **state)
{
    (void)state;
    const unsigned rcodes[] = {RCODE_REFUSED, RCODE_SERVFAIL, RCODE_NOTAUTH, RCODE_NXDOMAIN};
    setup_add_source(&setup, "192.0.2.9");
    start();
    for (size_t i = 0; i < 4; i++) {
        answer_soa("192.0.2.1:53", 0, rcodes[i]);
        answer_soa("192.0.2.9:53", 0, rcodes[i]);
        driver_advance(&driver, driver.timer_ns);
    }
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_FAILED), 8);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text, "answered NXDOMAIN");
}

static void asks_without_edns_after_formerr(void **state)
{
    (void)state;
    struct message message;
    start();
    const struct driver_output *query = soa_query_to("192.0.2.1:53");
    struct address local = query->local, remote = query->remote;
    setup_parse(&message, query->bytes);
    assert_true(message.edns.present);
    uint8_t header[12] = {0};
    bytes_put_u16(header, message.id);
    header[2] = 0x80;
    header[3] = RCODE_FORMERR;
    driver_datagram(&driver, &local, &remote, bytes_of(header, 12));
    setup_parse(&message, soa_query_to("192.0.2.1:53")->bytes);
    assert_false(message.edns.present);
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
}

static void a_truncated_answer_is_asked_for_again_over_tcp(void **state)
{
    (void)state;
    uint8_t data[512];
    start();
    const struct driver_output *query = soa_query_to("192.0.2.1:53");
    struct address local = query->local, remote = query->remote;
    struct bytes answer = setup_soa_answer(query->bytes, 10, RCODE_NOERROR);
    memcpy(data, answer.data, answer.size);
    data[2] |= FLAG_TC >> 8;
    driver_datagram(&driver, &local, &remote, bytes_of(data, answer.size));
    driver_connected(&driver, connection(), CREDIT);
    send_zone(connection(), zone, true);
    assert_true(the_zone()->serving);
}

static void strangers_and_wrong_ids_are_not_listened_to(void **state)
{
    (void)state;
    start();
    const struct driver_output *query = soa_query_to("192.0.2.1:53");
    struct address local = query->local, remote = query->remote;
    struct address stranger = address_of("192.0.2.66:53"), port = address_of("192.0.2.1:54");
    uint8_t data[512];
    struct bytes answer = setup_soa_answer(query->bytes, 10, RCODE_NOERROR);
    memcpy(data, answer.data, answer.size);
    driver_datagram(&driver, &local, &stranger, answer);
    driver_datagram(&driver, &local, &port, answer);
    data[0] ^= 1;
    driver_datagram(&driver, &local, &remote, bytes_of(data, answer.size));
    data[0] ^= 1;
    data[2] &= 0x7f; /* a query, not a response */
    driver_datagram(&driver, &local, &remote, bytes_of(data, answer.size));
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 0);
    data[2] |= 0x80;
    driver_datagram(&driver, &local, &remote, bytes_of(data, answer.size));
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
}

static void an_answer_without_aa_is_no_answer(void **state)
{
    (void)state;
    start();
    const struct driver_output *query = soa_query_to("192.0.2.1:53");
    struct address local = query->local, remote = query->remote;
    uint8_t data[512];
    struct bytes answer = setup_soa_answer(query->bytes, 10, RCODE_NOERROR);
    memcpy(data, answer.data, answer.size);
    data[2] &= 0xfb;
    driver_datagram(&driver, &local, &remote, bytes_of(data, answer.size));
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text, "not authoritative");
}

static void a_closed_port_is_believed_at_once(void **state)
{
    (void)state;
    setup_add_source(&setup, "192.0.2.9");
    start();
    const struct driver_output *query = soa_query_to("192.0.2.1:53");
    struct address remote = query->remote;
    driver_unreachable(&driver, query->socket, &remote);
    soa_query_to("192.0.2.9:53");
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text, "port unreachable");
}

static void the_configured_source_address_is_used(void **state)
{
    (void)state;
    setup.config.transfer_source = address_of("203.0.113.5");
    start();
    struct address expected = address_of("203.0.113.5");
    assert_true(address_same_ip(&soa_query_to("192.0.2.1:53")->local, &expected));
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    assert_true(address_same_ip(&driver_output(&driver, HOST_DO_CONNECT, 0)->local, &expected));
}

/* ---- timers -----------------------------------------------------------------------------------
 */

static void without_a_version_the_pauses_double_up_to_an_hour(void **state)
{
    (void)state;
    const int64_t expected_s[] = {30, 60, 120, 240, 480, 960, 1920, 3600, 3600};
    start();
    for (size_t i = 0; i < sizeof expected_s / sizeof *expected_s; i++) {
        answer_soa("192.0.2.1:53", 0, RCODE_REFUSED);
        assert_int_equal(next_s(), expected_s[i]);
        assert_int_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->values[0], driver.timer_ns);
        driver_advance(&driver, driver.timer_ns);
    }
}

static void refreshes_and_retries_as_the_soa_says(void **state)
{
    (void)state;
    load();
    assert_int_equal(next_s(), 3600);
    driver_advance(&driver, driver.timer_ns);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_STARTED)->text, "refresh");
    answer_soa("192.0.2.1:53", 0, RCODE_SERVFAIL);
    assert_int_equal(next_s(), 900);
    driver_advance(&driver, driver.timer_ns);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_STARTED)->text, "retry");
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    assert_int_equal(next_s(), 3600);
    const struct host_note *contact = driver_note(&driver, NOTE_ZONE_CONTACT);
    assert_int_equal(contact->serial, 10);
    assert_int_equal(contact->values[0], driver.now_ns + 604800 * NS_PER_S);
    assert_int_equal(contact->values[1], driver.timer_ns);
}

static void a_refresh_of_zero_does_not_stop_time(void **state)
{
    (void)state;
    zone_release(zone);
    zone = setup_zone_with(10, "0 0 604800 0", "");
    load();
    assert_int_equal(next_s(), 1);
    driver_advance(&driver, driver.timer_ns);
    answer_soa("192.0.2.1:53", 0, RCODE_SERVFAIL);
    assert_int_equal(next_s(), 1);
}

/* Knot DNS shows it to nobody over UDP. */
static void a_catalog_refused_over_udp_is_asked_for_over_a_connection(void **state)
{
    static const struct server_zone_config members = {.role = NOTE_SECONDARY};
    (void)state;
    setup.zone.members = &members;
    start();
    answer_soa("192.0.2.1:53", 0, RCODE_REFUSED);
    struct message query;
    uint32_t socket = connection();
    driver_connected(&driver, socket, CREDIT);
    query_on(socket, &query);
    assert_int_equal(query.qtype, RR_SOA);
    assert_int_equal(driver_note_count(&driver, NOTE_REFRESH_FAILED), 0);
}

static void an_older_serial_is_refused_until_ours_has_expired(void **state)
{
    (void)state;
    load();
    driver_advance(&driver, driver.timer_ns);
    answer_soa("192.0.2.1:53", 9, RCODE_NOERROR);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 0);
    assert_int_equal(next_s(), 900);
    while (the_zone()->serving)
        driver_advance(&driver, driver.timer_ns);
    while (driver_output_count(&driver, HOST_DO_CONNECT) == 0) {
        driver_advance(&driver, driver.timer_ns);
        answer_soa("192.0.2.1:53", 9, RCODE_NOERROR);
    }
    struct message query;
    uint32_t socket = connection();
    driver_connected(&driver, socket, CREDIT);
    query_on(socket, &query);
    assert_int_equal(query.qtype, RR_AXFR);
    zone_release(zone);
    zone = setup_zone(9, 3);
    send_zone(socket, zone, true);
    assert_true(the_zone()->serving);
    assert_int_equal(zone_serial(the_zone()->version), 9);
}

/* ---- transfers --------------------------------------------------------------------------------
 */

static void a_newer_serial_is_fetched_by_ixfr_with_our_soa(void **state)
{
    (void)state;
    struct message query;
    load();
    driver_advance(&driver, driver.timer_ns);
    answer_soa("192.0.2.1:53", 11, RCODE_NOERROR);
    uint32_t socket = connection();
    driver_connected(&driver, socket, CREDIT);
    query_on(socket, &query);
    assert_int_equal(query.qtype, RR_IXFR);
    assert_int_equal(query.counts[SECTION_AUTHORITY], 1);
    assert_int_equal(setup_serial_in(&query), 10);
}

/* The source answers the query on SOCKET with RCODE. */
static void send_rcode(uint32_t socket, unsigned rcode)
{
    struct message query;
    uint8_t data[512];
    struct message_writer w;
    query_on(socket, &query);
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, rcode))));
}

static void after_notimp_to_ixfr_the_same_source_is_asked_for_axfr(void **state)
{
    (void)state;
    struct message query;
    setup_add_source(&setup, "192.0.2.9");
    load();
    driver_advance(&driver, driver.timer_ns);
    answer_soa("192.0.2.1:53", 11, RCODE_NOERROR);
    driver_connected(&driver, connection(), CREDIT);
    send_rcode(connection(), RCODE_NOTIMP);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    struct address expected = address_of("192.0.2.1:53");
    assert_true(address_equal(&driver_output(&driver, HOST_DO_CONNECT, 1)->remote, &expected));
    driver_connected(&driver, connection(), CREDIT);
    query_on(connection(), &query);
    assert_int_equal(query.qtype, RR_AXFR);
    zone_release(zone);
    zone = setup_zone(11, 50);
    send_zone(connection(), zone, true);
    assert_int_equal(zone_serial(the_zone()->version), 11);
    assert_int_equal(driver_note(&driver, NOTE_TRANSFER_DONE)->code, NOTE_FALLBACK);
}

static void what_breaks_a_transfer_leads_to_the_next_source(void **state)
{
    (void)state;
    setup_add_source(&setup, "192.0.2.9");
    for (int way = 0; way < 6; way++) {
        start();
        answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
        uint32_t socket = connection();
        if (way > 1)
            driver_connected(&driver, socket, CREDIT);
        if (way > 2)
            send_zone(socket, zone, false);
        if (way == 0)
            driver_connect_failed(&driver, socket, HOST_REFUSED);
        else if (way == 1)
            driver_advance(&driver, driver.now_ns + 15 * NS_PER_S);
        else if (way == 2)
            send_rcode(socket, RCODE_REFUSED);
        else if (way == 3)
            driver_reset(&driver, socket, HOST_PEER_RESET);
        else if (way == 4)
            driver_finished(&driver, socket);
        else
            driver_advance(&driver, driver.now_ns + 60 * NS_PER_S);
        soa_query_to("192.0.2.9:53");
        assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_FAILED), 1);
        assert_false(the_zone()->serving);
        driver_free(&driver);
    }
    start();
}

static void a_source_that_drips_is_cut_off_in_the_end(void **state)
{
    (void)state;
    start();
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    uint32_t socket = connection();
    driver_connected(&driver, socket, CREDIT);
    driver_bytes(&driver, socket, bytes_of("\377\377", 2));
    while (driver_note_count(&driver, NOTE_TRANSFER_FAILED) == 0) {
        driver_advance(&driver, driver.now_ns + 50 * NS_PER_S);
        if (driver.socket_list[socket].state == DRIVER_OPEN)
            driver_bytes(&driver, socket, bytes_of("x", 1));
        assert_true(driver.now_ns < 3 * 3600 * NS_PER_S);
    }
    assert_true(driver.now_ns >= 2 * 3600 * NS_PER_S);
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text,
                        "the transfer took too long");
}

static void the_disk_is_synced_with_every_version_and_contact(void **state)
{
    (void)state;
    load();
    assert_int_equal(driver.file_count, 2);
    for (size_t i = 0; i < driver.file_count; i++)
        assert_ptr_equal(driver.files[i].blob, driver.files[i].synced);
    driver_advance(&driver, driver.timer_ns);
    answer_soa("192.0.2.1:53", 10, RCODE_NOERROR);
    for (size_t i = 0; i < driver.file_count; i++) {
        assert_non_null(driver.files[i].synced);
        assert_ptr_equal(driver.files[i].blob, driver.files[i].synced);
    }
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, prepare, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(asks_three_times_five_seconds_apart_and_then_the_next),
        CLAIM(asks_the_next_at_once_after_an_error),
        CLAIM(asks_without_edns_after_formerr),
        CLAIM(a_truncated_answer_is_asked_for_again_over_tcp),
        CLAIM(strangers_and_wrong_ids_are_not_listened_to),
        CLAIM(an_answer_without_aa_is_no_answer),
        CLAIM(a_closed_port_is_believed_at_once),
        CLAIM(the_configured_source_address_is_used),
        CLAIM(without_a_version_the_pauses_double_up_to_an_hour),
        CLAIM(refreshes_and_retries_as_the_soa_says),
        CLAIM(a_refresh_of_zero_does_not_stop_time),
        CLAIM(an_older_serial_is_refused_until_ours_has_expired),
        CLAIM(a_newer_serial_is_fetched_by_ixfr_with_our_soa),
        CLAIM(after_notimp_to_ixfr_the_same_source_is_asked_for_axfr),
        CLAIM(what_breaks_a_transfer_leads_to_the_next_source),
        CLAIM(a_source_that_drips_is_cut_off_in_the_end),
        CLAIM(a_catalog_refused_over_udp_is_asked_for_over_a_connection),
        CLAIM(the_disk_is_synced_with_every_version_and_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
