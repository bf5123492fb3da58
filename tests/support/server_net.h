/* Name servers joined by a toy network: the stage of several tests. */
#ifndef TESTS_SUPPORT_SERVER_NET_H
#define TESTS_SUPPORT_SERVER_NET_H

#include "tests/support/node_pipe.h"
#include "tests/support/server_setup.h"

extern struct node_pipe net;
extern struct setup setups[PIPE_NODES_MAX];
extern struct zone_store *store;
extern struct zone *zone; /* the primary's first version: serial 1 */

/* Node 0: a primary at 192.0.2.1 of a zone with HOSTS hosts that notifies 192.0.2.2. */
void net_start_primary(size_t hosts);

/* Node 1: a secondary at 192.0.2.2 that asks 192.0.2.1. */
void net_add_secondary(void);

/* A server with the configuration that is prepared in SETUPS already, at ADDRESS. */
void net_add(size_t node, const char *address);

/* Teardown of a cmocka test. */
int net_stop(void **state);

void net_run_seconds(int64_t seconds);

/* The version that a node serves, or NULL. */
const struct zone *net_served(size_t node);

/* Differences in the journal of a node. */
size_t net_journal_count(size_t node);

const struct host_note *net_note(size_t node, enum note_kind kind);
size_t net_note_count(size_t node, enum note_kind kind);
void net_forget(void);

#endif
