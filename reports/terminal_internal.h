/* What the files of the terminal's summary share. Each prints one part, or nothing if it is empty.
 */
#ifndef REPORTS_TERMINAL_INTERNAL_H
#define REPORTS_TERMINAL_INTERNAL_H

#include "reports/grid.h"
#include "reports/terminal.h"

struct terminal {
    const struct terminal_input *input;
    struct pen pen;
    struct arena arena; /* texts of cells */
};

/* Not everything fits. */
static inline bool terminal_is_narrow(const struct terminal *terminal)
{
    return terminal->input->width < TERMINAL_WIDTH;
}

/* A blank line and the part's title. */
void terminal_title(const struct terminal *terminal, const char *title);

/* terminal_tables.c */
void terminal_clients(struct terminal *terminal);
void terminal_resolvers(struct terminal *terminal);

/* terminal_zones.c */
void terminal_zones(struct terminal *terminal);

/* terminal_timeline.c */
void terminal_timeline(struct terminal *terminal);

#endif
