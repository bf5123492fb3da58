/* The picture of a topology: what stands in it, what it says, and that it is always drawn. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <graphviz/cgraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/graph.h"
#include "tests/support/map.h"
#include "tests/support/scratch.h"

static const int64_t minute_ns = INT64_C(60000000000);

/* ---- four sites, ten nodes, an eventful hour ---------------------------------------------- */

static struct map *four_sites(void)
{
    struct map *map = map_create("four sites");
    map_site(map, "fra", 50, 9);
    map_site(map, "iad", 39, -77);
    map_site(map, "sin", 1, 104);
    map_site(map, "syd", -34, 151);
    map_zone(map, "example.com.");
    map_node(map, (struct map_node){.name = "hidden", .site = "fra", .primary_of = "example.com."});
    map_node(map, (struct map_node){.name = "ns1", .site = "fra", .named = true});
    map_node(map, (struct map_node){.name = "ns2.iad",
                                    .group = "ns2",
                                    .site = "iad",
                                    .named = true,
                                    .anycast = "192.0.2.53"});
    map_node(map, (struct map_node){.name = "ns2.sin",
                                    .group = "ns2",
                                    .site = "sin",
                                    .named = true,
                                    .anycast = "192.0.2.53"});
    map_node(map, (struct map_node){.name = "ns3", .site = "syd", .named = true});
    map_node(map, (struct map_node){.name = "isp-eu", .kind = TOPOLOGY_RESOLVER, .site = "fra"});
    map_node(map, (struct map_node){.name = "isp-ap", .kind = TOPOLOGY_RESOLVER, .site = "sin"});
    static const char *const groups[][3] = {{"eu-users", "fra", "isp-eu"},
                                            {"us-users", "iad", "isp-eu"},
                                            {"ap-users", "syd", "isp-ap"}};
    for (size_t i = 0; i < 3; i++)
        map_node(map, (struct map_node){.name = groups[i][0],
                                        .kind = TOPOLOGY_CLIENTS,
                                        .site = groups[i][1],
                                        .asks = {groups[i][2]},
                                        .host_count = 200});
    for (size_t i = 0; i < 4; i++) {
        static const char *const secondaries[] = {"ns1", "ns2.iad", "ns2.sin", "ns3"};
        map_feed(map, (struct map_feed){"example.com.", "hidden", secondaries[i], 0});
        if (i > 0)
            map_feed(map, (struct map_feed){"example.com.", "ns1", secondaries[i], 1});
    }
    map_node(map, (struct map_node){.name = "root.fra",
                                    .group = "root",
                                    .site = "fra",
                                    .of_hierarchy = true,
                                    .anycast = "198.41.0.4"});
    map_node(map, (struct map_node){.name = "root.sin",
                                    .group = "root",
                                    .site = "sin",
                                    .of_hierarchy = true,
                                    .anycast = "198.41.0.4"});
    map_link(map, "fra", "sin");
    return map;
}

struct run {
    struct map *map;
    struct metrics *metrics;
    struct trace_listener listener;
};

static struct run run_of(struct map *map)
{
    struct metrics *metrics = metrics_create(map_seal(map));
    return (struct run){map, metrics, metrics_listener(metrics)};
}

static void end(struct run *run)
{
    metrics_destroy(run->metrics);
    map_free(run->map);
}

static void note(const struct run *run, int64_t at_ns, const char *node, struct host_note note)
{
    static uint8_t example[] = "\7example\3com";
    note.name = bytes_of(example, sizeof example);
    run->listener.note(run->listener.context, at_ns, map_host(run->map, node), &note);
}

static void fault(const struct run *run, int64_t at_ns, enum trace_fault fault, const char *what)
{
    run->listener.fault(run->listener.context, at_ns, fault, what);
}

static void transferred(const struct run *run, int64_t at_ns, const char *from, const char *to)
{
    note(run, at_ns, to,
         (struct host_note){
             .kind = NOTE_TRANSFER_DONE, .code = NOTE_AXFR, .peer = *map_address(run->map, from)});
    note(run, at_ns, to,
         (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7, .values = {at_ns, 10}});
}

