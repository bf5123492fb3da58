/*
 * Connections from clients (RFC 7766): messages are answered in the order in
 * which they come, as many as the client likes; a transfer holds up what is
 * behind it. A client that does not read is not read from. One for whom there is no room is kept
 * waiting, as in a listener's queue: what it sends is looked at when others have gone.
 *
 *   WAITING --room--> OPEN --FIN--> DRAINING (answers what it has) --all sent--> closed
 */
#include "nodes/server_state.h"
#include "nodes/transfer_out.h"

#include <stdlib.h>

/* Each framed message is made here before it is written. */
enum { FRAME_SIZE = STREAM_PREFIX_SIZE + STREAM_MESSAGE_MAX };

/* Linux queues as many by default (somaxconn). */
enum { WAITING_MAX = 4096 };

/* What all of them together may have said: who goes on beyond it is cut off. */
enum { EARLY_MAX = 16 << 20 };

/* What has come from a client that waits. */
struct early {
    struct stream_in bytes;
    size_t credit;
    bool finished;
};

struct server_connection {
    struct server_connection *previous, *next;
    struct socket_context context;
    struct deadline deadline;
    struct channel channel;
    struct address local, remote;
    struct transfer_out *transfer; /* being sent */
    int64_t transfer_ends_ns;      /* at the latest */
    bool tls;
    bool waits;
    struct early early;
};

/* ---- begin and end ------------------------------------------------------------------------- */

static struct server_connections *list_of(struct server *server,
                                          const struct server_connection *connection)
{
    return connection->waits ? &server->waiting : &server->connections;
}

static void link_last(struct server *server, struct server_connection *connection)
{
    struct server_connections *list = list_of(server, connection);
    connection->previous = list->last;
    connection->next = NULL;
    if (list->last)
        list->last->next = connection;
    else
        list->first = connection;
    list->last = connection;
    list->count++;
}

static void unlink_connection(struct server *server, struct server_connection *connection)
{
    struct server_connections *list = list_of(server, connection);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        list->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    else
        list->last = connection->previous;
    list->count--;
}

static void end_transfer(struct server *server, struct server_connection *connection)
{
    if (!connection->transfer)
        return;
    transfer_out_free(connection->transfer);
    connection->transfer = NULL;
    server->work.transfers_out--;
}

static void forget_early(struct server *server, struct early *early)
{
    server->early_octets -= early->bytes.size;
    stream_in_free(&early->bytes);
}

/* Forgets a connection whose socket is gone or has been closed. */
static void drop(struct server *server, struct server_connection *connection)
{
    deadlines_unset(&server->deadlines, &connection->deadline);
    unlink_connection(server, connection);
    channel_drop(&connection->channel);
    forget_early(server, &connection->early);
    end_transfer(server, connection);
    free(connection);
}

static void close_connection(struct server *server, struct server_connection *connection)
{
    channel_close(&connection->channel, server->out);
    drop(server, connection);
}

static void abort_connection(struct server *server, struct server_connection *connection)
{
    channel_abort(&connection->channel, server->out);
    drop(server, connection);
}

void server_tcp_dispose(struct server *server)
{
    while (server->waiting.first)
        drop(server, server->waiting.first);
    while (server->connections.first)
        drop(server, server->connections.first);
}

static void touch(struct server *server, struct server_connection *connection)
{
    int64_t limit_ns =
        connection->transfer ? server->policy->transfer_out_idle_ns : server->policy->tcp_idle_ns;
    int64_t at_ns = server->now_ns + limit_ns;
    if (connection->transfer && connection->transfer_ends_ns < at_ns)
        at_ns = connection->transfer_ends_ns;
    deadlines_set(&server->deadlines, &connection->deadline, at_ns);
}

/* ---- room for one more --------------------------------------------------------------------- */

static bool has_room(const struct server *server)
{
    return server->connections.count < server->policy->tcp_connections_max;
}

/* The one that has been idle longest, and for as long as another must wait; connections with a
 * transfer are not idle. */
static struct server_connection *longest_idle(struct server *server)
{
    int64_t at_ns = server->now_ns + server->policy->tcp_idle_ns - server->policy->tcp_wait_ns;
    struct server_connection *found = NULL;
    for (struct server_connection *c = server->connections.first; c; c = c->next)
        if (!c->transfer && c->deadline.at_ns <= at_ns &&
            (!found || c->deadline.at_ns < found->deadline.at_ns))
            found = c;
    return found;
}

static void work(struct server *server, struct server_connection *connection);

static void receive(struct server_connection *connection, struct outbox *out,
                    struct host_event *event, enum host_event_kind kind)
{
    event->kind = kind;
    channel_event(&connection->channel, out, event);
}

