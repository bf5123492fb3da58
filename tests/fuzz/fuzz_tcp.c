/*
 * A stack with a listener and a connection under arbitrary segments, calls and
 * lapses of time. Its node keeps the contract of sim/tcp.h; what it asserts are
 * the order of events, the credit, and that the stack lets go of everything.
 */
#include <assert.h>
#include <stdlib.h>

#include "sim/tcp/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SOCKETS = 64, EVENTS = 64 };

struct seat {
    bool open, established, finished, shut;
    size_t unread;
};

struct world {
    struct tcp_stack *stack;
    struct random random;
    struct host_sockets sockets;
    struct address local, remote;
    int64_t now_ns, deadline_ns;
    struct seat seats[SOCKETS];
    uint32_t given[EVENTS]; /* numbers to give back after the call */
    size_t given_count;
    uint8_t room[2048];
    size_t room_size;
};

static uint8_t *give_room(void *context, size_t size)
{
    struct world *world = context;
    assert(size >= 20 && size <= 1480);
    world->room_size = size;
    return world->room;
}

static void send_segment(void *context, const struct address *source,
                         const struct address *destination, size_t size)
{
    const struct world *world = context;
    struct tcp_segment segment;
    assert(size == world->room_size && address_same_ip(source, &world->local));
    assert(tcp_segment_decode(bytes_of(world->room, size), &segment));
    assert(segment.source_port == source->port && segment.destination_port == destination->port);
}

static void handle(void *context, const struct tcp_event *event)
{
    struct world *world = context;
    struct seat *seat = &world->seats[event->socket % SOCKETS];
    switch (event->kind) {
    case TCP_ACCEPTED:
    case TCP_CONNECTED:
        assert(!seat->established);
        *seat = (struct seat){.open = true, .established = true, .shut = seat->shut};
        break;
    case TCP_BYTES:
        assert(seat->established && !seat->finished && event->bytes.size > 0);
        seat->unread += event->bytes.size;
        break;
    case TCP_WRITABLE:
        assert(seat->established && event->credit > 0);
        break;
    case TCP_FINISHED:
        assert(seat->established && !seat->finished);
        seat->finished = true;
        break;
    case TCP_CONNECT_FAILED:
    case TCP_RESET:
    case TCP_GONE:
        assert(seat->open && (event->kind != TCP_CONNECT_FAILED || !seat->established));
        *seat = (struct seat){0};
        world->given[world->given_count++ % EVENTS] = event->socket;
        break;
    }
}

static void note_deadline(void *context, int64_t at_ns)
{
    struct world *world = context;
    assert(at_ns < world->deadline_ns);
    world->deadline_ns = at_ns;
}

static void call_done(struct world *world)
{
    for (size_t i = 0; i < world->given_count && i < EVENTS; i++)
        host_sockets_give(&world->sockets, world->given[i]);
    world->given_count = 0;
}

/* Numbers count from the connection's own, or no input would ever hit its windows. */
static void make_relative(const struct tcp_connection *c, uint8_t *bytes, size_t size)
{
    uint32_t ack_base = bytes[8] & 1 ? c->send.una : c->send.nxt;
    bytes_put_u16(bytes, c->key.remote.port);
    bytes_put_u16(bytes + 2, c->key.local.port);
    bytes_put_u32(bytes + 4, (uint32_t)(int16_t)bytes_get_u16(bytes + 6) + c->receive.nxt);
    bytes_put_u32(bytes + 8, (uint32_t)(int16_t)bytes_get_u16(bytes + 10) + ack_base);
    bool sack = size >= 24 && bytes[22] == 5;
    for (size_t at = 24; sack && at + 4 <= size && at + 4 <= (size_t)(bytes[12] >> 4) * 4; at += 4)
        bytes_put_u32(bytes + at, bytes_get_u16(bytes + at + 2) + c->send.una);
}

static void arrive(struct world *world, struct reader *input, bool relative)
{
    uint8_t bytes[256];
    size_t size = reader_u8(input);
    size = size < reader_left(input) ? size : reader_left(input);
    if (size > 0)
        memcpy(bytes, reader_take(input, size), size);
    if (relative && world->stack->first && size >= 20)
        make_relative(world->stack->first, bytes, size);
    tcp_arrived(world->stack, &world->remote, &world->local, bytes_of(bytes, size), world->now_ns);
}

static void wait_for_timer(struct world *world)
{
    if (world->deadline_ns == TIME_NEVER)
        return;
    if (world->now_ns < world->deadline_ns)
        world->now_ns = world->deadline_ns;
    world->deadline_ns = TIME_NEVER;
    tcp_timer(world->stack, world->now_ns);
}

static void open_connection(struct world *world)
{
    struct address remote = world->remote;
    remote.port = 53;
    uint32_t number = host_sockets_take(&world->sockets);
    if (number >= SOCKETS)
        return;
    world->seats[number] = (struct seat){.open = true};
    tcp_connect(world->stack, number, &world->local, &remote, world->now_ns);
}

static void write_some(struct world *world, uint32_t number, size_t size)
{
    static const uint8_t zeroes[255 * 64];
    size_t credit = tcp_credit(world->stack, number);
    if (!world->seats[number].established || world->seats[number].shut)
        return;
    size = size < credit ? size : credit;
    tcp_write(world->stack, number, bytes_of(zeroes, size), world->now_ns);
}

static void act(struct world *world, uint8_t operation, struct reader *input)
{
    uint32_t number = reader_u8(input) % SOCKETS;
    struct seat *seat = &world->seats[number];
    size_t size = reader_u8(input);
    if (!seat->open && operation != 3)
        return;
    switch (operation) {
    case 3:
        open_connection(world);
        break;
    case 4:
        write_some(world, number, size * 64);
        break;
    case 5:
        size = size < seat->unread ? size : seat->unread;
        seat->unread -= size;
        tcp_consume(world->stack, number, size, world->now_ns);
        break;
    case 6:
        seat->shut = true;
        tcp_shutdown(world->stack, number, world->now_ns);
        break;
    case 7:
        tcp_close(world->stack, number, world->now_ns);
        break;
    default:
        tcp_abort(world->stack, number, world->now_ns);
        break;
    }
}

static void step(struct world *world, struct reader *input)
{
    uint8_t operation = reader_u8(input) % 12;
    if (operation == 0)
        wait_for_timer(world);
    else if (operation <= 2 || operation >= 9)
        arrive(world, input, operation != 1);
    else
        act(world, operation, input);
    call_done(world);
    assert(world->stack->heap_count == 0 ||
           world->stack->heap[0]->deadline_ns >= world->deadline_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.local = address_from_ipv4(0xc0000201, 0),
                          .remote = address_from_ipv4(0xc0000202, 0),
                          .now_ns = NS_PER_S,
                          .deadline_ns = TIME_NEVER};
    world.stack = tcp_create(&(struct tcp_environment){.context = &world,
                                                       .random = &world.random,
                                                       .sockets = &world.sockets,
                                                       .room = give_room,
                                                       .send = send_segment,
                                                       .event = handle,
                                                       .deadline = note_deadline});
    struct address listening = world.local;
    listening.port = 53;
    uint32_t listener = host_sockets_take(&world.sockets);
    world.seats[listener].open = true;
    assert(tcp_listen(world.stack, listener, &listening));
    open_connection(&world);
    struct reader input = reader_of(data, size);
    while (reader_left(&input) > 0)
        step(&world, &input);
    tcp_destroy(world.stack);
    host_sockets_free(&world.sockets);
    return 0;
}
