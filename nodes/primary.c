/*
 * A zone on its primary: the version at start, and changes from outside.
 */
#include "nodes/server_state.h"

#include <stdlib.h>

/* What the disk holds counts if it is not older than what the configuration says: then a change
 * was made since. */
static struct zone *starting_version(struct server_zone *zone, struct zone_disk_state *disk)
{
    struct zone *configured = zone->config->zone;
    if (disk->version &&
        (!configured || !serial_is_after(zone_serial(configured), zone_serial(disk->version))))
        return disk->version;
    zone_release(disk->version);
    disk->version = NULL;
    if (configured && zone->config->signing)
        return primary_sign(zone, zone_retain(configured), true);
    return configured ? zone_store_intern(zone->server->config->store, zone_retain(configured))
                      : NULL;
}

/* A version signed at start is kept: signed again at the next it would be another with the same
 * serial. */
static void see_to_signatures(struct server_zone *zone, bool from_disk)
{
    if (!zone->config->signing || !zone->version)
        return;
    if (!from_disk)
        zone_disk_write_zone(zone, 0, 0);
    primary_sign_check(zone);
}

static bool publish_file(struct server_zone *zone, struct zone *file);

/* It is the file that a restart reads, unless it has been published already, or the configuration
 * has a later one. */
static bool publish_edited(struct server_zone *zone)
{
    struct zone *edited = zone_disk_take_edited(zone), *configured = zone->config->zone;
    if (!edited)
        return false;
    bool is_old = configured && serial_is_after(zone_serial(configured), zone_serial(edited));
    bool is_news = !is_old && publish_file(zone, edited);
    zone_release(edited);
    zone_disk_write_edited(zone);
    return is_news;
}

void primary_start(struct server_zone *zone)
{
    struct zone_disk_state disk = zone_disk_take(zone);
    struct server_zone_install install = {.version = starting_version(zone, &disk),
                                          .expires_ns = -1,
                                          .from_disk = disk.version != NULL};
    if (disk.version) {
        install.diffs = disk.journal.diffs;
        install.diff_count = disk.journal.count;
    }
    if (install.version)
        server_zone_install(zone, &install);
    else
        server_zone_note(zone, (struct host_note){.kind = NOTE_ZONE_LOADING});
    journal_free(&disk.journal);
    see_to_signatures(zone, install.from_disk);
    zone_disk_take_told(zone);
    if (!publish_edited(zone) && zone->serving)
        notify_at_start(zone);
}

/* ---- changes ------------------------------------------------------------------------------------
 */

static const char *step_error(enum zone_edit_result result)
{
    switch (result) {
    case ZONE_EDIT_OK:
    case ZONE_EDIT_PRESENT:
        return NULL;
    case ZONE_EDIT_ABSENT:
        return "there is no such record to remove";
    case ZONE_EDIT_OUTSIDE:
        return "the record is outside the zone";
    case ZONE_EDIT_CONFLICT:
        return "the record conflicts with what is there";
    case ZONE_EDIT_MALFORMED:
        break;
    }
    return "the record is malformed";
}

/* What is to be added; where it says no TTL of its own, with that of its RRset: as the change has
 * it by now, else as it was before the change took it away. */
static struct rr record_of(const struct zone *base, const struct zone_edit *edit,
                           const struct server_change_step *step)
{
    struct rr rr = step->rr;
    if (!step->ttl_of_rrset)
        return rr;
    const struct zone_node *before = zone_find(base, rr.owner);
    const struct zone_node *now = zone_edit_find(edit, rr.owner);
    const struct rrset *set = now ? zone_node_get(now, rr.type) : NULL;
    if (!set && before)
        set = zone_node_get(before, rr.type);
    if (set)
        rr.ttl = set->ttl;
    return rr;
}

static enum zone_edit_result make_step(const struct zone *base, struct zone_edit *edit,
                                       const struct server_change_step *step)
{
    struct rr rr;
    switch (step->kind) {
    case SERVER_CHANGE_ADD:
        rr = record_of(base, edit, step);
        return zone_edit_add(edit, &rr);
    case SERVER_CHANGE_REMOVE:
        return zone_edit_remove(edit, &step->rr);
    case SERVER_CHANGE_REMOVE_RRSET:
        break;
    }
    return zone_edit_remove_rrset(edit, step->rr.owner, step->rr.type);
}

static bool sets_soa(const struct server_change *change)
{
    for (size_t i = 0; i < change->step_count; i++)
        if (change->steps[i].kind == SERVER_CHANGE_ADD && change->steps[i].rr.type == RR_SOA)
            return true;
    return false;
}

/* The serial after SERIAL; 0 is skipped, since some software takes it for "none". */
static uint32_t next_serial(uint32_t serial)
{
    return serial == UINT32_MAX ? 1 : serial + 1;
}

static bool has_soa(const struct zone_edit *edit, const uint8_t *origin)
{
    const struct zone_node *apex = zone_edit_find(edit, origin);
    return apex && zone_node_get(apex, RR_SOA);
}

