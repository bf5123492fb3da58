/* UDP ports of one host: a small hash table from port to socket number. */
#ifndef SIM_PORTS_H
#define SIM_PORTS_H

#include <stdint.h>

/* All zero is an empty table; it takes no memory until it is used. */
struct ports {
    uint64_t *slots;   /* port << 32 | socket number; 0 is free */
    uint32_t capacity; /* a power of two */
    uint32_t count;
};

/* The socket bound to PORT, or 0. */
uint32_t ports_find(const struct ports *ports, uint16_t port);

/* PORT must not be there yet. */
void ports_add(struct ports *ports, uint16_t port, uint32_t socket);
void ports_remove(struct ports *ports, uint16_t port);

/* Empties and frees. */
void ports_free(struct ports *ports);

#endif
