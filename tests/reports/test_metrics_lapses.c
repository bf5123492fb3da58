/* What ran out, and when: zones on secondaries, signatures, certificates. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/metrics_scene.h"

static void expire(const struct scene *scene, int64_t at_ns, enum cast_zone zone)
{
    hand_zone(&scene->hand, at_ns, NS1_HOST, zone,
              (struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 1});
}

static struct metrics_lapse lapse(const struct scene *scene, enum metrics_lapse_kind kind)
{
    return metrics_lapse(scene->metrics, NS1, kind);
}

static void nothing_ran_out_where_nothing_is_told(void **state)
{
    const struct scene *scene = *state;
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_COM, 1);
    for (enum metrics_lapse_kind kind = 0; kind <= METRICS_LAPSE_CERTIFICATE; kind++) {
        assert_int_equal(lapse(scene, kind).times, 0);
        assert_false(lapse(scene, kind).at_end);
    }
}

static void expiry_ends_when_the_zone_is_served_again(void **state)
{
    const struct scene *scene = *state;
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_COM, 1);
    expire(scene, 10 * NS_PER_S, EXAMPLE_COM);
    hand_zone(&scene->hand, 20 * NS_PER_S, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_LOADING});
    hand_serve(&scene->hand, 30 * NS_PER_S, NS1_HOST, EXAMPLE_COM, 2);
    struct metrics_lapse expiry = lapse(scene, METRICS_LAPSE_EXPIRY);
    assert_int_equal(expiry.times, 1);
    assert_int_equal(expiry.zones, 1);
    assert_int_equal(expiry.first_ns, 10 * NS_PER_S);
    assert_int_equal(expiry.last_ns, 30 * NS_PER_S);
    assert_false(expiry.at_end);
}

static void zones_are_counted_from_the_first_expiry_to_the_last_end(void **state)
{
    const struct scene *scene = *state;
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_COM, 1);
    hand_serve(&scene->hand, 0, NS1_HOST, EXAMPLE_ORG, 1);
    expire(scene, 10 * NS_PER_S, EXAMPLE_ORG);
    expire(scene, 20 * NS_PER_S, EXAMPLE_COM);
    hand_serve(&scene->hand, 30 * NS_PER_S, NS1_HOST, EXAMPLE_ORG, 1);
    struct metrics_lapse expiry = lapse(scene, METRICS_LAPSE_EXPIRY);
    assert_int_equal(expiry.zones, 2);
    assert_int_equal(expiry.times, 1);
    assert_int_equal(expiry.first_ns, 10 * NS_PER_S);
    assert_true(expiry.at_end);
}

static void sign(const struct scene *scene, int64_t at_ns, int64_t until_ns)
{
    int64_t start_ns = CAST_START_NS;
    hand_serve(&scene->hand, at_ns, NS1_HOST, EXAMPLE_COM, 1);
    hand_zone(&scene->hand, at_ns, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SIGNATURES,
                                 .values = {(start_ns + until_ns) / NS_PER_S}});
}

static void signatures_are_out_from_their_end_to_the_next_version(void **state)
{
    const struct scene *scene = *state;
    sign(scene, 0, 20 * NS_PER_S);
    sign(scene, 30 * NS_PER_S, 25 * NS_PER_S); /* out already */
    sign(scene, 40 * NS_PER_S, 10 * HOUR);
    struct metrics_lapse signatures = lapse(scene, METRICS_LAPSE_SIGNATURES);
    assert_int_equal(signatures.times, 1);
    assert_int_equal(signatures.first_ns, 20 * NS_PER_S);
    assert_int_equal(signatures.last_ns, 40 * NS_PER_S);
}

static void a_server_that_is_down_gives_out_no_signatures(void **state)
{
    const struct scene *scene = *state;
    sign(scene, 0, 20 * NS_PER_S);
    hand_fault(&scene->hand, 10 * NS_PER_S, TRACE_FAILED, "ns1");
    assert_int_equal(lapse(scene, METRICS_LAPSE_SIGNATURES).times, 0);
    hand_fault(&scene->hand, 30 * NS_PER_S, TRACE_RECOVERED, "ns1");
    assert_int_equal(lapse(scene, METRICS_LAPSE_SIGNATURES).first_ns, 30 * NS_PER_S);
    assert_true(lapse(scene, METRICS_LAPSE_SIGNATURES).at_end);
}

int main(void)
{
#define CLAIM(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_discard)
    const struct CMUnitTest tests[] = {
        CLAIM(nothing_ran_out_where_nothing_is_told),
        CLAIM(expiry_ends_when_the_zone_is_served_again),
        CLAIM(zones_are_counted_from_the_first_expiry_to_the_last_end),
        CLAIM(signatures_are_out_from_their_end_to_the_next_version),
        CLAIM(a_server_that_is_down_gives_out_no_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
