/*
 * Zones and those who hold them: each needs a primary, and every secondary a way
 * to one. Fills in whom servers notify and let transfer.
 */
#include "scenarios/check.h"

#include <stdlib.h>
#include <string.h>

/* A server's part in a zone. */
struct holding {
    uint32_t server;
    const struct reference *primary;            /* as it stands under `primary:`; or */
    const struct scenario_secondary *secondary; /* its entry */
    bool reaches_primary;
};

struct holders {
    struct holding *items;
    size_t count, capacity;
};

static void add_holder(struct load *load, struct holders *holders, const struct reference *zone,
                       struct holding holding)
{
    if (zone->kind != REFERENCE_ZONE)
        return;
    struct holders *those = &holders[zone->index];
    /* Servers come one after the other, so that the same one would be the last. */
    if (those->count > 0 && those->items[those->count - 1].server == holding.server) {
        if (!zone->guessed)
            diagnostics_error(
                load->diagnostics, zone->place,
                "server '%s' has the zone '%s' twice, expected one role for each zone",
                load->scenario->servers[holding.server].name, zone->name);
        load->scenario->servers[holding.server].unclear = true;
        return;
    }
    memory_reserve(those->items, those->count, those->capacity);
    those->items[those->count++] = holding;
}

static void collect_holders(struct load *load, struct holders *holders)
{
    const struct scenario *scenario = load->scenario;
    for (uint32_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *server = &scenario->servers[i];
        for (size_t j = 0; j < server->primary.count; j++) {
            const struct reference *zone = &server->primary.items[j];
            add_holder(load, holders, zone, (struct holding){i, zone, NULL, true});
        }
        for (size_t j = 0; j < server->secondary.count; j++) {
            const struct scenario_secondary *secondary = &server->secondary.items[j];
            add_holder(load, holders, &secondary->zone,
                       (struct holding){i, NULL, secondary, false});
        }
    }
}

static struct holding *find_holder(const struct holders *holders, uint32_t server)
{
    for (size_t i = 0; i < holders->count; i++) {
        if (holders->items[i].server == server)
            return &holders->items[i];
    }
    return NULL;
}

/* ---- where secondaries transfer from ----------------------------------------------------- */

static void check_source(struct load *load, const struct scenario_zone *zone,
                         const struct holders *holders, const struct holding *holding,
                         const struct reference *source)
{
    if (source->kind != REFERENCE_SERVER || source->guessed)
        return;
    if (source->index == holding->server)
        diagnostics_error(load->diagnostics, source->place,
                          "server '%s' would transfer '%s' from itself, expected another server",
                          source->name, zone->name);
    else if (!find_holder(holders, source->index) &&
             !load->scenario->servers[source->index].unclear)
        diagnostics_error(load->diagnostics, source->place,
                          "server '%s' does not hold '%s', expected a primary or secondary of it",
                          source->name, zone->name);
}

static void check_sources(struct load *load, const struct scenario_zone *zone,
                          const struct holders *holders, const struct holding *holding)
{
    const struct scenario_secondary *secondary = holding->secondary;
    if (secondary->from.items && secondary->from.count == 0)
        diagnostics_error(
            load->diagnostics, secondary->place,
            "the secondary zone '%s' comes from nowhere, expected at least one server "
            "under 'from'",
            zone->name);
    for (size_t i = 0; i < secondary->from.count; i++)
        check_source(load, zone, holders, holding, &secondary->from.items[i]);
}

static bool has_live_source(const struct holders *holders, const struct holding *holding)
{
    for (size_t i = 0; i < holding->secondary->from.count; i++) {
        const struct reference *source = &holding->secondary->from.items[i];
        const struct holding *other =
            source->kind == REFERENCE_SERVER ? find_holder(holders, source->index) : NULL;
        /* What is wrong by itself is not reported as a circle too. */
        if (!other || other->reaches_primary || source->guessed || source->index == holding->server)
            return true;
    }
    return holding->secondary->from.count == 0;
}

static void check_circles(struct load *load, const struct scenario_zone *zone,
                          const struct holders *holders)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < holders->count; i++) {
            struct holding *holding = &holders->items[i];
            if (holding->reaches_primary || !has_live_source(holders, holding))
                continue;
            holding->reaches_primary = changed = true;
        }
    }
    for (size_t i = 0; i < holders->count; i++) {
        const struct holding *holding = &holders->items[i];
        if (!holding->reaches_primary)
            diagnostics_error(load->diagnostics, holding->secondary->place,
                              "server '%s' never reaches a primary of '%s', its sources only name "
                              "each other; expected a way to a primary",
                              load->scenario->servers[holding->server].name, zone->name);
    }
}

