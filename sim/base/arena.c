/*
 * Arenas: a list of chunks that double from 512 bytes to 64 kB, the newest
 * first. What does not fit well gets a chunk of its own. Under
 * AddressSanitizer every object does.
 */
#include "sim/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_PER_OBJECT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_PER_OBJECT 1
#endif
#endif
#ifndef CHUNK_PER_OBJECT
#define CHUNK_PER_OBJECT 0
#endif

enum { CHUNK_SIZE_MIN = 512, CHUNK_SIZE_MAX = 65536, ALIGNMENT = _Alignof(max_align_t) };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of the bytes */
    size_t used;
    max_align_t bytes[];
};

struct arena_cleanup {
    struct arena_cleanup *next;
    void (*action)(void *data);
    void *data;
};

_Noreturn static void out_of_memory(size_t size)
{
    fprintf(stderr, "understudy: out of memory (%zu bytes asked for)\n", size);
    abort();
}

void *memory_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

void *memory_zeroed(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

void *memory_resize(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

static struct arena_chunk *new_chunk(size_t size, struct arena_chunk *next)
{
    struct arena_chunk *chunk = memory_zeroed(sizeof *chunk + size);
    chunk->next = next;
    chunk->size = size;
    return chunk;
}

/* A chunk of its own, behind the newest one, whose room stays in use. */
static void *alloc_alone(struct arena *arena, size_t size)
{
    struct arena_chunk **place = arena->chunks ? &arena->chunks->next : &arena->chunks;
    struct arena_chunk *chunk = new_chunk(size, *place);
    chunk->used = size;
    *place = chunk;
    return chunk->bytes;
}

/* A chunk twice the size of the last one, and of LEAST bytes at least. */
static void add_chunk(struct arena *arena, size_t least)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : CHUNK_SIZE_MIN;
    while (size < least)
        size *= 2;
    if (size > CHUNK_SIZE_MAX)
        size = CHUNK_SIZE_MAX;
    arena->chunks = new_chunk(size, arena->chunks);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (CHUNK_PER_OBJECT)
        return alloc_alone(arena, size);
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        /* Leaving a chunk wastes its rest: never for an object that is large for a chunk. */
        if (size > CHUNK_SIZE_MAX / 4)
            return alloc_alone(arena, size);
        add_chunk(arena, size);
        chunk = arena->chunks;
    }
    void *object = (char *)chunk->bytes + chunk->used;
    chunk->used += size;
    return object;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        out_of_memory(0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void arena_on_release(struct arena *arena, void (*action)(void *data), void *data)
{
    struct arena_cleanup *cleanup = arena_alloc(arena, sizeof *cleanup);
    *cleanup = (struct arena_cleanup){arena->cleanups, action, data};
    arena->cleanups = cleanup;
}

void arena_release(struct arena *arena)
{
    while (arena->cleanups) {
        struct arena_cleanup *cleanup = arena->cleanups;
        arena->cleanups = cleanup->next;
        cleanup->action(cleanup->data);
    }
    while (arena->chunks) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
}
