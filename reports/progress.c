/* The progress bar: one line, drawn over itself, never wider than the terminal. */
#include "reports/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "reports/figure.h"
#include "sim/base/time.h"

enum {
    APPEARS_AFTER_NS = 1000000000,
    REDRAW_AFTER_NS = 100000000,
    BAR_COLUMNS_MIN = 8,
    BAR_COLUMNS_MAX = 24,
    NAME_COLUMNS_MAX = 32,
    PART_SIZE = 64,
    LINE_SIZE = 512,
};

static unsigned columns_of(FILE *stream)
{
    struct winsize size;
    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

struct progress progress_begin(FILE *stream, const char *name, int64_t virtual_ns, bool wanted)
{
    struct progress progress = {.stream = stream, .name = name, .virtual_ns = virtual_ns};
    progress.wanted = wanted && virtual_ns > 0 && isatty(fileno(stream));
    if (progress.wanted)
        progress.width = columns_of(stream);
    return progress;
}

/* Of a text of at most 32 octets a column each; a cut through a character is moved before it. */
static int name_size_within(const char *name, size_t limit)
{
    size_t size = strlen(name);
    if (size <= limit)
        return (int)size;
    while (limit > 0 && ((unsigned char)name[limit] & 0xc0) == 0x80)
        limit--;
    return (int)limit;
}

/* Eighths of a column, as far as block characters go. */
static void draw_bar(char *out, size_t width, int64_t done_ns, int64_t all_ns)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned eighths = (unsigned)((__int128)done_ns * (int64_t)width * 8 / all_ns);
    unsigned columns = 0;
    *out = '\0';
    for (; columns < eighths / 8; columns++)
        strcat(out, "█");
    if (eighths % 8) {
        strcat(out, parts[eighths % 8]);
        columns++;
    }
    for (; columns < width; columns++)
        strcat(out, "·");
}

/* How fast lately, smoothed so that the figure can be read. */
static void measure(struct progress *progress, uint64_t events, int64_t wall_ns)
{
    int64_t passed_ns = wall_ns - progress->drawn_ns;
    uint64_t rate = (uint64_t)((unsigned __int128)(events - progress->drawn_events) * NS_PER_S /
                               (unsigned __int128)passed_ns);
    progress->events_per_second =
        progress->shown ? (progress->events_per_second * 3 + rate) / 4 : rate;
    progress->drawn_ns = wall_ns;
    progress->drawn_events = events;
}

/* " 25 %  3h 20m of 14d  100,000 events/s  6s left": the rate goes first where there is no room
 * beside the shortest bar, then the time left. */
static void write_figures(const struct progress *progress, int64_t virtual_ns, int64_t wall_ns,
                          char line[LINE_SIZE])
{
    char now[FIGURE_SIZE], all[FIGURE_SIZE], text[FIGURE_SIZE], rate[PART_SIZE], left[PART_SIZE];
    snprintf(rate, sizeof rate, "  %s events/s", figure_count(progress->events_per_second, text));
    int64_t left_ns =
        virtual_ns > 0
            ? (int64_t)((__int128)wall_ns * (progress->virtual_ns - virtual_ns) / virtual_ns)
            : -1;
    left[0] = '\0';
    if (left_ns >= 0)
        snprintf(left, sizeof left, "  %s left", figure_seconds(left_ns, text));
    size_t size = (size_t)snprintf(line, LINE_SIZE, " %3d %%  %s of %s",
                                   (int)((__int128)virtual_ns * 100 / progress->virtual_ns),
                                   figure_seconds(virtual_ns, now),
                                   figure_duration(progress->virtual_ns, all));
    size_t room = progress->width > BAR_COLUMNS_MIN + 1 ? progress->width - BAR_COLUMNS_MIN - 1 : 0;
    if (size + strlen(rate) + strlen(left) <= room)
        strcat(line, rate);
    if (strlen(line) + strlen(left) <= room)
        strcat(line, left);
}

/* Name, bar, figures. The bar gives way to the name until it is at its shortest. */
static void draw(struct progress *progress, int64_t virtual_ns, int64_t wall_ns)
{
    char bar[BAR_COLUMNS_MAX * 4 + 1] = "", line[LINE_SIZE];
    write_figures(progress, virtual_ns, wall_ns, line);
    size_t used = strlen(line) + 1;
    size_t room = progress->width > used ? progress->width - used : 0;
    size_t wanted = strlen(progress->name) < NAME_COLUMNS_MAX ? strlen(progress->name) + 1
                                                              : NAME_COLUMNS_MAX + 1;
    size_t columns = room > wanted + BAR_COLUMNS_MAX   ? BAR_COLUMNS_MAX
                     : room > wanted + BAR_COLUMNS_MIN ? room - wanted
                                                       : BAR_COLUMNS_MIN;
    if (room >= columns)
        draw_bar(bar, columns, virtual_ns, progress->virtual_ns);
    int name_size = room > columns + 1
                        ? name_size_within(progress->name, room - columns - 1 < NAME_COLUMNS_MAX
                                                               ? room - columns - 1
                                                               : NAME_COLUMNS_MAX)
                        : 0;
    fprintf(progress->stream, "\r%.*s%s%s%s\x1b[K", name_size, progress->name, name_size ? " " : "",
            bar, line);
    fflush(progress->stream);
    progress->shown = true;
}

void progress_update(struct progress *progress, int64_t virtual_ns, uint64_t events,
                     int64_t wall_ns)
{
    if (!progress->wanted || wall_ns < APPEARS_AFTER_NS ||
        wall_ns - progress->drawn_ns < REDRAW_AFTER_NS)
        return;
    measure(progress, events, wall_ns);
    draw(progress, virtual_ns < progress->virtual_ns ? virtual_ns : progress->virtual_ns, wall_ns);
}

void progress_end(struct progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\x1b[K", progress->stream);
    fflush(progress->stream);
    progress->shown = false;
}
