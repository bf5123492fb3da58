/* Certificates of a staged scenario: for whom, until when, and that nobody else changes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scenarios/stage/internal.h"

struct built {
    struct arena arena;
    struct diagnostics diagnostics;
    struct stage *stage;
};

static const char head[] = "duration: 10d\nstart: 2026-03-01T00:00:00Z\nhierarchy: none\n"
                           "sites: {fra: {location: [50, 8]}, ham: {location: [53, 10]}}\n"
                           "zones:\n  example.com:\n    records: |\n"
                           "      $TTL 300\n      @ SOA a b 7 2h 15m 28d 5m\n      @ NS ns.else.\n";

enum { START_S = 1772323200, DAY_S = 86400 };

static void build_with(struct built *built, const char *servers,
                       const struct scenario_options *options)
{
    *built = (struct built){0};
    built->diagnostics.arena = &built->arena;
    const char *text = arena_format(&built->arena, "%s%s", head, servers);
    const struct scenario *scenario = scenario_load_text(
        &built->arena, "test.yaml", bytes_of_text(text), options, &built->diagnostics);
    assert_non_null(scenario);
    built->stage = stage_build(scenario, &built->arena, &built->diagnostics);
    assert_non_null(built->stage);
}

static void build(struct built *built, const char *servers)
{
    build_with(built, servers, NULL);
}

static void end(struct built *built)
{
    stage_destroy(built->stage);
    diagnostics_free(&built->diagnostics);
    arena_release(&built->arena);
}

static struct server_tls tls_of(struct built *built, const char *name)
{
    for (size_t i = 0; i < built->stage->member_count; i++)
        if (strcmp(built->stage->members[i].name, name) == 0)
            return stage_tls_of(built->stage, &built->stage->members[i]);
    fail();
    return (struct server_tls){0};
}

static void without_tls_there_is_none(void **state)
{
    struct built built;
    (void)state;
    build(&built, "servers:\n  ns1: {site: fra, primary: [example.com]}\n");
    assert_null(built.stage->tls);
    assert_null(tls_of(&built, "ns1").shared);
    end(&built);
}

static void certificates_end_when_the_scenario_says(void **state)
{
    struct built built;
    (void)state;
    build(&built, "servers:\n"
                  "  ns1: {site: fra, primary: [example.com], tls: {inception: 87d}}\n"
                  "  ns2: {site: fra, secondary: {example.com: {from: ns1, tls: strict}}}\n"
                  "timeline: [{at: 5d, renew: ns1}]\n");
    struct server_tls tls = tls_of(&built, "ns1");
    assert_int_equal(tls.certificate_count, 2);
    assert_int_equal(tls_certificate_ends_s(tls.certificates[0].certificate), START_S + 3 * DAY_S);
    assert_int_equal(tls.certificates[1].since_ns, 5 * DAY_S * NS_PER_S);
    assert_int_equal(tls_certificate_ends_s(tls.certificates[1].certificate),
                     START_S + 95 * DAY_S - 3600);
    tls = tls_of(&built, "ns2");
    assert_non_null(tls.shared); /* as a client */
    assert_int_equal(tls.certificate_count, 0);
    end(&built);
}

/* A node on real sockets has them from now on, whenever the scenario is played. */
static void certificates_may_count_from_another_time_than_the_start(void **state)
{
    const struct scenario_options options = {.certificates_ns = (START_S + 500 * DAY_S) * NS_PER_S};
    struct built built;
    (void)state;
    build_with(&built, "servers:\n  ns1: {site: fra, primary: [example.com], tls: {}}\n", &options);
    assert_int_equal(tls_certificate_ends_s(tls_of(&built, "ns1").certificates[0].certificate),
                     START_S + 590 * DAY_S - 3600);
    end(&built);
}

static void an_instance_is_renewed_alone(void **state)
{
    struct built built;
    (void)state;
    build(&built, "servers:\n"
                  "  ns1: {site: [fra, ham], primary: [example.com], tls: {}}\n"
                  "timeline: [{at: 5d, renew: ns1.ham}]\n");
    assert_int_equal(tls_of(&built, "ns1.ham").certificate_count, 2);
    assert_int_equal(tls_of(&built, "ns1.fra").certificate_count, 1);
    end(&built);
}

static char *first_certificate(const char *servers)
{
    struct built built;
    build(&built, servers);
    char *pem = tls_certificate_pem(tls_of(&built, "ns1").certificates[0].certificate);
    end(&built);
    return pem;
}

static void another_server_changes_nobodys_certificate(void **state)
{
    (void)state;
    char *alone = first_certificate("servers:\n"
                                    "  ns1: {site: fra, primary: [example.com], tls: {}}\n");
    char *beside = first_certificate(
        "servers:\n"
        "  aaa: {site: fra, secondary: {example.com: {from: ns1}}, tls: {lifetime: 7d}}\n"
        "  ns1: {site: fra, primary: [example.com], tls: {}}\n");
    char *reseeded = first_certificate("seed: 2\nservers:\n"
                                       "  ns1: {site: fra, primary: [example.com], tls: {}}\n");
    assert_string_equal(alone, beside);
    assert_string_not_equal(alone, reseeded);
    free(alone);
    free(beside);
    free(reseeded);
}

static void the_name_is_that_by_which_ns_records_call_the_server(void **state)
{
    struct built built;
    struct scenario_secondary secondary = {.tls = TRANSPORT_STRICT};
    (void)state;
    build(&built,
          "servers:\n"
          "  ns1: {site: fra, primary: [example.com], tls: {}}\n"
          "  ns2: {site: fra, name: two.example.net, secondary: {example.com: {from: ns1}}}\n"
          "  ns3: {site: fra}\n");
    assert_string_equal(stage_tls_peer(built.stage, &secondary, 0)->name, "ns1.example.com");
    assert_string_equal(stage_tls_peer(built.stage, &secondary, 1)->name, "two.example.net");
    assert_string_equal(stage_tls_peer(built.stage, &secondary, 2)->name, "ns3");
    secondary.tls = TRANSPORT_OPPORTUNISTIC;
    assert_null(stage_tls_peer(built.stage, &secondary, 0)->name);
    secondary.tls = TRANSPORT_CLEAR;
    assert_null(stage_tls_peer(built.stage, &secondary, 0));
    end(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_tls_there_is_none),
        cmocka_unit_test(certificates_end_when_the_scenario_says),
        cmocka_unit_test(certificates_may_count_from_another_time_than_the_start),
        cmocka_unit_test(an_instance_is_renewed_alone),
        cmocka_unit_test(another_server_changes_nobodys_certificate),
        cmocka_unit_test(the_name_is_that_by_which_ns_records_call_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
