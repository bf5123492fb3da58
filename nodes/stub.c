/*
 * The stub. Each look-up has a socket of its own, from its first question to its
 * end; its answers arrive with the look-up as context.
 *
 *   ask --> wait --answer--> done          TC: ask again over TCP (stub_tcp below)
 *             |  --refused, failed, unreachable, time out--> ask the next
 *             '--no next--> done (failed or timed out)
 */
#include "nodes/stub.h"

#include <assert.h>
#include <stdlib.h>

#include "nodes/deadlines.h"
#include "nodes/dns/message.h"
#include "nodes/note.h"
#include "nodes/stream.h"

enum deadline_kind { DEADLINE_QUESTION, DEADLINE_LOOKUP };

struct lookup {
    struct lookup *next, *previous; /* in use or free */
    struct deadline deadline;
    int64_t started_ns;
    uint32_t socket;     /* UDP */
    uint32_t connection; /* TCP, 0: none */
    uint16_t id;
    uint16_t type;
    uint16_t sends; /* so far: which server is next follows from it */
    int16_t rcode;  /* of the last answer that was no use; -1: none came */
    uint32_t first; /* index of the first server */
    struct stream_in stream;
    uint8_t name[NAME_SIZE_MAX];
};

struct stub {
    const struct stub_config *config;
    struct deadlines deadlines;
    struct deadline question;
    struct lookup *in_use, *unused;
};

static void stub_init(void *state, const void *config, struct arena *arena)
{
    struct stub *stub = state;
    stub->config = config;
    stub->question.kind = DEADLINE_QUESTION;
    (void)arena;
}

/* ---- look-ups in use and free ------------------------------------------------------------ */

static struct lookup *take_lookup(struct stub *stub)
{
    struct lookup *lookup = stub->unused;
    if (lookup)
        stub->unused = lookup->next;
    else
        lookup = memory_alloc(sizeof *lookup);
    memset(lookup, 0, offsetof(struct lookup, name));
    lookup->next = stub->in_use;
    if (lookup->next)
        lookup->next->previous = lookup;
    stub->in_use = lookup;
    lookup->deadline.kind = DEADLINE_LOOKUP;
    lookup->deadline.owner = lookup;
    lookup->rcode = -1;
    return lookup;
}

static void give_lookup(struct stub *stub, struct lookup *lookup)
{
    if (lookup->previous)
        lookup->previous->next = lookup->next;
    else
        stub->in_use = lookup->next;
    if (lookup->next)
        lookup->next->previous = lookup->previous;
    stream_in_free(&lookup->stream);
    lookup->next = stub->unused;
    stub->unused = lookup;
}

