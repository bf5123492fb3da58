/* Datagrams on real sockets. */
#include <stdlib.h>

#include "nodes/server.h"
#include "scenarios/live/internal.h"

enum { DATAGRAM_MAX = 65535 };

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char data[DATAGRAM_MAX + 1];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(data, sizeof data);
}

static void received(uv_udp_t *handle, ssize_t size, const uv_buf_t *buffer,
                     const struct sockaddr *from, unsigned flags)
{
    struct live_socket *socket = handle->data;
    if (size <= 0 || !from || flags & UV_UDP_PARTIAL || socket->number == 0)
        return;
    struct address remote = live_seen(socket->live, from);
    struct address local = live_own(socket->live, &remote, SERVER_PORT);
    live_deliver(socket->live, &(struct host_event){
                                   .kind = HOST_DATAGRAM,
                                   .socket = socket->number,
                                   .context = socket->context,
                                   .local = &local,
                                   .remote = &remote,
                                   .bytes = bytes_of(buffer->base, (size_t)size),
                               });
}

void live_udp_bind(struct live *live, const struct host_action *action)
{
    struct live_socket *socket = live_open(live, LIVE_UDP, action->socket, action->context);
    struct address local = live->options->listen;
    struct sockaddr_storage name;
    if (action->ends.local.port != SERVER_PORT)
        local.port = action->ends.local.port;
    live_sockaddr(&local, &name);
    uv_udp_init(&live->loop, &socket->udp);
    socket->handle.data = socket;
    int error = uv_udp_bind(&socket->udp, (struct sockaddr *)&name, 0);
    if (error == 0)
        error = uv_udp_recv_start(&socket->udp, give_buffer, received);
    if (error != 0)
        live_fail(live, "UDP", error);
}

/* A datagram that can't be sent now is a lost one. */
void live_udp_send(struct live *live, const struct host_action *action, struct bytes bytes)
{
    struct live_socket *socket = live_socket_of(live, action->socket);
    struct sockaddr_storage to;
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes.data, (unsigned)bytes.size);
    if (live_real(live, &action->ends.remote, &to))
        uv_udp_try_send(&socket->udp, &buffer, 1, (struct sockaddr *)&to);
}
