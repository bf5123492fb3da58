/* The network between hosts: delay, loss, order, ICMP, anycast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/small_network.h"

/* ---- delay ---------------------------------------------------------------------------------- */

static void delay_follows_the_great_circle(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    /* Frankfurt - Ashburn is 6,550 km: 49.2 ms at 2/3 c with a stretch of 1.5. */
    int64_t delay_ns = sim_path_delay_ns(world.sim, 0, 1);
    assert_in_range(delay_ns, 48 * NS_PER_MS, 50 * NS_PER_MS);
    assert_int_equal(delay_ns, sim_path_delay_ns(world.sim, 1, 0));
    assert_int_equal(sim_path_delay_ns(world.sim, 0, 0), 200 * NS_PER_US);
    small_network_end(&world);
}

static void a_link_replaces_the_distance_both_ways(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, &(struct sim_link){.delay_ns = 7 * NS_PER_MS});
    assert_int_equal(sim_path_delay_ns(world.sim, 0, 1), 7 * NS_PER_MS);
    assert_int_equal(sim_path_delay_ns(world.sim, 1, 0), 7 * NS_PER_MS);
    assert_true(sim_path_delay_ns(world.sim, 0, 2) > 50 * NS_PER_MS);
    small_network_end(&world);
}

static void a_datagram_arrives_after_the_delay_and_its_own_length_on_the_line(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, &(struct sim_link){.delay_ns = 7 * NS_PER_MS});
    unsigned to = small_network_add(&world, "to", 1, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 1, .every_ns = NS_PER_S};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    const struct probe_entry *got = probe_find(&world.probes[to], HOST_DATAGRAM, 0);
    assert_non_null(got);
    assert_int_equal(got->mono_ns, 7 * NS_PER_MS + 32 * 8); /* 32 octets with headers at 1 Gbit/s */
    assert_int_equal(got->size, 4);
    assert_int_equal(got->wall_ns, got->mono_ns + sim_default_options().start_ns);
    small_network_end(&world);
}

static void a_clock_offset_moves_wall_time_alone(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned host = small_network_add(&world, "skewed", 0, NULL);
    sim_host_set_clock_offset(world.hosts[host], -300 * NS_PER_S);
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    const struct probe_entry *started = probe_find(&world.probes[host], HOST_STARTED, 0);
    assert_int_equal(started->mono_ns, 0);
    assert_int_equal(started->wall_ns, sim_default_options().start_ns - 300 * NS_PER_S);
    small_network_end(&world);
}

/* ---- ports ---------------------------------------------------------------------------------- */

enum { PORTS = 65536 - 1024 };

/* One socket too many; the last is let go, as is the first, and one more is bound. */
static void bind_all(struct probe *probe, const struct host_event *event, struct outbox *out)
{
    const struct sending *sending = probe->context;
    struct address any = {0};
    static uint32_t sockets[PORTS + 2];
    if (event->kind != HOST_STARTED)
        return;
    for (size_t i = 0; i <= PORTS; i++)
        sockets[i] = outbox_bind(out, &any, NULL);
    outbox_send(out, sockets[PORTS], &any, &sending->to, bytes_of("lost", 4));
    outbox_close(out, sockets[PORTS]);
    outbox_close(out, sockets[0]);
    outbox_send(out, outbox_bind(out, &any, NULL), &any, &sending->to, bytes_of("sent", 4));
}

static void a_socket_without_a_port_left_sends_nothing(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned to = small_network_add(&world, "to", 1, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, bind_all);
    struct sending sending = {.to = small_network_address(to)};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    assert_int_equal(probe_count(&world.probes[to], HOST_DATAGRAM), 1);
    assert_memory_equal(probe_find(&world.probes[to], HOST_DATAGRAM, 0)->bytes, "sent", 4);
    small_network_end(&world);
}

/* ---- loss and jitter ------------------------------------------------------------------------ */

