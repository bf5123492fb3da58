/* What clients felt, and what resolvers did about it. */
#include "reports/terminal_internal.h"

#include "reports/figure.h"

enum { BAR_COLUMNS = 10, ROWS_MAX = 16 };

static const char *keep(struct terminal *terminal, const char *text)
{
    return arena_text(&terminal->arena, text);
}

static void title_row(struct grid *grid, const char *const *titles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        grid_cell(grid, STYLE_DIM, titles[i]);
}

/* "... 3 more in summary.json" */
static void note_more(struct terminal *terminal, struct grid *grid, size_t more, const char *what)
{
    if (more > 0)
        grid_note(grid, STYLE_DIM,
                  arena_format(&terminal->arena, "… %zu more %s in summary.json", more, what));
}

static void share_cell(struct terminal *terminal, struct grid *grid, enum style style, int64_t ppb)
{
    char text[FIGURE_SIZE];
    grid_cell(grid, ppb < 0 ? STYLE_DIM : style,
              ppb < 0 ? "-" : keep(terminal, figure_share(ppb, text)));
}

static void count_cell(struct terminal *terminal, struct grid *grid, uint64_t count)
{
    char text[FIGURE_SIZE];
    grid_cell(grid, STYLE_PLAIN, keep(terminal, figure_count(count, text)));
}

static void duration_cell(struct terminal *terminal, struct grid *grid, int64_t ns)
{
    char text[FIGURE_SIZE];
    grid_cell(grid, ns < 0 ? STYLE_DIM : STYLE_PLAIN,
              ns < 0 ? "-" : keep(terminal, figure_duration(ns, text)));
}

/* ---- clients ----------------------------------------------------------------------------- */

static enum style style_of_availability(int64_t ppb)
{
    if (ppb < 0)
        return STYLE_DIM;
    return ppb >= 999000000 ? STYLE_GOOD : ppb >= 990000000 ? STYLE_WARNING : STYLE_BAD;
}

/* Full only if nothing at all went wrong. */
static const char *bar(struct terminal *terminal, int64_t ppb)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned filled = (unsigned)(ppb < 0 ? 0 : ppb * BAR_COLUMNS * 8 / 1000000000);
    const char *text = "";
    for (unsigned i = 0; i < BAR_COLUMNS; i++) {
        const char *part = i < filled / 8 ? "█" : i == filled / 8 ? eighths[filled % 8] : " ";
        text = arena_format(&terminal->arena, "%s%s", text, part);
    }
    return text;
}

/* Why look-ups were not answered: "12 SERVFAIL, 3 timed out". */
static void note_unanswered(struct terminal *terminal, struct grid *grid,
                            const struct metrics_clients *clients)
{
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {
        {clients->outcomes[NOTE_LOOKUP_TIMEOUT], "timed out"},
        {clients->outcomes[NOTE_LOOKUP_SERVFAIL], "SERVFAIL"},
        {clients->outcomes[NOTE_LOOKUP_OTHER], "other errors"},
        {clients->queries - clients->finished, "unfinished"},
    };
    const char *text = "";
    char count[FIGURE_SIZE];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].count > 0)
            text = arena_format(&terminal->arena, "%s%s%s %s", text, *text ? ", " : "",
                                figure_count(parts[i].count, count), parts[i].what);
    if (*text)
        grid_note(grid, STYLE_DIM, text);
}

static void clients_row(struct terminal *terminal, struct grid *grid, uint32_t node)
{
    const struct summary_input *summary = terminal->input->summary;
    struct metrics_clients clients = metrics_clients(summary->metrics, node, 0, INT64_MAX);
    enum style style = style_of_availability(clients.availability_ppb);
    grid_cell(grid, STYLE_PLAIN, summary->topology->nodes[node].name);
    count_cell(terminal, grid, clients.queries);
    share_cell(terminal, grid, style, clients.availability_ppb);
    if (!terminal_is_narrow(terminal))
        grid_cell(grid, style, bar(terminal, clients.availability_ppb));
    duration_cell(terminal, grid, clients.mean_ns);
    duration_cell(terminal, grid, clients.p50_ns);
    duration_cell(terminal, grid, clients.p95_ns);
    if (!terminal_is_narrow(terminal))
        duration_cell(terminal, grid, clients.p99_ns);
    duration_cell(terminal, grid, clients.max_ns);
    note_unanswered(terminal, grid, &clients);
}

