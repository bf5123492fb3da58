/* The picture of a topology: what stands in it, what it says, and that it is always drawn. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/pictured.h"
#include "tests/support/scratch.h"

/* ---- claims: what stands in it -------------------------------------------------------------- */

static void every_node_and_every_feed_is_drawn(void **state)
{
    struct pictured run = pictured_eventful_hour();
    const struct topology *topology = &run.map->topology;
    Agraph_t *graph = pictured_after(state, &run);
    for (size_t i = 0; i < topology->node_count; i++)
        if (!topology->nodes[i].of_hierarchy)
            pictured_node_of(graph, topology->nodes[i].name);
    for (size_t i = 0; i < topology->feed_count; i++) {
        Agedge_t *edge = pictured_edge_of(graph, topology->nodes[topology->feeds[i].source].name,
                                          topology->nodes[topology->feeds[i].secondary].name);
        assert_non_null(edge);
        pictured_expect(edge, "class", "transfer");
    }
    agclose(graph);
    pictured_end(&run);
}

static void roles_are_told_apart(void **state)
{
    struct map *map = pictured_four_sites();
    map_zone(map, "example.net.");
    map_node(map, (struct map_node){
                      .name = "open", .site = "syd", .primary_of = "example.net.", .named = true});
    Agraph_t *graph = pictured_before(state, map);
    static const char *const roles[][2] = {{"hidden", "hidden"},
                                           {"open", "primary"},
                                           {"ns1", "secondary"},
                                           {"isp-eu", "resolver"},
                                           {"eu-users", "clients"}};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(pictured_attribute(pictured_node_of(graph, roles[i][0]), "class"),
                            roles[i][1]);
        for (size_t k = 0; k < i; k++)
            assert_true(
                strcmp(pictured_attribute(pictured_node_of(graph, roles[i][0]), "fillcolor"),
                       pictured_attribute(pictured_node_of(graph, roles[k][0]), "fillcolor")) != 0);
    }
    agclose(graph);
    map_free(map);
}

static void instances_bear_their_shared_address(void **state)
{
    struct map *map = pictured_four_sites();
    Agraph_t *graph = pictured_before(state, map);
    pictured_expect(pictured_node_of(graph, "ns2.iad"), "label", "anycast 192.0.2.53");
    pictured_expect(pictured_node_of(graph, "ns2.sin"), "label", "anycast 192.0.2.53");
    pictured_expect_none(pictured_node_of(graph, "ns1"), "label", "anycast");
    agclose(graph);
    map_free(map);
}

static void the_hierarchy_is_one_box(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    assert_null(agnode(graph, (char[]){"root.fra"}, 0));
    assert_null(agnode(graph, (char[]){"root.sin"}, 0));
    pictured_expect(pictured_node_of(graph, "root and TLD servers"), "label", "1 query");
    assert_non_null(pictured_edge_of(graph, "isp-eu", "root and TLD servers"));
    agclose(graph);
    pictured_end(&run);
}

static void sites_stand_from_west_to_east_with_their_names(void **state)
{
    struct map *map = pictured_four_sites();
    Agraph_t *graph = pictured_before(state, map);
    static char *const clusters[] = {"cluster iad", "cluster fra", "cluster sin", "cluster syd"};
    static const char *const places[] = {"Washington", "Frankfurt", "Singapore", "Sydney"};
    double before = -1;
    for (size_t i = 0; i < 4; i++) {
        double left;
        Agraph_t *cluster = agsubg(graph, clusters[i], 0);
        assert_non_null(cluster);
        pictured_expect(cluster, "label", places[i]);
        assert_int_equal(sscanf(pictured_attribute(cluster, "bb"), "%lf", &left), 1);
        assert_true(left > before);
        before = left;
    }
    agclose(graph);
    map_free(map);
}

/* ---- claims: what happened ------------------------------------------------------------------ */

static void what_failed_is_marked_with_its_times(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "hidden"), "class", "failed");
    pictured_expect(pictured_node_of(graph, "hidden"), "label", "down 10m 00s \u2013 20m 00s");
    pictured_expect(agsubg(graph, (char[]){"cluster sin"}, 0), "label", "down since 30m 00s");
    pictured_expect(agsubg(graph, (char[]){"cluster sin"}, 0), "class", "failed");
    pictured_expect_none(agsubg(graph, (char[]){"cluster fra"}, 0), "class", "failed");
    pictured_expect_none(pictured_node_of(graph, "ns1"), "class", "failed");
    agclose(graph);
    pictured_end(&run);
}

