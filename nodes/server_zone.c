/*
 * A zone on a server, whatever its role: how it comes and goes, the version served
 * and the journal of how that came about.
 */
#include "nodes/dns/zone_sign.h"
#include "nodes/secondary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- coming and going ---------------------------------------------------------------------- */

/* One piece of memory, names and all. */
static struct zone_files *name_files(const uint8_t *name)
{
    static const char *const suffixes[] = {"zone", "edited", "contact", "told", "timers"};
    enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };
    uint8_t origin[NAME_SIZE_MAX];
    char text[NAME_TEXT_SIZE];
    size_t size = name_lower(name, origin), room = 0;
    name_to_text(origin, text);
    for (unsigned i = 0; i < SUFFIXES; i++)
        room += strlen(text) + strlen(suffixes[i]) + 1;
    struct zone_files *files = memory_zeroed(sizeof *files + size + room);
    const char **const names[SUFFIXES] = {&files->zone, &files->edited, &files->contact,
                                          &files->told, &files->timers};
    uint8_t *kept = (uint8_t *)(files + 1);
    char *at = (char *)kept + size;
    memcpy(kept, origin, size);
    files->origin = kept;
    for (unsigned i = 0; i < SUFFIXES; i++) {
        *names[i] = at;
        at += sprintf(at, "%s%s", text, suffixes[i]) + 1;
    }
    return files;
}

void server_zone_init(struct server *server, struct server_zone *zone,
                      const struct server_zone_config *config)
{
    struct zone_files *files = name_files(config->origin);
    size_t labels = name_label_count(files->origin);
    *zone = (struct server_zone){.server = server, .config = config, .files = files};
    zone->origin = files->origin;
    zone->journal.size_max = config->journal_size_max;
    zone->journal.count_max = server->config->limits.journal_versions;
    if (zone->journal.count_max == 0)
        zone->journal.count_max = server->policy->journal_versions;
    void *other = table_put(&server->zones, bytes_of(zone->origin, name_size(zone->origin)), zone);
    assert(!other && "a server has a zone once");
    server->zone_depths[labels / 64] |= UINT64_C(1) << labels % 64;
    notify_init(zone);
    if (config->role == NOTE_SECONDARY)
        secondary_init(zone);
    if (config->members)
        server_catalog_init(zone);
}

void server_zone_start(struct server_zone *zone)
{
    struct host_note note = {.kind = NOTE_ZONE_ROLE, .code = (uint16_t)zone->config->role};
    server_zone_note(zone, note);
    if (zone->secondary)
        secondary_start(zone);
    else
        primary_start(zone);
}

void server_zone_stop(struct server_zone *zone)
{
    secondary_stop(zone);
    notify_stop(zone);
    zone_disk_remove(zone);
    table_remove(&zone->server->zones, bytes_of(zone->origin, name_size(zone->origin)));
    struct zone_files *files = zone->files;
    zone->files = NULL;
    files->next_gone = zone->server->gone_files;
    zone->server->gone_files = files;
    server_zone_dispose(zone);
}

void server_zone_forget_files(struct server *server)
{
    for (struct zone_files *next; server->gone_files; server->gone_files = next) {
        next = server->gone_files->next_gone;
        free(server->gone_files);
    }
}

void server_zone_dispose(struct server_zone *zone)
{
    if (zone->secondary)
        secondary_dispose(zone);
    notify_dispose(zone);
    journal_free(&zone->journal);
    zone_release(zone->version);
    zone_release(zone->edited);
    free(zone->files);
}

/* ---- the version --------------------------------------------------------------------------- */

void server_zone_note(const struct server_zone *zone, struct host_note note)
{
    note.name = bytes_of(zone->origin, name_size(zone->origin));
    outbox_note(zone->server->out, &note);
}

/* Signatures have 32 bits of Unix time, which mean the moment next to now (RFC 4034 3.1.5). */
static void note_signatures(const struct server_zone *zone)
{
    uint32_t expiry_s;
    if (!zone_first_expiry(zone->version, &expiry_s))
        return;
    int64_t now_s = zone->server->event->wall_ns / NS_PER_S;
    struct host_note note = {.kind = NOTE_ZONE_SIGNATURES,
                             .serial = zone_serial(zone->version),
                             .values = {now_s + (int32_t)(expiry_s - (uint32_t)now_s)}};
    server_zone_note(zone, note);
}

void server_zone_serve(struct server_zone *zone, int64_t expires_ns, bool from_disk, bool by_change)
{
    zone->serving = true;
    struct host_note note = {
        .kind = NOTE_ZONE_SERVING,
        .serial = zone_serial(zone->version),
        .values = {expires_ns, (int64_t)zone_record_count(zone->version), from_disk, by_change}};
    server_zone_note(zone, note);
    note_signatures(zone);
    if (zone->catalog)
        server_catalog_changed(zone);
}

void server_zone_install(struct server_zone *zone, const struct server_zone_install *install)
{
    zone_release(zone->version);
    zone->version = install->version;
    size_t diff_count = zone->config->provide_ixfr ? install->diff_count : 0;
    if (diff_count == 0)
        journal_clear(&zone->journal);
    for (size_t i = 0; i < diff_count; i++)
        journal_append(&zone->journal, install->diffs[i]);
    server_zone_serve(zone, install->expires_ns, install->from_disk, install->by_change);
}

/* Seconds; -1: nobody knows. */
static int64_t expires_in_s(const struct server_zone *zone)
{
    if (zone->secondary) {
        int64_t left_ns = secondary_left_ns(zone);
        return left_ns == TIME_NEVER ? -1 : left_ns / NS_PER_S;
    }
    struct soa soa;
    zone_soa(zone->version, &soa);
    return soa.expire;
}

/* EXPIRE: RFC 7314 section 3. */
size_t server_zone_options(const struct server_zone *zone, const struct message *message,
                           uint8_t room[SERVER_OPTIONS_MAX])
{
    struct bytes asked;
    if (message->edns.options.size == 0 || !zone->server->policy->answers_expire ||
        !message_option(message, EDNS_EXPIRE, &asked))
        return 0;
    int64_t left_s = expires_in_s(zone);
    if (left_s < 0)
        return 0;
    bytes_put_u16(room, EDNS_EXPIRE);
    bytes_put_u16(room + 2, 4);
    bytes_put_u32(room + 4, (uint32_t)left_s);
    return SERVER_OPTIONS_MAX;
}
