/*
 * Catalog zones: who is listed, who holds what a catalog lists, and from where.
 * What a catalog's own records list is known only when they are read.
 */
#include "scenarios/check.h"

static bool names_zone(const struct reference_list *list, uint32_t zone)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == REFERENCE_ZONE && list->items[i].index == zone)
            return true;
    return false;
}

/* ZONE may be a member of the catalog at some time, for all that is known here. */
static bool may_list(const struct scenario *scenario, uint32_t catalog, uint32_t zone)
{
    const struct scenario_zone *source = &scenario->zones[catalog];
    if (catalog == zone)
        return false;
    if (!source->catalog.items || names_zone(&source->catalog, zone))
        return true;
    for (size_t i = 0; i < scenario->server_count; i++)
        if (check_is_primary(&scenario->servers[i], catalog) &&
            (scenario->servers[i].allow_update.any ||
             scenario->servers[i].allow_update.list.count > 0))
            return true;
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (event->action == ACTION_CHANGE && event->zone.kind == REFERENCE_ZONE &&
            event->zone.index == catalog &&
            (event->add.count > 0 || names_zone(&event->enroll, zone)))
            return true;
    }
    return false;
}

bool check_may_hold(const struct scenario *scenario, const struct scenario_server *server,
                    uint32_t zone)
{
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        if (secondary->members && secondary->zone.kind == REFERENCE_ZONE &&
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
        if (listed->items[i].kind == REFERENCE_ZONE && !check_is_primary(server, zone) &&
            !check_find_secondary(server, zone) && !check_is_primary(from, zone) &&
            !check_find_secondary(from, zone) && !check_may_hold(scenario, from, zone))
            return &listed->items[i];
    }
    return NULL;
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
    for (size_t i = 0; i < from->count; i++) {
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
    for (uint32_t i = 0; i < scenario->server_count; i++)
        for (size_t k = 0; k < scenario->servers[i].secondary.count; k++)
            if (scenario->servers[i].secondary.items[k].members)
                check_members(load, i, &scenario->servers[i].secondary.items[k]);
}
