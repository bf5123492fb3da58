/* Zone files: what they mean, and every mistake with its place and sentence. */
#include "nodes/dns/zonefile.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* What was reported, a line for each: "FILE:LINE:COLUMN: SENTENCE". */
static char reported[8192];

static void note_mistake(void *context, const char *file, unsigned line, unsigned column,
                         const char *sentence)
{
    (void)context;
    size_t at = strlen(reported);
    snprintf(reported + at, sizeof reported - at, "%s:%u:%u: %s\n", file, line, column, sentence);
}

static bool include_none(void *context, const char *from, const char *path,
                         const char **resolved_path, struct bytes *text, const char **error)
{
    (void)context, (void)from, (void)path, (void)resolved_path, (void)text;
    *error = "no such file";
    return false;
}

static struct zone *load(struct bytes text)
{
    struct zonefile_options options = {.origin = name_of("example.com."),
                                       .file = "f",
                                       .include = include_none,
                                       .report = note_mistake};
    reported[0] = '\0';
    return zonefile_load(text, &options);
}

static struct zone *load_text(const char *text)
{
    struct zone *zone = load(bytes_of_text(text));
    if (!zone)
        fail_msg("%s", reported);
    return zone;
}

#define APEX "@ 60 SOA ns1 admin 1 2 3 4 5\n@ 60 NS ns1\n"

/* ---- mistakes ----------------------------------------------------------------------------- */

struct mistake_case {
    const char *line; /* stands in line 3, behind the apex */
    const char *report;
};

static const struct mistake_case record_mistakes[] = {
    {"www A foo", "3:7: expected an IPv4 address such as 192.0.2.1, found 'foo'"},
    {"www A 192.0.2.256", "3:7: expected an IPv4 address such as 192.0.2.1, found '192.0.2.256'"},
    {"www A ::1", "3:7: expected an IPv4 address such as 192.0.2.1, found '::1'"},
    {"www A", "3:6: expected an IPv4 address such as 192.0.2.1, found the end of the record"},
    {"www A 192.0.2.1 192.0.2.2", "3:17: expected the end of the record, found '192.0.2.2'"},
    {"www AAAA 192.0.2.1", "3:10: expected an IPv6 address such as 2001:db8::1, found '192.0.2.1'"},
    {"www MX mail", "3:8: expected a number from 0 to 65535, found 'mail'"},
    {"www MX 65536 mail", "3:8: expected a number from 0 to 65535, found '65536'"},
    {"www MX 10", "3:10: expected a domain name, found the end of the record"},
    {"www MX 10 a..b", "3:11: expected a domain name, found 'a..b': empty label"},
    {"www NS \\256", "3:8: expected a domain name, found '\\256': escaped octet greater than 255"},
    {"www SRV 1 2 x www", "3:13: expected a number from 0 to 65535, found 'x'"},
    {"www TXT", "3:8: expected a text, found the end of the record"},
    {"www TXT \\25", "3:9: expected \\DDD (000 to 255) or \\X after each backslash, found '\\25'"},
    {"www TXT \"abc", "3:9: this quote is not closed on its line"},
    {"www TXT a\"b", "3:10: this quote is not closed on its line"},
    {"www A ( 192.0.2.1", "3:7: this parenthesis is never closed"},
    {"www A ) 192.0.2.1", "3:7: this parenthesis closes none that is open"},
    {"www FOO 1", "3:5: expected an RR type such as A, MX or TYPE65280, found 'FOO'"},
    {"www 300", "3:8: expected an RR type such as A, MX or TYPE65280, found the end of the record"},
    {"www", "3:4: expected an RR type such as A, MX or TYPE65280, found the end of the record"},
    {"www ANY 1", "3:5: expected an RR type, but 'ANY' is none that a zone can hold"},
    {"www OPT 1", "3:5: expected an RR type, but 'OPT' is none that a zone can hold"},
    {"www CH A 192.0.2.1", "3:5: expected class IN, found 'CH'"},
    {"www CLASS3 A 192.0.2.1", "3:5: expected class IN, found 'CLASS3'"},
    {"www 1x A 192.0.2.1", "3:5: expected a TTL from 0 to 2147483647 seconds such as 3600 or "
                           "1h30m, found '1x'"},
    {"www 2147483648 A 192.0.2.1",
     "3:5: expected a TTL from 0 to 2147483647 seconds such as 3600 or 1h30m, found '2147483648'"},
    {"a..b A 192.0.2.1", "3:1: expected an owner name, found 'a..b': empty label"},
    {"www.example.net. A 192.0.2.1",
     "3:1: expected a name in the zone 'example.com.', found 'www.example.net.'"},
    {"sub SOA a b 1 2 3 4 5",
     "3:1: expected the SOA record at 'example.com.', found it at 'sub.example.com.'"},
    {"@ SOA a b 2 2 3 4 5", "3:3: second SOA record; the first one stands in f:1"},
    {"@ CNAME www", "3:3: CNAME beside other records at 'example.com.', where it must stand alone"},
    {"@ NS", "3:5: expected a domain name, found the end of the record"},
    {"$FOO", "3:1: expected $ORIGIN, $TTL or $INCLUDE, found '$FOO'"},
    {"$TTL", "3:5: expected a TTL from 0 to 2147483647 seconds such as 3600 or 1h30m, found the "
             "end of the line"},
    {"$TTL 1 2", "3:8: expected the end of the line, found '2'"},
    {"$ORIGIN", "3:8: expected a domain name after $ORIGIN, found the end of the line"},
    {"$ORIGIN a..b", "3:9: expected a domain name, found 'a..b': empty label"},
    {"$INCLUDE", "3:9: expected a file name after $INCLUDE, found the end of the line"},
    {"$INCLUDE x.zone", "3:10: cannot include 'x.zone': no such file"},
};

