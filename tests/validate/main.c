/* The table of closed forms: "make validate". Exits with 1 if a row fails. */
#include "tests/validate/validate.h"

#include <math.h>
#include <stdio.h>

static unsigned passed, failed;

void validate_heading(const char *text)
{
    printf("\n%s\n%-44s %12s %12s %12s %12s\n", text, "", "predicted", "simulated", "error",
           "tolerance");
}

static const char *verdict(bool good)
{
    ++*(good ? &passed : &failed);
    return good ? "" : "  FAILED";
}

void validate_row(const char *what, double predicted, double simulated, double tolerance)
{
    double error = simulated - predicted;
    printf("%-44s %12.5f %12.5f %+12.5f %12.5f%s\n", what, predicted, simulated, error, tolerance,
           verdict(fabs(error) <= tolerance));
}

void validate_bound(const char *what, double bound, double simulated)
{
    printf("%-44s %12.5f %12.5f %12s %12s%s\n", what, bound, simulated, "", "at most",
           verdict(simulated <= bound));
}

/* ---- two hosts ----------------------------------------------------------------------------- */

static void pass_note(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct world *world = context;
    if (world->note)
        world->note(world, now_ns, host, note);
}

void world_prepare(struct world *world, struct zone *zone)
{
    *world = (struct world){.store = zone_store_create(), .zone = zone};
    setup_server(&world->first, world->store, zone);
    setup_server(&world->second, world->store, NULL);
}

void world_start(struct world *world, int64_t delay_ns, uint32_t loss_ppb)
{
    struct sim_options options = sim_default_options();
    struct sim *sim = world->sim = sim_create(&options);
    struct trace_listener listener = {.context = world, .note = pass_note};
    sim_add_listener(sim, &listener);
    uint32_t fra = sim_add_site(sim, "fra", 0, 0), sin = sim_add_site(sim, "sin", 0, 0);
    struct sim_link link = {.delay_ns = delay_ns, .loss_ppb = loss_ppb};
    sim_set_link(sim, fra, sin, &link);
    sim_compute_paths(sim);
    world->hosts[0] = sim_add_host(sim, "first", fra, &server_node, &world->first.config);
    world->hosts[1] = sim_add_host(sim, "second", sin, &server_node, &world->second.config);
    struct address one = address_of("192.0.2.1"), two = address_of("192.0.2.2");
    sim_host_add_address(world->hosts[0], &one);
    sim_host_add_address(world->hosts[1], &two);
    sim_seal(sim);
}

void world_run(struct world *world, int64_t duration_ns)
{
    int64_t until_ns = sim_now(world->sim) + duration_ns;
    while (sim_run(world->sim, until_ns, 1000000))
        continue;
}

void world_change(struct world *world)
{
    struct server_change change = {.origin = world->first.zone.origin};
    sim_command(world->hosts[0], SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
}

void world_end(struct world *world)
{
    sim_destroy(world->sim);
    zone_release(world->zone);
    zone_store_destroy(world->store);
}

int main(void)
{
    validate_notify_loss();
    validate_publication_delay();
    validate_expiry();
    validate_limits();
    validate_waits();
    printf("\nvalidate: %u passed, %u failed\n", passed, failed);
    return failed > 0;
}
