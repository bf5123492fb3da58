/* The node's disk: a file a name in the state directory, replaced whole at sync. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenarios/live/internal.h"

static void complain(struct live *live, const char *name)
{
    fprintf(stderr, "understudy: %s/%s: %s\n", live->options->state, name, strerror(errno));
}

/* Names come from zones: what a file name can't have is written as %XX. */
static char *file_name(struct arena *arena, const char *name, bool temporary)
{
    char *path = arena_alloc(arena, 3 * strlen(name) + 5);
    char *at = path;
    for (const char *c = name; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-_", *c) || (*c == '.' && c != name);
        at += plain ? sprintf(at, "%c", *c) : sprintf(at, "%%%02X", (unsigned char)*c);
    }
    strcpy(at, temporary ? ".new" : "");
    return path;
}

static const char *path_of(struct live *live, struct arena *arena, const char *file)
{
    return arena_format(arena, "%s/%s", live->options->state, file);
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The value of an upper-case digit as file_name writes it; -1: none. */
static int hex_value(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Files that are not ours may have any name. */
static char *name_of_file(struct arena *arena, const char *file)
{
    char *name = arena_text(arena, file), *to = name;
    for (const char *from = name; *from; to++) {
        int high = *from == '%' ? hex_value(from[1]) : -1;
        int low = high >= 0 ? hex_value(from[2]) : -1;
        *to = low >= 0 ? (char)(high * 16 + low) : *from;
        from += low >= 0 ? 3 : 1;
    }
    *to = '\0';
    return name;
}

static int is_file(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && (size < 4 || strcmp(entry->d_name + size - 4, ".new") != 0);
}

static bool load_file(struct live *live, struct arena *arena, const char *file)
{
    FILE *stream = fopen(path_of(live, arena, file), "rb");
    struct stat status;
    if (!stream || fstat(fileno(stream), &status) != 0) {
        complain(live, file);
        if (stream)
            fclose(stream);
        return false;
    }
    uint8_t *data = memory_alloc((size_t)status.st_size);
    size_t size = fread(data, 1, (size_t)status.st_size, stream);
    bool good = !ferror(stream);
    fclose(stream);
    if (good)
        live_deliver(live, &(struct host_event){.kind = HOST_DISK,
                                                .name = name_of_file(arena, file),
                                                .bytes = bytes_of(data, size)});
    else
        complain(live, file);
    free(data);
    return good;
}

bool live_disk_load(struct live *live)
{
    struct dirent **entries = NULL;
    struct arena arena = {0};
    if (!live->options->state)
        return true;
    if (mkdir(live->options->state, 0777) != 0 && errno != EEXIST) {
        complain(live, "");
        return false;
    }
    int count = scandir(live->options->state, &entries, is_file, alphasort);
    bool good = count >= 0;
    if (!good)
        complain(live, "");
    for (int i = 0; i < count; i++) {
        good = good && load_file(live, &arena, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    arena_release(&arena);
    return good;
}

/* ---- writing --------------------------------------------------------------------------------- */

void live_disk_write(struct live *live, const char *name, struct host_blob *blob)
{
    if (!live->options->state) {
        host_blob_release(blob);
        return;
    }
    size_t at = 0;
    while (at < live->file_count && strcmp(live->files[at].name, name) != 0)
        at++;
    if (at == live->file_count) {
        memory_reserve(live->files, live->file_count, live->file_capacity);
        live->files[live->file_count++] =
            (struct live_file){.name = arena_text(&live->arena, name)};
    }
    host_blob_release(live->files[at].blob);
    live->files[at].blob = blob;
    live->files[at].dirty = true;
}

static void write_part(void *context, struct bytes part)
{
    fwrite(part.data, 1, part.size, context);
}

static bool write_file(struct live *live, struct arena *arena, const struct live_file *file)
{
    const char *final = path_of(live, arena, file_name(arena, file->name, false));
    if (!file->blob)
        return unlink(final) == 0 || errno == ENOENT;
    const char *temporary = path_of(live, arena, file_name(arena, file->name, true));
    FILE *stream = fopen(temporary, "wb");
    if (!stream)
        return false;
    file->blob->type->encode(file->blob, write_part, stream);
    bool good = fflush(stream) == 0 && !ferror(stream) && fsync(fileno(stream)) == 0;
    good = fclose(stream) == 0 && good;
    return good && rename(temporary, final) == 0;
}

void live_disk_sync(struct live *live)
{
    struct arena arena = {0};
    for (size_t i = 0; i < live->file_count; i++) {
        struct live_file *file = &live->files[i];
        if (!file->dirty)
            continue;
        if (!write_file(live, &arena, file))
            complain(live, file->name);
        host_blob_release(file->blob);
        file->blob = NULL;
        file->dirty = false;
    }
    arena_release(&arena);
}

void live_disk_free(struct live *live)
{
    for (size_t i = 0; i < live->file_count; i++)
        host_blob_release(live->files[i].blob);
    free(live->files);
}
