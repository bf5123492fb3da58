/* Building and tearing down a stage. */
#include "scenarios/stage/stage.h"

#include <stdlib.h>

#include "nodes/workload.h"
#include "scenarios/stage/internal.h"

const struct stage_server *stage_server_of(const struct stage *stage, uint32_t index)
{
    return &stage->servers[index];
}

bool stage_is_meant(const struct stage_member *member, const struct reference *reference)
{
    static const enum reference_kind kinds[] = {
        [TOPOLOGY_SERVER] = REFERENCE_SERVER,
        [TOPOLOGY_RESOLVER] = REFERENCE_RESOLVER,
        [TOPOLOGY_CLIENTS] = REFERENCE_CLIENTS,
        [TOPOLOGY_MONITOR] = REFERENCE_MONITOR,
    };
    if (kinds[member->kind] != reference->kind || member->source != reference->index)
        return false;
    return reference->instance < 0 || strcmp(member->name, reference->name) == 0;
}

bool stage_is_called(const struct scenario_server *server, const uint8_t *name,
                     const uint8_t *origin)
{
    uint8_t own[NAME_SIZE_MAX];
    if (server->host_name_wire)
        return name_equal(server->host_name_wire, name);
    return name_prepend(bytes_of_text(server->name), origin, own) && name_equal(own, name);
}

bool stage_holds(const struct scenario_server *server, uint32_t zone)
{
    return held_as_primary(server, zone) || held_as_secondary(server, zone);
}

static void release(struct stage *stage)
{
    if (stage->sim)
        sim_destroy(stage->sim);
    for (size_t i = 0; i < stage->change_count; i++)
        zone_release(stage->changes[i].change.replacement);
    free(stage->changes);
    for (size_t i = 0; i < stage->zone_count; i++) {
        zone_release(stage->zones[i].zone);
        signing_key_free(stage->zones[i].key);
    }
    for (size_t i = 0; i < stage->scenario->clients_count; i++)
        workload_destroy((struct workload *)stage->workloads[i]);
    table_free(&stage->origins);
    zone_store_destroy(stage->store);
    stage_free_certificates(stage);
}

void stage_destroy(struct stage *stage)
{
    release(stage);
}

struct stage *stage_build(const struct scenario *scenario, struct arena *arena,
                          struct diagnostics *diagnostics)
{
    struct stage *stage = arena_alloc(arena, sizeof *stage);
    stage->scenario = scenario;
    stage->arena = arena;
    stage->diagnostics = diagnostics;
    stage->store = zone_store_create();
    stage->workloads = arena_alloc(arena, (scenario->clients_count + 1) * sizeof *stage->workloads);
    stage_make_keys(stage);
    stage_make_certificates(stage);
    if (stage_load_zones(stage) && stage_make_signing_keys(stage) && stage_cast(stage) &&
        stage_give_addresses(stage) && stage_make_hierarchy(stage) && stage_make_hosts(stage) &&
        stage_schedule(stage))
        return stage;
    release(stage);
    return NULL;
}
