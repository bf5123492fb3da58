/*
 * One query to one server: from an ephemeral port of its own, with an id of its own
 * (RFC 5452), over UDP first and over TCP if the answer was truncated (RFC 7766).
 * Only what matches address, port, id and question is taken for its answer.
 */
#include "nodes/resolver_parts.h"

enum { QUERY_SIZE_MAX = MESSAGE_HEADER_SIZE + NAME_SIZE_MAX + 4 + MESSAGE_OPT_SIZE };

void upstream_note(struct turn *turn, const struct lookup *lookup, enum note_kind kind,
                   uint32_t rcode, int64_t value)
{
    const struct host_note note = {
        .kind = (uint16_t)kind,
        .serial = rcode,
        .values = {value},
        .peer = lookup->round.choices[lookup->upstream.choice].server->address,
    };
    outbox_note(turn->out, &note);
}

static const struct address *server_address(const struct lookup *lookup)
{
    return &lookup->round.choices[lookup->upstream.choice].server->address;
}

static size_t make_query(struct turn *turn, struct lookup *lookup, uint8_t *data)
{
    struct upstream *upstream = &lookup->upstream;
    upstream->id = (uint16_t)random_next(turn->event->random);
    upstream->with_edns = !lookup->round.choices[upstream->choice].server->edns_refused;
    return message_make_query(data, QUERY_SIZE_MAX, upstream->id, 0, lookup->name, lookup->type,
                              upstream->with_edns ? MESSAGE_UDP_EDNS_MAX : 0,
                              upstream->with_edns && turn->resolver->config->dnssec_ok);
}

static void begin(struct turn *turn, struct lookup *lookup, bool over_tcp, int64_t wait_ns)
{
    lookup->sends++;
    lookup->work->sends++;
    lookup->upstream.sent_ns = turn->now_ns;
    deadlines_set(&turn->resolver->deadlines, &lookup->answer_deadline, turn->now_ns + wait_ns);
    upstream_note(turn, lookup, NOTE_UPSTREAM_SENT, 0, over_tcp);
}

void upstream_ask(struct turn *turn, struct lookup *lookup, size_t choice)
{
    struct upstream *upstream = &lookup->upstream;
    const struct address any = {0};
    upstream->choice = choice;
    upstream->socket = outbox_bind(turn->out, &any, upstream);
    uint8_t *data = outbox_send_begin(turn->out, upstream->socket, NULL, server_address(lookup),
                                      QUERY_SIZE_MAX);
    outbox_send_end(turn->out, make_query(turn, lookup, data));
    lookup->state = LOOKUP_ASKING;
    begin(turn, lookup, false, lookup->round.choices[choice].wait_ns);
}

void upstream_ask_over_tcp(struct turn *turn, struct lookup *lookup)
{
    upstream_end(turn, lookup);
    struct upstream *upstream = &lookup->upstream;
    upstream->socket = outbox_connect(turn->out, NULL, server_address(lookup), upstream);
    lookup->state = LOOKUP_CONNECTING;
    begin(turn, lookup, true, turn->resolver->policy->tcp_wait_ns);
}

void upstream_end(struct turn *turn, struct lookup *lookup)
{
    struct upstream *upstream = &lookup->upstream;
    if (upstream->socket)
        outbox_close(turn->out, upstream->socket);
    upstream->socket = 0;
    stream_in_free(&upstream->in);
    stream_out_free(&upstream->out);
    deadlines_unset(&turn->resolver->deadlines, &lookup->answer_deadline);
    lookup->state = LOOKUP_IDLE;
}

/* ---- what comes back -------------------------------------------------------------------- */

/* A server that could not read the query may leave the question out. */
static bool may_lack_question(const struct message *message)
{
    return message->rcode != RCODE_NOERROR && message->rcode != RCODE_NXDOMAIN;
}

