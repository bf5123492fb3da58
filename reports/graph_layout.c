/*
 * Where the boxes stand: sites are columns from west to east, tiers are rows from the
 * primaries down to the clients. All boxes of a row have one height and all of a column
 * one width, so that edges find their way through the gaps.
 */
#include "reports/graph_internal.h"

#include <stdlib.h>

enum {
    SIDE_BY_SIDE = 3, /* boxes in a row of one column, before another row is begun */
    SITES_MAX = 40,   /* with more, those without a box are left out */
    COMPACT_FROM = 9, /* columns */
    BOX_WIDTH_MIN = 120,
    BOX_DISTANCE = 18, /* between boxes of a row and column */
    COLUMN_DISTANCE = 28,
    COLUMN_PADDING = 18,
    COMPACT_DISTANCE = 12, /* of columns, and their padding */
    TITLE_HEIGHT = 58,
    LINK_HEIGHT = 30, /* of the arcs between sites, and more with each column they span */
    GAP = 62,
    GAP_LANE = 28,   /* for each lane of labels that does not fit side by side */
    GAP_BREADTH = 9, /* a gap is at least this part of what its longest edge spans */
    LABEL_WIDTH = 84,
    LANES_MAX = 6,
};

/* ---- columns -------------------------------------------------------------------------------- */

static bool wants_column(const struct graph *graph, uint32_t site)
{
    if (site != TOPOLOGY_NONE && graph->topology->site_count <= SITES_MAX)
        return true;
    for (size_t i = 0; i < graph->box_count; i++)
        if (graph->boxes[i].site == site)
            return true;
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].kind == GRAPH_LINK &&
            (graph->edges[i].from == site || graph->edges[i].to == site))
            return true;
    return site != TOPOLOGY_NONE && graph->metrics &&
           metrics_site_outage(graph->metrics, site).ever;
}

/* From west to east; sites without a location after them, in their order. */
static bool is_west_of(const struct topology *topology, uint32_t a, uint32_t b)
{
    const struct topology_site *x = &topology->sites[a], *y = &topology->sites[b];
    if (x->has_location != y->has_location)
        return x->has_location;
    if (x->has_location && x->longitude != y->longitude)
        return x->longitude < y->longitude;
    return a < b;
}

static void add_column(struct graph *graph, uint32_t site)
{
    size_t at = graph->column_count++;
    while (site != TOPOLOGY_NONE && at > 0 &&
           is_west_of(graph->topology, site, graph->columns[at - 1].site)) {
        graph->columns[at] = graph->columns[at - 1];
        at--;
    }
    graph->columns[at] = (struct graph_column){.site = site};
}

