/*
 * Fetching a zone over TCP: the connection, its time limits, and the fallback
 * from IXFR to AXFR. What the messages mean is transfer_in.c's affair.
 */
#include "nodes/secondary.h"

/* ---- begin and end ------------------------------------------------------------------------- */

/* The whole has a time limit; on the way to it, too slow a source is noticed. */
static void limit_total(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    const struct server *server = zone->server;
    int64_t at_ns = secondary->transfer_ends_ns;
    if (server->policy->transfer_slow_octets > 0 &&
        server->now_ns + server->policy->transfer_slow_ns < at_ns)
        at_ns = server->now_ns + server->policy->transfer_slow_ns;
    deadlines_set(&zone->server->deadlines, &secondary->total, at_ns);
}

static void connect(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    struct address source = secondary_source_over(zone);
    struct address local = server_source_for(server, &source);
    const struct server_tls_peer *tls = secondary_source_tls(zone);
    uint32_t socket = outbox_connect(server->out, address_is_any(&local) ? NULL : &local, &source,
                                     &secondary->transfer_context);
    channel_begin(&secondary->channel, socket, tls ? server_tls_connect(server, tls) : NULL);
    secondary->task = SECONDARY_CONNECTING;
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->connect_timeout_ns);
}

static void begin_limits(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    const struct server *server = zone->server;
    int64_t total_ns = server->policy->transfer_total_ns;
    secondary->transfer_ends_ns = total_ns == TIME_NEVER ? TIME_NEVER : server->now_ns + total_ns;
    secondary->transfer_checked_octets = 0;
    limit_total(zone);
}

/* Without a base any serial is news: where a version has gone with its expiry, its own as well.
 * One that went while its transfer waited for its turn is still what differences begin with. */
static void create_transfer(struct server_zone *zone, uint16_t id)
{
    struct secondary *secondary = zone->secondary;
    bool ixfr = secondary->asked_for == NOTE_IXFR;
    bool has_base = ixfr || (secondary_has_version(zone) && !secondary->forced);
    struct transfer_in_request request = {
        .origin = zone->origin,
        .base = has_base ? zone->version : NULL,
        .store = zone->server->config->store,
        .id = id,
        .ixfr = ixfr,
        .any_serial = secondary->data == SECONDARY_EXPIRED,
        .check_zonemd = zone->config->check_zonemd,
        .size_max = zone->server->policy->transfer_size_max,
    };
    secondary->transfer = transfer_in_create(&request);
    secondary->transfer_id = request.id;
    secondary->transfer_started_ns = zone->server->now_ns;
}

/* The transfer itself begins, with or without a connection. */
static void start(struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    create_transfer(zone, server_random_id(zone->server));
    struct host_note note = {.kind = NOTE_TRANSFER_STARTED,
                             .peer = secondary_source(zone),
                             .code = (uint16_t)secondary->asked_for,
                             .serial = zone->version ? zone_serial(zone->version) : 0};
    server_zone_note(zone, note);
}

static void send_query(struct server_zone *zone, uint16_t id, uint16_t type);
static void connected(struct server_zone *zone);

static uint16_t query_type(const struct secondary *secondary)
{
    return secondary->asked_for == NOTE_IXFR ? RR_IXFR : RR_AXFR;
}

void secondary_transfer_begin(struct server_zone *zone, enum note_transfer what)
{
    struct secondary *secondary = zone->secondary;
    secondary->asked_for = what;
    secondary->probing = false;
    if (secondary->channel.socket == 0) {
        secondary->task = SECONDARY_QUEUED;
        server_work_transfer(zone);
        return;
    }
    start(zone);
    secondary->task = SECONDARY_RECEIVING;
    send_query(zone, secondary->transfer_id, query_type(secondary));
}

void secondary_transfer_any(struct server_zone *zone)
{
    bool ixfr = secondary_has_version(zone) && zone->config->request_ixfr;
    bool fallback = zone->secondary->whole;
    secondary_transfer_begin(zone, fallback ? NOTE_FALLBACK : ixfr ? NOTE_IXFR : NOTE_AXFR);
}

void secondary_transfer_probe(struct server_zone *zone)
{
    zone->secondary->probing = true;
    zone->secondary->task = SECONDARY_QUEUED;
    server_work_transfer(zone);
}

void secondary_transfer_connect(struct server_zone *zone, struct server_source *source)
{
    zone->secondary->source = source;
    secondary_note_round(zone);
    if (server_work_is_unreachable(zone->server, source)) {
        secondary_source_failed(zone, "could not be connected to a short while ago");
        return;
    }
    if (!zone->secondary->probing)
        start(zone);
    begin_limits(zone);
    zone->secondary->reused = secondary_source_tls(zone) && secondary_kept_take(zone);
    if (zone->secondary->reused)
        connected(zone);
    else
        connect(zone);
}