static void asked(const struct run *run, const char *from, const char *to, unsigned times)
{
    struct packet packet = {.fate = PACKET_DELIVERED,
                            .sender = map_host(run->map, from),
                            .receiver = map_host(run->map, to)};
    for (unsigned i = 0; i < times; i++) {
        run->listener.arrived(run->listener.context, &packet, minute_ns);
        note(run, minute_ns, to,
             (struct host_note){.kind = NOTE_QUERY, .peer = *map_address(run->map, from)});
    }
}

static void upstream(const struct run *run, const char *resolver, const char *server,
                     enum note_kind kind, int64_t rtt_ns)
{
    note(run, minute_ns, resolver,
         (struct host_note){
             .kind = (uint16_t)kind, .peer = *map_address(run->map, server), .values = {rtt_ns}});
}

static struct run eventful_hour(void)
{
    struct run run = run_of(four_sites());
    static const char *const secondaries[] = {"ns1", "ns2.iad", "ns2.sin", "ns3"};
    note(&run, 0, "hidden", (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7});
    for (size_t i = 0; i < 4; i++) {
        note(&run, 0, secondaries[i],
             (struct host_note){.kind = NOTE_ZONE_ROLE, .code = NOTE_SECONDARY});
        transferred(&run, minute_ns, "hidden", secondaries[i]);
    }
    transferred(&run, 2 * minute_ns, "ns1", "ns2.sin");
    asked(&run, "eu-users", "isp-eu", 40);
    asked(&run, "us-users", "isp-eu", 20);
    asked(&run, "ap-users", "isp-ap", 30);
    asked(&run, "isp-eu", "ns1", 12);
    asked(&run, "isp-ap", "ns2.sin", 9);
    asked(&run, "isp-eu", "root.fra", 1);
    upstream(&run, "isp-eu", "ns1", NOTE_UPSTREAM_SENT, 0);
    upstream(&run, "isp-eu", "ns1", NOTE_UPSTREAM_ANSWER, 25 * INT64_C(1000000));
    upstream(&run, "isp-eu", "ns3", NOTE_UPSTREAM_SENT, 0);
    upstream(&run, "isp-eu", "ns3", NOTE_UPSTREAM_TIMEOUT, 0);
    fault(&run, 10 * minute_ns, TRACE_FAILED, "hidden");
    fault(&run, 20 * minute_ns, TRACE_RECOVERED, "hidden");
    fault(&run, 30 * minute_ns, TRACE_FAILED, "sin");
    fault(&run, 40 * minute_ns, TRACE_FAILED, "fra-sin");
    fault(&run, 45 * minute_ns, TRACE_RECOVERED, "fra-sin");
    note(&run, 50 * minute_ns, "ns3", (struct host_note){.kind = NOTE_ZONE_EXPIRED});
    return run;
}

/* ---- reading pictures back ------------------------------------------------------------------ */

/* The text of NAME after a run; to be freed. */
static char *written(void **state, const struct run *run, const char *name)
{
    char error[OUTPUT_ERROR_SIZE] = "", path[64];
    struct output *output = NULL;
    size_t size;
    assert_int_equal(output_open(scratch_path(state, "out"), &output, error), OUTPUT_OK);
    assert_true(graph_write(output, &run->map->topology, run->metrics));
    assert_true(output_commit(output, error));
    snprintf(path, sizeof path, "out/%s", name);
    char *text = scratch_read(scratch_path(state, path), &size);
    assert_non_null(text);
    return text;
}

static Agraph_t *parsed(char *text)
{
    Agraph_t *graph = agmemread(text);
    assert_non_null(graph);
    free(text);
    return graph;
}

static Agraph_t *picture(void **state, const struct run *run)
{
    return parsed(written(state, run, "topology.dot"));
}

static Agraph_t *plan(void **state, struct map *map)
{
    char error[GRAPH_ERROR_SIZE] = "";
    size_t size;
    const char *path = scratch_path(state, "plan.dot");
    if (!graph_draw(map_seal(map), path, error))
        fail_msg("%s", error);
    return parsed(scratch_read(path, &size));
}

static Agnode_t *node_of(Agraph_t *graph, const char *name)
{
    Agnode_t *node = agnode(graph, (char *)(uintptr_t)name, 0);
    if (!node)
        fail_msg("no node '%s'", name);
    return node;
}

static Agedge_t *edge_of(Agraph_t *graph, const char *from, const char *to)
{
    return agedge(graph, node_of(graph, from), node_of(graph, to), NULL, 0);
}

