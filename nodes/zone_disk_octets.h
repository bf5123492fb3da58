/*
 * Numbers, points in time and magic words in the files of a real disk; the files'
 * owners are zone_disk.c and zone_disk_times.c.
 */
#ifndef NODES_ZONE_DISK_OCTETS_H
#define NODES_ZONE_DISK_OCTETS_H

#include "sim/base/bytes.h"
#include "sim/base/time.h"

#include <string.h>

struct disk_sink {
    void (*write)(void *context, struct bytes part);
    void *context;
};

static inline void disk_put_number(const struct disk_sink *sink, uint64_t value)
{
    uint8_t data[8];
    bytes_put_u32(data, (uint32_t)(value >> 32));
    bytes_put_u32(data + 4, (uint32_t)value);
    sink->write(sink->context, bytes_of(data, sizeof data));
}

static inline uint64_t disk_get_number(struct reader *r)
{
    uint64_t high = reader_u32(r);
    return high << 32 | reader_u32(r);
}

/* A point in time that one can reckon with: within a century and a half of 1970, or never. */
static inline int64_t disk_get_time(struct reader *r)
{
    int64_t time_ns = (int64_t)disk_get_number(r);
    if (time_ns > INT64_MAX / 2)
        return TIME_NEVER;
    return time_ns < -(INT64_MAX / 2) ? -(INT64_MAX / 2) : time_ns;
}

static inline bool disk_get_magic(struct reader *r, const char *magic)
{
    const uint8_t *data = reader_take(r, strlen(magic));
    return data && memcmp(data, magic, strlen(magic)) == 0;
}

#endif
