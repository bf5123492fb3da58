/* NOTIFY as each kind of software sends it: how many at once, over what, and what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;

enum { TARGETS = 20 };

static struct address targets[TARGETS];

/* A primary of example.com with COUNT targets, 192.0.2.100 and so on. */
static void start(enum server_software software, size_t count)
{
    store = zone_store_create();
    zone = setup_zone(1, 3);
    setup_server(&setup, store, zone);
    setup.config.policy = server_policy_of(software);
    for (size_t i = 0; i < count; i++) {
        targets[i] = address_of("192.0.2.100:53");
        targets[i].ip[15] = (uint8_t)(100 + i);
    }
    setup.zone.notify = (struct server_addresses){.list = targets, .count = count};
    driver_create(&driver, &server_node, &setup.config, 0);
}

static int stop(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

static size_t sent(void)
{
    return driver_output_count(&driver, HOST_DO_SEND);
}

/* The target of the Nth datagram answers it. */
static void answer(size_t n, unsigned rcode)
{
    const struct driver_output *output = driver_output(&driver, HOST_DO_SEND, n);
    struct address local = output->local, remote = output->remote;
    struct message message;
    struct message_writer w;
    uint8_t data[512];
    setup_parse(&message, output->bytes);
    message_begin(&w, data, sizeof data, message.id, OPCODE_NOTIFY, FLAG_QR | FLAG_AA);
    message_write_question(&w, message.qname, RR_SOA, CLASS_IN);
    assert_true(
        driver_datagram(&driver, &local, &remote, bytes_of(data, message_end(&w, 0, rcode))));
}

static void nsd_tells_sixteen_at_once(void **state)
{
    (void)state;
    start(SERVER_NSD_4, TARGETS);
    assert_int_equal(sent(), 16);
    answer(3, RCODE_NOERROR);
    assert_int_equal(sent(), 17);
    assert_true(address_same_ip(&driver_output(&driver, HOST_DO_SEND, 16)->remote, &targets[16]));
    driver_advance(&driver, 15 * NS_PER_S); /* the others are given up */
    for (size_t i = 17; i < TARGETS; i++) {
        bool told = false;
        for (size_t k = 0; k < sent(); k++)
            told |= address_same_ip(&driver_output(&driver, HOST_DO_SEND, k)->remote, &targets[i]);
        assert_true(told);
    }
}

static void nsd_sends_again_at_once_after_an_error(void **state)
{
    (void)state;
    start(SERVER_NSD_4, 1);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sent(), i + 1);
        answer(i, RCODE_REFUSED);
    }
    assert_int_equal(sent(), 5);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_GIVEN_UP), 1);
}

static void others_take_an_error_for_an_answer(void **state)
{
    (void)state;
    start(SERVER_BIND_9_18, 1);
    answer(0, RCODE_REFUSED);
    driver_advance(&driver, 100 * NS_PER_S);
    assert_int_equal(sent(), 1);
}

static void knot_tells_one_after_the_other(void **state)
{
    (void)state;
    start(SERVER_KNOT_3, 3);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
    driver_advance(&driver, 5 * NS_PER_S - 1);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
    driver_advance(&driver, 5 * NS_PER_S); /* nobody is there */
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 2);
    assert_true(address_same_ip(&driver_output(&driver, HOST_DO_CONNECT, 1)->remote, &targets[1]));
    driver_connect_failed(&driver, driver_output(&driver, HOST_DO_CONNECT, 1)->socket,
                          HOST_REFUSED);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 3);
    driver_advance(&driver, 905 * NS_PER_S); /* and again after the SOA's retry of 900 s */
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 4);
}

/* The Nth connection of knot goes to TARGET, who refuses it. */
static void knot_finds_closed(size_t n, size_t target)
{
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), n + 1);
    const struct driver_output *output = driver_output(&driver, HOST_DO_CONNECT, n);
    assert_true(address_same_ip(&output->remote, &targets[target]));
    driver_connect_failed(&driver, output->socket, HOST_REFUSED);
}

static void knot_tells_the_last_before_the_first_hears_of_the_next_version(void **state)
{
    (void)state;
    start(SERVER_KNOT_3, 3);
    setup_change(&driver, "www2 300 A 192.0.2.81", false);
    setup_change(&driver, "www3 300 A 192.0.2.82", false);
    for (size_t i = 0; i < 6; i++)
        knot_finds_closed(i, i % 3);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 6);
    driver_advance(&driver, 900 * NS_PER_S); /* the SOA's retry: one round, not two */
    for (size_t i = 6; i < 9; i++)
        knot_finds_closed(i, i % 3);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 9);
}

static void bind_9_20_tries_tcp_where_the_port_is_closed(void **state)
{
    (void)state;
    start(SERVER_BIND_9_20, 1);
    uint32_t socket = driver_output(&driver, HOST_DO_SEND, 0)->socket;
    driver_unreachable(&driver, socket, &targets[0]);
    assert_int_equal(driver_output_count(&driver, HOST_DO_CONNECT), 1);
}

static void nsd_and_powerdns_do_not_hear_that_the_port_is_closed(void **state)
{
    (void)state;
    enum server_software deaf[] = {SERVER_NSD_4, SERVER_PDNS_AUTH_4};
    for (int i = 0; i < 2; i++) {
        start(deaf[i], 1);
        driver_unreachable(&driver, driver_output(&driver, HOST_DO_SEND, 0)->socket, &targets[0]);
        driver_advance(&driver, 3 * NS_PER_S);
        assert_int_equal(sent(), 2);
        stop(NULL);
    }
}

