/* What a secondary still knows after a restart of when it was to look for news. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/secondary.h"
#include "tests/support/server_net.h"

enum { REFRESH_S = 3600, RETRY_S = 900, WEEK_S = 604800 };

static const struct secondary *the_secondary(void)
{
    return ((const struct server *)net.nodes[1].state)->zone_list[0].secondary;
}

/* A secondary that has the zone; or, HIDDEN, finds nobody. */
static void begin(enum server_software software, bool hidden)
{
    net_start_primary(3);
    net.down[0] = hidden;
    setup_server(&setups[1], store, NULL);
    setups[1].config.policy = server_policy_of(software);
    net_add(1, "192.0.2.2");
    net_run_seconds(10);
}

static void pause_then_start(int64_t seconds)
{
    net_run_seconds(seconds);
    net_forget();
    pipe_start(&net, 1);
}

static void stop_for(int64_t seconds)
{
    pipe_stop(&net, 1);
    pause_then_start(seconds);
}

static void crash_for(int64_t seconds)
{
    pipe_crash(&net, 1);
    pause_then_start(seconds);
}

/* It looks the moment it is started. */
static bool looks_at_once(void)
{
    return the_secondary()->task != SECONDARY_WAITING;
}

/* Seconds from now until the next look. */
static int64_t next_s(void)
{
    assert_int_equal(the_secondary()->task, SECONDARY_WAITING);
    return (the_secondary()->timer.at_ns - net.now_ns) / NS_PER_S;
}

/* ---- Knot DNS: the time of the next look ----------------------------------------------------- */

static void knot_looks_when_it_would_have(void **state)
{
    (void)state;
    begin(SERVER_KNOT_3, false);
    int64_t before_s = next_s();
    assert_in_range(before_s, REFRESH_S - 11, REFRESH_S);
    stop_for(1000);
    assert_int_equal(next_s(), before_s - 1000);
    assert_int_equal(net_note(1, NOTE_ZONE_DUE)->values[1], the_secondary()->timer.at_ns);
    net_run_seconds(REFRESH_S);
    assert_int_equal(net_note_count(1, NOTE_ZONE_CONTACT), 1);
}

static void knot_looks_at_once_for_what_was_due_meanwhile(void **state)
{
    (void)state;
    begin(SERVER_KNOT_3, false);
    stop_for(REFRESH_S);
    assert_true(looks_at_once());
}

static void knot_waits_on_without_a_version_and_forgets_the_failures(void **state)
{
    (void)state;
    begin(SERVER_KNOT_3, true);
    net_run_seconds(1000);
    assert_true(the_secondary()->failures > 5);
    int64_t before_s = next_s();
    assert_true(before_s > 10);
    stop_for(1);
    assert_int_equal(next_s(), before_s - 1);
    assert_int_equal(the_secondary()->failures, 0);
}

/* The file is that of the last orderly stop; what has been since then is not in it. */
static void knot_knows_after_a_crash_what_it_knew_at_the_stop_before(void **state)
{
    (void)state;
    begin(SERVER_KNOT_3, false);
    stop_for(10);
    crash_for(10);
    assert_in_range(next_s(), REFRESH_S - 40, REFRESH_S);
    net_run_seconds(REFRESH_S + 100); /* it has looked, and would again in 58 min */
    crash_for(10);
    assert_true(looks_at_once());
}

/* ---- NSD: the wait and the back-off ---------------------------------------------------------- */

static void nsd_waits_as_long_again(void **state)
{
    (void)state;
    begin(SERVER_NSD_4, false);
    int64_t before_s = next_s();
    stop_for(1000);
    int64_t whole_s = before_s + 10;
    assert_in_range(next_s(), whole_s * 9 / 10 - 1, whole_s + 1);
}

static void nsd_looks_at_once_after_more_than_the_wait(void **state)
{
    (void)state;
    begin(SERVER_NSD_4, false);
    stop_for(REFRESH_S + 1);
    assert_true(looks_at_once());
}

static void nsd_goes_on_with_its_back_off(void **state)
{
    (void)state;
    begin(SERVER_NSD_4, true);
    net_run_seconds(2000);
    unsigned failures = the_secondary()->failures;
    assert_true(failures >= 4);
    stop_for(1);
    assert_int_equal(the_secondary()->failures, failures);
    assert_false(looks_at_once());
}

static void nsd_does_not_believe_a_file_from_the_future(void **state)
{
    (void)state;
    begin(SERVER_NSD_4, false);
    pipe_stop(&net, 1);
    net.nodes[1].wall_offset_ns -= 60 * NS_PER_S;
    pause_then_start(1);
    assert_true(looks_at_once());
}

/* ---- PowerDNS: the last contact -------------------------------------------------------------- */

static void powerdns_reckons_from_the_last_contact(void **state)
{
    (void)state;
    begin(SERVER_PDNS_AUTH_4, false);
    crash_for(1000);
    assert_in_range(next_s(), REFRESH_S - 1011, REFRESH_S - 1010 + 60);
    crash_for(REFRESH_S);
    assert_true(looks_at_once());
}

/* ---- all ------------------------------------------------------------------------------------- */

static void others_know_nothing_of_it(void **state)
{
    (void)state;
    begin(SERVER_RFC, false);
    stop_for(10);
    assert_true(looks_at_once());
}

static void bind_looks_within_a_retry(void **state)
{
    (void)state;
    begin(SERVER_BIND_9_18, false);
    stop_for(10);
    assert_in_range(next_s(), RETRY_S / 4, RETRY_S);
}

static void what_expired_meanwhile_is_looked_after_at_once(void **state)
{
    (void)state;
    static const enum server_software all[] = {SERVER_KNOT_3, SERVER_NSD_4};
    for (size_t i = 0; i < 2; i++) {
        begin(all[i], false);
        net.down[0] = true;
        net_run_seconds(WEEK_S - REFRESH_S); /* so that the next look lies beyond the expiry */
        stop_for(REFRESH_S);
        assert_null(net_served(1));
        assert_true(looks_at_once());
        if (i == 0)
            net_stop(NULL);
    }
}

static void octets_bring_back_the_timers(void **state)
{
    (void)state;
    begin(SERVER_KNOT_3, false);
    int64_t before_s = next_s();
    pipe_stop(&net, 1);
    net.nodes[1].disk_as_octets = true;
    pause_then_start(10);
    assert_int_equal(next_s(), before_s - 10);
    pipe_stop(&net, 1);
    net.nodes[1].disk_cut = 1;
    pause_then_start(10);
    assert_true(looks_at_once());
}

#define CLAIM(name) cmocka_unit_test_teardown(name, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(knot_looks_when_it_would_have),
        CLAIM(knot_looks_at_once_for_what_was_due_meanwhile),
        CLAIM(knot_waits_on_without_a_version_and_forgets_the_failures),
        CLAIM(knot_knows_after_a_crash_what_it_knew_at_the_stop_before),
        CLAIM(nsd_waits_as_long_again),
        CLAIM(nsd_looks_at_once_after_more_than_the_wait),
        CLAIM(nsd_goes_on_with_its_back_off),
        CLAIM(nsd_does_not_believe_a_file_from_the_future),
        CLAIM(powerdns_reckons_from_the_last_contact),
        CLAIM(others_know_nothing_of_it),
        CLAIM(bind_looks_within_a_retry),
        CLAIM(what_expired_meanwhile_is_looked_after_at_once),
        CLAIM(octets_bring_back_the_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