static const char *attribute(void *object, const char *name)
{
    const char *value = agget(object, (char *)(uintptr_t)name);
    return value ? value : "";
}

/* The node that bears the words of EDGE. */
static Agnode_t *words_of(Agraph_t *graph, Agedge_t *edge)
{
    char name[256];
    const char *class = attribute(edge, "class");
    snprintf(name, sizeof name, "%s %.*s %s", agnameof(agtail(edge)), (int)strcspn(class, " "),
             class, agnameof(aghead(edge)));
    return node_of(graph, name);
}

static void expect(void *object, const char *name, const char *part)
{
    if (!strstr(attribute(object, name), part))
        fail_msg("%s: %s is '%s', no '%s' in it", agnameof(object), name, attribute(object, name),
                 part);
}

static void expect_none(void *object, const char *name, const char *part)
{
    if (strstr(attribute(object, name), part))
        fail_msg("%s: %s has '%s'", agnameof(object), name, part);
}

/* ---- claims: what stands in it -------------------------------------------------------------- */

static void every_node_and_every_feed_is_drawn(void **state)
{
    struct run run = eventful_hour();
    const struct topology *topology = &run.map->topology;
    Agraph_t *graph = picture(state, &run);
    for (size_t i = 0; i < topology->node_count; i++)
        if (!topology->nodes[i].of_hierarchy)
            node_of(graph, topology->nodes[i].name);
    for (size_t i = 0; i < topology->feed_count; i++) {
        Agedge_t *edge = edge_of(graph, topology->nodes[topology->feeds[i].source].name,
                                 topology->nodes[topology->feeds[i].secondary].name);
        assert_non_null(edge);
        expect(edge, "class", "transfer");
    }
    agclose(graph);
    end(&run);
}

static void roles_are_told_apart(void **state)
{
    struct map *map = four_sites();
    map_zone(map, "example.net.");
    map_node(map, (struct map_node){
                      .name = "open", .site = "syd", .primary_of = "example.net.", .named = true});
    Agraph_t *graph = plan(state, map);
    static const char *const roles[][2] = {{"hidden", "hidden"},
                                           {"open", "primary"},
                                           {"ns1", "secondary"},
                                           {"isp-eu", "resolver"},
                                           {"eu-users", "clients"}};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(attribute(node_of(graph, roles[i][0]), "class"), roles[i][1]);
        for (size_t k = 0; k < i; k++)
            assert_true(strcmp(attribute(node_of(graph, roles[i][0]), "fillcolor"),
                               attribute(node_of(graph, roles[k][0]), "fillcolor")) != 0);
    }
    agclose(graph);
    map_free(map);
}

static void instances_bear_their_shared_address(void **state)
{
    struct map *map = four_sites();
    Agraph_t *graph = plan(state, map);
    expect(node_of(graph, "ns2.iad"), "label", "anycast 192.0.2.53");
    expect(node_of(graph, "ns2.sin"), "label", "anycast 192.0.2.53");
    expect_none(node_of(graph, "ns1"), "label", "anycast");
    agclose(graph);
    map_free(map);
}

static void the_hierarchy_is_one_box(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    assert_null(agnode(graph, (char[]){"root.fra"}, 0));
    assert_null(agnode(graph, (char[]){"root.sin"}, 0));
    expect(node_of(graph, "root and TLD servers"), "label", "1 query");
    assert_non_null(edge_of(graph, "isp-eu", "root and TLD servers"));
    agclose(graph);
    end(&run);
}

static void sites_stand_from_west_to_east_with_their_names(void **state)
{
    struct map *map = four_sites();
    Agraph_t *graph = plan(state, map);
    static char *const clusters[] = {"cluster iad", "cluster fra", "cluster sin", "cluster syd"};
    static const char *const places[] = {"Washington", "Frankfurt", "Singapore", "Sydney"};
    double before = -1;
    for (size_t i = 0; i < 4; i++) {
        double left;
        Agraph_t *cluster = agsubg(graph, clusters[i], 0);
        assert_non_null(cluster);
        expect(cluster, "label", places[i]);
        assert_int_equal(sscanf(attribute(cluster, "bb"), "%lf", &left), 1);
        assert_true(left > before);
        before = left;
    }
    agclose(graph);
    map_free(map);
}

