/* What ends a transfer that goes wrong, on either side, and what comes after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

static struct setup setup;
static struct node_driver driver;

enum { CREDIT = 100000 };

static int stop_driver(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

/* ---- out ----------------------------------------------------------------------------------- */

static void start_primary(size_t hosts)
{
    store = zone_store_create();
    zone = setup_zone(10, hosts);
    setup_server(&setup, store, zone);
}

/* A client with room for CREDIT_NOW octets asks for the whole zone. */
static uint32_t ask(size_t credit_now)
{
    struct address local = address_of("192.0.2.1:53"), client = address_of("192.0.2.9:999");
    uint32_t socket = driver_accept(&driver, &local, &client, credit_now);
    driver_bytes(&driver, socket, setup_framed(setup_transfer(0)));
    return socket;
}

static void a_transfer_that_nobody_takes_is_cut_off(void **state)
{
    (void)state;
    start_primary(1000);
    setup.policy.transfer_out_idle_ns = 100 * NS_PER_S;
    driver_create(&driver, &server_node, &setup.config, 0);
    uint32_t socket = ask(500);
    driver_advance(&driver, 90 * NS_PER_S);
    driver_writable(&driver, socket, 500); /* that is progress */
    driver_advance(&driver, 190 * NS_PER_S - 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 0);
    driver_advance(&driver, 190 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
}

static void a_transfer_that_takes_too_long_is_cut_off(void **state)
{
    (void)state;
    start_primary(1000);
    setup.policy.transfer_out_total_ns = 300 * NS_PER_S;
    driver_create(&driver, &server_node, &setup.config, 0);
    uint32_t socket = ask(500);
    for (int64_t at_s = 50; at_s < 300; at_s += 50) {
        driver_advance(&driver, at_s * NS_PER_S);
        driver_writable(&driver, socket, 500);
    }
    driver_advance(&driver, 300 * NS_PER_S - 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 0);
    driver_advance(&driver, 300 * NS_PER_S);
    assert_int_equal(driver_output_count(&driver, HOST_DO_ABORT), 1);
}

/* The rcode of what was written to SOCKET first. */
static unsigned rcode_on(uint32_t socket)
{
    struct message message;
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_WRITE && driver.outputs[i].socket == socket) {
            struct bytes bytes = driver.outputs[i].bytes;
            setup_parse(&message, bytes_of(bytes.data + 2, bytes.size - 2));
            return message.rcode;
        }
    return UINT16_MAX;
}

static void one_transfer_more_than_allowed_gets_servfail(void **state)
{
    (void)state;
    start_primary(1000);
    setup.config.limits.transfers_out = 2;
    driver_create(&driver, &server_node, &setup.config, 0);
    uint32_t first = ask(500);
    ask(500);
    assert_int_equal(rcode_on(ask(500)), RCODE_SERVFAIL);
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_REFUSED)->text,
                        "too many transfers at once");
    driver_reset(&driver, first, HOST_PEER_RESET); /* makes room */
    driver_forget(&driver);
    uint32_t last = ask(CREDIT);
    assert_int_equal(rcode_on(last), RCODE_NOERROR);
    assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_SERVED), 1); /* and ends */
    assert_int_equal(rcode_on(ask(CREDIT)), RCODE_NOERROR);
}

/* ---- in ------------------------------------------------------------------------------------ */

static void start_secondary(void)
{
    store = zone_store_create();
    zone = setup_zone(10, 50);
    setup_server(&setup, store, NULL);
    setup_add_source(&setup, "192.0.2.9");
}

/* The SOA query sent last is answered with SERIAL; the transfer's connection stands. */
static uint32_t connect_for(uint32_t serial)
{
    size_t count = driver_output_count(&driver, HOST_DO_SEND);
    const struct driver_output *query = driver_output(&driver, HOST_DO_SEND, count - 1);
    struct address local = query->local, remote = query->remote;
    driver_datagram(&driver, &local, &remote,
                    setup_soa_answer(query->bytes, serial, RCODE_NOERROR));
    count = driver_output_count(&driver, HOST_DO_CONNECT);
    uint32_t socket = driver_output(&driver, HOST_DO_CONNECT, count - 1)->socket;
    driver_connected(&driver, socket, CREDIT);
    return socket;
}

/* The question written to SOCKET last. */
static struct message question_on(uint32_t socket)
{
    struct message message = {0};
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_WRITE && driver.outputs[i].socket == socket)
            setup_parse(&message, bytes_of(driver.outputs[i].bytes.data + 2,
                                           driver.outputs[i].bytes.size - 2));
    return message;
}

/* COUNT records of FROM, the first of them number FIRST, in one message; the one behind the last is
 * the SOA again. */
static void send_records(uint32_t socket, const struct zone *from, size_t first, size_t count)
{
    static uint8_t data[65535];
    struct message query = question_on(socket);
    struct message_writer w;
    struct rr rr, soa = {0};
    struct zone_walk walk = {.zone = from};
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    for (size_t i = 0; i < first + count && zone_walk_next(&walk, &rr); i++) {
        soa = i == 0 ? rr : soa;
        if (i >= first)
            message_write_rr(&w, SECTION_ANSWER, &rr);
    }
    if (first + count > zone_record_count(from))
        message_write_rr(&w, SECTION_ANSWER, &soa);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR))));
}

static const struct zone *served(void)
{
    const struct server_zone *held = &((const struct server *)driver.state)->zone_list[0];
    return held->serving ? held->version : NULL;
}