static const struct mistake_case rare_mistakes[] = {
    {"www TYPE65280 x",
     "3:15: TYPE65280 data can only be read in the form \\# SIZE HEX (RFC 3597)"},
    {"www TYPE65280 \\# 2 aabbcc", "3:18: expected 2 octets of data, found 3"},
    {"www TYPE65280 \\# 2 aab", "3:20: expected pairs of hexadecimal digits, found 'aab'"},
    {"www TYPE65280 \\# x", "3:18: expected the size of the data, from 0 to 65535, found 'x'"},
    {"www A \\# 3 aabbcc", "3:7: this is not the data of a record of type A"},
    {"www DS 1 8 2 zz", "3:14: expected pairs of hexadecimal digits, found 'zz'"},
    {"www DS 1 8 2 abc", "3:14: expected pairs of hexadecimal digits, found 'abc'"},
    {"www DS 1 FOO 2 aa", "3:10: expected the number or name of a DNSSEC algorithm, found 'FOO'"},
    {"www DNSKEY 257 3 8 a", "3:20: expected base64 text, found 'a'"},
    {"www RRSIG FOO 8 2 1 1 1 1 . aaaa", "3:11: expected an RR type, found 'FOO'"},
    {"www RRSIG A 8 2 1 x 1 1 . aaaa", "3:19: expected a time such as 20260131235959, found 'x'"},
    {"www NSEC x A FOO", "3:14: expected an RR type, found 'FOO'"},
    {"www CAA 0 is-sue x", "3:11: expected a tag such as issue, found 'is-sue'"},
    {"www TLSA 3 1 1 abc", "3:16: expected pairs of hexadecimal digits, found 'abc'"},
    {"www LOC here", "3:9: expected a location such as 52 22 23 N 4 53 32 E -2m, found 'here'"},
    {"www SVCB 1 . port=x", "3:14: expected parameters such as alpn=h2 port=443, found 'port=x'"},
    {"www NAPTR 1 2 a b c", "3:20: expected a domain name, found the end of the record"},
    {"www URI 1 2", "3:12: expected a text, found the end of the record"},
    {"www ZONEMD 1 1 x ab", "3:16: expected a number from 0 to 255, found 'x'"},
    {"www APL 1:192.0.2.0/33",
     "3:9: expected an address prefix such as 1:192.0.2.0/24, found '1:192.0.2.0/33'"},
    {"www EUI48 1-2", "3:11: expected six octets such as 00-00-5e-00-53-2a, found '1-2'"},
    {"www IPSECKEY 1 4 2 . aaaa", "3:20: expected a gateway type from 0 to 3, found 4"},
    {"www IPSECKEY 1 0 2 x aaaa", "3:20: expected '.' for no gateway, found 'x'"},
    {"www WKS 192.0.2.1 6 25",
     "3:19: WKS data can only be read in the form \\# SIZE HEX (RFC 3597)"},
};

