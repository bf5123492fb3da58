/* Cursors whose error sticks, and the hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/base/bytes.h"

static void a_reader_reads_big_endian(void **state)
{
    (void)state;
    struct reader r = reader_of("\x01\x02\x03\x80\x00\x00\xff", 7);
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u32(&r), 0x800000ff);
    assert_int_equal(reader_left(&r), 0);
    assert_false(r.failed);
}

static void a_reader_that_failed_reads_zeroes_for_ever(void **state)
{
    (void)state;
    struct reader r = reader_of("\xff\xff\xff", 3);
    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(reader_u8(&r), 0);
    assert_null(reader_take(&r, 0));
    assert_int_equal(reader_left(&r), 0);
}

static void a_reader_takes_nothing_beyond_an_absurd_size(void **state)
{
    (void)state;
    struct reader r = reader_of("abc", 3);
    assert_int_equal(reader_u8(&r), 'a');
    assert_null(reader_take(&r, SIZE_MAX));
    assert_true(r.failed);
}

static void a_writer_writes_what_a_reader_reads(void **state)
{
    (void)state;
    uint8_t room[9];
    struct writer w = writer_of(room, sizeof room);
    writer_u8(&w, 0x7f);
    writer_u16(&w, 0xfedc);
    writer_u32(&w, 0x89abcdef);
    writer_bytes(&w, "ok", 2);
    assert_false(w.failed);
    assert_memory_equal(room, "\x7f\xfe\xdc\x89\xab\xcd\xefok", 9);
}

static void a_writer_that_failed_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t room[4] = {0};
    struct writer w = writer_of(room, 3);
    writer_u16(&w, 0x0102);
    writer_u16(&w, 0x0304);
    assert_true(w.failed);
    writer_u8(&w, 5); /* there would be room */
    assert_int_equal(w.size, 2);
    assert_memory_equal(room, "\x01\x02\0\0", 4);
}

static void the_hash_of_known_bytes_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seed;
        uint64_t hash;
    } cases[] = {
        {"", 0, UINT64_C(0x84f24878423b22ac)},
        {"", 1, UINT64_C(0x726cda2ed286a3a3)},
        {"a", 0, UINT64_C(0x642bcdf90820b2ce)},
        {"ns1", 0, UINT64_C(0x6eb4d989389ae01b)},
        {"example", 0, UINT64_C(0x314cb4ed427c80bf)},
        {"example.", 0, UINT64_C(0x4d4eeaf1fd699ed4)},
        {"www.example.com.", 0, UINT64_C(0x366b9fb8670a513d)},
        {"a text of more than three words", 42, UINT64_C(0x3819aa3ea5f271b9)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(bytes_hash(cases[i].text, strlen(cases[i].text), cases[i].seed),
                         cases[i].hash);
}

static void the_hash_depends_on_neither_alignment_nor_what_follows(void **state)
{
    (void)state;
    uint8_t room[64];
    for (size_t size = 0; size < 40; size++) {
        uint64_t first = 0;
        for (size_t shift = 0; shift < 9; shift++) {
            memset(room, (int)shift, sizeof room);
            for (size_t i = 0; i < size; i++)
                room[shift + i] = (uint8_t)(i * 37 + 11);
            uint64_t hash = bytes_hash(room + shift, size, 7);
            if (shift == 0)
                first = hash;
            assert_int_equal(hash, first);
        }
    }
}

/* Of 64 bits, 32 change on average; over all positions, no single flip is far off. */
static void each_bit_of_the_input_and_of_the_seed_changes_half_the_hash(void **state)
{
    (void)state;
    uint8_t data[29];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 89);
    uint64_t before = bytes_hash(data, sizeof data, 5);
    int total = 0;
    int flips = 0;
    for (size_t bit = 0; bit < 8 * sizeof data; bit++, flips++) {
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int changed = __builtin_popcountll(before ^ bytes_hash(data, sizeof data, 5));
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_in_range(changed, 12, 52);
        total += changed;
    }
    for (int bit = 0; bit < 64; bit++, flips++) {
        int changed =
            __builtin_popcountll(before ^ bytes_hash(data, sizeof data, 5 ^ UINT64_C(1) << bit));
        assert_in_range(changed, 12, 52);
        total += changed;
    }
    assert_in_range(total, 31 * flips, 33 * flips);
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void similar_keys_do_not_collide(void **state)
{
    (void)state;
    enum { KEYS = 200000 };
    static uint64_t hashes[KEYS];
    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t key[12] = "host0000";
        bytes_put_u32(key + 8, i);
        hashes[i] = bytes_hash(key, sizeof key, 0);
    }
    qsort(hashes, KEYS, sizeof *hashes, compare_u64);
    for (uint32_t i = 1; i < KEYS; i++)
        assert_int_not_equal(hashes[i - 1], hashes[i]);
}

static void zeroes_of_different_length_hash_differently(void **state)
{
    (void)state;
    static const uint8_t zeroes[64];
    uint64_t hashes[65];
    for (size_t size = 0; size <= 64; size++) {
        hashes[size] = bytes_hash(zeroes, size, 0);
        for (size_t other = 0; other < size; other++)
            assert_int_not_equal(hashes[size], hashes[other]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_reads_big_endian),
        cmocka_unit_test(a_reader_that_failed_reads_zeroes_for_ever),
        cmocka_unit_test(a_reader_takes_nothing_beyond_an_absurd_size),
        cmocka_unit_test(a_writer_writes_what_a_reader_reads),
        cmocka_unit_test(a_writer_that_failed_writes_nothing_more),
        cmocka_unit_test(the_hash_of_known_bytes_is_known),
        cmocka_unit_test(the_hash_depends_on_neither_alignment_nor_what_follows),
        cmocka_unit_test(each_bit_of_the_input_and_of_the_seed_changes_half_the_hash),
        cmocka_unit_test(similar_keys_do_not_collide),
        cmocka_unit_test(zeroes_of_different_length_hash_differently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
