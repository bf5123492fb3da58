/*
 * A zone on a secondary (RFC 1034 section 4.3.5): when to look for a newer
 * version, where, and how long to serve what we have.
 *
 * The data:      LOADING --version--> SERVING --expire timer--> EXPIRED
 *                                        ^---version or contact---|
 *
 * The task, in any state of the data:
 *
 *   WAITING --refresh, retry, NOTIFY, start: a new round, first source--> ASKING
 *      ^                                                                   |  |
 *      |<---equal serial: contact; timer: SOA refresh----------------------|  |
 *      |<---no source left: timer: SOA retry------------------------------ |  |
 *      |                        fails, or has an older serial: next source-^  | newer
 *      |                                      ^                               v
 *      |                                      |--fails---------- CONNECTING --> RECEIVING
 *      |<---new version; timer: SOA refresh-----------------------------------|
 *
 * A NOTIFY that comes while a round is running starts another one after it,
 * unless the serial that it promised has been reached by then.
 */
#include "nodes/secondary.h"

#include <assert.h>

static int64_t wall_ns(const struct server_zone *zone)
{
    return zone->server->event->wall_ns;
}

static void set_timer(struct server_zone *zone, int64_t delay_ns)
{
    deadlines_set(&zone->server->deadlines, &zone->secondary->timer,
                  zone->server->now_ns + delay_ns);
}

static int64_t bounded_ns(uint32_t value_s, uint32_t min_s, uint32_t max_s)
{
    uint32_t bounded_s = value_s < min_s ? min_s : value_s > max_s ? max_s : value_s;
    return bounded_s * NS_PER_S;
}

static int64_t refresh_ns(const struct server_zone *zone)
{
    struct soa soa;
    zone_soa(zone->version, &soa);
    return bounded_ns(soa.refresh, zone->server->policy->refresh_min_s,
                      zone->server->policy->refresh_max_s);
}

static int64_t expire_ns(const struct server_zone *zone)
{
    struct soa soa;
    zone_soa(zone->version, &soa);
    return soa.expire * NS_PER_S;
}

static int64_t retry_ns(const struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    struct soa soa;
    if (zone->version) {
        zone_soa(zone->version, &soa);
        return bounded_ns(soa.retry, policy->retry_min_s, policy->retry_max_s);
    }
    int64_t delay_ns = policy->bootstrap_first_ns;
    for (unsigned i = 0; i < zone->secondary->bootstrap_failures; i++)
        if (delay_ns < policy->bootstrap_max_ns)
            delay_ns *= 2;
    return delay_ns < policy->bootstrap_max_ns ? delay_ns : policy->bootstrap_max_ns;
}

/* Until the next round after a good one or a bad one. */
static int64_t pause_ns(const struct server_zone *zone, bool good)
{
    return good ? refresh_ns(zone) : retry_ns(zone);
}

/* ---- rounds -------------------------------------------------------------------------------------
 */

struct address secondary_source(const struct server_zone *zone)
{
    const struct server_addresses *sources = &zone->config->sources;
    const struct secondary *secondary = zone->secondary;
    return server_with_port(&sources->list[(secondary->first + secondary->asked) % sources->count]);
}

static const struct tsig_key *source_key(const struct server_zone *zone)
{
    const struct server_addresses *sources = &zone->config->sources;
    const struct secondary *secondary = zone->secondary;
    return server_key(sources, (secondary->first + secondary->asked) % sources->count);
}

size_t secondary_sign(struct server_zone *zone, uint8_t *data, size_t size, int64_t at_wall_ns)
{
    struct tsig *tsig = &zone->secondary->tsig;
    const struct tsig_key *key = source_key(zone);
    tsig_free(tsig);
    tsig->key = NULL;
    tsig->ahead_s = 0;
    if (!key)
        return size;
    tsig_begin(tsig, key);
    return tsig_sign(tsig, data, size, at_wall_ns);
}

/* An error without a signature says more than that it is not signed. */
const char *secondary_signature_fault(struct server_zone *zone, const struct message *message)
{
    struct tsig *tsig = &zone->secondary->tsig;
    if (!tsig->key)
        return NULL;
    enum tsig_result result = tsig_verify(tsig, message, wall_ns(zone));
    if (result == TSIG_ABSENT && message->rcode != RCODE_NOERROR)
        return NULL;
    return tsig_result_text(result);
}

