/* What a monitor is told: which servers to ask for which zones. Members of a catalog come and go,
 * so they are asked for only where the scenario names them. */
#include "scenarios/stage/internal.h"

#include "nodes/monitor.h"

struct targets {
    struct stage *stage;
    const struct scenario_monitor *source;
    const struct stage_member *monitor;
    struct monitor_target *items;
    size_t count;
};

static bool is_listed(const struct reference_list *list, uint32_t index, const char *instance)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct reference *reference = &list->items[i];
        if (reference->index == index &&
            (reference->instance < 0 || strcmp(reference->name, instance) == 0))
            return true;
    }
    return list->count == 0;
}

static void add_target(struct targets *targets, const struct stage_member *server, uint32_t zone)
{
    const struct address *address = stage_unicast(targets->monitor, server);
    if (!address || !is_listed(&targets->source->zones, zone, ""))
        return;
    struct monitor_target *target = &targets->items[targets->count++];
    *target = (struct monitor_target){targets->stage->zones[zone].origin, *address};
    target->server.port = SERVER_PORT;
}

static void add_server(struct targets *targets, const struct stage_member *server)
{
    const struct scenario_server *source = targets->stage->servers[server->source].source;
    for (size_t i = 0; i < source->primary.count; i++)
        add_target(targets, server, source->primary.items[i].index);
    for (size_t i = 0; i < source->secondary.count; i++)
        add_target(targets, server, source->secondary.items[i].zone.index);
    for (uint32_t i = 0; targets->source->zones.count > 0 && i < targets->stage->zone_count; i++)
        if (stage_member_of(targets->stage, source, i))
            add_target(targets, server, i);
}

static bool is_watched(const struct targets *targets, const struct stage_member *member)
{
    return member->kind == TOPOLOGY_SERVER && targets->stage->servers[member->source].source &&
           is_listed(&targets->source->servers, member->source, member->name);
}

const struct monitor_config *stage_configure_monitor(struct stage *stage,
                                                     const struct stage_member *member)
{
    const struct scenario_monitor *source = &stage->scenario->monitors[member->source];
    struct targets targets = {.stage = stage, .source = source, .monitor = member};
    targets.items = arena_alloc(stage->arena, (stage->member_count * stage->zone_count + 1) *
                                                  sizeof *targets.items);
    for (size_t i = 0; i < stage->member_count; i++)
        if (is_watched(&targets, &stage->members[i]))
            add_server(&targets, &stage->members[i]);
    struct monitor_config *config = arena_alloc(stage->arena, sizeof *config);
    *config = (struct monitor_config){
        .targets = targets.items,
        .target_count = targets.count,
        .interval_ns = source->interval_ns,
        .timeout_ns = source->timeout_ns,
        .failures = source->failures,
        .stale_after_ns = source->stale_after_ns,
    };
    return config;
}
