/* Fetches a zone by AXFR as fast as it comes, and drops it: only the end is looked for. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/interop/ask.h"

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct fetched {
    unsigned long records, octets;
    bool complete;
};

/* The last record is the SOA again (RFC 5936 section 2.2). */
static bool take_message(struct fetched *fetched, struct bytes bytes)
{
    static struct message_cursor cursor;
    struct message message;
    struct rr rr = {0};
    if (message_parse(&message, bytes) != MESSAGE_OK || message.rcode != RCODE_NOERROR)
        return false;
    message_cursor_start(&cursor, &message);
    while (message_next(&cursor, &rr) && cursor.section == SECTION_ANSWER) {
        fetched->complete = rr.type == RR_SOA && fetched->records > 0;
        fetched->records++;
    }
    fetched->octets += bytes.size;
    return true;
}

static bool receive(int number, struct fetched *fetched)
{
    static uint8_t data[MESSAGE_SIZE_MAX];
    uint8_t length[2];
    while (!fetched->complete)
        if (!ask_read(number, length, 2) || !ask_read(number, data, bytes_get_u16(length)) ||
            !take_message(fetched, bytes_of(data, bytes_get_u16(length))))
            return false;
    return true;
}

int ask_fetch(const struct ask_server *server, const char *zone)
{
    uint8_t name[NAME_SIZE_MAX], query[514];
    const char *error;
    struct fetched fetched = {0};
    int number = ask_connect(server);
    if (number < 0 || name_from_text(bytes_of_text(zone), NULL, name, &error) == 0)
        return 2;
    size_t size = message_make_query(query + 2, 512, 1, 0, name, RR_AXFR, ASK_EDNS_NONE, false);
    bytes_put_u16(query, (uint16_t)size);
    double begun_s = now_s();
    bool good = write(number, query, size + 2) == (ssize_t)size + 2 && receive(number, &fetched);
    double took_s = now_s() - begun_s;
    close(number);
    printf("%lu %lu %.6f\n", fetched.records, fetched.octets, took_s);
    return !good;
}
