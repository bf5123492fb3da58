/*
 * NOTIFY (RFC 1996), both ways.
 *
 * Out: each target of a zone is told of the newest serial, over UDP, until it
 * answers, its port turns out closed, or the sends are used up. A newer serial
 * replaces the one that is pending. In: from sources and whoever else is
 * allowed; the hint's serial is used to spare a refresh that can't find anything.
 */
#include "nodes/secondary.h"

struct notify_target {
    struct server_zone *zone;
    struct socket_context context;
    struct deadline deadline;
    struct address address;
    uint32_t socket; /* 0: nothing is pending */
    uint32_t serial;
    uint16_t id;
    const struct tsig_key *key; /* NULL: not signed */
    struct tsig tsig;           /* of what was sent last */
    unsigned sends;
};

/* ---- out ----------------------------------------------------------------------------------- */

void notify_init(struct server_zone *zone)
{
    const struct server_addresses *addresses = &zone->config->notify;
    zone->targets = arena_alloc(zone->server->arena, addresses->count * sizeof *zone->targets);
    for (size_t i = 0; i < addresses->count; i++) {
        struct notify_target *target = &zone->targets[i];
        target->zone = zone;
        target->context = (struct socket_context){SOCKET_NOTIFY, target};
        target->deadline = (struct deadline){.owner = target, .kind = DEADLINE_NOTIFY};
        target->address = server_with_port(&addresses->list[i]);
        target->key = server_key(addresses, i);
    }
}

static void note_target(const struct notify_target *target, enum note_kind kind, unsigned code,
                        int64_t value)
{
    struct host_note note = {.kind = (uint16_t)kind,
                             .code = (uint16_t)code,
                             .serial = target->serial,
                             .values = {value},
                             .peer = target->address};
    server_zone_note(target->zone, note);
}

static void stop(struct notify_target *target)
{
    struct server *server = target->zone->server;
    if (target->socket != 0)
        outbox_close(server->out, target->socket);
    target->socket = 0;
    deadlines_unset(&server->deadlines, &target->deadline);
}

/* The SOA in the answer section is a hint at what is new (RFC 1996 section 3.7). */
static size_t write_message(const struct notify_target *target, uint8_t *data, size_t capacity)
{
    const struct server_zone *zone = target->zone;
    struct message_writer w;
    struct zone_walk walk = {.zone = zone->version};
    struct rr soa;
    zone_walk_next(&walk, &soa);
    message_begin(&w, data, capacity, target->id, OPCODE_NOTIFY, FLAG_AA);
    message_write_question(&w, zone->origin, RR_SOA, CLASS_IN);
    message_write_rr(&w, SECTION_ANSWER, &soa); /* left out if it does not fit */
    return message_end(&w, 0, RCODE_NOERROR);
}

static void send_notify(struct notify_target *target)
{
    struct server *server = target->zone->server;
    uint8_t data[MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX];
    size_t size = write_message(target, data, MESSAGE_UDP_PLAIN_MAX);
    if (target->key) {
        tsig_begin(&target->tsig, target->key);
        size = tsig_sign(&target->tsig, data, size, server->event->wall_ns);
    }
    struct address local = server_source_for(server, &target->address);
    outbox_send(server->out, target->socket, address_is_any(&local) ? NULL : &local,
                &target->address, bytes_of(data, size));
    note_target(target, NOTE_NOTIFY_SENT, 0, target->sends);
    target->sends++;
    deadlines_set(&server->deadlines, &target->deadline,
                  server->now_ns + server->policy->notify_interval_ns);
}

void notify_start(struct server_zone *zone)
{
    struct server *server = zone->server;
    for (size_t i = 0; i < zone->config->notify.count; i++) {
        struct notify_target *target = &zone->targets[i];
        struct address local = server_source_for(server, &target->address);
        stop(target);
        target->socket = outbox_bind(server->out, &local, &target->context);
        target->id = server_random_id(server);
        target->serial = zone_serial(zone->version);
        target->sends = 0;
        send_notify(target);
    }
}

static void give_up(struct notify_target *target)
{
    note_target(target, NOTE_NOTIFY_GIVEN_UP, 0, 0);
    stop(target);
}

void notify_due(struct notify_target *target)
{
    if (target->sends < target->zone->server->policy->notify_sends)
        send_notify(target);
    else
        give_up(target);
}

static bool is_answer(const struct notify_target *target, const struct message *message)
{
    return address_equal(target->zone->server->event->remote, &target->address) &&
           message->id == target->id && (message->flags & FLAG_QR) &&
           message->opcode == OPCODE_NOTIFY;
}

/* What is signed wants a signed answer; but it may well say that the signature is not good. */
static bool is_believed(struct notify_target *target, const struct message *message)
{
    if (!target->key)
        return true;
    switch (tsig_verify(&target->tsig, message, target->zone->server->event->wall_ns)) {
    case TSIG_GOOD:
    case TSIG_PEER_BADKEY:
    case TSIG_PEER_BADSIG:
    case TSIG_PEER_BADTIME:
    case TSIG_PEER_BADTRUNC:
    case TSIG_PEER_OTHER:
        return true;
    case TSIG_ABSENT: /* who knows no TSIG can say no more than that */
        return message->rcode != RCODE_NOERROR;
    case TSIG_MALFORMED:
    case TSIG_BADKEY:
    case TSIG_BADSIG:
    case TSIG_BADTIME:
    case TSIG_NOT_LAST:
        break;
    }
    return false;
}

/* Any answer ends it, also one that says no (RFC 1996 section 4.8). */
void notify_event(struct notify_target *target)
{
    const struct host_event *event = target->zone->server->event;
    struct message message;
    if (target->socket == 0 || event->socket != target->socket)
        return;
    if (event->kind == HOST_UNREACHABLE) {
        give_up(target);
    } else if (event->kind == HOST_DATAGRAM &&
               message_parse(&message, event->bytes) != MESSAGE_SHORT &&
               is_answer(target, &message) && is_believed(target, &message)) {
        note_target(target, NOTE_NOTIFY_ANSWERED, message.rcode, 0);
        stop(target);
    }
}

/* ---- in ------------------------------------------------------------------------------------ */

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
