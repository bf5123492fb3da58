/*
 * Directories on the real disk. Trees are walked through descriptors, so that a
 * symbolic link inside never leads out of them.
 */
#include "reports/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/arena.h"

static char *copy_prefix(const char *path, size_t size)
{
    char *copy = memory_alloc(size + 1);
    memcpy(copy, path, size);
    copy[size] = '\0';
    return copy;
}

/* The size of the path above PATH's first SIZE octets, or 0 if there is none to make. */
static size_t parent_size(const char *path, size_t size)
{
    while (size > 0 && path[size - 1] != '/')
        size--;
    while (size > 0 && path[size - 1] == '/')
        size--;
    return size;
}

static bool make_one(const char *path, size_t size, bool *made)
{
    char *prefix = copy_prefix(path, size);
    *made = mkdir(prefix, 0777) == 0;
    bool there = *made || errno == EEXIST || errno == EISDIR;
    int reason = errno;
    free(prefix);
    errno = reason;
    return there;
}

bool directory_make_parents(const char *path, size_t *made)
{
    size_t end = parent_size(path, strlen(path));
    *made = 0;
    for (size_t size = 1; size <= end; size++) {
        if (size != end && (path[size] != '/' || path[size - 1] == '/'))
            continue;
        bool fresh;
        if (!make_one(path, size, &fresh)) {
            int reason = errno;
            directory_remove_parents(path, *made);
            errno = reason;
            return false;
        }
        if (fresh && *made == 0)
            *made = size;
    }
    return true;
}

void directory_remove_parents(const char *path, size_t made)
{
    size_t size = parent_size(path, strlen(path));
    while (made > 0 && size >= made) {
        char *prefix = copy_prefix(path, size);
        rmdir(prefix);
        free(prefix);
        size = parent_size(path, size);
    }
}

static bool remove_at(int above, const char *name);

static bool empty_directory(int directory)
{
    DIR *stream = fdopendir(directory);
    if (!stream) {
        close(directory);
        return false;
    }
    bool ok = true;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_at(dirfd(stream), entry->d_name) && ok;
    }
    closedir(stream);
    return ok;
}

static bool remove_at(int above, const char *name)
{
    if (unlinkat(above, name, 0) == 0 || errno == ENOENT)
        return true;
    int directory = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 || !empty_directory(directory))
        return false;
    return unlinkat(above, name, AT_REMOVEDIR) == 0;
}

bool directory_remove_tree(const char *path)
{
    return remove_at(AT_FDCWD, path);
}
