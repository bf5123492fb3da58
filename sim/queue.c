/*
 * A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) with digits of three bits.
 * An entry lies in the bucket of the highest digit in which its time differs
 * from base_ns and of the value of that digit; buckets are unsorted, and all of
 * one bucket is earlier than all of the next:
 *
 *     run, heap  <=  horizon_ns  <  bucket  <  bucket  <  ...
 *
 * When run and heap are empty, base_ns moves to the earliest time of the first
 * bucket and that bucket's entries fall into lower ones, or, if they are few,
 * all into run and heap. An entry only ever falls: it is moved a bounded number
 * of times, and mostly in sequence in memory.
 */
#include "sim/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"

/* Sorting so many entries costs less than letting them fall further. */
enum { FEW = 8 };

/* A bucket larger than this gives its memory back when it has fallen. */
enum { CAPACITY_KEPT = 16384 };

static inline bool before(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->order < b->order);
}

static void rise(struct queue_list *heap, int64_t time_ns, uint64_t order, uint64_t payload)
{
    const struct queue_entry entry = {time_ns, order, payload};
    memory_reserve(heap->entries, heap->count, heap->capacity);
    size_t at = heap->count++;
    while (at > 0 && before(&entry, &heap->entries[(at - 1) / 2])) {
        heap->entries[at] = heap->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->entries[at] = entry;
}

/* Removes the first of the heap. */
static void sink(struct queue_list *heap)
{
    struct queue_entry *entries = heap->entries;
    size_t count = --heap->count;
    size_t at = 0;
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && before(&entries[child + 1], &entries[child]))
            child++;
        if (!before(&entries[child], &entries[count]))
            break;
        entries[at] = entries[child];
        at = child;
    }
    entries[at] = entries[count];
}

/* Makes room at the end of the run where entries have gone, if that is half of it. */
static void compact_run(struct queue *queue)
{
    struct queue_list *run = &queue->run;
    if (queue->run_at < run->count && queue->run_at < run->capacity / 2)
        return;
    run->count -= queue->run_at;
    memmove(run->entries, run->entries + queue->run_at, run->count * sizeof *run->entries);
    queue->run_at = 0;
}

/* An entry travels as three values, in registers: built in memory and copied at once, it would
 * stall the processor, whose wide loads have to wait for narrow stores. */
static inline void append(struct queue_list *list, int64_t time_ns, uint64_t order,
                          uint64_t payload)
{
    memory_reserve(list->entries, list->count, list->capacity);
    struct queue_entry *entry = &list->entries[list->count++];
    entry->time_ns = time_ns;
    entry->order = order;
    entry->payload = payload;
}

/* At or before the horizon. What is pushed in order, as ties mostly are, needs no heap. */
static inline void put_soon(struct queue *queue, int64_t time_ns, uint64_t order, uint64_t payload)
{
    struct queue_list *run = &queue->run;
    if (queue->run_at < run->count) {
        const struct queue_entry *last = &run->entries[run->count - 1];
        if (time_ns < last->time_ns || (time_ns == last->time_ns && order < last->order)) {
            rise(&queue->heap, time_ns, order, payload);
            return;
        }
    }
    if (run->count == run->capacity && queue->run_at > 0)
        compact_run(queue);
    append(run, time_ns, order, payload);
}

static inline unsigned bucket_of(const struct queue *queue, int64_t time_ns)
{
    uint64_t differs = (uint64_t)(time_ns ^ queue->base_ns);
    unsigned digit = (63 - (unsigned)__builtin_clzll(differs)) / QUEUE_DIGIT_BITS;
    unsigned value = (unsigned)(time_ns >> (digit * QUEUE_DIGIT_BITS));
    return digit << QUEUE_DIGIT_BITS | (value & ((1 << QUEUE_DIGIT_BITS) - 1));
}

