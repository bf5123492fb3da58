/* Who plays: servers, resolvers and client groups as members, the hierarchy's servers added. */
#include "scenarios/stage/internal.h"

bool stage_makes_root(const struct stage *stage)
{
    return stage->scenario->hierarchy == HIERARCHY_AUTO && stage->scenario->root_zone < 0;
}

static size_t count_members(const struct scenario *scenario)
{
    size_t count = scenario->clients_count + scenario->monitor_count + 2 * scenario->site_count;
    for (size_t i = 0; i < scenario->server_count; i++)
        count += scenario->servers[i].instances.count;
    for (size_t i = 0; i < scenario->resolver_count; i++)
        count += scenario->resolvers[i].instances.count;
    return count;
}

static struct stage_member *add_member(struct stage *stage, const char *name,
                                       enum topology_kind kind, uint32_t source, uint32_t site)
{
    struct stage_member *member = &stage->members[stage->member_count++];
    *member = (struct stage_member){
        .name = name, .kind = kind, .source = source, .site = site, .host_count = 1};
    return member;
}

static void add_instances(struct stage *stage, const struct scenario_instances *instances,
                          enum topology_kind kind, uint32_t source)
{
    for (size_t i = 0; i < instances->count; i++) {
        const struct scenario_instance *instance = &instances->items[i];
        add_member(stage, instance->name, kind, source, instance->site.index)->instance = instance;
    }
}

static void add_servers(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    for (uint32_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *source = &scenario->servers[i];
        stage->servers[stage->server_count++] = (struct stage_server){
            .name = source->name,
            .source = source,
            .first_member = (uint32_t)stage->member_count,
            .member_count = (uint32_t)source->instances.count,
        };
        add_instances(stage, &source->instances, TOPOLOGY_SERVER, i);
    }
}

/* A server of the hierarchy stands at every site. */
static void add_hierarchy_server(struct stage *stage, const char *name)
{
    const struct scenario *scenario = stage->scenario;
    uint32_t index = (uint32_t)stage->server_count++;
    stage->servers[index] = (struct stage_server){
        .name = name,
        .first_member = (uint32_t)stage->member_count,
        .member_count = (uint32_t)scenario->site_count,
    };
    for (uint32_t site = 0; site < scenario->site_count; site++)
        add_member(stage, arena_format(stage->arena, "%s.%s", name, scenario->sites[site].name),
                   TOPOLOGY_SERVER, index, site);
}

static bool name_is_free(struct stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->member_count; i++)
        if (strcmp(stage->members[i].name, name) == 0)
            return false;
    return true;
}

static bool add_hierarchy(struct stage *stage)
{
    static const char *const names[] = {STAGE_ROOT_NAME, STAGE_TLD_NAME};
    for (unsigned i = 0; i < 2; i++) {
        if (!name_is_free(stage, names[i])) {
            diagnostics_error(stage->diagnostics, (struct place){.file = stage->scenario->file},
                              "'%s' is the name of the servers that `hierarchy: auto` makes; "
                              "choose another name or `hierarchy: none`",
                              names[i]);
            return false;
        }
        add_hierarchy_server(stage, names[i]);
    }
    return true;
}

bool stage_cast(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    stage->members = arena_alloc(stage->arena, count_members(scenario) * sizeof *stage->members);
    stage->servers =
        arena_alloc(stage->arena, (scenario->server_count + 2) * sizeof *stage->servers);
    add_servers(stage);
    for (uint32_t i = 0; i < scenario->resolver_count; i++)
        add_instances(stage, &scenario->resolvers[i].instances, TOPOLOGY_RESOLVER, i);
    for (uint32_t i = 0; i < scenario->clients_count; i++) {
        const struct scenario_clients *clients = &scenario->clients[i];
        add_member(stage, clients->name, TOPOLOGY_CLIENTS, i, clients->site.index)->host_count =
            clients->count;
    }
    for (uint32_t i = 0; i < scenario->monitor_count; i++)
        add_member(stage, scenario->monitors[i].name, TOPOLOGY_MONITOR, i,
                   scenario->monitors[i].site.index);
    return !stage_makes_root(stage) || add_hierarchy(stage);
}