static void a_powerdns_primary_sees_its_changes_once_a_minute(void **state)
{
    (void)state;
    start(SERVER_PDNS_AUTH_4, 1);
    assert_int_equal(sent(), 1);
    answer(0, RCODE_NOERROR);
    driver_advance(&driver, 61 * NS_PER_S);
    setup_change(&driver, "www2 300 A 192.0.2.81", false);
    driver_advance(&driver, 120 * NS_PER_S - 1);
    assert_int_equal(sent(), 1);
    driver_advance(&driver, 120 * NS_PER_S);
    assert_int_equal(sent(), 2);
}

/* ---- what a primary tells after a restart -------------------------------------------------- */

/* Datagrams and connections since the last restart: NOTIFY is all that a primary begins. */
static size_t begun(void)
{
    return sent() + driver_output_count(&driver, HOST_DO_CONNECT);
}

static void restart(bool orderly)
{
    if (orderly)
        driver_stop(&driver);
    else
        driver_crash(&driver);
    driver_forget(&driver);
    driver_start(&driver);
}

/* The only target of a primary that sends over TCP takes its first NOTIFY. */
static void take_over_tcp(unsigned rcode)
{
    uint32_t socket = driver_output(&driver, HOST_DO_CONNECT, 0)->socket;
    struct message message;
    struct message_writer w;
    uint8_t data[512];
    driver_connected(&driver, socket, 10000);
    struct bytes written = driver_output(&driver, HOST_DO_WRITE, 0)->bytes;
    setup_parse(&message, bytes_of(written.data + 2, written.size - 2));
    message_begin(&w, data, sizeof data, message.id, OPCODE_NOTIFY, FLAG_QR | FLAG_AA);
    message_write_question(&w, message.qname, RR_SOA, CLASS_IN);
    driver_bytes(&driver, socket, setup_framed(bytes_of(data, message_end(&w, 0, rcode))));
}

static void bind_and_nsd_tell_again_at_each_start(void **state)
{
    (void)state;
    enum server_software forgetful[] = {SERVER_RFC, SERVER_BIND_9_18, SERVER_BIND_9_20,
                                        SERVER_NSD_4};
    for (int i = 0; i < 4; i++) {
        start(forgetful[i], 1);
        answer(0, RCODE_NOERROR);
        restart(true);
        assert_int_equal(begun(), 1);
        stop(NULL);
    }
}

static void knot_does_not_tell_again_after_an_orderly_stop(void **state)
{
    (void)state;
    for (int octets = 0; octets <= 1; octets++) {
        start(SERVER_KNOT_3, 1);
        driver.disk_as_octets = octets;
        take_over_tcp(RCODE_NOERROR);
        restart(true);
        assert_int_equal(begun(), 0);
        setup_change(&driver, "www2 300 A 192.0.2.81", false);
        assert_int_equal(begun(), 1);
        restart(true); /* nobody has answered yet */
        assert_int_equal(begun(), 1);
        stop(NULL);
    }
}

static void knot_tells_again_after_a_crash(void **state)
{
    (void)state;
    start(SERVER_KNOT_3, 1);
    take_over_tcp(RCODE_NOERROR);
    restart(false);
    assert_int_equal(begun(), 1);
}

static void knot_tells_again_who_refused(void **state)
{
    (void)state;
    start(SERVER_KNOT_3, 1);
    take_over_tcp(RCODE_REFUSED);
    restart(true);
    assert_int_equal(begun(), 1);
}

static void powerdns_does_not_tell_again_even_after_a_crash(void **state)
{
    (void)state;
    for (int octets = 0; octets <= 1; octets++) {
        start(SERVER_PDNS_AUTH_4, 1);
        driver.disk_as_octets = octets;
        assert_int_equal(begun(), 1);
        restart(false);
        assert_int_equal(begun(), 0);
        driver_advance(&driver, 120 * NS_PER_S);
        assert_int_equal(begun(), 0);
        stop(NULL);
    }
}

static void powerdns_tells_at_its_start_of_what_it_had_not_seen(void **state)
{
    (void)state;
    start(SERVER_PDNS_AUTH_4, 1);
    driver_advance(&driver, 61 * NS_PER_S);
    setup_change(&driver, "www2 300 A 192.0.2.81", false);
    restart(true); /* before it looks for changes */
    assert_int_equal(begun(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nsd_tells_sixteen_at_once, stop),
        cmocka_unit_test_teardown(nsd_sends_again_at_once_after_an_error, stop),
        cmocka_unit_test_teardown(others_take_an_error_for_an_answer, stop),
        cmocka_unit_test_teardown(knot_tells_one_after_the_other, stop),
        cmocka_unit_test_teardown(knot_tells_the_last_before_the_first_hears_of_the_next_version,
                                  stop),
        cmocka_unit_test_teardown(bind_9_20_tries_tcp_where_the_port_is_closed, stop),
        cmocka_unit_test(nsd_and_powerdns_do_not_hear_that_the_port_is_closed),
        cmocka_unit_test_teardown(a_powerdns_primary_sees_its_changes_once_a_minute, stop),
        cmocka_unit_test(bind_and_nsd_tell_again_at_each_start),
        cmocka_unit_test(knot_does_not_tell_again_after_an_orderly_stop),
        cmocka_unit_test_teardown(knot_tells_again_after_a_crash, stop),
        cmocka_unit_test_teardown(knot_tells_again_who_refused, stop),
        cmocka_unit_test(powerdns_does_not_tell_again_even_after_a_crash),
        cmocka_unit_test_teardown(powerdns_tells_at_its_start_of_what_it_had_not_seen, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