static void expect_reports(const struct mistake_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[512], wanted[512];
        snprintf(text, sizeof text, APEX "%s\n", cases[i].line);
        snprintf(wanted, sizeof wanted, "f:%s\n", cases[i].report);
        struct zone *zone = load(bytes_of_text(text));
        assert_string_equal(reported, wanted);
        assert_null(zone);
    }
}

static void names_each_mistake_with_line_and_column(void **state)
{
    (void)state;
    expect_reports(record_mistakes, sizeof record_mistakes / sizeof record_mistakes[0]);
}

static void names_mistakes_of_rarer_types(void **state)
{
    (void)state;
    expect_reports(rare_mistakes, sizeof rare_mistakes / sizeof rare_mistakes[0]);
}

static void reports_all_mistakes_at_once(void **state)
{
    (void)state;
    assert_null(load(bytes_of_text("@ SOA a b 1 2 3 ( 4 ; comment (\n  x )\n"
                                   "@ NS a\n"
                                   "www A 192.0.2.\n"
                                   "   AAAA ( ; continues\n"
                                   "\t  1.2.3.4 )\n"
                                   "c CNAME d\nc A 192.0.2.1\n"
                                   "a TXT ( \"x\n y ) z\n"
                                   "ok A 192.0.2.1\n"
                                   "q MX 1")));
    assert_string_equal(reported, "f:2:3: expected a time in seconds such as 3600 or 1h30m, "
                                  "found 'x'\n"
                                  "f:4:7: expected an IPv4 address such as 192.0.2.1, found "
                                  "'192.0.2.'\n"
                                  "f:6:4: expected an IPv6 address such as 2001:db8::1, found "
                                  "'1.2.3.4'\n"
                                  "f:8:3: A record beside the CNAME at 'c.example.com.', which "
                                  "must stand alone\n"
                                  "f:9:9: this quote is not closed on its line\n"
                                  "f:12:7: expected a domain name, found the end of the record\n");
}

static void a_zone_needs_soa_and_ns_at_its_apex(void **state)
{
    (void)state;
    assert_null(load(bytes_of_text("www A 192.0.2.1\n")));
    assert_string_equal(reported, "f:1:1: the zone has no SOA record at 'example.com.'\n"
                                  "f:1:1: the zone has no NS record at 'example.com.'\n");
    assert_null(load(bytes_of_text("")));
    assert_null(load(bytes_of("", 0)));
}

static void a_second_cname_is_a_mistake_and_a_repeated_one_is_not(void **state)
{
    (void)state;
    zone_release(load_text(APEX "c CNAME d\nc CNAME D\n"));
    assert_null(load(bytes_of_text(APEX "c CNAME d\nc CNAME e\n")));
    assert_string_equal(reported, "f:4:3: second CNAME record at 'c.example.com.'\n");
}

static void a_blank_owner_needs_an_owner_before_it(void **state)
{
    (void)state;
    assert_null(load(bytes_of_text("  A 192.0.2.1\n" APEX)));
    assert_string_equal(reported, "f:1:3: a line that starts blank belongs to the owner before "
                                  "it, but there is none yet\n");
}

static void octet_0_is_a_mistake(void **state)
{
    (void)state;
    static const char text[] = APEX "a TXT x\0y\n";
    assert_null(load(bytes_of(text, sizeof text - 1)));
    assert_string_equal(reported, "f:3:7: octet 0 in the text; it is written \\000\n");
}

