/* See live_alone.h. */
#include "tests/support/live_alone.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

enum { TURNS = 64 };

static void keep_file(struct live_alone *alone, const struct host_event *event)
{
    assert_true(alone->file_count < LIVE_ALONE_FILES_MAX);
    struct live_alone_file *file = &alone->files[alone->file_count++];
    assert_true(event->bytes.size < sizeof file->data);
    snprintf(file->name, sizeof file->name, "%s", event->name);
    if (event->bytes.size > 0)
        memcpy(file->data, event->bytes.data, event->bytes.size);
    file->data[event->bytes.size] = '\0';
    file->size = event->bytes.size;
}

static void handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct live_alone *alone = state;
    (void)out;
    alone->told[event->kind]++;
    alone->octets += event->kind == HOST_BYTES ? event->bytes.size : 0;
    if (event->kind == HOST_WRITABLE)
        alone->credit = event->credit;
    if (event->kind == HOST_DISK)
        keep_file(alone, event);
}

static const struct node_type type = {.name = "alone", .handle = handle};

void live_alone_open(struct live_alone *alone, const char *state)
{
    static const char *const names[] = {"ns1", "ns2", "ns3", "ns4"};
    memset(alone, 0, sizeof *alone);
    for (size_t i = 0; i < 4; i++) {
        alone->addresses[i][0] = address_from_ipv4(0xc0000201 + (uint32_t)i, 0);
        alone->addresses[i][1] =
            (struct address){.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(i + 1)}};
        alone->members[i] = (struct stage_member){.name = names[i],
                                                  .kind = TOPOLOGY_RESOLVER,
                                                  .addresses = alone->addresses[i],
                                                  .addresses_per_host = 2};
    }
    alone->stage = (struct stage){.members = alone->members, .member_count = 4};
    alone->options = (struct live_options){.stage = &alone->stage,
                                           .member = &alone->members[0],
                                           .listen = address_from_ipv4(0x7f000001, 5300),
                                           .peers = alone->peers,
                                           .state = state,
                                           .quiet = true};
    alone->live.options = &alone->options;
    alone->live.type = &type;
    alone->live.state = alone;
    assert_int_equal(uv_loop_init(&alone->live.loop), 0);
    live_tcp_init(&alone->live);
}

static void close_one(uv_handle_t *handle, void *context)
{
    (void)context;
    if (handle->type == UV_IDLE || handle->type == UV_TIMER)
        uv_close(handle, NULL);
    else
        live_close_handle(handle->data);
}

void live_alone_close(struct live_alone *alone)
{
    struct live *live = &alone->live;
    uv_walk(&live->loop, close_one, NULL);
    uv_run(&live->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&live->loop), 0);
    live_disk_free(live);
    outbox_free(&live->out);
    host_sockets_free(&live->numbers);
    arena_release(&live->arena);
    free(live->sockets);
    free(live->unmapped);
}

void live_alone_map(struct live_alone *alone, size_t index, const char *place)
{
    struct live_peer *peer = &alone->peers[alone->options.peer_count++];
    peer->member = &alone->members[index];
    assert_true(address_parse_port(place, &peer->address));
}

void live_alone_map_tls(struct live_alone *alone, size_t index, const char *place)
{
    alone->peers[alone->options.peer_count].tls = true;
    live_alone_map(alone, index, place);
}

struct live_socket *live_alone_stream(struct live_alone *alone, int descriptor)
{
    struct live *live = &alone->live;
    uint32_t number = host_sockets_take(&live->numbers);
    struct live_socket *socket = live_open(live, LIVE_STREAM, number, NULL);
    assert_int_equal(uv_tcp_init(&live->loop, &socket->tcp), 0);
    socket->handle.data = socket;
    assert_int_equal(uv_tcp_open(&socket->tcp, descriptor), 0);
    return socket;
}

void live_alone_turn(struct live_alone *alone)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(&alone->live.loop, UV_RUN_NOWAIT);
}
