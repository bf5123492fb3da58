/* Names of places by coordinates. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "reports/place.h"

static const char *near(int64_t latitude_hundredths, int64_t longitude_hundredths)
{
    return place_near(fixed_from_ratio(latitude_hundredths, 100),
                      fixed_from_ratio(longitude_hundredths, 100));
}

static void airports_are_called_after_their_city(void **state)
{
    (void)state;
    assert_string_equal(near(5003, 857), "Frankfurt");
    assert_string_equal(near(3895, -7745), "Ashburn");
    assert_string_equal(near(135, 10399), "Singapore");
    assert_string_equal(near(-3395, 15118), "Sydney");
    assert_string_equal(near(-2343, -4647), "S\u00e3o Paulo");
    assert_string_equal(near(4064, -7378), "New York");
}

static void the_nearer_of_two_is_taken(void **state)
{
    (void)state;
    assert_string_equal(near(3891, -7704), "Washington");
    assert_string_equal(near(3904, -7749), "Ashburn");
}

static void the_open_sea_has_no_name(void **state)
{
    (void)state;
    assert_null(near(0, 0));
    assert_null(near(4000, -4000));
    assert_null(near(9000, 0));
    assert_null(near(-9000, 18000));
}

static void a_degree_of_longitude_is_shorter_in_the_north(void **state)
{
    (void)state;
    assert_string_equal(near(6415, -2094), "Reykjavik"); /* a degree east: 49 km */
    assert_null(near(135, 10482));                       /* a degree east of Singapore: 111 km */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(airports_are_called_after_their_city),
        cmocka_unit_test(the_nearer_of_two_is_taken),
        cmocka_unit_test(the_open_sea_has_no_name),
        cmocka_unit_test(a_degree_of_longitude_is_shorter_in_the_north),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
