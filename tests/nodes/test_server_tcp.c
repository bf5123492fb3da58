/* Connections from clients: pipelining, half close, idle ones, many of them, slow readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;
static struct address local, client;

enum { CREDIT = 100000 };

static int start(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(7, 4000);
    setup_server(&setup, store, zone);
    driver_create(&driver, &server_node, &setup.config, 0);
    local = address_of("192.0.2.1:53");
    client = address_of("198.51.100.9:4444");
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

static size_t connection_count(void)
{
    return ((const struct server *)driver.state)->connections.count;
}

/* Reads what was written to SOCKET: messages, and of the last one its answer count. */
static size_t messages_written(uint32_t socket, size_t *records)
{
    struct stream_in in = {0};
    struct bytes wire;
    struct message message;
    size_t count = 0;
    *records = 0;
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_WRITE && driver.outputs[i].socket == socket)
            stream_in_add(&in, driver.outputs[i].bytes);
    while (stream_in_next(&in, &wire)) {
        setup_parse(&message, wire);
        assert_int_equal(message.rcode, RCODE_NOERROR);
        *records += message.counts[SECTION_ANSWER];
        count++;
    }
    assert_int_equal(in.start, in.size);
    stream_in_free(&in);
    return count;
}

static size_t octets_written(void)
{
    size_t octets = 0;
    for (size_t i = 0; i < driver.output_count; i++)
        octets += driver.outputs[i].bytes.size;
    return octets;
}

static void queries_in_one_piece_are_all_answered(void **state)
{
    (void)state;
    uint8_t data[1000];
    size_t size = 0, records;
    for (int i = 0; i < 5; i++) {
        struct bytes framed = setup_framed(setup_query("www.example.com.", RR_A, 0));
        memcpy(data + size, framed.data, framed.size);
        size += framed.size;
    }
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_bytes(&driver, socket, bytes_of(data, size));
    assert_int_equal(messages_written(socket, &records), 5);
    assert_int_equal(records, 5);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 5);
    assert_int_equal(driver_note(&driver, NOTE_QUERY)->values[1], 1);
    assert_int_equal(driver_output(&driver, HOST_DO_CONSUME, 0)->size, size);
    assert_null(driver_output(&driver, HOST_DO_CLOSE, 0));
}

static void a_query_octet_by_octet_is_answered_at_its_last(void **state)
{
    (void)state;
    struct bytes framed = setup_framed(setup_query("www.example.com.", RR_A, 0));
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    for (size_t i = 0; i < framed.size; i++) {
        assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 0);
        driver_bytes(&driver, socket, bytes_of(framed.data + i, 1));
    }
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 1);
}

static void after_a_half_close_the_answer_comes_and_then_the_end(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, 0);
    driver_bytes(&driver, socket, setup_framed(setup_query("www.example.com.", RR_A, 0)));
    driver_finished(&driver, socket);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 0);
    driver_writable(&driver, socket, 1000);
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 1);
    assert_int_equal(connection_count(), 0);
}

static void an_idle_connection_is_closed_after_thirty_seconds(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_advance(&driver, 20 * NS_PER_S);
    driver_bytes(&driver, socket, setup_framed(setup_query("www.example.com.", RR_A, 0)));
    driver_advance(&driver, 50 * NS_PER_S - 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 0);
    driver_advance(&driver, 50 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 1);
}

static void a_client_that_reads_nothing_is_cut_off(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, 5);
    driver_bytes(&driver, socket, setup_framed(setup_query("www.example.com.", RR_A, 0)));
    assert_int_equal(octets_written(), 5);
    driver_advance(&driver, 30 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
    assert_int_equal(connection_count(), 0);
}

static void a_client_that_does_not_read_is_not_read_from(void **state)
{
    (void)state;
    struct bytes framed = setup_framed(setup_query("www.example.com.", RR_A, 0));
    uint32_t socket = driver_accept(&driver, &local, &client, 5);
    driver_bytes(&driver, socket, framed);
    size_t consumed = driver_output_count(&driver, HOST_DO_CONSUME);
    for (int i = 0; i < 10; i++)
        driver_bytes(&driver, socket, framed);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONSUME), consumed);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 1);
    driver_writable(&driver, socket, CREDIT);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 11);
    size_t given_back = 0;
    for (size_t i = 0; i < driver.output_count; i++)
        given_back += driver.outputs[i].kind == HOST_DO_CONSUME ? driver.outputs[i].size : 0;
    assert_int_equal(given_back, 11 * framed.size);
}

