/* Other programs' judgement of whole zones, where they are installed. */
#ifndef TESTS_SUPPORT_JUDGE_H
#define TESTS_SUPPORT_JUDGE_H

#include "nodes/dns/zone.h"

/* False, and a line that says so, if PROGRAM is not installed. */
bool judge_is_installed(const char *program);

/* Fails the test unless COMMAND, whose %s is the path of a file with ZONE's records, ends with 0.
 */
void judge_zone(const struct zone *zone, const char *command);

#endif
