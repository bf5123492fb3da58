/*
 * The event queue against its promise: the total order of (time, order), checked
 * against a plain binary heap over millions of random operations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/base/arena.h"
#include "sim/base/random.h"
#include "sim/queue.h"

/* The oracle: the textbook binary heap. */
struct oracle {
    struct queue_entry *entries;
    size_t count;
    size_t capacity;
};

static bool earlier(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void swap(struct queue_entry *a, struct queue_entry *b)
{
    struct queue_entry kept = *a;
    *a = *b;
    *b = kept;
}

static void oracle_push(struct oracle *oracle, struct queue_entry entry)
{
    memory_reserve(oracle->entries, oracle->count, oracle->capacity);
    size_t at = oracle->count++;
    oracle->entries[at] = entry;
    for (; at > 0 && earlier(&oracle->entries[at], &oracle->entries[(at - 1) / 2]);
         at = (at - 1) / 2)
        swap(&oracle->entries[at], &oracle->entries[(at - 1) / 2]);
}

static struct queue_entry oracle_pop(struct oracle *oracle)
{
    struct queue_entry *e = oracle->entries;
    struct queue_entry first = e[0];
    e[0] = e[--oracle->count];
    for (size_t at = 0, child; (child = 2 * at + 1) < oracle->count; at = child) {
        if (child + 1 < oracle->count && earlier(&e[child + 1], &e[child]))
            child++;
        if (!earlier(&e[child], &e[at]))
            break;
        swap(&e[at], &e[child]);
    }
    return first;
}

static const int64_t start_ns = INT64_C(1767225600) * NS_PER_S;

/* Delays with many zeroes, ties and every magnitude. */
static int64_t random_delay(struct random *r)
{
    switch (random_below(r, 6)) {
    case 0:
        return 0;
    case 1:
        return 25 * NS_PER_MS;
    case 2:
        return random_below(r, 4);
    case 3:
        return random_exponential_ns(r, 50 * NS_PER_MS);
    }
    return (int64_t)(random_next(r) >> (8 + random_below(r, 56)));
}

static void push_both(struct queue *queue, struct oracle *oracle, struct queue_entry entry)
{
    queue_push(queue, entry.time_ns, entry.order, entry.payload);
    oracle_push(oracle, entry);
}

static void pop_both(struct queue *queue, struct oracle *oracle, int64_t *now_ns)
{
    struct queue_entry got = {0};
    struct queue_entry expected = oracle_pop(oracle);
    assert_int_equal(queue_peek_time(queue), expected.time_ns);
    assert_true(queue_pop(queue, &got));
    assert_int_equal(got.time_ns, expected.time_ns);
    assert_int_equal(got.order, expected.order);
    assert_int_equal(got.payload, expected.payload);
    assert_int_equal(queue_count(queue), oracle->count);
    *now_ns = got.time_ns;
}

/* OPERATIONS of which PUSH_PERCENT are pushes, then pops until empty. */
static void compare(uint64_t seed, int operations, uint32_t push_percent)
{
    struct random r = random_stream(seed, "queue", 0, "test");
    struct oracle oracle = {0};
    struct queue queue;
    int64_t now_ns = start_ns;
    queue_init(&queue, start_ns);
    for (int i = 0; i < operations; i++) {
        if (oracle.count > 0 && random_below(&r, 100) >= push_percent) {
            pop_both(&queue, &oracle, &now_ns);
            continue;
        }
        int64_t delay_ns = random_delay(&r);
        if (delay_ns > (TIME_NEVER - 1 - now_ns) / 4)
            delay_ns = 1;
        /* The counter in the low bits makes the order unique; the rest is in disorder. */
        uint64_t order = (random_next(&r) & 7) << 32 | (uint32_t)i;
        push_both(&queue, &oracle, (struct queue_entry){now_ns + delay_ns, order, random_next(&r)});
    }
    while (oracle.count > 0)
        pop_both(&queue, &oracle, &now_ns);
    struct queue_entry none;
    assert_false(queue_pop(&queue, &none));
    queue_free(&queue);
    free(oracle.entries);
}

static void pops_like_a_binary_heap_when_growing(void **state)
{
    (void)state;
    compare(1, 600000, 60);
}

static void pops_like_a_binary_heap_when_nearly_empty(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 30; seed++)
        compare(seed, 50000, 51);
}

