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
        cmocka_unit_test(serials_that_nobody_follows_are_foreseen),
        cmocka_unit_test(vain_words_of_operators_are_foreseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
