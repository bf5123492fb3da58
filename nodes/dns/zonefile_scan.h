/*
 * The words of a zone file (RFC 1035 section 5.1): entries, which end with their
 * line unless parentheses go on, made of tokens that remember where they stand.
 * For the files that implement zonefile.h.
 */
#ifndef NODES_DNS_ZONEFILE_SCAN_H
#define NODES_DNS_ZONEFILE_SCAN_H

#include "sim/base/bytes.h"

enum { ZONEFILE_SENTENCE_SIZE = 400 };

/* Where something is wrong and what. */
struct zonefile_mistake {
    unsigned line, column;
    char sentence[ZONEFILE_SENTENCE_SIZE];
};

struct zonefile_token {
    struct bytes text; /* escapes as written; without the quotes around it; no octet 0 */
    unsigned line, column;
    bool quoted;
};

struct zonefile_scanner {
    const uint8_t *at, *end, *line_start;
    unsigned line;
    /* The entry read last. */
    struct zonefile_token *tokens;
    size_t count, capacity;
    bool starts_blank; /* its first line starts with a space or tab */
    unsigned end_line, end_column;
    unsigned depth; /* of parentheses */
    struct zonefile_token opened;
};

struct zonefile_scanner zonefile_scanner_of(struct bytes text);
void zonefile_scanner_free(struct zonefile_scanner *scanner);

enum zonefile_scan {
    ZONEFILE_ENTRY,  /* has at least one token */
    ZONEFILE_BROKEN, /* *MISTAKE tells; the scanner stands behind the entry */
    ZONEFILE_END,
};
enum zonefile_scan zonefile_scan_entry(struct zonefile_scanner *scanner,
                                       struct zonefile_mistake *mistake);

/* Fills in *MISTAKE for TOKEN, or for the end of the entry if that is NULL. Returns false. */
bool zonefile_mistake_at(struct zonefile_mistake *mistake, const struct zonefile_scanner *scanner,
                         const struct zonefile_token *token, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* TOKEN in quotes for a sentence, or "the end of the record" if it is NULL. */
enum { ZONEFILE_QUOTE_SIZE = 80 };
const char *zonefile_quote(const struct zonefile_token *token, char out[ZONEFILE_QUOTE_SIZE]);

#endif
