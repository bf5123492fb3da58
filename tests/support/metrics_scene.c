/* Makes and frees what the tests of metrics stand on. */
#include "tests/support/metrics_scene.h"

#include "sim/base/arena.h"

#include <stdlib.h>

int scene_make(void **state)
{
    struct scene *scene = memory_zeroed(sizeof *scene);
    scene->metrics = metrics_create(cast_topology());
    scene->hand = (struct hand){{metrics_listener(scene->metrics)}, 1};
    *state = scene;
    return 0;
}

int scene_discard(void **state)
{
    struct scene *scene = *state;
    metrics_destroy(scene->metrics);
    free(scene);
    return 0;
}
