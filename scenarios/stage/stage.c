/* Building and tearing down a stage. */
#include "scenarios/stage/stage.h"

#include <stdlib.h>

#include "nodes/workload.h"
#include "scenarios/stage/internal.h"

const struct stage_server *stage_server_of(const struct stage *stage, uint32_t index)
{
    return &stage->servers[index];
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
        zone_release(stage->zones[i].unsigned_zone);
        signing_key_free(stage->zones[i].key);
    }
    for (size_t i = 0; i < stage->scenario->clients_count; i++)
        workload_destroy((struct workload *)stage->workloads[i]);
    zone_store_destroy(stage->store);
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
    if (stage_load_zones(stage) && stage_sign_zones(stage) && stage_cast(stage) &&
        stage_give_addresses(stage) && stage_make_hierarchy(stage) && stage_make_hosts(stage) &&
        stage_schedule(stage))
        return stage;
    release(stage);
    return NULL;
}
