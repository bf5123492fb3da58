/*
 * Catalog zones: who is listed, who holds what a catalog lists, and from where.
 * What a catalog's own records list is known only when they are read.
 */
#include "scenarios/check.h"

static void mark(bool *listed, const struct reference_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == REFERENCE_ZONE)
            listed[list->items[i].index] = true;
}

static bool takes_updates(const struct scenario *scenario, uint32_t catalog)
{
    for (size_t i = 0; i < scenario->server_count; i++)
        if (held_as_primary(&scenario->servers[i], catalog) &&
            (scenario->servers[i].allow_update.any ||
             scenario->servers[i].allow_update.list.count > 0))
            return true;
    return false;
}

/* Marks what the timeline enrols; false: it may add whatever there is. */
static bool mark_changes(const struct scenario *scenario, uint32_t catalog, bool *listed)
{
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (event->zone.kind != REFERENCE_ZONE || event->zone.index != catalog ||
            (event->action != ACTION_CHANGE && event->action != ACTION_RELOAD))
            continue;
        if (event->add.count > 0 || event->action == ACTION_RELOAD)
            return false;
        mark(listed, &event->enroll);
    }
    return true;
}

/* What may be a member of the catalog at some time, for all that is known here. */
static void list_members(struct load *load, uint32_t catalog)
{
    struct scenario *scenario = load->scenario;
    struct scenario_zone *zone = &scenario->zones[catalog];
    bool *listed = arena_alloc(load->arena, scenario->zone_count * sizeof *listed);
    if (!zone->catalog.items || takes_updates(scenario, catalog) ||
        !mark_changes(scenario, catalog, listed))
        return;
    mark(listed, &zone->catalog);
    zone->may_list = listed;
}

static bool may_list(const struct scenario *scenario, uint32_t catalog, uint32_t zone)
{
    const bool *listed = scenario->zones[catalog].may_list;
    return catalog != zone && (!listed || listed[zone]);
}

bool check_may_hold(const struct scenario *scenario, const struct scenario_server *server,
                    uint32_t zone)
{
    for (size_t i = 0; i < server->catalog_count; i++) {
        const struct scenario_secondary *secondary = server->catalogs[i];
        if (secondary->zone.kind == REFERENCE_ZONE &&
            may_list(scenario, secondary->zone.index, zone))
            return true;
    }
    return false;
}

/* ---- lists ------------------------------------------------------------------------------- */

static void check_list(struct load *load, uint32_t catalog, const struct reference_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == REFERENCE_ZONE && list->items[i].index == catalog &&
            !list->items[i].guessed)
            diagnostics_error(load->diagnostics, list->items[i].place,
                              "the catalog '%s' lists itself, expected other zones",
                              list->items[i].name);
}

static void check_event(struct load *load, const struct scenario_event *event)
{
    const struct reference_list *lists[] = {&event->enroll, &event->withdraw};
    if (event->unclear || event->action != ACTION_CHANGE || event->zone.kind != REFERENCE_ZONE)
        return;
    const struct scenario_zone *zone = &load->scenario->zones[event->zone.index];
    for (unsigned i = 0; i < 2; i++) {
        if (lists[i]->count > 0 && !zone->catalog.items && !event->zone.guessed)
            diagnostics_error(load->diagnostics, lists[i]->items[0].place,
                              "'%s' is not made from a list of members, expected a zone with "
                              "'catalog', or PTR records under 'add' and 'remove'",
                              event->zone.name);
        check_list(load, event->zone.index, lists[i]);
    }
}

/* ---- who holds members -------------------------------------------------------------------- */

static void fill_members(struct scenario *scenario, struct scenario_secondary *secondary)
{
    struct scenario_members *members = secondary->members;
    if (secondary->zone.kind == REFERENCE_ZONE)
        scenario->zones[secondary->zone.index].is_catalog = true;
    if (!members->from.items)
        members->from = secondary->from;
    if (!members->key.name)
        members->key = secondary->key;
    for (size_t i = 0; i < members->groups.count; i++) {
        struct scenario_member_group *group = &members->groups.items[i];
        if (!group->from.items)
            group->from = members->from;
        if (!group->key.name)
            group->key = members->key;
    }
}

/* The first listed zone that SOURCE can't give SERVER. */
static const struct reference *find_unheld(const struct scenario *scenario,
                                           const struct scenario_server *server,
                                           const struct reference_list *listed, uint32_t source)
{
    const struct scenario_server *from = &scenario->servers[source];
    if (from->unclear)
        return NULL;
    for (size_t i = 0; i < listed->count; i++) {
        uint32_t zone = listed->items[i].index;
        if (listed->items[i].kind == REFERENCE_ZONE && !held_as_primary(server, zone) &&
            !held_as_secondary(server, zone) && !held_as_primary(from, zone) &&
            !held_as_secondary(from, zone) && !check_may_hold(scenario, from, zone))
            return &listed->items[i];
    }
    return NULL;
}

