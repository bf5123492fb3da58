/*
 * What happened, from notes and faults: a small state per zone on each server tells
 * the first failure of a row from those that follow.
 */
#include "reports/timeline.h"

#include <stdlib.h>

#include "sim/base/arena.h"

/* Entries of one instant are looked through for one to join, but not all of a thousand. */
enum { JOIN_DISTANCE = 64 };

struct zone_watch {
    bool held;    /* has been served here, by now or before the run */
    bool serving; /* has been, and has not expired since */
    bool failing; /* with `source`, until it succeeds with that one */
    bool missed;  /* told: it has expired, or could not be had in the first place */
    struct address source;
    bool is_catalog; /* whose members are held here */
    uint32_t members;
};

struct entry {
    struct timeline_entry entry;
    const char *group; /* of the node: what entries join by */
};

struct timeline {
    struct topology_index index;
    struct arena arena;
    struct zone_watch *watches; /* node * zone_count + zone */
    struct entry *entries;
    size_t count, capacity;
};

struct timeline *timeline_create(const struct topology *topology)
{
    struct timeline *timeline = memory_zeroed(sizeof *timeline);
    topology_index_build(&timeline->index, topology);
    timeline->watches =
        memory_zeroed(topology->node_count * topology->zone_count * sizeof *timeline->watches);
    return timeline;
}

void timeline_destroy(struct timeline *timeline)
{
    topology_index_free(&timeline->index);
    arena_release(&timeline->arena);
    free(timeline->watches);
    free(timeline->entries);
    free(timeline);
}

size_t timeline_count(const struct timeline *timeline)
{
    return timeline->count;
}

const struct timeline_entry *timeline_at(const struct timeline *timeline, size_t index)
{
    return &timeline->entries[index].entry;
}

/* ---- entries ------------------------------------------------------------------------------ */

static bool is_same(const struct entry *a, const struct entry *b)
{
    return a->entry.at_ns == b->entry.at_ns && a->entry.kind == b->entry.kind && a->group &&
           b->group && strcmp(a->group, b->group) == 0 && a->entry.zone == b->entry.zone &&
           a->entry.serial == b->entry.serial && a->entry.reason == b->entry.reason &&
           a->entry.command == b->entry.command && a->entry.ahead_ns == b->entry.ahead_ns &&
           a->entry.peer == b->entry.peer && a->entry.alarm == b->entry.alarm;
}

static void add(struct timeline *timeline, const struct entry *entry)
{
    size_t low = timeline->count > JOIN_DISTANCE ? timeline->count - JOIN_DISTANCE : 0;
    for (size_t i = timeline->count; i-- > low;) {
        struct entry *other = &timeline->entries[i];
        if (other->entry.at_ns != entry->entry.at_ns)
            break;
        if (!is_same(other, entry))
            continue;
        other->entry.what = entry->group;
        other->entry.count++;
        return;
    }
    memory_reserve(timeline->entries, timeline->count, timeline->capacity);
    timeline->entries[timeline->count++] = *entry;
}

/* ---- faults ------------------------------------------------------------------------------- */

static void on_fault(void *context, int64_t now_ns, enum trace_fault fault, const char *what)
{
    static const enum timeline_kind kinds[] = {
        [TRACE_FAILED] = TIMELINE_FAILED,       [TRACE_STOPPED] = TIMELINE_STOPPED,
        [TRACE_RECOVERED] = TIMELINE_RECOVERED, [TRACE_WITHDRAWN] = TIMELINE_WITHDRAWN,
        [TRACE_ANNOUNCED] = TIMELINE_ANNOUNCED, [TRACE_BLOCKED] = TIMELINE_BLOCKED,
    };
    struct timeline *timeline = context;
    const struct topology *topology = timeline->index.topology;
    struct topology_place place = topology_find_place(topology, what);
    bool is_route = fault == TRACE_WITHDRAWN || fault == TRACE_ANNOUNCED;
    if (is_route && place.kind == TOPOLOGY_AT_NODE && topology->nodes[place.index].of_hierarchy)
        return;
    struct entry entry = {
        .entry = {.at_ns = now_ns - topology->start_ns,
                  .kind = kinds[fault],
                  .what = arena_text(&timeline->arena, what),
                  .zone = TOPOLOGY_NONE,
                  .count = 1},
        .group = place.kind == TOPOLOGY_AT_NODE ? topology->nodes[place.index].group : NULL,
    };
    add(timeline, &entry);
}

/* About a node of the scenario, and no zone. */
static void add_about(struct timeline *timeline, int64_t now_ns, uint32_t host,
                      struct timeline_entry entry)
{
    const struct topology *topology = timeline->index.topology;
    const struct topology_node *node = &topology->nodes[topology->host_nodes[host]];
    entry.at_ns = now_ns - topology->start_ns;
    entry.what = node->name;
    entry.zone = TOPOLOGY_NONE;
    entry.count = 1;
    add(timeline, &(struct entry){entry, node->group});
}

static void on_clock(void *context, int64_t now_ns, uint32_t host, int64_t offset_ns)
{
    add_about(context, now_ns, host,
              (struct timeline_entry){.kind = TIMELINE_CLOCK, .ahead_ns = offset_ns});
}

static void on_unheard(void *context, int64_t now_ns, uint32_t host, const char *command)
{
    add_about(context, now_ns, host,
              (struct timeline_entry){.kind = TIMELINE_UNHEARD, .command = command});
}

/* ---- zones -------------------------------------------------------------------------------- */

