/*
 * Memory that lives and dies together, and allocation that cannot fail.
 *
 * Out of memory ends the program with a message: no caller tests for NULL.
 * Under AddressSanitizer each arena object is a malloc of its own, since an
 * arena otherwise hides use after free.
 */
#ifndef SIM_BASE_ARENA_H
#define SIM_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena_cleanup;

/* All zero is an empty arena: it takes no memory until it is used. */
struct arena {
    struct arena_chunk *chunks;
    struct arena_cleanup *cleanups;
};

/* Zeroed memory, aligned for any type, until arena_release. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ACTION(DATA) runs at arena_release, last registered first, before memory goes. */
void arena_on_release(struct arena *arena, void (*action)(void *data), void *data);

/* Runs the clean-ups and frees everything; the arena is empty and usable again. */
void arena_release(struct arena *arena);

/* malloc, calloc and realloc that never return NULL (size 0 is 1). */
void *memory_alloc(size_t size);
void *memory_zeroed(size_t size);
void *memory_resize(void *old, size_t size);

/* Grows ARRAY of COUNT elements so that one more fits: doubles, from 8. Evaluates its
 * arguments more than once. CAPACITY is an lvalue of type size_t. */
#define memory_reserve(array, count, capacity)                              \
    do {                                                                    \
        if ((count) >= (capacity)) {                                        \
            (capacity) = (capacity) ? (capacity)*2 : 8;                     \
            (array) = memory_resize((array), (capacity) * sizeof *(array)); \
        }                                                                   \
    } while (0)

#endif
