/*
 * Sending a zone (RFC 5936 section 2.2, RFC 1995 sections 2 and 4).
 *
 *   AXFR              SOA, every other record, SOA
 *   IXFR              SOA, (old SOA, removed, new SOA, added) for each version, or
 *                     once for all of them (condensed: RFC 1995 section 6), SOA
 *   IXFR, up to date  SOA
 *
 * IXFR takes the form of AXFR when the journal does not reach back to the
 * client's version or the differences are larger than the zone. The version is
 * held until the end, so that changes meanwhile do not matter.
 */
#include "nodes/transfer_out.h"
#include "nodes/dns/padding.h"

#include <stdlib.h>

enum phase { PHASE_SOA, PHASE_DIFFS, PHASE_WHOLE, PHASE_LAST_SOA, PHASE_END };

struct transfer_out {
    struct zone *zone;
    struct rr soa;
    enum note_transfer form;
    enum phase phase;
    bool nothing_new; /* the client is up to date */
    struct zone_walk walk;
    struct zone_diff **diffs;
    size_t diff_count, diff_at;
    struct zone_diff_walk diff_walk;
    struct rr next; /* taken but not yet written */
    bool has_next;

    uint8_t qname[NAME_SIZE_MAX];
    uint16_t qtype, id, recursion_desired; /* as the request has them */
    bool edns, dnssec_ok, padded;
    uint8_t options[SERVER_OPTIONS_MAX]; /* of the first message */
    size_t options_size;
    struct address peer;
    int64_t started_ns;
    size_t octets, messages;
    bool is_signed, tls;
    struct tsig tsig;
};

/* ---- opening ------------------------------------------------------------------------------- */

static unsigned refuse(struct server *server, const struct server_request *request, unsigned rcode,
                       const char *why)
{
    const struct message *message = request->message;
    struct host_note note = {.kind = NOTE_TRANSFER_REFUSED,
                             .code = message->qtype == RR_AXFR ? NOTE_AXFR : NOTE_IXFR,
                             .peer = *request->remote,
                             .values = {[3] = server_clock_ahead_s(request)},
                             .name = bytes_of(message->qname, name_size(message->qname)),
                             .text = why};
    outbox_note(server->out, &note);
    return rcode;
}

/* The serial of the SOA in an IXFR request's authority section (RFC 1995 section 3). */
static bool client_serial(const struct message *message, uint32_t *serial)
{
    struct message_cursor cursor;
    struct soa soa;
    message_cursor_start(&cursor, message);
    for (struct rr rr; message_next(&cursor, &rr);)
        if (cursor.section == SECTION_AUTHORITY && rr.type == RR_SOA && rr.class == CLASS_IN &&
            name_equal(rr.owner, message->qname) && rr_soa_parse(rr.rdata, &soa)) {
            *serial = soa.serial;
            return true;
        }
    return false;
}

static void drop_diffs(struct transfer_out *transfer)
{
    for (size_t i = 0; i < transfer->diff_count; i++)
        zone_diff_release(transfer->diffs[i]);
    free(transfer->diffs);
    transfer->diffs = NULL;
    transfer->diff_count = 0;
}

static uint64_t diffs_size(const struct transfer_out *transfer)
{
    uint64_t size = 0;
    for (size_t i = 0; i < transfer->diff_count; i++)
        size += zone_diff_size(transfer->diffs[i]);
    return size;
}

/* One difference for all, where that is less. */
static void condense(struct transfer_out *transfer)
{
    struct zone_diff *one =
        zone_diff_condense(transfer->zone, transfer->diffs, transfer->diff_count);
    if (!one || zone_diff_size(one) >= diffs_size(transfer)) {
        zone_diff_release(one);
        return;
    }
    for (size_t i = 0; i < transfer->diff_count; i++)
        zone_diff_release(transfer->diffs[i]);
    transfer->diffs[0] = one;
    transfer->diff_count = 1;
}

/* Takes the journal from SERIAL on, if it leads to the version served and is small enough. */
static bool take_diffs(struct transfer_out *transfer, const struct server_zone *zone,
                       uint32_t serial)
{
    const struct journal *journal = &zone->journal;
    size_t from = journal_find(journal, serial);
    if (!zone->config->provide_ixfr || from == SIZE_MAX ||
        zone_diff_to(journal->diffs[journal->count - 1]) != zone_serial(zone->version))
        return false;
    transfer->diff_count = journal->count - from;
    transfer->diffs = memory_alloc(transfer->diff_count * sizeof *transfer->diffs);
    for (size_t i = 0; i < transfer->diff_count; i++)
        transfer->diffs[i] = zone_diff_retain(journal->diffs[from + i]);
    if (zone->config->condense_ixfr && transfer->diff_count > 1)
        condense(transfer);
    uint64_t percent_max = zone->server->policy->ixfr_percent_max;
    if (percent_max == 0 ||
        diffs_size(transfer) * 100 <= zone_wire_size(zone->version) * percent_max)
        return true;
    drop_diffs(transfer);
    return false;
}

