/*
 * A zone that its primary signs (RFC 4033 to 4035): the first version at start, every
 * change of it, and signatures made anew before they run out.
 *
 * All that must be remembered is in the zone: when a signature is due follows from when
 * it runs out. So a restart needs nothing but the version on the disk. Times are those of
 * the host's clock, right or wrong. One key signs everything and is never rolled.
 */
#include "nodes/server_state.h"

/* What becomes due within the hour is made anew along with what is due: a zone with many
 * changes would otherwise get as many new versions a lifetime later. */
enum { TOGETHER_S = 3600 };

static int64_t now_s(const struct server_zone *zone)
{
    return zone->server->event->wall_ns / NS_PER_S;
}

/* What is left of a signature when it is due. */
static int64_t margin_s(const struct server_signing *signing)
{
    return (signing->lifetime_ns - signing->backdate_ns - signing->resign_ns) / NS_PER_S;
}

static struct zone_signing signing_of(const struct server_zone *zone, int64_t backdate_ns)
{
    const struct server_signing *signing = zone->config->signing;
    int64_t inception_s = now_s(zone) - backdate_ns / NS_PER_S;
    return (struct zone_signing){
        .key = signing->key,
        .denial = signing->denial,
        .opt_out = signing->opt_out,
        .nsec3 = signing->nsec3,
        .zonemd = signing->zonemd,
        .inception_s = (uint32_t)inception_s,
        .expiry_s = (uint32_t)(inception_s + signing->lifetime_ns / NS_PER_S),
    };
}

/* Takes over VERSION. BEFORE NULL: signs the whole. */
static struct zone *sign(struct server_zone *zone, const struct zone *before, struct zone *version,
                         struct zone_signing signing, const char *why)
{
    size_t made = 0;
    signing.made = &made;
    struct zone *done =
        before ? zone_sign_change(before, version, &signing) : zone_sign(version, &signing);
    zone_release(version);
    struct host_note note = {
        .kind = NOTE_ZONE_SIGNED,
        .serial = zone_serial(done),
        .text = why,
        .values = {(int64_t)made,
                   now_s(zone) + (int32_t)(signing.expiry_s - (uint32_t)now_s(zone))}};
    server_zone_note(zone, note);
    return zone_store_intern(zone->server->config->store, done);
}

struct zone *primary_sign(struct server_zone *zone, struct zone *version, bool start)
{
    const struct server_signing *signing = zone->config->signing;
    const struct zone *before = start ? NULL : zone->version;
    return sign(zone, before, version,
                signing_of(zone, start ? signing->first_backdate_ns : signing->backdate_ns),
                start ? "start" : "change");
}

/* ---- signatures made anew ------------------------------------------------------------------ */

static struct zone *raised(const struct zone *version)
{
    struct zone_edit *edit = zone_edit_begin(version);
    zone_edit_raise_serial(edit);
    return zone_edit_finish(edit);
}

/* Seconds until the first signature is due; negative: it was. */
static int64_t due_in_s(const struct server_zone *zone)
{
    uint32_t expiry_s = 0;
    zone_first_expiry(zone->version, &expiry_s);
    return (int32_t)(expiry_s - (uint32_t)now_s(zone)) - margin_s(zone->config->signing);
}

void primary_sign_due(struct server_zone *zone)
{
    struct zone_signing signing = signing_of(zone, zone->config->signing->backdate_ns);
    if (due_in_s(zone) > 0) { /* the clock has been set back */
        primary_sign_check(zone);
        return;
    }
    if (zone->frozen) { /* until it thaws */
        server_zone_note(zone, (struct host_note){.kind = NOTE_SIGNING_PUT_OFF,
                                                  .serial = zone_serial(zone->version),
                                                  .text = "the zone is frozen"});
        return;
    }
    signing.renews = true;
    signing.renew_s = (uint32_t)(now_s(zone) + margin_s(zone->config->signing) + TOGETHER_S);
    struct zone *version = sign(zone, zone->version, raised(zone->version), signing, "due");
    primary_publish_signed(zone, version);
}

void primary_sign_check(struct server_zone *zone)
{
    struct server *server = zone->server;
    struct zone_signing signing = signing_of(zone, zone->config->signing->backdate_ns);
    if (!zone_sign_fits(zone->version, &signing)) {
        struct zone *version = sign(zone, NULL, raised(zone->version), signing, "key");
        primary_publish_signed(zone, version);
        return;
    }
    int64_t in_s = due_in_s(zone);
    zone->signatures.kind = DEADLINE_SIGNATURES;
    zone->signatures.owner = zone;
    deadlines_set(&server->deadlines, &zone->signatures,
                  server->now_ns + (in_s > 0 ? in_s * NS_PER_S : 0));
}

/* ---- another zone file --------------------------------------------------------------------- */

static struct zone *with_serial(const struct zone *zone, uint32_t serial)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    zone_edit_set_serial(edit, serial);
    return zone_edit_finish(edit);
}

struct zone *primary_sign_reloaded(struct server_zone *zone, struct zone *file)
{
    struct zone_signing signing = signing_of(zone, zone->config->signing->backdate_ns);
    struct zone *same = with_serial(file, zone_serial(zone->version));
    struct zone *done = zone_sign_change(zone->version, same, &signing);
    struct zone *next = NULL;
    if (!zone_equal(done, zone->version))
        next = serial_is_after(zone_serial(file), zone_serial(zone->version)) ? zone_retain(file)
                                                                              : raised(same);
    zone_release(done);
    zone_release(same);
    return next;
}

/* ---- whose records they are ---------------------------------------------------------------- */

bool primary_sign_owns(const struct server_zone *zone, const uint8_t *owner, uint16_t type)
{
    if (!zone->config->signing)
        return false;
    return type == RR_RRSIG || type == RR_NSEC || type == RR_NSEC3 || type == RR_NSEC3PARAM ||
           (type == RR_ZONEMD && name_equal(owner, zone->origin));
}