static size_t received_over(const struct sim_link *link, unsigned count, const char *extra_host)
{
    struct small_network world;
    small_network_begin(&world, 1, link);
    unsigned to = small_network_add(&world, "to", 1, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {
        .to = small_network_address(to), .count = count, .every_ns = NS_PER_MS};
    struct sending other = sending;
    world.probes[from].context = &sending;
    if (extra_host) {
        unsigned extra = small_network_add(&world, extra_host, 0, small_network_send);
        other.to = small_network_address(from); /* its packets cross none of the pair's */
        world.probes[extra].context = &other;
    }
    sim_seal(world.sim);
    small_network_run(&world, 10 * NS_PER_S);
    uint64_t hash = 0;
    for (size_t i = 0; i < world.probes[to].count; i++)
        hash = bytes_hash(&world.probes[to].log[i].mono_ns, 8, hash);
    small_network_end(&world);
    return (size_t)hash;
}

static void loss_is_about_its_rate_and_counts_as_lost(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1,
                        &(struct sim_link){.delay_ns = NS_PER_MS, .loss_ppb = 200000000});
    unsigned to = small_network_add(&world, "to", 1, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 240, .every_ns = NS_PER_MS};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, 10 * NS_PER_S);
    size_t got = probe_count(&world.probes[to], HOST_DATAGRAM);
    assert_in_range(got, 167, 217); /* 192 +- 4 standard deviations */
    assert_int_equal(sim_packet_counts(world.sim).lost, 240 - got);
    assert_int_equal(sim_packet_counts(world.sim).sent, 240);
    small_network_end(&world);
}

static void jitter_delays_but_never_reorders(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1,
                        &(struct sim_link){.delay_ns = NS_PER_MS, .jitter_ns = 20 * NS_PER_MS});
    unsigned to = small_network_add(&world, "to", 1, small_network_listen);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 200, .every_ns = NS_PER_MS};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, 10 * NS_PER_S);
    int64_t most_ns = 0;
    for (unsigned i = 0; i < 200; i++) {
        const struct probe_entry *got = probe_find(&world.probes[to], HOST_DATAGRAM, i);
        assert_int_equal(bytes_get_u32(got->bytes), i);
        int64_t delay_ns = got->mono_ns - i * NS_PER_MS;
        assert_in_range(delay_ns, NS_PER_MS, 22 * NS_PER_MS);
        most_ns = delay_ns > most_ns ? delay_ns : most_ns;
    }
    assert_true(most_ns > 15 * NS_PER_MS);
    small_network_end(&world);
}

static void another_host_changes_nobodys_luck(void **state)
{
    (void)state;
    struct sim_link link = {
        .delay_ns = NS_PER_MS, .jitter_ns = 5 * NS_PER_MS, .loss_ppb = 100000000};
    size_t alone = received_over(&link, 200, NULL);
    assert_int_equal(alone, received_over(&link, 200, "aaa"));
    assert_int_equal(alone, received_over(&link, 200, "zzz"));
}

/* ---- ICMP ------------------------------------------------------------------------------------ */

static void a_closed_port_answers_with_icmp(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned to = small_network_add(&world, "to", 0, NULL);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct sending sending = {.to = small_network_address(to), .count = 1, .every_ns = NS_PER_S};
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    const struct probe_entry *told = probe_find(&world.probes[from], HOST_UNREACHABLE, 0);
    assert_non_null(told);
    assert_true(address_equal(&told->remote, &sending.to));
    assert_int_equal(probe_count(&world.probes[to], HOST_DATAGRAM), 0);
    small_network_end(&world);
}

static void a_closed_port_answers_with_icmp6_too(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned to = small_network_add(&world, "to", 0, NULL);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    struct address six[2];
    assert_true(address_parse("2001:db8::1", &six[0]) && address_parse("2001:db8::2", &six[1]));
    sim_host_add_address(world.hosts[to], &six[0]);
    sim_host_add_address(world.hosts[from], &six[1]);
    struct sending sending = {.to = six[0], .count = 1, .every_ns = NS_PER_S};
    sending.to.port = SMALL_NETWORK_PORT;
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, NS_PER_S);
    const struct probe_entry *told = probe_find(&world.probes[from], HOST_UNREACHABLE, 0);
    assert_non_null(told);
    assert_true(address_equal(&told->remote, &sending.to));
    small_network_end(&world);
}

