/*
 * Fetching a zone over TCP: the connection, its time limits, and the fallback
 * from IXFR to AXFR. What the messages mean is transfer_in.c's affair.
 */
#include "nodes/secondary.h"

/* A question and an SOA with the longest names. */
enum { QUERY_SIZE_MAX = 2048, SIGNED_SIZE_MAX = QUERY_SIZE_MAX + TSIG_SIZE_MAX };

/* ---- begin and end ------------------------------------------------------------------------- */

static void connect(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    struct address source = secondary_source(zone);
    struct address local = server_source_for(server, &source);
    secondary->transfer_socket = outbox_connect(server->out, address_is_any(&local) ? NULL : &local,
                                                &source, &secondary->transfer_context);
    secondary->task = SECONDARY_CONNECTING;
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->connect_timeout_ns);
    deadlines_set(&server->deadlines, &secondary->total,
                  server->now_ns + server->policy->transfer_total_ns);
}

void secondary_transfer_begin(struct server_zone *zone, enum note_transfer what)
{
    struct secondary *secondary = zone->secondary;
    struct transfer_in_request request = {
        .origin = zone->origin,
        .base = zone->version,
        .store = zone->server->config->store,
        .id = server_random_id(zone->server),
        .ixfr = what == NOTE_IXFR,
        .any_serial = secondary->data == SECONDARY_EXPIRED,
        .size_max = zone->server->policy->transfer_size_max,
    };
    secondary->transfer = transfer_in_create(&request);
    secondary->transfer_id = request.id;
    secondary->transfer_started_ns = zone->server->now_ns;
    secondary->asked_for = what;
    struct host_note note = {.kind = NOTE_TRANSFER_STARTED,
                             .peer = secondary_source(zone),
                             .code = (uint16_t)what,
                             .serial = zone->version ? zone_serial(zone->version) : 0};
    server_zone_note(zone, note);
    connect(zone);
}

void secondary_transfer_stop(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    if (secondary->transfer_socket != 0)
        outbox_close(zone->server->out, secondary->transfer_socket);
    secondary->transfer_socket = 0;
    transfer_in_free(secondary->transfer);
    secondary->transfer = NULL;
    tsig_free(&secondary->tsig);
    stream_in_free(&secondary->in);
    stream_out_free(&secondary->out);
    deadlines_unset(&zone->server->deadlines, &secondary->timer);
    deadlines_unset(&zone->server->deadlines, &secondary->total);
}

static void note_failure(struct server_zone *zone, const char *why)
{
    const struct secondary *secondary = zone->secondary;
    struct host_note note = {.kind = NOTE_TRANSFER_FAILED,
                             .peer = secondary_source(zone),
                             .code = (uint16_t)secondary->asked_for,
                             .text = why,
                             .values = {(int64_t)transfer_in_octets(secondary->transfer),
                                        (int64_t)transfer_in_messages(secondary->transfer), 0,
                                        secondary->tsig.ahead_s}};
    server_zone_note(zone, note);
}

static void fail(struct server_zone *zone, const char *why)
{
    note_failure(zone, why);
    bool whole = transfer_in_wants_axfr(zone->secondary->transfer);
    secondary_transfer_stop(zone);
    if (whole)
        secondary_transfer_begin(zone, NOTE_FALLBACK);
    else
        secondary_source_failed(zone, why);
}

void secondary_transfer_due(struct server_zone *zone)
{
    fail(zone, zone->secondary->task == SECONDARY_CONNECTING ? "connecting took too long"
                                                             : "nothing received for too long");
}

void secondary_transfer_overdue(struct server_zone *zone)
{
    fail(zone, "the transfer took too long");
}

/* ---- the query --------------------------------------------------------------------------------
 */

/* IXFR carries our SOA in the authority section (RFC 1995 section 3). */
static size_t write_query(const struct server_zone *zone, uint8_t *data, size_t capacity)
{
    bool ixfr = zone->secondary->asked_for == NOTE_IXFR;
    struct message_writer w;
    message_begin(&w, data, capacity, zone->secondary->transfer_id, OPCODE_QUERY, 0);
    message_write_question(&w, zone->origin, ixfr ? RR_IXFR : RR_AXFR, CLASS_IN);
    if (ixfr) {
        struct zone_walk walk = {.zone = zone->version};
        struct rr soa;
        zone_walk_next(&walk, &soa);
        message_write_rr(&w, SECTION_AUTHORITY, &soa);
    }
    return message_end(&w, 0, RCODE_NOERROR);
}

