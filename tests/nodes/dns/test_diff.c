/* Differences between zone versions, and the journal. */
#include "nodes/dns/diff.h"
#include "nodes/dns/zonefile.h"
#include "sim/base/random.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct zone *version(unsigned serial, const char *records)
{
    char text[1024];
    snprintf(text, sizeof text, "$TTL 60\n@ SOA a b %u 2 3 4 5\n@ NS a\n%s", serial, records);
    return zone_from_text("e.", text);
}

/* Every record of DIFF as a line "OWNER TTL TYPE RDATA". */
static const char *list(const struct zone_diff *diff)
{
    static char out[4096];
    struct zone_diff_walk walk = {.diff = diff};
    struct rr rr;
    size_t at = 0;
    out[0] = '\0';
    while (zone_diff_walk_next(&walk, &rr)) {
        char text[512], *in;
        zonefile_format_rr(&rr, text, sizeof text);
        in = strstr(text, " IN ");
        at += (size_t)snprintf(out + at, sizeof out - at, "%.*s %s\n", (int)(in - text), text,
                               in + 4);
    }
    return out;
}

#define OLD_SOA "e. 60 SOA a.e. b.e. 1 2 3 4 5\n"
#define NEW_SOA "e. 60 SOA a.e. b.e. 2 2 3 4 5\n"

static void holds_what_changed_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *records;
    } cases[] = {
        {"x A 192.0.2.1\n", "x A 192.0.2.1\n", OLD_SOA NEW_SOA},
        {"x A 192.0.2.1\n", "X A 192.0.2.1\n", OLD_SOA NEW_SOA},
        {"x A 192.0.2.1\n", "", OLD_SOA "x.e. 60 A 192.0.2.1\n" NEW_SOA},
        {"", "x A 192.0.2.1\n", OLD_SOA NEW_SOA "x.e. 60 A 192.0.2.1\n"},
        {"x A 192.0.2.1\nx A 192.0.2.2\n", "x A 192.0.2.2\nx A 192.0.2.3\n",
         OLD_SOA "x.e. 60 A 192.0.2.1\n" NEW_SOA "x.e. 60 A 192.0.2.3\n"},
        {"x A 192.0.2.1\nx TXT t\n", "x 61 A 192.0.2.1\nx TXT t\n",
         OLD_SOA "x.e. 60 A 192.0.2.1\n" NEW_SOA "x.e. 61 A 192.0.2.1\n"},
        {"x A 192.0.2.1\nx MX 1 m\n", "x CNAME a\n",
         OLD_SOA "x.e. 60 A 192.0.2.1\nx.e. 60 MX 1 m.e.\n" NEW_SOA "x.e. 60 CNAME a.e.\n"},
        {"b TXT t\nx.a TXT t\n", "c TXT t\na TXT t\n",
         OLD_SOA "x.a.e. 60 TXT \"t\"\nb.e. 60 TXT \"t\"\n" NEW_SOA
                 "a.e. 60 TXT \"t\"\nc.e. 60 TXT \"t\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone *old = version(1, cases[i].old), *new = version(2, cases[i].new);
        struct zone_diff *diff = zone_diff_between(old, new);
        assert_string_equal(list(diff), cases[i].records);
        struct zone *applied = zone_diff_apply(old, diff);
        assert_true(zone_equal(applied, new));
        zone_release(applied);
        zone_diff_release(diff);
        zone_release(old);
        zone_release(new);
    }
}

static void does_not_apply_where_it_does_not_fit(void **state)
{
    (void)state;
    struct zone *old = version(1, "x A 192.0.2.1\n"), *new = version(2, "x A 192.0.2.2\n");
    struct zone *others[] = {
        version(3, "x A 192.0.2.1\n"),                /* another serial */
        version(1, ""),                               /* lacks what is to go */
        version(1, "x A 192.0.2.1\nx A 192.0.2.2\n"), /* has what is to come */
        version(1, "x A 192.0.2.3\n"),
    };
    struct zone_diff *diff = zone_diff_between(old, new);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_null(zone_diff_apply(others[i], diff));
        zone_release(others[i]);
    }
    zone_diff_release(diff);
    zone_release(old);
    zone_release(new);
}

