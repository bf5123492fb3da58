/*
 * Packets as IP frames (LINKTYPE_RAW): headers are made and checksums filled in.
 *
 * IPv4 (RFC 791) for IPv4-mapped addresses, IPv6 (RFC 8200) for others. UDP and
 * ICMP larger than the MTU are fragmented; TCP never is (DF is set): a segment
 * above the MTU is one frame, as a capture with segmentation offload shows it.
 * Hops do not count TTL down: sender and receiver see the same bytes.
 */
#ifndef REPORTS_FRAME_H
#define REPORTS_FRAME_H

#include "sim/packet.h"

enum {
    FRAME_MTU = 1500,
    FRAME_TTL = 64,
    FRAME_LINKTYPE = 101,   /* LINKTYPE_RAW */
    FRAME_DATA_MAX = 65507, /* of a packet's data: the largest datagram over IPv4 */
    FRAME_LIST_MAX = 48,    /* fragments of the largest packet, and to spare */
    FRAME_LIST_SIZE = 72 * 1024,
};

/* The frames of one packet, back to back in data. */
struct frame_list {
    uint32_t count;
    uint32_t sizes[FRAME_LIST_MAX];
    uint8_t data[FRAME_LIST_SIZE];
};

/* Fills LIST with the frames of PACKET, in order. PACKET's data is at most FRAME_DATA_MAX octets
 * (asserted), of TCP at least 20 and of ICMP at least 8. */
void frame_build(const struct packet *packet, struct frame_list *list);

/* The Internet checksum (RFC 1071) of DATA, to be put in network byte order into the field that was
 * zero. INITIAL is a sum of 16-bit words that count too, those of a pseudo-header. */
uint16_t frame_checksum(struct bytes data, uint32_t initial);

#endif
