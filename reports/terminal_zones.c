/* Which server has which version of which zone at the end, and how it came by it. */
#include "reports/terminal_internal.h"

#include <stdlib.h>
#include <string.h>

#include "reports/figure.h"

enum {
    ROWS_MAX = 24,
    FOLD_FROM = 6, /* a server with more rows has those put together that say the same */
};

/* A zone on a server, and the others there of which the same can be said. */
struct holding {
    uint32_t node, zone;
    struct metrics_zone state;
    bool down, troubled, shown;
    bool signatures_out; /* of what it serves */
    size_t others;
    bool serials_differ, delays_differ; /* state.behind_ns: the longest */
};

struct holdings {
    struct holding *list;
    size_t count, capacity;
};

static bool is_troubled(const struct holding *holding)
{
    const struct metrics_zone *state = &holding->state;
    if (state->state == METRICS_REMOVED)
        return holding->down;
    return holding->down || holding->signatures_out || state->state != METRICS_SERVING ||
           state->behind_ns != 0 || state->last_failure_ns > state->last_contact_ns;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int sign(int64_t number)
{
    return (number > 0) - (number < 0);
}

/* ROUGHLY: serials may differ, and how long each is behind. */
static bool is_alike(const struct holding *a, const struct holding *b, bool roughly)
{
    const struct metrics_zone *x = &a->state, *y = &b->state;
    if (x->role != y->role || a->signatures_out != b->signatures_out || x->state != y->state ||
        x->has_serial != y->has_serial || x->axfr != y->axfr || x->ixfr != y->ixfr ||
        x->fallback != y->fallback || x->failed != y->failed ||
        !same_text(x->last_failure, y->last_failure))
        return false;
    if (roughly)
        return sign(x->behind_ns) == sign(y->behind_ns);
    return x->serial == y->serial && x->behind_ns == y->behind_ns;
}

/* The first keeps its place; of times the latest and longest stay. */
static void join(struct holding *into, const struct holding *other)
{
    struct metrics_zone *state = &into->state;
    const struct metrics_zone *more = &other->state;
    into->others += 1 + other->others;
    into->troubled = into->troubled || other->troubled;
    into->serials_differ =
        into->serials_differ || other->serials_differ || state->serial != more->serial;
    into->delays_differ =
        into->delays_differ || other->delays_differ || state->behind_ns != more->behind_ns;
    if (more->behind_ns > state->behind_ns)
        state->behind_ns = more->behind_ns;
    if (more->last_failure_ns > state->last_failure_ns)
        state->last_failure_ns = more->last_failure_ns;
}

/* Puts together what is alike among the COUNT holdings of one server at LIST; returns how many rows
 * are left. Only rows that would be shown are worth a comparison. */
static size_t fold(struct holding *list, size_t count, bool roughly)
{
    size_t rows = 0;
    for (size_t i = 0; count > FOLD_FROM && i < count; i++) {
        size_t k = 0;
        while (k < rows && k < ROWS_MAX && !is_alike(&list[k], &list[i], roughly))
            k++;
        if (k < rows && k < ROWS_MAX)
            join(&list[k], &list[i]);
        else
            list[rows++] = list[i];
    }
    return count > FOLD_FROM ? rows : count;
}

static void fold_last(struct holdings *holdings, size_t first)
{
    struct holding *list = &holdings->list[first];
    size_t rows = fold(list, holdings->count - first, false);
    holdings->count = first + fold(list, rows, true);
}

static struct holdings collect(const struct summary_input *summary)
{
    const struct topology *topology = summary->topology;
    struct holdings holdings = {0};
    for (uint32_t i = 0; i < topology->node_count; i++) {
        if (topology->nodes[i].kind != TOPOLOGY_SERVER || topology->nodes[i].of_hierarchy)
            continue;
        bool down = metrics_node_outage(summary->metrics, i).at_end;
        size_t first = holdings.count;
        for (uint32_t z = 0; z < topology->zone_count; z++) {
            if (!metrics_holds(summary->metrics, i, z))
                continue;
            memory_reserve(holdings.list, holdings.count, holdings.capacity);
            struct holding *holding = &holdings.list[holdings.count++];
            *holding = (struct holding){
                .node = i,
                .zone = z,
                .state = metrics_zone_at(summary->metrics, i, z, summary->virtual_ns),
                .down = down,
            };
            const struct metrics_zone *state = &holding->state;
            holding->signatures_out = state->state == METRICS_SERVING && state->is_signed &&
                                      state->signatures_ns <= summary->virtual_ns;
            holding->troubled = is_troubled(holding);
        }
        if (holdings.count > first)
            fold_last(&holdings, first);
    }
    return holdings;
}

/* Those in trouble come first where there is not room for all. Returns how many zones are left out.
 */
static size_t choose(struct holdings *holdings)
{
    size_t shown = 0, left_out = 0;
    for (int troubled = 1; troubled >= 0; troubled--)
        for (size_t i = 0; i < holdings->count && shown < ROWS_MAX; i++)
            if (holdings->list[i].troubled == troubled) {
                holdings->list[i].shown = true;
                shown++;
            }
    for (size_t i = 0; i < holdings->count; i++)
        left_out += holdings->list[i].shown ? 0 : 1 + holdings->list[i].others;
    return left_out;
}

/* ---- cells ------------------------------------------------------------------------------- */

static void zone_cell(struct terminal *terminal, struct grid *grid, const struct holding *holding)
{
    const char *name = terminal->input->summary->topology->zones[holding->zone].name;
    char others[FIGURE_SIZE];
    if (holding->others > 0)
        name = arena_format(&terminal->arena, "%s and %s more", name,
                            figure_count(holding->others, others));
    grid_cell(grid, STYLE_PLAIN, name);
}

static void serial_cell(struct terminal *terminal, struct grid *grid, const struct holding *holding)
{
    const struct metrics_zone *state = &holding->state;
    if (holding->serials_differ)
        grid_cell(grid, STYLE_DIM, "various");
    else
        grid_cell(grid, STYLE_PLAIN,
                  state->has_serial ? arena_format(&terminal->arena, "%u", state->serial) : "none");
}

static void state_cell(struct grid *grid, const struct holding *holding)
{
    static const struct {
        const char *text;
        enum style style;
    } states[] = {
        [METRICS_ABSENT] = {"", STYLE_PLAIN},        [METRICS_LOADING] = {"loading", STYLE_WARNING},
        [METRICS_SERVING] = {"serving", STYLE_GOOD}, [METRICS_EXPIRED] = {"expired", STYLE_BAD},
        [METRICS_REMOVED] = {"removed", STYLE_DIM},
    };
    if (holding->down)
        grid_cell(grid, STYLE_BAD, "down");
    else if (holding->signatures_out)
        grid_cell(grid, STYLE_BAD, "signatures ran out");
    else
        grid_cell(grid, states[holding->state.state].style, states[holding->state.state].text);
}

static void behind_cell(struct terminal *terminal, struct grid *grid, const struct holding *holding)
{
    const struct metrics_zone *state = &holding->state;
    char text[FIGURE_SIZE];
    if (state->behind_ns <= 0)
        grid_cell(grid, STYLE_DIM, state->behind_ns < 0 ? "?" : "-");
    else
        grid_cell(grid, STYLE_WARNING,
                  arena_format(&terminal->arena, "%s%s", holding->delays_differ ? "up to " : "",
                               figure_seconds(state->behind_ns, text)));
}

/* "1 AXFR, 2 IXFR, 1 fallback, 3 failed"; nothing of what there was none of. */
static void transfers_cell(struct terminal *terminal, struct grid *grid,
                           const struct metrics_zone *state)
{
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {{state->axfr, "AXFR"},
                 {state->ixfr, "IXFR"},
                 {state->fallback, "fallback"},
                 {state->failed, "failed"}};
    const char *text = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].count > 0)
            text = arena_format(&terminal->arena, "%s%s%llu %s", text, *text ? ", " : "",
                                (unsigned long long)parts[i].count, parts[i].what);
    grid_cell(grid, state->failed > 0 ? STYLE_WARNING : STYLE_PLAIN, text);
}

