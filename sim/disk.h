/*
 * A host's disk: blobs by name. What has been written and not synced is lost in a
 * crash. A step costs the same however many files there are.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "nodes/host.h"
#include "sim/base/arena.h"
#include "sim/base/table.h"

struct disk_file {
    const char *name;
    struct host_blob *synced;
    struct host_blob *written; /* NULL: there is none of this name */
    bool changed;              /* since the last sync */
};

/* All zero is empty. */
struct disk {
    struct disk_file **files; /* in order of name after disk_sort */
    size_t count, capacity;
    struct table names;
    struct disk_file **changed;
    size_t changed_count, changed_capacity;
};

/* Takes over the reference to BLOB (NULL: the file goes). New files are allocated in ARENA, which
 * outlives the disk. */
void disk_write(struct disk *disk, struct arena *arena, const char *name, struct host_blob *blob);
void disk_sync(struct disk *disk);

/* A crash: each file is what was synced last. */
void disk_forget_unsynced(struct disk *disk);

void disk_sort(struct disk *disk);
void disk_free(struct disk *disk);

#endif
