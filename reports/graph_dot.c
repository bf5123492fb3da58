/* Drawing the picture onto a sheet: title, sites, boxes, edges. */
#include "reports/graph_sheet.h"

#include "reports/figure.h"

struct drawing {
    struct graph_sheet *sheet;
    const struct graph *graph;
    Agraph_t **clusters; /* by column; NULL: drawn without a frame */
    Agnode_t **boxes;
    Agnode_t **sites; /* by column: where links end */
};

/* ---- sites ---------------------------------------------------------------------------------- */

static const char *heading(const struct drawing *drawing, const struct graph_column *column)
{
    struct arena *arena = drawing->sheet->arena;
    const char *text = "", *badge = "";
    for (size_t i = 0; i < column->words.count; i++) {
        const struct graph_line *line = &column->words.lines[i];
        const char *escaped = graph_text_escape(arena, line->text);
        if (line->tone == GRAPH_BADGE) {
            struct graph_words words = {.lines = {*line}, .count = 1};
            badge = graph_sheet_rows(drawing->sheet, &words, GRAPH_INK, "CENTER");
        } else if (line->tone == GRAPH_PLAIN) {
            text = arena_format(arena, "<B>%s</B>", escaped);
        } else {
            text =
                arena_format(arena, "%s  <FONT COLOR=\"" GRAPH_GREY "\">%s</FONT>", text, escaped);
        }
    }
    return arena_format(arena,
                        "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"2\">"
                        "<TR><TD COLSPAN=\"2\"><FONT POINT-SIZE=\"%d\">%s</FONT></TD></TR>"
                        "%s</TABLE>",
                        GRAPH_LARGE, text, badge);
}

static void draw_column(struct drawing *drawing, uint32_t index)
{
    const struct graph *graph = drawing->graph;
    const struct graph_column *column = &graph->columns[index];
    struct graph_sheet *sheet = drawing->sheet;
    if (column->site == TOPOLOGY_NONE)
        return;
    const char *site = graph_text_clean(sheet->arena, graph->topology->sites[column->site].name);
    char *name = arena_format(sheet->arena, "cluster %s", site);
    Agraph_t *cluster = agsubg(sheet->cgraph, name, 1);
    struct graph_rectangle place = {column->left, graph->columns_top, column->left + column->width,
                                    graph->columns_bottom};
    struct graph_point middle = {column->left + column->width / 2,
                                 graph->columns_top + (column->failed ? 27 : 18)};
    graph_sheet_markup(sheet, cluster, "label", heading(drawing, column));
    graph_sheet_point(sheet, cluster, "lp", middle);
    graph_sheet_rectangle(sheet, cluster, place);
    graph_sheet_set(sheet, cluster, "style",
                    column->failed ? "rounded,filled,dashed" : "rounded,filled");
    graph_sheet_set(sheet, cluster, "fillcolor", column->failed ? "#fef2f2" : "#f8fafc");
    graph_sheet_set(sheet, cluster, "color", column->failed ? GRAPH_RED : "#dbe3ec");
    graph_sheet_set(sheet, cluster, "penwidth", column->failed ? "1.8" : "1.0");
    graph_sheet_set(sheet, cluster, "class", column->failed ? "site failed" : "site");
    drawing->clusters[index] = cluster;
    struct graph_rectangle anchor = {middle.x - 1, graph->columns_top - 1, middle.x + 1,
                                     graph->columns_top + 1};
    drawing->sites[index] =
        graph_sheet_node(sheet, cluster, arena_format(sheet->arena, "site %s", site), anchor);
    graph_sheet_set(sheet, drawing->sites[index], "style", "invis");
    graph_sheet_set(sheet, drawing->sites[index], "label", "");
}

/* ---- boxes ---------------------------------------------------------------------------------- */

static const char *box_class(enum graph_role role)
{
    static const char *const classes[GRAPH_ROLE_COUNT] = {
        "hidden", "primary", "secondary", "hierarchy", "resolver", "clients", "monitor"};
    return classes[role];
}

