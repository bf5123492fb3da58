/* Hosts, sites and links that fail and come back, what a crash leaves, and the run's order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/support/small_network.h"

/* ---- faults ---------------------------------------------------------------------------------- */

static void echoes_while(void (*down)(struct small_network *), void (*up)(struct small_network *),
                         size_t lost)
{
    struct small_network world;
    small_network_begin(&world, 1, &(struct sim_link){.delay_ns = NS_PER_MS});
    unsigned to = small_network_add(&world, "to", 1, small_network_echo);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 30, .every_ns = NS_PER_S};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, 9500 * NS_PER_MS);
    down(&world);
    small_network_run(&world, 10 * NS_PER_S);
    up(&world);
    small_network_run(&world, 20 * NS_PER_S);
    assert_int_equal(probe_count(&world.probes[from], HOST_DATAGRAM), 30 - lost);
    small_network_end(&world);
}

static void fail_host(struct small_network *world)
{
    sim_fail_host(world->hosts[0]);
}

static void recover_host(struct small_network *world)
{
    sim_recover_host(world->hosts[0]);
    assert_int_equal(probe_count(&world->probes[0], HOST_STARTED), 2);
    assert_int_equal(world->probes[0].disposals, 1);
    assert_int_equal(probe_count(&world->probes[0], HOST_STOPPING), 0);
}

static void stop_host(struct small_network *world)
{
    sim_stop_host(world->hosts[0]);
    assert_int_equal(probe_count(&world->probes[0], HOST_STOPPING), 1);
}

static void recover_stopped(struct small_network *world)
{
    assert_int_equal(probe_count(&world->probes[1], HOST_UNREACHABLE), 10);
    sim_recover_host(world->hosts[0]);
}

static void fail_site(struct small_network *world)
{
    sim_fail_site(world->sim, 1);
}

static void recover_site(struct small_network *world)
{
    assert_int_equal(probe_count(&world->probes[1], HOST_UNREACHABLE), 0);
    sim_recover_site(world->sim, 1);
}

static void fail_link(struct small_network *world)
{
    sim_fail_link(world->sim, 1, 0);
}

static void recover_link(struct small_network *world)
{
    sim_recover_link(world->sim, 0, 1);
    assert_int_equal(world->probes[0].disposals, 0);
}

static void block_tcp(struct small_network *world)
{
    sim_block_tcp(world->sim, 1, 0);
}

static void a_link_that_blocks_tcp_lets_datagrams_pass(void **state)
{
    (void)state;
    echoes_while(block_tcp, recover_link, 0);
}

static void dial(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    struct address to = small_network_address(0);
    (void)probe;
    if (event->kind == HOST_STARTED)
        outbox_set_timer(out, event->mono_ns + NS_PER_S);
    if (event->kind == HOST_TIMER)
        outbox_connect(out, NULL, &to, NULL);
}

/* Nobody listens: a RST comes back where TCP passes, and nothing else where it does not. */
static void a_link_that_blocks_tcp_lets_no_connection_pass(void **state)
{
    (void)state;
    for (int blocked = 0; blocked < 2; blocked++) {
        struct small_network world;
        small_network_begin(&world, 1, NULL);
        small_network_add(&world, "to", 1, small_network_echo);
        unsigned from = small_network_add(&world, "from", 0, dial);
        sim_seal(world.sim);
        if (blocked)
            block_tcp(&world);
        small_network_run(&world, 10 * NS_PER_S);
        assert_int_equal(probe_count(&world.probes[from], HOST_CONNECT_FAILED), !blocked);
        small_network_end(&world);
    }
}

static void a_failed_host_is_silent_and_starts_again(void **state)
{
    (void)state;
    echoes_while(fail_host, recover_host, 10);
}

static void a_stopped_host_says_so(void **state)
{
    (void)state;
    echoes_while(stop_host, recover_stopped, 10);
}

static void a_failed_site_silences_its_hosts(void **state)
{
    (void)state;
    echoes_while(fail_site, recover_site, 10);
}

