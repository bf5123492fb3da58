/* One question to several servers at once, over UDP; over TCP to whoever truncates. */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/interop/ask.h"

enum { WAIT_MS = 1000, SENDS = 3 };

static int open_socket(const struct ask_server *server, int kind)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server->address.port)};
    struct timeval patience = {.tv_sec = 3};
    memcpy(&to.sin_addr, server->address.ip + 12, 4);
    int number = socket(AF_INET, kind, 0);
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (number >= 0 && connect(number, (struct sockaddr *)&to, sizeof to) == 0)
        return number;
    perror(server->name);
    close(number);
    return -1;
}

bool ask_server_open(struct ask_server *server)
{
    server->socket = open_socket(server, SOCK_DGRAM);
    return server->socket >= 0;
}

int ask_connect(const struct ask_server *server)
{
    return open_socket(server, SOCK_STREAM);
}

/* ---- TCP ------------------------------------------------------------------------------------- */

bool ask_read(int number, uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t some = read(number, data + at, size - at);
        if (some <= 0)
            return false;
        at += (size_t)some;
    }
    return true;
}

static void ask_tcp(struct arena *arena, const struct ask_server *server, struct bytes query,
                    struct ask_answer *answer)
{
    static uint8_t data[MESSAGE_SIZE_MAX];
    uint8_t framed[514], length[2];
    int number = ask_connect(server);
    if (number < 0)
        return;
    bytes_put_u16(framed, (uint16_t)query.size);
    memcpy(framed + 2, query.data, query.size);
    if (write(number, framed, query.size + 2) == (ssize_t)query.size + 2 &&
        ask_read(number, length, 2) && ask_read(number, data, bytes_get_u16(length))) {
        ask_answer_read(arena, bytes_of(data, bytes_get_u16(length)), answer);
        answer->truncated = true; /* it was, over UDP */
    }
    close(number);
}

/* ---- UDP ------------------------------------------------------------------------------------- */

static void receive(struct arena *arena, const struct ask_server *server, struct bytes query,
                    struct ask_answer *answer)
{
    static uint8_t data[MESSAGE_SIZE_MAX];
    ssize_t size = recv(server->socket, data, sizeof data, MSG_DONTWAIT);
    if (size > 2 && bytes_get_u16(data) == bytes_get_u16(query.data))
        ask_answer_read(arena, bytes_of(data, (size_t)size), answer);
}

static bool await_any(struct ask_server *servers, size_t count, const struct ask_answer *answers,
                      struct pollfd *polled)
{
    nfds_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        polled[i] =
            (struct pollfd){.fd = answers[i].received ? -1 : servers[i].socket, .events = POLLIN};
        waiting += !answers[i].received;
    }
    return waiting > 0 && poll(polled, count, WAIT_MS) > 0;
}

void ask_all(struct arena *arena, struct ask_server *servers, size_t count,
             const struct ask_question *question, struct ask_answer answers[ASK_SERVERS_MAX])
{
    static uint16_t id;
    uint8_t data[512];
    struct pollfd polled[ASK_SERVERS_MAX];
    size_t size = message_make_query(data, sizeof data, ++id, 0, question->name, question->type,
                                     question->udp_size, question->dnssec_ok);
    struct bytes query = bytes_of(data, size);
    memset(answers, 0, count * sizeof *answers);
    for (int sends = 0; sends < SENDS; sends++) {
        for (size_t i = 0; i < count; i++)
            if (!answers[i].received)
                (void)!send(servers[i].socket, data, size, 0);
        while (await_any(servers, count, answers, polled))
            for (size_t i = 0; i < count; i++)
                if (polled[i].revents)
                    receive(arena, &servers[i], query, &answers[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (answers[i].truncated)
            ask_tcp(arena, &servers[i], query, &answers[i]);
}
