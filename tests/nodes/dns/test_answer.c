/* Answers from one zone, by the section of the RFC that asks for them. */
#include "nodes/dns/answer.h"
#include "nodes/dns/zonefile.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct answered {
    struct answer_result result;
    char text[16384]; /* a line for each record: "ans|aut|add OWNER TTL TYPE RDATA" */
};

static struct message_cursor cursor;

static void list_records(const uint8_t *wire, size_t size, char *out, size_t out_size)
{
    static const char *const sections[] = {"ans", "aut", "add"};
    struct message message;
    struct rr rr;
    size_t at = 0;
    assert_int_equal(message_parse(&message, bytes_of(wire, size)), MESSAGE_OK);
    message_cursor_start(&cursor, &message);
    out[0] = '\0';
    while (message_next(&cursor, &rr)) {
        char text[1024], *in;
        zonefile_format_rr(&rr, text, sizeof text);
        in = strstr(text, " IN ");
        at += (size_t)snprintf(out + at, out_size - at, "%s %.*s %s\n", sections[cursor.section],
                               (int)(in - text), text, in + 4);
    }
}

struct asked {
    const char *question; /* "www.example.com. A", with " +do" */
    size_t capacity;      /* 0: all that TCP has */
};

static struct answered *ask(const struct zone *zone, struct asked asked)
{
    static struct answered answered;
    static uint8_t wire[MESSAGE_SIZE_MAX];
    static struct message_writer w;
    char name[1024], type[16], dnssec[8] = "";
    assert_true(sscanf(asked.question, "%1023s %15s %7s", name, type, dnssec) >= 2);
    struct answer_question question = {.qname = name_of(name),
                                       .qtype = rr_type_from_text(bytes_of_text(type)),
                                       .dnssec_ok = strcmp(dnssec, "+do") == 0};
    message_begin(&w, wire, asked.capacity ? asked.capacity : sizeof wire, 1, OPCODE_QUERY,
                  FLAG_QR);
    assert_true(message_write_question(&w, question.qname, question.qtype, CLASS_IN));
    answered.result = answer_write(&w, zone, &question);
    size_t size = message_end(&w, 0, answered.result.rcode);
    list_records(wire, size, answered.text, sizeof answered.text);
    return &answered;
}

struct answer_case {
    const char *question;
    enum rcode rcode;
    bool authoritative;
    const char *records;
};

static void expect(const struct zone *zone, const struct answer_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct answered *got = ask(zone, (struct asked){cases[i].question, 0});
        if (strcmp(got->text, cases[i].records) != 0)
            print_error("%s:\nexpected\n%s\nfound\n%s\n", cases[i].question, cases[i].records,
                        got->text);
        assert_string_equal(got->text, cases[i].records);
        assert_int_equal(got->result.rcode, cases[i].rcode);
        assert_int_equal(got->result.authoritative, cases[i].authoritative);
        assert_false(got->result.truncated);
    }
}

#define EXPECT(zone, cases) expect(zone, cases, sizeof cases / sizeof cases[0])

static const char plain_text[] =
    "$TTL 3600\n"
    "@ SOA ns1 admin 1 7200 600 86400 60\n"
    "@ NS ns1\n@ NS ns2.sub\n@ MX 10 mail\n@ MX 20 mail\n"
    "ns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\n"
    "mail A 192.0.2.25\n"
    "www 300 A 192.0.2.80\nwww 300 A 192.0.2.81\n"
    "a.b.c TXT deep\n"
    "_dns._udp SRV 0 0 53 ns1\n"
    "sub NS ns1.sub\nsub NS ns2.sub\nsub NS ns1\nsub NS ns.elsewhere.\n"
    "sub DS 1 8 2 aabb\n"
    "ns1.sub A 192.0.2.2\nns2.sub A 192.0.2.3\n"
    "alias CNAME alias2\nalias2 CNAME www\nout CNAME www.example.org.\n"
    "dangling CNAME nowhere\nloop1 CNAME loop2\nloop2 CNAME loop1\n"
    "cut CNAME x.sub\n";

