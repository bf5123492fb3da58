/* What a secondary does not take from a source, and what it does not ask it for again; how many
 * questions are on their way at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/server_net.h"

static struct setup setup;
static struct node_driver driver;

enum { CREDIT = 100000, ZONES = 210 };

static int stop_driver(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_store_destroy(store);
    return 0;
}

static void start(enum server_software software)
{
    store = zone_store_create();
    setup_server(&setup, store, NULL);
    setup.config.policy = server_policy_of(software);
    driver_create(&driver, &server_node, &setup.config, 0);
}

static const struct driver_output *last_of(enum host_action_kind kind)
{
    size_t count = driver_output_count(&driver, kind);
    assert_true(count > 0);
    return driver_output(&driver, kind, count - 1);
}

/* What the secondary wrote last, without its length. */
static struct bytes question(uint16_t type)
{
    struct message message;
    struct bytes written = last_of(HOST_DO_WRITE)->bytes;
    struct bytes wire = bytes_of(written.data + 2, written.size - 2);
    setup_parse(&message, wire);
    assert_int_equal(message.qtype, type);
    return wire;
}

static void connect(void)
{
    driver_connected(&driver, last_of(HOST_DO_CONNECT)->socket, CREDIT);
}

static void answer(struct bytes wire)
{
    driver_bytes(&driver, last_of(HOST_DO_CONNECT)->socket, setup_framed(wire));
}

/* The zone with SERIAL; the last record before the closing SOA is of CLASS. */
static struct bytes whole_zone(uint32_t serial, uint16_t class)
{
    static uint8_t data[4096];
    struct message query;
    struct message_writer w;
    struct zone *version = setup_zone(serial, 3);
    struct rr rr, soa = {0};
    size_t left = zone_record_count(version);
    setup_parse(&query, question(RR_AXFR));
    message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_question(&w, query.qname, query.qtype, CLASS_IN);
    for (struct zone_walk walk = {.zone = version}; zone_walk_next(&walk, &rr);) {
        if (rr.type == RR_SOA)
            soa = rr;
        rr.class = --left == 0 ? class : CLASS_IN;
        message_write_rr(&w, SECTION_ANSWER, &rr);
    }
    message_write_rr(&w, SECTION_ANSWER, &soa);
    zone_release(version);
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

static const struct secondary *the_secondary(void)
{
    return ((const struct server *)driver.state)->zone_list[0].secondary;
}

static void a_soa_over_tcp_without_authority_is_not_taken(void **state)
{
    (void)state;
    uint8_t data[512];
    start(SERVER_KNOT_3);
    connect();
    answer(whole_zone(10, CLASS_IN));
    assert_int_equal(the_secondary()->data, SECONDARY_SERVING);
    driver_advance(&driver, the_secondary()->timer.at_ns);
    connect();
    struct bytes newer = setup_soa_answer(question(RR_SOA), 11, RCODE_NOERROR);
    memcpy(data, newer.data, newer.size);
    data[2] &= (uint8_t) ~(FLAG_AA >> 8);
    driver_forget_outputs(&driver);
    driver_bytes(&driver, the_secondary()->channel.socket,
                 setup_framed(bytes_of(data, newer.size)));
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 0);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text, "not authoritative");
}

static void records_of_another_class_are_refused(void **state)
{
    (void)state;
    start(SERVER_KNOT_3);
    connect();
    answer(whole_zone(10, 3)); /* CH */
    assert_null(driver_note(&driver, NOTE_TRANSFER_DONE));
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_FAILED)->text,
                        "a record that is not of class IN");
}

/* ---- NSD: two days without IXFR ---------------------------------------------------------------
 */

/* The next look: it asks for TYPE, and hears that there is nothing new. */
static void look(uint16_t type)
{
    driver_forget(&driver);
    driver_advance(&driver, the_secondary()->timer.at_ns);
    connect();
    if (type == RR_AXFR)
        answer(whole_zone(10, CLASS_IN));
    else
        answer(setup_soa_answer(question(RR_IXFR), 10, RCODE_NOERROR));
    assert_int_equal(the_secondary()->task, SECONDARY_WAITING);
    assert_null(driver_note(&driver, NOTE_REFRESH_FAILED));
}

static void nsd_asks_whom_ixfr_is_unknown_to_for_axfr_for_two_days(void **state)
{
    (void)state;
    start(SERVER_NSD_4);
    connect();
    answer(whole_zone(10, CLASS_IN));
    driver_advance(&driver, the_secondary()->timer.at_ns);
    connect();
    int64_t told_ns = driver.now_ns;
    answer(setup_soa_answer(question(RR_IXFR), 0, RCODE_NOTIMP));
    connect();
    answer(whole_zone(10, CLASS_IN));
    while (the_secondary()->timer.at_ns < told_ns + 48 * 3600 * NS_PER_S)
        look(RR_AXFR);
    look(RR_IXFR);
}

/* ---- many zones ---------------------------------------------------------------------------- */

static struct server_zone_config zones[2][ZONES];
static struct zone *versions[ZONES];

static void configure(int i)
{
    char name[8] = {'z', (char)('0' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10),
                    '.'};
    versions[i] = zone_from_text(name, "@ 300 SOA ns1 hostmaster 1 3600 900 604800 300\n"
                                       "@ 300 NS ns1\nns1 300 A 192.0.2.1\n");
    for (size_t node = 0; node < 2; node++) {
        zones[node][i] = setups[node].zone;
        zones[node][i].origin = zone_origin(versions[i]);
        zones[node][i].ixfr_over_udp = true;
    }
    zones[0][i].zone = versions[i];
}

/* A secondary of ZONES zones is told to look for news of all of them: how many it asks about. */
static size_t asked_at_once(enum server_software software)
{
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(1, 1);
    setup_server(&setups[0], store, zone);
    setup_server(&setups[1], store, NULL);
    for (int i = 0; i < ZONES; i++)
        configure(i);
    for (size_t node = 0; node < 2; node++) {
        setups[node].config.zones = zones[node];
        setups[node].config.zone_count = ZONES;
    }
    setups[1].config.policy = server_policy_of(software);
    net_add(0, "192.0.2.1");
    net_add(1, "192.0.2.2");
    net_run_seconds(30);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), ZONES);
    net_forget();
    for (int i = 0; i < ZONES; i++)
        driver_command(&net.nodes[1], SERVER_COMMAND_REFRESH, bytes_of(zones[1][i].origin, 6));
    size_t count = driver_output_count(&net.nodes[1], HOST_DO_SEND);
    net_stop(NULL);
    for (int i = 0; i < ZONES; i++)
        zone_release(versions[i]);
    return count;
}

static void questions_over_udp_are_as_many_at_once_as_each_software_sends(void **state)
{
    (void)state;
    assert_int_equal(asked_at_once(SERVER_RFC), ZONES);
    assert_int_equal(asked_at_once(SERVER_NSD_4), 128);
    assert_int_equal(asked_at_once(SERVER_PDNS_AUTH_4), 200);
}

#define CLAIM(name) cmocka_unit_test_teardown(name, stop_driver)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_soa_over_tcp_without_authority_is_not_taken),
        CLAIM(records_of_another_class_are_refused),
        CLAIM(nsd_asks_whom_ixfr_is_unknown_to_for_axfr_for_two_days),
        cmocka_unit_test(questions_over_udp_are_as_many_at_once_as_each_software_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
