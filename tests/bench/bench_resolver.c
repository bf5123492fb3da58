/* A resolver by itself: a question answered from its cache, and one that it must ask a server. */
#include "tests/bench/bench.h"

#include <stdlib.h>

#include "nodes/dns/message.h"
#include "nodes/resolver.h"

enum { HITS = 2000000, MISSES = 200000 };

static struct resolver_hint hint = {.name = (const uint8_t *)""};
static struct resolver_config config = {.hints = &hint, .hint_count = 1};

struct world {
    void *state;
    struct arena arena;
    struct outbox out;
    struct host_sockets sockets;
    struct random random;
    int64_t now_ns;
    struct address service, client;
};

static void feed(struct world *world, struct host_event event)
{
    event.mono_ns = event.wall_ns = world->now_ns;
    event.random = &world->random;
    outbox_reset(&world->out, &world->sockets);
    resolver_node.handle(world->state, &event, &world->out);
}

/* NAME is "hXXXXXX": a question of its own for each number. */
static size_t make_query(uint8_t *data, uint32_t number)
{
    uint8_t name[] = "\7h000000";
    for (size_t at = 7; number > 0; at--, number /= 10)
        name[at] = (uint8_t)('0' + number % 10);
    return message_make_query(data, 512, (uint16_t)number, FLAG_RD, name, RR_A,
                              MESSAGE_UDP_EDNS_MAX, false);
}

static void ask(struct world *world, const uint8_t *data, size_t size)
{
    feed(world, (struct host_event){.kind = HOST_DATAGRAM,
                                    .socket = 1,
                                    .local = &world->service,
                                    .remote = &world->client,
                                    .bytes = bytes_of(data, size)});
}

/* Answers the first query to a server in the outbox. */
static void answer(struct world *world)
{
    static struct message_writer w;
    static struct message query;
    uint8_t data[512];
    void *context = NULL;
    for (size_t i = 0; i < world->out.count; i++) {
        const struct host_action *action = &world->out.actions[i];
        if (action->kind == HOST_DO_BIND)
            context = action->context;
        if (action->kind != HOST_DO_SEND)
            continue;
        message_parse(&query, bytes_of(world->out.payload + action->offset, action->size));
        struct rr rr = {query.qname, RR_A, CLASS_IN, 300, bytes_of("\300\0\2\1", 4)};
        message_begin(&w, data, sizeof data, query.id, OPCODE_QUERY, FLAG_QR | FLAG_AA);
        message_write_question(&w, query.qname, query.qtype, CLASS_IN);
        message_write_rr(&w, SECTION_ANSWER, &rr);
        struct address local = {.port = 40000}, remote = action->ends.remote;
        feed(world, (struct host_event){.kind = HOST_DATAGRAM,
                                        .socket = action->socket,
                                        .context = context,
                                        .local = &local,
                                        .remote = &remote,
                                        .bytes = bytes_of(data, message_end(&w, 0, 0))});
        return;
    }
}

/* Sockets that the node closes are given back, as a host does. */
static void give_back(struct world *world)
{
    for (size_t i = 0; i < world->out.count; i++)
        if (world->out.actions[i].kind == HOST_DO_CLOSE)
            host_sockets_give(&world->sockets, world->out.actions[i].socket);
}

void bench_resolver(json_t *out)
{
    struct world world = {.random = {.key = 1}, .now_ns = NS_PER_S};
    uint8_t data[512];
    hint.address = world.service = address_from_ipv4(0xc6290004, 53);
    world.client = address_from_ipv4(0x0a000009, 5353);
    world.state = memory_zeroed(resolver_node.state_size);
    resolver_node.init(world.state, &config, &world.arena);
    feed(&world, (struct host_event){.kind = HOST_STARTED});
    double start_ns = bench_cpu_ns();
    for (uint32_t i = 0; i < MISSES; i++) {
        ask(&world, data, make_query(data, i));
        answer(&world);
        give_back(&world);
    }
    json_object_set_new(out, "resolver_miss_ns", json_real((bench_cpu_ns() - start_ns) / MISSES));
    size_t size = make_query(data, MISSES - 1);
    start_ns = bench_cpu_ns();
    for (size_t i = 0; i < HITS; i++)
        ask(&world, data, size);
    json_object_set_new(out, "resolver_hit_ns", json_real((bench_cpu_ns() - start_ns) / HITS));
    resolver_node.dispose(world.state);
    arena_release(&world.arena);
    free(world.state);
    outbox_free(&world.out);
    host_sockets_free(&world.sockets);
}
