/* Zones that the scenario has signed: keys, parents, and what their primaries make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "nodes/dns/zonemd.h"
#include "nodes/server_state.h"
#include "scenarios/stage/internal.h"
#include "tests/support/zone_text.h"

struct built {
    struct arena arena;
    struct diagnostics diagnostics;
    struct stage *stage;
};

#define RECORDS                                                                       \
    "    records: |\n      $TTL 300\n      @ SOA a b 7 2h 15m 28d 5m\n      @ NS a\n" \
    "      a A 192.0.2.1\n"
#define SERVER(...)                                                                            \
    "servers: {p: {site: fra, address: 192.0.2.1, name: a.example.com, primary: [" __VA_ARGS__ \
    "]}}\n"

static void build(struct built *built, const char *format, const char *sign)
{
    char text[2000];
    *built = (struct built){0};
    built->diagnostics.arena = &built->arena;
    snprintf(text, sizeof text, format, sign);
    const struct scenario *scenario = scenario_load_text(
        &built->arena, "test.yaml", bytes_of_text(text), NULL, &built->diagnostics);
    if (scenario)
        built->stage = stage_build(scenario, &built->arena, &built->diagnostics);
}

/* The version of the Nth zone that the only server has AFTER_S the start; borrowed. */
static const struct zone *served(const struct built *built, size_t n, int64_t after_s)
{
    int64_t until_ns = built->stage->scenario->start_ns + after_s * NS_PER_S;
    while (sim_run(built->stage->sim, until_ns, UINT64_MAX))
        ;
    const struct server *server = sim_host_state(built->stage->members[0].hosts[0]);
    return server->zone_list[n].version;
}

static void end(struct built *built)
{
    if (built->stage)
        stage_destroy(built->stage);
    diagnostics_free(&built->diagnostics);
    arena_release(&built->arena);
}

static const char one_zone[] =
    "duration: 30d\nsites: {fra: {location: [50, 8]}}\n"
    "zones:\n  example.com:\n    sign: %s\n" RECORDS SERVER("example.com");

static uint32_t expiry_of(const struct zone *zone, const char *owner, uint16_t type)
{
    const struct rrset *set = zone_node_signatures(zone_find(zone, name_of(owner)), type);
    assert_non_null(set);
    return bytes_get_u32(set->data + 2 + 8);
}

static uint32_t start_s(const struct built *built)
{
    return (uint32_t)(built->stage->scenario->start_ns / NS_PER_S);
}

enum { HOUR_S = 3600, DAY_S = 86400 };

static void without_the_key_nothing_is_signed(void **state)
{
    (void)state;
    struct built built;
    uint32_t expiry_s;
    build(
        &built,
        "duration: 1h\nsites: {fra: {location: [50, 8]}}\nzones:\n  example.com:\n" RECORDS SERVER(
            "example.com") "%s",
        "");
    assert_non_null(built.stage);
    assert_false(zone_first_expiry(served(&built, 0, 0), &expiry_s));
    end(&built);
}

static void signatures_begin_before_the_start_and_last(void **state)
{
    (void)state;
    struct built built;
    uint32_t expiry_s;
    build(&built, one_zone, "{inception: 2h, lifetime: 3d, zonemd: true}");
    assert_non_null(built.stage);
    const struct zone *zone = served(&built, 0, 0);
    assert_true(zone_first_expiry(zone, &expiry_s));
    assert_int_equal(expiry_s, start_s(&built) - 2 * HOUR_S + 3 * DAY_S);
    assert_int_equal(zonemd_check(zone), ZONEMD_MATCHES);
    end(&built);
}

static void the_key_comes_from_seed_and_zone(void **state)
{
    (void)state;
    struct built one, two, other;
    char text[2000];
    build(&one, one_zone, "{}");
    build(&two, one_zone, "{}");
    snprintf(text, sizeof text, "seed: 2\n%s", one_zone);
    build(&other, text, "{}");
    assert_true(zone_equal(served(&one, 0, 0), served(&two, 0, 0)));
    assert_int_not_equal(signing_key_tag(one.stage->zones[0].key),
                         signing_key_tag(other.stage->zones[0].key));
    end(&one);
    end(&two);
    end(&other);
}

/* The DS in PARENT for CHILD's key, or NULL. */
static bool has_ds(const struct stage *stage, const char *parent, const struct stage_zone *child)
{
    uint8_t ds[SIGNING_DS_SIZE];
    signing_key_ds(child->key, child->origin, ds);
    for (size_t i = 0; i < stage->zone_count; i++) {
        const struct stage_zone *zone = &stage->zones[i];
        const struct zone_node *cut =
            strcmp(zone->name, parent) == 0 ? zone_find(zone->zone, child->origin) : NULL;
        const struct rrset *set = cut ? zone_node_get(cut, RR_DS) : NULL;
        if (set)
            return set->count == 1 && memcmp(set->data + 2, ds, sizeof ds) == 0;
    }
    return false;
}

static void the_hierarchy_has_the_ds(void **state)
{
    (void)state;
    static const char text[] =
        "duration: 1d\nsites: {fra: {location: [50, 8]}}\n"
        "zones:\n  example.com:\n    sign: %s\n" RECORDS SERVER(
            "example.com") "resolvers: {r: {site: fra}}\n"
                           "clients:\n  c:\n    site: fra\n    resolver: r\n"
                           "    queries: {rate: 1/s, names: a.example.com}\n";
    struct built built;
    build(&built, text, "{}");
    assert_non_null(built.stage);
    assert_true(has_ds(built.stage, "com.", &built.stage->zones[0]));
    end(&built);
}

