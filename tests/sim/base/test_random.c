/* Random numbers: known vectors, independence of streams, distributions. The streams are
 * fixed, so that no claim about a distribution can fail by bad luck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/base/time.h"

static void the_numbers_of_known_streams_are_known(void **state)
{
    (void)state;
    static const uint64_t cases[][3] = {
        {0, 1, UINT64_C(0xa0c3009f63203e82)},
        {1, 0, UINT64_C(0xe3741d385594c289)},
        {UINT64_C(0x123456789abcdef), 12345, UINT64_C(0x1a1fe436f35c1301)},
        {UINT64_MAX, UINT64_MAX, UINT64_C(0xf3e881ea9dad1201)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(random_at(cases[i][0], cases[i][1]), cases[i][2]);

    struct random r = random_stream(1, "ns1", 3, "node");
    assert_int_equal(r.key, UINT64_C(0xa8ba10970e8193c4));
    assert_int_equal(random_next(&r), UINT64_C(0x4ada9ef9888a1e28));
    assert_int_equal(random_next(&r), UINT64_C(0xc23c844b273eaebc));
    assert_int_equal(random_key(1, "ns1", "ns2", "loss"), UINT64_C(0xe5272d906920d5a3));
}

static void every_part_of_its_name_makes_another_stream(void **state)
{
    (void)state;
    const uint64_t keys[] = {
        random_stream(1, "ns1", 0, "node").key,  random_stream(2, "ns1", 0, "node").key,
        random_stream(1, "ns2", 0, "node").key,  random_stream(1, "ns1", 1, "node").key,
        random_stream(1, "ns1", 0, "ports").key, random_stream(1, "", 0, "ns1node").key,
        random_key(1, "a", "b", "loss"),         random_key(1, "b", "a", "loss"),
        random_key(1, "ab", "", "loss"),         random_key(1, "", "ab", "loss"),
        random_key(1, "a", "b", "jitter"),       random_key(2, "a", "b", "loss"),
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(keys[i], keys[k]);
    }
}

/* One bit of the key or of the counter changes 32 bits on average, and each bit as often. */
static void each_bit_of_key_and_counter_changes_each_bit_half_the_time(void **state)
{
    (void)state;
    enum { SAMPLES = 2000 };
    for (int bit = 0; bit < 128; bit++) {
        int changes[64] = {0};
        uint64_t key_flip = bit < 64 ? UINT64_C(1) << bit : 0;
        uint64_t counter_flip = bit < 64 ? 0 : UINT64_C(1) << (bit - 64);
        for (uint64_t i = 0; i < SAMPLES; i++) {
            uint64_t changed = random_at(i * 3, i) ^ random_at(i * 3 ^ key_flip, i ^ counter_flip);
            for (int k = 0; k < 64; k++)
                changes[k] += (int)(changed >> k & 1);
        }
        for (int k = 0; k < 64; k++) /* 7 standard deviations */
            assert_in_range(changes[k], SAMPLES / 2 - 157, SAMPLES / 2 + 157);
    }
}

/* Chi-square over 256 cells of each byte of the numbers; 99.99 % of fair ones are below 347. */
static void every_byte_is_uniform(void **state)
{
    (void)state;
    enum { SAMPLES = 256 * 1000 };
    struct random r = random_stream(1, "uniform", 0, "test");
    static int cells[8][256];
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t number = random_next(&r);
        for (int byte = 0; byte < 8; byte++)
            cells[byte][number >> (8 * byte) & 255]++;
    }
    for (int byte = 0; byte < 8; byte++) {
        double chi_square = 0;
        for (int i = 0; i < 256; i++)
            chi_square += (cells[byte][i] - 1000.0) * (cells[byte][i] - 1000.0) / 1000.0;
        assert_true(chi_square > 165 && chi_square < 347);
    }
}

/* Correlation of consecutive numbers, and of numbers at one place in neighbouring streams. */
static void neighbours_are_not_correlated(void **state)
{
    (void)state;
    enum { SAMPLES = 100000 };
    double along = 0;
    double across = 0;
    for (uint64_t i = 0; i < SAMPLES; i++) {
        double here = (double)random_at(7, i) * 0x1p-64 - 0.5;
        along += here * ((double)random_at(7, i + 1) * 0x1p-64 - 0.5);
        across += here * ((double)random_at(8 + i, i) * 0x1p-64 - 0.5);
    }
    /* of variance 1/144 a sample; 5 standard deviations */
    assert_true(fabs(along) < 5 * sqrt(SAMPLES) / 12);
    assert_true(fabs(across) < 5 * sqrt(SAMPLES) / 12);
}

static void below_is_uniform_and_below_its_bound(void **state)
{
    (void)state;
    struct random r = random_stream(1, "below", 0, "test");
    int counts[10] = {0};
    for (int i = 0; i < 100000; i++) {
        uint32_t number = random_below(&r, 10);
        assert_in_range(number, 0, 9);
        counts[number]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 10000 - 475, 10000 + 475); /* 5 standard deviations */
    assert_int_equal(random_below(&r, 1), 0);
}

