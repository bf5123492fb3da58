/*
 * NOTIFY (RFC 1996) that comes: from sources and whoever else is allowed. The
 * hint's serial is used to spare a refresh that can't find anything.
 */
#include "nodes/secondary.h"

static bool find_hint(const struct message *message, uint32_t *serial)
{
    struct message_cursor cursor;
    struct soa soa;
    if (message->counts[SECTION_ANSWER] == 0)
        return false;
    message_cursor_start(&cursor, message);
    for (struct rr rr; message_next(&cursor, &rr) && cursor.section == SECTION_ANSWER;)
        if (rr.type == RR_SOA && name_equal(rr.owner, message->qname) &&
            rr_soa_parse(rr.rdata, &soa)) {
            *serial = soa.serial;
            return true;
        }
    return false;
}

/* RCODE_NOERROR, or why not and *WHY. */
static unsigned check(struct server *server, const struct server_request *request, const char **why)
{
    const struct message *message = request->message;
    if (request->signature != TSIG_GOOD) {
        *why = tsig_result_text(request->signature);
        return server_signature_rcode(request);
    }
    if (message->question_count != 1) {
        *why = "no question";
        return RCODE_FORMERR;
    }
    struct server_zone *zone =
        message->qclass == CLASS_IN ? server_find_origin(server, message->qname) : NULL;
    if (!zone || message->qtype != RR_SOA) {
        *why = zone ? "not about an SOA" : "not a zone of this server";
        return zone ? RCODE_NOTIMP : RCODE_NOTAUTH;
    }
    if (!zone->secondary) {
        *why = "this server is a primary of the zone";
        return RCODE_REFUSED;
    }
    if (!server_addresses_contain(&zone->config->sources, request->remote) &&
        !server_access_allows(&zone->config->allow_notify, request)) {
        *why = "the sender is not one of the sources";
        return RCODE_REFUSED;
    }
    return RCODE_NOERROR;
}

unsigned notify_receive(struct server *server, const struct server_request *request)
{
    const struct message *message = request->message;
    struct host_note note = {.kind = NOTE_NOTIFY_RECEIVED,
                             .peer = *request->remote,
                             .values = {[3] = server_clock_ahead_s(request)}};
    unsigned rcode = check(server, request, &note.text);
    if (message->question_count == 1) {
        note.name = bytes_of(message->qname, name_size(message->qname));
        find_hint(message, &note.serial);
    }
    outbox_note(server->out, &note);
    return rcode;
}

void notify_follow(struct server *server, const struct server_request *request)
{
    const char *why;
    uint32_t serial = 0;
    if (check(server, request, &why) != RCODE_NOERROR)
        return;
    bool has_serial = find_hint(request->message, &serial);
    secondary_notified(server_find_origin(server, request->message->qname), request->remote,
                       has_serial, serial);
}
