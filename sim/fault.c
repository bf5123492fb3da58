/*
 * What goes wrong and right again: hosts, sites and links.
 *
 * A host runs unless it has failed or stopped by itself or its site is down. Its
 * anycast routes outlive it by withdraw_after_ns and are back as soon as it is.
 */
#include <stdlib.h>

#include "sim/internal.h"

static void tell(struct sim *sim, enum trace_fault fault, const char *what)
{
    trace_hash_mix(&sim->hash, (uint64_t)fault, bytes_hash(what, strlen(what), 0));
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].fault)
            sim->listeners[i].fault(sim->listeners[i].context, sim->now_ns, fault, what);
}

void fault_tell_unheard(struct sim_host *host, const char *command)
{
    struct sim *sim = host->sim;
    trace_hash_mix(&sim->hash, host->id, bytes_hash(command, strlen(command), 0));
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].unheard)
            sim->listeners[i].unheard(sim->listeners[i].context, sim->now_ns, host->id, command);
}

void sim_skew_host(struct sim_host *host, int64_t offset_ns)
{
    struct sim *sim = host->sim;
    host->clock_offset_ns = offset_ns;
    trace_hash_mix(&sim->hash, host->id, (uint64_t)offset_ns);
    for (unsigned i = 0; i < sim->listener_count; i++)
        if (sim->listeners[i].clock)
            sim->listeners[i].clock(sim->listeners[i].context, sim->now_ns, host->id, offset_ns);
}

/* ---- anycast routes --------------------------------------------------------------------- */

struct withdrawal {
    struct sim_host *host;
    uint32_t incarnation;
};

static void withdraw(void *context)
{
    struct withdrawal *due = context;
    struct sim_host *host = due->host;
    bool still_down = host->condition != HOST_UP && host->incarnation == due->incarnation;
    free(due);
    if (still_down && network_announce(host, false))
        tell(host->sim, TRACE_WITHDRAWN, host->name);
}

static void withdraw_later(struct sim_host *host)
{
    if (host->address_count == host->own_address_count)
        return;
    struct withdrawal *due = memory_alloc(sizeof *due);
    *due = (struct withdrawal){host, host->incarnation};
    sim_at(host->sim, host->sim->now_ns + host->sim->options.withdraw_after_ns, withdraw, due);
}

/* ---- hosts ------------------------------------------------------------------------------ */

static enum host_condition wanted_condition(const struct sim_host *host)
{
    if (host->failed || host->sim->network.sites[host->site].down)
        return HOST_SILENT;
    return host->stopped ? HOST_PROCESS_GONE : HOST_UP;
}

static void adjust(struct sim_host *host)
{
    enum host_condition before = host->condition;
    host->condition = wanted_condition(host);
    if (before == host->condition)
        return;
    if (before == HOST_UP) {
        if (host->condition == HOST_PROCESS_GONE)
            occupant_deliver(host, &(struct host_event){.kind = HOST_STOPPING});
        occupant_kill(host, host->condition == HOST_SILENT);
        withdraw_later(host);
    } else if (host->condition == HOST_UP) {
        if (network_announce(host, true))
            tell(host->sim, TRACE_ANNOUNCED, host->name);
        occupant_start(host);
    }
}

void sim_fail_host(struct sim_host *host)
{
    host->failed = true;
    tell(host->sim, TRACE_FAILED, host->name);
    adjust(host);
}

void sim_stop_host(struct sim_host *host)
{
    host->stopped = true;
    tell(host->sim, TRACE_STOPPED, host->name);
    adjust(host);
}

void sim_recover_host(struct sim_host *host)
{
    host->failed = false;
    host->stopped = false;
    tell(host->sim, TRACE_RECOVERED, host->name);
    adjust(host);
}

/* ---- sites and links -------------------------------------------------------------------- */

static void set_site(struct sim *sim, uint32_t site, bool down)
{
    sim->network.sites[site].down = down;
    tell(sim, down ? TRACE_FAILED : TRACE_RECOVERED, sim->network.sites[site].name);
    for (size_t i = 0; i < sim->host_count; i++)
        if (sim->hosts[i]->site == site)
            adjust(sim->hosts[i]);
}

void sim_fail_site(struct sim *sim, uint32_t site)
{
    set_site(sim, site, true);
}

void sim_recover_site(struct sim *sim, uint32_t site)
{
    set_site(sim, site, false);
}

static void tell_of_link(struct sim *sim, uint32_t site_a, uint32_t site_b, enum trace_fault fault)
{
    struct arena arena = {0};
    tell(sim, fault,
         arena_format(&arena, "%s-%s", sim->network.sites[site_a].name,
                      sim->network.sites[site_b].name));
    arena_release(&arena);
}

static void set_link(struct sim *sim, uint32_t site_a, uint32_t site_b, bool down)
{
    struct path *paths[] = {network_path(&sim->network, site_a, site_b),
                            network_path(&sim->network, site_b, site_a)};
    for (size_t i = 0; i < 2; i++) {
        paths[i]->down = down;
        paths[i]->blocks_tcp = false;
    }
    tell_of_link(sim, site_a, site_b, down ? TRACE_FAILED : TRACE_RECOVERED);
}

void sim_block_tcp(struct sim *sim, uint32_t site_a, uint32_t site_b)
{
    network_path(&sim->network, site_a, site_b)->blocks_tcp = true;
    network_path(&sim->network, site_b, site_a)->blocks_tcp = true;
    tell_of_link(sim, site_a, site_b, TRACE_BLOCKED);
}

void sim_fail_link(struct sim *sim, uint32_t site_a, uint32_t site_b)
{
    set_link(sim, site_a, site_b, true);
}

void sim_recover_link(struct sim *sim, uint32_t site_a, uint32_t site_b)
{
    set_link(sim, site_a, site_b, false);
}
