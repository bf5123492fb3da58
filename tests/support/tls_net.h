/* A primary and a secondary that speak TLS, on the toy network. */
#ifndef TESTS_SUPPORT_TLS_NET_H
#define TESTS_SUPPORT_TLS_NET_H

#include "tests/support/server_net.h"
#include "tests/support/tls_pair.h"

extern struct tls_pair pair;                /* for its certificates; and to speak TLS by hand */
extern struct server_tls_peer tls_net_peer; /* whom the secondary asks */

/* NODE's clock says WALL_NS now. */
void tls_net_set_clock(size_t node, int64_t wall_ns);

/* Node 0: a primary with a certificate for ns1.example, of a zone with HOSTS hosts. */
void tls_net_start_primary(size_t hosts, enum server_transfers transfers);

/* Node 1: a secondary that asks over TLS; NAME NULL: opportunistic. OWN: what it shows, or NULL. */
void tls_net_add_secondary(const char *name, const struct tls_certificate *own);

/* Teardown of a cmocka test. */
int tls_net_stop(void **state);

#endif
