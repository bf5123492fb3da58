/*
 * What becomes of signed zones on the timeline. Nodes sign nothing: each change of a
 * signed zone gets the version that it leads to, signed, before the run; and changes
 * are added at which the primaries make all signatures anew.
 *
 * A change that can't be made is left to the server, which says so.
 */
#include "scenarios/stage/internal.h"

#include <stdlib.h>

/* ---- signatures made anew ------------------------------------------------------------------ */

static int64_t interval_ns(const struct scenario_signing *sign)
{
    return sign->resign_ns > 0 ? sign->resign_ns : sign->lifetime_ns / 2;
}

static void add_resigns(struct stage *stage, const struct stage_zone *zone, uint32_t server)
{
    const struct scenario_signing *sign = zone->source->sign;
    /* Whole intervals after the first inception, as far as that is after the start. */
    int64_t step_ns = interval_ns(sign);
    for (int64_t at_ns = step_ns - sign->inception_ns % step_ns;
         at_ns < stage->scenario->duration_ns; at_ns += step_ns) {
        memory_reserve(stage->changes, stage->change_count, stage->change_capacity);
        stage->changes[stage->change_count++] = (struct stage_change){
            .at_ns = at_ns, .server = server, .resigns = true, .change.origin = zone->origin};
    }
}

static bool is_primary(const struct stage *stage, uint32_t server, size_t zone)
{
    const struct reference_list *primary = &stage->scenario->servers[server].primary;
    for (size_t i = 0; i < primary->count; i++)
        if (primary->items[i].index == zone)
            return true;
    return false;
}

/* ---- versions ------------------------------------------------------------------------------ */

/* What one primary has of one zone as the changes go on. */
struct course {
    struct stage *stage;
    const struct stage_zone *zone;
    struct zone *plain, *done; /* as changed; and signed */
};

static void advance(struct course *course, struct stage_change *change)
{
    const char *why = NULL;
    struct zone *plain = server_change_apply(course->plain, &change->change, &why);
    if (!plain)
        return;
    struct zone *done = stage_sign(course->stage, course->zone, plain, change->at_ns,
                                   change->resigns ? NULL : course->done);
    zone_release(course->plain);
    zone_release(course->done);
    course->plain = plain;
    course->done = done;
    change->change.replacement = zone_retain(done);
    change->change.steps = NULL;
    change->change.step_count = 0;
    change->change.has_serial = false;
}

/* In order of time; what is said in the scenario comes before what is added. */
static int compare(const void *a, const void *b)
{
    const struct stage_change *one = *(struct stage_change *const *)a;
    const struct stage_change *two = *(struct stage_change *const *)b;
    int order = (one->at_ns > two->at_ns) - (one->at_ns < two->at_ns);
    return order != 0 ? order : (one > two) - (one < two);
}

static void follow(struct stage *stage, const struct stage_zone *zone, uint32_t server)
{
    struct stage_change **list = memory_alloc(stage->change_count * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < stage->change_count; i++)
        if (stage->changes[i].server == server &&
            name_equal(stage->changes[i].change.origin, zone->origin))
            list[count++] = &stage->changes[i];
    if (count > 0)
        qsort(list, count, sizeof *list, compare);
    struct course course = {stage, zone, zone_retain(zone->unsigned_zone), zone_retain(zone->zone)};
    for (size_t i = 0; i < count; i++)
        advance(&course, list[i]);
    zone_release(course.plain);
    zone_release(course.done);
    free(list);
}

void stage_sign_changes(struct stage *stage)
{
    size_t zones = stage->scenario->zone_count, servers = stage->scenario->server_count;
    for (size_t i = 0; i < zones; i++)
        for (uint32_t k = 0; stage->zones[i].key && k < servers; k++)
            if (is_primary(stage, k, i))
                add_resigns(stage, &stage->zones[i], k);
    for (size_t i = 0; i < zones; i++)
        for (uint32_t k = 0; stage->zones[i].key && k < servers; k++)
            if (is_primary(stage, k, i))
                follow(stage, &stage->zones[i], k);
}
