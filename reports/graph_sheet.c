/* Putting nodes, edges and attributes onto a graph of libcgraph, the same way in every run. */
#include "reports/graph_sheet.h"

#include <stdarg.h>
#include <stdio.h>

const struct graph_colours graph_role_colours[GRAPH_ROLE_COUNT] = {
    [GRAPH_HIDDEN] = {"#faf5ff", "#7c3aed"},    [GRAPH_PRIMARY] = {"#ede9fe", "#7c3aed"},
    [GRAPH_SECONDARY] = {"#f0fdf9", "#0d9488"}, [GRAPH_HIERARCHY] = {"#f8fafc", "#94a3b8"},
    [GRAPH_RESOLVER] = {"#fffbeb", "#d97706"},  [GRAPH_CLIENTS] = {"#eff6ff", "#3b82f6"},
    [GRAPH_MONITOR] = {"#ffffff", "#475569"},
};

struct graph_stroke {
    const char *colour, *style, *width;
};

static struct graph_stroke stroke_of(const struct graph_edge *edge)
{
    if (edge->failed)
        return (struct graph_stroke){GRAPH_RED, "dashed", "1.6"};
    switch (edge->kind) {
    case GRAPH_FEED:
        if (!edge->used)
            return (struct graph_stroke){GRAPH_FEED_UNUSED, "dashed", "1.0"};
        return (struct graph_stroke){GRAPH_FEED_COLOUR, "solid",
                                     edge->count > 100  ? "3.2"
                                     : edge->count > 10 ? "2.6"
                                                        : "2.0"};
    case GRAPH_QUERY:
        return (struct graph_stroke){edge->faint ? "#a3b1c2" : GRAPH_QUERY_COLOUR,
                                     edge->used ? "solid" : "dashed",
                                     edge->count > 10000 ? "1.6" : "1.0"};
    case GRAPH_LINK:
        break;
    }
    return (struct graph_stroke){"#94a3b8", "solid", "1.2"};
}

/* ---- ids ------------------------------------------------------------------------------------ */

/* libcgraph's own ids are addresses in memory, and it keeps subgraphs in order of id: another
 * picture with each run. Ours are running numbers; names are mapped by libcgraph itself. */
static void *open_ids(Agraph_t *cgraph, Agdisc_t *disciplines)
{
    (void)disciplines;
    return cgraph;
}

static IDTYPE next_id;

static long map_id(void *state, int kind, char *name, IDTYPE *id, int create)
{
    (void)state;
    (void)kind;
    if (name || !create)
        return 0;
    *id = next_id += 2;
    return 1;
}

static long alloc_id(void *state, int kind, IDTYPE id)
{
    (void)state;
    (void)kind;
    (void)id;
    return 0;
}

static void free_id(void *state, int kind, IDTYPE id)
{
    (void)state;
    (void)kind;
    (void)id;
}

static char *print_id(void *state, int kind, IDTYPE id)
{
    (void)state;
    (void)kind;
    (void)id;
    return NULL;
}

static void close_ids(void *state)
{
    (void)state;
}

static void register_id(void *state, int kind, void *object)
{
    (void)state;
    (void)kind;
    (void)object;
}

static Agiddisc_t id_discipline = {open_ids, map_id,    alloc_id,   free_id,
                                   print_id, close_ids, register_id};

/* ---- attributes ----------------------------------------------------------------------------- */

static char *writable(const char *text)
{
    return (char *)(uintptr_t)text; /* libcgraph reads them only */
}

void graph_sheet_set(struct graph_sheet *sheet, void *object, const char *name, const char *value)
{
    const char *clean = graph_text_clean(sheet->arena, value);
    agsafeset(object, writable(name), writable(clean), writable(""));
}

void graph_sheet_format(struct graph_sheet *sheet, void *object, const char *name,
                        const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    graph_sheet_set(sheet, object, name, text);
}

void graph_sheet_markup(struct graph_sheet *sheet, void *object, const char *name,
                        const char *markup)
{
    char *held = agstrdup_html(sheet->cgraph, writable(markup));
    agsafeset(object, writable(name), held, writable(""));
    agstrfree(sheet->cgraph, held);
}

static void default_of(struct graph_sheet *sheet, int kind, const char *name, const char *value)
{
    agattr(sheet->cgraph, kind, writable(name), writable(value));
}

void graph_sheet_open(struct graph_sheet *sheet, struct arena *arena, int32_t width, int32_t height)
{
    static Agdisc_t disciplines;
    disciplines = AgDefaultDisc;
    disciplines.id = &id_discipline;
    next_id = 0;
    *sheet = (struct graph_sheet){.arena = arena, .height = height};
    sheet->cgraph = agopen(writable("topology"), Agdirected, &disciplines);
    default_of(sheet, AGRAPH, "fontname", GRAPH_FONTS);
    default_of(sheet, AGRAPH, "fontcolor", GRAPH_INK);
    default_of(sheet, AGRAPH, "bgcolor", "white");
    default_of(sheet, AGRAPH, "pad", "0.3");
    default_of(sheet, AGRAPH, "outputorder", "edgesfirst");
    default_of(sheet, AGRAPH, "splines", "spline");
    default_of(sheet, AGNODE, "fontname", GRAPH_FONTS);
    default_of(sheet, AGNODE, "fontsize", "11");
    default_of(sheet, AGNODE, "fontcolor", GRAPH_INK);
    default_of(sheet, AGNODE, "shape", "box");
    default_of(sheet, AGNODE, "fixedsize", "true");
    default_of(sheet, AGNODE, "labelloc", "t");
    default_of(sheet, AGEDGE, "fontname", GRAPH_FONTS);
    default_of(sheet, AGEDGE, "fontsize", "9");
    default_of(sheet, AGEDGE, "arrowsize", "0.8");
    graph_sheet_format(sheet, sheet->cgraph, "bb", "0,0,%d,%d", width, height);
}

