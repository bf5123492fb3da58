/* Zone transfer over TLS between servers (RFC 9103): who gets a zone, who believes whom, and what
 * strangers at port 853 get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/server_net.h"
#include "tests/support/tls_pair.h"

static struct tls_pair pair; /* for its certificates; and to speak TLS by hand */
static struct server_certificate certificates[2];
static struct server_tls_peer peer;
static const struct server_tls_peer *peers[SETUP_ADDRESSES];

enum { WINDOW = 65536 };

/* ---- the stage ----------------------------------------------------------------------------- */

static void set_clock(size_t node, int64_t wall_ns)
{
    net.nodes[node].wall_offset_ns = wall_ns - net.now_ns;
}

/* A primary with a certificate for ns1.example, of a zone with HOSTS hosts. */
static void start_primary(size_t hosts, enum server_transfers transfers)
{
    tls_pair_create(&pair);
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(1, hosts);
    setup_server(&setups[0], store, zone);
    setup_add_notify(&setups[0], "192.0.2.2");
    certificates[0] = (struct server_certificate){0, pair.server_certificate};
    setups[0].config.tls = (struct server_tls){
        .shared = pair.tls,
        .certificates = certificates,
        .certificate_count = 1,
        .transfers = transfers,
    };
    net_add(0, "192.0.2.1");
    set_clock(0, TLS_PAIR_NOW_NS);
}

/* A secondary that asks over TLS; NAME NULL: opportunistic. OWN: what it shows, or NULL. */
static void add_secondary(const char *name, const struct tls_certificate *own)
{
    setup_server(&setups[1], store, NULL);
    peer.name = name;
    peers[0] = &peer;
    setups[1].zone.sources.tls = peers;
    certificates[1] = (struct server_certificate){0, own};
    setups[1].config.tls = (struct server_tls){
        .shared = pair.tls, .certificates = &certificates[1], .certificate_count = own != NULL};
    net_add(1, "192.0.2.2");
    set_clock(1, TLS_PAIR_NOW_NS);
}

static int stop(void **state)
{
    net_stop(state);
    tls_pair_free(&pair);
    return 0;
}

static void assert_refused(const char *why)
{
    net_run_seconds(2);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_REFRESH_FAILED)->text, why);
}

/* A filter of the network: no question travels in clear, only NOTIFY does. */
static bool no_questions(void *context, size_t from, size_t to, struct bytes bytes)
{
    (void)context;
    (void)from;
    (void)to;
    assert_true(bytes.size < MESSAGE_HEADER_SIZE || (bytes.data[2] >> 3 & 15) == OPCODE_NOTIFY);
    return true;
}

/* ---- transfers ----------------------------------------------------------------------------- */

static void a_zone_and_its_differences_come_over_tls(void **state)
{
    (void)state;
    start_primary(3000, SERVER_TRANSFERS_TLS);
    add_secondary("ns1.example", NULL);
    net.passes = no_questions;
    net_run_seconds(2);
    assert_true(zone_equal(net_served(1), zone));
    assert_int_equal(net_note(0, NOTE_TRANSFER_SERVED)->values[3], 1);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(2);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

static void any_size_of_pieces_and_windows_will_do(void **state)
{
    static const size_t sizes[][2] = {{1, 100}, {7, 200}, {1460, 1500}, {100, 3000}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        start_primary(400, SERVER_TRANSFERS_ANY);
        add_secondary("ns1.example", NULL);
        net.piece = sizes[i][0];
        net.window = sizes[i][1];
        net_run_seconds(60);
        assert_non_null(net_served(1));
        assert_true(zone_equal(net_served(1), zone));
        if (i + 1 < sizeof sizes / sizeof *sizes)
            stop(state);
    }
}

static void the_ways_of_all_software_work_over_tls(void **state)
{
    static const enum server_probe probes[] = {PROBE_SOA_UDP, PROBE_SOA_TCP, PROBE_IXFR_UDP};
    for (size_t i = 0; i < 3; i++) {
        start_primary(10, SERVER_TRANSFERS_TLS);
        add_secondary("ns1.example", NULL);
        setups[1].policy.probe = probes[i];
        net.passes = no_questions;
        net_run_seconds(2);
        assert_int_equal(zone_serial(net_served(1)), 1);
        setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
        net_run_seconds(2);
        assert_int_equal(zone_serial(net_served(1)), 2);
        net_run_seconds(3700); /* a refresh that finds nothing new is contact */
        assert_null(net_note(1, NOTE_REFRESH_FAILED));
        assert_non_null(net_note(1, NOTE_ZONE_CONTACT));
        if (i + 1 < 3)
            stop(state);
    }
}

/* ---- who believes whom --------------------------------------------------------------------- */

static void a_strict_secondary_wants_the_right_name(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_ANY);
    add_secondary("ns9.example", NULL);
    assert_refused("the certificate is for another name");
}

