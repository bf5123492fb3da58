/* The order of the checks, and what they share. */
#include "scenarios/check.h"

bool check_holders_unclear(const struct load *load)
{
    for (size_t i = 0; i < load->scenario->server_count; i++)
        if (load->scenario->servers[i].unclear)
            return true;
    return load->incomplete;
}

const char *check_duration_text(struct arena *arena, int64_t duration_ns)
{
    static const struct {
        const char *name;
        int64_t size;
    } units[] = {{"d", 86400 * NS_PER_S},
                 {"h", 3600 * NS_PER_S},
                 {"m", 60 * NS_PER_S},
                 {"s", NS_PER_S},
                 {"ms", NS_PER_MS},
                 {"us", NS_PER_US},
                 {"ns", 1}};
    const char *text = "";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t amount = duration_ns / units[i].size;
        duration_ns %= units[i].size;
        if (amount > 0)
            text = arena_format(arena, "%s%lld%s", text, (long long)amount, units[i].name);
    }
    return *text ? text : "0";
}

/* The first second of 2100. Times are 64 bits of nanoseconds and end in 2262; nodes add up to 2^32
 * seconds to them, 136 years. */
#define END_MAX_NS (INT64_C(4102444800) * NS_PER_S)

static void check_end(struct load *load)
{
    const struct scenario *scenario = load->scenario;
    if (scenario->start_ns > END_MAX_NS || scenario->duration_ns > END_MAX_NS - scenario->start_ns)
        diagnostics_error(load->diagnostics, (struct place){.file = scenario->file},
                          "the run ends after 2099, expected an earlier 'start' or a shorter "
                          "'duration'");
}

void check_scenario(struct load *load)
{
    check_end(load);
    check_names(load);
    check_sites(load);
    check_catalogs(load);
    check_zones(load);
    check_addresses(load);
    check_clients(load);
    check_timeline(load);
    check_expectations(load);
}
