/*
 * Packets in flight: an IP header's worth of facts and the transport's bytes.
 *
 * data holds, by protocol: UDP, the payload alone; TCP, the whole segment with
 * its header (checksum zero); ICMP, the whole message (checksum zero). Headers
 * and checksums that are missing are made when a packet is captured
 * (reports/frame.h), so that a run without captures does not pay for them.
 */
#ifndef SIM_PACKET_H
#define SIM_PACKET_H

#include "sim/base/address.h"
#include "sim/base/bytes.h"
#include "sim/base/time.h"

enum ip_protocol { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_ICMP6 = 58 };

enum packet_fate {
    PACKET_IN_FLIGHT,
    PACKET_DELIVERED,
    PACKET_LOST,        /* by the path's loss rate */
    PACKET_LINK_DOWN,   /* by a failed link or site on its way */
    PACKET_NO_ROUTE,    /* nobody announces the destination */
    PACKET_HOST_SILENT, /* arrived at a host that has failed */
    PACKET_BLOCKED,     /* by a link that lets no TCP pass */
    PACKET_QUEUE_FULL,  /* arrived at a host that is too busy to look at it */
};

struct packet {
    struct packet *next; /* free list */
    uint64_t id;         /* running number in the run, in order of sending */
    int64_t sent_ns;
    int64_t arrival_ns;
    struct address source, destination;
    uint32_t sender, receiver; /* host ids; receiver is UINT32_MAX without a route */
    uint16_t ip_id;            /* IPv4 identification */
    uint8_t protocol;
    uint8_t fate;
    uint32_t size; /* of data */
    uint32_t capacity;
    uint8_t data[];
};

/* Packets of a few sizes, re-used. Of the large ones only PACKET_IDLE_MAX octets are kept when
 * nobody needs them: a burst of transfers leaves no memory behind. */
enum { PACKET_IDLE_MAX = 1024 * 1024 };

struct packet_pool {
    struct packet *free[8];
    size_t idle_octets; /* of large packets */
};

/* A packet with room for SIZE octets; its header fields are not set but for size. */
struct packet *packet_take(struct packet_pool *pool, size_t size);
void packet_give(struct packet_pool *pool, struct packet *packet);
void packet_pool_free(struct packet_pool *pool);

#endif
