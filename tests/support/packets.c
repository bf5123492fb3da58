/* Packets made by hand. */
#include "tests/support/packets.h"

#include <assert.h>

#include "sim/base/arena.h"

static const uint8_t query[] = {
    0x12, 0x34, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 7,    'e',  'x',
    'a',  'm',  'p',  'l',  'e',  3,    'c',  'o',  'm',  0x00, 0x00, 0x06, 0x00, 0x01,
};

struct packet *packet_make(uint8_t protocol, const char *source, const char *destination,
                           const void *data, size_t size)
{
    struct packet *packet = memory_zeroed(sizeof *packet + size);
    bool good = address_parse_port(source, &packet->source) &&
                address_parse_port(destination, &packet->destination);
    assert(good);
    packet->protocol = protocol;
    packet->size = packet->capacity = (uint32_t)size;
    for (size_t i = 0; i < size; i++)
        packet->data[i] = data ? ((const uint8_t *)data)[i] : (uint8_t)(i * 7 + i / 256);
    return packet;
}

struct packet *packet_make_query(const char *source, const char *destination)
{
    return packet_make(IP_UDP, source, destination, query, sizeof query);
}

struct packet *packet_make_segment(const char *source, const char *destination, size_t size)
{
    enum { HEADER = 20, SYN = 2, ACK = 16 };
    struct packet *packet = packet_make(IP_TCP, source, destination, NULL, HEADER + size);
    memset(packet->data, 0, HEADER);
    bytes_put_u16(packet->data, packet->source.port);
    bytes_put_u16(packet->data + 2, packet->destination.port);
    bytes_put_u32(packet->data + 4, size ? 1001 : 1000);
    bytes_put_u32(packet->data + 8, size ? 2001 : 0);
    packet->data[12] = HEADER / 4 << 4;
    packet->data[13] = size ? ACK : SYN;
    bytes_put_u16(packet->data + 14, 64240);
    return packet;
}
