/*
 * What a server's operator tells it about one of its zones while it runs: the words
 * of rndc, nsd-control and knotc. Each is noted before what it leads to, with the
 * objection to it if there is one.
 *
 * How a server is told (a control channel, a signal) is not part of this.
 */
#include "nodes/secondary.h"

#include <assert.h>

static struct server_change change_in(const struct host_event *event)
{
    struct server_change change;
    assert(event->bytes.size == sizeof change);
    memcpy(&change, event->bytes.data, sizeof change);
    return change;
}

/* ---- objections: NULL, or why it can't be done ---------------------------------------------- */

static const char *unless_secondary(const struct server_zone *zone)
{
    return zone->secondary ? NULL : "this server is not a secondary of the zone";
}

static const char *unless_served(const struct server_zone *zone)
{
    return zone->serving ? NULL : "the zone is not served";
}

static const char *unless_thawed(const struct server_zone *zone)
{
    if (zone->secondary)
        return "this server is not a primary of the zone";
    return zone->frozen ? "the zone is frozen already" : NULL;
}

static const char *unless_frozen(const struct server_zone *zone)
{
    return zone->frozen ? NULL : "the zone is not frozen";
}

/* A zone that updates change has no file that says all: BIND wants it frozen first. */
static const char *unless_readable(const struct server_zone *zone)
{
    const struct server_access *update = &zone->config->allow_update;
    bool is_dynamic = update->any || update->addresses.count > 0;
    if (zone->secondary)
        return "this server is not a primary of the zone";
    if (is_dynamic && !zone->frozen)
        return "the zone takes dynamic updates and is not frozen";
    return change_in(zone->server->event).broken;
}

/* ---- words ----------------------------------------------------------------------------------- */

static void refresh(struct server_zone *zone)
{
    secondary_notified(zone, NULL, false, 0);
}

static void freeze(struct server_zone *zone)
{
    zone->frozen = true;
}

static void reload(struct server_zone *zone)
{
    primary_reload(zone, change_in(zone->server->event).replacement);
}

static const struct {
    const char *name;
    const char *(*objection)(const struct server_zone *zone);
    void (*carry_out)(struct server_zone *zone);
} words[NOTE_COMMAND_COUNT] = {
    [NOTE_COMMAND_REFRESH] = {SERVER_COMMAND_REFRESH, unless_secondary, refresh},
    [NOTE_COMMAND_TRANSFER] = {SERVER_COMMAND_TRANSFER, unless_secondary, secondary_force},
    [NOTE_COMMAND_NOTIFY] = {SERVER_COMMAND_NOTIFY, unless_served, notify_start},
    [NOTE_COMMAND_FREEZE] = {SERVER_COMMAND_FREEZE, unless_thawed, freeze},
    [NOTE_COMMAND_THAW] = {SERVER_COMMAND_THAW, unless_frozen, primary_thaw},
    [NOTE_COMMAND_RELOAD] = {SERVER_COMMAND_RELOAD, unless_readable, reload},
};

void operator_command(struct server *server)
{
    const struct host_event *event = server->event;
    size_t i = 0;
    while (i < NOTE_COMMAND_COUNT && strcmp(words[i].name, event->name) != 0)
        i++;
    assert(i < NOTE_COMMAND_COUNT && "a word of the operator's");
    const uint8_t *origin = i == NOTE_COMMAND_RELOAD ? change_in(event).origin : event->bytes.data;
    struct server_zone *zone = server_find_origin(server, origin);
    const char *objection = zone ? words[i].objection(zone) : "this server does not hold the zone";
    struct host_note note = {.kind = NOTE_COMMAND,
                             .code = (uint16_t)i,
                             .name = bytes_of(origin, name_size(origin)),
                             .serial = zone && zone->version ? zone_serial(zone->version) : 0,
                             .text = objection};
    outbox_note(server->out, &note);
    if (!objection)
        words[i].carry_out(zone);
}
