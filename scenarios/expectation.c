/*
 * One sentence, word by word: a recursive-descent parser whose first error
 * sticks. docs/scenario.md has the grammar that each function states in a line.
 */
#include "scenarios/expectation.h"

#include "scenarios/value.h"

#include <string.h>

struct parser {
    const struct expectation_context *context;
    const char *text;
    struct place place; /* of the text's first character */
    size_t start, end;  /* of the current word */
    const char *word;   /* in the arena; "" at the end of the sentence */
    bool takes_window;  /* one could stand here */
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

/* Words end at commas, but a number with one for a point is shown whole. */
static bool fail_at_comma(struct parser *parser)
{
    const char *number = parser->text + parser->start;
    if (!value_has_comma(number))
        return false;
    diagnostics_error(parser->context->diagnostics, place_here(parser),
                      "'%.*s' not understood here, expected a point in place of the comma",
                      (int)strcspn(number, " \t\r\n"), number);
    return true;
}

static void fail(struct parser *parser, const char *expected)
{
    if (parser->failed)
        return;
    parser->failed = true;
    if (fail_at_comma(parser))
        return;
    if (*parser->word)
        diagnostics_error(parser->context->diagnostics, place_here(parser),
                          "'%s' not understood here, expected %s", parser->word, expected);
    else
        diagnostics_error(parser->context->diagnostics, place_here(parser),
                          "the sentence ends too soon, expected %s", expected);
}

static void fail_like(struct parser *parser, const char *best)
{
    if (!parser->failed)
        diagnostics_error(parser->context->diagnostics, place_here(parser),
                          "'%s' not understood here, did you mean '%s'?", parser->word, best);
    parser->failed = true;
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

static void read_instant(struct parser *parser, int64_t *out, struct place *place)
{
    if (parser->failed)
        return;
    *place = place_here(parser);
    if (value_instant(parser->word, parser->context->start_ns, out))
        advance(parser);
    else
        fail(parser, "a time since the start such as 30m, or one such as 2026-01-01T00:30:00Z");
}

/* ---- values and comparisons -------------------------------------------------------------- */

static void read_limit(struct parser *parser, enum expectation_kind kind, int64_t *out)
{
    if (parser->failed)
        return;
    if (expectation_limit(kind, parser->word, out))
        advance(parser);
    else
        fail(parser, expectation_limit_expected(kind));
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
    if (!parser->failed && expectation_order(out->kind, out->limit_high, out->limit) < 0) {
        diagnostics_error(parser->context->diagnostics, place,
                          "the upper limit is below the lower one, expected them in order");
        parser->failed = true;
    }
}

/* [between INSTANT and INSTANT] */
static void read_window(struct parser *parser, struct expectation *out)
{
    out->to_ns = parser->context->duration_ns;
    parser->takes_window = !accept(parser, "between");
    if (parser->takes_window)
        return;
    read_instant(parser, &out->from_ns, &out->to_place);
    require(parser, "and");
    read_instant(parser, &out->to_ns, &out->to_place);
    if (!parser->failed && out->to_ns <= out->from_ns) {
        diagnostics_error(parser->context->diagnostics, out->to_place,
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

static const char *const outcomes[NOTE_LOOKUP_OUTCOME_COUNT] = {
    [NOTE_LOOKUP_ANSWERED] = "answered", [NOTE_LOOKUP_NXDOMAIN] = "nxdomain",
    [NOTE_LOOKUP_SERVFAIL] = "servfail", [NOTE_LOOKUP_OTHER] = "other",
    [NOTE_LOOKUP_TIMEOUT] = "timeout",
};

/* OUTCOME of ... */
static bool accept_outcome(struct parser *parser, struct expectation *out)
{
    for (size_t i = 0; i < NOTE_LOOKUP_OUTCOME_COUNT; i++) {
        out->outcome = (enum note_lookup_outcome)i;
        if (accept(parser, outcomes[i]))
            return true;
    }
    return false;
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
    read_instant(parser, &out->at_ns, &out->at_place);
}

/* at INSTANT */
static void read_at(struct parser *parser, struct expectation *out)
{
    require(parser, "at");
    read_instant(parser, &out->at_ns, &out->at_place);
}

/* of ZONE on SERVER */
static void read_of_held(struct parser *parser, struct expectation *out)
{
    require(parser, "of");
    read_name(parser, "a zone", &out->zone);
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
}

/* of ZONE on SERVER COMPARISON at INSTANT */
static void read_held(struct parser *parser, struct expectation *out)
{
    read_of_held(parser, out);
    read_comparison(parser, out);
    read_at(parser, out);
}

/* One of WORDS, which EXPECTED lists. */
static size_t read_word(struct parser *parser, const char *const words[], size_t count,
                        const char *expected)
{
    for (size_t i = 0; i < count; i++)
        if (accept(parser, words[i]))
            return i;
    fail(parser, expected);
    return 0;
}

/* of ZONE on SERVER are valid|expired at INSTANT, or last COMPARISON at INSTANT */
static void read_signatures(struct parser *parser, struct expectation *out)
{
    static const char *const states[] = {"valid", "expired"};
    read_of_held(parser, out);
    if (accept(parser, "last")) {
        out->kind = EXPECT_SIGNATURES_LEFT;
        read_comparison(parser, out);
    } else if (accept(parser, "are")) {
        bool expired = read_word(parser, states, 2, "'valid' or 'expired'") == 1;
        out->state = expired ? EXPECT_EXPIRED : EXPECT_VALID;
    } else {
        fail(parser, "'are' or 'last'");
    }
    read_at(parser, out);
}

/* versions of ZONE on SERVER COMPARISON at INSTANT */
static void read_missing(struct parser *parser, struct expectation *out)
{
    require(parser, "versions");
    read_held(parser, out);
}

/* transfer of ZONE on SERVER is axfr|ixfr|fallback at INSTANT */
static void read_last(struct parser *parser, struct expectation *out)
{
    static const char *const kinds[] = {
        [NOTE_AXFR] = "axfr", [NOTE_IXFR] = "ixfr", [NOTE_FALLBACK] = "fallback"};
    require(parser, "transfer");
    read_of_held(parser, out);
    require(parser, "is");
    out->transfer = (enum note_transfer)read_word(parser, kinds, 3, "'axfr', 'ixfr' or 'fallback'");
    read_at(parser, out);
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
    read_of_held(parser, out);
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
    read_instant(parser, &out->at_ns, &out->at_place);
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

static const struct {
    const char *word;
    enum expectation_kind kind;
    void (*read)(struct parser *parser, struct expectation *out);
} sentences[] = {
    {"availability", EXPECT_AVAILABILITY, read_of_clients},
    {"propagation", EXPECT_PROPAGATION, read_propagation},
    {"serial", EXPECT_SERIAL, read_held},
    {"expiry", EXPECT_EXPIRY, read_held},
    {"missing", EXPECT_MISSING, read_missing},
    {"last", EXPECT_LAST_TRANSFER, read_last},
    {"queries", EXPECT_QUERIES, read_queries},
    {"share", EXPECT_SHARE, read_share},
    {"transfers", EXPECT_TRANSFERS, read_transfers},
    {"incremental", EXPECT_TRANSFERS, read_incremental},
    {"signatures", EXPECT_SIGNATURES, read_signatures},
    {"notice", EXPECT_NOTICE, read_notice},
};

/* Not a zone after all: the first word is what was not understood. */
static void fail_at_start(struct parser *parser)
{
    bool is_latency = strcmp(parser->word, "latency") == 0;
    parser->end = 0;
    advance(parser);
    struct likeness likeness = {.written = parser->word};
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        likeness_offer(&likeness, sentences[i].word);
    for (size_t i = 0; i < NOTE_LOOKUP_OUTCOME_COUNT; i++)
        likeness_offer(&likeness, outcomes[i]);
    if (is_latency || strcmp(parser->word, "latency") == 0)
        fail(parser, "one of mean, p50, p90, p95, p99, max before 'latency'");
    else if (likeness.best)
        fail_like(parser, likeness.best);
    else
        fail(parser, "'availability', 'nxdomain', 'p95 latency', 'propagation', 'serial', "
                     "'queries', 'share', 'transfers', 'last transfer', 'signatures', 'expiry', "
                     "'missing versions', 'notice' or 'ZONE on SERVER is ...'");
}

/* ZONE on SERVER is STATE at INSTANT, or is behind COMPARISON at INSTANT */
static void read_state(struct parser *parser, struct expectation *out)
{
    static const char *const states[] = {
        [EXPECT_SERVING] = "serving",
        [EXPECT_EXPIRED] = "expired",
        [EXPECT_LOADING] = "loading",
        [EXPECT_ABSENT] = "absent",
    };
    read_name(parser, "a sentence such as 'availability of all >= 99.9%'", &out->zone);
    if (strcmp(parser->word, "on") != 0)
        fail_at_start(parser);
    require(parser, "on");
    read_name(parser, "a server", &out->subject);
    require(parser, "is");
    if (accept(parser, "behind")) {
        out->kind = EXPECT_BEHIND;
        read_comparison(parser, out);
    } else {
        out->state = (enum expectation_state)read_word(
            parser, states, 4, "'serving', 'expired', 'loading', 'absent' or 'behind'");
    }
    read_at(parser, out);
}

static void read_sentence(struct parser *parser, struct expectation *out)
{
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        if (accept(parser, sentences[i].word)) {
            out->kind = sentences[i].kind;
            sentences[i].read(parser, out);
            return;
        }
    }
    out->kind = EXPECT_OUTCOME;
    if (accept_outcome(parser, out)) {
        read_of_clients(parser, out);
        return;
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
        fail(&parser, parser.takes_window ? "'between' or the end of the sentence"
                                          : "the end of the sentence");
    return !parser.failed;
}
