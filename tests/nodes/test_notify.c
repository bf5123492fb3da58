/* NOTIFY: who is told, how often, who is believed, and what comes of it. */
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
static struct address local, source;

static int prepare(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(10, 5);
    local = address_of("192.0.2.2:53");
    source = address_of("192.0.2.1:3333");
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

static void start_primary(void)
{
    setup_server(&setup, store, zone);
    setup_add_notify(&setup, "192.0.2.2");
    setup_add_notify(&setup, "192.0.2.3:5300");
    driver_create(&driver, &server_node, &setup.config, 0);
}

static void start_secondary(void)
{
    setup_server(&setup, store, NULL);
    driver_create(&driver, &server_node, &setup.config, 0);
}

static const struct driver_output *sent(size_t n)
{
    const struct driver_output *output = driver_output(&driver, HOST_DO_SEND, n);
    assert_non_null(output);
    return output;
}

/* The target of OUTPUT answers with RCODE. */
static void answer(const struct driver_output *output, unsigned rcode)
{
    uint8_t data[512];
    size_t size = output->bytes.size;
    struct address from = output->remote, to = output->local;
    memcpy(data, output->bytes.data, size);
    data[2] |= 0x80;
    data[3] = (uint8_t)rcode;
    assert_true(driver_datagram(&driver, &to, &from, bytes_of(data, size)));
}

/* ---- out ----------------------------------------------------------------------------------- */

static void every_target_is_told_the_serial(void **state)
{
    (void)state;
    struct message message;
    start_primary();
    assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 2);
    struct address second = address_of("192.0.2.3:5300");
    assert_true(address_equal(&sent(1)->remote, &second));
    setup_parse(&message, sent(0)->bytes);
    assert_int_equal(message.opcode, OPCODE_NOTIFY);
    assert_int_equal(message.qtype, RR_SOA);
    assert_true(message.flags & FLAG_AA);
    assert_int_equal(message.counts[SECTION_ANSWER], 1);
    assert_int_equal(setup_serial_in(&message), 10);
    assert_int_equal(sent(0)->remote.port, 53);
}

static void an_answer_of_any_kind_ends_it(void **state)
{
    (void)state;
    start_primary();
    answer(sent(0), RCODE_NOERROR);
    answer(sent(1), RCODE_REFUSED);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_ANSWERED), 2);
    assert_int_equal(driver_note(&driver, NOTE_NOTIFY_ANSWERED)->code, RCODE_REFUSED);
    assert_true(driver.timer_ns == TIME_NEVER);
}

static void an_answer_from_elsewhere_does_not_count(void **state)
{
    (void)state;
    start_primary();
    uint8_t data[512];
    size_t size = sent(0)->bytes.size;
    struct address to = sent(0)->local, from = sent(1)->remote;
    memcpy(data, sent(0)->bytes.data, size);
    data[2] |= 0x80;
    driver_datagram(&driver, &to, &from, bytes_of(data, size));
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_ANSWERED), 0);
}

static void an_answer_about_another_zone_does_not_count(void **state)
{
    (void)state;
    start_primary();
    uint8_t data[512];
    size_t size = sent(0)->bytes.size;
    struct address to = sent(0)->local, from = sent(0)->remote;
    memcpy(data, sent(0)->bytes.data, size);
    data[2] |= 0x80;
    data[MESSAGE_HEADER_SIZE + 1] = 'x'; /* xxample.com */
    driver_datagram(&driver, &to, &from, bytes_of(data, size));
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_ANSWERED), 0);
    memset(data + 4, 0, MESSAGE_HEADER_SIZE - 4); /* a header alone names none */
    driver_datagram(&driver, &to, &from, bytes_of(data, MESSAGE_HEADER_SIZE));
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_ANSWERED), 1);
}

static void an_answer_with_another_id_does_not_count(void **state)
{
    (void)state;
    start_primary();
    uint8_t data[512];
    size_t size = sent(0)->bytes.size;
    struct address to = sent(0)->local, from = sent(0)->remote;
    memcpy(data, sent(0)->bytes.data, size);
    data[1] ^= 1;
    data[2] |= 0x80;
    driver_datagram(&driver, &to, &from, bytes_of(data, size));
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_ANSWERED), 0);
    driver_advance(&driver, 60 * NS_PER_S);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 2 + 2);
}

static void a_closed_port_ends_it(void **state)
{
    (void)state;
    start_primary();
    struct address remote = sent(0)->remote;
    driver_unreachable(&driver, sent(0)->socket, &remote);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_GIVEN_UP), 1);
    driver_advance(&driver, 3600 * NS_PER_S);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 1 + 6);
}

static void a_newer_serial_replaces_the_pending_one(void **state)
{
    (void)state;
    struct message message;
    start_primary();
    driver_advance(&driver, 200 * NS_PER_S);
    driver_forget(&driver);
    setup_change(&driver, "www2 300 A 192.0.2.81", false);
    driver_advance(&driver, 3600 * NS_PER_S);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 2 * 6);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_GIVEN_UP), 2);
    for (size_t i = 0; i < 12; i++) {
        setup_parse(&message, sent(i)->bytes);
        assert_int_equal(setup_serial_in(&message), 11);
    }
}

/* ---- in ------------------------------------------------------------------------------------ */