/* ---- what it means ------------------------------------------------------------------------ */

static void expect_record(const struct zone *zone, const char *owner, uint16_t type,
                          const char *formatted)
{
    const struct zone_node *node = zone_find(zone, name_of(owner));
    assert_non_null(node);
    const struct rrset *set = zone_node_get(node, type);
    assert_non_null(set);
    char text[1024];
    struct rr rr = {.owner = node->name, .type = type, .class = CLASS_IN, .ttl = set->ttl};
    for (size_t at = 0; rrset_next(set, &at, &rr.rdata);)
        if (strcmp(zonefile_format_rr(&rr, text, sizeof text), formatted) == 0)
            return;
    assert_string_equal(text, formatted);
}

static void reads_ttl_class_and_owner_in_any_form(void **state)
{
    (void)state;
    struct zone *zone = load_text("$TTL 1h\n@ IN SOA ns1 admin 1 1d 1h30m 4W 5\n\tNS ns1\n"
                                  "a 300 IN A 192.0.2.1\nb IN 1m A 192.0.2.1\n"
                                  "c in a 192.0.2.1\n  AAAA 2001:DB8::1\nd CLASS1 A 192.0.2.1\r\n"
                                  "$TTL 5\ne\tA\t192.0.2.1;comment\n"
                                  "f.example.com. A 192.0.2.1");
    expect_record(zone, "example.com.", RR_SOA,
                  "example.com. 3600 IN SOA ns1.example.com. admin.example.com. 1 86400 5400 "
                  "2419200 5");
    expect_record(zone, "example.com.", RR_NS, "example.com. 3600 IN NS ns1.example.com.");
    expect_record(zone, "a.example.com.", RR_A, "a.example.com. 300 IN A 192.0.2.1");
    expect_record(zone, "b.example.com.", RR_A, "b.example.com. 60 IN A 192.0.2.1");
    expect_record(zone, "c.example.com.", RR_AAAA, "c.example.com. 3600 IN AAAA 2001:db8::1");
    expect_record(zone, "e.example.com.", RR_A, "e.example.com. 5 IN A 192.0.2.1");
    expect_record(zone, "f.example.com.", RR_A, "f.example.com. 5 IN A 192.0.2.1");
    zone_release(zone);
}

static void without_a_ttl_directive_the_last_ttl_stated_holds(void **state)
{
    (void)state;
    struct zone *zone = load_text("@ SOA a b 1 2 3 4 5\n@ NS a\na 7 TXT x\nb TXT x\n");
    expect_record(zone, "example.com.", RR_NS, "example.com. 3600 IN NS a.example.com.");
    expect_record(zone, "b.example.com.", RR_TXT, "b.example.com. 7 IN TXT \"x\"");
    zone_release(zone);
}

static void origin_moves_relative_names(void **state)
{
    (void)state;
    struct zone *zone = load_text(APEX "$ORIGIN sub\na NS @\n$ORIGIN deep\nb NS a.\n"
                                       "@ TXT x\n$ORIGIN example.com.\nc TXT x\n");
    expect_record(zone, "a.sub.example.com.", RR_NS,
                  "a.sub.example.com. 60 IN NS sub.example.com.");
    expect_record(zone, "b.deep.sub.example.com.", RR_NS, "b.deep.sub.example.com. 60 IN NS a.");
    expect_record(zone, "deep.sub.example.com.", RR_TXT, "deep.sub.example.com. 60 IN TXT \"x\"");
    expect_record(zone, "c.example.com.", RR_TXT, "c.example.com. 60 IN TXT \"x\"");
    zone_release(zone);
}

static void quotes_and_backslashes_keep_octets(void **state)
{
    (void)state;
    struct zone *zone = load_text(APEX "a TXT \"a; (b)\" c\\;d \\\"e\\032f\n"
                                       "b\\.c TXT \"\" \"\\\\\"\n\\097x TXT y\n");
    expect_record(zone, "a.example.com.", RR_TXT,
                  "a.example.com. 60 IN TXT \"a; (b)\" \"c;d\" \"\\\"e f\"");
    expect_record(zone, "b\\.c.example.com.", RR_TXT, "b\\.c.example.com. 60 IN TXT \"\" \"\\\\\"");
    expect_record(zone, "ax.example.com.", RR_TXT, "ax.example.com. 60 IN TXT \"y\"");
    zone_release(zone);
}

