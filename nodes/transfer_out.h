/*
 * Sending a zone: AXFR (RFC 5936) and IXFR (RFC 1995), one message after the
 * other, as fast as whoever carries them asks for the next.
 */
#ifndef NODES_TRANSFER_OUT_H
#define NODES_TRANSFER_OUT_H

#include "nodes/server_state.h"

struct transfer_out;

/* Looks at an AXFR or IXFR request. RCODE_NOERROR: *TRANSFER is to be sent; else that is the
 * answer, and the refusal is noted. */
unsigned transfer_out_open(struct server *server, const struct server_request *request,
                           struct transfer_out **transfer);

/* Writes the next message of at most CAPACITY octets (65535 suffices for any record), signed if the
 * request was; returns its size. 0: the next record does not fit, the transfer can't go on. */
size_t transfer_out_message(struct transfer_out *transfer, const struct server *server,
                            uint8_t *data, size_t capacity);

/* The last message has been made. */
bool transfer_out_is_complete(const struct transfer_out *transfer);

/* Notes that all of it is on its way. */
void transfer_out_served(const struct transfer_out *transfer, const struct server *server);

/* Answers IXFR over UDP into DATA: whole if it fits, else the SOA alone, so that the client asks
 * again over TCP (RFC 1995 section 2). Frees TRANSFER. */
size_t transfer_out_datagram(struct transfer_out *transfer, const struct server *server,
                             uint8_t *data, size_t capacity);

void transfer_out_free(struct transfer_out *transfer); /* NULL is allowed */

#endif
