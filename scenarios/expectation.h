/*
 * The sentences under `expect:`, taken apart. docs/scenario.md has the grammar.
 * Judging them is done elsewhere.
 */
#ifndef SCENARIOS_EXPECTATION_H
#define SCENARIOS_EXPECTATION_H

#include "nodes/note.h"
#include "scenarios/reference.h"

enum expectation_kind {
    EXPECT_AVAILABILITY, /* of `subject`; limits in parts per 10^9 */
    EXPECT_OUTCOME,      /* look-ups of `subject` that ended so; limits in parts per 10^9 */
    EXPECT_LATENCY,      /* `statistic` of `subject`; limits in ns */
    EXPECT_PROPAGATION,  /* of `zone`, the slowest change or the one at `at_ns`; limits in ns */
    EXPECT_STATE,        /* `zone` on `subject` is `state` at `at_ns` */
    EXPECT_SERIAL,       /* of `zone` on `subject` at `at_ns`; limits are serials, compared by RFC
                            1982 */
    EXPECT_QUERIES,      /* that `subject` received [from `from`]; limits are counts */
    EXPECT_SHARE,        /* of the queries that `among` received [from `from`], those that `subject`
                            received; limits in parts per 10^9 */
    EXPECT_SIGNATURES,   /* of `zone` on `subject` are `state` (valid or expired) at `at_ns` */
    EXPECT_TRANSFERS,    /* of `zone` that `subject` completed, inbound [from `from`]; counts */
    EXPECT_SIGNATURES_LEFT, /* how long those are still valid; ns, negative when they are not */
    EXPECT_BEHIND,          /* since when `zone` on `subject` lacks a version; ns */
    EXPECT_MISSING,         /* how many versions it lacks */
    EXPECT_EXPIRY,          /* how long until it expires; ns */
    EXPECT_LAST_TRANSFER,   /* up to `at_ns`, inbound, was a `transfer` */
    EXPECT_NOTICE, /* the first alarm on `subject` by monitor `from` since at_ns, after; ns */
};

enum expectation_compare {
    EXPECT_LESS,
    EXPECT_AT_MOST,
    EXPECT_EQUAL,
    EXPECT_AT_LEAST,
    EXPECT_GREATER,
    EXPECT_BETWEEN, /* limit and limit_high, both included */
};

enum expectation_statistic {
    EXPECT_MEAN,
    EXPECT_P50,
    EXPECT_P90,
    EXPECT_P95,
    EXPECT_P99,
    EXPECT_MAX,
};

enum expectation_state {
    EXPECT_SERVING,
    EXPECT_EXPIRED,
    EXPECT_LOADING,
    EXPECT_ABSENT,
    EXPECT_VALID
};

struct expectation {
    enum expectation_kind kind;
    struct place place;
    const char *text; /* as written */

    struct reference subject; /* REFERENCE_NONE: all client groups */
    struct reference zone;
    bool incremental;            /* EXPECT_TRANSFERS: those that brought differences only */
    struct reference from;       /* REFERENCE_NONE: from anyone */
    struct reference_list among; /* EXPECT_SHARE only */

    enum expectation_statistic statistic;
    enum note_lookup_outcome outcome;
    enum expectation_state state;
    enum note_transfer transfer;
    enum expectation_compare compare; /* not for _STATE, _SIGNATURES, _LAST_TRANSFER */
    int64_t limit, limit_high;

    /* Since the start of the run. The window is half-open: what began at to_ns is outside. */
    int64_t from_ns, to_ns;          /* 0 and the duration when no window was given */
    int64_t at_ns;                   /* -1: none given */
    struct place to_place, at_place; /* of what was given */
};

/* Takes TEXT apart; START_NS (Unix) lets it read timestamps, DURATION_NS closes the open window.
 * References come out with kind, name and place, not yet looked up. False after an error whose
 * column is that of the first word not understood (exact when TEXT stands on one line of a plain
 * scalar). */
struct expectation_context {
    struct arena *arena;
    struct diagnostics *diagnostics;
    int64_t start_ns, duration_ns;
};
bool expectation_parse(const struct expectation_context *context, const char *text,
                       struct place place, struct expectation *out);

/* Whether ACTUAL satisfies the comparison; for EXPECT_SERIAL by RFC 1982 arithmetic. */
bool expectation_holds(const struct expectation *expectation, int64_t actual);

/* ---- limits: for the parser (expectation_limit.c) ------------------------------------------ */

/* Reads WORD as a limit of KIND. */
bool expectation_limit(enum expectation_kind kind, const char *word, int64_t *out);
const char *expectation_limit_expected(enum expectation_kind kind); /* "a whole number" */

/* -1, 0 or 1. Serials that RFC 1982 leaves without an order count as lower. */
int expectation_order(enum expectation_kind kind, int64_t a, int64_t b);

#endif
