/* The timeline tells what someone would tell, and nothing twice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "reports/timeline.h"
#include "tests/support/small_cast.h"

struct scene {
    struct metrics *metrics;
    struct timeline *timeline;
    struct hand hand;
};

static int make(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->timeline = timeline_create(cast_topology());
    scene->metrics = metrics_create(cast_topology());
    scene->hand =
        (struct hand){{metrics_listener(scene->metrics), timeline_listener(scene->timeline)}, 2};
    *state = scene;
    return 0;
}

static int discard(void **state)
{
    struct scene *scene = *state;
    timeline_destroy(scene->timeline);
    metrics_destroy(scene->metrics);
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
    hand_zone(&scene->hand, HOUR, ISP_HOST, EXAMPLE_COM,
              (struct host_note){
                  .kind = (uint16_t)kind, .code = NOTE_ALARM_STALE, .peer = cast_address(server)});
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

/* ---- catalogs ---------------------------------------------------------------------------- */

static void listed(const struct scene *scene, int64_t at_ns, enum note_kind kind, bool from_disk)
{
    hand_zone(
        &scene->hand, at_ns, NS1_HOST, EXAMPLE_COM,
        (struct host_note){
            .kind = (uint16_t)kind, .serial = 7, .text = "why not", .values = {3, from_disk}});
}

static void member(const struct scene *scene, int64_t at_ns, enum note_kind kind,
                   enum cast_zone zone)
{
    static const char why[] = "why not";
    hand_zone(&scene->hand, at_ns, NS1_HOST, zone,
              (struct host_note){.kind = (uint16_t)kind, .text = why});
}

static void a_broken_catalog_is_told(void **state)
{
    const struct scene *scene = *state;
    listed(scene, HOUR, NOTE_CATALOG_BROKEN, false);
    assert_int_equal(timeline_count(scene->timeline), 1);
    expect(scene, 0, TIMELINE_CATALOG_BROKEN, "ns1");
    assert_string_equal(timeline_at(scene->timeline, 0)->reason, "why not");
}

static void members_are_told_but_for_those_of_the_first_list(void **state)
{
    const struct scene *scene = *state;
    listed(scene, 0, NOTE_CATALOG_READ, false);
    member(scene, 0, NOTE_MEMBER_ADDED, EXAMPLE_ORG);
    listed(scene, MINUTE, NOTE_CATALOG_READ, true); /* after a restart */
    member(scene, MINUTE, NOTE_MEMBER_ADDED, EXAMPLE_ORG);
    assert_int_equal(timeline_count(scene->timeline), 0);
    listed(scene, HOUR, NOTE_CATALOG_READ, false);
    member(scene, HOUR, NOTE_MEMBER_REMOVED, EXAMPLE_ORG);
    listed(scene, 2 * HOUR, NOTE_CATALOG_READ, false);
    member(scene, 2 * HOUR, NOTE_MEMBER_ADDED, EXAMPLE_ORG);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 0, TIMELINE_MEMBER_REMOVED, "ns1");
    assert_string_equal(timeline_at(scene->timeline, 0)->reason, "why not");
    expect(scene, 1, TIMELINE_MEMBER_ADDED, "ns1");
}

static void members_of_one_instant_are_one_entry(void **state)
{
    const struct scene *scene = *state;
    listed(scene, 0, NOTE_CATALOG_READ, false);
    listed(scene, HOUR, NOTE_CATALOG_READ, false);
    member(scene, HOUR, NOTE_MEMBER_ADDED, EXAMPLE_ORG);
    member(scene, HOUR, NOTE_MEMBER_ADDED, ROOT_ZONE);
    assert_int_equal(timeline_count(scene->timeline), 1);
    assert_int_equal(timeline_at(scene->timeline, 0)->zone, EXAMPLE_ORG);
    assert_int_equal(timeline_at(scene->timeline, 0)->more_zones, 1);
}

static void a_member_is_refused_once_and_at_the_start_too(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 0; i < 3; i++) {
        listed(scene, i * HOUR, NOTE_CATALOG_READ, false);
        member(scene, i * HOUR, NOTE_MEMBER_REFUSED, EXAMPLE_ORG);
    }
    assert_int_equal(timeline_count(scene->timeline), 1);
    expect(scene, 0, TIMELINE_MEMBER_REFUSED, "ns1");
}

