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

/* Only what answers this query counts. */
static void take(struct arena *arena, struct bytes query, struct bytes bytes,
                 struct ask_answer *answer)
{
    size_t end = MESSAGE_HEADER_SIZE + name_size(query.data + MESSAGE_HEADER_SIZE) + 4;
    if (bytes.size < 2 || bytes_get_u16(bytes.data) != bytes_get_u16(query.data))
        return;
    ask_answer_read(arena, bytes, answer);
    answer->echoed = bytes.size >= end &&
                     memcmp(bytes.data + MESSAGE_HEADER_SIZE, query.data + MESSAGE_HEADER_SIZE,
                            end - MESSAGE_HEADER_SIZE) == 0;
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

/* FALLBACK: the answer over UDP was truncated, and goes on to say so. */
static void ask_tcp(struct arena *arena, const struct ask_server *server, struct bytes query,
                    bool fallback, struct ask_answer *answer)
{
    static uint8_t data[MESSAGE_SIZE_MAX];
    uint8_t framed[ASK_QUERY_MAX + 2], length[2];
    int number = ask_connect(server);
    size_t size = answer->size;
    answer->received = false;
    if (number < 0)
        return;
    bytes_put_u16(framed, (uint16_t)query.size);
    memcpy(framed + 2, query.data, query.size);
    if (write(number, framed, query.size + 2) == (ssize_t)query.size + 2 &&
        ask_read(number, length, 2) && ask_read(number, data, bytes_get_u16(length)))
        take(arena, query, bytes_of(data, bytes_get_u16(length)), answer);
    if (fallback) {
        answer->truncated = true;
        answer->size = size;
    }
    close(number);
}

/* ---- UDP ------------------------------------------------------------------------------------- */

static void receive(struct arena *arena, const struct ask_server *server, struct bytes query,
                    struct ask_answer *answer)
{
    static uint8_t data[MESSAGE_SIZE_MAX];
    ssize_t size = recv(server->socket, data, sizeof data, MSG_DONTWAIT);
    if (size > 0)
        take(arena, query, bytes_of(data, (size_t)size), answer);
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

static void ask_udp(struct arena *arena, struct ask_server *servers, size_t count,
                    struct bytes query, struct ask_answer answers[ASK_SERVERS_MAX])
{
    struct pollfd polled[ASK_SERVERS_MAX];
    for (int sends = 0; sends < SENDS; sends++) {
        for (size_t i = 0; i < count; i++)
            if (!answers[i].received)
                (void)!send(servers[i].socket, query.data, query.size, 0);
        while (await_any(servers, count, answers, polled))
            for (size_t i = 0; i < count; i++)
                if (polled[i].revents)
                    receive(arena, &servers[i], query, &answers[i]);
    }
}

void ask_all(struct arena *arena, struct ask_server *servers, size_t count,
             const struct ask_question *question, struct ask_answer answers[ASK_SERVERS_MAX])
{
    static uint16_t id;
    uint8_t data[ASK_QUERY_MAX];
    struct bytes query = bytes_of(data, ask_query_write(question, ++id, data));
    memset(answers, 0, count * sizeof *answers);
    if (!question->tcp)
        ask_udp(arena, servers, count, query, answers);
    for (size_t i = 0; i < count; i++)
        if (question->tcp || answers[i].truncated)
            ask_tcp(arena, &servers[i], query, !question->tcp, &answers[i]);
}
