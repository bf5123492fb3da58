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
 * unless the serial that it promised has been reached by then. A forced round
 * begins with the transfer.
 */
#include "nodes/secondary.h"

#include <assert.h>

static int64_t wall_ns(const struct server_zone *zone)
{
    return zone->server->event->wall_ns;
}

/* A clock may be far ahead, and an expire 136 years. */
static int64_t later(int64_t time_ns, int64_t delay_ns)
{
    bool is_never = delay_ns == TIME_NEVER || (time_ns > 0 && delay_ns > TIME_NEVER - time_ns);
    return is_never ? TIME_NEVER : time_ns + delay_ns;
}

/* ---- rounds -------------------------------------------------------------------------------------
 */

void secondary_note_round(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    if (!secondary->reason)
        return;
    struct host_note note = {
        .kind = NOTE_REFRESH_STARTED, .peer = secondary_source(zone), .text = secondary->reason};
    server_zone_note(zone, note);
    secondary->reason = NULL;
}

/* IXFR takes the place of the SOA query if there is a version that differences could start from
 * and the source is not known for ignorance. */
static bool may_ask_ixfr(const struct server_zone *zone)
{
    struct address address = secondary_source(zone);
    return zone->config->request_ixfr && secondary_has_version(zone) &&
           server_work_source(zone->server, &address)->no_ixfr_until_ns <= zone->server->now_ns;
}

static enum server_probe probe_of(const struct server_zone *zone)
{
    enum server_probe probe =
        zone->config->ixfr_over_udp ? PROBE_IXFR_UDP : zone->server->policy->probe;
    if (secondary_source_tls(zone)) /* over the connection that the zone would come over */
        return probe == PROBE_IXFR_UDP  ? PROBE_IXFR_TCP
               : probe == PROBE_SOA_UDP ? PROBE_SOA_TCP
                                        : probe;
    return probe;
}

/* Looks whether the current source has anything new. */
static void look(struct server_zone *zone)
{
    zone->secondary->task = SECONDARY_QUEUED;
    zone->secondary->without_edns = zone->secondary->promised = zone->secondary->whole = false;
    if (zone->secondary->forced) {
        secondary_transfer_begin(zone, NOTE_AXFR);
        return;
    }
    switch (probe_of(zone)) {
    case PROBE_SOA_UDP:
        server_work_check(zone);
        break;
    case PROBE_SOA_TCP:
        if (secondary_has_version(zone))
            secondary_transfer_probe(zone);
        else
            secondary_transfer_begin(zone, NOTE_AXFR);
        break;
    case PROBE_IXFR_TCP:
        secondary_transfer_begin(zone, may_ask_ixfr(zone) ? NOTE_IXFR : NOTE_AXFR);
        break;
    case PROBE_IXFR_UDP:
        if (may_ask_ixfr(zone))
            server_work_check(zone);
        else
            secondary_transfer_begin(zone, NOTE_AXFR);
        break;
    }
}

void secondary_probe_begin(struct server_zone *zone)
{
    bool ixfr = probe_of(zone) == PROBE_IXFR_UDP && may_ask_ixfr(zone);
    zone->secondary->task = SECONDARY_ASKING;
    secondary_note_round(zone);
    secondary_soa_ask(zone, ixfr ? RR_IXFR : RR_SOA);
}

/* No source has sent a NOTIFY, or it does not matter who has. */
#define NO_NOTIFIER SIZE_MAX

static size_t first_source(const struct server_zone *zone)
{
    size_t count = zone->config->sources.count;
    bool by_chance = zone->server->policy->sources == SOURCES_ONE && count > 1;
    return by_chance ? (size_t)random_between(zone->server->event->random, 0, (int64_t)count - 1)
                     : 0;
}

static void begin_round(struct server_zone *zone, const char *reason, size_t notifier)
{
    struct secondary *secondary = zone->secondary;
    assert(secondary->task == SECONDARY_WAITING);
    if (zone->config->sources.count == 0)
        return;
    secondary->reason = reason;
    secondary->by_notify = notifier != NO_NOTIFIER;
    secondary->first = secondary->by_notify ? notifier : first_source(zone);
    secondary->asked = 0;
    secondary->round_ns = zone->server->now_ns;
    secondary->contact = false;
    look(zone);
}

void secondary_begin(struct server_zone *zone, const char *reason)
{
    begin_round(zone, reason, NO_NOTIFIER);
}

/* The sought serial is what we have, or older. */
static bool has_reached(const struct server_zone *zone, bool has_serial, uint32_t serial)
{
    return has_serial && zone->serving && !serial_is_after(serial, zone_serial(zone->version));
}

