/* Zones on servers at any time: state, serial, behind, transfers, propagation. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/metrics_scene.h"

static struct metrics_zone com(const struct scene *scene, enum cast_node node, int64_t at_ns)
{
    return metrics_zone_at(scene->metrics, node, EXAMPLE_COM, at_ns);
}

/* ns1 serves version 1 from 1 ms on. */
static void begin(const struct scene *scene)
{
    hand_role(&scene->hand, HIDDEN_HOST, EXAMPLE_COM, NOTE_PRIMARY);
    hand_serve(&scene->hand, 0, HIDDEN_HOST, EXAMPLE_COM, 1);
    hand_role(&scene->hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_zone(&scene->hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_LOADING});
    hand_transfer(&scene->hand, NS_PER_MS, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 1);
}

/* ---- state ------------------------------------------------------------------------------- */

static void a_server_without_the_zone_is_absent(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    struct metrics_zone zone = com(scene, ISP, HOUR);
    assert_int_equal(zone.state, METRICS_ABSENT);
    assert_false(zone.has_serial);
    assert_int_equal(zone.behind_ns, -1);
    assert_false(metrics_holds(scene->metrics, ISP, EXAMPLE_COM));
    assert_true(metrics_holds(scene->metrics, NS1, EXAMPLE_COM));
    assert_false(metrics_holds(scene->metrics, NS1, EXAMPLE_ORG));
}

static void the_state_is_that_at_the_end_of_the_instant(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    assert_int_equal(com(scene, NS1, NS_PER_MS - 1).state, METRICS_LOADING);
    assert_int_equal(com(scene, NS1, NS_PER_MS - 1).behind_ns, -1);
    assert_int_equal(com(scene, NS1, NS_PER_MS).state, METRICS_SERVING);
    assert_int_equal(com(scene, NS1, NS_PER_MS).serial, 1);
    hand_zone(&scene->hand, HOUR, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 1});
    assert_int_equal(com(scene, NS1, HOUR - 1).state, METRICS_SERVING);
    assert_int_equal(com(scene, NS1, HOUR).state, METRICS_EXPIRED);
    assert_int_equal(com(scene, NS1, HOUR).serial, 1);
}

static void nothing_is_left_of_a_zone_that_its_catalog_dropped(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_zone(&scene->hand, HOUR, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_MEMBER_REMOVED, .text = "not listed"});
    struct metrics_zone zone = com(scene, NS1, HOUR);
    assert_int_equal(zone.state, METRICS_REMOVED);
    assert_false(zone.has_serial);
    assert_int_equal(zone.expires_ns, -1);
    assert_int_equal(zone.behind_ns, -1);
    assert_int_equal(zone.axfr, 1);
    assert_int_equal(metrics_next_refresh_ns(scene->metrics, NS1, EXAMPLE_COM), -1);
    hand_zone(&scene->hand, HOUR, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_LOADING});
    assert_int_equal(com(scene, NS1, HOUR).state, METRICS_LOADING);
}

static void a_contact_moves_the_expiry_until_the_next_one(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    for (int64_t at_ns = 10 * MINUTE; at_ns <= 20 * MINUTE; at_ns += 10 * MINUTE)
        hand_zone(&scene->hand, at_ns, NS1_HOST, EXAMPLE_COM,
                  (struct host_note){.kind = NOTE_ZONE_CONTACT, .values = {at_ns + 2 * HOUR}});
    assert_int_equal(com(scene, NS1, 10 * MINUTE - 1).last_contact_ns, NS_PER_MS);
    assert_int_equal(com(scene, NS1, 10 * MINUTE - 1).expires_ns, NS_PER_MS + HOUR);
    assert_int_equal(com(scene, NS1, 15 * MINUTE).last_contact_ns, 10 * MINUTE);
    assert_int_equal(com(scene, NS1, 15 * MINUTE).expires_ns, 2 * HOUR + 10 * MINUTE);
    assert_int_equal(com(scene, NS1, HOUR).last_contact_ns, 20 * MINUTE);
    hand_transfer(&scene->hand, 30 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    assert_int_equal(com(scene, NS1, HOUR).last_contact_ns, 30 * MINUTE);
    assert_int_equal(com(scene, NS1, HOUR).expires_ns, 30 * MINUTE + HOUR);
}

static void signatures_are_those_of_the_version_served(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    assert_false(com(scene, NS1, MINUTE).is_signed);
    int64_t until_s = cast_topology()->start_ns / NS_PER_S + 5;
    hand_zone(&scene->hand, 2 * MINUTE, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 2});
    hand_zone(&scene->hand, 2 * MINUTE, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SIGNATURES, .serial = 2, .values = {until_s}});
    assert_true(com(scene, NS1, HOUR).is_signed);
    assert_int_equal(com(scene, NS1, HOUR).signatures_ns, 5 * NS_PER_S);
    hand_zone(&scene->hand, 2 * HOUR, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 3});
    assert_true(com(scene, NS1, 2 * HOUR - 1).is_signed);
    assert_false(com(scene, NS1, 2 * HOUR).is_signed);
}

