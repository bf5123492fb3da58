/*
 * The topology as a picture, with what happened to it: sites, servers, resolvers and
 * client groups, zone transfers apart from queries, failures in red.
 *
 * Drawn by Graphviz in this process. The .dot is the same for the same run; the SVG
 * depends on the fonts of the machine.
 */
#ifndef REPORTS_GRAPH_H
#define REPORTS_GRAPH_H

#include "reports/metrics.h"
#include "reports/output.h"

enum { GRAPH_ERROR_SIZE = 1024 };

/* Writes topology.dot and topology.svg after a run. Errors are OUTPUT's too; false: there was one.
 */
bool graph_write(struct output *output, const struct topology *topology,
                 const struct metrics *metrics);

/* True if PATH ends in .svg, .png, .pdf or .dot; otherwise ERROR holds a sentence that lists them.
 * To be asked before anything else is done. */
bool graph_accepts(const char *path, char error[GRAPH_ERROR_SIZE]);

/* Draws TOPOLOGY before a run into PATH, in the format of its ending; makes the directories above
 * it. The file is whole or as it was: false, and ERROR holds a sentence with the path and the
 * system's reason. */
bool graph_draw(const struct topology *topology, const char *path, char error[GRAPH_ERROR_SIZE]);

#endif