static void begin_round(struct server_zone *zone, const char *reason, size_t first)
{
    struct secondary *secondary = zone->secondary;
    assert(secondary->task == SECONDARY_WAITING);
    if (zone->config->sources.count == 0)
        return;
    secondary->reason = reason;
    secondary->first = first;
    secondary->asked = 0;
    secondary->contact = false;
    struct host_note note = {
        .kind = NOTE_REFRESH_STARTED, .peer = secondary_source(zone), .text = reason};
    server_zone_note(zone, note);
    secondary->task = SECONDARY_ASKING;
    secondary_soa_ask(zone);
}

/* The sought serial is what we have, or older. */
static bool has_reached(const struct server_zone *zone, bool has_serial, uint32_t serial)
{
    return has_serial && zone->serving && !serial_is_after(serial, zone_serial(zone->version));
}

/* The round is over; the next one begins in its time, or now if a NOTIFY came meanwhile. */
static void end_round(struct server_zone *zone, bool good)
{
    struct secondary *secondary = zone->secondary;
    secondary->task = SECONDARY_WAITING;
    secondary->retrying = !good;
    set_timer(zone, pause_ns(zone, good));
    if (!zone->version)
        secondary->bootstrap_failures++;
    bool again = secondary->again;
    secondary->again = false;
    secondary->has_sought = again && secondary->again_has_serial;
    secondary->sought = secondary->again_serial;
    if (again && !has_reached(zone, secondary->has_sought, secondary->sought))
        begin_round(zone, "notify", secondary->again_first);
    else
        secondary->has_sought = false;
}

static bool is_last_source(const struct server_zone *zone)
{
    return zone->secondary->asked + 1 >= zone->config->sources.count;
}

static void next_source(struct server_zone *zone)
{
    zone->secondary->asked++;
    zone->secondary->task = SECONDARY_ASKING;
    secondary_soa_ask(zone);
}

/* A round in which some source confirmed our version is good, unless a NOTIFY promised more: then
 * it is worth trying again soon. */
static bool is_good(const struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    return secondary->contact &&
           (!secondary->has_sought || has_reached(zone, true, secondary->sought));
}

void secondary_source_failed(struct server_zone *zone, const char *why)
{
    bool last = is_last_source(zone), good = is_good(zone);
    int64_t delay_ns = last ? pause_ns(zone, good) : 0;
    struct host_note note = {
        .kind = NOTE_REFRESH_FAILED,
        .peer = secondary_source(zone),
        .text = why,
        .values = {zone->server->now_ns + delay_ns, 0, 0, zone->secondary->tsig.ahead_s}};
    server_zone_note(zone, note);
    if (last)
        end_round(zone, good);
    else
        next_source(zone);
}

/* ---- what sources say ---------------------------------------------------------------------------
 */

/* Our version is good from now on for as long as the SOA says. Returns when it expires. */
static int64_t restart_expiry(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    secondary->data = SECONDARY_SERVING;
    secondary->bootstrap_failures = 0;
    int64_t expires_ns = zone->server->now_ns + expire_ns(zone);
    deadlines_set(&zone->server->deadlines, &secondary->expire, expires_ns);
    return expires_ns;
}

/* The current source has the very version that we have. */
static void confirm(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    bool was_serving = zone->serving;
    int64_t expires_ns = restart_expiry(zone);
    zone->serving = true;
    secondary->contact = true;
    bool good = is_good(zone), over = good || is_last_source(zone);
    int64_t delay_ns = over ? pause_ns(zone, good) : 0;
    struct host_note note = {.kind = NOTE_ZONE_CONTACT,
                             .serial = zone_serial(zone->version),
                             .peer = secondary_source(zone),
                             .values = {expires_ns, zone->server->now_ns + delay_ns}};
    server_zone_note(zone, note);
    if (!was_serving)
        server_zone_serve(zone, expires_ns, false, false);
    zone_disk_write_contact(zone, wall_ns(zone), wall_ns(zone) + expire_ns(zone));
    if (over)
        end_round(zone, good);
    else
        next_source(zone);
}

void secondary_source_has(struct server_zone *zone, uint32_t serial)
{
    struct secondary *secondary = zone->secondary;
    if (!zone->version) {
        secondary_transfer_begin(zone, NOTE_AXFR);
        return;
    }
    uint32_t ours = zone_serial(zone->version);
    if (serial == ours)
        confirm(zone);
    else if (serial_is_after(serial, ours))
        secondary_transfer_begin(zone, zone->config->request_ixfr ? NOTE_IXFR : NOTE_AXFR);
    else if (secondary->data == SECONDARY_EXPIRED) /* ours counts no more: RFC 1034, 4.3.5 */
        secondary_transfer_begin(zone, NOTE_AXFR);
    else
        secondary_source_failed(zone, "its serial is older than ours");
}

