/* Ranges and reassembly against a plain array, across the wrap of sequence numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/tcp/internal.h"

enum { SPAN = 300 };

static void expect_ranges(const struct tcp_ranges *ranges, const bool *in, uint32_t base)
{
    size_t at = 0;
    for (uint32_t i = 0; i < SPAN; i++) {
        const struct tcp_range *range = tcp_ranges_find(ranges, base + i);
        assert_int_equal(range != NULL, in[i]);
        if (in[i] && (i == 0 || !in[i - 1]))
            assert_int_equal(ranges->items[at++].from, base + i);
    }
    assert_int_equal(at, ranges->count);
}

static void ranges_are_sets_across_the_wrap(void **state)
{
    (void)state;
    struct random random = {.key = 1};
    const uint32_t base = UINT32_MAX - SPAN / 2;
    for (int round = 0; round < 200; round++) {
        struct tcp_ranges ranges = {0};
        bool in[SPAN] = {false};
        for (int step = 0; step < 20; step++) {
            uint32_t from = random_below(&random, SPAN - 1);
            uint32_t to = from + 1 + random_below(&random, smaller(20, SPAN - from - 1));
            uint32_t covered = 0;
            for (uint32_t i = from; i < to; i++)
                covered += in[i];
            struct tcp_range range = {base + from, base + to};
            assert_int_equal(tcp_ranges_covered(&ranges, range), covered);
            assert_int_equal(tcp_ranges_add(&ranges, range), to - from - covered);
            for (uint32_t i = from; i < to; i++)
                in[i] = true;
            expect_ranges(&ranges, in, base);
        }
        uint32_t cut = random_below(&random, SPAN);
        tcp_ranges_drop_before(&ranges, base + cut);
        memset(in, 0, cut);
        expect_ranges(&ranges, in, base);
        tcp_ranges_free(&ranges);
    }
}

static void reassembly_gives_bytes_back_in_order(void **state)
{
    (void)state;
    struct random random = {.key = 2};
    enum { SIZE = 100000, PIECE = 1448 };
    uint8_t *data = memory_alloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)random_next(&random);
    struct tcp_reassembly r = {0};
    const uint32_t base = UINT32_MAX - SIZE / 2;
    /* Everything but the first octet, in random order, overlapping. */
    for (int i = 0; i < 2000; i++) {
        uint32_t from = 1 + random_below(&random, SIZE - 1);
        uint32_t size = smaller(1 + random_below(&random, PIECE), SIZE - from);
        tcp_reassembly_store(&r, base, base + from, bytes_of(data + from, size));
    }
    tcp_reassembly_store(&r, base, base + SIZE - PIECE, bytes_of(data + SIZE - PIECE, PIECE));
    tcp_reassembly_store(&r, base, base + 1, bytes_of(data + 1, PIECE));
    assert_int_equal(r.ranges.count, 1);
    assert_int_equal(tcp_reassembly_front(&r, base).size, 0);
    uint32_t at = 1;
    for (struct bytes front; (front = tcp_reassembly_front(&r, base + at)).size > 0;) {
        assert_memory_equal(front.data, data + at, front.size);
        at += (uint32_t)front.size;
    }
    assert_int_equal(at, SIZE);
    tcp_reassembly_drop_before(&r, base + at);
    assert_null(r.data); /* nothing waits: no memory */
    free(data);
}

static void the_first_block_is_the_last_that_changed(void **state)
{
    (void)state;
    struct tcp_reassembly r = {0};
    struct tcp_range blocks[TCP_SACK_BLOCKS_SENT];
    const uint8_t bytes[10] = {0};
    for (uint32_t i = 1; i <= 5; i++)
        tcp_reassembly_store(&r, 0, i * 100, bytes_of(bytes, 10));
    tcp_reassembly_store(&r, 0, 210, bytes_of(bytes, 10));
    assert_int_equal(tcp_reassembly_blocks(&r, blocks), 3);
    assert_int_equal(blocks[0].from, 200);
    assert_int_equal(blocks[0].to, 220);
    assert_int_equal(blocks[1].from, 500);
    assert_int_equal(blocks[2].from, 400);
    tcp_reassembly_drop_before(&r, 500);
    assert_int_equal(tcp_reassembly_blocks(&r, blocks), 1);
    assert_int_equal(blocks[0].from, 500);
    tcp_reassembly_free(&r);
}

static void the_send_buffer_is_a_queue_of_octets(void **state)
{
    (void)state;
    enum { LIMIT = 3000 };
    struct random random = {.key = 3};
    struct tcp_buffer buffer = {0};
    uint8_t written = 0, read = 0;
    for (int i = 0; i < 5000; i++) {
        uint8_t bytes[700];
        size_t size = random_below(&random, sizeof bytes);
        size = size < LIMIT - buffer.size ? size : LIMIT - buffer.size;
        for (size_t j = 0; j < size; j++)
            bytes[j] = written++;
        tcp_buffer_append(&buffer, bytes_of(bytes, size), LIMIT);
        assert_true(buffer.capacity <= LIMIT);
        size_t gone = random_below(&random, sizeof bytes);
        gone = gone < buffer.size ? gone : buffer.size;
        tcp_buffer_copy(&buffer, 0, gone, bytes);
        for (size_t j = 0; j < gone; j++)
            assert_int_equal(bytes[j], read++);
        tcp_buffer_drop(&buffer, gone);
    }
    tcp_buffer_drop(&buffer, buffer.size);
    assert_null(buffer.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_sets_across_the_wrap),
        cmocka_unit_test(reassembly_gives_bytes_back_in_order),
        cmocka_unit_test(the_first_block_is_the_last_that_changed),
        cmocka_unit_test(the_send_buffer_is_a_queue_of_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
