/* The probe: log, then act. */
#include "tests/support/probe.h"

#include <assert.h>

struct state {
    struct probe *probe;
};

static void probe_init(void *state, const void *config, struct arena *arena)
{
    (void)arena;
    ((struct state *)state)->probe = (struct probe *)(uintptr_t)config;
}

static void probe_handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct probe *probe = ((struct state *)state)->probe;
    assert(probe->count < PROBE_LOG_MAX);
    struct probe_entry *entry = &probe->log[probe->count++];
    *entry = (struct probe_entry){.kind = event->kind,
                                  .mono_ns = event->mono_ns,
                                  .wall_ns = event->wall_ns,
                                  .failure = event->failure,
                                  .size = event->bytes.size};
    if (event->local)
        entry->local = *event->local;
    if (event->remote)
        entry->remote = *event->remote;
    size_t kept = event->bytes.size < PROBE_BYTES_MAX ? event->bytes.size : PROBE_BYTES_MAX;
    if (kept > 0)
        memcpy(entry->bytes, event->bytes.data, kept);
    if (probe->act)
        probe->act(probe, event, out);
}

static void probe_dispose(void *state)
{
    ((struct state *)state)->probe->disposals++;
}

const struct node_type probe_node = {
    .name = "probe",
    .state_size = sizeof(struct state),
    .init = probe_init,
    .handle = probe_handle,
    .dispose = probe_dispose,
};

size_t probe_count(const struct probe *probe, enum host_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < probe->count; i++)
        count += probe->log[i].kind == kind;
    return count;
}

const struct probe_entry *probe_find(const struct probe *probe, enum host_event_kind kind,
                                     size_t index)
{
    for (size_t i = 0; i < probe->count; i++)
        if (probe->log[i].kind == kind && index-- == 0)
            return &probe->log[i];
    return NULL;
}