struct zone *server_change_apply(const struct zone *version, const struct server_change *change,
                                 const char **why)
{
    const struct zone *base = change->replacement ? change->replacement : version;
    struct zone_edit *edit = zone_edit_begin(base);
    *why = NULL;
    for (size_t i = 0; i < change->step_count && !*why; i++)
        *why = step_error(make_step(base, edit, &change->steps[i]));
    if (*why) {
        zone_edit_abandon(edit);
        return NULL;
    }
    if (!has_soa(edit, zone_origin(base))) {
        zone_edit_abandon(edit);
        *why = "the zone would have no SOA";
        return NULL;
    }
    if (change->has_serial)
        zone_edit_set_serial(edit, change->serial);
    else if (!sets_soa(change) && !change->replacement)
        zone_edit_set_serial(edit, next_serial(zone_serial(base)));
    return zone_edit_finish(edit);
}

void primary_publish(struct server_zone *zone, struct zone *version)
{
    if (zone->config->signing)
        version = primary_sign(zone, version, false);
    primary_publish_signed(zone, version);
}

void primary_publish_signed(struct server_zone *zone, struct zone *version)
{
    struct zone_diff *diff = NULL;
    bool same_serial = zone->version && zone_serial(zone->version) == zone_serial(version);
    if (zone->version && !same_serial && !zone->serial_given_twice)
        diff = zone_diff_between(zone->version, version);
    zone->serial_given_twice = same_serial;
    struct server_zone_install install = {.version = version,
                                          .diffs = &diff,
                                          .diff_count = diff != NULL,
                                          .expires_ns = -1,
                                          .by_change = true};
    server_zone_install(zone, &install);
    zone_diff_release(diff);
    zone_disk_write_zone(zone, 0, 0);
    notify_start(zone);
    if (zone->config->signing)
        primary_sign_check(zone);
}

static void note_failure(struct server *server, const struct server_change *change, const char *why)
{
    struct host_note note = {.kind = NOTE_CHANGE_FAILED,
                             .name = bytes_of(change->origin, name_size(change->origin)),
                             .text = why};
    outbox_note(server->out, &note);
}

/* VERSION (one reference) is what the zone file says now; nobody reads it until it thaws. */
static void keep_edited(struct server_zone *zone, struct zone *version)
{
    zone_release(zone->edited);
    zone->edited = version;
    zone_disk_write_edited(zone);
    struct host_note note = {.kind = NOTE_CHANGE_WAITS, .serial = zone_serial(version)};
    server_zone_note(zone, note);
}

static bool touches_signatures(const struct server_zone *zone, const struct server_change *change)
{
    for (size_t i = 0; i < change->step_count; i++)
        if (primary_sign_owns(zone, change->steps[i].rr.owner, change->steps[i].rr.type))
            return true;
    return false;
}

void primary_change(struct server *server, const struct server_change *change)
{
    struct server_zone *zone = server_find_origin(server, change->origin);
    const char *why = NULL;
    struct zone *version = NULL;
    if (!zone || zone->secondary)
        why = "this server is not a primary of the zone";
    else if (!zone->version && !change->replacement)
        why = "the zone is not loaded";
    else if (touches_signatures(zone, change))
        why = "the server makes the signatures of the zone itself";
    else
        version = server_change_apply(zone->edited ? zone->edited : zone->version, change, &why);
    if (!version)
        note_failure(server, change, why);
    else if (zone->frozen)
        keep_edited(zone, version);
    else
        primary_publish(zone, zone_store_intern(server->config->store, version));
}

/* The file with the edits goes when the zone's own is on the disk, so that a crash between the two
 * loses nothing. */
void primary_thaw(struct server_zone *zone)
{
    struct zone *edited = zone->edited;
    zone->edited = NULL;
    zone->frozen = false;
    if (edited) {
        primary_publish(zone, zone_store_intern(zone->server->config->store, edited));
        zone_disk_write_edited(zone);
    } else if (zone->config->signing && zone->version) {
        primary_sign_check(zone); /* some may have become due */
    }
}

static struct zone *reloaded(struct server_zone *zone, struct zone *file)
{
    if (zone->version && zone->config->signing)
        return primary_sign_reloaded(zone, file);
    return zone->version && zone_equal(zone->version, file) ? NULL : zone_retain(file);
}

static bool publish_file(struct server_zone *zone, struct zone *file)
{
    struct zone *next = reloaded(zone, file);
    if (next)
        primary_publish(zone, zone_store_intern(zone->server->config->store, next));
    return next != NULL;
}

void primary_reload(struct server_zone *zone, struct zone *version)
{
    bool had_edits = zone->edited != NULL;
    zone_release(zone->edited); /* the file that held it is another now */
    zone->edited = NULL;
    publish_file(zone, version);
    if (had_edits)
        zone_disk_write_edited(zone);
}
