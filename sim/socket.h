/*
 * The socket layer of a host: synchronous calls, the same for every kind of
 * occupant. Inside sim/ only.
 *
 * Numbers are taken by whoever opens (outbox_bind and its like, from
 * host->numbers) and given back here when the socket is gone. Events of TCP wait
 * in host->pending until the occupant settles; datagrams are delivered at once.
 */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

#include "sim/host.h"

void socket_bind(struct sim_host *host, uint32_t number, const struct address *local,
                 void *context);
void socket_listen(struct sim_host *host, uint32_t number, const struct address *local,
                   void *context);
void socket_connect(struct sim_host *host, uint32_t number, const struct address *local,
                    const struct address *remote, void *context);
void socket_set_context(struct sim_host *host, uint32_t number, void *context);

/* SOURCE: the address to send from; its ip may be unspecified. */
void socket_send(struct sim_host *host, uint32_t number, const struct address *source,
                 const struct address *remote, struct bytes bytes);
void socket_write(struct sim_host *host, uint32_t number, struct bytes bytes);
void socket_consume(struct sim_host *host, uint32_t number, size_t size);
void socket_shutdown(struct sim_host *host, uint32_t number);
void socket_close(struct sim_host *host, uint32_t number);
void socket_abort(struct sim_host *host, uint32_t number);

/* The occupant has charged work for an event of this socket: what comes on it has PRIORITY. */
void socket_set_priority(struct sim_host *host, uint32_t number, enum host_priority priority);

bool socket_has_event(const struct sim_host *host);

/* Takes the next waiting TCP event as the occupant sees it, those of HOST_FIRST first; false: none.
 * EVENT points into KEPT, whose bytes the caller frees after use. */
bool socket_next_event(struct sim_host *host, struct socket_event *kept, struct host_event *event);

/* Everything is gone, silently (crash) or with RST from the kernel (process ended). */
void socket_drop_all(struct sim_host *host, bool tell_peers);

/* The stack's deadline has come. */
void socket_tcp_timer(struct sim_host *host);

#endif
