/* Files as the scenario's loader reaches them. */
#ifndef SCENARIOS_FILES_H
#define SCENARIOS_FILES_H

#include "scenarios/scenario.h"

/* The real file system. Only regular files are read, up to 1 GB. */
extern const struct scenario_files files_real;

/* PATH as seen from the directory in which the file FROM lies; in the arena. */
const char *files_beside(struct arena *arena, const char *from, const char *path);

#endif
