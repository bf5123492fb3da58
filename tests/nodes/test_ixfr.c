/* Incremental transfers between servers: their history, its bounds, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

/* Node 0 makes CHANGES new records while node 1 hears nothing. */
static void change_unheard(unsigned changes)
{
    net.nodes[0].now_ns = net.now_ns;
    net.down[1] = true;
    for (unsigned i = 0; i < changes; i++) {
        char record[64];
        snprintf(record, sizeof record, "new%u 300 A 192.0.2.%u", i, i % 250);
        setup_change(&net.nodes[0], record, false);
    }
    net_run_seconds(1);
    net.down[1] = false;
    net_forget();
}

/* How node NODE has got its last version. */
static enum note_transfer form_on(size_t node)
{
    assert_non_null(net_note(node, NOTE_TRANSFER_DONE));
    return (enum note_transfer)net_note(node, NOTE_TRANSFER_DONE)->code;
}

/* ---- condensed answers --------------------------------------------------------------------- */

/* Octets of the transfer that follows a record that comes and goes, and one that stays. */
static int64_t octets_after_coming_and_going(bool condensed)
{
    net_start_primary(1000);
    net_add_secondary();
    net_run_seconds(60);
    setups[0].zone.condense_ixfr = condensed;
    net.nodes[0].now_ns = net.now_ns;
    net.down[1] = true;
    for (int i = 0; i < 20; i++)
        setup_change(&net.nodes[0], "coming 300 TXT and-going", i % 2 == 1);
    setup_change(&net.nodes[0], "staying 300 A 192.0.2.90", false);
    net_run_seconds(1);
    net.down[1] = false;
    net_forget();
    net_run_seconds(3600);
    assert_int_equal(zone_serial(net_served(1)), 22);
    assert_true(zone_equal(net_served(1), net_served(0)));
    assert_int_equal(form_on(1), NOTE_IXFR);
    assert_int_equal(net_journal_count(1), condensed ? 1 : 21);
    return net_note(1, NOTE_TRANSFER_DONE)->values[0];
}

static void a_condensed_answer_leaves_out_what_came_and_went(void **state)
{
    int64_t plain = octets_after_coming_and_going(false);
    net_stop(state);
    int64_t condensed = octets_after_coming_and_going(true);
    assert_true(condensed * 5 < plain);
}

static void a_condensed_answer_may_be_small_enough_where_the_versions_are_not(void **state)
{
    (void)state;
    for (int condensed = 0; condensed <= 1; condensed++) {
        net_start_primary(5);
        net_add_secondary();
        net_run_seconds(60);
        setups[0].zone.condense_ixfr = condensed;
        change_unheard(8); /* their 16 SOAs alone are larger than the zone */
        net_run_seconds(3600);
        assert_int_equal(zone_serial(net_served(1)), 9);
        assert_int_equal(form_on(1), condensed ? NOTE_IXFR : NOTE_FALLBACK);
        if (!condensed)
            net_stop(state);
    }
}

/* DIFF, taking away what it does under TTLs that the records never had; in place of it. */
static struct zone_diff *under_other_ttls(struct zone_diff *diff)
{
    struct rr rr;
    struct zone_diff_walk walk = {.diff = diff};
    zone_diff_walk_next(&walk, &rr);
    struct zone_diff_builder *builder = zone_diff_builder_create(&rr);
    while (zone_diff_walk_next(&walk, &rr) && rr.type != RR_SOA) {
        rr.ttl++;
        zone_diff_builder_remove(builder, &rr);
    }
    zone_diff_builder_new_soa(builder, &rr);
    while (zone_diff_walk_next(&walk, &rr))
        zone_diff_builder_add(builder, &rr);
    zone_diff_release(diff);
    return zone_diff_builder_finish(builder);
}

/* A source may be careless about the TTL of what it takes away. Going back over that, all records
 * of the set seem to have had another TTL, and one difference would have them all twice. */