void graph_sheet_close(struct graph_sheet *sheet)
{
    agclose(sheet->cgraph);
}

/* ---- places --------------------------------------------------------------------------------- */

void graph_sheet_point(struct graph_sheet *sheet, void *object, const char *name,
                       struct graph_point point)
{
    graph_sheet_format(sheet, object, name, "%d,%d", point.x, sheet->height - point.y);
}

void graph_sheet_rectangle(struct graph_sheet *sheet, void *object, struct graph_rectangle place)
{
    graph_sheet_format(sheet, object, "bb", "%d,%d,%d,%d", place.left, sheet->height - place.bottom,
                       place.right, sheet->height - place.top);
}

/* Points in inches, without floating point: "1.6667". */
static void set_inches(struct graph_sheet *sheet, void *object, const char *name, int32_t points)
{
    int32_t parts = points * 10000 / 72;
    graph_sheet_format(sheet, object, name, "%d.%04d", parts / 10000, parts % 10000);
}

Agnode_t *graph_sheet_node(struct graph_sheet *sheet, Agraph_t *parent, const char *name,
                           struct graph_rectangle place)
{
    Agnode_t *node = agnode(parent, writable(graph_text_clean(sheet->arena, name)), 1);
    struct graph_point middle = {(place.left + place.right) / 2, (place.top + place.bottom) / 2};
    graph_sheet_point(sheet, node, "pos", middle);
    set_inches(sheet, node, "width", place.right - place.left);
    set_inches(sheet, node, "height", place.bottom - place.top);
    return node;
}

Agedge_t *graph_sheet_edge(struct graph_sheet *sheet, Agnode_t *from, Agnode_t *to,
                           const struct graph_edge *edge, bool with_tip)
{
    Agedge_t *drawn = agedge(sheet->cgraph, from, to, NULL, 1);
    struct graph_stroke stroke = stroke_of(edge);
    const char *way = "";
    if (with_tip)
        way = arena_format(sheet->arena, "e,%d,%d", edge->tip.x, sheet->height - edge->tip.y);
    for (size_t i = 0; i < edge->point_count; i++)
        way = arena_format(sheet->arena, "%s%s%d,%d", way, *way ? " " : "", edge->points[i].x,
                           sheet->height - edge->points[i].y);
    graph_sheet_set(sheet, drawn, "pos", way);
    graph_sheet_set(sheet, drawn, "dir", with_tip ? "forward" : "none");
    graph_sheet_set(sheet, drawn, "color", stroke.colour);
    graph_sheet_set(sheet, drawn, "style", stroke.style);
    graph_sheet_set(sheet, drawn, "penwidth", stroke.width);
    return drawn;
}

/* ---- markup --------------------------------------------------------------------------------- */

static const char *chip(struct graph_sheet *sheet, const char *text, const char *fill,
                        const char *ink)
{
    return arena_format(sheet->arena,
                        "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"2\" "
                        "STYLE=\"ROUNDED\" BGCOLOR=\"%s\"><TR><TD><FONT POINT-SIZE=\"%d\" "
                        "COLOR=\"%s\"> %s </FONT></TD></TR></TABLE>",
                        fill, GRAPH_SMALL, ink, text);
}

static const char *line_markup(struct graph_sheet *sheet, const struct graph_line *line,
                               const char *plain_colour)
{
    const char *text = graph_text_escape(sheet->arena, line->text), *colour = plain_colour;
    switch (line->tone) {
    case GRAPH_BADGE:
        return chip(sheet, text, GRAPH_RED, "white");
    case GRAPH_MARK:
        return chip(sheet, text, "#ccfbf1", "#115e59");
    case GRAPH_PLAIN:
    case GRAPH_TONE_COUNT:
        break;
    case GRAPH_FAINT:
        colour = GRAPH_GREY;
        break;
    case GRAPH_WARNING:
        colour = GRAPH_AMBER;
        break;
    case GRAPH_BAD:
        colour = GRAPH_RED;
        break;
    }
    return arena_format(sheet->arena, "<FONT POINT-SIZE=\"%d\" COLOR=\"%s\">%s</FONT>", GRAPH_SMALL,
                        colour, text);
}

const char *graph_sheet_rows(struct graph_sheet *sheet, const struct graph_words *words,
                             const char *plain_colour, const char *align)
{
    const char *rows = "";
    for (size_t i = 0; i < words->count; i++)
        rows = arena_format(sheet->arena, "%s<TR><TD COLSPAN=\"2\" ALIGN=\"%s\">%s</TD></TR>", rows,
                            align, line_markup(sheet, &words->lines[i], plain_colour));
    return rows;
}
