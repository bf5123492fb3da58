/* Zones on servers: their state over time, transfers, and how versions spread. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

void metrics_zones_init(struct metrics *metrics)
{
    size_t nodes = metrics->topology->node_count, zones = metrics->topology->zone_count;
    metrics->histories = memory_zeroed(nodes * zones * sizeof *metrics->histories);
    metrics->last_versions = memory_alloc(zones * sizeof *metrics->last_versions);
    for (size_t i = 0; i < zones; i++)
        metrics->last_versions[i] = NO_VERSION;
}

void metrics_zones_free(struct metrics *metrics)
{
    const struct topology *topology = metrics->topology;
    for (size_t i = 0; i < topology->node_count * topology->zone_count; i++) {
        free(metrics->histories[i].moments);
        samples_free(&metrics->histories[i].contacts);
    }
    for (size_t i = 0; i < metrics->version_count; i++)
        free(metrics->versions[i].served_ns);
    free(metrics->histories);
    free(metrics->transfers);
    free(metrics->versions);
    free(metrics->last_versions);
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
        *next = (struct zone_moment){.zone = {.state = METRICS_LOADING,
                                              .last_contact_ns = -1,
                                              .expires_ns = -1,
                                              .last_transfer = METRICS_NO_TRANSFER,
                                              .last_failure_from = TOPOLOGY_NONE}};
    next->at_ns = now_ns;
    history->count++;
    return &next->zone;
}

/* ---- versions ---------------------------------------------------------------------------- */

/* The version of ZONE with SERIAL that was published last. */
static size_t find_version(const struct metrics *metrics, uint32_t zone, uint32_t serial)
{
    size_t i = metrics->last_versions[zone];
    while (i != NO_VERSION && metrics->versions[i].version.serial != serial)
        i = metrics->versions[i].previous;
    return i;
}

/* Another primary of the zone has published it before. One that publishes a serial twice has made
 * two versions. */
static bool is_published(const struct metrics *metrics, uint32_t node, uint32_t zone,
                         uint32_t serial)
{
    size_t same = find_version(metrics, zone, serial);
    return same != NO_VERSION && metrics->versions[same].version.primary != node;
}

static void publish(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                    uint32_t serial)
{
    if (is_published(metrics, node, zone, serial))
        return;
    size_t nodes = metrics->topology->node_count;
    int64_t *served_ns = memory_alloc(nodes * sizeof *served_ns);
    for (size_t i = 0; i < nodes; i++)
        served_ns[i] = -1;
    memory_reserve(metrics->versions, metrics->version_count, metrics->version_capacity);
    metrics->versions[metrics->version_count] = (struct published){
        .version = {zone, serial, now_ns, node},
        .previous = metrics->last_versions[zone],
        .served_ns = served_ns,
    };
    metrics->last_versions[zone] = metrics->version_count++;
}

/* NODE serves SERIAL: it has what was published up to then. Serials do not say that: a primary that
 * goes back to a lower one leaves its secondaries behind. Nor does a primary have what others have
 * published before. */
static void serve(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                  uint32_t serial)
{
    const struct zone_history *history = history_of(metrics, node, zone);
    bool is_primary = history->moments[history->count - 1].zone.role == NOTE_PRIMARY;
    size_t i = find_version(metrics, zone, serial);
    for (; i != NO_VERSION && metrics->versions[i].served_ns[node] < 0;
         i = metrics->versions[i].previous) {
        const struct metrics_version *version = &metrics->versions[i].version;
        if (!is_primary || version->primary == node || version->serial == serial)
            metrics->versions[i].served_ns[node] = now_ns;
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
    now->is_signed = false; /* until a note of its own says otherwise */
    if (note->values[3])
        publish(metrics, now_ns, node, zone, note->serial);
    if (!note->values[2]) /* what is on the disk is no news */
        serve(metrics, now_ns, node, zone, note->serial);
}

static void on_signatures(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                          const struct host_note *note)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    now->is_signed = true;
    now->signatures_ns = note->values[0] * NS_PER_S - metrics->topology->start_ns;
}

static void on_transfer_done(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                             const struct host_note *note)
{
    struct zone_history *history = history_of(metrics, node, zone);
    struct metrics_zone *now = moment(history, now_ns);
    now->axfr += note->code == NOTE_AXFR;
    now->ixfr += note->code == NOTE_IXFR;
    now->fallback += note->code == NOTE_FALLBACK;
    now->bytes += (uint64_t)note->values[0];
    now->last_contact_ns = now_ns;
    now->last_transfer = metrics->transfer_count;
    memory_reserve(metrics->transfers, metrics->transfer_count, metrics->transfer_capacity);
    metrics->transfers[metrics->transfer_count++] =
        (struct metrics_transfer){.at_ns = now_ns,
                                  .duration_ns = note->values[2],
                                  .node = node,
                                  .zone = zone,
                                  .from = topology_index_node(&metrics->index, &note->peer),
                                  .kind = (enum note_transfer)note->code,
                                  .serial = note->serial,
                                  .bytes = (uint64_t)note->values[0],
                                  .messages = (uint64_t)note->values[1],
                                  .before = history->last_transfer};
    history->last_transfer = metrics->transfer_count;
}

