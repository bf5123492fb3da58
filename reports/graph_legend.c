/* The legend below the picture: only what stands in it. */
#include "reports/graph_sheet.h"

enum { SAMPLE_WIDTH = 30, ITEM_HEIGHT = 20, ITEM_DISTANCE = 22, TEXT_DISTANCE = 6, ITEMS_MAX = 16 };

struct item {
    const char *text;
    bool is_edge;
    enum graph_role role;
    struct graph_edge edge; /* how it is drawn */
    bool failed;
};

struct legend {
    struct item items[ITEMS_MAX];
    size_t count;
};

static void add_role(struct legend *legend, const struct graph *graph, enum graph_role role)
{
    for (size_t i = 0; i < graph->box_count; i++)
        if (graph->boxes[i].role == role) {
            legend->items[legend->count++] = (struct item){
                .text = role == GRAPH_HIERARCHY ? graph->boxes[i].name : graph_role_name(role),
                .role = role};
            return;
        }
}

/* An edge like LIKE, if the picture has one. */
static void add_edge(struct legend *legend, const struct graph *graph, struct graph_edge like,
                     const char *text)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        if (edge->kind == like.kind && edge->used == like.used && edge->failed == like.failed) {
            legend->items[legend->count++] =
                (struct item){.text = text, .is_edge = true, .edge = like};
            return;
        }
    }
}

static void add_failure(struct legend *legend, const struct graph *graph)
{
    bool any = false;
    for (size_t i = 0; i < graph->box_count; i++)
        any = any || graph->boxes[i].failed;
    for (size_t i = 0; i < graph->column_count; i++)
        any = any || graph->columns[i].failed;
    if (any)
        legend->items[legend->count++] =
            (struct item){.text = "was down", .role = GRAPH_HIERARCHY, .failed = true};
}

static struct legend make_legend(const struct graph *graph)
{
    struct legend legend = {.count = 0};
    bool after = graph->metrics != NULL;
    for (enum graph_role role = 0; role < GRAPH_ROLE_COUNT; role++)
        add_role(&legend, graph, role);
    add_failure(&legend, graph);
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_FEED, .used = true},
             after ? "zone transfers, one way" : "zone transfers");
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_FEED},
             "transfer configured, never used");
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_QUERY, .used = true},
             after ? "queries, mean RTT or one way" : "queries, one way");
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_QUERY}, "never asked");
    add_edge(&legend, graph,
             (struct graph_edge){.kind = GRAPH_QUERY, .used = false, .failed = true},
             "queries that nobody answered");
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_LINK, .used = true}, "link");
    add_edge(&legend, graph, (struct graph_edge){.kind = GRAPH_LINK, .used = true, .failed = true},
             "link that was down");
    if (graph->edges_left_out > 0)
        legend.items[legend.count++] = (struct item){
            .text = graph->metrics ? "of each resolver only the two servers asked most"
                                   : "of each resolver only the two nearest servers",
            .is_edge = true,
            .edge = {.kind = GRAPH_QUERY, .used = true}};
    return legend;
}

static int32_t item_width(const struct item *item)
{
    return SAMPLE_WIDTH + TEXT_DISTANCE + graph_text_width(item->text, GRAPH_SMALL, false);
}

/* Where each item stands, from LEFT and TOP on in lines of WIDTH. Returns the height. */
static int32_t place_items(const struct legend *legend, int32_t width,
                           struct graph_point places[ITEMS_MAX])
{
    struct graph_point at = {0, 0};
    for (size_t i = 0; i < legend->count; i++) {
        int32_t own = item_width(&legend->items[i]);
        if (at.x > 0 && at.x + own > width)
            at = (struct graph_point){0, at.y + ITEM_HEIGHT};
        places[i] = at;
        at.x += own + ITEM_DISTANCE;
    }
    return at.y + ITEM_HEIGHT;
}

