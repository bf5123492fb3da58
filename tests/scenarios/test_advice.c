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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_values_draw_no_advice),
        cmocka_unit_test(each_value_out_of_range_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
