/* Keys of TLS sessions, each once, and those that somebody can use (RFC 8446 section 4.1.2). */
#include "reports/keylog.h"

#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/table.h"

struct keylog {
    struct output *output;
    struct output_file *pcapng, *file; /* file NULL: no key yet */
    struct table told;                 /* by one end; the value is the key's own memory */
    struct table greetings;            /* in the captures: struct greeting by random */
};

enum {
    RANDOM_SIZE = 32,
    KEY_COUNT = 4,  /* of a session; each end tells them all */
    RANDOM_AT = 11, /* behind the heads of record and handshake, and the version */
    PROTOCOL_TCP = 6,
    IPV4_SIZE_MIN = 20,
    IPV6_SIZE = 40,
    TCP_SIZE_MIN = 20
};

/* Of a session whose keys are not all told yet. */
struct greeting {
    unsigned told;
    uint8_t random[RANDOM_SIZE];
};

struct keylog *keylog_create(struct output *output, struct output_file *pcapng)
{
    struct keylog *keylog = memory_zeroed(sizeof *keylog);
    keylog->output = output;
    keylog->pcapng = pcapng;
    return keylog;
}

/* ---- greetings ------------------------------------------------------------------------------ */

static struct bytes rest(struct bytes bytes, size_t size)
{
    return size > bytes.size ? (struct bytes){0} : bytes_of(bytes.data + size, bytes.size - size);
}

/* What the TCP segment in FRAME carries; empty: it carries nothing, or is none. */
static struct bytes tcp_payload(struct bytes frame)
{
    bool ipv6 = frame.size >= IPV6_SIZE && frame.data[0] >> 4 == 6;
    if (frame.size < IPV4_SIZE_MIN || frame.data[ipv6 ? 6 : 9] != PROTOCOL_TCP)
        return (struct bytes){0};
    struct bytes segment = rest(frame, ipv6 ? IPV6_SIZE : (frame.data[0] & 15) * 4u);
    return segment.size < TCP_SIZE_MIN ? (struct bytes){0}
                                       : rest(segment, (segment.data[12] >> 4) * 4u);
}

static bool is_client_hello(struct bytes payload)
{
    return payload.size >= RANDOM_AT + RANDOM_SIZE && payload.data[0] == 22 &&
           payload.data[1] == 3 && payload.data[5] == 1 && payload.data[9] == 3;
}

void keylog_frame(struct keylog *keylog, struct bytes frame)
{
    struct bytes payload = tcp_payload(frame);
    if (!is_client_hello(payload))
        return;
    struct bytes random = bytes_of(payload.data + RANDOM_AT, RANDOM_SIZE);
    if (table_get(&keylog->greetings, random))
        return;
    struct greeting *greeting = memory_zeroed(sizeof *greeting);
    memcpy(greeting->random, random.data, RANDOM_SIZE);
    table_put(&keylog->greetings, bytes_of(greeting->random, RANDOM_SIZE), greeting);
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* LINE is a label, the client's random numbers and the key, with a space between. */
static bool is_of_use(struct keylog *keylog, struct bytes line)
{
    const uint8_t *at = memchr(line.data, ' ', line.size);
    uint8_t random[RANDOM_SIZE];
    if (!at || (size_t)(line.data + line.size - at) < 1 + 2 * RANDOM_SIZE)
        return false;
    for (size_t i = 0; i < RANDOM_SIZE; i++) {
        int high = digit(at[1 + 2 * i]), low = digit(at[2 + 2 * i]);
        if (high < 0 || low < 0)
            return false;
        random[i] = (uint8_t)(high << 4 | low);
    }
    struct greeting *greeting = table_get(&keylog->greetings, bytes_of(random, sizeof random));
    if (greeting && ++greeting->told == 2 * KEY_COUNT)
        free(table_remove(&keylog->greetings, bytes_of(random, sizeof random)));
    return greeting != NULL;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* What both ends have told is forgotten: only the keys of sessions under way take memory. */
static bool is_known(struct keylog *keylog, struct bytes line)
{
    uint8_t *kept = table_remove(&keylog->told, line);
    if (kept) {
        free(kept);
        return true;
    }
    kept = memory_alloc(line.size);
    memcpy(kept, line.data, line.size);
    table_put(&keylog->told, bytes_of(kept, line.size), kept);
    return false;
}

void keylog_add(struct keylog *keylog, struct bytes line)
{
    if (!is_of_use(keylog, line) || is_known(keylog, line))
        return;
    if (!keylog->file)
        keylog->file = output_create(keylog->output, "capture/tls-keys.log", 0);
    output_write(keylog->file, line.data, line.size);
    output_write(keylog->file, "\n", 1);
    pcapng_secret(keylog->pcapng, line);
}

static void forget(struct table *table)
{
    for (size_t i = 0; i < table->used; i++)
        free(table->entries[i].value);
    table_free(table);
}

void keylog_finish(struct keylog *keylog)
{
    if (keylog->file)
        output_close(keylog->file, NULL, NULL);
    forget(&keylog->told);
    forget(&keylog->greetings);
    free(keylog);
}
