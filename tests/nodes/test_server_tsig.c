/* TSIG between name servers: signed refreshes, transfers and NOTIFY, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/server_net.h"

#define NAME (const uint8_t *)"\10transfer"
#define SECRET                                    \
    {                                             \
        (const uint8_t *)"a secret of theirs", 18 \
    }

static const struct tsig_key right = {NAME, TSIG_HMAC_SHA256, SECRET};
static const struct tsig_key wrong_secret = {
    NAME, TSIG_HMAC_SHA256, {(const uint8_t *)"another", 7}};
static const struct tsig_key unknown = {(const uint8_t *)"\7unknown", TSIG_HMAC_SHA256, SECRET};
static const struct tsig_key *const wants_right[] = {&right};
static const struct address anywhere;

enum { YEAR_S = 31536000 };

/* A primary with HOSTS hosts that gives its zone to holders of the key alone. */
static void start_primary(size_t hosts)
{
    net_start_primary(hosts);
    setups[0].config.keys = (struct tsig_keys){&right, 1};
    setups[0].zone.allow_transfer =
        (struct server_access){.addresses = {.list = &anywhere, .count = 1, .keys = wants_right}};
    net.nodes[0].wall_offset_ns = YEAR_S * NS_PER_S;
}

/* A secondary that signs with KEY (NULL: does not), its clock AHEAD_S seconds ahead. */
static void start_secondary(const struct tsig_key *const *key, int64_t ahead_s)
{
    setup_server(&setups[1], store, NULL);
    setups[1].zone.sources.keys = key;
    setups[1].config.keys = (struct tsig_keys){key ? *key : NULL, key != NULL};
    net_add(1, "192.0.2.2");
    net.nodes[1].wall_offset_ns = (YEAR_S + ahead_s) * NS_PER_S;
    net_run_seconds(1); /* the first query may have been signed by a clock not yet set */
}

static const char *why(void)
{
    const struct host_note *note = net_note(1, NOTE_REFRESH_FAILED);
    assert_non_null(note);
    return note->text;
}

static void a_signed_transfer_of_many_messages_arrives(void **state)
{
    (void)state;
    start_primary(20000);
    start_secondary(wants_right, 0);
    net_run_seconds(60);
    assert_non_null(net_served(1));
    assert_true(zone_equal(net_served(1), zone));
    assert_true(net_note(1, NOTE_TRANSFER_DONE)->values[1] > 10);
}

static void a_signed_difference_arrives(void **state)
{
    (void)state;
    start_primary(100);
    start_secondary(wants_right, 0);
    net_run_seconds(60);
    setup_change(&net.nodes[0], "new 60 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

static void who_does_not_sign_gets_no_zone(void **state)
{
    (void)state;
    start_primary(10);
    start_secondary(NULL, 0);
    net_run_seconds(60);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_TRANSFER_FAILED)->text, "answered REFUSED: prohibited");
    assert_string_equal(net_note(0, NOTE_TRANSFER_REFUSED)->text, "not allowed to transfer");
}

static void another_secret_is_told_so(void **state)
{
    (void)state;
    static const struct tsig_key *const keys[] = {&wrong_secret};
    start_primary(10);
    start_secondary(keys, 0);
    net_run_seconds(60);
    assert_null(net_served(1));
    assert_string_equal(why(), "TSIG: the peer found a bad signature (is the secret the same?)");
}

static void an_unknown_key_is_told_so(void **state)
{
    (void)state;
    static const struct tsig_key *const keys[] = {&unknown};
    start_primary(10);
    start_secondary(keys, 0);
    net_run_seconds(60);
    assert_null(net_served(1));
    assert_string_equal(why(), "TSIG: the peer does not know the key");
}

static void clocks_within_the_fudge_do_no_harm(void **state)
{
    (void)state;
    start_primary(10);
    start_secondary(wants_right, -299);
    net_run_seconds(60);
    assert_non_null(net_served(1));
}

