/*
 * The send buffer: a ring of octets that grows with need and gives its memory
 * back as soon as everything has been acknowledged.
 */
#include "sim/tcp/internal.h"

#include <assert.h>
#include <stdlib.h>

enum { SMALLEST = 512 };

static void grow(struct tcp_buffer *buffer, size_t need, size_t limit)
{
    assert(need <= limit);
    size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST;
    while (capacity < need)
        capacity *= 2;
    if (capacity > limit)
        capacity = limit;
    uint8_t *data = memory_alloc(capacity);
    tcp_buffer_copy(buffer, 0, buffer->size, data);
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->head = 0;
}

void tcp_buffer_append(struct tcp_buffer *buffer, struct bytes bytes, size_t limit)
{
    if (bytes.size == 0)
        return;
    if (buffer->capacity - buffer->size < bytes.size)
        grow(buffer, buffer->size + bytes.size, limit);
    size_t at = (buffer->head + buffer->size) % buffer->capacity;
    size_t first = buffer->capacity - at < bytes.size ? buffer->capacity - at : bytes.size;
    memcpy(buffer->data + at, bytes.data, first);
    memcpy(buffer->data, bytes.data + first, bytes.size - first);
    buffer->size += bytes.size;
}

void tcp_buffer_drop(struct tcp_buffer *buffer, size_t size)
{
    assert(size <= buffer->size);
    buffer->size -= size;
    if (buffer->size == 0)
        tcp_buffer_free(buffer);
    else
        buffer->head = (buffer->head + size) % buffer->capacity;
}

void tcp_buffer_copy(const struct tcp_buffer *buffer, size_t offset, size_t size, uint8_t *out)
{
    assert(offset <= buffer->size && size <= buffer->size - offset);
    if (size == 0)
        return;
    size_t at = (buffer->head + offset) % buffer->capacity;
    size_t first = buffer->capacity - at < size ? buffer->capacity - at : size;
    memcpy(out, buffer->data + at, first);
    memcpy(out + first, buffer->data, size - first);
}

void tcp_buffer_free(struct tcp_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct tcp_buffer){0};
}
