/*
 * Two rings: slots by id, with gaps for packets that were not captured, and the
 * octets of frames and remarks. Capacities are powers of two.
 */
#include "reports/pending.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

enum { FIRST_SLOTS = 1024, FIRST_OCTETS = 1 << 18 };

static struct pending_packet *slot_of(const struct pending *pending, uint64_t id)
{
    return &pending->slots[id & (pending->capacity - 1)];
}

static uint8_t *octets_at(const struct pending *pending, uint64_t position)
{
    return pending->octets + (position & (pending->octet_capacity - 1));
}

static void grow_slots(struct pending *pending)
{
    struct pending old = *pending;
    pending->capacity = old.capacity ? old.capacity * 2 : FIRST_SLOTS;
    pending->slots = memory_zeroed(pending->capacity * sizeof *pending->slots);
    for (uint64_t id = old.first_id; id < old.first_id + old.count; id++)
        *slot_of(pending, id) = *slot_of(&old, id);
    free(old.slots);
}

static struct pending_packet *append_slot(struct pending *pending, uint64_t id)
{
    if (pending->count == 0)
        pending->first_id = id;
    assert(id >= pending->first_id + pending->count);
    while (pending->first_id + pending->count <= id) {
        if (pending->count == pending->capacity)
            grow_slots(pending);
        *slot_of(pending, pending->first_id + pending->count++) = (struct pending_packet){0};
    }
    return slot_of(pending, id);
}

/* Where SIZE octets fit without wrapping, at END or past the ring's seam. */
static uint64_t place_octets(uint64_t end, size_t size, size_t capacity)
{
    size_t until_seam = capacity - (size_t)(end & (capacity - 1));
    return size <= until_seam ? end : end + until_seam;
}

/* A larger ring has other seams, so that every packet's place is found anew. */
static void grow_octets(struct pending *pending, size_t size)
{
    struct pending old = *pending;
    do {
        pending->octet_capacity =
            pending->octet_capacity ? pending->octet_capacity * 2 : FIRST_OCTETS;
    } while (pending->octet_capacity < 2 * (size_t)(old.end - old.begin) + size);
    pending->octets = memory_alloc(pending->octet_capacity);
    pending->begin = pending->end = 0;
    for (uint64_t id = old.first_id; id < old.first_id + old.count; id++) {
        struct pending_packet *packet = slot_of(pending, id);
        if (!packet->captured)
            continue;
        uint64_t place = place_octets(pending->end, packet->size, pending->octet_capacity);
        memcpy(octets_at(pending, place), octets_at(&old, packet->position), packet->size);
        packet->position = place;
        pending->end = place + packet->size;
    }
    free(old.octets);
}

static uint64_t append_octets(struct pending *pending, size_t size)
{
    if (pending->count == 0)
        pending->begin = pending->end = 0;
    if (pending->octet_capacity == 0)
        grow_octets(pending, size);
    uint64_t place = place_octets(pending->end, size, pending->octet_capacity);
    if (place + size - pending->begin > pending->octet_capacity) {
        grow_octets(pending, size);
        place = place_octets(pending->end, size, pending->octet_capacity);
    }
    pending->end = place + size;
    return place;
}

struct pending_packet *pending_add(struct pending *pending, uint64_t id,
                                   const struct frame_list *frames, const char *remark)
{
    size_t frame_octets = 0, remark_octets = remark ? strlen(remark) + 1 : 0;
    for (uint32_t i = 0; i < frames->count; i++)
        frame_octets += frames->sizes[i];
    size_t sizes_octets = frames->count * sizeof frames->sizes[0];
    size_t size = sizes_octets + frame_octets + remark_octets;
    uint64_t place = append_octets(pending, size);
    uint8_t *out = octets_at(pending, place);
    memcpy(out, frames->sizes, sizes_octets);
    memcpy(out + sizes_octets, frames->data, frame_octets);
    if (remark)
        memcpy(out + sizes_octets + frame_octets, remark, remark_octets);
    struct pending_packet *packet = append_slot(pending, id);
    *packet = (struct pending_packet){
        .captured = true,
        .frame_count = (uint8_t)frames->count,
        .position = place,
        .size = (uint32_t)size,
        .remark = remark ? (uint32_t)(sizes_octets + frame_octets) : 0,
    };
    return packet;
}

struct pending_packet *pending_find(struct pending *pending, uint64_t id)
{
    if (id < pending->first_id || id - pending->first_id >= pending->count)
        return NULL;
    struct pending_packet *packet = slot_of(pending, id);
    return packet->captured ? packet : NULL;
}

/* The first slot is never a gap: gaps are made before a packet and go with the one before them. */
struct pending_packet *pending_first(struct pending *pending)
{
    return pending->count ? slot_of(pending, pending->first_id) : NULL;
}

void pending_remove_first(struct pending *pending)
{
    struct pending_packet *first = slot_of(pending, pending->first_id);
    pending->begin = first->position + first->size;
    do {
        pending->first_id++;
        pending->count--;
    } while (pending->count && !slot_of(pending, pending->first_id)->captured);
}

bool pending_frame(const struct pending *pending, const struct pending_packet *packet, uint32_t *at,
                   struct bytes *frame)
{
    if (*at == packet->frame_count)
        return false;
    const uint8_t *octets = octets_at(pending, packet->position);
    uint32_t size;
    if (*at == 0)
        frame->data = octets + packet->frame_count * sizeof size;
    else
        frame->data += frame->size;
    memcpy(&size, octets + *at * sizeof size, sizeof size);
    frame->size = size;
    ++*at;
    return true;
}

const char *pending_remark(const struct pending *pending, const struct pending_packet *packet)
{
    if (packet->remark == 0)
        return NULL;
    return (const char *)octets_at(pending, packet->position) + packet->remark;
}

void pending_free(struct pending *pending)
{
    free(pending->slots);
    free(pending->octets);
    *pending = (struct pending){0};
}