static void a_built_difference_is_walked_in_the_order_of_ixfr(void **state)
{
    (void)state;
    struct zone *old = version(1, "x A 192.0.2.1\n"), *new = version(2, "x A 192.0.2.2\n");
    struct zone_walk old_walk = {.zone = old}, new_walk = {.zone = new};
    struct rr rr, record = {.owner = name_of("x.e."),
                            .type = RR_A,
                            .class = CLASS_IN,
                            .ttl = 60,
                            .rdata = bytes_of("\300\0\2\1", 4)};
    zone_walk_next(&old_walk, &rr);
    struct zone_diff_builder *builder = zone_diff_builder_create(&rr);
    zone_diff_builder_remove(builder, &record);
    zone_walk_next(&new_walk, &rr);
    zone_diff_builder_new_soa(builder, &rr);
    record.rdata = bytes_of("\300\0\2\2", 4);
    zone_diff_builder_add(builder, &record);
    struct zone_diff *diff = zone_diff_builder_finish(builder);
    assert_string_equal(list(diff),
                        OLD_SOA "x.e. 60 A 192.0.2.1\n" NEW_SOA "x.e. 60 A 192.0.2.2\n");
    assert_int_equal(zone_diff_size(diff), 2 * (3 + 10 + 5 + 5 + 20) + 2 * (5 + 10 + 4));
    struct zone *applied = zone_diff_apply(old, diff);
    assert_true(zone_equal(applied, new));
    zone_release(applied);
    zone_diff_release(diff);
    zone_release(old);
    zone_release(new);
}

/* ---- condensing --------------------------------------------------------------------------- */

static void the_way_back_leads_back(void **state)
{
    (void)state;
    struct zone *old = version(1, "x A 192.0.2.1\nx TXT t\ny A 192.0.2.3\n");
    struct zone *new = version(2, "x 61 A 192.0.2.2\nx TXT t\n");
    struct zone_diff *diff = zone_diff_between(old, new), *back = zone_diff_reverse(diff);
    assert_string_equal(list(back), NEW_SOA "x.e. 61 A 192.0.2.2\n" OLD_SOA
                                            "x.e. 60 A 192.0.2.1\ny.e. 60 A 192.0.2.3\n");
    struct zone *applied = zone_diff_apply(new, back);
    assert_true(zone_equal(applied, old));
    zone_release(applied);
    zone_diff_release(back);
    zone_diff_release(diff);
    zone_release(old);
    zone_release(new);
}

enum { VERSIONS = 6 };

/* Any few of some records, with a TTL that changes. */
static struct zone *random_version(unsigned serial, struct random *random)
{
    char records[512] = "";
    size_t at = 0;
    for (unsigned i = 0; i < 12; i++)
        if (random_below(random, 2) == 0)
            at += (size_t)snprintf(records + at, sizeof records - at, "%c %u A 192.0.2.%u\n",
                                   'a' + (int)(i / 3), 60 + (serial + i / 3) % 2, i);
    return version(serial, records);
}

static void condensed_differences_lead_to_the_same_version(void **state)
{
    (void)state;
    struct random random = {.key = 5};
    for (int round = 0; round < 200; round++) {
        struct zone *versions[VERSIONS];
        struct zone_diff *diffs[VERSIONS - 1];
        for (unsigned i = 0; i < VERSIONS; i++)
            versions[i] = random_version(i + 1, &random);
        for (unsigned i = 0; i + 1 < VERSIONS; i++)
            diffs[i] = zone_diff_between(versions[i], versions[i + 1]);
        for (unsigned from = 0; from + 1 < VERSIONS; from++) {
            struct zone_diff *condensed =
                zone_diff_condense(versions[VERSIONS - 1], diffs + from, VERSIONS - 1 - from);
            struct zone_diff *straight = zone_diff_between(versions[from], versions[VERSIONS - 1]);
            assert_int_equal(zone_diff_size(condensed), zone_diff_size(straight));
            struct zone *applied = zone_diff_apply(versions[from], condensed);
            assert_true(zone_equal(applied, versions[VERSIONS - 1]));
            zone_release(applied);
            zone_diff_release(straight);
            zone_diff_release(condensed);
        }
        for (unsigned i = 0; i < VERSIONS; i++)
            zone_release(versions[i]);
        for (unsigned i = 0; i + 1 < VERSIONS; i++)
            zone_diff_release(diffs[i]);
    }
}

