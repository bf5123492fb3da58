/*
 * Catalog zones (RFC 9432): made from a list, changed by enrolling and
 * withdrawing, and which zones each of them may list in the course of the run, so
 * that those who give members away know whom to tell.
 */
#include "scenarios/stage/internal.h"

#include <stdio.h>

#include "nodes/dns/zonefile.h"

enum { REFRESH_S = 3600, RETRY_S = 600, EXPIRE_S = 2147483646, LABEL_SIZE = 17 };

/* A member's label is made of its name alone, so that enrolling one changes no other. */
static void name_node(const uint8_t *catalog, const uint8_t *member, uint8_t out[NAME_SIZE_MAX])
{
    uint8_t lower[NAME_SIZE_MAX], zones[NAME_SIZE_MAX];
    char label[LABEL_SIZE];
    size_t size = name_lower(member, lower);
    snprintf(label, sizeof label, "%016llx", (unsigned long long)bytes_hash(lower, size, 0));
    name_prepend(bytes_of_text("zones"), catalog, zones);
    name_prepend(bytes_of_text(label), zones, out);
}

struct rr stage_catalog_member(const struct stage *stage, const uint8_t *catalog,
                               const uint8_t *member)
{
    uint8_t owner[NAME_SIZE_MAX];
    name_node(catalog, member, owner);
    return (struct rr){.owner = arena_copy(stage->arena, owner, name_size(owner)),
                       .type = RR_PTR,
                       .class = CLASS_IN,
                       .rdata = bytes_of(member, name_size(member))};
}

static void add_text(struct zone_edit *edit, const uint8_t *origin, const char *line)
{
    uint8_t owner[NAME_SIZE_MAX];
    static uint8_t rdata[65535];
    char error[200];
    struct rr rr;
    if (zonefile_parse_rr(bytes_of_text(line), origin, 0, owner, rdata, &rr, error))
        zone_edit_add(edit, &rr);
}

struct zone *stage_make_catalog(struct stage *stage, const struct scenario_zone *source)
{
    struct zone_edit *edit = zone_edit_begin_empty(source->wire);
    add_text(edit, source->wire,
             arena_format(stage->arena, "@ 0 SOA invalid. invalid. 1 %d %d %d 0", REFRESH_S,
                          RETRY_S, EXPIRE_S));
    add_text(edit, source->wire, "@ 0 NS invalid.");
    add_text(edit, source->wire, "version 0 TXT 2");
    for (size_t i = 0; i < source->catalog.count; i++) {
        const uint8_t *member = stage->scenario->zones[source->catalog.items[i].index].wire;
        struct rr rr = stage_catalog_member(stage, source->wire, member);
        zone_edit_add(edit, &rr);
    }
    return zone_edit_finish(edit);
}

/* ---- what they may list -------------------------------------------------------------------- */

struct listing {
    struct stage *stage;
    bool *listed; /* by index */
};

static void list_name(struct listing *listing, const uint8_t *name)
{
    const struct stage_zone *zone = stage_zone_at(listing->stage, name);
    if (zone)
        listing->listed[zone - listing->stage->zones] = true;
}

static void list_version(struct listing *listing, const struct zone *version)
{
    struct rr rr;
    for (struct zone_walk walk = {.zone = version}; zone_walk_next(&walk, &rr);)
        if (rr.type == RR_PTR)
            list_name(listing, rr.rdata.data);
}

static void list_event(struct listing *listing, const struct scenario_event *event)
{
    uint8_t owner[NAME_SIZE_MAX];
    static uint8_t rdata[65535];
    char error[200];
    struct rr rr;
    for (size_t i = 0; i < event->enroll.count; i++)
        listing->listed[event->enroll.items[i].index] = true;
    for (size_t i = 0; i < event->add.count; i++)
        if (zonefile_parse_rr(bytes_of_text(event->add.items[i].text),
                              listing->stage->zones[event->zone.index].origin, 0, owner, rdata, &rr,
                              error) &&
            rr.type == RR_PTR)
            list_name(listing, rr.rdata.data);
}

/* Dynamic update may enroll whatever its primary has, and so may another file. */
static bool takes_updates(const struct scenario *scenario, uint32_t catalog)
{
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *server = &scenario->servers[i];
        for (size_t k = 0; k < server->primary.count; k++)
            if (server->primary.items[k].index == catalog &&
                (server->allow_update.any || server->allow_update.list.count > 0))
                return true;
    }
    return false;
}

static void list_all(struct listing *listing)
{
    const struct scenario *scenario = listing->stage->scenario;
    for (size_t i = 0; i < scenario->zone_count; i++)
        listing->listed[i] = !scenario->zones[i].is_catalog;
}

void stage_list_members(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    struct listing listing = {.stage = stage};
    for (uint32_t i = 0; i < scenario->zone_count; i++) {
        if (!scenario->zones[i].is_catalog)
            continue;
        listing.listed = arena_alloc(stage->arena, scenario->zone_count * sizeof *listing.listed);
        list_version(&listing, stage->zones[i].zone);
        if (takes_updates(scenario, i))
            list_all(&listing);
        for (size_t k = 0; k < scenario->timeline_count; k++) {
            const struct scenario_event *event = &scenario->timeline[k];
            if (event->action == ACTION_CHANGE && event->zone.index == i)
                list_event(&listing, event);
            else if (event->action == ACTION_RELOAD && event->zone.index == i)
                list_all(&listing);
        }
        stage->zones[i].listed = listing.listed;
    }
}

const struct scenario_secondary *
stage_member_of(const struct stage *stage, const struct scenario_server *server, uint32_t zone)
{
    for (size_t i = 0; i < server->catalog_count; i++) {
        const struct scenario_secondary *secondary = server->catalogs[i];
        if (zone < stage->scenario->zone_count &&
            stage->zones[secondary->zone.index].listed[zone] && !stage_holds(server, zone))
            return secondary;
    }
    return NULL;
}