/* The round is over; the next one begins in its time, or now if a NOTIFY came meanwhile. */
static void end_round(struct server_zone *zone, bool good, int64_t next_ns)
{
    struct secondary *secondary = zone->secondary;
    secondary->task = SECONDARY_WAITING;
    secondary->next_reason = good ? "refresh" : "retry";
    secondary->failures = good ? 0 : secondary->failures + 1;
    secondary->wait_ns = next_ns - zone->server->now_ns;
    deadlines_set(&zone->server->deadlines, &secondary->timer, next_ns);
    bool again = secondary->again;
    secondary->again = false;
    secondary->has_sought = again && secondary->again_has_serial;
    secondary->sought = secondary->again_serial;
    secondary->forced = secondary->again_forced;
    secondary->again_forced = false;
    if (secondary->forced)
        secondary_begin(zone, "command");
    else if (again && !has_reached(zone, secondary->has_sought, secondary->sought))
        begin_round(zone, "notify", secondary->again_first);
    else
        secondary->has_sought = false;
}

static bool is_last_source(const struct server_zone *zone)
{
    return zone->secondary->asked + 1 >= zone->config->sources.count ||
           zone->server->policy->sources == SOURCES_ONE;
}

/* That a source has our version is enough: it was the one that told of news, or any would do. */
static bool is_enough(const struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    return zone->server->policy->sources != SOURCES_ALL ||
           (secondary->by_notify && secondary->asked == 0);
}

static void next_source(struct server_zone *zone)
{
    zone->secondary->asked++;
    look(zone);
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
    secondary_transfer_stop(zone);
    int64_t next_ns = last ? secondary_next_round_ns(zone, good) : zone->server->now_ns;
    struct host_note note = {.kind = NOTE_REFRESH_FAILED,
                             .peer = secondary_source(zone),
                             .text = why,
                             .values = {next_ns, 0, 0, zone->secondary->tsig.ahead_s}};
    server_zone_note(zone, note);
    if (last)
        end_round(zone, good, next_ns);
    else
        next_source(zone);
}

/* ---- what sources say ---------------------------------------------------------------------------
 */

/* Our version is good until EXPIRES_NS. */
static void set_expiry(struct server_zone *zone, int64_t expires_ns)
{
    zone->secondary->data = SECONDARY_SERVING;
    deadlines_set(&zone->server->deadlines, &zone->secondary->expire, expires_ns);
}

/* As the notes tell it. */
static int64_t or_never(int64_t expires_ns)
{
    return expires_ns == TIME_NEVER ? -1 : expires_ns;
}

static void keep_contact(struct server_zone *zone, bool with_zone)
{
    int64_t now_ns = wall_ns(zone), expires_ns = later(now_ns, secondary_left_ns(zone));
    if (with_zone)
        zone_disk_write_zone(zone, now_ns, expires_ns);
    else
        zone_disk_write_contact(zone, now_ns, expires_ns);
}

/* The current source has the very version that we have. */
static void confirm(struct server_zone *zone, int64_t expire_s)
{
    struct secondary *secondary = zone->secondary;
    bool was_serving = zone->serving;
    if (secondary->probing)
        secondary_kept_put(zone);
    secondary_transfer_stop(zone);
    int64_t expires_ns = secondary_expires_ns(zone, zone->version, expire_s);
    if (was_serving && expires_ns < secondary->expire.at_ns) /* RFC 7314 section 4 */
        expires_ns = secondary->expire.at_ns;
    set_expiry(zone, expires_ns);
    zone->serving = true;
    secondary->contact = true;
    secondary->contact_ns = zone->server->now_ns;
    bool good = is_good(zone), over = (good && is_enough(zone)) || is_last_source(zone);
    int64_t next_ns = over ? secondary_next_round_ns(zone, good) : zone->server->now_ns;
    struct host_note note = {.kind = NOTE_ZONE_CONTACT,
                             .serial = zone_serial(zone->version),
                             .peer = secondary_source(zone),
                             .values = {or_never(expires_ns), next_ns, secondary->failures}};
    server_zone_note(zone, note);
    if (!was_serving)
        server_zone_serve(zone, or_never(expires_ns), false, false);
    keep_contact(zone, false);
    if (over)
        end_round(zone, good, next_ns);
    else
        next_source(zone);
}

void secondary_source_current(struct server_zone *zone, int64_t expire_s)
{
    if (expire_s == 0)
        secondary_source_failed(zone, "the source's own version has expired");
    else
        confirm(zone, expire_s);
}

static void fetch_promised(struct server_zone *zone)
{
    zone->secondary->promised = true;
    secondary_transfer_any(zone);
}

static void refuse_older(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    if (zone->server->policy->older_is_good) {
        secondary->contact = true;
        secondary->contact_ns = zone->server->now_ns;
    }
    secondary_source_failed(zone, "its serial is older than ours");
}

void secondary_source_has(struct server_zone *zone, uint32_t serial, int64_t expire_s)
{
    struct secondary *secondary = zone->secondary;
    if (!secondary_has_version(zone)) {
        secondary_transfer_begin(zone, NOTE_AXFR);
        return;
    }
    uint32_t ours = zone_serial(zone->version);
    if (serial == ours)
        secondary_source_current(zone, expire_s);
    else if (serial_is_after(serial, ours))
        fetch_promised(zone);
    else if (secondary->data == SECONDARY_EXPIRED) /* ours counts no more: RFC 1034, 4.3.5 */
        secondary_transfer_begin(zone, NOTE_AXFR);
    else
        refuse_older(zone);
}

