/* A zone of 500,000 records fetched by AXFR over the simulated TCP, from SOA to served. */
#include <stdio.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/world.h"

enum { RECORDS = 500000 };

struct outcome {
    double octets;
    bool served;
};

static void watch(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct outcome *outcome = context;
    (void)now_ns;
    (void)host;
    if (note->kind == NOTE_TRANSFER_DONE)
        outcome->octets = (double)note->values[0];
    if (note->kind == NOTE_ZONE_SERVING && outcome->octets > 0)
        outcome->served = true;
}

static double cpu_s(void)
{
    return bench_cpu_ns() / 1e9;
}

void bench_axfr(json_t *out)
{
    struct sim_options options = sim_default_options();
    struct sim *sim = sim_create(&options);
    struct zone_store *store = zone_store_create();
    struct zone *zone = world_zone(RECORDS);
    struct address primary = address_from_ipv4(0x0a000001, SERVER_PORT);
    struct address secondary = address_from_ipv4(0x0a000002, SERVER_PORT);
    /* The primary's copy is not in the store: the secondary has to build its own. */
    struct server_zone_config primary_zone = {.origin = zone_origin(zone),
                                              .role = NOTE_PRIMARY,
                                              .zone = zone,
                                              .allow_transfer = {.any = true}};
    struct server_zone_config secondary_zone = {
        .origin = zone_origin(zone), .role = NOTE_SECONDARY, .sources = {&primary, 1}};
    struct zone_store *own = zone_store_create();
    struct server_config primary_config = {.store = own, .zones = &primary_zone, .zone_count = 1};
    struct server_config secondary_config = {
        .store = store, .zones = &secondary_zone, .zone_count = 1};
    sim_add_site(sim, "near", 0, 0);
    sim_compute_paths(sim);
    sim_host_add_address(sim_add_host(sim, "primary", 0, &server_node, &primary_config), &primary);
    sim_host_add_address(sim_add_host(sim, "secondary", 0, &server_node, &secondary_config),
                         &secondary);
    struct outcome outcome = {0};
    sim_add_listener(sim, &(struct trace_listener){.context = &outcome, .note = watch});
    sim_seal(sim);
    double before_s = cpu_s();
    while (!outcome.served && sim_run(sim, sim_now(sim) + 3600 * NS_PER_S, 1000))
        ;
    double after_s = cpu_s();
    if (!outcome.served)
        fprintf(stderr, "bench: the AXFR did not arrive\n");
    json_object_set_new(
        out, "axfr_mb_per_s",
        json_real(outcome.served ? outcome.octets / 1e6 / (after_s - before_s) : 0));
    sim_destroy(sim);
    zone_release(zone);
    zone_store_destroy(store);
    zone_store_destroy(own);
}
