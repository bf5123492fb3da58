/* What happened when, in at most TERMINAL_TIMELINE_LINES lines. */
#include "reports/terminal_internal.h"

#include "reports/figure.h"

/* ---- sentences --------------------------------------------------------------------------- */

/* How VERSION reached its servers: "everywhere after 231 ms", "not on ns1 and 2 others". */
static const char *spread(struct terminal *terminal, size_t version, enum style *style)
{
    const struct summary_input *summary = terminal->input->summary;
    struct metrics_version published = metrics_version(summary->metrics, version);
    const char *missing = NULL;
    size_t missing_count = 0, holders = 0;
    int64_t slowest_ns = 0;
    for (uint32_t i = 0; i < summary->topology->node_count; i++) {
        if (i == published.primary || !metrics_holds(summary->metrics, i, published.zone))
            continue;
        int64_t served_ns = metrics_served_ns(summary->metrics, version, i);
        holders++;
        if (served_ns >= 0 && served_ns - published.published_ns > slowest_ns)
            slowest_ns = served_ns - published.published_ns;
        if (served_ns < 0 && missing_count++ == 0)
            missing = summary->topology->nodes[i].name;
    }
    char text[FIGURE_SIZE];
    *style = missing ? STYLE_WARNING : STYLE_PLAIN;
    if (missing_count > 1)
        return arena_format(&terminal->arena, "; never on %s and %zu more", missing,
                            missing_count - 1);
    if (missing)
        return arena_format(&terminal->arena, "; never on %s", missing);
    return holders == 0 ? ""
                        : arena_format(&terminal->arena, "; everywhere after %s",
                                       figure_duration(slowest_ns, text));
}

static size_t version_of(const struct metrics *metrics, const struct timeline_entry *entry)
{
    for (size_t i = 0; i < metrics_version_count(metrics); i++) {
        struct metrics_version version = metrics_version(metrics, i);
        if (version.zone == entry->zone && version.serial == entry->serial &&
            version.published_ns == entry->at_ns)
            return i;
    }
    return SIZE_MAX;
}

/* "ns2", or "ns2 (3 hosts)" if it was several. */
static const char *subject(struct terminal *terminal, const struct timeline_entry *entry)
{
    if (entry->count == 1)
        return entry->what;
    return arena_format(&terminal->arena, "%s (%u hosts)", entry->what, entry->count);
}

static const char *zone_sentence(struct terminal *terminal, const struct timeline_entry *entry,
                                 enum style *style)
{
    struct arena *arena = &terminal->arena;
    const struct summary_input *summary = terminal->input->summary;
    const char *who = subject(terminal, entry), *zone = summary->topology->zones[entry->zone].name;
    switch (entry->kind) {
    case TIMELINE_EXPIRED:
        *style = STYLE_BAD;
        return arena_format(arena, "%s: %s expired, serial %u", who, zone, entry->serial);
    case TIMELINE_CHANGE_FAILED:
        *style = STYLE_BAD;
        return arena_format(arena, "%s: %s was not changed: %s", who, zone, entry->reason);
    case TIMELINE_PUBLISHED: {
        size_t version = version_of(summary->metrics, entry);
        return arena_format(arena, "%s publishes %s %u%s", who, zone, entry->serial,
                            version == SIZE_MAX ? "" : spread(terminal, version, style));
    }
    case TIMELINE_SERVING:
        *style = STYLE_GOOD;
        return arena_format(arena, "%s: %s is served again, serial %u", who, zone, entry->serial);
    case TIMELINE_TRANSFER_FAILED:
        *style = STYLE_WARNING;
        return arena_format(arena, "%s: no %s from %s: %s", who, zone,
                            entry->peer ? entry->peer : "its source", entry->reason);
    case TIMELINE_FAILED:
    case TIMELINE_STOPPED:
    case TIMELINE_RECOVERED:
    case TIMELINE_WITHDRAWN:
    case TIMELINE_ANNOUNCED:
    case TIMELINE_KIND_COUNT:
        break;
    }
    return who;
}

static const char *sentence(struct terminal *terminal, const struct timeline_entry *entry,
                            enum style *style)
{
    static const struct {
        const char *format;
        enum style style;
    } faults[TIMELINE_KIND_COUNT] = {
        [TIMELINE_FAILED] = {"%s fails", STYLE_BAD},
        [TIMELINE_STOPPED] = {"%s stops", STYLE_BAD},
        [TIMELINE_RECOVERED] = {"%s recovers", STYLE_GOOD},
        [TIMELINE_WITHDRAWN] = {"%s: its anycast route is withdrawn", STYLE_WARNING},
        [TIMELINE_ANNOUNCED] = {"%s: its anycast route is announced again", STYLE_PLAIN},
    };
    *style = faults[entry->kind].style;
    if (entry->zone != TOPOLOGY_NONE)
        return zone_sentence(terminal, entry, style);
    const char *format = faults[entry->kind].format;
    return arena_format(&terminal->arena, "%s%s", subject(terminal, entry), format + 2);
}

/* ---- choice ------------------------------------------------------------------------------ */

/* What weighs more than LIMIT, an enum timeline_kind. */
static size_t count_above(const struct timeline *timeline, unsigned limit)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline_count(timeline); i++)
        count += timeline_at(timeline, i)->kind < limit;
    return count;
}

/* The kinds that fit, from the weightiest on; at least the first three, of which the middle then
 * gives way. */
static unsigned choose_limit(const struct timeline *timeline)
{
    unsigned limit = TIMELINE_KIND_COUNT;
    while (limit > TIMELINE_EXPIRED && count_above(timeline, limit) > TERMINAL_TIMELINE_LINES)
        limit--;
    return limit;
}

static void print_entry(struct terminal *terminal, struct grid *grid,
                        const struct timeline_entry *entry)
{
    char moment[FIGURE_SIZE];
    enum style style = STYLE_PLAIN;
    const char *text = sentence(terminal, entry, &style);
    grid_cell(grid, STYLE_DIM, arena_text(&terminal->arena, figure_moment(entry->at_ns, moment)));
    grid_cell(grid, style, text);
}

void terminal_timeline(struct terminal *terminal)
{
    const struct timeline *timeline = terminal->input->timeline;
    if (!timeline || timeline_count(timeline) == 0)
        return;
    unsigned limit = choose_limit(timeline);
    size_t chosen = count_above(timeline, limit), seen = 0;
    size_t first = TERMINAL_TIMELINE_LINES / 2, last = TERMINAL_TIMELINE_LINES - first;
    terminal_title(terminal, "What happened");
    struct grid grid = grid_begin(&terminal->arena, "rL");
    for (size_t i = 0; i < timeline_count(timeline); i++) {
        const struct timeline_entry *entry = timeline_at(timeline, i);
        if (entry->kind >= limit)
            continue;
        seen++;
        if (chosen <= TERMINAL_TIMELINE_LINES || seen <= first || seen > chosen - last)
            print_entry(terminal, &grid, entry);
        else if (seen == first + 1)
            grid_note(&grid, STYLE_DIM, "…");
    }
    size_t shown = chosen < TERMINAL_TIMELINE_LINES ? chosen : TERMINAL_TIMELINE_LINES;
    if (timeline_count(timeline) > shown)
        grid_note(&grid, STYLE_DIM,
                  arena_format(&terminal->arena, "… %zu more and all details in events.jsonl",
                               timeline_count(timeline) - shown));
    grid_print(&grid, &terminal->pen, TERMINAL_WIDTH);
}
