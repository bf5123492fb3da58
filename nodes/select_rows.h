/* What one kind of software does differently: the inside of nodes/select.c. */
#ifndef NODES_SELECT_ROWS_H
#define NODES_SELECT_ROWS_H

#include "nodes/select.h"

/* The functions of a row; as the public ones. Choices that are unusable or have used up their sends
 * are never picked: select_may_ask says so. */
struct select_row {
    void (*created)(struct select_server *server, const struct host_event *event);
    size_t (*next)(const struct select_policy *policy, struct select_round *round,
                   const struct host_event *event);
    void (*answered)(struct select_round *round, size_t index, int64_t rtt_ns,
                     const struct host_event *event);
    void (*timed_out)(struct select_round *round, size_t index, const struct host_event *event);
};

extern const struct select_row select_row_rfc;
extern const struct select_row select_row_bind_9_18;
extern const struct select_row select_row_bind_9_20;
extern const struct select_row select_row_unbound;

static inline bool select_may_ask(const struct select_policy *policy,
                                  const struct select_choice *choice)
{
    return !choice->unusable &&
           (policy->address_sends == 0 || choice->sends < policy->address_sends);
}

#endif