static const char *box_name(struct graph_sheet *sheet, const struct graph_box *box, bool compact)
{
    const char *name = graph_text_escape(sheet->arena, box->title);
    const char *role = graph_role_name(box->role);
    if (!*role || compact)
        return arena_format(sheet->arena, "<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\">%s</TD></TR>",
                            *role ? arena_format(sheet->arena, "<B>%s</B>", name) : name);
    return arena_format(sheet->arena,
                        "<TR><TD ALIGN=\"LEFT\"><B>%s</B></TD><TD ALIGN=\"RIGHT\"><FONT "
                        "POINT-SIZE=\"%d\" COLOR=\"%s\">%s</FONT></TD></TR>",
                        name, GRAPH_SMALL, graph_role_colours[box->role].line, role);
}

/* The first row holds the others apart from the box's edge, and the columns wide. */
static const char *box_label(struct graph_sheet *sheet, const struct graph_box *box, bool compact)
{
    int32_t width = box->place.right - box->place.left - 2 * GRAPH_PADDING;
    return arena_format(sheet->arena,
                        "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">"
                        "<TR><TD COLSPAN=\"2\" WIDTH=\"%d\" HEIGHT=\"6\"></TD></TR>%s%s</TABLE>",
                        width, box_name(sheet, box, compact),
                        graph_sheet_rows(sheet, &box->words, GRAPH_INK, "LEFT"));
}

static void draw_box(struct drawing *drawing, uint32_t index)
{
    struct graph_sheet *sheet = drawing->sheet;
    const struct graph_box *box = &drawing->graph->boxes[index];
    const struct graph_colours *colours = &graph_role_colours[box->role];
    Agraph_t *parent = drawing->clusters[box->column];
    Agnode_t *node =
        graph_sheet_node(sheet, parent ? parent : sheet->cgraph, box->name, box->place);
    graph_sheet_markup(sheet, node, "label", box_label(sheet, box, drawing->graph->compact));
    graph_sheet_set(sheet, node, "style",
                    box->role == GRAPH_HIDDEN ? "rounded,filled,dashed" : "rounded,filled");
    graph_sheet_set(sheet, node, "fillcolor", colours->fill);
    graph_sheet_set(sheet, node, "color", box->failed ? GRAPH_RED : colours->line);
    graph_sheet_set(sheet, node, "penwidth", box->failed ? "2.4" : "1.2");
    graph_sheet_format(sheet, node, "class", "%s%s", box_class(box->role),
                       box->failed ? " failed" : "");
    graph_sheet_set(sheet, node, "tooltip",
                    arena_format(sheet->arena, "%s, %s", box->name, graph_role_name(box->role)));
    drawing->boxes[index] = node;
}

/* ---- edges ---------------------------------------------------------------------------------- */

static const char *edge_ink(const struct graph_edge *edge)
{
    switch (edge->kind) {
    case GRAPH_FEED:
        return "#5b21b6";
    case GRAPH_QUERY:
        return "#155e75";
    case GRAPH_LINK:
        break;
    }
    return GRAPH_GREY;
}

static uint32_t column_of(const struct graph *graph, uint32_t site)
{
    uint32_t index = 0;
    while (graph->columns[index].site != site)
        index++;
    return index;
}

static const char *const edge_classes[] = {
    [GRAPH_FEED] = "transfer", [GRAPH_QUERY] = "query", [GRAPH_LINK] = "link"};

static Agnode_t *end_of(const struct drawing *drawing, const struct graph_edge *edge, uint32_t end)
{
    if (edge->kind == GRAPH_LINK)
        return drawing->sites[column_of(drawing->graph, end)];
    return drawing->boxes[end];
}

static void draw_edge(struct drawing *drawing, const struct graph_edge *edge)
{
    struct graph_sheet *sheet = drawing->sheet;
    bool is_link = edge->kind == GRAPH_LINK;
    Agedge_t *drawn = graph_sheet_edge(sheet, end_of(drawing, edge, edge->from),
                                       end_of(drawing, edge, edge->to), edge, !is_link);
    graph_sheet_format(sheet, drawn, "class", "%s%s%s", edge_classes[edge->kind],
                       edge->used ? "" : " unused", edge->failed ? " failed" : "");
    graph_sheet_set(sheet, drawn, "tooltip", edge->tooltip);
}

