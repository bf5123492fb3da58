/*
 * Answering what arrives on port 53 (RFC 1035 section 4.1.1, RFC 6891): finds
 * the zone, lets nodes/dns/answer.h write the answer, and says no in the proper
 * way. Transfers over TCP are server_tcp.c's, NOTIFY is notify.c's, UPDATE update.c's.
 */
#include "nodes/dns/answer.h"
#include "nodes/dns/padding.h"
#include "nodes/server_state.h"
#include "nodes/transfer_out.h"
#include "nodes/update.h"

static void begin_answer(struct message_writer *w, const struct server_request *request,
                         uint8_t *data, size_t capacity)
{
    const struct message *message = request->message;
    message_begin(w, data, capacity, message->id, (enum opcode)message->opcode,
                  FLAG_QR | (message->flags & FLAG_RD));
    if (message->edns.present)
        message_reserve(w, MESSAGE_OPT_SIZE);
    if (request->tsig)
        message_reserve(w, tsig_size(request->tsig));
}

/* Nearly all questions have no options, so that nothing needs looking at. */
bool server_pads(const struct server *server, const struct server_request *request)
{
    return request->tls && server->policy->pads && request->message->edns.options.size > 0 &&
           padding_is_wanted(request->message);
}

static void write_padded_opt(struct message_writer *w, const struct server_request *request,
                             unsigned rcode, struct bytes options)
{
    uint8_t room[SERVER_OPTIONS_MAX + PADDING_ROOM];
    size_t signature = request->tsig ? tsig_size(request->tsig) : 0;
    memcpy(room, options.data, options.size);
    size_t size = padding_add(room, options.size, w, signature, PADDING_ANSWER);
    message_write_opt(w, MESSAGE_UDP_EDNS_MAX, request->message->edns.dnssec_ok, rcode,
                      bytes_of(room, size));
}

static size_t end_answer(struct message_writer *w, const struct server_request *request,
                         uint16_t flags, unsigned rcode, struct bytes options)
{
    const struct message *message = request->message;
    if (message->edns.present && request->padded)
        write_padded_opt(w, request, rcode, options);
    else if (message->edns.present)
        message_write_opt(w, MESSAGE_UDP_EDNS_MAX, message->edns.dnssec_ok, rcode, options);
    size_t size = message_end(w, flags, rcode);
    return request->tsig ? tsig_sign(request->tsig, w->data, size, request->wall_ns) : size;
}

/* The answer's flags besides QR and RD, when there is nothing but the question. */
static size_t answer_empty(const struct server_request *request, uint16_t flags, unsigned rcode,
                           uint8_t *data, size_t capacity)
{
    const struct message *message = request->message;
    static const uint8_t prohibited[] = {0, EDNS_ERROR, 0, 2, 0, ERROR_PROHIBITED};
    bool explain = rcode == RCODE_REFUSED && server_query_is_transfer(message);
    struct message_writer w;
    begin_answer(&w, request, data, capacity);
    if (message->question_count == 1)
        message_write_question(&w, message->qname, message->qtype, message->qclass);
    return end_answer(&w, request, flags, rcode,
                      bytes_of(prohibited, explain ? sizeof prohibited : 0));
}

size_t server_query_error(const struct server_request *request, unsigned rcode, uint8_t *data,
                          size_t capacity)
{
    return answer_empty(request, 0, rcode, data, capacity);
}

bool server_query_is_transfer(const struct message *message)
{
    return message->opcode == OPCODE_QUERY && message->question_count == 1 &&
           (message->qtype == RR_AXFR || message->qtype == RR_IXFR) && message->edns.version == 0;
}

void server_query_note(const struct server *server, const struct server_request *request,
                       unsigned rcode)
{
    const struct message *message = request->message;
    struct host_note note = {
        .kind = NOTE_QUERY, .serial = rcode, .values = {0, request->tcp}, .peer = *request->remote};
    if (message->question_count == 1) {
        note.code = message->qtype;
        note.name = bytes_of(message->qname, name_size(message->qname));
    }
    outbox_note(server->out, &note);
}

