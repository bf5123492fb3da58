/* Reading the scenario's zone files: the only place where $INCLUDE meets the file system. */
#include "scenarios/stage/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/zonefile.h"

struct loading {
    struct stage *stage;
    const struct scenario_zone *zone;
    bool may_be_broken;
    const char *why;   /* the first mistake */
    uint32_t last_ttl; /* $TTL; UINT32_MAX: none */
};

static bool read_file(struct arena *arena, const char *path, struct bytes *text, const char **error)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        *error = strerror(errno);
        return false;
    }
    size_t size = 0, capacity = 1 << 16, got;
    uint8_t *data = memory_alloc(capacity);
    while ((got = fread(data + size, 1, capacity - size, file)) > 0) {
        size += got;
        if (size == capacity)
            data = memory_resize(data, capacity *= 2);
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        *error = strerror(EIO);
    arena_on_release(arena, free, data);
    *text = bytes_of(data, size);
    return !failed;
}

static bool include(void *context, const char *from, const char *path, const char **resolved_path,
                    struct bytes *text, const char **error)
{
    struct loading *loading = context;
    struct arena *arena = loading->stage->arena;
    const char *slash = strrchr(from, '/');
    *resolved_path = path[0] == '/' || !slash
                         ? arena_text(arena, path)
                         : arena_format(arena, "%.*s/%s", (int)(slash - from), from, path);
    return read_file(arena, *resolved_path, text, error);
}

/* Inline records have no file of their own: their lines count on from where they stand. */
static void report(void *context, const char *file, unsigned line, unsigned column,
                   const char *sentence)
{
    struct loading *loading = context;
    struct place place = {file, line, column};
    if (!loading->zone->file && file == loading->zone->source.file) {
        place.line += loading->zone->source.line - 1;
        place.column += loading->zone->source.column - 1;
    }
    if (!loading->may_be_broken)
        diagnostics_error(loading->stage->diagnostics, place, "%s", sentence);
    else
        diagnostics_advice(loading->stage->diagnostics, place,
                           "%s; the server will keep the version that it has", sentence);
    if (!loading->why)
        loading->why =
            arena_format(loading->stage->arena, "the zone file has a mistake: %s", sentence);
}

static struct zone *load(struct loading *loading)
{
    struct stage *stage = loading->stage;
    const struct scenario_zone *source = loading->zone;
    const char *error = NULL;
    struct bytes text;
    if (source->catalog.items)
        return stage_make_catalog(stage, source);
    if (source->records) {
        text = bytes_of_text(source->records);
    } else if (!read_file(stage->arena, source->file, &text, &error)) {
        diagnostics_error(stage->diagnostics, source->source, "can't read zone file '%s': %s",
                          source->file, error);
        return NULL;
    }
    struct zonefile_options options = {
        .origin = source->wire,
        .file = source->file ? source->file : source->source.file,
        .last_ttl = &loading->last_ttl,
        .include = include,
        .report = report,
        .context = loading,
    };
    return zonefile_load(text, &options);
}

struct zone *stage_load_version(struct stage *stage, const struct scenario_zone *source,
                                const char **why)
{
    struct loading loading = {.stage = stage, .zone = source, .may_be_broken = true};
    struct zone *zone = load(&loading);
    *why = loading.why;
    return zone ? zone_store_intern(stage->store, zone) : NULL;
}

/* RFC 2308 section 4: $TTL; a zone without one has the SOA's minimum, its older meaning. */
static uint32_t default_ttl(const struct loading *loading, const struct zone *zone)
{
    struct soa soa;
    if (loading->last_ttl != UINT32_MAX)
        return loading->last_ttl;
    zone_soa(zone, &soa);
    return soa.minimum;
}

bool stage_load_zones(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    stage->zones = arena_alloc(stage->arena, (scenario->zone_count + 1) * sizeof *stage->zones);
    bool good = true;
    for (size_t i = 0; i < scenario->zone_count; i++) {
        const struct scenario_zone *source = &scenario->zones[i];
        struct loading loading = {.stage = stage, .zone = source, .last_ttl = UINT32_MAX};
        struct zone *zone = load(&loading);
        good = good && zone;
        stage_add_zone(stage, (struct stage_zone){
                                  .origin = source->wire,
                                  .name = source->name,
                                  .source = source,
                                  .zone = zone ? zone_store_intern(stage->store, zone) : NULL,
                                  .default_ttl = zone ? default_ttl(&loading, zone) : 0,
                              });
    }
    if (good)
        stage_list_members(stage);
    return good;
}

void stage_add_zone(struct stage *stage, struct stage_zone zone)
{
    stage->zones[stage->zone_count++] = zone;
    struct bytes origin = bytes_of(zone.origin, name_size(zone.origin));
    if (!table_get(&stage->origins, origin))
        table_put(&stage->origins, origin, (void *)(uintptr_t)stage->zone_count);
}

const struct stage_zone *stage_zone_at(const struct stage *stage, const uint8_t *origin)
{
    uint8_t lower[NAME_SIZE_MAX];
    uintptr_t found =
        (uintptr_t)table_get(&stage->origins, bytes_of(lower, name_lower(origin, lower)));
    return found ? &stage->zones[found - 1] : NULL;
}

const struct stage_zone *stage_zone_of(const struct stage *stage, const uint8_t *name)
{
    const struct stage_zone *zone = stage_zone_at(stage, name);
    while (!zone && !name_is_root(name)) {
        name = name_parent(name);
        zone = stage_zone_at(stage, name);
    }
    return zone;
}
