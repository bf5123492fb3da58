/*
 * Clients of a resolver: their questions over UDP, and over TCP with any number on
 * a connection, answered in the order in which answers are found (RFC 7766).
 */
#include "nodes/resolver_parts.h"

/* Questions that are not for resolving: meta types, and ANY as RFC 8482 allows. */
static bool is_resolvable(uint16_t qtype)
{
    return qtype != 0 && qtype != RR_OPT && (qtype < RR_TKEY || qtype > RR_ANY);
}

/* RCODE_NOERROR if the query may be looked at, or the refusal. */
static unsigned screen(const struct message *query)
{
    if (query->opcode != OPCODE_QUERY)
        return RCODE_NOTIMP;
    if (query->question_count != 1)
        return RCODE_FORMERR;
    if (query->edns.version > 0)
        return RCODE_BADVERS;
    if (query->qclass != CLASS_IN)
        return RCODE_REFUSED;
    return is_resolvable(query->qtype) ? RCODE_NOERROR : RCODE_NOTIMP;
}

/* QUERY is NULL if its question could not be read. */
static void refuse(struct turn *turn, const struct asker *asker, const struct message *query,
                   unsigned rcode)
{
    struct reply reply = {.asker = asker, .rcode = rcode};
    reply.opcode = turn->resolver->message.opcode;
    if (query && query->question_count == 1) {
        reply.qname = query->qname;
        reply.qtype = query->qtype;
        reply.qclass = query->qclass;
    }
    reply_send(turn, &reply);
}

static void query(struct turn *turn, struct asker *asker, struct bytes wire)
{
    struct message *message = &turn->resolver->message;
    enum message_error error = message_parse(message, wire);
    if (turn->resolver->config->work_ns > 0)
        outbox_charge(turn->out, turn->resolver->config->work_ns, HOST_FIRST);
    if (error == MESSAGE_SHORT || (message->flags & FLAG_QR))
        return;
    asker->id = message->id;
    asker->flags = message->flags & (FLAG_RD | FLAG_CD);
    asker->has_edns = message->edns.present;
    asker->dnssec_ok = message->edns.dnssec_ok;
    asker->udp_size = message->edns.present ? message->edns.udp_size : MESSAGE_UDP_PLAIN_MAX;
    if (error == MESSAGE_MALFORMED) { /* RFC 6891 section 7: an OPT even so */
        refuse(turn, asker, message->edns.present ? message : NULL, RCODE_FORMERR);
        return;
    }
    unsigned rcode = screen(message);
    if (rcode == RCODE_NOERROR)
        request_begin(turn, asker, message->qname, message->qtype);
    else
        refuse(turn, asker, message, rcode);
}

void client_datagram(struct turn *turn)
{
    struct asker asker = {.local = *turn->event->local, .remote = *turn->event->remote};
    query(turn, &asker, turn->event->bytes);
}

/* ---- connections ------------------------------------------------------------------------ */

static struct connection *take_connection(struct resolver *r)
{
    struct connection *c = r->free_connections;
    if (c)
        r->free_connections = c->older;
    else
        c = arena_alloc(r->arena, sizeof *c);
    *c = (struct connection){.endpoint = ENDPOINT_CONNECTION, .older = r->newest_connection};
    *(c->older ? &c->older->newer : &r->oldest_connection) = c;
    r->newest_connection = c;
    r->connection_count++;
    return c;
}

/* The socket is closed already, or about to be. */
static void give_connection(struct resolver *r, struct connection *c)
{
    request_forget_connection(r, c);
    deadlines_unset(&r->deadlines, &c->idle);
    stream_in_free(&c->in);
    stream_out_free(&c->out);
    *(c->newer ? &c->newer->older : &r->newest_connection) = c->older;
    *(c->older ? &c->older->newer : &r->oldest_connection) = c->newer;
    r->connection_count--;
    c->socket = 0;
    c->older = r->free_connections;
    r->free_connections = c;
}

void client_free_all(struct resolver *r)
{
    while (r->newest_connection)
        give_connection(r, r->newest_connection);
}

static void close_connection(struct turn *turn, struct connection *c)
{
    outbox_close(turn->out, c->socket);
    give_connection(turn->resolver, c);
}

static void set_idle(struct turn *turn, struct connection *c)
{
    deadlines_set(&turn->resolver->deadlines, &c->idle, turn->now_ns + RESOLVER_IDLE_NS);
}

void client_accepted(struct turn *turn)
{
    struct resolver *r = turn->resolver;
    if (r->connection_count >= RESOLVER_CONNECTIONS_MAX)
        close_connection(turn, r->oldest_connection);
    struct connection *c = take_connection(r);
    c->socket = turn->event->socket;
    c->local = *turn->event->local;
    c->remote = *turn->event->remote;
    c->idle.owner = c;
    c->idle.kind = DEADLINE_IDLE;
    c->out.credit = turn->event->credit;
    outbox_set_context(turn->out, c->socket, c);
    set_idle(turn, c);
}

static bool is_done(const struct connection *c)
{
    return c->finished && c->waiting == 0 && stream_out_is_empty(&c->out);
}

static void bytes(struct turn *turn, struct connection *c)
{
    struct bytes message;
    stream_in_add(&c->in, turn->event->bytes);
    while (stream_in_next(&c->in, &message)) {
        struct asker asker = {
            .connection = c, .local = c->local, .remote = c->remote, .is_stream = true};
        query(turn, &asker, message);
    }
    stream_in_consume(&c->in, turn->out, c->socket);
    if (c->out.size - c->out.start > RESOLVER_UNSENT_MAX) {
        outbox_abort(turn->out, c->socket);
        give_connection(turn->resolver, c);
        return;
    }
    set_idle(turn, c);
}

void client_connection_event(struct turn *turn, struct connection *c)
{
    const struct host_event *event = turn->event;
    if (c->socket != event->socket)
        return;
    if (event->kind == HOST_RESET) {
        give_connection(turn->resolver, c);
        return;
    }
    if (event->kind == HOST_BYTES)
        bytes(turn, c);
    else if (event->kind == HOST_WRITABLE)
        stream_out_credit(&c->out, turn->out, c->socket, event->credit);
    else if (event->kind == HOST_FINISHED)
        c->finished = true;
    if (c->socket != 0 && is_done(c))
        close_connection(turn, c);
}

void client_idle(struct turn *turn, struct connection *c)
{
    if (c->waiting > 0)
        set_idle(turn, c);
    else
        close_connection(turn, c);
}

void client_request_done(struct turn *turn, struct connection *c)
{
    c->waiting--;
    if (is_done(c))
        close_connection(turn, c);
    else
        set_idle(turn, c);
}