static const struct server *the_server(void)
{
    return driver.state;
}

static void ask_on(uint32_t socket)
{
    driver_bytes(&driver, socket, setup_framed(setup_query("www.example.com.", RR_A, 0)));
}

/* Twelve clients of a server with room for ten, a millisecond apart; the first asks at once, the
 * last two have to wait and ask meanwhile. */
static uint32_t crowd[12];

static void start_crowd(int64_t wait_ns)
{
    driver_free(&driver);
    setup.policy.tcp_connections_max = 10;
    setup.policy.tcp_wait_ns = wait_ns;
    driver_create(&driver, &server_node, &setup.config, 0);
    for (uint16_t i = 0; i < 12; i++) {
        client.port = (uint16_t)(5000 + i);
        driver_advance(&driver, i * NS_PER_MS);
        crowd[i] = driver_accept(&driver, &local, &client, CREDIT);
        if (i == 5) /* the first is not idle, the second is */
            ask_on(crowd[0]);
    }
    assert_int_equal(the_server()->connections.count, 10);
    assert_int_equal(the_server()->waiting.count, 2);
    driver_forget(&driver);
    ask_on(crowd[10]);
    ask_on(crowd[11]);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 0);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONSUME), 0);
}

static void one_that_has_waited_takes_the_place_of_the_longest_idle(void **state)
{
    (void)state;
    start_crowd(2 * NS_PER_S);
    driver_advance(&driver, 2 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 0);
    driver_advance(&driver, 2 * NS_PER_S + 20 * NS_PER_MS);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 2);
    assert_int_equal(driver_output(&driver, HOST_DO_CLOSE, 0)->remote.port, 5001);
    assert_int_equal(driver_output(&driver, HOST_DO_CLOSE, 1)->remote.port, 5002);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 2);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 0)->remote.port, 5010);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 1)->remote.port, 5011);
}

static void one_that_has_only_just_come_is_not_idle(void **state)
{
    (void)state;
    start_crowd(2 * NS_PER_S);
    driver_advance(&driver, NS_PER_S + 500 * NS_PER_MS);
    for (size_t i = 0; i < 10; i++)
        ask_on(crowd[i]);
    driver_advance(&driver, 3 * NS_PER_S + 400 * NS_PER_MS);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 0);
    driver_advance(&driver, 5 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CLOSE), 2);
}

static void whoever_waits_comes_when_another_goes(void **state)
{
    (void)state;
    start_crowd(TIME_NEVER);
    driver_finished(&driver, crowd[10]);
    driver_finished(&driver, crowd[3]);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 2);
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 2);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 0)->remote.port, 5010);
    assert_int_equal(driver_output(&driver, HOST_DO_CLOSE, 1)->remote.port, 5010);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 1)->remote.port, 5011);
    assert_int_equal(the_server()->waiting.count, 0);
    assert_int_equal(the_server()->connections.count, 10);
}

static void whoever_goes_while_waiting_is_forgotten(void **state)
{
    (void)state;
    start_crowd(TIME_NEVER);
    driver_reset(&driver, crowd[10], HOST_PEER_RESET);
    assert_int_equal(the_server()->waiting.count, 1);
    driver_finished(&driver, crowd[3]);
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 1);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 0)->remote.port, 5011);
    driver_crash(&driver);
}

static void more_than_a_queue_holds_are_cut_off(void **state)
{
    (void)state;
    start_crowd(TIME_NEVER);
    for (uint16_t i = 2; i < 4096; i++) {
        client.port = (uint16_t)(6000 + i);
        driver_accept(&driver, &local, &client, CREDIT);
    }
    assert_int_equal(the_server()->waiting.count, 4096);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 0);
    client.port = 20000;
    driver_accept(&driver, &local, &client, CREDIT);
    assert_int_equal(the_server()->waiting.count, 4096);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
    assert_int_equal(driver_output(&driver, HOST_DO_ABORT, 0)->remote.port, 20000);
}

