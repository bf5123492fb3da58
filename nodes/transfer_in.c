/*
 * The reader of AXFR and IXFR answers (RFC 5936 section 2.2, RFC 1995 section 4).
 *
 *   FIRST --SOA--> SECOND --SOA of our serial--> REMOVING --SOA--> ADDING --+
 *                    |  |                           ^--SOA, not the last----|
 *                    |  +--other: a whole zone--> WHOLE                     |
 *                    |                              | SOA of first's serial | the last SOA
 *                    +-- SOA of first's serial -----+------> END <----------+
 *
 * The answer to IXFR may have any of these forms; that to AXFR only the whole.
 * Records outside the zone are ignored, as the field does. Nothing is served
 * from what has not come to its end: the caller gets a finished version or none.
 */
#include "nodes/transfer_in.h"
#include "nodes/dns/zonemd.h"

#include <stdlib.h>

enum state { FIRST, SECOND, WHOLE, REMOVING, ADDING, END };

struct transfer_in {
    struct transfer_in_request request;
    enum state state;
    const char *why;
    bool wants_axfr, rejects_edns, rejected;
    int64_t expire_s; /* -1: not told */
    size_t octets, messages;

    uint32_t serial;       /* of the first SOA */
    size_t first_soa_size; /* and its RDATA, kept for SECOND and WHOLE */
    uint8_t *first_soa;
    uint32_t first_soa_ttl;

    /* WHOLE: either compared with a version that is known, or built. */
    struct zone *known;
    struct zone_walk walk;
    size_t matched; /* records compared equal, the SOA among them */
    struct zone_edit *edit;

    /* REMOVING, ADDING */
    struct zone_diff_builder *builder;
    uint32_t reached; /* the serial that the finished diffs lead to, or the open one will */
    struct zone_diff **diffs;
    size_t diff_count, diff_capacity;

    struct zone *zone; /* the result */
};

struct transfer_in *transfer_in_create(const struct transfer_in_request *request)
{
    struct transfer_in *transfer = memory_zeroed(sizeof *transfer);
    transfer->request = *request;
    transfer->expire_s = -1;
    if (request->base)
        zone_retain(request->base);
    return transfer;
}

void transfer_in_free(struct transfer_in *transfer)
{
    if (!transfer)
        return;
    zone_release(transfer->request.base);
    zone_release(transfer->known);
    zone_release(transfer->zone);
    if (transfer->edit)
        zone_edit_abandon(transfer->edit);
    if (transfer->builder)
        zone_diff_builder_abandon(transfer->builder);
    for (size_t i = 0; i < transfer->diff_count; i++)
        zone_diff_release(transfer->diffs[i]);
    free(transfer->diffs);
    free(transfer->first_soa);
    free(transfer);
}

static enum transfer_in_result fail(struct transfer_in *transfer, const char *why)
{
    transfer->why = why;
    return TRANSFER_IN_FAILED;
}

/* As fail, where the differences are to blame and the whole zone may do. */
static enum transfer_in_result fail_differences(struct transfer_in *transfer, const char *why)
{
    transfer->wants_axfr = transfer->request.ixfr;
    return fail(transfer, why);
}

/* As fail, where there is no record to read. */
static enum transfer_in_result reject(struct transfer_in *transfer, const char *why,
                                      bool wants_axfr)
{
    transfer->rejected = transfer->request.ixfr;
    return wants_axfr ? fail_differences(transfer, why) : fail(transfer, why);
}

/* ---- a whole zone -------------------------------------------------------------------------- */

static enum transfer_in_result build(struct transfer_in *transfer, const struct rr *rr)
{
    switch (zone_edit_add(transfer->edit, rr)) {
    case ZONE_EDIT_OK:
    case ZONE_EDIT_PRESENT:
    case ZONE_EDIT_OUTSIDE:
        return TRANSFER_IN_MORE;
    case ZONE_EDIT_CONFLICT:
        return fail(transfer, "records that exclude each other");
    case ZONE_EDIT_ABSENT:
    case ZONE_EDIT_MALFORMED:
        break;
    }
    return fail(transfer, "a malformed record");
}

/* The known version is not what is coming: builds what was only compared so far. */
static void stop_comparing(struct transfer_in *transfer)
{
    struct zone_walk walk = {.zone = transfer->known};
    struct rr rr;
    transfer->edit = zone_edit_begin_empty(transfer->request.origin);
    for (size_t i = 0; i < transfer->matched && zone_walk_next(&walk, &rr); i++)
        zone_edit_add(transfer->edit, &rr);
    zone_release(transfer->known);
    transfer->known = NULL;
}

