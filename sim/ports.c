/* UDP ports of one host: open addressing with linear probing and backward-shift deletion. */
#include "sim/ports.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

static uint32_t slot_of(const struct ports *ports, uint16_t port)
{
    return (uint32_t)(port * UINT32_C(2654435769)) >> 16 & (ports->capacity - 1);
}

static uint16_t port_at(const struct ports *ports, uint32_t slot)
{
    return (uint16_t)(ports->slots[slot] >> 32);
}

uint32_t ports_find(const struct ports *ports, uint16_t port)
{
    if (ports->count == 0)
        return 0;
    for (uint32_t i = slot_of(ports, port); ports->slots[i]; i = (i + 1) & (ports->capacity - 1))
        if (port_at(ports, i) == port)
            return (uint32_t)ports->slots[i];
    return 0;
}

static void insert(struct ports *ports, uint64_t entry)
{
    uint32_t i = slot_of(ports, (uint16_t)(entry >> 32));
    while (ports->slots[i])
        i = (i + 1) & (ports->capacity - 1);
    ports->slots[i] = entry;
}

static void grow(struct ports *ports)
{
    uint64_t *old = ports->slots;
    uint32_t old_capacity = ports->capacity;
    ports->capacity = old_capacity ? old_capacity * 2 : 4;
    ports->slots = memory_zeroed(ports->capacity * sizeof *ports->slots);
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i])
            insert(ports, old[i]);
    free(old);
}

void ports_add(struct ports *ports, uint16_t port, uint32_t socket)
{
    assert(socket != 0 && ports_find(ports, port) == 0);
    if (ports->count * 4 >= ports->capacity * 3)
        grow(ports);
    insert(ports, (uint64_t)port << 32 | socket);
    ports->count++;
}

void ports_remove(struct ports *ports, uint16_t port)
{
    uint32_t mask = ports->capacity - 1;
    uint32_t hole = slot_of(ports, port);
    while (ports->slots[hole] && port_at(ports, hole) != port)
        hole = (hole + 1) & mask;
    assert(ports->slots[hole]);
    for (uint32_t i = (hole + 1) & mask; ports->slots[i]; i = (i + 1) & mask) {
        uint32_t home = slot_of(ports, port_at(ports, i));
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            ports->slots[hole] = ports->slots[i];
            hole = i;
        }
    }
    ports->slots[hole] = 0;
    ports->count--;
}

void ports_free(struct ports *ports)
{
    free(ports->slots);
    *ports = (struct ports){0};
}