/* What a whole zone has changed, so that others can have IXFR from us; NULL: not worth it. */
static struct zone_diff *difference_to(const struct server_zone *zone, const struct zone *version)
{
    if (!zone->config->ixfr_from_differences || !zone->config->provide_ixfr || !zone->version ||
        !serial_is_after(zone_serial(version), zone_serial(zone->version)))
        return NULL;
    return zone_diff_between(zone->version, version);
}

void secondary_note_due(const struct server_zone *zone, int64_t expires_ns, int64_t next_ns)
{
    struct host_note note = {.kind = NOTE_ZONE_DUE,
                             .serial = zone_serial(zone->version),
                             .values = {expires_ns, next_ns}};
    server_zone_note(zone, note);
}

void secondary_transferred(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server_zone_install install = {.version = transfer_in_take(secondary->transfer)};
    install.diffs = transfer_in_diffs(secondary->transfer, &install.diff_count);
    struct zone_diff *difference = NULL;
    if (install.diff_count == 0 && (difference = difference_to(zone, install.version)) != NULL) {
        install.diffs = &difference;
        install.diff_count = 1;
    }
    int64_t expires_ns =
        secondary_expires_ns(zone, install.version, transfer_in_expire_s(secondary->transfer));
    install.expires_ns = or_never(expires_ns);
    server_zone_install(zone, &install);
    zone_diff_release(difference);
    secondary_kept_put(zone);
    secondary_transfer_stop(zone);
    set_expiry(zone, expires_ns);
    keep_contact(zone, true);
    notify_start(zone);
    secondary->contact_ns = zone->server->now_ns;
    int64_t next_ns = secondary_next_round_ns(zone, true);
    secondary_note_due(zone, install.expires_ns, next_ns);
    end_round(zone, true, next_ns);
}

/* ---- what starts a round ------------------------------------------------------------------- */

static size_t notifier_index(const struct server_zone *zone, const struct address *from)
{
    const struct server_addresses *sources = &zone->config->sources;
    bool matters = from && zone->server->policy->notifier_first;
    for (size_t i = 0; matters && i < sources->count; i++)
        if (address_same_ip(&sources->list[i], from))
            return i;
    return NO_NOTIFIER;
}

/* Somebody is there again: waits need not go on from where they had grown to. */
static void forgive(struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    if (policy->notify_forgives == FORGIVES_ALL ||
        (policy->notify_forgives == FORGIVES_WITHOUT_VERSION && !secondary_has_version(zone)))
        zone->secondary->failures = policy->failures_at_start;
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

/* The hint in a NOTIFY says that its sender has no more than we have; what an older serial is worth
 * is for the sender's SOA to say, unless the software thinks otherwise. */
static bool is_no_news(const struct server_zone *zone, bool has_serial, uint32_t serial)
{
    if (!has_serial || !zone->serving)
        return false;
    switch (zone->server->policy->notify_hint) {
    case HINT_OF_OURS:
        return serial == zone_serial(zone->version);
    case HINT_OF_OURS_OR_OLDER:
        return has_reached(zone, true, serial);
    case HINT_UNHEEDED:
        break;
    }
    return false;
}

void secondary_notified(struct server_zone *zone, const struct address *from, bool has_serial,
                        uint32_t serial)
{
    struct secondary *secondary = zone->secondary;
    size_t first = notifier_index(zone, from);
    if (is_no_news(zone, has_serial, serial))
        return;
    forgive(zone);
    if (secondary->task != SECONDARY_WAITING) {
        remember(secondary, has_serial, serial, first);
        return;
    }
    secondary->has_sought = has_serial;
    secondary->sought = serial;
    begin_round(zone, from ? "notify" : "command", first);
}

void secondary_force(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    if (secondary->task != SECONDARY_WAITING) {
        secondary->again_forced = true;
        return;
    }
    secondary->forced = true;
    secondary_begin(zone, "command");
}

void secondary_due(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    switch (secondary->task) {
    case SECONDARY_WAITING:
        secondary_begin(zone, secondary->next_reason);
        break;
    case SECONDARY_QUEUED: /* its turn comes by itself */
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

void secondary_lapse(struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    zone->secondary->data = SECONDARY_EXPIRED;
    zone->serving = false;
    struct host_note note = {.kind = NOTE_ZONE_EXPIRED, .serial = zone_serial(zone->version)};
    server_zone_note(zone, note);
    if (policy->expired_is_gone)
        zone->secondary->failures = policy->failures_at_start;
}

void secondary_expire(struct server_zone *zone)
{
    secondary_lapse(zone);
    if (zone->server->policy->looks_when_expired && zone->secondary->task == SECONDARY_WAITING)
        secondary_begin(zone, "retry");
}
