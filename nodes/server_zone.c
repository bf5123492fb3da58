/*
 * A zone on a server, whatever its role: the version served and the journal of
 * how it came about.
 */
#include "nodes/server_state.h"

void server_zone_note(const struct server_zone *zone, struct host_note note)
{
    note.name = bytes_of(zone->origin, name_size(zone->origin));
    outbox_note(zone->server->out, &note);
}

void server_zone_serve(struct server_zone *zone, int64_t expires_ns, bool from_disk, bool by_change)
{
    zone->serving = true;
    struct host_note note = {
        .kind = NOTE_ZONE_SERVING,
        .serial = zone_serial(zone->version),
        .values = {expires_ns, (int64_t)zone_record_count(zone->version), from_disk, by_change}};
    server_zone_note(zone, note);
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
