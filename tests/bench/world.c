/* Building the measured worlds. */
#include "tests/bench/world.h"

#include <stdio.h>

enum { STUB_SITES = 100, EDNS_SIZE = 1232 };

static void add_record(struct zone_edit *edit, const uint8_t *owner, uint16_t type,
                       struct bytes rdata)
{
    zone_edit_add(edit, &(struct rr){owner, type, CLASS_IN, 3600, rdata});
}

static void add_apex(struct zone_edit *edit, const uint8_t *origin)
{
    uint8_t name[NAME_SIZE_MAX], soa[2 * NAME_SIZE_MAX + 20];
    size_t size = name_prepend(bytes_of_text("ns1"), origin, name);
    struct writer w = writer_of(soa, sizeof soa);
    writer_bytes(&w, name, size);
    writer_bytes(&w, name, size);
    static const uint32_t timers_s[] = {1, 3600, 900, 604800, 300};
    for (unsigned i = 0; i < 5; i++)
        writer_u32(&w, timers_s[i]);
    add_record(edit, origin, RR_SOA, bytes_of(soa, w.size));
    add_record(edit, origin, RR_NS, bytes_of(name, size));
}

struct zone *world_zone(uint32_t count)
{
    static const uint8_t origin[] = "\7example\3com";
    uint8_t owner[NAME_SIZE_MAX], address[4];
    struct zone_edit *edit = zone_edit_begin_empty(origin);
    add_apex(edit, origin);
    for (uint32_t i = 0; i < count; i++) {
        char label[16];
        snprintf(label, sizeof label, "n%u", i);
        name_prepend(bytes_of_text(label), origin, owner);
        bytes_put_u32(address, UINT32_C(0x0a000000) + i);
        add_record(edit, owner, RR_A, bytes_of(address, 4));
    }
    return zone_edit_finish(edit);
}

/* ---- the network: every host at its own 5 to 25 ms from the core --------------------------- */

static void build_sites(struct world *world, const struct world_options *options)
{
    struct random random = random_stream(1, "world", 0, "delays");
    uint32_t count = STUB_SITES + options->servers;
    int64_t *to_core_ns = arena_alloc(&world->arena, count * sizeof *to_core_ns);
    for (uint32_t i = 0; i < count; i++) {
        to_core_ns[i] = random_between(&random, 5 * NS_PER_MS, 25 * NS_PER_MS);
        sim_add_site(world->sim, arena_format(&world->arena, "site%u", i), 0, 0);
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            sim_set_link(world->sim, i, k, &(struct sim_link){to_core_ns[i] + to_core_ns[k], 0, 0});
    sim_compute_paths(world->sim);
}

static void build_servers(struct world *world, const struct world_options *options)
{
    world->zone_config = (struct server_zone_config){
        .origin = zone_origin(world->zone), .role = NOTE_PRIMARY, .zone = world->zone};
    world->server_config = (struct server_config){
        .store = world->store, .zones = &world->zone_config, .zone_count = 1};
    world->server_addresses =
        arena_alloc(&world->arena, options->servers * sizeof *world->server_addresses);
    for (uint32_t i = 0; i < options->servers; i++) {
        world->server_addresses[i] = address_from_ipv4(UINT32_C(0xac100001) + i, SERVER_PORT);
        struct sim_host *host = sim_add_host(world->sim, arena_format(&world->arena, "server%u", i),
                                             STUB_SITES + i, &server_node, &world->server_config);
        sim_host_add_address(host, &world->server_addresses[i]);
    }
}

static const uint8_t **list_names(struct world *world, uint32_t count)
{
    const uint8_t **names = arena_alloc(&world->arena, count * sizeof *names);
    const struct zone_node *node = zone_apex(world->zone);
    for (uint32_t i = 0; i < count; i++) {
        node = zone_after(world->zone, node->name);
        names[i] = node->name;
    }
    return names;
}

static void build_stubs(struct world *world, const struct world_options *options)
{
    world->workload = workload_create(&(struct workload_options){
        .names = list_names(world, options->names),
        .name_count = options->names,
        .zipf = FIXED_ONE,
        .missing_ppb = 100000000,
        .missing_parent = zone_origin(world->zone),
    });
    world->stub_config = (struct stub_config){
        .workload = world->workload,
        .servers = world->server_addresses,
        .server_count = options->servers,
        .any_server = true,
        .edns_size = EDNS_SIZE,
        .mean_gap_ns = options->mean_gap_ns,
        .timeout_ns = 5 * NS_PER_S,
        .attempts = 2,
        .stop_ns = options->stop_ns,
    };
    for (uint32_t i = 0; i < options->stubs; i++) {
        struct address address = address_from_ipv4(UINT32_C(0x0a000001) + i, 0);
        struct sim_host *host = sim_add_host(world->sim, arena_format(&world->arena, "stub%u", i),
                                             i % STUB_SITES, &stub_node, &world->stub_config);
        sim_host_add_address(host, &address);
    }
}

void world_build(struct world *world, const struct world_options *options)
{
    *world = (struct world){.store = zone_store_create()};
    struct sim_options sim_options = sim_default_options();
    world->sim = sim_create(&sim_options);
    world->zone = zone_store_intern(world->store, world_zone(options->names));
    build_sites(world, options);
    build_servers(world, options);
    build_stubs(world, options);
}

void world_destroy(struct world *world)
{
    sim_destroy(world->sim);
    workload_destroy(world->workload);
    zone_release(world->zone);
    zone_store_destroy(world->store);
    arena_release(&world->arena);
}