static void an_opportunistic_one_takes_any(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_ANY);
    add_secondary(NULL, NULL);
    set_clock(1, TLS_PAIR_NOW_NS + 1000 * TLS_PAIR_DAY_NS);
    net_run_seconds(2);
    assert_non_null(net_served(1));
}

static void the_secondarys_own_clock_decides_about_validity(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_ANY);
    add_secondary("ns1.example", NULL);
    set_clock(0, TLS_PAIR_NOW_NS + 1000 * TLS_PAIR_DAY_NS);
    set_clock(1, TLS_PAIR_NOW_NS - 51 * TLS_PAIR_DAY_NS);
    assert_refused("the certificate is not yet valid");
    set_clock(1, TLS_PAIR_NOW_NS);
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void a_new_certificate_is_in_place_from_its_time_on(void **state)
{
    (void)state;
    static struct server_certificate both[2];
    start_primary(10, SERVER_TRANSFERS_ANY);
    both[0] = (struct server_certificate){0, pair.client_certificate}; /* for ns2.example */
    both[1] = (struct server_certificate){10 * NS_PER_S, pair.server_certificate};
    setups[0].config.tls.certificates = both;
    setups[0].config.tls.certificate_count = 2;
    add_secondary("ns1.example", NULL);
    assert_refused("the certificate is for another name");
    net_run_seconds(20);
    driver_command(&net.nodes[0], SERVER_COMMAND_CERTIFICATE, (struct bytes){0});
    assert_int_equal(net_note(0, NOTE_CERTIFICATE)->values[0],
                     tls_certificate_ends_s(pair.server_certificate));
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void without_a_certificate_of_its_own_nobody_fetches_from_who_wants_one(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_MUTUAL);
    add_secondary("ns1.example", NULL);
    assert_refused("the peer wants a certificate of ours");
    stop(state);
    start_primary(10, SERVER_TRANSFERS_MUTUAL);
    add_secondary("ns1.example", pair.client_certificate);
    net_run_seconds(2);
    assert_non_null(net_served(1));
}

static void a_strict_secondary_insists_on_alpn_unless_told_otherwise(void **state)
{
    for (int demands = 0; demands < 2; demands++) {
        start_primary(10, SERVER_TRANSFERS_TLS);
        setups[0].config.tls.alpn = SERVER_ALPN_NONE;
        peer.demand_alpn = demands;
        add_secondary("ns1.example", NULL);
        net_run_seconds(2);
        if (demands)
            assert_refused("the peer has not agreed on DNS over TLS (ALPN)");
        else
            assert_non_null(net_served(1));
        if (!demands)
            stop(state);
    }
    peer.demand_alpn = false;
}

static void who_asks_in_clear_is_refused_where_tls_is_wanted(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_TLS);
    setup_server(&setups[1], store, NULL);
    net_add(1, "192.0.2.2");
    net_run_seconds(2);
    assert_null(net_served(1));
    assert_string_equal(net_note(0, NOTE_TRANSFER_REFUSED)->text, "zones are given over TLS only");
}

static void nobody_falls_back_to_clear_text(void **state)
{
    (void)state;
    start_primary(10, SERVER_TRANSFERS_ANY);
    setups[0].config.tls.certificate_count = 0;
    driver_crash(&net.nodes[0]);
    driver_start(&net.nodes[0]);
    add_secondary("ns1.example", NULL);
    assert_refused("connection refused");
    assert_int_equal(net_note_count(0, NOTE_QUERY), 0);
}

/* ---- strangers at port 853 ----------------------------------------------------------------- */

static uint32_t accept_another(size_t credit)
{
    struct address local = address_of("192.0.2.1:853"), remote = address_of("198.51.100.9:4444");
    return driver_accept(&net.nodes[0], &local, &remote, credit);
}

static uint32_t accept_stranger(size_t credit)
{
    start_primary(2000, SERVER_TRANSFERS_ANY);
    return accept_another(credit);
}

