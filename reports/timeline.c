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
    bool is_catalog; /* whose members are held here, and whose list has been read */
    bool refused;    /* as a member, told */
    bool put_off;    /* its signatures, told */
};

struct node_watch {
    bool tells_members; /* the list read last was not the first */
    bool has_certificate, ran_out;
    int64_t certificate_ns; /* when it runs out, since the start of the run */
};

struct entry {
    struct timeline_entry entry;
    const char *group; /* of the node: what entries join by */
    size_t order;      /* for those of one instant, once all are there */
};

struct timeline {
    struct topology_index index;
    struct arena arena;
    struct zone_watch *watches; /* node * zone_count + zone */
    struct node_watch *nodes;
    struct entry *entries;
    size_t count, capacity;
};

struct timeline *timeline_create(const struct topology *topology)
{
    struct timeline *timeline = memory_zeroed(sizeof *timeline);
    topology_index_build(&timeline->index, topology);
    timeline->watches =
        memory_zeroed(topology->node_count * topology->zone_count * sizeof *timeline->watches);
    timeline->nodes = memory_zeroed(topology->node_count * sizeof *timeline->nodes);
    return timeline;
}

void timeline_destroy(struct timeline *timeline)
{
    topology_index_free(&timeline->index);
    arena_release(&timeline->arena);
    free(timeline->watches);
    free(timeline->nodes);
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

static bool takes_several_zones(enum timeline_kind kind)
{
    return kind == TIMELINE_SIGNATURES_OUT ||
           (kind >= TIMELINE_MEMBER_REFUSED && kind <= TIMELINE_MEMBER_MOVED);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
    return a->entry.at_ns == b->entry.at_ns && a->entry.kind == b->entry.kind && a->group &&
           b->group && strcmp(a->group, b->group) == 0 && a->entry.zone == b->entry.zone &&
           a->entry.serial == b->entry.serial && a->entry.reason == b->entry.reason &&
           a->entry.command == b->entry.command && a->entry.ahead_ns == b->entry.ahead_ns &&
           a->entry.peer == b->entry.peer && a->entry.alarm == b->entry.alarm &&
           !takes_several_zones(a->entry.kind);
}

/* The same of another zone, on the same node. */
static bool is_same_of_zone(const struct timeline_entry *a, const struct timeline_entry *b)
{
    return takes_several_zones(a->kind) && a->kind == b->kind && a->what == b->what &&
           a->reason == b->reason;
}

static void add(struct timeline *timeline, const struct entry *entry)
{
    size_t low = timeline->count > JOIN_DISTANCE ? timeline->count - JOIN_DISTANCE : 0;
    for (size_t i = timeline->count; i-- > low;) {
        struct entry *other = &timeline->entries[i];
        if (other->entry.at_ns != entry->entry.at_ns)
            break;
        if (is_same_of_zone(&other->entry, &entry->entry)) {
            other->entry.more_zones++;
            return;
        }
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

static void add_at(struct timeline *timeline, uint32_t index, struct timeline_entry entry)
{
    const struct topology_node *node = &timeline->index.topology->nodes[index];
    entry.what = node->name;
    entry.count = 1;
    add(timeline, &(struct entry){.entry = entry, .group = node->group});
}

/* About a node of the scenario, and no zone. */
static void add_about(struct timeline *timeline, int64_t now_ns, uint32_t host,
                      struct timeline_entry entry)
{
    const struct topology *topology = timeline->index.topology;
    entry.at_ns = now_ns - topology->start_ns;
    entry.zone = TOPOLOGY_NONE;
    add_at(timeline, topology->host_nodes[host], entry);
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
                                                  : NOTE_ALARM_NONE},
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

/* What comes with the first list, or with the one on the disk, is how it all starts. */
static void on_catalog(const struct occasion *occasion)
{
    struct node_watch *node = &occasion->timeline->nodes[occasion->node];
    node->tells_members = occasion->watch->is_catalog && !occasion->note->values[1];
    occasion->watch->is_catalog = true;
}

static void on_member(const struct occasion *occasion)
{
    static const enum timeline_kind kinds[] = {
        [NOTE_MEMBER_ADDED] = TIMELINE_MEMBER_ADDED,
        [NOTE_MEMBER_REMOVED] = TIMELINE_MEMBER_REMOVED,
        [NOTE_MEMBER_MOVED] = TIMELINE_MEMBER_MOVED,
        [NOTE_MEMBER_REFUSED] = TIMELINE_MEMBER_REFUSED,
    };
    bool refused = occasion->note->kind == NOTE_MEMBER_REFUSED;
    bool known = refused && occasion->watch->refused;
    if (!known && (refused || occasion->timeline->nodes[occasion->node].tells_members))
        tell(occasion, kinds[occasion->note->kind]);
    if (occasion->note->kind == NOTE_MEMBER_REMOVED)
        *occasion->watch = (struct zone_watch){0};
    occasion->watch->refused = refused;
}

static void on_put_off(const struct occasion *occasion)
{
    if (!occasion->watch->put_off)
        tell(occasion, TIMELINE_SIGNING_PUT_OFF);
    occasion->watch->put_off = true;
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
    case NOTE_MEMBER_ADDED:
    case NOTE_MEMBER_REMOVED:
    case NOTE_MEMBER_MOVED:
    case NOTE_MEMBER_REFUSED:
        on_member(occasion);
        break;
    case NOTE_ZONE_SIGNED:
        occasion->watch->put_off = false;
        break;
    case NOTE_SIGNING_PUT_OFF:
        on_put_off(occasion);
        break;
    case NOTE_CHANGE_WAITS:
        tell(occasion, TIMELINE_CHANGE_WAITS);
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

/* NODE's certificate has run out by NOW_NS after the start, and nobody has said so yet. */
static void look_at_certificate(struct timeline *timeline, uint32_t node, int64_t now_ns)
{
    struct node_watch *watch = &timeline->nodes[node];
    if (!watch->has_certificate || watch->ran_out || watch->certificate_ns > now_ns)
        return;
    watch->ran_out = true;
    add_at(timeline, node,
           (struct timeline_entry){.at_ns = watch->certificate_ns > 0 ? watch->certificate_ns : 0,
                                   .kind = TIMELINE_CERTIFICATE_OUT,
                                   .zone = TOPOLOGY_NONE});
}

static void on_certificate(struct timeline *timeline, int64_t now_ns, uint32_t host,
                           const struct host_note *note)
{
    const struct topology *topology = timeline->index.topology;
    uint32_t node = topology->host_nodes[host];
    struct node_watch *watch = &timeline->nodes[node];
    int64_t until_ns = note->values[0] * NS_PER_S - topology->start_ns;
    look_at_certificate(timeline, node, now_ns - topology->start_ns);
    if (!watch->has_certificate || watch->certificate_ns != until_ns)
        watch->ran_out = false;
    watch->has_certificate = true;
    watch->certificate_ns = until_ns;
    if (note->code)
        add_about(timeline, now_ns, host, (struct timeline_entry){.kind = TIMELINE_RENEWED});
}

static void on_note(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct timeline *timeline = context;
    const struct topology *topology = timeline->index.topology;
    if (note->kind < NOTE_ZONE_ROLE)
        return;
    uint32_t node = topology->host_nodes[host];
    if (note->kind == NOTE_CERTIFICATE)
        on_certificate(timeline, now_ns, host, note);
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

/* ---- the end ------------------------------------------------------------------------------- */

static void add_signatures(struct timeline *timeline, const struct metrics *metrics, uint32_t node,
                           int64_t end_ns)
{
    for (uint32_t zone = 0; zone < timeline->index.topology->zone_count; zone++) {
        int64_t at_ns;
        for (size_t cursor = 0;
             metrics_signatures_out(metrics, node, zone, end_ns, &cursor, &at_ns);)
            add_at(timeline, node,
                   (struct timeline_entry){
                       .at_ns = at_ns, .kind = TIMELINE_SIGNATURES_OUT, .zone = zone});
    }
}

static void add_lookups(struct timeline *timeline, const struct metrics *metrics, uint32_t node)
{
    struct metrics_outage_felt felt[METRICS_FELT_MAX];
    size_t count = metrics_outages_felt(metrics, node, felt);
    for (size_t i = 0; i < count; i++)
        add_at(timeline, node,
               (struct timeline_entry){.at_ns = felt[i].first_ns,
                                       .kind = TIMELINE_LOOKUPS_FAIL,
                                       .zone = TOPOLOGY_NONE,
                                       .until_ns = felt[i].last_ns,
                                       .share_ppb = felt[i].share_ppb});
}

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->entry.at_ns != y->entry.at_ns)
        return x->entry.at_ns < y->entry.at_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void timeline_finish(struct timeline *timeline, const struct metrics *metrics, int64_t end_ns)
{
    const struct topology *topology = timeline->index.topology;
    for (uint32_t i = 0; i < topology->node_count; i++) {
        look_at_certificate(timeline, i, end_ns);
        if (topology->nodes[i].kind == TOPOLOGY_SERVER)
            add_signatures(timeline, metrics, i, end_ns);
        else if (topology->nodes[i].kind == TOPOLOGY_CLIENTS)
            add_lookups(timeline, metrics, i);
    }
    for (size_t i = 0; i < timeline->count; i++)
        timeline->entries[i].order = i;
    if (timeline->count > 0)
        qsort(timeline->entries, timeline->count, sizeof *timeline->entries, by_time);
}