static void a_failed_link_cuts_both_ways_and_kills_nobody(void **state)
{
    (void)state;
    echoes_while(fail_link, recover_link, 10);
}

/* ---- disk ------------------------------------------------------------------------------------ */

struct note_blob {
    struct host_blob blob;
    int *destroyed;
};

static void destroy_note(struct host_blob *blob)
{
    struct note_blob *note = (struct note_blob *)blob;
    (*note->destroyed)++;
    free(note);
}

static const struct host_blob_type note_type = {.name = "note", .destroy = destroy_note};

static struct host_blob *make_note(int *destroyed)
{
    struct note_blob *note = memory_zeroed(sizeof *note);
    note->blob = (struct host_blob){&note_type, 1};
    note->destroyed = destroyed;
    return &note->blob;
}

static void write_two(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    if (event->kind != HOST_STARTED || probe_count(probe, HOST_STARTED) > 1)
        return;
    outbox_disk_write(out, "synced", make_note(probe->context));
    outbox_disk_sync(out);
    outbox_disk_write(out, "unsynced", make_note(probe->context));
}

static void a_crash_loses_what_was_not_synced(void **state)
{
    (void)state;
    struct small_network world;
    int destroyed = 0;
    small_network_begin(&world, 1, NULL);
    unsigned host = small_network_add(&world, "host", 0, write_two);
    world.probes[host].context = &destroyed;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    sim_fail_host(world.hosts[host]);
    assert_int_equal(destroyed, 1);
    sim_recover_host(world.hosts[host]);
    assert_int_equal(probe_count(&world.probes[host], HOST_DISK), 1);
    small_network_end(&world);
    assert_int_equal(destroyed, 2);
}

/* ---- the run --------------------------------------------------------------------------------- */

static void fingerprint(uint64_t seed, char text[65])
{
    struct small_network world;
    small_network_begin(&world, seed, &(struct sim_link){NS_PER_MS, 0, 300000000});
    unsigned to = small_network_add(&world, "to", 1, small_network_echo);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 100, .every_ns = NS_PER_MS};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    sim_finish(world.sim, text);
    small_network_end(&world);
}

static void the_seed_decides_the_fingerprint(void **state)
{
    (void)state;
    char one[65], again[65], two[65];
    fingerprint(1, one);
    fingerprint(1, again);
    fingerprint(2, two);
    assert_string_equal(one, again);
    assert_string_not_equal(one, two);
}

static void note_order(void *context)
{
    char **at = context;
    *(*at)++ = 's';
}

static void the_stage_comes_first_at_its_instant(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned to = small_network_add(&world, "to", 0, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 2, .every_ns = NS_PER_S};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    char log[4] = "";
    char *at = log;
    int64_t start_ns = sim_default_options().start_ns;
    sim_at(world.sim, start_ns + NS_PER_S, note_order, &at);
    assert_true(sim_run(world.sim, start_ns + NS_PER_S, 3)); /* start, arrival, stage */
    assert_int_equal(sending.sent, 1); /* the timer of the same instant has not fired */
    assert_string_equal(log, "s");
    small_network_run(&world, NS_PER_S);
    assert_int_equal(sending.sent, 2);
    small_network_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_host_is_silent_and_starts_again),
        cmocka_unit_test(a_stopped_host_says_so),
        cmocka_unit_test(a_failed_site_silences_its_hosts),
        cmocka_unit_test(a_failed_link_cuts_both_ways_and_kills_nobody),
        cmocka_unit_test(a_link_that_blocks_tcp_lets_datagrams_pass),
        cmocka_unit_test(a_link_that_blocks_tcp_lets_no_connection_pass),
        cmocka_unit_test(a_crash_loses_what_was_not_synced),
        cmocka_unit_test(the_seed_decides_the_fingerprint),
        cmocka_unit_test(the_stage_comes_first_at_its_instant),
    };
    return cmocka_run_group_tests_name("sim/fault", tests, NULL, NULL);
}
