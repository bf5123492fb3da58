/* The timeline tells what someone would tell, and nothing twice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "reports/timeline.h"
#include "tests/support/small_cast.h"

struct scene {
    struct timeline *timeline;
    struct hand hand;
};

static int make(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->timeline = timeline_create(cast_topology());
    scene->hand = (struct hand){{timeline_listener(scene->timeline)}, 1};
    *state = scene;
    return 0;
}

static int discard(void **state)
{
    struct scene *scene = *state;
    timeline_destroy(scene->timeline);
    free(scene);
    return 0;
}

static void expect(const struct scene *scene, size_t index, enum timeline_kind kind,
                   const char *what)
{
    assert_in_range(index, 0, timeline_count(scene->timeline) - 1);
    assert_int_equal(timeline_at(scene->timeline, index)->kind, kind);
    assert_string_equal(timeline_at(scene->timeline, index)->what, what);
}

static void refreshed(const struct scene *scene, int64_t at_ns, enum cast_node source)
{
    hand_zone(&scene->hand, at_ns, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_CONTACT, .peer = cast_address(source)});
}

static void a_play_is_told_in_order(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    assert_int_equal(timeline_count(scene->timeline), 8);
    expect(scene, 0, TIMELINE_FAILED, "fra-sin");
    expect(scene, 1, TIMELINE_PUBLISHED, "hidden");
    expect(scene, 2, TIMELINE_TRANSFER_FAILED, "ns2.sin");
    expect(scene, 3, TIMELINE_CHANGE_FAILED, "hidden");
    expect(scene, 4, TIMELINE_FAILED, "hidden");
    expect(scene, 5, TIMELINE_EXPIRED, "ns2.sin");
    expect(scene, 6, TIMELINE_STOPPED, "ns2.iad");
    expect(scene, 7, TIMELINE_WITHDRAWN, "ns2.iad");
    assert_int_equal(timeline_at(scene->timeline, 0)->at_ns, 10 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 1)->serial, 2);
    assert_string_equal(timeline_at(scene->timeline, 2)->peer, "hidden");
    assert_string_equal(timeline_at(scene->timeline, 2)->reason, "no answer to the SOA query");
}

static void starting_is_not_worth_telling(void **state)
{
    const struct scene *scene = *state;
    hand_serve(&scene->hand, 0, HIDDEN_HOST, EXAMPLE_COM, 1);
    hand_transfer(&scene->hand, NS_PER_S, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 1);
    assert_int_equal(timeline_count(scene->timeline), 0);
}

static void a_row_of_failures_is_told_once_until_that_source_is_good_again(void **state)
{
    const struct scene *scene = *state;
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_COM, 1);
    for (int64_t i = 1; i <= 3; i++) {
        hand_no_refresh(&scene->hand, i * MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
        refreshed(scene, i * MINUTE + 1, NS2_IAD);
    }
    assert_int_equal(timeline_count(scene->timeline), 1);
    refreshed(scene, 10 * MINUTE, HIDDEN);
    hand_no_refresh(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
    assert_int_equal(timeline_count(scene->timeline), 2);
    hand_no_refresh(&scene->hand, 11 * MINUTE, NS1_HOST, EXAMPLE_ORG, "answered REFUSED");
    assert_int_equal(timeline_count(scene->timeline), 3);
}

static void what_expired_is_told_when_it_is_served_again(void **state)
{
    const struct scene *scene = *state;
    const struct host_note expired = {.kind = NOTE_ZONE_EXPIRED, .serial = 1};
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_COM, 1);
    hand_zone(&scene->hand, HOUR, NS1_HOST, EXAMPLE_COM, expired);
    hand_zone(&scene->hand, HOUR + MINUTE, NS1_HOST, EXAMPLE_COM, expired); /* after a restart */
    hand_serve(&scene->hand, 2 * HOUR, NS1_HOST, EXAMPLE_COM, 1);
    hand_serve(&scene->hand, 3 * HOUR, NS1_HOST, EXAMPLE_COM, 1);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 0, TIMELINE_EXPIRED, "ns1");
    expect(scene, 1, TIMELINE_SERVING, "ns1");
}

