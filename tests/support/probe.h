/*
 * A node for tests of the simulator: hands every event to the test's own function
 * and keeps a log of what came.
 */
#ifndef TESTS_SUPPORT_PROBE_H
#define TESTS_SUPPORT_PROBE_H

#include "nodes/host.h"

extern const struct node_type probe_node;

enum { PROBE_LOG_MAX = 1024, PROBE_BYTES_MAX = 64 };

struct probe_entry {
    enum host_event_kind kind;
    int64_t mono_ns, wall_ns;
    struct address local, remote;
    enum host_failure failure;
    size_t size;
    uint8_t bytes[PROBE_BYTES_MAX]; /* the first of them */
};

/* The node's configuration; outlives crashes, as does the log. */
struct probe {
    void (*act)(struct probe *probe, const struct host_event *event, struct outbox *out);
    void *context;
    struct probe_entry log[PROBE_LOG_MAX];
    size_t count;
    size_t disposals;
};

/* How many events of KIND came; the INDEX-th of them, or NULL. */
size_t probe_count(const struct probe *probe, enum host_event_kind kind);
const struct probe_entry *probe_find(const struct probe *probe, enum host_event_kind kind,
                                     size_t index);

#endif
