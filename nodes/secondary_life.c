/*
 * The beginning and the end of a zone on a secondary: what the disk has of it is
 * served again, for no longer than it would have been without the break.
 */
#include "nodes/secondary.h"

#include <stdlib.h>

void secondary_init(struct server_zone *zone)
{
    struct secondary *secondary = memory_zeroed(sizeof *secondary);
    secondary->timer = (struct deadline){.owner = zone, .kind = DEADLINE_SECONDARY};
    secondary->expire = (struct deadline){.owner = zone, .kind = DEADLINE_EXPIRE};
    secondary->total = (struct deadline){.owner = zone, .kind = DEADLINE_TRANSFER};
    secondary->soa_context = (struct socket_context){SOCKET_SOA_QUERY, zone};
    secondary->transfer_context = (struct socket_context){SOCKET_TRANSFER, zone};
    zone->secondary = secondary;
}

/* Serves what the disk has, for as long as it would have been served without the break. A clock
 * that was set back must not make it live longer than the SOA says. */
static void start_from_disk(struct server_zone *zone, const struct zone_disk_state *disk)
{
    struct secondary *secondary = zone->secondary;
    zone->version = disk->version;
    int64_t whole_ns = secondary_timers_of(zone->server->policy, zone->version).expire_ns;
    int64_t left_ns = disk->expires_wall_ns;
    if (left_ns != TIME_NEVER)
        left_ns -= zone->server->event->wall_ns;
    if (left_ns > whole_ns || whole_ns == TIME_NEVER)
        left_ns = whole_ns;
    for (size_t i = 0; i < disk->journal.count; i++)
        journal_append(&zone->journal, disk->journal.diffs[i]);
    if (left_ns <= 0) {
        secondary_lapse(zone);
        return;
    }
    secondary->data = SECONDARY_SERVING;
    bool for_ever = left_ns == TIME_NEVER;
    int64_t expires_ns = for_ever ? TIME_NEVER : zone->server->now_ns + left_ns;
    deadlines_set(&zone->server->deadlines, &secondary->expire, expires_ns);
    server_zone_serve(zone, for_ever ? -1 : expires_ns, true, false);
}

/* The first look, for software that does not hurry when it has something to serve. */
static void begin_later(struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    struct server_wait wait = {.less_percent = policy->disk_retry_less_percent};
    int64_t delay_ns = server_wait_ns(&wait, secondary_timers_of(policy, zone->version).retry_s, 0,
                                      zone->server->event->random);
    int64_t next_ns = zone->server->now_ns + delay_ns;
    zone->secondary->next_reason = "start";
    deadlines_set(&zone->server->deadlines, &zone->secondary->timer, next_ns);
    secondary_note_due(
        zone, deadline_is_set(&zone->secondary->expire) ? zone->secondary->expire.at_ns : -1,
        next_ns);
}

void secondary_start(struct server_zone *zone)
{
    struct zone_disk_state disk = zone_disk_take(zone);
    if (disk.version)
        start_from_disk(zone, &disk);
    else
        server_zone_note(zone, (struct host_note){.kind = NOTE_ZONE_LOADING});
    journal_free(&disk.journal);
    zone->secondary->failures = zone->server->policy->failures_at_start;
    if (zone->serving && zone->server->policy->disk_retry_less_percent > 0)
        begin_later(zone);
    else
        secondary_begin(zone, "start");
}

void secondary_pause(struct server_zone *zone)
{
    server_work_forget_zone(zone);
    secondary_soa_stop(zone);
    secondary_transfer_stop(zone);
    deadlines_unset(&zone->server->deadlines, &zone->secondary->timer);
    zone->secondary->task = SECONDARY_WAITING;
    zone->secondary->again = zone->secondary->has_sought = false;
}

void secondary_resume(struct server_zone *zone)
{
    secondary_begin(zone, "start");
}

void secondary_stop(struct server_zone *zone)
{
    secondary_pause(zone);
    deadlines_unset(&zone->server->deadlines, &zone->secondary->expire);
}

void secondary_dispose(struct server_zone *zone)
{
    tsig_free(&zone->secondary->tsig);
    transfer_in_free(zone->secondary->transfer);
    channel_drop(&zone->secondary->channel);
    free(zone->secondary);
}
