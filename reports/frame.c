/*
 * Packets as IP frames: RFC 791 and 8200 headers and fragments, checksums of
 * RFC 1071 over eight octets at a time. No IP options, no flow labels.
 */
#include "reports/frame.h"

#include <arpa/inet.h>
#include <assert.h>

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    IPV6_FRAGMENT_HEADER = 8,
    IPV6_FRAGMENT = 44, /* next header of the fragment header */
    IPV4_DONT_FRAGMENT = 0x4000,
    IPV4_MORE_FRAGMENTS = 0x2000,
    UDP_HEADER = 8,
    TRANSPORT_MAX = UDP_HEADER + FRAME_DATA_MAX,
};

/* Native byte order: RFC 1071, section 2(B), shows that the order can be put right at the end. */
static uint64_t add_words(struct bytes data)
{
    uint64_t sum = 0;
    size_t at = 0;
    for (; at + 8 <= data.size; at += 8) {
        uint64_t word;
        memcpy(&word, data.data + at, 8);
        sum += (word & UINT32_MAX) + (word >> 32);
    }
    uint8_t rest[8] = {0};
    memcpy(rest, data.data + at, data.size - at);
    uint64_t word;
    memcpy(&word, rest, 8);
    return sum + (word & UINT32_MAX) + (word >> 32);
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

uint16_t frame_checksum(struct bytes data, uint32_t initial)
{
    uint16_t sum = data.size ? ntohs(fold(add_words(data))) : 0;
    return (uint16_t)~fold((uint64_t)sum + initial);
}

/* RFC 768, 9293 and 8200, section 8.1: the same 16-bit words count in both families, since the
 * prefix of IPv4-mapped addresses would add 0xffff twice, which is nothing. */
static uint32_t pseudo_header_sum(const struct packet *packet, uint8_t protocol, size_t size)
{
    uint64_t sum = add_words(bytes_of(packet->source.ip, 16)) +
                   add_words(bytes_of(packet->destination.ip, 16));
    return (uint32_t)ntohs(fold(sum)) + protocol + (uint32_t)size;
}

static void put_checksum(const struct packet *packet, uint8_t *transport, size_t size)
{
    uint16_t checksum;
    switch ((enum ip_protocol)packet->protocol) {
    case IP_UDP:
        checksum =
            frame_checksum(bytes_of(transport, size), pseudo_header_sum(packet, IP_UDP, size));
        bytes_put_u16(transport + 6, checksum ? checksum : UINT16_MAX); /* 0 would mean "none" */
        break;
    case IP_TCP:
        assert(size >= 20);
        checksum =
            frame_checksum(bytes_of(transport, size), pseudo_header_sum(packet, IP_TCP, size));
        bytes_put_u16(transport + 16, checksum);
        break;
    case IP_ICMP6:
        assert(size >= 8);
        checksum =
            frame_checksum(bytes_of(transport, size), pseudo_header_sum(packet, IP_ICMP6, size));
        bytes_put_u16(transport + 2, checksum);
        break;
    case IP_ICMP:
        assert(size >= 8);
        bytes_put_u16(transport + 2, frame_checksum(bytes_of(transport, size), 0));
        break;
    }
}

/* Writes the transport's header and data; returns their size. */
static size_t put_transport(const struct packet *packet, uint8_t *out)
{
    size_t header = 0;
    if (packet->protocol == IP_UDP) {
        header = UDP_HEADER;
        bytes_put_u16(out, packet->source.port);
        bytes_put_u16(out + 2, packet->destination.port);
        bytes_put_u16(out + 4, (uint16_t)(UDP_HEADER + packet->size));
        bytes_put_u16(out + 6, 0);
    }
    memcpy(out + header, packet->data, packet->size);
    put_checksum(packet, out, header + packet->size);
    return header + packet->size;
}

static void put_ipv4(const struct packet *packet, uint8_t *out, size_t size, uint16_t fragment)
{
    out[0] = 0x45;
    out[1] = 0;
    bytes_put_u16(out + 2, (uint16_t)(IPV4_HEADER + size));
    bytes_put_u16(out + 4, packet->ip_id);
    bytes_put_u16(out + 6, packet->protocol == IP_TCP ? IPV4_DONT_FRAGMENT : fragment);
    out[8] = FRAME_TTL;
    out[9] = packet->protocol;
    bytes_put_u16(out + 10, 0);
    memcpy(out + 12, packet->source.ip + 12, 4);
    memcpy(out + 16, packet->destination.ip + 12, 4);
    bytes_put_u16(out + 10, frame_checksum(bytes_of(out, IPV4_HEADER), 0));
}

static void put_ipv6(const struct packet *packet, uint8_t *out, size_t size, uint8_t next_header)
{
    bytes_put_u32(out, UINT32_C(0x60000000));
    bytes_put_u16(out + 4, (uint16_t)size);
    out[6] = next_header;
    out[7] = FRAME_TTL;
    memcpy(out + 8, packet->source.ip, 16);
    memcpy(out + 24, packet->destination.ip, 16);
}

static uint8_t *list_room(struct frame_list *list, size_t *used, size_t size)
{
    assert(list->count < FRAME_LIST_MAX && *used + size <= FRAME_LIST_SIZE);
    uint8_t *frame = list->data + *used;
    *used += size;
    list->sizes[list->count++] = (uint32_t)size;
    return frame;
}

static void fragment_ipv4(const struct packet *packet, struct bytes transport,
                          struct frame_list *list)
{
    size_t used = 0, step = (FRAME_MTU - IPV4_HEADER) / 8 * 8;
    for (size_t at = 0; at < transport.size; at += step) {
        bool more = transport.size - at > step;
        size_t part = more ? step : transport.size - at;
        uint8_t *frame = list_room(list, &used, IPV4_HEADER + part);
        put_ipv4(packet, frame, part, (uint16_t)(at / 8 | (more ? IPV4_MORE_FRAGMENTS : 0)));
        memcpy(frame + IPV4_HEADER, transport.data + at, part);
    }
}

/* RFC 8200, section 4.5. The packet's number in the run identifies its fragments. */
static void fragment_ipv6(const struct packet *packet, struct bytes transport,
                          struct frame_list *list)
{
    size_t headers = IPV6_HEADER + IPV6_FRAGMENT_HEADER;
    size_t used = 0, step = (FRAME_MTU - headers) / 8 * 8;
    for (size_t at = 0; at < transport.size; at += step) {
        bool more = transport.size - at > step;
        size_t part = more ? step : transport.size - at;
        uint8_t *frame = list_room(list, &used, headers + part);
        put_ipv6(packet, frame, IPV6_FRAGMENT_HEADER + part, IPV6_FRAGMENT);
        frame[IPV6_HEADER] = packet->protocol;
        frame[IPV6_HEADER + 1] = 0;
        bytes_put_u16(frame + IPV6_HEADER + 2, (uint16_t)(at | more)); /* at is a multiple of 8 */
        bytes_put_u32(frame + IPV6_HEADER + 4, (uint32_t)packet->id);
        memcpy(frame + headers, transport.data + at, part);
    }
}

static void build_fragments(const struct packet *packet, bool ipv4, struct frame_list *list)
{
    uint8_t transport[TRANSPORT_MAX];
    size_t size = put_transport(packet, transport);
    if (ipv4)
        fragment_ipv4(packet, bytes_of(transport, size), list);
    else
        fragment_ipv6(packet, bytes_of(transport, size), list);
}

void frame_build(const struct packet *packet, struct frame_list *list)
{
    assert(packet->size <= FRAME_DATA_MAX);
    bool ipv4 = address_is_ipv4(&packet->destination);
    size_t header = ipv4 ? IPV4_HEADER : IPV6_HEADER;
    size_t transport = packet->size + (packet->protocol == IP_UDP ? UDP_HEADER : 0);
    list->count = 0;
    if (header + transport > FRAME_MTU && packet->protocol != IP_TCP) {
        build_fragments(packet, ipv4, list);
        return;
    }
    size_t used = 0;
    uint8_t *frame = list_room(list, &used, header + transport);
    put_transport(packet, frame + header);
    if (ipv4)
        put_ipv4(packet, frame, transport, 0);
    else
        put_ipv6(packet, frame, transport, packet->protocol);
}
