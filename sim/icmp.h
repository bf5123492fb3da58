/*
 * ICMP destination unreachable, port unreachable (RFC 792; RFC 4443 section 3.1),
 * quoting the datagram it is about. Nothing else of ICMP. Inside sim/ only.
 */
#ifndef SIM_ICMP_H
#define SIM_ICMP_H

#include "sim/host.h"

/* Answers PACKET, which found no socket at HOST. */
void icmp_send_unreachable(struct sim_host *host, const struct packet *packet);

/* What an ICMP message quotes: the transport and ends of the packet that was sent from here. False:
 * not a port unreachable that makes sense. */
bool icmp_read_unreachable(const struct packet *packet, uint8_t *protocol, struct address *source,
                           struct address *destination);

#endif
