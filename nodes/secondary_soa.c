/*
 * Asking a source for news over UDP, by the zone's SOA (RFC 1034 section 4.3.5)
 * or by IXFR (RFC 1995 section 2): a socket of its own for each exchange, resent
 * a few times, and an SOA query once more without EDNS for servers that don't
 * know it (RFC 6891 section 6.2.2).
 */
#include "nodes/secondary.h"

static void send_query(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    uint8_t data[SECONDARY_QUERY_MAX + TSIG_SIZE_MAX];
    struct address source = secondary_source(zone);
    struct address local = server_source_for(server, &source);
    size_t size = secondary_query(zone, secondary->soa_id, secondary->soa_type, data);
    size = secondary_sign(zone, data, size, secondary->soa_signed_ns);
    outbox_send(server->out, secondary->soa_socket, address_is_any(&local) ? NULL : &local, &source,
                bytes_of(data, size));
    secondary->soa_sends++;
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->soa_timeout_ns);
}

void secondary_soa_ask(struct server_zone *zone, uint16_t type)
{
    struct secondary *secondary = zone->secondary;
    struct address source = secondary_source(zone);
    struct address local = server_source_for(zone->server, &source);
    secondary->soa_socket = outbox_bind(zone->server->out, &local, &secondary->soa_context);
    secondary->soa_id = server_random_id(zone->server);
    secondary->soa_type = type;
    secondary->soa_sends = 0;
    secondary->soa_signed_ns = zone->server->event->wall_ns;
    send_query(zone);
}

void secondary_soa_stop(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    if (secondary->soa_socket == 0)
        return;
    outbox_close(server->out, secondary->soa_socket);
    secondary->soa_socket = 0;
    deadlines_unset(&server->deadlines, &secondary->timer);
    server_work_check_ended(server);
}

static void fail(struct server_zone *zone, const char *why)
{
    secondary_soa_stop(zone);
    secondary_source_failed(zone, why);
}

/* Once more, for a source that does not know EDNS; it waits its turn as the first time. */
static void ask_plainly(struct server_zone *zone)
{
    secondary_soa_stop(zone);
    zone->secondary->without_edns = true;
    zone->secondary->task = SECONDARY_QUEUED;
    server_work_check(zone);
}

/* The transfer itself will tell whether there is anything new. */
static void transfer_anyway(struct server_zone *zone)
{
    secondary_soa_stop(zone);
    secondary_transfer_any(zone);
}

void secondary_soa_due(struct server_zone *zone)
{
    const struct server_policy *policy = zone->server->policy;
    const struct secondary *secondary = zone->secondary;
    if (secondary->soa_sends < policy->soa_sends)
        send_query(zone);
    else if (policy->soa_plain_after_silence && !secondary->without_edns)
        ask_plainly(zone);
    else if (policy->probe_tcp_after_udp)
        transfer_anyway(zone);
    else
        fail(zone, secondary->soa_type == RR_SOA ? "no answer to the SOA query"
                                                 : "no answer to IXFR over UDP");
}

const char *secondary_soa_rcode(unsigned rcode)
{
    switch (rcode) {
    case RCODE_FORMERR:
        return "answered FORMERR";
    case RCODE_SERVFAIL:
        return "answered SERVFAIL";
    case RCODE_NXDOMAIN:
        return "answered NXDOMAIN";
    case RCODE_NOTIMP:
        return "answered NOTIMP";
    case RCODE_REFUSED:
        return "answered REFUSED";
    case RCODE_NOTAUTH:
        return "answered NOTAUTH";
    }
    return "answered with another error";
}

bool secondary_soa_find(const struct server_zone *zone, const struct message *message,
                        uint32_t *serial)
{
    struct message_cursor cursor;
    struct soa soa;
    message_cursor_start(&cursor, message);
    for (struct rr rr; message_next(&cursor, &rr);)
        if (cursor.section == SECTION_ANSWER && rr.type == RR_SOA && rr.class == CLASS_IN &&
            name_equal(rr.owner, zone->origin) && rr_soa_parse(rr.rdata, &soa)) {
            *serial = soa.serial;
            return true;
        }
    return false;
}

