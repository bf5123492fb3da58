/* Guarded buffers: one mapping a slot, made at first use and never given back. */
#include "tests/support/guard.h"

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t *guard_room(unsigned slot, size_t size)
{
    static uint8_t *slots[GUARD_SLOTS];
    assert(slot < GUARD_SLOTS && size <= GUARD_SIZE_MAX);
    if (!slots[slot]) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        void *map = mmap(NULL, GUARD_SIZE_MAX + page, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert(map != MAP_FAILED);
        slots[slot] = map;
        int failed = mprotect(slots[slot] + GUARD_SIZE_MAX, page, PROT_NONE);
        assert(!failed);
    }
    uint8_t *room = slots[slot] + GUARD_SIZE_MAX - size;
    memset(room, 0, size);
    return room;
}

struct bytes guard_copy(unsigned slot, struct bytes bytes)
{
    uint8_t *room = guard_room(slot, bytes.size);
    if (bytes.size > 0)
        memcpy(room, bytes.data, bytes.size);
    return bytes_of(room, bytes.size);
}
