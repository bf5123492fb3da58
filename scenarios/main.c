/* understudy: reads the command line, loads the scenarios, and does what was asked. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/live/command.h"
#include "scenarios/options.h"
#include "scenarios/run.h"

/* One scenario on its way; NULL where loading failed. */
struct loaded {
    struct arena arena;
    struct diagnostics diagnostics;
    struct scenario *scenario;
    struct stage *stage;
};

static void advise(struct loaded *loaded)
{
    if (loaded->scenario)
        scenario_advise(loaded->scenario, &loaded->diagnostics);
    if (loaded->stage)
        stage_advise(loaded->stage);
    for (size_t i = 0; loaded->stage && i < loaded->stage->zone_count; i++) {
        const struct stage_zone *zone = &loaded->stage->zones[i];
        if (zone->source && !zone->source->is_catalog)
            scenario_advise_zone(zone->source, zone->zone, &loaded->diagnostics);
    }
}

static bool load(const struct options *options, const char *path, struct loaded *out)
{
    struct scenario_options settings = {.settings = options->settings,
                                        .setting_count = options->setting_count};
    if (options->command == COMMAND_SERVE)
        settings.certificates_ns = live_command_now_ns();
    *out = (struct loaded){0};
    out->diagnostics.arena = &out->arena;
    out->scenario = scenario_load(&out->arena, path, &settings, &out->diagnostics);
    if (out->scenario)
        out->stage = stage_build(out->scenario, &out->arena, &out->diagnostics);
    if (options->command == COMMAND_CHECK)
        advise(out);
    diagnostics_print(&out->diagnostics, stderr);
    return out->stage != NULL;
}

static void unload(struct loaded *loaded)
{
    if (loaded->stage)
        stage_destroy(loaded->stage);
    diagnostics_free(&loaded->diagnostics);
    arena_release(&loaded->arena);
}

static enum exit_code act(const struct options *options, const char *path, struct loaded *loaded)
{
    switch (options->command) {
    case COMMAND_RUN:
        return run_scenario(options, path, loaded->stage);
    case COMMAND_CHECK:
        printf("%s: fine\n", path);
        return EXIT_HELD;
    case COMMAND_GRAPH:
        return graph_scenario(options, loaded->stage);
    case COMMAND_SERVE:
        return live_command(options, loaded->stage);
    }
    return EXIT_BAD_INPUT;
}

/* Every scenario is loaded before the first one runs: a typing mistake in the last one should not
 * cost the time of the others. Then each is loaded again, one at a time, so that only one takes
 * memory. */
static enum exit_code check_all(const struct options *options)
{
    enum exit_code worst = run_places_differ(options) ? EXIT_HELD : EXIT_BAD_INPUT;
    for (size_t i = 0; i < options->scenario_count; i++) {
        struct loaded loaded;
        if (!load(options, options->scenarios[i], &loaded))
            worst = EXIT_BAD_INPUT;
        unload(&loaded);
    }
    return worst;
}

static enum exit_code act_on_all(const struct options *options)
{
    enum exit_code worst = EXIT_HELD;
    for (size_t i = 0; i < options->scenario_count; i++) {
        struct loaded loaded;
        enum exit_code code = EXIT_BAD_INPUT;
        if (load(options, options->scenarios[i], &loaded))
            code = act(options, options->scenarios[i], &loaded);
        unload(&loaded);
        worst = code > worst ? code : worst;
    }
    return worst;
}

int main(int argc, char **argv)
{
    struct options options;
    enum exit_code code = EXIT_HELD;
    /* What a system's administrator configures must not change a run. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    switch (options_read(argc, argv, &options)) {
    case OPTIONS_WRONG:
        code = EXIT_BAD_INPUT;
        break;
    case OPTIONS_DONE:
        break;
    case OPTIONS_OK:
        if (options.command == COMMAND_RUN && options.scenario_count > 1)
            code = check_all(&options);
        if (code == EXIT_HELD)
            code = act_on_all(&options);
        break;
    }
    options_free(&options);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("understudy: standard output");
        code = EXIT_MACHINE;
    }
    return (int)code;
}
