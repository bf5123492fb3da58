/* From scenario to run: addresses, hierarchy, hints and what is refused before anything runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "nodes/resolver.h"
#include "scenarios/stage/internal.h"
#include "tests/support/built.h"

static const struct stage_member *member(const struct built *built, const char *name)
{
    for (size_t i = 0; i < built->stage->member_count; i++)
        if (strcmp(built->stage->members[i].name, name) == 0)
            return &built->stage->members[i];
    fail_msg("no member '%s'", name);
    return NULL;
}

static void assert_address(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_SIZE];
    assert_string_equal(address_format_ip(address, text), expected);
}

static void assert_refused(const char *text, const char *sentence)
{
    struct built built;
    built_build(&built, text);
    if (built.stage)
        fail_msg("accepted, expected: %s", sentence);
    assert_int_equal(built.diagnostics.count, 1);
    const struct diagnostic *diagnostic = &built.diagnostics.items[0];
    char *said = arena_format(&built.arena, "%s: %s", place_text(&built.arena, diagnostic->place),
                              diagnostic->sentence);
    assert_string_equal(said, sentence);
    built_end(&built);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void ns_records_give_servers_their_addresses(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS);
    assert_non_null(built.stage);
    assert_int_equal(member(&built, "ns1")->addresses_per_host, 1);
    assert_address(&member(&built, "ns1")->addresses[0], "192.0.2.1");
    assert_int_equal(member(&built, "ns1")->anycast_count, 0);
    assert_address(&member(&built, "ns2.iad")->anycast[0], "192.0.2.53");
    built_end(&built);
}

static void instances_have_unicast_addresses_of_their_own(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS);
    const struct stage_member *fra = member(&built, "ns2.fra"), *iad = member(&built, "ns2.iad");
    assert_int_equal(fra->addresses_per_host, 1);
    assert_int_equal(fra->addresses[0].ip[12], 10);
    assert_false(address_same_ip(&fra->addresses[0], &iad->addresses[0]));
    built_end(&built);
}

static void another_server_gives_nobody_another_address(void **state)
{
    (void)state;
    struct built one, two;
    built_build(&one, SITES ZONE SERVERS);
    built_build(&two,
                SITES ZONE SERVERS "  aaa: {site: fra, secondary: {example.com: {from: [ns1]}}}\n");
    assert_true(address_same_ip(&member(&one, "ns2.iad")->addresses[0],
                                &member(&two, "ns2.iad")->addresses[0]));
    built_end(&one);
    built_end(&two);
}

static void a_stated_address_must_be_that_of_the_zone(void **state)
{
    (void)state;
    assert_refused(SITES ZONE
                   "servers:\n  ns1: {site: fra, address: 192.0.2.9, primary: [example.com]}\n",
                   "test.yaml:16:29: server 'ns1' has another address than zone example.com. gives "
                   "ns1.example.com. (192.0.2.1)");
}

static void several_sites_with_one_address_must_say_anycast(void **state)
{
    (void)state;
    assert_refused(SITES ZONE "servers:\n  ns1: {site: [fra, iad], primary: [example.com]}\n",
                   "test.yaml:16:3: server 'ns1' stands at several sites but zone example.com. "
                   "gives ns1.example.com. one address; expected `anycast: 192.0.2.1`");
}

static void a_mistake_in_inline_records_has_its_line(void **state)
{
    (void)state;
    struct built built;
    built_build(&built,
                SITES "zones:\n  example.com:\n    records: |\n"
                      "      @ 300 SOA ns1 hostmaster 1 1800 300 604800 300\n      @ 300 NS ns1\n"
                      "      ns1 300 A 192.0.2.300\n"
                      "servers: {ns1: {site: fra, primary: [example.com]}}\n");
    assert_null(built.stage);
    assert_int_equal(built.diagnostics.count, 1);
    assert_int_equal(built.diagnostics.items[0].place.line, 10);
    built_end(&built);
}

static void a_change_that_is_no_record_is_refused_with_its_place(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS
                "timeline:\n  - {at: 1m, change: example.com, add: \"www2 300 A 192.0.2.300\"}\n");
    assert_null(built.stage);
    assert_int_equal(built.diagnostics.count, 1);
    assert_int_equal(built.diagnostics.items[0].place.line, 19);
    built_end(&built);
}

static uint32_t ttl_in(const struct zone *version, const char *owner)
{
    uint8_t name[NAME_SIZE_MAX];
    const char *error;
    assert_true(name_from_text(bytes_of_text(owner), zone_origin(version), name, &error));
    return zone_node_get(zone_find(version, name), RR_A)->ttl;
}

/* The TTL that OWNER's addresses have after the change that ENTRY says. */
static uint32_t ttl_after(const char *ttl_directive, const char *entry, const char *owner)
{
    struct built built;
    struct arena arena = {0};
    const char *why;
    built_build(&built, arena_format(&arena,
                                     "duration: 1h\nsites: {fra: {location: [50.11, 8.68]}}\n"
                                     "zones:\n  example.com:\n    records: |\n%s"
                                     "      @ 300 SOA ns1 hostmaster 1 1800 300 604800 120\n"
                                     "      @ 300 NS ns1\n      ns1 300 A 192.0.2.1\n"
                                     "      www 60 A 192.0.2.80\n"
                                     "servers:\n  ns1: {site: fra, primary: [example.com]}\n"
                                     "timeline:\n  - {at: 1m, change: example.com, %s}\n",
                                     ttl_directive, entry));
    assert_non_null(built.stage);
    struct zone *after =
        server_change_apply(built.stage->zones[0].zone, &built.stage->changes[0].change, &why);
    assert_non_null(after);
    uint32_t ttl = ttl_in(after, owner);
    zone_release(after);
    built_end(&built);
    arena_release(&arena);
    return ttl;
}

