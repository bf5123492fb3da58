/* Looking up nodes, zones, and what a fault befell. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "nodes/dns/name.h"
#include "tests/support/small_cast.h"

static void expect_place(const struct topology *topology, const char *what,
                         enum topology_place_kind kind, uint32_t index, uint32_t other)
{
    struct topology_place place = topology_find_place(topology, what);
    assert_int_equal(place.kind, kind);
    assert_int_equal(place.index, index);
    assert_int_equal(place.other, other);
}

static void a_fault_befalls_a_node_a_site_or_a_link(void **state)
{
    (void)state;
    const struct topology *topology = cast_topology();
    expect_place(topology, "ns2.sin", TOPOLOGY_AT_NODE, NS2_SIN, TOPOLOGY_NONE);
    expect_place(topology, "eu-users.17", TOPOLOGY_AT_NODE, USERS, TOPOLOGY_NONE);
    expect_place(topology, "sin", TOPOLOGY_AT_SITE, SIN, TOPOLOGY_NONE);
    expect_place(topology, "sin-fra", TOPOLOGY_ON_LINK, SIN, FRA);
    expect_place(topology, "fra-mars", TOPOLOGY_NOWHERE, TOPOLOGY_NONE, TOPOLOGY_NONE);
}

static void names_with_hyphens_and_dots_are_told_apart(void **state)
{
    (void)state;
    const struct topology_site sites[] = {
        {.name = "a"}, {.name = "a-b"}, {.name = "c"}, {.name = "ns.b-c"}};
    const struct topology_node nodes[] = {{.name = "ns"}, {.name = "ns.b"}};
    const struct topology topology = {
        .sites = sites, .site_count = 4, .nodes = nodes, .node_count = 2};
    expect_place(&topology, "a-b", TOPOLOGY_AT_SITE, 1, TOPOLOGY_NONE);
    expect_place(&topology, "a-b-c", TOPOLOGY_ON_LINK, 1, 2);
    expect_place(&topology, "a-a-b", TOPOLOGY_ON_LINK, 0, 1);
    expect_place(&topology, "ns.b", TOPOLOGY_AT_NODE, 1, TOPOLOGY_NONE);
    expect_place(&topology, "ns.b-c", TOPOLOGY_AT_SITE, 3, TOPOLOGY_NONE);
}

static void the_index_finds_what_the_search_finds(void **state)
{
    (void)state;
    const struct topology *topology = cast_topology();
    struct topology_index index;
    topology_index_build(&index, topology);
    for (uint32_t i = 0; i < CAST_NODES; i++) {
        struct address address = cast_address(i);
        assert_int_equal(topology_index_node(&index, &address), i);
        assert_int_equal(topology_node_of_address(topology, &address), i);
        assert_int_equal(topology_find_node(topology, topology->nodes[i].name), i);
    }
    struct address anycast = topology->nodes[NS2_IAD].anycast[0];
    assert_int_equal(topology_index_node(&index, &anycast), TOPOLOGY_NONE);
    assert_int_equal(topology_node_of_address(topology, &anycast), TOPOLOGY_NONE);
    for (uint32_t i = 0; i < 3; i++) {
        const uint8_t *origin = topology->zones[i].origin;
        struct bytes name = bytes_of(origin, name_size(origin));
        assert_int_equal(topology_index_zone(&index, name), i);
        assert_int_equal(topology_find_zone(topology, name), i);
    }
    assert_int_equal(topology_index_zone(&index, bytes_of("\3com", 5)), TOPOLOGY_NONE);
    topology_index_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_befalls_a_node_a_site_or_a_link),
        cmocka_unit_test(names_with_hyphens_and_dots_are_told_apart),
        cmocka_unit_test(the_index_finds_what_the_search_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
