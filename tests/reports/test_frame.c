/* Frames: known bytes, checksums summed again by a plain loop, fragments put together again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/frame.h"
#include "tests/support/packets.h"

static struct frame_list frames;

static void expect_hex(const uint8_t *data, size_t size, const char *hex)
{
    assert_int_equal(strlen(hex), 2 * size);
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        if (value != data[i])
            fail_msg("octet %zu is %02x, not %02x", i, data[i], value);
    }
}

/* One's complement sum, an octet at a time. */
static uint32_t plain_sum(const uint8_t *data, size_t size, uint32_t sum)
{
    for (size_t i = 0; i < size; i++) {
        sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

/* Sums FRAME with its pseudo-header: right checksums make 0xffff. */
static uint32_t transport_sum(const uint8_t *frame, size_t size, uint8_t protocol)
{
    bool ipv4 = frame[0] >> 4 == 4;
    size_t header = ipv4 ? 20 : 40;
    uint32_t sum = protocol == IP_ICMP ? 0 : protocol + (uint32_t)(size - header);
    if (protocol != IP_ICMP)
        sum = plain_sum(frame + (ipv4 ? 12 : 8), ipv4 ? 8 : 32, sum);
    return plain_sum(frame + header, size - header, sum);
}

static void writes_a_dns_query_over_ipv4(void **state)
{
    (void)state;
    struct packet *packet = packet_make_query("192.0.2.1:40000", "198.51.100.53:53");
    packet->ip_id = 0xbeef;
    frame_build(packet, &frames);
    assert_int_equal(frames.count, 1);
    expect_hex(frames.data, frames.sizes[0],
               "45000039beef00004011cf5ac0000201c63364359c40003500259022"
               "123401000001000000000000076578616d706c6503636f6d0000060001");
    free(packet);
}

static void writes_a_dns_query_over_ipv6(void **state)
{
    (void)state;
    struct packet *packet = packet_make_query("[2001:db8::1]:40000", "[2001:db8::53]:53");
    frame_build(packet, &frames);
    assert_int_equal(frames.count, 1);
    expect_hex(frames.data, frames.sizes[0],
               "600000000025114020010db800000000000000000000000120010db8000000000000000000000053"
               "9c400035002520c7123401000001000000000000076578616d706c6503636f6d0000060001");
    free(packet);
}

static const struct protocol_case {
    uint8_t protocol;
    const char *source, *destination;
    size_t least;
} protocol_cases[] = {
    {IP_UDP, "192.0.2.1:1", "192.0.2.2:2", 0},       {IP_UDP, "[2001:db8::1]:1", "[::2]:2", 0},
    {IP_TCP, "192.0.2.1:1", "192.0.2.2:2", 20},      {IP_TCP, "[2001:db8::1]:1", "[::2]:2", 20},
    {IP_ICMP, "255.255.255.255:1", "10.0.0.1:2", 8}, {IP_ICMP6, "[2001:db8::1]:1", "[::2]:2", 8},
};

static void has_right_checksums_for_every_protocol_and_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof protocol_cases / sizeof *protocol_cases; i++) {
        const struct protocol_case *c = &protocol_cases[i];
        for (size_t size = c->least; size < c->least + 50; size++) {
            struct packet *packet = packet_make(c->protocol, c->source, c->destination, NULL, size);
            size_t checksum = c->protocol == IP_TCP ? 16 : 2;
            if (c->protocol != IP_UDP)
                memset(packet->data + checksum, 0, 2);
            frame_build(packet, &frames);
            assert_int_equal(frames.count, 1);
            assert_int_equal(transport_sum(frames.data, frames.sizes[0], c->protocol), 0xffff);
            if (frames.data[0] >> 4 == 4)
                assert_int_equal(plain_sum(frames.data, 20, 0), 0xffff);
            free(packet);
        }
    }
}

static void forbids_fragments_of_tcp_only(void **state)
{
    (void)state;
    struct packet *segment = packet_make_segment("192.0.2.1:1024", "192.0.2.2:53", 3000);
    frame_build(segment, &frames);
    assert_int_equal(frames.count, 1);
    assert_int_equal(frames.sizes[0], 3040);
    assert_int_equal(bytes_get_u16(frames.data + 6), 0x4000);
    free(segment);
    struct packet *query = packet_make_query("192.0.2.1:1024", "192.0.2.2:53");
    frame_build(query, &frames);
    assert_int_equal(bytes_get_u16(frames.data + 6), 0);
    free(query);
}

