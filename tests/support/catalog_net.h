/*
 * Two servers and two catalogs: node 0 is primary of the catalogs "one." and "two."
 * and of what they may list ("a.", "b.", "c."); node 1 holds the catalogs and what
 * they list, and "own." besides.
 */
#ifndef TESTS_SUPPORT_CATALOG_NET_H
#define TESTS_SUPPORT_CATALOG_NET_H

#include "nodes/server_catalog.h"
#include "tests/support/server_net.h"

/* What node 1 has for both catalogs; to be set before catalog_net_start, forgotten at the stop. */
extern struct server_zone_config catalog_net_options; /* groups, members_max */

/* The catalogs begin with LINES_OF_ONE, and with none. */
void catalog_net_start(const char *lines_of_one);
int catalog_net_stop(void **state);

/* Catalog N says LINES, with VERSION before them. */
void catalog_net_publish_as(size_t n, uint32_t serial, const char *version, const char *lines);

/* The same with the right version, and what comes of it. */
void catalog_net_publish(size_t n, uint32_t serial, const char *lines);

/* Node 1 crashes and starts again; its disk as OCTETS, the primary silent or not. */
void catalog_net_restart(bool octets, bool primary_down);

/* The zone as node 1 holds it, or NULL. */
const struct server_zone *catalog_net_held(const char *name);
bool catalog_net_serves(const char *name);

/* How many files on its disk have names that begin so. */
size_t catalog_net_files(const char *prefix);

#endif
