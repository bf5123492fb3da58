/* What happened when, in at most TERMINAL_TIMELINE_LINES lines. */
#include "reports/terminal_internal.h"

#include <stdlib.h>
#include <string.h>

#include "reports/figure.h"
#include "sim/base/time.h"

enum { NAMES_MAX = 3, MOMENT_COLUMNS = 19, JOIN_DISTANCE = 16 };

/* One or more entries of the same second that differ only in whom they befell. */
struct line {
    const struct timeline_entry *entry; /* the first */
    const struct timeline_entry *others[NAMES_MAX - 1];
    size_t other_count; /* may be more than there is room for */
    bool shown;
    bool gap; /* from here on some of its kind are left out */
};

struct lines {
    struct line *list;
    size_t count, capacity;
};

static bool is_same(const struct timeline_entry *a, const struct timeline_entry *b)
{
    return a->at_ns / NS_PER_S == b->at_ns / NS_PER_S && a->kind == b->kind && a->zone == b->zone &&
           a->serial == b->serial && a->reason == b->reason && a->peer == b->peer &&
           a->command == b->command && a->ahead_ns == b->ahead_ns && a->alarm == b->alarm &&
           a->more_zones == b->more_zones && a->kind != TIMELINE_PUBLISHED &&
           a->kind != TIMELINE_LOOKUPS_FAIL;
}

static void add_entry(struct lines *lines, const struct timeline_entry *entry)
{
    size_t low = lines->count > JOIN_DISTANCE ? lines->count - JOIN_DISTANCE : 0;
    for (size_t i = low; i < lines->count; i++) {
        struct line *line = &lines->list[i];
        if (!is_same(line->entry, entry))
            continue;
        if (line->other_count < NAMES_MAX - 1)
            line->others[line->other_count] = entry;
        line->other_count++;
        return;
    }
    memory_reserve(lines->list, lines->count, lines->capacity);
    lines->list[lines->count++] = (struct line){.entry = entry};
}

/* "ns2", or "ns2 (3 hosts)" if it was several; a link is said to be one, else it reads like a host.
 */
static const char *subject(struct terminal *terminal, const struct timeline_entry *entry)
{
    const struct topology *topology = terminal->input->summary->topology;
    if (topology_find_place(topology, entry->what).kind == TOPOLOGY_ON_LINK)
        return arena_format(&terminal->arena, "link %s", entry->what);
    if (entry->count == 1)
        return entry->what;
    return arena_format(&terminal->arena, "%s (%u hosts)", entry->what, entry->count);
}

/* "ns1, ns2.iad, ns2.sin and 4 more" */
static const char *names(struct terminal *terminal, const struct line *line)
{
    const char *text = subject(terminal, line->entry);
    for (size_t i = 0; i < line->other_count && i < NAMES_MAX - 1; i++)
        text = arena_format(&terminal->arena, "%s%s%s", text,
                            i + 1 == line->other_count ? " and " : ", ",
                            subject(terminal, line->others[i]));
    if (line->other_count > NAMES_MAX - 1)
        text = arena_format(&terminal->arena, "%s and %zu more", text,
                            line->other_count - (NAMES_MAX - 1));
    return text;
}

/* ---- sentences --------------------------------------------------------------------------- */

/* Who has no version that is younger than this is not to be blamed for it. */
#define EARLY_NS (60 * NS_PER_S)

