/* From the topology to files: builds the picture, lets Graphviz render it, writes it whole. */
#include "reports/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <graphviz/gvc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "reports/directory.h"
#include "reports/graph_sheet.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
/* Graphviz and the libraries below it lose memory with each picture (about 30 kB), whatever is
 * freed. Called by LeakSanitizer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgvc.so\nleak:libcgraph.so\nleak:libgvplugin_\nleak:libpango\n"
           "leak:libcairo\nleak:libfontconfig\nleak:libglib-2.0\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

/* ---- building ------------------------------------------------------------------------------- */

enum { WIDTH_MIN = 640, LEGEND_DISTANCE = 18 };

static int32_t title_width(const struct topology *topology)
{
    return graph_text_width(topology->scenario, 18, true) + 240 + 2 * GRAPH_MARGIN;
}

static void build(struct graph *graph)
{
    graph_make_boxes(graph);
    graph_make_edges(graph);
    graph_place_boxes(graph);
    graph_route_edges(graph);
    graph_place_labels(graph);
    int32_t title = title_width(graph->topology), width = graph->width;
    width = title > width ? title : width;
    graph->width = width > WIDTH_MIN ? width : WIDTH_MIN;
    graph->height = graph->columns_bottom + LEGEND_DISTANCE +
                    graph_legend_height(graph, graph->width - 2 * GRAPH_MARGIN) + GRAPH_MARGIN;
}

static int ignore(char *message)
{
    (void)message;
    return 0;
}

/* What Graphviz would print on stderr is of no use to anybody here. */
static void draw(struct graph_sheet *sheet, struct arena *arena, const struct topology *topology,
                 const struct metrics *metrics)
{
    struct graph graph = {.arena = arena, .topology = topology, .metrics = metrics};
    agseterrf(ignore);
    build(&graph);
    graph_sheet_open(sheet, arena, graph.width, graph.height);
    graph_draw_sheet(sheet, &graph);
    graph_free(&graph);
}

/* ---- rendering ------------------------------------------------------------------------------ */

struct text {
    char *data;
    size_t size, capacity;
};

static int append(void *channel, const char *data)
{
    struct text *text = channel;
    size_t size = strlen(data);
    if (text->size + size + 1 > text->capacity) {
        text->capacity = 2 * (text->capacity + size + 1);
        text->data = memory_resize(text->data, text->capacity);
    }
    memcpy(text->data + text->size, data, size + 1);
    text->size += size;
    return (int)size;
}

static int flush(void *channel)
{
    (void)channel;
    return 0;
}

/* The graph as it was built, before Graphviz measures anything with the fonts of this machine. */
static struct text write_dot(struct graph_sheet *sheet)
{
    static Agiodisc_t io;
    struct text text = {0};
    io = AgIoDisc;
    io.putstr = append;
    io.flush = flush;
    Agiodisc_t *before = sheet->cgraph->clos->disc.io;
    sheet->cgraph->clos->disc.io = &io;
    agwrite(sheet->cgraph, &text);
    sheet->cgraph->clos->disc.io = before;
    return text;
}

/* One for the life of the process: the plugin that measures texts remembers the last font's name
 * beyond the context that it belongs to (seen in 2.43). */
static GVC_t *graphviz(void)
{
    static GVC_t *context;
    if (!context)
        context = gvContext();
    return context;
}

/* Without data: Graphviz can't, since a plugin of it is missing. Otherwise to be freed. */
static struct text render(struct graph_sheet *sheet, const char *format)
{
    struct text text = {0};
    char *data = NULL;
    unsigned size = 0;
    GVC_t *context = graphviz();
    if (gvLayout(context, sheet->cgraph, "nop2") == 0) {
        if (gvRenderData(context, sheet->cgraph, format, &data, &size) == 0 && data) {
            text.data = memory_alloc(size);
            memcpy(text.data, data, size);
            text.size = size;
        }
        gvFreeRenderData(data);
        gvFreeLayout(context, sheet->cgraph);
    }
    return text;
}