static void reads_the_types_of_today(void **state)
{
    (void)state;
    static const struct {
        const char *text, *formatted;
    } cases[] = {
        {"x SVCB 1 foo alpn=\"h2,h3\" port=443", "SVCB 1 foo.example.com. alpn=h2,h3 port=443"},
        {"x HTTPS 0 svc.example.net.", "HTTPS 0 svc.example.net."},
        {"x ZONEMD 7 1 1 ( aabb\n ccdd )", "ZONEMD 7 1 1 aabbccdd"},
        {"x CAA 0 issue \"ca.example.net; a=b\"", "CAA 0 issue \"ca.example.net; a=b\""},
        {"x TLSA 3 1 1 AABB CCDD", "TLSA 3 1 1 aabbccdd"},
        {"x NAPTR 1 2 u E2U+sip \"!^.*$!sip:a@b!\" .", "NAPTR 1 2 \"u\" \"E2U+sip\" "
                                                       "\"!^.*$!sip:a@b!\" ."},
        {"x LOC 52 22 23.000 N 4 53 32.000 E -2m", "LOC 52 22 23.000 N 04 53 32.000 E -2m 1m "
                                                   "10000m 10m"},
        {"x URI 10 1 \"ftp://a/b\"", "URI 10 1 \"ftp://a/b\""},
        {"x DS 1 8 2 AABB", "DS 1 8 2 aabb"},
        {"x DNSKEY 257 3 RSASHA256 aaaa bbbb", "DNSKEY 257 3 8 aaaabbbb"},
        {"x NSEC a A TYPE65280 RRSIG", "NSEC a.example.com. A RRSIG TYPE65280"},
        {"x NSEC3 1 0 10 - 2vptu5timamqttgl4luu9kg21e0aor3s A", NULL},
        {"x NSEC3PARAM 1 0 10 aabb", "NSEC3PARAM 1 0 10 aabb"},
        {"x SSHFP 1 1 aabb", "SSHFP 1 1 aabb"},
        {"x CERT PKIX 1 8 aaaa", "CERT PKIX 1 8 aaaa"},
        {"x HINFO a \"b c\"", "HINFO \"a\" \"b c\""},
        {"x APL 1:192.0.2.0/24 !2:2001:db8::/32", NULL},
        {"x EUI48 00-00-5e-00-53-2a", "EUI48 00-00-5e-00-53-2a"},
        {"x IPSECKEY 1 1 2 192.0.2.1 aaaa", "IPSECKEY 1 1 2 192.0.2.1 aaaa"},
        {"x IPSECKEY 1 3 2 g aaaa", "IPSECKEY 1 3 2 g.example.com. aaaa"},
        {"x CSYNC 66 3 A NS", "CSYNC 66 3 A NS"},
        {"x RESINFO qnamemin exterr=15-17", NULL},
        {"x TYPE65280 \\# 3 0a0b 0c", "TYPE65280 \\# 3 0a0b0c"},
        {"x TYPE1 \\# 4 c0000201", "A 192.0.2.1"},
        {"x TYPE65280 \\# 0", "TYPE65280 \\# 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t owner[NAME_SIZE_MAX];
        static uint8_t rdata[65535];
        struct rr rr;
        char error[200] = "", text[512], wanted[512];
        if (!zonefile_parse_rr(bytes_of_text(cases[i].text), name_of("example.com."), 60, owner,
                               rdata, &rr, error))
            fail_msg("%s: %s", cases[i].text, error);
        zonefile_format_rr(&rr, text, sizeof text);
        snprintf(wanted, sizeof wanted, "x.example.com. 60 IN %s",
                 cases[i].formatted ? cases[i].formatted : "");
        if (cases[i].formatted)
            assert_string_equal(text, wanted);
    }
}

static void parses_a_single_record(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "expected a record, found nothing"},
        {"www 300 A 192.0.2", "expected an IPv4 address such as 192.0.2.1, found '192.0.2'"},
        {"www A 192.0.2.1\nwww A 192.0.2.2", "expected one record, found several"},
        {"\"www", "this quote is not closed on its line"},
    };
    uint8_t owner[NAME_SIZE_MAX];
    static uint8_t rdata[65535];
    struct rr rr;
    char error[200];
    assert_true(zonefile_parse_rr(bytes_of_text("www2 300 A 192.0.2.80"), name_of("example.com."),
                                  60, owner, rdata, &rr, error));
    assert_true(name_equal(owner, name_of("www2.example.com.")));
    assert_ptr_equal(rr.owner, owner);
    assert_int_equal(rr.ttl, 300);
    assert_memory_equal(rdata, "\300\0\2\120", 4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(zonefile_parse_rr(bytes_of_text(cases[i].text), name_of("example.com."), 60,
                                       owner, rdata, &rr, error));
        assert_string_equal(error, cases[i].error);
    }
}

