/* Scenarios loaded from texts, with files that exist only in a table. */
#ifndef TESTS_SUPPORT_LOADED_H
#define TESTS_SUPPORT_LOADED_H

#include "scenarios/scenario.h"

struct loaded_file {
    const char *path; /* NULL ends the table */
    const char *text;
};

/* All zero but the inputs before loaded_load. */
struct loaded {
    const struct loaded_file *files; /* NULL: none; every zone file exists then */
    const char *settings[4];         /* up to the first NULL */
    struct arena arena;
    struct diagnostics diagnostics;
    struct scenario *scenario; /* NULL if it has errors */
};

/* Loads TEXT as the file "test.yaml". */
void loaded_load(struct loaded *loaded, const char *text);

/* Everything said, one line each as printed, without the last newline; in the arena. */
const char *loaded_said(struct loaded *loaded);

void loaded_free(struct loaded *loaded);

#endif
