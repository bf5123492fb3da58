/*
 * NOTIFY (RFC 1996) on its way out; notify_in.c has those that come.
 *
 * Each target of a zone is told of the newest serial, over UDP, TCP or one after
 * the other, until it answers, its port turns out closed, or the sends are used
 * up. A newer serial replaces the one that is pending. What a primary tells at
 * its start depends on the software: some remember the serial they told of.
 *
 *   IDLE --new version--> QUEUED --its turn--> UDP --no answer--> TCP --no answer--> given up
 *                            ^                 (one of them may be missing)            |
 *                            |---------------- after the SOA's retry (Knot DNS) <------|
 */
#include "nodes/secondary.h"

#include <stdlib.h>

struct notify_target {
    struct server_zone *zone;
    struct socket_context context;
    struct deadline deadline;
    struct work work; /* until the first send's turn has come */
    struct address address;
    uint32_t socket; /* 0: nothing is pending */
    bool tcp;        /* the socket is a connection */
    bool resting;    /* given up; the deadline is for telling it again */
    bool wanted;     /* to be told as soon as fewer are being told */
    bool running;    /* counts among those */
    struct stream_in in;
    struct stream_out out;
    uint32_t serial;
    uint16_t id;
    const struct tsig_key *key; /* NULL: not signed */
    struct tsig tsig;           /* of what was sent last */
    unsigned sends;
};

/* ---- targets -----------------------------------------------------------------------------------
 */

void notify_init(struct server_zone *zone)
{
    const struct server_addresses *addresses = &zone->config->notify;
    zone->targets = memory_zeroed(addresses->count * sizeof *zone->targets);
    for (size_t i = 0; i < addresses->count; i++) {
        struct notify_target *target = &zone->targets[i];
        target->zone = zone;
        target->context = (struct socket_context){SOCKET_NOTIFY, target};
        target->deadline = (struct deadline){.owner = target, .kind = DEADLINE_NOTIFY};
        target->address = server_with_port(&addresses->list[i]);
        target->key = server_key(addresses, i);
    }
    zone->notify_round = (struct deadline){.owner = zone, .kind = DEADLINE_NOTIFY_ROUND};
}

void notify_dispose(struct server_zone *zone)
{
    for (size_t i = 0; i < zone->config->notify.count; i++) {
        stream_in_free(&zone->targets[i].in);
        stream_out_free(&zone->targets[i].out);
    }
    free(zone->targets);
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
    target->resting = false;
    stream_in_free(&target->in);
    stream_out_free(&target->out);
    deadlines_unset(&server->deadlines, &target->deadline);
}

static void forget(struct notify_target *target)
{
    server_work_forget_target(target);
    stop(target);
    target->zone->notify_wanted -= target->wanted;
    target->zone->notify_running -= target->running;
    target->wanted = target->running = false;
}

