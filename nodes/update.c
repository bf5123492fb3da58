/*
 * Dynamic update (RFC 2136): permission, prerequisites (section 3.2), the update
 * section checked (3.4.1) and then carried out (3.4.2) on an edit that becomes
 * the next version.
 *
 * Permission comes before prerequisites, so that strangers learn nothing of the
 * zone. Where the server signs the zone itself (RFC 3007), nobody updates signatures, the chain of
 * denial or the zone's digest; DNSKEYs come and go, but for the server's own.
 */
#include "nodes/update.h"

#include "nodes/dns/nsec3.h"
#include "nodes/dns/zone_node.h"

/* The sections of an UPDATE by their place in the message (section 2). */
static const enum message_section prerequisites = SECTION_ANSWER, updates = SECTION_AUTHORITY;

struct update {
    const struct server_zone *zone;
    const struct message *message;
    struct zone_edit *expected; /* the RRsets that must be just so */
    struct zone_edit *edit;
    const char *why;
    struct message_cursor cursor;
};

static unsigned refuse(struct update *update, unsigned rcode, const char *why)
{
    update->why = why;
    return rcode;
}

static bool is_meta_type(uint16_t type)
{
    return type == 0 || type == RR_OPT || (type >= 128 && type <= 255);
}

static bool is_in_zone(const struct update *update, const struct rr *rr)
{
    return name_is_under(rr->owner, update->zone->origin);
}

static bool is_apex(const struct update *update, const struct rr *rr)
{
    return name_equal(rr->owner, update->zone->origin);
}

static const struct rrset *find_set(const struct zone_node *node, const struct rr *rr)
{
    if (!node)
        return NULL;
    if (rr->type == RR_RRSIG && rr->rdata.size >= 2)
        return zone_node_signatures(node, bytes_get_u16(rr->rdata.data));
    return zone_node_get(node, rr->type);
}

/* Calls CHECK for each record of SECTION until one is refused. */
static unsigned each(struct update *update, enum message_section section,
                     unsigned (*check)(struct update *update, const struct rr *rr))
{
    unsigned rcode = RCODE_NOERROR;
    message_cursor_start(&update->cursor, update->message);
    for (struct rr rr; rcode == RCODE_NOERROR && message_next(&update->cursor, &rr);)
        if (update->cursor.section == section)
            rcode = check(update, &rr);
    return rcode;
}

/* ---- prerequisites: section 3.2 ---------------------------------------------------------------
 */

/* The owners of NSEC3s are no names. */
static const struct zone_node *find_name(const struct update *update, const struct rr *rr)
{
    const struct zone_node *node = zone_find(update->zone->version, rr->owner);
    return node && !nsec3_only(update->zone->version, node) ? node : NULL;
}

static unsigned must_exist(struct update *update, const struct rr *rr)
{
    const struct zone_node *node = find_name(update, rr);
    if (rr->type == RR_ANY)
        return node ? RCODE_NOERROR : refuse(update, RCODE_NXDOMAIN, "a name is not in use");
    return find_set(node, rr) ? RCODE_NOERROR
                              : refuse(update, RCODE_NXRRSET, "an RRset does not exist");
}

static unsigned must_not_exist(struct update *update, const struct rr *rr)
{
    const struct zone_node *node = find_name(update, rr);
    if (rr->type == RR_ANY)
        return node ? refuse(update, RCODE_YXDOMAIN, "a name is in use") : RCODE_NOERROR;
    return find_set(node, rr) ? refuse(update, RCODE_YXRRSET, "an RRset exists") : RCODE_NOERROR;
}

/* Collects the RRset; that it is the zone's is checked when it is whole. */
static unsigned expect(struct update *update, const struct rr *rr)
{
    switch (zone_edit_add(update->expected, rr)) {
    case ZONE_EDIT_OK:
    case ZONE_EDIT_PRESENT:
        return RCODE_NOERROR;
    case ZONE_EDIT_OUTSIDE:
    case ZONE_EDIT_CONFLICT: /* no zone can have both */
        return refuse(update, RCODE_NXRRSET, "an RRset is not as expected");
    case ZONE_EDIT_ABSENT:
    case ZONE_EDIT_MALFORMED:
        break;
    }
    return refuse(update, RCODE_FORMERR, "a malformed prerequisite");
}

