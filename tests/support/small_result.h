/* The small cast's play, measured: what the summaries are given. */
#ifndef TESTS_SUPPORT_SMALL_RESULT_H
#define TESTS_SUPPORT_SMALL_RESULT_H

#include "reports/summary.h"
#include "reports/timeline.h"
#include "tests/support/small_cast.h"

struct result {
    struct metrics *metrics;
    struct timeline *timeline;
    struct hand hand;
    struct finding findings[2];
    struct verdict verdict;
    struct summary_input summary;
};

/* Ready to be played to. */
void result_begin(struct result *result);
void result_free(struct result *result);

#endif
