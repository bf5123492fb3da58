/*
 * A primary and a secondary of one zone, and octets that say what happens to
 * them: datagrams to any socket, streams in and out, time. The node must neither
 * crash nor leak, and must serve a version just when it has a good one.
 *
 * Input: operations of an octet each, with arguments after it:
 *   0 datagram to port 53   1 answer to a socket of the node   2 new connection
 *   3 octets on a stream    4 connected    5 end of a stream   6 time
 * Where an argument says so, the message takes the id that the node waits for.
 */
#include "tests/support/server_setup.h"

#include <assert.h>

#include "nodes/secondary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPERATIONS = 7, MESSAGE_MAX = 4096, CREDIT = 3000 };

/* The Nth socket in STATE, modulo their number; 0: none. */
static uint32_t pick(const struct node_driver *driver, enum driver_socket_state state, size_t n)
{
    uint32_t found[64];
    size_t count = 0;
    for (uint32_t i = 1; i < driver->socket_capacity && count < 64; i++)
        if (driver->socket_list[i].state == state)
            found[count++] = i;
    return count == 0 ? 0 : found[n % count];
}

/* A message from the input; given the ids of the node's own messages to SOCKET if MATCH. */
static struct bytes take_message(const struct node_driver *driver, struct reader *r,
                                 uint32_t socket, bool match)
{
    static uint8_t message[2 + MESSAGE_MAX];
    size_t size = reader_u16(r) % MESSAGE_MAX;
    if (size > reader_left(r))
        size = reader_left(r);
    if (size > 0)
        memcpy(message + 2, reader_take(r, size), size);
    bytes_put_u16(message, (uint16_t)size);
    for (size_t i = driver->output_count; match && size >= 3 && i-- > 0;) {
        const struct driver_output *output = &driver->outputs[i];
        size_t prefix = output->kind == HOST_DO_WRITE ? 2 : 0;
        if (output->socket == socket && output->bytes.size >= 12 + prefix) {
            memcpy(message + 2, output->bytes.data + prefix, 2);
            message[4] |= 0x80;
            break;
        }
    }
    return bytes_of(message, 2 + size);
}

static void datagram(struct node_driver *driver, struct reader *r, bool to_port_53)
{
    struct address local = address_of("192.0.2.2:53"), remote = address_of("192.0.2.1:53");
    uint8_t choice = reader_u8(r);
    uint32_t socket = pick(driver, DRIVER_UDP, choice >> 1);
    if (!to_port_53)
        local.port = driver->socket_list[socket].local.port;
    struct bytes framed = take_message(driver, r, socket, !to_port_53 && (choice & 1));
    driver_datagram(driver, &local, &remote, bytes_of(framed.data + 2, framed.size - 2));
}

static void stream(struct node_driver *driver, struct reader *r)
{
    uint8_t choice = reader_u8(r);
    uint32_t socket = pick(driver, DRIVER_OPEN, choice >> 2);
    if (socket == 0)
        return;
    struct bytes framed = take_message(driver, r, socket, choice & 1);
    driver_bytes(driver, socket, choice & 2 ? bytes_of(framed.data + 2, framed.size - 2) : framed);
}

static void end_stream(struct node_driver *driver, struct reader *r)
{
    uint8_t choice = reader_u8(r);
    uint32_t socket = pick(driver, DRIVER_OPEN, choice >> 2);
    uint32_t connecting = pick(driver, DRIVER_CONNECTING, choice >> 2);
    if (choice % 4 == 0 && connecting != 0)
        driver_connect_failed(driver, connecting, HOST_REFUSED);
    else if (choice % 4 == 1 && socket != 0)
        driver_reset(driver, socket, HOST_PEER_RESET);
    else if (choice % 4 == 2 && socket != 0)
        driver_finished(driver, socket);
    else if (socket != 0)
        driver_writable(driver, socket, CREDIT);
}

static void operate(struct node_driver *driver, struct reader *r)
{
    struct address local = address_of("192.0.2.2:53"), remote = address_of("192.0.2.1:999");
    uint8_t operation = reader_u8(r) % OPERATIONS;
    if (operation <= 1) {
        datagram(driver, r, operation == 0);
    } else if (operation == 2) {
        driver_accept(driver, &local, &remote, CREDIT);
    } else if (operation == 3) {
        stream(driver, r);
    } else if (operation == 4) {
        uint32_t socket = pick(driver, DRIVER_CONNECTING, reader_u8(r));
        if (socket != 0)
            driver_connected(driver, socket, CREDIT);
    } else if (operation == 5) {
        end_stream(driver, r);
    } else {
        driver_advance(driver, driver->now_ns + reader_u16(r) * NS_PER_S);
    }
}

static void check(const struct node_driver *driver)
{
    const struct server_zone *zone = &((const struct server *)driver->state)->zone_list[0];
    assert(!zone->serving || zone->version);
    if (zone->secondary) {
        assert(zone->serving == (zone->secondary->data == SECONDARY_SERVING));
        assert(zone->serving == deadline_is_set(&zone->secondary->expire));
        assert(deadline_is_set(&zone->secondary->timer)); /* something always comes next */
    }
}

static void run(const struct setup *setup, struct reader r)
{
    struct node_driver driver;
    driver_create(&driver, &server_node, &setup->config, 0);
    for (int i = 0; i < 200 && reader_left(&r) > 0; i++) {
        operate(&driver, &r);
        check(&driver);
        if (driver.output_count > 1000)
            driver_forget(&driver);
    }
    driver_free(&driver);
}

static const struct tsig_key key = {.name = (const uint8_t *)"\3key",
                                    .algorithm = TSIG_HMAC_SHA256,
                                    .secret = {(const uint8_t *)"a secret of theirs", 18}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct setup primary, secondary;
    struct zone_store *store = zone_store_create();
    struct zone *zone = setup_zone(10, 3);
    setup_server(&primary, store, zone);
    setup_add_notify(&primary, "192.0.2.1");
    setup_server(&secondary, store, NULL);
    setup_add_notify(&secondary, "192.0.2.1");
    primary.config.keys = secondary.config.keys = (struct tsig_keys){&key, 1};
    primary.zone.allow_update.any = true;
    run(&primary, reader_of(data, size));
    run(&secondary, reader_of(data, size));
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}