static void a_record_without_ttl_takes_that_of_its_rrset_else_of_the_zone(void **state)
{
    (void)state;
    assert_int_equal(ttl_after("", "add: www A 192.0.2.81", "www"), 60);
    assert_int_equal(ttl_after("", "add: www A 192.0.2.81, remove: www A", "www"), 60);
    assert_int_equal(ttl_after("", "add: www 90 A 192.0.2.81, remove: www A", "www"), 90);
    assert_int_equal(ttl_after("", "add: [new 7 A 192.0.2.8, new A 192.0.2.9]", "new"), 7);
    assert_int_equal(ttl_after("", "add: new A 192.0.2.81", "new"), 120);
    assert_int_equal(ttl_after("      $TTL 1d\n", "add: new A 192.0.2.81", "new"), 86400);
}

static void a_broken_file_is_told_and_left_to_the_server(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS "timeline:\n  - at: 1m\n    reload: example.com\n"
                                           "    records: |\n      @ 300 SOA ns1 h 2 1 1 1 1\n"
                                           "      @ 300 NS ns1\n      ns1 300 A 192.0.2.300\n");
    assert_non_null(built.stage);
    assert_int_equal(built.diagnostics.errors, 0);
    assert_true(built.diagnostics.count > 0);
    assert_int_equal(built.diagnostics.items[0].place.line, 24);
    assert_int_equal(built.stage->change_count, 1);
    assert_null(built.stage->changes[0].change.replacement);
    assert_non_null(strstr(built.stage->changes[0].change.broken, "192.0.2.300"));
    built_end(&built);
}

static void operators_words_reach_the_instances_that_are_meant(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS "timeline:\n"
                                           "  - {at: 1m, transfer: example.com}\n"
                                           "  - {at: 2m, transfer: example.com, on: ns2.iad}\n"
                                           "  - {at: 3m, freeze: example.com}\n");
    static const bool meant[3][3] = {
        {false, true, true}, {false, false, true}, {true, false, false}};
    static const char *const names[] = {"ns1", "ns2.fra", "ns2.iad"};
    assert_non_null(built.stage);
    assert_int_equal(built.stage->change_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct stage_change *change = &built.stage->changes[i];
        struct bytes bytes = stage_command_bytes(change);
        assert_int_equal(bytes.size, name_size(bytes.data));
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(stage_is_meant(member(&built, names[k]), &change->on), meant[i][k]);
    }
    built_end(&built);
}

