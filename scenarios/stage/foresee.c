/*
 * Advice on a timeline that is played through beforehand, as far as it is about
 * versions: changes that can't be made, serials that secondaries will not follow,
 * words to servers that are down.
 *
 * What depends on the network is left out: secondaries are taken to have each
 * version that they can see. Serials of zones that are signed here are not
 * foreseen, since signatures made anew raise them.
 */
#include "scenarios/stage/internal.h"

#include <stdlib.h>

/* A zone on one of its primaries. */
struct course {
    uint32_t server, zone;
    struct zone *version, *edited; /* served; and what waits for a thaw, or NULL */
    bool frozen;
    uint32_t seen; /* the serial that secondaries have */
};

struct foresight {
    const struct stage *stage;
    const struct scenario_event *event;
    struct course *courses;
    size_t count, capacity;
    bool *down; /* by member */
};

static struct course *course_of(struct foresight *sight)
{
    const struct scenario_event *event = sight->event;
    for (size_t i = 0; i < sight->count; i++)
        if (sight->courses[i].server == event->on.index &&
            sight->courses[i].zone == event->zone.index)
            return &sight->courses[i];
    memory_reserve(sight->courses, sight->count, sight->capacity);
    struct zone *zone = sight->stage->zones[event->zone.index].zone;
    struct course *course = &sight->courses[sight->count++];
    *course = (struct course){.server = event->on.index,
                              .zone = event->zone.index,
                              .version = zone_retain(zone),
                              .seen = zone_serial(zone)};
    return course;
}

static void advise(const struct foresight *sight, const char *sentence)
{
    diagnostics_advice(sight->stage->diagnostics, sight->event->place, "%s", sentence);
}

/* ---- versions ------------------------------------------------------------------------------ */

/* Takes over VERSION. */
static void publish(struct foresight *sight, struct course *course, struct zone *version)
{
    uint32_t serial = zone_serial(version);
    bool is_new = !zone_equal(course->version, version);
    zone_release(course->version);
    course->version = version;
    if (sight->stage->zones[course->zone].key)
        return;
    if (is_new && serial == course->seen)
        diagnostics_advice(sight->stage->diagnostics, sight->event->place,
                           "the serial stays %u though the zone is another: secondaries will not "
                           "see it",
                           serial);
    else if (is_new && !serial_is_after(serial, course->seen))
        diagnostics_advice(sight->stage->diagnostics, sight->event->place,
                           "this version has the serial %u: secondaries that have %u will not see "
                           "it (RFC 1982)",
                           serial, course->seen);
    else
        course->seen = serial;
}

static void drop_edited(struct course *course)
{
    zone_release(course->edited);
    course->edited = NULL;
}

/* The first zone to be withdrawn that CATALOG does not list; NULL: none. */
static const struct reference *absent_member(const struct foresight *sight,
                                             const struct zone *catalog)
{
    const struct reference_list *withdraw = &sight->event->withdraw;
    for (size_t i = 0; i < withdraw->count; i++) {
        const uint8_t *member = sight->stage->zones[withdraw->items[i].index].origin;
        struct rr rr = stage_catalog_member(sight->stage, zone_origin(catalog), member);
        if (!zone_find(catalog, rr.owner))
            return &withdraw->items[i];
    }
    return NULL;
}

static void change(struct foresight *sight, struct course *course, const struct server_change *what)
{
    const char *why = NULL;
    const struct zone *base = course->edited ? course->edited : course->version;
    struct zone *version = server_change_apply(base, what, &why);
    const struct reference *absent = version ? NULL : absent_member(sight, base);
    if (absent) {
        diagnostics_advice(sight->stage->diagnostics, absent->place,
                           "this change can't be made then: the catalog does not list '%s'",
                           absent->name);
    } else if (!version) {
        advise(sight, arena_format(sight->stage->arena, "this change can't be made then: %s", why));
    } else if (course->frozen) {
        drop_edited(course);
        course->edited = version;
    } else {
        publish(sight, course, version);
    }
}

static void freeze(struct foresight *sight, struct course *course)
{
    if (course->frozen)
        advise(sight, "the zone is frozen already then");
    course->frozen = true;
}

