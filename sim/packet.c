/* Packets of a few sizes, kept on free lists. */
#include "sim/packet.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

static const uint32_t capacities[] = {64, 128, 256, 576, 1536, 4096, 16384, 66000};

enum { CLASS_COUNT = sizeof capacities / sizeof capacities[0], LARGE = 1024 };

static unsigned class_of(size_t size)
{
    unsigned class = 0;
    while (class < CLASS_COUNT && capacities[class] < size)
        class ++;
    assert(class < CLASS_COUNT);
    return class;
}

struct packet *packet_take(struct packet_pool *pool, size_t size)
{
    unsigned class = class_of(size);
    struct packet *packet = pool->free[class];
    if (packet) {
        pool->free[class] = packet->next;
        if (capacities[class] >= LARGE)
            pool->idle_octets -= capacities[class];
    } else {
        packet = memory_alloc(sizeof *packet + capacities[class]);
        packet->capacity = capacities[class];
    }
    packet->size = (uint32_t)size;
    return packet;
}

void packet_give(struct packet_pool *pool, struct packet *packet)
{
    unsigned class = class_of(packet->capacity);
    if (capacities[class] >= LARGE) {
        if (pool->idle_octets + capacities[class] > PACKET_IDLE_MAX) {
            free(packet);
            return;
        }
        pool->idle_octets += capacities[class];
    }
    packet->next = pool->free[class];
    pool->free[class] = packet;
}

void packet_pool_free(struct packet_pool *pool)
{
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        while (pool->free[class]) {
            struct packet *packet = pool->free[class];
            pool->free[class] = packet->next;
            free(packet);
        }
}