static void clocks_too_far_apart_stop_transfers_and_say_by_how_much(void **state)
{
    (void)state;
    start_primary(10);
    start_secondary(wants_right, 0);
    net_run_seconds(60);
    net.nodes[1].wall_offset_ns += 400 * NS_PER_S;
    net_run_seconds(3700);
    assert_string_equal(why(), "TSIG: bad time (the peer's clock differs too much)");
    assert_int_equal(net_note(1, NOTE_REFRESH_FAILED)->values[3], -400);
    assert_non_null(net_served(1)); /* for as long as the SOA allows */
    net_run_seconds(604800);
    assert_null(net_served(1));
    net.nodes[1].wall_offset_ns -= 400 * NS_PER_S;
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void a_difference_signed_by_a_wrong_clock_is_noted_by_the_primary(void **state)
{
    (void)state;
    struct message message;
    struct tsig tsig;
    uint8_t data[1000];
    start_primary(10);
    struct address local = address_of("192.0.2.1:53"), client = address_of("192.0.2.9:999");
    struct bytes query = setup_transfer(1);
    memcpy(data, query.data, query.size);
    tsig_begin(&tsig, &right);
    size_t size = tsig_sign(&tsig, data, query.size, (YEAR_S + 400) * NS_PER_S);
    net_forget();
    driver_datagram(&net.nodes[0], &local, &client, bytes_of(data, size));
    const struct host_note *note = net_note(0, NOTE_TRANSFER_REFUSED);
    assert_string_equal(note->text, "TSIG: bad time (the clocks differ too much)");
    assert_int_equal(note->values[3], 400);
    setup_parse(&message, driver_output(&net.nodes[0], HOST_DO_SEND, 0)->bytes);
    assert_int_equal(message.rcode, RCODE_NOTAUTH);
    assert_int_equal(tsig_verify(&tsig, &message, (YEAR_S + 400) * NS_PER_S), TSIG_PEER_BADTIME);
    assert_int_equal(tsig.ahead_s, -400);
}

/* ---- one server, by hand --------------------------------------------------------------------- */

/* What the primary answers to a query for TYPE signed with KEY. */
static enum tsig_result ask(const struct tsig_key *key, uint16_t edns_size, struct message *message)
{
    uint8_t data[1000];
    struct tsig tsig;
    struct address local = address_of("192.0.2.1:53"), client = address_of("192.0.2.9:999");
    struct bytes query = setup_query("h5.example.com.", RR_A, edns_size);
    memcpy(data, query.data, query.size);
    tsig_begin(&tsig, key);
    size_t size = tsig_sign(&tsig, data, query.size, YEAR_S * NS_PER_S);
    net_forget();
    driver_datagram(&net.nodes[0], &local, &client, bytes_of(data, size));
    setup_parse(message, driver_output(&net.nodes[0], HOST_DO_SEND, 0)->bytes);
    return tsig_verify(&tsig, message, YEAR_S * NS_PER_S);
}

static void a_signed_query_gets_a_signed_answer(void **state)
{
    (void)state;
    struct message message;
    start_primary(10);
    assert_int_equal(ask(&right, 0, &message), TSIG_GOOD);
    assert_int_equal(message.counts[SECTION_ANSWER], 1);
    assert_int_equal(ask(&right, 1232, &message), TSIG_GOOD); /* OPT before TSIG */
    assert_true(message.edns.present);
    assert_int_equal(ask(&unknown, 1232, &message), TSIG_PEER_BADKEY);
    assert_int_equal(message.rcode, RCODE_NOTAUTH);
    assert_int_equal(message.counts[SECTION_ANSWER], 0);
    assert_int_equal(ask(&wrong_secret, 1232, &message), TSIG_PEER_BADSIG);
    assert_int_equal(net_note(0, NOTE_QUERY)->serial, RCODE_NOTAUTH);
}

/* The longest names leave no room for the question; still nothing overflows. */
static void an_answer_without_room_is_truncated(void **state)
{
    (void)state;
    static uint8_t name[NAME_SIZE_MAX];
    for (size_t i = 0; i < 3; i++)
        name[64 * i] = 63;
    name[192] = 61;
    for (size_t i = 0; i < 254; i++)
        name[i] = name[i] ? name[i] : 'x';
    struct tsig_key longest = {name, TSIG_HMAC_SHA512, SECRET};
    struct message message;
    struct tsig tsig;
    uint8_t data[1000];
    struct address local = address_of("192.0.2.1:53"), client = address_of("192.0.2.9:999");
    start_primary(10);
    setups[0].config.keys = (struct tsig_keys){&longest, 1};
    size_t size = message_make_query(data, sizeof data, 1, 0, name, RR_A, 0, false);
    tsig_begin(&tsig, &longest);
    size = tsig_sign(&tsig, data, size, YEAR_S * NS_PER_S);
    net_forget();
    driver_datagram(&net.nodes[0], &local, &client, bytes_of(data, size));
    struct bytes answer = driver_output(&net.nodes[0], HOST_DO_SEND, 0)->bytes;
    assert_true(answer.size <= MESSAGE_UDP_PLAIN_MAX);
    setup_parse(&message, answer);
    assert_int_equal(tsig_verify(&tsig, &message, YEAR_S * NS_PER_S), TSIG_GOOD);
}

/* ---- NOTIFY -------------------------------------------------------------------------------- */

static void a_signed_notify_is_understood(void **state)
{
    (void)state;
    start_primary(10);
    setups[0].zone.notify.keys = wants_right;
    pipe_crash(&net, 0);
    pipe_start(&net, 0);
    start_secondary(wants_right, 0);
    net_run_seconds(100);
    net_forget();
    setup_change(&net.nodes[0], "new 60 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_null(net_note(1, NOTE_NOTIFY_RECEIVED)->text);
    assert_int_equal(net_note(0, NOTE_NOTIFY_ANSWERED)->code, RCODE_NOERROR);
    assert_int_equal(zone_serial(net_served(1)), 2);
}

static void a_notify_signed_with_a_key_that_is_not_known_is_refused(void **state)
{
    (void)state;
    start_primary(10);
    setups[0].zone.notify.keys = wants_right;
    pipe_crash(&net, 0);
    pipe_start(&net, 0);
    start_secondary(NULL, 0);
    net_run_seconds(100);
    assert_string_equal(net_note(1, NOTE_NOTIFY_RECEIVED)->text, "TSIG: unknown key");
    assert_int_equal(net_note(0, NOTE_NOTIFY_ANSWERED)->code, RCODE_NOTAUTH);
}

/* The target answers the NOTIFY that went out last, signed with KEY if any. */
static void answer_notify(const struct tsig_key *key)
{
    uint8_t data[1000];
    struct message notify;
    struct message_writer w;
    struct tsig theirs;
    size_t count = driver_output_count(&net.nodes[0], HOST_DO_SEND);
    const struct driver_output *sent = driver_output(&net.nodes[0], HOST_DO_SEND, count - 1);
    struct address to = sent->local, from = sent->remote;
    int64_t wall_ns = YEAR_S * NS_PER_S;
    setup_parse(&notify, sent->bytes);
    message_begin(&w, data, sizeof data, notify.id, OPCODE_NOTIFY, FLAG_QR | FLAG_AA);
    message_write_question(&w, notify.qname, notify.qtype, notify.qclass);
    size_t size = message_end(&w, 0, RCODE_NOERROR);
    assert_int_equal(tsig_receive(&theirs, &setups[0].config.keys, &notify, wall_ns), TSIG_GOOD);
    theirs.key = key;
    if (key)
        size = tsig_sign(&theirs, data, size, wall_ns);
    driver_datagram(&net.nodes[0], &to, &from, bytes_of(data, size));
}

static void a_notify_goes_out_again_until_its_answer_is_signed_well(void **state)
{
    (void)state;
    static const struct tsig_key *const answers[] = {NULL, &wrong_secret, &right};
    start_primary(10);
    setups[0].zone.notify.keys = wants_right;
    pipe_crash(&net, 0);
    pipe_start(&net, 0);
    for (size_t i = 0; i < 3; i++) {
        net_forget();
        net.nodes[0].wall_offset_ns = YEAR_S * NS_PER_S - net.nodes[0].now_ns - 60 * NS_PER_S;
        driver_advance(&net.nodes[0], net.nodes[0].now_ns + 60 * NS_PER_S);
        assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 1);
        answer_notify(answers[i]);
        assert_int_equal(net_note_count(0, NOTE_NOTIFY_ANSWERED), i == 2);
    }
    net_forget();
    driver_advance(&net.nodes[0], net.nodes[0].now_ns + 3600 * NS_PER_S);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 0);
}

