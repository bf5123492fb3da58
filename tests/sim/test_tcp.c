/* Opening and closing connections (RFC 9293, sections 3.5 and 3.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/tcp_pair.h"

static bool lose_all(struct pair *pair, const struct pair_segment *segment)
{
    (void)pair;
    (void)segment;
    return true;
}

static bool lose_first(struct pair *pair, const struct pair_segment *segment)
{
    (void)segment;
    return pair->lose_count++ == 0;
}

/* ---- opening ------------------------------------------------------------------------------- */

static void connects_in_one_round_trip(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    assert_int_equal(pair.left.last_event_ns[TCP_CONNECTED], NS_PER_S + 50 * NS_PER_MS);
    assert_int_equal(pair.right.last_event_ns[TCP_ACCEPTED], NS_PER_S + 75 * NS_PER_MS);
    assert_int_equal(pair.count, 3);
    pair_free(&pair);
}

static void retransmits_the_syn_after_one_second(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair.lose = lose_first;
    pair_connect(&pair);
    pair_run(&pair, 3 * NS_PER_S);
    assert_int_equal(pair_nth(&pair, LEFT, TCP_FLAG_SYN, 1)->sent_ns, 2 * NS_PER_S);
    assert_int_equal(pair.left.last_event_ns[TCP_CONNECTED], 2 * NS_PER_S + 50 * NS_PER_MS);
    pair_free(&pair);
}

static void gives_up_connecting_after_six_retries(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair.lose = lose_all;
    pair_connect(&pair);
    pair_run_dry(&pair);
    const int64_t after_s[] = {0, 1, 3, 7, 15, 31, 63};
    assert_int_equal(pair.count, 7);
    for (size_t i = 0; i < pair.count; i++)
        assert_int_equal(pair.segments[i].sent_ns, NS_PER_S + after_s[i] * NS_PER_S);
    assert_int_equal(pair.left.events[TCP_CONNECT_FAILED], 1);
    assert_int_equal(pair.left.failure, HOST_TIMED_OUT);
    assert_int_equal(pair.left.last_event_ns[TCP_CONNECT_FAILED], 128 * NS_PER_S);
    assert_null(pair.left.stack->first);
    pair_free(&pair);
}

static bool lose_syn_ack(struct pair *pair, const struct pair_segment *segment)
{
    (void)pair;
    return segment->header.flags == (TCP_FLAG_SYN | TCP_FLAG_ACK);
}

static void forgets_a_half_open_connection_in_the_end(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair.lose = lose_syn_ack;
    pair_connect(&pair);
    tcp_abort(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_int_equal(pair_count(&pair, RIGHT, TCP_FLAG_SYN), 6);
    assert_null(pair.right.stack->first);
    assert_int_equal(pair.right.events[TCP_ACCEPTED], 0);
    pair_free(&pair);
}

static void offers_the_options_of_linux(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    const uint8_t *syn = pair_nth(&pair, LEFT, TCP_FLAG_SYN, 0)->bytes;
    const uint8_t head[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10};
    const uint8_t tail[] = {1, 3, 3, 7};
    assert_int_equal(syn[12] >> 4, 10);
    assert_memory_equal(syn + 20, head, sizeof head);
    assert_memory_equal(syn + 36, tail, sizeof tail);
    const uint8_t *answer = pair_nth(&pair, RIGHT, TCP_FLAG_SYN, 0)->bytes;
    assert_memory_equal(answer + 20, head, sizeof head);
    assert_memory_equal(answer + 36, tail, sizeof tail);
    pair_free(&pair);
}

static void rst_to_a_closed_port(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    tcp_close(pair.right.stack, pair.right.listener, pair.now_ns);
    pair_connect(&pair);
    pair_run_dry(&pair);
    const struct tcp_segment *reset = &pair_nth(&pair, RIGHT, TCP_FLAG_RST, 0)->header;
    assert_int_equal(reset->flags, TCP_FLAG_RST | TCP_FLAG_ACK);
    assert_int_equal(reset->seq, 0);
    assert_int_equal(reset->ack, pair.segments[0].header.seq + 1);
    assert_int_equal(pair.left.failure, HOST_REFUSED);
    assert_int_equal(pair.left.events[TCP_CONNECT_FAILED], 1);
    pair_free(&pair);
}

static void an_unreachable_port_refuses_a_syn_but_not_a_connection(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair_connect(&pair);
    struct tcp_key key = pair.left.stack->first->key;
    tcp_unreachable(pair.left.stack, &key.local, &key.remote, pair.now_ns);
    pair_settle(&pair.left);
    assert_int_equal(pair.left.failure, HOST_REFUSED);
    pair_run(&pair, 2 * NS_PER_S);
    pair_connect(&pair);
    pair_run(&pair, 3 * NS_PER_S);
    key = pair.left.stack->first->key;
    tcp_unreachable(pair.left.stack, &key.local, &key.remote, pair.now_ns);
    assert_int_equal(pair_state(&pair.left), TCP_ESTABLISHED);
    pair_free(&pair);
}

/* Both ends call tcp_connect, from and to the same pair of ports. */
static void simultaneous_open_connects_both(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    struct address left = pair.left.address, right = pair.right.address;
    left.port = 1024;
    right.port = 1025;
    pair.left.socket = host_sockets_take(&pair.left.sockets);
    pair.right.socket = host_sockets_take(&pair.right.sockets);
    tcp_connect(pair.left.stack, pair.left.socket, &left, &right, pair.now_ns);
    tcp_connect(pair.right.stack, pair.right.socket, &right, &left, pair.now_ns);
    pair_run(&pair, 3 * NS_PER_S);
    assert_int_equal(pair.left.events[TCP_CONNECTED], 1);
    assert_int_equal(pair.right.events[TCP_CONNECTED], 1);
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("hello"), pair.now_ns);
    pair_run(&pair, 4 * NS_PER_S);
    assert_int_equal(pair.right.received_size, 5);
    pair_free(&pair);
}