static void check_zone(struct load *load, const struct scenario_zone *zone,
                       const struct holders *holders)
{
    bool has_primary = false;
    for (size_t i = 0; i < holders->count; i++) {
        has_primary = has_primary || holders->items[i].primary;
        if (holders->items[i].secondary)
            check_sources(load, zone, holders, &holders->items[i]);
    }
    if (!has_primary && zone->wire && !check_holders_unclear(load))
        diagnostics_error(load->diagnostics, zone->place,
                          "zone '%s' has no primary, expected a server with it under 'primary'",
                          zone->name);
    else if (has_primary)
        check_circles(load, zone, holders);
}

/* ---- who is told, who may transfer ------------------------------------------------------- */

struct clients_of {
    struct reference *items; /* servers */
    size_t count, capacity;
};

static void note_client(const struct scenario_server *client, uint32_t index,
                        const struct reference *source, struct clients_of *lists)
{
    if (source->kind != REFERENCE_SERVER || source->index == index)
        return;
    struct clients_of *list = &lists[source->index];
    if (list->count > 0 && list->items[list->count - 1].index == index)
        return;
    memory_reserve(list->items, list->count, list->capacity);
    list->items[list->count++] = (struct reference){.kind = REFERENCE_SERVER,
                                                    .name = client->name,
                                                    .place = source->place,
                                                    .index = index,
                                                    .instance = -1};
}

static void note_member_client(const struct scenario_server *client, uint32_t index,
                               const struct scenario_members *members, struct clients_of *lists)
{
    for (size_t i = 0; i < members->from.count; i++)
        note_client(client, index, &members->from.items[i], lists);
    for (size_t i = 0; i < members->groups.count; i++)
        for (size_t k = 0; k < members->groups.items[i].from.count; k++)
            note_client(client, index, &members->groups.items[i].from.items[k], lists);
}

static void note_clients(const struct scenario_server *client, uint32_t index,
                         struct clients_of *lists)
{
    for (size_t i = 0; i < client->secondary.count; i++) {
        const struct scenario_secondary *secondary = &client->secondary.items[i];
        for (size_t j = 0; j < secondary->from.count; j++)
            note_client(client, index, &secondary->from.items[j], lists);
        if (secondary->members)
            note_member_client(client, index, secondary->members, lists);
    }
}

static void fill_peers(struct load *load, struct scenario_peers *peers,
                       const struct clients_of *list)
{
    if (peers->given)
        return;
    peers->list.count = list->count;
    peers->list.items =
        list->count == 0 ? NULL
                         : arena_copy(load->arena, list->items, list->count * sizeof *list->items);
}

static void check_notify(struct load *load, const struct scenario_server *server, uint32_t index)
{
    for (size_t i = 0; i < server->notify.list.count; i++) {
        const struct reference *peer = &server->notify.list.items[i];
        if (peer->kind == REFERENCE_SERVER && peer->index == index && !peer->guessed)
            diagnostics_error(load->diagnostics, peer->place,
                              "server '%s' would notify itself, expected another server",
                              peer->name);
    }
}

static void fill_defaults(struct load *load)
{
    struct scenario *scenario = load->scenario;
    struct clients_of *lists = memory_zeroed(scenario->server_count * sizeof *lists);
    for (uint32_t i = 0; i < scenario->server_count; i++)
        note_clients(&scenario->servers[i], i, lists);
    for (uint32_t i = 0; i < scenario->server_count; i++) {
        struct scenario_server *server = &scenario->servers[i];
        check_notify(load, server, i);
        fill_peers(load, &server->notify, &lists[i]);
        fill_peers(load, &server->allow_transfer, &lists[i]);
        free(lists[i].items);
    }
    free(lists);
}

static void find_root(struct load *load)
{
    struct scenario *scenario = load->scenario;
    scenario->root_zone = -1;
    for (size_t i = 0; i < scenario->zone_count; i++) {
        if (strcmp(scenario->zones[i].name, ".") == 0)
            scenario->root_zone = (int32_t)i;
    }
    if (scenario->root_zone >= 0 || scenario->hierarchy == HIERARCHY_AUTO)
        return;
    for (size_t i = 0; i < scenario->resolver_count; i++)
        diagnostics_error(load->diagnostics, scenario->resolvers[i].place,
                          "resolver '%s' has no root to begin at, expected 'hierarchy: auto' or a "
                          "zone '.'",
                          scenario->resolvers[i].name);
}

void check_zones(struct load *load)
{
    struct scenario *scenario = load->scenario;
    struct holders *holders = memory_zeroed(scenario->zone_count * sizeof *holders);
    collect_holders(load, holders);
    for (size_t i = 0; i < scenario->zone_count; i++) {
        check_zone(load, &scenario->zones[i], &holders[i]);
        free(holders[i].items);
    }
    free(holders);
    fill_defaults(load);
    find_root(load);
}
