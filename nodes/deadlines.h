/*
 * Many deadlines on a node's one timer: a binary heap of what is embedded in its
 * owners, so that setting one allocates nothing but the heap's own growth.
 * Equal times come out in the order in which they were set.
 */
#ifndef NODES_DEADLINES_H
#define NODES_DEADLINES_H

#include "nodes/host.h"

/* All zero is one that is not set. Owner and kind are the node's own. */
struct deadline {
    int64_t at_ns;
    uint64_t order;
    size_t place; /* in the heap, from 1; 0: not set */
    void *owner;
    unsigned kind;
};

/* All zero is empty. */
struct deadlines {
    struct deadline **heap;
    size_t count, capacity;
    uint64_t next_order;
    int64_t timer_ns; /* what the host's timer is set to, if timer_set */
    bool timer_set;
};

/* Sets or moves DEADLINE; TIME_NEVER unsets it. It must stay in place until it is unset or due. */
void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, int64_t at_ns);
void deadlines_unset(struct deadlines *deadlines, struct deadline *deadline);

static inline bool deadline_is_set(const struct deadline *deadline)
{
    return deadline->place != 0;
}

/* Takes out the earliest deadline that is due at NOW_NS; NULL: none is. */
struct deadline *deadlines_due(struct deadlines *deadlines, int64_t now_ns);

/* At HOST_TIMER: the host's timer is unset now. */
void deadlines_timer_fired(struct deadlines *deadlines);

/* At the end of each event: sets the host's timer to the earliest deadline if it is not. */
void deadlines_set_timer(struct deadlines *deadlines, struct outbox *out);

void deadlines_free(struct deadlines *deadlines);

#endif