/* RCODE_NOERROR, or why the question can't be looked up at all. Types 128 to 255 are no data (RFC
 * 6895 section 3.1). */
static unsigned check_question(const struct server_request *request)
{
    const struct message *message = request->message;
    if (request->signature != TSIG_GOOD)
        return server_signature_rcode(request);
    if (message->edns.present && message->edns.version > 0)
        return RCODE_BADVERS;
    if (message->question_count != 1 || message->qtype == RR_OPT)
        return RCODE_FORMERR;
    if (message->qclass != CLASS_IN)
        return RCODE_REFUSED;
    if (message->qtype >= 128 && message->qtype < RR_ANY)
        return RCODE_NOTIMP;
    return RCODE_NOERROR;
}

struct reply {
    size_t size;
    unsigned rcode;
};

/* The parent's side of a zone cut holds the DS. Of an apex it is asked where the parent zone is
 * ours too; else the child says that it has none (RFC 4035 section 3.1.4.1). */
static const struct server_zone *find_zone(const struct server *server,
                                           const struct message *message)
{
    const struct server_zone *zone = server_find_zone(server, message->qname);
    if (message->qtype != RR_DS || !zone || name_is_root(message->qname) ||
        !name_equal(zone->origin, message->qname))
        return zone;
    const struct server_zone *above = server_find_zone(server, name_parent(message->qname));
    if (!above || !above->serving)
        return zone;
    struct zone_search search;
    zone_search(above->version, message->qname, &search);
    return !search.cut || search.cut == search.node ? above : zone;
}

static struct reply answer_question(const struct server *server,
                                    const struct server_request *request, uint8_t *data,
                                    size_t capacity)
{
    const struct message *message = request->message;
    const struct server_zone *zone = NULL;
    unsigned rcode = check_question(request);
    if (rcode == RCODE_NOERROR) {
        zone = find_zone(server, message);
        rcode = !zone ? RCODE_REFUSED : !zone->serving ? RCODE_SERVFAIL : RCODE_NOERROR;
    }
    if (rcode != RCODE_NOERROR)
        return (struct reply){answer_empty(request, 0, rcode, data, capacity), rcode};
    struct message_writer w;
    uint8_t room[SERVER_OPTIONS_MAX];
    struct bytes options = bytes_of(room, server_zone_options(zone, message, room));
    begin_answer(&w, request, data, capacity);
    message_reserve(&w, options.size);
    if (!message_write_question(&w, message->qname, message->qtype, message->qclass))
        return (struct reply){end_answer(&w, request, FLAG_TC, RCODE_NOERROR, options),
                              RCODE_NOERROR};
    struct answer_question question = {
        .qname = message->qname, .qtype = message->qtype, .dnssec_ok = message->edns.dnssec_ok};
    struct answer_result result = answer_write(&w, zone->version, &question);
    uint16_t flags =
        (uint16_t)((result.authoritative ? FLAG_AA : 0) | (result.truncated ? FLAG_TC : 0));
    return (struct reply){end_answer(&w, request, flags, result.rcode, options), result.rcode};
}

/* NOTIFY, UPDATE and what is not implemented. */
static size_t answer_other(struct server *server, const struct server_request *request,
                           uint8_t *data, size_t capacity)
{
    if (request->message->edns.present && request->message->edns.version > 0)
        return answer_empty(request, 0, RCODE_BADVERS, data, capacity);
    if (request->message->opcode == OPCODE_UPDATE)
        return server_query_error(request, update_receive(server, request), data, capacity);
    if (request->message->opcode != OPCODE_NOTIFY)
        return server_query_error(request, RCODE_NOTIMP, data, capacity);
    unsigned rcode = notify_receive(server, request);
    return answer_empty(request, rcode == RCODE_NOERROR ? FLAG_AA : 0, rcode, data, capacity);
}