static void on_failure(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                       const struct host_note *note)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    uint32_t from = topology_index_node(&metrics->index, &note->peer);
    bool is_transfer = note->kind == NOTE_TRANSFER_FAILED;
    now->failed += is_transfer;
    if (is_transfer && from != TOPOLOGY_NONE)
        metrics->failed_transfers[from * metrics->topology->node_count + node]++;
    if (note->text) {
        now->last_failure = note->text;
        now->last_failure_ns = now_ns;
        now->last_failure_from = from;
    }
}

/* What notes say of when the sources are looked at next. */
static void keep_next_refresh(struct zone_history *history, int64_t now_ns,
                              const struct host_note *note)
{
    if (note->kind == NOTE_REFRESH_STARTED)
        history->next_refresh_ns = now_ns;
    else if (note->kind == NOTE_REFRESH_FAILED)
        history->next_refresh_ns = note->values[0];
    else if (note->kind == NOTE_ZONE_CONTACT || note->kind == NOTE_ZONE_DUE)
        history->next_refresh_ns = note->values[1];
}

/* Nothing is left of it but what is counted. */
static void on_removed(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone)
{
    struct metrics_zone *now = moment(history_of(metrics, node, zone), now_ns);
    now->state = METRICS_REMOVED;
    now->serial = 0;
    now->has_serial = now->is_signed = false;
    now->expires_ns = -1;
    history_of(metrics, node, zone)->next_refresh_ns = -1;
}