static void stub_dispose(void *state)
{
    struct stub *stub = state;
    while (stub->in_use)
        give_lookup(stub, stub->in_use);
    while (stub->unused) {
        struct lookup *lookup = stub->unused;
        stub->unused = lookup->next;
        free(lookup);
    }
    deadlines_free(&stub->deadlines);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* Servers that one look-up goes through. */
static unsigned round_size(const struct stub *stub)
{
    size_t count = stub->config->server_count;
    return count < STUB_SERVERS_MAX ? (unsigned)count : STUB_SERVERS_MAX;
}

static const struct address *server_at(const struct stub *stub, const struct lookup *lookup,
                                       unsigned send)
{
    size_t place = lookup->first + send % round_size(stub);
    return &stub->config->servers[place % stub->config->server_count];
}

/* glibc 2.42, resolv/res_send.c: seconds = retrans << ns, shared among all but the first, in whole
 * seconds and at least one. */
static int64_t wait_ns(const struct stub *stub, unsigned send)
{
    unsigned place = send % round_size(stub);
    int64_t wait = stub->config->timeout_ns << place;
    if (place == 0)
        return wait;
    wait = wait / round_size(stub) / NS_PER_S * NS_PER_S;
    return wait > 0 ? wait : NS_PER_S;
}

static size_t make_question(const struct stub *stub, const struct lookup *lookup, uint8_t *data,
                            size_t capacity)
{
    uint16_t flags = stub->config->recursion_desired ? FLAG_RD : 0;
    return message_make_query(data, capacity, lookup->id, flags, lookup->name, lookup->type,
                              stub->config->edns_size, false);
}

static void ask(struct stub *stub, struct lookup *lookup, const struct host_event *event,
                struct outbox *out)
{
    unsigned send = lookup->sends++;
    uint8_t *data = outbox_send_begin(out, lookup->socket, NULL, server_at(stub, lookup, send),
                                      MESSAGE_UDP_PLAIN_MAX);
    outbox_send_end(out, make_question(stub, lookup, data, MESSAGE_UDP_PLAIN_MAX));
    deadlines_set(&stub->deadlines, &lookup->deadline, event->mono_ns + wait_ns(stub, send));
}

static void start_lookup(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    static const struct address any = {0};
    struct lookup *lookup = take_lookup(stub);
    const uint8_t *name =
        workload_draw(stub->config->workload, event->random, lookup->name, &lookup->type);
    if (name != lookup->name)
        name_copy(name, lookup->name);
    uint64_t luck = random_next(event->random);
    lookup->id = (uint16_t)luck;
    if (stub->config->any_server)
        lookup->first = (uint32_t)((luck >> 32) * stub->config->server_count >> 32);
    lookup->started_ns = event->mono_ns;
    lookup->socket = outbox_bind(out, &any, lookup);
    outbox_note(out, &(struct host_note){.kind = NOTE_LOOKUP_STARTED,
                                         .code = lookup->type,
                                         .name = bytes_of(lookup->name, name_size(lookup->name))});
    ask(stub, lookup, event, out);
}

static void plan_question(struct stub *stub, int64_t from_ns, const struct host_event *event)
{
    int64_t at_ns = from_ns + random_exponential_ns(event->random, stub->config->mean_gap_ns);
    deadlines_set(&stub->deadlines, &stub->question,
                  at_ns < stub->config->stop_ns ? at_ns : TIME_NEVER);
}

/* ---- ending -------------------------------------------------------------------------------- */

static enum note_lookup_outcome outcome_of(int rcode)
{
    switch (rcode) {
    case RCODE_NOERROR:
        return NOTE_LOOKUP_ANSWERED;
    case RCODE_NXDOMAIN:
        return NOTE_LOOKUP_NXDOMAIN;
    case RCODE_SERVFAIL:
        return NOTE_LOOKUP_SERVFAIL;
    case -1:
        return NOTE_LOOKUP_TIMEOUT;
    }
    return NOTE_LOOKUP_OTHER;
}

/* SERVER: who gave the answer that counts; NULL if none came. */
static void finish(struct stub *stub, struct lookup *lookup, int rcode,
                   const struct address *server, const struct host_event *event, struct outbox *out)
{
    struct host_note note = {
        .kind = NOTE_LOOKUP_FINISHED,
        .code = lookup->type,
        .serial = outcome_of(rcode),
        .name = bytes_of(lookup->name, name_size(lookup->name)),
        .values = {lookup->started_ns, event->mono_ns - lookup->started_ns, rcode, lookup->sends},
    };
    if (server)
        note.peer = *server;
    outbox_note(out, &note);
    outbox_close(out, lookup->socket);
    if (lookup->connection)
        outbox_close(out, lookup->connection);
    deadlines_unset(&stub->deadlines, &lookup->deadline);
    give_lookup(stub, lookup);
}

static void drop_connection(struct lookup *lookup, struct outbox *out)
{
    if (lookup->connection)
        outbox_close(out, lookup->connection);
    lookup->connection = 0;
    stream_in_free(&lookup->stream);
}

static void try_next(struct stub *stub, struct lookup *lookup, const struct host_event *event,
                     struct outbox *out)
{
    drop_connection(lookup, out);
    if (lookup->sends < stub->config->attempts * round_size(stub))
        ask(stub, lookup, event, out);
    else
        finish(stub, lookup, lookup->rcode, NULL, event, out);
}

/* ---- answers ------------------------------------------------------------------------------- */

static bool answers(const struct lookup *lookup, const struct message *message)
{
    return message->id == lookup->id && message->flags & FLAG_QR && message->question_count == 1 &&
           message->qtype == lookup->type && message->qclass == CLASS_IN &&
           name_equal(message->qname, lookup->name);
}

static bool was_asked(const struct stub *stub, const struct lookup *lookup,
                      const struct address *remote)
{
    unsigned asked = lookup->sends < round_size(stub) ? lookup->sends : round_size(stub);
    for (unsigned i = 0; i < asked; i++)
        if (address_equal(server_at(stub, lookup, i), remote))
            return true;
    return false;
}

static void ask_over_tcp(struct stub *stub, struct lookup *lookup, const struct address *server,
                         const struct host_event *event, struct outbox *out)
{
    if (lookup->connection)
        return; /* a second truncated answer to the same question */
    lookup->connection = outbox_connect(out, NULL, server, lookup);
    deadlines_set(&stub->deadlines, &lookup->deadline,
                  event->mono_ns + wait_ns(stub, (unsigned)lookup->sends - 1));
}

/* A message that answers the look-up. TCP: it came over it, and TC no longer matters. */
static void accept_answer(struct stub *stub, struct lookup *lookup, const struct message *message,
                          bool tcp, const struct host_event *event, struct outbox *out)
{
    bool useless = message->rcode == RCODE_SERVFAIL || message->rcode == RCODE_REFUSED ||
                   message->rcode == RCODE_NOTIMP;
    if (useless) {
        lookup->rcode = (int16_t)message->rcode;
        try_next(stub, lookup, event, out);
    } else if (message->flags & FLAG_TC && !tcp) {
        ask_over_tcp(stub, lookup, event->remote, event, out);
    } else {
        finish(stub, lookup, message->rcode, event->remote, event, out);
    }
}

static void take_datagram(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    struct lookup *lookup = event->context;
    struct message message;
    if (was_asked(stub, lookup, event->remote) &&
        message_parse(&message, event->bytes) == MESSAGE_OK && answers(lookup, &message))
        accept_answer(stub, lookup, &message, false, event, out);
}

static void send_on_stream(struct stub *stub, struct lookup *lookup, struct outbox *out)
{
    uint8_t data[STREAM_PREFIX_SIZE + MESSAGE_UDP_PLAIN_MAX];
    size_t size = make_question(stub, lookup, data + STREAM_PREFIX_SIZE, MESSAGE_UDP_PLAIN_MAX);
    bytes_put_u16(data, (uint16_t)size);
    outbox_write(out, lookup->connection, bytes_of(data, STREAM_PREFIX_SIZE + size));
}

static void take_stream(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    struct lookup *lookup = event->context;
    stream_in_add(&lookup->stream, event->bytes);
    stream_in_consume(&lookup->stream, out, event->socket);
    struct bytes wire;
    struct message message;
    if (!stream_in_next(&lookup->stream, &wire))
        return;
    if (message_parse(&message, wire) == MESSAGE_OK && answers(lookup, &message))
        accept_answer(stub, lookup, &message, true, event, out);
    else
        try_next(stub, lookup, event, out);
}

/* ---- the door ------------------------------------------------------------------------------ */

static void on_timer(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    deadlines_timer_fired(&stub->deadlines);
    struct deadline *due;
    while ((due = deadlines_due(&stub->deadlines, event->mono_ns))) {
        if (due->kind == DEADLINE_QUESTION) {
            start_lookup(stub, event, out);
            plan_question(stub, event->mono_ns, event);
        } else {
            try_next(stub, due->owner, event, out);
        }
    }
}

/* The socket is gone with these two: there is nothing to close. */
static void lost_connection(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    struct lookup *lookup = event->context;
    lookup->connection = 0;
    try_next(stub, lookup, event, out);
}

/* About an earlier question it changes nothing: another server is being waited for. */
static void unreachable(struct stub *stub, const struct host_event *event, struct outbox *out)
{
    struct lookup *lookup = event->context;
    if (!lookup->connection &&
        address_equal(server_at(stub, lookup, lookup->sends - 1u), event->remote))
        try_next(stub, lookup, event, out);
}

static void stub_handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct stub *stub = state;
    switch (event->kind) {
    case HOST_STARTED: {
        int64_t start_ns = stub->config->start_ns;
        plan_question(stub, event->mono_ns > start_ns ? event->mono_ns : start_ns, event);
        break;
    }
    case HOST_TIMER:
        on_timer(stub, event, out);
        break;
    case HOST_DATAGRAM:
        take_datagram(stub, event, out);
        break;
    case HOST_UNREACHABLE:
        unreachable(stub, event, out);
        break;
    case HOST_FINISHED:
        try_next(stub, event->context, event, out);
        break;
    case HOST_CONNECTED:
        send_on_stream(stub, event->context, out);
        break;
    case HOST_BYTES:
        take_stream(stub, event, out);
        break;
    case HOST_CONNECT_FAILED:
    case HOST_RESET:
        lost_connection(stub, event, out);
        break;
    case HOST_DISK:
    case HOST_ACCEPTED:
    case HOST_WRITABLE:
    case HOST_COMMAND:
    case HOST_STOPPING:
        break;
    }
    deadlines_set_timer(&stub->deadlines, out);
}

const struct node_type stub_node = {
    .name = "stub",
    .state_size = sizeof(struct stub),
    .init = stub_init,
    .handle = stub_handle,
    .dispose = stub_dispose,
};