size_t server_query_answer(struct server *server, const struct server_request *request,
                           uint8_t *data, size_t capacity)
{
    if (request->message->opcode != OPCODE_QUERY)
        return answer_other(server, request, data, capacity);
    struct reply reply = answer_question(server, request, data, capacity);
    server_query_note(server, request, reply.rcode);
    return reply.size;
}

size_t server_query_malformed(struct server *server, const struct server_request *request,
                              uint8_t data[MESSAGE_UDP_PLAIN_MAX])
{
    struct message_writer w;
    const struct message *message = request->message;
    struct host_note note = {.kind = NOTE_QUERY,
                             .serial = RCODE_FORMERR,
                             .values = {0, request->tcp},
                             .peer = *request->remote};
    if (message->opcode == OPCODE_QUERY)
        outbox_note(server->out, &note);
    if (message->edns
            .present) /* who does not know EDNS would say it without (RFC 6891 section 7) */
        return server_query_error(request, RCODE_FORMERR, data, MESSAGE_UDP_PLAIN_MAX);
    begin_answer(&w, request, data, MESSAGE_HEADER_SIZE);
    return message_end(&w, 0, RCODE_FORMERR);
}

/* ---- UDP ----------------------------------------------------------------------------------- */

static size_t udp_size_max(const struct message *message)
{
    if (!message->edns.present || message->edns.udp_size <= MESSAGE_UDP_PLAIN_MAX)
        return MESSAGE_UDP_PLAIN_MAX;
    return message->edns.udp_size < MESSAGE_UDP_EDNS_MAX ? message->edns.udp_size
                                                         : MESSAGE_UDP_EDNS_MAX;
}

static size_t answer_transfer(struct server *server, const struct server_request *request,
                              uint8_t *data, size_t capacity)
{
    struct transfer_out *transfer;
    unsigned rcode = transfer_out_open(server, request, &transfer);
    server_query_note(server, request, rcode);
    if (rcode != RCODE_NOERROR)
        return server_query_error(request, rcode, data, capacity);
    return transfer_out_datagram(transfer, server, data, capacity);
}

/* The path of nearly all packets: the answer is written where it is sent from. */
static void answer_in_place(struct server *server, const struct server_request *request)
{
    size_t capacity = udp_size_max(request->message);
    uint8_t *data = outbox_send_begin(server->out, server->event->socket, request->local,
                                      request->remote, capacity);
    struct reply reply = answer_question(server, request, data, capacity);
    outbox_send_end(server->out, reply.size);
    server_query_note(server, request, reply.rcode);
}

static size_t answer_copied(struct server *server, const struct server_request *request,
                            uint8_t data[MESSAGE_UDP_EDNS_MAX])
{
    size_t capacity = udp_size_max(request->message);
    if (server_query_is_transfer(request->message))
        return answer_transfer(server, request, data, capacity);
    return server_query_answer(server, request, data, capacity);
}

void server_query_datagram(struct server *server)
{
    const struct host_event *event = server->event;
    uint8_t data[MESSAGE_UDP_EDNS_MAX];
    struct message message;
    struct tsig tsig;
    enum message_error error = message_parse(&message, event->bytes);
    server_charge_answer(server);
    if (error == MESSAGE_SHORT || (message.flags & FLAG_QR))
        return;
    struct server_request request = {
        .message = &message, .local = event->local, .remote = event->remote};
    if (error == MESSAGE_OK)
        server_check_signature(server, &request, &tsig);
    if (error == MESSAGE_OK && message.opcode == OPCODE_QUERY &&
        !server_query_is_transfer(&message)) {
        answer_in_place(server, &request);
        return;
    }
    size_t size = error == MESSAGE_OK ? answer_copied(server, &request, data)
                                      : server_query_malformed(server, &request, data);
    outbox_send(server->out, event->socket, event->local, event->remote, bytes_of(data, size));
    if (error == MESSAGE_OK && message.opcode == OPCODE_NOTIFY)
        notify_follow(server, &request);
}
