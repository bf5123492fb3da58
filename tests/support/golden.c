/* Compares line by line, since a whole report is too long to look for one difference. */
#include "tests/support/golden.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/scratch.h"

static int line_size(const char *text)
{
    return (int)strcspn(text, "\n");
}

void golden_expect(const char *path, const char *text)
{
    char *golden = scratch_read(path, &(size_t){0});
    const char *wanted = golden;
    assert_non_null(golden);
    for (int line = 1; *wanted || *text; line++) {
        int wanted_size = line_size(wanted), size = line_size(text);
        if (size != wanted_size || memcmp(wanted, text, (size_t)size) != 0)
            fail_msg("%s:%d: \"%.*s\" instead of \"%.*s\"", path, line, size, text, wanted_size,
                     wanted);
        wanted += wanted_size + (wanted[wanted_size] == '\n');
        text += size + (text[size] == '\n');
    }
    free(golden);
}