void metrics_zone_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                       const struct host_note *note)
{
    uint32_t zone = topology_index_zone(&metrics->index, note->name);
    if (zone == TOPOLOGY_NONE)
        return;
    struct zone_history *history = history_of(metrics, node, zone);
    keep_next_refresh(history, now_ns, note);
    metrics_member_note(metrics, now_ns, node, zone, note);
    switch (note->kind) {
    case NOTE_ZONE_ROLE:
        moment(history, now_ns)->role = (enum note_role)note->code;
        break;
    case NOTE_ZONE_SERVING:
        on_serving(metrics, now_ns, node, zone, note);
        break;
    case NOTE_ZONE_SIGNATURES:
        on_signatures(metrics, now_ns, node, zone, note);
        break;
    case NOTE_ZONE_LOADING:
        moment(history, now_ns)->state = METRICS_LOADING;
        break;
    case NOTE_ZONE_EXPIRED:
        moment(history, now_ns)->state = METRICS_EXPIRED;
        break;
    case NOTE_ZONE_CONTACT:
        /* 0: it never expires */
        samples_add(&history->contacts, now_ns,
                    note->values[0] < 0 ? 0 : (uint64_t)(note->values[0] - now_ns));
        break;
    case NOTE_MEMBER_REMOVED:
        on_removed(metrics, now_ns, node, zone);
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

/* A serial alone does not say that a version is there: it may have been given to two of them. */
static bool has_version(const struct published *published, uint32_t node,
                        const struct metrics_zone *state, int64_t at_ns)
{
    int64_t served_ns = published->served_ns[node];
    return published->version.serial == state->serial && served_ns >= 0 && served_ns <= at_ns;
}

/* Which versions NODE lacked at AT_NS, and since when. */
static void add_behind(const struct metrics *metrics, uint32_t node, uint32_t zone, int64_t at_ns,
                       struct metrics_zone *state)
{
    int64_t first_ns = at_ns;
    state->behind_ns = -1;
    if (!state->has_serial)
        return;
    for (size_t i = metrics->last_versions[zone]; state->role == NOTE_SECONDARY && i != NO_VERSION;
         i = metrics->versions[i].previous) {
        const struct published *published = &metrics->versions[i];
        if (published->version.published_ns > at_ns)
            continue;
        if (has_version(published, node, state, at_ns))
            break;
        first_ns = published->version.published_ns;
        state->behind_versions++;
    }
    state->behind_ns = at_ns - first_ns;
}

struct metrics_lag metrics_lag(const struct metrics *metrics, uint32_t node, uint32_t zone,
                               int64_t at_ns)
{
    const struct zone_history *history = history_of(metrics, node, zone);
    struct metrics_zone state = {0};
    if (history->count > 0)
        state = history->moments[history->count - 1].zone;
    add_behind(metrics, node, zone, at_ns, &state);
    return (struct metrics_lag){.since_ns =
                                    state.behind_versions > 0 ? at_ns - state.behind_ns : -1,
                                .versions = state.behind_versions,
                                .has_version = state.has_serial};
}

/* Puts the last contact up to AT_NS into STATE, unless what it knows is later. */
static void add_contact(const struct zone_history *history, int64_t at_ns,
                        struct metrics_zone *state)
{
    for (struct samples_cursor c = samples_first(&history->contacts);
         samples_next(&c) && c.at_ns <= at_ns;) {
        if (c.at_ns < state->last_contact_ns)
            continue;
        state->last_contact_ns = c.at_ns;
        state->expires_ns = c.value == 0 ? -1 : c.at_ns + (int64_t)c.value;
    }
}

bool metrics_holds(const struct metrics *metrics, uint32_t node, uint32_t zone)
{
    return history_of(metrics, node, zone)->count > 0;
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
        return (struct metrics_zone){.last_contact_ns = -1,
                                     .expires_ns = -1,
                                     .behind_ns = -1,
                                     .last_transfer = METRICS_NO_TRANSFER,
                                     .last_failure_from = TOPOLOGY_NONE};
    struct metrics_zone state = history->moments[low - 1].zone;
    if (state.state != METRICS_REMOVED)
        add_contact(history, at_ns, &state);
    state.host_down = metrics_was_down(&metrics->nodes[node].outage, at_ns);
    add_behind(metrics, node, zone, at_ns, &state);
    return state;
}

/* When signatures had run out at the INDEX-th moment of HISTORY or, up to END_NS, until the next
 * one; -1: they had not. */
static int64_t run_out_ns(const struct zone_history *history, const struct outage *outage,
                          size_t index, int64_t end_ns)
{
    const struct zone_moment *moment = &history->moments[index];
    int64_t out_ns = moment->zone.signatures_ns;
    if (out_ns < moment->at_ns)
        out_ns = moment->at_ns;
    if (index + 1 < history->count && history->moments[index + 1].at_ns <= end_ns)
        end_ns = history->moments[index + 1].at_ns - 1;
    bool out = moment->zone.is_signed && moment->zone.state == METRICS_SERVING && out_ns <= end_ns;
    return out && !metrics_was_down(outage, out_ns) ? out_ns : -1;
}

bool metrics_signatures_out(const struct metrics *metrics, uint32_t node, uint32_t zone,
                            int64_t end_ns, size_t *cursor, int64_t *at_ns)
{
    const struct zone_history *history = history_of(metrics, node, zone);
    const struct outage *outage = &metrics->nodes[node].outage;
    while (*cursor < history->count) {
        size_t i = (*cursor)++;
        *at_ns = run_out_ns(history, outage, i, end_ns);
        if (*at_ns >= 0 && (i == 0 || run_out_ns(history, outage, i - 1, end_ns) < 0))
            return true;
    }
    return false;
}

struct metrics_transfer metrics_transfer(const struct metrics *metrics, size_t index)
{
    return metrics->transfers[index];
}

int64_t metrics_next_refresh_ns(const struct metrics *metrics, uint32_t node, uint32_t zone)
{
    const struct zone_history *history = history_of(metrics, node, zone);
    bool is_secondary =
        history->count > 0 && history->moments[history->count - 1].zone.role == NOTE_SECONDARY;
    return is_secondary && !metrics_node_outage(metrics, node).at_end ? history->next_refresh_ns
                                                                      : -1;
}

/* Of KIND alone, or (NULL) of any. */
static uint64_t count_transfers(const struct metrics *metrics, const struct zone_history *history,
                                uint32_t from, const enum note_transfer *kind, int64_t from_ns,
                                int64_t to_ns)
{
    uint64_t count = 0;
    for (size_t i = history->last_transfer; i > 0; i = metrics->transfers[i - 1].before) {
        const struct metrics_transfer *t = &metrics->transfers[i - 1];
        count += (from == METRICS_ALL || t->from == from) && (!kind || t->kind == *kind) &&
                 t->at_ns >= from_ns && t->at_ns < to_ns;
    }
    return count;
}

uint64_t metrics_transfers(const struct metrics *metrics, uint32_t node, uint32_t zone,
                           uint32_t from, int64_t from_ns, int64_t to_ns)
{
    return count_transfers(metrics, history_of(metrics, node, zone), from, NULL, from_ns, to_ns);
}

uint64_t metrics_incremental(const struct metrics *metrics, uint32_t node, uint32_t zone,
                             uint32_t from, int64_t from_ns, int64_t to_ns)
{
    static const enum note_transfer ixfr = NOTE_IXFR;
    return count_transfers(metrics, history_of(metrics, node, zone), from, &ixfr, from_ns, to_ns);
}

uint64_t metrics_failed_transfers(const struct metrics *metrics, uint32_t node, uint32_t from)
{
    return metrics->failed_transfers[from * metrics->topology->node_count + node];
}

size_t metrics_version_count(const struct metrics *metrics)
{
    return metrics->version_count;
}

struct metrics_version metrics_version(const struct metrics *metrics, size_t index)
{
    return metrics->versions[index].version;
}

int64_t metrics_served_ns(const struct metrics *metrics, size_t index, uint32_t node)
{
    return metrics->versions[index].served_ns[node];
}