void secondary_transfer_stop(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server_source *source = secondary->source;
    if (secondary->channel.socket != 0)
        channel_close(&secondary->channel, zone->server->out);
    transfer_in_free(secondary->transfer);
    secondary->transfer = NULL;
    tsig_free(&secondary->tsig);
    deadlines_unset(&zone->server->deadlines, &secondary->timer);
    deadlines_unset(&zone->server->deadlines, &secondary->total);
    secondary->source = NULL;
    if (source)
        server_work_transfer_ended(zone->server, source);
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

/* Only an answer that is over leaves the connection fit for another query. Over TLS nobody makes a
 * new one for that (RFC 9103 section 7.10.2). */
static bool can_ask_again(const struct server_zone *zone)
{
    const struct secondary *secondary = zone->secondary;
    return (zone->server->policy->probe == PROBE_SOA_TCP || secondary->channel.tls) &&
           secondary->channel.open && !secondary->channel.finished &&
           secondary->channel.in.start == secondary->channel.in.size &&
           transfer_in_messages(secondary->transfer) == 1;
}

/* All of the zone from the same source: the differences were no good, or it is asked once more
 * without EDNS. */
static void ask_again(struct server_zone *zone)
{
    if (can_ask_again(zone)) {
        transfer_in_free(zone->secondary->transfer);
        zone->secondary->transfer = NULL;
    } else {
        secondary_transfer_stop(zone);
    }
    bool fallback = zone->secondary->asked_for != NOTE_AXFR;
    secondary_transfer_begin(zone, fallback ? NOTE_FALLBACK : NOTE_AXFR);
}

/* As if it had been asked for nothing yet. */
static void probe_again(struct server_zone *zone)
{
    secondary_transfer_stop(zone);
    zone->secondary->whole = true;
    secondary_transfer_probe(zone);
}

/* The source had had enough of a connection that was kept: the same over a new one. */
static void connect_again(struct server_zone *zone, const char *why)
{
    struct secondary *secondary = zone->secondary;
    if (secondary->transfer)
        note_failure(zone, why);
    secondary->reused = false;
    secondary_transfer_stop(zone);
    if (secondary->probing)
        secondary_transfer_probe(zone);
    else
        secondary_transfer_begin(zone, secondary->asked_for);
}

static void fail(struct server_zone *zone, const char *why)
{
    struct secondary *secondary = zone->secondary;
    bool again = false, probes = false;
    if (secondary->reused) {
        connect_again(zone, why);
        return;
    }
    if (secondary->transfer) {
        bool plain = transfer_in_rejects_edns(secondary->transfer) && !secondary->without_edns;
        note_failure(zone, why);
        secondary->without_edns |= plain;
        again = plain || transfer_in_wants_axfr(secondary->transfer);
        if (transfer_in_wants_axfr(secondary->transfer))
            server_work_avoid_ixfr(zone);
        probes = !plain && zone->server->policy->rejection_probes &&
                 transfer_in_is_rejected(secondary->transfer);
    }
    if (probes)
        probe_again(zone);
    else if (again)
        ask_again(zone);
    else
        secondary_source_failed(zone, why);
}

static void fail_to_connect(struct server_zone *zone, const char *why)
{
    server_work_unreachable(zone->server, zone->secondary->source);
    fail(zone, why);
}

void secondary_transfer_due(struct server_zone *zone)
{
    if (zone->secondary->task == SECONDARY_CONNECTING)
        fail_to_connect(zone, "connecting took too long");
    else
        fail(zone, "nothing received for too long");
}

void secondary_transfer_overdue(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    const struct server *server = zone->server;
    size_t octets = secondary->transfer ? transfer_in_octets(secondary->transfer) : 0;
    if (server->now_ns >= secondary->transfer_ends_ns) {
        fail(zone, "the transfer took too long");
    } else if (octets - secondary->transfer_checked_octets < server->policy->transfer_slow_octets) {
        fail(zone, "the source is too slow");
    } else {
        secondary->transfer_checked_octets = octets;
        limit_total(zone);
    }
}

/* ---- queries ------------------------------------------------------------------------------- */

static void send_query(struct server_zone *zone, uint16_t id, uint16_t type)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    uint8_t data[STREAM_PREFIX_SIZE + SECONDARY_QUERY_MAX + TSIG_SIZE_MAX];
    size_t size = secondary_query(zone, id, type, data + STREAM_PREFIX_SIZE);
    size = secondary_sign(zone, data + STREAM_PREFIX_SIZE, size, server->event->wall_ns);
    bytes_put_u16(data, (uint16_t)size);
    channel_write(&secondary->channel, server->out, bytes_of(data, STREAM_PREFIX_SIZE + size));
    deadlines_set(&server->deadlines, &secondary->timer,
                  server->now_ns + server->policy->transfer_idle_ns);
}