static void nodes_of_a_failed_site_leave_the_times_to_it(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns2.sin"), "class", "failed");
    pictured_expect_none(pictured_node_of(graph, "ns2.sin"), "label", "down");
    agclose(graph);
    pictured_end(&run);
}

static void repeated_failures_are_counted(void **state)
{
    struct pictured run = pictured_run(pictured_four_sites());
    for (int64_t i = 0; i < 3; i++) {
        pictured_fault(&run, (10 * i + 1) * MINUTE_NS, TRACE_FAILED, "ns1");
        pictured_fault(&run, (10 * i + 3) * MINUTE_NS, TRACE_RECOVERED, "ns1");
    }
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns1"), "label", "down 3 times, 6m 00s in all");
    agclose(graph);
    pictured_end(&run);
}

static void a_failed_link_is_dashed_in_red(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    Agedge_t *link = pictured_edge_of(graph, "site fra", "site sin");
    assert_non_null(link);
    pictured_expect(link, "class", "link failed");
    pictured_expect(link, "style", "dashed");
    pictured_expect(pictured_words_of(graph, link), "label", "down 40m 00s \u2013 45m 00s");
    agclose(graph);
    pictured_end(&run);
}

static void transfers_that_happened_differ_from_those_only_configured(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    Agedge_t *used = pictured_edge_of(graph, "ns1", "ns2.sin"),
             *unused = pictured_edge_of(graph, "ns1", "ns3");
    pictured_expect(used, "style", "solid");
    pictured_expect(pictured_words_of(graph, used), "label", "1 transfer<");
    pictured_expect(unused, "style", "dashed");
    pictured_expect_none(pictured_words_of(graph, unused), "label", "transfer");
    assert_string_not_equal(pictured_attribute(used, "color"), pictured_attribute(unused, "color"));
    agclose(graph);
    pictured_end(&run);
}

static void queries_show_their_count_and_their_time(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    Agedge_t *query = pictured_edge_of(graph, "isp-eu", "ns1");
    pictured_expect(query, "class", "query");
    pictured_expect(pictured_words_of(graph, query), "label", "12 queries");
    pictured_expect(pictured_words_of(graph, query), "label", "RTT 25.0 ms");
    pictured_expect(pictured_words_of(graph, pictured_edge_of(graph, "us-users", "isp-eu")),
                    "label", "20 queries");
    pictured_expect(pictured_words_of(graph, pictured_edge_of(graph, "us-users", "isp-eu")),
                    "label", "86.2 ms");
    assert_null(pictured_edge_of(graph, "isp-ap", "ns1"));
    agclose(graph);
    pictured_end(&run);
}

static void a_server_that_never_answered_is_asked_in_red(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    Agedge_t *query = pictured_edge_of(graph, "isp-eu", "ns3");
    assert_non_null(query);
    pictured_expect(query, "class", "failed");
    pictured_expect(pictured_words_of(graph, query), "label", "1 timed out");
    agclose(graph);
    pictured_end(&run);
}

static void zones_show_their_version_or_that_they_expired(void **state)
{
    struct pictured run = pictured_eventful_hour();
    Agraph_t *graph = pictured_after(state, &run);
    pictured_expect(pictured_node_of(graph, "ns1"), "label", "example.com. 7<");
    pictured_expect(pictured_node_of(graph, "ns3"), "label", "example.com. expired");
    agclose(graph);
    pictured_end(&run);
}

static void a_plan_shows_the_nearest_instance_and_one_way_delays(void **state)
{
    struct map *map = pictured_four_sites();
    Agraph_t *graph = pictured_before(state, map);
    pictured_expect(pictured_words_of(graph, pictured_edge_of(graph, "isp-ap", "ns1")), "label",
                    "95.2 ms");
    assert_non_null(pictured_edge_of(graph, "isp-ap", "ns2.sin"));
    assert_null(pictured_edge_of(graph, "isp-ap", "ns2.iad"));
    assert_null(pictured_edge_of(graph, "isp-ap", "hidden"));
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
        CLAIM(a_plan_shows_the_nearest_instance_and_one_way_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