/* Without end they would fill the memory: thousands may wait. */
static void whoever_says_too_much_while_waiting_is_cut_off(void **state)
{
    (void)state;
    static const uint8_t zeros[1 << 18];
    start_crowd(TIME_NEVER);
    for (size_t i = 0; i < 80 && the_server()->waiting.count == 2; i++)
        driver_bytes(&driver, crowd[10], bytes_of(zeros, sizeof zeros));
    assert_int_equal(the_server()->waiting.count, 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
    assert_int_equal(driver_output(&driver, HOST_DO_ABORT, 0)->remote.port, 5010);
    driver_finished(&driver, crowd[3]);
    assert_int_equal(driver_output(&driver, HOST_DO_WRITE, 0)->remote.port, 5011);
    assert_int_equal(the_server()->early_octets, 0);
}

static void scraps_and_responses_end_the_connection(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_bytes(&driver, socket, bytes_of("\0\3abc", 5));
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
    uint8_t data[600];
    struct bytes framed = setup_framed(setup_query("www.example.com.", RR_A, 0));
    memcpy(data, framed.data, framed.size);
    data[4] |= 0x80;
    socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_bytes(&driver, socket, bytes_of(data, framed.size));
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 2);
    assert_int_equal(connection_count(), 0);
}

/* ---- transfers ---------------------------------------------------------------------------------
 */

static void a_transfer_goes_as_far_as_the_credit_and_on(void **state)
{
    (void)state;
    size_t records, rounds = 0;
    uint32_t socket = driver_accept(&driver, &local, &client, 1000);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    while (driver_note_count(&driver, NOTE_TRANSFER_SERVED) == 0 && ++rounds < 1000) {
        size_t before = octets_written();
        driver_writable(&driver, socket, 1000);
        assert_true(octets_written() <= before + 1000);
    }
    driver_writable(&driver, socket, CREDIT);
    assert_true(rounds > 50);
    assert_int_equal(messages_written(socket, &records),
                     driver_note(&driver, NOTE_TRANSFER_SERVED)->values[1]);
    assert_int_equal(records, zone_record_count(zone) + 1);
}

static void a_query_behind_a_transfer_waits_for_its_end(void **state)
{
    (void)state;
    size_t records;
    uint32_t socket = driver_accept(&driver, &local, &client, 1000);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    driver_bytes(&driver, socket, setup_framed(setup_query("www.example.com.", RR_A, 0)));
    driver_writable(&driver, socket, 1000);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 1);
    driver_writable(&driver, socket, 10 * CREDIT);
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 2);
    messages_written(socket, &records);
    assert_int_equal(records, zone_record_count(zone) + 2);
}

static void a_change_does_not_disturb_a_running_transfer(void **state)
{
    (void)state;
    size_t records;
    uint32_t socket = driver_accept(&driver, &local, &client, 1000);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    setup_change(&driver, "h7 300 A 10.0.0.7", true);
    driver_writable(&driver, socket, 10 * CREDIT);
    messages_written(socket, &records);
    assert_int_equal(records, zone_record_count(zone) + 1);
    assert_int_equal(driver_note(&driver, NOTE_TRANSFER_SERVED)->serial, 7);
}

static void a_reset_in_the_middle_of_a_transfer_leaks_nothing(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, 1000);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    driver_reset(&driver, socket, HOST_PEER_RESET);
    assert_int_equal(connection_count(), 0);
    assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_SERVED), 0);
    socket = driver_accept(&driver, &local, &client, 1000);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    driver_crash(&driver); /* nor does the end of the node */
}

static void ixfr_of_what_is_up_to_date_is_one_soa(void **state)
{
    (void)state;
    size_t records;
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(7)));
    assert_int_equal(messages_written(socket, &records), 1);
    assert_int_equal(records, 1);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(8))); /* newer than ours */
    messages_written(socket, &records);
    assert_int_equal(records, 2);
    assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_SERVED), 0); /* it is no transfer */
    assert_int_equal(driver_note_count(&driver, NOTE_QUERY), 2);
}