#define SOA_DENIAL \
    "aut example.com. 60 SOA ns1.example.com. admin.example.com. 1 7200 600 86400 60\n"
#define SUB_REFERRAL /* RRsets in canonical order, needed glue first */ \
    "aut sub.example.com. 3600 NS ns.elsewhere.\n"                      \
    "aut sub.example.com. 3600 NS ns1.sub.example.com.\n"               \
    "aut sub.example.com. 3600 NS ns1.example.com.\n"                   \
    "aut sub.example.com. 3600 NS ns2.sub.example.com.\n"               \
    "add ns1.sub.example.com. 3600 A 192.0.2.2\n"                       \
    "add ns2.sub.example.com. 3600 A 192.0.2.3\n"                       \
    "add ns1.example.com. 3600 A 192.0.2.1\n"                           \
    "add ns1.example.com. 3600 AAAA 2001:db8::1\n"

static void answers_as_rfc_1034_section_4_3_2(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"www.example.com. A", RCODE_NOERROR, true,
         "ans www.example.com. 300 A 192.0.2.80\nans www.example.com. 300 A 192.0.2.81\n"},
        {"WWW.example.com. A", RCODE_NOERROR, true,
         "ans WWW.example.com. 300 A 192.0.2.80\nans WWW.example.com. 300 A 192.0.2.81\n"},
        {"example.com. NS", RCODE_NOERROR, true,
         "ans example.com. 3600 NS ns1.example.com.\n"
         "ans example.com. 3600 NS ns2.sub.example.com.\n"
         "add ns1.example.com. 3600 A 192.0.2.1\nadd ns1.example.com. 3600 AAAA 2001:db8::1\n"
         "add ns2.sub.example.com. 3600 A 192.0.2.3\n"},
        {"example.com. MX", RCODE_NOERROR, true,
         "ans example.com. 3600 MX 10 mail.example.com.\nans example.com. 3600 MX 20 "
         "mail.example.com.\nadd mail.example.com. 3600 A 192.0.2.25\n"},
        {"_dns._udp.example.com. SRV", RCODE_NOERROR, true,
         "ans _dns._udp.example.com. 3600 SRV 0 0 53 ns1.example.com.\n"
         "add ns1.example.com. 3600 A 192.0.2.1\nadd ns1.example.com. 3600 AAAA 2001:db8::1\n"},
        {"ns1.example.com. ANY", RCODE_NOERROR, true,
         "ans ns1.example.com. 3600 A 192.0.2.1\nans ns1.example.com. 3600 AAAA 2001:db8::1\n"},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void denies_as_rfc_2308(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"www.example.com. MX", RCODE_NOERROR, true, SOA_DENIAL},
        {"nothing.example.com. A", RCODE_NXDOMAIN, true, SOA_DENIAL},
        {"x.www.example.com. A", RCODE_NXDOMAIN, true, SOA_DENIAL},
        {"b.c.example.com. A", RCODE_NOERROR, true, SOA_DENIAL}, /* empty non-terminal */
        {"c.example.com. ANY", RCODE_NOERROR, true, SOA_DENIAL},
        {"_udp.example.com. SRV", RCODE_NOERROR, true, SOA_DENIAL},
        {"*.example.com. A", RCODE_NXDOMAIN, true, SOA_DENIAL},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void the_soa_in_a_denial_has_the_lesser_ttl(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"x.e. A", RCODE_NXDOMAIN, true, "aut e. 30 SOA a.e. b.e. 1 2 3 4 900\n"}};
    struct zone *zone = zone_from_text("e.", "@ 30 SOA a b 1 2 3 4 900\n@ NS a\n");
    EXPECT(zone, cases);
    zone_release(zone);
}

