/* Figures for people: rounding, units, and that nothing is rounded to all or nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "reports/figure.h"
#include "sim/base/time.h"

struct row {
    int64_t number;
    const char *text;
};

static void expect(const char *(*figure)(int64_t, char *), const struct row *rows, size_t count)
{
    char text[FIGURE_SIZE];
    for (size_t i = 0; i < count; i++)
        assert_string_equal(figure(rows[i].number, text), rows[i].text);
}

#define expect_all(figure, rows) expect(figure, rows, sizeof(rows) / sizeof *(rows))

static void shares_have_as_many_decimals_as_tell_them_from_all_or_nothing(void **state)
{
    (void)state;
    const struct row rows[] = {
        {0, "0 %"},
        {1, "0.0000001 %"},
        {5000, "0.001 %"},
        {500000000, "50.00 %"},
        {999812345, "99.98 %"},
        {999995000, "99.9995 %"},
        {999999999, "99.9999999 %"},
        {1000000000, "100 %"},
        {-1, "0 %"},
    };
    expect_all(figure_share, rows);
}

static void durations_have_three_digits_below_a_minute(void **state)
{
    (void)state;
    const struct row rows[] = {
        {0, "0 ns"},
        {950, "950 ns"},
        {12345, "12.3 us"},
        {999499, "999 us"},
        {23400000, "23.4 ms"},
        {1250 * NS_PER_MS, "1.25 s"},
        {12345 * NS_PER_MS, "12.3 s"},
        {1500, "1.50 us"},
    };
    expect_all(figure_duration, rows);
}

static void what_rounds_up_to_the_next_unit_is_said_in_it(void **state)
{
    (void)state;
    const struct row rows[] = {
        {999500, "1.00 ms"},       {999999999, "1.00 s"},       {9999999, "10.0 ms"},
        {60 * NS_PER_S - 1, "1m"}, {3600 * NS_PER_S - 1, "1h"}, {86400 * NS_PER_S - 1, "1d"},
    };
    expect_all(figure_duration, rows);
}

static void long_durations_have_two_units(void **state)
{
    (void)state;
    const struct row rows[] = {
        {250 * NS_PER_S, "4m 10s"},     {12000 * NS_PER_S, "3h 20m"},
        {10800 * NS_PER_S, "3h"},       {(8 * 24 + 4) * 3600 * NS_PER_S, "8d 4h"},
        {14 * 86400 * NS_PER_S, "14d"},
    };
    expect_all(figure_duration, rows);
}

static void seconds_are_whole(void **state)
{
    (void)state;
    const struct row rows[] = {
        {0, "0s"},
        {NS_PER_S / 2, "1s"},
        {59 * NS_PER_S, "59s"},
        {59999 * NS_PER_MS, "1m"},
        {71 * NS_PER_S, "1m 11s"},
    };
    expect_all(figure_seconds, rows);
}

static void moments_are_rounded_down_and_padded(void **state)
{
    (void)state;
    const struct row rows[] = {
        {0, "+0s"},
        {59999999999, "+59s"},
        {245 * NS_PER_S, "+4m 05s"},
        {3605 * NS_PER_S, "+1h 00m 05s"},
        {(8 * 24 + 4) * 3600 * NS_PER_S, "+8d 04h 00m 00s"},
    };
    expect_all(figure_moment, rows);
}

static void counts_are_grouped(void **state)
{
    (void)state;
    char text[FIGURE_SIZE];
    assert_string_equal(figure_count(0, text), "0");
    assert_string_equal(figure_count(999, text), "999");
    assert_string_equal(figure_count(1000, text), "1,000");
    assert_string_equal(figure_count(1234567, text), "1,234,567");
    assert_string_equal(figure_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static void sizes_are_in_powers_of_a_thousand(void **state)
{
    (void)state;
    char text[FIGURE_SIZE];
    assert_string_equal(figure_size(0, text), "0 B");
    assert_string_equal(figure_size(999, text), "999 B");
    assert_string_equal(figure_size(1250, text), "1.3 kB");
    assert_string_equal(figure_size(45 * 1000 * 1000, text), "45.0 MB");
    assert_string_equal(figure_size(999999, text), "1.0 MB");
    assert_string_equal(figure_size(UINT64_C(2500) * 1000000000000, text), "2500.0 TB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_have_as_many_decimals_as_tell_them_from_all_or_nothing),
        cmocka_unit_test(durations_have_three_digits_below_a_minute),
        cmocka_unit_test(what_rounds_up_to_the_next_unit_is_said_in_it),
        cmocka_unit_test(long_durations_have_two_units),
        cmocka_unit_test(seconds_are_whole),
        cmocka_unit_test(moments_are_rounded_down_and_padded),
        cmocka_unit_test(counts_are_grouped),
        cmocka_unit_test(sizes_are_in_powers_of_a_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
