/* Any octets as a zone file: mistakes have a place, and a good zone survives being written out. */
#include "nodes/dns/zonefile.h"

#include <assert.h>

#include "sim/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t origin[] = "\1e";

struct watch {
    struct bytes text; /* what $INCLUDE finds, too */
    unsigned reports, includes;
};

static void count_report(void *context, const char *file, unsigned line, unsigned column,
                         const char *sentence)
{
    struct watch *watch = context;
    assert(file && line > 0 && column > 0 && *sentence);
    watch->reports++;
}

static bool include_itself(void *context, const char *from, const char *path,
                           const char **resolved_path, struct bytes *text, const char **error)
{
    struct watch *watch = context;
    *resolved_path = "included";
    *text = bytes_of(watch->text.data, watch->text.size / 2);
    *error = "enough";
    return from && path && watch->includes++ < 20;
}

static void check(struct zone *zone)
{
    struct zone_walk walk = {.zone = zone};
    struct zone_edit *edit = zone_edit_begin_empty(origin);
    struct rr rr;
    char text[600];
    while (zone_walk_next(&walk, &rr)) {
        enum zone_edit_result result = zone_edit_add(edit, &rr);
        assert(result == ZONE_EDIT_OK);
        zonefile_format_rr(&rr, text, sizeof text);
    }
    struct zone *again = zone_edit_finish(edit);
    assert(again && zone_equal(zone, again));
    zone_release(again);
}

/* The first octet says whether there is a good apex before the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char apex[] = "@ SOA a b 1 2 3 4 5\n@ NS a\n";
    if (size == 0 || size > 4096)
        return 0;
    size_t apex_size = data[0] & 1 ? sizeof apex - 1 : 0, text_size = apex_size + size - 1;
    struct arena arena = {0};
    uint8_t *text = arena_alloc(&arena, text_size);
    memcpy(text, apex, apex_size);
    memcpy(text + apex_size, data + 1, size - 1);
    struct watch watch = {.text = bytes_of(text, text_size)};
    struct zonefile_options options = {.origin = origin,
                                       .file = "fuzzed",
                                       .include = include_itself,
                                       .report = count_report,
                                       .context = &watch};
    struct zone *zone = zonefile_load(watch.text, &options);
    assert((zone != NULL) == (watch.reports == 0));
    if (zone)
        check(zone);
    zone_release(zone);
    arena_release(&arena);
    return 0;
}
