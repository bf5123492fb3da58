/*
 * A connection that carries DNS messages: a socket, TLS on it or not (RFC 9103),
 * and the streams of messages both ways. Whoever uses one need not know whether
 * it is in clear, apart from opening it.
 */
#ifndef NODES_CHANNEL_H
#define NODES_CHANNEL_H

#include "nodes/stream.h"
#include "nodes/tls/tls.h"

/* Why TLS failed whose peer went without a word before it was open. */
#define CHANNEL_CUT_OFF "the connection was cut off within the TLS handshake"

/* All zero is none. */
struct channel {
    uint32_t socket;         /* 0: none */
    struct tls_session *tls; /* NULL: in clear */
    struct stream_in in;
    struct stream_out out;
    bool open;           /* messages may be written */
    bool finished;       /* the peer will send no more */
    const char *failure; /* TLS can't go on; static text. What is left is to close it */
};

/* SOCKET is being connected or has been accepted with CREDIT; TLS (taken over) or NULL. */
void channel_begin(struct channel *channel, uint32_t socket, struct tls_session *tls);

/* HOST_ACCEPTED (after channel_begin), _CONNECTED, _BYTES, _WRITABLE or _FINISHED on the socket:
 * reads, answers for TLS, writes what waits; then open, finished and failure may have changed, and
 * `in` may have messages. */
void channel_event(struct channel *channel, struct outbox *out, const struct host_event *event);

/* Writes BYTES, a message with its length in front, as far as the credit goes; only if open. */
void channel_write(struct channel *channel, struct outbox *out, struct bytes bytes);

/* Gives back what was received, so that more may come; not while what TLS has to say waits. */
void channel_consume(struct channel *channel, struct outbox *out);

/* Nothing waits: a message written now would go out at once, at least in part. */
static inline bool channel_is_ready(const struct channel *channel)
{
    return channel->open && stream_out_is_ready(&channel->out);
}

/* Ends in order, or at once; frees everything. CHANNEL is none then. */
void channel_close(struct channel *channel, struct outbox *out);
void channel_abort(struct channel *channel, struct outbox *out);

/* Forgets a channel whose socket is gone. */
void channel_drop(struct channel *channel);

#endif
