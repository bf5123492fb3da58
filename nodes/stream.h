/*
 * DNS messages on a TCP stream: each after its length in two octets (RFC 1035
 * section 4.2.2, RFC 7766), with back-pressure both ways.
 */
#ifndef NODES_STREAM_H
#define NODES_STREAM_H

#include "nodes/host.h"

enum { STREAM_PREFIX_SIZE = 2, STREAM_MESSAGE_MAX = 65535 };

/* ---- reading: bytes in, whole messages out. All zero is empty. ----------------------------- */

struct stream_in {
    uint8_t *data;
    size_t start, size, capacity; /* what waits lies at start .. size */
    size_t withheld;              /* octets not yet given back to the host */
};

/* Keeps a copy of BYTES until their messages are taken. */
void stream_in_add(struct stream_in *in, struct bytes bytes);

/* Takes the next whole message, borrowed until the next stream_in_add. False: none is whole. */
bool stream_in_next(struct stream_in *in, struct bytes *message);

/* Gives back to the host all that was received and not yet given back, so that more may come. A
 * reader that is busy just does not call it. */
void stream_in_consume(struct stream_in *in, struct outbox *out, uint32_t socket);

void stream_in_free(struct stream_in *in);

/* ---- writing: never beyond the credit; the rest waits. All zero is empty. ------------------ */

struct stream_out {
    uint8_t *data;
    size_t start, size, capacity;
    size_t credit;
};

/* Sets what HOST_CONNECTED, HOST_ACCEPTED or HOST_WRITABLE said, and writes what waits. */
void stream_out_credit(struct stream_out *stream, struct outbox *out, uint32_t socket,
                       size_t credit);

/* Writes BYTES, a message with its length in front, as far as the credit goes. */
void stream_out_write(struct stream_out *stream, struct outbox *out, uint32_t socket,
                      struct bytes bytes);

/* Nothing waits: a message written now would go out at once, at least in part. */
static inline bool stream_out_is_ready(const struct stream_out *stream)
{
    return stream->start == stream->size && stream->credit > 0;
}

static inline bool stream_out_is_empty(const struct stream_out *stream)
{
    return stream->start == stream->size;
}

void stream_out_free(struct stream_out *stream);

#endif
