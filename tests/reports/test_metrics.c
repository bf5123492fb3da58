/* What servers and resolvers were asked, packets between nodes, and outages. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/packets.h"
#include "tests/support/metrics_scene.h"

/* ---- queries ----------------------------------------------------------------------------- */

static void queries_count_by_who_sent_them_and_when(void **state)
{
    const struct scene *scene = *state;
    hand_query(&scene->hand, 10, NS1_HOST, ISP, false);
    hand_query(&scene->hand, 20, NS1_HOST, ISP, false);
    hand_query(&scene->hand, 30, NS1_HOST, USERS, false);
    assert_int_equal(metrics_queries(scene->metrics, NS1, METRICS_ALL, 0, 31), 3);
    assert_int_equal(metrics_queries(scene->metrics, NS1, ISP, 0, 31), 2);
    assert_int_equal(metrics_queries(scene->metrics, NS1, ISP, 10, 20), 1);
    assert_int_equal(metrics_queries(scene->metrics, NS1, USERS, 30, 30), 0);
    assert_int_equal(metrics_queries(scene->metrics, HIDDEN, METRICS_ALL, 0, 31), 0);
}

static void queries_from_nobodys_address_count_for_all_only(void **state)
{
    const struct scene *scene = *state;
    struct host_note note = {.kind = NOTE_QUERY, .peer = address_from_ipv4(0xcb007101, 5353)};
    hand_note(&scene->hand, 10, NS1_HOST, &note);
    assert_int_equal(metrics_queries(scene->metrics, NS1, METRICS_ALL, 0, 20), 1);
    for (uint32_t i = 0; i < CAST_NODES; i++)
        assert_int_equal(metrics_queries(scene->metrics, NS1, i, 0, 20), 0);
}

static void every_client_of_a_group_is_the_group(void **state)
{
    const struct scene *scene = *state;
    struct host_note note = {.kind = NOTE_QUERY, .peer = address_from_ipv4(0xc0000203, 5353)};
    hand_note(&scene->hand, 10, ISP_HOST, &note);
    assert_int_equal(metrics_queries(scene->metrics, ISP, USERS, 0, 20), 1);
}

static void upstream_is_named_by_node_or_by_address_where_several_have_it(void **state)
{
    const struct scene *scene = *state;
    struct metrics_upstream upstream;
    hand_play(&scene->hand);
    assert_true(metrics_upstream(scene->metrics, ISP, 0, &upstream));
    assert_string_equal(upstream.server, "192.0.2.99");
    assert_int_equal(upstream.queries, 1);
    assert_int_equal(upstream.timeouts, 1);
    assert_int_equal(upstream.rtt_mean_ns, -1);
    assert_true(metrics_upstream(scene->metrics, ISP, 1, &upstream));
    assert_string_equal(upstream.server, "ns1");
    assert_int_equal(upstream.answers, 1);
    assert_int_equal(upstream.rtt_mean_ns, 1500 * NS_PER_US);
    assert_false(metrics_upstream(scene->metrics, ISP, 2, &upstream));
    assert_int_equal(metrics_cache_hits(scene->metrics, ISP), 1);
}

/* ---- packets ----------------------------------------------------------------------------- */

static void only_delivered_packets_count_each_way_apart(void **state)
{
    const struct scene *scene = *state;
    const struct trace_listener *listener = &scene->hand.listeners[0];
    struct packet *packet = packet_make_query("192.0.2.1:4000", "192.0.2.5:53");
    packet->sender = USER_2;
    packet->receiver = ISP_HOST;
    packet->fate = PACKET_DELIVERED;
    listener->arrived(listener->context, packet, CAST_START_NS + 1);
    packet->fate = PACKET_HOST_SILENT;
    listener->arrived(listener->context, packet, CAST_START_NS + 2);
    free(packet);
    assert_int_equal(metrics_packets(scene->metrics, USERS, ISP), 1);
    assert_int_equal(metrics_packets(scene->metrics, ISP, USERS), 0);
}