static void a_primary_has_neither_contact_nor_expiry(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    struct metrics_zone zone = com(scene, HIDDEN, HOUR);
    assert_int_equal(zone.role, NOTE_PRIMARY);
    assert_int_equal(zone.last_contact_ns, -1);
    assert_int_equal(zone.expires_ns, -1);
    assert_int_equal(zone.behind_ns, 0);
}

static void a_failed_host_keeps_the_state_it_had(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "ns1");
    hand_fault(&scene->hand, 2 * MINUTE, TRACE_RECOVERED, "ns1");
    assert_false(com(scene, NS1, MINUTE - 1).host_down);
    assert_true(com(scene, NS1, MINUTE).host_down);
    assert_int_equal(com(scene, NS1, MINUTE).state, METRICS_SERVING);
    assert_false(com(scene, NS1, 2 * MINUTE).host_down);
}

/* ---- behind ------------------------------------------------------------------------------ */

static void behind_counts_from_the_first_missing_version(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 3);
    assert_int_equal(com(scene, NS1, 10 * MINUTE - 1).behind_ns, 0);
    assert_int_equal(com(scene, NS1, 10 * MINUTE).behind_ns, 0);
    assert_int_equal(com(scene, NS1, 25 * MINUTE).behind_ns, 15 * MINUTE);
    hand_transfer(&scene->hand, 30 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    assert_int_equal(com(scene, NS1, 30 * MINUTE).behind_ns, 10 * MINUTE);
    hand_transfer(&scene->hand, 31 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 3);
    assert_int_equal(com(scene, NS1, 31 * MINUTE).behind_ns, 0);
    assert_int_equal(com(scene, NS1, 25 * MINUTE).behind_ns, 15 * MINUTE);
}

static void a_primary_that_goes_back_leaves_its_secondaries_behind(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 20);
    hand_transfer(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 20);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 15);
    hand_serve(&scene->hand, 21 * MINUTE, NS1_HOST, EXAMPLE_COM, 20); /* started again */
    assert_int_equal(com(scene, NS1, 30 * MINUTE).behind_ns, 10 * MINUTE);
    assert_int_equal(metrics_served_ns(scene->metrics, 1, NS1), -1);
    hand_publish(&scene->hand, 40 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 21);
    hand_transfer(&scene->hand, 41 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 21);
    assert_int_equal(com(scene, NS1, 41 * MINUTE).behind_ns, 0);
    assert_int_equal(metrics_served_ns(scene->metrics, 1, NS1), 41 * MINUTE);
}

static void behind_counts_the_versions_too(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 3);
    assert_int_equal(com(scene, NS1, 9 * MINUTE).behind_versions, 0);
    assert_int_equal(com(scene, NS1, 15 * MINUTE).behind_versions, 1);
    assert_int_equal(com(scene, NS1, 25 * MINUTE).behind_versions, 2);
    hand_transfer(&scene->hand, 30 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    assert_int_equal(com(scene, NS1, 30 * MINUTE).behind_versions, 1);
}