static size_t count_kind(const struct topology *topology, enum topology_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->node_count; i++)
        count += topology->nodes[i].kind == kind;
    return count;
}

/* A row for each of the first nodes of KIND. */
static void rows_of(struct terminal *terminal, struct grid *grid, enum topology_kind kind,
                    void (*row)(struct terminal *, struct grid *, uint32_t))
{
    const struct topology *topology = terminal->input->summary->topology;
    size_t count = 0;
    for (uint32_t i = 0; i < topology->node_count; i++)
        if (topology->nodes[i].kind == kind && count++ < ROWS_MAX)
            row(terminal, grid, i);
    note_more(terminal, grid, count > ROWS_MAX ? count - ROWS_MAX : 0,
              kind == TOPOLOGY_CLIENTS ? "groups" : "resolvers");
    grid_print(grid, &terminal->pen, terminal->input->width);
}

void terminal_clients(struct terminal *terminal)
{
    static const char *const titles[] = {"",    "queries", "available", "",   "mean",
                                         "p50", "p95",     "p99",       "max"};
    static const char *const narrow[] = {"", "queries", "available", "mean", "p50", "p95", "max"};
    bool is_narrow = terminal_is_narrow(terminal);
    if (count_kind(terminal->input->summary->topology, TOPOLOGY_CLIENTS) == 0)
        return;
    terminal_title(terminal, "Clients");
    struct grid grid = grid_begin(&terminal->arena, is_narrow ? "Lrrrrrr" : "Lrrlrrrrr");
    title_row(&grid, is_narrow ? narrow : titles, is_narrow ? 7 : 9);
    rows_of(terminal, &grid, TOPOLOGY_CLIENTS, clients_row);
}

/* ---- resolvers --------------------------------------------------------------------------- */

static struct metrics_upstream sum_upstream(const struct metrics *metrics, uint32_t resolver)
{
    struct metrics_upstream sum = {.rtt_mean_ns = -1}, one;
    __int128 rtt_ns = 0;
    for (size_t i = 0; metrics_upstream(metrics, resolver, i, &one); i++) {
        sum.queries += one.queries;
        sum.timeouts += one.timeouts;
        sum.answers += one.answers;
        if (one.answers > 0)
            rtt_ns += (__int128)one.rtt_mean_ns * (__int128)one.answers;
    }
    if (sum.answers > 0)
        sum.rtt_mean_ns = (int64_t)(rtt_ns / (__int128)sum.answers);
    return sum;
}

static void resolver_row(struct terminal *terminal, struct grid *grid, uint32_t node)
{
    const struct summary_input *summary = terminal->input->summary;
    uint64_t queries = metrics_queries(summary->metrics, node, METRICS_ALL, 0, INT64_MAX);
    uint64_t hits = metrics_cache_hits(summary->metrics, node);
    struct metrics_upstream upstream = sum_upstream(summary->metrics, node);
    int64_t hits_ppb = queries > 0 ? (int64_t)((unsigned __int128)hits * 1000000000 / queries) : -1;
    grid_cell(grid, STYLE_PLAIN, summary->topology->nodes[node].name);
    count_cell(terminal, grid, queries);
    share_cell(terminal, grid, STYLE_PLAIN, hits_ppb);
    count_cell(terminal, grid, upstream.queries);
    count_cell(terminal, grid, upstream.timeouts);
    duration_cell(terminal, grid, upstream.rtt_mean_ns);
}

void terminal_resolvers(struct terminal *terminal)
{
    static const char *const titles[] = {"",         "queries",  "from cache",
                                         "upstream", "timeouts", "mean rtt"};
    if (count_kind(terminal->input->summary->topology, TOPOLOGY_RESOLVER) == 0)
        return;
    terminal_title(terminal, "Resolvers");
    struct grid grid = grid_begin(&terminal->arena, "Lrrrrr");
    title_row(&grid, titles, 6);
    rows_of(terminal, &grid, TOPOLOGY_RESOLVER, resolver_row);
}