/* What the client has said while it waited comes now. */
static void begin(struct server *server, struct server_connection *connection)
{
    struct early early = connection->early;
    struct host_event event = *server->event;
    connection->waits = false;
    connection->early = (struct early){0};
    link_last(server, connection);
    channel_begin(&connection->channel, connection->channel.socket,
                  connection->tls ? server_tls_accept(server) : NULL);
    touch(server, connection);
    event.credit = early.credit;
    receive(connection, server->out, &event, HOST_ACCEPTED);
    if (early.bytes.size > 0) {
        event.bytes = bytes_of(early.bytes.data, early.bytes.size);
        receive(connection, server->out, &event, HOST_BYTES);
    }
    if (early.finished)
        receive(connection, server->out, &event, HOST_FINISHED);
    forget_early(server, &early);
    if (event.kind != HOST_ACCEPTED)
        work(server, connection);
}

static void admit_waiting(struct server *server)
{
    while (server->waiting.first && has_room(server)) {
        struct server_connection *connection = server->waiting.first;
        deadlines_unset(&server->deadlines, &connection->deadline);
        unlink_connection(server, connection);
        begin(server, connection);
    }
}

static void wait_for_room(struct server *server, struct server_connection *connection)
{
    if (server->policy->tcp_wait_ns != TIME_NEVER)
        deadlines_set(&server->deadlines, &connection->deadline,
                      server->now_ns + server->policy->tcp_wait_ns);
}

/* It has waited long enough for those who do nothing with their connection. */
static void make_room(struct server *server, struct server_connection *connection)
{
    struct server_connection *idle = longest_idle(server);
    wait_for_room(server, connection);
    if (idle)
        close_connection(server, idle);
}

static void keep_early(struct server *server, struct server_connection *connection,
                       struct bytes bytes)
{
    if (bytes.size > EARLY_MAX - server->early_octets) {
        abort_connection(server, connection);
        return;
    }
    stream_in_add(&connection->early.bytes, bytes);
    server->early_octets += bytes.size;
}

static void hear_early(struct server *server, struct server_connection *connection)
{
    const struct host_event *event = server->event;
    if (event->kind == HOST_BYTES)
        keep_early(server, connection, event->bytes);
    else if (event->kind == HOST_WRITABLE)
        connection->early.credit = event->credit;
    else if (event->kind == HOST_FINISHED)
        connection->early.finished = true;
    else if (event->kind == HOST_RESET)
        drop(server, connection);
}