/* ---- anycast --------------------------------------------------------------------------------- */

static void anycast_goes_to_the_nearest_and_away_after_withdrawal(void **state)
{
    (void)state;
    struct small_network world;
    struct address shared = address_from_ipv4(0xc6336435, 0);
    small_network_begin(&world, 1, NULL);
    unsigned near = small_network_add(&world, "near", 1, small_network_echo);
    unsigned far = small_network_add(&world, "far", 2, small_network_echo);
    unsigned from = small_network_add(&world, "from", 0, small_network_send);
    assert_true(sim_host_announce(world.hosts[near], &shared));
    assert_true(sim_host_announce(world.hosts[far], &shared));
    struct sending sending = {.to = shared, .count = 60, .every_ns = NS_PER_S};
    sending.to.port = SMALL_NETWORK_PORT;
    world.probes[from].context = &sending;
    sim_seal(world.sim);
    small_network_run(&world, 9500 * NS_PER_MS);
    assert_int_equal(probe_count(&world.probes[near], HOST_DATAGRAM), 10);
    assert_int_equal(probe_count(&world.probes[far], HOST_DATAGRAM), 0);
    sim_fail_host(world.hosts[near]);
    small_network_run(&world, 30 * NS_PER_S); /* the route outlives its host: a black hole */
    assert_int_equal(probe_count(&world.probes[far], HOST_DATAGRAM), 0);
    small_network_run(&world, 10 * NS_PER_S);
    assert_int_equal(probe_count(&world.probes[far], HOST_DATAGRAM), 10);
    sim_recover_host(world.hosts[near]);
    small_network_run(&world, 30 * NS_PER_S);
    assert_int_equal(probe_count(&world.probes[near], HOST_DATAGRAM), 20);
    /* Answers come from the shared address. */
    assert_true(
        address_same_ip(&probe_find(&world.probes[from], HOST_DATAGRAM, 0)->remote, &shared));
    small_network_end(&world);
}

static void an_address_is_held_once_unless_announced(void **state)
{
    (void)state;
    struct small_network world;
    small_network_begin(&world, 1, NULL);
    unsigned a = small_network_add(&world, "a", 0, NULL);
    unsigned b = small_network_add(&world, "b", 0, NULL);
    struct address taken = small_network_address(a), shared = address_from_ipv4(0xc6336435, 0);
    assert_false(sim_host_add_address(world.hosts[b], &taken));
    assert_false(sim_host_announce(world.hosts[b], &taken));
    assert_true(sim_host_announce(world.hosts[a], &shared));
    assert_true(sim_host_announce(world.hosts[b], &shared));
    sim_seal(world.sim);
    small_network_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_follows_the_great_circle),
        cmocka_unit_test(a_link_replaces_the_distance_both_ways),
        cmocka_unit_test(a_datagram_arrives_after_the_delay_and_its_own_length_on_the_line),
        cmocka_unit_test(a_clock_offset_moves_wall_time_alone),
        cmocka_unit_test(a_socket_without_a_port_left_sends_nothing),
        cmocka_unit_test(loss_is_about_its_rate_and_counts_as_lost),
        cmocka_unit_test(jitter_delays_but_never_reorders),
        cmocka_unit_test(another_host_changes_nobodys_luck),
        cmocka_unit_test(a_closed_port_answers_with_icmp),
        cmocka_unit_test(a_closed_port_answers_with_icmp6_too),
        cmocka_unit_test(anycast_goes_to_the_nearest_and_away_after_withdrawal),
        cmocka_unit_test(an_address_is_held_once_unless_announced),
    };
    return cmocka_run_group_tests_name("sim/network", tests, NULL, NULL);
}