/* ---- frozen zones ------------------------------------------------------------------------ */

static void command(const struct scene *scene, int64_t at_ns, enum note_command code)
{
    hand_zone(&scene->hand, at_ns, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_COMMAND, .code = (uint16_t)code});
}

static void waits(const struct scene *scene, int64_t at_ns)
{
    hand_zone(&scene->hand, at_ns, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_CHANGE_WAITS, .serial = 9});
}

static void a_change_that_waits_is_told(void **state)
{
    const struct scene *scene = *state;
    waits(scene, MINUTE);
    command(scene, 2 * MINUTE, NOTE_COMMAND_THAW);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 0, TIMELINE_CHANGE_WAITS, "hidden");
    assert_int_equal(timeline_at(scene->timeline, 0)->serial, 9);
    expect(scene, 1, TIMELINE_COMMAND, "hidden");
}

static void signatures_put_off_are_told_once_until_they_are_made(void **state)
{
    const struct scene *scene = *state;
    const struct host_note put_off = {.kind = NOTE_SIGNING_PUT_OFF, .text = "the zone is frozen"};
    hand_zone(&scene->hand, HOUR, HIDDEN_HOST, EXAMPLE_COM, put_off);
    hand_zone(&scene->hand, HOUR + MINUTE, HIDDEN_HOST, EXAMPLE_COM, put_off);
    assert_int_equal(timeline_count(scene->timeline), 1);
    hand_zone(&scene->hand, 2 * HOUR, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SIGNED});
    hand_zone(&scene->hand, 3 * HOUR, HIDDEN_HOST, EXAMPLE_COM, put_off);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 1, TIMELINE_SIGNING_PUT_OFF, "hidden");
}

/* ---- what runs out ----------------------------------------------------------------------- */

static void signed_until(const struct scene *scene, int64_t at_ns, enum cast_host host,
                         int64_t until_ns)
{
    hand_serve(&scene->hand, at_ns, host, EXAMPLE_COM, 1);
    hand_zone(&scene->hand, at_ns, host, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SIGNATURES,
                                 .values = {(CAST_START_NS + until_ns) / NS_PER_S}});
}

static void signatures_run_out_where_no_newer_ones_came_in_time(void **state)
{
    const struct scene *scene = *state;
    signed_until(scene, 0, NS1_HOST, HOUR);
    signed_until(scene, 0, NS2_IAD_HOST, HOUR);
    signed_until(scene, 30 * MINUTE, NS1_HOST, 3 * HOUR + 1 * NS_PER_S);
    hand_fault(&scene->hand, 2 * HOUR, TRACE_FAILED, "hidden");
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 2);
    expect(scene, 0, TIMELINE_SIGNATURES_OUT, "ns2.iad");
    assert_int_equal(timeline_at(scene->timeline, 0)->at_ns, HOUR);
    expect(scene, 1, TIMELINE_FAILED, "hidden");
}

static void who_is_down_serves_what_has_run_out_when_it_is_back(void **state)
{
    const struct scene *scene = *state;
    signed_until(scene, 0, NS1_HOST, HOUR);
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "ns1");
    hand_fault(&scene->hand, 2 * HOUR, TRACE_RECOVERED, "ns1");
    signed_until(scene, 2 * HOUR, NS1_HOST, HOUR);
    signed_until(scene, 2 * HOUR + MINUTE, NS1_HOST, HOUR); /* and so it stays */
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 3);
    expect(scene, 2, TIMELINE_SIGNATURES_OUT, "ns1");
    assert_int_equal(timeline_at(scene->timeline, 2)->at_ns, 2 * HOUR);
}

static void certified(const struct scene *scene, int64_t at_ns, int64_t until_ns, bool is_new)
{
    hand_note(&scene->hand, at_ns, NS1_HOST,
              &(struct host_note){.kind = NOTE_CERTIFICATE,
                                  .code = is_new,
                                  .values = {(CAST_START_NS + until_ns) / NS_PER_S}});
}

