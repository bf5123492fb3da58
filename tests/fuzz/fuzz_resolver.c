/*
 * A resolver fed by a list of events: each is an octet that says what happens, an
 * octet of size, and so many octets. Answers get the id and question of the query
 * they answer, so that what follows is looked at.
 */
#include <assert.h>

#include "nodes/dns/message.h"
#include "nodes/resolver.h"
#include "tests/support/node_driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum happening {
    QUESTION,
    RAW_QUESTION,
    ANSWER,
    RAW_ANSWER,
    TIME,
    ACCEPT,
    STREAM,
    CONNECT,
    LOSE,
    UNREACHABLE,
    HAPPENINGS
};

static struct node_driver driver;
static struct message message;

static void question(struct bytes part)
{
    static const uint8_t tail[] = "\7example\3com";
    struct address local = {.port = 53}, remote = {.ip = {[15] = 9}, .port = 5353};
    uint8_t name[NAME_SIZE_MAX], query[512];
    size_t label = part.size > 1 ? part.size - 1 : 0;
    if (label > NAME_LABEL_MAX)
        label = NAME_LABEL_MAX;
    memcpy(name, tail, sizeof tail);
    if (label > 0)
        name_prepend(bytes_of(part.data + 1, label), tail, name);
    uint16_t type = part.size > 0 ? part.data[0] : RR_A;
    size_t size = message_make_query(query, sizeof query, 1, FLAG_RD, name, type, 1232, false);
    driver_datagram(&driver, &local, &remote, bytes_of(query, size));
}

static void raw_question(struct bytes part)
{
    struct address local = {.port = 53}, remote = {.ip = {[15] = 9}, .port = 5353};
    driver_datagram(&driver, &local, &remote, part);
}

/* The query sent last from a socket that is still open. */
static const struct driver_output *last_query(enum host_action_kind kind)
{
    for (size_t i = driver.output_count; i-- > 0;) {
        const struct driver_output *output = &driver.outputs[i];
        if (output->kind == kind && output->remote.port == 53 &&
            driver.socket_list[output->socket].state != DRIVER_FREE)
            return output;
    }
    return NULL;
}

/* PART holds flags and counts (6 octets), then records. */
static size_t make_answer(struct bytes query, struct bytes part, uint8_t *out)
{
    if (message_parse(&message, query) != MESSAGE_OK || part.size < 6)
        return 0;
    memcpy(out, query.data, message.records_at);
    out[2] = part.data[0] | 0x80;
    out[3] = part.data[1];
    for (size_t i = 0; i < 3; i++)
        bytes_put_u16(out + 6 + 2 * i, part.data[2 + i] & 7);
    memcpy(out + message.records_at, part.data + 5, part.size - 5);
    return message.records_at + part.size - 5;
}

static void answer(struct bytes part, bool raw)
{
    uint8_t out[1024];
    const struct driver_output *query = last_query(HOST_DO_SEND);
    if (!query)
        return;
    struct address local = query->local, remote = query->remote;
    size_t size = raw ? 0 : make_answer(query->bytes, part, out);
    driver_datagram(&driver, &local, &remote, raw ? part : bytes_of(out, size));
}

static void stream(struct bytes part)
{
    for (uint32_t i = driver.socket_capacity > 0 ? (uint32_t)driver.socket_capacity : 1; i-- > 1;) {
        if (driver.socket_list[i].state != DRIVER_OPEN)
            continue;
        driver_bytes(&driver, i, part);
        return;
    }
}

static void connect(bool succeeds)
{
    const struct driver_output *output = last_query(HOST_DO_CONNECT);
    if (!output || driver.socket_list[output->socket].state != DRIVER_CONNECTING)
        return;
    if (succeeds)
        driver_connected(&driver, output->socket, 65536);
    else
        driver_connect_failed(&driver, output->socket, HOST_REFUSED);
}

static void unreachable(void)
{
    const struct driver_output *query = last_query(HOST_DO_SEND);
    if (!query)
        return;
    struct address remote = query->remote;
    driver_unreachable(&driver, query->socket, &remote);
}

static void happen(enum happening happening, struct bytes part)
{
    struct address local = {.port = 53}, remote = {.ip = {[15] = 9}, .port = 5353};
    switch (happening) {
    case QUESTION:
        question(part);
        break;
    case RAW_QUESTION:
        raw_question(part);
        break;
    case ANSWER:
    case RAW_ANSWER:
        answer(part, happening == RAW_ANSWER);
        break;
    case TIME:
        driver_advance(&driver, driver.now_ns + (int64_t)(part.size + 1) * 100 * NS_PER_MS);
        break;
    case ACCEPT:
        driver_accept(&driver, &local, &remote, 100 * part.size);
        break;
    case STREAM:
        stream(part);
        break;
    case CONNECT:
        connect(true);
        break;
    case LOSE:
        connect(false);
        break;
    case UNREACHABLE:
        unreachable();
        break;
    case HAPPENINGS:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct resolver_hint hint = {.name = name_root, .address = address_from_ipv4(0xc6290004, 53)};
    struct resolver_config config = {.hints = &hint, .hint_count = 1, .cache_size_max = 1 << 16};
    struct reader r = reader_of(data, size);
    config.software = (enum resolver_software)(reader_u8(&r) % RESOLVER_SOFTWARE_COUNT);
    config.ipv6 = reader_u8(&r) & 1;
    driver_create(&driver, &resolver_node, &config, NS_PER_S);
    while (reader_left(&r) > 0) {
        enum happening happening = (enum happening)(reader_u8(&r) % HAPPENINGS);
        size_t part_size = reader_u8(&r);
        if (part_size > reader_left(&r))
            part_size = reader_left(&r);
        happen(happening, bytes_of(reader_take(&r, part_size), part_size));
    }
    /* Whatever happened, everything is over in a while, and only listeners stay. */
    driver_advance(&driver, driver.now_ns + 7200 * NS_PER_S);
    for (uint32_t i = 1; i < driver.socket_capacity; i++)
        assert(driver.socket_list[i].state == DRIVER_FREE ||
               driver.socket_list[i].local.port == 53);
    driver_free(&driver);
    return 0;
}