static unsigned check_prerequisite(struct update *update, const struct rr *rr)
{
    if (rr->ttl != 0)
        return refuse(update, RCODE_FORMERR, "a prerequisite with a TTL");
    if (!is_in_zone(update, rr))
        return refuse(update, RCODE_NOTZONE, "a prerequisite outside the zone");
    if (rr->class == CLASS_IN)
        return expect(update, rr);
    bool good_class = rr->class == CLASS_ANY || rr->class == CLASS_NONE;
    if (!good_class || rr->rdata.size > 0 || (rr->type != RR_ANY && is_meta_type(rr->type)))
        return refuse(update, RCODE_FORMERR, "a malformed prerequisite");
    return rr->class == CLASS_ANY ? must_exist(update, rr) : must_not_exist(update, rr);
}

/* Section 3.2.3: the very same records, whatever the TTL; compared with one of them in turn. */
static unsigned compare_expected(struct update *update, const struct rr *rr)
{
    if (rr->class != CLASS_IN)
        return RCODE_NOERROR;
    const struct rrset *wanted = find_set(zone_edit_find(update->expected, rr->owner), rr);
    const struct rrset *found = find_set(zone_find(update->zone->version, rr->owner), rr);
    bool same = found && found->count == wanted->count && rrset_find(found, rr->rdata).present;
    return same ? RCODE_NOERROR : refuse(update, RCODE_NXRRSET, "an RRset is not as expected");
}

static unsigned check_prerequisites(struct update *update)
{
    if (update->message->counts[prerequisites] == 0)
        return RCODE_NOERROR;
    update->expected = zone_edit_begin_empty(update->zone->origin);
    unsigned rcode = each(update, prerequisites, check_prerequisite);
    if (rcode == RCODE_NOERROR)
        rcode = each(update, prerequisites, compare_expected);
    zone_edit_abandon(update->expected);
    return rcode;
}

/* ---- the update section: 3.4.1, then 3.4.2 ----------------------------------------------------
 */

static unsigned check_update(struct update *update, const struct rr *rr)
{
    bool good = false;
    if (!is_in_zone(update, rr))
        return refuse(update, RCODE_NOTZONE, "a record outside the zone");
    if (primary_sign_owns(update->zone, rr->owner, rr->type))
        return refuse(update, RCODE_REFUSED, "a record that the server makes itself");
    if (rr->class == CLASS_IN)
        good = !is_meta_type(rr->type);
    else if (rr->class == CLASS_ANY)
        good =
            rr->ttl == 0 && rr->rdata.size == 0 && (rr->type == RR_ANY || !is_meta_type(rr->type));
    else if (rr->class == CLASS_NONE)
        good = rr->ttl == 0 && !is_meta_type(rr->type) && rr_rdata_is_valid(rr->type, rr->rdata);
    return good ? RCODE_NOERROR : refuse(update, RCODE_FORMERR, "a malformed update");
}

static uint32_t soa_serial(struct bytes rdata)
{
    struct soa soa = {0};
    rr_soa_parse(rdata, &soa);
    return soa.serial;
}

/* An SOA counts if it is at the apex and newer than ours: section 3.4.2.2 in words, where the
 * pseudocode of section 3.4.2.7 takes an equal serial too. BIND and Knot DNS read it so. */
static bool is_useful_soa(const struct update *update, const struct rr *rr)
{
    const struct rrset *set =
        zone_node_get(zone_edit_find(update->edit, update->zone->origin), RR_SOA);
    struct bytes ours;
    size_t at = 0;
    return is_apex(update, rr) && rrset_next(set, &at, &ours) &&
           serial_is_after(soa_serial(rr->rdata), soa_serial(ours));
}

/* What would conflict is ignored, but a CNAME or DNAME takes the place of the one there. */
static void add(struct update *update, const struct rr *rr)
{
    if (rr->type == RR_SOA && !is_useful_soa(update, rr))
        return;
    const struct zone_node *node = zone_edit_find(update->edit, rr->owner);
    bool singleton = rr->type == RR_CNAME || rr->type == RR_DNAME;
    if (singleton && node && zone_node_get(node, rr->type))
        zone_edit_remove_rrset(update->edit, rr->owner, rr->type);
    zone_edit_add(update->edit, rr);
}

/* All of a name; SOA and NS of the apex stay. */
static void remove_name(struct update *update, const struct rr *rr)
{
    if (!find_name(update, rr) && zone_find(update->zone->version, rr->owner))
        return;
    if (!is_apex(update, rr)) {
        zone_edit_remove_rrset(update->edit, rr->owner, RR_ANY);
        return;
    }
    const struct zone_node *node;
    for (size_t i = 0; node = zone_edit_find(update->edit, rr->owner), i < node->set_count;) {
        uint16_t type = node->sets[i]->type;
        if (type == RR_SOA || type == RR_NS)
            i++;
        else
            zone_edit_remove_rrset(update->edit, rr->owner, type);
    }
}

