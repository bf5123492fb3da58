/*
 * Framing of DNS messages on a TCP stream (RFC 1035 section 4.2.2).
 */
#include "nodes/stream.h"

#include <stdlib.h>

/* Appends BYTES to what lies at *START .. *SIZE, moving that to the front if it makes room. */
static void append(uint8_t **data, size_t *start, size_t *size, size_t *capacity,
                   struct bytes bytes)
{
    if (*start > 0) {
        memmove(*data, *data + *start, *size - *start);
        *size -= *start;
        *start = 0;
    }
    if (*capacity - *size < bytes.size) {
        *capacity = (*size + bytes.size) * 2;
        *data = memory_resize(*data, *capacity);
    }
    if (bytes.size > 0)
        memcpy(*data + *size, bytes.data, bytes.size);
    *size += bytes.size;
}

void stream_in_add(struct stream_in *in, struct bytes bytes)
{
    append(&in->data, &in->start, &in->size, &in->capacity, bytes);
    in->withheld += bytes.size;
}

bool stream_in_next(struct stream_in *in, struct bytes *message)
{
    size_t left = in->size - in->start;
    if (left < STREAM_PREFIX_SIZE)
        return false;
    size_t size = bytes_get_u16(in->data + in->start);
    if (left - STREAM_PREFIX_SIZE < size)
        return false;
    *message = bytes_of(in->data + in->start + STREAM_PREFIX_SIZE, size);
    in->start += STREAM_PREFIX_SIZE + size;
    return true;
}

void stream_in_consume(struct stream_in *in, struct outbox *out, uint32_t socket)
{
    if (in->withheld > 0)
        outbox_consume(out, socket, in->withheld);
    in->withheld = 0;
}

void stream_in_free(struct stream_in *in)
{
    free(in->data);
    *in = (struct stream_in){0};
}

/* Writes the front of BYTES that the credit allows; returns the rest. */
static struct bytes write_within_credit(struct stream_out *stream, struct outbox *out,
                                        uint32_t socket, struct bytes bytes)
{
    size_t size = bytes.size < stream->credit ? bytes.size : stream->credit;
    if (size > 0)
        outbox_write(out, socket, bytes_of(bytes.data, size));
    stream->credit -= size;
    return bytes_of(bytes.data + size, bytes.size - size);
}

void stream_out_credit(struct stream_out *stream, struct outbox *out, uint32_t socket,
                       size_t credit)
{
    stream->credit = credit;
    if (stream_out_is_empty(stream))
        return;
    struct bytes waiting = bytes_of(stream->data + stream->start, stream->size - stream->start);
    stream->start = stream->size - write_within_credit(stream, out, socket, waiting).size;
    if (stream_out_is_empty(stream))
        stream->start = stream->size = 0;
}

void stream_out_write(struct stream_out *stream, struct outbox *out, uint32_t socket,
                      struct bytes bytes)
{
    if (stream_out_is_empty(stream))
        bytes = write_within_credit(stream, out, socket, bytes);
    if (bytes.size > 0)
        append(&stream->data, &stream->start, &stream->size, &stream->capacity, bytes);
}

void stream_out_free(struct stream_out *stream)
{
    free(stream->data);
    *stream = (struct stream_out){0};
}
