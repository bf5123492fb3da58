/*
 * The ways of the edges: from the lower edge of the upper box to the upper edge of the
 * lower one, in curves through the gaps between rows and straight past boxes in between.
 * Boxes of one row, and sites, are joined by arcs above them.
 */
#include "reports/graph_internal.h"

#include <stdlib.h>

enum { PORT_DISTANCE = 26, SLACK = 9, PATH_MAX = 64 };

/* One end of an edge on the upper or lower side of a box (of a link: of a column). */
struct port {
    uint32_t edge;
    uint32_t owner;
    bool at_end; /* the edge's "to" */
    bool below;
    int32_t other; /* where the edge comes from, for the order */
    int32_t x;
};

struct routing {
    struct graph *graph;
    struct port *ports; /* two for each edge: its from and its to */
    uint32_t *uses;     /* of the ways past the boxes of a row, to keep edges apart */
};

static int32_t middle(const struct graph_box *box)
{
    return (box->place.left + box->place.right) / 2;
}

static uint32_t column_of(const struct graph *graph, uint32_t site)
{
    uint32_t index = 0;
    while (index + 1 < graph->column_count && graph->columns[index].site != site)
        index++;
    return index;
}

static int32_t column_middle(const struct graph *graph, uint32_t site)
{
    const struct graph_column *column = &graph->columns[column_of(graph, site)];
    return column->left + column->width / 2;
}

/* ---- ports ---------------------------------------------------------------------------------- */

static struct port port_of(const struct graph *graph, uint32_t index, bool at_end)
{
    const struct graph_edge *edge = &graph->edges[index];
    uint32_t own = at_end ? edge->to : edge->from, other = at_end ? edge->from : edge->to;
    struct port port = {.edge = index, .owner = own, .at_end = at_end};
    if (edge->kind == GRAPH_LINK) {
        port.other = column_middle(graph, other);
        port.x = column_middle(graph, own);
    } else {
        port.below = graph->boxes[own].row < graph->boxes[other].row;
        port.other = middle(&graph->boxes[other]);
        port.x = middle(&graph->boxes[own]);
    }
    return port;
}

static bool same_side(const struct graph *graph, const struct port *a, const struct port *b)
{
    bool a_link = graph->edges[a->edge].kind == GRAPH_LINK;
    bool b_link = graph->edges[b->edge].kind == GRAPH_LINK;
    return a_link == b_link && a->owner == b->owner && a->below == b->below;
}

static bool is_left_of(const struct port *a, const struct port *b)
{
    if (a->other != b->other)
        return a->other < b->other;
    return a->edge < b->edge;
}

/* Ports of one side stand in the order of the other ends, so that edges do not cross at once. */
static void spread(struct routing *routing, size_t index)
{
    const struct graph *graph = routing->graph;
    struct port *port = &routing->ports[index];
    int32_t before = 0, count = 0;
    for (size_t i = 0; i < 2 * graph->edge_count; i++) {
        const struct port *other = &routing->ports[i];
        if (!same_side(graph, port, other))
            continue;
        count++;
        before += is_left_of(other, port);
    }
    int32_t room = PORT_DISTANCE * (count - 1), width = 60;
    if (graph->edges[port->edge].kind != GRAPH_LINK) {
        const struct graph_rectangle *place = &graph->boxes[port->owner].place;
        width = (place->right - place->left) * 7 / 10;
    }
    if (room > width)
        room = width;
    if (count > 1)
        port->x += room * before / (count - 1) - room / 2;
}

static void make_ports(struct routing *routing)
{
    const struct graph *graph = routing->graph;
    routing->ports = memory_alloc(2 * graph->edge_count * sizeof *routing->ports);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        routing->ports[2 * i] = port_of(graph, i, false);
        routing->ports[2 * i + 1] = port_of(graph, i, true);
    }
    for (size_t i = 0; i < 2 * graph->edge_count; i++)
        spread(routing, i);
}

/* ---- curves --------------------------------------------------------------------------------- */

/* Turns the way WAY (COUNT points, entered and left vertically) into curves. Odd steps pass a row
 * straight. */
static void curve(struct graph *graph, struct graph_edge *edge, const struct graph_point *way,
                  size_t count)
{
    edge->points = arena_alloc(graph->arena, (3 * count - 2) * sizeof *edge->points);
    edge->points[edge->point_count++] = way[0];
    for (size_t i = 1; i < count; i++) {
        struct graph_point a = way[i - 1], b = way[i];
        int32_t bend = (b.y - a.y) * 28 / 100;
        edge->points[edge->point_count++] = (struct graph_point){a.x, a.y + bend};
        edge->points[edge->point_count++] = (struct graph_point){b.x, b.y - bend};
        edge->points[edge->point_count++] = b;
    }
}

static void arc(struct graph *graph, struct graph_edge *edge, struct graph_point from,
                struct graph_point to, int32_t height)
{
    int32_t lean = (to.x - from.x) / 6;
    edge->points = arena_alloc(graph->arena, 4 * sizeof *edge->points);
    edge->points[0] = from;
    edge->points[1] = (struct graph_point){from.x + lean, from.y - height * 4 / 3};
    edge->points[2] = (struct graph_point){to.x - lean, to.y - height * 4 / 3};
    edge->points[3] = to;
    edge->point_count = 4;
}

