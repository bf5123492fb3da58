/*
 * An output directory that is whole or not there: written beside its place,
 * renamed into it. What it does not do: it never calls fsync, so a power cut
 * right after the end may still lose the files.
 */
#include "reports/output.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/directory.h"
#include "sim/base/arena.h"

enum { DEFAULT_BUFFER_SIZE = 64 * 1024, PARTIAL_TRIES = 100 };

struct output {
    struct arena arena;
    const char *path;    /* where the directory will be */
    const char *partial; /* where it is written */
    size_t made_parents; /* see directory_make_parents */
    struct output_file *open_files;
    bool failed;
    char error[OUTPUT_ERROR_SIZE];
};

struct output_file {
    struct output *output;
    struct output_file *next; /* in open_files */
    const char *name;
    FILE *stream;
    char *buffer;
    bool failed;
};

/* ---- errors ----------------------------------------------------------------------------- */

void output_fail(struct output *output, const char *name, const char *what)
{
    if (output->failed)
        return;
    output->failed = true;
    snprintf(output->error, sizeof output->error, "%s%s%s: %s", output->path, name ? "/" : "",
             name ? name : "", what);
}

const char *output_error(const struct output *output)
{
    return output->failed ? output->error : NULL;
}

static void file_fail(struct output_file *file, const char *action, int reason)
{
    char what[OUTPUT_ERROR_SIZE / 2];
    snprintf(what, sizeof what, "cannot %s: %s", action, strerror(reason));
    file->failed = true;
    output_fail(file->output, file->name, what);
}

static void describe(char error[OUTPUT_ERROR_SIZE], const char *path, const char *what, int reason)
{
    snprintf(error, OUTPUT_ERROR_SIZE, "%s: %s%s%s", path, what, reason ? ": " : "",
             reason ? strerror(reason) : "");
}

/* ---- files ------------------------------------------------------------------------------- */

static FILE *open_stream(struct output *output, const char *name)
{
    size_t made;
    char *path = arena_format(&output->arena, "%s/%s", output->partial, name);
    if (!directory_make_parents(path, &made))
        return NULL;
    return fopen(path, "wxe");
}

struct output_file *output_create(struct output *output, const char *name, size_t buffer_size)
{
    struct output_file *file = arena_alloc(&output->arena, sizeof *file);
    *file = (struct output_file){.output = output, .name = arena_text(&output->arena, name)};
    file->stream = open_stream(output, name);
    if (!file->stream) {
        file_fail(file, "create the file", errno);
        return file;
    }
    file->next = output->open_files;
    output->open_files = file;
    size_t size = buffer_size ? buffer_size : DEFAULT_BUFFER_SIZE;
    file->buffer = memory_alloc(size);
    setvbuf(file->stream, file->buffer, _IOFBF, size);
    __fsetlocking(file->stream, FSETLOCKING_BYCALLER); /* one thread: a third of fwrite's time */
    return file;
}

void output_write(struct output_file *file, const void *data, size_t size)
{
    if (file->failed || size == 0)
        return;
    if (fwrite(data, size, 1, file->stream) != 1)
        file_fail(file, "write", errno);
}

void output_printf(struct output_file *file, const char *format, ...)
{
    if (file->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    if (vfprintf(file->stream, format, arguments) < 0)
        file_fail(file, "write", errno);
    va_end(arguments);
}

FILE *output_stream(struct output_file *file)
{
    return file->stream;
}

bool output_check(struct output_file *file)
{
    if (!file->failed && ferror(file->stream))
        file_fail(file, "write", errno ? errno : EIO);
    return !file->failed;
}

static void unlink_file(struct output_file *file)
{
    struct output_file **link = &file->output->open_files;
    while (*link != file)
        link = &(*link)->next;
    *link = file->next;
}

bool output_close(struct output_file *file, void (*closer)(void *context), void *context)
{
    if (!file->stream)
        return false;
    if (output_check(file) && fflush(file->stream) != 0)
        file_fail(file, "write", errno);
    /* A library that closes the stream keeps the result to itself; but some file systems report a
     * full disk only at close, which a second descriptor of the same file lets us see. */
    int descriptor = dup(fileno(file->stream));
    if (descriptor >= 0 && close(descriptor) != 0 && !file->failed)
        file_fail(file, "write", errno);
    if (closer)
        closer(context);
    else if (fclose(file->stream) != 0 && !file->failed)
        file_fail(file, "write", errno);
    unlink_file(file);
    free(file->buffer);
    file->stream = NULL;
    file->buffer = NULL;
    return !file->failed;
}

/* ---- the directory ------------------------------------------------------------------------- */

/* OUTPUT_OK: nothing is at PATH, or a directory of ours. */
static enum output_status check_place(const char *path, char error[OUTPUT_ERROR_SIZE])
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        if (errno == ENOENT)
            return OUTPUT_OK;
        describe(error, path, "cannot use this path", errno);
        return OUTPUT_FAILED;
    }
    if (!S_ISDIR(found.st_mode)) {
        describe(error, path, "exists and is not a directory", 0);
        return OUTPUT_REFUSED;
    }
    char *marker = memory_alloc(strlen(path) + sizeof "/" OUTPUT_MARKER);
    sprintf(marker, "%s/" OUTPUT_MARKER, path);
    bool ours = lstat(marker, &found) == 0 && S_ISREG(found.st_mode);
    free(marker);
    if (ours)
        return OUTPUT_OK;
    describe(error, path,
             "this directory exists and is not an earlier output (it has no " OUTPUT_MARKER
             " file), so it is not replaced",
             0);
    return OUTPUT_REFUSED;
}

