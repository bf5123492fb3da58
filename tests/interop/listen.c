/* The scripted primary on real sockets: two addresses, UDP and TCP, for some seconds. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/address.h"
#include "tests/interop/play.h"

enum { CONNECTIONS_MAX = 64, FIXED = 2 * PLAY_ADDRESSES };

struct connection {
    size_t address;
    size_t size;
    uint8_t data[2 + 4096];
};

/* Of the sockets, the first are for datagrams, then come listeners, then connections. */
struct listener {
    struct play play;
    struct pollfd sockets[FIXED + CONNECTIONS_MAX];
    struct connection connections[CONNECTIONS_MAX];
    struct sockaddr_in server;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool place(struct sockaddr_in *out, const char *text, const char *port)
{
    struct address address;
    if (!address_parse(text, &address))
        return false;
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    memcpy(&out->sin_addr, address.ip + 12, 4);
    return true;
}

static bool open_sockets(struct listener *listener, size_t i, const struct sockaddr_in *at)
{
    int yes = 1;
    for (size_t n = i; n < FIXED; n += PLAY_ADDRESSES) {
        int number = socket(AF_INET, n < PLAY_ADDRESSES ? SOCK_DGRAM : SOCK_STREAM, 0);
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(number, (const struct sockaddr *)at, sizeof *at) != 0 ||
            (n >= PLAY_ADDRESSES && listen(number, CONNECTIONS_MAX) != 0)) {
            perror("bind");
            return false;
        }
        listener->sockets[n] = (struct pollfd){.fd = number, .events = POLLIN};
    }
    return true;
}

static void keep(const struct play_entry *entry, int64_t start_ns)
{
    printf("%lld %s %zu %s\n", (long long)(entry->at_ns - start_ns), play_cases[entry->number].zone,
           entry->address, entry->what);
    fflush(stdout);
}

static void take_datagram(struct listener *listener, size_t i, int64_t start_ns)
{
    uint8_t data[4096], answer[PLAY_ANSWER_MAX];
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    struct play_entry entry = {.at_ns = now_ns(), .address = i};
    size_t size;
    ssize_t got = recvfrom(listener->sockets[i].fd, data, sizeof data, 0, (struct sockaddr *)&from,
                           &from_size);
    if (got <= 0 ||
        !play_hear(&listener->play, bytes_of(data, (size_t)got), false, &entry, answer, &size))
        return;
    keep(&entry, start_ns);
    if (size > 0)
        sendto(listener->sockets[i].fd, answer, size, 0, (struct sockaddr *)&from, from_size);
}

static void take_connection(struct listener *listener, size_t i)
{
    int number = accept(listener->sockets[PLAY_ADDRESSES + i].fd, NULL, NULL);
    for (size_t n = 0; number >= 0 && n < CONNECTIONS_MAX; n++)
        if (listener->sockets[FIXED + n].fd < 0) {
            listener->sockets[FIXED + n] = (struct pollfd){.fd = number, .events = POLLIN};
            listener->connections[n].address = i;
            listener->connections[n].size = 0;
            return;
        }
    if (number >= 0)
        close(number);
}

/* Takes a whole message from the beginning of what has come, and answers it. */
static bool take_message(struct listener *listener, size_t n, int64_t start_ns)
{
    struct connection *connection = &listener->connections[n];
    size_t length = connection->size < 2 ? 0 : bytes_get_u16(connection->data);
    uint8_t answer[2 + PLAY_ANSWER_MAX];
    struct play_entry entry = {.at_ns = now_ns(), .address = connection->address};
    size_t size;
    if (connection->size < 2 || connection->size < 2 + length)
        return false;
    if (play_hear(&listener->play, bytes_of(connection->data + 2, length), true, &entry, answer + 2,
                  &size))
        keep(&entry, start_ns);
    bytes_put_u16(answer, (uint16_t)size);
    if (size > 0)
        send(listener->sockets[FIXED + n].fd, answer, 2 + size, MSG_NOSIGNAL);
    connection->size -= 2 + length;
    memmove(connection->data, connection->data + 2 + length, connection->size);
    return true;
}

static void take_octets(struct listener *listener, size_t n, int64_t start_ns)
{
    struct connection *connection = &listener->connections[n];
    struct pollfd *socket = &listener->sockets[FIXED + n];
    ssize_t got = read(socket->fd, connection->data + connection->size,
                       sizeof connection->data - connection->size);
    if (got <= 0) {
        close(socket->fd);
        socket->fd = -1;
        return;
    }
    connection->size += (size_t)got;
    while (take_message(listener, n, start_ns))
        ;
}

static void tell_if_due(struct listener *listener)
{
    uint8_t data[PLAY_ANSWER_MAX];
    if (now_ns() < listener->play.tells_ns)
        return;
    size_t size = play_tell(&listener->play, data);
    sendto(listener->sockets[1].fd, data, size, 0, (const struct sockaddr *)&listener->server,
           sizeof listener->server);
}

static void run(struct listener *listener, int64_t length_ns)
{
    int64_t start_ns = now_ns();
    while (now_ns() < start_ns + length_ns) {
        poll(listener->sockets, FIXED + CONNECTIONS_MAX, 50);
        tell_if_due(listener);
        for (size_t i = 0; i < FIXED + CONNECTIONS_MAX; i++) {
            if (!(listener->sockets[i].revents & (POLLIN | POLLHUP | POLLERR)))
                continue;
            listener->sockets[i].revents = 0;
            if (i < PLAY_ADDRESSES)
                take_datagram(listener, i, start_ns);
            else if (i < FIXED)
                take_connection(listener, i - PLAY_ADDRESSES);
            else
                take_octets(listener, i - FIXED, start_ns);
        }
    }
    printf("%lld end\n", (long long)(now_ns() - start_ns));
}

int play_listen(int argc, char **argv)
{
    static struct listener listener;
    struct sockaddr_in own;
    if (argc < 3 + PLAY_ADDRESSES || !place(&listener.server, argv[2], argv[1]))
        return 2;
    for (size_t n = 0; n < CONNECTIONS_MAX; n++)
        listener.sockets[FIXED + n].fd = -1;
    for (size_t i = 0; i < PLAY_ADDRESSES; i++)
        if (!place(&own, argv[3 + i], argv[1]) || !open_sockets(&listener, i, &own))
            return 2;
    play_begin(&listener.play, argc > 3 + PLAY_ADDRESSES);
    run(&listener, atoi(argv[0]) * NS_PER_S);
    play_end(&listener.play);
    return 0;
}
