/*
 * A member of a catalog as a zone of the server, and what the disk remembers of
 * all of them: a file NAME.catalog with each member, its label, where it may move
 * and its group. So a server that starts again has its members whatever the catalog on its
 * disk has become (RFC 9432 section 5.1).
 */
#include "nodes/server_catalog.h"

#include "nodes/secondary.h"

#include <stdlib.h>

#define MEMBERS_MAGIC "understudy catalog 2\n"

enum { GROUP_SIZE_MAX = 256 };

/* ---- zones --------------------------------------------------------------------------------- */

void server_member_update(struct server_member *member, const struct catalog_entry *entry)
{
    name_copy(entry->label, member->label);
    member->may_move = entry->new_catalog != NULL;
    if (entry->new_catalog)
        name_copy(entry->new_catalog, member->new_catalog);
}

static bool has_group(const struct catalog_entry *entry, struct bytes value)
{
    struct bytes rdata;
    for (size_t at = 0; entry->groups && rrset_next(entry->groups, &at, &rdata);)
        if (bytes_equal(rdata, value))
            return true;
    return bytes_equal(entry->kept_group, value);
}

const struct server_member_group *server_member_group(const struct server_catalog *catalog,
                                                      const struct catalog_entry *entry)
{
    const struct server_zone_config *config = catalog->zone->config;
    for (size_t i = 0; i < config->group_count; i++)
        if (has_group(entry, config->groups[i].value))
            return &config->groups[i];
    return NULL;
}

static void configure(struct server_member *member, struct server_catalog *catalog,
                      const struct catalog_entry *entry)
{
    const uint8_t *origin = member->config.origin;
    member->catalog = catalog;
    member->group = server_member_group(catalog, entry);
    member->config = member->group ? *member->group->members : *catalog->zone->config->members;
    member->config.origin = origin;
}

struct server_member *server_member_create(struct server_catalog *catalog,
                                           const struct catalog_entry *entry)
{
    struct server_member *member = memory_zeroed(sizeof *member);
    member->config.origin = entry->zone; /* until the zone has its own copy */
    configure(member, catalog, entry);
    server_member_update(member, entry);
    server_zone_init(catalog->zone->server, &member->zone, &member->config);
    member->config.origin = member->zone.origin;
    member->zone.member = member;
    return member;
}

void server_member_remove(struct server_member *member)
{
    server_zone_stop(&member->zone);
    free(member);
}

void server_member_adopt(struct server_catalog *catalog, struct server_member *member,
                         const struct catalog_entry *entry)
{
    struct server_zone *zone = &member->zone;
    secondary_pause(zone);
    notify_stop(zone);
    notify_dispose(zone);
    configure(member, catalog, entry);
    server_member_update(member, entry);
    notify_init(zone);
    secondary_resume(zone);
}

/* ---- the disk ------------------------------------------------------------------------------ */

/* In memory it is what it is on a real disk. */
struct members_blob {
    struct host_blob blob;
    size_t size, capacity;
    uint8_t *data;
};

static void destroy(struct host_blob *blob)
{
    struct members_blob *file = (struct members_blob *)blob;
    free(file->data);
    free(file);
}

static void encode(const struct host_blob *blob, void (*write)(void *context, struct bytes part),
                   void *context)
{
    const struct members_blob *file = (const struct members_blob *)blob;
    write(context, bytes_of(file->data, file->size));
}

static const struct host_blob_type members_type = {"catalog", destroy, encode};

static struct members_blob *create_blob(size_t capacity)
{
    struct members_blob *file = memory_zeroed(sizeof *file);
    file->blob = (struct host_blob){&members_type, 1};
    file->data = memory_alloc(capacity);
    file->capacity = capacity;
    return file;
}

struct host_blob *server_member_decode(struct bytes bytes)
{
    struct members_blob *file = create_blob(bytes.size);
    memcpy(file->data, bytes.data, bytes.size);
    file->size = bytes.size;
    return &file->blob;
}

static void put(struct members_blob *file, const void *data, size_t size)
{
    memcpy(file->data + file->size, data, size);
    file->size += size;
}

/* Without a new catalog the member's own stands in its place, without a group an empty text. */
static void put_member(struct members_blob *file, const struct server_member *member)
{
    static const uint8_t no_group;
    const uint8_t *next = member->may_move ? member->new_catalog : member->catalog->zone->origin;
    struct bytes group = member->group ? member->group->value : bytes_of(&no_group, 1);
    put(file, member->zone.origin, name_size(member->zone.origin));
    put(file, member->label, name_size(member->label));
    put(file, next, name_size(next));
    put(file, group.data, group.size);
}

void server_member_write(struct server_catalog *catalog)
{
    size_t magic_size = strlen(MEMBERS_MAGIC);
    struct members_blob *file = create_blob(
        magic_size + catalog->count * (2 * NAME_SIZE_MAX + NAME_LABEL_MAX + 2 + GROUP_SIZE_MAX));
    put(file, MEMBERS_MAGIC, magic_size);
    for (size_t i = 0; i < catalog->count; i++)
        put_member(file, catalog->members[i]);
    file->data = memory_resize(file->data, file->size);
    outbox_disk_write(catalog->zone->server->out, catalog->file, &file->blob);
    outbox_disk_sync(catalog->zone->server->out);
    catalog->unsaved = false;
}

static const uint8_t *get_name(struct reader *r, struct arena *arena)
{
    size_t used;
    uint8_t lower[NAME_SIZE_MAX];
    if (r->failed || !name_is_valid(r->data + r->at, r->size - r->at, &used))
        return NULL;
    size_t size = name_lower(reader_take(r, used), lower);
    return arena_copy(arena, lower, size);
}

static bool get_group(struct reader *r, struct catalog_entry *entry, struct arena *arena)
{
    size_t size = reader_left(r) > 0 ? (size_t)r->data[r->at] + 1 : 1;
    const uint8_t *value = reader_take(r, size);
    if (value && size > 1)
        entry->kept_group = bytes_of(arena_copy(arena, value, size), size);
    return value != NULL;
}

static bool get_entry(struct reader *r, const uint8_t *own, struct catalog *out)
{
    struct catalog_entry entry = {.zone = get_name(r, &out->arena)};
    entry.label = entry.zone ? get_name(r, &out->arena) : NULL;
    entry.new_catalog = entry.label ? get_name(r, &out->arena) : NULL;
    if (!entry.new_catalog || name_label_count(entry.label) != 1 ||
        !get_group(r, &entry, &out->arena))
        return false;
    if (out->count > 0 && name_compare(out->entries[out->count - 1].zone, entry.zone) >= 0)
        return false;
    if (name_equal(entry.new_catalog, own))
        entry.new_catalog = NULL;
    memory_reserve(out->entries, out->count, out->capacity);
    out->entries[out->count++] = entry;
    return true;
}

bool server_member_read(struct server_catalog *catalog, struct catalog *out)
{
    struct host_blob *blob =
        zone_disk_take_file(catalog->zone->server, catalog->file, &members_type);
    const struct members_blob *file = (const struct members_blob *)blob;
    *out = (struct catalog){0};
    if (!blob)
        return false;
    struct reader r = reader_of(file->data, file->size);
    const uint8_t *magic = reader_take(&r, strlen(MEMBERS_MAGIC));
    bool good = magic && memcmp(magic, MEMBERS_MAGIC, strlen(MEMBERS_MAGIC)) == 0;
    while (good && reader_left(&r) > 0)
        good = get_entry(&r, catalog->zone->origin, out);
    host_blob_release(blob);
    if (!good)
        catalog_free(out);
    return good;
}