static bool same_record(const struct rr *a, const struct rr *b)
{
    size_t size = name_size(a->owner);
    return a->type == b->type && a->class == b->class && a->ttl == b->ttl &&
           bytes_equal(a->rdata, b->rdata) && size == name_size(b->owner) &&
           memcmp(a->owner, b->owner, size) == 0;
}

static enum transfer_in_result whole_record(struct transfer_in *transfer, const struct rr *rr)
{
    if (!name_is_under(rr->owner, transfer->request.origin))
        return TRANSFER_IN_MORE;
    if (transfer->known) {
        struct rr expected;
        if (zone_walk_next(&transfer->walk, &expected) && same_record(rr, &expected)) {
            transfer->matched++;
            return TRANSFER_IN_MORE;
        }
        stop_comparing(transfer);
    }
    return build(transfer, rr);
}

static enum transfer_in_result begin_whole(struct transfer_in *transfer)
{
    transfer->state = WHOLE;
    struct zone *known =
        zone_store_find(transfer->request.store, transfer->request.origin, transfer->serial);
    if (known) {
        transfer->known = zone_retain(known);
        transfer->walk = (struct zone_walk){.zone = known};
    } else {
        transfer->edit = zone_edit_begin_empty(transfer->request.origin);
    }
    struct rr soa = {.owner = transfer->request.origin,
                     .type = RR_SOA,
                     .class = CLASS_IN,
                     .ttl = transfer->first_soa_ttl,
                     .rdata = bytes_of(transfer->first_soa, transfer->first_soa_size)};
    if (transfer->known) /* the case of the origin is the version's own affair */
        soa.owner = zone_origin(transfer->known);
    return whole_record(transfer, &soa);
}

/* A digest of a kind that we don't know says nothing; who wants more must have the zone's keys. */
static bool digest_is_wrong(const struct transfer_in *transfer)
{
    return transfer->request.check_zonemd && zonemd_check(transfer->zone) == ZONEMD_DIFFERS;
}

static enum transfer_in_result finish_whole(struct transfer_in *transfer)
{
    struct rr more;
    if (transfer->known && zone_walk_next(&transfer->walk, &more))
        stop_comparing(transfer);
    if (transfer->known) {
        transfer->zone = transfer->known;
        transfer->known = NULL;
    } else {
        struct zone *zone = zone_edit_finish(transfer->edit);
        transfer->edit = NULL;
        if (!zone)
            return fail(transfer, "no SOA");
        transfer->zone = zone_store_intern(transfer->request.store, zone);
    }
    if (!zone_node_get(zone_apex(transfer->zone), RR_NS))
        return fail(transfer, "no NS at the apex");
    if (digest_is_wrong(transfer))
        return fail(transfer, "ZONEMD does not match");
    transfer->state = END;
    return TRANSFER_IN_DONE;
}

/* ---- differences --------------------------------------------------------------------------- */

static void begin_diff(struct transfer_in *transfer, const struct rr *old_soa)
{
    transfer->builder = zone_diff_builder_create(old_soa);
    transfer->state = REMOVING;
}

static void finish_diff(struct transfer_in *transfer)
{
    memory_reserve(transfer->diffs, transfer->diff_count, transfer->diff_capacity);
    transfer->diffs[transfer->diff_count++] = zone_diff_builder_finish(transfer->builder);
    transfer->builder = NULL;
}

/* Applies all differences, one after the other, to the version that we have. */
static enum transfer_in_result apply(struct transfer_in *transfer)
{
    struct zone *zone = zone_retain(transfer->request.base);
    for (size_t i = 0; i < transfer->diff_count && zone; i++) {
        struct zone *next = zone_diff_apply(zone, transfer->diffs[i]);
        zone_release(zone);
        zone = next;
    }
    if (!zone)
        return fail_differences(transfer, "the differences do not fit our version");
    transfer->zone = zone_store_intern(transfer->request.store, zone);
    if (!zone_node_get(zone_apex(transfer->zone), RR_NS))
        return fail_differences(transfer, "no NS at the apex");
    if (digest_is_wrong(transfer))
        return fail_differences(transfer, "ZONEMD does not match");
    transfer->state = END;
    return TRANSFER_IN_DONE;
}

