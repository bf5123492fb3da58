/*
 * The event queue: a monotone radix heap. Entries come out in the total order
 * of (time_ns, order), whatever the order of pushing and whatever lies beside
 * them, also when pushed while their instant is being consumed.
 *
 * Monotone: nothing may be pushed before the time of the last entry popped.
 * There is no removal: an event that no longer matters is ignored when it comes.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/time.h"

struct queue_entry {
    int64_t time_ns; /* 0 or later */
    uint64_t order;  /* among entries of one instant; unique there */
    uint64_t payload;
};

struct queue_list {
    struct queue_entry *entries;
    size_t count;
    size_t capacity;
    int64_t earliest_ns; /* of a bucket: its earliest time, TIME_NEVER if empty */
};

/* A time is 21 digits of 3 bits. */
enum { QUEUE_DIGIT_BITS = 3, QUEUE_BUCKETS = 21 << QUEUE_DIGIT_BITS, QUEUE_WORDS = 3 };

struct queue {
    size_t count;
    int64_t popped_ns;     /* time of the last entry popped */
    int64_t base_ns;       /* what the buckets are relative to */
    int64_t horizon_ns;    /* entries up to here are in run and heap */
    struct queue_list run; /* sorted; those before run_at are gone */
    size_t run_at;
    struct queue_list heap;         /* what came too late for the run: a binary heap */
    uint64_t occupied[QUEUE_WORDS]; /* a bit for each bucket that has entries */
    struct queue_list buckets[QUEUE_BUCKETS];
};

/* An empty queue that takes entries from START_NS (0 or later) on. */
void queue_init(struct queue *queue, int64_t start_ns);
void queue_free(struct queue *queue);

/* TIME_NS earlier than the last entry popped, or TIME_NEVER, is an assertion. */
void queue_push(struct queue *queue, int64_t time_ns, uint64_t order, uint64_t payload);

/* Takes the first entry; false: the queue is empty. */
bool queue_pop(struct queue *queue, struct queue_entry *out);

/* The time of the first entry, or TIME_NEVER. Changes nothing, so pushes between the last
 * entry popped and the time returned stay allowed; constant time. */
int64_t queue_peek_time(const struct queue *queue);

static inline size_t queue_count(const struct queue *queue)
{
    return queue->count;
}

#endif
