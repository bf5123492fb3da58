/* Capture filters: what is replaced, what libpcap gets to see, and what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/filter.h"
#include "reports/frame.h"
#include "tests/support/packets.h"

/* ns1 has both families, ns2 is anycast from two sites, eu-users are 192.0.2.16 to .31 and .40. */
static struct filter_name names[32];
static size_t name_count;

static void add_name(const char *name, const char *address)
{
    names[name_count].name = name;
    assert_true(address_parse(address, &names[name_count++].address));
}

static int make_names(void **state)
{
    (void)state;
    name_count = 0;
    add_name("ns2", "198.51.100.7");
    add_name("ns1", "192.0.2.1");
    add_name("ns1", "2001:db8::1");
    add_name("ns2", "203.0.113.9");
    add_name("ns2.iad", "203.0.113.9");
    add_name("port", "10.9.9.9");
    add_name("eu-users", "192.0.2.40");
    static char texts[16][32];
    for (int i = 15; i >= 0; i--) {
        snprintf(texts[i], sizeof texts[i], "192.0.2.%d", 16 + i);
        add_name("eu-users", texts[i]);
    }
    return 0;
}

static struct filter *compile(const char *expression)
{
    char error[FILTER_ERROR_SIZE] = "";
    struct filter *filter = filter_compile(expression, names, name_count, error);
    if (!filter)
        fail_msg("%s: %s", expression, error);
    return filter;
}

static const struct rewriting_case {
    const char *given, *expected;
} rewriting_cases[] = {
    {"", ""},
    {"tcp", "tcp"},
    {"ns1", "( host 192.0.2.1 or host 2001:db8::1 )"},
    {"host ns1", "( host 192.0.2.1 or host 2001:db8::1 )"},
    {"src ns1", "( src host 192.0.2.1 or src host 2001:db8::1 )"},
    {"src host ns1", "( src host 192.0.2.1 or src host 2001:db8::1 )"},
    {"dst ns2.iad", "( dst host 203.0.113.9 )"},
    {"src or dst ns2.iad", "( src or dst host 203.0.113.9 )"},
    {"ip host ns1", "( ip host 192.0.2.1 )"},
    {"ip6 src ns1", "( ip6 src host 2001:db8::1 )"},
    {"not ns2.iad", "not ( host 203.0.113.9 )"},
    {"src ns1 or ns2.iad",
     "( src host 192.0.2.1 or src host 2001:db8::1 ) or ( src host 203.0.113.9 )"},
    {"src (ns2.iad or ns2)",
     "( ( src host 203.0.113.9 ) or ( src host 198.51.100.7 or src host 203.0.113.9 ) )"},
    {"dst ns2.iad or 10.0.0.1", "( dst host 203.0.113.9 ) or dst 10.0.0.1"},
    {"eu-users", "( net 192.0.2.16/28 or host 192.0.2.40 )"},
    {"src eu-users", "( src net 192.0.2.16/28 or src host 192.0.2.40 )"},
    {"ns2.iad and tcp port domain", "( host 203.0.113.9 ) and tcp port 53"},
    {"port (domain or 853) and ns2.iad", "( port 53 or port 853 ) and ( host 203.0.113.9 )"},
    {"tcp port 53 or 853", "tcp port 53 or tcp port 853"},
    {"port 53 and len > 100", "port 53 and len > 100"},
    {"udp portrange 53-60", "udp portrange 53-60"},
    {"net 10.0.0.0/8 or 2001:db8::/32", "net 10.0.0.0 / 8 or net 2001:db8:: / 32"},
    {"host 2001:db8::1 && !::1", "host 2001:db8::1 && ! host ::1"},
    {"tcp[tcpflags]&tcp-syn!=0", "tcp [ tcpflags ] & tcp-syn != 0"},
    {"udp[8:2] = 0x1234 or less 60", "udp [ 8 : 2 ] = 0x1234 or less 60"},
    {"ip proto \\udp or \\tcp", "ip proto 17 or ip proto 6"},
    {"icmp[icmptype] = icmp-unreach or icmp6", "icmp [ icmptype ] = icmp-unreach or icmp6"},
};

static void replaces_names_by_all_their_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rewriting_cases / sizeof *rewriting_cases; i++) {
        struct filter *filter = compile(rewriting_cases[i].given);
        assert_string_equal(filter_expression(filter), rewriting_cases[i].expected);
        filter_free(filter);
    }
}