static void a_source_that_is_too_slow_is_left(void **state)
{
    (void)state;
    for (int fast = 0; fast <= 1; fast++) {
        start_secondary();
        setup.policy.transfer_slow_octets = 100;
        setup.policy.transfer_slow_ns = 100 * NS_PER_S;
        setup.policy.transfer_idle_ns = 1000 * NS_PER_S;
        driver_create(&driver, &server_node, &setup.config, 0);
        uint32_t socket = connect_for(10);
        for (size_t i = 0; i < 3; i++) {
            send_records(socket, zone, i * 8, fast ? 8 : 1);
            driver_advance(&driver, driver.now_ns + 99 * NS_PER_S);
            if (driver.socket_list[socket].state != DRIVER_OPEN)
                break;
        }
        assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_FAILED), !fast);
        if (!fast) {
            assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text,
                                "the source is too slow");
            stop_driver(state);
        }
    }
}

static void a_zone_larger_than_allowed_is_not_taken(void **state)
{
    (void)state;
    start_secondary();
    setup.policy.transfer_size_max = 600;
    driver_create(&driver, &server_node, &setup.config, 0);
    send_records(connect_for(10), zone, 0, 100);
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text, "larger than allowed");
    assert_null(served());
}

/* Nothing of the first half is served or mixed with what the next source has. */
static void the_next_source_sends_a_zone_from_its_beginning(void **state)
{
    (void)state;
    start_secondary();
    driver_create(&driver, &server_node, &setup.config, 0);
    uint32_t socket = connect_for(10);
    send_records(socket, zone, 0, 30);
    driver_reset(&driver, socket, HOST_PEER_RESET);
    assert_null(served());
    struct zone *other = setup_zone(11, 3);
    socket = connect_for(11);
    assert_int_equal(question_on(socket).qtype, RR_AXFR);
    send_records(socket, other, 0, 100);
    assert_true(zone_equal(served(), other));
    zone_release(other);
}

/* The old version is served as long as the new one is not complete, and differences from the next
 * source start from it. */
static void a_broken_difference_leaves_the_old_version(void **state)
{
    (void)state;
    start_secondary();
    driver_create(&driver, &server_node, &setup.config, 0);
    send_records(connect_for(10), zone, 0, 100);
    driver_forget(&driver);
    driver_advance(&driver, 3600 * NS_PER_S);
    uint32_t socket = connect_for(11);
    struct zone *other = setup_zone(11, 50);
    assert_int_equal(question_on(socket).qtype, RR_IXFR);
    send_records(socket, other, 0, 20); /* a whole zone, half of it */
    assert_true(zone_equal(served(), zone));
    driver_finished(&driver, socket);
    assert_true(zone_equal(served(), zone));
    socket = connect_for(11);
    struct message query = question_on(socket);
    assert_int_equal(query.qtype, RR_IXFR);
    assert_int_equal(setup_serial_in(&query), 10);
    send_records(socket, other, 0, 100);
    assert_true(zone_equal(served(), other));
    zone_release(other);
}

/* A difference that takes away what is not there: the same source is asked for all of the zone. */
static void a_difference_that_does_not_fit_is_followed_by_the_whole_zone(void **state)
{
    (void)state;
    start_secondary();
    driver_create(&driver, &server_node, &setup.config, 0);
    send_records(connect_for(10), zone, 0, 100);
    struct zone *other = setup_zone(10, 60), *new = setup_zone(11, 40);
    struct zone_diff *diff = zone_diff_between(other, new);
    driver_forget(&driver);
    driver_advance(&driver, 3600 * NS_PER_S);
    uint32_t socket = connect_for(11);
    static uint8_t data[65535];
    struct message query = question_on(socket);
    struct message_writer w;
    struct rr rr, soa;
    struct zone_walk walk = {.zone = new};
    zone_walk_next(&walk, &soa);
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    message_write_rr(&w, SECTION_ANSWER, &soa);
    for (struct zone_diff_walk step = {.diff = diff}; zone_diff_walk_next(&step, &rr);)
        message_write_rr(&w, SECTION_ANSWER, &rr);
    message_write_rr(&w, SECTION_ANSWER, &soa);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, RCODE_NOERROR))));
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text,
                        "the differences do not fit our version");
    assert_true(zone_equal(served(), zone));
    const struct driver_output *again = driver_output(&driver, HOST_DO_CONNECT, 1);
    struct address first = address_of("192.0.2.1:53");
    assert_true(address_equal(&again->remote, &first));
    driver_connected(&driver, again->socket, CREDIT);
    assert_int_equal(question_on(again->socket).qtype, RR_AXFR);
    send_records(again->socket, new, 0, 100);
    assert_true(zone_equal(served(), new));
    assert_int_equal(driver_note(&driver, NOTE_TRANSFER_DONE)->code, NOTE_FALLBACK);
    zone_diff_release(diff);
    zone_release(other);
    zone_release(new);
}

#define ONE(test) cmocka_unit_test_teardown(test, stop_driver)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(a_transfer_that_nobody_takes_is_cut_off),
        ONE(a_transfer_that_takes_too_long_is_cut_off),
        ONE(one_transfer_more_than_allowed_gets_servfail),
        ONE(a_source_that_is_too_slow_is_left),
        ONE(a_zone_larger_than_allowed_is_not_taken),
        ONE(the_next_source_sends_a_zone_from_its_beginning),
        ONE(a_broken_difference_leaves_the_old_version),
        ONE(a_difference_that_does_not_fit_is_followed_by_the_whole_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