/* ---- other transports ---------------------------------------------------------------------- */

/* Primary and secondary behave as SOFTWARE does; all between them is signed. */
static void start_signed_pair(enum server_software software)
{
    start_primary(100);
    setups[0].zone.notify.keys = wants_right;
    setups[0].config.policy = server_policy_of(software);
    pipe_crash(&net, 0);
    pipe_start(&net, 0);
    start_secondary(wants_right, 0);
    pipe_crash(&net, 1);
    setups[1].config.policy = server_policy_of(software);
    setups[1].zone.ixfr_over_udp = software == SERVER_NSD_4;
    pipe_start(&net, 1);
    net_run_seconds(100);
    assert_true(zone_equal(net_served(1), net_served(0)));
    net_forget();
}

static void soa_query_transfer_and_notify_may_all_be_signed_over_tcp(void **state)
{
    (void)state;
    start_signed_pair(SERVER_KNOT_3);
    size_t datagrams = net.datagrams;
    setup_change(&net.nodes[0], "new 60 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_int_equal(net.datagrams, datagrams);
    assert_null(net_note(1, NOTE_NOTIFY_RECEIVED)->text);
    assert_int_equal(net_note(0, NOTE_NOTIFY_ANSWERED)->code, RCODE_NOERROR);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

static void a_notify_over_tcp_with_a_key_that_is_not_known_is_refused(void **state)
{
    (void)state;
    start_signed_pair(SERVER_KNOT_3);
    pipe_crash(&net, 1);
    setups[1].config.keys.count = 0; /* who does not know the key can't sign the answer */
    setups[1].zone.sources.keys = NULL;
    pipe_start(&net, 1);
    net_forget();
    setup_change(&net.nodes[0], "new 60 A 192.0.2.99", false);
    net_run_seconds(4);
    assert_string_equal(net_note(1, NOTE_NOTIFY_RECEIVED)->text, "TSIG: unknown key");
    assert_int_equal(zone_serial(net_served(1)), 1);
}

/* A small difference comes in the signed datagram; of a large one only the SOA, and the rest over
 * TCP. */
static void a_signed_datagram_holds_a_difference_or_the_soa_alone(void **state)
{
    (void)state;
    start_signed_pair(SERVER_NSD_4);
    setup_change(&net.nodes[0], "new 60 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->values[2], 0); /* no time but the query's */
    net_forget();
    char record[600];
    memset(record, 'x', sizeof record);
    memcpy(record, "t 60 TXT ", 9);
    for (size_t i = 9; i < sizeof record; i += 100)
        record[i] = ' ';
    record[sizeof record - 1] = 0;
    setup_change(&net.nodes[0], record, false);
    net_run_seconds(10);
    assert_int_equal(zone_serial(net_served(1)), 3);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    assert_true(net_note(1, NOTE_TRANSFER_DONE)->values[2] > 0);
}

static void an_unsigned_answer_is_a_failed_source(void **state)
{
    (void)state;
    struct node_driver driver;
    net_start_primary(10);
    setup_server(&setups[1], store, NULL);
    setups[1].zone.sources.keys = wants_right;
    driver_create(&driver, &server_node, &setups[1].config, YEAR_S * NS_PER_S);
    const struct driver_output *query = driver_output(&driver, HOST_DO_SEND, 0);
    struct address local = query->local, source = address_of("192.0.2.1:53");
    if (local.port == 0)
        local.port = driver.socket_list[query->socket].local.port;
    struct bytes answer = setup_soa_answer(query->bytes, 9, RCODE_NOERROR);
    driver_datagram(&driver, &local, &source, answer);
    assert_string_equal(driver_note(&driver, NOTE_REFRESH_FAILED)->text, "TSIG: not signed");
    driver_free(&driver);
}

#define CASE(name) cmocka_unit_test_teardown(name, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_signed_transfer_of_many_messages_arrives),
        CASE(a_signed_difference_arrives),
        CASE(who_does_not_sign_gets_no_zone),
        CASE(another_secret_is_told_so),
        CASE(an_unknown_key_is_told_so),
        CASE(clocks_within_the_fudge_do_no_harm),
        CASE(clocks_too_far_apart_stop_transfers_and_say_by_how_much),
        CASE(a_difference_signed_by_a_wrong_clock_is_noted_by_the_primary),
        CASE(a_signed_query_gets_a_signed_answer),
        CASE(an_answer_without_room_is_truncated),
        CASE(a_signed_notify_is_understood),
        CASE(a_notify_signed_with_a_key_that_is_not_known_is_refused),
        CASE(a_notify_goes_out_again_until_its_answer_is_signed_well),
        CASE(soa_query_transfer_and_notify_may_all_be_signed_over_tcp),
        CASE(a_notify_over_tcp_with_a_key_that_is_not_known_is_refused),
        CASE(a_signed_datagram_holds_a_difference_or_the_soa_alone),
        CASE(an_unsigned_answer_is_a_failed_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
