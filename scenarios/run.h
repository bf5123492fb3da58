/* What the commands do with a stage. */
#ifndef SCENARIOS_RUN_H
#define SCENARIOS_RUN_H

#include "scenarios/options.h"
#include "scenarios/stage/stage.h"

/* Runs the scenario at PATH to its end, writes its reports, prints its summary. Mistakes are
 * printed to stderr. */
enum exit_code run_scenario(const struct options *options, const char *path, struct stage *stage);

/* False and a sentence on stderr: two of several scenarios would be written to one place. */
bool run_places_differ(const struct options *options);

/* Draws the topology into options->output. */
enum exit_code graph_scenario(const struct options *options, struct stage *stage);

#endif