/* Differences that fit into the datagram are taken from it. */
static void read_serial(struct server_zone *zone, uint32_t serial, const struct message *message)
{
    bool newer = zone->version && serial_is_after(serial, zone_serial(zone->version));
    bool ixfr = zone->secondary->soa_type == RR_IXFR;
    secondary_soa_stop(zone);
    if (!(newer && ixfr && secondary_transfer_datagram(zone, message->wire)))
        secondary_source_has(zone, serial, message_expire_s(message));
}

/* The source does not know IXFR: it is asked for all of the zone, for some time. */
static void give_up_ixfr(struct server_zone *zone)
{
    server_work_avoid_ixfr(zone);
    secondary_soa_stop(zone);
    secondary_transfer_begin(zone, NOTE_AXFR);
}

/* The answer is of no use. */
static void reject(struct server_zone *zone, const char *why)
{
    bool ixfr = zone->secondary->soa_type == RR_IXFR;
    if (!ixfr || !server_work_ixfr_fault(zone)) {
        fail(zone, why);
        return;
    }
    secondary_soa_stop(zone);
    secondary_transfer_begin(zone, NOTE_AXFR);
}

static void read_answer(struct server_zone *zone, const struct message *message)
{
    uint32_t serial;
    const char *fault = secondary_signature_fault(zone, message);
    if (fault) {
        reject(zone, fault);
    } else if (message->rcode == RCODE_NOTIMP && zone->secondary->soa_type == RR_IXFR) {
        give_up_ixfr(zone);
    } else if (message->rcode == RCODE_REFUSED && zone->catalog) {
        secondary_soa_stop(zone); /* Knot DNS shows a catalog over connections only */
        secondary_transfer_probe(zone);
    } else if (message->rcode == RCODE_REFUSED && zone->secondary->soa_type == RR_SOA &&
               zone->server->policy->transfer_after_refused) {
        transfer_anyway(zone);
    } else if (message->rcode != RCODE_NOERROR) {
        reject(zone, secondary_soa_rcode(message->rcode));
    } else if (message->flags & FLAG_TC) {
        transfer_anyway(zone);
    } else if (!(message->flags & FLAG_AA)) {
        reject(zone, "not authoritative");
    } else if (!secondary_soa_find(zone, message, &serial)) {
        reject(zone, "no SOA in the answer");
    } else {
        read_serial(zone, serial, message);
    }
}

/* The answer to our query and nothing else: others may send what they like to our port. */
static bool is_ours(const struct server_zone *zone, const struct message *message)
{
    struct address source = secondary_source(zone);
    return address_equal(&source, zone->server->event->remote) &&
           message->id == zone->secondary->soa_id && (message->flags & FLAG_QR) &&
           message->opcode == OPCODE_QUERY;
}

static bool same_question(const struct server_zone *zone, const struct message *message)
{
    return message->question_count == 1 && message->qtype == zone->secondary->soa_type &&
           message->qclass == CLASS_IN && name_equal(message->qname, zone->origin);
}

static bool calls_for_less(const struct server_zone *zone, const struct message *message)
{
    bool other = message->rcode == RCODE_SERVFAIL || message->rcode == RCODE_NOTIMP;
    return secondary_rejects_edns(zone, message) ||
           (other && zone->server->policy->soa_plain_after_servfail &&
            !zone->secondary->without_edns);
}

static void datagram(struct server_zone *zone)
{
    struct message message;
    enum message_error error = message_parse(&message, zone->server->event->bytes);
    if (error == MESSAGE_SHORT || !is_ours(zone, &message))
        return;
    if (error == MESSAGE_MALFORMED) {
        reject(zone, "a malformed answer");
    } else if (zone->secondary->soa_type == RR_SOA && calls_for_less(zone, &message)) {
        ask_plainly(zone);
    } else if (same_question(zone, &message) ||
               (message.question_count == 0 && message.rcode != RCODE_NOERROR)) {
        read_answer(zone, &message);
    }
}

void secondary_soa_event(struct server_zone *zone)
{
    const struct host_event *event = zone->server->event;
    if (zone->secondary->soa_socket == 0 || event->socket != zone->secondary->soa_socket)
        return;
    if (event->kind == HOST_DATAGRAM)
        datagram(zone);
    else if (event->kind == HOST_UNREACHABLE && !zone->server->policy->soa_ignores_icmp)
        fail(zone, "port unreachable");
}
