/* Between the scenario's addresses and real ones. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/live_alone.h"

static struct live_alone alone;

static int open_alone(void **state)
{
    (void)state;
    live_alone_open(&alone, NULL);
    return 0;
}

static int close_alone(void **state)
{
    (void)state;
    live_alone_close(&alone);
    return 0;
}

static struct address of(const char *text)
{
    struct address a;
    assert_true(address_parse_port(text, &a));
    return a;
}

/* Where what is sent to TEXT really goes; "" if nowhere. */
static const char *real(const char *text)
{
    static char out[ADDRESS_TEXT_SIZE];
    struct sockaddr_storage to;
    struct address a = of(text);
    out[0] = '\0';
    if (!live_real(&alone.live, &a, &to))
        return out;
    a = live_seen(&alone.live, (struct sockaddr *)&to);
    struct sockaddr_in *in = (struct sockaddr_in *)&to;
    if (to.ss_family == AF_INET)
        a = address_from_ipv4(ntohl(in->sin_addr.s_addr), ntohs(in->sin_port));
    return address_format(&a, out);
}

/* Who it is that sends from the real TEXT. */
static const char *seen(const char *text)
{
    static char out[ADDRESS_TEXT_SIZE];
    struct sockaddr_storage from;
    struct address a = of(text);
    live_sockaddr(&a, &from);
    a = live_seen(&alone.live, (struct sockaddr *)&from);
    return address_format(&a, out);
}

static void what_goes_to_a_peer_goes_where_the_map_says(void **state)
{
    (void)state;
    live_alone_map(&alone, 1, "127.0.0.2:5301");
    assert_string_equal(real("192.0.2.2:53"), "127.0.0.2:5301");
    assert_string_equal(real("[2001:db8::2]:53"), "127.0.0.2:5301");
    assert_string_equal(real("192.0.2.2:4444"), "127.0.0.2:4444"); /* an answer */
}

static void a_node_of_the_scenario_without_a_place_gets_nothing(void **state)
{
    (void)state;
    assert_string_equal(real("192.0.2.3:53"), "");
    assert_string_equal(real("192.0.2.3:53"), "");
    assert_int_equal(alone.live.unmapped_count, 1);
}

static void other_addresses_are_real(void **state)
{
    (void)state;
    assert_string_equal(real("198.51.100.7:4444"), "198.51.100.7:4444");
    assert_string_equal(real("[2001:db8:1::7]:53"), "[2001:db8:1::7]:53");
    assert_string_equal(seen("198.51.100.7:4444"), "198.51.100.7:4444");
}

/* A socket of IPv6 takes no other addresses. */
static void a_node_at_an_ipv6_address_sends_to_ipv4_in_its_form(void **state)
{
    struct sockaddr_storage to;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&to;
    struct address stranger = of("198.51.100.7:4444");
    (void)state;
    alone.options.listen = of("[::]:5300");
    assert_true(live_real(&alone.live, &stranger, &to));
    assert_int_equal(to.ss_family, AF_INET6);
    assert_true(IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr));
    struct address back = live_seen(&alone.live, (struct sockaddr *)&to);
    assert_true(address_equal(&back, &stranger));
}

static void a_peer_is_seen_with_the_scenarios_address(void **state)
{
    (void)state;
    live_alone_map(&alone, 1, "127.0.0.2:5301");
    assert_string_equal(seen("127.0.0.2:5301"), "192.0.2.2:53");
    assert_string_equal(seen("127.0.0.2:4444"), "192.0.2.2:4444");
    assert_string_equal(seen("127.0.0.3:5301"), "127.0.0.3:5301");
}

static void peers_at_one_address_are_told_apart_by_port(void **state)
{
    (void)state;
    live_alone_map(&alone, 1, "127.0.0.1:5301");
    live_alone_map(&alone, 2, "127.0.0.1:5302");
    assert_string_equal(seen("127.0.0.1:5301"), "192.0.2.2:53");
    assert_string_equal(seen("127.0.0.1:5302"), "192.0.2.3:53");
    assert_string_equal(seen("127.0.0.1:4444"), "192.0.2.2:4444"); /* the first of them */
}

static void a_peer_known_for_tls_alone_is_a_sender_too(void **state)
{
    (void)state;
    live_alone_map_tls(&alone, 1, "127.0.0.1:8530");
    assert_string_equal(seen("127.0.0.1:4444"), "192.0.2.2:4444");
    assert_string_equal(real("192.0.2.2:4444"), "127.0.0.1:4444");
    assert_string_equal(real("192.0.2.2:853"), "127.0.0.1:8530");
    assert_string_equal(real("192.0.2.2:53"), "");
    live_alone_map(&alone, 2, "127.0.0.1:5302");
    assert_string_equal(seen("127.0.0.1:5302"), "192.0.2.3:53");
    assert_string_equal(seen("127.0.0.1:4444"), "192.0.2.3:4444"); /* its port 53 is there */
}

static void an_answer_comes_from_the_address_that_was_asked(void **state)
{
    static const char *const asked[] = {"[2001:db8::2]:53", "[2001:db8::2]:4444",
                                        "[2001:db8::3]:53"};
    static const char *const seen_as[] = {"[2001:db8::2]:53", "192.0.2.2:53", "192.0.2.2:53"};
    char text[ADDRESS_TEXT_SIZE];
    struct sockaddr_storage from;
    struct address place = of("127.0.0.2:5301");
    (void)state;
    live_alone_map(&alone, 1, "127.0.0.2:5301");
    live_sockaddr(&place, &from);
    for (size_t i = 0; i < 3; i++) {
        struct address to = of(asked[i]);
        struct address a = live_seen_again(&alone.live, (struct sockaddr *)&from, &to);
        assert_string_equal(address_format(&a, text), seen_as[i]);
    }
}

static void the_node_has_an_address_of_either_family(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_SIZE];
    struct address four = of("192.0.2.9:1"), six = of("[2001:db8::9]:1");
    struct address own = live_own(&alone.live, &four, 53);
    assert_string_equal(address_format(&own, text), "192.0.2.1:53");
    own = live_own(&alone.live, &six, 53);
    assert_string_equal(address_format(&own, text), "[2001:db8::1]:53");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_to_a_peer_goes_where_the_map_says, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(a_node_of_the_scenario_without_a_place_gets_nothing,
                                        open_alone, close_alone),
        cmocka_unit_test_setup_teardown(other_addresses_are_real, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(a_node_at_an_ipv6_address_sends_to_ipv4_in_its_form,
                                        open_alone, close_alone),
        cmocka_unit_test_setup_teardown(a_peer_is_seen_with_the_scenarios_address, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(peers_at_one_address_are_told_apart_by_port, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(a_peer_known_for_tls_alone_is_a_sender_too, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(an_answer_comes_from_the_address_that_was_asked, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(the_node_has_an_address_of_either_family, open_alone,
                                        close_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
