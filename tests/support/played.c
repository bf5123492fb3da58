/* Asking a server afterwards: its function is handed one more event, and nobody carries out what it
 * answers, so the run is not gone on with. */
#include "tests/support/played.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "nodes/server_state.h"
#include "tests/support/zone_text.h"

enum { ANSWERS_KEPT = 4, ANSWER_SIZE_MAX = 65535 };

void played_begin(struct played *played, const char *path, const char *setting)
{
    *played = (struct played){.diagnostics.arena = &played->arena};
    struct scenario_options options = {.settings = &setting, .setting_count = setting ? 1 : 0};
    struct scenario *scenario = scenario_load(&played->arena, path, &options, &played->diagnostics);
    if (scenario)
        played->stage = stage_build(scenario, &played->arena, &played->diagnostics);
    if (!played->stage) {
        diagnostics_print(&played->diagnostics, stderr);
        fail_msg("%s can't be played", path);
    }
    while (sim_run(played->stage->sim, scenario->start_ns + scenario->duration_ns, UINT64_MAX))
        ;
}

void played_end(struct played *played)
{
    stage_destroy(played->stage);
    diagnostics_free(&played->diagnostics);
    arena_release(&played->arena);
}

static struct sim_host *host_of(const struct played *played, const char *name)
{
    for (size_t i = 0; i < played->stage->member_count; i++)
        if (strcmp(played->stage->members[i].name, name) == 0)
            return played->stage->members[i].hosts[0];
    fail_msg("no host '%s'", name);
    return NULL;
}

const struct zone *played_zone(const struct played *played, const char *server, const char *origin)
{
    const struct server *state = sim_host_state(host_of(played, server));
    assert_non_null(state);
    const struct server_zone *zone = server_find_origin(state, name_of(origin));
    if (!zone || !zone->serving)
        fail_msg("%s does not serve %s", server, origin);
    return zone->version;
}

/* One more event at a server, with what its function and the rooms below it expect. */
struct asking {
    struct server *server;
    struct host_sockets sockets;
    struct outbox out;
    struct random random;
    struct host_event event;
};

static const struct address local = {.ip = {[15] = 1}, .port = SERVER_PORT};
static const struct address remote = {.ip = {[15] = 2}, .port = 4096};

static void begin_asking(struct asking *asking, const struct played *played, const char *server,
                         struct bytes query)
{
    *asking = (struct asking){.server = sim_host_state(host_of(played, server))};
    outbox_reset(&asking->out, &asking->sockets);
    asking->event = (struct host_event){.kind = HOST_DATAGRAM,
                                        .socket = asking->server->udp_socket,
                                        .context = &asking->server->udp,
                                        .mono_ns = asking->server->now_ns,
                                        .wall_ns = asking->server->now_ns,
                                        .random = &asking->random,
                                        .local = &local,
                                        .remote = &remote,
                                        .bytes = query};
}

static void end_asking(struct asking *asking)
{
    outbox_free(&asking->out);
    host_sockets_free(&asking->sockets);
}

static uint8_t *next_buffer(void)
{
    static uint8_t answers[ANSWERS_KEPT][ANSWER_SIZE_MAX];
    static unsigned next;
    return answers[next++ % ANSWERS_KEPT];
}

struct bytes played_ask_udp(const struct played *played, const char *server, struct bytes query)
{
    struct asking asking;
    struct bytes answer = {0};
    begin_asking(&asking, played, server, query);
    server_node.handle(asking.server, &asking.event, &asking.out);
    for (size_t i = 0; i < asking.out.count; i++) {
        const struct host_action *action = &asking.out.actions[i];
        if (action->kind != HOST_DO_SEND)
            continue;
        assert_int_equal(answer.size, 0);
        answer = bytes_of(memcpy(next_buffer(), asking.out.payload + action->offset, action->size),
                          action->size);
    }
    end_asking(&asking);
    return answer;
}

struct bytes played_ask_tcp(const struct played *played, const char *server, struct bytes query)
{
    struct asking asking;
    struct message message;
    begin_asking(&asking, played, server, query);
    asking.server->event = &asking.event;
    asking.server->out = &asking.out;
    assert_int_equal(message_parse(&message, query), MESSAGE_OK);
    struct server_request request = {
        .message = &message, .local = &local, .remote = &remote, .tcp = true};
    uint8_t *data = next_buffer();
    size_t size = server_query_answer(asking.server, &request, data, ANSWER_SIZE_MAX);
    end_asking(&asking);
    return bytes_of(data, size);
}

size_t assert_same_records(const struct zone *a, const struct zone *b)
{
    struct zone_walk in_a = {.zone = a}, in_b = {.zone = b};
    struct rr one, other;
    size_t count = 0;
    while (zone_walk_next(&in_a, &one)) {
        assert_true(zone_walk_next(&in_b, &other));
        assert_int_equal(one.type, other.type);
        assert_int_equal(one.ttl, other.ttl);
        assert_int_equal(name_size(one.owner), name_size(other.owner));
        assert_memory_equal(one.owner, other.owner, name_size(one.owner));
        assert_int_equal(one.rdata.size, other.rdata.size);
        assert_memory_equal(one.rdata.data, other.rdata.data, one.rdata.size);
        count++;
    }
    assert_false(zone_walk_next(&in_b, &other));
    return count;
}
