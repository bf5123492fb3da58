/*
 * Runs played by hand for the picture of them, and pictures read back: fixtures of the graph's
 * tests, each with a scratch directory as its state.
 */
#ifndef TESTS_SUPPORT_PICTURED_H
#define TESTS_SUPPORT_PICTURED_H

#include <graphviz/cgraph.h>

#include "reports/metrics.h"
#include "tests/support/map.h"

#define MINUTE_NS INT64_C(60000000000)

struct pictured {
    struct map *map;
    struct metrics *metrics;
    struct trace_listener listener;
};

/* A hidden primary, three secondaries (one of them twice, anycast), resolvers and clients. */
struct map *pictured_four_sites(void);

/* To be ended with pictured_end, which frees MAP too. */
struct pictured pictured_run(struct map *map);
void pictured_end(struct pictured *run);

/* About example.com. */
void pictured_note(const struct pictured *run, int64_t at_ns, const char *node,
                   struct host_note note);
void pictured_fault(const struct pictured *run, int64_t at_ns, enum trace_fault fault,
                    const char *what);

/* Four sites with transfers, queries and failures. */
struct pictured pictured_eventful_hour(void);

/* The picture after a run, and before one. To be closed. */
Agraph_t *pictured_after(void **state, const struct pictured *run);
Agraph_t *pictured_before(void **state, struct map *map);

/* The node, or the test fails; the edge or NULL; the node that bears the words of EDGE. */
Agnode_t *pictured_node_of(Agraph_t *graph, const char *name);
Agedge_t *pictured_edge_of(Agraph_t *graph, const char *from, const char *to);
Agnode_t *pictured_words_of(Agraph_t *graph, Agedge_t *edge);

/* "" if OBJECT has none. */
const char *pictured_attribute(void *object, const char *name);

/* The attribute NAME of OBJECT has PART in it, or has not; else the test fails. */
void pictured_expect(void *object, const char *name, const char *part);
void pictured_expect_none(void *object, const char *name, const char *part);

#endif
