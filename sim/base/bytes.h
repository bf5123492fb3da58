/*
 * Bytes: a borrowed span, big-endian access, and cursors whose error sticks.
 *
 * A cursor that has failed reads zeroes and writes nothing, so that a decoder
 * or encoder is a straight run of calls with one check at its end.
 */
#ifndef SIM_BASE_BYTES_H
#define SIM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed: whoever hands it out says how long it lives. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){data, size};
}

static inline struct bytes bytes_of_text(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline uint16_t bytes_get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t bytes_get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void bytes_put_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void bytes_put_u32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
}

/* A fast, stable 64-bit hash (not against an adversary who picks the keys). */
uint64_t bytes_hash(const void *data, size_t size, uint64_t seed);

struct reader {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool failed;
};

static inline struct reader reader_of(const void *data, size_t size)
{
    return (struct reader){.data = data, .size = size};
}

static inline size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : r->size - r->at;
}

/* The next SIZE bytes, borrowed from the reader's data; NULL once failed. */
static inline const uint8_t *reader_take(struct reader *r, size_t size)
{
    if (r->failed || r->size - r->at < size) {
        r->failed = true;
        return NULL;
    }
    r->at += size;
    return r->data + r->at - size;
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);
    return p ? p[0] : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);
    return p ? bytes_get_u16(p) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);
    return p ? bytes_get_u32(p) : 0;
}

struct writer {
    uint8_t *data;
    size_t capacity;
    size_t size;
    bool failed;
};

static inline struct writer writer_of(void *data, size_t capacity)
{
    return (struct writer){.data = data, .capacity = capacity};
}

/* Room for SIZE bytes, to be filled by the caller; NULL once failed. */
static inline uint8_t *writer_room(struct writer *w, size_t size)
{
    if (w->failed || w->capacity - w->size < size) {
        w->failed = true;
        return NULL;
    }
    w->size += size;
    return w->data + w->size - size;
}

static inline void writer_bytes(struct writer *w, const void *data, size_t size)
{
    uint8_t *p = writer_room(w, size);
    if (p && size > 0)
        memcpy(p, data, size);
}

static inline void writer_u8(struct writer *w, uint8_t value)
{
    uint8_t *p = writer_room(w, 1);
    if (p)
        p[0] = value;
}

static inline void writer_u16(struct writer *w, uint16_t value)
{
    uint8_t *p = writer_room(w, 2);
    if (p)
        bytes_put_u16(p, value);
}

static inline void writer_u32(struct writer *w, uint32_t value)
{
    uint8_t *p = writer_room(w, 4);
    if (p)
        bytes_put_u32(p, value);
}

#endif
