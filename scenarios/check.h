/* What makes sense of one key by itself is the loader's; what takes two is checked here. */
#ifndef SCENARIOS_CHECK_H
#define SCENARIOS_CHECK_H

#include "scenarios/held.h"
#include "scenarios/load.h"

/* Resolves every reference, fills in the defaults that depend on other parts, orders the timeline
 * and reports all that does not fit together. */
void check_scenario(struct load *load);

/* Its parts; they expect references to be resolved, or of kind REFERENCE_NONE after an error. */
void check_names(struct load *load); /* the first: resolves them */
void check_sites(struct load *load);
void check_catalogs(struct load *load);
void check_zones(struct load *load);
void check_addresses(struct load *load);
void check_clients(struct load *load);
void check_timeline(struct load *load);
void check_expectations(struct load *load);

/* Not all that servers hold is known: what seems to be missing may be there. */
bool check_holders_unclear(const struct load *load);

/* SERVER holds the members of some catalog, and the zone may be one of them. */
bool check_may_hold(const struct scenario *scenario, const struct scenario_server *server,
                    uint32_t zone);

/* Advice on what the server with index CLIENT transfers, and on keys. */
void advice_transfers(const struct scenario *scenario, uint32_t client,
                      struct diagnostics *diagnostics);
void advice_keys(const struct scenario *scenario, struct diagnostics *diagnostics);

/* Advice on what the software that SERVER is called after does not do. */
void advice_software(const struct scenario_server *server, struct diagnostics *diagnostics);

/* "300s" as a person would write it: "5m". */
const char *check_duration_text(struct arena *arena, int64_t duration_ns);

#endif