/* ---- claims: what happened ------------------------------------------------------------------ */

static void what_failed_is_marked_with_its_times(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "hidden"), "class", "failed");
    expect(node_of(graph, "hidden"), "label", "down 10m 00s \u2013 20m 00s");
    expect(agsubg(graph, (char[]){"cluster sin"}, 0), "label", "down since 30m 00s");
    expect(agsubg(graph, (char[]){"cluster sin"}, 0), "class", "failed");
    expect_none(agsubg(graph, (char[]){"cluster fra"}, 0), "class", "failed");
    expect_none(node_of(graph, "ns1"), "class", "failed");
    agclose(graph);
    end(&run);
}

static void nodes_of_a_failed_site_leave_the_times_to_it(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns2.sin"), "class", "failed");
    expect_none(node_of(graph, "ns2.sin"), "label", "down");
    agclose(graph);
    end(&run);
}

static void repeated_failures_are_counted(void **state)
{
    struct run run = run_of(four_sites());
    for (int64_t i = 0; i < 3; i++) {
        fault(&run, (10 * i + 1) * minute_ns, TRACE_FAILED, "ns1");
        fault(&run, (10 * i + 3) * minute_ns, TRACE_RECOVERED, "ns1");
    }
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns1"), "label", "down 3 times, 6m 00s in all");
    agclose(graph);
    end(&run);
}

static void a_failed_link_is_dashed_in_red(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    Agedge_t *link = edge_of(graph, "site fra", "site sin");
    assert_non_null(link);
    expect(link, "class", "link failed");
    expect(link, "style", "dashed");
    expect(words_of(graph, link), "label", "down 40m 00s \u2013 45m 00s");
    agclose(graph);
    end(&run);
}

static void transfers_that_happened_differ_from_those_only_configured(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    Agedge_t *used = edge_of(graph, "ns1", "ns2.sin"), *unused = edge_of(graph, "ns1", "ns3");
    expect(used, "style", "solid");
    expect(words_of(graph, used), "label", "1 transfer<");
    expect(unused, "style", "dashed");
    expect_none(words_of(graph, unused), "label", "transfer");
    assert_string_not_equal(attribute(used, "color"), attribute(unused, "color"));
    agclose(graph);
    end(&run);
}

static void queries_show_their_count_and_their_time(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    Agedge_t *query = edge_of(graph, "isp-eu", "ns1");
    expect(query, "class", "query");
    expect(words_of(graph, query), "label", "12 queries");
    expect(words_of(graph, query), "label", "RTT 25.0 ms");
    expect(words_of(graph, edge_of(graph, "us-users", "isp-eu")), "label", "20 queries");
    expect(words_of(graph, edge_of(graph, "us-users", "isp-eu")), "label", "86.2 ms");
    assert_null(edge_of(graph, "isp-ap", "ns1"));
    agclose(graph);
    end(&run);
}

static void a_server_that_never_answered_is_asked_in_red(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    Agedge_t *query = edge_of(graph, "isp-eu", "ns3");
    assert_non_null(query);
    expect(query, "class", "failed");
    expect(words_of(graph, query), "label", "1 timed out");
    agclose(graph);
    end(&run);
}

static void zones_show_their_version_or_that_they_expired(void **state)
{
    struct run run = eventful_hour();
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns1"), "label", "example.com. 7<");
    expect(node_of(graph, "ns3"), "label", "example.com. expired");
    agclose(graph);
    end(&run);
}

static void serving(const struct run *run, int64_t at_ns, const char *node)
{
    note(run, at_ns, node, (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7});
}

static void an_expiry_that_is_over_is_still_told(void **state)
{
    struct run run = run_of(four_sites());
    serving(&run, 0, "ns1");
    serving(&run, 0, "ns3");
    note(&run, 10 * minute_ns, "ns1", (struct host_note){.kind = NOTE_ZONE_EXPIRED});
    serving(&run, 20 * minute_ns, "ns1");
    for (int64_t i = 0; i < 2; i++) {
        note(&run, (5 + 20 * i) * minute_ns, "ns3", (struct host_note){.kind = NOTE_ZONE_EXPIRED});
        serving(&run, (10 + 20 * i) * minute_ns, "ns3");
    }
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns1"), "label", "expired 10m 00s \u2013 20m 00s");
    expect(node_of(graph, "ns3"), "label", "expired 2 times, 5m 00s \u2013 30m 00s");
    expect_none(node_of(graph, "ns2.iad"), "label", "expired");
    agclose(graph);
    end(&run);
}

