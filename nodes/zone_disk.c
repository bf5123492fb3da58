/*
 * What a server keeps on its disk, up to five files a zone:
 *
 *   NAME.zone     the version, its journal, when a source was last reached and
 *                 when the version expires
 *   NAME.edited   what the changes of a frozen zone lead to, in the same form
 *   NAME.contact  the same two times, renewed by every refresh that finds
 *                 nothing new; gone when the version is written
 *   NAME.told     the serial that a primary has told others of by NOTIFY, for
 *                 software that does not tell of it again
 *   NAME.timers   when a secondary was to look next, written at an orderly stop
 *                 by software that goes on from there
 *
 * In memory a file is a reference to the version and its differences. On a real
 * disk it is a magic number, times, and records as on the wire, uncompressed; a
 * file that does not read as that is as good as none.
 */
#include "nodes/server_state.h"
#include "nodes/zone_disk_octets.h"

#include <stdlib.h>

#define ZONE_MAGIC "understudy zone 1\n"

struct zone_blob {
    struct host_blob blob;
    struct zone *version;
    int64_t contact_wall_ns, expires_wall_ns;
    size_t diff_count;
    struct zone_diff *diffs[];
};

/* ---- octets -------------------------------------------------------------------------------- */

static void put_record(const struct disk_sink *sink, const struct rr *rr)
{
    uint8_t head[NAME_SIZE_MAX + 10];
    size_t size = name_copy(rr->owner, head);
    bytes_put_u16(head + size, rr->type);
    bytes_put_u16(head + size + 2, rr->class);
    bytes_put_u32(head + size + 4, rr->ttl);
    bytes_put_u16(head + size + 8, (uint16_t)rr->rdata.size);
    sink->write(sink->context, bytes_of(head, size + 10));
    sink->write(sink->context, rr->rdata);
}

static bool get_record(struct reader *r, struct rr *rr)
{
    size_t used;
    if (r->failed || !name_is_valid(r->data + r->at, r->size - r->at, &used))
        return false;
    rr->owner = reader_take(r, used);
    rr->type = reader_u16(r);
    rr->class = reader_u16(r);
    rr->ttl = reader_u32(r);
    size_t size = reader_u16(r);
    rr->rdata = bytes_of(reader_take(r, size), size);
    return !r->failed && rr_rdata_is_valid(rr->type, rr->rdata);
}

/* ---- the zone's file ---------------------------------------------------------------------------
 */

static void destroy_zone(struct host_blob *blob)
{
    struct zone_blob *file = (struct zone_blob *)blob;
    zone_release(file->version);
    for (size_t i = 0; i < file->diff_count; i++)
        zone_diff_release(file->diffs[i]);
    free(file);
}

static uint64_t count_records(const struct zone_diff *diff)
{
    struct zone_diff_walk walk = {.diff = diff};
    struct rr rr;
    uint64_t count = 0;
    while (zone_diff_walk_next(&walk, &rr))
        count++;
    return count;
}

static void encode_zone(const struct host_blob *blob,
                        void (*write)(void *context, struct bytes part), void *context)
{
    const struct zone_blob *file = (const struct zone_blob *)blob;
    struct disk_sink sink = {write, context};
    struct rr rr;
    write(context, bytes_of_text(ZONE_MAGIC));
    disk_put_number(&sink, (uint64_t)file->contact_wall_ns);
    disk_put_number(&sink, (uint64_t)file->expires_wall_ns);
    disk_put_number(&sink, zone_record_count(file->version));
    disk_put_number(&sink, file->diff_count);
    for (struct zone_walk walk = {.zone = file->version}; zone_walk_next(&walk, &rr);)
        put_record(&sink, &rr);
    for (size_t i = 0; i < file->diff_count; i++) {
        disk_put_number(&sink, count_records(file->diffs[i]));
        for (struct zone_diff_walk walk = {.diff = file->diffs[i]};
             zone_diff_walk_next(&walk, &rr);)
            put_record(&sink, &rr);
    }
}

static const struct host_blob_type zone_blob_type = {"zone", destroy_zone, encode_zone};

/* Its SOA comes first. */
static struct zone *decode_version(struct reader *r, uint64_t count)
{
    struct rr rr;
    if (!get_record(r, &rr) || rr.type != RR_SOA)
        return NULL;
    struct zone_edit *edit = zone_edit_begin_empty(rr.owner);
    zone_edit_add(edit, &rr);
    for (uint64_t i = 1; i < count; i++)
        if (!get_record(r, &rr) || zone_edit_add(edit, &rr) != ZONE_EDIT_OK) {
            zone_edit_abandon(edit);
            return NULL;
        }
    return zone_edit_finish(edit);
}

/* Old SOA, removed, new SOA, added. */
static struct zone_diff *decode_diff(struct reader *r)
{
    uint64_t count = disk_get_number(r);
    struct rr rr;
    if (count == 0 || !get_record(r, &rr) || rr.type != RR_SOA)
        return NULL;
    struct zone_diff_builder *builder = zone_diff_builder_create(&rr);
    bool adding = false;
    for (uint64_t i = 1; i < count; i++) {
        bool good = get_record(r, &rr) && !(adding && rr.type == RR_SOA);
        if (!good)
            break;
        if (rr.type == RR_SOA) {
            adding = true;
            zone_diff_builder_new_soa(builder, &rr);
        } else if (adding) {
            zone_diff_builder_add(builder, &rr);
        } else {
            zone_diff_builder_remove(builder, &rr);
        }
        if (i + 1 == count && adding)
            return zone_diff_builder_finish(builder);
    }
    zone_diff_builder_abandon(builder);
    return NULL;
}