static void between_reaches_both_ends_and_spans_everything(void **state)
{
    (void)state;
    struct random r = random_stream(1, "between", 0, "test");
    int counts[5] = {0};
    for (int i = 0; i < 50000; i++) {
        int64_t number = random_between(&r, -2, 2);
        assert_true(number >= -2 && number <= 2);
        counts[number + 2]++;
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(counts[i], 10000 - 450, 10000 + 450);
    assert_int_equal(random_between(&r, 7, 7), 7);
    assert_int_equal(random_between(&r, INT64_MAX, INT64_MAX), INT64_MAX);

    int negative = 0;
    for (int i = 0; i < 10000; i++)
        negative += random_between(&r, INT64_MIN, INT64_MAX) < 0;
    assert_in_range(negative, 4750, 5250);
    for (int i = 0; i < 1000; i++)
        assert_true(random_between(&r, INT64_MIN, -1) < 0);
}

static void chance_draws_only_when_in_doubt(void **state)
{
    (void)state;
    struct random r = random_stream(1, "chance", 0, "test");
    assert_false(random_chance(&r, 0));
    assert_true(random_chance(&r, 1000000000));
    assert_int_equal(r.counter, 0);
    random_chance(&r, 1);
    random_chance(&r, 999999999);
    assert_int_equal(r.counter, 2);

    int hits = 0;
    for (int i = 0; i < 1000000; i++)
        hits += random_chance(&r, 10000000); /* 1 % */
    assert_in_range(hits, 9500, 10500);
    hits = 0;
    for (int i = 0; i < 1000000; i++)
        hits += random_chance(&r, 999000000);
    assert_in_range(hits, 998840, 999160);
}

/* Mean, variance and tail: of a million, the mean is good to 0.1 % (one standard deviation). */
static void exponential_delays_are_exponential(void **state)
{
    (void)state;
    enum { SAMPLES = 1000000 };
    const double mean_ns = 50.0 * (double)NS_PER_MS;
    struct random r = random_stream(1, "exponential", 0, "test");
    double sum = 0;
    double sum_of_squares = 0;
    int beyond[16] = {0}; /* k means */
    for (int i = 0; i < SAMPLES; i++) {
        double x = (double)random_exponential_ns(&r, 50 * NS_PER_MS) / mean_ns;
        sum += x;
        sum_of_squares += x * x;
        for (int k = 0; k < 16 && x > k; k++)
            beyond[k]++;
    }
    double mean = sum / SAMPLES;
    assert_true(fabs(mean - 1) < 0.004);
    assert_true(fabs(sum_of_squares / SAMPLES - mean * mean - 1) < 0.012);
    for (int k = 0; k < 16; k++) {
        double expected = SAMPLES * exp(-k);
        assert_true(fabs(beyond[k] - expected) <= 4 * sqrt(expected) + 1);
    }
}

static void exponential_delays_stay_in_bounds_for_any_mean(void **state)
{
    (void)state;
    struct random r = random_stream(1, "bounds", 0, "test");
    for (int i = 0; i < 100000; i++) {
        assert_in_range(random_exponential_ns(&r, 1), 1, 45);
        assert_true(random_exponential_ns(&r, INT64_MAX) > 0);
        assert_in_range(random_exponential_ns(&r, 3600 * NS_PER_S), 1, 45 * 3600 * NS_PER_S);
    }
}

static void a_delay_uses_one_number_and_is_minus_its_logarithm(void **state)
{
    (void)state;
    struct random r = random_stream(1, "inverse", 0, "test");
    for (int i = 0; i < 100000; i++) {
        long double u = (long double)random_at(r.key, r.counter) * 0x1p-64L;
        int64_t delay_ns = random_exponential_ns(&r, NS_PER_S);
        assert_int_equal(r.counter, i + 1);
        assert_true(fabsl((long double)delay_ns + logl(u) * 1e9L) <= 1.01L);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_of_known_streams_are_known),
        cmocka_unit_test(every_part_of_its_name_makes_another_stream),
        cmocka_unit_test(each_bit_of_key_and_counter_changes_each_bit_half_the_time),
        cmocka_unit_test(every_byte_is_uniform),
        cmocka_unit_test(neighbours_are_not_correlated),
        cmocka_unit_test(below_is_uniform_and_below_its_bound),
        cmocka_unit_test(between_reaches_both_ends_and_spans_everything),
        cmocka_unit_test(chance_draws_only_when_in_doubt),
        cmocka_unit_test(exponential_delays_are_exponential),
        cmocka_unit_test(exponential_delays_stay_in_bounds_for_any_mean),
        cmocka_unit_test(a_delay_uses_one_number_and_is_minus_its_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
