/*
 * Judging expectations against what was measured.
 */
#ifndef SCENARIOS_JUDGE_H
#define SCENARIOS_JUDGE_H

#include "reports/metrics.h"
#include "reports/verdict.h"
#include "scenarios/stage/stage.h"

/* One finding for each expectation of the scenario, in its order, in the stage's arena. An
 * expectation on something that was never measured (no look-up finished, no change published) does
 * not hold, and says so. */
struct verdict judge(const struct stage *stage, const struct metrics *metrics);

#endif
