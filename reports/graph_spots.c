/* Where the edges' labels stand: on their curve, where they cover least of anything else. */
#include "reports/graph_internal.h"

#include <stdlib.h>

enum {
    STEPS = 24,      /* on each curve */
    EDGES_MAX = 300, /* with more there is no room for labels */
    ROUNDS = 3,      /* the first one does not know where later labels will be */
};

/* What it costs to cover something: once, and for each square point of it. */
enum {
    COST_OF_COVERING = 20000, /* a box, another label, the heading of a site */
    COST_OF_AREA = 40,
    COST_OF_CROSSING = 3000, /* another edge runs through the label */
    COST_OF_END = 1200,      /* to stand at an end of the curve, not in its middle */
};

struct samples {
    struct graph_point *points;
    size_t count;
    struct graph_rectangle bounds;
};

static int32_t blend(int32_t a, int32_t b, int32_t c, int32_t d, int64_t t)
{
    int64_t u = STEPS - t;
    return (int32_t)((u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d) /
                     (STEPS * STEPS * STEPS));
}

static void widen(struct graph_rectangle *bounds, struct graph_point point)
{
    bounds->left = point.x < bounds->left ? point.x : bounds->left;
    bounds->right = point.x > bounds->right ? point.x : bounds->right;
    bounds->top = point.y < bounds->top ? point.y : bounds->top;
    bounds->bottom = point.y > bounds->bottom ? point.y : bounds->bottom;
}

static struct samples sample(const struct graph_edge *edge)
{
    size_t curves = (edge->point_count - 1) / 3;
    struct samples samples = {.points = memory_alloc((curves * STEPS + 1) * sizeof *samples.points),
                              .bounds = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN}};
    for (size_t i = 0; i < curves; i++) {
        const struct graph_point *p = &edge->points[3 * i];
        for (int64_t t = i > 0; t <= STEPS; t++) {
            struct graph_point *point = &samples.points[samples.count++];
            point->x = blend(p[0].x, p[1].x, p[2].x, p[3].x, t);
            point->y = blend(p[0].y, p[1].y, p[2].y, p[3].y, t);
            widen(&samples.bounds, *point);
        }
    }
    return samples;
}

static struct graph_rectangle around(struct graph_point at, const struct graph_edge *edge)
{
    int32_t x = edge->label_width / 2, y = edge->label_height / 2;
    return (struct graph_rectangle){at.x - x, at.y - y, at.x + x, at.y + y};
}

static int64_t cost_of(struct graph_rectangle a, struct graph_rectangle b)
{
    int64_t left = a.left > b.left ? a.left : b.left;
    int64_t right = a.right < b.right ? a.right : b.right;
    int64_t top = a.top > b.top ? a.top : b.top;
    int64_t bottom = a.bottom < b.bottom ? a.bottom : b.bottom;
    if (left >= right || top >= bottom)
        return 0;
    return COST_OF_COVERING + COST_OF_AREA * (right - left) * (bottom - top);
}

/* On which side of the line from A to B a corner lies: the sign. */
static int side(struct graph_point a, struct graph_point b, int32_t x, int32_t y)
{
    int64_t turn = (int64_t)(b.x - a.x) * (y - a.y) - (int64_t)(b.y - a.y) * (x - a.x);
    return (turn > 0) - (turn < 0);
}

static bool lies_beside(struct graph_rectangle line, struct graph_rectangle space)
{
    return line.right < space.left || line.left > space.right || line.bottom < space.top ||
           line.top > space.bottom;
}

/* The straight line from A to B has a point in SPACE. */
static bool passes(struct graph_point a, struct graph_point b, struct graph_rectangle space)
{
    struct graph_rectangle line = {a.x, a.y, a.x, a.y};
    widen(&line, b);
    if (lies_beside(line, space))
        return false;
    int first = side(a, b, space.left, space.top);
    return first == 0 || first != side(a, b, space.right, space.top) ||
           first != side(a, b, space.left, space.bottom) ||
           first != side(a, b, space.right, space.bottom);
}

static bool runs_through(const struct samples *edge, struct graph_rectangle space)
{
    if (lies_beside(edge->bounds, space))
        return false;
    for (size_t i = 1; i < edge->count; i++)
        if (passes(edge->points[i - 1], edge->points[i], space))
            return true;
    return false;
}

/* What the label of edge INDEX would cover at SPACE: boxes, headings, other labels, other edges. */
static int64_t covered(const struct graph *graph, const struct samples *all, size_t index,
                       struct graph_rectangle space)
{
    int64_t cost = 0;
    for (size_t i = 0; i < graph->box_count; i++)
        cost += cost_of(space, graph->boxes[i].place);
    for (size_t i = 0; i < graph->column_count; i++) {
        const struct graph_column *column = &graph->columns[i];
        cost += cost_of(space, (struct graph_rectangle){column->left, graph->columns_top,
                                                        column->left + column->width,
                                                        graph->columns_top + graph->header_height});
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        if (i == index)
            continue;
        if (graph->edges[i].label_width > 0) /* has a place already */
            cost += cost_of(space, around(graph->edges[i].label, &graph->edges[i]));
        cost += runs_through(&all[i], space) ? COST_OF_CROSSING : 0;
    }
    return cost;
}

static void place_label(struct graph *graph, const struct samples *all, size_t index)
{
    struct graph_edge *edge = &graph->edges[index];
    struct graph_point size = graph_words_size(&edge->words, GRAPH_SMALL);
    const struct samples *own = &all[index];
    size_t middle = own->count / 2;
    int64_t best = INT64_MAX;
    struct graph_point label = {0, 0};
    edge->label_width = size.x + 4;
    edge->label_height = size.y;
    for (size_t i = own->count / 8; i < own->count - own->count / 8; i++) { /* off the ends */
        size_t away = i > middle ? i - middle : middle - i;
        int64_t cost = covered(graph, all, index, around(own->points[i], edge)) +
                       COST_OF_END * (int64_t)away / (int64_t)middle;
        if (cost >= best)
            continue;
        best = cost;
        label = own->points[i];
    }
    edge->label = label;
}

void graph_place_labels(struct graph *graph)
{
    if (graph->edge_count > EDGES_MAX) {
        for (size_t i = 0; i < graph->edge_count; i++)
            graph->edges[i].words.count = 0;
        return;
    }
    struct samples *all = memory_alloc((graph->edge_count + 1) * sizeof *all);
    for (size_t i = 0; i < graph->edge_count; i++)
        all[i] = sample(&graph->edges[i]);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < graph->edge_count; i++)
            if (graph->edges[i].words.count > 0)
                place_label(graph, all, i);
    for (size_t i = 0; i < graph->edge_count; i++)
        free(all[i].points);
    free(all);
}
