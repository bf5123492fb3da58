/* Addresses: text in and out, and order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/address.h"
#include "sim/base/random.h"

static void accepts_every_form_and_writes_the_one_of_rfc_5952(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::ffff:c000:201", "192.0.2.1"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        /* RFC 5952, sections 4.1 to 4.3 */
        {"2001:0db8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:DB8:AAAA:bbbb:CcCc:dddd:eeee:0aAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaa"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:0:0:4:0:0:0:0", "1:0:0:4::"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a;
        char text[ADDRESS_TEXT_SIZE];
        if (!address_parse(cases[i][0], &a))
            fail_msg("%s is refused", cases[i][0]);
        assert_string_equal(address_format_ip(&a, text), cases[i][1]);
        assert_int_equal(a.port, 0);
    }
}

static void refuses_what_is_no_address_and_leaves_the_result_alone(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3.4",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1..2.3",
        "1.2.3.-4",
        "0x1.2.3.4",
        "99999999999",
        "1.2.3.4:53",
        ":",
        ":1",
        "1:",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "g::",
        "12345::",
        "::1%eth0",
        "[::1]",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "::1.2.3",
        "::256.1.1.1",
        "1:2:3:4:5:6:7:",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4",

    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a = address_from_ipv4(0x01020304, 5);
        if (address_parse(cases[i], &a))
            fail_msg("'%s' is accepted", cases[i]);
        struct address same = address_from_ipv4(0x01020304, 5);
        assert_true(address_equal(&a, &same));
    }
}

static void a_port_comes_after_a_colon_and_brackets_around_ipv6(void **state)
{
    (void)state;
    static const char *const good[] = {"192.0.2.1:53", "[2001:db8::1]:53", "[::]:65535",
                                       "0.0.0.0:1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct address a;
        char text[ADDRESS_TEXT_SIZE];
        if (!address_parse_port(good[i], &a))
            fail_msg("%s is refused", good[i]);
        assert_string_equal(address_format(&a, text), good[i]);
    }
    static const char *const bad[] = {
        "",
        "192.0.2.1",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "1.2.3.4:x",
        "1.2.3.4:53x",
        "1.2.3.4:+5",
        "1.2.3.4:053",
        "[1.2.3.4]:53",
        "::1:53",
        "2001:db8::1",
        "[::1]",
        "[::1]53",
        "[::1]:",
        "[::1:53",
        "[]:53",
        ":53",
        "[::1] :53",
        "[[::1]]:53",
        "1.2.3.4:99999999999999999999999",
        "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee]:1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct address a;
        if (address_parse_port(bad[i], &a))
            fail_msg("'%s' is accepted", bad[i]);
    }
}

/* Sparse ones, so that runs of zeroes of every length and place occur. */
static void any_address_survives_its_text(void **state)
{
    (void)state;
    struct random r = random_stream(1, "address", 0, "test");
    for (int i = 0; i < 100000; i++) {
        struct address a = {.port = (uint16_t)(1 + random_below(&r, 65535))};
        uint32_t density = random_below(&r, 101);
        for (int k = 0; k < 16; k++)
            a.ip[k] = random_below(&r, 100) < density ? (uint8_t)random_next(&r) : 0;
        char text[ADDRESS_TEXT_SIZE];
        struct address again;
        memset(text, 'x', sizeof text);
        assert_true(address_parse_port(address_format(&a, text), &again));
        assert_true(address_equal(&a, &again));
        assert_true(address_parse(address_format_ip(&a, text), &again));
        assert_true(address_same_ip(&a, &again));
    }
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    struct address a = {.port = 65535};
    memset(a.ip, 0xff, 16);
    char text[ADDRESS_TEXT_SIZE];
    assert_string_equal(address_format(&a, text),
                        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void tells_ipv4_and_the_unspecified_address(void **state)
{
    (void)state;
    struct address four = address_from_ipv4(0xc0000201, 53);
    struct address any = {.port = 53};
    struct address parsed;
    assert_true(address_parse_port("192.0.2.1:53", &parsed));
    assert_true(address_equal(&four, &parsed));
    assert_true(address_is_ipv4(&four));
    assert_false(address_is_any(&four));
    assert_true(address_is_any(&any));
    assert_false(address_is_ipv4(&any));
}

static void orders_by_bytes_and_then_by_port(void **state)
{
    (void)state;
    static const char *const rising[] = {"[::1]:9",        "9.255.255.255:7", "10.0.0.0:1",
                                         "10.0.0.0:53",    "10.0.0.0:4000",   "192.0.2.1:2",
                                         "[2001:db8::]:1", "[ff02::1]:1"};
    enum { COUNT = sizeof rising / sizeof *rising };
    struct address a[COUNT];
    for (int i = 0; i < COUNT; i++)
        assert_true(address_parse_port(rising[i], &a[i]));
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++)
            assert_int_equal(address_compare(&a[i], &a[k]), (i > k) - (i < k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_every_form_and_writes_the_one_of_rfc_5952),
        cmocka_unit_test(refuses_what_is_no_address_and_leaves_the_result_alone),
        cmocka_unit_test(a_port_comes_after_a_colon_and_brackets_around_ipv6),
        cmocka_unit_test(any_address_survives_its_text),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(tells_ipv4_and_the_unspecified_address),
        cmocka_unit_test(orders_by_bytes_and_then_by_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
