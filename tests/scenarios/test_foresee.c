/* What is foreseen of a timeline: changes that can't be made, serials that nobody follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "scenarios/stage/internal.h"
#include "tests/support/built.h"

/* Without SAID, nothing is. */
static void assert_foreseen(const char *entries, const char *said)
{
    struct built built;
    struct arena arena = {0};
    built_build(&built, arena_format(&arena, SITES ZONE SERVERS "timeline:\n%s", entries));
    assert_non_null(built.stage);
    stage_advise(built.stage);
    if (built.diagnostics.count != (said != NULL))
        fail_msg("%zu advices on:\n%s", built.diagnostics.count, entries);
    if (said)
        assert_string_equal(built.diagnostics.items[0].sentence, said);
    arena_release(&arena);
    built_end(&built);
}

static void changes_that_cannot_be_made_are_foreseen(void **state)
{
    (void)state;
    assert_foreseen("  - {at: 1m, change: example.com, remove: www A}\n"
                    "  - {at: 2m, change: example.com, remove: www A}\n",
                    "this change can't be made then: there is no such record to remove");
    assert_foreseen("  - {at: 1m, change: example.com, add: www CNAME ns1}\n",
                    "this change can't be made then: the record conflicts with what is there");
    assert_foreseen("  - {at: 1m, change: example.com, remove: www A}\n"
                    "  - {at: 2m, change: example.com, add: www CNAME ns1}\n",
                    NULL);
}

static void a_member_that_can_not_be_withdrawn_is_named(void **state)
{
    struct built built;
    (void)state;
    built_build(&built, "duration: 1h\nhierarchy: none\nsites: {fra: {location: [50.11, 8.68]}}\n"
                        "zones:\n"
                        "  a.example: {records: \"@ 300 SOA ns1 root 1 1800 300 604800 300\\n"
                        "@ 300 NS ns1\\nns1 300 A 192.0.2.1\\n\"}\n"
                        "  b.example: {records: \"@ 300 SOA ns1 root 1 1800 300 604800 300\\n"
                        "@ 300 NS ns1\\nns1 300 A 192.0.2.1\\n\"}\n"
                        "  catz.invalid: {catalog: [a.example]}\n"
                        "servers:\n"
                        "  ns1: {site: fra, primary: [catz.invalid, a.example, b.example]}\n"
                        "timeline:\n  - at: 1m\n    change: catz.invalid\n"
                        "    withdraw: [a.example, b.example]\n");
    assert_non_null(built.stage);
    stage_advise(built.stage);
    assert_int_equal(built.diagnostics.count, 1);
    assert_string_equal(built.diagnostics.items[0].sentence,
                        "this change can't be made then: the catalog does not list 'b.example'");
    assert_int_equal(built.diagnostics.items[0].place.line, 13);
    built_end(&built);
}

/* What clients ask for, without SAID nothing is told of. */
static void assert_asked(const char *names, const char *timeline, const char *said)
{
    struct built built;
    struct arena arena = {0};
    built_build(&built,
                arena_format(&arena,
                             SITES "zones:\n  example.com:\n    records: |\n      $TTL 300\n"
                                   "      @ SOA ns1 hostmaster 1 1800 300 604800 300\n"
                                   "      @ NS ns1\n      @ NS ns2\n      ns1 A 192.0.2.1\n"
                                   "      ns2 A 192.0.2.53\n      www CNAME ns1\n"
                                   "      *.wild A 192.0.2.9\n      sub NS ns.example.net.\n"
                                   "      a.b A 192.0.2.9\n" SERVERS
                                   "clients:\n  c: {site: fra, servers: [ns1], "
                                   "queries: {rate: 1/m, names: [%s]}}\n%s",
                             names, timeline));
    assert_non_null(built.stage);
    stage_advise(built.stage);
    assert_int_equal(built.diagnostics.count, said != NULL);
    if (said)
        assert_string_equal(built.diagnostics.items[0].sentence, said);
    built_end(&built);
    arena_release(&arena);
}

