/* What the picture tells of a run: what ran out, transfers that failed, zones that left. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/support/pictured.h"
#include "tests/support/scratch.h"

static void serving(const struct pictured *run, int64_t at_ns, const char *node)
{
    pictured_note(run, at_ns, node, (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7});
}

static void an_expiry_that_is_over_is_still_told(void **state)
{
    struct pictured run = pictured_run(pictured_four_sites());
    serving(&run, 0, "ns1");
    serving(&run, 0, "ns3");
    pictured_note(&run, 10 * MINUTE_NS, "ns1", (struct host_note){.kind = NOTE_ZONE_EXPIRED});
    serving(&run, 20 * MINUTE_NS, "ns1");
    for (int64_t i = 0; i < 2; i++) {
        pictured_note(&run, (5 + 20 * i) * MINUTE_NS, "ns3",
                      (struct host_note){.kind = NOTE_ZONE_EXPIRED});
        serving(&run, (10 + 20 * i) * MINUTE_NS, "ns3");
    }
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns1"), "label", "expired 10m 00s \u2013 20m 00s");
    pictured_expect(pictured_node_of(graph, "ns3"), "label",
                    "expired 2 times, 5m 00s \u2013 30m 00s");
    pictured_expect_none(pictured_node_of(graph, "ns2.iad"), "label", "expired");
    agclose(graph);
    pictured_end(&run);
}

static void signatures_and_certificates_that_ran_out_are_told(void **state)
{
    struct pictured run = pictured_run(pictured_four_sites());
    serving(&run, 0, "ns1");
    pictured_note(&run, 0, "ns1",
                  (struct host_note){.kind = NOTE_ZONE_SIGNATURES, .values = {40 * 60}});
    pictured_note(&run, 0, "hidden",
                  (struct host_note){.kind = NOTE_CERTIFICATE, .values = {15 * 60}});
    pictured_note(&run, 30 * MINUTE_NS, "hidden",
                  (struct host_note){.kind = NOTE_CERTIFICATE, .code = 1, .values = {9000}});
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns1"), "label", "signatures out since 40m 00s");
    pictured_expect(pictured_node_of(graph, "hidden"), "label",
                    "certificate out 15m 00s \u2013 30m 00s");
    pictured_expect_none(pictured_node_of(graph, "ns3"), "label", " out ");
    agclose(graph);
    pictured_end(&run);
}

static void failed_transfers_stand_at_their_arrow(void **state)
{
    struct pictured run = pictured_eventful_hour();
    for (int64_t i = 0; i < 3; i++)
        pictured_note(&run, (50 + i) * MINUTE_NS, "ns1",
                      (struct host_note){.kind = NOTE_TRANSFER_FAILED,
                                         .peer = *map_address(run.map, "hidden"),
                                         .text = "timeout"});
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_words_of(graph, pictured_edge_of(graph, "hidden", "ns1")), "label",
                    "3 failed");
    pictured_expect(pictured_edge_of(graph, "hidden", "ns1"), "tooltip", "3 failed");
    pictured_expect_none(pictured_words_of(graph, pictured_edge_of(graph, "hidden", "ns3")),
                         "label", "failed");
    agclose(graph);
    pictured_end(&run);
}

static void removed_zones_are_not_counted_as_held(void **state)
{
    struct map *map = pictured_four_sites();
    static const char *const more[] = {"example.net.", "example.org.", "example.edu."};
    for (size_t i = 0; i < 3; i++) {
        map_zone(map, more[i]);
        map_feed(map, (struct map_feed){more[i], "hidden", "ns1", 0});
    }
    struct pictured run = pictured_run(map);
    serving(&run, 0, "ns1");
    pictured_note(&run, MINUTE_NS, "ns1", (struct host_note){.kind = NOTE_MEMBER_REMOVED});
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns1"), "label", "3 zones, 1 removed");
    agclose(graph);
    pictured_end(&run);
}

static void alarm(const struct pictured *run, int64_t at_ns, enum note_kind kind,
                  const char *server)
{
    pictured_note(run, at_ns, "probe",
                  (struct host_note){.kind = (uint16_t)kind,
                                     .code = NOTE_ALARM_SILENT,
                                     .peer = *map_address(run->map, server)});
}

static void monitors_stand_at_their_sites_with_their_alarms(void **state)
{
    struct map *map = pictured_four_sites();
    map_node(map, (struct map_node){.name = "blind", .kind = TOPOLOGY_MONITOR, .site = "iad"});
    map_node(map, (struct map_node){.name = "probe", .kind = TOPOLOGY_MONITOR, .site = "sin"});
    struct pictured run = pictured_run(map);
    alarm(&run, 10 * MINUTE_NS, NOTE_ALARM_RAISED, "ns1");
    alarm(&run, 10 * MINUTE_NS, NOTE_ALARM_RAISED, "ns3");
    alarm(&run, 20 * MINUTE_NS, NOTE_ALARM_CLEARED, "ns1");
    Agraph_t *graph = pictured_after(state, &run);
    Agnode_t *probe = pictured_node_of(graph, "probe");
    pictured_expect(probe, "class", "monitor");
    pictured_expect(probe, "label", "2 alarms");
    pictured_expect(probe, "label", "1 not over");
    pictured_expect(pictured_node_of(graph, "blind"), "label", "0 alarms");
    assert_non_null(agsubnode(agsubg(graph, (char[]){"cluster sin"}, 0), probe, 0));
    assert_null(agfstedge(graph, probe));
    agclose(graph);
    pictured_end(&run);
}

int main(void)
{
#define CLAIM(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        CLAIM(an_expiry_that_is_over_is_still_told),
        CLAIM(signatures_and_certificates_that_ran_out_are_told),
        CLAIM(failed_transfers_stand_at_their_arrow),
        CLAIM(removed_zones_are_not_counted_as_held),
        CLAIM(monitors_stand_at_their_sites_with_their_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
