/* The main of a fuzzer built without libFuzzer: runs the files named, each once. */
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_SIZE_MAX = 1 << 20 };

/* A copy of its exact size lets AddressSanitizer see an over-read. */
static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return false;
    }
    struct arena arena = {0};
    void *room = arena_alloc(&arena, INPUT_SIZE_MAX);
    size_t size = fread(room, 1, INPUT_SIZE_MAX, file);
    fclose(file);
    LLVMFuzzerTestOneInput(arena_copy(&arena, room, size), size);
    arena_release(&arena);
    return true;
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++)
        if (!replay(paths[i]))
            return 1;
    printf("%s: %d inputs\n", paths[0], count - 1);
    return 0;
}
