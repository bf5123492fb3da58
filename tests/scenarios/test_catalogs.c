/* Catalog zones from a scenario: made, changed, and who is told of members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/catalog.h"
#include "nodes/monitor.h"
#include "scenarios/stage/internal.h"
#include "tests/support/zone_text.h"

static struct arena arena;
static struct diagnostics diagnostics;
static struct scenario *scenario;
static struct stage *stage;

#define ZONE(name)                                                        \
    "  " name ": {records: \"@ 300 SOA ns1 root 1 1800 300 604800 300\\n" \
    "@ 300 NS ns1\\n@ 300 NS ns2\\nns1 300 A 192.0.2.1\\n"                \
    "ns2 300 A 192.0.2.2\\n\"}\n"

#define HEAD                                                                   \
    "duration: 1h\nhierarchy: none\nsites: {fra: {location: [50.11, 8.68]}}\n" \
    "keys: {shared: {}}\nzones:\n" ZONE("a.example") ZONE("b.example") ZONE("c.example")

#define HIDDEN \
    "servers:\n  ns1: {site: fra, primary: [catz.invalid, a.example, b.example, c.example]}\n"

static void build(const char *text)
{
    arena = (struct arena){0};
    diagnostics = (struct diagnostics){.arena = &arena};
    scenario = scenario_load_text(&arena, "test.yaml", bytes_of_text(text), NULL, &diagnostics);
    stage = scenario ? stage_build(scenario, &arena, &diagnostics) : NULL;
    if (!stage)
        diagnostics_print(&diagnostics, stderr);
    assert_non_null(stage);
}

static int end(void **state)
{
    (void)state;
    if (stage)
        stage_destroy(stage);
    stage = NULL;
    diagnostics_free(&diagnostics);
    arena_release(&arena);
    return 0;
}

static const struct server_config *config_of(const char *name)
{
    for (size_t i = 0; i < stage->member_count; i++)
        if (strcmp(stage->members[i].name, name) == 0)
            return stage_node_config(stage, &stage->members[i]);
    fail_msg("no member '%s'", name);
    return NULL;
}

static const struct server_zone_config *zone_of(const char *server, const char *zone)
{
    const struct server_config *config = config_of(server);
    for (size_t i = 0; i < config->zone_count; i++)
        if (name_equal(config->zones[i].origin, name_of(zone)))
            return &config->zones[i];
    return NULL;
}

static void a_list_makes_a_good_catalog(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [b.example, a.example]}\n" HIDDEN);
    struct catalog catalog;
    assert_null(catalog_read(zone_of("ns1", "catz.invalid.")->zone, &catalog));
    assert_int_equal(catalog.count, 2);
    assert_true(name_equal(catalog.entries[0].zone, name_of("a.example.")));
    catalog_free(&catalog);
}

static void changes_enroll_and_withdraw(void **state)
{
    (void)state;
    build(
        HEAD
        "  catz.invalid: {catalog: [a.example, b.example]}\n" HIDDEN
        "timeline:\n  - {at: 1m, change: catz.invalid, enroll: c.example, withdraw: a.example}\n");
    struct catalog catalog;
    const char *why = NULL;
    struct zone *version =
        server_change_apply(zone_of("ns1", "catz.invalid.")->zone, &stage->changes[0].change, &why);
    assert_non_null(version);
    assert_null(catalog_read(version, &catalog));
    assert_int_equal(catalog.count, 2);
    assert_true(name_equal(catalog.entries[0].zone, name_of("b.example.")));
    assert_true(name_equal(catalog.entries[1].zone, name_of("c.example.")));
    catalog_free(&catalog);
    zone_release(version);
}

#define CONSUMER \
    "  ns2: {site: fra, secondary: {catz.invalid: {from: ns1, key: shared, members: {}}}}\n"

static void members_come_from_where_the_catalog_does(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER);
    const struct server_zone_config *catalog = zone_of("ns2", "catz.invalid.");
    const struct server_zone_config *members = catalog->members;
    assert_non_null(members);
    assert_null(members->origin);
    assert_int_equal(members->sources.count, 1);
    assert_true(address_same_ip(&members->sources.list[0], &catalog->sources.list[0]));
    assert_non_null(members->sources.keys[0]);
    assert_null(zone_of("ns2", "a.example."));
}

/* Those that are listed by now, those enrolled later, and by whatever record; no others. */
static void who_may_hold_a_member_is_told_of_it(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER "timeline:\n"
               "  - {at: 1m, change: catz.invalid, add: \"x.zones 0 PTR b.example.\"}\n");
    assert_int_equal(zone_of("ns1", "a.example.")->notify.count, 1);
    assert_int_equal(zone_of("ns1", "b.example.")->notify.count, 1);
    assert_int_equal(zone_of("ns1", "c.example.")->notify.count, 0);
    assert_non_null(zone_of("ns1", "a.example.")->notify.keys[0]);
    assert_non_null(zone_of("ns1", "b.example.")->allow_transfer.addresses.keys[0]);
}

