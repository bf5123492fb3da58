/* Padding: sizes come out as multiples of a block, or as long as may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/dns/padding.h"

static uint8_t data[2000], options[100 + PADDING_ROOM];
static struct message_writer w;

/* A message of SIZE octets so far, of at most CAPACITY. */
static void begin(size_t size, size_t capacity)
{
    memset(data, 0xff, sizeof data);
    memset(options, 0xff, sizeof options);
    message_begin(&w, data, capacity, 1, OPCODE_QUERY, 0);
    w.size = size;
}

/* Of the whole, with OPTIONS octets of other options and a TSIG of SIGNATURE. */
static size_t padded_size(size_t other, size_t signature, size_t block)
{
    size_t size = padding_add(options, other, &w, signature, block);
    assert_true(message_write_opt(&w, 1232, false, 0, bytes_of(options, size)));
    return w.size + signature;
}

static void sizes_are_multiples_of_the_block(void **state)
{
    (void)state;
    for (size_t size = 12; size < 700; size++) {
        begin(size, sizeof data);
        assert_int_equal(padded_size(size % 9, size % 80, PADDING_ANSWER) % PADDING_ANSWER, 0);
        begin(size, sizeof data);
        assert_int_equal(padded_size(0, 0, PADDING_QUERY),
                         (size + 11 + 4 + 127) / 128 * 128); /* never a block too much */
    }
}

static void nothing_is_padded_beyond_the_capacity(void **state)
{
    (void)state;
    begin(480, 500);
    assert_int_equal(padded_size(0, 0, PADDING_ANSWER), 500);
    begin(480, 496);
    assert_int_equal(padded_size(0, 0, PADDING_ANSWER), 496);
    begin(480, 494); /* not even an empty one */
    assert_int_equal(padding_add(options, 3, &w, 0, PADDING_ANSWER), 3);
    begin(400, 500);
    assert_int_equal(padded_size(0, 80, PADDING_ANSWER), 500); /* the TSIG has its room */
}

static void padding_is_zeros_in_option_12(void **state)
{
    (void)state;
    begin(100, sizeof data);
    size_t size = padding_add(options, 2, &w, 0, PADDING_QUERY);
    assert_int_equal(size, 2 + 4 + 128 - 100 - 11 - 2 - 4);
    assert_int_equal(bytes_get_u16(options + 2), 12);
    assert_int_equal(bytes_get_u16(options + 4), size - 6);
    for (size_t i = 6; i < size; i++)
        assert_int_equal(options[i], 0);
    assert_int_equal(options[1], 0xff);
    assert_int_equal(options[size], 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_multiples_of_the_block),
        cmocka_unit_test(nothing_is_padded_beyond_the_capacity),
        cmocka_unit_test(padding_is_zeros_in_option_12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
