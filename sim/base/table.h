/*
 * A hash table from byte strings to pointers that remembers insertion order,
 * so that walking it never depends on hash values.
 */
#ifndef SIM_BASE_TABLE_H
#define SIM_BASE_TABLE_H

#include "sim/base/bytes.h"

struct table_entry {
    struct bytes key; /* borrowed: must outlive the entry */
    uint64_t hash;
    void *value; /* NULL marks a removed entry while walking */
};

/* All zero is an empty table. */
struct table {
    struct table_entry *entries; /* in order of insertion, removed ones included */
    size_t used;                 /* entries, removed ones included */
    size_t count;                /* live entries */
    size_t capacity;
    uint32_t *slots; /* entry index + 1; 0 is free, UINT32_MAX a removed one */
    size_t slot_count;
};

/* The value under KEY, or NULL. */
void *table_get(const struct table *table, struct bytes key);

/* Puts VALUE (not NULL) under KEY; returns what stood there before, or NULL. The key's
 * bytes stay the caller's and are replaced by the new ones. */
void *table_put(struct table *table, struct bytes key, void *value);

/* Removes KEY; returns its value, or NULL. */
void *table_remove(struct table *table, struct bytes key);

/* Frees the table's own memory, not keys and values; the table is empty again. */
void table_free(struct table *table);

/* for (size_t i = 0; i < table.used; i++) if (table.entries[i].value) ...; removing
 * during the walk is allowed, putting is not. */

#endif
