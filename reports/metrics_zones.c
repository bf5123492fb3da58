/* Zones on servers: their state over time, transfers, and how versions spread. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

void metrics_zones_free(struct metrics *metrics)
{
    const struct topology *topology = metrics->topology;
    for (size_t i = 0; i < topology->node_count * topology->zone_count; i++)
        free(metrics->histories[i].moments);
    for (size_t i = 0; i < metrics->version_count; i++)
        free(metrics->served_ns[i]);
    free(metrics->histories);
    free(metrics->transfers);
    free(metrics->versions);
    free(metrics->served_ns);
}

static struct zone_history *history_of(const struct metrics *metrics, uint32_t node, uint32_t zone)
{
    return &metrics->histories[node * metrics->topology->zone_count + zone];
}

/* The state to change now: a new moment that begins as the last one was. */
static struct metrics_zone *moment(struct zone_history *history, int64_t now_ns)
{
    if (history->count > 0 && history->moments[history->count - 1].at_ns == now_ns)
        return &history->moments[history->count - 1].zone;
    memory_reserve(history->moments, history->count, history->capacity);
    struct zone_moment *next = &history->moments[history->count];
    if (history->count > 0)
        *next = history->moments[history->count - 1];
    else
        *next = (struct zone_moment){
            .zone = {.state = METRICS_LOADING, .last_contact_ns = -1, .expires_ns = -1}};
    next->at_ns = now_ns;
    history->count++;
    return &next->zone;
}

/* ---- versions ---------------------------------------------------------------------------- */

static bool is_published(const struct metrics *metrics, uint32_t zone, uint32_t serial)
{
    for (size_t i = 0; i < metrics->version_count; i++)
        if (metrics->versions[i].zone == zone && metrics->versions[i].serial == serial)
            return true;
    return false;
}

static void publish(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                    uint32_t serial)
{
    if (is_published(metrics, zone, serial))
        return;
    size_t nodes = metrics->topology->node_count;
    memory_reserve(metrics->versions, metrics->version_count, metrics->version_capacity);
    memory_reserve(metrics->served_ns, metrics->version_count, metrics->served_capacity);
    int64_t *served_ns = memory_alloc(nodes * sizeof *served_ns);
    for (size_t i = 0; i < nodes; i++)
        served_ns[i] = -1;
    metrics->served_ns[metrics->version_count] = served_ns;
    metrics->versions[metrics->version_count++] =
        (struct metrics_version){zone, serial, now_ns, node};
}

/* NODE serves SERIAL: it has every version up to it. */
static void serve(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                  uint32_t serial)
{
    for (size_t i = metrics->version_count; i-- > 0;) {
        const struct metrics_version *version = &metrics->versions[i];
        bool has_it = serial == version->serial || serial_is_after(serial, version->serial);
        if (version->zone == zone && metrics->served_ns[i][node] < 0 && has_it)
            metrics->served_ns[i][node] = now_ns;
    }
}

/* ---- notes ------------------------------------------------------------------------------- */

static void on_serving(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                       const struct host_note *note)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    now->state = METRICS_SERVING;
    now->serial = note->serial;
    now->has_serial = true;
    now->expires_ns = note->values[0];
    if (note->values[3])
        publish(metrics, now_ns, node, zone, note->serial);
    serve(metrics, now_ns, node, zone, note->serial);
}

static void on_transfer_done(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                             const struct host_note *note)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    now->axfr += note->code == NOTE_AXFR;
    now->ixfr += note->code == NOTE_IXFR;
    now->fallback += note->code == NOTE_FALLBACK;
    now->bytes += (uint64_t)note->values[0];
    now->last_contact_ns = now_ns;
    memory_reserve(metrics->transfers, metrics->transfer_count, metrics->transfer_capacity);
    metrics->transfers[metrics->transfer_count++] =
        (struct transfer_sample){now_ns, node, zone, metrics_node_of(metrics, &note->peer)};
}

