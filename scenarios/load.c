/* From a file to a checked scenario: read, join, set, load, check. */
#include "scenarios/check.h"
#include "scenarios/files.h"
#include "scenarios/load.h"

#include <stdlib.h>
#include <string.h>

/* The file's name without directories and ".yaml". */
static const char *default_name(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    return arena_format(arena, "%.*s", (int)length, base);
}

/* What a file says in vain of later times is a mistake in it; of who shortens a run it is not. */
static void note_duration(struct load *load, const struct yaml *root)
{
    const struct yaml_entry *duration = yaml_find(root, "duration");
    if (duration && duration->value->place.line == 0)
        load->duration_set = duration->value->place;
}

static void load_scenario(struct load *load, struct bytes text,
                          const struct scenario_options *options)
{
    struct scenario *scenario = load->scenario;
    struct yaml *root = load_document(load, scenario->file, text);
    if (!root)
        return;
    for (size_t i = 0; i < options->setting_count; i++)
        load_set(load, root, options->settings[i]);
    note_duration(load, root);
    load_record(load, &schema_scenario, root, "the scenario", root->place, scenario);
    scenario->certificates_ns =
        options->certificates_ns ? options->certificates_ns : scenario->start_ns;
    check_scenario(load);
}

struct scenario *scenario_load_text(struct arena *arena, const char *path, struct bytes text,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics)
{
    static const struct scenario_options defaults = {0};
    size_t errors = diagnostics->errors;
    if (!options)
        options = &defaults;
    struct scenario *scenario = arena_alloc(arena, sizeof *scenario);
    scenario->file = arena_text(arena, path);
    scenario->name = default_name(arena, path);
    struct load load = {
        .arena = arena,
        .diagnostics = diagnostics,
        .files = options->files ? options->files : &files_real,
        .scenario = scenario,
    };
    load_scenario(&load, text, options);
    free(load.pending);
    return diagnostics->errors == errors ? scenario : NULL;
}

struct scenario *scenario_load(struct arena *arena, const char *path,
                               const struct scenario_options *options,
                               struct diagnostics *diagnostics)
{
    const struct scenario_files *files = options && options->files ? options->files : &files_real;
    struct bytes text;
    const char *error = NULL;
    if (files->read(files->context, arena, path, &text, &error))
        return scenario_load_text(arena, path, text, options, diagnostics);
    diagnostics_error(diagnostics, (struct place){.file = arena_text(arena, path)},
                      "%s, expected a scenario file", error);
    return NULL;
}
