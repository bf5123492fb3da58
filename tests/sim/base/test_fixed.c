/* Fixed-point functions against long double ones, to the promised 2^-28, and exact values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "sim/base/fixed.h"
#include "sim/base/random.h"

static const long double tolerance = 0x1p-28L;

static long double value_of(fixed x)
{
    return (long double)x * 0x1p-32L;
}

static void check_near(fixed result, long double expected, const char *what, fixed argument)
{
    long double error = fabsl(value_of(result) - expected);
    if (!(error <= tolerance * (fabsl(expected) > 1 ? fabsl(expected) : 1)))
        fail_msg("%s of %.12Lf is %.12Lf, expected %.12Lf", what, value_of(argument),
                 value_of(result), expected);
}

/* A positive number of any magnitude. */
static fixed random_positive(struct random *r)
{
    fixed x = (fixed)(random_next(r) >> (1 + random_below(r, 63)));
    return x > 0 ? x : 1;
}

static void logarithms_are_near_at_every_magnitude(void **state)
{
    (void)state;
    struct random r = random_stream(1, "log", 0, "test");
    for (int i = 0; i < 200000; i++) {
        fixed x = random_positive(&r);
        check_near(fixed_log(x), logl(value_of(x)), "log", x);
        long double q56 = (long double)fixed_log_q56((uint64_t)x) * 0x1p-56L;
        assert_true(fabsl(q56 - logl((long double)x)) <= 0x1p-39L);
    }
    check_near(fixed_log_u64(UINT64_MAX), 64 * logl(2), "log of 2^64 - 1 and not", INT64_MAX);
    check_near(fixed_log(1), -32 * logl(2), "log", 1);
}

/* Both ends of each of the 128 rows of the table. */
static void logarithms_join_up_between_the_rows_of_the_table(void **state)
{
    (void)state;
    for (uint64_t row = 0; row <= 128; row++) {
        uint64_t start = (UINT64_C(128) + row) << 55;
        long double below = (long double)fixed_log_q56(start - 1) * 0x1p-56L;
        long double at = (long double)fixed_log_q56(start) * 0x1p-56L;
        assert_true(fabsl(below - logl((long double)(start - 1))) <= 0x1p-39L);
        assert_true(fabsl(at - logl((long double)start)) <= 0x1p-39L);
    }
    assert_int_equal(fixed_log(FIXED_ONE), 0);
    assert_int_equal(fixed_log_u64(1), 0);
}

static void exponentials_are_near_over_their_whole_domain(void **state)
{
    (void)state;
    struct random r = random_stream(1, "exp", 0, "test");
    for (int i = 0; i < 200000; i++) {
        fixed x = random_between(&r, -23 * FIXED_ONE, fixed_from_ratio(214, 10));
        check_near(fixed_exp(x), expl(value_of(x)), "exp", x);
    }
    assert_int_equal(fixed_exp(0), FIXED_ONE);
}

static void exponentials_saturate(void **state)
{
    (void)state;
    assert_int_equal(fixed_exp(22 * FIXED_ONE), INT64_MAX);
    assert_int_equal(fixed_exp(INT64_MAX), INT64_MAX);
    assert_int_equal(fixed_exp(-24 * FIXED_ONE), 0);
    assert_int_equal(fixed_exp(INT64_MIN), 0);
}

static void roots_are_the_largest_that_fit(void **state)
{
    (void)state;
    struct random r = random_stream(1, "sqrt", 0, "test");
    for (int i = 0; i < 200000; i++) {
        fixed x = random_positive(&r);
        __int128 wide = (__int128)x << 32;
        __int128 root = fixed_sqrt(x);
        assert_true(root * root <= wide && (root + 1) * (root + 1) > wide);
    }
    assert_int_equal(fixed_sqrt(0), 0);
    assert_int_equal(fixed_sqrt(9 * FIXED_ONE), 3 * FIXED_ONE);
    assert_int_equal(fixed_sqrt(FIXED_ONE / 4), FIXED_ONE / 2);
}