static void a_condensed_answer_larger_than_the_versions_is_not_given(void **state)
{
    (void)state;
    char lines[1000];
    size_t at = 0;
    for (unsigned i = 0; i < 20; i++)
        at += (size_t)snprintf(lines + at, sizeof lines - at, "many 400 A 10.0.1.%u\n", i);
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone_with(1, "3600 900 604800 300", lines);
    setup_server(&setups[0], store, zone);
    setups[0].zone.condense_ixfr = true;
    setups[0].policy.ixfr_percent_max = 0;
    net_add(0, "192.0.2.1");
    net_add_secondary();
    net_run_seconds(60);
    net.nodes[0].now_ns = net.now_ns;
    setup_change(&net.nodes[0], "many 400 A 10.0.1.7", true);
    setup_change(&net.nodes[0], "staying 300 A 192.0.2.90", false);
    struct journal *journal = &((struct server *)net.nodes[0].state)->zone_list[0].journal;
    journal->diffs[0] = under_other_ttls(journal->diffs[0]);
    net_run_seconds(3600);
    assert_int_equal(zone_serial(net_served(1)), 3);
    assert_true(zone_equal(net_served(1), net_served(0)));
    assert_int_equal(form_on(1), NOTE_IXFR);
    assert_int_equal(net_journal_count(1), 2);
}

/* ---- answers larger than the zone ---------------------------------------------------------- */

/* How node 1 gets 8 versions whose SOAs alone are larger than the zone. */
static enum note_transfer form_of_a_long_history(enum server_software software)
{
    net_start_primary(5);
    setups[0].policy.ixfr_percent_max = server_policy_of(software)->ixfr_percent_max;
    net_add_secondary();
    net_run_seconds(60);
    change_unheard(8);
    net_run_seconds(3600);
    assert_int_equal(zone_serial(net_served(1)), 9);
    enum note_transfer form = form_on(1);
    net_stop(NULL);
    return form;
}

static void knot_and_nsd_give_differences_however_large(void **state)
{
    (void)state;
    assert_int_equal(form_of_a_long_history(SERVER_KNOT_3), NOTE_IXFR);
    assert_int_equal(form_of_a_long_history(SERVER_NSD_4), NOTE_IXFR);
    assert_int_equal(form_of_a_long_history(SERVER_BIND_9_18), NOTE_FALLBACK);
    assert_int_equal(form_of_a_long_history(SERVER_BIND_9_20), NOTE_FALLBACK);
}

/* ---- differences from whole zones ---------------------------------------------------------- */

/* Node 0 feeds node 1 by AXFR alone, which feeds node 2. */
static void start_chain(bool from_differences)
{
    net_start_primary(1000);
    setup_server(&setups[1], store, NULL);
    setups[1].zone.request_ixfr = false;
    setups[1].zone.ixfr_from_differences = from_differences;
    setup_add_notify(&setups[1], "192.0.2.3");
    setup_server(&setups[2], store, NULL);
    setups[2].zone.sources.count = 0;
    setup_add_source(&setups[2], "192.0.2.2");
    net_add(1, "192.0.2.2");
    net_run_seconds(10);
    net_add(2, "192.0.2.3");
    net_run_seconds(10);
    net_forget();
}

static void change_once(void)
{
    net.nodes[0].now_ns = net.now_ns;
    setup_change(&net.nodes[0], "h7 300 A 10.0.0.7", true);
    net_run_seconds(2);
    assert_int_equal(zone_serial(net_served(2)), 2);
    assert_true(zone_equal(net_served(2), net_served(0)));
    assert_int_equal(form_on(1), NOTE_AXFR);
}

static void a_whole_zone_becomes_a_difference_for_others(void **state)
{
    (void)state;
    start_chain(true);
    change_once();
    assert_int_equal(form_on(2), NOTE_IXFR);
    assert_int_equal(net_journal_count(1), 1);
}

static void without_it_others_get_whole_zones_too(void **state)
{
    (void)state;
    start_chain(false);
    change_once();
    assert_int_equal(form_on(2), NOTE_FALLBACK);
}

static void a_difference_larger_than_the_journal_is_not_kept(void **state)
{
    (void)state;
    start_chain(true);
    ((struct server *)net.nodes[1].state)->zone_list[0].journal.size_max = 100;
    change_once();
    assert_int_equal(net_journal_count(1), 0);
    assert_int_equal(form_on(2), NOTE_FALLBACK);
}

/* ---- history ------------------------------------------------------------------------------- */

static void history_goes_on_where_serials_wrap(void **state)
{
    (void)state;
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(UINT32_MAX - 1, 200);
    setup_server(&setups[0], store, zone);
    net_add(0, "192.0.2.1");
    net_add_secondary();
    net_run_seconds(60);
    change_unheard(4); /* 4294967295, 1, 2, 3: there is no 0 */
    net_run_seconds(3600);
    assert_int_equal(zone_serial(net_served(1)), 3);
    assert_int_equal(form_on(1), NOTE_IXFR);
    assert_int_equal(net_journal_count(1), 4);
    assert_true(zone_equal(net_served(1), net_served(0)));
}