/* How VERSION reached its servers: "; everywhere after 231 ms (ns2.sin last)", "; never on ns1". */
static const char *spread(struct terminal *terminal, size_t version, enum style *style)
{
    const struct summary_input *summary = terminal->input->summary;
    struct metrics_version published = metrics_version(summary->metrics, version);
    const struct topology_node *nodes = summary->topology->nodes;
    struct metrics_spread how = metrics_spread(summary->metrics, version);
    char text[FIGURE_SIZE];
    if (how.due == 0)
        return "";
    if (how.missing == 0)
        return arena_format(&terminal->arena, "; everywhere after %s (%s last)",
                            figure_duration(how.slowest_ns, text), nodes[how.slowest].name);
    const char *missing = nodes[how.first_missing].name;
    const char *more =
        how.missing == 1 ? "" : arena_format(&terminal->arena, " and %zu more", how.missing - 1);
    if (summary->virtual_ns - published.published_ns < EARLY_NS)
        return arena_format(&terminal->arena, "; not yet on %s%s when the run ends", missing, more);
    *style = STYLE_WARNING;
    return arena_format(&terminal->arena, "; never on %s%s", missing, more);
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

static const char *alarm_text(enum note_alarm alarm)
{
    switch (alarm) {
    case NOTE_ALARM_SILENT:
        return "gives no answer about";
    case NOTE_ALARM_BROKEN:
        return "answers without";
    case NOTE_ALARM_STALE:
        return "is behind with";
    case NOTE_ALARM_NONE:
    case NOTE_ALARM_COUNT:
        break;
    }
    return "";
}

/* Of zones that may be many. */
static const char *several_sentence(struct arena *arena, const struct timeline_entry *entry,
                                    const char *zone, const char *who, enum style *style)
{
    if (entry->more_zones > 0)
        zone = arena_format(arena, "%s and %u more", zone, entry->more_zones);
    *style = entry->kind == TIMELINE_MEMBER_ADDED || entry->kind == TIMELINE_MEMBER_MOVED
                 ? STYLE_PLAIN
                 : STYLE_BAD;
    if (entry->kind == TIMELINE_SIGNATURES_OUT)
        return arena_format(arena, "signatures of %s ran out on %s", zone, who);
    if (entry->kind == TIMELINE_CATALOG_BROKEN)
        return arena_format(arena, "%s %u is broken on %s: %s", zone, entry->serial, who,
                            entry->reason);
    if (entry->kind == TIMELINE_MEMBER_REFUSED)
        return arena_format(arena, "%s refused as a member on %s: %s", zone, who, entry->reason);
    if (entry->kind == TIMELINE_MEMBER_ADDED)
        return arena_format(arena, "%s joined %s", zone, who);
    if (entry->kind == TIMELINE_MEMBER_MOVED)
        return arena_format(arena, "%s moved to another catalog on %s", zone, who);
    *style = STYLE_WARNING;
    return arena_format(arena, "%s left %s: %s", zone, who, entry->reason);
}

static const char *change_sentence(struct arena *arena, const struct timeline_entry *entry,
                                   const char *zone, const char *who, enum style *style)
{
    *style = entry->kind == TIMELINE_CHANGE_WAITS ? STYLE_WARNING : STYLE_BAD;
    if (entry->kind == TIMELINE_CHANGE_WAITS)
        return arena_format(arena, "%s %u waits on %s: the zone is frozen", zone, entry->serial,
                            who);
    if (entry->kind == TIMELINE_SIGNING_PUT_OFF)
        return arena_format(arena, "signatures of %s are due on %s, but not made: %s", zone, who,
                            entry->reason);
    return arena_format(arena, "%s was not changed on %s: %s", zone, who, entry->reason);
}

static const char *zone_sentence(struct terminal *terminal, const struct line *line,
                                 enum style *style)
{
    struct arena *arena = &terminal->arena;
    const struct summary_input *summary = terminal->input->summary;
    const struct timeline_entry *entry = line->entry;
    const char *who = names(terminal, line), *zone = summary->topology->zones[entry->zone].name;
    switch (entry->kind) {
    case TIMELINE_EXPIRED:
        *style = STYLE_BAD;
        return arena_format(arena, "%s expired on %s, serial %u", zone, who, entry->serial);
    case TIMELINE_SIGNATURES_OUT:
    case TIMELINE_CATALOG_BROKEN:
    case TIMELINE_MEMBER_REFUSED:
    case TIMELINE_MEMBER_REMOVED:
    case TIMELINE_MEMBER_ADDED:
    case TIMELINE_MEMBER_MOVED:
        return several_sentence(arena, entry, zone, who, style);
    case TIMELINE_CHANGE_FAILED:
    case TIMELINE_CHANGE_WAITS:
    case TIMELINE_SIGNING_PUT_OFF:
        return change_sentence(arena, entry, zone, who, style);
    case TIMELINE_PUBLISHED: {
        size_t version = version_of(summary->metrics, entry);
        return arena_format(arena, "%s published %s %u%s", who, zone, entry->serial,
                            version == SIZE_MAX ? "" : spread(terminal, version, style));
    }
    case TIMELINE_SERVING:
        *style = STYLE_GOOD;
        return arena_format(arena, "%s served again by %s, serial %u", zone, who, entry->serial);
    case TIMELINE_FIRST_SERVING:
        *style = STYLE_GOOD;
        return arena_format(arena, "%s served for the first time by %s, serial %u", zone, who,
                            entry->serial);
    case TIMELINE_TRANSFER_FAILED:
        *style = STYLE_WARNING;
        return arena_format(arena, "no %s from %s for %s: %s", zone,
                            entry->peer ? entry->peer : "its source", who, entry->reason);
    case TIMELINE_COMMAND:
        *style = entry->reason ? STYLE_BAD : STYLE_PLAIN;
        return arena_format(arena, "operator: %s %s on %s%s%s", entry->command, zone, who,
                            entry->reason ? ", refused: " : "", entry->reason ? entry->reason : "");
    case TIMELINE_ALARM:
        *style = STYLE_WARNING;
        return arena_format(arena, "%s noticed that %s %s %s", who,
                            entry->peer ? entry->peer : "a server", alarm_text(entry->alarm), zone);
    case TIMELINE_FAILED:
    case TIMELINE_STOPPED:
    case TIMELINE_BLOCKED:
    case TIMELINE_CLOCK:
    case TIMELINE_UNHEARD:
    case TIMELINE_RENEWED:
    case TIMELINE_CERTIFICATE_OUT:
    case TIMELINE_LOOKUPS_FAIL:
    case TIMELINE_RECOVERED:
    case TIMELINE_WITHDRAWN:
    case TIMELINE_ANNOUNCED:
    case TIMELINE_KIND_COUNT:
        break;
    }
    return who;
}

/* "is set right", "is set 400.0 s ahead" */
static const char *clock_words(struct terminal *terminal, int64_t ahead_ns)
{
    char text[FIGURE_SIZE];
    if (ahead_ns == 0)
        return "is set right";
    return arena_format(&terminal->arena, "is set %s %s",
                        figure_duration(ahead_ns < 0 ? -ahead_ns : ahead_ns, text),
                        ahead_ns < 0 ? "behind" : "ahead");
}

/* "users: look-ups fail until +4d 15h 00m 00s, 12.34 % of them" */
static const char *lookups_sentence(struct terminal *terminal, const struct timeline_entry *entry)
{
    char until[FIGURE_SIZE], share[FIGURE_SIZE];
    if (entry->until_ns == entry->at_ns)
        return arena_format(&terminal->arena, "%s: a look-up fails", entry->what);
    return arena_format(&terminal->arena, "%s: look-ups fail until %s, %s of them", entry->what,
                        figure_moment(entry->until_ns, until),
                        figure_share(entry->share_ppb, share));
}

static const char *sentence(struct terminal *terminal, const struct line *line, enum style *style)
{
    static const struct {
        const char *text;
        enum style style;
    } faults[TIMELINE_KIND_COUNT] = {
        [TIMELINE_FAILED] = {"failed", STYLE_BAD},
        [TIMELINE_STOPPED] = {"stopped", STYLE_BAD},
        [TIMELINE_BLOCKED] = {"blocks TCP", STYLE_BAD},
        [TIMELINE_CLOCK] = {"", STYLE_WARNING},
        [TIMELINE_UNHEARD] = {"", STYLE_BAD},
        [TIMELINE_RENEWED] = {"has a new certificate", STYLE_GOOD},
        [TIMELINE_CERTIFICATE_OUT] = {"", STYLE_BAD},
        [TIMELINE_LOOKUPS_FAIL] = {"", STYLE_BAD},
        [TIMELINE_RECOVERED] = {"recovered", STYLE_GOOD},
        [TIMELINE_WITHDRAWN] = {"no longer announced", STYLE_WARNING},
        [TIMELINE_ANNOUNCED] = {"announced again", STYLE_PLAIN},
    };
    enum timeline_kind kind = line->entry->kind;
    *style = faults[kind].style;
    if (line->entry->zone != TOPOLOGY_NONE)
        return zone_sentence(terminal, line, style);
    if (kind == TIMELINE_CLOCK)
        return arena_format(&terminal->arena, "the clock of %s %s", names(terminal, line),
                            clock_words(terminal, line->entry->ahead_ns));
    if (kind == TIMELINE_CERTIFICATE_OUT)
        return arena_format(&terminal->arena, "the certificate of %s ran out",
                            names(terminal, line));
    if (kind == TIMELINE_LOOKUPS_FAIL)
        return lookups_sentence(terminal, line->entry);
    if (kind == TIMELINE_UNHEARD)
        return arena_format(&terminal->arena, "operator: %s on %s, which is down",
                            line->entry->command, names(terminal, line));
    return arena_format(&terminal->arena, "%s %s", names(terminal, line), faults[kind].text);
}

/* ---- choice ------------------------------------------------------------------------------ */

static size_t count_above(const struct lines *lines, unsigned limit)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++)
        count += lines->list[i].entry->kind < limit;
    return count;
}

