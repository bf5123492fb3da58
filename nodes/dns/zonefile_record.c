/*
 * An entry of a zone file as a record (RFC 1035 section 5.1): TTL and class stand
 * in either order, and what is left out is as before. See zonefile_record.h.
 */
#include "nodes/dns/zonefile_record.h"
#include "nodes/dns/zonefile_field.h"
#include "nodes/dns/zonefile_rdata.h"
#include <strings.h>

struct parsing {
    struct zonefile_context *context;
    const struct zonefile_scanner *scanner;
    size_t next;
    struct zonefile_mistake *mistake;
};

bool zonefile_name_parse(const struct zonefile_scanner *scanner, const struct zonefile_token *token,
                         const char *what, const uint8_t *origin, uint8_t out[NAME_SIZE_MAX],
                         struct zonefile_mistake *mistake)
{
    uint8_t name[NAME_SIZE_MAX];
    const char *error;
    char quote[ZONEFILE_QUOTE_SIZE];
    if (name_from_text(token->text, origin, name, &error) == 0)
        return zonefile_mistake_at(mistake, scanner, token, "expected %s, found %s: %s", what,
                                   zonefile_quote(token, quote), error);
    name_copy(name, out);
    return true;
}

static const struct zonefile_token *peek(const struct parsing *p)
{
    return p->next < p->scanner->count ? &p->scanner->tokens[p->next] : NULL;
}

static bool parse_owner(struct parsing *p, struct zonefile_parts *parts)
{
    struct zonefile_context *context = p->context;
    if (p->scanner->starts_blank) {
        if (context->has_owner)
            return true;
        return zonefile_mistake_at(p->mistake, p->scanner, peek(p),
                                   "a line that starts blank belongs to the owner before it, "
                                   "but there is none yet");
    }
    parts->owner = peek(p);
    p->next++;
    context->has_owner = false;
    if (!zonefile_name_parse(p->scanner, parts->owner, "an owner name", context->origin,
                             context->owner, p->mistake))
        return false;
    context->has_owner = true;
    return true;
}

static bool is_word(const struct zonefile_token *token, const char *word)
{
    return token->text.size == strlen(word) &&
           strncasecmp((const char *)token->text.data, word, token->text.size) == 0;
}

static bool is_other_class(const struct zonefile_token *token)
{
    return is_word(token, "CH") || is_word(token, "HS") || is_word(token, "CS") ||
           (token->text.size > 5 &&
            is_word(&(struct zonefile_token){.text = {token->text.data, 5}}, "CLASS"));
}

static bool parse_ttl(struct parsing *p, uint32_t *ttl)
{
    char quote[ZONEFILE_QUOTE_SIZE];
    if (!zonefile_parse_period(peek(p)->text, ttl))
        return zonefile_mistake_at(p->mistake, p->scanner, peek(p),
                                   "expected a TTL from 0 to 2147483647 seconds such as 3600 or "
                                   "1h30m, found %s",
                                   zonefile_quote(peek(p), quote));
    if (!p->context->has_ttl_directive)
        p->context->ttl = *ttl;
    return true;
}

/* TTL and class, each at most once. */
static bool parse_ttl_and_class(struct parsing *p, struct rr *rr)
{
    bool has_ttl = false, has_class = false;
    for (const struct zonefile_token *token; (token = peek(p)) != NULL; p->next++) {
        if (!has_ttl && token->text.size > 0 && token->text.data[0] >= '0' &&
            token->text.data[0] <= '9') {
            if (!parse_ttl(p, &rr->ttl))
                return false;
            has_ttl = true;
        } else if (!has_class && (is_word(token, "IN") || is_word(token, "CLASS1"))) {
            has_class = true;
        } else if (!has_class && is_other_class(token)) {
            return zonefile_mistake_at(p->mistake, p->scanner, token,
                                       "expected class IN, found '%.*s'", (int)token->text.size,
                                       (const char *)token->text.data);
        } else {
            break;
        }
    }
    return true;
}

static bool parse_type(struct parsing *p, struct rr *rr, struct zonefile_parts *parts)
{
    const struct zonefile_token *token = peek(p);
    char quote[ZONEFILE_QUOTE_SIZE];
    uint16_t type = token ? rr_type_from_text(token->text) : 0;
    if (type == 0)
        return zonefile_mistake_at(p->mistake, p->scanner, token,
                                   "expected an RR type such as A, MX or TYPE65280, found %s",
                                   zonefile_quote(token, quote));
    if (type == RR_OPT || (type >= 128 && type <= 255))
        return zonefile_mistake_at(p->mistake, p->scanner, token,
                                   "expected an RR type, but %s is none that a zone can hold",
                                   zonefile_quote(token, quote));
    parts->type = token;
    rr->type = type;
    p->next++;
    return true;
}

bool zonefile_record_parse(struct zonefile_context *context, const struct zonefile_scanner *scanner,
                           struct rr *rr, struct zonefile_parts *parts,
                           struct zonefile_mistake *mistake)
{
    struct parsing p = {.context = context, .scanner = scanner, .mistake = mistake};
    struct writer out = writer_of(context->rdata, sizeof context->rdata);
    *rr = (struct rr){.class = CLASS_IN};
    *parts = (struct zonefile_parts){0};
    if (!parse_owner(&p, parts))
        return false;
    rr->owner = context->owner;
    rr->ttl = context->ttl;
    if (!parse_ttl_and_class(&p, rr) || !parse_type(&p, rr, parts) ||
        !zonefile_rdata_parse(scanner, p.next, rr->type, context->origin, &out, mistake))
        return false;
    rr->rdata = bytes_of(out.data, out.size);
    return true;
}
