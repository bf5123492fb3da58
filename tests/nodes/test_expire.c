/* How long a zone is still good, handed on from server to server (RFC 7314). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

enum { DAY = 86400, WEEK = 7 * DAY, UNTOLD = -1 };

/* ---- what servers answer ------------------------------------------------------------------- */

/* A query with an EXPIRE option of SIZE octets. */
static struct bytes query_with_option(uint16_t type, uint16_t size)
{
    static uint8_t data[512];
    uint8_t option[16] = {0, EDNS_EXPIRE, 0, (uint8_t)size};
    struct message_writer w;
    message_begin(&w, data, sizeof data, 0x1234, OPCODE_QUERY, 0);
    message_write_question(&w, name_of("example.com."), type, CLASS_IN);
    message_write_opt(&w, 1232, false, RCODE_NOERROR, bytes_of(option, 4u + size));
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

/* What node NODE answers to QUERY: the seconds in its EXPIRE option. */
static int64_t told_by(size_t node, struct bytes query)
{
    struct node_driver *driver = &net.nodes[node];
    struct address client = address_of("192.0.2.77:999"), local = net.addresses[node];
    struct message message;
    driver_forget(driver);
    driver->now_ns = net.now_ns;
    local.port = 53;
    assert_true(driver_datagram(driver, &local, &client, query));
    setup_parse(&message, driver_output(driver, HOST_DO_SEND, 0)->bytes);
    int64_t expire_s = message_expire_s(&message);
    driver_forget(driver);
    return expire_s;
}

static int64_t asked(size_t node)
{
    return told_by(node, query_with_option(RR_SOA, 0));
}

static void a_primary_tells_the_soa_s_expire(void **state)
{
    (void)state;
    net_start_primary(3);
    assert_int_equal(asked(0), WEEK);
    assert_int_equal(told_by(0, query_with_option(RR_NS, 0)), WEEK);
    assert_int_equal(told_by(0, query_with_option(RR_SOA, 4)), WEEK);
    assert_int_equal(told_by(0, setup_query("example.com.", RR_SOA, 1232)), UNTOLD);
}

static void a_secondary_tells_the_time_left(void **state)
{
    (void)state;
    net_start_primary(3);
    net_add_secondary();
    net_run_seconds(10);
    assert_in_range(asked(1), WEEK - 11, WEEK - 9);
    net.down[0] = true;
    net_run_seconds(3 * DAY);
    assert_in_range(asked(1), 4 * DAY - 11, 4 * DAY);
    net_run_seconds(5 * DAY);
    assert_int_equal(asked(1), UNTOLD); /* SERVFAIL */
}

static void who_is_not_authoritative_tells_nothing(void **state)
{
    (void)state;
    net_start_primary(3);
    uint8_t data[512];
    struct bytes query = query_with_option(RR_SOA, 0);
    memcpy(data, query.data, query.size);
    data[13] = 'f'; /* fxample.com */
    assert_int_equal(told_by(0, bytes_of(data, query.size)), UNTOLD);
}

static void software_that_does_not_know_it_tells_nothing(void **state)
{
    (void)state;
    net_start_primary(3);
    setups[0].policy.answers_expire = false;
    assert_int_equal(asked(0), UNTOLD);
}

/* ---- chains -------------------------------------------------------------------------------- */

/* Node 0 feeds node 1, which feeds node 2. */
static void start_chain(bool with_expire)
{
    net_start_primary(3);
    setup_server(&setups[1], store, NULL);
    setup_server(&setups[2], store, NULL);
    setups[2].zone.sources.count = 0;
    setup_add_source(&setups[2], "192.0.2.2");
    for (int i = 0; i < 3; i++)
        setups[i].policy.asks_expire = with_expire ? EXPIRE_IN_ALL : EXPIRE_IN_NONE;
    setups[1].policy.answers_expire = with_expire;
    net_add(1, "192.0.2.2");
}

static void a_chain_expires_together(void **state)
{
    (void)state;
    start_chain(true);
    net_add(2, "192.0.2.3");
    net_run_seconds(DAY);
    net.down[0] = true;
    net_run_seconds(7 * DAY - 3700);
    assert_non_null(net_served(1));
    assert_non_null(net_served(2));
    net_run_seconds(3800);
    assert_null(net_served(1));
    assert_null(net_served(2));
}

static void without_the_option_a_chain_serves_twice_as_long(void **state)
{
    (void)state;
    start_chain(false);
    net_add(2, "192.0.2.3");
    net_run_seconds(DAY);
    net.down[0] = true;
    net_run_seconds(7 * DAY + 100);
    assert_null(net_served(1));
    assert_non_null(net_served(2));
    net_run_seconds(6 * DAY);
    assert_non_null(net_served(2));
    net_run_seconds(DAY);
    assert_null(net_served(2));
}

static void a_transfer_takes_over_the_time_left(void **state)
{
    (void)state;
    start_chain(true);
    net_run_seconds(1800);
    net.down[0] = true;
    net_run_seconds(6 * DAY);
    net_add(2, "192.0.2.3");
    net_run_seconds(10);
    assert_non_null(net_served(2));
    assert_in_range(asked(2), DAY - 1900, DAY - 1700);
    net_run_seconds(DAY);
    assert_null(net_served(2));
}

/* Each feeds the other: without the option they would keep the zone alive between them. */
static void two_that_feed_each_other_do_not_live_for_ever(void **state)
{
    (void)state;
    start_chain(true);
    setup_add_source(&setups[1], "192.0.2.3");
    net_add(2, "192.0.2.3");
    net_run_seconds(DAY);
    net.down[0] = true;
    net_run_seconds(6 * DAY);
    assert_non_null(net_served(1));
    net_run_seconds(DAY + 100);
    assert_null(net_served(1));
    assert_null(net_served(2));
}

static void a_restart_keeps_the_shorter_time(void **state)
{
    (void)state;
    start_chain(true);
    net_run_seconds(1800);
    net.down[0] = true;
    net_run_seconds(6 * DAY);
    net_add(2, "192.0.2.3");
    net_run_seconds(10);
    pipe_crash(&net, 2);
    net.down[1] = true;
    pipe_start(&net, 2);
    assert_in_range(asked(2), DAY - 1900, DAY - 1700);
}

/* ---- what sources may say ------------------------------------------------------------------ */

static struct setup setup;
static struct node_driver driver;

static int stop_driver(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

/* Writes an answer to QUERY: all of ZONE if it is a transfer's, with OPTIONS. */
static struct bytes answer_to(struct bytes query, struct bytes options)
{
    static uint8_t data[65535];
    struct message message;
    struct message_writer w;
    struct rr rr, soa = {0};
    setup_parse(&message, query);
    message_begin(&w, data, sizeof data, message.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, message.qname, message.qtype, CLASS_IN);
    for (struct zone_walk walk = {.zone = zone}; zone_walk_next(&walk, &rr);) {
        soa = rr.type == RR_SOA ? rr : soa;
        if (rr.type == RR_SOA || message.qtype == RR_AXFR)
            message_write_rr(&w, SECTION_ANSWER, &rr);
    }
    if (message.qtype == RR_AXFR)
        message_write_rr(&w, SECTION_ANSWER, &soa);
    message_write_opt(&w, 1232, false, RCODE_NOERROR, options);
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

static struct bytes option_of(uint32_t seconds)
{
    static uint8_t option[8] = {0, EDNS_EXPIRE, 0, 4};
    bytes_put_u32(option + 4, seconds);
    return bytes_of(option, sizeof option);
}

/* The SOA query sent last is answered. */
static void answer_soa(struct bytes options)
{
    size_t count = driver_output_count(&driver, HOST_DO_SEND);
    const struct driver_output *query = driver_output(&driver, HOST_DO_SEND, count - 1);
    struct address local = query->local, remote = query->remote;
    driver_datagram(&driver, &local, &remote, answer_to(query->bytes, options));
}

/* The query written last; the connection's number. */
static uint32_t query_on_connection(struct bytes *query)
{
    size_t count = driver_output_count(&driver, HOST_DO_WRITE);
    const struct driver_output *output = driver_output(&driver, HOST_DO_WRITE, count - 1);
    *query = bytes_of(output->bytes.data + 2, output->bytes.size - 2);
    return output->socket;
}

/* Loads serial 1; the transfer's first message has OPTIONS. */
static void load(struct bytes options)
{
    struct bytes query;
    store = zone_store_create();
    zone = setup_zone(1, 3);
    setup_server(&setup, store, NULL);
    driver_create(&driver, &server_node, &setup.config, 0);
    answer_soa((struct bytes){0});
    driver_connected(&driver, driver_output(&driver, HOST_DO_CONNECT, 0)->socket, 9000);
    uint32_t socket = query_on_connection(&query);
    driver_bytes(&driver, socket, setup_framed(answer_to(query, options)));
}

static bool is_serving(void)
{
    return ((const struct server *)driver.state)->zone_list[0].serving;
}

static int64_t left_s(void)
{
    const struct host_note *note = driver_note(&driver, NOTE_ZONE_CONTACT);
    note = note ? note : driver_note(&driver, NOTE_ZONE_SERVING);
    return (note->values[0] - driver.now_ns) / NS_PER_S;
}

static void every_query_asks(void **state)
{
    struct bytes query, data;
    struct message message;
    (void)state;
    load((struct bytes){0});
    setup_parse(&message, driver_output(&driver, HOST_DO_SEND, 0)->bytes);
    assert_true(message_option(&message, EDNS_EXPIRE, &data));
    assert_int_equal(data.size, 0);
    query_on_connection(&query);
    setup_parse(&message, query);
    assert_int_equal(message.qtype, RR_AXFR);
    assert_true(message_option(&message, EDNS_EXPIRE, &data));
}

/* As BIND 9.18 does it. */
static void software_may_ask_in_soa_queries_alone(void **state)
{
    struct bytes query, data;
    struct message message;
    (void)state;
    store = zone_store_create();
    zone = setup_zone(1, 3);
    setup_server(&setup, store, NULL);
    setup.policy.asks_expire = EXPIRE_IN_SOA;
    driver_create(&driver, &server_node, &setup.config, 0);
    setup_parse(&message, driver_output(&driver, HOST_DO_SEND, 0)->bytes);
    assert_true(message_option(&message, EDNS_EXPIRE, &data));
    answer_soa((struct bytes){0});
    driver_connected(&driver, driver_output(&driver, HOST_DO_CONNECT, 0)->socket, 9000);
    query_on_connection(&query);
    setup_parse(&message, query);
    assert_false(message.edns.present);
}

static void a_transfer_is_good_for_as_long_as_its_source_says(void **state)
{
    (void)state;
    load(option_of(5000));
    assert_true(is_serving());
    assert_int_equal(left_s(), 5000);
}

static void never_for_longer_than_the_soa_says(void **state)
{
    (void)state;
    load(option_of(UINT32_MAX));
    assert_int_equal(left_s(), WEEK);
}

static void a_source_that_has_expired_has_nothing_to_give(void **state)
{
    (void)state;
    load(option_of(0));
    assert_false(is_serving());
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text,
                        "the source's own version has expired");
}

static void an_option_of_another_size_says_nothing(void **state)
{
    (void)state;
    load(bytes_of("\0\11\0\3\0\0\1", 7));
    assert_int_equal(left_s(), WEEK);
}

/* RFC 7314 section 4: of what the source says and the time left to us, the longer. */
static void a_confirmation_prolongs_and_never_shortens(void **state)
{
    (void)state;
    load(option_of(50000));
    driver_advance(&driver, 3600 * NS_PER_S);
    driver_forget(&driver);
    driver_advance(&driver, 3606 * NS_PER_S); /* its second send */
    answer_soa(option_of(100));
    assert_int_equal(left_s(), 50000 - 3606);
    driver_forget(&driver);
    driver_advance(&driver, 2 * 3606 * NS_PER_S + 5 * NS_PER_S);
    answer_soa(option_of(90000));
    assert_int_equal(left_s(), 90000);
}

static void a_source_about_to_expire_confirms_nothing(void **state)
{
    (void)state;
    load(option_of(50000));
    driver_advance(&driver, 3600 * NS_PER_S);
    answer_soa(option_of(0));
    assert_null(driver_note(&driver, NOTE_ZONE_CONTACT));
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text,
                        "the source's own version has expired");
    assert_true(is_serving());
}

/* RFC 6891 section 7: FORMERR without OPT comes of software that does not know EDNS. */
static void a_source_without_edns_is_asked_without(void **state)
{
    struct bytes query;
    struct message message;
    (void)state;
    load(bytes_of("\0\11\0\0", 4));
    driver_forget(&driver);
    driver_advance(&driver, 3600 * NS_PER_S);
    zone_release(zone);
    zone = setup_zone(2, 3);
    answer_soa((struct bytes){0});
    driver_connected(&driver, driver_output(&driver, HOST_DO_CONNECT, 0)->socket, 9000);
    uint32_t socket = query_on_connection(&query);
    setup_parse(&message, query);
    assert_true(message.edns.present);
    uint8_t header[14] = {0,    12,           (uint8_t)(message.id >> 8), (uint8_t)message.id,
                          0x80, RCODE_FORMERR};
    driver_bytes(&driver, socket, bytes_of(header, sizeof header));
    driver_connected(&driver, driver_output(&driver, HOST_DO_CONNECT, 1)->socket, 9000);
    socket = query_on_connection(&query);
    setup_parse(&message, query);
    assert_int_equal(message.qtype, RR_AXFR);
    assert_false(message.edns.present);
}

/* The sum of such a clock and the time left is more than there are nanoseconds. */
static void a_clock_at_the_end_of_time_lets_no_zone_expire_early(void **state)
{
    (void)state;
    net_start_primary(3);
    net_add_secondary();
    net.nodes[1].wall_offset_ns = TIME_NEVER - 3 * DAY * NS_PER_S;
    net_run_seconds(10);
    pipe_crash(&net, 1);
    net.down[0] = true;
    net_run_seconds(DAY);
    net.nodes[1].disk_as_octets = true;
    net.nodes[1].wall_offset_ns = 0;
    pipe_start(&net, 1);
    assert_true(asked(1) > 5 * DAY);
}

#define NET(test) cmocka_unit_test_teardown(test, net_stop)
#define ONE(test) cmocka_unit_test_teardown(test, stop_driver)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET(a_primary_tells_the_soa_s_expire),
        NET(a_secondary_tells_the_time_left),
        NET(who_is_not_authoritative_tells_nothing),
        NET(software_that_does_not_know_it_tells_nothing),
        NET(a_chain_expires_together),
        NET(without_the_option_a_chain_serves_twice_as_long),
        NET(a_transfer_takes_over_the_time_left),
        NET(two_that_feed_each_other_do_not_live_for_ever),
        NET(a_restart_keeps_the_shorter_time),
        NET(a_clock_at_the_end_of_time_lets_no_zone_expire_early),
        ONE(every_query_asks),
        ONE(software_may_ask_in_soa_queries_alone),
        ONE(a_transfer_is_good_for_as_long_as_its_source_says),
        ONE(never_for_longer_than_the_soa_says),
        ONE(a_source_that_has_expired_has_nothing_to_give),
        ONE(an_option_of_another_size_says_nothing),
        ONE(a_confirmation_prolongs_and_never_shortens),
        ONE(a_source_about_to_expire_confirms_nothing),
        ONE(a_source_without_edns_is_asked_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
