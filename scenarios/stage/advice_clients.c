/*
 * Advice on names that clients ask for although no zone has them, from the start to
 * the end of the timeline: they would find them missing and count as served. What
 * 'missing' asks for is meant so, and names at or below a delegation are not looked into.
 */
#include "scenarios/stage/internal.h"

/* An RRset of TYPE at OWNER makes NAME exist, or at least answers for it. */
static bool brings(const uint8_t *owner, uint16_t type, const uint8_t *name)
{
    if (name_is_under(owner, name)) /* the name itself, or it becomes an empty non-terminal */
        return true;
    if (name_is_wildcard(owner))
        return name_is_under(name, name_parent(owner));
    return (type == RR_NS || type == RR_DNAME) && name_is_under(name, owner);
}

static bool has_name(const struct zone *zone, const uint8_t *name)
{
    struct zone_search search;
    uint8_t wildcard[NAME_SIZE_MAX];
    zone_search(zone, name, &search);
    if (search.node || search.cut || zone_name_exists(zone, name))
        return true;
    name_prepend(bytes_of_text("*"), name_suffix(name, search.encloser_labels), wildcard);
    return zone_find(zone, wildcard) != NULL;
}

static bool comes_to_have(const struct server_change *change, const uint8_t *name)
{
    if (change->replacement && has_name(change->replacement, name))
        return true;
    for (size_t i = 0; i < change->step_count; i++)
        if (change->steps[i].kind == SERVER_CHANGE_ADD &&
            brings(change->steps[i].rr.owner, change->steps[i].rr.type, name))
            return true;
    return false;
}

static bool ever_has(const struct stage *stage, const struct stage_zone *zone, const uint8_t *name)
{
    if (has_name(zone->zone, name))
        return true;
    for (size_t i = 0; i < stage->change_count; i++)
        if (name_equal(stage->changes[i].change.origin, zone->origin) &&
            comes_to_have(&stage->changes[i].change, name))
            return true;
    return false;
}

static void advise_query(const struct stage *stage, const struct scenario_text *text,
                         const uint8_t *name)
{
    const struct stage_zone *zone = stage_zone_of(stage, name);
    if (!zone || !zone->source)
        diagnostics_advice(stage->diagnostics, text->place,
                           "no zone of the scenario has '%s': no look-up of it finds anything",
                           text->text);
    else if (!ever_has(stage, zone, name))
        diagnostics_advice(stage->diagnostics, text->place,
                           "'%s' never has '%s': every look-up of it ends in NXDOMAIN", zone->name,
                           text->text);
}

void stage_advise_clients(const struct stage *stage)
{
    for (size_t i = 0; i < stage->scenario->clients_count; i++) {
        const struct scenario_queries *queries = &stage->scenario->clients[i].queries;
        for (size_t k = 0; k < queries->names.count; k++)
            advise_query(stage, &queries->names.items[k], queries->name_wires[k]);
    }
}