static void on_failure(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                       const struct host_note *note)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    now->failed += note->kind == NOTE_TRANSFER_FAILED;
    if (note->text) {
        now->last_failure = note->text;
        now->last_failure_ns = now_ns;
    }
}

void metrics_zone_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                       const struct host_note *note)
{
    void *value = table_get(&metrics->zone_names, note->name);
    if (!value)
        return;
    uint32_t zone = (uint32_t)((uintptr_t)value - 1);
    struct zone_history *history = history_of(metrics, node, zone);
    struct metrics_zone *now;
    switch (note->kind) {
    case NOTE_ZONE_ROLE:
        moment(history, now_ns)->role = (enum note_role)note->code;
        break;
    case NOTE_ZONE_SERVING:
        on_serving(metrics, now_ns, node, zone, note);
        break;
    case NOTE_ZONE_LOADING:
        moment(history, now_ns)->state = METRICS_LOADING;
        break;
    case NOTE_ZONE_EXPIRED:
        moment(history, now_ns)->state = METRICS_EXPIRED;
        break;
    case NOTE_ZONE_CONTACT:
        now = moment(history, now_ns);
        now->last_contact_ns = now_ns;
        now->expires_ns = note->values[0];
        break;
    case NOTE_TRANSFER_DONE:
        on_transfer_done(metrics, now_ns, node, zone, note);
        break;
    case NOTE_TRANSFER_FAILED:
    case NOTE_REFRESH_FAILED:
        on_failure(metrics, now_ns, node, zone, note);
        break;
    default:
        break;
    }
}

/* ---- figures ----------------------------------------------------------------------------- */

/* Since when the first version that NODE lacked at AT_NS had been published. */
static int64_t behind_ns(const struct metrics *metrics, uint32_t node, uint32_t zone,
                         const struct metrics_zone *state, int64_t at_ns)
{
    if (!state->has_serial)
        return -1;
    if (state->role == NOTE_PRIMARY)
        return 0;
    for (size_t i = 0; i < metrics->version_count; i++) {
        const struct metrics_version *version = &metrics->versions[i];
        if (version->zone != zone || version->published_ns > at_ns)
            continue;
        int64_t served_ns = metrics->served_ns[i][node];
        if (served_ns < 0 || served_ns > at_ns)
            return at_ns - version->published_ns;
    }
    return 0;
}

struct metrics_zone metrics_zone_at(const struct metrics *metrics, uint32_t node, uint32_t zone,
                                    int64_t at_ns)
{
    const struct zone_history *history = history_of(metrics, node, zone);
    size_t low = 0, high = history->count;
    while (low < high) { /* the first moment after at_ns */
        size_t middle = (low + high) / 2;
        if (history->moments[middle].at_ns <= at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return (struct metrics_zone){.last_contact_ns = -1, .expires_ns = -1, .behind_ns = -1};
    struct metrics_zone state = history->moments[low - 1].zone;
    state.host_down = metrics_was_down(&metrics->nodes[node].outage, at_ns);
    state.behind_ns = behind_ns(metrics, node, zone, &state, at_ns);
    return state;
}

uint64_t metrics_transfers(const struct metrics *metrics, uint32_t node, uint32_t zone,
                           uint32_t from, int64_t from_ns, int64_t to_ns)
{
    uint64_t count = 0;
    for (size_t i = 0; i < metrics->transfer_count; i++) {
        const struct transfer_sample *t = &metrics->transfers[i];
        count += t->node == node && t->zone == zone && (from == METRICS_ALL || t->from == from) &&
                 t->at_ns >= from_ns && t->at_ns < to_ns;
    }
    return count;
}

size_t metrics_version_count(const struct metrics *metrics)
{
    return metrics->version_count;
}

struct metrics_version metrics_version(const struct metrics *metrics, size_t index)
{
    return metrics->versions[index];
}

int64_t metrics_served_ns(const struct metrics *metrics, size_t index, uint32_t node)
{
    return metrics->served_ns[index][node];
}