static inline void put(struct queue *queue, int64_t time_ns, uint64_t order, uint64_t payload)
{
    if (time_ns <= queue->horizon_ns) {
        put_soon(queue, time_ns, order, payload);
        return;
    }
    unsigned number = bucket_of(queue, time_ns);
    struct queue_list *bucket = &queue->buckets[number];
    append(bucket, time_ns, order, payload);
    bucket->earliest_ns = time_ns < bucket->earliest_ns ? time_ns : bucket->earliest_ns;
    queue->occupied[number / 64] |= UINT64_C(1) << number % 64;
}

static inline unsigned first_bucket(const struct queue *queue)
{
    unsigned word = 0;
    while (queue->occupied[word] == 0)
        word++;
    return word * 64 + (unsigned)__builtin_ctzll(queue->occupied[word]);
}

/* Run and heap are empty, a bucket is not: moves the base and lets the first bucket fall. */
static void advance(struct queue *queue)
{
    unsigned number = first_bucket(queue);
    struct queue_list *bucket = &queue->buckets[number];
    size_t count = bucket->count;
    queue->base_ns = bucket->earliest_ns;
    queue->horizon_ns = queue->base_ns;
    if (count <= FEW) /* to the end of the bucket's span */
        queue->horizon_ns |= (INT64_C(1) << ((number >> QUEUE_DIGIT_BITS) * QUEUE_DIGIT_BITS)) - 1;

    queue->occupied[number / 64] &= ~(UINT64_C(1) << number % 64);
    bucket->count = 0;
    bucket->earliest_ns = TIME_NEVER;
    for (size_t i = 0; i < count; i++)
        put(queue, bucket->entries[i].time_ns, bucket->entries[i].order,
            bucket->entries[i].payload);
    if (bucket->capacity > CAPACITY_KEPT) {
        free(bucket->entries);
        bucket->entries = NULL;
        bucket->capacity = 0;
    }
}

void queue_init(struct queue *queue, int64_t start_ns)
{
    assert(start_ns >= 0);
    *queue = (struct queue){.popped_ns = start_ns, .base_ns = start_ns, .horizon_ns = start_ns};
    for (int i = 0; i < QUEUE_BUCKETS; i++)
        queue->buckets[i].earliest_ns = TIME_NEVER;
}

void queue_free(struct queue *queue)
{
    free(queue->run.entries);
    free(queue->heap.entries);
    for (int i = 0; i < QUEUE_BUCKETS; i++)
        free(queue->buckets[i].entries);
    *queue = (struct queue){0};
}

void queue_push(struct queue *queue, int64_t time_ns, uint64_t order, uint64_t payload)
{
    assert(time_ns >= queue->popped_ns && time_ns < TIME_NEVER);
    put(queue, time_ns, order, payload);
    queue->count++;
}

/* The first entry of run and heap, NULL if both are empty. */
static inline const struct queue_entry *first_soon(const struct queue *queue)
{
    const struct queue_entry *in_run =
        queue->run_at < queue->run.count ? &queue->run.entries[queue->run_at] : NULL;
    if (queue->heap.count == 0 || (in_run && before(in_run, queue->heap.entries)))
        return in_run;
    return queue->heap.entries;
}

bool queue_pop(struct queue *queue, struct queue_entry *out)
{
    if (queue->count == 0)
        return false;
    const struct queue_entry *first = first_soon(queue);
    if (!first) {
        queue->run_at = queue->run.count = 0;
        advance(queue);
        first = first_soon(queue);
    }
    *out = *first;
    queue->popped_ns = out->time_ns;
    queue->count--;
    if (first == queue->heap.entries)
        sink(&queue->heap);
    else
        queue->run_at++;
    return true;
}

int64_t queue_peek_time(const struct queue *queue)
{
    if (queue->count == 0)
        return TIME_NEVER;
    const struct queue_entry *first = first_soon(queue);
    return first ? first->time_ns : queue->buckets[first_bucket(queue)].earliest_ns;
}
