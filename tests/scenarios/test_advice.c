/* Advice on what a zone says; that on servers stands in broken/advice-places.yaml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nodes/dns/zone.h"
#include "tests/support/loaded.h"
#include "tests/support/zone_text.h"

/* What is said of a zone with these SOA values and this TTL of its NS records. */
static const char *advise(struct loaded *loaded, const char *soa, const char *ttl)
{
    const char *text = arena_format(&loaded->arena, "@ 3600 SOA a b 1 %s\n@ %s NS a\n", soa, ttl);
    const struct scenario_zone source = {.name = "example.", .source = {"a.zone", 1, 1}};
    struct zone *zone = zone_from_text("example.", text);
    loaded->diagnostics.arena = &loaded->arena;
    loaded->diagnostics.count = 0;
    scenario_advise_zone(&source, zone, &loaded->diagnostics);
    zone_release(zone);
    return loaded_said(loaded);
}

static void common_values_draw_no_advice(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    assert_string_equal(advise(&loaded, "7200 900 1209600 3600", "86400"), "");
    assert_string_equal(advise(&loaded, "1200 1199 1209600 86400", "3600"), "");
    assert_string_equal(advise(&loaded, "86400 7200 2419200 0", "3600"), "");
    loaded_free(&loaded);
}

static void each_value_out_of_range_is_named(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    assert_string_equal(advise(&loaded, "1199 60 1209600 300", "3600"),
                        "a.zone:1:1: advice: the SOA refresh of 'example.' is 19m59s; RFC 1912 "
                        "section 2.2 suggests 20m to 1d");
    assert_string_equal(advise(&loaded, "7200 900 172800 300", "3600"),
                        "a.zone:1:1: advice: the SOA expire of 'example.' is 2d; RFC 1912 section "
                        "2.2 suggests 14d to 28d");
    assert_string_equal(advise(&loaded, "7200 7200 1209600 300", "3600"),
                        "a.zone:1:1: advice: the SOA retry of 'example.' is not below its "
                        "refresh; RFC 1912 section 2.2 wants a fraction of it");
    assert_string_equal(advise(&loaded, "7200 900 1209600 86401", "3600"),
                        "a.zone:1:1: advice: the SOA minimum of 'example.' is 1d1s; RFC 2308 "
                        "section 5 suggests 1h to 3h and no more than 1d");
    assert_string_equal(advise(&loaded, "7200 900 1209600 300", "300"),
                        "a.zone:1:1: advice: the NS records of 'example.' live 5m; RFC 9199 "
                        "section 3.5 suggests 1h at the least");
    loaded_free(&loaded);
}

static const char *advise_names(struct loaded *loaded, const char *origin, const char *records)
{
    const char *text = arena_format(
        &loaded->arena, "@ 3600 SOA a b 1 7200 900 1209600 3600\n@ 3600 NS a\n%s", records);
    const struct scenario_zone source = {.name = origin, .source = {"a.zone", 1, 1}};
    struct zone *zone = zone_from_text(origin, text);
    loaded->diagnostics.arena = &loaded->arena;
    loaded->diagnostics.count = 0;
    scenario_advise_zone(&source, zone, &loaded->diagnostics);
    zone_release(zone);
    return loaded_said(loaded);
}

static void a_missing_final_dot_is_asked_for(void **state)
{
    struct loaded loaded = {0};
    (void)state;
    assert_string_equal(advise_names(&loaded, "example.com.", "www.example.com 60 A 192.0.2.1\n"),
                        "a.zone:1:1: advice: there are names in 'example.com.' that end in "
                        "example.com.example.com.: is a final dot missing?");
    assert_string_equal(advise_names(&loaded, "example.com.", "www.example 60 A 192.0.2.1\n"), "");
    assert_string_equal(advise_names(&loaded, ".", "www 60 A 192.0.2.1\n"), "");
    /* Twice this one would be no name. */
    assert_string_equal(
        advise_names(&loaded,
                     "a234567890b234567890c234567890d234567890e234567890.a234567890b234567890c2345."
                     "a234567890b234567890c234567890d234567890e234567890.",
                     ""),
        "");
    loaded_free(&loaded);
}

static void parameters_of_nsec3_without_it_are_told(void **state)
{
    struct loaded loaded = {0};
    struct scenario_signing sign = {.denial = ZONE_SIGN_NSEC, .nsec3 = {.iterations = 1}};
    const struct scenario_zone source = {.name = "example.", .sign = &sign, .place = {"a", 2, 3}};
    struct zone *zone =
        zone_from_text("example.", "@ 3600 SOA a b 1 7200 900 1209600 3600\n@ 3600 NS a\n");
    (void)state;
    loaded.diagnostics.arena = &loaded.arena;
    scenario_advise_zone(&source, zone, &loaded.diagnostics);
    assert_string_equal(loaded_said(&loaded),
                        "a:2:3: advice: 'example.' is signed with NSEC, which has no salt, "
                        "iterations or opt-out; 'denial: nsec3' has");
    sign.denial = ZONE_SIGN_NSEC3;
    loaded.diagnostics.count = 0;
    scenario_advise_zone(&source, zone, &loaded.diagnostics);
    assert_string_equal(loaded_said(&loaded), "");
    zone_release(zone);
    loaded_free(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_values_draw_no_advice),
        cmocka_unit_test(each_value_out_of_range_is_named),
        cmocka_unit_test(a_missing_final_dot_is_asked_for),
        cmocka_unit_test(parameters_of_nsec3_without_it_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