void secondary_source_truncated(struct server_zone *zone)
{
    bool ixfr = zone->version && zone->config->request_ixfr;
    secondary_transfer_begin(zone, ixfr ? NOTE_IXFR : NOTE_AXFR);
}

void secondary_transferred(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server_zone_install install = {.version = transfer_in_take(secondary->transfer)};
    install.diffs = transfer_in_diffs(secondary->transfer, &install.diff_count);
    struct soa soa;
    zone_soa(install.version, &soa);
    install.expires_ns = zone->server->now_ns + soa.expire * NS_PER_S;
    server_zone_install(zone, &install);
    secondary_transfer_stop(zone);
    restart_expiry(zone);
    zone_disk_write_zone(zone, wall_ns(zone), wall_ns(zone) + expire_ns(zone));
    notify_start(zone);
    end_round(zone, true);
}

/* ---- what starts a round ------------------------------------------------------------------- */

static size_t source_index(const struct server_zone *zone, const struct address *from)
{
    const struct server_addresses *sources = &zone->config->sources;
    for (size_t i = 0; from && i < sources->count; i++)
        if (address_same_ip(&sources->list[i], from))
            return i;
    return 0;
}

/* Of several NOTIFYs, the one that promises most is remembered; one without a hint promises
 * anything. */
static void remember(struct secondary *secondary, bool has_serial, uint32_t serial, size_t first)
{
    if (secondary->again && (!secondary->again_has_serial ||
                             (has_serial && !serial_is_after(serial, secondary->again_serial))))
        return;
    secondary->again = true;
    secondary->again_has_serial = has_serial;
    secondary->again_serial = serial;
    secondary->again_first = first;
}

void secondary_notified(struct server_zone *zone, const struct address *from, bool has_serial,
                        uint32_t serial)
{
    struct secondary *secondary = zone->secondary;
    size_t first = source_index(zone, from);
    if (has_reached(zone, has_serial, serial))
        return;
    if (secondary->task != SECONDARY_WAITING) {
        remember(secondary, has_serial, serial, first);
        return;
    }
    secondary->has_sought = has_serial;
    secondary->sought = serial;
    begin_round(zone, from ? "notify" : "command", first);
}

void secondary_due(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    switch (secondary->task) {
    case SECONDARY_WAITING:
        begin_round(zone, secondary->retrying ? "retry" : "refresh", 0);
        break;
    case SECONDARY_ASKING:
        secondary_soa_due(zone);
        break;
    case SECONDARY_CONNECTING:
    case SECONDARY_RECEIVING:
        secondary_transfer_due(zone);
        break;
    }
}

void secondary_expire(struct server_zone *zone)
{
    zone->secondary->data = SECONDARY_EXPIRED;
    zone->serving = false;
    struct host_note note = {.kind = NOTE_ZONE_EXPIRED, .serial = zone_serial(zone->version)};
    server_zone_note(zone, note);
}

/* ---- life ---------------------------------------------------------------------------------- */

void secondary_init(struct server_zone *zone)
{
    struct secondary *secondary = arena_alloc(zone->server->arena, sizeof *secondary);
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
    int64_t left_ns = disk->expires_wall_ns - wall_ns(zone);
    if (left_ns > expire_ns(zone))
        left_ns = expire_ns(zone);
    for (size_t i = 0; i < disk->journal.count; i++)
        journal_append(&zone->journal, disk->journal.diffs[i]);
    if (left_ns <= 0) {
        secondary_expire(zone);
        return;
    }
    secondary->data = SECONDARY_SERVING;
    int64_t expires_ns = zone->server->now_ns + left_ns;
    deadlines_set(&zone->server->deadlines, &secondary->expire, expires_ns);
    server_zone_serve(zone, expires_ns, true, false);
}

void secondary_start(struct server_zone *zone)
{
    struct zone_disk_state disk = zone_disk_take(zone);
    if (disk.version)
        start_from_disk(zone, &disk);
    else
        server_zone_note(zone, (struct host_note){.kind = NOTE_ZONE_LOADING});
    journal_free(&disk.journal);
    begin_round(zone, "start", 0);
}

void secondary_dispose(struct server_zone *zone)
{
    tsig_free(&zone->secondary->tsig);
    transfer_in_free(zone->secondary->transfer);
    stream_in_free(&zone->secondary->in);
    stream_out_free(&zone->secondary->out);
}
