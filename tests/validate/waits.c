/* How long software waits after each failure: means of what it does in a run, against its rule. */
#include "tests/validate/validate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ZONES = 400, WAITS = 4, NAME_SIZE = 16 };

/* Many zones of one secondary, whose primary's process has ended: each question fails at once. */
struct waits {
    uint8_t origins[ZONES][NAME_SIZE];
    struct server_zone_config zones[ZONES];
    unsigned failures[ZONES];
    int64_t epoch_ns; /* of the node's clock */
    double sum[WAITS], squares[WAITS];
    unsigned count[WAITS];
};

static unsigned index_of(const struct host_note *note)
{
    unsigned index = 0;
    for (size_t i = 2; i <= 5; i++)
        index = index * 10 + (unsigned)(note->name.data[i] - '0');
    return index;
}

static void collect(struct world *world, int64_t now_ns, uint32_t host,
                    const struct host_note *note)
{
    struct waits *waits = world->context;
    if (note->kind != NOTE_REFRESH_FAILED || host != sim_host_id(world->hosts[1]))
        return;
    unsigned n = waits->failures[index_of(note)]++;
    if (n >= WAITS)
        return;
    double wait_s = (double)(note->values[0] + waits->epoch_ns - now_ns) / 1e9;
    waits->sum[n] += wait_s;
    waits->squares[n] += wait_s * wait_s;
    waits->count[n]++;
}

static void prepare(struct world *world, struct waits *waits, enum server_software software)
{
    world_prepare(world, setup_zone(1, 1));
    for (unsigned i = 0; i < ZONES; i++) {
        char name[NAME_SIZE];
        waits->zones[i] = world->second.zone;
        snprintf(name, sizeof name, "\5z%04u\4test", i);
        memcpy(waits->origins[i], name, sizeof name);
        waits->zones[i].origin = waits->origins[i];
    }
    world->second.config.policy = server_policy_of(software);
    world->second.config.zones = waits->zones;
    world->second.config.zone_count = ZONES;
    world->second.config.limits = (struct server_limits){
        .soa_rate = 10000000, .transfers_in = ZONES, .transfers_per_source = ZONES};
    world->note = collect;
    world->context = waits;
}

/* PREDICTED_S: the mean of each wait, in order. */
static void rows_of_waits(enum server_software software, const double predicted_s[WAITS])
{
    static struct waits waits;
    struct world world;
    waits = (struct waits){0};
    prepare(&world, &waits, software);
    world_start(&world, 10 * NS_PER_MS, 0);
    waits.epoch_ns = sim_now(world.sim);
    sim_stop_host(world.hosts[0]);
    world_run(&world, 2000 * NS_PER_S);
    world_end(&world);
    for (int n = 0; n < WAITS; n++) {
        char what[80];
        double mean = waits.sum[n] / waits.count[n];
        double variance = waits.squares[n] / waits.count[n] - mean * mean;
        snprintf(what, sizeof what, "%s, wait %d of %u zones, seconds",
                 server_policy_of(software)->name, n + 1, waits.count[n]);
        validate_row(what, predicted_s[n], mean, 4 * sqrt(fabs(variance) / waits.count[n]) + .05);
    }
}

void validate_waits(void)
{
    validate_heading("Waits without a version, after the first failure and those that follow");
    rows_of_waits(SERVER_RFC, (double[]){30, 60, 120, 240});
    /* 60, doubled, less up to a quarter */
    rows_of_waits(SERVER_BIND_9_18, (double[]){52.5, 105, 210, 420});
    rows_of_waits(SERVER_BIND_9_20, (double[]){52.5, 105, 210, 420});
    /* 20, doubled, up to twice as much, less up to a tenth */
    rows_of_waits(SERVER_NSD_4, (double[]){28.5, 57, 114, 228});
    /* 5 n^2 and up to 5 (n + 2) more */
    rows_of_waits(SERVER_KNOT_3, (double[]){5, 12.5, 30, 57.5});
    rows_of_waits(SERVER_PDNS_AUTH_4, (double[]){60, 120, 180, 240});
}
