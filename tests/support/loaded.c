#include "tests/support/loaded.h"

#include <string.h>

static const struct loaded_file *find(const struct loaded *loaded, const char *path)
{
    for (const struct loaded_file *file = loaded->files; file && file->path; file++) {
        if (strcmp(file->path, path) == 0)
            return file;
    }
    return NULL;
}

static bool read_text(void *context, struct arena *arena, const char *path, struct bytes *text,
                      const char **error)
{
    const struct loaded_file *file = find(context, path);
    (void)arena;
    *error = "no such file";
    if (file)
        *text = bytes_of_text(file->text);
    return file != NULL;
}

static bool probe(void *context, const char *path, const char **error)
{
    const struct loaded *loaded = context;
    *error = "no such file";
    return !loaded->files || find(loaded, path);
}

void loaded_load(struct loaded *loaded, const char *text)
{
    const struct scenario_files files = {read_text, probe, loaded};
    struct scenario_options options = {.settings = loaded->settings, .files = &files};
    while (options.setting_count < 4 && loaded->settings[options.setting_count])
        options.setting_count++;
    loaded->diagnostics.arena = &loaded->arena;
    loaded->scenario = scenario_load_text(&loaded->arena, "test.yaml", bytes_of_text(text),
                                          &options, &loaded->diagnostics);
}

const char *loaded_said(struct loaded *loaded)
{
    const char *said = "";
    diagnostics_sort(&loaded->diagnostics);
    for (size_t i = 0; i < loaded->diagnostics.count; i++) {
        const struct diagnostic *item = &loaded->diagnostics.items[i];
        said = arena_format(&loaded->arena, "%s%s%s: %s%s", said, *said ? "\n" : "",
                            place_text(&loaded->arena, item->place),
                            item->kind == DIAGNOSTIC_ADVICE ? "advice: " : "", item->sentence);
    }
    return said;
}

void loaded_free(struct loaded *loaded)
{
    diagnostics_free(&loaded->diagnostics);
    arena_release(&loaded->arena);
}
