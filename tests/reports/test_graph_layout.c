/* Where things stand in the picture: nothing on top of anything else, whatever the topology. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/graph_internal.h"
#include "tests/support/map.h"

struct laid {
    struct arena arena;
    struct graph graph;
};

static struct graph *lay(struct laid *laid, struct map *map)
{
    *laid = (struct laid){0};
    laid->graph = (struct graph){.arena = &laid->arena, .topology = map_seal(map)};
    graph_make_boxes(&laid->graph);
    graph_make_edges(&laid->graph);
    graph_place_boxes(&laid->graph);
    graph_route_edges(&laid->graph);
    graph_place_labels(&laid->graph);
    return &laid->graph;
}

static void release(struct laid *laid, struct map *map)
{
    graph_free(&laid->graph);
    arena_release(&laid->arena);
    map_free(map);
}

static const char *named(struct map *map, const char *stem, uint32_t number)
{
    return arena_format(&map->arena, "%s%03u", stem, number);
}

/* PER servers, resolvers and client groups at each of SITES sites, all fed by one primary. */
static struct map *many(uint32_t sites, uint32_t per)
{
    struct map *map = map_create("many");
    map_zone(map, "example.com.");
    for (uint32_t i = 0; i < sites; i++)
        map_site(map, named(map, "s", i), 10, (int)(i * 71 % 340) - 170);
    map_node(map,
             (struct map_node){.name = "hidden", .site = "s000", .primary_of = "example.com."});
    for (uint32_t i = 0; i < sites * per; i++) {
        const char *site = named(map, "s", i % sites), *server = named(map, "ns", i);
        const char *resolver = named(map, "isp", i);
        map_node(map, (struct map_node){.name = server, .site = site, .named = true});
        map_node(map, (struct map_node){.name = resolver, .kind = TOPOLOGY_RESOLVER, .site = site});
        map_node(map, (struct map_node){.name = named(map, "users", i),
                                        .kind = TOPOLOGY_CLIENTS,
                                        .site = site,
                                        .asks = {resolver}});
        map_feed(map, (struct map_feed){"example.com.", "hidden", server, 0});
    }
    return map;
}

static uint32_t below(uint64_t seed, uint32_t *counter, uint32_t limit)
{
    uint8_t key[4];
    memcpy(key, counter, 4);
    (*counter)++;
    return (uint32_t)(bytes_hash(key, 4, seed) % limit);
}

/* Any number of nodes of any kind anywhere, fed and asking at random, in rings too. */
static struct map *anything(uint64_t seed)
{
    struct map *map = map_create("anything");
    uint32_t at = 0, sites = 1 + below(seed, &at, 12), servers = 1 + below(seed, &at, 16);
    uint32_t others = below(seed, &at, 20);
    map_zone(map, "example.com.");
    for (uint32_t i = 0; i < sites; i++)
        map_site(map, named(map, "s", i), 0, (int)below(seed, &at, 360) - 180);
    for (uint32_t i = 0; i < servers; i++)
        map_node(map, (struct map_node){.name = named(map, "ns", i),
                                        .site = named(map, "s", below(seed, &at, sites)),
                                        .named = below(seed, &at, 2) == 0});
    for (uint32_t i = 0; i < others; i++) {
        bool resolver = below(seed, &at, 2) == 0;
        map_node(map, (struct map_node){
                          .name = named(map, "x", i),
                          .kind = resolver ? TOPOLOGY_RESOLVER : TOPOLOGY_CLIENTS,
                          .site = named(map, "s", below(seed, &at, sites)),
                          .asks = {resolver ? NULL : named(map, "ns", below(seed, &at, servers))}});
    }
    for (uint32_t i = below(seed, &at, 30); i > 0; i--)
        map_feed(map, (struct map_feed){"example.com.", named(map, "ns", below(seed, &at, servers)),
                                        named(map, "ns", below(seed, &at, servers)),
                                        below(seed, &at, 3)});
    return map;
}

/* ---- checks --------------------------------------------------------------------------------- */

