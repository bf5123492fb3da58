/* Texts that must stay as they are, in files of the source tree. */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

/* Fails the test at the first line in which TEXT is not what the file at PATH (from the top of the
 * tree) has. */
void golden_expect(const char *path, const char *text);

#endif
