/* Which zones a server is configured with, found by zone, however many there are. */
#ifndef SCENARIOS_HELD_H
#define SCENARIOS_HELD_H

#include "scenarios/scenario.h"

/* Fills in the server's `held` and `catalogs`, allocated in ARENA, once its references are
 * resolved. */
void held_index(struct arena *arena, struct scenario_server *server);

bool held_as_primary(const struct scenario_server *server, uint32_t zone);

/* The entry under `secondary:`, the first if a mistaken scenario has several; or NULL. */
const struct scenario_secondary *held_as_secondary(const struct scenario_server *server,
                                                   uint32_t zone);

#endif