static void what_is_not_tls_is_answered_with_an_alert_and_the_end(void **state)
{
    (void)state;
    uint32_t socket = accept_stranger(WINDOW);
    static const uint8_t nonsense[] = {22, 3, 1, 0, 4, 2, 0, 0, 0}; /* a server's part */
    driver_bytes(&net.nodes[0], socket, bytes_of(nonsense, sizeof nonsense));
    const struct driver_output *alert = driver_output(&net.nodes[0], HOST_DO_WRITE, 0);
    assert_int_equal(alert->bytes.data[0], 21); /* RFC 8446 section 5.1 */
    assert_int_equal(driver_output_count(&net.nodes[0], HOST_DO_CLOSE), 1);
    assert_string_equal(net_note(0, NOTE_TLS_FAILED)->text, "the TLS handshake failed");
}

static void who_is_cut_off_within_the_handshake_is_forgotten(void **state)
{
    (void)state;
    uint32_t socket = accept_stranger(WINDOW);
    driver_bytes(&net.nodes[0], socket, bytes_of_text("\x16\x03\x01"));
    driver_finished(&net.nodes[0], socket);
    assert_int_equal(driver_output_count(&net.nodes[0], HOST_DO_CLOSE), 1);
    assert_string_equal(net_note(0, NOTE_TLS_FAILED)->text,
                        "the connection was cut off within the TLS handshake");
    assert_int_equal(((const struct server *)net.nodes[0].state)->connections.count, 0);
}

static void so_is_who_resets_the_connection_within_it(void **state)
{
    (void)state;
    uint32_t socket = accept_stranger(WINDOW);
    driver_reset(&net.nodes[0], socket, HOST_PEER_RESET);
    assert_string_equal(net_note(0, NOTE_TLS_FAILED)->text,
                        "the connection was cut off within the TLS handshake");
    assert_int_equal(((const struct server *)net.nodes[0].state)->connections.count, 0);
}

/* What the server has written since last asked goes to the client's session. */
static size_t server_speaks(size_t from)
{
    const struct driver_output *output;
    for (; (output = driver_output(&net.nodes[0], HOST_DO_WRITE, from)) != NULL; from++)
        tls_session_receive(pair.client, &pair.random[0], TLS_PAIR_NOW_NS, output->bytes);
    return from;
}

static void client_speaks(uint32_t socket)
{
    driver_bytes(&net.nodes[0], socket, tls_session_output(pair.client));
    tls_session_sent(pair.client);
}

/* The handshake of a stranger who does not look. */
static void shake_hands(uint32_t socket)
{
    pair.client = tls_session_create(pair.tls, &(struct tls_options){0});
    tls_session_receive(pair.client, &pair.random[0], TLS_PAIR_NOW_NS, (struct bytes){0});
    client_speaks(socket);
    server_speaks(0);
    assert_int_equal(tls_session_state(pair.client), TLS_OPEN);
}

/* An AXFR that nobody reads: the zone waits where it is, not in memory. */
static void who_does_not_read_is_not_written_to(void **state)
{
    (void)state;
    uint32_t socket = accept_stranger(3000);
    shake_hands(socket);
    for (int i = 0; i < 50; i++)
        tls_session_write(pair.client, setup_framed(setup_transfer(0)));
    client_speaks(socket);
    size_t octets = 0;
    for (size_t i = 0; i < net.nodes[0].output_count; i++)
        if (net.nodes[0].outputs[i].kind == HOST_DO_WRITE)
            octets += net.nodes[0].outputs[i].bytes.size;
    assert_in_range(octets, 1000, 3000);
    assert_int_equal(net_note_count(0, NOTE_QUERY), 1); /* the other 49 wait too */
}

/* What the server answers to WIRE, its first message if there are several. */
static void ask(uint32_t socket, struct bytes wire, struct message *message)
{
    static uint8_t data[65536];
    size_t from = driver_output_count(&net.nodes[0], HOST_DO_WRITE);
    tls_session_write(pair.client, setup_framed(wire));
    client_speaks(socket);
    server_speaks(from);
    size_t size = tls_pair_read(pair.client, data, sizeof data);
    assert_true(size > 2);
    assert_int_equal(message_parse(message, bytes_of(data + 2, bytes_get_u16(data))), MESSAGE_OK);
}