/* ---- outages ----------------------------------------------------------------------------- */

static void an_outage_lasts_from_failure_to_recovery(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, MINUTE, TRACE_FAILED, "ns1");
    hand_fault(&scene->hand, 3 * MINUTE, TRACE_RECOVERED, "ns1");
    hand_fault(&scene->hand, 10 * MINUTE, TRACE_STOPPED, "ns1");
    struct metrics_outage outage = metrics_node_outage(scene->metrics, NS1);
    assert_true(outage.ever);
    assert_true(outage.at_end);
    assert_int_equal(outage.first_ns, MINUTE);
    assert_int_equal(outage.total_ns, 2 * MINUTE + CAST_DURATION_NS - 10 * MINUTE);
    assert_false(metrics_node_outage(scene->metrics, NS2_IAD).ever);
}

static void site_outage_and_own_outage_overlap_once(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, 1 * MINUTE, TRACE_FAILED, "ns1");
    hand_fault(&scene->hand, 2 * MINUTE, TRACE_FAILED, "fra");
    hand_fault(&scene->hand, 3 * MINUTE, TRACE_RECOVERED, "ns1");
    hand_fault(&scene->hand, 5 * MINUTE, TRACE_RECOVERED, "fra");
    assert_int_equal(metrics_node_outage(scene->metrics, NS1).total_ns, 4 * MINUTE);
    assert_int_equal(metrics_node_outage(scene->metrics, HIDDEN).total_ns, 3 * MINUTE);
    assert_int_equal(metrics_site_outage(scene->metrics, FRA).total_ns, 3 * MINUTE);
    assert_false(metrics_node_outage(scene->metrics, NS1).at_end);
    assert_false(metrics_node_outage(scene->metrics, NS2_SIN).ever);
}

static void failing_what_has_stopped_is_one_outage(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, 1 * MINUTE, TRACE_STOPPED, "ns1");
    hand_fault(&scene->hand, 2 * MINUTE, TRACE_FAILED, "ns1");
    hand_fault(&scene->hand, 3 * MINUTE, TRACE_RECOVERED, "ns1");
    hand_fault(&scene->hand, 4 * MINUTE, TRACE_RECOVERED, "ns1");
    assert_int_equal(metrics_node_outage(scene->metrics, NS1).total_ns, 2 * MINUTE);
}

static void a_withdrawn_route_is_no_outage(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, 1 * MINUTE, TRACE_WITHDRAWN, "ns2.sin");
    assert_false(metrics_node_outage(scene->metrics, NS2_SIN).ever);
}

static void a_link_is_the_same_from_both_ends(void **state)
{
    const struct scene *scene = *state;
    hand_fault(&scene->hand, 1 * MINUTE, TRACE_FAILED, "sin-fra");
    hand_fault(&scene->hand, 4 * MINUTE, TRACE_RECOVERED, "fra-sin");
    assert_int_equal(metrics_link_outage(scene->metrics, FRA, SIN).total_ns, 3 * MINUTE);
    assert_int_equal(metrics_link_outage(scene->metrics, SIN, FRA).total_ns, 3 * MINUTE);
    assert_false(metrics_link_outage(scene->metrics, FRA, IAD).ever);
    assert_false(metrics_site_outage(scene->metrics, SIN).ever);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scene_make, scene_discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(queries_count_by_who_sent_them_and_when),
        claim(queries_from_nobodys_address_count_for_all_only),
        claim(every_client_of_a_group_is_the_group),
        claim(upstream_is_named_by_node_or_by_address_where_several_have_it),
        claim(only_delivered_packets_count_each_way_apart),
        claim(an_outage_lasts_from_failure_to_recovery),
        claim(site_outage_and_own_outage_overlap_once),
        claim(failing_what_has_stopped_is_one_outage),
        claim(a_withdrawn_route_is_no_outage),
        claim(a_link_is_the_same_from_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