static void choose_form(struct transfer_out *transfer, const struct server_zone *zone, bool is_ixfr,
                        uint32_t serial)
{
    transfer->form = is_ixfr ? NOTE_IXFR : NOTE_AXFR;
    transfer->phase = PHASE_WHOLE;
    if (!is_ixfr)
        return;
    transfer->nothing_new = !serial_is_after(zone_serial(zone->version), serial);
    if (transfer->nothing_new)
        transfer->phase = PHASE_LAST_SOA;
    else if (take_diffs(transfer, zone, serial))
        transfer->phase = PHASE_SOA;
    else
        transfer->form = NOTE_FALLBACK;
}

static struct transfer_out *create(const struct server_zone *zone,
                                   const struct server_request *request, uint32_t serial)
{
    const struct message *message = request->message;
    struct transfer_out *transfer = memory_zeroed(sizeof *transfer);
    transfer->zone = zone_retain(zone->version);
    struct zone_walk walk = {.zone = transfer->zone};
    zone_walk_next(&walk, &transfer->soa);
    transfer->walk = (struct zone_walk){.zone = transfer->zone};
    name_copy(message->qname, transfer->qname);
    transfer->qtype = message->qtype;
    transfer->id = message->id;
    transfer->recursion_desired = message->flags & FLAG_RD;
    transfer->edns = message->edns.present;
    transfer->dnssec_ok = message->edns.dnssec_ok;
    transfer->padded = request->padded;
    transfer->options_size = server_zone_options(zone, message, transfer->options);
    transfer->peer = *request->remote;
    transfer->started_ns = zone->server->now_ns;
    transfer->is_signed = request->tsig != NULL;
    transfer->tls = request->tls;
    if (request->tsig)
        transfer->tsig = *request->tsig;
    choose_form(transfer, zone, message->qtype == RR_IXFR, serial);
    return transfer;
}

unsigned transfer_out_open(struct server *server, const struct server_request *request,
                           struct transfer_out **transfer)
{
    const struct message *message = request->message;
    uint32_t serial = 0;
    if (request->signature != TSIG_GOOD)
        return refuse(server, request, server_signature_rcode(request),
                      tsig_result_text(request->signature));
    if (message->qtype == RR_AXFR && !request->tcp)
        return refuse(server, request, RCODE_FORMERR, "AXFR over UDP");
    if (message->qtype == RR_IXFR && !client_serial(message, &serial))
        return refuse(server, request, RCODE_FORMERR, "IXFR without an SOA");
    struct server_zone *zone =
        message->qclass == CLASS_IN ? server_find_origin(server, message->qname) : NULL;
    if (!zone)
        return refuse(server, request, RCODE_NOTAUTH, "not a zone of this server");
    if (!server_access_allows(&zone->config->allow_transfer, request))
        return refuse(server, request, RCODE_REFUSED, "not allowed to transfer");
    if (server->config->tls.transfers != SERVER_TRANSFERS_ANY && !request->tls)
        return refuse(server, request, RCODE_REFUSED, "zones are given over TLS only");
    if (server->config->tls.alpn == SERVER_ALPN_REQUIRED && request->tls && !request->alpn)
        return refuse(server, request, RCODE_REFUSED, "TLS without ALPN");
    if (!zone->serving)
        return refuse(server, request, RCODE_SERVFAIL,
                      zone->version ? "the zone has expired" : "the zone is not loaded yet");
    if (request->tcp && server->work.transfers_out_max > 0 &&
        server->work.transfers_out >= server->work.transfers_out_max)
        return refuse(server, request, RCODE_SERVFAIL, "too many transfers at once");
    *transfer = create(zone, request, serial);
    return RCODE_NOERROR;
}

void transfer_out_free(struct transfer_out *transfer)
{
    if (!transfer)
        return;
    drop_diffs(transfer);
    zone_release(transfer->zone);
    free(transfer);
}

/* ---- the records, one after the other ----------------------------------------------------------
 */

static bool next_of_diffs(struct transfer_out *transfer, struct rr *rr)
{
    while (transfer->diff_at < transfer->diff_count) {
        transfer->diff_walk.diff = transfer->diffs[transfer->diff_at];
        if (zone_diff_walk_next(&transfer->diff_walk, rr))
            return true;
        transfer->diff_at++;
        transfer->diff_walk = (struct zone_diff_walk){0};
    }
    return false;
}