/* As many versions as the journal holds are enough for IXFR, one more is not. */
static void the_oldest_history_goes_first(void **state)
{
    enum { KEPT = 5 };
    for (unsigned missed = KEPT; missed <= KEPT + 1; missed++) {
        net_start_primary(200);
        net_add_secondary();
        net_run_seconds(60);
        ((struct server *)net.nodes[0].state)->zone_list[0].journal.size_max =
            KEPT * 210; /* octets of a version's difference: 199, or 201 */
        change_unheard(missed);
        assert_int_equal(net_journal_count(0), KEPT);
        net_run_seconds(3600);
        assert_int_equal(zone_serial(net_served(1)), 1 + missed);
        assert_int_equal(form_on(1), missed == KEPT ? NOTE_IXFR : NOTE_FALLBACK);
        if (missed == KEPT)
            net_stop(state);
    }
}

/* Node 2 was away; node 1, which has crashed meanwhile, still knows the way. */
static void a_secondary_keeps_its_history_through_a_crash(void **state)
{
    (void)state;
    net_start_primary(200);
    setup_server(&setups[1], store, NULL);
    setup_server(&setups[2], store, NULL);
    setups[2].zone.sources.count = 0;
    setup_add_source(&setups[2], "192.0.2.2");
    net_add(1, "192.0.2.2");
    net_run_seconds(10);
    net_add(2, "192.0.2.3");
    net_run_seconds(10);
    net.down[2] = true;
    for (int i = 0; i < 2; i++) {
        net.nodes[0].now_ns = net.now_ns;
        setup_change(&net.nodes[0], i == 0 ? "a 300 A 192.0.2.91" : "b 300 A 192.0.2.92", false);
        net_run_seconds(10);
    }
    pipe_crash(&net, 1);
    pipe_start(&net, 1);
    assert_int_equal(net_journal_count(1), 2);
    net.down[2] = false;
    net_forget();
    net_run_seconds(3700);
    assert_int_equal(zone_serial(net_served(2)), 3);
    assert_int_equal(form_on(2), NOTE_IXFR);
}

/* What came but was not synced is not there after a crash; what is there joins up. */
static void a_crash_before_the_sync_leaves_the_history_before(void **state)
{
    (void)state;
    net_start_primary(200);
    net_add_secondary();
    net_run_seconds(60);
    for (int i = 0; i < 2; i++) {
        struct host_blob *first = NULL;
        struct driver_file *file = &net.nodes[1].files[0];
        if (i == 1)
            first = host_blob_retain(file->synced);
        net.nodes[0].now_ns = net.now_ns;
        setup_change(&net.nodes[0], i == 0 ? "a 300 A 192.0.2.91" : "b 300 A 192.0.2.92", false);
        net_run_seconds(10);
        if (i == 1) { /* the disk as it was before the second */
            host_blob_release(file->synced);
            file->synced = first;
        }
    }
    pipe_crash(&net, 1);
    net.down[0] = true;
    pipe_start(&net, 1);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_journal_count(1), 1);
    net.down[0] = false;
    net_forget();
    net_run_seconds(3700);
    assert_int_equal(zone_serial(net_served(1)), 3);
    assert_int_equal(form_on(1), NOTE_IXFR);
    assert_int_equal(net_journal_count(1), 2);
}

#define NET(test) cmocka_unit_test_teardown(test, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET(a_condensed_answer_leaves_out_what_came_and_went),
        NET(a_condensed_answer_may_be_small_enough_where_the_versions_are_not),
        NET(a_condensed_answer_larger_than_the_versions_is_not_given),
        NET(a_whole_zone_becomes_a_difference_for_others),
        NET(without_it_others_get_whole_zones_too),
        NET(a_difference_larger_than_the_journal_is_not_kept),
        cmocka_unit_test(knot_and_nsd_give_differences_however_large),
        NET(history_goes_on_where_serials_wrap),
        NET(the_oldest_history_goes_first),
        NET(a_secondary_keeps_its_history_through_a_crash),
        NET(a_crash_before_the_sync_leaves_the_history_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
