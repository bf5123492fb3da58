/* Stages built from the text of a scenario, and the parts that such texts share. */
#ifndef TESTS_SUPPORT_BUILT_H
#define TESTS_SUPPORT_BUILT_H

#include "scenarios/stage/stage.h"

struct built {
    struct arena arena;
    struct diagnostics diagnostics;
    struct scenario *scenario; /* NULL if it has errors */
    struct stage *stage;       /* NULL likewise */
};

#define SITES \
    "duration: 1h\nsites:\n  fra: {location: [50.11, 8.68]}\n  iad: {location: [38.95, -77.45]}\n"
#define ZONE                                                                             \
    "zones:\n  example.com:\n    records: |\n      $TTL 300\n"                           \
    "      @ SOA ns1 hostmaster 1 1800 300 604800 300\n      @ NS ns1\n      @ NS ns2\n" \
    "      ns1 A 192.0.2.1\n      ns2 A 192.0.2.53\n      www A 192.0.2.80\n"
#define SERVERS                                              \
    "servers:\n  ns1: {site: fra, primary: [example.com]}\n" \
    "  ns2: {site: [fra, iad], anycast: 192.0.2.53, secondary: {example.com: {from: [ns1]}}}\n"

/* Loads TEXT as the file "test.yaml" and builds its stage. To be ended. */
void built_build(struct built *built, const char *text);
void built_end(struct built *built);

#endif