static const struct refusal_case {
    const char *expression, *word;
} refusal_cases[] = {
    {"host example.com", "'example.com'"},
    {"ns3", "'ns3'"},
    {"src host ns1.iad", "'ns1.iad'"},
    {"ether host ns1", "'ether'"},
    {"gateway ns1", "'gateway'"},
    {"net ns1", "'ns1' is a name of the scenario and cannot follow 'net'"},
    {"port ns1", "cannot follow 'port'"},
    {"port smtp", "'smtp'"},
    {"host domain", "'domain'"},
    {"host aa:bb:cc:dd:ee:ff", "'aa:bb:cc:dd:ee:ff'"},
    {"host aabb.ccdd.eeff", "'aabb.ccdd.eeff'"},
    {"host 1.2.3.4.5", "'1.2.3.4.5'"},
    {"host 53-60", "'53-60'"},
    {"53-60", "'53-60'"},
    {"host 0x1g", "'0x1g'"},
    {"ip proto \\gre", "'\\gre'"},
    {"tcp[foo] = 1", "'foo'"},
    {"ip6 host ns2", "'ns2' has no address of the family"},
    {"host $ns1", "'$'"},
    {"host \"ns1\"", "'\"'"},
    {"host ns1 and", "syntax error"},
    {"( host ns1", "syntax error"},
    {"tcp host ns1", "modifier"},
    {"tcp [", "syntax error"},
    {"host", "syntax error"},
    {"host \\", "'\\'"},
    {"host 10.300.1.1", "10.300.1.1"},
};

static void refuses_with_a_sentence_that_names_the_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusal_cases / sizeof *refusal_cases; i++) {
        char error[FILTER_ERROR_SIZE] = "";
        struct filter *filter =
            filter_compile(refusal_cases[i].expression, names, name_count, error);
        if (filter)
            fail_msg("%s: became %s", refusal_cases[i].expression, filter_expression(filter));
        if (!strstr(error, refusal_cases[i].word))
            fail_msg("%s: %s", refusal_cases[i].expression, error);
    }
}

static void refuses_a_name_with_too_many_scattered_addresses(void **state)
{
    (void)state;
    enum { COUNT = 2002 };
    struct filter_name *many = calloc(COUNT, sizeof *many);
    for (uint32_t i = 0; i < COUNT; i++)
        many[i] = (struct filter_name){"crowd", address_from_ipv4(0x0a000000 + 2 * i, 0)};
    char error[FILTER_ERROR_SIZE] = "";
    assert_null(filter_compile("crowd", many, COUNT, error));
    assert_non_null(strstr(error, "'crowd' has too many addresses"));
    for (uint32_t i = 0; i < COUNT; i++)
        many[i].address = address_from_ipv4(0x0a000000 + i, 0);
    struct filter *filter = filter_compile("crowd", many, COUNT, error);
    assert_non_null(filter);
    filter_free(filter);
    free(many);
}

static bool matches(const char *expression, const struct packet *packet)
{
    static struct frame_list frames;
    frame_build(packet, &frames);
    struct filter *filter = compile(expression);
    bool result = filter_matches(filter, bytes_of(frames.data, frames.sizes[0]));
    filter_free(filter);
    return result;
}

static void lets_through_what_the_expression_says(void **state)
{
    (void)state;
    struct packet *four = packet_make_query("192.0.2.1:40000", "203.0.113.9:53");
    struct packet *six = packet_make_segment("[2001:db8::1]:40000", "[2001:db8::2]:853", 0);
    struct packet *user = packet_make_query("192.0.2.31:40000", "203.0.113.9:53");
    assert_true(matches("src ns1", four));
    assert_true(matches("src ns1", six));
    assert_false(matches("src ns1", user));
    assert_false(matches("dst ns1", four));
    assert_true(matches("eu-users and dst ns2", user));
    assert_false(matches("eu-users", four));
    assert_true(matches("tcp port domain-s", six));
    assert_false(matches("port domain", six));
    assert_true(matches("udp[8:2] = 0x1234", four));
    assert_true(matches("tcp[tcpflags] & tcp-syn == 0 or not tcp", four));
    free(four);
    free(six);
    free(user);
}

static void none_is_no_expression(void **state)
{
    (void)state;
    assert_true(filter_is_none("none"));
    assert_false(filter_is_none("host none"));
    assert_false(filter_is_none(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_names_by_all_their_addresses),
        cmocka_unit_test(refuses_with_a_sentence_that_names_the_word),
        cmocka_unit_test(refuses_a_name_with_too_many_scattered_addresses),
        cmocka_unit_test(lets_through_what_the_expression_says),
        cmocka_unit_test(none_is_no_expression),
    };
    return cmocka_run_group_tests(tests, make_names, NULL);
}