static void what_does_not_lead_there_is_not_condensed(void **state)
{
    (void)state;
    struct zone *versions[] = {version(1, ""), version(2, "x A 192.0.2.1\n"), version(3, "")};
    struct zone *other = version(3, "x A 192.0.2.1\n");
    struct zone_diff *diffs[] = {zone_diff_between(versions[0], versions[1]),
                                 zone_diff_between(versions[1], versions[2])};
    assert_null(zone_diff_condense(versions[1], diffs, 2));
    assert_null(zone_diff_condense(other, diffs, 2));
    struct zone_diff *gap[] = {diffs[0], diffs[0]};
    assert_null(zone_diff_condense(versions[1], gap, 2));
    for (int i = 0; i < 3; i++)
        zone_release(versions[i]);
    zone_release(other);
    zone_diff_release(diffs[0]);
    zone_diff_release(diffs[1]);
}

/* ---- the journal -------------------------------------------------------------------------- */

static struct zone_diff *step(unsigned from, unsigned to)
{
    struct zone *old = version(from, ""), *new = version(to, "");
    struct zone_diff *diff = zone_diff_between(old, new);
    zone_release(old);
    zone_release(new);
    return diff;
}

static void append(struct journal *journal, unsigned from, unsigned to)
{
    struct zone_diff *diff = step(from, to);
    journal_append(journal, diff);
    zone_diff_release(diff);
}

static void finds_where_history_starts(void **state)
{
    (void)state;
    struct journal journal = {.size_max = SIZE_MAX};
    append(&journal, 1, 2);
    append(&journal, 2, 5);
    append(&journal, 5, 6);
    assert_int_equal(journal_find(&journal, 1), 0);
    assert_int_equal(journal_find(&journal, 5), 2);
    assert_true(journal_find(&journal, 6) == SIZE_MAX);
    assert_true(journal_find(&journal, 3) == SIZE_MAX);
    journal_free(&journal);
}

static void forgets_what_does_not_join_up(void **state)
{
    (void)state;
    struct journal journal = {.size_max = SIZE_MAX};
    append(&journal, 1, 2);
    append(&journal, 7, 8);
    assert_int_equal(journal.count, 1);
    assert_int_equal(journal_find(&journal, 7), 0);
    journal_free(&journal);
}

static void drops_the_oldest_beyond_its_size_or_number(void **state)
{
    (void)state;
    struct zone_diff *one = step(1, 2);
    struct journal journal = {.size_max = 2 * zone_diff_size(one) + 1};
    zone_diff_release(one);
    for (unsigned serial = 1; serial < 8; serial++)
        append(&journal, serial, serial + 1);
    assert_int_equal(journal.count, 2);
    assert_int_equal(journal_find(&journal, 6), 0);
    assert_int_equal(journal.size, journal.size_max - 1);
    journal_free(&journal);
    struct journal few = {.size_max = SIZE_MAX, .count_max = 3};
    for (unsigned serial = 1; serial < 8; serial++)
        append(&few, serial, serial + 1);
    assert_int_equal(few.count, 3);
    assert_int_equal(journal_find(&few, 5), 0);
    journal_free(&few);
    struct journal tiny = {.size_max = 1};
    append(&tiny, 1, 2);
    assert_int_equal(tiny.count, 0);
    journal_free(&tiny);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_changed_and_no_more),
        cmocka_unit_test(does_not_apply_where_it_does_not_fit),
        cmocka_unit_test(a_built_difference_is_walked_in_the_order_of_ixfr),
        cmocka_unit_test(the_way_back_leads_back),
        cmocka_unit_test(condensed_differences_lead_to_the_same_version),
        cmocka_unit_test(what_does_not_lead_there_is_not_condensed),
        cmocka_unit_test(finds_where_history_starts),
        cmocka_unit_test(forgets_what_does_not_join_up),
        cmocka_unit_test(drops_the_oldest_beyond_its_size_or_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
