/* Directories on the real disk: making the way to a path, and removing a tree. */
#ifndef REPORTS_DIRECTORY_H
#define REPORTS_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the directories above PATH that are missing. *MADE becomes the length of the first of them
 * that was made, or 0. False: errno says why, and what was made is removed again. */
bool directory_make_parents(const char *path, size_t *made);

/* Removes the directories above PATH whose names have at least MADE octets, the deepest first, as
 * long as they are empty. Nothing for MADE of 0. */
void directory_remove_parents(const char *path, size_t made);

/* Removes PATH and all below it, following no symbolic link. What is not there is no error. */
bool directory_remove_tree(const char *path);

#endif