static void a_parent_in_the_scenario_has_the_ds_signed(void **state)
{
    (void)state;
    static const char text[] = "duration: 1d\nsites: {fra: {location: [50, 8]}}\n"
                               "zones:\n  sub.example.com:\n    sign: {}\n" RECORDS
                               "  example.com:\n    sign: %s\n" RECORDS
                               "      sub NS a\n" SERVER("example.com, sub.example.com");
    struct built built;
    build(&built, text, "{denial: nsec3, opt-out: true, salt: ab, iterations: 3}");
    assert_non_null(built.stage);
    assert_true(has_ds(built.stage, "example.com.", &built.stage->zones[0]));
    expiry_of(served(&built, 0, 0), "sub.example.com.", RR_DS);
    end(&built);
}

static void primaries_sign_as_the_scenario_says(void **state)
{
    (void)state;
    struct built built;
    build(&built, one_zone,
          "{lifetime: 30d, resign: 10d, denial: nsec3, opt-out: true, iterations: 2, salt: ab}");
    const struct zone *zone = served(&built, 0, 11 * DAY_S);
    const struct rrset *parameters = zone_node_get(zone_apex(zone), RR_NSEC3PARAM);
    assert_int_equal(zone_serial(zone), 8);
    assert_int_equal(expiry_of(zone, "a.example.com.", RR_A),
                     start_s(&built) - HOUR_S + 40 * DAY_S);
    assert_memory_equal(parameters->data + 2, "\1\0\0\2\1\xab", 6);
    end(&built);
}

static void a_name_too_long_for_nsec3_is_told(void **state)
{
    (void)state;
    static const char text[] = "duration: 1d\nsites: {fra: {location: [50, 8]}}\n"
                               "zones:\n  %s:\n    sign: {denial: nsec3}\n" RECORDS
                               "servers: {p: {site: fra, address: 192.0.2.1, primary: ['%s']}}\n";
    char name[NAME_SIZE_MAX] = "", filled[2000];
    struct built built;
    for (int i = 0; i < 4; i++)
        strcat(name, "a-label-of-fifty-octets-which-makes-a-name-too-long-1234.");
    snprintf(filled, sizeof filled, text, name, name);
    build(&built, filled, "");
    assert_null(built.stage);
    assert_non_null(strstr(built.diagnostics.items[0].sentence, "too long for 'denial: nsec3'"));
    end(&built);
}

static void check_advice(const char *sign, const char *advice)
{
    struct built built;
    build(&built, one_zone, sign); /* expire 28d */
    stage_advise(built.stage);
    assert_int_equal(built.diagnostics.count, *advice != 0);
    if (*advice)
        assert_non_null(strstr(built.diagnostics.items[0].sentence, advice));
    end(&built);
}

static void advice_weighs_signatures_against_expire(void **state)
{
    (void)state;
    check_advice("{lifetime: 56d}", "serve 'example.com.' for 28d (SOA expire), but its signatures "
                                    "may run out after 27d23h");
    check_advice("{lifetime: 58d, resign: 10d}", "");
    check_advice("{lifetime: 10d, resign: 10d}",
                 "run out before they are made anew: they last for 9d23h, and 'resign' is 10d");
}

/* ---- keys from files ------------------------------------------------------------------------- */

static struct built build_with_key(const char *key)
{
    char path[] = "/tmp/understudy-key-XXXXXX", sign[100];
    struct built built;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, key, strlen(key)), (ssize_t)strlen(key));
    close(descriptor);
    snprintf(sign, sizeof sign, "{key-file: %s}", path);
    build(&built, one_zone, sign);
    unlink(path);
    return built;
}

static void a_key_may_come_from_a_file(void **state)
{
    (void)state;
    struct built built =
        build_with_key("Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
                       "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n");
    assert_non_null(built.stage);
    /* RFC 8080 section 6.1 has it with the tag 3613. */
    assert_int_equal(signing_key_tag(built.stage->zones[0].key), 3613);
    end(&built);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {
        "", "nonsense\n", "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n",
        ("Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n"
         "PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n")};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct built built = build_with_key(files[i]);
        assert_null(built.stage);
        assert_int_equal(built.diagnostics.count, 1);
        assert_non_null(strstr(built.diagnostics.items[0].sentence, "has no key that can sign"));
        end(&built);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_key_nothing_is_signed),
        cmocka_unit_test(signatures_begin_before_the_start_and_last),
        cmocka_unit_test(the_key_comes_from_seed_and_zone),
        cmocka_unit_test(the_hierarchy_has_the_ds),
        cmocka_unit_test(a_parent_in_the_scenario_has_the_ds_signed),
        cmocka_unit_test(primaries_sign_as_the_scenario_says),
        cmocka_unit_test(a_name_too_long_for_nsec3_is_told),
        cmocka_unit_test(advice_weighs_signatures_against_expire),
        cmocka_unit_test(a_key_may_come_from_a_file),
        cmocka_unit_test(what_is_no_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
