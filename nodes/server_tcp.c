/*
 * Connections from clients (RFC 7766): messages are answered in the order in
 * which they come, as many as the client likes; a transfer holds up what is
 * behind it. A client that does not read is not read from.
 *
 *   OPEN --FIN--> DRAINING (answers what it has) --all sent--> closed
 */
#include "nodes/server_state.h"
#include "nodes/transfer_out.h"

#include <stdlib.h>

/* Each framed message is made here before it is written. */
enum { FRAME_SIZE = STREAM_PREFIX_SIZE + STREAM_MESSAGE_MAX };

struct server_connection {
    struct server_connection *previous, *next;
    struct socket_context context;
    struct deadline deadline;
    struct channel channel;
    struct address local, remote;
    struct transfer_out *transfer; /* being sent */
    int64_t transfer_ends_ns;      /* at the latest */
};

/* ---- begin and end ------------------------------------------------------------------------- */

static void unlink_connection(struct server *server, struct server_connection *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->connection_count--;
}

static void end_transfer(struct server *server, struct server_connection *connection)
{
    if (!connection->transfer)
        return;
    transfer_out_free(connection->transfer);
    connection->transfer = NULL;
    server->work.transfers_out--;
}

/* Forgets a connection whose socket is gone or has been closed. */
static void drop(struct server *server, struct server_connection *connection)
{
    deadlines_unset(&server->deadlines, &connection->deadline);
    unlink_connection(server, connection);
    channel_drop(&connection->channel);
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
    while (server->connections)
        drop(server, server->connections);
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

/* The one that has been idle longest; connections with a transfer are not idle. */
static struct server_connection *longest_idle(struct server *server)
{
    struct server_connection *found = NULL;
    for (struct server_connection *c = server->connections; c; c = c->next)
        if (!c->transfer && (!found || c->deadline.at_ns <= found->deadline.at_ns))
            found = c;
    return found;
}

/* Makes room for one more. */
static bool has_room(struct server *server)
{
    if (server->connection_count < server->policy->tcp_connections_max)
        return true;
    struct server_connection *idle = longest_idle(server);
    if (idle)
        close_connection(server, idle);
    return idle != NULL;
}

void server_tcp_accepted(struct server *server, bool tls)
{
    const struct host_event *event = server->event;
    if (event->kind != HOST_ACCEPTED)
        return;
    if (!has_room(server)) {
        outbox_abort(server->out, event->socket);
        return;
    }
    struct server_connection *connection = memory_zeroed(sizeof *connection);
    connection->context = (struct socket_context){SOCKET_CONNECTION, connection};
    connection->deadline = (struct deadline){.owner = connection, .kind = DEADLINE_CONNECTION};
    channel_begin(&connection->channel, event->socket, tls ? server_tls_accept(server) : NULL);
    channel_event(&connection->channel, server->out, event);
    connection->local = *event->local;
    connection->remote = *event->remote;
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    outbox_set_context(server->out, event->socket, &connection->context);
    touch(server, connection);
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
    enum message_error error = message_parse(&message, wire);
    server_charge_answer(server);
    if (error == MESSAGE_SHORT || (message.flags & FLAG_QR))
        return false;
    struct server_request request = {.message = &message,
                                     .local = &connection->local,
                                     .remote = &connection->remote,
                                     .tcp = true,
                                     .tls = connection->channel.tls != NULL};
    size_t size;
    if (error == MESSAGE_OK)
        server_check_signature(server, &request, &tsig);
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
}

/* Idle for too long: closed in order; one that takes nothing of what waits for it: cut off. */
void server_tcp_due(struct server *server, struct server_connection *connection)
{
    if (connection->transfer || !stream_out_is_empty(&connection->channel.out))
        abort_connection(server, connection);
    else
        close_connection(server, connection);
}