static enum transfer_in_result diff_soa(struct transfer_in *transfer, const struct rr *rr,
                                        uint32_t serial)
{
    if (transfer->state == REMOVING) {
        if (!serial_is_after(serial, transfer->reached))
            return fail_differences(transfer, "differences that lead backwards");
        zone_diff_builder_new_soa(transfer->builder, rr);
        transfer->reached = serial;
        transfer->state = ADDING;
        return TRANSFER_IN_MORE;
    }
    finish_diff(transfer);
    if (serial != transfer->reached)
        return fail_differences(transfer, "differences that do not join up");
    if (serial == transfer->serial)
        return apply(transfer);
    begin_diff(transfer, rr);
    return TRANSFER_IN_MORE;
}

static enum transfer_in_result diff_record(struct transfer_in *transfer, const struct rr *rr)
{
    if (!name_is_under(rr->owner, transfer->request.origin))
        return TRANSFER_IN_MORE;
    if (transfer->state == REMOVING)
        zone_diff_builder_remove(transfer->builder, rr);
    else
        zone_diff_builder_add(transfer->builder, rr);
    return TRANSFER_IN_MORE;
}

/* ---- any record ---------------------------------------------------------------------------- */

static enum transfer_in_result first_soa(struct transfer_in *transfer, const struct rr *rr,
                                         uint32_t serial)
{
    transfer->serial = serial;
    transfer->first_soa = memory_alloc(rr->rdata.size);
    memcpy(transfer->first_soa, rr->rdata.data, rr->rdata.size);
    transfer->first_soa_size = rr->rdata.size;
    transfer->first_soa_ttl = rr->ttl;
    transfer->state = SECOND;
    const struct transfer_in_request *request = &transfer->request;
    if (!request->base)
        return TRANSFER_IN_MORE;
    uint32_t ours = zone_serial(request->base);
    if (serial == ours)
        return TRANSFER_IN_CURRENT;
    if (!request->any_serial && !serial_is_after(serial, ours))
        return fail(transfer, "its serial is older than ours");
    return TRANSFER_IN_MORE;
}

/* The record after the first SOA tells which form the answer has. */
static enum transfer_in_result second(struct transfer_in *transfer, const struct rr *rr,
                                      bool is_soa, uint32_t serial)
{
    if (is_soa && transfer->request.ixfr && serial == zone_serial(transfer->request.base)) {
        transfer->reached = serial;
        begin_diff(transfer, rr);
        return TRANSFER_IN_MORE;
    }
    enum transfer_in_result result = begin_whole(transfer);
    if (result != TRANSFER_IN_MORE)
        return result;
    if (is_soa)
        return serial == transfer->serial
                   ? finish_whole(transfer)
                   : fail_differences(transfer, "differences from a serial that is not ours");
    return whole_record(transfer, rr);
}

static enum transfer_in_result record(struct transfer_in *transfer, const struct rr *rr)
{
    struct soa soa = {0};
    bool is_soa = rr->type == RR_SOA;
    if (is_soa &&
        (!name_equal(rr->owner, transfer->request.origin) || !rr_soa_parse(rr->rdata, &soa)))
        return fail(transfer, "an SOA that is not the zone's");
    if (rr->class != CLASS_IN)
        return fail(transfer, "a record that is not of class IN");
    switch (transfer->state) {
    case FIRST:
        return is_soa ? first_soa(transfer, rr, soa.serial)
                      : fail(transfer, "the answer does not begin with the SOA");
    case SECOND:
        return second(transfer, rr, is_soa, soa.serial);
    case WHOLE:
        if (!is_soa)
            return whole_record(transfer, rr);
        return soa.serial == transfer->serial
                   ? finish_whole(transfer)
                   : fail(transfer, "the zone changed during the transfer");
    case REMOVING:
    case ADDING:
        return is_soa ? diff_soa(transfer, rr, soa.serial) : diff_record(transfer, rr);
    case END:
        break;
    }
    return fail(transfer, "records after the closing SOA");
}

/* ---- messages ------------------------------------------------------------------------------ */

static const char *const rcode_reasons[] = {
    [RCODE_FORMERR] = "answered FORMERR",   [RCODE_SERVFAIL] = "answered SERVFAIL",
    [RCODE_NXDOMAIN] = "answered NXDOMAIN", [RCODE_NOTIMP] = "answered NOTIMP",
    [RCODE_REFUSED] = "answered REFUSED",   [RCODE_NOTAUTH] = "answered NOTAUTH",
};

