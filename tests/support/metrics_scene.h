/* Metrics of the small cast, and the hand that plays to them: fixtures of their tests. */
#ifndef TESTS_SUPPORT_METRICS_SCENE_H
#define TESTS_SUPPORT_METRICS_SCENE_H

#include "reports/metrics.h"
#include "tests/support/small_cast.h"

struct scene {
    struct metrics *metrics;
    struct hand hand;
};

/* cmocka's set-up and tear-down: *STATE is a struct scene, nothing of which has been played. */
int scene_make(void **state);
int scene_discard(void **state);

#endif
