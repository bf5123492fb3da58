/*
 * The hold model: a queue of constant size, of which each operation pops the
 * first entry and pushes it again after a random delay. Two mixes of delays:
 * that of a DNS network, and an exponential one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/random.h"
#include "sim/queue.h"
#include "tests/bench/bench.h"

/* Delays are drawn beforehand, so that the queue alone is measured. */
enum { DELAYS = 65536, OPERATIONS = 1000000, REPETITIONS = 4 };

static int64_t exponential_delay(struct random *r)
{
    return random_exponential_ns(r, 50 * NS_PER_MS);
}

/* Round trips, processing, retransmissions and zone timers. */
static int64_t dns_delay(struct random *r)
{
    uint32_t kind = random_below(r, 100);
    if (kind < 60)
        return random_between(r, 5 * NS_PER_MS, 150 * NS_PER_MS);
    if (kind < 80)
        return random_between(r, 20 * NS_PER_US, 500 * NS_PER_US);
    if (kind < 95)
        return random_between(r, 200 * NS_PER_MS, 3 * NS_PER_S);
    return random_between(r, 3600 * NS_PER_S, 24 * 3600 * NS_PER_S);
}

/* Nanoseconds for a pop and a push, the least of some repetitions. */
static double hold(size_t size, const int64_t delays[DELAYS])
{
    struct queue queue;
    queue_init(&queue, 0);
    uint64_t order = 0;
    for (; order < size; order++)
        queue_push(&queue, delays[order % DELAYS] + (int64_t)(order / DELAYS), order, 0);

    double best_ns = 0;
    for (int i = 0; i < REPETITIONS; i++) {
        size_t operations = size > OPERATIONS ? size : OPERATIONS;
        double start_ns = bench_cpu_ns();
        for (size_t k = 0; k < operations; k++, order++) {
            struct queue_entry entry;
            queue_pop(&queue, &entry);
            queue_push(&queue, entry.time_ns + delays[order % DELAYS], order, entry.payload);
        }
        double each_ns = (bench_cpu_ns() - start_ns) / (double)operations;
        if (i == 0 || each_ns < best_ns)
            best_ns = each_ns;
    }
    queue_free(&queue);
    return best_ns;
}

static json_t *hold_at_every_size(int64_t (*delay)(struct random *r))
{
    int64_t *delays = memory_alloc(DELAYS * sizeof *delays);
    struct random r = random_stream(1, "bench", 0, "queue");
    for (int i = 0; i < DELAYS; i++)
        delays[i] = delay(&r);

    json_t *figures = json_object();
    for (size_t size = 1000; size <= 10000000; size *= 10) {
        char key[32];
        snprintf(key, sizeof key, "%zu", size);
        json_object_set_new(figures, key, json_real(hold(size, delays)));
    }
    free(delays);
    return figures;
}

void bench_queue(json_t *out)
{
    json_object_set_new(out, "queue_ns", hold_at_every_size(dns_delay));
    json_object_set_new(out, "queue_ns_exponential", hold_at_every_size(exponential_delay));
}
