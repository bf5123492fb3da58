/*
 * What the files of the graph share: the picture on its way from the topology to Graphviz.
 *
 *   graph_model.c, graph_flow.c,
 *   graph_words.c, graph_badges.c, graph_labels.c what is drawn: boxes, edges, their words
 *   graph_layout.c, graph_route.c, graph_spots.c where: sites as columns, tiers as rows
 *   graph_sheet.c, graph_dot.c, graph_legend.c   as a graph of libcgraph with all positions
 *
 * We place everything ourselves and leave the drawing to Graphviz (its layout "nop2"):
 * the same picture for the same run whatever the fonts, sites from west to east, and
 * no layout that crashes or takes minutes. Lengths are points (1/72 inch), y goes down.
 */
#ifndef REPORTS_GRAPH_INTERNAL_H
#define REPORTS_GRAPH_INTERNAL_H

#include "reports/metrics.h"
#include "sim/base/arena.h"

struct graph_point {
    int32_t x, y;
};

struct graph_rectangle {
    int32_t left, top, right, bottom;
};

/* ---- words -------------------------------------------------------------------------------- */

enum graph_tone {
    GRAPH_PLAIN,
    GRAPH_FAINT,
    GRAPH_WARNING,
    GRAPH_BAD,
    GRAPH_BADGE, /* white on red */
    GRAPH_MARK,  /* a chip: the anycast address */
    GRAPH_TONE_COUNT
};

struct graph_line {
    enum graph_tone tone;
    const char *text;
};

enum { GRAPH_LINES_MAX = 12 };

struct graph_words {
    struct graph_line lines[GRAPH_LINES_MAX];
    size_t count;
};

/* ---- what is drawn ------------------------------------------------------------------------ */

enum graph_role {
    GRAPH_HIDDEN, /* a primary that no NS record names */
    GRAPH_PRIMARY,
    GRAPH_SECONDARY,
    GRAPH_HIERARCHY, /* all root and TLD servers together */
    GRAPH_RESOLVER,
    GRAPH_CLIENTS,
    GRAPH_MONITOR, /* beside the clients, without arrows: it asks every server */
    GRAPH_ROLE_COUNT
};

/* A node of the topology, or several of them in one where there are too many. */
struct graph_box {
    const char *name;  /* unique */
    const char *title; /* what stands in it */
    enum graph_role role;
    uint32_t site;   /* TOPOLOGY_NONE: at several */
    uint32_t *nodes; /* in order of the topology */
    size_t node_count, node_capacity;
    struct graph_words words; /* below the name */
    bool failed;
    uint32_t tier; /* of servers: steps from a primary; then resolvers; then clients */
    uint32_t row, column;
    struct graph_rectangle place;
};

enum graph_edge_kind { GRAPH_FEED, GRAPH_QUERY, GRAPH_LINK };

/* Between two boxes, for links between two sites. */
struct graph_edge {
    enum graph_edge_kind kind;
    uint32_t from, to;
    uint64_t count;    /* transfers or queries that happened; feeds configured before a run */
    uint64_t timeouts; /* of queries */
    uint64_t failures; /* of transfers */
    int64_t rtt_ns;    /* -1: not known */
    bool used, failed;
    bool faint; /* to the root and the TLDs */
    struct graph_words words;
    const char *tooltip;
    struct graph_point *points; /* 1 + 3n: cubic Bezier curves, up to the arrow's head */
    size_t point_count;
    struct graph_point tip;
    struct graph_point label;
    int32_t label_width, label_height;
};

struct graph_column {
    uint32_t site; /* TOPOLOGY_NONE: of boxes at several sites or none */
    struct graph_words words;
    bool failed;
    int32_t left, width;
};

/* A row of boxes side by side; a tier has one or more of them. */
struct graph_row {
    uint32_t tier;
    int32_t top, height;
    int32_t gap; /* above it, for edges and their labels */
};

struct graph {
    struct arena *arena;
    const struct topology *topology;
    const struct metrics *metrics; /* NULL: before the run */
    struct graph_box *boxes;
    size_t box_count, box_capacity;
    uint32_t *box_of;   /* by node; TOPOLOGY_NONE: not drawn */
    uint32_t *group_of; /* by node */
    struct graph_edge *edges;
    size_t edge_count, edge_capacity;
    size_t edges_left_out;
    struct graph_column *columns;
    size_t column_count;
    struct graph_row *rows;
    size_t row_count;
    bool compact; /* many columns: narrow ones, colours alone tell the roles */
    int32_t columns_top, header_height, columns_bottom;
    int32_t width, height;
};

/* Makes boxes and edges with their words. (graph_model.c, graph_flow.c, graph_words.c) */
void graph_make_boxes(struct graph *graph);
void graph_make_edges(struct graph *graph);
void graph_word_box(const struct graph *graph, struct graph_box *box);
void graph_word_edge(const struct graph *graph, struct graph_edge *edge);
void graph_word_column(const struct graph *graph, struct graph_column *column);
const char *graph_role_name(enum graph_role role); /* "" for the hierarchy */

/* Adds a line, unless WORDS is full. */
void graph_say(struct graph_words *words, enum graph_tone tone, const char *text);

/* Adds what befell the only node of BOX, or the many. After a run. (graph_badges.c) */
void graph_badge_box(const struct graph *graph, struct graph_box *box);
void graph_badge_many(const struct graph *graph, struct graph_box *box);

/* A time since the start: "45s", "10m 30s", "1h 00m", "8d 4h". */
const char *graph_moment_text(const struct graph *graph, int64_t ns);

/* "down 1h 00m - 2h 00m". */
const char *graph_outage_text(const struct graph *graph, const struct metrics_outage *outage);

/* Columns, rows and places of boxes; then curves and places of labels. */
void graph_place_boxes(struct graph *graph);
void graph_route_edges(struct graph *graph);
void graph_place_labels(struct graph *graph);

/* How high the arc of a link rises over the sites. */
int32_t graph_link_height(const struct graph *graph, const struct graph_edge *edge);

/* Frees what arenas do not hold. */
void graph_free(struct graph *graph);

/* ---- drawing ------------------------------------------------------------------------------ */

enum { GRAPH_FONT = 11, GRAPH_SMALL = 9, GRAPH_LARGE = 13 };
enum { GRAPH_MARGIN = 24, GRAPH_PADDING = 10, GRAPH_ARROW = 8 };

/* Width of TEXT in a sans font of SIZE points, rather too wide than too narrow. */
int32_t graph_text_width(const char *text, int size, bool bold);

/* TEXT as XML: escaped, and what is no UTF-8 or no character replaced by "?". In ARENA. */
const char *graph_text_escape(struct arena *arena, const char *text);

/* The same without escaping, for attributes that are no XML. */
const char *graph_text_clean(struct arena *arena, const char *text);

/* Width and height of WORDS below each other. */
struct graph_point graph_words_size(const struct graph_words *words, int size);

#endif
