/* What a server's disk brings back, by reference and by octets; and what it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

enum { WEEK_S = 604800 };

static void after_a_restart_the_zone_is_served_from_the_disk(void **state)
{
    (void)state;
    net_start_primary(100);
    net_add_secondary();
    net_run_seconds(7300); /* two contacts */
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(10);
    pipe_crash(&net, 1);
    net.down[0] = true;
    net_run_seconds(3600);
    net_forget();
    pipe_start(&net, 1);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_int_equal(net_note(1, NOTE_ZONE_SERVING)->values[2], 1);
    assert_string_equal(net_note(1, NOTE_REFRESH_STARTED)->text, "start");
    int64_t expires_ns = net_note(1, NOTE_ZONE_SERVING)->values[0];
    assert_true(llabs((long long)(expires_ns - (7300 + WEEK_S) * NS_PER_S)) < NS_PER_S);
    pipe_run(&net, expires_ns - 1);
    assert_non_null(net_served(1));
    pipe_run(&net, expires_ns);
    assert_null(net_served(1));
}

static void what_expired_while_down_is_not_served(void **state)
{
    (void)state;
    net_start_primary(100);
    net_add_secondary();
    net_run_seconds(60);
    pipe_crash(&net, 1);
    net_run_seconds(WEEK_S);
    net.down[0] = true;
    net_forget();
    pipe_start(&net, 1);
    assert_null(net_served(1));
    assert_int_equal(net_note_count(1, NOTE_ZONE_EXPIRED), 1);
    net.down[0] = false;
    net_run_seconds(1000);
    assert_non_null(net_served(1));
}

static void a_primary_keeps_its_changes_and_its_journal(void **state)
{
    (void)state;
    net_start_primary(100);
    net_add_secondary();
    net_run_seconds(60);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    pipe_crash(&net, 0);
    net_run_seconds(10);
    assert_int_equal(zone_serial(net_served(1)), 1); /* the NOTIFY went down with it */
    net_forget();
    pipe_start(&net, 0);
    assert_int_equal(zone_serial(net_served(0)), 2);
    net_run_seconds(1);
    assert_ptr_equal(net_served(1), net_served(0)); /* by the NOTIFY at start */
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

/* Crashes NODE and starts it from octets without the last CUT of each file. */
static void restart_from_octets(size_t node, size_t cut)
{
    pipe_crash(&net, node);
    net.nodes[node].disk_as_octets = true;
    net.nodes[node].disk_cut = cut;
    net_forget();
    pipe_start(&net, node);
}

static void octets_bring_back_zone_journal_and_times(void **state)
{
    (void)state;
    net_start_primary(100);
    net_add_secondary();
    net_run_seconds(3700);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(10);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", true);
    net_run_seconds(7200);
    net.down[0] = true;
    restart_from_octets(1, 0);
    assert_true(zone_equal(net_served(1), net_served(0)));
    assert_int_equal(net_journal_count(1), 2);
    int64_t expires_ns = net_note(1, NOTE_ZONE_SERVING)->values[0];
    assert_true(expires_ns > (3700 + 3600 + WEEK_S) * NS_PER_S);
    assert_true(expires_ns < (3700 + 10 + 7200 + WEEK_S) * NS_PER_S);
}

static void a_file_cut_short_anywhere_is_no_file_or_a_shorter_journal(void **state)
{
    (void)state;
    net_start_primary(3);
    net_add_secondary();
    net_run_seconds(10);
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(10);
    net.down[0] = true;
    size_t with_zone = 0, without = 0;
    for (size_t cut = 1; cut < 1200; cut += 1) {
        restart_from_octets(1, cut);
        if (net_served(1))
            assert_int_equal(zone_serial(net_served(1)), 2);
        *(net_served(1) ? &with_zone : &without) += 1;
    }
    assert_true(with_zone > 50);
    assert_true(without > 300);
}

static void a_version_not_synced_is_not_there(void **state)
{
    (void)state;
    net_start_primary(3);
    net_add_secondary();
    net_run_seconds(10);
    for (size_t i = 0; i < net.nodes[1].file_count; i++) {
        host_blob_release(net.nodes[1].files[i].synced);
        net.nodes[1].files[i].synced = NULL;
    }
    pipe_crash(&net, 1);
    pipe_start(&net, 1);
    assert_null(net_served(1));
    net_run_seconds(10);
    assert_non_null(net_served(1));
}

static void a_clock_set_back_does_not_prolong_a_zone(void **state)
{
    (void)state;
    net_start_primary(3);
    net_add_secondary();
    net_run_seconds(10);
    net.down[0] = true;
    pipe_crash(&net, 1);
    net.nodes[1].wall_offset_ns = -100 * 86400 * NS_PER_S;
    net_forget();
    pipe_start(&net, 1);
    int64_t expires_ns = net_note(1, NOTE_ZONE_SERVING)->values[0];
    assert_true(expires_ns <= net.now_ns + WEEK_S * NS_PER_S);
}

#define CLAIM(name) cmocka_unit_test_teardown(name, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(after_a_restart_the_zone_is_served_from_the_disk),
        CLAIM(what_expired_while_down_is_not_served),
        CLAIM(octets_bring_back_zone_journal_and_times),
        CLAIM(a_file_cut_short_anywhere_is_no_file_or_a_shorter_journal),
        CLAIM(a_version_not_synced_is_not_there),
        CLAIM(a_clock_set_back_does_not_prolong_a_zone),
        CLAIM(a_primary_keeps_its_changes_and_its_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