static void sines_and_cosines_are_near_over_their_whole_domain(void **state)
{
    (void)state;
    struct random r = random_stream(1, "sin", 0, "test");
    for (int i = 0; i < 200000; i++) {
        fixed limit = FIXED_ONE << random_below(&r, 21);
        fixed x = random_between(&r, -limit, limit);
        check_near(fixed_sin(x), sinl(value_of(x)), "sin", x);
        check_near(fixed_cos(x), cosl(value_of(x)), "cos", x);
    }
    static const fixed ends[] = {FIXED_ONE << 20, -(FIXED_ONE << 20)};
    for (int i = 0; i < 2; i++) {
        check_near(fixed_sin(ends[i]), sinl(value_of(ends[i])), "sin", ends[i]);
        check_near(fixed_cos(ends[i]), cosl(value_of(ends[i])), "cos", ends[i]);
    }
}

static void sines_and_cosines_of_right_angles_are_exact(void **state)
{
    (void)state;
    assert_int_equal(fixed_sin(0), 0);
    assert_int_equal(fixed_cos(0), FIXED_ONE);
    assert_int_equal(fixed_sin(FIXED_PI / 2), FIXED_ONE);
    assert_int_equal(fixed_sin(-FIXED_PI / 2), -FIXED_ONE);
    assert_int_equal(fixed_cos(FIXED_PI), -FIXED_ONE);
    assert_in_range(fixed_sin(FIXED_PI) + 2, 0, 4);
}

static void arcsines_are_near_and_clamped(void **state)
{
    (void)state;
    struct random r = random_stream(1, "arcsin", 0, "test");
    for (int i = 0; i < 200000; i++) {
        fixed x = random_between(&r, -FIXED_ONE, FIXED_ONE);
        check_near(fixed_arcsin(x), asinl(value_of(x)), "arcsin", x);
        x = FIXED_ONE - (random_positive(&r) >> 31); /* near 1, where it is steep */
        check_near(fixed_arcsin(x), asinl(value_of(x)), "arcsin", x);
        assert_int_equal(fixed_arcsin(-x), -fixed_arcsin(x));
    }
    check_near(fixed_arcsin(FIXED_ONE), acosl(0), "arcsin", FIXED_ONE);
    assert_int_equal(fixed_arcsin(2 * FIXED_ONE), fixed_arcsin(FIXED_ONE));
    assert_int_equal(fixed_arcsin(INT64_MIN), -fixed_arcsin(FIXED_ONE));
    check_near(fixed_arcsin(FIXED_ONE / 2), asinl(0.5L), "arcsin", FIXED_ONE / 2);
    check_near(fixed_arcsin(FIXED_ONE / 2 + 1), asinl(0.5L), "arcsin", FIXED_ONE / 2 + 1);
}

static void ratios_products_and_quotients_do_not_overflow_within(void **state)
{
    (void)state;
    assert_int_equal(fixed_from_ratio(1, 4), FIXED_ONE / 4);
    assert_int_equal(fixed_from_ratio(-3, 2), -FIXED_ONE - FIXED_ONE / 2);
    assert_int_equal(fixed_from_ratio(INT64_C(1) << 60, INT64_C(1) << 58), 4 * FIXED_ONE);
    assert_int_equal(fixed_multiply(40000 * FIXED_ONE, 50000 * FIXED_ONE), 2000000000 * FIXED_ONE);
    assert_int_equal(fixed_divide(2000000000 * FIXED_ONE, 50000 * FIXED_ONE), 40000 * FIXED_ONE);
    assert_int_equal(fixed_divide(FIXED_ONE, 3 * FIXED_ONE), FIXED_ONE / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_are_near_at_every_magnitude),
        cmocka_unit_test(logarithms_join_up_between_the_rows_of_the_table),
        cmocka_unit_test(exponentials_are_near_over_their_whole_domain),
        cmocka_unit_test(exponentials_saturate),
        cmocka_unit_test(roots_are_the_largest_that_fit),
        cmocka_unit_test(sines_and_cosines_are_near_over_their_whole_domain),
        cmocka_unit_test(sines_and_cosines_of_right_angles_are_exact),
        cmocka_unit_test(arcsines_are_near_and_clamped),
        cmocka_unit_test(ratios_products_and_quotients_do_not_overflow_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
