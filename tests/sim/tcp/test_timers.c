/* Many connections and their timers: order, the one deadline, memory let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/tcp_pair.h"

static void handles_timers_by_time_then_by_age(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 5);
    pair.loss_ppb = 999999999;
    struct random random = {.key = 6};
    for (int i = 0; i < 500; i++) {
        pair_run(&pair, pair.now_ns + (int64_t)random_below(&random, 3) * NS_PER_MS);
        pair_connect(&pair);
    }
    pair_run_dry(&pair);
    assert_int_equal(pair.left.events[TCP_CONNECT_FAILED], 500);
    assert_int_equal(pair.count, 7 * 500);
    uint16_t ports[500];
    size_t ages[500] = {0};
    for (size_t i = 0; i < 500; i++)
        ports[i] = pair.segments[i].header.source_port;
    for (size_t i = 500; i < pair.count; i++) {
        size_t age = 0;
        while (ports[age] != pair.segments[i].header.source_port)
            age++;
        int64_t gap_ns = (INT64_C(1) << ages[age]++) * NS_PER_S;
        const struct pair_segment *before = &pair.segments[age];
        for (size_t j = 0; j < i; j++)
            if (pair.segments[j].header.source_port == ports[age])
                before = &pair.segments[j];
        assert_int_equal(pair.segments[i].sent_ns, before->sent_ns + gap_ns);
        bool same_time = pair.segments[i].sent_ns == pair.segments[i - 1].sent_ns;
        assert_true(!same_time || ports[age] != pair.segments[i - 1].header.source_port);
    }
    assert_null(pair.left.stack->first);
    pair_free(&pair);
}

static void the_heap_survives_any_order_of_changes(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 5);
    pair.loss_ppb = 999999999;
    enum { COUNT = 300 };
    struct tcp_connection *connections[COUNT];
    for (int i = 0; i < COUNT; i++) {
        pair_connect(&pair);
        connections[i] = pair.left.stack->last;
    }
    struct random random = {.key = 8};
    struct tcp_stack *stack = pair.left.stack;
    for (int i = 0; i < 20000; i++) {
        struct tcp_connection *c = connections[random_below(&random, COUNT)];
        enum tcp_timer_kind kind = (enum tcp_timer_kind)random_below(&random, TCP_TIMER_COUNT);
        bool off = random_below(&random, 2);
        tcp_timer_set(c, kind, off ? TIME_NEVER : (int64_t)random_below(&random, 1000));
        const struct tcp_connection *first = NULL;
        size_t set = 0;
        for (const struct tcp_connection *o = stack->first; o; o = o->next) {
            set += o->deadline_ns != TIME_NEVER;
            if (o->deadline_ns != TIME_NEVER && (!first || o->deadline_ns < first->deadline_ns))
                first = o;
        }
        assert_int_equal(stack->heap_count, set);
        if (first)
            assert_ptr_equal(stack->heap[0], first);
    }
    pair_free(&pair);
}

static void an_idle_connection_holds_no_buffers(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 5);
    pair.loss_ppb = 50000000;
    uint8_t *data = pair_pattern(200000, 1);
    pair.right.to_write = bytes_of(data, 200000);
    pair_connect(&pair);
    pair_run(&pair, 100 * NS_PER_S);
    assert_int_equal(pair.left.received_size, 200000);
    const struct pair_end *ends[] = {&pair.left, &pair.right};
    for (size_t i = 0; i < 2; i++) {
        const struct tcp_connection *c = ends[i]->stack->first;
        assert_int_equal(c->state, TCP_ESTABLISHED);
        assert_null(c->send.buffer.data);
        assert_null(c->receive.reassembly.data);
        assert_int_equal(c->deadline_ns, TIME_NEVER);
    }
    free(data);
    pair_free(&pair);
}

static void thousands_of_connections_come_and_go(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 5);
    pair.left.close_when_finished = true;
    pair.right.write_after_bytes = pair.right.close_when_written = true;
    const uint8_t bytes[200] = {0};
    for (int i = 0; i < 5000; i++) {
        pair.right.received_size = 0;
        pair.left.to_write = bytes_of(bytes, 40);
        pair.right.to_write = bytes_of(bytes, 200);
        pair_connect(&pair);
        pair_run(&pair, pair.now_ns + 200 * NS_PER_MS);
    }
    assert_int_equal(pair.left.received_size, 5000 * 200);
    assert_in_range(pair.right.stack->heap_count, 290, 310); /* 60 s of them in TIME-WAIT */
    pair_run_dry(&pair);
    assert_null(pair.right.stack->first);
    assert_int_equal(pair.right.sockets.next, 2); /* the listener and one, over and over */
    pair_free(&pair);
}

static void the_same_seed_gives_the_same_segments(void **state)
{
    (void)state;
    struct pair pairs[2];
    uint8_t *data = pair_pattern(200000, 1);
    for (size_t i = 0; i < 2; i++) {
        pair_init(&pairs[i], 11);
        pairs[i].loss_ppb = 50000000;
        pairs[i].jitter_ns = NS_PER_MS;
        pairs[i].right.to_write = bytes_of(data, 200000);
        pairs[i].right.close_when_written = true;
        pairs[i].left.close_when_finished = true;
        pair_connect(&pairs[i]);
        pair_run_dry(&pairs[i]);
    }
    assert_int_equal(pairs[0].count, pairs[1].count);
    for (size_t i = 0; i < pairs[0].count; i++) {
        const struct pair_segment *a = &pairs[0].segments[i], *b = &pairs[1].segments[i];
        assert_int_equal(a->sent_ns, b->sent_ns);
        assert_int_equal(a->size, b->size);
        assert_memory_equal(a->bytes, b->bytes, a->size);
    }
    pair_free(&pairs[0]);
    pair_free(&pairs[1]);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handles_timers_by_time_then_by_age),
        cmocka_unit_test(the_heap_survives_any_order_of_changes),
        cmocka_unit_test(an_idle_connection_holds_no_buffers),
        cmocka_unit_test(thousands_of_connections_come_and_go),
        cmocka_unit_test(the_same_seed_gives_the_same_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
