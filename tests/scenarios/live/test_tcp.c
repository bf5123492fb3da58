/* Connections, over a pair of sockets instead of a network. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/live_alone.h"

static struct live_alone alone;
static struct live_socket *ours;
static int theirs;

static int open_pair(void **state)
{
    int pair[2];
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    live_alone_open(&alone, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    ours = live_alone_stream(&alone, pair[0]);
    theirs = pair[1];
    live_tcp_consume(ours, 0); /* reading begins */
    return 0;
}

static int close_pair(void **state)
{
    (void)state;
    if (theirs >= 0)
        close(theirs);
    live_alone_close(&alone);
    return 0;
}

static void the_end_of_a_stream_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(write(theirs, "abc", 3), 3);
    shutdown(theirs, SHUT_WR);
    live_alone_turn(&alone);
    assert_int_equal(alone.octets, 3);
    assert_int_equal(alone.told[HOST_FINISHED], 1);
    live_tcp_consume(ours, 3); /* the node reads on, as far as it knows */
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_FINISHED], 1);
    assert_int_equal(alone.told[HOST_RESET], 0);
}

static void a_node_that_does_not_consume_is_not_given_more(void **state)
{
    static char data[65536];
    size_t written = 0;
    (void)state;
    for (int i = 0; i < 64; i++) {
        ssize_t some = write(theirs, data, sizeof data);
        written += some > 0 ? (size_t)some : 0;
        live_alone_turn(&alone);
    }
    assert_true(written > LIVE_RECEIVE_BUFFER);
    assert_in_range(alone.octets, LIVE_RECEIVE_BUFFER, LIVE_RECEIVE_BUFFER + 65536);
    live_tcp_consume(ours, alone.octets);
    live_alone_turn(&alone);
    assert_int_equal(alone.octets, written);
}

static void what_the_peer_takes_may_be_written_again(void **state)
{
    static uint8_t data[LIVE_SEND_BUFFER];
    static char sink[LIVE_SEND_BUFFER];
    size_t got = 0;
    (void)state;
    live_tcp_write(ours, bytes_of(data, sizeof data));
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_WRITABLE], 0);
    for (int i = 0; i < 64 && got < sizeof data; i++) {
        ssize_t some = read(theirs, sink, sizeof sink);
        got += some > 0 ? (size_t)some : 0;
        live_alone_turn(&alone);
    }
    assert_int_equal(got, sizeof data);
    assert_int_equal(alone.told[HOST_WRITABLE], 1);
    assert_int_equal(alone.credit, LIVE_SEND_BUFFER);
}

/* Questions go before transfers: a loop that lets all of them write would not look for a question
 * in a long time. */
static void of_those_that_may_write_again_one_has_its_turn(void **state)
{
    static uint8_t data[LIVE_SEND_BUFFER];
    static char sink[LIVE_SEND_BUFFER];
    struct live_socket *sockets[3];
    int ends[3][2];
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends[i]), 0);
        sockets[i] = live_alone_stream(&alone, ends[i][0]);
        live_tcp_write(sockets[i], bytes_of(data, 1000));
    }
    uv_run(&alone.live.loop, UV_RUN_NOWAIT);
    for (size_t turn = alone.told[HOST_WRITABLE]; turn < 3; turn++) {
        assert_int_equal(alone.told[HOST_WRITABLE], turn);
        uv_run(&alone.live.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(alone.told[HOST_WRITABLE], 3);
    live_tcp_write(sockets[1], bytes_of(data, 1000));
    live_tcp_abort(sockets[1]); /* it is in turn, or about to be */
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_WRITABLE], 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(read(ends[i][1], sink, sizeof sink), i == 1 ? 2000 : 1000);
        close(ends[i][1]);
    }
}

static void what_was_written_goes_out_before_the_end(void **state)
{
    char data[16];
    (void)state;
    live_tcp_write(ours, bytes_of("last words", 10));
    live_tcp_close(ours);
    live_alone_turn(&alone);
    assert_int_equal(read(theirs, data, sizeof data), 10);
    assert_int_equal(read(theirs, data, sizeof data), 0);
}

