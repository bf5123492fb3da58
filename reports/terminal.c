/* The verdict, what was expected, and what was written; the parts between are in other files. */
#include "reports/terminal_internal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "reports/figure.h"
#include "sim/base/time.h"

enum { MARK_COLUMNS = 4, EXPECTATION_COLUMNS = 72, DATE_SIZE = 32 };

bool terminal_shows_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *kind = getenv("TERM");
    if (no_color && *no_color)
        return false;
    return isatty(fileno(stream)) && kind && strcmp(kind, "dumb") != 0;
}

size_t terminal_width(FILE *stream)
{
    struct winsize size;
    int descriptor = fileno(stream);
    if (!isatty(descriptor))
        return TERMINAL_WIDTH_ENDLESS;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return TERMINAL_WIDTH;
    if (size.ws_col >= TERMINAL_WIDTH_ENDLESS)
        return TERMINAL_WIDTH_ENDLESS;
    return size.ws_col < TERMINAL_WIDTH_MIN ? TERMINAL_WIDTH_MIN : size.ws_col;
}

void terminal_title(const struct terminal *terminal, const char *title)
{
    fputc('\n', terminal->pen.stream);
    pen_write(&terminal->pen, STYLE_BOLD, title);
    fputc('\n', terminal->pen.stream);
}

static const char *shorten(struct terminal *terminal, const char *text, size_t columns)
{
    return text_within(&terminal->arena, text, columns);
}

/* ---- verdict ----------------------------------------------------------------------------- */

static const char *date_of(int64_t unix_ns, char out[DATE_SIZE])
{
    time_t seconds = (time_t)(unix_ns / NS_PER_S);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(out, DATE_SIZE, "%Y-%m-%d %H:%M:%S UTC", &utc);
    return out;
}

static void print_verdict(struct terminal *terminal)
{
    const struct summary_input *summary = terminal->input->summary;
    const struct topology *topology = summary->topology;
    const struct pen *pen = &terminal->pen;
    bool ok = summary->verdict->ok;
    char duration[FIGURE_SIZE], date[DATE_SIZE];
    pen_write(pen, ok ? STYLE_GOOD_BANNER : STYLE_BAD_BANNER, ok ? " PASS " : " FAIL ");
    pen_printf(pen, STYLE_BOLD, "  %s",
               shorten(terminal, topology->scenario, terminal->input->width - 8));
    fputc('\n', pen->stream);
    if (topology->description && *topology->description)
        pen_printf(pen, STYLE_PLAIN, "        %s",
                   shorten(terminal, topology->description, terminal->input->width - 8));
    fputs(topology->description && *topology->description ? "\n" : "", pen->stream);
    pen_printf(pen, STYLE_DIM, "        %s from %s, seed %llu",
               figure_duration(summary->virtual_ns, duration), date_of(topology->start_ns, date),
               (unsigned long long)topology->seed);
    fputc('\n', pen->stream);
}

/* ---- expectations ------------------------------------------------------------------------ */

/* The column where what was found stands: right of every expectation that leaves room for it. */
static size_t column_of_actuals(const struct verdict *verdict)
{
    size_t widest = 0;
    for (size_t i = 0; i < verdict->count; i++) {
        size_t columns = text_columns(verdict->findings[i].text);
        if (columns > widest && columns <= EXPECTATION_COLUMNS)
            widest = columns;
    }
    return widest + 2;
}

/* What was found stands in COLUMN, else right after the expectation, else under it. */
static void print_finding(struct terminal *terminal, const struct finding *finding, size_t column)
{
    const struct pen *pen = &terminal->pen;
    size_t used = text_columns(finding->text), room = terminal->input->width - MARK_COLUMNS;
    size_t needed = text_columns(finding->actual);
    size_t gap = used + 2 <= column && column + needed <= room ? column - used : 2;
    fputs("  ", pen->stream);
    pen_write(pen, finding->ok ? STYLE_GOOD : STYLE_BAD, finding->ok ? "✓" : "✗");
    pen_printf(pen, STYLE_PLAIN, " %s", shorten(terminal, finding->text, room));
    if (used + gap + needed <= room)
        fprintf(pen->stream, "%*s", (int)gap, "");
    else
        fputs("\n      ", pen->stream);
    pen_write(pen, finding->ok ? STYLE_DIM : STYLE_BAD,
              shorten(terminal, finding->actual, room - 2));
    fputc('\n', pen->stream);
}