static void thaw(struct foresight *sight, struct course *course)
{
    struct zone *edited = course->edited;
    if (!course->frozen)
        advise(sight, "the zone is not frozen then");
    course->frozen = false;
    course->edited = NULL;
    if (edited)
        publish(sight, course, edited);
}

static void reload(struct foresight *sight, struct course *course, struct zone *version)
{
    const struct scenario_peers *update =
        &sight->stage->scenario->servers[course->server].allow_update;
    if ((update->any || update->list.count > 0) && !course->frozen) {
        advise(sight, "the zone takes dynamic updates and is not frozen then: no reload");
        return;
    }
    drop_edited(course);
    if (version) /* else its mistakes have been told */
        publish(sight, course, zone_retain(version));
}

/* A forced transfer brings whatever the primaries have. */
static void transfer(struct foresight *sight)
{
    for (size_t i = 0; i < sight->count; i++)
        if (sight->courses[i].zone == sight->event->zone.index)
            sight->courses[i].seen = zone_serial(sight->courses[i].version);
}

/* ---- faults -------------------------------------------------------------------------------- */

/* What was frozen thaws, and what waited is lost. */
static void forget(struct foresight *sight, uint32_t server)
{
    for (size_t i = 0; i < sight->count; i++)
        if (sight->courses[i].server == server) {
            sight->courses[i].frozen = false;
            drop_edited(&sight->courses[i]);
        }
}

static void turn(struct foresight *sight, bool down)
{
    const struct reference *target = &sight->event->target;
    for (size_t i = 0; i < sight->stage->member_count; i++) {
        const struct stage_member *member = &sight->stage->members[i];
        bool is_there = target->kind == REFERENCE_SITE && member->site == target->index;
        if (!is_there && !stage_is_meant(member, target))
            continue;
        sight->down[i] = down;
        if (down && member->kind == TOPOLOGY_SERVER)
            forget(sight, member->source);
    }
}

/* Nobody is there to hear it. */
static bool is_unheard(const struct foresight *sight)
{
    for (size_t i = 0; i < sight->stage->member_count; i++)
        if (stage_is_meant(&sight->stage->members[i], &sight->event->on) && !sight->down[i])
            return false;
    return true;
}

/* ---- the timeline -------------------------------------------------------------------------- */

static void play_order(struct foresight *sight, const struct stage_change *order)
{
    if (is_unheard(sight)) {
        advise(sight, arena_format(sight->stage->arena, "'%s' is down then: nothing comes of it",
                                   sight->event->on.name));
        return;
    }
    switch (sight->event->action) {
    case ACTION_CHANGE:
        change(sight, course_of(sight), &order->change);
        break;
    case ACTION_FREEZE:
        freeze(sight, course_of(sight));
        break;
    case ACTION_THAW:
        thaw(sight, course_of(sight));
        break;
    case ACTION_RELOAD:
        reload(sight, course_of(sight), order->change.replacement);
        break;
    case ACTION_TRANSFER:
        transfer(sight);
        break;
    case ACTION_REFRESH:
    case ACTION_NOTIFY:
    case ACTION_FAIL:
    case ACTION_RECOVER:
    case ACTION_STOP:
    case ACTION_SKEW:
    case ACTION_RENEW:
    case ACTION_BLOCK_TCP:
        break;
    }
}

void stage_foresee(const struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    struct foresight sight = {.stage = stage, .down = memory_zeroed(stage->member_count + 1)};
    size_t next = 0; /* of the stage's changes, which are in the timeline's order */
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        sight.event = &scenario->timeline[i];
        enum scenario_action action = sight.event->action;
        if (next < stage->change_count && stage->changes[next].event == sight.event)
            play_order(&sight, &stage->changes[next++]);
        else if (action == ACTION_FAIL || action == ACTION_STOP)
            turn(&sight, true);
        else if (action == ACTION_RECOVER)
            turn(&sight, false);
    }
    for (size_t i = 0; i < sight.count; i++) {
        zone_release(sight.courses[i].version);
        zone_release(sight.courses[i].edited);
    }
    free(sight.courses);
    free(sight.down);
}
