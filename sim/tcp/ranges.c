/*
 * Sets of sequence numbers as sorted ranges: what a receiver holds out of order,
 * and what a sender knows to have arrived (the scoreboard of RFC 6675).
 */
#include "sim/tcp/internal.h"

#include <stdlib.h>

/* The number of ranges that end before SEQUENCE. Searches from the end, where news mostly is. */
static size_t count_ending_before(const struct tcp_ranges *ranges, uint32_t sequence)
{
    size_t i = ranges->count;
    while (i > 0 && !sequence_before(ranges->items[i - 1].to, sequence))
        i--;
    return i;
}

static void insert(struct tcp_ranges *ranges, size_t at, struct tcp_range range)
{
    memory_reserve(ranges->items, ranges->count, ranges->capacity);
    memmove(ranges->items + at + 1, ranges->items + at,
            (ranges->count - at) * sizeof *ranges->items);
    ranges->items[at] = range;
    ranges->count++;
}

static void erase(struct tcp_ranges *ranges, size_t at, size_t count)
{
    memmove(ranges->items + at, ranges->items + at + count,
            (ranges->count - at - count) * sizeof *ranges->items);
    ranges->count -= count;
}

uint32_t tcp_ranges_add(struct tcp_ranges *ranges, struct tcp_range added)
{
    uint32_t news = added.to - added.from - tcp_ranges_covered(ranges, added);
    size_t first = count_ending_before(ranges, added.from);
    size_t end = first;
    for (; end < ranges->count && !sequence_after(ranges->items[end].from, added.to); end++) {
        added.from = sequence_min(added.from, ranges->items[end].from);
        added.to = sequence_max(added.to, ranges->items[end].to);
    }
    if (first == end) {
        insert(ranges, first, added);
    } else {
        ranges->items[first] = added;
        erase(ranges, first + 1, end - first - 1);
    }
    return news;
}

void tcp_ranges_drop_before(struct tcp_ranges *ranges, uint32_t sequence)
{
    size_t gone = 0;
    while (gone < ranges->count && !sequence_after(ranges->items[gone].to, sequence))
        gone++;
    if (gone > 0)
        erase(ranges, 0, gone);
    if (ranges->count > 0)
        ranges->items[0].from = sequence_max(ranges->items[0].from, sequence);
}

uint32_t tcp_ranges_covered(const struct tcp_ranges *ranges, struct tcp_range range)
{
    uint32_t covered = 0;
    for (size_t i = count_ending_before(ranges, range.from); i < ranges->count; i++) {
        uint32_t from = sequence_max(ranges->items[i].from, range.from);
        uint32_t to = sequence_min(ranges->items[i].to, range.to);
        if (!sequence_before(from, range.to))
            break;
        if (sequence_before(from, to))
            covered += to - from;
    }
    return covered;
}

const struct tcp_range *tcp_ranges_find(const struct tcp_ranges *ranges, uint32_t sequence)
{
    size_t i = count_ending_before(ranges, sequence + 1);
    if (i < ranges->count && !sequence_after(ranges->items[i].from, sequence))
        return &ranges->items[i];
    return NULL;
}

void tcp_ranges_free(struct tcp_ranges *ranges)
{
    free(ranges->items);
    *ranges = (struct tcp_ranges){0};
}
