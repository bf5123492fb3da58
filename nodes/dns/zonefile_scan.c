/*
 * Splitting a zone file into entries and tokens. See zonefile_scan.h; what the
 * tokens mean is zonefile_record.c's and zonefile_rdata.c's.
 */
#include "nodes/dns/zonefile_scan.h"
#include "sim/base/arena.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct zonefile_scanner zonefile_scanner_of(struct bytes text)
{
    return (struct zonefile_scanner){.at = text.data,
                                     .end = text.size > 0 ? text.data + text.size : text.data,
                                     .line_start = text.data,
                                     .line = 1};
}

void zonefile_scanner_free(struct zonefile_scanner *scanner)
{
    free(scanner->tokens);
    *scanner = (struct zonefile_scanner){0};
}

const char *zonefile_quote(const struct zonefile_token *token, char out[ZONEFILE_QUOTE_SIZE])
{
    if (!token)
        return "the end of the record";
    const size_t limit = ZONEFILE_QUOTE_SIZE - 10;
    size_t size = token->text.size < limit ? token->text.size : limit;
    char *p = out;
    *p++ = '\'';
    for (size_t i = 0; i < size; i++) {
        uint8_t octet = token->text.data[i];
        *p++ = octet >= 0x20 && octet != 0x7f ? (char)octet : '?';
    }
    snprintf(p, 6, "%s'", size < token->text.size ? "..." : "");
    return out;
}

bool zonefile_mistake_at(struct zonefile_mistake *mistake, const struct zonefile_scanner *scanner,
                         const struct zonefile_token *token, const char *format, ...)
{
    mistake->line = token ? token->line : scanner->end_line;
    mistake->column = token ? token->column : scanner->end_column;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(mistake->sentence, sizeof mistake->sentence, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r';
}

/* The end of the entry stands where the octet after its last token does. */
static void mark_end(struct zonefile_scanner *s)
{
    s->end_line = s->line;
    s->end_column = (unsigned)(s->at - s->line_start) + 1;
}

static struct zonefile_token begin_token(const struct zonefile_scanner *s)
{
    return (struct zonefile_token){
        .text = {s->at, 0}, .line = s->line, .column = (unsigned)(s->at - s->line_start) + 1};
}

static void end_token(struct zonefile_scanner *s, struct zonefile_token *token, const uint8_t *end)
{
    token->text.size = (size_t)(end - token->text.data);
    memory_reserve(s->tokens, s->count, s->capacity);
    s->tokens[s->count++] = *token;
    mark_end(s);
}

static void skip_escape(struct zonefile_scanner *s)
{
    s->at++;
    if (s->at < s->end && *s->at != '\n')
        s->at++;
}

/* Goes behind the closing quote; false if the line ends before it. */
static bool skip_quoted(struct zonefile_scanner *s)
{
    s->at++;
    while (s->at < s->end && *s->at != '"' && *s->at != '\n') {
        if (*s->at == '\\')
            skip_escape(s);
        else
            s->at++;
    }
    if (s->at == s->end || *s->at == '\n')
        return false;
    s->at++;
    return true;
}

static bool scan_quoted(struct zonefile_scanner *s, struct zonefile_mistake *mistake)
{
    struct zonefile_token token = begin_token(s);
    token.quoted = true;
    token.text.data++;
    if (!skip_quoted(s))
        return zonefile_mistake_at(mistake, s, &token, "this quote is not closed on its line");
    end_token(s, &token, s->at - 1);
    return true;
}

static bool ends_word(uint8_t octet)
{
    return is_blank(octet) || octet == '\n' || octet == ';' || octet == '(' || octet == ')';
}

/* A quote inside a word, as in alpn="h2,h3", hides what would end the word. */
static bool scan_word(struct zonefile_scanner *s, struct zonefile_mistake *mistake)
{
    struct zonefile_token token = begin_token(s);
    while (s->at < s->end && !ends_word(*s->at)) {
        if (*s->at == '\\') {
            skip_escape(s);
        } else if (*s->at == '"') {
            struct zonefile_token quote = begin_token(s);
            if (!skip_quoted(s))
                return zonefile_mistake_at(mistake, s, &quote,
                                           "this quote is not closed on its line");
        } else {
            s->at++;
        }
    }
    end_token(s, &token, s->at);
    return true;
}

static bool scan_token(struct zonefile_scanner *s, struct zonefile_mistake *mistake)
{
    size_t before = s->count;
    if (!(*s->at == '"' ? scan_quoted(s, mistake) : scan_word(s, mistake)))
        return false;
    const struct zonefile_token *token = &s->tokens[before];
    if (!memchr(token->text.data, 0, token->text.size))
        return true;
    return zonefile_mistake_at(mistake, s, token, "octet 0 in the text; it is written \\000");
}

static void skip_comment(struct zonefile_scanner *s)
{
    const uint8_t *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
    s->at = newline ? newline : s->end;
}

static void take_newline(struct zonefile_scanner *s)
{
    s->at++;
    s->line++;
    s->line_start = s->at;
}

/* One token, parenthesis, comment, blank or newline. False: mistake. */
static bool scan_piece(struct zonefile_scanner *s, struct zonefile_mistake *mistake)
{
    struct zonefile_token here = begin_token(s);
    switch (*s->at) {
    case '\n':
        take_newline(s);
        return true;
    case ' ':
    case '\t':
    case '\r':
        s->at++;
        return true;
    case ';':
        skip_comment(s);
        return true;
    case '(':
        if (s->depth++ == 0)
            s->opened = here;
        s->at++;
        return true;
    case ')':
        if (s->depth == 0)
            return zonefile_mistake_at(mistake, s, &here,
                                       "this parenthesis closes none that is open");
        s->depth--;
        s->at++;
        return true;
    }
    return scan_token(s, mistake);
}

/* Up to the end of the line or, in parentheses, beyond it. Behind a mistake the rest of its line
 * does not count, but parentheses opened before must still be closed. */
static bool scan_line(struct zonefile_scanner *s, struct zonefile_mistake *mistake)
{
    struct zonefile_mistake later;
    bool good = true;
    s->depth = 0;
    while (s->at < s->end && (*s->at != '\n' || s->depth > 0)) {
        if (!scan_piece(s, good ? mistake : &later)) {
            good = false;
            skip_comment(s);
        }
    }
    if (s->depth > 0 && good)
        good = zonefile_mistake_at(mistake, s, &s->opened, "this parenthesis is never closed");
    return good;
}

enum zonefile_scan zonefile_scan_entry(struct zonefile_scanner *scanner,
                                       struct zonefile_mistake *mistake)
{
    while (scanner->at < scanner->end) {
        scanner->count = 0;
        scanner->starts_blank = is_blank(*scanner->at);
        mark_end(scanner);
        bool good = scan_line(scanner, mistake);
        if (scanner->at < scanner->end)
            take_newline(scanner);
        if (!good)
            return ZONEFILE_BROKEN;
        if (scanner->count > 0)
            return ZONEFILE_ENTRY;
    }
    return ZONEFILE_END;
}
