/*
 * A binary heap of deadlines, ordered by time and then by when they were set.
 */
#include "nodes/deadlines.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct deadline *a, const struct deadline *b)
{
    return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

static void put(struct deadlines *deadlines, size_t place, struct deadline *deadline)
{
    deadlines->heap[place - 1] = deadline;
    deadline->place = place;
}

static void sift_up(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t place = deadline->place;
    while (place > 1 && is_before(deadline, deadlines->heap[place / 2 - 1])) {
        put(deadlines, place, deadlines->heap[place / 2 - 1]);
        place /= 2;
    }
    put(deadlines, place, deadline);
}

static void sift_down(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t place = deadline->place;
    for (size_t child = place * 2; child <= deadlines->count; child = place * 2) {
        if (child < deadlines->count &&
            is_before(deadlines->heap[child], deadlines->heap[child - 1]))
            child++;
        if (!is_before(deadlines->heap[child - 1], deadline))
            break;
        put(deadlines, place, deadlines->heap[child - 1]);
        place = child;
    }
    put(deadlines, place, deadline);
}

void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_ns)
{
    if (at_ns == TIME_NEVER) {
        deadlines_unset(deadlines, deadline);
        return;
    }
    if (!deadline_is_set(deadline)) {
        memory_reserve(deadlines->heap, deadlines->count, deadlines->capacity);
        put(deadlines, ++deadlines->count, deadline);
    }
    deadline->at_ns = at_ns;
    deadline->order = deadlines->next_order++;
    sift_up(deadlines, deadline);
    sift_down(deadlines, deadline);
}

void deadlines_unset(struct deadlines *deadlines, struct deadline *deadline)
{
    if (!deadline_is_set(deadline))
        return;
    size_t place = deadline->place;
    assert(place <= deadlines->count && deadlines->heap[place - 1] == deadline);
    struct deadline *last = deadlines->heap[--deadlines->count];
    deadline->place = 0;
    if (last == deadline)
        return;
    put(deadlines, place, last);
    sift_up(deadlines, last);
    sift_down(deadlines, last);
}

struct deadline *deadlines_due(struct deadlines *deadlines, int64_t now_ns)
{
    if (deadlines->count == 0 || deadlines->heap[0]->at_ns > now_ns)
        return NULL;
    struct deadline *first = deadlines->heap[0];
    deadlines_unset(deadlines, first);
    return first;
}

void deadlines_timer_fired(struct deadlines *deadlines)
{
    deadlines->timer_set = false;
}

void deadlines_set_timer(struct deadlines *deadlines, struct outbox *out)
{
    int64_t at_ns = deadlines->count > 0 ? deadlines->heap[0]->at_ns : TIME_NEVER;
    if (deadlines->timer_set ? deadlines->timer_ns == at_ns : at_ns == TIME_NEVER)
        return;
    outbox_set_timer(out, at_ns);
    deadlines->timer_ns = at_ns;
    deadlines->timer_set = at_ns != TIME_NEVER;
}

void deadlines_free(struct deadlines *deadlines)
{
    free(deadlines->heap);
    *deadlines = (struct deadlines){0};
}
