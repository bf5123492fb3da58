/* Putting the members on the network: sites, links, hosts with addresses and nodes. */
#include "scenarios/stage/internal.h"

#include "nodes/monitor.h"
#include "nodes/resolver.h"
#include "nodes/stub.h"

static void make_sites(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    for (size_t i = 0; i < scenario->site_count; i++) {
        const struct scenario_site *site = &scenario->sites[i];
        sim_add_site(stage->sim, site->name, site->latitude, site->longitude);
    }
    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];
        sim_set_link(stage->sim, link->between.items[0].index, link->between.items[1].index,
                     &(struct sim_link){link->delay_ns, link->jitter_ns, link->loss_ppb});
    }
}

static void add_addresses(struct sim_host *host, const struct stage_member *member, uint32_t index)
{
    for (size_t i = 0; i < member->addresses_per_host; i++)
        sim_host_add_address(host, &member->addresses[index * member->addresses_per_host + i]);
    for (size_t i = 0; i < member->anycast_count; i++)
        sim_host_announce(host, &member->anycast[i]);
}

int64_t stage_clock_offset_ns(const struct stage *stage, const struct stage_member *member)
{
    const struct scenario_server *server =
        member->kind == TOPOLOGY_SERVER ? stage->servers[member->source].source : NULL;
    return server ? server->clock_offset_ns : 0;
}

/* How many datagrams wait for a busy host; 0: hosts without a limit are never busy. */
static size_t queue_of(const struct stage *stage, const struct stage_member *member)
{
    if (member->kind == TOPOLOGY_RESOLVER) {
        const struct scenario_resolver *resolver = &stage->scenario->resolvers[member->source];
        return resolver->capacity.events_ppb > 0 ? resolver->queue : 0;
    }
    const struct scenario_server *server =
        member->kind == TOPOLOGY_SERVER ? stage->servers[member->source].source : NULL;
    return server && server->capacity.events_ppb > 0 ? server->queue : 0;
}

static void make_hosts_of(struct stage *stage, struct stage_member *member)
{
    const void *config = stage_node_config(stage, member);
    member->hosts = arena_alloc(stage->arena, member->host_count * sizeof *member->hosts);
    for (uint32_t i = 0; i < member->host_count; i++) {
        const char *name = member->kind == TOPOLOGY_CLIENTS
                               ? arena_format(stage->arena, "%s.%u", member->name, i + 1)
                               : member->name;
        member->hosts[i] =
            sim_add_host(stage->sim, name, member->site, stage_node_type(member), config);
        add_addresses(member->hosts[i], member, i);
        sim_host_set_queue(member->hosts[i], queue_of(stage, member));
        sim_host_set_clock_offset(member->hosts[i], stage_clock_offset_ns(stage, member));
    }
}

const struct node_type *stage_node_type(const struct stage_member *member)
{
    static const struct node_type *const types[] = {
        [TOPOLOGY_SERVER] = &server_node,
        [TOPOLOGY_RESOLVER] = &resolver_node,
        [TOPOLOGY_CLIENTS] = &stub_node,
        [TOPOLOGY_MONITOR] = &monitor_node,
    };
    return types[member->kind];
}

const void *stage_node_config(struct stage *stage, const struct stage_member *member)
{
    switch (member->kind) {
    case TOPOLOGY_SERVER:
        return stage_configure_server(stage, member);
    case TOPOLOGY_RESOLVER:
        return stage_configure_resolver(stage, member);
    case TOPOLOGY_CLIENTS:
        return stage_configure_stub(stage, member);
    case TOPOLOGY_MONITOR:
        return stage_configure_monitor(stage, member);
    }
    return NULL;
}

bool stage_make_hosts(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    struct sim_options options = sim_default_options();
    options.seed = scenario->seed;
    options.start_ns = scenario->start_ns;
    options.path_stretch = scenario->network.path_stretch;
    options.local_delay_ns = scenario->network.local_delay_ns;
    options.withdraw_after_ns = scenario->network.withdraw_after_ns;
    stage->sim = sim_create(&options);
    make_sites(stage);
    sim_compute_paths(stage->sim);
    for (size_t i = 0; i < stage->member_count; i++)
        make_hosts_of(stage, &stage->members[i]);
    sim_seal(stage->sim);
    stage_describe(stage);
    return true;
}