static void refers_with_the_glue(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"sub.example.com. A", RCODE_NOERROR, false, SUB_REFERRAL},
        {"sub.example.com. NS", RCODE_NOERROR, false, SUB_REFERRAL},
        {"ns1.sub.example.com. A", RCODE_NOERROR, false, SUB_REFERRAL},
        {"x.y.sub.example.com. DS", RCODE_NOERROR, false, SUB_REFERRAL},
        {"sub.example.com. NSEC", RCODE_NOERROR, false, SUB_REFERRAL},
        /* RFC 4035 section 3.1.4: DS and its RRSIG; without the one the other is of no use. */
        {"sub.example.com. A +do", RCODE_NOERROR, false, SUB_REFERRAL},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void answers_ds_on_the_parents_side(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"sub.example.com. DS", RCODE_NOERROR, true, "ans sub.example.com. 3600 DS 1 8 2 aabb\n"},
        {"example.com. DS", RCODE_NOERROR, true, SOA_DENIAL},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void follows_cnames_within_the_zone(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"alias.example.com. A", RCODE_NOERROR, true,
         "ans alias.example.com. 3600 CNAME alias2.example.com.\n"
         "ans alias2.example.com. 3600 CNAME www.example.com.\n"
         "ans www.example.com. 300 A 192.0.2.80\nans www.example.com. 300 A 192.0.2.81\n"},
        {"alias.example.com. CNAME", RCODE_NOERROR, true,
         "ans alias.example.com. 3600 CNAME alias2.example.com.\n"},
        {"alias.example.com. ANY", RCODE_NOERROR, true,
         "ans alias.example.com. 3600 CNAME alias2.example.com.\n"},
        {"alias2.example.com. TXT", RCODE_NOERROR, true,
         "ans alias2.example.com. 3600 CNAME www.example.com.\n" SOA_DENIAL},
        {"out.example.com. A", RCODE_NOERROR, true,
         "ans out.example.com. 3600 CNAME www.example.org.\n"},
        {"dangling.example.com. A", RCODE_NXDOMAIN, true, /* RFC 6604 */
         "ans dangling.example.com. 3600 CNAME nowhere.example.com.\n" SOA_DENIAL},
        {"loop1.example.com. A", RCODE_NOERROR, true,
         "ans loop1.example.com. 3600 CNAME loop2.example.com.\n"
         "ans loop2.example.com. 3600 CNAME loop1.example.com.\n"},
        {"cut.example.com. A", RCODE_NOERROR, true,
         "ans cut.example.com. 3600 CNAME x.sub.example.com.\n" SUB_REFERRAL},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void an_alias_is_asked_for_its_own_nsec(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"alias.example.com. NSEC", RCODE_NOERROR, true, SOA_DENIAL},
        {"alias.example.com. RRSIG", RCODE_NOERROR, true, SOA_DENIAL},
        {"alias2.example.com. NSEC3", RCODE_NOERROR, true,
         "ans alias2.example.com. 3600 CNAME www.example.com.\n" SOA_DENIAL},
    };
    struct zone *zone = zone_from_text("example.com.", plain_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void a_long_chain_ends_somewhere(void **state)
{
    (void)state;
    char text[2048] = "@ SOA a b 1 2 3 4 5\n@ NS a\n";
    for (size_t i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "c%zu CNAME c%zu\n", i, i + 1);
    struct zone *zone = zone_from_text("e.", text);
    struct answered *got = ask(zone, (struct asked){"c0.e. A", 0});
    size_t lines = 0;
    for (const char *p = got->text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, ANSWER_CHAIN_MAX + 1);
    assert_int_equal(got->result.rcode, RCODE_NOERROR);
    zone_release(zone);
}

/* The zone and the answers of RFC 4592 section 2.2.1. */
static const char wildcard_text[] =
    "@ 3600 SOA a.h. b.h. 1 2 3 4 60\n@ 3600 NS ns.example.com.\n@ 3600 NS ns.example.net.\n"
    "*.example. 3600 TXT \"this is a wildcard\"\n*.example. 3600 MX 10 host1.example.\n"
    "sub.*.example. 3600 TXT \"this is not a wildcard\"\n"
    "host1.example. 3600 A 192.0.2.1\n_ssh._tcp.host1.example. 3600 SRV 1 2 3 h.\n"
    "_ssh._tcp.host2.example. 3600 SRV 1 2 3 h.\n"
    "subdel.example. 3600 NS ns.example.com.\nsubdel.example. 3600 NS ns.example.net.\n";

#define EXAMPLE_DENIAL "aut example. 60 SOA a.h. b.h. 1 2 3 4 60\n"

static void expands_wildcards_as_rfc_4592_section_2_2_1(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"host3.example. MX", RCODE_NOERROR, true,
         "ans host3.example. 3600 MX 10 host1.example.\nadd host1.example. 3600 A 192.0.2.1\n"},
        {"host3.example. A", RCODE_NOERROR, true, EXAMPLE_DENIAL},
        {"foo.bar.example. TXT", RCODE_NOERROR, true,
         "ans foo.bar.example. 3600 TXT \"this is a wildcard\"\n"},
        {"host1.example. MX", RCODE_NOERROR, true, EXAMPLE_DENIAL},
        {"sub.*.example. MX", RCODE_NOERROR, true, EXAMPLE_DENIAL},
        {"_telnet._tcp.host1.example. SRV", RCODE_NXDOMAIN, true, EXAMPLE_DENIAL},
        {"host.subdel.example. A", RCODE_NOERROR, false,
         "aut subdel.example. 3600 NS ns.example.com.\n"
         "aut subdel.example. 3600 NS ns.example.net.\n"},
        {"ghost.*.example. MX", RCODE_NXDOMAIN, true, EXAMPLE_DENIAL},
        {"*.example. TXT", RCODE_NOERROR, true, "ans *.example. 3600 TXT \"this is a wildcard\"\n"},
    };
    struct zone *zone = zone_from_text("example.", wildcard_text);
    EXPECT(zone, cases);
    zone_release(zone);
}

