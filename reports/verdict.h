/* What became of a scenario's expectations, for the summary and the terminal. */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

struct finding {
    const char *text;   /* the expectation as written */
    const char *actual; /* "99.98 %", "expired since 8d 4h" */
    bool ok;
};

struct verdict {
    const struct finding *findings;
    size_t count;
    bool ok; /* all of them */
};

#endif