static void names_that_nobody_has_are_told(void **state)
{
    (void)state;
    assert_asked("www.example.com, x.y.wild.example.com, a.sub.example.com, b.example.com", "",
                 NULL);
    assert_asked("www.example.net", "",
                 "no zone of the scenario has 'www.example.net.': no look-up of it finds anything");
    assert_asked("www, www.example.com", "",
                 "no zone of the scenario has 'www.': no look-up of it finds anything");
    assert_asked(
        "ww.example.com", "",
        "'example.com.' never has 'ww.example.com.': every look-up of it ends in NXDOMAIN");
}

static void names_that_come_in_time_are_not_told(void **state)
{
    (void)state;
#define AT_1M "timeline:\n  - {at: 1m, change: example.com, add: "
    assert_asked("ww.example.com", AT_1M "ww A 192.0.2.9}\n", NULL);
    assert_asked("ww.example.com", AT_1M "a.ww A 192.0.2.9}\n", NULL);
    assert_asked("ww.example.com", AT_1M "\"* A 192.0.2.9\"}\n", NULL);
    assert_asked("a.ww.example.com", AT_1M "ww NS ns.example.net.}\n", NULL);
    assert_asked("a.ww.example.com", AT_1M "ww A 192.0.2.9}\n",
                 "'example.com.' never has 'a.ww.example.com.': every look-up of it ends in "
                 "NXDOMAIN");
}

static void serials_that_nobody_follows_are_foreseen(void **state)
{
    (void)state;
    assert_foreseen("  - {at: 1m, change: example.com, soa: 5}\n"
                    "  - {at: 2m, change: example.com, soa: 3}\n",
                    "this version has the serial 3: secondaries that have 5 will not see it "
                    "(RFC 1982)");
    assert_foreseen("  - {at: 1m, change: example.com, soa: 1, add: a A 192.0.2.9}\n",
                    "the serial stays 1 though the zone is another: secondaries will not see it");
    assert_foreseen("  - {at: 1m, change: example.com, soa: 2147483648}\n"
                    "  - {at: 2m, change: example.com, soa: 4294967295}\n"
                    "  - {at: 3m, change: example.com, soa: 1}\n",
                    NULL);
}

static void vain_words_of_operators_are_foreseen(void **state)
{
    (void)state;
    assert_foreseen("  - {at: 1m, thaw: example.com}\n", "the zone is not frozen then");
    assert_foreseen("  - {at: 1m, freeze: example.com}\n  - {at: 2m, freeze: example.com}\n",
                    "the zone is frozen already then");
    assert_foreseen("  - {at: 1m, stop: ns1}\n  - {at: 2m, change: example.com}\n",
                    "'ns1' is down then: nothing comes of it");
    assert_foreseen("  - {at: 1m, fail: fra}\n  - {at: 2m, freeze: example.com}\n",
                    "'ns1' is down then: nothing comes of it");
    assert_foreseen("  - {at: 1m, fail: ns2.iad}\n  - {at: 2m, transfer: example.com}\n", NULL);
    assert_foreseen("  - {at: 1m, freeze: example.com}\n"
                    "  - {at: 2m, change: example.com, add: a A 192.0.2.9}\n"
                    "  - {at: 3m, change: example.com, remove: a A}\n"
                    "  - {at: 4m, thaw: example.com}\n",
                    NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_that_cannot_be_made_are_foreseen),
        cmocka_unit_test(a_member_that_can_not_be_withdrawn_is_named),
        cmocka_unit_test(names_that_nobody_has_are_told),
        cmocka_unit_test(names_that_come_in_time_are_not_told),
        cmocka_unit_test(serials_that_nobody_follows_are_foreseen),
        cmocka_unit_test(vain_words_of_operators_are_foreseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