/* The kinds below it fit, the weightiest first; at least those of faults, of which the middle then
 * gives way. */
static unsigned choose_limit(const struct lines *lines)
{
    unsigned limit = TIMELINE_KIND_COUNT;
    while (limit > TIMELINE_EXPIRED && count_above(lines, limit) > TERMINAL_TIMELINE_LINES)
        limit--;
    return limit;
}

/* All of TEXT but its last line, folded between words; what is left. */
static const char *print_folded(struct terminal *terminal, struct grid *grid, enum style style,
                                const char *text)
{
    size_t size, room = terminal->input->width - MOMENT_COLUMNS;
    while (size = text_line(text, room), text[size] != '\0') {
        grid_cell(grid, style, arena_format(&terminal->arena, "%.*s", (int)size, text));
        grid_cell(grid, STYLE_PLAIN, "");
        text += size + 1;
    }
    return text;
}

static void print_line(struct terminal *terminal, struct grid *grid, const struct line *line)
{
    char moment[FIGURE_SIZE];
    enum style style = STYLE_PLAIN;
    const char *text = sentence(terminal, line, &style);
    figure_moment(line->entry->at_ns, moment);
    grid_cell(grid, STYLE_DIM, arena_text(&terminal->arena, moment));
    text = print_folded(terminal, grid, style, text);
    grid_cell(grid, style, text);
}

