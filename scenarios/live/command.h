/* understudy serve SCENARIO NODE --listen ADDR:PORT [--map NODE=ADDR:PORT]... [--state DIR] */
#ifndef SCENARIOS_LIVE_COMMAND_H
#define SCENARIOS_LIVE_COMMAND_H

#include "scenarios/options.h"
#include "scenarios/stage/stage.h"

/* Real time (Unix): certificates of a node that serves count from it. */
int64_t live_command_now_ns(void);

/* Serves until it is told to stop by SIGINT or SIGTERM. */
enum exit_code live_command(const struct options *options, struct stage *stage);

#endif
