/* Name servers in the simulator: its TCP, its losses, the same bytes for the same seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "sim/run.h"
#include "tests/support/server_setup.h"

struct stage {
    struct sim *sim;
    struct zone_store *store;
    struct zone *zone;
    struct setup primary, secondary;
    struct sim_host *first, *second;
    size_t done[3]; /* transfers by form */
};

static void count_transfers(void *context, int64_t now_ns, uint32_t host,
                            const struct host_note *note)
{
    struct stage *stage = context;
    (void)now_ns;
    (void)host;
    if (note->kind == NOTE_TRANSFER_DONE)
        stage->done[note->code]++;
}

/* A primary with HOSTS hosts in one site, a secondary in another. */
static void build(struct stage *stage, size_t hosts, uint32_t loss_ppb)
{
    *stage = (struct stage){.store = zone_store_create(), .zone = setup_zone(1, hosts)};
    struct sim_options options = sim_default_options();
    stage->sim = sim_create(&options);
    struct trace_listener listener = {.context = stage, .note = count_transfers};
    sim_add_listener(stage->sim, &listener);
    uint32_t fra = sim_add_site(stage->sim, "fra", 0, 0);
    uint32_t sin = sim_add_site(stage->sim, "sin", 0, FIXED_ONE * 30);
    struct sim_link link = {.delay_ns = 80 * NS_PER_MS, .loss_ppb = loss_ppb};
    sim_set_link(stage->sim, fra, sin, &link);
    sim_compute_paths(stage->sim);
    setup_server(&stage->primary, stage->store, stage->zone);
    setup_add_notify(&stage->primary, "192.0.2.2");
    setup_server(&stage->secondary, stage->store, NULL);
    stage->first = sim_add_host(stage->sim, "hidden", fra, &server_node, &stage->primary.config);
    stage->second = sim_add_host(stage->sim, "ns1", sin, &server_node, &stage->secondary.config);
    struct address one = address_of("192.0.2.1"), two = address_of("192.0.2.2");
    sim_host_add_address(stage->first, &one);
    sim_host_add_address(stage->second, &two);
    sim_seal(stage->sim);
}

static void end(struct stage *stage, char hash[65])
{
    sim_finish(stage->sim, hash);
    sim_destroy(stage->sim);
    zone_release(stage->zone);
    zone_store_destroy(stage->store);
}

static void run_seconds(struct stage *stage, int64_t seconds)
{
    int64_t until_ns = sim_now(stage->sim) + seconds * NS_PER_S;
    while (sim_run(stage->sim, until_ns, 1000000))
        continue;
}

static const struct server_zone *zone_on(struct sim_host *host)
{
    return &((const struct server *)sim_host_state(host))->zone_list[0];
}

static void command_change(struct stage *stage)
{
    struct server_change change = {.origin = name_of("example.com.")};
    sim_command(stage->first, SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
}

static void a_zone_of_megabytes_crosses_the_simulated_tcp(void **state)
{
    (void)state;
    char hash[65];
    struct stage stage;
    build(&stage, 60000, 0);
    run_seconds(&stage, 10);
    assert_true(zone_on(stage.second)->serving);
    assert_ptr_equal(zone_on(stage.second)->version, zone_on(stage.first)->version);
    assert_int_equal(stage.done[NOTE_AXFR], 1);
    end(&stage, hash);
}

static void loss_delays_a_transfer_and_no_more(void **state)
{
    (void)state;
    char hash[65];
    struct stage stage;
    build(&stage, 5000, 20000000);
    run_seconds(&stage, 300);
    assert_ptr_equal(zone_on(stage.second)->version, zone_on(stage.first)->version);
    end(&stage, hash);
}

static void changes_follow_by_notify_and_ixfr(void **state)
{
    (void)state;
    char hash[65];
    struct stage stage;
    build(&stage, 500, 0);
    run_seconds(&stage, 10);
    for (int i = 0; i < 20; i++) {
        command_change(&stage);
        run_seconds(&stage, 1);
        assert_ptr_equal(zone_on(stage.second)->version, zone_on(stage.first)->version);
    }
    assert_int_equal(zone_serial(zone_on(stage.second)->version), 21);
    assert_int_equal(stage.done[NOTE_IXFR], 20);
    assert_int_equal(stage.done[NOTE_FALLBACK], 0);
    end(&stage, hash);
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    char hashes[2][65];
    for (int i = 0; i < 2; i++) {
        struct stage stage;
        build(&stage, 2000, 10000000);
        run_seconds(&stage, 30);
        command_change(&stage);
        run_seconds(&stage, 30);
        sim_fail_host(stage.first);
        run_seconds(&stage, 8000);
        sim_recover_host(stage.first);
        sim_fail_host(stage.second);
        sim_recover_host(stage.second);
        run_seconds(&stage, 8000);
        end(&stage, hashes[i]);
    }
    assert_string_equal(hashes[0], hashes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_of_megabytes_crosses_the_simulated_tcp),
        cmocka_unit_test(loss_delays_a_transfer_and_no_more),
        cmocka_unit_test(changes_follow_by_notify_and_ixfr),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
