/* Sentences: what each comes apart into, and when a number satisfies one. The sentences that are
 * refused stand in broken/expect-syntax.yaml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/expectation.h"
#include "sim/base/time.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct expectation parse(const char *text)
{
    struct diagnostics diagnostics = {.arena = &arena};
    const struct expectation_context context = {&arena, &diagnostics, 1767225600 * NS_PER_S,
                                                10800 * NS_PER_S};
    struct expectation expectation;
    bool understood =
        expectation_parse(&context, text, (struct place){"a.yaml", 7, 5}, &expectation);
    if (!understood)
        print_error("%s: %s\n", text, diagnostics.items[0].sentence);
    diagnostics_free(&diagnostics);
    assert_true(understood);
    return expectation;
}

static void availability_is_of_a_group_or_of_all(void **state)
{
    struct expectation e = parse("availability of eu-users >= 99.9%");
    (void)state;
    assert_int_equal(e.kind, EXPECT_AVAILABILITY);
    assert_string_equal(e.subject.name, "eu-users");
    assert_int_equal(e.subject.place.line, 7);
    assert_int_equal(e.subject.place.column, 21);
    assert_int_equal(e.compare, EXPECT_AT_LEAST);
    assert_int_equal(e.limit, 999000000);
    assert_int_equal(e.from_ns, 0);
    assert_int_equal(e.to_ns, 10800 * NS_PER_S);
    assert_int_equal(e.at_ns, -1);
    e = parse("availability of all<1% between 1h and 2h");
    assert_null(e.subject.name);
    assert_int_equal(e.compare, EXPECT_LESS);
    assert_int_equal(e.from_ns, 3600 * NS_PER_S);
    assert_int_equal(e.to_ns, 7200 * NS_PER_S);
}

static void an_outcome_is_a_share_of_look_ups(void **state)
{
    static const char *const outcomes[] = {"answered", "nxdomain", "servfail", "other", "timeout"};
    (void)state;
    for (int i = 0; i < NOTE_LOOKUP_OUTCOME_COUNT; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s of eu-users between 1%% and 2.5%%", outcomes[i]);
        struct expectation e = parse(text);
        assert_int_equal(e.kind, EXPECT_OUTCOME);
        assert_int_equal(e.outcome, i);
        assert_string_equal(e.subject.name, "eu-users");
        assert_int_equal(e.limit, 10000000);
        assert_int_equal(e.limit_high, 25000000);
    }
}

static void latency_has_a_statistic(void **state)
{
    static const struct {
        const char *word;
        enum expectation_statistic statistic;
    } rows[] = {{"mean", EXPECT_MEAN}, {"p50", EXPECT_P50}, {"p90", EXPECT_P90},
                {"p95", EXPECT_P95},   {"p99", EXPECT_P99}, {"max", EXPECT_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expectation e =
            parse(arena_format(&arena, "%s latency of users < 80ms", rows[i].word));
        assert_int_equal(e.kind, EXPECT_LATENCY);
        assert_int_equal(e.statistic, rows[i].statistic);
        assert_int_equal(e.limit, 80 * NS_PER_MS);
    }
}

static void two_betweens_are_limits_and_window(void **state)
{
    struct expectation e =
        parse("p95 latency of users between 10ms and 80ms between 2026-01-01T01:00:00Z and 2h");
    (void)state;
    assert_int_equal(e.compare, EXPECT_BETWEEN);
    assert_int_equal(e.limit, 10 * NS_PER_MS);
    assert_int_equal(e.limit_high, 80 * NS_PER_MS);
    assert_int_equal(e.from_ns, 3600 * NS_PER_S);
    assert_int_equal(e.to_ns, 7200 * NS_PER_S);
}

static void propagation_may_be_of_one_change(void **state)
{
    struct expectation e = parse("propagation of example.com <= 5s");
    (void)state;
    assert_int_equal(e.kind, EXPECT_PROPAGATION);
    assert_string_equal(e.zone.name, "example.com");
    assert_null(e.subject.name);
    assert_int_equal(e.compare, EXPECT_AT_MOST);
    assert_int_equal(e.limit, 5 * NS_PER_S);
    assert_int_equal(e.at_ns, -1);
    e = parse("propagation of . <= 5s of change at 30m");
    assert_string_equal(e.zone.name, ".");
    assert_int_equal(e.at_ns, 1800 * NS_PER_S);
}

static void states_and_serials_are_at_a_time(void **state)
{
    struct expectation e = parse("example.com on ns2.iad is serving at 2h");
    (void)state;
    assert_int_equal(e.kind, EXPECT_STATE);
    assert_int_equal(e.state, EXPECT_SERVING);
    assert_string_equal(e.zone.name, "example.com");
    assert_string_equal(e.subject.name, "ns2.iad");
    assert_int_equal(e.at_ns, 7200 * NS_PER_S);
    assert_int_equal(parse("a on b is expired at 0").state, EXPECT_EXPIRED);
    assert_int_equal(parse("a on b is loading at 0").state, EXPECT_LOADING);
    e = parse("serial of example.com on ns1 = 4294967295 at 5m");
    assert_int_equal(e.kind, EXPECT_SERIAL);
    assert_int_equal(e.compare, EXPECT_EQUAL);
    assert_int_equal(e.limit, 4294967295);
    assert_int_equal(e.at_ns, 300 * NS_PER_S);
}

static void signatures_are_valid_or_expired(void **state)
{
    struct expectation e = parse("signatures of example.com on ns2.iad are valid at 2h");
    (void)state;
    assert_int_equal(e.kind, EXPECT_SIGNATURES);
    assert_int_equal(e.state, EXPECT_VALID);
    assert_string_equal(e.zone.name, "example.com");
    assert_string_equal(e.subject.name, "ns2.iad");
    assert_int_equal(e.at_ns, 7200 * NS_PER_S);
    assert_int_equal(parse("signatures of a on b are expired at 0").state, EXPECT_EXPIRED);
}

static void what_operators_watch_is_at_a_time(void **state)
{
    static const struct {
        const char *text;
        enum expectation_kind kind;
        int64_t limit;
    } rows[] = {
        {"example.com on ns2 is behind <= 5m at 1h", EXPECT_BEHIND, 300 * NS_PER_S},
        {"missing versions of example.com on ns2 <= 3 at 1h", EXPECT_MISSING, 3},
        {"expiry of example.com on ns2 <= 2d at 1h", EXPECT_EXPIRY, 172800 * NS_PER_S},
        {"signatures of example.com on ns2 last <= 1h at 1h", EXPECT_SIGNATURES_LEFT,
         3600 * NS_PER_S},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expectation e = parse(rows[i].text);
        assert_int_equal(e.kind, rows[i].kind);
        assert_string_equal(e.zone.name, "example.com");
        assert_string_equal(e.subject.name, "ns2");
        assert_int_equal(e.compare, EXPECT_AT_MOST);
        assert_int_equal(e.limit, rows[i].limit);
        assert_int_equal(e.at_ns, 3600 * NS_PER_S);
    }
}

static void the_last_transfer_was_of_a_kind(void **state)
{
    (void)state;
    assert_int_equal(parse("last transfer of a.b on ns2 is axfr at 1h").transfer, NOTE_AXFR);
    assert_int_equal(parse("last transfer of a.b on ns2 is ixfr at 1h").transfer, NOTE_IXFR);
    struct expectation e = parse("last transfer of a.b on ns2 is fallback at 1h");
    assert_int_equal(e.kind, EXPECT_LAST_TRANSFER);
    assert_int_equal(e.transfer, NOTE_FALLBACK);
    assert_int_equal(e.at_ns, 3600 * NS_PER_S);
}

static void counts_may_be_from_somebody(void **state)
{
    struct expectation e = parse("queries on ns1 > 3");
    (void)state;
    assert_int_equal(e.kind, EXPECT_QUERIES);
    assert_string_equal(e.subject.name, "ns1");
    assert_null(e.from.name);
    assert_int_equal(e.compare, EXPECT_GREATER);
    assert_int_equal(e.limit, 3);
    assert_string_equal(parse("queries on ns1 from users = 0").from.name, "users");
    e = parse("transfers of example.com on ns3 from ns2 >= 1 between 1h and 5h");
    assert_int_equal(e.kind, EXPECT_TRANSFERS);
    assert_string_equal(e.zone.name, "example.com");
    assert_string_equal(e.subject.name, "ns3");
    assert_string_equal(e.from.name, "ns2");
    assert_int_equal(e.to_ns, 18000 * NS_PER_S);
    assert_false(e.incremental);
    e = parse("incremental transfers of example.com on ns3 from ns2 = 2");
    assert_int_equal(e.kind, EXPECT_TRANSFERS);
    assert_true(e.incremental);
    assert_string_equal(e.from.name, "ns2");
}

static void shares_are_among_several(void **state)
{
    struct expectation e = parse("share of b among a, b,c , d from isp between 20% and 30%");
    (void)state;
    assert_int_equal(e.kind, EXPECT_SHARE);
    assert_string_equal(e.subject.name, "b");
    assert_int_equal(e.among.count, 4);
    assert_string_equal(e.among.items[2].name, "c");
    assert_string_equal(e.from.name, "isp");
    assert_int_equal(e.limit, 200000000);
    assert_int_equal(e.limit_high, 300000000);
    e = parse("share of a among a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r = 1%");
    assert_int_equal(e.among.count, 18);
    assert_string_equal(e.among.items[17].name, "r");
}

static void a_zone_called_like_a_keyword_takes_its_final_dot(void **state)
{
    struct expectation e = parse("queries. on ns1 is serving at 1h");
    (void)state;
    assert_int_equal(e.kind, EXPECT_STATE);
    assert_string_equal(e.zone.name, "queries.");
}

static void limits_hold_as_their_operator_says(void **state)
{
    static const struct {
        const char *text;
        int64_t actual;
        bool holds;
    } rows[] = {
        {"queries on a < 5", 4, true},
        {"queries on a < 5", 5, false},
        {"queries on a <= 5", 5, true},
        {"queries on a <= 5", 6, false},
        {"queries on a = 5", 5, true},
        {"queries on a = 5", 4, false},
        {"queries on a >= 5", 5, true},
        {"queries on a >= 5", 4, false},
        {"queries on a > 5", 6, true},
        {"queries on a > 5", 5, false},
        {"queries on a between 5 and 7", 5, true},
        {"queries on a between 5 and 7", 7, true},
        {"queries on a between 5 and 7", 4, false},
        {"queries on a between 5 and 7", 8, false},
        {"serial of a on b > 4294967295 at 1h", 0, true},
        {"serial of a on b < 4294967295 at 1h", 0, false},
        {"serial of a on b >= 4294967295 at 1h", 5, true},
        {"serial of a on b > 5 at 1h", 4294967295, false},
        {"serial of a on b between 4294967290 and 4 at 1h", 0, true},
        {"serial of a on b between 4294967290 and 4 at 1h", 5, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct expectation e = parse(rows[i].text);
        if (expectation_holds(&e, rows[i].actual) != rows[i].holds)
            fail_msg("%s: %lld", rows[i].text, (long long)rows[i].actual);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(availability_is_of_a_group_or_of_all),
        cmocka_unit_test(an_outcome_is_a_share_of_look_ups),
        cmocka_unit_test(latency_has_a_statistic),
        cmocka_unit_test(two_betweens_are_limits_and_window),
        cmocka_unit_test(propagation_may_be_of_one_change),
        cmocka_unit_test(states_and_serials_are_at_a_time),
        cmocka_unit_test(signatures_are_valid_or_expired),
        cmocka_unit_test(what_operators_watch_is_at_a_time),
        cmocka_unit_test(the_last_transfer_was_of_a_kind),
        cmocka_unit_test(counts_may_be_from_somebody),
        cmocka_unit_test(shares_are_among_several),
        cmocka_unit_test(a_zone_called_like_a_keyword_takes_its_final_dot),
        cmocka_unit_test(limits_hold_as_their_operator_says),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