void server_tcp_accepted(struct server *server, bool tls)
{
    const struct host_event *event = server->event;
    if (event->kind != HOST_ACCEPTED)
        return;
    if (server->waiting.count == WAITING_MAX) {
        outbox_abort(server->out, event->socket);
        return;
    }
    struct server_connection *connection = memory_zeroed(sizeof *connection);
    connection->context = (struct socket_context){SOCKET_CONNECTION, connection};
    connection->deadline = (struct deadline){.owner = connection, .kind = DEADLINE_CONNECTION};
    connection->channel.socket = event->socket;
    connection->early.credit = event->credit;
    connection->tls = tls;
    connection->local = *event->local;
    connection->remote = *event->remote;
    outbox_set_context(server->out, event->socket, &connection->context);
    if (has_room(server)) {
        begin(server, connection);
        return;
    }
    connection->waits = true;
    link_last(server, connection);
    wait_for_room(server, connection);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static void write_frame(struct server *server, struct server_connection *connection, uint8_t *frame,
                        size_t size)
{
    bytes_put_u16(frame, (uint16_t)size);
    channel_write(&connection->channel, server->out, bytes_of(frame, STREAM_PREFIX_SIZE + size));
}

/* Answers with an error or begins the transfer. */
static size_t open_transfer(struct server *server, struct server_connection *connection,
                            const struct server_request *request, uint8_t *data)
{
    unsigned rcode = transfer_out_open(server, request, &connection->transfer);
    server_query_note(server, request, rcode);
    if (rcode != RCODE_NOERROR)
        return server_query_error(request, rcode, data, STREAM_MESSAGE_MAX);
    int64_t total_ns = server->policy->transfer_out_total_ns;
    connection->transfer_ends_ns = total_ns == TIME_NEVER ? TIME_NEVER : server->now_ns + total_ns;
    server->work.transfers_out++;
    touch(server, connection);
    return 0;
}

/* False: the connection makes no sense any more. */
static bool answer(struct server *server, struct server_connection *connection, struct bytes wire)
{
    uint8_t frame[FRAME_SIZE];
    uint8_t *data = frame + STREAM_PREFIX_SIZE;
    struct message message;
    struct tsig tsig;
    const struct tls_session *tls = connection->channel.tls;
    enum message_error error = message_parse(&message, wire);
    server_charge_answer(server);
    if (error == MESSAGE_SHORT || (message.flags & FLAG_QR))
        return false;
    struct server_request request = {.message = &message,
                                     .local = &connection->local,
                                     .remote = &connection->remote,
                                     .tcp = true,
                                     .tls = tls != NULL,
                                     .alpn = tls && tls_session_has_protocol(tls)};
    size_t size;
    if (error == MESSAGE_OK)
        server_check_signature(server, &request, &tsig);
    request.padded = error == MESSAGE_OK && server_pads(server, &request);
    if (error == MESSAGE_MALFORMED)
        size = server_query_malformed(server, &request, data);
    else if (server_query_is_transfer(&message))
        size = open_transfer(server, connection, &request, data);
    else
        size = server_query_answer(server, &request, data, STREAM_MESSAGE_MAX);
    if (size > 0)
        write_frame(server, connection, frame, size);
    if (error == MESSAGE_OK && message.opcode == OPCODE_NOTIFY)
        notify_follow(server, &request);
    return true;
}

/* Writes messages of the transfer while the credit lasts. False: it can't go on. */
static bool send_transfer(struct server *server, struct server_connection *connection)
{
    uint8_t frame[FRAME_SIZE];
    struct transfer_out *transfer = connection->transfer;
    while (!transfer_out_is_complete(transfer) && channel_is_ready(&connection->channel)) {
        uint8_t *data = frame + STREAM_PREFIX_SIZE;
        size_t size =
            transfer_out_message(transfer, server, data, server->policy->transfer_message_size);
        if (size == 0) /* a single large record */
            size = transfer_out_message(transfer, server, data, STREAM_MESSAGE_MAX);
        if (size == 0)
            return false;
        server_charge_transfer(server, size);
        write_frame(server, connection, frame, size);
    }
    if (transfer_out_is_complete(transfer)) {
        transfer_out_served(transfer, server);
        end_transfer(server, connection);
        touch(server, connection);
    }
    return true;
}

static void note_failure(const struct server *server, const struct server_connection *connection)
{
    struct host_note note = {
        .kind = NOTE_TLS_FAILED, .peer = connection->remote, .text = connection->channel.failure};
    outbox_note(server->out, &note);
}

/* A client that gives up on TLS may say so by that alone. */
static void note_reset(const struct server *server, struct server_connection *connection)
{
    struct channel *channel = &connection->channel;
    if (!channel->tls || channel->open || channel->failure)
        return;
    channel->failure = CHANNEL_CUT_OFF;
    note_failure(server, connection);
}

/* Does what can be done now: sends, then reads on. */
static void work(struct server *server, struct server_connection *connection)
{
    struct channel *channel = &connection->channel;
    struct bytes wire;
    for (;;) {
        if (channel->failure) {
            note_failure(server, connection);
            close_connection(server, connection);
            return;
        }
        if (connection->transfer && !send_transfer(server, connection)) {
            abort_connection(server, connection);
            return;
        }
        if (connection->transfer || !stream_out_is_empty(&channel->out))
            return; /* until HOST_WRITABLE */
        if (!stream_in_next(&channel->in, &wire))
            break;
        touch(server, connection);
        if (!answer(server, connection, wire)) {
            abort_connection(server, connection);
            return;
        }
    }
    if (channel->finished)
        close_connection(server, connection);
    else
        channel_consume(channel, server->out);
}

/* ---- events -------------------------------------------------------------------------------------
 */

void server_tcp_event(struct server *server, struct server_connection *connection)
{
    const struct host_event *event = server->event;
    if (connection->waits) {
        hear_early(server, connection);
        return;
    }
    switch (event->kind) {
    case HOST_WRITABLE:
        touch(server, connection);
        /* fallthrough */
    case HOST_BYTES:
    case HOST_FINISHED:
        channel_event(&connection->channel, server->out, event);
        work(server, connection);
        break;
    case HOST_RESET:
        note_reset(server, connection);
        drop(server, connection);
        break;
    case HOST_DISK:
    case HOST_STARTED:
    case HOST_DATAGRAM:
    case HOST_UNREACHABLE:
    case HOST_ACCEPTED:
    case HOST_CONNECTED:
    case HOST_CONNECT_FAILED:
    case HOST_TIMER:
    case HOST_COMMAND:
    case HOST_STOPPING:
        break;
    }
    admit_waiting(server);
}

/* Idle for too long: closed in order; one that takes nothing of what waits for it: cut off. */
void server_tcp_due(struct server *server, struct server_connection *connection)
{
    if (connection->waits)
        make_room(server, connection);
    else if (connection->transfer || !stream_out_is_empty(&connection->channel.out))
        abort_connection(server, connection);
    else
        close_connection(server, connection);
    admit_waiting(server);
}
