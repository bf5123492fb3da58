/* Numbers of seven bits an octet, the lowest first; the top bit says that more follow. */
#include "reports/samples.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

enum { NUMBER_SIZE_MAX = 10 }; /* of 64 bits */

static uint8_t *put(uint8_t *at, uint64_t number)
{
    while (number >= 0x80) {
        *at++ = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    *at++ = (uint8_t)number;
    return at;
}

static const uint8_t *get(const uint8_t *at, uint64_t *number)
{
    uint64_t sum = 0;
    unsigned shift = 0;
    for (; *at & 0x80; shift += 7)
        sum |= (uint64_t)(*at++ & 0x7f) << shift;
    *number = sum | (uint64_t)*at << shift;
    return at + 1;
}

static void reserve(struct samples *samples)
{
    if (samples->capacity - samples->size >= 2 * NUMBER_SIZE_MAX)
        return;
    samples->capacity = samples->capacity ? samples->capacity * 2 : 64;
    samples->data = memory_resize(samples->data, samples->capacity);
}

void samples_add(struct samples *samples, int64_t at_ns, uint64_t value)
{
    assert(at_ns >= samples->last_ns);
    reserve(samples);
    uint8_t *at = put(samples->data + samples->size, (uint64_t)(at_ns - samples->last_ns));
    at = put(at, value);
    samples->size = (size_t)(at - samples->data);
    samples->last_ns = at_ns;
}

void samples_free(struct samples *samples)
{
    free(samples->data);
    *samples = (struct samples){0};
}

bool samples_next(struct samples_cursor *cursor)
{
    if (cursor->at == cursor->end)
        return false;
    uint64_t step_ns;
    cursor->at = get(cursor->at, &step_ns);
    cursor->at = get(cursor->at, &cursor->value);
    cursor->at_ns += (int64_t)step_ns;
    return true;
}