/* A full connection to somebody who takes nothing. */
static int open_full(void)
{
    static uint8_t data[LIVE_SEND_BUFFER];
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    struct live_socket *socket = live_alone_stream(&alone, ends[0]);
    for (int i = 0; i < 8; i++) {
        live_tcp_write(socket, bytes_of(data, sizeof data));
        live_alone_turn(&alone);
    }
    assert_true(socket->waiting > 0);
    live_tcp_close(socket);
    live_alone_turn(&alone);
    return ends[1];
}

static void who_takes_nothing_is_not_waited_for_forever(void **state)
{
    (void)state;
    int end = open_full();
    assert_int_equal(alone.live.lingering_count, 1);
    alone.live.first_lingering->linger_until_ms = 0;
    uv_timer_start(&alone.live.linger, alone.live.linger.timer_cb, 0, 0);
    live_alone_turn(&alone);
    assert_int_equal(alone.live.lingering_count, 0);
    close(end);
}

static void of_many_who_are_slow_the_first_are_cut_off(void **state)
{
    enum { EXTRA = 3 };
    static int slow[LIVE_LINGERING_MAX + EXTRA];
    static char sink[LIVE_SEND_BUFFER];
    (void)state;
    for (int i = 0; i < LIVE_LINGERING_MAX + EXTRA; i++)
        slow[i] = open_full();
    assert_int_equal(alone.live.lingering_count, LIVE_LINGERING_MAX);
    for (int i = EXTRA - 1; i <= EXTRA; i++) {
        size_t got = 0;
        for (int turn = 0; turn < 64; turn++) {
            ssize_t some = read(slow[i], sink, sizeof sink);
            got += some > 0 ? (size_t)some : 0;
            live_alone_turn(&alone);
        }
        assert_int_equal(got == 8 * LIVE_SEND_BUFFER, i >= EXTRA);
    }
    assert_int_equal(alone.live.lingering_count, LIVE_LINGERING_MAX - 1);
    for (int i = 0; i < LIVE_LINGERING_MAX + EXTRA; i++)
        close(slow[i]);
}

static void after_a_shutdown_the_peer_can_still_speak(void **state)
{
    char data[16];
    (void)state;
    live_tcp_shutdown(ours);
    live_alone_turn(&alone);
    assert_int_equal(read(theirs, data, sizeof data), 0);
    assert_int_equal(write(theirs, "abc", 3), 3);
    live_alone_turn(&alone);
    assert_int_equal(alone.octets, 3);
    live_tcp_close(ours);
}

static void a_reset_is_told_and_frees_the_number(void **state)
{
    uint32_t number = ours->number;
    (void)state;
    live_tcp_write(ours, bytes_of("unread", 6));
    live_alone_turn(&alone);
    close(theirs); /* with data unread: a reset */
    theirs = -1;
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_RESET], 1);
    assert_null(alone.live.sockets[number - 1]);
}

/* Nobody reads any more that would hear of it. */
static void a_reset_after_the_end_is_told_by_the_writer(void **state)
{
    static uint8_t data[LIVE_SEND_BUFFER];
    (void)state;
    shutdown(theirs, SHUT_WR);
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_FINISHED], 1);
    for (int i = 0; i < 8; i++)
        live_tcp_write(ours, bytes_of(data, sizeof data));
    live_alone_turn(&alone);
    close(theirs);
    theirs = -1;
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_RESET], 1);
}

static void nothing_is_told_of_what_the_node_has_let_go(void **state)
{
    (void)state;
    assert_int_equal(write(theirs, "abc", 3), 3);
    live_tcp_abort(ours);
    live_alone_turn(&alone);
    assert_int_equal(alone.told[HOST_BYTES] + alone.told[HOST_RESET], 0);
}

#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(the_end_of_a_stream_is_told_once),
        PAIR_TEST(a_node_that_does_not_consume_is_not_given_more),
        PAIR_TEST(what_the_peer_takes_may_be_written_again),
        PAIR_TEST(of_those_that_may_write_again_one_has_its_turn),
        PAIR_TEST(what_was_written_goes_out_before_the_end),
        PAIR_TEST(after_a_shutdown_the_peer_can_still_speak),
        PAIR_TEST(a_reset_is_told_and_frees_the_number),
        PAIR_TEST(who_takes_nothing_is_not_waited_for_forever),
        PAIR_TEST(of_many_who_are_slow_the_first_are_cut_off),
        PAIR_TEST(a_reset_after_the_end_is_told_by_the_writer),
        PAIR_TEST(nothing_is_told_of_what_the_node_has_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
