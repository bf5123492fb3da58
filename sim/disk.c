/* A host's disk: a table of its files, and a list of those that are not synced. */
#include "sim/disk.h"

#include <stdlib.h>

static struct disk_file *find(struct disk *disk, struct arena *arena, const char *name)
{
    struct disk_file *file = table_get(&disk->names, bytes_of_text(name));
    if (file)
        return file;
    file = arena_alloc(arena, sizeof *file);
    *file = (struct disk_file){.name = arena_text(arena, name)};
    table_put(&disk->names, bytes_of_text(file->name), file);
    memory_reserve(disk->files, disk->count, disk->capacity);
    disk->files[disk->count++] = file;
    return file;
}

void disk_write(struct disk *disk, struct arena *arena, const char *name, struct host_blob *blob)
{
    struct disk_file *file = find(disk, arena, name);
    host_blob_release(file->written);
    file->written = blob;
    if (file->changed)
        return;
    file->changed = true;
    memory_reserve(disk->changed, disk->changed_count, disk->changed_capacity);
    disk->changed[disk->changed_count++] = file;
}

static void replace(struct host_blob **old, struct host_blob *blob)
{
    if (*old == blob)
        return;
    host_blob_release(*old);
    *old = host_blob_retain(blob);
}

void disk_sync(struct disk *disk)
{
    for (size_t i = 0; i < disk->changed_count; i++) {
        replace(&disk->changed[i]->synced, disk->changed[i]->written);
        disk->changed[i]->changed = false;
    }
    disk->changed_count = 0;
}

void disk_forget_unsynced(struct disk *disk)
{
    for (size_t i = 0; i < disk->changed_count; i++) {
        replace(&disk->changed[i]->written, disk->changed[i]->synced);
        disk->changed[i]->changed = false;
    }
    disk->changed_count = 0;
}

static int by_name(const void *left, const void *right)
{
    const struct disk_file *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

void disk_sort(struct disk *disk)
{
    if (disk->count > 0)
        qsort(disk->files, disk->count, sizeof *disk->files, by_name);
}

void disk_free(struct disk *disk)
{
    for (size_t i = 0; i < disk->count; i++) {
        host_blob_release(disk->files[i]->synced);
        host_blob_release(disk->files[i]->written);
    }
    table_free(&disk->names);
    free(disk->files);
    free(disk->changed);
    *disk = (struct disk){0};
}
