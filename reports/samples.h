/*
 * A long row of times, each with a value, in few octets: times never go back, so
 * only the steps between them are kept, and small numbers take little room. Ten
 * million look-ups fit in some 130 MB.
 */
#ifndef REPORTS_SAMPLES_H
#define REPORTS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty row. */
struct samples {
    uint8_t *data;
    size_t size, capacity;
    int64_t last_ns;
};

/* AT_NS is not before the last one added, nor before 0. */
void samples_add(struct samples *samples, int64_t at_ns, uint64_t value);
void samples_free(struct samples *samples);

/* for (struct samples_cursor c = samples_first(&row); samples_next(&c);) ... c.at_ns, c.value */
struct samples_cursor {
    const uint8_t *at, *end;
    int64_t at_ns;
    uint64_t value;
};

static inline struct samples_cursor samples_first(const struct samples *samples)
{
    const uint8_t *end = samples->data ? samples->data + samples->size : NULL;
    return (struct samples_cursor){.at = samples->data, .end = end};
}

bool samples_next(struct samples_cursor *cursor);

#endif
