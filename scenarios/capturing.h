/* Captures of a stage: which node has which file, what names addresses have, how a filter reads. */
#ifndef SCENARIOS_CAPTURING_H
#define SCENARIOS_CAPTURING_H

#include "reports/capture.h"
#include "scenarios/stage/stage.h"

/* Compiles FILTER with the scenario's names. False and ERROR if it is refused. *OUT is NULL for no
 * filter (FILTER NULL): everything. */
bool capturing_filter(const struct stage *stage, const char *filter, struct filter **out,
                      char error[FILTER_ERROR_SIZE]);

/* Opens the captures of the whole stage in OUTPUT. FILTER may be NULL; COMMENT goes into the
 * section header. */
struct capture *capturing_open(const struct stage *stage, struct output *output,
                               const struct filter *filter, const char *comment);

#endif