static void connected(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    uint8_t data[STREAM_PREFIX_SIZE + SIGNED_SIZE_MAX];
    secondary->task = SECONDARY_RECEIVING;
    size_t size = write_query(zone, data + STREAM_PREFIX_SIZE, QUERY_SIZE_MAX);
    size = secondary_sign(zone, data + STREAM_PREFIX_SIZE, size, server->event->wall_ns);
    bytes_put_u16(data, (uint16_t)size);
    stream_out_credit(&secondary->out, server->out, secondary->transfer_socket,
                      server->event->credit);
    stream_out_write(&secondary->out, server->out, secondary->transfer_socket,
                     bytes_of(data, STREAM_PREFIX_SIZE + size));
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->transfer_idle_ns);
}

/* ---- the answer --------------------------------------------------------------------------------
 */

static void done(struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    const struct transfer_in *transfer = secondary->transfer;
    bool fallback = secondary->asked_for == NOTE_FALLBACK;
    struct host_note note = {
        .kind = NOTE_TRANSFER_DONE,
        .peer = secondary_source(zone),
        .code = (uint16_t)(fallback ? NOTE_FALLBACK : transfer_in_form(transfer)),
        .serial = transfer_in_serial(transfer),
        .values = {(int64_t)transfer_in_octets(transfer), (int64_t)transfer_in_messages(transfer),
                   zone->server->now_ns - secondary->transfer_started_ns,
                   zone->version ? zone_serial(zone->version) : 0}};
    server_zone_note(zone, note);
    secondary_transferred(zone);
}

/* The SOA query promised more than this source has over TCP: another instance answered, perhaps. */
static void current(struct server_zone *zone)
{
    uint32_t serial = zone_serial(zone->version);
    note_failure(zone, "nothing newer than our version");
    secondary_transfer_stop(zone);
    secondary_source_has(zone, serial);
}

/* Of a message that transfer_in.c can read; about any other it has its own words. */
static const char *signature_fault(struct server_zone *zone, struct bytes wire)
{
    struct message message;
    if (!zone->secondary->tsig.key || message_parse(&message, wire) != MESSAGE_OK)
        return NULL;
    return secondary_signature_fault(zone, &message);
}

/* Nothing is served before its last message, which must be signed, has been verified. */
static void finish(struct server_zone *zone)
{
    enum tsig_result result = tsig_finish(&zone->secondary->tsig);
    if (result == TSIG_GOOD)
        done(zone);
    else
        fail(zone, tsig_result_text(result));
}

/* Returns false when the transfer is over, one way or the other. */
static bool message(struct server_zone *zone, struct bytes wire)
{
    const char *fault = signature_fault(zone, wire);
    if (fault) {
        fail(zone, fault);
        return false;
    }
    switch (transfer_in_message(zone->secondary->transfer, wire)) {
    case TRANSFER_IN_MORE:
        return true;
    case TRANSFER_IN_DONE:
        finish(zone);
        break;
    case TRANSFER_IN_CURRENT:
        current(zone);
        break;
    case TRANSFER_IN_FAILED:
        fail(zone, transfer_in_why(zone->secondary->transfer));
        break;
    }
    return false;
}

static void received(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    struct bytes wire;
    stream_in_add(&secondary->in, server->event->bytes);
    stream_in_consume(&secondary->in, server->out, secondary->transfer_socket);
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->transfer_idle_ns);
    while (stream_in_next(&secondary->in, &wire))
        if (!message(zone, wire))
            return;
}

static const char *failure_reason(enum host_failure failure, bool connecting)
{
    switch (failure) {
    case HOST_REFUSED:
        return "connection refused";
    case HOST_TIMED_OUT:
        return connecting ? "connecting timed out" : "the connection timed out";
    case HOST_PEER_RESET:
        return "connection reset";
    case HOST_NO_ADDRESS:
        return "no address of the source's family";
    case HOST_FAILURE_NONE:
        break;
    }
    return "connection lost";
}

void secondary_transfer_event(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    const struct host_event *event = zone->server->event;
    if (secondary->transfer_socket == 0 || event->socket != secondary->transfer_socket)
        return;
    switch (event->kind) {
    case HOST_CONNECTED:
        connected(zone);
        break;
    case HOST_BYTES:
        received(zone);
        break;
    case HOST_WRITABLE:
        stream_out_credit(&secondary->out, zone->server->out, event->socket, event->credit);
        break;
    case HOST_FINISHED:
        fail(zone, "the source closed the connection");
        break;
    case HOST_CONNECT_FAILED:
    case HOST_RESET:
        secondary->transfer_socket = 0;
        fail(zone, failure_reason(event->failure, event->kind == HOST_CONNECT_FAILED));
        break;
    case HOST_DISK:
    case HOST_STARTED:
    case HOST_DATAGRAM:
    case HOST_UNREACHABLE:
    case HOST_ACCEPTED:
    case HOST_TIMER:
    case HOST_COMMAND:
    case HOST_STOPPING:
        break;
    }
}
