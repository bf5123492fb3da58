/* A folder of its own for a test. */
#include "tests/support/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "reports/directory.h"
#include "sim/base/arena.h"

int scratch_make(void **state)
{
    const char *above = getenv("TMPDIR");
    char *path = memory_alloc(4096);
    snprintf(path, 4096, "%s/understudy-test-XXXXXX", above ? above : "/tmp");
    *state = path;
    return mkdtemp(path) ? 0 : -1;
}

int scratch_remove(void **state)
{
    bool removed = directory_remove_tree(*state);
    free(*state);
    return removed ? 0 : -1;
}

const char *scratch_path(void **state, const char *name)
{
    static char paths[8][4096];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    return path;
}

char *scratch_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *data = NULL;
    size_t capacity = 0;
    *size = 0;
    for (size_t got = 1; got > 0; *size += got) {
        capacity = *size + 65536;
        data = memory_resize(data, capacity);
        got = fread(data + *size, 1, capacity - *size - 1, file);
    }
    data[*size] = '\0';
    fclose(file);
    return data;
}

void scratch_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

bool scratch_exists(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0;
}

size_t scratch_count(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (folder)
        closedir(folder);
    return count;
}
