/* Connections on real sockets: what the node writes waits in libuv, within its credit. Of those
 * that may write again, one has its turn each time around the loop, so that questions go before
 * transfers. */
#include <stdlib.h>

#include "nodes/server.h"
#include "scenarios/live/internal.h"

enum { BACKLOG = 128, READ_SIZE = 65536 };

static size_t credit_of(const struct live_socket *socket)
{
    return LIVE_SEND_BUFFER - socket->waiting;
}

/* Tells the node; it may let go of the socket in doing so. */
static void tell(struct live_socket *socket, struct host_event *event)
{
    if (socket->number == 0)
        return;
    struct address local = live_own(socket->live, &socket->remote, SERVER_PORT);
    event->socket = socket->number;
    event->context = socket->context;
    event->local = &local;
    event->remote = &socket->remote;
    live_deliver(socket->live, event);
}

/* The connection is gone: the node is told, its number is free. */
void live_tcp_lose(struct live_socket *socket, enum host_event_kind kind, enum host_failure failure)
{
    struct host_event event = {.kind = kind, .failure = failure};
    tell(socket, &event);
    live_let_go(socket);
    live_close_handle(socket);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char data[READ_SIZE];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(data, sizeof data);
}

static void received(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer);

void live_tcp_read(struct live_socket *socket, bool on)
{
    if (on == socket->reading || (on && socket->ended) || uv_is_closing(&socket->handle))
        return;
    socket->reading = on;
    if (on)
        uv_read_start(&socket->stream, give_buffer, received);
    else
        uv_read_stop(&socket->stream);
}

static void received(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
    struct live_socket *socket = handle->data;
    if (size > 0) {
        socket->unconsumed += (size_t)size;
        if (socket->unconsumed >= LIVE_RECEIVE_BUFFER)
            live_tcp_read(socket, false);
        tell(socket, &(struct host_event){.kind = HOST_BYTES,
                                          .bytes = bytes_of(buffer->base, (size_t)size)});
    } else if (size == UV_EOF) {
        socket->ended = true;
        live_tcp_read(socket, false);
        tell(socket, &(struct host_event){.kind = HOST_FINISHED});
    } else if (size < 0) {
        live_tcp_lose(socket, HOST_RESET, HOST_PEER_RESET);
    }
}

void live_tcp_consume(struct live_socket *socket, size_t size)
{
    socket->unconsumed -= size;
    if (socket->unconsumed < LIVE_RECEIVE_BUFFER)
        live_tcp_read(socket, true);
}

/* ---- opening ------------------------------------------------------------------------------- */

static void init(struct live *live, struct live_socket *socket)
{
    uv_tcp_init(&live->loop, &socket->tcp);
    uv_tcp_nodelay(&socket->tcp, 1);
    socket->handle.data = socket;
}

static void accepted(uv_stream_t *handle, int status)
{
    struct live_socket *listener = handle->data;
    struct live *live = listener->live;
    struct sockaddr_storage peer;
    int length = sizeof peer;
    if (status < 0 || listener->number == 0)
        return;
    uint32_t number = host_sockets_take(&live->numbers);
    struct live_socket *socket = live_open(live, LIVE_STREAM, number, listener->context);
    init(live, socket);
    if (uv_accept(handle, &socket->stream) != 0 ||
        uv_tcp_getpeername(&socket->tcp, (struct sockaddr *)&peer, &length) != 0) {
        live_let_go(socket);
        live_close_handle(socket);
        return;
    }
    socket->remote = live_seen(live, (struct sockaddr *)&peer);
    live_tcp_read(socket, true);
    tell(socket, &(struct host_event){.kind = HOST_ACCEPTED, .credit = credit_of(socket)});
}

void live_tcp_listen(struct live *live, const struct host_action *action)
{
    struct live_socket *socket = live_open(live, LIVE_LISTENER, action->socket, action->context);
    struct sockaddr_storage name;
    bool tls = action->ends.local.port == SERVER_TLS_PORT;
    init(live, socket);
    if (tls && live->options->listen_tls.port == 0)
        return; /* nobody can come */
    live_sockaddr(tls ? &live->options->listen_tls : &live->options->listen, &name);
    int error = uv_tcp_bind(&socket->tcp, (struct sockaddr *)&name, 0);
    if (error == 0)
        error = uv_listen(&socket->stream, BACKLOG, accepted);
    if (error != 0)
        live_fail(live, tls ? "TLS" : "TCP", error);
}

