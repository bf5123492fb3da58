/*
 * The node's disk at start: a file a name in the state directory, which one process has for
 * itself. What is written later: disk_write.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenarios/live/internal.h"

void live_disk_complain(const struct live *live, const char *name, int error)
{
    fprintf(stderr, "understudy: %s/%s: %s\n", live->options->state, name, strerror(error));
}

/* Names come from zones: what a file name can't have is written as %XX. */
char *live_disk_path(const struct live *live, const char *name, const char *end)
{
    const char *folder = live->options->state;
    char *path = memory_alloc(strlen(folder) + 1 + 3 * strlen(name) + strlen(end) + 1);
    char *at = path + sprintf(path, "%s/", folder);
    for (const char *c = name; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-_", *c) || (*c == '.' && c != name);
        at += plain ? sprintf(at, "%c", *c) : sprintf(at, "%%%02X", (unsigned char)*c);
    }
    strcpy(at, end);
    return path;
}

#define LOCK_NAME ".lock"

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
    size_t size = strlen(entry->d_name), end = strlen(LIVE_DISK_TEMPORARY);
    return entry->d_name[0] != '.' &&
           (size < end || strcmp(entry->d_name + size - end, LIVE_DISK_TEMPORARY) != 0);
}

static bool load_file(struct live *live, struct arena *arena, const char *file)
{
    FILE *stream = fopen(path_of(live, arena, file), "rb");
    struct stat status;
    if (!stream || fstat(fileno(stream), &status) != 0) {
        live_disk_complain(live, file, errno);
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
        live_disk_complain(live, file, errno);
    free(data);
    return good;
}

/* Finds out at once whether one can write there, and that nobody else does. */
static bool take_folder(struct live *live)
{
    const char *folder = live->options->state;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        live_disk_complain(live, "", errno);
        return false;
    }
    const char *path = arena_format(&live->arena, "%s/%s", folder, LOCK_NAME);
    live->disk.lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    live->disk.locked = live->disk.lock >= 0;
    if (live->disk.locked && flock(live->disk.lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        fprintf(stderr, "understudy: %s: another process keeps its state there\n", folder);
    else
        live_disk_complain(live, LOCK_NAME, errno);
    return false;
}

bool live_disk_load(struct live *live)
{
    struct dirent **entries = NULL;
    struct arena arena = {0};
    if (!live->options->state)
        return true;
    if (!take_folder(live))
        return false;
    int count = scandir(live->options->state, &entries, is_file, alphasort);
    bool good = count >= 0;
    if (!good)
        live_disk_complain(live, "", errno);
    for (int i = 0; i < count; i++) {
        good = good && load_file(live, &arena, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    arena_release(&arena);
    return good;
}