static void the_serial_of_another_version_does_not_hide_that_one_is_missing(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 1);
    hand_zone(&scene->hand, 12 * MINUTE, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 1, .values = {HOUR, 4, 1}});
    assert_int_equal(com(scene, NS1, 15 * MINUTE).behind_ns, 5 * MINUTE);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, NS1), -1);
    hand_transfer(&scene->hand, 20 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 1);
    assert_int_equal(com(scene, NS1, 20 * MINUTE).behind_ns, 0);
    assert_int_equal(com(scene, NS1, 15 * MINUTE).behind_versions, 1);
}

static void what_a_crash_lost_is_missing_again(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_serve(&scene->hand, 20 * MINUTE, NS1_HOST, EXAMPLE_COM, 1);
    assert_int_equal(com(scene, NS1, 20 * MINUTE).behind_ns, 10 * MINUTE);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, NS1), 11 * MINUTE);
}

static void serials_wrap_around(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, UINT32_MAX);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 0);
    hand_serve(&scene->hand, 21 * MINUTE, NS1_HOST, EXAMPLE_COM, 0);
    assert_int_equal(com(scene, NS1, 30 * MINUTE).behind_ns, 0);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, NS1), 21 * MINUTE);
}

/* ---- propagation ------------------------------------------------------------------------- */

static void a_version_counts_as_served_with_a_later_one(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_ORG, 2);
    hand_publish(&scene->hand, 30 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 3);
    hand_transfer(&scene->hand, 40 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 3);
    assert_int_equal(metrics_version_count(scene->metrics), 3);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, NS1), 40 * MINUTE);
    assert_int_equal(metrics_served_ns(scene->metrics, 1, NS1), -1);
    assert_int_equal(metrics_served_ns(scene->metrics, 2, NS1), 40 * MINUTE);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, HIDDEN), 10 * MINUTE);
    assert_int_equal(metrics_version(scene->metrics, 2).primary, HIDDEN);
}

static void the_same_version_by_two_primaries_is_one(void **state)
{
    const struct scene *scene = *state;
    hand_publish(&scene->hand, 10 * MINUTE, NS2_IAD_HOST, EXAMPLE_COM, 2);
    hand_publish(&scene->hand, 10 * MINUTE, NS2_SIN_HOST, EXAMPLE_COM, 2);
    assert_int_equal(metrics_version_count(scene->metrics), 1);
    assert_int_equal(metrics_version(scene->metrics, 0).primary, NS2_IAD);
}

