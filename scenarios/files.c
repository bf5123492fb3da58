/* Reading whole files, with a sentence for each way that can fail. */
#include "scenarios/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SIZE_LIMIT = 1000000000 };

const char *files_beside(struct arena *arena, const char *from, const char *path)
{
    const char *slash = strrchr(from, '/');
    if (*path == '/' || !slash)
        return arena_text(arena, path);
    return arena_format(arena, "%.*s/%s", (int)(slash - from), from, path);
}

/* strerror differs between systems; messages shall not. */
static const char *reason(int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return "no such file";
    return error == EACCES ? "no permission to read it" : "can't be read";
}

/* Opens a regular file and tells its size; NULL and *ERROR if that fails. */
static FILE *open_file(const char *path, size_t *size, const char **error)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) != 0) {
        *error = reason(errno);
    } else if (!S_ISREG(status.st_mode)) {
        *error = "not a file";
    } else if (status.st_size > SIZE_LIMIT) {
        *error = "larger than 1 GB";
    } else {
        *size = (size_t)status.st_size;
        return file;
    }
    if (file)
        fclose(file);
    return NULL;
}

static bool read_file(void *context, struct arena *arena, const char *path, struct bytes *text,
                      const char **error)
{
    size_t size;
    (void)context;
    FILE *file = open_file(path, &size, error);
    if (!file)
        return false;
    uint8_t *data = arena_alloc(arena, size + 1);
    size_t got = fread(data, 1, size, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    *text = bytes_of(data, got);
    *error = reason(EIO);
    return !failed;
}

static bool probe_file(void *context, const char *path, const char **error)
{
    size_t size;
    (void)context;
    FILE *file = open_file(path, &size, error);
    if (!file)
        return false;
    fclose(file);
    return true;
}

const struct scenario_files files_real = {read_file, probe_file, NULL};
