/*
 * The small files of a server's disk, which hold times and serials: NAME.contact,
 * NAME.told and NAME.timers (zone_disk.c says what for).
 */
#include "nodes/server_state.h"
#include "nodes/zone_disk_octets.h"

#include <stdlib.h>

#define CONTACT_MAGIC "understudy contact 1\n"
#define TOLD_MAGIC "understudy told 1\n"
#define TIMERS_MAGIC "understudy timers 1\n"

/* ---- the contact's file -------------------------------------------------------------------- */

struct contact_blob {
    struct host_blob blob;
    uint32_t serial;
    int64_t contact_wall_ns, expires_wall_ns;
};

static void destroy_plain(struct host_blob *blob)
{
    free(blob);
}

static void encode_contact(const struct host_blob *blob,
                           void (*write)(void *context, struct bytes part), void *context)
{
    const struct contact_blob *file = (const struct contact_blob *)blob;
    struct disk_sink sink = {write, context};
    write(context, bytes_of_text(CONTACT_MAGIC));
    disk_put_number(&sink, file->serial);
    disk_put_number(&sink, (uint64_t)file->contact_wall_ns);
    disk_put_number(&sink, (uint64_t)file->expires_wall_ns);
}

static const struct host_blob_type contact_blob_type = {"contact", destroy_plain, encode_contact};

static struct contact_blob *create_contact(uint32_t serial, int64_t contact_wall_ns,
                                           int64_t expires_wall_ns)
{
    struct contact_blob *file = memory_zeroed(sizeof *file);
    *file = (struct contact_blob){.blob = {&contact_blob_type, 1},
                                  .serial = serial,
                                  .contact_wall_ns = contact_wall_ns,
                                  .expires_wall_ns = expires_wall_ns};
    return file;
}

struct host_blob *zone_disk_decode_contact(struct bytes bytes)
{
    struct reader r = reader_of(bytes.data, bytes.size);
    if (!disk_get_magic(&r, CONTACT_MAGIC))
        return NULL;
    uint64_t serial = disk_get_number(&r);
    int64_t contact = disk_get_time(&r), expires = disk_get_time(&r);
    return r.failed ? NULL : &create_contact((uint32_t)serial, contact, expires)->blob;
}

void zone_disk_write_contact(const struct server_zone *zone, int64_t contact_wall_ns,
                             int64_t expires_wall_ns)
{
    struct contact_blob *file =
        create_contact(zone_serial(zone->version), contact_wall_ns, expires_wall_ns);
    outbox_disk_write(zone->server->out, zone->files->contact, &file->blob);
    outbox_disk_sync(zone->server->out);
}

void zone_disk_take_contact(const struct server_zone *zone, struct zone_disk_state *state)
{
    struct host_blob *blob =
        zone_disk_take_file(zone->server, zone->files->contact, &contact_blob_type);
    const struct contact_blob *contact = (const struct contact_blob *)blob;
    if (state->version && contact && contact->serial == zone_serial(state->version)) {
        state->contact_wall_ns = contact->contact_wall_ns;
        state->expires_wall_ns = contact->expires_wall_ns;
    }
    host_blob_release(blob);
}

/* ---- the serial told ------------------------------------------------------------------------- */

struct told_blob {
    struct host_blob blob;
    uint32_t serial;
};

static void encode_told(const struct host_blob *blob,
                        void (*write)(void *context, struct bytes part), void *context)
{
    struct disk_sink sink = {write, context};
    write(context, bytes_of_text(TOLD_MAGIC));
    disk_put_number(&sink, ((const struct told_blob *)blob)->serial);
}

static const struct host_blob_type told_blob_type = {"told", destroy_plain, encode_told};

static struct host_blob *create_told(uint32_t serial)
{
    struct told_blob *file = memory_zeroed(sizeof *file);
    *file = (struct told_blob){.blob = {&told_blob_type, 1}, .serial = serial};
    return &file->blob;
}

struct host_blob *zone_disk_decode_told(struct bytes bytes)
{
    struct reader r = reader_of(bytes.data, bytes.size);
    if (!disk_get_magic(&r, TOLD_MAGIC))
        return NULL;
    uint64_t serial = disk_get_number(&r);
    return r.failed ? NULL : create_told((uint32_t)serial);
}

void zone_disk_write_told(const struct server_zone *zone)
{
    outbox_disk_write(zone->server->out, zone->files->told, create_told(zone->told_serial));
    outbox_disk_sync(zone->server->out);
}

void zone_disk_take_told(struct server_zone *zone)
{
    struct host_blob *blob = zone_disk_take_file(zone->server, zone->files->told, &told_blob_type);
    zone->has_told = blob != NULL;
    if (blob)
        zone->told_serial = ((const struct told_blob *)blob)->serial;
    host_blob_release(blob);
}

/* ---- timers ---------------------------------------------------------------------------------- */

struct timers_blob {
    struct host_blob blob;
    struct zone_disk_timers timers;
};

static void encode_timers(const struct host_blob *blob,
                          void (*write)(void *context, struct bytes part), void *context)
{
    const struct zone_disk_timers *timers = &((const struct timers_blob *)blob)->timers;
    struct disk_sink sink = {write, context};
    write(context, bytes_of_text(TIMERS_MAGIC));
    disk_put_number(&sink, (uint64_t)timers->stopped_wall_ns);
    disk_put_number(&sink, (uint64_t)timers->next_wall_ns);
    disk_put_number(&sink, (uint64_t)timers->wait_ns);
    disk_put_number(&sink, timers->failures);
}

static const struct host_blob_type timers_blob_type = {"timers", destroy_plain, encode_timers};

static struct host_blob *create_timers(const struct zone_disk_timers *timers)
{
    struct timers_blob *file = memory_zeroed(sizeof *file);
    *file = (struct timers_blob){.blob = {&timers_blob_type, 1}, .timers = *timers};
    return &file->blob;
}

struct host_blob *zone_disk_decode_timers(struct bytes bytes)
{
    struct reader r = reader_of(bytes.data, bytes.size);
    if (!disk_get_magic(&r, TIMERS_MAGIC))
        return NULL;
    struct zone_disk_timers timers = {0};
    timers.stopped_wall_ns = disk_get_time(&r);
    timers.next_wall_ns = disk_get_time(&r);
    timers.wait_ns = disk_get_time(&r);
    timers.failures = (unsigned)disk_get_number(&r);
    return r.failed ? NULL : create_timers(&timers);
}

void zone_disk_write_timers(const struct server_zone *zone, const struct zone_disk_timers *timers)
{
    outbox_disk_write(zone->server->out, zone->files->timers, create_timers(timers));
    outbox_disk_sync(zone->server->out);
}

bool zone_disk_take_timers(const struct server_zone *zone, struct zone_disk_timers *timers)
{
    struct host_blob *blob =
        zone_disk_take_file(zone->server, zone->files->timers, &timers_blob_type);
    if (blob)
        *timers = ((const struct timers_blob *)blob)->timers;
    host_blob_release(blob);
    return blob != NULL;
}
