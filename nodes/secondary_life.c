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

/* ---- the first look -------------------------------------------------------------------------- */

/* What is left of the refresh since the last contact. */
static int64_t since_contact_ns(struct server_zone *zone, int64_t contact_wall_ns)
{
    const struct server *server = zone->server;
    struct secondary_timers timers = secondary_timers_of(server->policy, zone->version);
    int64_t age_ns = server->event->wall_ns - contact_wall_ns;
    if (age_ns < 0 || age_ns >= timers.refresh_s * NS_PER_S)
        return 0;
    zone->secondary->contact_ns = server->now_ns - age_ns;
    return secondary_next_round_ns(zone, true) - server->now_ns;
}

/* What NSD does not believe its file: that it was written later than this from now. */
#define FUTURE_NS (15 * NS_PER_S)

/* The same wait once more, as long as the failures before it had made it. */
static int64_t wait_again_ns(struct server_zone *zone, const struct zone_disk_timers *kept)
{
    const struct server *server = zone->server;
    int64_t age_ns = server->event->wall_ns - kept->stopped_wall_ns;
    if (age_ns < -FUTURE_NS)
        return 0;
    zone->secondary->failures = kept->failures;
    int64_t wait_s = kept->wait_ns / NS_PER_S;
    return age_ns > kept->wait_ns || wait_s > UINT32_MAX
               ? 0
               : server_policy_refresh_ns(server->policy, (uint32_t)wait_s, server->event->random);
}

/* Within a retry, for software that does not hurry when it has something to serve. */
static int64_t unhurried_ns(const struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    struct server_wait wait = {.less_percent = policy->disk_retry_less_percent};
    return zone->serving && policy->disk_retry_less_percent > 0
               ? server_wait_ns(&wait, secondary_timers_of(policy, zone->version).retry_s, 0,
                                zone->server->event->random)
               : 0;
}

static int64_t first_wait_ns(struct server_zone *zone, int64_t contact_wall_ns)
{
    struct zone_disk_timers kept = {0};
    bool has_kept = zone_disk_take_timers(zone, &kept);
    if (zone->version && !zone->serving)
        return 0;
    switch (zone->server->policy->timers_kept) {
    case TIMERS_FORGOTTEN:
        return unhurried_ns(zone);
    case TIMERS_CONTACT:
        return zone->version ? since_contact_ns(zone, contact_wall_ns) : 0;
    case TIMERS_NEXT:
        return has_kept && kept.next_wall_ns != TIME_NEVER
                   ? kept.next_wall_ns - zone->server->event->wall_ns
                   : 0;
    case TIMERS_WAIT:
        return has_kept ? wait_again_ns(zone, &kept) : 0;
    }
    return 0;
}

static void begin_later(struct server_zone *zone, int64_t delay_ns)
{
    const struct secondary *secondary = zone->secondary;
    int64_t next_ns = zone->server->now_ns + delay_ns;
    zone->secondary->next_reason = "start";
    zone->secondary->wait_ns = delay_ns;
    deadlines_set(&zone->server->deadlines, &zone->secondary->timer, next_ns);
    if (zone->version)
        secondary_note_due(zone, deadline_is_set(&secondary->expire) ? secondary->expire.at_ns : -1,
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
    int64_t delay_ns = first_wait_ns(zone, disk.contact_wall_ns);
    if (delay_ns > 0)
        begin_later(zone, delay_ns);
    else
        secondary_begin(zone, "start");
}

/* ---- breaks ---------------------------------------------------------------------------------- */

/* Where a round is running, its limit for a silent source takes the place of the wait. */
void secondary_remember(const struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    const struct server *server = zone->server;
    enum server_timers kept = server->policy->timers_kept;
    if (kept != TIMERS_NEXT && kept != TIMERS_WAIT)
        return;
    bool waits = secondary->task == SECONDARY_WAITING && deadline_is_set(&secondary->timer);
    int64_t left_ns = waits ? secondary->timer.at_ns - server->now_ns : 0;
    struct zone_disk_timers timers = {.stopped_wall_ns = server->event->wall_ns,
                                      .next_wall_ns = server->event->wall_ns + left_ns,
                                      .wait_ns = waits ? secondary->wait_ns
                                                       : server->policy->transfer_idle_ns,
                                      .failures = secondary->failures};
    zone_disk_write_timers(zone, &timers);
}

void secondary_pause(struct server_zone *zone)
{
    server_work_forget_zone(zone);
    secondary_soa_stop(zone);
    secondary_transfer_stop(zone);
    deadlines_unset(&zone->server->deadlines, &zone->secondary->timer);
    zone->secondary->task = SECONDARY_WAITING;
    zone->secondary->again = zone->secondary->has_sought = false;
    zone->secondary->forced = zone->secondary->again_forced = false;
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
