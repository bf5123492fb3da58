/* What a scenario becomes: defaults, references, instances, the joined file, --set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/dns/rr.h"
#include "sim/base/time.h"
#include "tests/support/loaded.h"

#define BASE                                                                                   \
    "duration: 3h\n"                                                                           \
    "sites:\n"                                                                                 \
    "  fra: {location: [50.11, 8.68]}\n"                                                       \
    "  iad: {location: [38.95, -77.45]}\n"                                                     \
    "  sin: {location: [1.35, 103.99]}\n"                                                      \
    "zones:\n"                                                                                 \
    "  Example.com: {file: zones/example.com.zone}\n"                                          \
    "servers:\n"                                                                               \
    "  hidden: {site: fra, primary: [example.com]}\n"                                          \
    "  ns1: {site: fra, secondary: {example.com: {from: [hidden]}}}\n"                         \
    "  ns2: {site: [iad, sin], anycast: 192.0.2.53, secondary: {EXAMPLE.COM: {from: [hidden, " \
    "ns1]}}}\n"                                                                                \
    "resolvers:\n"                                                                             \
    "  isp: {site: [fra, iad], software: unbound}\n"                                           \
    "clients:\n"                                                                               \
    "  users: {site: fra, resolver: isp.fra, queries: {rate: 2/s, names: {from: example.com}}}\n"

static void load_with(struct loaded *loaded, const char *text)
{
    loaded_load(loaded, text);
    assert_string_equal(loaded_said(loaded), "");
    assert_non_null(loaded->scenario);
}

static void defaults_are_filled_in(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, BASE "links: [{between: [fra, sin]}]\n");
    const struct scenario *scenario = loaded.scenario;
    assert_string_equal(scenario->name, "test");
    assert_string_equal(scenario->description, "");
    assert_int_equal(scenario->seed, 1);
    assert_int_equal(scenario->duration_ns, 10800 * NS_PER_S);
    assert_int_equal(scenario->start_ns, 1767225600 * NS_PER_S);
    assert_int_equal(scenario->network.path_stretch, 3 * FIXED_ONE / 2);
    assert_int_equal(scenario->network.local_delay_ns, 200000);
    assert_int_equal(scenario->network.withdraw_after_ns, 30 * NS_PER_S);
    assert_int_equal(scenario->hierarchy, HIERARCHY_AUTO);
    assert_null(scenario->mutation);
    assert_int_equal(scenario->links[0].delay_ns, -1);
    assert_int_equal(scenario->links[0].loss_ppb, 0);
    assert_int_equal(scenario->servers[0].ixfr, IXFR_OF_SOFTWARE);
    const struct scenario_clients *users = &scenario->clients[0];
    assert_int_equal(users->count, 1);
    assert_int_equal(users->timeout_ns, 5 * NS_PER_S);
    assert_int_equal(users->attempts, 2);
    assert_int_equal(users->start_ns, 0);
    assert_int_equal(users->stop_ns, scenario->duration_ns);
    assert_int_equal(users->queries.zipf, FIXED_ONE);
    assert_int_equal(users->queries.type_count, 1);
    assert_int_equal(users->queries.types[0].type, RR_A);
    loaded_free(&loaded);
}

static void references_are_resolved(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, BASE);
    const struct scenario *scenario = loaded.scenario;
    assert_int_equal(scenario->servers[0].primary.items[0].kind, REFERENCE_ZONE);
    const struct scenario_secondary *secondary = &scenario->servers[2].secondary.items[0];
    assert_int_equal(secondary->zone.index, 0);
    assert_int_equal(secondary->from.count, 2);
    assert_int_equal(secondary->from.items[1].kind, REFERENCE_SERVER);
    assert_int_equal(secondary->from.items[1].index, 1);
    assert_int_equal(secondary->from.items[1].instance, -1);
    const struct scenario_clients *users = &scenario->clients[0];
    assert_int_equal(users->site.index, 0);
    assert_int_equal(users->resolvers.items[0].kind, REFERENCE_RESOLVER);
    assert_int_equal(users->resolvers.items[0].instance, 0);
    assert_int_equal(users->queries.from.kind, REFERENCE_ZONE);
    assert_string_equal(scenario->zones[0].name, "example.com.");
    assert_string_equal(scenario->zones[0].file, "zones/example.com.zone");
    assert_int_equal(scenario->root_zone, -1);
    loaded_free(&loaded);
}

static void a_list_of_sites_makes_instances(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, BASE "timeline: [{at: 1s, fail: ns2.sin}]\n");
    const struct scenario_instances *ns2 = &loaded.scenario->servers[2].instances;
    assert_int_equal(ns2->count, 2);
    assert_string_equal(ns2->items[0].name, "ns2.iad");
    assert_string_equal(ns2->items[1].name, "ns2.sin");
    assert_int_equal(ns2->items[1].site.index, 2);
    assert_string_equal(loaded.scenario->servers[1].instances.items[0].name, "ns1");
    assert_int_equal(loaded.scenario->timeline[0].target.instance, 1);
    loaded_free(&loaded);
}

static void instances_take_addresses_by_site(void **state)
{
    struct loaded loaded = {.settings = {"servers/ns2/address={sin: [192.0.2.2, '2001:db8::2']}",
                                         "servers/ns1/address=192.0.2.1"}};
    struct address wanted;
    (void)state;
    load_with(&loaded, BASE);
    const struct scenario_server *servers = loaded.scenario->servers;
    assert_int_equal(servers[2].instances.items[0].addresses.count, 0);
    assert_int_equal(servers[2].instances.items[1].addresses.count, 2);
    assert_true(address_parse("2001:db8::2", &wanted));
    assert_true(address_equal(&servers[2].instances.items[1].addresses.items[1].address, &wanted));
    assert_int_equal(servers[1].instances.items[0].addresses.count, 1);
    loaded_free(&loaded);
}

static void peers_default_to_those_who_name_the_server(void **state)
{
    struct loaded loaded = {
        .settings = {"servers/ns1/notify=none", "servers/ns1/allow-transfer=any"}};
    (void)state;
    load_with(&loaded, BASE);
    const struct scenario_server *servers = loaded.scenario->servers;
    assert_false(servers[0].notify.given);
    assert_int_equal(servers[0].notify.list.count, 2);
    assert_int_equal(servers[0].notify.list.items[0].index, 1);
    assert_int_equal(servers[0].notify.list.items[1].index, 2);
    assert_int_equal(servers[0].allow_transfer.list.count, 2);
    assert_true(servers[1].notify.given);
    assert_int_equal(servers[1].notify.list.count, 0);
    assert_true(servers[1].allow_transfer.any);
    assert_int_equal(servers[2].notify.list.count, 0);
    loaded_free(&loaded);
}

static void the_timeline_is_sorted_and_equal_times_keep_their_order(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, BASE "timeline:\n"
                            "  - {at: 2h, recover: hidden}\n"
                            "  - {at: 2026-01-01T01:00:00Z, fail: {link: [fra, iad]}}\n"
                            "  - {at: 1h, change: example.com, add: [a A 192.0.2.1, b A "
                            "192.0.2.2], soa: 7}\n"
                            "  - {at: 10m, fail: hidden}\n");
    const struct scenario_event *timeline = loaded.scenario->timeline;
    assert_int_equal(timeline[0].action, ACTION_FAIL);
    assert_int_equal(timeline[0].target.index, 0);
    assert_int_equal(timeline[1].action, ACTION_FAIL);
    assert_int_equal(timeline[1].target.kind, REFERENCE_NONE);
    assert_int_equal(timeline[1].link.items[1].index, 1);
    assert_int_equal(timeline[2].action, ACTION_CHANGE);
    assert_int_equal(timeline[2].on.index, 0);
    assert_int_equal(timeline[2].add.count, 2);
    assert_true(timeline[2].has_serial);
    assert_int_equal(timeline[2].serial, 7);
    assert_int_equal(timeline[3].action, ACTION_RECOVER);
    assert_int_equal(timeline[3].at_ns, 7200 * NS_PER_S);
    loaded_free(&loaded);
}

static void blocks_of_records_have_a_place_for_each_line(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, "timeline:\n"
                       "  - at: 1h\n"
                       "    change: example.com\n"
                       "    add: |\n"
                       "      a A 192.0.2.1\n"
                       "\n"
                       "      b A 192.0.2.2\n"
                       "    remove: www\n" BASE);
    const struct scenario_event *event = &loaded.scenario->timeline[0];
    assert_int_equal(event->add.count, 2);
    assert_string_equal(event->add.items[0].text, "a A 192.0.2.1");
    assert_int_equal(event->add.items[0].place.line, 5);
    assert_string_equal(event->add.items[1].text, "b A 192.0.2.2");
    assert_int_equal(event->add.items[1].place.line, 7);
    assert_string_equal(event->remove.items[0].text, "www");
    assert_int_equal(event->remove.items[0].place.column, 13);
    loaded_free(&loaded);
}

static void expectations_are_resolved_too(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, BASE "expect:\n"
                            "  - share of ns2.iad among ns1, ns2 from isp >= 1%\n"
                            "  - availability of all >= 1%\n");
    const struct expectation *share = &loaded.scenario->expectations[0];
    assert_int_equal(share->subject.kind, REFERENCE_SERVER);
    assert_int_equal(share->subject.index, 2);
    assert_int_equal(share->subject.instance, 0);
    assert_int_equal(share->among.items[0].index, 1);
    assert_int_equal(share->from.kind, REFERENCE_RESOLVER);
    assert_int_equal(loaded.scenario->expectations[1].subject.kind, REFERENCE_NONE);
    loaded_free(&loaded);
}

static void a_zone_of_the_scenario_may_be_the_root(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, "duration: 1h\n"
                       "sites: {fra: {location: [0, 0]}}\n"
                       "zones: {example: {records: ''}, .: {records: ''}}\n"
                       "servers: {ns1: {site: fra, primary: [., example]}}\n");
    assert_int_equal(loaded.scenario->root_zone, 1);
    loaded_free(&loaded);
}

static void a_range_in_braces_makes_many_zones(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    load_with(&loaded, "duration: 1h\n"
                       "sites: {fra: {location: [0, 0]}}\n"
                       "zones: {'z{8..11}.example': {records: ''}, example: {records: ''}}\n"
                       "servers:\n"
                       "  ns1: {site: fra, primary: ['z{8..11}.example', example]}\n"
                       "  ns2: {site: fra, secondary: {'z{9..10}.example': {from: ns1}}}\n");
    const struct scenario *scenario = loaded.scenario;
    assert_int_equal(scenario->zone_count, 5);
    assert_string_equal(scenario->zones[0].name, "z8.example.");
    assert_string_equal(scenario->zones[3].name, "z11.example.");
    assert_int_equal(scenario->servers[0].primary.count, 5);
    assert_int_equal(scenario->servers[1].secondary.count, 2);
    assert_int_equal(scenario->servers[1].secondary.items[0].zone.index, 1);
    assert_int_equal(scenario->servers[1].secondary.items[1].zone.index, 2);
    loaded_free(&loaded);
}

static void included_files_come_first_and_the_including_one_prevails(void **state)
{
    static const struct loaded_file files[] = {
        {"parts/sites.yaml", "include: [more/links.yaml, more/links.yaml]\n"
                             "sites: {a: {location: [0, 0]}, b: {location: [1, 1]}}\n"
                             "zones: {example: {file: example.zone}}\n"
                             "seed: 2\nduration: 9h\n"},
        {"parts/more/links.yaml", "links: [{between: [a, b], delay: 1ms}]\nseed: 3\n"},
        {"parts/example.zone", ""},
        {NULL, NULL},
    };
    struct loaded loaded = {.files = files};
    (void)state;
    load_with(&loaded, "include: parts/sites.yaml\n"
                       "duration: 1h\n"
                       "sites: {c: {location: [2, 2]}}\n"
                       "servers: {ns1: {site: c, primary: [example]}}\n"
                       "links: [{between: [b, c], delay: 2ms}]\n");
    const struct scenario *scenario = loaded.scenario;
    assert_int_equal(scenario->duration_ns, 3600 * NS_PER_S);
    assert_int_equal(scenario->seed, 2);
    assert_int_equal(scenario->site_count, 3);
    assert_string_equal(scenario->sites[0].name, "a");
    assert_string_equal(scenario->sites[2].name, "c");
    assert_int_equal(scenario->link_count, 2);
    assert_int_equal(scenario->links[0].delay_ns, NS_PER_MS);
    assert_string_equal(scenario->zones[0].file, "parts/example.zone");
    loaded_free(&loaded);
}

static void set_replaces_adds_and_appends(void **state)
{
    struct loaded loaded = {.settings = {"timeline/0/at=20m", "timeline/1={at: 30m, fail: ns1}",
                                         "zones/0\\/25.example/records=''",
                                         "servers/hidden/primary/1=0/25.example"}};
    (void)state;
    load_with(&loaded, BASE "timeline: [{at: 10m, fail: hidden}]\n");
    const struct scenario *scenario = loaded.scenario;
    assert_int_equal(scenario->timeline_count, 2);
    assert_int_equal(scenario->timeline[0].at_ns, 1200 * NS_PER_S);
    assert_int_equal(scenario->timeline[1].target.index, 1);
    assert_int_equal(scenario->zone_count, 2);
    assert_string_equal(scenario->zones[1].name, "0/25.example.");
    loaded_free(&loaded);
}

static void queries_name_a_list_and_weigh_types(void **state)
{
    struct loaded loaded = {
        .settings = {"clients/users/queries={rate: 30/m, names: [WWW.example.com, a.b], types: "
                     "{AAAA: 10, TYPE65: 2}, missing: 12.5%}"}};
    (void)state;
    load_with(&loaded, BASE);
    const struct scenario_queries *queries = &loaded.scenario->clients[0].queries;
    assert_int_equal(queries->from.kind, REFERENCE_NONE);
    assert_int_equal(queries->names.count, 2);
    assert_string_equal(queries->names.items[0].text, "www.example.com.");
    assert_memory_equal(queries->name_wires[1], "\1a\1b", 5);
    assert_int_equal(queries->type_count, 2);
    assert_int_equal(queries->types[0].type, RR_AAAA);
    assert_int_equal(queries->types[0].weight, 10);
    assert_int_equal(queries->types[1].type, 65);
    assert_int_equal(queries->missing_ppb, 125000000);
    assert_int_equal(rate_mean_interval_ns(queries->rate, 10), 20 * NS_PER_S);
    loaded_free(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(a_list_of_sites_makes_instances),
        cmocka_unit_test(instances_take_addresses_by_site),
        cmocka_unit_test(peers_default_to_those_who_name_the_server),
        cmocka_unit_test(the_timeline_is_sorted_and_equal_times_keep_their_order),
        cmocka_unit_test(blocks_of_records_have_a_place_for_each_line),
        cmocka_unit_test(expectations_are_resolved_too),
        cmocka_unit_test(a_zone_of_the_scenario_may_be_the_root),
        cmocka_unit_test(a_range_in_braces_makes_many_zones),
        cmocka_unit_test(included_files_come_first_and_the_including_one_prevails),
        cmocka_unit_test(set_replaces_adds_and_appends),
        cmocka_unit_test(queries_name_a_list_and_weigh_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
