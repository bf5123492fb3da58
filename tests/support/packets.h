/* Packets made by hand, for tests of what listens to the network. */
#ifndef TESTS_SUPPORT_PACKETS_H
#define TESTS_SUPPORT_PACKETS_H

#include "sim/packet.h"

/* A packet of PROTOCOL between two texts "192.0.2.1:53" or "[2001:db8::1]:53", with SIZE octets of
 * data, copied from DATA or, for NULL, counting up. Free with free(). */
struct packet *packet_make(uint8_t protocol, const char *source, const char *destination,
                           const void *data, size_t size);

/* A UDP packet that asks for example.com SOA. */
struct packet *packet_make_query(const char *source, const char *destination);

/* A TCP packet: SYN, or ACK with SIZE octets. */
struct packet *packet_make_segment(const char *source, const char *destination, size_t size);

#endif
