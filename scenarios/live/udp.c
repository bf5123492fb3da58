/*
 * Datagrams on real sockets. That nobody listens at a port is told by ICMP; Linux keeps such
 * messages in a queue of the socket's (IP_RECVERR: ip(7)), with the address that was written to.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>

#include "nodes/server.h"
#include "scenarios/live/internal.h"

enum {
    DATAGRAM_MAX = 65535,
    ERRORS_AT_ONCE = 64,
    /* destination unreachable: the port (RFC 792, RFC 4443 section 3.1) */
    ICMP_TYPE = 3,
    ICMP_CODE = 3,
    ICMP6_TYPE = 1,
    ICMP6_CODE = 4,
};

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char data[DATAGRAM_MAX + 1];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(data, sizeof data);
}

/* From REAL or, as an ICMP message has it, in vain to it. */
static void tell(struct live_socket *socket, enum host_event_kind kind, const struct sockaddr *real,
                 struct bytes bytes)
{
    struct address remote = live_seen_again(socket->live, real, &socket->remote);
    struct address local = live_own(socket->live, &remote, SERVER_PORT);
    live_deliver(socket->live, &(struct host_event){
                                   .kind = kind,
                                   .socket = socket->number,
                                   .context = socket->context,
                                   .local = &local,
                                   .remote = &remote,
                                   .bytes = bytes,
                               });
}

/* ---- ports at which nobody listens -------------------------------------------------------------
 */

static bool is_port_unreachable(const struct sock_extended_err *error)
{
    if (error->ee_origin == SO_EE_ORIGIN_ICMP)
        return error->ee_type == ICMP_TYPE && error->ee_code == ICMP_CODE;
    return error->ee_origin == SO_EE_ORIGIN_ICMP6 && error->ee_type == ICMP6_TYPE &&
           error->ee_code == ICMP6_CODE;
}

static bool says_port_unreachable(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            return is_port_unreachable((const struct sock_extended_err *)CMSG_DATA(c));
    return false;
}

/* What is still there after so many is told of the next time around. */
static void tell_errors(struct live_socket *socket)
{
    uv_os_fd_t descriptor;
    socket->has_errors = false;
    if (uv_fileno(&socket->handle, &descriptor) != 0)
        return;
    for (int i = 0; i < ERRORS_AT_ONCE && socket->number != 0; i++) {
        union {
            struct cmsghdr align;
            char data[512];
        } control;
        struct sockaddr_storage to = {0};
        struct msghdr message = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        if (recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
        if (says_port_unreachable(&message))
            tell(socket, HOST_UNREACHABLE, (struct sockaddr *)&to, (struct bytes){0});
    }
}

/* ---- datagrams
 * -----------------------------------------------------------------------------------
 */

static void received(uv_udp_t *handle, ssize_t size, const uv_buf_t *buffer,
                     const struct sockaddr *from, unsigned flags)
{
    struct live_socket *socket = handle->data;
    if (socket->number != 0 && (size < 0 || (!from && socket->has_errors)))
        tell_errors(socket);
    if (size <= 0 || !from || flags & UV_UDP_PARTIAL || socket->number == 0)
        return;
    tell(socket, HOST_DATAGRAM, from, bytes_of(buffer->base, (size_t)size));
}

/* A socket for IPv6 hears of what it sends over IPv4 too. */
static void want_errors(const struct live_socket *socket)
{
    static const int on = 1;
    uv_os_fd_t descriptor;
    if (uv_fileno(&socket->handle, &descriptor) == 0)
        setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
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
    int error = uv_udp_bind(&socket->udp, (struct sockaddr *)&name, UV_UDP_LINUX_RECVERR);
    want_errors(socket);
    if (error == 0)
        error = uv_udp_recv_start(&socket->udp, give_buffer, received);
    if (error != 0 && action->ends.local.port == SERVER_PORT)
        live_fail(live, "UDP", error);
    else if (error != 0) /* as if all that is sent were lost */
        live_say(live, "no socket to ask from: %s", uv_strerror(error));
}

/* A datagram that can't be sent now is a lost one. But any call tells of what failed before: what
 * ICMP said, be it of a port, a host or a network, and of whomever. As long as that is in the
 * queue, libuv is woken again and again. */
void live_udp_send(struct live *live, const struct host_action *action, struct bytes bytes)
{
    struct live_socket *socket = live_socket_of(live, action->socket);
    struct sockaddr_storage to;
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes.data, (unsigned)bytes.size);
    if (!live_real(live, &action->ends.remote, &to))
        return;
    socket->remote = action->ends.remote;
    int sent = uv_udp_try_send(&socket->udp, &buffer, 1, (struct sockaddr *)&to);
    if (sent >= 0 || sent == UV_EAGAIN)
        return;
    socket->has_errors = true;
    uv_udp_try_send(&socket->udp, &buffer, 1, (struct sockaddr *)&to);
}
