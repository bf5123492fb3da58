/*
 * Replies to clients: the chain of RRsets, the SOA of a negative answer with what
 * is left of its time (RFC 2308 section 6), truncation at whole RRsets.
 */
#include "nodes/resolver_parts.h"

/* All of the entry's records or none. */
static bool write_entry(struct message_writer *w, enum message_section section,
                        const uint8_t *owner, const struct cache_entry *entry, int64_t now_ns)
{
    struct message_mark mark = message_mark(w);
    struct rr rr = {.owner = owner,
                    .type = entry->kind == CACHE_RRSET ? entry->type : RR_SOA,
                    .class = CLASS_IN,
                    .ttl = cache_entry_ttl(entry, now_ns)};
    size_t at = 0;
    while (cache_entry_next(entry, &at, &rr.rdata)) {
        if (!message_write_rr(w, section, &rr)) {
            message_rewind(w, &mark);
            return false;
        }
    }
    return true;
}

/* False if a part did not fit. */
static bool write_chain(struct message_writer *w, const struct reply *reply, int64_t now_ns)
{
    for (size_t i = 0; i < reply->chain_count; i++) {
        const struct cache_entry *entry = reply->chain[i];
        bool positive = entry->kind == CACHE_RRSET;
        if (!positive && !entry->soa_owner)
            continue;
        if (!write_entry(w, positive ? SECTION_ANSWER : SECTION_AUTHORITY,
                         positive ? entry->owner : entry->soa_owner, entry, now_ns))
            return false;
    }
    return true;
}

static size_t write_reply(struct turn *turn, const struct reply *reply, uint8_t *data,
                          size_t capacity)
{
    struct message_writer *w = &turn->resolver->writer;
    const struct asker *asker = reply->asker;
    message_begin(w, data, capacity, asker->id, reply->opcode,
                  (uint16_t)(FLAG_QR | FLAG_RA | asker->flags));
    if (asker->has_edns)
        message_reserve(w, MESSAGE_OPT_SIZE);
    if (reply->qname)
        message_write_question(w, reply->qname, reply->qtype, reply->qclass);
    bool complete = write_chain(w, reply, turn->now_ns);
    if (asker->has_edns)
        message_write_opt(w, MESSAGE_UDP_EDNS_MAX, asker->dnssec_ok, reply->rcode,
                          (struct bytes){0});
    return message_end(w, complete ? 0 : FLAG_TC, reply->rcode);
}

static void send_datagram(struct turn *turn, const struct reply *reply)
{
    const struct asker *asker = reply->asker;
    size_t capacity = MESSAGE_UDP_PLAIN_MAX;
    if (asker->has_edns)
        capacity = asker->udp_size < MESSAGE_UDP_EDNS_MAX ? asker->udp_size : MESSAGE_UDP_EDNS_MAX;
    uint8_t *data = outbox_send_begin(turn->out, turn->resolver->udp_socket, &asker->local,
                                      &asker->remote, capacity);
    outbox_send_end(turn->out, write_reply(turn, reply, data, capacity));
}

static void send_on_stream(struct turn *turn, const struct reply *reply)
{
    struct connection *connection = reply->asker->connection;
    uint8_t *data = turn->resolver->stream_message;
    size_t size = write_reply(turn, reply, data + STREAM_PREFIX_SIZE, MESSAGE_SIZE_MAX);
    bytes_put_u16(data, (uint16_t)size);
    stream_out_write(&connection->out, turn->out, connection->socket,
                     bytes_of(data, STREAM_PREFIX_SIZE + size));
}

static void note(struct turn *turn, const struct reply *reply)
{
    struct host_note note = {
        .kind = NOTE_QUERY,
        .code = reply->qtype,
        .serial = reply->rcode,
        .values = {reply->from_cache, reply->asker->is_stream},
        .peer = reply->asker->remote,
    };
    if (reply->qname)
        note.name = bytes_of(reply->qname, name_size(reply->qname));
    outbox_note(turn->out, &note);
}

void reply_send(struct turn *turn, const struct reply *reply)
{
    if (!reply->is_discarded && !reply->asker->is_gone) {
        if (reply->asker->connection)
            send_on_stream(turn, reply);
        else
            send_datagram(turn, reply);
    }
    note(turn, reply);
}
