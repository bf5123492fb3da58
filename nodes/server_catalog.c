/*
 * Members of catalog zones (RFC 9432 section 5): which come, go, change their
 * catalog or are refused when a version of a catalog is served.
 *
 *   a good version    listed and ours: kept, or (another label) made anew
 *                     listed and nobody's: added
 *                     listed and another catalog's: moved if that one agrees (coo), else refused
 *                     ours and no longer listed: removed
 *   a broken version  nothing comes or goes
 *
 * A name that was refused or had no room is looked at again when a catalog has let go of one.
 */
#include "nodes/server_catalog.h"

#include "nodes/secondary.h"

#include <stdlib.h>

static void note_member(const struct server_catalog *catalog, enum note_kind kind,
                        const uint8_t *name, const char *text)
{
    struct host_note note = {
        .kind = (uint16_t)kind, .name = bytes_of(name, name_size(name)), .text = text};
    outbox_note(catalog->zone->server->out, &note);
}

/* ---- single members ------------------------------------------------------------------------ */

static void note_group(const struct server_catalog *catalog, const struct catalog_entry *entry,
                       const struct server_member_group *before)
{
    const struct server_member_group *now = server_member_group(catalog, entry);
    if (now != before)
        note_member(catalog, NOTE_MEMBER_GROUPED, entry->zone, now ? now->name : NULL);
}

static struct server_member *add(struct server_catalog *catalog, const struct catalog_entry *entry)
{
    note_member(catalog, NOTE_MEMBER_ADDED, entry->zone, NULL);
    note_group(catalog, entry, NULL);
    struct server_member *member = server_member_create(catalog, entry);
    server_zone_start(&member->zone);
    return member;
}

static void remove_member(struct server_member *member, const char *why)
{
    note_member(member->catalog, NOTE_MEMBER_REMOVED, member->zone.origin, why);
    member->zone.server->members_went = true;
    server_member_remove(member);
}

static struct server_member *refuse(struct server_catalog *catalog,
                                    const struct catalog_entry *entry, const char *why)
{
    if (why && !catalog->again)
        note_member(catalog, NOTE_MEMBER_REFUSED, entry->zone, why);
    catalog->refused = true;
    return NULL;
}

/* The member is another catalog's from now on; its own still lists it, and may have it back. */
static void leave(struct server_member *member)
{
    struct server_catalog *catalog = member->catalog;
    catalog->members[member->place] = NULL;
    catalog->left++;
    catalog->unsaved = true;
    catalog->refused = true;
    if (catalog->zone->config->members_max > 0)
        catalog->zone->server->members_went = true;
}

/* Those that have left CATALOG leave no gap. */
static void close_ranks(struct server_catalog *catalog)
{
    size_t count = 0;
    for (size_t i = 0; catalog->left > 0 && i < catalog->count; i++) {
        struct server_member *member = catalog->members[i];
        if (!member)
            continue;
        member->place = count;
        catalog->members[count++] = member;
    }
    if (catalog->left > 0)
        catalog->count = count;
    catalog->left = 0;
}

static void append(struct server_catalog *catalog, struct server_member *member)
{
    member->place = catalog->count;
    catalog->members[catalog->count++] = member;
}

/* Change of ownership (section 4.3.1). What the server has of the zone stays with the label. */
static struct server_member *move(struct server_catalog *catalog, struct server_member *member,
                                  const struct catalog_entry *entry)
{
    leave(member);
    if (!name_equal(member->label, entry->label)) {
        remove_member(member, "it moves to another catalog under another label");
        return add(catalog, entry);
    }
    note_member(catalog, NOTE_MEMBER_MOVED, entry->zone, NULL);
    note_group(catalog, entry, NULL);
    server_member_adopt(catalog, member, entry);
    return member;
}

/* Whether one more may come. */
static bool has_room(struct server_catalog *catalog)
{
    if (catalog->room == 0) {
        catalog->crowded++;
        return false;
    }
    catalog->room--;
    return true;
}

/* A name that was not the catalog's so far. */
static struct server_member *take(struct server_catalog *catalog, const struct catalog_entry *entry)
{
    struct server_zone *zone = server_find_origin(catalog->zone->server, entry->zone);
    if (!zone)
        return has_room(catalog) ? add(catalog, entry) : NULL;
    struct server_member *member = zone->member;
    if (!member)
        return refuse(catalog, entry, "a zone of this name is configured");
    if (!catalog->again && member->may_move &&
        name_equal(member->new_catalog, catalog->zone->origin))
        return has_room(catalog) ? move(catalog, member, entry) : NULL;
    if (entry->new_catalog && name_equal(entry->new_catalog, member->catalog->zone->origin))
        return refuse(catalog, entry, NULL); /* it has moved as this catalog wanted */
    return refuse(catalog, entry, "it is a member of another catalog");
}

/* A name that is the catalog's already (section 5.4). */
static struct server_member *keep(struct server_catalog *catalog, struct server_member *member,
                                  const struct catalog_entry *entry)
{
    if (name_equal(member->label, entry->label)) {
        note_group(catalog, entry, member->group);
        if (server_member_group(catalog, entry) != member->group)
            server_member_adopt(catalog, member, entry);
        else
            server_member_update(member, entry);
        return member;
    }
    remove_member(member, "its label has changed");
    return add(catalog, entry);
}

/* ---- versions ------------------------------------------------------------------------------ */