/* Of the lines with kinds from LOW to below HIGH, the first and the last, ROOM in all. */
static void show_ends(struct lines *lines, unsigned low, unsigned high, size_t room)
{
    size_t total = count_above(lines, high) - count_above(lines, low), seen = 0;
    for (size_t i = 0; i < lines->count; i++) {
        struct line *line = &lines->list[i];
        if (line->entry->kind < low || line->entry->kind >= high)
            continue;
        line->shown = seen < (room + 1) / 2 || seen + room / 2 >= total;
        line->gap = !line->shown && seen == (room + 1) / 2;
        seen++;
    }
}

/* All of the weightiest kinds, and as many of the next as there is room for. */
static void choose(struct lines *lines)
{
    unsigned limit = choose_limit(lines);
    size_t count = count_above(lines, limit);
    show_ends(lines, 0, limit, TERMINAL_TIMELINE_LINES);
    if (limit < TIMELINE_KIND_COUNT && count < TERMINAL_TIMELINE_LINES)
        show_ends(lines, limit, limit + 1, TERMINAL_TIMELINE_LINES - count);
}

static void print_chosen(struct terminal *terminal, const struct lines *lines)
{
    size_t left_out = 0;
    struct grid grid = grid_begin(&terminal->arena, "rL");
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->list[i];
        left_out += !line->shown;
        if (line->shown)
            print_line(terminal, &grid, line);
        else if (line->gap)
            grid_note(&grid, STYLE_DIM, "…");
    }
    if (left_out > 0)
        grid_note(&grid, STYLE_DIM,
                  arena_format(&terminal->arena, "… %zu more in events.jsonl", left_out));
    grid_print(&grid, &terminal->pen, terminal->input->width);
}

void terminal_timeline(struct terminal *terminal)
{
    const struct timeline *timeline = terminal->input->timeline;
    if (!timeline || timeline_count(timeline) == 0)
        return;
    struct lines lines = {0};
    for (size_t i = 0; i < timeline_count(timeline); i++)
        add_entry(&lines, timeline_at(timeline, i));
    choose(&lines);
    terminal_title(terminal, "What happened");
    print_chosen(terminal, &lines);
    free(lines.list);
}