static void offers_twenty_octets_less_over_ipv6(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    assert_true(address_parse("2001:db8::1", &pair.left.address));
    assert_true(address_parse("2001:db8::2", &pair.right.address));
    struct address local = pair.right.address;
    local.port = PAIR_PORT;
    assert_true(tcp_listen(pair.right.stack, host_sockets_take(&pair.right.sockets), &local));
    assert_false(tcp_listen(pair.right.stack, 99, &local));
    pair_connect(&pair);
    pair_run(&pair, 2 * NS_PER_S);
    assert_int_equal(pair.segments[0].header.mss, 1440);
    assert_int_equal(pair.segments[1].header.mss, 1440);
    assert_int_equal(pair.left.stack->first->send.mss, 1440 - 12);
    pair_free(&pair);
}

static void takes_no_port_twice_at_a_time(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 7);
    bool seen[65536] = {false};
    for (int i = 0; i < 5000; i++) {
        pair_connect(&pair);
        uint16_t port = pair.left.stack->last->key.local.port;
        assert_true(port >= 32768 && port <= 60999 && !seen[port]);
        seen[port] = true;
    }
    pair_free(&pair);
}

/* ---- closing --------------------------------------------------------------------------------- */

static void orderly_close_leaves_time_wait_for_sixty_seconds(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    pair.right.close_when_finished = true;
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    int64_t closed_ns = pair.now_ns + 50 * NS_PER_MS;
    pair_run(&pair, closed_ns);
    assert_int_equal(pair_state(&pair.left), TCP_TIME_WAIT);
    pair_run(&pair, closed_ns + 60 * NS_PER_S - 1);
    assert_int_equal(pair_state(&pair.left), TCP_TIME_WAIT);
    assert_null(pair.right.stack->first);
    pair_run(&pair, closed_ns + 60 * NS_PER_S);
    assert_null(pair.left.stack->first);
    assert_int_equal(pair.left.events[TCP_GONE], 1);
    assert_int_equal(pair.right.events[TCP_GONE], 1);
    assert_int_equal(pair_retransmissions(&pair, LEFT) + pair_retransmissions(&pair, RIGHT), 0);
    pair_free(&pair);
}

static void half_close_lets_the_other_side_go_on(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_shutdown(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair.right.events[TCP_FINISHED], 1);
    assert_int_equal(pair_state(&pair.left), TCP_FIN_WAIT_2);
    assert_int_equal(pair_state(&pair.right), TCP_CLOSE_WAIT);
    pair_run(&pair, pair.now_ns + 3600 * NS_PER_S); /* the node may still read: no time limit */
    tcp_write(pair.right.stack, pair.right.socket, bytes_of_text("still here"), pair.now_ns);
    tcp_close(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair.left.received_size, 10);
    assert_int_equal(pair.left.events[TCP_FINISHED], 1);
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_null(pair.left.stack->first);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static void simultaneous_close_reaches_time_wait_on_both(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    tcp_close(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + 30 * NS_PER_MS);
    assert_int_equal(pair_state(&pair.left), TCP_CLOSING);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair_state(&pair.left), TCP_TIME_WAIT);
    assert_int_equal(pair_state(&pair.right), TCP_TIME_WAIT);
    pair_run_dry(&pair);
    assert_null(pair.left.stack->first);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static void nobody_waits_for_ever_for_the_other_fin(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns); /* right does nothing */
    pair_run(&pair, pair.now_ns + 60 * NS_PER_S);
    assert_int_equal(pair_state(&pair.left), TCP_FIN_WAIT_2);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_null(pair.left.stack->first);
    pair_free(&pair);
}

static bool lose_from_two_seconds(struct pair *pair, const struct pair_segment *segment)
{
    (void)segment;
    return pair->now_ns >= 2 * NS_PER_S;
}