/* ---- hierarchy ------------------------------------------------------------------------------- */

static const struct zone *zone_called(const struct built *built, const char *name)
{
    for (size_t i = 0; i < built->stage->zone_count; i++)
        if (strcmp(built->stage->zones[i].name, name) == 0)
            return built->stage->zones[i].zone;
    return NULL;
}

static bool has(const struct zone *zone, const char *owner, uint16_t type)
{
    uint8_t name[NAME_SIZE_MAX];
    const char *error;
    assert_true(name_from_text(bytes_of_text(owner), NULL, name, &error) > 0);
    const struct zone_node *node = zone_find(zone, name);
    return node && zone_node_get(node, type);
}

static void the_root_and_the_tld_delegate_with_glue(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS);
    const struct zone *root = zone_called(&built, "."), *com = zone_called(&built, "com.");
    assert_non_null(root);
    assert_non_null(com);
    assert_true(has(root, "com.", RR_NS));
    assert_true(has(root, "a.nic.com.", RR_A));
    assert_true(has(com, "example.com.", RR_NS));
    assert_true(has(com, "ns1.example.com.", RR_A));
    assert_true(has(com, "ns2.example.com.", RR_A));
    assert_false(has(com, "www.example.com.", RR_A));
    built_end(&built);
}

static void the_hierarchy_stands_at_every_site(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS);
    assert_address(&member(&built, STAGE_ROOT_NAME ".fra")->anycast[0], "198.41.0.4");
    assert_address(&member(&built, STAGE_ROOT_NAME ".iad")->anycast[0], "198.41.0.4");
    assert_address(&member(&built, STAGE_TLD_NAME ".iad")->anycast[0], "192.5.6.30");
    built_end(&built);
}

static void a_zone_between_takes_care_of_its_own_delegation(void **state)
{
    (void)state;
    struct built built;
    built_build(
        &built, SITES
        "zones:\n"
        "  example.com: {records: \"@ 1 SOA n h 1 2 3 4 5\\n@ 1 NS n\\nn 1 A 192.0.2.1\"}\n"
        "  sub.example.com: {records: \"@ 1 SOA n h 1 2 3 4 5\\n@ 1 NS n\\nn 1 A 192.0.2.2\"}\n"
        "servers:\n  a: {site: fra, primary: [example.com]}\n"
        "  b: {site: fra, primary: [sub.example.com]}\n");
    assert_non_null(built.stage);
    assert_false(has(zone_called(&built, "com."), "sub.example.com.", RR_NS));
    built_end(&built);
}

static void hierarchy_none_makes_nothing(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, "hierarchy: none\n" SITES ZONE SERVERS);
    assert_non_null(built.stage);
    assert_null(zone_called(&built, "."));
    assert_int_equal(built.stage->member_count, 3);
    built_end(&built);
}

static void a_root_zone_of_its_own_gives_the_hints(void **state)
{
    (void)state;
    struct built built;
    built_build(
        &built, SITES
        "zones:\n  \".\": {records: \". 1 SOA r. h. 1 2 3 4 5\\n. 1 NS r.\\nr. 1 A 192.0.2.7\"}\n"
        "servers:\n  r: {site: fra, primary: [\".\"]}\nresolvers:\n  isp: {site: iad}\n");
    assert_non_null(built.stage);
    assert_int_equal(built.stage->member_count, 2);
    const struct resolver_config *config =
        stage_configure_resolver(built.stage, member(&built, "isp"));
    assert_int_equal(config->hint_count, 1);
    assert_address(&config->hints[0].address, "192.0.2.7");
    built_end(&built);
}

