/* Segments as bytes (RFC 9293 section 3.1, RFC 7323, RFC 2018). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/tcp/internal.h"

static void writes_a_syn_as_linux_does(void **state)
{
    (void)state;
    const struct tcp_segment syn = {.source_port = 0x8001,
                                    .destination_port = 53,
                                    .seq = 0x01020304,
                                    .flags = TCP_FLAG_SYN,
                                    .window = 64240,
                                    .mss = 1460,
                                    .sack_permitted = true,
                                    .has_timestamps = true,
                                    .timestamp = 0x0a0b0c0d,
                                    .has_scale = true,
                                    .scale = 7};
    const uint8_t expected[] = {
        0x80, 0x01, 0,    53,   1,    2,    3, 4, 0, 0, 0, 0, /* ports, seq, ack */
        0xa0, 0x02, 0xfa, 0xf0, 0,    0,    0, 0,             /* 40 octets, SYN, window */
        2,    4,    0x05, 0xb4, 4,    2,                      /* MSS, SACK-permitted */
        8,    10,   0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 0,       /* timestamps */
        1,    3,    3,    7                                   /* NOP, window scale */
    };
    uint8_t bytes[64];
    assert_int_equal(tcp_segment_header_size(&syn), sizeof expected);
    tcp_segment_encode(&syn, bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void writes_sack_blocks_beside_timestamps(void **state)
{
    (void)state;
    const struct tcp_segment ack = {.flags = TCP_FLAG_ACK,
                                    .has_timestamps = true,
                                    .sack_count = 3,
                                    .sack = {{1, 2}, {3, 4}, {5, 6}}};
    uint8_t bytes[64];
    assert_int_equal(tcp_segment_header_size(&ack), 60);
    tcp_segment_encode(&ack, bytes);
    const uint8_t expected[] = {1, 1, 5, 26, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
                                0, 3, 0, 0,  0, 4, 0, 0, 0, 5, 0, 0, 0, 6};
    assert_memory_equal(bytes + 32, expected, sizeof expected);
}

static void reads_back_what_it_writes(void **state)
{
    (void)state;
    struct random random = {.key = 9};
    for (int i = 0; i < 1000; i++) {
        bool syn = random_below(&random, 2);
        struct tcp_segment before = {
            .source_port = (uint16_t)random_next(&random),
            .destination_port = (uint16_t)random_next(&random),
            .seq = (uint32_t)random_next(&random),
            .ack = (uint32_t)random_next(&random),
            .window = (uint16_t)random_next(&random),
            .flags = syn ? TCP_FLAG_SYN : (uint8_t)(random_next(&random) & 0x1d),
            .has_scale = syn && random_below(&random, 2),
            .sack_permitted = syn && random_below(&random, 2),
            .mss = syn ? (uint16_t)random_next(&random) : 0,
            .has_timestamps = random_below(&random, 2),
        };
        if (before.has_timestamps)
            before.timestamp = before.echo = (uint32_t)random_next(&random);
        if (!syn)
            before.sack_count = (uint8_t)random_below(&random, 4);
        for (size_t j = 0; j < before.sack_count; j++)
            before.sack[j].to = (uint32_t)random_next(&random);
        uint8_t bytes[64];
        size_t size = tcp_segment_header_size(&before);
        tcp_segment_encode(&before, bytes);
        struct tcp_segment after;
        assert_true(tcp_segment_decode(bytes_of(bytes, size), &after));
        assert_int_equal(after.payload.size, 0);
        after.payload = before.payload;
        assert_memory_equal(&before, &after, sizeof before);
    }
}

/* A header with OPTIONS in front of two octets of payload. */
static bool decode_with(const uint8_t *options, size_t size, uint8_t flags,
                        struct tcp_segment *segment)
{
    uint8_t bytes[64] = {[12] = (uint8_t)((20 + size) / 4 << 4), [13] = flags};
    memcpy(bytes + 20, options, size);
    return tcp_segment_decode(bytes_of(bytes, 20 + size + 2), segment);
}

static void refuses_options_that_leave_their_place(void **state)
{
    (void)state;
    struct tcp_segment segment;
    assert_false(decode_with((const uint8_t[]){2, 0, 1, 1}, 4, 0, &segment));
    assert_false(decode_with((const uint8_t[]){2, 1, 1, 1}, 4, 0, &segment));
    assert_false(decode_with((const uint8_t[]){1, 1, 1, 2}, 4, 0, &segment));
    assert_false(decode_with((const uint8_t[]){8, 10, 0, 0}, 4, 0, &segment));
    assert_false(decode_with((const uint8_t[]){99, 5, 0, 0}, 4, 0, &segment));
}

static void passes_over_options_it_does_not_know(void **state)
{
    (void)state;
    struct tcp_segment segment;
    const uint8_t unknown[] = {99, 3, 0, 2, 4, 0x05, 0xb4, 0};
    assert_true(decode_with(unknown, 8, TCP_FLAG_SYN, &segment));
    assert_int_equal(segment.mss, 1460);
    assert_int_equal(segment.payload.size, 2);
    const uint8_t ended[] = {0, 2, 0, 0};
    assert_true(decode_with(ended, 4, TCP_FLAG_SYN, &segment));
    assert_int_equal(segment.mss, 0);
}

static void believes_mss_and_scale_on_a_syn_only(void **state)
{
    (void)state;
    struct tcp_segment segment;
    const uint8_t options[] = {2, 4, 0x05, 0xb4, 1, 3, 3, 7};
    assert_true(decode_with(options, 8, TCP_FLAG_ACK, &segment));
    assert_int_equal(segment.mss, 0);
    assert_false(segment.has_scale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_syn_as_linux_does),
        cmocka_unit_test(writes_sack_blocks_beside_timestamps),
        cmocka_unit_test(reads_back_what_it_writes),
        cmocka_unit_test(refuses_options_that_leave_their_place),
        cmocka_unit_test(passes_over_options_it_does_not_know),
        cmocka_unit_test(believes_mss_and_scale_on_a_syn_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