static void a_certificate_runs_out_unless_it_is_renewed_in_time(void **state)
{
    const struct scene *scene = *state;
    certified(scene, 0, HOUR, false);
    certified(scene, MINUTE, 2 * HOUR, true);
    certified(scene, 2 * HOUR + MINUTE, 2 * HOUR, false); /* a restart */
    certified(scene, 2 * HOUR + 2 * MINUTE, 9 * HOUR, true);
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 3);
    expect(scene, 0, TIMELINE_RENEWED, "ns1");
    expect(scene, 1, TIMELINE_CERTIFICATE_OUT, "ns1");
    assert_int_equal(timeline_at(scene->timeline, 1)->at_ns, 2 * HOUR);
    expect(scene, 2, TIMELINE_RENEWED, "ns1");
}

/* ---- clients ----------------------------------------------------------------------------- */

static void lookups_fail_from_the_first_to_the_last(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 1; i <= 6; i++) {
        hand_ask(&scene->hand, i * MINUTE, USER_1);
        hand_answer(&scene->hand, i * MINUTE + NS_PER_S, USER_1, NS_PER_S,
                    i == 2 || i == 5 ? NOTE_LOOKUP_SERVFAIL : NOTE_LOOKUP_ANSWERED);
    }
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 1);
    expect(scene, 0, TIMELINE_LOOKUPS_FAIL, "eu-users");
    assert_int_equal(timeline_at(scene->timeline, 0)->at_ns, 2 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 0)->until_ns, 5 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 0)->share_ppb, NS_PER_S / 2);
}

static void look_up(const struct scene *scene, int64_t at_ns, enum note_lookup_outcome outcome)
{
    hand_ask(&scene->hand, at_ns, USER_1);
    hand_answer(&scene->hand, at_ns + NS_PER_S, USER_1, NS_PER_S, outcome);
}

static void outages_that_lie_apart_are_told_apart(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 0; i < 60; i++)
        look_up(scene, i * MINUTE,
                i == 5 || i == 7 || i == 40 ? NOTE_LOOKUP_SERVFAIL : NOTE_LOOKUP_ANSWERED);
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 2);
    assert_int_equal(timeline_at(scene->timeline, 0)->at_ns, 5 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 0)->until_ns, 7 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 0)->share_ppb, 666666666);
    assert_int_equal(timeline_at(scene->timeline, 1)->at_ns, 40 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 1)->until_ns, 40 * MINUTE);
}

/* Who asks once an hour and always fails has one outage. */
static void silence_alone_does_not_end_an_outage(void **state)
{
    const struct scene *scene = *state;
    look_up(scene, 0, NOTE_LOOKUP_TIMEOUT);
    look_up(scene, HOUR, NOTE_LOOKUP_TIMEOUT);
    timeline_finish(scene->timeline, scene->metrics, 3 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 1);
    assert_int_equal(timeline_at(scene->timeline, 0)->until_ns, HOUR);
}

/* 40 single failures, 14 minutes apart, are not 40 lines; those 3 hours later are apart still. */
static void many_outages_are_taken_together(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 0; i < 40; i++) {
        look_up(scene, i * 14 * MINUTE, NOTE_LOOKUP_TIMEOUT);
        look_up(scene, i * 14 * MINUTE + 7 * MINUTE, NOTE_LOOKUP_ANSWERED);
    }
    look_up(scene, 13 * HOUR, NOTE_LOOKUP_TIMEOUT);
    timeline_finish(scene->timeline, scene->metrics, 14 * HOUR);
    assert_int_equal(timeline_count(scene->timeline), 2);
    assert_int_equal(timeline_at(scene->timeline, 0)->until_ns, 39 * 14 * MINUTE);
    assert_int_equal(timeline_at(scene->timeline, 1)->at_ns, 13 * HOUR);
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
        claim(a_broken_catalog_is_told),
        claim(members_are_told_but_for_those_of_the_first_list),
        claim(members_of_one_instant_are_one_entry),
        claim(a_member_is_refused_once_and_at_the_start_too),
        claim(a_change_that_waits_is_told),
        claim(signatures_put_off_are_told_once_until_they_are_made),
        claim(signatures_run_out_where_no_newer_ones_came_in_time),
        claim(who_is_down_serves_what_has_run_out_when_it_is_back),
        claim(a_certificate_runs_out_unless_it_is_renewed_in_time),
        claim(lookups_fail_from_the_first_to_the_last),
        claim(outages_that_lie_apart_are_told_apart),
        claim(silence_alone_does_not_end_an_outage),
        claim(many_outages_are_taken_together),
        claim(routes_of_the_hierarchy_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
