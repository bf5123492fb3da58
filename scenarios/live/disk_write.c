/*
 * Writing the node's disk, in a thread of libuv's, so that a slow disk holds up no answer. A sync
 * hands over all files that have changed: each is written beside its old self, they are made to
 * last, and then each takes its place, in the order in which they changed. What changes meanwhile
 * is handed over when the thread is done.
 */
#define _GNU_SOURCE /* syncfs */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scenarios/live/internal.h"

/* As many files are sooner synced one by one than with all that the file system has to write. */
enum { ONE_BY_ONE = 4 };

struct live_file {
    char *name;
    struct host_blob *blob; /* NULL: to be removed */
    char *final, *temporary;
    int error; /* errno; 0: all is well */
};

static void free_file(struct live_file *file)
{
    host_blob_release(file->blob);
    free(file->name);
    free(file);
}

static struct live_file *file_at(const struct table *files, size_t i)
{
    return files->entries[i].value;
}

void live_disk_write(struct live *live, const char *name, struct host_blob *blob)
{
    if (!live->options->state) {
        host_blob_release(blob);
        return;
    }
    struct live_file *file = table_get(&live->disk.changed, bytes_of_text(name));
    if (!file) {
        file = memory_zeroed(sizeof *file);
        file->name = memory_alloc(strlen(name) + 1);
        strcpy(file->name, name);
        table_put(&live->disk.changed, bytes_of_text(file->name), file);
    }
    host_blob_release(file->blob);
    file->blob = blob;
}

/* ---- in the thread: blobs are read, and nothing else of the program's --------------------------
 */

static void write_part(void *context, struct bytes part)
{
    fwrite(part.data, 1, part.size, context);
}

static bool write_temporary(const struct live_file *file, bool sync)
{
    FILE *stream = fopen(file->temporary, "wb");
    if (!stream)
        return false;
    file->blob->type->encode(file->blob, write_part, stream);
    bool good = fflush(stream) == 0 && !ferror(stream) && (!sync || fsync(fileno(stream)) == 0);
    int error = errno;
    if (fclose(stream) == 0)
        errno = error;
    else
        good = false;
    return good;
}

static bool take_place(const struct live_file *file)
{
    if (!file->blob)
        return unlink(file->final) == 0 || errno == ENOENT;
    return rename(file->temporary, file->final) == 0;
}

static void note_error(struct live_file *file)
{
    file->error = errno ? errno : EIO;
    if (file->blob)
        unlink(file->temporary); /* half a file, perhaps on a disk that is full */
}

static void write_files(uv_work_t *work)
{
    struct live *live = work->data;
    const struct table *files = &live->disk.under_way;
    bool one_by_one = files->used <= ONE_BY_ONE;
    for (size_t i = 0; i < files->used; i++) {
        struct live_file *file = file_at(files, i);
        file->final = live_disk_path(live, file->name, "");
        file->temporary = live_disk_path(live, file->name, LIVE_DISK_TEMPORARY);
        if (file->blob && !write_temporary(file, one_by_one))
            note_error(file);
    }
    bool synced = one_by_one || syncfs(live->disk.lock) == 0;
    for (size_t i = 0; i < files->used; i++) {
        struct live_file *file = file_at(files, i);
        if (file->error == 0 && ((!synced && file->blob) || !take_place(file)))
            note_error(file);
        free(file->final);
        free(file->temporary);
    }
}

/* ---- in the loop --------------------------------------------------------------------------------
 */

static void begin(struct live *live);

/* What could not be written is tried again with the next sync, unless it never will. */
static void finish(struct live *live, struct live_file *file)
{
    struct bytes key = bytes_of_text(file->name);
    if (file->error != 0)
        live_disk_complain(live, file->name, file->error);
    live->disk.failing |= file->error != 0;
    if (file->error == 0 || file->error == ENAMETOOLONG || table_get(&live->disk.changed, key)) {
        free_file(file);
        return;
    }
    file->error = 0;
    table_put(&live->disk.changed, key, file);
}

static void written(uv_work_t *work, int status)
{
    struct live *live = work->data;
    struct live_disk *disk = &live->disk;
    (void)status;
    disk->failing = false;
    for (size_t i = 0; i < disk->under_way.used; i++)
        finish(live, file_at(&disk->under_way, i));
    table_free(&disk->under_way);
    disk->is_writing = false;
    if (disk->due)
        begin(live);
}

static void begin(struct live *live)
{
    struct live_disk *disk = &live->disk;
    disk->due = false;
    disk->is_writing = true;
    disk->under_way = disk->changed;
    disk->changed = (struct table){0};
    disk->work.data = live;
    uv_queue_work(&live->loop, &disk->work, write_files, written);
}

void live_disk_sync(struct live *live)
{
    if (live->disk.changed.count == 0)
        return;
    if (live->disk.is_writing)
        live->disk.due = true;
    else
        begin(live);
}

void live_disk_free(struct live *live)
{
    for (size_t i = 0; i < live->disk.changed.used; i++)
        free_file(file_at(&live->disk.changed, i)); /* never synced */
    table_free(&live->disk.changed);
    if (live->disk.locked)
        close(live->disk.lock);
    live->disk.locked = false;
}
