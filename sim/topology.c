/*
 * Sites, links and addresses: what is built before a run and changed by faults.
 *
 * Delay between sites is the great-circle distance times the path stretch (cables
 * do not follow great circles) at two thirds of the speed of light, and never less
 * than the delay within a site.
 */
#include <assert.h>
#include <stdlib.h>

#include "sim/internal.h"

struct link_setting {
    uint32_t a, b;
    struct sim_link link;
};

static const int64_t earth_radius_m = 6371009;  /* mean radius */
static const int64_t fibre_m_per_s = 199861639; /* light in glass: c / 1.5 */

/* ---- sites and paths -------------------------------------------------------------------- */

uint32_t sim_add_site(struct sim *sim, const char *name, fixed latitude, fixed longitude)
{
    struct network *network = &sim->network;
    assert(!sim->sealed && network->site_count < SIM_SITES_MAX);
    memory_reserve(network->sites, network->site_count, network->site_capacity);
    network->sites[network->site_count] = (struct site){
        .name = arena_text(&sim->arena, name), .latitude = latitude, .longitude = longitude};
    return (uint32_t)network->site_count++;
}

void sim_set_link(struct sim *sim, uint32_t site_a, uint32_t site_b, const struct sim_link *link)
{
    struct network *network = &sim->network;
    assert(!sim->sealed && site_a < network->site_count && site_b < network->site_count);
    memory_reserve(network->settings, network->setting_count, network->setting_capacity);
    network->settings[network->setting_count++] = (struct link_setting){site_a, site_b, *link};
}

static fixed radians(fixed degrees)
{
    return (fixed)((__int128)degrees * FIXED_PI / ((__int128)180 << 32));
}

/* Haversine: good for near and far points alike. */
static int64_t distance_m(const struct site *a, const struct site *b)
{
    fixed across = fixed_sin(radians(b->latitude - a->latitude) / 2);
    fixed along = fixed_sin(radians(b->longitude - a->longitude) / 2);
    fixed cosines =
        fixed_multiply(fixed_cos(radians(a->latitude)), fixed_cos(radians(b->latitude)));
    fixed half_chord =
        fixed_multiply(across, across) + fixed_multiply(cosines, fixed_multiply(along, along));
    fixed angle = 2 * fixed_arcsin(fixed_sqrt(half_chord));
    return (int64_t)((__int128)angle * earth_radius_m >> 32);
}

static int64_t distance_delay_ns(const struct sim *sim, const struct site *a, const struct site *b)
{
    __int128 stretched_m = (__int128)distance_m(a, b) * sim->options.path_stretch >> 32;
    int64_t delay_ns = (int64_t)(stretched_m * NS_PER_S / fibre_m_per_s);
    return delay_ns > sim->options.local_delay_ns ? delay_ns : sim->options.local_delay_ns;
}

static void apply_setting(struct network *network, const struct link_setting *setting,
                          uint32_t from, uint32_t to)
{
    struct path *path = network_path(network, from, to);
    if (setting->link.delay_ns >= 0)
        path->delay_ns = setting->link.delay_ns;
    path->jitter_ns = setting->link.jitter_ns;
    path->loss_ppb = setting->link.loss_ppb;
}

void sim_compute_paths(struct sim *sim)
{
    struct network *network = &sim->network;
    size_t count = network->site_count;
    assert(!network->paths && sim->host_count == 0);
    network->paths = memory_zeroed((count ? count * count : 1) * sizeof *network->paths);
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < count; b++)
            network_path(network, a, b)->delay_ns =
                a == b ? sim->options.local_delay_ns
                       : distance_delay_ns(sim, &network->sites[a], &network->sites[b]);
    for (size_t i = 0; i < network->setting_count; i++) {
        const struct link_setting *setting = &network->settings[i];
        apply_setting(network, setting, setting->a, setting->b);
        apply_setting(network, setting, setting->b, setting->a);
    }
}

int64_t sim_path_delay_ns(const struct sim *sim, uint32_t site_a, uint32_t site_b)
{
    return network_path(&sim->network, site_a, site_b)->delay_ns;
}

/* ---- addresses -------------------------------------------------------------------------- */

static size_t route_slot(const struct network *network, const uint8_t ip[16])
{
    size_t mask = network->route_slot_count - 1;
    size_t i = (size_t)bytes_hash(ip, 16, 0) & mask;
    while (network->route_slots[i] &&
           memcmp(network->routes[network->route_slots[i] - 1].ip, ip, 16) != 0)
        i = (i + 1) & mask;
    return i;
}

struct route *network_route(const struct network *network, const uint8_t ip[16])
{
    if (network->route_slot_count == 0)
        return NULL;
    uint32_t index = network->route_slots[route_slot(network, ip)];
    return index ? &network->routes[index - 1] : NULL;
}

static struct route *add_route(struct network *network, const uint8_t ip[16], bool anycast)
{
    if (network->route_count * 2 >= network->route_slot_count) {
        free(network->route_slots);
        network->route_slot_count = network->route_slot_count ? network->route_slot_count * 2 : 16;
        network->route_slots =
            memory_zeroed(network->route_slot_count * sizeof *network->route_slots);
        for (size_t i = 0; i < network->route_count; i++)
            network->route_slots[route_slot(network, network->routes[i].ip)] = (uint32_t)i + 1;
    }
    memory_reserve(network->routes, network->route_count, network->route_capacity);
    struct route *route = &network->routes[network->route_count++];
    *route = (struct route){.anycast = anycast};
    memcpy(route->ip, ip, 16);
    network->route_slots[route_slot(network, ip)] = (uint32_t)network->route_count;
    return route;
}

bool network_hold(struct sim_host *host, const uint8_t ip[16], bool anycast)
{
    struct network *network = &host->sim->network;
    struct route *route = network_route(network, ip);
    if (route && (!anycast || !route->anycast))
        return false;
    if (!route)
        route = add_route(network, ip, anycast);
    if (route->count == route->capacity) {
        route->capacity = route->capacity ? route->capacity * 2 : 1;
        route->holders = memory_resize(route->holders, route->capacity * sizeof(struct sim_host *));
        route->announced = memory_resize(route->announced, route->capacity * sizeof(bool));
    }
    route->holders[route->count] = host;
    route->announced[route->count++] = true;
    return true;
}

bool network_announce(struct sim_host *host, bool announced)
{
    bool changed = false;
    for (uint32_t i = host->own_address_count; i < host->address_count; i++) {
        struct route *route = network_route(&host->sim->network, host->addresses[i].ip);
        for (uint32_t k = 0; k < route->count; k++)
            if (route->holders[k] == host && route->announced[k] != announced) {
                route->announced[k] = announced;
                changed = true;
            }
    }
    return changed;
}

static int by_name(const void *a, const void *b)
{
    struct sim_host *const *x = a;
    struct sim_host *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

void network_seal(struct sim *sim)
{
    for (size_t i = 0; i < sim->network.route_count; i++) {
        struct route *route = &sim->network.routes[i];
        qsort(route->holders, route->count, sizeof(struct sim_host *), by_name);
    }
}
