/* ICMP port unreachable: making and reading the message. Checksums of the message itself are left
 * to the capture, those of the quoted header are filled in here. */
#include "sim/icmp.h"

#include "sim/internal.h"

enum {
    ICMP_HEADER = 8,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    UDP_HEADER = 8,
    DONT_FRAGMENT = 0x4000,
    HOP_LIMIT = 64,
    QUOTE_MAX = 512, /* of the payload: the whole stays below 576 octets */
};

static uint16_t header_checksum(const uint8_t *header, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i += 2)
        sum += bytes_get_u16(header + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void quote_ipv4(uint8_t *header, const struct packet *packet)
{
    memset(header, 0, IPV4_HEADER);
    header[0] = 0x45;
    bytes_put_u16(header + 2, (uint16_t)(IPV4_HEADER + UDP_HEADER + packet->size));
    bytes_put_u16(header + 4, packet->ip_id);
    header[8] = HOP_LIMIT;
    header[9] = packet->protocol;
    memcpy(header + 12, packet->source.ip + 12, 4);
    memcpy(header + 16, packet->destination.ip + 12, 4);
    bytes_put_u16(header + 10, header_checksum(header, IPV4_HEADER));
}

static void quote_ipv6(uint8_t *header, const struct packet *packet)
{
    memset(header, 0, IPV6_HEADER);
    header[0] = 0x60;
    bytes_put_u16(header + 4, (uint16_t)(UDP_HEADER + packet->size));
    header[6] = packet->protocol;
    header[7] = HOP_LIMIT;
    memcpy(header + 8, packet->source.ip, 16);
    memcpy(header + 24, packet->destination.ip, 16);
}

void icmp_send_unreachable(struct sim_host *host, const struct packet *packet)
{
    bool ipv4 = address_is_ipv4(&packet->source);
    size_t header_size = ipv4 ? IPV4_HEADER : IPV6_HEADER;
    size_t quoted = packet->size < QUOTE_MAX ? packet->size : QUOTE_MAX;
    struct packet *answer =
        network_packet(host, ipv4 ? IP_ICMP : IP_ICMP6, &packet->destination, &packet->source,
                       ICMP_HEADER + header_size + UDP_HEADER + quoted);
    answer->source.port = 0;
    answer->destination.port = 0;
    uint8_t *data = answer->data;
    memset(data, 0, ICMP_HEADER);
    data[0] = ipv4 ? 3 : 1; /* destination unreachable */
    data[1] = ipv4 ? 3 : 4; /* port */
    uint8_t *header = data + ICMP_HEADER;
    if (ipv4)
        quote_ipv4(header, packet);
    else
        quote_ipv6(header, packet);
    uint8_t *udp = header + header_size;
    bytes_put_u16(udp, packet->source.port);
    bytes_put_u16(udp + 2, packet->destination.port);
    bytes_put_u16(udp + 4, (uint16_t)(UDP_HEADER + packet->size));
    bytes_put_u16(udp + 6, 0);
    memcpy(udp + UDP_HEADER, packet->data, quoted);
    network_send(host, answer);
}

bool icmp_read_unreachable(const struct packet *packet, uint8_t *protocol, struct address *source,
                           struct address *destination)
{
    bool ipv4 = packet->protocol == IP_ICMP;
    size_t header_size = ipv4 ? IPV4_HEADER : IPV6_HEADER;
    struct reader r = reader_of(packet->data, packet->size);
    const uint8_t *icmp = reader_take(&r, ICMP_HEADER);
    const uint8_t *header = reader_take(&r, header_size);
    uint16_t source_port = reader_u16(&r);
    uint16_t destination_port = reader_u16(&r);
    if (r.failed || icmp[0] != (ipv4 ? 3 : 1) || icmp[1] != (ipv4 ? 3 : 4))
        return false;
    if (ipv4) {
        *protocol = header[9];
        *source = address_from_ipv4(bytes_get_u32(header + 12), source_port);
        *destination = address_from_ipv4(bytes_get_u32(header + 16), destination_port);
    } else {
        *protocol = header[6];
        memcpy(source->ip, header + 8, 16);
        memcpy(destination->ip, header + 24, 16);
        source->port = source_port;
        destination->port = destination_port;
    }
    return true;
}
