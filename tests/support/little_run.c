/* A run played by hand. */
#include "tests/support/little_run.h"

#include <assert.h>
#include <stdlib.h>

#include "reports/frame.h"

#define USER_1 "192.0.2.1:40001"
#define USER_2 "192.0.2.2:40002"
#define RESOLVER "192.0.2.53:53"
#define RESOLVER_6 "[2001:db8::53]:5353"
#define SERVER "198.51.100.53:53"
#define SERVER_6 "[2001:db8:1::53]:53"

static const struct capture_node nodes[] = {
    {"eu-users", "eu-users.pcap", "2 clients in fra"},
    {"isp-eu", "isp-eu.pcap", NULL},
    {"ns1", "ns1.pcap", NULL},
};

static const uint32_t host_nodes[] = {0, 0, 1, 2};

static bool remark(void *context, const struct packet *packet, char text[CAPTURE_REMARK_SIZE])
{
    (void)context;
    if (packet->fate == PACKET_LOST)
        strcpy(text, "0.5 % loss on fra-sin");
    else if (packet->fate == PACKET_LINK_DOWN)
        strcpy(text, "fra-sin");
    else if (packet->fate == PACKET_IN_FLIGHT && packet->size > 1400)
        strcpy(text, "queued 3 ms on fra-sin");
    else
        return false;
    return true;
}

struct capture_options little_options(void)
{
    static struct pcapng_name names[] = {
        {.name = "eu-users.1"}, {.name = "eu-users.2"}, {.name = "isp-eu"},
        {.name = "isp-eu"},     {.name = "ns1"},        {.name = "ns1"},
    };
    static const char *const addresses[] = {USER_1, USER_2, RESOLVER, RESOLVER_6, SERVER, SERVER_6};
    for (size_t i = 0; i < 6; i++)
        address_parse_port(addresses[i], &names[i].address);
    return (struct capture_options){
        .nodes = nodes,
        .node_count = 3,
        .host_nodes = host_nodes,
        .host_count = 4,
        .names = names,
        .name_count = 6,
        .comment = "seed 7: understudy run little.yaml --seed 7",
        .start_ns = LITTLE_START_NS,
        .remark = remark,
    };
}

struct little_run little_start(const char *path, const struct capture_options *options)
{
    char error[OUTPUT_ERROR_SIZE];
    struct little_run run = {.next_id = 1};
    enum output_status status = output_open(path, &run.output, error);
    assert(status == OUTPUT_OK);
    run.capture = capture_open(run.output, options);
    run.listener = capture_listener(run.capture);
    return run;
}

void little_send(struct little_run *run, struct packet *packet, enum little_host sender,
                 enum little_host receiver, enum packet_fate fate, int64_t after_ns)
{
    packet->id = run->next_id++;
    packet->ip_id = (uint16_t)packet->id;
    packet->sender = sender;
    packet->receiver = fate == PACKET_NO_ROUTE ? UINT32_MAX : receiver;
    packet->sent_ns = LITTLE_START_NS + after_ns;
    packet->fate = (uint8_t)fate;
    run->listener.sent(run->listener.context, packet);
}

void little_arrive(struct little_run *run, struct packet *packet, enum packet_fate fate,
                   int64_t after_ns)
{
    packet->fate = (uint8_t)fate;
    run->listener.arrived(run->listener.context, packet, LITTLE_START_NS + after_ns);
}

static struct packet *unreachable(void)
{
    uint8_t message[8 + 28] = {3, 3};
    message[8] = 0x45;
    bytes_put_u16(message + 10, 57);
    message[8 + 8] = 64;
    message[8 + 9] = IP_UDP;
    memcpy(message + 8 + 12, (uint8_t[]){192, 0, 2, 1, 192, 0, 2, 53}, 8);
    bytes_put_u16(message + 28, 40001);
    bytes_put_u16(message + 30, 53);
    bytes_put_u16(message + 32, 37);
    bytes_put_u16(message + 8 + 10, frame_checksum(bytes_of(message + 8, 20), 0));
    return packet_make(IP_ICMP, "192.0.2.53:1", "192.0.2.1:1", message, sizeof message);
}

void little_play(struct little_run *run)
{
    struct packet *packets[] = {
        packet_make_query(USER_1, RESOLVER),
        packet_make_query(RESOLVER_6, SERVER_6),
        packet_make_segment(SERVER_6, RESOLVER_6, 0),
        packet_make_query(USER_2, RESOLVER),
        packet_make_query(USER_2, RESOLVER),
        packet_make_query(USER_1, "203.0.113.1:53"),
        packet_make(IP_UDP, "192.0.2.53:9999", USER_1, NULL, 4000),
        unreachable(),
        packet_make_query(RESOLVER, RESOLVER),
        packet_make_query(RESOLVER, SERVER),
        packet_make_query(USER_1, RESOLVER),
    };
    little_send(run, packets[0], LITTLE_USER_1, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 1);
    little_send(run, packets[1], LITTLE_RESOLVER, LITTLE_SERVER, PACKET_IN_FLIGHT, 2);
    little_arrive(run, packets[1], PACKET_DELIVERED, 1000);
    little_arrive(run, packets[0], PACKET_DELIVERED, 2000);
    little_send(run, packets[2], LITTLE_SERVER, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 3000);
    little_send(run, packets[3], LITTLE_USER_2, LITTLE_RESOLVER, PACKET_LOST, 3001);
    little_send(run, packets[4], LITTLE_USER_2, LITTLE_RESOLVER, PACKET_LINK_DOWN, 3002);
    little_send(run, packets[5], LITTLE_USER_1, 0, PACKET_NO_ROUTE, 3003);
    little_send(run, packets[6], LITTLE_RESOLVER, LITTLE_USER_1, PACKET_IN_FLIGHT, 3004);
    little_arrive(run, packets[2], PACKET_DELIVERED, 4000);
    little_arrive(run, packets[6], PACKET_DELIVERED, 4001);
    little_send(run, packets[7], LITTLE_RESOLVER, LITTLE_USER_1, PACKET_IN_FLIGHT, 5000);
    little_send(run, packets[8], LITTLE_RESOLVER, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 5001);
    little_send(run, packets[9], LITTLE_RESOLVER, LITTLE_SERVER, PACKET_IN_FLIGHT, 5002);
    little_send(run, packets[10], LITTLE_USER_1, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 5003);
    little_arrive(run, packets[8], PACKET_DELIVERED, 5004);
    little_arrive(run, packets[7], PACKET_DELIVERED, 6000);
    little_arrive(run, packets[9], PACKET_HOST_SILENT, 7000);
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++)
        free(packets[i]);
}

void little_end(struct little_run *run)
{
    char error[OUTPUT_ERROR_SIZE];
    capture_finish(run->capture);
    bool good = output_commit(run->output, error);
    assert(good);
}
