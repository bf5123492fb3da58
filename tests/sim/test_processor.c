/* A host whose work takes time: what waits, what is dropped, what goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sim/run.h"
#include "tests/support/server_setup.h"

/* ---- a worker: each datagram, and each piece of a stream, costs 10 ms ---------------------- */

struct worked {
    int64_t at_ns;
    bool stream, urgent;
};

static struct worked worked[100];
static size_t worked_count;

static void work(void *state, const struct host_event *event, struct outbox *out)
{
    (void)state;
    static struct address here = {.port = 53};
    if (event->kind == HOST_STARTED) {
        outbox_bind(out, &here, NULL);
        outbox_listen(out, &here, NULL);
    }
    bool stream = event->kind == HOST_BYTES;
    if (event->kind != HOST_DATAGRAM && !stream)
        return;
    bool urgent = stream && event->bytes.data[0] == 'u';
    worked[worked_count++] = (struct worked){event->mono_ns, stream, urgent};
    outbox_charge(out, 10 * NS_PER_MS, stream && !urgent ? HOST_LATER : HOST_FIRST);
    if (stream)
        outbox_consume(out, event->socket, event->bytes.size);
}

/* ---- a client: datagrams at 1 s, and pieces into one stream or two ------------------------- */

struct plan {
    int datagrams;
    int pieces;  /* one each 20 ms from 0.5 s on */
    bool urgent; /* one each 2 ms, every other one into another stream, where work goes first */
};

static struct plan plan;

struct client {
    uint32_t udp, tcp, urgent;
    int sent;
};

static void ask(void *state, const struct host_event *event, struct outbox *out)
{
    struct client *client = state;
    struct address server = address_of("192.0.2.1:53"), any = {0};
    if (event->kind == HOST_STARTED) {
        client->udp = outbox_bind(out, &any, NULL);
        client->tcp = outbox_connect(out, NULL, &server, NULL);
        client->urgent = outbox_connect(out, NULL, &server, NULL);
        outbox_set_timer(out, NS_PER_S / 2);
    }
    if (event->kind != HOST_TIMER)
        return;
    bool urgent = plan.urgent && client->sent % 2 == 1;
    if (client->sent++ < plan.pieces)
        outbox_write(out, urgent ? client->urgent : client->tcp,
                     bytes_of_text(urgent ? "urgent" : "piece"));
    if (event->mono_ns == NS_PER_S)
        for (int i = 0; i < plan.datagrams; i++)
            outbox_send(out, client->udp, NULL, &server, bytes_of_text("question"));
    outbox_set_timer(out, event->mono_ns + (plan.urgent ? 2 : 20) * NS_PER_MS);
}

static const struct node_type worker = {.name = "worker", .state_size = 1, .handle = work};
static const struct node_type client = {
    .name = "client", .state_size = sizeof(struct client), .handle = ask};

static unsigned dropped, delivered;

static void arrived(void *context, const struct packet *packet, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    if (packet->protocol != IP_UDP)
        return;
    dropped += packet->fate == PACKET_QUEUE_FULL;
    delivered += packet->fate == PACKET_DELIVERED;
}

static void initialise(void *state, const void *config, struct arena *arena)
{
    (void)state;
    (void)config;
    (void)arena;
}

static void play(size_t queue, struct plan the_plan, bool crash)
{
    struct sim_options options = sim_default_options();
    struct sim *sim = sim_create(&options);
    struct node_type types[2] = {worker, client};
    types[0].init = types[1].init = initialise;
    struct trace_listener listener = {.arrived = arrived};
    plan = the_plan;
    dropped = delivered = 0;
    worked_count = 0;
    sim_add_listener(sim, &listener);
    uint32_t here = sim_add_site(sim, "here", 0, 0);
    sim_compute_paths(sim);
    struct sim_host *server = sim_add_host(sim, "server", here, &types[0], NULL);
    struct sim_host *asker = sim_add_host(sim, "asker", here, &types[1], NULL);
    struct address one = address_of("192.0.2.1"), two = address_of("192.0.2.2");
    sim_host_add_address(server, &one);
    sim_host_add_address(asker, &two);
    sim_host_set_queue(server, queue);
    sim_seal(sim);
    sim_run(sim, options.start_ns + NS_PER_S + 50 * NS_PER_MS, UINT64_MAX);
    if (crash) {
        sim_fail_host(server);
        sim_recover_host(server);
    }
    sim_run(sim, options.start_ns + 3 * NS_PER_S, UINT64_MAX);
    sim_destroy(sim);
}

static void work_waits_for_work(void **state)
{
    (void)state;
    play(100, (struct plan){.datagrams = 20}, false);
    assert_int_equal(worked_count, 20);
    for (size_t i = 1; i < 20; i++)
        assert_int_equal(worked[i].at_ns, worked[i - 1].at_ns + 10 * NS_PER_MS);
}

static void a_full_queue_drops_what_comes(void **state)
{
    (void)state;
    play(5, (struct plan){.datagrams = 20}, false);
    assert_int_equal(worked_count, 6); /* one at work, five waiting */
    assert_int_equal(delivered, 6);
    assert_int_equal(dropped, 14);
}

static void without_a_queue_nothing_waits(void **state)
{
    (void)state;
    play(0, (struct plan){.datagrams = 20}, false);
    assert_int_equal(worked_count, 20);
    assert_true(worked[19].at_ns - worked[0].at_ns < NS_PER_MS);
}

static void datagrams_go_before_streams(void **state)
{
    (void)state;
    play(100, (struct plan){.datagrams = 30, .pieces = 30}, false);
    bool begun = false;
    size_t streams = 0, datagrams = 0;
    for (size_t i = 0; i < worked_count; i++) {
        begun = begun || !worked[i].stream;
        if (begun && datagrams < 30)
            assert_false(worked[i].stream);
        streams += worked[i].stream;
        datagrams += !worked[i].stream;
    }
    assert_int_equal(datagrams, 30);
    assert_in_range(streams, 20, 30); /* pieces that waited together may come as one */
}

/* What has time came first and is still coming when the last of what has none is done. */
static void streams_with_answers_go_before_streams_with_time(void **state)
{
    (void)state;
    play(100, (struct plan){.pieces = 40, .urgent = true}, false);
    size_t urgent = 0, first = 0, last = 0;
    for (size_t i = 0; i < worked_count; i++)
        if (worked[i].urgent) {
            first = urgent++ == 0 ? i : first;
            last = i;
        }
    assert_int_equal(urgent, 20);
    assert_int_equal(first, 1); /* nothing else was there for the first */
    assert_int_equal(last, 20);
    assert_int_equal(worked_count, 40);
}

static void a_crash_forgets_what_waits(void **state)
{
    (void)state;
    play(100, (struct plan){.datagrams = 30}, true);
    assert_in_range(worked_count, 5, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_waits_for_work),
        cmocka_unit_test(a_full_queue_drops_what_comes),
        cmocka_unit_test(without_a_queue_nothing_waits),
        cmocka_unit_test(datagrams_go_before_streams),
        cmocka_unit_test(streams_with_answers_go_before_streams_with_time),
        cmocka_unit_test(a_crash_forgets_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
