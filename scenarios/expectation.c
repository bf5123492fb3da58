/*
 * One sentence, word by word: a recursive-descent parser whose first error
 * sticks. docs/scenario.md has the grammar that each function states in a line.
 */
#include "scenarios/expectation.h"

#include "nodes/dns/rr.h"
#include "scenarios/value.h"

#include <string.h>

struct parser {
    const struct expectation_context *context;
    const char *text;
    struct place place; /* of the text's first character */
    size_t start, end;  /* of the current word */
    const char *word;   /* in the arena; "" at the end of the sentence */
    bool failed;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_operator(char c)
{
    return c == '<' || c == '>' || c == '=';
}

/* Words end at blanks; commas and operators stand for themselves. */
static void advance(struct parser *parser)
{
    const char *text = parser->text;
    size_t at = parser->end;
    while (is_blank(text[at]))
        at++;
    parser->start = at;
    if (text[at] == ',')
        at++;
    else if (is_operator(text[at]))
        while (is_operator(text[at]))
            at++;
    else
        while (text[at] && text[at] != ',' && !is_blank(text[at]) && !is_operator(text[at]))
            at++;
    parser->end = at;
    parser->word = arena_format(parser->context->arena, "%.*s", (int)(at - parser->start),
                                text + parser->start);
}

static struct place place_here(const struct parser *parser)
{
    struct place place = parser->place;
    if (place.column > 0)
        place.column += (unsigned)parser->start;
    return place;
}

static void fail(struct parser *parser, const char *expected)
{
    if (parser->failed)
        return;
    parser->failed = true;
    if (*parser->word)
        diagnostics_error(parser->context->diagnostics, place_here(parser),
                          "'%s' not understood here, expected %s", parser->word, expected);
    else
        diagnostics_error(parser->context->diagnostics, place_here(parser),
                          "the sentence ends too soon, expected %s", expected);
}

static bool accept(struct parser *parser, const char *word)
{
    if (parser->failed || strcmp(parser->word, word) != 0)
        return false;
    advance(parser);
    return true;
}

static void require(struct parser *parser, const char *word)
{
    if (!accept(parser, word))
        fail(parser, arena_format(parser->context->arena, "'%s'", word));
}

static void read_name(struct parser *parser, const char *expected, struct reference *out)
{
    char first = *parser->word;
    if (first == '\0' || first == ',' || is_operator(first))
        fail(parser, expected);
    if (parser->failed)
        return;
    *out = (struct reference){.name = parser->word, .place = place_here(parser), .instance = -1};
    advance(parser);
}

/* at INSTANT */
static void read_instant(struct parser *parser, int64_t *out)
{
    if (parser->failed)
        return;
    if (value_instant(parser->word, parser->context->start_ns, out))
        advance(parser);
    else
        fail(parser, "a time since the start such as 30m, or one such as 2026-01-01T00:30:00Z");
}

/* ---- values and comparisons -------------------------------------------------------------- */

static bool parse_limit(enum expectation_kind kind, const char *word, int64_t *out)
{
    uint32_t ppb;
    switch (kind) {
    case EXPECT_AVAILABILITY:
    case EXPECT_SHARE:
        if (!value_percentage(word, &ppb))
            return false;
        *out = ppb;
        return true;
    case EXPECT_LATENCY:
    case EXPECT_PROPAGATION:
    case EXPECT_NOTICE:
        return value_duration(word, out);
    case EXPECT_QUERIES:
    case EXPECT_TRANSFERS:
        return value_integer(word, out) && *out >= 0;
    case EXPECT_SERIAL:
        return value_integer(word, out) && *out >= 0 && *out <= UINT32_MAX;
    case EXPECT_STATE:
    case EXPECT_SIGNATURES:
        break;
    }
    return false;
}

static const char *limit_expected(enum expectation_kind kind)
{
    switch (kind) {
    case EXPECT_AVAILABILITY:
    case EXPECT_SHARE:
        return "a percentage such as 99.9%";
    case EXPECT_LATENCY:
    case EXPECT_PROPAGATION:
    case EXPECT_NOTICE:
        return "a duration such as 80ms";
    case EXPECT_QUERIES:
    case EXPECT_TRANSFERS:
        return "a whole number";
    case EXPECT_SERIAL:
    case EXPECT_STATE:
    case EXPECT_SIGNATURES:
        break;
    }
    return "a serial from 0 to 4294967295";
}

static void read_limit(struct parser *parser, enum expectation_kind kind, int64_t *out)
{
    if (parser->failed)
        return;
    if (parse_limit(kind, parser->word, out))
        advance(parser);
    else
        fail(parser, limit_expected(kind));
}

/* -1, 0 or 1. Serials that RFC 1982 leaves without an order count as lower. */
static int compare(enum expectation_kind kind, int64_t a, int64_t b)
{
    if (a == b)
        return 0;
    if (kind == EXPECT_SERIAL)
        return serial_is_after((uint32_t)a, (uint32_t)b) ? 1 : -1;
    return a > b ? 1 : -1;
}

/* OPERATOR LIMIT | between LIMIT and LIMIT */
static void read_comparison(struct parser *parser, struct expectation *out)
{
    static const char *const operators[] = {
        [EXPECT_LESS] = "<",      [EXPECT_AT_MOST] = "<=", [EXPECT_EQUAL] = "=",
        [EXPECT_AT_LEAST] = ">=", [EXPECT_GREATER] = ">",  [EXPECT_BETWEEN] = "between",
    };
    bool found = false;
    for (size_t i = 0; i < sizeof operators / sizeof *operators && !found; i++) {
        found = accept(parser, operators[i]);
        if (found)
            out->compare = (enum expectation_compare)i;
    }
    if (!found)
        fail(parser, "one of < <= = >= > or 'between'");
    read_limit(parser, out->kind, &out->limit);
    if (out->compare != EXPECT_BETWEEN)
        return;
    require(parser, "and");
    struct place place = place_here(parser);
    read_limit(parser, out->kind, &out->limit_high);
    if (!parser->failed && compare(out->kind, out->limit_high, out->limit) < 0) {
        diagnostics_error(parser->context->diagnostics, place,
                          "the upper limit is below the lower one, expected them in order");
        parser->failed = true;
    }
}

/* [between INSTANT and INSTANT] */
static void read_window(struct parser *parser, struct expectation *out)
{
    out->to_ns = parser->context->duration_ns;
    if (!accept(parser, "between"))
        return;
    read_instant(parser, &out->from_ns);
    require(parser, "and");
    struct place place = place_here(parser);
    read_instant(parser, &out->to_ns);
    if (!parser->failed && out->to_ns <= out->from_ns) {
        diagnostics_error(parser->context->diagnostics, place,
                          "the window ends before it begins, expected a later time here");
        parser->failed = true;
    }
}

/* ---- the kinds of sentence --------------------------------------------------------------- */

/* of GROUP|all COMPARISON [WINDOW] */
static void read_of_clients(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    if (!accept(parser, "all"))
        read_name(parser, "a client group or 'all'", &out->subject);
    read_comparison(parser, out);
    read_window(parser, out);
}

/* of ZONE COMPARISON [of change at INSTANT] */
static void read_propagation(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a zone", &out->zone);
    read_comparison(parser, out);
    if (!accept(parser, "of"))
        return;
    require(parser, "change");
    require(parser, "at");
    read_instant(parser, &out->at_ns);
}

/* of ZONE on SERVER COMPARISON at INSTANT */
static void read_serial(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a zone", &out->zone);
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
    read_comparison(parser, out);
    require(parser, "at");
    read_instant(parser, &out->at_ns);
}

/* of ZONE on SERVER are valid|expired at INSTANT */
static void read_signatures(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a zone", &out->zone);
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
    require(parser, "are");
    out->state = EXPECT_VALID;
    if (!accept(parser, "valid")) {
        out->state = EXPECT_EXPIRED;
        if (!accept(parser, "expired"))
            fail(parser, "'valid' or 'expired'");
    }
    require(parser, "at");
    read_instant(parser, &out->at_ns);
}

static void read_from(struct parser *parser, const char *expected, struct expectation *out)
{
    if (accept(parser, "from"))
        read_name(parser, expected, &out->from);
}

/* on NODE [from NODE] COMPARISON [WINDOW] */
static void read_queries(struct parser *parser, struct expectation *out)
{
    require(parser, "on");
    read_name(parser, "a server or resolver", &out->subject);
    read_from(parser, "a client group, resolver or server", out);
    read_comparison(parser, out);
    read_window(parser, out);
}

/* of ZONE on SERVER [from SERVER] COMPARISON [WINDOW] */
static void read_transfers(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a zone", &out->zone);
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
    read_from(parser, "a server", out);
    read_comparison(parser, out);
    read_window(parser, out);
}

static void read_incremental(struct parser *parser, struct expectation *out)
{
    out->incremental = true;
    require(parser, "transfers");
    read_transfers(parser, out);
}

/* of SERVER by MONITOR COMPARISON after INSTANT */
static void read_notice(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a server", &out->subject);
    require(parser, "by");
    read_name(parser, "a monitor", &out->from);
    read_comparison(parser, out);
    require(parser, "after");
    read_instant(parser, &out->at_ns);
}

static void read_among(struct parser *parser, struct expectation *out)
{
    struct reference_list *list = &out->among;
    size_t capacity = 0;
    do {
        if (list->count == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            struct reference *grown = arena_alloc(parser->context->arena, capacity * sizeof *grown);
            if (list->count > 0)
                memcpy(grown, list->items, list->count * sizeof *grown);
            list->items = grown;
        }
        read_name(parser, "a server or resolver", &list->items[list->count++]);
    } while (accept(parser, ","));
}

/* of NODE among NODE {, NODE} [from NODE] COMPARISON [WINDOW] */
static void read_share(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a server or resolver", &out->subject);
    require(parser, "among");
    read_among(parser, out);
    read_from(parser, "a client group, resolver or server", out);
    read_comparison(parser, out);
    read_window(parser, out);
}

/* ZONE on SERVER is STATE at INSTANT */
static void read_state(struct parser *parser, struct expectation *out)
{
    static const char *const states[] = {
        [EXPECT_SERVING] = "serving",
        [EXPECT_EXPIRED] = "expired",
        [EXPECT_LOADING] = "loading",
        [EXPECT_ABSENT] = "absent",
    };
    bool found = false;
    read_name(parser, "a sentence such as 'availability of all >= 99.9%'", &out->zone);
    if (strcmp(parser->word, "on") != 0) {
        /* Not a zone after all: the first word is what was not understood. */
        parser->end = 0;
        advance(parser);
        fail(parser, "'availability', 'p95 latency', 'propagation', 'serial', 'queries', 'share', "
                     "'transfers', 'notice' or 'ZONE on SERVER is ...'");
    }
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
    require(parser, "is");
    for (size_t i = 0; i < sizeof states / sizeof *states && !found; i++) {
        found = accept(parser, states[i]);
        if (found)
            out->state = (enum expectation_state)i;
    }
    if (!found)
        fail(parser, "'serving', 'expired' or 'loading'");
    require(parser, "at");
    read_instant(parser, &out->at_ns);
}

/* STATISTIC latency ... */
static bool accept_latency(struct parser *parser, struct expectation *out)
{
    static const char *const statistics[] = {
        [EXPECT_MEAN] = "mean", [EXPECT_P50] = "p50", [EXPECT_P90] = "p90",
        [EXPECT_P95] = "p95",   [EXPECT_P99] = "p99", [EXPECT_MAX] = "max",
    };
    for (size_t i = 0; i < sizeof statistics / sizeof *statistics; i++) {
        if (!accept(parser, statistics[i]))
            continue;
        out->statistic = (enum expectation_statistic)i;
        require(parser, "latency");
        return true;
    }
    return false;
}

static void read_sentence(struct parser *parser, struct expectation *out)
{
    static const struct {
        const char *word;
        enum expectation_kind kind;
        void (*read)(struct parser *parser, struct expectation *out);
    } kinds[] = {
        {"availability", EXPECT_AVAILABILITY, read_of_clients},
        {"propagation", EXPECT_PROPAGATION, read_propagation},
        {"serial", EXPECT_SERIAL, read_serial},
        {"queries", EXPECT_QUERIES, read_queries},
        {"share", EXPECT_SHARE, read_share},
        {"transfers", EXPECT_TRANSFERS, read_transfers},
        {"incremental", EXPECT_TRANSFERS, read_incremental},
        {"signatures", EXPECT_SIGNATURES, read_signatures},
        {"notice", EXPECT_NOTICE, read_notice},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (accept(parser, kinds[i].word)) {
            out->kind = kinds[i].kind;
            kinds[i].read(parser, out);
            return;
        }
    }
    out->kind = EXPECT_LATENCY;
    if (accept_latency(parser, out)) {
        read_of_clients(parser, out);
        return;
    }
    out->kind = EXPECT_STATE;
    read_state(parser, out);
}

bool expectation_parse(const struct expectation_context *context, const char *text,
                       struct place place, struct expectation *out)
{
    struct parser parser = {.context = context, .text = text, .place = place};
    *out = (struct expectation){.place = place, .text = text, .at_ns = -1};
    out->to_ns = context->duration_ns;
    advance(&parser);
    read_sentence(&parser, out);
    if (!parser.failed && *parser.word)
        fail(&parser, "the end of the sentence");
    return !parser.failed;
}

/* ---- judging one number ------------------------------------------------------------------ */

bool expectation_holds(const struct expectation *expectation, int64_t actual)
{
    int order = compare(expectation->kind, actual, expectation->limit);
    switch (expectation->compare) {
    case EXPECT_LESS:
        return order < 0;
    case EXPECT_AT_MOST:
        return order <= 0;
    case EXPECT_EQUAL:
        return order == 0;
    case EXPECT_AT_LEAST:
        return order >= 0;
    case EXPECT_GREATER:
        return order > 0;
    case EXPECT_BETWEEN:
        return order >= 0 && compare(expectation->kind, actual, expectation->limit_high) <= 0;
    }
    return false;
}