static void connected(uv_connect_t *request, int status)
{
    struct live_socket *socket = request->data;
    if (status == UV_ECANCELED)
        return; /* the node let go first */
    if (status < 0) {
        live_tcp_lose(socket, HOST_CONNECT_FAILED,
                      status == UV_ECONNREFUSED ? HOST_REFUSED : HOST_TIMED_OUT);
        return;
    }
    live_tcp_read(socket, true);
    tell(socket, &(struct host_event){.kind = HOST_CONNECTED, .credit = credit_of(socket)});
}

void live_tcp_connect(struct live *live, const struct host_action *action)
{
    struct live_socket *socket = live_open(live, LIVE_STREAM, action->socket, action->context);
    struct address local = live->options->listen;
    struct sockaddr_storage from, to;
    local.port = 0;
    live_sockaddr(&local, &from);
    init(live, socket);
    socket->remote = action->ends.remote;
    socket->connect.data = socket;
    if (!live_real(live, &action->ends.remote, &to) || from.ss_family != to.ss_family ||
        uv_tcp_bind(&socket->tcp, (struct sockaddr *)&from, 0) != 0 ||
        uv_tcp_connect(&socket->connect, &socket->tcp, (struct sockaddr *)&to, connected) != 0)
        live_defer_failure(live, socket); /* not from within the node's own actions */
}

/* ---- writing ------------------------------------------------------------------------------- */

struct writing {
    uv_write_t request;
    struct live_socket *socket;
    size_t size;
    char data[];
};

static void leave_turn(struct live_socket *socket)
{
    struct live *live = socket->live;
    if (!socket->in_turn)
        return;
    struct live_socket **at = &live->first_in_turn;
    while (*at != socket)
        at = &(*at)->next_in_turn;
    *at = socket->next_in_turn;
    if (live->last_in_turn == &socket->next_in_turn)
        live->last_in_turn = at;
    socket->in_turn = false;
}

static void take_turn(uv_idle_t *turn)
{
    struct live *live = turn->data;
    struct live_socket *socket = live->first_in_turn;
    if (!socket) {
        uv_idle_stop(turn);
        return;
    }
    leave_turn(socket);
    if (socket->finishing)
        return;
    socket->told_full = false;
    tell(socket, &(struct host_event){.kind = HOST_WRITABLE, .credit = credit_of(socket)});
}

static void wait_for_turn(struct live_socket *socket)
{
    struct live *live = socket->live;
    if (socket->in_turn)
        return;
    socket->in_turn = true;
    socket->next_in_turn = NULL;
    *live->last_in_turn = socket;
    live->last_in_turn = &socket->next_in_turn;
    uv_idle_start(&live->turn, take_turn);
}

static void written(uv_write_t *request, int status)
{
    struct writing *writing = (struct writing *)request;
    struct live_socket *socket = writing->socket;
    socket->waiting -= writing->size;
    free(writing);
    if (status < 0 && status != UV_ECANCELED && !socket->reading)
        live_tcp_lose(socket, HOST_RESET, HOST_PEER_RESET); /* else it comes to the reader too */
    if (status < 0 || socket->finishing || !socket->told_full)
        return;
    if (socket->waiting <= LIVE_SEND_BUFFER / 2)
        wait_for_turn(socket);
}

void live_tcp_write(struct live_socket *socket, struct bytes bytes)
{
    struct writing *writing = memory_alloc(sizeof *writing + bytes.size);
    writing->socket = socket;
    writing->size = bytes.size;
    memcpy(writing->data, bytes.data, bytes.size);
    socket->waiting += bytes.size;
    socket->told_full = true;
    uv_buf_t buffer = uv_buf_init(writing->data, (unsigned)bytes.size);
    if (uv_write(&writing->request, &socket->stream, &buffer, 1, written) != 0) {
        socket->waiting -= bytes.size;
        free(writing);
    }
}

/* ---- begin and end --------------------------------------------------------------------------- */

void live_tcp_init(struct live *live)
{
    uv_idle_init(&live->loop, &live->turn);
    live->turn.data = live;
    live->last_in_turn = &live->first_in_turn;
    live_close_init(live);
}

void live_tcp_forget(struct live_socket *socket)
{
    leave_turn(socket);
    live_close_forget(socket);
}