static void make_columns(struct graph *graph)
{
    size_t sites = graph->topology->site_count;
    graph->columns = arena_alloc(graph->arena, (sites + 1) * sizeof *graph->columns);
    for (uint32_t i = 0; i < sites; i++)
        if (wants_column(graph, i))
            add_column(graph, i);
    if (wants_column(graph, TOPOLOGY_NONE))
        add_column(graph, TOPOLOGY_NONE);
    for (uint32_t i = 0; i < graph->column_count; i++) {
        graph_word_column(graph, &graph->columns[i]);
        for (size_t k = 0; k < graph->box_count; k++)
            if (graph->boxes[k].site == graph->columns[i].site)
                graph->boxes[k].column = i;
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

static uint32_t boxes_in(const struct graph *graph, uint32_t column, uint32_t tier)
{
    uint32_t count = 0;
    for (size_t i = 0; i < graph->box_count; i++)
        count += graph->boxes[i].column == column && graph->boxes[i].tier == tier;
    return count;
}

static uint32_t side_by_side(const struct graph *graph)
{
    return graph->column_count <= 2 ? 2 * SIDE_BY_SIDE : SIDE_BY_SIDE;
}

static void make_rows_of(struct graph *graph, uint32_t tier)
{
    uint32_t most = 0, abreast = side_by_side(graph);
    for (uint32_t i = 0; i < graph->column_count; i++) {
        uint32_t nth = 0;
        for (size_t k = 0; k < graph->box_count; k++) {
            struct graph_box *box = &graph->boxes[k];
            if (box->column == i && box->tier == tier)
                box->row = (uint32_t)graph->row_count + nth++ / abreast;
        }
        most = nth > most ? nth : most;
    }
    for (uint32_t i = 0; i < (most + abreast - 1) / abreast; i++)
        graph->rows[graph->row_count++] = (struct graph_row){.tier = tier};
}

static void make_rows(struct graph *graph)
{
    uint32_t last = 0;
    for (size_t i = 0; i < graph->box_count; i++)
        last = graph->boxes[i].tier > last ? graph->boxes[i].tier : last;
    graph->rows = arena_alloc(graph->arena, (graph->box_count + 1) * sizeof *graph->rows);
    for (uint32_t tier = 0; tier <= last; tier++)
        make_rows_of(graph, tier);
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static struct graph_point size_of(const struct graph *graph, const struct graph_box *box)
{
    struct graph_point words = graph_words_size(&box->words, GRAPH_SMALL);
    const char *role = graph->compact ? "" : graph_role_name(box->role);
    int32_t name = graph_text_width(box->title, GRAPH_FONT, true) + 8 +
                   graph_text_width(role, GRAPH_SMALL, false);
    int32_t width = (name > words.x ? name : words.x) + 2 * GRAPH_PADDING;
    if (width < BOX_WIDTH_MIN && !graph->compact)
        width = BOX_WIDTH_MIN;
    return (struct graph_point){width, words.y + GRAPH_FONT + 2 * GRAPH_PADDING};
}

static int32_t padding(const struct graph *graph)
{
    return graph->compact ? COMPACT_DISTANCE : COLUMN_PADDING;
}

static void measure_rows(struct graph *graph)
{
    for (size_t i = 0; i < graph->box_count; i++) {
        struct graph_row *row = &graph->rows[graph->boxes[i].row];
        int32_t height = size_of(graph, &graph->boxes[i]).y;
        row->height = height > row->height ? height : row->height;
    }
}

static int32_t header_width(const struct graph_column *column)
{
    int32_t heading = 0, badge = 0;
    for (size_t i = 0; i < column->words.count; i++) {
        const struct graph_line *line = &column->words.lines[i];
        if (line->tone == GRAPH_BADGE)
            badge = graph_text_width(line->text, GRAPH_SMALL, true) + 12;
        else
            heading += graph_text_width(line->text, GRAPH_LARGE, i == 0) + 6;
    }
    return heading > badge ? heading : badge;
}

/* The widest box of COLUMN, and how many stand abreast at most. */
static void place_column(struct graph *graph, uint32_t index, int32_t left)
{
    struct graph_column *column = &graph->columns[index];
    int32_t width = 0;
    uint32_t abreast = 0, limit = side_by_side(graph);
    for (size_t i = 0; i < graph->box_count; i++) {
        if (graph->boxes[i].column != index)
            continue;
        int32_t own = size_of(graph, &graph->boxes[i]).x;
        uint32_t count = boxes_in(graph, index, graph->boxes[i].tier);
        width = own > width ? own : width;
        abreast = count > abreast ? count : abreast;
    }
    abreast = abreast > limit ? limit : abreast;
    int32_t inner = (int32_t)abreast * (width + BOX_DISTANCE) - (abreast ? BOX_DISTANCE : 0);
    int32_t header = header_width(column);
    column->left = left;
    column->width = (inner > header ? inner : header) + 2 * padding(graph);
    for (size_t i = 0; i < graph->box_count; i++)
        if (graph->boxes[i].column == index)
            graph->boxes[i].place.right = width; /* its width, for place_row */
}

static void place_columns(struct graph *graph)
{
    int32_t left = GRAPH_MARGIN, distance = graph->compact ? COMPACT_DISTANCE : COLUMN_DISTANCE;
    for (uint32_t i = 0; i < graph->column_count; i++) {
        place_column(graph, i, left);
        left += graph->columns[i].width + distance;
    }
    graph->width = left - distance + GRAPH_MARGIN;
}

/* ---- heights -------------------------------------------------------------------------------- */

static int32_t column_middle(const struct graph *graph, uint32_t column)
{
    return graph->columns[column].left + graph->columns[column].width / 2;
}

/* What the gap above a row is to hold: edges with their labels, counted where they arrive. */
struct crowd {
    int32_t edges;
    int32_t breadth; /* the longest, from side to side */
    bool arcs;       /* within the row */
};

static struct crowd crowd_above(const struct graph *graph, uint32_t row)
{
    struct crowd crowd = {0};
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        if (edge->kind == GRAPH_LINK)
            continue;
        const struct graph_box *a = &graph->boxes[edge->from], *b = &graph->boxes[edge->to];
        if ((a->row > b->row ? a->row : b->row) != row)
            continue;
        int32_t breadth = abs(column_middle(graph, a->column) - column_middle(graph, b->column));
        crowd.edges++;
        crowd.breadth = breadth > crowd.breadth ? breadth : crowd.breadth;
        crowd.arcs = crowd.arcs || a->row == b->row;
    }
    return crowd;
}

static int32_t gap_above(const struct graph *graph, uint32_t row)
{
    struct crowd crowd = crowd_above(graph, row);
    if (row == 0 && !crowd.arcs)
        return 0;
    int32_t lanes = crowd.edges * LABEL_WIDTH * 2 / graph->width;
    int32_t gap = GAP + GAP_LANE * (lanes < LANES_MAX ? lanes : LANES_MAX);
    return gap > crowd.breadth / GAP_BREADTH ? gap : crowd.breadth / GAP_BREADTH;
}

static int32_t links_height(const struct graph *graph)
{
    int32_t height = 0;
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        if (edge->kind != GRAPH_LINK)
            continue;
        int32_t own = LINK_HEIGHT + graph_link_height(graph, edge);
        height = own > height ? own : height;
    }
    return height;
}

static void place_rows(struct graph *graph)
{
    graph->columns_top = GRAPH_MARGIN + TITLE_HEIGHT + links_height(graph);
    graph->header_height = 32;
    for (size_t i = 0; i < graph->column_count; i++)
        if (graph->columns[i].failed)
            graph->header_height = 54;
    int32_t top = graph->columns_top + graph->header_height;
    for (uint32_t i = 0; i < graph->row_count; i++) {
        graph->rows[i].gap = gap_above(graph, i);
        top += graph->rows[i].gap;
        graph->rows[i].top = top;
        top += graph->rows[i].height;
    }
    graph->columns_bottom = top + padding(graph);
}

/* The boxes of one row and column, in the middle of the column. */
static void place_row(struct graph *graph, uint32_t row, uint32_t column)
{
    int32_t count = 0, width = 0;
    for (size_t i = 0; i < graph->box_count; i++) {
        const struct graph_box *box = &graph->boxes[i];
        if (box->row != row || box->column != column)
            continue;
        count++;
        width = box->place.right;
    }
    int32_t all = count * (width + BOX_DISTANCE) - BOX_DISTANCE;
    int32_t left = graph->columns[column].left + (graph->columns[column].width - all) / 2;
    for (size_t i = 0; i < graph->box_count; i++) {
        struct graph_box *box = &graph->boxes[i];
        if (box->row != row || box->column != column)
            continue;
        box->place = (struct graph_rectangle){left, graph->rows[row].top, left + width,
                                              graph->rows[row].top + graph->rows[row].height};
        if (box->role == GRAPH_HIERARCHY)
            box->place.top = box->place.bottom - size_of(graph, box).y;
        else if (box->role == GRAPH_MONITOR) /* small: no arrow needs its edges */
            box->place.bottom = box->place.top + size_of(graph, box).y;
        left += width + BOX_DISTANCE;
    }
}

void graph_place_boxes(struct graph *graph)
{
    make_columns(graph);
    graph->compact = graph->column_count >= COMPACT_FROM;
    make_rows(graph);
    measure_rows(graph);
    place_columns(graph);
    place_rows(graph);
    for (uint32_t row = 0; row < graph->row_count; row++)
        for (uint32_t column = 0; column < graph->column_count; column++)
            place_row(graph, row, column);
}