/* ---- $INCLUDE ----------------------------------------------------------------------------- */

static bool include_known(void *context, const char *from, const char *path,
                          const char **resolved_path, struct bytes *text, const char **error)
{
    (void)context, (void)error;
    static const char hosts[] = "h A 192.0.2.1\n$ORIGIN deeper\n@ TXT x\nbad A 1\n";
    static const char self[] = "$INCLUDE self\n";
    *text = bytes_of_text(strcmp(path, "self") == 0 ? self : hosts);
    *resolved_path = strcmp(path, "self") == 0 ? "self" : "dir/hosts";
    assert_non_null(from);
    return true;
}

static struct zone *load_with_includes(const char *text)
{
    struct zonefile_options options = {.origin = name_of("example.com."),
                                       .file = "f",
                                       .include = include_known,
                                       .report = note_mistake};
    reported[0] = '\0';
    return zonefile_load(bytes_of_text(text), &options);
}

static void an_included_file_leaves_origin_and_owner_alone(void **state)
{
    (void)state;
    assert_null(load_with_includes(APEX "a TXT x\n$INCLUDE hosts sub ; there\n  A x\nb A y\n"));
    assert_string_equal(reported,
                        "dir/hosts:4:7: expected an IPv4 address such as 192.0.2.1, found '1'\n"
                        "f:5:5: expected an IPv4 address such as 192.0.2.1, found 'x'\n"
                        "f:6:5: expected an IPv4 address such as 192.0.2.1, found 'y'\n");
}

static void files_that_include_themselves_are_a_mistake(void **state)
{
    (void)state;
    assert_null(load_with_includes(APEX "$INCLUDE self\n"));
    assert_string_equal(reported, "self:1:10: $INCLUDE in files nested more than 10 deep\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_each_mistake_with_line_and_column),
        cmocka_unit_test(names_mistakes_of_rarer_types),
        cmocka_unit_test(reports_all_mistakes_at_once),
        cmocka_unit_test(a_zone_needs_soa_and_ns_at_its_apex),
        cmocka_unit_test(a_second_cname_is_a_mistake_and_a_repeated_one_is_not),
        cmocka_unit_test(a_blank_owner_needs_an_owner_before_it),
        cmocka_unit_test(octet_0_is_a_mistake),
        cmocka_unit_test(reads_ttl_class_and_owner_in_any_form),
        cmocka_unit_test(without_a_ttl_directive_the_last_ttl_stated_holds),
        cmocka_unit_test(origin_moves_relative_names),
        cmocka_unit_test(quotes_and_backslashes_keep_octets),
        cmocka_unit_test(reads_the_types_of_today),
        cmocka_unit_test(parses_a_single_record),
        cmocka_unit_test(an_included_file_leaves_origin_and_owner_alone),
        cmocka_unit_test(files_that_include_themselves_are_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