static void a_change_that_keeps_the_serial_is_a_version_of_its_own(void **state)
{
    const struct scene *scene = *state;
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_publish(&scene->hand, 20 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    assert_int_equal(metrics_version_count(scene->metrics), 2);
}

/* hidden and ns2.iad are primaries, ns1 a secondary. */
static void begin_with_two_primaries(const struct scene *scene)
{
    begin(scene);
    hand_role(&scene->hand, NS2_IAD_HOST, EXAMPLE_COM, NOTE_PRIMARY);
    hand_serve(&scene->hand, 0, NS2_IAD_HOST, EXAMPLE_COM, 1);
}

static void a_version_is_due_on_secondaries_but_not_on_another_primary(void **state)
{
    const struct scene *scene = *state;
    begin_with_two_primaries(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_publish(&scene->hand, 20 * MINUTE, NS2_IAD_HOST, EXAMPLE_COM, 9);
    struct metrics_spread spread = metrics_spread(scene->metrics, 0);
    assert_int_equal(metrics_served_ns(scene->metrics, 0, NS2_IAD), -1);
    assert_int_equal(spread.due, 1);
    assert_int_equal(spread.slowest, NS1);
    assert_int_equal(spread.slowest_ns, MINUTE);
    assert_int_equal(com(scene, NS2_IAD, 15 * MINUTE).behind_ns, 0);
    spread = metrics_spread(scene->metrics, 1);
    assert_int_equal(spread.missing, 1);
    assert_int_equal(spread.first_missing, NS1);
}

static void a_version_is_due_on_a_primary_that_has_the_very_same(void **state)
{
    const struct scene *scene = *state;
    begin_with_two_primaries(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_publish(&scene->hand, 15 * MINUTE, NS2_IAD_HOST, EXAMPLE_COM, 2);
    assert_int_equal(metrics_spread(scene->metrics, 0).slowest, NS2_IAD);
    assert_int_equal(metrics_spread(scene->metrics, 0).slowest_ns, 5 * MINUTE);
}

static void a_version_is_not_due_where_the_zone_was_given_up_or_not_yet_held(void **state)
{
    const struct scene *scene = *state;
    const struct host_note removed = {.kind = NOTE_MEMBER_REMOVED};
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_zone(&scene->hand, 20 * MINUTE, NS1_HOST, EXAMPLE_COM, removed);
    hand_publish(&scene->hand, 30 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 3);
    hand_transfer(&scene->hand, 40 * MINUTE, NS2_SIN_HOST, EXAMPLE_COM, NOTE_AXFR, 3);
    assert_int_equal(metrics_spread(scene->metrics, 0).due, 0);
    assert_int_equal(metrics_spread(scene->metrics, 1).due, 0);
    assert_int_equal(metrics_spread(scene->metrics, 1).slowest, TOPOLOGY_NONE);
}

static void what_was_served_before_the_zone_was_given_up_counts(void **state)
{
    const struct scene *scene = *state;
    const struct host_note removed = {.kind = NOTE_MEMBER_REMOVED};
    begin(scene);
    hand_publish(&scene->hand, 10 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_zone(&scene->hand, 20 * MINUTE, NS1_HOST, EXAMPLE_COM, removed);
    assert_int_equal(metrics_spread(scene->metrics, 0).due, 1);
    assert_int_equal(metrics_spread(scene->metrics, 0).slowest_ns, MINUTE);
}

/* ---- transfers --------------------------------------------------------------------------- */

static void transfers_count_by_kind_up_to_then(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_transfer(&scene->hand, 10 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    hand_transfer(&scene->hand, 20 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_FALLBACK, 3);
    hand_zone(&scene->hand, 30 * MINUTE, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_TRANSFER_FAILED, .text = "a truncated message"});
    struct metrics_zone zone = com(scene, NS1, 15 * MINUTE);
    assert_int_equal(zone.axfr, 1);
    assert_int_equal(zone.ixfr, 1);
    assert_int_equal(zone.fallback, 0);
    assert_int_equal(zone.bytes, 1200);
    zone = com(scene, NS1, HOUR);
    assert_int_equal(zone.fallback, 1);
    assert_int_equal(zone.failed, 1);
    assert_int_equal(zone.bytes, 1800);
    assert_string_equal(zone.last_failure, "a truncated message");
    assert_int_equal(zone.last_failure_ns, 30 * MINUTE);
    assert_null(com(scene, NS1, 29 * MINUTE).last_failure);
}

static void the_last_transfer_is_remembered_with_all_that_is_told_of_it(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_transfer(&scene->hand, 10 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    assert_true(com(scene, HIDDEN, HOUR).last_transfer == METRICS_NO_TRANSFER);
    struct metrics_transfer first =
        metrics_transfer(scene->metrics, com(scene, NS1, 5 * MINUTE).last_transfer);
    struct metrics_transfer last =
        metrics_transfer(scene->metrics, com(scene, NS1, HOUR).last_transfer);
    assert_int_equal(first.kind, NOTE_AXFR);
    assert_int_equal(last.kind, NOTE_IXFR);
    assert_int_equal(last.at_ns, 10 * MINUTE);
    assert_int_equal(last.from, HIDDEN);
    assert_int_equal(last.serial, 2);
    assert_int_equal(last.bytes, 600);
    assert_int_equal(last.messages, 1);
    assert_int_equal(last.duration_ns, 2 * NS_PER_MS);
}

static void the_next_refresh_is_what_was_said_last(void **state)
{
    const struct scene *scene = *state;
    const struct {
        struct host_note note;
        int64_t next_ns;
    } said[] = {
        {{.kind = NOTE_ZONE_DUE, .values = {HOUR, 20 * MINUTE}}, 20 * MINUTE},
        {{.kind = NOTE_REFRESH_STARTED}, 5 * MINUTE},
        {{.kind = NOTE_REFRESH_FAILED, .values = {30 * MINUTE}}, 30 * MINUTE},
        {{.kind = NOTE_ZONE_CONTACT, .values = {HOUR, 40 * MINUTE}}, 40 * MINUTE},
    };
    begin(scene);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        hand_zone(&scene->hand, 5 * MINUTE, NS1_HOST, EXAMPLE_COM, said[i].note);
        assert_int_equal(metrics_next_refresh_ns(scene->metrics, NS1, EXAMPLE_COM),
                         said[i].next_ns);
    }
    assert_int_equal(metrics_next_refresh_ns(scene->metrics, HIDDEN, EXAMPLE_COM), -1);
    hand_fault(&scene->hand, HOUR, TRACE_FAILED, "ns1");
    assert_int_equal(metrics_next_refresh_ns(scene->metrics, NS1, EXAMPLE_COM), -1);
}

static void a_refresh_that_failed_is_a_failure_but_no_transfer(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_no_refresh(&scene->hand, MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
    assert_int_equal(com(scene, NS1, MINUTE).failed, 0);
    assert_string_equal(com(scene, NS1, MINUTE).last_failure, "answered REFUSED");
    assert_int_equal(com(scene, NS1, MINUTE).last_failure_from, HIDDEN);
}

static void completed_transfers_count_by_source_and_window(void **state)
{
    const struct scene *scene = *state;
    begin(scene);
    hand_transfer(&scene->hand, 10 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_IXFR, 2);
    assert_int_equal(metrics_transfers(scene->metrics, NS1, EXAMPLE_COM, HIDDEN, 0, HOUR), 2);
    assert_int_equal(metrics_transfers(scene->metrics, NS1, EXAMPLE_COM, NS2_IAD, 0, HOUR), 0);
    assert_int_equal(metrics_transfers(scene->metrics, NS1, EXAMPLE_COM, METRICS_ALL, MINUTE, HOUR),
                     1);
    assert_int_equal(metrics_transfers(scene->metrics, NS1, EXAMPLE_ORG, METRICS_ALL, 0, HOUR), 0);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scene_make, scene_discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(a_server_without_the_zone_is_absent),
        claim(the_state_is_that_at_the_end_of_the_instant),
        claim(nothing_is_left_of_a_zone_that_its_catalog_dropped),
        claim(a_contact_moves_the_expiry_until_the_next_one),
        claim(signatures_are_those_of_the_version_served),
        claim(a_primary_has_neither_contact_nor_expiry),
        claim(a_failed_host_keeps_the_state_it_had),
        claim(behind_counts_from_the_first_missing_version),
        claim(a_primary_that_goes_back_leaves_its_secondaries_behind),
        claim(behind_counts_the_versions_too),
        claim(the_serial_of_another_version_does_not_hide_that_one_is_missing),
        claim(what_a_crash_lost_is_missing_again),
        claim(serials_wrap_around),
        claim(a_version_counts_as_served_with_a_later_one),
        claim(the_same_version_by_two_primaries_is_one),
        claim(a_version_is_due_on_secondaries_but_not_on_another_primary),
        claim(a_version_is_due_on_a_primary_that_has_the_very_same),
        claim(a_version_is_not_due_where_the_zone_was_given_up_or_not_yet_held),
        claim(what_was_served_before_the_zone_was_given_up_counts),
        claim(a_change_that_keeps_the_serial_is_a_version_of_its_own),
        claim(transfers_count_by_kind_up_to_then),
        claim(the_last_transfer_is_remembered_with_all_that_is_told_of_it),
        claim(the_next_refresh_is_what_was_said_last),
        claim(a_refresh_that_failed_is_a_failure_but_no_transfer),
        claim(completed_transfers_count_by_source_and_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
