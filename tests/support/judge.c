#include "tests/support/judge.h"

#include "nodes/dns/zonefile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

bool judge_is_installed(const char *program)
{
    char line[100];
    snprintf(line, sizeof line, "command -v %s > /dev/null", program);
    if (system(line) == 0)
        return true;
    printf("skipped: %s is not installed\n", program);
    return false;
}

static void write_zone(const struct zone *zone, FILE *file)
{
    static char line[70000];
    struct zone_walk walk = {.zone = zone};
    struct rr rr;
    while (zone_walk_next(&walk, &rr))
        fprintf(file, "%s\n", zonefile_format_rr(&rr, line, sizeof line));
}

void judge_zone(const struct zone *zone, const char *command)
{
    char path[] = "/tmp/understudy-signed-XXXXXX", line[300];
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    write_zone(zone, file);
    fclose(file);
    snprintf(line, sizeof line, command, path);
    int status = system(line);
    unlink(path);
    if (status != 0)
        fail_msg("%s: status %d", line, status);
}