static void pops_like_a_binary_heap_in_short_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1000; seed < 11000; seed++)
        compare(seed, 40, 70);
}

static void ties_come_out_by_order_even_if_pushed_during_their_instant(void **state)
{
    (void)state;
    struct queue queue;
    struct queue_entry e;
    queue_init(&queue, 0);
    queue_push(&queue, 500, 10, 0);
    queue_push(&queue, 500, 5, 0);
    assert_true(queue_pop(&queue, &e));
    assert_int_equal(e.order, 5);
    queue_push(&queue, 500, 7, 0);
    queue_push(&queue, 500, 12, 0);
    queue_push(&queue, 500, 6, 0);
    static const uint64_t expected[] = {6, 7, 10, 12};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(queue_pop(&queue, &e));
        assert_int_equal(e.time_ns, 500);
        assert_int_equal(e.order, expected[i]);
    }
    queue_free(&queue);
}

static void a_peek_forbids_no_earlier_push(void **state)
{
    (void)state;
    struct queue queue;
    struct queue_entry e;
    queue_init(&queue, 1000);
    assert_int_equal(queue_peek_time(&queue), TIME_NEVER);
    queue_push(&queue, 2000000, 1, 0);
    assert_int_equal(queue_peek_time(&queue), 2000000);
    queue_push(&queue, 1000, 2, 0);
    assert_int_equal(queue_peek_time(&queue), 1000);
    assert_true(queue_pop(&queue, &e));
    assert_int_equal(queue_peek_time(&queue), 2000000);
    queue_push(&queue, 1999999, 3, 0);
    queue_push(&queue, 1001, 4, 0);
    static const int64_t expected_ns[] = {1001, 1999999, 2000000};
    for (size_t i = 0; i < 3; i++) {
        assert_true(queue_pop(&queue, &e));
        assert_int_equal(e.time_ns, expected_ns[i]);
    }
    queue_free(&queue);
}

static void takes_the_first_and_the_last_time_there_is(void **state)
{
    (void)state;
    struct queue queue;
    struct queue_entry e;
    queue_init(&queue, 0);
    queue_push(&queue, TIME_NEVER - 1, 1, 11);
    queue_push(&queue, 0, 2, 22);
    assert_true(queue_pop(&queue, &e));
    assert_int_equal(e.payload, 22);
    assert_true(queue_pop(&queue, &e));
    assert_int_equal(e.payload, 11);
    assert_int_equal(e.time_ns, TIME_NEVER - 1);
    queue_free(&queue);
}

static void an_endless_instant_takes_bounded_memory(void **state)
{
    (void)state;
    struct queue queue;
    struct queue_entry e;
    queue_init(&queue, 0);
    for (uint64_t order = 0; order < 10; order++)
        queue_push(&queue, 7, order, order);
    for (uint64_t order = 10; order < 100000; order++) {
        assert_true(queue_pop(&queue, &e));
        assert_int_equal(e.order, order - 10);
        queue_push(&queue, 7, order, order);
    }
    assert_in_range(queue.run.capacity, 10, 64);
    queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pops_like_a_binary_heap_when_growing),
        cmocka_unit_test(pops_like_a_binary_heap_when_nearly_empty),
        cmocka_unit_test(pops_like_a_binary_heap_in_short_runs),
        cmocka_unit_test(ties_come_out_by_order_even_if_pushed_during_their_instant),
        cmocka_unit_test(a_peek_forbids_no_earlier_push),
        cmocka_unit_test(takes_the_first_and_the_last_time_there_is),
        cmocka_unit_test(an_endless_instant_takes_bounded_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
