/*
 * A zone on a server, whatever its role: the version served and the journal of
 * how it came about.
 */
#include "nodes/server_state.h"
#include "nodes/dns/zone_sign.h"

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