static bool overlap(struct graph_rectangle a, struct graph_rectangle b)
{
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

static void no_boxes_overlap(const struct graph *graph)
{
    for (size_t i = 0; i < graph->box_count; i++)
        for (size_t k = 0; k < i; k++)
            if (overlap(graph->boxes[i].place, graph->boxes[k].place))
                fail_msg("%s lies on %s", graph->boxes[i].name, graph->boxes[k].name);
}

static void boxes_are_in_their_columns(const struct graph *graph)
{
    for (size_t i = 0; i < graph->box_count; i++) {
        const struct graph_box *box = &graph->boxes[i];
        const struct graph_column *column = &graph->columns[box->column];
        assert_int_equal(column->site, box->site);
        assert_in_range(box->place.left, column->left, column->left + column->width);
        assert_in_range(box->place.right, column->left, column->left + column->width);
        assert_in_range(box->place.top, graph->columns_top + graph->header_height,
                        graph->columns_bottom);
        assert_in_range(box->place.bottom, graph->columns_top, graph->columns_bottom);
    }
}

static void words_fit_their_boxes(const struct graph *graph)
{
    for (size_t i = 0; i < graph->box_count; i++) {
        const struct graph_box *box = &graph->boxes[i];
        struct graph_point size = graph_words_size(&box->words, GRAPH_SMALL);
        int32_t width = box->place.right - box->place.left;
        assert_true(size.x <= width - 2 * GRAPH_PADDING);
        assert_true(graph_text_width(box->title, GRAPH_FONT, true) <= width - 2 * GRAPH_PADDING);
        assert_true(size.y + GRAPH_FONT <= box->place.bottom - box->place.top);
    }
}

static struct graph_point between(const struct graph_point *p, double t)
{
    double u = 1 - t, a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
    return (struct graph_point){(int32_t)(a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x),
                                (int32_t)(a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y)};
}

/* A point of EDGE lies well inside of a box. */
static const struct graph_box *crossed(const struct graph *graph, const struct graph_edge *edge)
{
    for (size_t i = 0; i + 3 < edge->point_count; i += 3)
        for (double t = 0; t <= 1; t += 0.02) {
            struct graph_point at = between(&edge->points[i], t);
            for (size_t k = 0; k < graph->box_count; k++) {
                struct graph_rectangle place = graph->boxes[k].place;
                if (at.x > place.left + 1 && at.x < place.right - 1 && at.y > place.top + 1 &&
                    at.y < place.bottom - 1)
                    return &graph->boxes[k];
            }
        }
    return NULL;
}

static void no_edge_crosses_a_box(const struct graph *graph)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        const struct graph_box *box = crossed(graph, edge);
        if (box)
            fail_msg("%s to %s crosses %s", graph->boxes[edge->from].name,
                     graph->boxes[edge->to].name, box->name);
    }
}

static struct graph_rectangle label_of(const struct graph_edge *edge)
{
    int32_t x = edge->label_width / 2, y = edge->label_height / 2;
    return (struct graph_rectangle){edge->label.x - x, edge->label.y - y, edge->label.x + x,
                                    edge->label.y + y};
}

static void no_label_lies_on_a_box_or_a_label(const struct graph *graph)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        if (edge->words.count == 0)
            continue;
        for (size_t k = 0; k < graph->box_count; k++)
            if (overlap(label_of(edge), graph->boxes[k].place))
                fail_msg("the label of edge %zu lies on %s", i, graph->boxes[k].name);
        for (size_t k = 0; k < i; k++)
            if (graph->edges[k].words.count > 0 &&
                overlap(label_of(edge), label_of(&graph->edges[k])))
                fail_msg("the label of edge %zu lies on that of edge %zu", i, k);
    }
}

/* How many edges run through labels of others. */
static size_t crossed_labels(const struct graph *graph)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->edge_count * graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i / graph->edge_count];
        const struct graph_edge *other = &graph->edges[i % graph->edge_count];
        struct graph_rectangle label = label_of(edge);
        bool is_crossed = false;
        for (size_t k = 0; edge != other && k + 3 < other->point_count; k += 3)
            for (double t = 0; t <= 1; t += 0.01) {
                struct graph_point at = between(&other->points[k], t);
                is_crossed = is_crossed || (at.x > label.left && at.x < label.right &&
                                            at.y > label.top && at.y < label.bottom);
            }
        count += is_crossed;
    }
    return count;
}

static void check(const struct graph *graph)
{
    no_boxes_overlap(graph);
    boxes_are_in_their_columns(graph);
    words_fit_their_boxes(graph);
    no_edge_crosses_a_box(graph);
}

/* ---- claims --------------------------------------------------------------------------------- */

static void sixty_nodes_at_twenty_sites_stand_apart(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = many(20, 1);
    const struct graph *graph = lay(&laid, map);
    assert_int_equal(graph->box_count, 61);
    check(graph);
    release(&laid, map);
}

