/*
 * Between a socket and the streams of messages on it: TLS, if there is any.
 */
#include "nodes/channel.h"

enum { PLAIN_SIZE = 16384 }; /* a record's at most: RFC 8446 section 5.1 */

void channel_begin(struct channel *channel, uint32_t socket, struct tls_session *tls)
{
    *channel = (struct channel){.socket = socket, .tls = tls};
}

/* Writes what TLS wants sent, and tells the keys that it is sent with before. */
static void flush(struct channel *channel, struct outbox *out)
{
    struct bytes secrets = tls_session_secrets(channel->tls);
    while (secrets.size > 0) {
        const uint8_t *end = memchr(secrets.data, '\n', secrets.size);
        size_t size = (size_t)(end - secrets.data);
        outbox_secret(out, bytes_of(secrets.data, size));
        secrets = bytes_of(end + 1, secrets.size - size - 1);
    }
    struct bytes output = tls_session_output(channel->tls);
    if (output.size > 0)
        stream_out_write(&channel->out, out, channel->socket, output);
    tls_session_sent(channel->tls);
}

/* What is given back to the host is counted as it came, encrypted. */
static void decrypt(struct channel *channel, const struct host_event *event, struct bytes bytes)
{
    uint8_t plain[PLAIN_SIZE];
    size_t withheld = channel->in.withheld + bytes.size, size;
    tls_session_receive(channel->tls, event->random, event->wall_ns, bytes);
    while ((size = tls_session_read(channel->tls, plain, sizeof plain)) > 0)
        stream_in_add(&channel->in, bytes_of(plain, size));
    channel->in.withheld = withheld;
}

static void look(struct channel *channel)
{
    switch (tls_session_state(channel->tls)) {
    case TLS_SHAKING:
        break;
    case TLS_FINISHED:
        channel->finished = true;
        channel->open = true;
        break;
    case TLS_OPEN:
        channel->open = true;
        break;
    case TLS_FAILED:
        channel->open = false;
        channel->failure = tls_session_why(channel->tls);
        break;
    }
}

static void secure_event(struct channel *channel, struct outbox *out,
                         const struct host_event *event)
{
    if (event->kind == HOST_BYTES)
        decrypt(channel, event, event->bytes);
    else if (event->kind == HOST_CONNECTED)
        decrypt(channel, event, (struct bytes){0});
    look(channel);
    /* Messages tell their length, so an end without TLS's own word for it can hide nothing. */
    if (event->kind == HOST_FINISHED && channel->open)
        channel->finished = true;
    else if (event->kind == HOST_FINISHED && !channel->failure)
        channel->failure = CHANNEL_CUT_OFF;
    flush(channel, out);
}

void channel_event(struct channel *channel, struct outbox *out, const struct host_event *event)
{
    if (event->kind == HOST_ACCEPTED || event->kind == HOST_CONNECTED ||
        event->kind == HOST_WRITABLE)
        stream_out_credit(&channel->out, out, channel->socket, event->credit);
    if (channel->failure)
        return;
    if (channel->tls) {
        secure_event(channel, out, event);
        return;
    }
    channel->open = true;
    if (event->kind == HOST_BYTES)
        stream_in_add(&channel->in, event->bytes);
    else if (event->kind == HOST_FINISHED)
        channel->finished = true;
}

void channel_write(struct channel *channel, struct outbox *out, struct bytes bytes)
{
    if (!channel->tls) {
        stream_out_write(&channel->out, out, channel->socket, bytes);
        return;
    }
    tls_session_write(channel->tls, bytes);
    look(channel);
    flush(channel, out);
}

void channel_consume(struct channel *channel, struct outbox *out)
{
    if (!channel->tls || stream_out_is_empty(&channel->out))
        stream_in_consume(&channel->in, out, channel->socket);
}

void channel_close(struct channel *channel, struct outbox *out)
{
    /* The last word is not worth waiting for: without credit it stays unsaid. */
    if (channel->tls && channel->open && stream_out_is_ready(&channel->out)) {
        tls_session_finish(channel->tls);
        flush(channel, out);
    }
    outbox_close(out, channel->socket);
    channel_drop(channel);
}

void channel_abort(struct channel *channel, struct outbox *out)
{
    outbox_abort(out, channel->socket);
    channel_drop(channel);
}

void channel_drop(struct channel *channel)
{
    tls_session_free(channel->tls);
    stream_in_free(&channel->in);
    stream_out_free(&channel->out);
    *channel = (struct channel){0};
}