static void connected(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    secondary->source->unreachable_times = 0;
    secondary->task = SECONDARY_RECEIVING;
    if (secondary->probing)
        secondary->soa_id = server_random_id(zone->server);
    if (secondary->probing)
        send_query(zone, secondary->soa_id, RR_SOA);
    else
        send_query(zone, secondary->transfer_id, query_type(secondary));
}

/* ---- answers ------------------------------------------------------------------------------- */

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
                   zone->version ? zone_serial(zone->version) : 0},
        .key = secondary->tsig.key ? secondary->tsig.key->name : NULL};
    server_zone_note(zone, note);
    secondary_transferred(zone);
}

/* The SOA query promised more than this source has over TCP: another instance answered, perhaps. */
static void current(struct server_zone *zone)
{
    int64_t expire_s = transfer_in_expire_s(zone->secondary->transfer);
    if (zone->secondary->promised) /* else this has been the question whether there is */
        note_failure(zone, "nothing newer than our version");
    secondary_transfer_stop(zone);
    secondary_source_current(zone, expire_s);
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

static void probe_without_edns(struct server_zone *zone)
{
    zone->secondary->without_edns = true;
    zone->secondary->soa_id = server_random_id(zone->server);
    send_query(zone, zone->secondary->soa_id, RR_SOA);
}

/* The answer to the SOA query that goes before a transfer. */
static void probed(struct server_zone *zone, struct bytes wire)
{
    struct message message;
    uint32_t serial;
    if (message_parse(&message, wire) != MESSAGE_OK || message.id != zone->secondary->soa_id ||
        !(message.flags & FLAG_QR) || message.opcode != OPCODE_QUERY)
        fail(zone, "an answer that does not belong to the SOA query");
    else if (secondary_rejects_edns(zone, &message))
        probe_without_edns(zone);
    else if (message.rcode != RCODE_NOERROR)
        fail(zone, secondary_soa_rcode(message.rcode));
    else if (!(message.flags & FLAG_AA))
        fail(zone, "not authoritative");
    else if (!secondary_soa_find(zone, &message, &serial))
        fail(zone, "no SOA in the answer");
    else
        secondary_source_has(zone, serial, message_expire_s(&message));
}

/* Returns false when this connection's story is over, one way or the other. */
static bool message(struct server_zone *zone, struct bytes wire)
{
    const char *fault = signature_fault(zone, wire);
    zone->secondary->reused = false;
    if (fault) {
        fail(zone, fault);
        return false;
    }
    if (zone->secondary->probing) {
        probed(zone, wire);
        return zone->secondary->channel.socket == zone->server->event->socket;
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
        return zone->secondary->channel.socket == zone->server->event->socket;
    }
    return false;
}

bool secondary_transfer_datagram(struct server_zone *zone, struct bytes wire)
{
    struct secondary *secondary = zone->secondary;
    secondary->asked_for = NOTE_IXFR;
    create_transfer(zone, secondary->soa_id);
    if (transfer_in_message(secondary->transfer, wire) != TRANSFER_IN_DONE) {
        transfer_in_free(secondary->transfer);
        secondary->transfer = NULL;
        return false;
    }
    struct host_note note = {.kind = NOTE_TRANSFER_STARTED,
                             .peer = secondary_source(zone),
                             .code = NOTE_IXFR,
                             .serial = zone_serial(zone->version)};
    server_zone_note(zone, note);
    done(zone);
    return true;
}

/* What has come is read as far as it is whole. False: this connection's story is over. */
static bool read_messages(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct server *server = zone->server;
    struct bytes wire;
    if (server->event->kind == HOST_BYTES) {
        server_charge_transfer(server, server->event->bytes.size);
        if (secondary->task == SECONDARY_RECEIVING)
            deadlines_set(&server->deadlines, &secondary->timer,
                          server->now_ns + server->policy->transfer_idle_ns);
    }
    channel_consume(&secondary->channel, server->out);
    while (stream_in_next(&secondary->channel.in, &wire))
        if (!message(zone, wire))
            return false;
    return true;
}

static void talk(struct server_zone *zone)
{
    struct secondary *secondary = zone->secondary;
    struct channel *channel = &secondary->channel;
    channel_event(channel, zone->server->out, zone->server->event);
    if (secondary->task == SECONDARY_CONNECTING && channel->open)
        connected(zone);
    if (!read_messages(zone))
        return;
    if (channel->failure)
        fail(zone, channel->failure);
    else if (channel->finished)
        fail(zone, "the source closed the connection");
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
    if (secondary->channel.socket == 0 || event->socket != secondary->channel.socket)
        return;
    switch (event->kind) {
    case HOST_CONNECTED:
    case HOST_BYTES:
    case HOST_WRITABLE:
    case HOST_FINISHED:
        talk(zone);
        break;
    case HOST_CONNECT_FAILED:
    case HOST_RESET:
        channel_drop(&secondary->channel);
        if (event->kind == HOST_CONNECT_FAILED)
            fail_to_connect(zone, failure_reason(event->failure, true));
        else
            fail(zone, failure_reason(event->failure, false));
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