static void signatures_and_certificates_that_ran_out_are_told(void **state)
{
    struct run run = run_of(four_sites());
    serving(&run, 0, "ns1");
    note(&run, 0, "ns1", (struct host_note){.kind = NOTE_ZONE_SIGNATURES, .values = {40 * 60}});
    note(&run, 0, "hidden", (struct host_note){.kind = NOTE_CERTIFICATE, .values = {15 * 60}});
    note(&run, 30 * minute_ns, "hidden",
         (struct host_note){.kind = NOTE_CERTIFICATE, .code = 1, .values = {9000}});
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns1"), "label", "signatures out since 40m 00s");
    expect(node_of(graph, "hidden"), "label", "certificate out 15m 00s \u2013 30m 00s");
    expect_none(node_of(graph, "ns3"), "label", " out ");
    agclose(graph);
    end(&run);
}

static void failed_transfers_stand_at_their_arrow(void **state)
{
    struct run run = eventful_hour();
    for (int64_t i = 0; i < 3; i++)
        note(&run, (50 + i) * minute_ns, "ns1",
             (struct host_note){.kind = NOTE_TRANSFER_FAILED,
                                .peer = *map_address(run.map, "hidden"),
                                .text = "timeout"});
    Agraph_t *graph = picture(state, &run);
    expect(words_of(graph, edge_of(graph, "hidden", "ns1")), "label", "3 failed");
    expect(edge_of(graph, "hidden", "ns1"), "tooltip", "3 failed");
    expect_none(words_of(graph, edge_of(graph, "hidden", "ns3")), "label", "failed");
    agclose(graph);
    end(&run);
}

static void removed_zones_are_not_counted_as_held(void **state)
{
    struct map *map = four_sites();
    static const char *const more[] = {"example.net.", "example.org.", "example.edu."};
    for (size_t i = 0; i < 3; i++) {
        map_zone(map, more[i]);
        map_feed(map, (struct map_feed){more[i], "hidden", "ns1", 0});
    }
    struct run run = run_of(map);
    serving(&run, 0, "ns1");
    note(&run, minute_ns, "ns1", (struct host_note){.kind = NOTE_MEMBER_REMOVED});
    Agraph_t *graph = picture(state, &run);
    expect(node_of(graph, "ns1"), "label", "3 zones, 1 removed");
    agclose(graph);
    end(&run);
}

static void a_plan_shows_the_nearest_instance_and_one_way_delays(void **state)
{
    struct map *map = four_sites();
    Agraph_t *graph = plan(state, map);
    expect(words_of(graph, edge_of(graph, "isp-ap", "ns1")), "label", "95.2 ms");
    assert_non_null(edge_of(graph, "isp-ap", "ns2.sin"));
    assert_null(edge_of(graph, "isp-ap", "ns2.iad"));
    assert_null(edge_of(graph, "isp-ap", "hidden"));
    agclose(graph);
    map_free(map);
}

int main(void)
{
#define CLAIM(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        CLAIM(every_node_and_every_feed_is_drawn),
        CLAIM(roles_are_told_apart),
        CLAIM(instances_bear_their_shared_address),
        CLAIM(the_hierarchy_is_one_box),
        CLAIM(sites_stand_from_west_to_east_with_their_names),
        CLAIM(what_failed_is_marked_with_its_times),
        CLAIM(nodes_of_a_failed_site_leave_the_times_to_it),
        CLAIM(repeated_failures_are_counted),
        CLAIM(a_failed_link_is_dashed_in_red),
        CLAIM(transfers_that_happened_differ_from_those_only_configured),
        CLAIM(queries_show_their_count_and_their_time),
        CLAIM(a_server_that_never_answered_is_asked_in_red),
        CLAIM(zones_show_their_version_or_that_they_expired),
        CLAIM(an_expiry_that_is_over_is_still_told),
        CLAIM(signatures_and_certificates_that_ran_out_are_told),
        CLAIM(failed_transfers_stand_at_their_arrow),
        CLAIM(removed_zones_are_not_counted_as_held),
        CLAIM(a_plan_shows_the_nearest_instance_and_one_way_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