/* RFC 768: a computed checksum of zero is sent as all ones. */
static void never_sends_a_udp_checksum_of_zero(void **state)
{
    (void)state;
    uint8_t data[2] = {0};
    for (unsigned value = 0; value < 0x10000; value++) {
        bytes_put_u16(data, (uint16_t)value);
        struct packet *packet = packet_make(IP_UDP, "192.0.2.1:1", "192.0.2.2:2", data, 2);
        frame_build(packet, &frames);
        assert_int_not_equal(bytes_get_u16(frames.data + 26), 0);
        free(packet);
    }
}

static void fits_the_mtu_exactly_without_fragments(void **state)
{
    (void)state;
    for (size_t size = 1472; size <= 1473; size++) {
        struct packet *packet = packet_make(IP_UDP, "192.0.2.1:1", "192.0.2.2:2", NULL, size);
        frame_build(packet, &frames);
        assert_int_equal(frames.count, size - 1471);
        free(packet);
    }
}

/* Puts the fragments in FRAMES together to one frame without fragmentation; returns its size. */
static size_t reassemble(uint8_t *out, size_t header, size_t extra)
{
    const uint8_t *frame = frames.data;
    size_t end = header;
    for (uint32_t i = 0; i < frames.count; frame += frames.sizes[i++]) {
        const uint8_t *field = frame + (extra ? header + 2 : 6);
        uint16_t value = bytes_get_u16(field);
        size_t offset = extra ? value & 0xfff8u : (value & 0x1fffu) * 8u;
        bool more = extra ? value & 1 : value & 0x2000;
        assert_true(frames.sizes[i] <= FRAME_MTU);
        assert_int_equal(more, i + 1 < frames.count);
        assert_int_equal(offset + header, end);
        if (!extra)
            assert_int_equal(plain_sum(frame, 20, 0), 0xffff);
        memcpy(out + header + offset, frame + header + extra, frames.sizes[i] - header - extra);
        end += frames.sizes[i] - header - extra;
    }
    memcpy(out, frames.data, header);
    return end;
}

static void fragments_of_ipv4_make_the_datagram_again(void **state)
{
    (void)state;
    static uint8_t whole[70000];
    struct packet *packet = packet_make(IP_UDP, "192.0.2.1:1", "192.0.2.2:2", NULL, FRAME_DATA_MAX);
    packet->ip_id = 7;
    frame_build(packet, &frames);
    assert_int_equal(frames.count, 45);
    assert_int_equal(bytes_get_u16(frames.data + frames.sizes[0] + 4), 7);
    size_t size = reassemble(whole, 20, 0);
    assert_int_equal(size, 28 + FRAME_DATA_MAX);
    assert_memory_equal(whole + 28, packet->data, FRAME_DATA_MAX);
    assert_int_equal(transport_sum(whole, size, IP_UDP), 0xffff);
    free(packet);
}

static void fragments_of_ipv6_make_the_datagram_again(void **state)
{
    (void)state;
    static uint8_t whole[70000];
    struct packet *packet =
        packet_make(IP_UDP, "[2001:db8::1]:1", "[2001:db8::2]:2", NULL, FRAME_DATA_MAX);
    packet->id = 0x1122334455667788;
    frame_build(packet, &frames);
    assert_int_equal(frames.count, 46);
    assert_int_equal(frames.data[6], 44);
    assert_int_equal(frames.data[40], IP_UDP);
    assert_int_equal(bytes_get_u32(frames.data + 44), 0x55667788);
    size_t size = reassemble(whole, 40, 8);
    assert_int_equal(size, 48 + FRAME_DATA_MAX);
    assert_memory_equal(whole + 48, packet->data, FRAME_DATA_MAX);
    assert_int_equal(transport_sum(whole, size, IP_UDP), 0xffff);
    free(packet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_dns_query_over_ipv4),
        cmocka_unit_test(writes_a_dns_query_over_ipv6),
        cmocka_unit_test(has_right_checksums_for_every_protocol_and_size),
        cmocka_unit_test(forbids_fragments_of_tcp_only),
        cmocka_unit_test(never_sends_a_udp_checksum_of_zero),
        cmocka_unit_test(fits_the_mtu_exactly_without_fragments),
        cmocka_unit_test(fragments_of_ipv4_make_the_datagram_again),
        cmocka_unit_test(fragments_of_ipv6_make_the_datagram_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
