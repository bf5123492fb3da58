/*
 * Buffers that end right where a page without access begins: reading or writing
 * one octet too far crashes the test, whatever the compiler.
 */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include "sim/base/bytes.h"

enum { GUARD_SLOTS = 4, GUARD_SIZE_MAX = 1 << 17 };

/* SIZE octets, zeroed; until the next call for the same SLOT (0 .. GUARD_SLOTS - 1). */
uint8_t *guard_room(unsigned slot, size_t size);

/* A copy of BYTES in such a place. */
struct bytes guard_copy(unsigned slot, struct bytes bytes);

#endif
