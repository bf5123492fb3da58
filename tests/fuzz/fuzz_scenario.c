/* Any octets as a scenario. Every file is there. */
#include <assert.h>

#include "scenarios/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is included: a scenario in which the names of the seeds mean something. */
static bool read_base(void *context, struct arena *arena, const char *path, struct bytes *text,
                      const char **error)
{
    static const char base[] =
        "duration: 1h\n"
        "sites: {fra: {location: [50.11, 8.68]}, iad: {location: [38.95, -77.45]}}\n"
        "zones: {example.com: {file: example.com.zone}}\n"
        "servers:\n"
        "  ns1: {site: fra, primary: [example.com]}\n"
        "  ns2: {site: iad, secondary: {example.com: {from: [ns1]}}}\n"
        "resolvers: {isp: {site: fra}}\n"
        "clients:\n"
        "  users: {site: fra, resolver: isp, queries: {rate: 1/s, names: {from: example.com}}}\n";
    (void)context;
    (void)arena;
    (void)path;
    (void)error;
    *text = bytes_of(base, sizeof base - 1);
    return true;
}

static bool probe(void *context, const char *path, const char **error)
{
    (void)context;
    (void)path;
    (void)error;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct scenario_files files = {read_base, probe, NULL};
    struct arena arena = {0};
    struct diagnostics diagnostics = {.arena = &arena};
    const char *setting = "timeline/0/at=1h";
    const struct scenario_options options = {
        .settings = &setting, .setting_count = size % 2, .files = &files};
    struct scenario *scenario =
        scenario_load_text(&arena, "fuzz.yaml", bytes_of(data, size), &options, &diagnostics);
    assert((scenario == NULL) == (diagnostics.errors > 0));
    if (scenario)
        scenario_advise(scenario, &diagnostics);
    diagnostics_sort(&diagnostics);
    diagnostics_free(&diagnostics);
    arena_release(&arena);
    return 0;
}
