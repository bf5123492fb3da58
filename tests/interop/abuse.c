/* Clients as nobody wants them, all at once and held open: what they send is junk, stops in the
 * middle, is not read, or ends half closed. A half-closed one that asked must be answered. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "sim/base/random.h"
#include "tests/interop/ask.h"

enum { HALF_CLOSED = 20, ROUNDS = 3, AXFRS = 8 };

enum abuse { JUNK, HALF_A_LENGTH, HALF_A_QUERY, NOTHING, RESET, UNREAD, LONG_JUNK, ABUSES };

static size_t write_axfr(const uint8_t *zone, uint8_t data[514])
{
    size_t size = message_make_query(data + 2, 512, 7, 0, zone, RR_AXFR, ASK_EDNS_NONE, false);
    bytes_put_u16(data, (uint16_t)size);
    return size + 2;
}

static void send_all(int number, const uint8_t *data, size_t size)
{
    (void)!send(number, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_junk(int number, struct random *random, size_t size)
{
    static uint8_t data[100000];
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)random_next(random);
    send_all(number, data, size);
}

static void abuse(int number, enum abuse kind, const uint8_t *zone, struct random *random)
{
    static const struct linger at_once = {.l_onoff = 1};
    uint8_t axfr[514];
    size_t size = write_axfr(zone, axfr);
    switch (kind) {
    case JUNK:
        send_junk(number, random, 1 + random_next(random) % 600);
        break;
    case HALF_A_LENGTH:
        send_all(number, axfr, 1);
        break;
    case HALF_A_QUERY:
        send_all(number, axfr, size / 2);
        break;
    case NOTHING:
        break;
    case RESET:
        send_all(number, axfr, size);
        setsockopt(number, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        break;
    case UNREAD:
        for (int i = 0; i < AXFRS; i++)
            send_all(number, axfr, size);
        break;
    case LONG_JUNK:
        send_junk(number, random, 100000);
        break;
    case ABUSES:
        break;
    }
    if (random_next(random) % 4 == 0)
        shutdown(number, SHUT_WR);
}

/* A question and no more to say: the answer comes all the same (docs/differences.md). */
static bool is_answered_half_closed(const struct ask_server *server, const uint8_t *zone)
{
    static const struct timeval patience = {.tv_sec = 20};
    uint8_t query[514], answer[2];
    size_t size = message_make_query(query + 2, 512, 8, 0, zone, RR_SOA, ASK_EDNS_NONE, false);
    int number = ask_connect(server);
    if (number < 0)
        return false;
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bytes_put_u16(query, (uint16_t)size);
    send_all(number, query, size + 2);
    shutdown(number, SHUT_WR);
    bool answered = ask_read(number, answer, 2);
    close(number);
    return answered;
}

int ask_abuse(const struct ask_server *server, const char *zone, size_t count)
{
    uint8_t name[NAME_SIZE_MAX];
    const char *error;
    struct random random = {.key = 1};
    int *numbers = memory_zeroed(count * sizeof *numbers);
    size_t unanswered = 0;
    if (name_from_text(bytes_of_text(zone), NULL, name, &error) == 0)
        return 2;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            numbers[i] = ask_connect(server);
            if (numbers[i] >= 0)
                abuse(numbers[i], (enum abuse)(i % ABUSES), name, &random);
        }
        for (int i = 0; i < HALF_CLOSED; i++)
            unanswered += !is_answered_half_closed(server, name);
        for (size_t i = 0; i < count; i++)
            close(numbers[i]);
    }
    free(numbers);
    printf("%zu of %d that asked and half closed got no answer\n", unanswered,
           ROUNDS * HALF_CLOSED);
    return unanswered > 0;
}

int ask_hold(const struct ask_server *server, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ask_connect(server);
    puts("held");
    fflush(stdout);
    pause();
    return 0;
}