static void a_closed_connection_is_not_retried_as_long(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    pair.lose = lose_from_two_seconds;
    pair_run(&pair, 2 * NS_PER_S);
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_int_equal(pair_count(&pair, LEFT, TCP_FLAG_FIN), 1 + 8);
    assert_null(pair.left.stack->first);
    pair_free(&pair);
}

static void a_socket_outlives_its_connection_until_closed(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    tcp_shutdown(pair.left.stack, pair.left.socket, pair.now_ns);
    tcp_shutdown(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_int_equal(pair_state(&pair.left), TCP_CLOSED);
    assert_int_equal(tcp_credit(pair.left.stack, pair.left.socket), 0);
    assert_int_equal(pair.left.events[TCP_GONE], 0);
    size_t before = pair.count;
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_settle(&pair.left);
    assert_int_equal(pair.left.events[TCP_GONE], 1);
    assert_null(pair.left.stack->first);
    assert_int_equal(pair.count, before);
    pair_free(&pair);
}

static bool lose_last_ack(struct pair *pair, const struct pair_segment *segment)
{
    return pair->now_ns > NS_PER_S + 100 * NS_PER_MS && segment->from_left &&
           segment->header.flags == TCP_FLAG_ACK && pair->lose_count++ == 0;
}

static void time_wait_acknowledges_a_repeated_fin(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    pair.right.close_when_finished = true;
    pair.lose = lose_last_ack;
    tcp_close(pair.left.stack, pair.left.socket, pair.now_ns);
    pair_run_dry(&pair);
    assert_int_equal(pair_count(&pair, RIGHT, TCP_FLAG_FIN), 2);
    assert_int_equal(pair_count(&pair, RIGHT, TCP_FLAG_RST), 0);
    assert_int_equal(pair_count(&pair, LEFT, TCP_FLAG_RST), 0);
    assert_null(pair.right.stack->first);
    pair_free(&pair);
}

static void a_new_syn_takes_the_place_of_time_wait(void **state)
{
    (void)state;
    struct pair pair;
    pair_establish(&pair);
    uint16_t port = pair.left.stack->first->key.local.port;
    pair.left.close_when_finished = true;
    tcp_close(pair.right.stack, pair.right.socket, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair_state(&pair.right), TCP_TIME_WAIT);
    assert_null(pair.left.stack->first);
    struct address local = pair.left.address, remote = pair.right.address;
    local.port = port;
    remote.port = PAIR_PORT;
    pair.left.socket = host_sockets_take(&pair.left.sockets);
    pair.left.random.counter += 4;
    tcp_connect(pair.left.stack, pair.left.socket, &local, &remote, pair.now_ns);
    pair_run(&pair, pair.now_ns + NS_PER_S);
    assert_int_equal(pair.left.events[TCP_CONNECTED], 2);
    pair_free(&pair);
}

static void fin_rides_on_the_last_data(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    uint8_t *data = pair_pattern(3000, 1);
    pair.right.to_write = bytes_of(data, 3000);
    pair.right.write_after_bytes = pair.right.close_when_written = true;
    pair.left.to_write = bytes_of_text("?");
    pair.left.close_when_finished = true;
    pair_connect(&pair);
    pair_run_dry(&pair);
    const struct tcp_segment *last = &pair_nth(&pair, RIGHT, TCP_FLAG_PSH, 0)->header;
    assert_int_equal(last->payload.size, 3000 - 2 * 1448);
    assert_int_equal(pair.left.received_size, 3000);
    assert_memory_equal(pair.left.received, data, 3000);
    free(data);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_in_one_round_trip),
        cmocka_unit_test(retransmits_the_syn_after_one_second),
        cmocka_unit_test(gives_up_connecting_after_six_retries),
        cmocka_unit_test(forgets_a_half_open_connection_in_the_end),
        cmocka_unit_test(offers_the_options_of_linux),
        cmocka_unit_test(rst_to_a_closed_port),
        cmocka_unit_test(an_unreachable_port_refuses_a_syn_but_not_a_connection),
        cmocka_unit_test(simultaneous_open_connects_both),
        cmocka_unit_test(offers_twenty_octets_less_over_ipv6),
        cmocka_unit_test(takes_no_port_twice_at_a_time),
        cmocka_unit_test(orderly_close_leaves_time_wait_for_sixty_seconds),
        cmocka_unit_test(half_close_lets_the_other_side_go_on),
        cmocka_unit_test(simultaneous_close_reaches_time_wait_on_both),
        cmocka_unit_test(nobody_waits_for_ever_for_the_other_fin),
        cmocka_unit_test(a_closed_connection_is_not_retried_as_long),
        cmocka_unit_test(a_socket_outlives_its_connection_until_closed),
        cmocka_unit_test(time_wait_acknowledges_a_repeated_fin),
        cmocka_unit_test(a_new_syn_takes_the_place_of_time_wait),
        cmocka_unit_test(fin_rides_on_the_last_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