int32_t graph_legend_height(const struct graph *graph, int32_t width)
{
    struct graph_point places[ITEMS_MAX];
    struct legend legend = make_legend(graph);
    return place_items(&legend, width, places);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void draw_swatch(struct graph_sheet *sheet, const struct item *item, const char *name,
                        struct graph_point at)
{
    const struct graph_colours *colours = &graph_role_colours[item->role];
    struct graph_rectangle place = {at.x + 4, at.y + 3, at.x + SAMPLE_WIDTH - 4,
                                    at.y + ITEM_HEIGHT - 3};
    Agnode_t *node = graph_sheet_node(sheet, sheet->cgraph, name, place);
    bool hidden = item->role == GRAPH_HIDDEN;
    graph_sheet_set(sheet, node, "label", "");
    graph_sheet_set(sheet, node, "style", hidden ? "rounded,filled,dashed" : "rounded,filled");
    graph_sheet_set(sheet, node, "fillcolor", item->failed ? "#fef2f2" : colours->fill);
    graph_sheet_set(sheet, node, "color", item->failed ? GRAPH_RED : colours->line);
    graph_sheet_set(sheet, node, "penwidth", item->failed ? "2.4" : "1.2");
}

static Agnode_t *draw_end(struct graph_sheet *sheet, const char *name, struct graph_point at)
{
    struct graph_rectangle place = {at.x - 1, at.y - 1, at.x + 1, at.y + 1};
    Agnode_t *node = graph_sheet_node(sheet, sheet->cgraph, name, place);
    graph_sheet_set(sheet, node, "label", "");
    graph_sheet_set(sheet, node, "style", "invis");
    return node;
}

static void draw_sample(struct graph_sheet *sheet, const struct item *item, const char *name,
                        struct graph_point at)
{
    bool has_tip = item->edge.kind != GRAPH_LINK;
    int32_t y = at.y + ITEM_HEIGHT / 2, end = at.x + SAMPLE_WIDTH - (has_tip ? GRAPH_ARROW : 0);
    struct graph_point points[4] = {{at.x, y}, {at.x + 6, y}, {end - 6, y}, {end, y}};
    struct graph_edge edge = item->edge;
    edge.points = points;
    edge.point_count = 4;
    edge.tip = (struct graph_point){at.x + SAMPLE_WIDTH, y};
    Agnode_t *from = draw_end(sheet, arena_format(sheet->arena, "%s from", name), points[0]);
    Agnode_t *to = draw_end(sheet, arena_format(sheet->arena, "%s to", name), edge.tip);
    graph_sheet_edge(sheet, from, to, &edge, has_tip);
}

static void draw_text(struct graph_sheet *sheet, const struct item *item, const char *name,
                      struct graph_point at)
{
    int32_t width = item_width(item) - SAMPLE_WIDTH - TEXT_DISTANCE;
    int32_t left = at.x + SAMPLE_WIDTH + TEXT_DISTANCE;
    struct graph_rectangle place = {left, at.y, left + width, at.y + ITEM_HEIGHT};
    Agnode_t *node =
        graph_sheet_node(sheet, sheet->cgraph, arena_format(sheet->arena, "%s text", name), place);
    graph_sheet_set(sheet, node, "shape", "plain");
    graph_sheet_set(sheet, node, "fixedsize", "false");
    graph_sheet_markup(
        sheet, node, "label",
        arena_format(sheet->arena,
                     "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\">"
                     "<TR><TD WIDTH=\"%d\" ALIGN=\"LEFT\"><FONT POINT-SIZE=\"%d\" COLOR=\"%s\">%s"
                     "</FONT></TD></TR></TABLE>",
                     width, GRAPH_SMALL, GRAPH_GREY, graph_text_escape(sheet->arena, item->text)));
}

void graph_draw_legend(struct graph_sheet *sheet, const struct graph *graph)
{
    struct legend legend = make_legend(graph);
    struct graph_point places[ITEMS_MAX];
    int32_t height = place_items(&legend, graph->width - 2 * GRAPH_MARGIN, places);
    for (size_t i = 0; i < legend.count; i++) {
        const char *name = arena_format(sheet->arena, "legend %zu", i + 1);
        struct graph_point at = {GRAPH_MARGIN + places[i].x,
                                 graph->height - GRAPH_MARGIN - height + places[i].y};
        if (legend.items[i].is_edge)
            draw_sample(sheet, &legend.items[i], name, at);
        else
            draw_swatch(sheet, &legend.items[i], name, at);
        draw_text(sheet, &legend.items[i], name, at);
    }
}