static unsigned rcode_of_reply(void)
{
    struct message message;
    struct address service = address_of("192.0.2.2:53");
    for (size_t i = 0; i < driver.output_count; i++)
        if (driver.outputs[i].kind == HOST_DO_SEND &&
            address_equal(&driver.outputs[i].local, &service)) {
            setup_parse(&message, driver.outputs[i].bytes);
            assert_int_equal(message.opcode, OPCODE_NOTIFY);
            assert_true(message.flags & FLAG_QR);
            assert_int_equal(message.question_count, 1);
            return message.rcode;
        }
    assert_true(false);
    return 0;
}

/* Ends the round that is running: the source answers with RCODE or our serial. */
static void end_round(unsigned rcode)
{
    for (size_t i = driver.output_count; i-- > 0;)
        if (driver.outputs[i].kind == HOST_DO_SEND && driver.outputs[i].local.port != 53) {
            struct address to = driver.outputs[i].local, from = driver.outputs[i].remote;
            driver_datagram(&driver, &to, &from,
                            setup_soa_answer(driver.outputs[i].bytes, 10, rcode));
            return;
        }
    assert_true(false);
}

static size_t rounds(void)
{
    return driver_note_count(&driver, NOTE_REFRESH_STARTED);
}

static void a_source_is_believed_and_asked_at_once(void **state)
{
    (void)state;
    start_secondary();
    end_round(RCODE_SERVFAIL);
    driver_forget(&driver);
    driver_datagram(&driver, &local, &source, setup_notify(11));
    assert_int_equal(rcode_of_reply(), RCODE_NOERROR);
    assert_int_equal(driver.outputs[0].local.port, 53); /* the reply first */
    assert_int_equal(rounds(), 1);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_STARTED)->text, "notify");
    assert_int_equal(driver_note(&driver, NOTE_NOTIFY_RECEIVED)->serial, 11);
    assert_null(driver_note(&driver, NOTE_NOTIFY_RECEIVED)->text);
}

static void strangers_are_refused_unless_allowed(void **state)
{
    (void)state;
    start_secondary();
    end_round(RCODE_SERVFAIL);
    driver_forget(&driver);
    struct address stranger = address_of("192.0.2.66:53");
    driver_datagram(&driver, &local, &stranger, setup_notify(11));
    assert_int_equal(rcode_of_reply(), RCODE_REFUSED);
    assert_int_equal(rounds(), 0);
    assert_string_equal(driver_note(&driver, NOTE_NOTIFY_RECEIVED)->text,
                        "the sender is not one of the sources");
    setup.zone.allow_notify.addresses = (struct server_addresses){.list = &stranger, .count = 1};
    driver_forget(&driver);
    driver_datagram(&driver, &local, &stranger, setup_notify(11));
    assert_int_equal(rcode_of_reply(), RCODE_NOERROR);
    assert_int_equal(rounds(), 1);
}

static void zones_that_are_not_here_are_not_ours(void **state)
{
    (void)state;
    uint8_t data[512];
    start_secondary();
    driver_forget(&driver);
    struct bytes notify = setup_notify(0);
    memcpy(data, notify.data, notify.size);
    data[13] = 'X'; /* Xxample.com */
    driver_datagram(&driver, &local, &source, bytes_of(data, notify.size));
    assert_int_equal(rcode_of_reply(), RCODE_NOTAUTH);
}

static void one_that_comes_during_a_round_starts_another_after_it(void **state)
{
    (void)state;
    start_secondary();
    assert_int_equal(rounds(), 1);
    driver_datagram(&driver, &local, &source, setup_notify(11));
    driver_datagram(&driver, &local, &source, setup_notify(12));
    assert_int_equal(rounds(), 1);
    end_round(RCODE_SERVFAIL);
    assert_int_equal(rounds(), 2);
    end_round(RCODE_SERVFAIL);
    assert_int_equal(rounds(), 2); /* once is enough */
}

static void the_sender_is_asked_before_the_first_source(void **state)
{
    (void)state;
    setup_server(&setup, store, NULL);
    setup_add_source(&setup, "192.0.2.9");
    driver_create(&driver, &server_node, &setup.config, 0);
    end_round(RCODE_SERVFAIL);
    end_round(RCODE_SERVFAIL);
    driver_forget(&driver);
    source = address_of("192.0.2.9:1111");
    driver_datagram(&driver, &local, &source, setup_notify(11));
    struct address expected = address_of("192.0.2.9:53");
    assert_true(address_equal(&driver_note(&driver, NOTE_REFRESH_STARTED)->peer, &expected));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, prepare, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(every_target_is_told_the_serial),
        CLAIM(an_answer_of_any_kind_ends_it),
        CLAIM(an_answer_from_elsewhere_does_not_count),
        CLAIM(an_answer_about_another_zone_does_not_count),
        CLAIM(an_answer_with_another_id_does_not_count),
        CLAIM(a_closed_port_ends_it),
        CLAIM(a_newer_serial_replaces_the_pending_one),
        CLAIM(a_source_is_believed_and_asked_at_once),
        CLAIM(strangers_are_refused_unless_allowed),
        CLAIM(zones_that_are_not_here_are_not_ours),
        CLAIM(one_that_comes_during_a_round_starts_another_after_it),
        CLAIM(the_sender_is_asked_before_the_first_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
