/* Resets: given, taken and not believed (RFC 9293 section 3.10.7, RFC 5961). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/tcp_pair.h"

/* ---- resets ------------------------------------------------------------------------------------
 */

static void close_with_unread_bytes_resets(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    pair.right.reads_nothing = true;
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("unread"), pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    tcp_close(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair.left.events[TCP_RESET], 1);
    assert_int_equal(pair.left.failure, HOST_PEER_RESET);
    assert_null(pair.left.stack->first);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static void bytes_for_a_closed_socket_are_answered_with_rst(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_close(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("too late"), pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair_count(&pair, RIGHT, TCP_FLAG_RST), 1);
    assert_int_equal(pair.left.events[TCP_RESET], 1);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static void abort_resets_the_peer(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_abort(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_int_equal(pair.right.events[TCP_RESET], 1);
    assert_int_equal(pair.right.failure, HOST_PEER_RESET);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static struct tcp_segment forged(const struct pair_end *to, uint8_t flags, uint32_t seq_offset)
{
    const struct tcp_connection *c = to->stack->first;
    return (struct tcp_segment){.source_port = c->key.remote.port,
                                .destination_port = c->key.local.port,
                                .flags = flags,
                                .seq = c->receive.nxt + seq_offset,
                                .ack = c->send.nxt,
                                .window = 500};
}

static void a_blind_reset_is_challenged(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    size_t before = pair.count;
    pair_inject(&pair.right, forged(&pair.right, TCP_FLAG_RST, 1000));
    assert_int_equal(pair_state(&pair.right), TCP_ESTABLISHED);
    assert_int_equal(pair.count, before + 1);
    assert_int_equal(pair.segments[before].header.flags, TCP_FLAG_ACK);
    pair_inject(&pair.right, forged(&pair.right, TCP_FLAG_RST, 1000000));
    assert_int_equal(pair.count, before + 1); /* out of the window: not a word */
    pair_inject(&pair.right, forged(&pair.right, TCP_FLAG_RST, 0));
    assert_int_equal(pair.right.events[TCP_RESET], 1);
    pair_free(&pair);
}

static void a_syn_on_a_connection_is_challenged(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    size_t before = pair.count;
    pair_inject(&pair.right, forged(&pair.right, TCP_FLAG_SYN, 5));
    assert_int_equal(pair_state(&pair.right), TCP_ESTABLISHED);
    assert_int_equal(pair.count, before + 1);
    assert_int_equal(pair.segments[before].header.flags, TCP_FLAG_ACK);
    pair_free(&pair);
}

static void an_ack_of_what_was_never_sent_is_not_believed(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    struct tcp_segment lie = forged(&pair.right, TCP_FLAG_ACK, 0);
    lie.ack += 100;
    lie.payload = bytes_of_text("lies");
    pair_inject(&pair.right, lie);
    assert_int_equal(pair.right.received_size, 0);
    assert_int_equal(pair_state(&pair.right), TCP_ESTABLISHED);
    pair_free(&pair);
}

static void malformed_segments_are_dropped(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    size_t before = pair.count;
    uint8_t bytes[40] = {0};
    bytes_put_u16(bytes, pair.left.stack->first->key.local.port);
    bytes_put_u16(bytes + 2, PAIR_PORT);
    const uint8_t offsets[] = {0x00, 0x40, 0xf0, 0x60};
    bytes[20] = 2; /* an MSS option of length 0 */
    for (size_t i = 0; i < sizeof offsets; i++) {
        bytes[12] = offsets[i];
        tcp_arrived(pair.right.stack, &pair.left.address, &pair.right.address, bytes_of(bytes, 40),
                    pair.now_ns);
    }
    for (size_t size = 0; size < 20; size++)
        tcp_arrived(pair.right.stack, &pair.left.address, &pair.right.address,
                    bytes_of(bytes, size), pair.now_ns);
    assert_int_equal(pair.count, before);
    assert_int_equal(pair_state(&pair.right), TCP_ESTABLISHED);
    pair_free(&pair);
}

static void closing_a_listener_resets_what_is_half_open(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair_connect(&pair);
    pair_run(&pair, pair.now_ns + 30 * NS_PER_MS);
    assert_int_equal(pair_state(&pair.right), TCP_SYN_RECEIVED);
    tcp_close(pair.right.stack, pair.right.listener, pair.now_ns);
    assert_null(pair.right.stack->first);
    pair_run_dry(&pair);
    assert_int_equal(pair.left.events[TCP_RESET], 1);
    pair_free(&pair);
}

static void stopping_ends_idle_connections_with_fin_and_busy_ones_with_rst(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    pair_connect(&pair);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("busy"), pair.now_ns);
    tcp_stop(pair.left.stack, pair.now_ns);
    assert_int_equal(pair_count(&pair, LEFT, TCP_FLAG_RST), 1);
    assert_int_equal(pair_count(&pair, LEFT, TCP_FLAG_FIN), 1);
    pair_settle(&pair.left);
    assert_int_equal(pair.left.events[TCP_GONE], 2);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_with_unread_bytes_resets),
        cmocka_unit_test(bytes_for_a_closed_socket_are_answered_with_rst),
        cmocka_unit_test(abort_resets_the_peer),
        cmocka_unit_test(a_blind_reset_is_challenged),
        cmocka_unit_test(a_syn_on_a_connection_is_challenged),
        cmocka_unit_test(an_ack_of_what_was_never_sent_is_not_believed),
        cmocka_unit_test(malformed_segments_are_dropped),
        cmocka_unit_test(closing_a_listener_resets_what_is_half_open),
        cmocka_unit_test(stopping_ends_idle_connections_with_fin_and_busy_ones_with_rst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
