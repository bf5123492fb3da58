/* Values with units: what is read, to the last digit, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/value.h"
#include "sim/base/time.h"

struct row {
    const char *text;
    int64_t value; /* -1: refused */
};

static void durations_are_exact_to_the_nanosecond(void **state)
{
    static const struct row rows[] = {
        {"50ms", 50 * NS_PER_MS},
        {"30s", 30 * NS_PER_S},
        {"15m", 900 * NS_PER_S},
        {"14d", 14 * 86400 * NS_PER_S},
        {"2w", 14 * 86400 * NS_PER_S},
        {"0", 0},
        {"0s", 0},
        {"0.2ms", 200000},
        {"1.5s", 1500 * NS_PER_MS},
        {"0.000000001s", 1},
        {"1h30m", 5400 * NS_PER_S},
        {"1d2h3m4s5ms6us7ns", 93784 * NS_PER_S + 5006007},
        {"36500d", INT64_C(36500) * 86400 * NS_PER_S},
        {"36500d1ns", -1},
        {"36501d", -1},
        {"0.5ns", -1},
        {"1.0000000001s", -1},
        {"30", -1},
        {"s", -1},
        {"", -1},
        {"-1s", -1},
        {"+1s", -1},
        {" 1s", -1},
        {"1s ", -1},
        {"1 s", -1},
        {"1.s", -1},
        {".5s", -1},
        {"1e3s", -1},
        {"1S", -1},
        {"1sec", -1},
        {"30m1h", -1},
        {"1s1s", -1},
        {"9223372036854775807ns", -1},
        {"99999999999999999999s", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = -1;
        assert_int_equal(value_duration(rows[i].text, &value), rows[i].value >= 0);
        assert_int_equal(value, rows[i].value);
    }
}

static void timestamps_count_from_the_unix_epoch(void **state)
{
    static const struct row rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"1999-12-31T23:59:59Z", 946684799 * NS_PER_S},
        {"2000-02-29T00:00:00Z", 951782400 * NS_PER_S},
        {"2026-01-01T00:00:00Z", 1767225600 * NS_PER_S},
        {"2026-12-31T23:59:59.5Z", 1798761599 * NS_PER_S + 500 * NS_PER_MS},
        {"2038-01-19T03:14:08Z", INT64_C(2147483648) * NS_PER_S},
        {"2100-03-01T00:00:00Z", INT64_C(4107542400) * NS_PER_S},
        {"2261-12-31T23:59:59Z", INT64_C(9214646399) * NS_PER_S},
        {"2100-02-29T00:00:00Z", -1},
        {"2026-02-30T00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-00-01T00:00:00Z", -1},
        {"2026-01-00T00:00:00Z", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"2262-01-01T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1},
        {"2026-01-01T00:60:00Z", -1},
        {"2026-01-01T00:00:60Z", -1},
        {"2026-01-01T00:00:00", -1},
        {"2026-01-01T00:00:00+01:00", -1},
        {"2026-01-01 00:00:00Z", -1},
        {"2026-1-1T00:00:00Z", -1},
        {"2026-01-01", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = -1;
        assert_int_equal(value_timestamp(rows[i].text, &value), rows[i].value >= 0);
        assert_int_equal(value, rows[i].value);
    }
}

static void instants_are_durations_or_timestamps_from_the_start_on(void **state)
{
    const int64_t start_ns = 1767225600 * NS_PER_S;
    int64_t at_ns = -1;
    (void)state;
    assert_true(value_instant("30m", start_ns, &at_ns));
    assert_int_equal(at_ns, 1800 * NS_PER_S);
    assert_true(value_instant("2026-01-01T00:00:10Z", start_ns, &at_ns));
    assert_int_equal(at_ns, 10 * NS_PER_S);
    assert_false(value_instant("2025-12-31T23:59:59Z", start_ns, &at_ns));
    assert_false(value_instant("later", start_ns, &at_ns));
    assert_int_equal(at_ns, 10 * NS_PER_S);
}

static void percentages_are_exact_in_parts_per_thousand_million(void **state)
{
    static const struct row rows[] = {
        {"0%", 0},
        {"0.1%", 1000000},
        {"99.9%", 999000000},
        {"100%", 1000000000},
        {"33.3333333%", 333333333},
        {"0.0000001%", 1},
        {"0.00000001%", -1},
        {"100.0000001%", -1},
        {"101%", -1},
        {"-1%", -1},
        {"1", -1},
        {"0.1", -1},
        {"1 %", -1},
        {"%", -1},
        {"1%%", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t value = UINT32_MAX;
        assert_int_equal(value_percentage(rows[i].text, &value), rows[i].value >= 0);
        assert_int_equal(value, (uint32_t)rows[i].value);
    }
}

static void rates_tell_the_mean_interval_of_each_sharer(void **state)
{
    static const struct {
        const char *text;
        uint32_t sharers;
        int64_t interval_ns; /* -1: refused */
    } rows[] = {
        {"2/s", 1, NS_PER_S / 2},
        {"200/s", 200, NS_PER_S},
        {"0.5/s", 1, 2 * NS_PER_S},
        {"60/m", 1, NS_PER_S},
        {"1/h", 1, 3600 * NS_PER_S},
        {"1/d", 2, 2 * 86400 * NS_PER_S},
        {"3/s", 1, 333333333},
        {"0/s", 7, TIME_NEVER},
        {"0.000000001/d", 1000000, TIME_NEVER},
        {"9000000000/s", 1, 1},
        {"10000000000/s", 1, -1},
        {"2", 1, -1},
        {"2/", 1, -1},
        {"/s", 1, -1},
        {"2/ms", 1, -1},
        {"2/ss", 1, -1},
        {"2/s/s", 1, -1},
        {"-2/s", 1, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rate rate;
        assert_int_equal(value_rate(rows[i].text, &rate), rows[i].interval_ns >= 0);
        if (rows[i].interval_ns >= 0)
            assert_int_equal(rate_mean_interval_ns(rate, rows[i].sharers), rows[i].interval_ns);
    }
}

static void integers_have_digits_only(void **state)
{
    int64_t value = 7;
    (void)state;
    assert_true(value_integer("9223372036854775807", &value));
    assert_int_equal(value, INT64_MAX);
    assert_true(value_integer("-12", &value));
    assert_int_equal(value, -12);
    assert_false(value_integer("9223372036854775808", &value));
    assert_false(value_integer("1.0", &value));
    assert_false(value_integer("0x10", &value));
    assert_false(value_integer("1_000", &value));
    assert_false(value_integer("-", &value));
    assert_false(value_integer("", &value));
    assert_int_equal(value, -12);
}

static void decimals_are_rounded_to_the_nearest_binary_fraction(void **state)
{
    fixed value = 7;
    (void)state;
    assert_true(value_decimal("1.5", &value));
    assert_int_equal(value, FIXED_ONE + FIXED_ONE / 2);
    assert_true(value_decimal("-77.45", &value));
    assert_int_equal(value, -INT64_C(332645217075)); /* 77.45 * 2^32 = 332645217075.2 */
    assert_true(value_decimal("0.000000001", &value));
    assert_int_equal(value, 4); /* 4.29 */
    assert_true(value_decimal("999999", &value));
    assert_int_equal(value, 999999 * FIXED_ONE);
    assert_false(value_decimal("1000000", &value));
    assert_false(value_decimal("0.0000000001", &value));
    assert_false(value_decimal("1,5", &value));
    assert_false(value_decimal("--1", &value));
    assert_false(value_decimal("nan", &value));
    assert_int_equal(value, 999999 * FIXED_ONE);
}

static void booleans_are_true_and_false_only(void **state)
{
    bool value = false;
    (void)state;
    assert_true(value_boolean("true", &value) && value);
    assert_true(value_boolean("false", &value) && !value);
    assert_false(value_boolean("yes", &value));
    assert_false(value_boolean("True", &value));
    assert_false(value_boolean("", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_exact_to_the_nanosecond),
        cmocka_unit_test(timestamps_count_from_the_unix_epoch),
        cmocka_unit_test(instants_are_durations_or_timestamps_from_the_start_on),
        cmocka_unit_test(percentages_are_exact_in_parts_per_thousand_million),
        cmocka_unit_test(rates_tell_the_mean_interval_of_each_sharer),
        cmocka_unit_test(integers_have_digits_only),
        cmocka_unit_test(decimals_are_rounded_to_the_nearest_binary_fraction),
        cmocka_unit_test(booleans_are_true_and_false_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