static void a_name_server_of_no_zone_here_stands_in_its_tld(void **state)
{
    (void)state;
    struct built built;
    built_build(&built,
                SITES "zones:\n  example.com: {records: \"@ 1 SOA n h 1 2 3 4 5\\n"
                      "@ 1 NS ns1.provider.net.\"}\n"
                      "servers:\n  a: {site: fra, address: 192.0.2.7, name: ns1.provider.net, "
                      "primary: [example.com]}\n");
    assert_non_null(built.stage);
    assert_true(has(zone_called(&built, "net."), "ns1.provider.net.", RR_A));
    assert_true(has(zone_called(&built, "."), "net.", RR_NS));
    assert_false(has(zone_called(&built, "com."), "ns1.provider.net.", RR_A));
    stage_advise(built.stage);
    assert_int_equal(built.diagnostics.count, 0);
    built_end(&built);
}

static void the_hierarchy_has_ipv6_where_somebody_has(void **state)
{
    (void)state;
    struct built four, six;
    built_build(&four, SITES ZONE SERVERS);
    built_build(&six,
                SITES ZONE SERVERS "resolvers: {r: {site: fra, address: \"2001:db8::53\"}}\n");
    assert_int_equal(member(&four, STAGE_ROOT_NAME ".fra")->anycast_count, 1);
    assert_int_equal(member(&six, STAGE_ROOT_NAME ".fra")->anycast_count, 2);
    assert_true(has(zone_called(&six, "."), "a.nic.com.", RR_AAAA));
    built_end(&four);
    built_end(&six);
}

static void a_name_server_that_nobody_plays_is_advised_against(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE "servers:\n  ns1: {site: fra, primary: [example.com]}\n");
    assert_non_null(built.stage);
    stage_advise(built.stage);
    assert_int_equal(built.diagnostics.count, 1);
    assert_string_equal(built.diagnostics.items[0].sentence,
                        "an NS record of 'example.com.' names ns2.example.com., but no server that "
                        "holds the zone is called so; a server's 'name' says it");
    built_end(&built);
}

static void a_change_may_not_take_the_soa_away(void **state)
{
    (void)state;
    static const char *const removals[] = {"@", "@ SOA", "example.com."};
    for (unsigned i = 0; i < 3; i++) {
        struct built built;
        struct arena arena = {0};
        built_build(&built,
                    arena_format(&arena,
                                 SITES ZONE SERVERS
                                 "timeline:\n  - {at: 1m, change: example.com, remove: \"%s\"}\n",
                                 removals[i]));
        assert_null(built.stage);
        assert_int_equal(built.diagnostics.count, 1);
        assert_int_equal(built.diagnostics.items[0].place.line, 19);
        built_end(&built);
        arena_release(&arena);
    }
}

/* ---- peers ----------------------------------------------------------------------------------- */

static void a_secondary_asks_its_sources_in_order_and_may_transfer(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE SERVERS
                "  far: {site: iad, secondary: {example.com: {from: [ns2, ns1]}}}\n");
    const struct server_config *far = stage_configure_server(built.stage, member(&built, "far"));
    assert_int_equal(far->zones[0].sources.count, 3);
    /* The nearest instance of a source with several comes first. */
    assert_true(
        address_same_ip(&far->zones[0].sources.list[0], &member(&built, "ns2.iad")->addresses[0]));
    assert_true(
        address_same_ip(&far->zones[0].sources.list[1], &member(&built, "ns2.fra")->addresses[0]));
    assert_address(&far->zones[0].sources.list[2], "192.0.2.1");
    const struct server_config *ns1 = stage_configure_server(built.stage, member(&built, "ns1"));
    assert_int_equal(ns1->zones[0].notify.count, 3);
    assert_int_equal(ns1->zones[0].allow_transfer.addresses.count, 3);
    assert_false(ns1->zones[0].allow_transfer.any);
    built_end(&built);
}

#define KEYS "keys:\n  transfer:\n  admin: {algorithm: hmac-sha1, secret: c2VjcmV0}\n"

