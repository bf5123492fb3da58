/* Servers of many zones: how long their checks, NOTIFYs and transfers take. */
#include "tests/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/zonefile.h"

enum { NAME_SIZE = 16 };

/* COUNT zones z0000000.test on both hosts. */
struct many {
    size_t count;
    uint8_t (*origins)[NAME_SIZE];
    struct server_zone_config *primary, *secondary;
    int64_t first_ns, last_ns;
    size_t seen;
    size_t host; /* whose notes count */
    enum note_kind begin, end;
};

static void watch(struct world *world, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct many *many = world->context;
    if (host != sim_host_id(world->hosts[many->host]))
        return;
    if (note->kind == many->begin && many->first_ns == 0)
        many->first_ns = now_ns;
    if (note->kind == many->end && many->seen < many->count) {
        many->last_ns = now_ns;
        many->seen++;
    }
}

static void make(struct world *world, struct many *many)
{
    many->origins = memory_zeroed(many->count * sizeof *many->origins);
    many->primary = memory_zeroed(many->count * sizeof *many->primary);
    many->secondary = memory_zeroed(many->count * sizeof *many->secondary);
    world_prepare(world, setup_zone(1, 1));
    if (many->begin == NOTE_NOTIFY_SENT)
        setup_add_notify(&world->first, "192.0.2.2");
    for (size_t i = 0; i < many->count; i++) {
        uint8_t *origin = many->origins[i];
        memcpy(origin, "\10z0000000\4test", 15);
        for (size_t digit = 8, rest = i; rest > 0; rest /= 10)
            origin[digit--] = (uint8_t)('0' + rest % 10);
        many->primary[i] = world->first.zone;
        many->secondary[i] = world->second.zone;
        many->primary[i].origin = many->secondary[i].origin = origin;
        struct zonefile_options options = {.origin = origin, .file = "zone"};
        many->primary[i].zone = zonefile_load(
            bytes_of_text("@ 3600 SOA ns1 host 1 86400 3600 604800 300\n@ 3600 NS ns1\n"
                          "ns1 3600 A 192.0.2.1\n"),
            &options);
    }
    world->first.config.zones = many->primary;
    world->second.config.zones = many->secondary;
    world->first.config.zone_count = world->second.config.zone_count = many->count;
    world->note = watch;
    world->context = many;
}

static void end(struct world *world, struct many *many)
{
    world_end(world);
    for (size_t i = 0; i < many->count; i++)
        zone_release(many->primary[i].zone);
    free(many->origins);
    free(many->primary);
    free(many->secondary);
}

static void row_of_checks(size_t count)
{
    struct world world;
    struct many many = {
        .count = count, .host = 1, .begin = NOTE_REFRESH_STARTED, .end = NOTE_REFRESH_STARTED};
    make(&world, &many);
    world.second.config.limits = (struct server_limits){.soa_rate = 20};
    world_start(&world, 10 * NS_PER_MS, 0);
    world_run(&world, (int64_t)(count / 20 + 100) * NS_PER_S);
    end(&world, &many);
    char what[80];
    snprintf(what, sizeof what, "%zu zones at serial-query-rate 20, seconds", count);
    validate_row(what, (double)count / 20, (double)(many.last_ns - many.first_ns) / 1e9, .5);
}

static void row_of_notifies(size_t count)
{
    struct world world;
    struct many many = {
        .count = count, .host = 0, .begin = NOTE_NOTIFY_SENT, .end = NOTE_NOTIFY_SENT};
    make(&world, &many);
    world.first.config.limits = (struct server_limits){.notify_rate = 20};
    world_start(&world, 10 * NS_PER_MS, 0);
    world_run(&world, (int64_t)(count / 20 + 100) * NS_PER_S);
    end(&world, &many);
    char what[80];
    snprintf(what, sizeof what, "%zu zones at notify-rate 20, seconds", count);
    validate_row(what, (double)count / 20, (double)(many.last_ns - many.first_ns) / 1e9, .5);
}

static double makespan_s(size_t count)
{
    struct world world;
    struct many many = {
        .count = count, .host = 1, .begin = NOTE_TRANSFER_STARTED, .end = NOTE_TRANSFER_DONE};
    make(&world, &many);
    world.second.config.limits = (struct server_limits){.transfers_per_source = 2};
    world_start(&world, 80 * NS_PER_MS, 0);
    world_run(&world, 3600 * NS_PER_S);
    end(&world, &many);
    return many.seen == count ? (double)(many.last_ns - many.first_ns) / 1e9 : -1;
}

static void row_of_transfers(size_t count)
{
    double one_s = makespan_s(1);
    char what[80];
    snprintf(what, sizeof what, "%zu transfers of %.2f s, 2 at once, seconds", count, one_s);
    validate_row(what, (double)((count + 1) / 2) * one_s, makespan_s(count), .01);
}

void validate_limits(void)
{
    validate_heading("Many zones: N / rate, ceil(N / 2) * d");
    row_of_checks(1000);
    row_of_checks(10000);
    row_of_notifies(1000);
    row_of_notifies(10000);
    row_of_transfers(10);
    row_of_transfers(101);
}
