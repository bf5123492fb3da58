/* Rows of samples: what was put in comes out, in few octets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "reports/samples.h"
#include "sim/base/random.h"

static void gives_back_what_was_added(void **state)
{
    (void)state;
    struct {
        int64_t at_ns;
        uint64_t value;
    } const all[] = {{0, 0},
                     {0, 127},
                     {1, 128},
                     {1, UINT64_MAX},
                     {16384, 16},
                     {1 << 20, 1},
                     {INT64_MAX, 1u << 31}};
    struct samples row = {0};
    for (size_t i = 0; i < 7; i++)
        samples_add(&row, all[i].at_ns, all[i].value);
    size_t count = 0;
    for (struct samples_cursor c = samples_first(&row); samples_next(&c); count++) {
        assert_int_equal(c.at_ns, all[count].at_ns);
        assert_true(c.value == all[count].value);
    }
    assert_int_equal(count, 7);
    samples_free(&row);
}

static void an_empty_row_has_no_samples(void **state)
{
    (void)state;
    struct samples row = {0};
    struct samples_cursor cursor = samples_first(&row);
    assert_false(samples_next(&cursor));
}

static void long_rows_survive_growing(void **state)
{
    (void)state;
    struct random random = random_stream(1, "samples", 0, "test");
    struct samples row = {0};
    int64_t at_ns = 0;
    uint64_t *values = malloc(10000 * sizeof *values);
    for (size_t i = 0; i < 10000; i++) {
        values[i] = random_next(&random) >> (i % 64);
        at_ns += (int64_t)(values[i] % 1000000);
        samples_add(&row, at_ns, values[i]);
    }
    size_t count = 0;
    for (struct samples_cursor c = samples_first(&row); samples_next(&c); count++)
        assert_true(c.value == values[count]);
    assert_int_equal(count, 10000);
    assert_int_equal(row.last_ns, at_ns);
    free(values);
    samples_free(&row);
}

/* What docs and comments promise of ten million look-ups. */
static void a_lookup_takes_thirteen_octets(void **state)
{
    (void)state;
    struct samples row = {0};
    for (int64_t i = 0; i < 10000; i++) {
        samples_add(&row, i * 8640000, 0);
        samples_add(&row, i * 8640000 + 4320000, (uint64_t)(20000000 + i) << 3);
    }
    assert_in_range(row.size, 1, 130000);
    samples_free(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_added),
        cmocka_unit_test(an_empty_row_has_no_samples),
        cmocka_unit_test(long_rows_survive_growing),
        cmocka_unit_test(a_lookup_takes_thirteen_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
