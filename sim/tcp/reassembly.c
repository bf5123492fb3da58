/*
 * Octets that arrived before their turn wait here until the gap is filled. They
 * are told to the sender in SACK options (RFC 2018); D-SACK (RFC 2883) is not
 * done. Without gaps it holds no memory.
 */
#include "sim/tcp/internal.h"

#include <stdlib.h>

enum { SMALLEST = 16 * 1024 };

static void put(uint8_t *ring, uint32_t capacity, uint32_t sequence, struct bytes bytes)
{
    uint32_t at = sequence & (capacity - 1);
    size_t first = capacity - at < bytes.size ? capacity - at : bytes.size;
    memcpy(ring + at, bytes.data, first);
    memcpy(ring, bytes.data + first, bytes.size - first);
}

/* The part of RANGE that lies in one piece in the ring, from its start. */
static struct bytes piece(const struct tcp_reassembly *r, struct tcp_range range)
{
    uint32_t at = range.from & (r->capacity - 1);
    return bytes_of(r->data + at, smaller(r->capacity - at, range.to - range.from));
}

static void grow(struct tcp_reassembly *r, uint32_t need)
{
    uint32_t capacity = r->capacity ? r->capacity : SMALLEST;
    while (capacity < need)
        capacity *= 2;
    uint8_t *data = memory_alloc(capacity);
    for (size_t i = 0; i < r->ranges.count; i++)
        for (struct tcp_range left = r->ranges.items[i]; left.from != left.to;) {
            struct bytes part = piece(r, left);
            put(data, capacity, left.from, part);
            left.from += (uint32_t)part.size;
        }
    free(r->data);
    r->data = data;
    r->capacity = capacity;
}

static void remember_recent(struct tcp_reassembly *r, uint32_t sequence)
{
    const struct tcp_range *range = tcp_ranges_find(&r->ranges, sequence);
    uint32_t kept[TCP_RECENT] = {sequence};
    size_t count = 1;
    for (size_t i = 0; i < r->recent_count && count < TCP_RECENT; i++)
        if (tcp_ranges_find(&r->ranges, r->recent[i]) != range)
            kept[count++] = r->recent[i];
    memcpy(r->recent, kept, sizeof kept);
    r->recent_count = count;
}

void tcp_reassembly_store(struct tcp_reassembly *r, uint32_t next, uint32_t sequence,
                          struct bytes bytes)
{
    if (bytes.size == 0)
        return;
    uint32_t end = sequence + (uint32_t)bytes.size;
    if (end - next > r->capacity)
        grow(r, end - next);
    put(r->data, r->capacity, sequence, bytes);
    tcp_ranges_add(&r->ranges, (struct tcp_range){sequence, end});
    remember_recent(r, sequence);
}

struct bytes tcp_reassembly_front(const struct tcp_reassembly *r, uint32_t next)
{
    const struct tcp_range *range = tcp_ranges_find(&r->ranges, next);
    if (!range)
        return (struct bytes){0};
    return piece(r, (struct tcp_range){next, range->to});
}

void tcp_reassembly_drop_before(struct tcp_reassembly *r, uint32_t sequence)
{
    if (r->ranges.count == 0)
        return;
    tcp_ranges_drop_before(&r->ranges, sequence);
    if (r->ranges.count == 0)
        tcp_reassembly_free(r);
}

size_t tcp_reassembly_blocks(const struct tcp_reassembly *r,
                             struct tcp_range out[TCP_SACK_BLOCKS_SENT])
{
    size_t count = 0;
    for (size_t i = 0; i < r->recent_count && count < TCP_SACK_BLOCKS_SENT; i++) {
        const struct tcp_range *range = tcp_ranges_find(&r->ranges, r->recent[i]);
        if (range)
            out[count++] = *range;
    }
    return count;
}

void tcp_reassembly_free(struct tcp_reassembly *r)
{
    free(r->data);
    tcp_ranges_free(&r->ranges);
    *r = (struct tcp_reassembly){0};
}