static void print_expectations(struct terminal *terminal)
{
    const struct verdict *verdict = terminal->input->summary->verdict;
    if (verdict->count == 0)
        return;
    size_t column = column_of_actuals(verdict), held = 0;
    for (size_t i = 0; i < verdict->count; i++)
        held += verdict->findings[i].ok;
    terminal_title(terminal, held == verdict->count
                                 ? "Expected"
                                 : arena_format(&terminal->arena, "Expected (%zu of %zu held)",
                                                held, verdict->count));
    for (size_t i = 0; i < verdict->count; i++)
        print_finding(terminal, &verdict->findings[i], column);
}

/* ---- what was written -------------------------------------------------------------------- */

static void print_files(struct terminal *terminal)
{
    const struct terminal_input *input = terminal->input;
    if (!input->directory)
        return;
    terminal_title(terminal, arena_format(&terminal->arena, "Written to %s", input->directory));
    struct grid grid = grid_begin(&terminal->arena, "lL");
    for (size_t i = 0; i < input->file_count; i++) {
        grid_cell(&grid, STYLE_PLAIN, input->files[i].name);
        grid_cell(&grid, STYLE_DIM, input->files[i].what ? input->files[i].what : "");
    }
    grid_print(&grid, &terminal->pen, terminal->input->width);
}

/* Virtual time over real time: "4,675 times". */
static void print_speed(struct terminal *terminal)
{
    const struct summary_input *summary = terminal->input->summary;
    const struct pen *pen = &terminal->pen;
    char events[FIGURE_SIZE], took[FIGURE_SIZE], rate[FIGURE_SIZE], times[FIGURE_SIZE];
    pen_printf(pen, STYLE_DIM, "%s events", figure_count(summary->events, events));
    if (summary->wall_ns > 0) {
        pen_printf(pen, STYLE_DIM, " in %s: %s a second", figure_duration(summary->wall_ns, took),
                   figure_count(summary_events_per_second(summary), rate));
        if (summary->virtual_ns / summary->wall_ns > 1)
            pen_printf(pen, STYLE_DIM, ", %s times %s",
                       figure_count((uint64_t)(summary->virtual_ns / summary->wall_ns), times),
                       terminal_is_narrow(terminal) ? "real time" : "as fast as the clock");
    }
    fputc('\n', pen->stream);
    pen_printf(pen, STYLE_DIM, "trace %s", summary->trace_sha256);
    fputc('\n', pen->stream);
}

static void print_notices(struct terminal *terminal)
{
    const struct terminal_input *input = terminal->input;
    for (size_t i = 0; i < input->notice_count; i++) {
        fputs(i == 0 ? "\n" : "", terminal->pen.stream);
        pen_write(&terminal->pen, STYLE_WARNING, input->notices[i]);
        fputc('\n', terminal->pen.stream);
    }
    if (!input->summary->verdict->ok && input->command) {
        fputs("\nThe same again: ", terminal->pen.stream);
        pen_write(&terminal->pen, STYLE_BOLD, input->command);
        fputc('\n', terminal->pen.stream);
    }
}

void terminal_print(FILE *stream, const struct terminal_input *input)
{
    struct terminal terminal = {.input = input, .pen = {stream, input->colour}};
    print_verdict(&terminal);
    print_expectations(&terminal);
    terminal_clients(&terminal);
    terminal_resolvers(&terminal);
    terminal_zones(&terminal);
    terminal_timeline(&terminal);
    print_files(&terminal);
    print_notices(&terminal);
    fputc('\n', stream);
    print_speed(&terminal);
    arena_release(&terminal.arena);
}