/* Who is there already stays; the rest may be filled. */
static void count_room(struct server_catalog *catalog, const struct catalog *read)
{
    size_t kept = 0, at = 0, most = catalog->zone->config->members_max;
    for (size_t i = 0; i < read->count && at < catalog->count; i++) {
        int order = 1;
        while (at < catalog->count &&
               (order = name_compare(catalog->members[at]->zone.origin, read->entries[i].zone)) < 0)
            at++;
        kept += at < catalog->count && order == 0;
    }
    catalog->room = most == 0 ? SIZE_MAX : most > kept ? most - kept : 0;
    catalog->crowded = 0;
}

/* Looked at again, it is told only what has changed. */
static void note_crowded(struct server_catalog *catalog)
{
    size_t told = catalog->again ? catalog->crowded_told : 0;
    struct host_note note = {
        .kind = NOTE_CATALOG_FULL,
        .serial = zone_serial(catalog->zone->version),
        .values = {(int64_t)catalog->crowded, (int64_t)catalog->zone->config->members_max}};
    if (catalog->crowded != told)
        server_zone_note(catalog->zone, note);
    catalog->crowded_told = catalog->crowded;
}

/* Both lists are in the order of names, so one walk through them finds what comes and goes. */
static void apply(struct server_catalog *catalog, const struct catalog *read)
{
    struct server_member **before = catalog->members;
    size_t before_count = catalog->count, at = 0;
    catalog->members = memory_alloc(read->count * sizeof *catalog->members);
    catalog->count = 0;
    catalog->refused = false;
    for (size_t i = 0; i <= read->count; i++) {
        const struct catalog_entry *entry = i < read->count ? &read->entries[i] : NULL;
        int order = -1;
        while (at < before_count &&
               (!entry || (order = name_compare(before[at]->zone.origin, entry->zone)) < 0))
            remove_member(before[at++], "the catalog does not list it any more");
        if (!entry)
            break;
        bool ours = at < before_count && order == 0;
        struct server_member *member =
            ours ? keep(catalog, before[at++], entry) : take(catalog, entry);
        if (member)
            append(catalog, member);
    }
    free(before);
}

static void look(struct server_catalog *catalog)
{
    const struct server_zone *zone = catalog->zone;
    struct catalog read;
    const char *why = catalog_read(zone->version, &read);
    struct host_note note = {.kind = why ? NOTE_CATALOG_BROKEN : NOTE_CATALOG_READ,
                             .serial = zone_serial(zone->version),
                             .text = why,
                             .values = {(int64_t)(why ? catalog->count : read.count)}};
    if (!why || !catalog->again)
        server_zone_note(zone, note);
    if (why)
        return;
    count_room(catalog, &read);
    apply(catalog, &read);
    note_crowded(catalog);
    catalog_free(&read);
    for (struct server_catalog *other = zone->server->catalogs; other; other = other->next)
        close_ranks(other);
    catalog->unsaved = true;
}

void server_catalog_changed(struct server_zone *zone)
{
    zone->catalog->due = true;
    zone->server->catalogs_due = true;
}

/* Some names are free that were not. */
static void look_again(struct server *server)
{
    server->members_went = false;
    for (struct server_catalog *catalog = server->catalogs; catalog; catalog = catalog->next)
        if (catalog->refused)
            catalog->again = server->catalogs_due = true;
}

/* What is looked at again lets nobody go, so there is an end. */
void server_catalog_work(struct server *server)
{
    while (server->catalogs_due) {
        server->catalogs_due = false;
        for (struct server_catalog *catalog = server->catalogs; catalog; catalog = catalog->next) {
            catalog->again = catalog->again && !catalog->due;
            if ((catalog->due || catalog->again) && catalog->zone->serving)
                look(catalog);
            catalog->due = catalog->again = false;
            if (server->members_went)
                look_again(server);
        }
    }
    for (struct server_catalog *catalog = server->catalogs; catalog; catalog = catalog->next)
        if (catalog->unsaved)
            server_member_write(catalog);
}

/* ---- life ---------------------------------------------------------------------------------- */

void server_catalog_init(struct server_zone *zone)
{
    struct server *server = zone->server;
    char text[NAME_TEXT_SIZE];
    struct server_catalog *catalog = arena_alloc(server->arena, sizeof *catalog);
    catalog->zone = zone;
    catalog->file = arena_format(server->arena, "%scatalog", name_to_text(zone->origin, text));
    zone->catalog = catalog;
    struct server_catalog **last = &server->catalogs;
    while (*last)
        last = &(*last)->next;
    *last = catalog;
}

static void restore(struct server_catalog *catalog)
{
    struct server *server = catalog->zone->server;
    struct catalog kept;
    if (!server_member_read(catalog, &kept))
        return;
    struct host_note note = {.kind = NOTE_CATALOG_READ, .values = {(int64_t)kept.count, 1}};
    server_zone_note(catalog->zone, note);
    catalog->members = memory_alloc(kept.count * sizeof *catalog->members);
    size_t most = catalog->zone->config->members_max;
    for (size_t i = 0; i < kept.count && (most == 0 || catalog->count < most); i++) {
        if (server_find_origin(server, kept.entries[i].zone))
            continue; /* configured since */
        struct server_member *member = server_member_create(catalog, &kept.entries[i]);
        append(catalog, member);
        server_zone_start(&member->zone);
    }
    catalog_free(&kept);
}

void server_catalog_restore(struct server *server)
{
    for (struct server_catalog *catalog = server->catalogs; catalog; catalog = catalog->next)
        restore(catalog);
}

void server_catalog_dispose(struct server *server)
{
    for (struct server_catalog *catalog = server->catalogs; catalog; catalog = catalog->next) {
        for (size_t i = 0; i < catalog->count; i++)
            free(catalog->members[i]);
        free(catalog->members);
    }
}