/* A note about a zone, where it came from and what is known of the zone there. */
struct occasion {
    struct timeline *timeline;
    const struct host_note *note;
    struct zone_watch *watch;
    int64_t now_ns;
    uint32_t node, zone;
};

static void tell(const struct occasion *occasion, enum timeline_kind kind)
{
    const struct topology_index *index = &occasion->timeline->index;
    const struct topology_node *node = &index->topology->nodes[occasion->node];
    uint32_t peer = topology_index_node(index, &occasion->note->peer);
    bool about_peer =
        (kind == TIMELINE_TRANSFER_FAILED || kind == TIMELINE_ALARM) && peer != TOPOLOGY_NONE;
    enum note_command command = (enum note_command)occasion->note->code;
    struct entry entry = {
        .entry = {.at_ns = occasion->now_ns,
                  .kind = kind,
                  .what = node->name,
                  .zone = occasion->zone,
                  .serial = occasion->note->serial,
                  .count = 1,
                  .reason = occasion->note->text,
                  .command = kind == TIMELINE_COMMAND ? note_command_name(command) : NULL,
                  .peer = about_peer ? index->topology->nodes[peer].name : NULL,
                  .alarm = kind == TIMELINE_ALARM ? (enum note_alarm)occasion->note->code
                                                  : NOTE_ALARM_NONE,
                  .members = kind == TIMELINE_MEMBERS ? (uint32_t)occasion->note->values[0] : 0,
                  .members_before = kind == TIMELINE_MEMBERS ? occasion->watch->members : 0},
        .group = node->group,
    };
    add(occasion->timeline, &entry);
}

/* What every server does at its start is not worth telling, what comes after trouble is. */
static void on_serving(const struct occasion *occasion)
{
    struct zone_watch *watch = occasion->watch;
    if (occasion->note->values[3])
        tell(occasion, TIMELINE_PUBLISHED);
    else if (watch->missed)
        tell(occasion, watch->held ? TIMELINE_SERVING : TIMELINE_FIRST_SERVING);
    watch->held = true;
    watch->serving = true;
    watch->missed = false;
}

static void on_expired(const struct occasion *occasion)
{
    if (occasion->watch->missed) /* and the host came back with what had expired */
        return;
    tell(occasion, TIMELINE_EXPIRED);
    occasion->watch->held = true;
    occasion->watch->serving = false;
    occasion->watch->missed = true;
}

static void on_contact(const struct occasion *occasion)
{
    if (address_same_ip(&occasion->watch->source, &occasion->note->peer))
        occasion->watch->failing = false;
}

static void on_failure(const struct occasion *occasion)
{
    if (occasion->watch->failing)
        return;
    occasion->watch->failing = true;
    occasion->watch->missed = !occasion->watch->serving;
    occasion->watch->source = occasion->note->peer;
    tell(occasion, TIMELINE_TRANSFER_FAILED);
}

/* The first list, also from the disk, is what all that follow are compared with. */
static void on_catalog(const struct occasion *occasion)
{
    struct zone_watch *watch = occasion->watch;
    uint32_t members = (uint32_t)occasion->note->values[0];
    if (watch->is_catalog && watch->members != members)
        tell(occasion, TIMELINE_MEMBERS);
    watch->is_catalog = true;
    watch->members = members;
}

static void on_zone_note(const struct occasion *occasion)
{
    switch (occasion->note->kind) {
    case NOTE_CATALOG_READ:
        on_catalog(occasion);
        break;
    case NOTE_CATALOG_BROKEN:
        tell(occasion, TIMELINE_CATALOG_BROKEN);
        break;
    case NOTE_MEMBER_REMOVED:
        *occasion->watch = (struct zone_watch){0};
        break;
    case NOTE_ZONE_SERVING:
        on_serving(occasion);
        break;
    case NOTE_ZONE_EXPIRED:
        on_expired(occasion);
        break;
    case NOTE_ZONE_CONTACT:
    case NOTE_TRANSFER_DONE:
        on_contact(occasion);
        break;
    case NOTE_TRANSFER_FAILED:
    case NOTE_REFRESH_FAILED:
        on_failure(occasion);
        break;
    case NOTE_CHANGE_FAILED:
        tell(occasion, TIMELINE_CHANGE_FAILED);
        break;
    case NOTE_COMMAND:
        tell(occasion, TIMELINE_COMMAND);
        break;
    case NOTE_ALARM_RAISED:
        tell(occasion, TIMELINE_ALARM);
        break;
    default:
        break;
    }
}

static void on_note(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct timeline *timeline = context;
    const struct topology *topology = timeline->index.topology;
    if (note->kind < NOTE_ZONE_SERVING)
        return;
    uint32_t node = topology->host_nodes[host];
    if (note->kind == NOTE_CERTIFICATE && note->code)
        tell(&(struct occasion){.timeline = timeline,
                                .note = note,
                                .now_ns = now_ns - topology->start_ns,
                                .node = node,
                                .zone = TOPOLOGY_NONE},
             TIMELINE_RENEWED);
    uint32_t zone = topology_index_zone(&timeline->index, note->name);
    if (zone == TOPOLOGY_NONE)
        return;
    on_zone_note(&(struct occasion){
        .timeline = timeline,
        .note = note,
        .watch = &timeline->watches[node * topology->zone_count + zone],
        .now_ns = now_ns - topology->start_ns,
        .node = node,
        .zone = zone,
    });
}

struct trace_listener timeline_listener(struct timeline *timeline)
{
    return (struct trace_listener){.context = timeline,
                                   .note = on_note,
                                   .fault = on_fault,
                                   .clock = on_clock,
                                   .unheard = on_unheard};
}