/* The path without slashes at its end, and through symbolic links if it exists. */
static const char *final_path(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = arena_text(arena, real ? real : path);
    free(real);
    for (size_t size = strlen(copy); size > 1 && copy[size - 1] == '/'; size--)
        copy[size - 1] = '\0';
    return copy;
}

/* Makes the directory for the time of writing, named for this process. */
static bool make_partial(struct output *output)
{
    for (int try = 0; try < PARTIAL_TRIES; try++) {
        output->partial =
            arena_format(&output->arena, "%s.partial-%ld-%d", output->path, (long)getpid(), try);
        if (mkdir(output->partial, 0777) == 0)
            return true;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

static void write_marker(struct output *output)
{
    struct output_file *marker = output_create(output, OUTPUT_MARKER, 256);
    output_printf(marker, "Written by understudy, which replaces this directory when it is given "
                          "as output again.\n");
    output_close(marker, NULL, NULL);
}

/* A capture a node: many files are open at once. */
static void prepare_process(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGXFSZ, SIG_IGN);
}

static void output_free(struct output *output)
{
    arena_release(&output->arena);
    free(output);
}

enum output_status output_open(const char *path, struct output **out, char error[OUTPUT_ERROR_SIZE])
{
    if (*path == '\0') {
        describe(error, "output directory", "its path is empty", 0);
        return OUTPUT_REFUSED;
    }
    struct output *output = memory_zeroed(sizeof *output);
    output->path = final_path(&output->arena, path);
    enum output_status status = check_place(output->path, error);
    if (status != OUTPUT_OK) {
        output_free(output);
        return status;
    }
    prepare_process();
    bool parents = directory_make_parents(output->path, &output->made_parents);
    if (!parents || !make_partial(output)) {
        describe(error, output->path, "cannot make the directory", errno);
        directory_remove_parents(output->path, output->made_parents);
        output_free(output);
        return OUTPUT_FAILED;
    }
    write_marker(output);
    if (output->failed) {
        strcpy(error, output->error);
        output_abandon(output);
        return OUTPUT_FAILED;
    }
    *out = output;
    return OUTPUT_OK;
}

static void close_all(struct output *output)
{
    while (output->open_files)
        output_close(output->open_files, NULL, NULL);
}

void output_abandon(struct output *output)
{
    close_all(output);
    directory_remove_tree(output->partial);
    directory_remove_parents(output->path, output->made_parents);
    output_free(output);
}

/* What stands at the path steps aside and is removed only when the new directory is in its place.
 */
static bool take_place(struct output *output)
{
    const char *old = arena_format(&output->arena, "%s.replaced-%ld", output->path, (long)getpid());
    bool replaced = rename(output->path, old) == 0;
    if (!replaced && errno != ENOENT)
        return false;
    if (rename(output->partial, output->path) != 0) {
        int reason = errno;
        if (replaced)
            rename(old, output->path);
        errno = reason;
        return false;
    }
    if (replaced)
        directory_remove_tree(old);
    return true;
}

bool output_commit(struct output *output, char error[OUTPUT_ERROR_SIZE])
{
    close_all(output);
    char place[OUTPUT_ERROR_SIZE];
    if (!output->failed && check_place(output->path, place) != OUTPUT_OK) {
        output->failed = true;
        memcpy(output->error, place, sizeof place);
    }
    if (!output->failed && !take_place(output)) {
        output->failed = true;
        describe(output->error, output->path, "cannot put the directory in its place", errno);
    }
    if (output->failed) {
        memcpy(error, output->error, OUTPUT_ERROR_SIZE);
        output_abandon(output);
        return false;
    }
    output_free(output);
    return true;
}