/* Room for the arrow's head, which Graphviz draws from the last point to the tip. */
static void make_tip(struct graph_edge *edge, int32_t towards)
{
    struct graph_point *last = &edge->points[edge->point_count - 1];
    edge->tip = *last;
    last->y -= towards * GRAPH_ARROW;
}

/* ---- past the boxes in between -------------------------------------------------------------- */

static int32_t distance(int32_t a, int32_t b)
{
    return a < b ? b - a : a - b;
}

static bool is_free(const struct graph *graph, uint32_t row, int32_t x)
{
    for (size_t i = 0; i < graph->box_count; i++) {
        const struct graph_box *box = &graph->boxes[i];
        if (box->row == row && x > box->place.left - SLACK && x < box->place.right + SLACK)
            return false;
    }
    return true;
}

/* The way through ROW that is nearest to WANTED: there, or beside one of the boxes. */
static int32_t way_past(struct routing *routing, uint32_t row, int32_t wanted)
{
    const struct graph *graph = routing->graph;
    if (is_free(graph, row, wanted))
        return wanted;
    int32_t best = INT32_MAX, x = wanted;
    for (size_t i = 0; i < graph->box_count; i++) {
        const struct graph_box *box = &graph->boxes[i];
        if (box->row != row)
            continue;
        int32_t shift = SLACK + 4 * (int32_t)(routing->uses[row] % 4);
        int32_t sides[2] = {box->place.left - shift, box->place.right + shift};
        for (unsigned k = 0; k < 2; k++) {
            if (!is_free(graph, row, sides[k]) || distance(sides[k], wanted) >= best)
                continue;
            best = distance(sides[k], wanted);
            x = sides[k];
        }
    }
    routing->uses[row]++;
    return x;
}

/* From the lower side of UPPER at FROM_X to the upper side of LOWER at TO_X. */
static size_t find_way(struct routing *routing, const struct graph_box *upper,
                       const struct graph_box *lower, int32_t from_x, int32_t to_x,
                       struct graph_point way[PATH_MAX])
{
    size_t count = 0;
    struct graph_point end = {to_x, lower->place.top};
    way[count++] = (struct graph_point){from_x, upper->place.bottom};
    for (uint32_t row = upper->row + 1; row < lower->row && count + 3 < PATH_MAX; row++) {
        const struct graph_row *passed = &routing->graph->rows[row];
        struct graph_point last = way[count - 1];
        int32_t all = end.y - last.y, part = passed->top + passed->height / 2 - last.y;
        int32_t wanted = last.x + (int32_t)((int64_t)(end.x - last.x) * part / (all ? all : 1));
        int32_t x = way_past(routing, row, wanted);
        way[count++] = (struct graph_point){x, passed->top};
        way[count++] = (struct graph_point){x, passed->top + passed->height};
    }
    way[count++] = end;
    return count;
}

static void reverse(struct graph_point *way, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct graph_point other = way[count - 1 - i];
        way[count - 1 - i] = way[i];
        way[i] = other;
    }
}

/* ---- edges ---------------------------------------------------------------------------------- */

static void route_vertically(struct routing *routing, struct graph_edge *edge, int32_t from_x,
                             int32_t to_x)
{
    struct graph *graph = routing->graph;
    const struct graph_box *from = &graph->boxes[edge->from], *to = &graph->boxes[edge->to];
    struct graph_point way[PATH_MAX];
    bool down = from->row < to->row;
    size_t count = down ? find_way(routing, from, to, from_x, to_x, way)
                        : find_way(routing, to, from, to_x, from_x, way);
    if (!down)
        reverse(way, count);
    curve(graph, edge, way, count);
    make_tip(edge, down ? 1 : -1);
}

static void route_aside(struct graph *graph, struct graph_edge *edge, int32_t from_x, int32_t to_x)
{
    const struct graph_box *from = &graph->boxes[edge->from];
    int32_t gap = graph->rows[from->row].gap, height = 20 + distance(from_x, to_x) / 24;
    struct graph_point a = {from_x, from->place.top}, b = {to_x, from->place.top};
    arc(graph, edge, a, b, height < gap * 6 / 10 ? height : gap * 6 / 10);
    make_tip(edge, 1);
}

int32_t graph_link_height(const struct graph *graph, const struct graph_edge *edge)
{
    uint32_t a = column_of(graph, edge->from), b = column_of(graph, edge->to);
    return 6 + 9 * (a < b ? (int32_t)(b - a) : (int32_t)(a - b));
}

static void route_link(struct graph *graph, struct graph_edge *edge, int32_t from_x, int32_t to_x)
{
    struct graph_point from = {from_x, graph->columns_top}, to = {to_x, graph->columns_top};
    arc(graph, edge, from, to, graph_link_height(graph, edge));
    edge->tip = to;
}

void graph_route_edges(struct graph *graph)
{
    struct routing routing = {.graph = graph};
    routing.uses = memory_zeroed((graph->row_count + 1) * sizeof *routing.uses);
    make_ports(&routing);
    for (size_t i = 0; i < graph->edge_count; i++) {
        struct graph_edge *edge = &graph->edges[i];
        int32_t from_x = routing.ports[2 * i].x, to_x = routing.ports[2 * i + 1].x;
        if (edge->kind == GRAPH_LINK)
            route_link(graph, edge, from_x, to_x);
        else if (graph->boxes[edge->from].row == graph->boxes[edge->to].row)
            route_aside(graph, edge, from_x, to_x);
        else
            route_vertically(&routing, edge, from_x, to_x);
    }
    free(routing.uses);
    free(routing.ports);
}