static void many_nodes_of_one_site_stand_in_several_rows(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = many(1, 20);
    const struct graph *graph = lay(&laid, map);
    assert_int_equal(graph->box_count, 61);
    assert_true(graph->row_count > 4);
    check(graph);
    release(&laid, map);
}

static void any_topology_is_laid_out_without_collisions(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct laid laid;
        struct map *map = anything(seed);
        check(lay(&laid, map));
        release(&laid, map);
    }
}

static void labels_lie_on_nothing_else(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{2, 1}, {5, 1}, {9, 1}, {3, 3}, {6, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct laid laid;
        struct map *map = many(sizes[i][0], sizes[i][1]);
        const struct graph *graph = lay(&laid, map);
        no_label_lies_on_a_box_or_a_label(graph);
        if (crossed_labels(graph) > 0)
            fail_msg("%ux%u %zu edges run through labels", sizes[i][0], sizes[i][1],
                     crossed_labels(graph));
        release(&laid, map);
    }
}

static void hundreds_of_nodes_are_put_together(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{20, 10}, {100, 3}, {3, 200}};
    for (size_t i = 0; i < 3; i++) {
        struct laid laid;
        struct map *map = many(sizes[i][0], sizes[i][1]);
        const struct graph *graph = lay(&laid, map);
        size_t nodes = 0;
        for (size_t k = 0; k < graph->box_count; k++)
            nodes += graph->boxes[k].node_count;
        assert_true(graph->box_count <= 80);
        assert_int_equal(nodes, map->topology.node_count);
        check(graph);
        release(&laid, map);
    }
}

static void instances_of_a_large_anycast_server_are_one_box(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = map_create("anycast");
    for (uint32_t i = 0; i < 120; i++) {
        map_site(map, named(map, "s", i), 0, (int)i);
        map_node(map, (struct map_node){.name = named(map, "ns1.s", i),
                                        .group = "ns1",
                                        .site = named(map, "s", i),
                                        .anycast = "192.0.2.53",
                                        .named = true});
    }
    const struct graph *graph = lay(&laid, map);
    assert_int_equal(graph->box_count, 1);
    assert_string_equal(graph->boxes[0].title, "ns1 (120 instances)");
    release(&laid, map);
}

static void servers_fed_in_a_ring_are_laid_out(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = map_create("ring");
    map_site(map, "s000", 0, 0);
    map_zone(map, "example.com.");
    for (uint32_t i = 0; i < 3; i++)
        map_node(map, (struct map_node){.name = named(map, "ns", i), .site = "s000"});
    for (uint32_t i = 0; i < 3; i++)
        map_feed(map, (struct map_feed){"example.com.", named(map, "ns", i),
                                        named(map, "ns", (i + 1) % 3), 0});
    const struct graph *graph = lay(&laid, map);
    assert_int_equal(graph->edge_count, 3);
    check(graph);
    release(&laid, map);
}

static void a_secondary_of_a_secondary_stands_below_it(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = many(1, 1);
    map_node(map, (struct map_node){.name = "third", .site = "s000", .named = true});
    map_feed(map, (struct map_feed){"example.com.", "ns000", "third", 0});
    map_feed(map, (struct map_feed){"example.com.", "hidden", "third", 1});
    const struct graph *graph = lay(&laid, map);
    uint32_t second = graph->box_of[topology_find_node(&map->topology, "ns000")];
    uint32_t third = graph->box_of[topology_find_node(&map->topology, "third")];
    assert_true(graph->boxes[third].place.top > graph->boxes[second].place.bottom);
    check(graph);
    release(&laid, map);
}

static void a_wide_name_makes_a_wide_box(void **state)
{
    (void)state;
    struct laid laid;
    struct map *map = many(2, 1);
    map_node(map, (struct map_node){.name = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
                                    .site = "s001",
                                    .named = true});
    const struct graph *graph = lay(&laid, map);
    check(graph);
    release(&laid, map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixty_nodes_at_twenty_sites_stand_apart),
        cmocka_unit_test(many_nodes_of_one_site_stand_in_several_rows),
        cmocka_unit_test(any_topology_is_laid_out_without_collisions),
        cmocka_unit_test(labels_lie_on_nothing_else),
        cmocka_unit_test(hundreds_of_nodes_are_put_together),
        cmocka_unit_test(instances_of_a_large_anycast_server_are_one_box),
        cmocka_unit_test(servers_fed_in_a_ring_are_laid_out),
        cmocka_unit_test(a_secondary_of_a_secondary_stands_below_it),
        cmocka_unit_test(a_wide_name_makes_a_wide_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
