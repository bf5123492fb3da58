/* Strangers at port 853 of a name server: what is no TLS, who does not read, who knows no ALPN, and
 * how long the answers are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/dns/padding.h"
#include "nodes/server_state.h"
#include "tests/support/tls_net.h"

enum { WINDOW = 65536 };

/* ---- strangers at port 853 ----------------------------------------------------------------- */

static uint32_t accept_another(size_t credit)
{
    struct address local = address_of("192.0.2.1:853"), remote = address_of("198.51.100.9:4444");
    return driver_accept(&net.nodes[0], &local, &remote, credit);
}

static uint32_t accept_stranger(size_t credit)
{
    tls_net_start_primary(2000, SERVER_TRANSFERS_ANY);
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

/* An octet now and then is no progress: a handshake has as long as a question. */
static void who_is_slow_with_the_handshake_is_cut_off(void **state)
{
    (void)state;
    uint32_t socket = accept_stranger(WINDOW);
    pair.client = tls_session_create(pair.tls, &(struct tls_options){0});
    tls_session_receive(pair.client, &pair.random[0], TLS_PAIR_NOW_NS, (struct bytes){0});
    struct bytes hello = tls_session_output(pair.client);
    const struct server *server = net.nodes[0].state;
    for (size_t i = 0; i < hello.size && server->connections.count > 0; i++) {
        driver_bytes(&net.nodes[0], socket, bytes_of(hello.data + i, 1));
        driver_advance(&net.nodes[0], net.nodes[0].now_ns + NS_PER_S);
    }
    assert_int_equal(server->connections.count, 0);
    assert_in_range(net.nodes[0].now_ns, setups[0].policy.tcp_idle_ns,
                    setups[0].policy.tcp_idle_ns + 2 * NS_PER_S);
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
    tls_net_start_primary(2000, SERVER_TRANSFERS_ANY);
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

/* ---- how long messages are ---------------------------------------------------------------------
 */

/* A question of TYPE with EDNS and, if PADDED, a Padding option. */
static struct bytes question(uint16_t type, bool padded)
{
    static uint8_t data[512];
    static const uint8_t option[] = {0, EDNS_PADDING, 0, 3, 0, 0, 0};
    struct message_writer w;
    message_begin(&w, data, sizeof data, 9, OPCODE_QUERY, 0);
    message_write_question(&w, name_of("example.com."), type, CLASS_IN);
    message_write_opt(&w, 1232, false, RCODE_NOERROR, bytes_of(option, padded ? sizeof option : 0));
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

/* RFC 7830 section 4, RFC 8467 section 4.1. */
static void answers_to_padded_questions_are_padded_over_tls_only(void **state)
{
    (void)state;
    struct message message;
    struct bytes data;
    uint32_t socket = accept_stranger(WINDOW);
    shake_hands(socket);
    ask(socket, question(RR_SOA, true), &message);
    assert_true(message_option(&message, EDNS_PADDING, &data));
    assert_int_equal(message.wire.size, 468);
    ask(socket, question(RR_SOA, false), &message);
    assert_true(message.edns.present);
    assert_false(message_option(&message, EDNS_PADDING, &data));
    struct address local = address_of("192.0.2.1:53"), remote = address_of("198.51.100.9:4446");
    driver_forget(&net.nodes[0]);
    driver_datagram(&net.nodes[0], &local, &remote, question(RR_SOA, true));
    setup_parse(&message, driver_output(&net.nodes[0], HOST_DO_SEND, 0)->bytes);
    assert_false(message_option(&message, EDNS_PADDING, &data));
}

/* RFC 9103 section 6.3.4 wants the OPT in all of them. */
static void each_message_of_a_padded_transfer_is_padded(void **state)
{
    (void)state;
    static uint8_t data[400000];
    uint32_t socket = accept_stranger(sizeof data);
    shake_hands(socket);
    size_t from = driver_output_count(&net.nodes[0], HOST_DO_WRITE), messages = 0;
    tls_session_write(pair.client, setup_framed(question(RR_AXFR, true)));
    client_speaks(socket);
    server_speaks(from);
    size_t size = tls_pair_read(pair.client, data, sizeof data);
    for (size_t at = 0; at < size; messages++) {
        struct message message;
        struct bytes option;
        size_t length = bytes_get_u16(data + at);
        setup_parse(&message, bytes_of(data + at + 2, length));
        assert_true(message_option(&message, EDNS_PADDING, &option));
        assert_true(length == setups[0].policy.transfer_message_size || length % 468 == 0);
        at += 2 + length;
    }
    assert_true(messages > 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tls_net_stop)
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_tls_is_answered_with_an_alert_and_the_end),
        TEST(who_is_cut_off_within_the_handshake_is_forgotten),
        TEST(so_is_who_resets_the_connection_within_it),
        TEST(who_is_slow_with_the_handshake_is_cut_off),
        TEST(who_does_not_read_is_not_written_to),
        TEST(without_alpn_questions_are_answered_and_zones_are_not_given),
        TEST(answers_to_padded_questions_are_padded_over_tls_only),
        TEST(each_message_of_a_padded_transfer_is_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
