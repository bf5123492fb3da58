/*
 * Dynamic update (RFC 2136) of a zone on its primary.
 */
#ifndef NODES_UPDATE_H
#define NODES_UPDATE_H

#include "nodes/server_state.h"

/* An UPDATE has come: makes all of it or nothing, notes it, answers with the returned rcode. The
 * serial is raised if anything changed, unless the update raises it itself. A secondary refuses:
 * nothing is forwarded. */
unsigned update_receive(struct server *server, const struct server_request *request);

#endif
