/* One part of a scenario naming another: `from: [hidden]`, `fail: ns2.iad`. */
#ifndef SCENARIOS_REFERENCE_H
#define SCENARIOS_REFERENCE_H

#include "scenarios/diagnostics.h"

#include <stdint.h>

enum reference_kind {
    REFERENCE_NONE, /* nothing was named */
    REFERENCE_SITE,
    REFERENCE_SERVER,
    REFERENCE_RESOLVER,
    REFERENCE_CLIENTS,
    REFERENCE_MONITOR,
    REFERENCE_ZONE,
    REFERENCE_KEY, /* of TSIG */
};

struct reference {
    enum reference_kind kind;
    const char *name; /* as written */
    struct place place;
    uint32_t index;   /* in the scenario's array of that kind */
    bool guessed;     /* NAME is none; after an error, taken for the one that it is most like */
    int32_t instance; /* in the server's or resolver's instances; -1: all of them */
};

struct reference_list {
    struct reference *items;
    size_t count;
};

#endif