static void wildcards_may_be_aliases_and_empty(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"x.e. A", RCODE_NOERROR, true, "ans x.e. 60 CNAME w.e.\nans w.e. 60 A 192.0.2.1\n"},
        {"x.f.e. A", RCODE_NOERROR, true, "aut e. 5 SOA a.e. b.e. 1 2 3 4 5\n"},
        /* A loop through a wildcard: no record twice (RFC 2181 section 5). */
        {"x.l.e. A", RCODE_NOERROR, true, "ans x.l.e. 60 CNAME x.l.e.\n"},
        {"y.l.e. A", RCODE_NOERROR, true,
         "ans y.l.e. 60 CNAME x.l.e.\nans x.l.e. 60 CNAME x.l.e.\n"},
        {"*.l.e. A", RCODE_NOERROR, true,
         "ans *.l.e. 60 CNAME x.l.e.\nans x.l.e. 60 CNAME x.l.e.\n"},
    };
    struct zone *zone = zone_from_text(
        "e.", "$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\n* CNAME w\nw A 192.0.2.1\nz.*.f TXT x\n"
              "*.l CNAME x.l\n");
    EXPECT(zone, cases);
    zone_release(zone);
}

static void redirects_as_rfc_6672(void **state)
{
    (void)state;
    static const struct answer_case cases[] = {
        {"www.old.e. A", RCODE_NOERROR, true,
         "ans old.e. 60 DNAME new.e.\nans www.old.e. 60 CNAME www.new.e.\n"
         "ans www.new.e. 60 A 192.0.2.1\n"},
        {"www.old.e. CNAME", RCODE_NOERROR, true,
         "ans old.e. 60 DNAME new.e.\nans www.old.e. 60 CNAME www.new.e.\n"},
        {"www.old.e. ANY", RCODE_NOERROR, true,
         "ans old.e. 60 DNAME new.e.\nans www.old.e. 60 CNAME www.new.e.\n"},
        {"a.b.far.e. A", RCODE_NOERROR, true,
         "ans far.e. 60 DNAME x.org.\nans a.b.far.e. 60 CNAME a.b.x.org.\n"},
        {"old.e. TXT", RCODE_NOERROR, true, "ans old.e. 60 TXT \"here\"\n"},
        {"old.e. DNAME", RCODE_NOERROR, true, "ans old.e. 60 DNAME new.e.\n"},
        {"no.old.e. A", RCODE_NXDOMAIN, true,
         "ans old.e. 60 DNAME new.e.\nans no.old.e. 60 CNAME no.new.e.\n"
         "aut e. 5 SOA a.e. b.e. 1 2 3 4 5\n"},
    };
    struct zone *zone = zone_from_text("e.", "$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\n"
                                             "old DNAME new\nold TXT here\nfar DNAME x.org.\n"
                                             "www.new A 192.0.2.1\n");
    EXPECT(zone, cases);
    zone_release(zone);
}

