/* Where the edges' labels stand: on their curve, where they cover least of anything else. */
#include "reports/graph_internal.h"

#include <stdlib.h>

enum {
    STEPS = 16,      /* on each curve */
    EDGES_MAX = 300, /* with more there is no room for labels */
};

struct samples {
    struct graph_point *points;
    size_t count;
};

static int32_t blend(int32_t a, int32_t b, int32_t c, int32_t d, int64_t t)
{
    int64_t u = STEPS - t;
    return (int32_t)((u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d) /
                     (STEPS * STEPS * STEPS));
}

static struct samples sample(const struct graph_edge *edge)
{
    size_t curves = (edge->point_count - 1) / 3;
    struct samples samples = {memory_alloc((curves * STEPS + 1) * sizeof *samples.points), 0};
    for (size_t i = 0; i < curves; i++) {
        const struct graph_point *p = &edge->points[3 * i];
        for (int64_t t = i > 0; t <= STEPS; t++)
            samples.points[samples.count++] = (struct graph_point){
                blend(p[0].x, p[1].x, p[2].x, p[3].x, t), blend(p[0].y, p[1].y, p[2].y, p[3].y, t)};
    }
    return samples;
}

static struct graph_rectangle around(struct graph_point at, const struct graph_edge *edge)
{
    int32_t x = edge->label_width / 2, y = edge->label_height / 2;
    return (struct graph_rectangle){at.x - x, at.y - y, at.x + x, at.y + y};
}

static int64_t overlap(struct graph_rectangle a, struct graph_rectangle b)
{
    int64_t left = a.left > b.left ? a.left : b.left;
    int64_t right = a.right < b.right ? a.right : b.right;
    int64_t top = a.top > b.top ? a.top : b.top;
    int64_t bottom = a.bottom < b.bottom ? a.bottom : b.bottom;
    return left < right && top < bottom ? (right - left) * (bottom - top) : 0;
}

static bool is_inside(struct graph_point point, struct graph_rectangle space)
{
    return point.x >= space.left && point.x <= space.right && point.y >= space.top &&
           point.y <= space.bottom;
}

/* How much the label of edge INDEX would cover at SPACE: boxes, labels before it, other edges. */
static int64_t covered(const struct graph *graph, const struct samples *all, size_t index,
                       struct graph_rectangle space)
{
    int64_t cost = 0;
    for (size_t i = 0; i < graph->box_count; i++)
        cost += 6 * overlap(space, graph->boxes[i].place);
    for (size_t i = 0; i < index; i++)
        if (graph->edges[i].words.count > 0)
            cost += 4 * overlap(space, around(graph->edges[i].label, &graph->edges[i]));
    for (size_t i = 0; i < graph->edge_count; i++)
        for (size_t k = 0; i != index && k < all[i].count; k++)
            cost += is_inside(all[i].points[k], space) ? 90 : 0;
    return cost;
}

static void place_label(struct graph *graph, const struct samples *all, size_t index)
{
    struct graph_edge *edge = &graph->edges[index];
    struct graph_point size = graph_words_size(&edge->words, GRAPH_SMALL);
    const struct samples *own = &all[index];
    size_t middle = own->count / 2;
    int64_t best = INT64_MAX;
    edge->label_width = size.x + 4;
    edge->label_height = size.y;
    for (size_t i = own->count / 6; i < own->count - own->count / 6; i++) { /* off the ends */
        size_t away = i > middle ? i - middle : middle - i;
        int64_t cost =
            covered(graph, all, index, around(own->points[i], edge)) + 10 * (int64_t)away;
        if (cost >= best)
            continue;
        best = cost;
        edge->label = own->points[i];
    }
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
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].words.count > 0)
            place_label(graph, all, i);
    for (size_t i = 0; i < graph->edge_count; i++)
        free(all[i].points);
    free(all);
}