/* A node of its own, since nodes are drawn after all edges: no edge runs over the words. */
static void draw_words(struct drawing *drawing, const struct graph_edge *edge)
{
    struct graph_sheet *sheet = drawing->sheet;
    if (edge->words.count == 0)
        return;
    struct graph_rectangle place = {
        edge->label.x - edge->label_width / 2, edge->label.y - edge->label_height / 2,
        edge->label.x + edge->label_width / 2, edge->label.y + edge->label_height / 2};
    const char *name =
        arena_format(sheet->arena, "%s %s %s", agnameof(end_of(drawing, edge, edge->from)),
                     edge_classes[edge->kind], agnameof(end_of(drawing, edge, edge->to)));
    Agnode_t *node = graph_sheet_node(sheet, sheet->cgraph, name, place);
    graph_sheet_markup(
        sheet, node, "label",
        arena_format(sheet->arena,
                     "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\" "
                     "BGCOLOR=\"#ffffffd8\">%s</TABLE>",
                     graph_sheet_rows(sheet, &edge->words, edge_ink(edge), "CENTER")));
    graph_sheet_set(sheet, node, "shape", "plaintext");
    graph_sheet_set(sheet, node, "labelloc", "c");
    graph_sheet_set(sheet, node, "class", "words");
    graph_sheet_set(sheet, node, "tooltip", edge->tooltip);
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* As much of TEXT's first line as fits into WIDTH. */
static const char *shorten(struct arena *arena, const char *text, int size, int32_t width)
{
    size_t length = strcspn(text, "\n");
    char *cut = arena_format(arena, "%.*s", (int)length, text);
    if (!text[length] && graph_text_width(cut, size, false) <= width)
        return cut;
    while (length > 0 &&
           (graph_text_width(cut, size, false) > width || ((uint8_t)text[length] & 0xc0) == 0x80))
        cut[--length] = '\0';
    return arena_format(arena, "%s\u2026", cut);
}

static void draw_title(struct drawing *drawing)
{
    struct graph_sheet *sheet = drawing->sheet;
    const struct topology *topology = drawing->graph->topology;
    int32_t width = drawing->graph->width - 2 * GRAPH_MARGIN;
    char figure[FIGURE_SIZE];
    const char *description =
        shorten(sheet->arena, topology->description ? topology->description : "", 10, width);
    const char *facts = arena_format(sheet->arena, "seed %llu, %s of virtual time",
                                     (unsigned long long)topology->seed,
                                     figure_duration(topology->duration_ns, figure));
    const char *markup = arena_format(
        sheet->arena,
        "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"2\">"
        "<TR><TD COLSPAN=\"2\" WIDTH=\"%d\" HEIGHT=\"1\"></TD></TR>"
        "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"18\"><B>%s</B></FONT></TD>"
        "<TD ALIGN=\"RIGHT\"><FONT POINT-SIZE=\"10\" COLOR=\"" GRAPH_GREY "\">%s</FONT></TD></TR>"
        "<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\"><FONT POINT-SIZE=\"10\" COLOR=\"" GRAPH_GREY
        "\">%s</FONT></TD></TR></TABLE>",
        width, graph_text_escape(sheet->arena, topology->scenario), facts,
        graph_text_escape(sheet->arena, *description ? description : " "));
    graph_sheet_markup(sheet, sheet->cgraph, "label", markup);
    graph_sheet_point(sheet, sheet->cgraph, "lp",
                      (struct graph_point){drawing->graph->width / 2, GRAPH_MARGIN + 20});
}

void graph_draw_sheet(struct graph_sheet *sheet, const struct graph *graph)
{
    struct drawing drawing = {.sheet = sheet, .graph = graph};
    drawing.clusters = arena_alloc(sheet->arena, graph->column_count * sizeof *drawing.clusters);
    drawing.sites = arena_alloc(sheet->arena, graph->column_count * sizeof *drawing.sites);
    drawing.boxes = arena_alloc(sheet->arena, graph->box_count * sizeof *drawing.boxes);
    for (uint32_t i = 0; i < graph->column_count; i++)
        draw_column(&drawing, i);
    for (uint32_t i = 0; i < graph->box_count; i++)
        draw_box(&drawing, i);
    for (size_t i = 0; i < graph->edge_count; i++)
        draw_edge(&drawing, &graph->edges[i]);
    for (size_t i = 0; i < graph->edge_count; i++)
        draw_words(&drawing, &graph->edges[i]);
    graph_draw_legend(sheet, graph);
    draw_title(&drawing); /* last: subgraphs inherit what the graph has */
}
