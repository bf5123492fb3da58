/* A folder of its own for a test, under $TMPDIR or /tmp. */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* For cmocka's setup and teardown: *STATE is the folder's path. */
int scratch_make(void **state);
int scratch_remove(void **state);

/* "FOLDER/NAME" in a buffer that is re-used after eight calls. */
const char *scratch_path(void **state, const char *name);

/* The whole file, terminated by a zero that *SIZE does not count; to be freed. NULL: not there. */
char *scratch_read(const char *path, size_t *size);
void scratch_write(const char *path, const char *text);

bool scratch_exists(const char *path);

/* Entries of the folder PATH. */
size_t scratch_count(const char *path);

#endif