/* A journal that does not read is dropped; the version alone is still good. */
static struct zone_blob *decode_zone(struct bytes bytes)
{
    struct reader r = reader_of(bytes.data, bytes.size);
    if (!disk_get_magic(&r, ZONE_MAGIC))
        return NULL;
    int64_t contact = disk_get_time(&r), expires = disk_get_time(&r);
    uint64_t records = disk_get_number(&r), diffs = disk_get_number(&r);
    struct zone *version = r.failed ? NULL : decode_version(&r, records);
    if (!version)
        return NULL;
    if (diffs > reader_left(&r))
        diffs = 0;
    struct zone_blob *file = memory_zeroed(sizeof *file + (size_t)diffs * sizeof *file->diffs);
    file->blob = (struct host_blob){&zone_blob_type, 1};
    file->version = version;
    file->contact_wall_ns = contact;
    file->expires_wall_ns = expires;
    for (uint64_t i = 0; i < diffs; i++) {
        struct zone_diff *diff = decode_diff(&r);
        if (!diff)
            break;
        file->diffs[file->diff_count++] = diff;
    }
    return file;
}

void zone_disk_write_zone(const struct server_zone *zone, int64_t contact_wall_ns,
                          int64_t expires_wall_ns)
{
    const struct journal *journal = &zone->journal;
    struct zone_blob *file = memory_zeroed(sizeof *file + journal->count * sizeof *journal->diffs);
    file->blob = (struct host_blob){&zone_blob_type, 1};
    file->version = zone_retain(zone->version);
    file->contact_wall_ns = contact_wall_ns;
    file->expires_wall_ns = expires_wall_ns;
    file->diff_count = journal->count;
    for (size_t i = 0; i < journal->count; i++)
        file->diffs[i] = zone_diff_retain(journal->diffs[i]);
    outbox_disk_write(zone->server->out, zone->files->zone, &file->blob);
    outbox_disk_write(zone->server->out, zone->files->contact, NULL);
    outbox_disk_sync(zone->server->out);
}

void zone_disk_write_edited(const struct server_zone *zone)
{
    struct zone_blob *file = NULL;
    if (zone->edited) {
        file = memory_zeroed(sizeof *file);
        file->blob = (struct host_blob){&zone_blob_type, 1};
        file->version = zone_retain(zone->edited);
    }
    outbox_disk_write(zone->server->out, zone->files->edited, file ? &file->blob : NULL);
    outbox_disk_sync(zone->server->out);
}

struct zone *zone_disk_take_edited(const struct server_zone *zone)
{
    struct host_blob *blob =
        zone_disk_take_file(zone->server, zone->files->edited, &zone_blob_type);
    struct zone *version = blob ? zone_retain(((const struct zone_blob *)blob)->version) : NULL;
    host_blob_release(blob);
    if (version && name_equal(zone_origin(version), zone->origin))
        return version;
    zone_release(version);
    return NULL;
}

/* ---- at start ------------------------------------------------------------------------------ */

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);
    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

void zone_disk_found(struct server *server)
{
    const struct host_event *event = server->event;
    struct host_blob *blob = NULL;
    if (event->blob)
        blob = host_blob_retain(event->blob);
    else if (ends_with(event->name, ".zone") || ends_with(event->name, ".edited"))
        blob = (struct host_blob *)decode_zone(event->bytes);
    else if (ends_with(event->name, ".contact"))
        blob = zone_disk_decode_contact(event->bytes);
    else if (ends_with(event->name, ".told"))
        blob = zone_disk_decode_told(event->bytes);
    else if (ends_with(event->name, ".timers"))
        blob = zone_disk_decode_timers(event->bytes);
    else if (ends_with(event->name, ".catalog"))
        blob = server_member_decode(event->bytes);
    if (blob) {
        const char *name = arena_text(server->arena, event->name);
        host_blob_release(table_put(&server->disk, bytes_of_text(name), blob));
    }
}

void zone_disk_forget(struct server *server)
{
    for (size_t i = 0; i < server->disk.used; i++)
        host_blob_release(server->disk.entries[i].value);
    table_free(&server->disk);
}

void zone_disk_remove(const struct server_zone *zone)
{
    outbox_disk_write(zone->server->out, zone->files->zone, NULL);
    outbox_disk_write(zone->server->out, zone->files->contact, NULL);
    outbox_disk_write(zone->server->out, zone->files->timers, NULL);
    outbox_disk_sync(zone->server->out);
}

static void take_version(const struct server_zone *zone, const struct zone_blob *file,
                         struct zone_disk_state *state)
{
    state->version = zone_store_intern(zone->server->config->store, zone_retain(file->version));
    state->contact_wall_ns = file->contact_wall_ns;
    state->expires_wall_ns = file->expires_wall_ns;
    state->journal.size_max = zone->config->journal_size_max;
    state->journal.count_max = zone->journal.count_max;
    for (size_t i = 0; i < file->diff_count; i++)
        journal_append(&state->journal, file->diffs[i]);
}

struct host_blob *zone_disk_take_file(struct server *server, const char *name,
                                      const struct host_blob_type *type)
{
    struct host_blob *blob = table_remove(&server->disk, bytes_of_text(name));
    if (!blob || blob->type == type)
        return blob;
    host_blob_release(blob);
    return NULL;
}

struct zone_disk_state zone_disk_take(const struct server_zone *zone)
{
    struct zone_disk_state state = {0};
    struct host_blob *zone_file =
        zone_disk_take_file(zone->server, zone->files->zone, &zone_blob_type);
    const struct zone_blob *file = (const struct zone_blob *)zone_file;
    if (file && name_equal(zone_origin(file->version), zone->origin))
        take_version(zone, file, &state);
    zone_disk_take_contact(zone, &state);
    host_blob_release(zone_file);
    return state;
}