static bool next_record(struct transfer_out *transfer, struct rr *rr)
{
    for (;;)
        switch (transfer->phase) {
        case PHASE_SOA:
            transfer->phase = PHASE_DIFFS;
            *rr = transfer->soa;
            return true;
        case PHASE_DIFFS:
            if (next_of_diffs(transfer, rr))
                return true;
            transfer->phase = PHASE_LAST_SOA;
            break;
        case PHASE_WHOLE:
            if (zone_walk_next(&transfer->walk, rr))
                return true;
            transfer->phase = PHASE_LAST_SOA;
            break;
        case PHASE_LAST_SOA:
            transfer->phase = PHASE_END;
            *rr = transfer->soa;
            return true;
        case PHASE_END:
            return false;
        }
}

static bool peek_record(struct transfer_out *transfer)
{
    if (!transfer->has_next)
        transfer->has_next = next_record(transfer, &transfer->next);
    return transfer->has_next;
}

bool transfer_out_is_complete(const struct transfer_out *transfer)
{
    return transfer->phase == PHASE_END && !transfer->has_next;
}

/* ---- messages ------------------------------------------------------------------------------ */

static bool begin_message(const struct transfer_out *transfer, struct message_writer *w,
                          uint8_t *data, size_t capacity)
{
    message_begin(w, data, capacity, transfer->id, OPCODE_QUERY,
                  (uint16_t)(FLAG_QR | FLAG_AA | transfer->recursion_desired));
    if (transfer->is_signed)
        message_reserve(w, tsig_size(&transfer->tsig));
    size_t options = transfer->messages == 0 ? transfer->options_size : 0;
    if (transfer->padded)
        options += MESSAGE_OPTION_HEADER;
    if (transfer->edns)
        message_reserve(w, MESSAGE_OPT_SIZE + options);
    return transfer->messages > 0 ||
           message_write_question(w, transfer->qname, transfer->qtype, CLASS_IN);
}

static void write_opt(const struct transfer_out *transfer, struct message_writer *w)
{
    uint8_t options[SERVER_OPTIONS_MAX + PADDING_ROOM];
    size_t size = transfer->messages == 0 ? transfer->options_size : 0;
    memcpy(options, transfer->options, size);
    if (transfer->padded)
        size = padding_add(options, size, w, transfer->is_signed ? tsig_size(&transfer->tsig) : 0,
                           PADDING_ANSWER);
    message_write_opt(w, MESSAGE_UDP_EDNS_MAX, transfer->dnssec_ok, RCODE_NOERROR,
                      bytes_of(options, size));
}

/* Every message is signed (RFC 8945 section 5.3.1), and has an OPT if the question had one (RFC
 * 9103 section 6.3.4). */
static size_t end_message(struct transfer_out *transfer, const struct server *server,
                          struct message_writer *w)
{
    if (transfer->edns)
        write_opt(transfer, w);
    size_t size = message_end(w, 0, RCODE_NOERROR);
    if (transfer->is_signed)
        size = tsig_sign(&transfer->tsig, w->data, size, server->event->wall_ns);
    transfer->octets += size;
    transfer->messages++;
    return size;
}

size_t transfer_out_message(struct transfer_out *transfer, const struct server *server,
                            uint8_t *data, size_t capacity)
{
    struct message_writer w;
    size_t records = 0;
    if (!begin_message(transfer, &w, data, capacity))
        return 0;
    while (peek_record(transfer) && message_write_rr(&w, SECTION_ANSWER, &transfer->next)) {
        transfer->has_next = false;
        records++;
    }
    return records > 0 ? end_message(transfer, server, &w) : 0;
}

size_t transfer_out_datagram(struct transfer_out *transfer, const struct server *server,
                             uint8_t *data, size_t capacity)
{
    struct tsig before = transfer->tsig;
    size_t size = transfer_out_message(transfer, server, data, capacity);
    if (size == 0 || !transfer_out_is_complete(transfer)) {
        transfer->messages = transfer->octets = 0;
        transfer->tsig = before;
        transfer->has_next = false;
        transfer->phase = PHASE_LAST_SOA;
        size = transfer_out_message(transfer, server, data, capacity);
    } else {
        transfer_out_served(transfer, server);
    }
    transfer_out_free(transfer);
    return size;
}

void transfer_out_served(const struct transfer_out *transfer, const struct server *server)
{
    if (transfer->nothing_new)
        return;
    struct host_note note = {
        .kind = NOTE_TRANSFER_SERVED,
        .code = (uint16_t)transfer->form,
        .serial = zone_serial(transfer->zone),
        .values = {(int64_t)transfer->octets, (int64_t)transfer->messages,
                   server->now_ns - transfer->started_ns, transfer->tls},
        .key = transfer->is_signed && transfer->tsig.key ? transfer->tsig.key->name : NULL,
        .peer = transfer->peer,
        .name = bytes_of(transfer->qname, name_size(transfer->qname)),
    };
    outbox_note(server->out, &note);
}
