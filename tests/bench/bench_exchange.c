/*
 * Questions and answers: how many pairs a second of wall time, for K stubs that ask
 * ten name servers directly; without captures, and with all of them. Every message
 * is encoded and parsed at both ends; the trace hash is on.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "reports/capture.h"
#include "tests/bench/bench.h"
#include "tests/bench/world.h"

enum { SERVERS = 10, NAMES = 10000, PAIRS = 400000, PAIRS_CAPTURED = 200000 };

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct world_options options_for(uint32_t stubs, uint32_t pairs)
{
    return (struct world_options){
        .stubs = stubs,
        .servers = SERVERS,
        .names = NAMES,
        .mean_gap_ns = NS_PER_S,
        .stop_ns = (int64_t)pairs * NS_PER_S / stubs,
    };
}

struct tally {
    uint64_t answered;
};

static void count_answers(void *context, int64_t now_ns, uint32_t host,
                          const struct host_note *note)
{
    struct tally *tally = context;
    (void)now_ns;
    (void)host;
    tally->answered +=
        note->kind == NOTE_LOOKUP_FINISHED &&
        (note->serial == NOTE_LOOKUP_ANSWERED || note->serial == NOTE_LOOKUP_NXDOMAIN);
}

/* Pairs per second of wall time of a built and sealed world. */
static double run_world(struct world *world, const struct world_options *options)
{
    struct tally tally = {0};
    sim_add_listener(world->sim,
                     &(struct trace_listener){.context = &tally, .note = count_answers});
    sim_seal(world->sim);
    double before_s = wall_s();
    sim_run(world->sim, sim_now(world->sim) + options->stop_ns + 10 * NS_PER_S, UINT64_MAX);
    return (double)tally.answered / (wall_s() - before_s);
}

double bench_pairs_per_s(unsigned stubs)
{
    struct world world;
    struct world_options options = options_for(stubs, PAIRS);
    world_build(&world, &options);
    double result = run_world(&world, &options);
    world_destroy(&world);
    return result;
}

/* ---- with captures ------------------------------------------------------------------------- */

static struct capture *open_capture(struct world *world, uint32_t stubs, struct output *output)
{
    struct capture_node *nodes = arena_alloc(&world->arena, (SERVERS + 1) * sizeof *nodes);
    uint32_t *host_nodes = arena_alloc(&world->arena, (stubs + SERVERS + 1) * sizeof *host_nodes);
    nodes[SERVERS] = (struct capture_node){"stubs", "stubs.pcap", NULL};
    uint32_t servers = 0;
    for (uint32_t id = 1; id <= stubs + SERVERS; id++)
        host_nodes[id] = SERVERS;
    for (uint32_t id = 1; id <= stubs + SERVERS; id++) {
        const char *name = sim_host_name(sim_host_at(world->sim, id));
        if (strncmp(name, "server", 6) != 0)
            continue;
        nodes[servers] =
            (struct capture_node){name, arena_format(&world->arena, "%s.pcap", name), NULL};
        host_nodes[id] = servers++;
    }
    return capture_open(output, &(struct capture_options){.nodes = nodes,
                                                          .node_count = SERVERS + 1,
                                                          .host_nodes = host_nodes,
                                                          .host_count = stubs + SERVERS + 1});
}

/* Ids are known only after sealing, and the capture needs them: the listener looks it up late. */
static struct trace_listener late;

static void late_sent(void *context, const struct packet *packet)
{
    (void)context;
    late.sent(late.context, packet);
}

static void late_arrived(void *context, const struct packet *packet, int64_t now_ns)
{
    (void)context;
    late.arrived(late.context, packet, now_ns);
}

static double pairs_per_s_captured(uint32_t stubs)
{
    struct world world;
    struct world_options options = options_for(stubs, PAIRS_CAPTURED);
    struct output *output = NULL;
    char error[OUTPUT_ERROR_SIZE];
    if (output_open("build/bench-capture", &output, error) != OUTPUT_OK) {
        fprintf(stderr, "bench: %s\n", error);
        return 0;
    }
    struct tally tally = {0};
    world_build(&world, &options);
    sim_add_listener(world.sim, &(struct trace_listener){.context = &tally, .note = count_answers});
    sim_add_listener(world.sim,
                     &(struct trace_listener){.sent = late_sent, .arrived = late_arrived});
    sim_seal(world.sim);
    struct capture *capture = open_capture(&world, stubs, output);
    late = capture_listener(capture);
    double before_s = wall_s();
    sim_run(world.sim, sim_now(world.sim) + options.stop_ns + 10 * NS_PER_S, UINT64_MAX);
    capture_finish(capture);
    double result = (double)tally.answered / (wall_s() - before_s);
    output_abandon(output);
    world_destroy(&world);
    return result;
}

void bench_exchange(json_t *out)
{
    static const uint32_t stubs[] = {100, 1000, 10000};
    json_t *figures = json_object();
    for (unsigned i = 0; i < 3; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u", stubs[i]);
        json_object_set_new(figures, key,
                            json_pack("{s:f, s:f}", "pairs_per_s", bench_pairs_per_s(stubs[i]),
                                      "pairs_per_s_captured", pairs_per_s_captured(stubs[i])));
    }
    json_object_set_new(out, "exchange", figures);
}

/* ---- memory --------------------------------------------------------------------------------- */

static size_t bytes_in_use(uint32_t stubs)
{
    struct world world;
    struct world_options options = {.stubs = stubs, .servers = 1, .names = 1, .mean_gap_ns = 1};
    world_build(&world, &options);
    sim_seal(world.sim);
    sim_run(world.sim, sim_now(world.sim) + NS_PER_S, UINT64_MAX);
    size_t in_use = mallinfo2().uordblks + mallinfo2().hblkhd;
    world_destroy(&world);
    return in_use;
}

void bench_stub(json_t *out)
{
    enum { FEW = 10000, MANY = 60000 };
    size_t few = bytes_in_use(FEW), many = bytes_in_use(MANY);
    json_object_set_new(out, "stub_bytes", json_integer((json_int_t)((many - few) / (MANY - FEW))));
}