static void a_name_that_gets_too_long_is_yxdomain(void **state)
{
    (void)state;
    char question[300] = "", label[64];
    memset(label, 'a', 60);
    label[60] = '\0';
    for (size_t i = 0; i < 4; i++)
        snprintf(question + strlen(question), sizeof question - strlen(question), "%s.", label);
    snprintf(question + strlen(question), sizeof question - strlen(question), "d.e. A");
    struct zone *zone = zone_from_text("e.", "@ SOA a b 1 2 3 4 5\n@ NS a\n"
                                             "d 60 DNAME abcdefghijkl.mnopqrst\n");
    struct answered *got = ask(zone, (struct asked){question, 0});
    assert_int_equal(got->result.rcode, RCODE_YXDOMAIN);
    assert_string_equal(got->text, "ans d.e. 60 DNAME abcdefghijkl.mnopqrst.e.\n");
    zone_release(zone);
}

static void a_dname_that_leads_into_itself_ends(void **state)
{
    (void)state;
    struct zone *zone =
        zone_from_text("e.", "@ SOA a b 1 2 3 4 5\n@ NS a\nd 60 DNAME x.d\n@ 60 DNAME e.\n");
    struct answered *got = ask(zone, (struct asked){"a.d.e. A", 0});
    assert_int_equal(got->result.rcode, RCODE_NOERROR);
    assert_false(got->result.truncated);
    zone_release(zone);
}

/* ---- room --------------------------------------------------------------------------------- */

static void needed_glue_that_does_not_fit_truncates(void **state)
{
    (void)state;
    struct zone *zone = zone_from_text("example.com.", plain_text);
    struct answered *whole = ask(zone, (struct asked){"x.sub.example.com. A", 166});
    assert_false(whole->result.truncated); /* courtesy addresses are left out instead */
    assert_non_null(strstr(whole->text, "add ns2.sub.example.com. 3600 A"));
    assert_null(strstr(whole->text, "AAAA"));
    struct answered *cut = ask(zone, (struct asked){"x.sub.example.com. A", 140});
    assert_true(cut->result.truncated);
    zone_release(zone);
}

static void an_rrset_that_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    struct zone *zone = zone_from_text("example.com.", plain_text);
    struct answered *got = ask(zone, (struct asked){"www.example.com. A", 12 + 21 + 16 + 15});
    assert_true(got->result.truncated);
    assert_string_equal(got->text, "");
    got = ask(zone, (struct asked){"www.example.com. A", 12 + 21 + 16 + 16});
    assert_false(got->result.truncated);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_rfc_1034_section_4_3_2),
        cmocka_unit_test(denies_as_rfc_2308),
        cmocka_unit_test(the_soa_in_a_denial_has_the_lesser_ttl),
        cmocka_unit_test(refers_with_the_glue),
        cmocka_unit_test(answers_ds_on_the_parents_side),
        cmocka_unit_test(follows_cnames_within_the_zone),
        cmocka_unit_test(an_alias_is_asked_for_its_own_nsec),
        cmocka_unit_test(a_long_chain_ends_somewhere),
        cmocka_unit_test(expands_wildcards_as_rfc_4592_section_2_2_1),
        cmocka_unit_test(wildcards_may_be_aliases_and_empty),
        cmocka_unit_test(redirects_as_rfc_6672),
        cmocka_unit_test(a_name_that_gets_too_long_is_yxdomain),
        cmocka_unit_test(a_dname_that_leads_into_itself_ends),
        cmocka_unit_test(needed_glue_that_does_not_fit_truncates),
        cmocka_unit_test(an_rrset_that_does_not_fit_is_left_out_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