/* Who may change the catalog may enroll any zone. */
static void updates_may_list_whatever_there_is(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: []}\n"
               "servers:\n  ns1: {site: fra, primary: [catz.invalid, a.example, b.example, "
               "c.example], allow-update: any}\n" CONSUMER);
    assert_int_equal(zone_of("ns1", "c.example.")->notify.count, 1);
}

static void a_catalog_by_hand_lists_as_well(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {records: \"@ 0 SOA a. b. 1 3600 600 86400 0\\n@ 0 NS invalid.\\n"
               "version 0 TXT 2\\nx.zones 0 PTR b.example.\\n\"}\n" HIDDEN CONSUMER);
    assert_int_equal(zone_of("ns1", "a.example.")->notify.count, 0);
    assert_int_equal(zone_of("ns1", "b.example.")->notify.count, 1);
}

/* ---- groups, limits, an operator's words ------------------------------------------------------
 */

#define GROUPED                                                                               \
    "  ns3: {site: fra, primary: b.example}\n"                                                \
    "  ns2: {site: fra, secondary: {catz.invalid: {from: ns1, members: {at-most: 7, groups: " \
    "{theirs: {from: ns3, key: shared}, ours: {}}}}}}\n"

static void a_group_has_sources_and_a_key_of_its_own(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example, b.example]}\n" HIDDEN GROUPED);
    const struct server_zone_config *catalog = zone_of("ns2", "catz.invalid.");
    assert_int_equal(catalog->members_max, 7);
    assert_int_equal(catalog->group_count, 2);
    assert_string_equal(catalog->groups[0].name, "theirs");
    assert_memory_equal(catalog->groups[0].value.data, "\6theirs", 7);
    assert_true(address_same_ip(&catalog->groups[0].members->sources.list[0],
                                &stage->members[1].addresses[0]));
    assert_non_null(catalog->groups[0].members->sources.keys[0]);
    assert_null(catalog->groups[1].members->sources.keys[0]);
    assert_true(
        address_same_ip(&catalog->groups[1].members->sources.list[0], &catalog->sources.list[0]));
}

/* They tell who may hold a member, and let it transfer, with the group's key. */
static void the_sources_of_a_group_know_who_comes(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example, b.example]}\n" HIDDEN GROUPED);
    assert_int_equal(zone_of("ns3", "b.example.")->notify.count, 1);
    assert_non_null(zone_of("ns3", "b.example.")->notify.keys[0]);
    assert_non_null(zone_of("ns3", "b.example.")->allow_transfer.addresses.keys[0]);
}

static void without_a_word_there_are_no_groups_and_many_members(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER);
    assert_int_equal(zone_of("ns2", "catz.invalid.")->group_count, 0);
    assert_int_equal(zone_of("ns2", "catz.invalid.")->members_max, 100000);
}

static void an_operator_may_speak_of_a_member(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER "timeline:\n"
               "  - {at: 1m, transfer: a.example}\n  - {at: 2m, refresh: a.example, on: ns2}\n"
               "  - {at: 3m, notify: a.example, on: ns2}\n  - {at: 4m, freeze: a.example}\n");
    assert_int_equal(stage->change_count, 4);
    assert_string_equal(stage->changes[0].command, SERVER_COMMAND_TRANSFER);
    assert_string_equal(stage->changes[0].on.name, "ns2");
    assert_string_equal(stage->changes[3].on.name, "ns1");
}

/* What another file lists is known when it is read; its primary tells whoever may have it. */
static void a_catalog_read_anew_may_list_whatever_there_is(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER "timeline:\n"
               "  - {at: 1m, reload: catz.invalid, records: \"@ 0 SOA a. b. 2 3600 600 86400 0\\n"
               "@ 0 NS invalid.\\nversion 0 TXT 2\\nx.zones 0 PTR c.example.\\n\"}\n");
    assert_int_equal(zone_of("ns1", "c.example.")->notify.count, 1);
}

