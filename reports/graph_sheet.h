/*
 * The sheet that a picture is drawn on: a graph of libcgraph, and how to put things on it.
 * Texts are any octets: they are cleaned and escaped here.
 */
#ifndef REPORTS_GRAPH_SHEET_H
#define REPORTS_GRAPH_SHEET_H

#include <graphviz/cgraph.h>

#include "reports/graph_internal.h"

struct graph_sheet {
    Agraph_t *cgraph;
    struct arena *arena;
    int32_t height; /* y goes up in Graphviz */
    IDTYPE next_id;
};

#define GRAPH_FONTS "Helvetica,Arial,DejaVu Sans,sans-serif"

#define GRAPH_INK "#1f2937"
#define GRAPH_GREY "#64748b"
#define GRAPH_RED "#dc2626"
#define GRAPH_AMBER "#b45309"
#define GRAPH_FEED_COLOUR "#7c3aed"
#define GRAPH_FEED_UNUSED "#a78bfa"
#define GRAPH_QUERY_COLOUR "#3b82a6"

struct graph_colours {
    const char *fill, *line;
};
extern const struct graph_colours graph_role_colours[GRAPH_ROLE_COUNT];

/* An empty sheet of WIDTH times HEIGHT; to be closed with graph_sheet_close. */
void graph_sheet_open(struct graph_sheet *sheet, struct arena *arena, int32_t width,
                      int32_t height);
void graph_sheet_close(struct graph_sheet *sheet);

/* Sets an attribute of a node, edge or (sub)graph; the plain, the formatted, HTML-like markup. */
void graph_sheet_set(struct graph_sheet *sheet, void *object, const char *name, const char *value);
void graph_sheet_format(struct graph_sheet *sheet, void *object, const char *name,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
void graph_sheet_markup(struct graph_sheet *sheet, void *object, const char *name,
                        const char *markup);

/* A node called NAME with its place. */
Agnode_t *graph_sheet_node(struct graph_sheet *sheet, Agraph_t *parent, const char *name,
                           struct graph_rectangle place);

/* Sets OBJECT's "pos", "lp" or "bb". */
void graph_sheet_point(struct graph_sheet *sheet, void *object, const char *name,
                       struct graph_point point);
void graph_sheet_rectangle(struct graph_sheet *sheet, void *object, struct graph_rectangle place);

/* An edge with its way; POINTS as in struct graph_edge. TIP is NULL for one without an arrow. */
Agedge_t *graph_sheet_edge(struct graph_sheet *sheet, Agnode_t *from, Agnode_t *to,
                           const struct graph_edge *edge, bool with_tip);

/* Rows of a table for WORDS, in markup. COLSPAN of each; ALIGN "LEFT" or "CENTER". */
const char *graph_sheet_rows(struct graph_sheet *sheet, const struct graph_words *words,
                             const char *plain_colour, const char *align);

void graph_draw_legend(struct graph_sheet *sheet, const struct graph *graph);

/* Space that the legend takes in a picture of WIDTH. */
int32_t graph_legend_height(const struct graph *graph, int32_t width);

/* Draws everything onto SHEET, which is opened. */
void graph_draw_sheet(struct graph_sheet *sheet, const struct graph *graph);

#endif