static void a_key_goes_with_questions_answers_and_notify(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE KEYS SERVERS
                "  far: {site: iad, secondary: {example.com: {from: [ns1], key: transfer}}}\n");
    const struct server_config *far = stage_configure_server(built.stage, member(&built, "far"));
    const struct server_config *ns1 = stage_configure_server(built.stage, member(&built, "ns1"));
    const struct tsig_key *key = far->zones[0].sources.keys[0];
    assert_memory_equal(key->name, "\10transfer", 10);
    assert_int_equal(far->keys.count, 1); /* not what others have */
    assert_int_equal(ns1->keys.count, 1);
    assert_int_equal(ns1->keys.list[0].secret.size, 32);
    assert_true(bytes_equal(ns1->keys.list[0].secret, far->keys.list[0].secret));
    const struct server_addresses *lists[] = {&ns1->zones[0].notify,
                                              &ns1->zones[0].allow_transfer.addresses};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < lists[k]->count; i++) {
            bool is_far = address_same_ip(&lists[k]->list[i], &member(&built, "far")->addresses[0]);
            assert_ptr_equal(lists[k]->keys[i], is_far ? key : NULL);
        }
    built_end(&built);
}

static void a_key_by_itself_lets_in_whoever_signs_with_it(void **state)
{
    (void)state;
    struct built built;
    built_build(&built, SITES ZONE KEYS
                "servers:\n  ns1: {site: fra, primary: [example.com], clock-offset: -5m, "
                "allow-transfer: [far, admin], allow-update: admin}\n"
                "  far: {site: iad, secondary: {example.com: {from: [ns1], key: transfer}}}\n");
    const struct server_config *ns1 = stage_configure_server(built.stage, member(&built, "ns1"));
    const struct server_access *transfer = &ns1->zones[0].allow_transfer;
    assert_int_equal(ns1->keys.count, 1); /* of far it knows the address alone */
    assert_true(bytes_equal(ns1->keys.list[0].secret, bytes_of_text("secret")));
    assert_int_equal(transfer->addresses.count, 2);
    assert_null(transfer->addresses.keys[0]);
    assert_true(address_is_any(&transfer->addresses.list[1]));
    assert_int_equal(transfer->addresses.keys[1]->algorithm, TSIG_HMAC_SHA1);
    assert_int_equal(ns1->zones[0].allow_update.addresses.count, 1);
    assert_null(ns1->zones[0].notify.keys[0]);
    built_end(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_goes_with_questions_answers_and_notify),
        cmocka_unit_test(a_key_by_itself_lets_in_whoever_signs_with_it),
        cmocka_unit_test(ns_records_give_servers_their_addresses),
        cmocka_unit_test(instances_have_unicast_addresses_of_their_own),
        cmocka_unit_test(another_server_gives_nobody_another_address),
        cmocka_unit_test(a_stated_address_must_be_that_of_the_zone),
        cmocka_unit_test(several_sites_with_one_address_must_say_anycast),
        cmocka_unit_test(a_mistake_in_inline_records_has_its_line),
        cmocka_unit_test(a_change_that_is_no_record_is_refused_with_its_place),
        cmocka_unit_test(a_record_without_ttl_takes_that_of_its_rrset_else_of_the_zone),
        cmocka_unit_test(a_broken_file_is_told_and_left_to_the_server),
        cmocka_unit_test(operators_words_reach_the_instances_that_are_meant),
        cmocka_unit_test(the_root_and_the_tld_delegate_with_glue),
        cmocka_unit_test(the_hierarchy_stands_at_every_site),
        cmocka_unit_test(a_zone_between_takes_care_of_its_own_delegation),
        cmocka_unit_test(hierarchy_none_makes_nothing),
        cmocka_unit_test(a_root_zone_of_its_own_gives_the_hints),
        cmocka_unit_test(a_name_server_of_no_zone_here_stands_in_its_tld),
        cmocka_unit_test(the_hierarchy_has_ipv6_where_somebody_has),
        cmocka_unit_test(a_name_server_that_nobody_plays_is_advised_against),
        cmocka_unit_test(a_change_may_not_take_the_soa_away),
        cmocka_unit_test(a_secondary_asks_its_sources_in_order_and_may_transfer),
    };
    return cmocka_run_group_tests_name("scenarios/stage", tests, NULL, NULL);
}