/* The SOA and the last NS of the apex stay. */
static void remove_record(struct update *update, const struct rr *rr)
{
    const struct zone_node *apex = zone_edit_find(update->edit, update->zone->origin);
    const struct rrset *ns = zone_node_get(apex, RR_NS);
    if (rr->type == RR_SOA || (rr->type == RR_NS && is_apex(update, rr) && ns && ns->count == 1))
        return;
    struct rr record = *rr;
    record.class = CLASS_IN;
    zone_edit_remove(update->edit, &record);
}

static unsigned make(struct update *update, const struct rr *rr)
{
    if (rr->class == CLASS_IN)
        add(update, rr);
    else if (rr->class == CLASS_NONE)
        remove_record(update, rr);
    else if (rr->type == RR_ANY)
        remove_name(update, rr);
    else if (!is_apex(update, rr) || (rr->type != RR_SOA && rr->type != RR_NS))
        zone_edit_remove_rrset(update->edit, rr->owner, rr->type);
    return RCODE_NOERROR;
}

/* The next version with a serial of its own (section 3.6), or NULL if nothing changed. */
static struct zone *make_version(struct update *update)
{
    const struct zone *before = update->zone->version;
    update->edit = zone_edit_begin(before);
    each(update, updates, make);
    struct zone *version = zone_edit_finish(update->edit);
    if (zone_equal(before, version)) {
        zone_release(version);
        return NULL;
    }
    if (serial_is_after(zone_serial(version), zone_serial(before)))
        return version;
    struct zone_edit *raise = zone_edit_begin(version);
    zone_edit_set_serial(raise, zone_serial(before));
    zone_edit_raise_serial(raise);
    zone_release(version);
    return zone_edit_finish(raise);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Sections 3.1 and 3.3. */
static unsigned check_zone(struct update *update, struct server *server,
                           const struct server_request *request)
{
    const struct message *message = request->message;
    if (request->signature != TSIG_GOOD)
        return refuse(update, server_signature_rcode(request),
                      tsig_result_text(request->signature));
    if (message->question_count != 1 || message->qtype != RR_SOA)
        return refuse(update, RCODE_FORMERR, "no zone is named");
    update->zone = message->qclass == CLASS_IN ? server_find_origin(server, message->qname) : NULL;
    if (!update->zone)
        return refuse(update, RCODE_NOTAUTH, "not a zone of this server");
    if (update->zone->secondary)
        return refuse(update, RCODE_REFUSED, "this server is a secondary of the zone");
    if (!server_access_allows(&update->zone->config->allow_update, request))
        return refuse(update, RCODE_REFUSED, "not allowed to update");
    if (update->zone->frozen)
        return refuse(update, RCODE_REFUSED, "the zone is frozen");
    if (!update->zone->serving)
        return refuse(update, RCODE_SERVFAIL, "the zone is not loaded");
    return RCODE_NOERROR;
}

static unsigned carry_out(struct update *update, struct server *server, uint32_t *serial)
{
    unsigned rcode = check_prerequisites(update);
    if (rcode == RCODE_NOERROR)
        rcode = each(update, updates, check_update);
    if (rcode != RCODE_NOERROR)
        return rcode;
    struct zone *version = make_version(update);
    if (version) {
        version = zone_store_intern(server->config->store, version);
        *serial = zone_serial(version);
        primary_publish(server_find_origin(server, update->zone->origin), version);
    }
    return RCODE_NOERROR;
}

unsigned update_receive(struct server *server, const struct server_request *request)
{
    const struct message *message = request->message;
    struct update update = {.message = message};
    struct host_note note = {.kind = NOTE_UPDATE,
                             .peer = *request->remote,
                             .values = {[3] = server_clock_ahead_s(request)}};
    unsigned rcode = check_zone(&update, server, request);
    if (rcode == RCODE_NOERROR)
        rcode = carry_out(&update, server, &note.serial);
    if (message->question_count == 1)
        note.name = bytes_of(message->qname, name_size(message->qname));
    note.code = (uint16_t)rcode;
    note.text = update.why;
    outbox_note(server->out, &note);
    return rcode;
}
