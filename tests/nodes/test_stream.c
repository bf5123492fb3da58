/* Messages on a stream: whole messages out of any pieces, never a byte beyond the credit. */
#include "nodes/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MESSAGES = 50, SOCKET = 7 };

/* Messages of 0, 37, 74 ... octets, each filled with its number. */
static size_t make_stream(uint8_t *data)
{
    size_t size = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t length = i * 37;
        bytes_put_u16(data + size, (uint16_t)length);
        memset(data + size + 2, (int)i, length);
        size += 2 + length;
    }
    return size;
}

static size_t check_messages(struct stream_in *in, size_t next)
{
    struct bytes message;
    while (stream_in_next(in, &message)) {
        assert_int_equal(message.size, next * 37);
        for (size_t i = 0; i < message.size; i++)
            assert_int_equal(message.data[i], next);
        next++;
    }
    return next;
}

static void messages_come_whole_out_of_any_pieces(void **state)
{
    (void)state;
    static uint8_t data[MESSAGES * MESSAGES * 40];
    size_t size = make_stream(data);
    const size_t pieces[] = {1, 2, 3, 36, 1000, 1460, size};
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        struct stream_in in = {0};
        size_t next = 0;
        for (size_t at = 0; at < size; at += pieces[p]) {
            size_t left = size - at;
            stream_in_add(&in, bytes_of(data + at, left < pieces[p] ? left : pieces[p]));
            next = check_messages(&in, next);
        }
        assert_int_equal(next, MESSAGES);
        stream_in_free(&in);
    }
}

static void bytes_are_given_back_once_and_only_when_asked(void **state)
{
    (void)state;
    struct stream_in in = {0};
    struct host_sockets sockets = {0};
    struct outbox out = {0};
    outbox_reset(&out, &sockets);
    stream_in_add(&in, bytes_of("abc", 3));
    stream_in_add(&in, bytes_of("defg", 4));
    assert_int_equal(out.count, 0);
    stream_in_consume(&in, &out, SOCKET);
    stream_in_consume(&in, &out, SOCKET);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.actions[0].kind, HOST_DO_CONSUME);
    assert_int_equal(out.actions[0].size, 7);
    stream_in_free(&in);
    outbox_free(&out);
    host_sockets_free(&sockets);
}

static void writing_stops_at_the_credit_and_goes_on_with_it(void **state)
{
    (void)state;
    static uint8_t data[MESSAGES * MESSAGES * 40];
    static uint8_t written[sizeof data];
    size_t size = make_stream(data), got = 0;
    struct stream_out stream = {0};
    struct host_sockets sockets = {0};
    struct outbox out = {0};
    outbox_reset(&out, &sockets);
    for (size_t at = 0; at < size;) {
        size_t length = (size_t)2 + bytes_get_u16(data + at);
        stream_out_write(&stream, &out, SOCKET, bytes_of(data + at, length));
        at += length;
    }
    assert_int_equal(out.count, 0); /* no credit yet */
    for (size_t credit = 1; !stream_out_is_empty(&stream); credit = credit * 3 + 1) {
        outbox_reset(&out, &sockets);
        stream_out_credit(&stream, &out, SOCKET, credit);
        assert_int_equal(out.count, 1);
        assert_true(out.actions[0].size <= credit);
        memcpy(written + got, out.payload + out.actions[0].offset, out.actions[0].size);
        got += out.actions[0].size;
        assert_true(stream_out_is_empty(&stream) || !stream_out_is_ready(&stream));
    }
    assert_int_equal(got, size);
    assert_memory_equal(written, data, size);
    stream_out_free(&stream);
    outbox_free(&out);
    host_sockets_free(&sockets);
}

static void with_credit_a_message_goes_out_at_once(void **state)
{
    (void)state;
    struct stream_out stream = {.credit = 10};
    struct host_sockets sockets = {0};
    struct outbox out = {0};
    outbox_reset(&out, &sockets);
    stream_out_write(&stream, &out, SOCKET, bytes_of("\0\4abcd", 6));
    assert_int_equal(out.actions[0].size, 6);
    assert_true(stream_out_is_ready(&stream));
    stream_out_write(&stream, &out, SOCKET, bytes_of("\0\4efgh", 6));
    assert_int_equal(out.actions[1].size, 4);
    assert_false(stream_out_is_empty(&stream));
    stream_out_free(&stream);
    outbox_free(&out);
    host_sockets_free(&sockets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_out_of_any_pieces),
        cmocka_unit_test(bytes_are_given_back_once_and_only_when_asked),
        cmocka_unit_test(writing_stops_at_the_credit_and_goes_on_with_it),
        cmocka_unit_test(with_credit_a_message_goes_out_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