/* Such a client is no peer of RFC 9103's. */
static void without_alpn_questions_are_answered_and_zones_are_not_given(void **state)
{
    (void)state;
    struct message message;
    start_primary(2000, SERVER_TRANSFERS_ANY);
    setups[0].config.tls.alpn = SERVER_ALPN_NONE; /* so that the handshake comes to no agreement */
    uint32_t socket = accept_another(WINDOW);
    shake_hands(socket);
    setups[0].config.tls.alpn = SERVER_ALPN_REQUIRED;
    ask(socket, setup_query("example.com.", RR_SOA, 0), &message);
    assert_int_equal(message.rcode, RCODE_NOERROR);
    ask(socket, setup_transfer(0), &message);
    assert_int_equal(message.rcode, RCODE_REFUSED);
    assert_string_equal(net_note(0, NOTE_TRANSFER_REFUSED)->text, "TLS without ALPN");
    setups[0].config.tls.alpn = SERVER_ALPN_OPTIONAL;
    ask(socket, setup_transfer(0), &message);
    assert_int_equal(message.rcode, RCODE_NOERROR);
}

/* ---- the channel by itself ----------------------------------------------------------------- */

static struct channel channel;
static struct outbox out;
static struct random channel_random;

/* A client's first words have come to a server whose peer takes CREDIT octets. */
static void greet(size_t credit)
{
    struct tls_options server = {.server = true, .certificate = pair.server_certificate};
    channel_random = (struct random){1, 0};
    channel_begin(&channel, 1, tls_session_create(pair.tls, &server));
    pair.client = tls_session_create(pair.tls, &(struct tls_options){0});
    tls_session_receive(pair.client, &pair.random[0], TLS_PAIR_NOW_NS, (struct bytes){0});
    channel_event(&channel, &out, &(struct host_event){.kind = HOST_ACCEPTED, .credit = credit});
    channel_event(&channel, &out,
                  &(struct host_event){.kind = HOST_BYTES,
                                       .random = &channel_random,
                                       .wall_ns = TLS_PAIR_NOW_NS,
                                       .bytes = tls_session_output(pair.client)});
}

static int start_channel(void **state)
{
    (void)state;
    tls_pair_create(&pair);
    return 0;
}

static int stop_channel(void **state)
{
    (void)state;
    channel_drop(&channel);
    outbox_free(&out);
    tls_pair_free(&pair);
    return 0;
}

static const struct host_action *last_action(void)
{
    return &out.actions[out.count - 1];
}

static void keys_are_told_before_what_they_open(void **state)
{
    (void)state;
    greet(WINDOW);
    size_t secrets = 0;
    while (secrets < out.count && out.actions[secrets].kind == HOST_DO_SECRET)
        secrets++;
    assert_true(secrets >= 2);
    assert_int_equal(out.actions[secrets].kind, HOST_DO_WRITE);
}

static void what_came_is_not_given_back_while_tls_has_something_to_say(void **state)
{
    (void)state;
    greet(0);
    channel_consume(&channel, &out);
    assert_int_equal(last_action()->kind, HOST_DO_SECRET);
    channel_event(&channel, &out, &(struct host_event){.kind = HOST_WRITABLE, .credit = WINDOW});
    assert_int_equal(last_action()->kind, HOST_DO_WRITE);
    channel_consume(&channel, &out);
    assert_int_equal(last_action()->kind, HOST_DO_CONSUME);
    assert_int_equal(last_action()->size, tls_session_output(pair.client).size);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_zone_and_its_differences_come_over_tls),
        TEST(any_size_of_pieces_and_windows_will_do),
        TEST(the_ways_of_all_software_work_over_tls),
        TEST(a_strict_secondary_wants_the_right_name),
        TEST(an_opportunistic_one_takes_any),
        TEST(the_secondarys_own_clock_decides_about_validity),
        TEST(a_new_certificate_is_in_place_from_its_time_on),
        TEST(without_a_certificate_of_its_own_nobody_fetches_from_who_wants_one),
        TEST(a_strict_secondary_insists_on_alpn_unless_told_otherwise),
        TEST(who_asks_in_clear_is_refused_where_tls_is_wanted),
        TEST(nobody_falls_back_to_clear_text),
        TEST(what_is_not_tls_is_answered_with_an_alert_and_the_end),
        TEST(who_is_cut_off_within_the_handshake_is_forgotten),
        TEST(so_is_who_resets_the_connection_within_it),
        TEST(who_does_not_read_is_not_written_to),
        TEST(without_alpn_questions_are_answered_and_zones_are_not_given),
        cmocka_unit_test_setup_teardown(keys_are_told_before_what_they_open, start_channel,
                                        stop_channel),
        cmocka_unit_test_setup_teardown(what_came_is_not_given_back_while_tls_has_something_to_say,
                                        start_channel, stop_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