/* Its NS records bind the server to its address as those of any zone that it holds. */
static void a_member_gives_its_holder_an_address(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER);
    for (size_t i = 0; i < stage->member_count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        if (strcmp(stage->members[i].name, "ns2") == 0)
            assert_string_equal(address_format_ip(&stage->members[i].addresses[0], text),
                                "192.0.2.2");
    }
}

static void nothing_is_advised_about_what_a_catalog_is_like(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example, b.example, c.example]}\n" HIDDEN CONSUMER);
    stage_advise(stage);
    assert_int_equal(diagnostics.count, 0);
}

/* ---- monitors ------------------------------------------------------------------------------ */

static const struct monitor_config *watched_by(const char *monitor)
{
    for (size_t i = 0; i < stage->member_count; i++)
        if (strcmp(stage->members[i].name, monitor) == 0)
            return stage_node_config(stage, &stage->members[i]);
    fail_msg("no monitor '%s'", monitor);
    return NULL;
}

/* By now or in the course of the run; c.example is never listed. */
static void a_catalog_whose_members_are_not_held_is_told(void **state)
{
    (void)state;
    build(HEAD
          "  catz.invalid: {catalog: [a.example]}\n"
          "servers:\n  ns1: {site: fra, primary: [catz.invalid, a.example, b.example, c.example]}\n"
          "  ns2: {site: fra, secondary: {catz.invalid: {from: [ns1]}}}\n");
    stage_advise(stage);
    bool told = false;
    for (size_t i = 0; i < diagnostics.count; i++)
        told = told || strcmp(diagnostics.items[i].sentence,
                              "an NS record of 'a.example.' names ns2.a.example., but 'ns2' does "
                              "not hold the zone: it is secondary for the catalog "
                              "'catz.invalid', and 'members' there is missing") == 0;
    if (!told)
        diagnostics_print(&diagnostics, stderr);
    assert_true(told);
}

static void a_monitor_asks_for_the_members_that_are_named(void **state)
{
    (void)state;
    build(HEAD
          "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER
          "monitors:\n  m: {site: fra, servers: ns2, zones: [a.example, b.example, c.example]}\n"
          "timeline:\n  - {at: 1m, change: catz.invalid, enroll: b.example}\n");
    const struct monitor_config *config = watched_by("m");
    assert_int_equal(config->target_count, 2);
    assert_true(name_equal(config->targets[0].zone, name_of("a.example.")));
    assert_true(name_equal(config->targets[1].zone, name_of("b.example.")));
    assert_true(address_same_ip(&config->targets[0].server, &config->targets[1].server));
}

static void a_monitor_told_no_zones_asks_for_no_members(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example]}\n" HIDDEN CONSUMER
               "monitors:\n  m: {site: fra, servers: ns2}\n");
    assert_int_equal(watched_by("m")->target_count, 1);
}

static void a_monitor_that_watches_nothing_is_told(void **state)
{
    (void)state;
    build(HEAD "  catz.invalid: {catalog: [a.example, b.example]}\n" HIDDEN CONSUMER "monitors:\n"
               "  idle: {site: fra, servers: ns2, zones: c.example}\n"
               "  busy: {site: fra, servers: ns2, zones: [a.example, c.example]}\n");
    stage_advise(stage);
    assert_int_equal(diagnostics.count, 1);
    assert_non_null(strstr(diagnostics.items[0].sentence, "'idle' watches nothing"));
}

#define CLAIM(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_list_makes_a_good_catalog),
        CLAIM(changes_enroll_and_withdraw),
        CLAIM(members_come_from_where_the_catalog_does),
        CLAIM(who_may_hold_a_member_is_told_of_it),
        CLAIM(updates_may_list_whatever_there_is),
        CLAIM(a_catalog_by_hand_lists_as_well),
        CLAIM(a_group_has_sources_and_a_key_of_its_own),
        CLAIM(the_sources_of_a_group_know_who_comes),
        CLAIM(without_a_word_there_are_no_groups_and_many_members),
        CLAIM(an_operator_may_speak_of_a_member),
        CLAIM(a_catalog_read_anew_may_list_whatever_there_is),
        CLAIM(a_member_gives_its_holder_an_address),
        CLAIM(a_catalog_whose_members_are_not_held_is_told),
        CLAIM(nothing_is_advised_about_what_a_catalog_is_like),
        CLAIM(a_monitor_asks_for_the_members_that_are_named),
        CLAIM(a_monitor_told_no_zones_asks_for_no_members),
        CLAIM(a_monitor_that_watches_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
