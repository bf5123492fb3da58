#include "tests/support/zone_text.h"
#include "nodes/dns/zonefile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

const uint8_t *name_of(const char *text)
{
    static uint8_t names[8][NAME_SIZE_MAX];
    static size_t turn;
    const char *error = NULL;
    uint8_t *name = names[turn++ % 8];
    if (name_from_text(bytes_of_text(text), NULL, name, &error) == 0)
        fail_msg("'%s' is no name: %s", text, error);
    return name;
}

static void complain(void *context, const char *file, unsigned line, unsigned column,
                     const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s:%u:%u: %s\n", file, line, column, sentence);
}

struct zone *zone_from_text(const char *origin, const char *text)
{
    struct zonefile_options options = {
        .origin = name_of(origin), .file = "test.zone", .report = complain};
    struct zone *zone = zonefile_load(bytes_of_text(text), &options);
    if (!zone)
        fail_msg("the zone file of '%s' has mistakes", origin);
    return zone;
}