static void note_failure(struct terminal *terminal, struct grid *grid,
                         const struct metrics_zone *state)
{
    char moment[FIGURE_SIZE];
    if (state->last_failure)
        grid_note(grid, STYLE_DIM,
                  arena_format(&terminal->arena, "last failure %s: %s",
                               figure_moment(state->last_failure_ns, moment), state->last_failure));
}

/* ---- rows -------------------------------------------------------------------------------- */

static void holding_row(struct terminal *terminal, struct grid *grid, const struct holding *holding,
                        bool repeats_server)
{
    const struct summary_input *summary = terminal->input->summary;
    const struct metrics_zone *state = &holding->state;
    char queries[FIGURE_SIZE];
    figure_count(metrics_queries(summary->metrics, holding->node, METRICS_ALL, 0, INT64_MAX),
                 queries);
    grid_cell(grid, STYLE_PLAIN,
              repeats_server ? "" : summary->topology->nodes[holding->node].name);
    if (!terminal_is_narrow(terminal))
        grid_cell(grid, STYLE_PLAIN, repeats_server ? "" : arena_text(&terminal->arena, queries));
    zone_cell(terminal, grid, holding);
    if (!terminal_is_narrow(terminal))
        grid_cell(grid, STYLE_DIM, state->role == NOTE_PRIMARY ? "primary" : "secondary");
    state_cell(grid, holding);
    serial_cell(terminal, grid, holding);
    behind_cell(terminal, grid, holding);
    transfers_cell(terminal, grid, state);
    note_failure(terminal, grid, state);
}

void terminal_zones(struct terminal *terminal)
{
    static const char *const titles[] = {"",      "queries", "zone",   "role",
                                         "state", "serial",  "behind", "transfers in"};
    static const char *const narrow[] = {"", "zone", "state", "serial", "behind", "transfers in"};
    bool is_narrow = terminal_is_narrow(terminal);
    struct holdings holdings = collect(terminal->input->summary);
    if (holdings.count == 0)
        return;
    size_t left_out = choose(&holdings);
    uint32_t last_node = TOPOLOGY_NONE;
    terminal_title(terminal, "Servers at the end");
    struct grid grid = grid_begin(&terminal->arena, is_narrow ? "LLlrrL" : "LrLllrrL");
    for (size_t i = 0; i < (is_narrow ? 6 : 8); i++)
        grid_cell(&grid, STYLE_DIM, is_narrow ? narrow[i] : titles[i]);
    for (size_t i = 0; i < holdings.count; i++) {
        if (!holdings.list[i].shown)
            continue;
        holding_row(terminal, &grid, &holdings.list[i], holdings.list[i].node == last_node);
        last_node = holdings.list[i].node;
    }
    if (left_out > 0)
        grid_note(&grid, STYLE_DIM,
                  arena_format(&terminal->arena, "… %zu more in summary.json", left_out));
    grid_print(&grid, &terminal->pen, terminal->input->width);
    free(holdings.list);
}