static void a_secondary_that_got_its_zone_late_is_told(void **state)
{
    const struct scene *scene = *state;
    hand_no_refresh(&scene->hand, MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
    hand_transfer(&scene->hand, HOUR, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 1);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 1, TIMELINE_FIRST_SERVING, "ns1");
}

static void hosts_of_one_group_are_one_entry_at_one_instant(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "eu-users.1");
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "ns2.iad");
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "eu-users.2");
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "ns2.sin");
    hand_fault(&scene->hand, MINUTE + 1, TRACE_RECOVERED, "ns2.sin");
    assert_int_equal(timeline_count(scene->timeline), 3);
    expect(scene, 0, TIMELINE_FAILED, "eu-users");
    expect(scene, 1, TIMELINE_FAILED, "ns2");
    expect(scene, 2, TIMELINE_RECOVERED, "ns2.sin");
    assert_int_equal(timeline_at(scene->timeline, 1)->count, 2);
    assert_int_equal(timeline_at(scene->timeline, 2)->count, 1);
}

static void routes_of_the_hierarchy_are_not_told(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, MINUTE, TRACE_WITHDRAWN, "root.fra");
    hand_fault(&scene->hand, MINUTE, TRACE_WITHDRAWN, "ns2.sin");
    assert_int_equal(timeline_count(scene->timeline), 1);
}

static void alarmed(const struct scene *scene, enum note_kind kind, enum cast_node server)
{
    hand_zone(
        &scene->hand, HOUR, ISP_HOST, EXAMPLE_COM,
        (struct host_note){.kind = kind, .code = NOTE_ALARM_STALE, .peer = cast_address(server)});
}

static void an_alarm_tells_of_its_server_and_its_end_is_not_told(void **state)
{
    const struct scene *scene = *state;
    alarmed(scene, NOTE_ALARM_RAISED, NS1);
    alarmed(scene, NOTE_ALARM_RAISED, HIDDEN);
    alarmed(scene, NOTE_ALARM_CLEARED, NS1);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 0, TIMELINE_ALARM, "isp-eu");
    assert_string_equal(timeline_at(scene->timeline, 0)->peer, "ns1");
    assert_string_equal(timeline_at(scene->timeline, 1)->peer, "hidden");
    assert_int_equal(timeline_at(scene->timeline, 0)->alarm, NOTE_ALARM_STALE);
    assert_int_equal(timeline_at(scene->timeline, 0)->count, 1);
}

static void listed(const struct scene *scene, int64_t at_ns, enum note_kind kind, int64_t members)
{
    hand_zone(
        &scene->hand, at_ns, NS1_HOST, EXAMPLE_COM,
        (struct host_note){.kind = kind, .serial = 7, .text = "why not", .values = {members}});
}

static void a_catalog_is_told_when_it_breaks_or_lists_more_or_fewer(void **state)
{
    const struct scene *scene = *state;
    listed(scene, 0, NOTE_CATALOG_READ, 3);
    listed(scene, MINUTE, NOTE_CATALOG_READ, 3);
    assert_int_equal(timeline_count(scene->timeline), 0);
    listed(scene, HOUR, NOTE_CATALOG_BROKEN, 3);
    listed(scene, 2 * HOUR, NOTE_CATALOG_READ, 1);
    expect(scene, 0, TIMELINE_CATALOG_BROKEN, "ns1");
    assert_string_equal(timeline_at(scene->timeline, 0)->reason, "why not");
    expect(scene, 1, TIMELINE_MEMBERS, "ns1");
    assert_int_equal(timeline_at(scene->timeline, 1)->members, 1);
    assert_int_equal(timeline_at(scene->timeline, 1)->members_before, 3);
    assert_int_equal(timeline_count(scene->timeline), 2);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, make, discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(a_play_is_told_in_order),
        claim(starting_is_not_worth_telling),
        claim(a_row_of_failures_is_told_once_until_that_source_is_good_again),
        claim(what_expired_is_told_when_it_is_served_again),
        claim(a_secondary_that_got_its_zone_late_is_told),
        claim(hosts_of_one_group_are_one_entry_at_one_instant),
        claim(an_alarm_tells_of_its_server_and_its_end_is_not_told),
        claim(a_catalog_is_told_when_it_breaks_or_lists_more_or_fewer),
        claim(routes_of_the_hierarchy_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