/* The history 7, 8, 9 leads from 7 and 8 to 9, and from nowhere else. */
static void ixfr_from_what_never_was_is_the_whole_zone(void **state)
{
    (void)state;
    size_t whole, records;
    setup_change(&driver, "a 300 A 192.0.2.91", false);
    setup_change(&driver, "b 300 A 192.0.2.92", false);
    uint32_t socket = driver_accept(&driver, &local, &client, 10 * CREDIT);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(7)));
    assert_int_equal(driver_note(&driver, NOTE_TRANSFER_SERVED)->code, NOTE_IXFR);
    driver_forget(&driver);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    messages_written(socket, &whole);
    for (uint32_t serial = 3; serial <= 6; serial++) {
        driver_forget(&driver);
        driver_writable(&driver, socket, 10 * CREDIT);
        driver_bytes(&driver, socket, setup_framed(setup_transfer(serial)));
        messages_written(socket, &records);
        assert_int_equal(records, whole);
        assert_int_equal(driver_note(&driver, NOTE_TRANSFER_SERVED)->code, NOTE_FALLBACK);
    }
}

/* The classes of work that the next message on a connection is charged as, one after the other. */
static size_t charges_of(struct bytes message, enum host_priority classes[], size_t most)
{
    size_t count = driver_output_count(&driver, HOST_DO_CHARGE), n = 0;
    uint32_t socket = driver_accept(&driver, &local, &client, 10 * CREDIT);
    driver_bytes(&driver, socket, setup_framed(message));
    for (const struct driver_output *charge;
         n < most && (charge = driver_output(&driver, HOST_DO_CHARGE, count + n)) != NULL; n++)
        classes[n] = charge->priority;
    return n;
}

static void a_transfer_is_work_that_has_time_and_an_answer_is_not(void **state)
{
    (void)state;
    enum host_priority classes[10];
    driver_free(&driver);
    setup.config.work_ns = NS_PER_MS;
    driver_create(&driver, &server_node, &setup.config, 0);
    assert_int_equal(charges_of(setup_query("www.example.com.", RR_A, 0), classes, 10), 1);
    assert_int_equal(classes[0], HOST_FIRST);
    size_t count = charges_of(setup_transfer(0), classes, 10);
    assert_true(count >= 3);
    for (size_t i = 1; i < count; i++) /* behind the request itself */
        assert_int_equal(classes[i], HOST_LATER);
}

static void a_record_larger_than_a_message_should_be_gets_one_of_its_own(void **state)
{
    (void)state;
    static char lines[45000];
    size_t at = (size_t)sprintf(lines, "big 300 IN TXT");
    for (int i = 0; i < 150; i++)
        at += (size_t)sprintf(lines + at, " \"%0200d\"", i);
    sprintf(lines + at, "\n");
    driver_free(&driver);
    zone_release(zone);
    zone = setup_zone_with(1, "3600 900 604800 300", lines);
    setup.zone.zone = zone;
    driver_create(&driver, &server_node, &setup.config, 0);
    size_t records;
    uint32_t socket = driver_accept(&driver, &local, &client, CREDIT);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    assert_true(messages_written(socket, &records) >= 2);
    assert_int_equal(records, zone_record_count(zone) + 1);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(queries_in_one_piece_are_all_answered),
        CLAIM(a_query_octet_by_octet_is_answered_at_its_last),
        CLAIM(after_a_half_close_the_answer_comes_and_then_the_end),
        CLAIM(an_idle_connection_is_closed_after_thirty_seconds),
        CLAIM(a_client_that_reads_nothing_is_cut_off),
        CLAIM(a_client_that_does_not_read_is_not_read_from),
        CLAIM(one_that_has_waited_takes_the_place_of_the_longest_idle),
        CLAIM(one_that_has_only_just_come_is_not_idle),
        CLAIM(whoever_waits_comes_when_another_goes),
        CLAIM(whoever_goes_while_waiting_is_forgotten),
        CLAIM(more_than_a_queue_holds_are_cut_off),
        CLAIM(whoever_says_too_much_while_waiting_is_cut_off),
        CLAIM(scraps_and_responses_end_the_connection),
        CLAIM(a_transfer_goes_as_far_as_the_credit_and_on),
        CLAIM(a_query_behind_a_transfer_waits_for_its_end),
        CLAIM(a_change_does_not_disturb_a_running_transfer),
        CLAIM(a_reset_in_the_middle_of_a_transfer_leaks_nothing),
        CLAIM(ixfr_of_what_is_up_to_date_is_one_soa),
        CLAIM(ixfr_from_what_never_was_is_the_whole_zone),
        CLAIM(a_transfer_is_work_that_has_time_and_an_answer_is_not),
        CLAIM(a_record_larger_than_a_message_should_be_gets_one_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