/* The key by which its members' group, or all of them, are asked for at SOURCE. */
static const struct reference *key_for(const struct reference_list *from,
                                       const struct reference *key, uint32_t source)
{
    for (size_t i = 0; i < from->count; i++)
        if (from->items[i].kind == REFERENCE_SERVER && from->items[i].index == source)
            return key;
    return NULL;
}

/* Whoever gives members away knows the secondary by one key. */
static void check_group_source(struct load *load, const struct scenario_members *members,
                               const struct scenario_member_group *group,
                               const struct reference *source)
{
    const struct reference *other = key_for(&members->from, &members->key, source->index);
    for (size_t i = 0; !other && &members->groups.items[i] != group; i++)
        other =
            key_for(&members->groups.items[i].from, &members->groups.items[i].key, source->index);
    if (other && (other->kind != group->key.kind || other->index != group->key.index))
        diagnostics_error(load->diagnostics, group->place,
                          "members of the group '%s' would be asked for at '%s' with another key "
                          "than others, expected the same",
                          group->name, source->name);
}

static void check_groups(struct load *load, uint32_t index,
                         const struct scenario_secondary *secondary)
{
    const struct scenario_member_groups *groups = &secondary->members->groups;
    for (size_t i = 0; i < groups->count; i++) {
        const struct scenario_member_group *group = &groups->items[i];
        if (group->from.items == secondary->members->from.items &&
            group->key.name == secondary->members->key.name)
            continue;
        for (size_t k = 0; k < group->from.count; k++) {
            const struct reference *source = &group->from.items[k];
            if (source->kind != REFERENCE_SERVER)
                continue;
            if (source->index == index)
                diagnostics_error(load->diagnostics, source->place,
                                  "server '%s' would transfer members of '%s' from itself, "
                                  "expected another server",
                                  source->name, secondary->zone.name);
            check_group_source(load, secondary->members, group, source);
        }
    }
}

static void check_members(struct load *load, uint32_t index,
                          const struct scenario_secondary *secondary)
{
    const struct scenario *scenario = load->scenario;
    const struct reference_list *from = &secondary->members->from;
    if (from->count == 0 && secondary->from.count > 0)
        diagnostics_error(load->diagnostics, secondary->place,
                          "the members of '%s' come from nowhere, expected at least one server "
                          "under 'from'",
                          secondary->zone.name);
    for (size_t i = 0; i < from->count; i++) {
        const struct reference *source = &from->items[i];
        if (source->kind != REFERENCE_SERVER || source->guessed ||
            from->items == secondary->from.items)
            continue;
        if (source->index == index)
            diagnostics_error(load->diagnostics, source->place,
                              "server '%s' would transfer members of '%s' from itself, expected "
                              "another server",
                              source->name, secondary->zone.name);
    }
    check_groups(load, index, secondary);
    /* With groups, who holds which of them can't be known before the catalog is read. */
    for (size_t i = 0; i < from->count && secondary->members->groups.count == 0; i++) {
        const struct reference *source = &from->items[i];
        if (source->kind != REFERENCE_SERVER || secondary->zone.kind != REFERENCE_ZONE ||
            source->guessed || source->index == index)
            continue;
        const struct reference *unheld =
            find_unheld(scenario, &scenario->servers[index],
                        &scenario->zones[secondary->zone.index].catalog, source->index);
        if (unheld)
            diagnostics_error(load->diagnostics, source->place,
                              "server '%s' does not hold '%s', a member of '%s'; expected a "
                              "primary or secondary of every member",
                              source->name, unheld->name, secondary->zone.name);
    }
}

void check_catalogs(struct load *load)
{
    struct scenario *scenario = load->scenario;
    for (uint32_t i = 0; i < scenario->zone_count; i++) {
        scenario->zones[i].is_catalog = scenario->zones[i].catalog.items != NULL;
        check_list(load, i, &scenario->zones[i].catalog);
    }
    for (size_t i = 0; i < scenario->timeline_count; i++)
        check_event(load, &scenario->timeline[i]);
    for (size_t i = 0; i < scenario->server_count; i++)
        for (size_t k = 0; k < scenario->servers[i].secondary.count; k++)
            if (scenario->servers[i].secondary.items[k].members)
                fill_members(scenario, &scenario->servers[i].secondary.items[k]);
    for (uint32_t i = 0; i < scenario->zone_count; i++)
        if (scenario->zones[i].is_catalog)
            list_members(load, i);
    for (uint32_t i = 0; i < scenario->server_count; i++)
        for (size_t k = 0; k < scenario->servers[i].secondary.count; k++)
            if (scenario->servers[i].secondary.items[k].members)
                check_members(load, i, &scenario->servers[i].secondary.items[k]);
}