/* A PDF says when it was made: when the scenario begins, so that no wall clock is in it. */
static void date_pdf(struct text *text, int64_t start_ns)
{
    static const char mark[] = "/CreationDate (D:";
    enum { DIGITS = 14 };
    char date[32];
    struct tm when;
    time_t seconds = (time_t)(start_ns / 1000000000);
    if (!gmtime_r(&seconds, &when) || strftime(date, sizeof date, "%Y%m%d%H%M%S", &when) != DIGITS)
        return;
    for (size_t i = 0; i + sizeof mark + DIGITS < text->size; i++)
        if (memcmp(text->data + i, mark, sizeof mark - 1) == 0)
            memcpy(text->data + i + sizeof mark - 1, date, DIGITS);
}

/* ---- after a run ---------------------------------------------------------------------------- */

static bool put(struct output *output, const char *name, struct text text)
{
    if (!text.data) {
        output_fail(output, name, "Graphviz can't draw it: is a plugin of libgvc missing?");
        return false;
    }
    struct output_file *file = output_create(output, name, 0);
    output_write(file, text.data, text.size);
    free(text.data);
    return output_close(file, NULL, NULL);
}

bool graph_write(struct output *output, const struct topology *topology,
                 const struct metrics *metrics)
{
    struct arena arena = {0};
    struct graph_sheet sheet;
    draw(&sheet, &arena, topology, metrics);
    bool good = put(output, "topology.dot", write_dot(&sheet));
    good = put(output, "topology.svg", render(&sheet, "svg")) && good;
    graph_sheet_close(&sheet);
    arena_release(&arena);
    return good;
}

/* ---- before a run --------------------------------------------------------------------------- */

static const char *format_of(const char *path)
{
    static const char *const formats[] = {"svg", "png", "pdf", "dot"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(dot + 1, formats[i]) == 0)
            return formats[i];
    return NULL;
}

bool graph_accepts(const char *path, char error[GRAPH_ERROR_SIZE])
{
    if (format_of(path))
        return true;
    snprintf(error, GRAPH_ERROR_SIZE,
             "can't tell the format of '%s', expected a name that ends in .svg, .png, .pdf or .dot",
             path);
    return false;
}

static bool fill(int descriptor, const struct text *text)
{
    for (size_t at = 0; at < text->size;) {
        ssize_t written = write(descriptor, text->data + at, text->size - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        at += (size_t)written;
    }
    return true;
}

static bool write_file(const char *name, const struct text *text)
{
    int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    bool good = fill(descriptor, text);
    int reason = errno;
    if (close(descriptor) != 0 && good)
        return false;
    errno = reason;
    return good;
}

/* Under another name first, so that PATH is whole or as it was. A device is written to as it is.
 * A file size limit is an error of the write, not a signal. */
static bool store(const char *path, const struct text *text)
{
    struct stat status;
    size_t made_parents;
    if (!directory_make_parents(path, &made_parents))
        return false;
    bool aside = stat(path, &status) != 0 || S_ISREG(status.st_mode);
    char *name = memory_alloc(strlen(path) + 32);
    signal(SIGXFSZ, SIG_IGN);
    sprintf(name, aside ? "%s.partial-%ld" : "%s", path, (long)getpid());
    bool good = write_file(name, text) && (!aside || rename(name, path) == 0);
    int reason = errno;
    if (!good && aside)
        unlink(name);
    if (!good)
        directory_remove_parents(path, made_parents);
    free(name);
    errno = reason;
    return good;
}

static void say_failure(const char *path, const char *format, bool is_drawn,
                        char error[GRAPH_ERROR_SIZE])
{
    if (is_drawn)
        snprintf(error, GRAPH_ERROR_SIZE, "can't write '%s': %s", path, strerror(errno));
    else
        snprintf(error, GRAPH_ERROR_SIZE,
                 "can't draw '%s': Graphviz has no %s output: is a plugin of libgvc missing?", path,
                 format);
}

bool graph_draw(const struct topology *topology, const char *path, char error[GRAPH_ERROR_SIZE])
{
    struct arena arena = {0};
    struct graph_sheet sheet;
    if (!graph_accepts(path, error))
        return false;
    const char *format = format_of(path);
    draw(&sheet, &arena, topology, NULL);
    struct text text = strcmp(format, "dot") == 0 ? write_dot(&sheet) : render(&sheet, format);
    if (text.data && strcmp(format, "pdf") == 0)
        date_pdf(&text, topology->start_ns);
    bool good = text.data && store(path, &text);
    if (!good)
        say_failure(path, format, text.data != NULL, error);
    free(text.data);
    graph_sheet_close(&sheet);
    arena_release(&arena);
    return good;
}