static enum transfer_in_result refused(struct transfer_in *transfer, const struct message *message)
{
    const char *why = NULL;
    unsigned rcode = message->rcode;
    transfer->rejects_edns = rcode == RCODE_FORMERR && !message->edns.present;
    if (rcode < sizeof rcode_reasons / sizeof *rcode_reasons)
        why = rcode_reasons[rcode];
    if (!why)
        why = "answered with another error";
    if (rcode == RCODE_REFUSED && message_extended_error(message) == ERROR_PROHIBITED)
        why = "answered REFUSED: prohibited";
    else if (rcode == RCODE_REFUSED && message_extended_error(message) == ERROR_NOT_SUPPORTED)
        why = "answered REFUSED: not supported";
    return reject(transfer, why, rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP);
}

static bool question_matches(const struct transfer_in *transfer, const struct message *message)
{
    if (message->question_count == 0)
        return transfer->messages > 1 || message->rcode != RCODE_NOERROR;
    return message->qtype == (transfer->request.ixfr ? RR_IXFR : RR_AXFR) &&
           message->qclass == CLASS_IN && name_equal(message->qname, transfer->request.origin);
}

enum transfer_in_result transfer_in_message(struct transfer_in *transfer, struct bytes wire)
{
    struct message message;
    transfer->messages++;
    transfer->octets += wire.size;
    if (transfer->request.size_max > 0 && transfer->octets > transfer->request.size_max)
        return fail(transfer, "larger than allowed");
    if (message_parse(&message, wire) != MESSAGE_OK)
        return reject(transfer, "a malformed message", true);
    if (message.id != transfer->request.id || !(message.flags & FLAG_QR) ||
        message.opcode != OPCODE_QUERY || !question_matches(transfer, &message))
        return fail(transfer, "a message that does not belong to the transfer");
    if (message.rcode != RCODE_NOERROR)
        return refused(transfer, &message);
    if (message.flags & FLAG_TC)
        return fail(transfer, "a truncated message");
    if (transfer->messages == 1)
        transfer->expire_s = message_expire_s(&message);
    if (transfer->expire_s == 0)
        return fail(transfer, "the source's own version has expired");
    if (message.counts[SECTION_ANSWER] == 0 && transfer->messages == 1)
        return reject(transfer, "an empty answer", true);
    struct message_cursor cursor;
    message_cursor_start(&cursor, &message);
    enum transfer_in_result result = TRANSFER_IN_MORE;
    for (struct rr rr; message_next(&cursor, &rr) && cursor.section == SECTION_ANSWER;) {
        result = record(transfer, &rr);
        if (result == TRANSFER_IN_FAILED || result == TRANSFER_IN_CURRENT)
            return result;
    }
    return result;
}

/* ---- results ------------------------------------------------------------------------------- */

const char *transfer_in_why(const struct transfer_in *transfer)
{
    return transfer->why;
}

bool transfer_in_wants_axfr(const struct transfer_in *transfer)
{
    return transfer->wants_axfr;
}

bool transfer_in_is_rejected(const struct transfer_in *transfer)
{
    return transfer->rejected;
}

struct zone *transfer_in_take(struct transfer_in *transfer)
{
    struct zone *zone = transfer->zone;
    transfer->zone = NULL;
    return zone;
}

struct zone_diff *const *transfer_in_diffs(const struct transfer_in *transfer, size_t *count)
{
    *count = transfer->diff_count;
    return transfer->diffs;
}

bool transfer_in_rejects_edns(const struct transfer_in *transfer)
{
    return transfer->rejects_edns;
}

int64_t transfer_in_expire_s(const struct transfer_in *transfer)
{
    return transfer->expire_s;
}

uint32_t transfer_in_serial(const struct transfer_in *transfer)
{
    return transfer->serial;
}

enum note_transfer transfer_in_form(const struct transfer_in *transfer)
{
    if (!transfer->request.ixfr)
        return NOTE_AXFR;
    bool whole = transfer->diff_count == 0 && transfer->state != REMOVING &&
                 transfer->state != ADDING && transfer->state != FIRST;
    return whole ? NOTE_FALLBACK : NOTE_IXFR;
}

size_t transfer_in_octets(const struct transfer_in *transfer)
{
    return transfer->octets;
}

size_t transfer_in_messages(const struct transfer_in *transfer)
{
    return transfer->messages;
}