static bool answers(const struct message *message, const struct lookup *lookup)
{
    if (!(message->flags & FLAG_QR) || message->opcode != OPCODE_QUERY ||
        message->id != lookup->upstream.id)
        return false;
    if (message->question_count == 0)
        return may_lack_question(message);
    return message->qtype == lookup->type && message->qclass == CLASS_IN &&
           name_equal(message->qname, lookup->name);
}

/* True if WIRE was the answer, good or bad: the query is not in flight any more. */
static bool take(struct turn *turn, struct lookup *lookup, struct bytes wire)
{
    struct message *message = &turn->resolver->message;
    enum message_error error = message_parse(message, wire);
    if (error == MESSAGE_SHORT)
        return false;
    if (error == MESSAGE_MALFORMED) {
        /* What follows the header can't be held against the question: a broken answer of the
         * server itself is all that the id lets it be. */
        if (message->id != lookup->upstream.id || !(message->flags & FLAG_QR))
            return false;
        message->rcode &= 15;
    } else if (!answers(message, lookup)) {
        return false;
    }
    lookup_response(turn, lookup, message, error == MESSAGE_MALFORMED);
    return true;
}

static void connected(struct turn *turn, struct lookup *lookup)
{
    struct upstream *upstream = &lookup->upstream;
    uint8_t query[STREAM_PREFIX_SIZE + QUERY_SIZE_MAX];
    size_t size = make_query(turn, lookup, query + STREAM_PREFIX_SIZE);
    bytes_put_u16(query, (uint16_t)size);
    lookup->state = LOOKUP_ASKING_TCP;
    stream_out_credit(&upstream->out, turn->out, upstream->socket, turn->event->credit);
    stream_out_write(&upstream->out, turn->out, upstream->socket,
                     bytes_of(query, STREAM_PREFIX_SIZE + size));
}

static void bytes(struct turn *turn, struct lookup *lookup)
{
    struct upstream *upstream = &lookup->upstream;
    struct bytes message;
    stream_in_add(&upstream->in, turn->event->bytes);
    stream_in_consume(&upstream->in, turn->out, upstream->socket);
    while (stream_in_next(&upstream->in, &message))
        if (take(turn, lookup, message))
            return;
}

/* The host has taken the socket away already. */
static void lost(struct turn *turn, struct lookup *lookup)
{
    lookup->upstream.socket = 0;
    lookup_no_response(turn, lookup, true);
}

static void udp_event(struct turn *turn, struct lookup *lookup)
{
    const struct host_event *event = turn->event;
    if (!address_equal(event->remote, server_address(lookup)))
        return;
    if (event->kind == HOST_DATAGRAM)
        take(turn, lookup, event->bytes);
    else if (event->kind == HOST_UNREACHABLE)
        lookup_no_response(turn, lookup, true);
}

static void tcp_event(struct turn *turn, struct lookup *lookup)
{
    enum host_event_kind kind = turn->event->kind;
    struct upstream *upstream = &lookup->upstream;
    if (kind == HOST_CONNECTED)
        connected(turn, lookup);
    else if (kind == HOST_CONNECT_FAILED || kind == HOST_RESET)
        lost(turn, lookup);
    else if (kind == HOST_BYTES)
        bytes(turn, lookup);
    else if (kind == HOST_WRITABLE)
        stream_out_credit(&upstream->out, turn->out, upstream->socket, turn->event->credit);
    else if (kind == HOST_FINISHED)
        lookup_no_response(turn, lookup, true);
}

void upstream_event(struct turn *turn, struct upstream *upstream)
{
    struct lookup *lookup = upstream->lookup;
    if (upstream->socket == 0 || upstream->socket != turn->event->socket)
        return;
    switch (lookup->state) {
    case LOOKUP_ASKING:
        udp_event(turn, lookup);
        break;
    case LOOKUP_CONNECTING:
    case LOOKUP_ASKING_TCP:
        tcp_event(turn, lookup);
        break;
    case LOOKUP_IDLE:
    case LOOKUP_DONE:
        break;
    }
}