void notify_stop(struct server_zone *zone)
{
    for (size_t i = 0; i < zone->config->notify.count; i++)
        forget(&zone->targets[i]);
    deadlines_unset(&zone->server->deadlines, &zone->notify_round);
    zone->notify_again = false;
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

static size_t write_signed(struct notify_target *target,
                           uint8_t data[MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX])
{
    size_t size = write_message(target, data, MESSAGE_UDP_PLAIN_MAX);
    if (!target->key)
        return size;
    tsig_begin(&target->tsig, target->key);
    return tsig_sign(&target->tsig, data, size, target->zone->server->event->wall_ns);
}

static void note_sent(struct notify_target *target)
{
    note_target(target, NOTE_NOTIFY_SENT, 0, target->sends);
    target->sends++;
}

static void send_udp(struct notify_target *target)
{
    struct server *server = target->zone->server;
    uint8_t data[MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX];
    size_t size = write_signed(target, data);
    int64_t wait_ns = server->policy->notify_waits_ns[target->sends];
    struct address local = server_source_for(server, &target->address);
    outbox_send(server->out, target->socket, address_is_any(&local) ? NULL : &local,
                &target->address, bytes_of(data, size));
    note_sent(target);
    deadlines_set(&server->deadlines, &target->deadline, server->now_ns + wait_ns);
}

static void start_tcp(struct notify_target *target)
{
    struct server *server = target->zone->server;
    struct address local = server_source_for(server, &target->address);
    target->tcp = true;
    target->socket = outbox_connect(server->out, address_is_any(&local) ? NULL : &local,
                                    &target->address, &target->context);
    deadlines_set(&server->deadlines, &target->deadline,
                  server->now_ns + server->policy->notify_tcp_timeout_ns);
}

static void send_tcp(struct notify_target *target)
{
    struct server *server = target->zone->server;
    uint8_t data[STREAM_PREFIX_SIZE + MESSAGE_UDP_PLAIN_MAX + TSIG_SIZE_MAX];
    size_t size = write_signed(target, data + STREAM_PREFIX_SIZE);
    bytes_put_u16(data, (uint16_t)size);
    stream_out_credit(&target->out, server->out, target->socket, server->event->credit);
    stream_out_write(&target->out, server->out, target->socket,
                     bytes_of(data, STREAM_PREFIX_SIZE + size));
    note_sent(target);
}

void notify_send_first(struct notify_target *target)
{
    struct server *server = target->zone->server;
    struct address local = server_source_for(server, &target->address);
    stop(target);
    target->serial = zone_serial(target->zone->version);
    target->sends = 0;
    target->tcp = false;
    if (server->policy->notify_transport == NOTIFY_TCP) {
        target->id = server_random_id(server);
        start_tcp(target);
        return;
    }
    target->socket = outbox_bind(server->out, &local, &target->context);
    target->id = server_random_id(server);
    send_udp(target);
}

struct work *notify_work(struct notify_target *target)
{
    return &target->work;
}

/* ---- when ----------------------------------------------------------------------------- */

static void want(struct notify_target *target)
{
    target->zone->notify_wanted += !target->wanted;
    target->wanted = true;
}

/* In their order, as many as may be told at once. */
static void begin_wanted(struct server_zone *zone)
{
    size_t max = zone->server->policy->notify_targets_max;
    for (size_t i = 0; zone->notify_wanted > 0 && i < zone->config->notify.count; i++) {
        struct notify_target *target = &zone->targets[i];
        if (max > 0 && zone->notify_running >= max)
            return;
        if (!target->wanted)
            continue;
        zone->notify_wanted--;
        zone->notify_running += !target->running;
        target->wanted = false;
        target->running = true;
        server_work_notify(zone->server, target);
    }
}

/* The version served now is one told of, which is news. */
static bool keep_told(struct server_zone *zone)
{
    uint32_t serial = zone_serial(zone->version);
    bool is_news = !zone->secondary && !(zone->has_told && zone->told_serial == serial);
    zone->has_told = true;
    zone->told_serial = serial;
    return is_news;
}

/* Where their number is limited, who is being told makes way and all begins again, or the last
 * target of a round comes before the first of the next. */
void notify_round_due(struct server_zone *zone)
{
    const struct server *server = zone->server;
    zone->notify_again = server->policy->notify_ends_round && zone->notify_running > 0;
    if (zone->notify_again)
        return;
    if (server->policy->notify_at_start == NOTIFY_START_UNTOLD && zone->config->notify.count > 0 &&
        keep_told(zone))
        zone_disk_write_told(zone);
    zone->notify_not_before_ns = server->now_ns + server->policy->notify_pause_ns;
    for (size_t i = 0; i < zone->config->notify.count; i++) {
        if (server->policy->notify_targets_max > 0)
            forget(&zone->targets[i]);
        want(&zone->targets[i]);
    }
    begin_wanted(zone);
}

/* Next to the primary's own start, its looks are at multiples of the interval. */
static int64_t next_poll_ns(const struct server *server)
{
    int64_t poll_ns = server->policy->notify_poll_ns;
    int64_t age_ns = server->now_ns - server->started_ns;
    return poll_ns > 0 ? server->started_ns + (age_ns + poll_ns - 1) / poll_ns * poll_ns
                       : server->now_ns;
}

void notify_start(struct server_zone *zone)
{
    struct server *server = zone->server;
    int64_t at_ns = zone->secondary ? server->now_ns + server->policy->notify_after_refresh_ns
                                    : next_poll_ns(server);
    if (at_ns < zone->notify_not_before_ns)
        at_ns = zone->notify_not_before_ns;
    if (at_ns == server->now_ns)
        notify_round_due(zone);
    else if (zone->config->notify.count > 0 && !deadline_is_set(&zone->notify_round))
        deadlines_set(&server->deadlines, &zone->notify_round, at_ns);
}

void notify_at_start(struct server_zone *zone)
{
    bool told = zone->has_told && zone->told_serial == zone_serial(zone->version);
    if (!told || zone->server->policy->notify_at_start == NOTIFY_START_ALL)
        notify_start(zone);
}

void notify_remember(const struct server_zone *zone)
{
    if (!zone->secondary && zone->has_told &&
        zone->server->policy->notify_at_start == NOTIFY_START_UNANSWERED)
        zone_disk_write_told(zone);
}

/* It makes room for the next. */
static void end(struct notify_target *target)
{
    stop(target);
    target->zone->notify_running -= target->running;
    target->running = false;
    begin_wanted(target->zone);
    if (target->zone->notify_again && target->zone->notify_running == 0)
        notify_round_due(target->zone);
}

static void give_up(struct notify_target *target)
{
    struct server *server = target->zone->server;
    struct soa soa;
    note_target(target, NOTE_NOTIFY_GIVEN_UP, 0, 0);
    end(target);
    if (!server->policy->notify_after_retry || target->running || target->wanted)
        return;
    zone_soa(target->zone->version, &soa);
    target->resting = true;
    deadlines_set(&server->deadlines, &target->deadline,
                  server->now_ns + (soa.retry > 0 ? soa.retry : 1) * NS_PER_S);
}

/* The way that it was tried does not lead there. */
static void fail(struct notify_target *target)
{
    struct server *server = target->zone->server;
    if (!target->tcp && server->policy->notify_transport == NOTIFY_UDP_THEN_TCP) {
        outbox_close(server->out, target->socket);
        start_tcp(target);
    } else {
        give_up(target);
    }
}

static bool may_send_again(const struct notify_target *target)
{
    return !target->tcp && target->sends < SERVER_NOTIFY_SENDS_MAX &&
           target->zone->server->policy->notify_waits_ns[target->sends] > 0;
}

void notify_due(struct notify_target *target)
{
    if (target->resting) {
        target->resting = false;
        want(target);
        begin_wanted(target->zone);
    } else if (may_send_again(target)) {
        send_udp(target);
    } else {
        fail(target);
    }
}

/* ---- answers -------------------------------------------------------------------------- */

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

static bool is_taken_for_loss(const struct notify_target *target, const struct message *message)
{
    return target->zone->server->policy->notify_repeats_errors && message->rcode != RCODE_NOERROR &&
           message->rcode != RCODE_NOTIMP;
}

static void heard(const struct notify_target *target)
{
    struct server_zone *zone = target->zone;
    if (zone->server->policy->notify_at_start != NOTIFY_START_UNANSWERED)
        return;
    zone->has_told = true;
    zone->told_serial = target->serial;
}

/* RFC 1996 section 3.6. NSD says no without a question. */
static bool is_of_another_zone(const struct notify_target *target, const struct message *message)
{
    return message->question_count == 1 && !name_equal(message->qname, target->zone->origin);
}

/* Any answer ends it, also one that says no (RFC 1996 section 4.8), unless the software does not
 * think so. */
static void answered(struct notify_target *target, struct bytes wire)
{
    struct message message;
    enum message_error error = message_parse(&message, wire);
    if (error == MESSAGE_SHORT || message.id != target->id || !(message.flags & FLAG_QR) ||
        message.opcode != OPCODE_NOTIFY || !is_believed(target, &message))
        return;
    if (error == MESSAGE_OK && is_of_another_zone(target, &message))
        return;
    note_target(target, NOTE_NOTIFY_ANSWERED, message.rcode, 0);
    if (message.rcode == RCODE_NOERROR)
        heard(target);
    if (!is_taken_for_loss(target, &message))
        end(target);
    else if (may_send_again(target))
        send_udp(target);
    else
        give_up(target);
}

static void received(struct notify_target *target)
{
    const struct server *server = target->zone->server;
    struct bytes wire;
    stream_in_add(&target->in, server->event->bytes);
    stream_in_consume(&target->in, server->out, target->socket);
    if (stream_in_next(&target->in, &wire))
        answered(target, wire);
}

static void tcp_event(struct notify_target *target, const struct host_event *event)
{
    if (event->kind == HOST_CONNECTED) {
        send_tcp(target);
    } else if (event->kind == HOST_WRITABLE) {
        stream_out_credit(&target->out, target->zone->server->out, target->socket, event->credit);
    } else if (event->kind == HOST_BYTES) {
        received(target);
    } else if (event->kind == HOST_FINISHED) {
        give_up(target);
    } else if (event->kind == HOST_CONNECT_FAILED || event->kind == HOST_RESET) {
        target->socket = 0;
        give_up(target);
    }
}

void notify_event(struct notify_target *target)
{
    const struct host_event *event = target->zone->server->event;
    if (target->socket == 0 || event->socket != target->socket)
        return;
    if (target->tcp)
        tcp_event(target, event);
    else if (event->kind == HOST_UNREACHABLE && !target->zone->server->policy->notify_ignores_icmp)
        fail(target);
    else if (event->kind == HOST_DATAGRAM && address_equal(event->remote, &target->address))
        answered(target, event->bytes);
}
