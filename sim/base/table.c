/*
 * The table: entries in order of insertion in one array, and an open-addressed
 * index of 32-bit entry numbers beside it, at most half full.
 */
#include "sim/base/table.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

enum { CAPACITY_MIN = 8 };

#define SLOT_REMOVED UINT32_MAX

static uint64_t hash_of(struct bytes key)
{
    return bytes_hash(key.data, key.size, 0);
}

/* The slot that holds KEY, or NULL. */
static uint32_t *find_slot(const struct table *table, struct bytes key, uint64_t hash)
{
    if (table->slot_count == 0)
        return NULL;
    size_t mask = table->slot_count - 1;
    for (size_t at = hash & mask; table->slots[at]; at = (at + 1) & mask) {
        if (table->slots[at] == SLOT_REMOVED)
            continue;
        const struct table_entry *entry = &table->entries[table->slots[at] - 1];
        if (entry->hash == hash && bytes_equal(entry->key, key))
            return &table->slots[at];
    }
    return NULL;
}

static void fill_slot(struct table *table, size_t entry)
{
    size_t mask = table->slot_count - 1;
    size_t at = table->entries[entry].hash & mask;
    while (table->slots[at])
        at = (at + 1) & mask;
    table->slots[at] = (uint32_t)entry + 1;
}

/* Drops the removed entries and makes room for at least one more. Every entry, live or
 * removed, uses up one slot, so a free slot always ends a search. */
static void rebuild(struct table *table)
{
    size_t capacity = CAPACITY_MIN;
    while (capacity < table->count + table->count / 2 + 1)
        capacity *= 2;
    assert(capacity < UINT32_MAX / 2);

    struct table_entry *entries = memory_alloc(capacity * sizeof *entries);
    size_t used = 0;
    for (size_t i = 0; i < table->used; i++) {
        if (table->entries[i].value)
            entries[used++] = table->entries[i];
    }
    free(table->entries);
    free(table->slots);
    table->entries = entries;
    table->used = used;
    table->capacity = capacity;
    table->slot_count = capacity * 2;
    table->slots = memory_zeroed(table->slot_count * sizeof *table->slots);
    for (size_t i = 0; i < used; i++)
        fill_slot(table, i);
}

void *table_get(const struct table *table, struct bytes key)
{
    if (table->count == 0)
        return NULL;
    const uint32_t *slot = find_slot(table, key, hash_of(key));
    return slot ? table->entries[*slot - 1].value : NULL;
}

void *table_put(struct table *table, struct bytes key, void *value)
{
    assert(value);
    uint64_t hash = hash_of(key);
    const uint32_t *slot = find_slot(table, key, hash);
    if (slot) {
        struct table_entry *entry = &table->entries[*slot - 1];
        void *old = entry->value;
        entry->key = key;
        entry->value = value;
        return old;
    }
    if (table->used == table->capacity)
        rebuild(table);
    table->entries[table->used] = (struct table_entry){key, hash, value};
    fill_slot(table, table->used++);
    table->count++;
    return NULL;
}

void *table_remove(struct table *table, struct bytes key)
{
    uint32_t *slot = find_slot(table, key, hash_of(key));
    if (!slot)
        return NULL;
    struct table_entry *entry = &table->entries[*slot - 1];
    void *old = entry->value;
    *entry = (struct table_entry){0};
    *slot = SLOT_REMOVED;
    table->count--;
    return old;
}

void table_free(struct table *table)
{
    free(table->entries);
    free(table->slots);
    *table = (struct table){0};
}
