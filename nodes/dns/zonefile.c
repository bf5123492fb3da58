/*
 * Zone files to zones: directives, and what must be true of a zone as a whole.
 * zonefile_scan.c splits the text, zonefile_record.c reads the records. See
 * zonefile.h. Not here: $GENERATE, which is no standard.
 */
#include "nodes/dns/zonefile.h"
#include "nodes/dns/zonefile_field.h"
#include "nodes/dns/zonefile_record.h"
#include "sim/base/arena.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { INCLUDE_DEPTH_MAX = 10, TTL_DEFAULT = 3600 };

struct loader {
    const struct zonefile_options *options;
    struct zone_edit *edit;
    struct zonefile_context context;
    size_t mistakes;
    unsigned depth;    /* of $INCLUDE */
    const char *file;  /* being read */
    unsigned soa_line; /* where an SOA stands, good or bad; 0: none seen */
    const char *soa_file;
    bool has_apex_ns; /* good or bad */
};

static void load_text(struct loader *loader, const char *file, struct bytes text);

static void report(struct loader *loader, const struct zonefile_mistake *mistake)
{
    loader->mistakes++;
    loader->options->report(loader->options->context, loader->file, mistake->line, mistake->column,
                            mistake->sentence);
}

/* ---- directives --------------------------------------------------------------------------- */

static const struct zonefile_token *token_at(const struct zonefile_scanner *scanner, size_t i)
{
    return i < scanner->count ? &scanner->tokens[i] : NULL;
}

static bool check_end(const struct zonefile_scanner *scanner, size_t count,
                      struct zonefile_mistake *mistake)
{
    char quote[ZONEFILE_QUOTE_SIZE];
    const struct zonefile_token *extra = token_at(scanner, count);
    return !extra ||
           zonefile_mistake_at(mistake, scanner, extra, "expected the end of the line, found %s",
                               zonefile_quote(extra, quote));
}

static bool set_origin(struct loader *loader, const struct zonefile_scanner *scanner,
                       struct zonefile_mistake *mistake)
{
    uint8_t *origin = loader->context.origin;
    if (!token_at(scanner, 1))
        return zonefile_mistake_at(mistake, scanner, NULL,
                                   "expected a domain name after $ORIGIN, found the end of the "
                                   "line");
    return zonefile_name_parse(scanner, token_at(scanner, 1), "a domain name", origin, origin,
                               mistake) &&
           check_end(scanner, 2, mistake);
}

static bool set_ttl(struct loader *loader, const struct zonefile_scanner *scanner,
                    struct zonefile_mistake *mistake)
{
    const struct zonefile_token *token = token_at(scanner, 1);
    char quote[ZONEFILE_QUOTE_SIZE];
    uint32_t ttl;
    if (!token || !zonefile_parse_period(token->text, &ttl))
        return zonefile_mistake_at(mistake, scanner, token,
                                   "expected a TTL from 0 to 2147483647 seconds such as 3600 or "
                                   "1h30m, found %s",
                                   token ? zonefile_quote(token, quote) : "the end of the line");
    loader->context.ttl = ttl;
    loader->context.has_ttl_directive = true;
    return check_end(scanner, 2, mistake);
}

/* Origin and owner are the including file's again afterwards (RFC 1035 section 5.1). */
static void include_text(struct loader *loader, const char *file, struct bytes text,
                         const uint8_t *origin)
{
    uint8_t saved_origin[NAME_SIZE_MAX], saved_owner[NAME_SIZE_MAX];
    bool had_owner = loader->context.has_owner;
    const char *including = loader->file;
    name_copy(loader->context.origin, saved_origin);
    if (had_owner)
        name_copy(loader->context.owner, saved_owner);
    name_copy(origin, loader->context.origin);
    loader->depth++;
    load_text(loader, file, text);
    loader->depth--;
    loader->file = including;
    name_copy(saved_origin, loader->context.origin);
    loader->context.has_owner = had_owner;
    if (had_owner)
        name_copy(saved_owner, loader->context.owner);
}

static bool fetch_include(struct loader *loader, const struct zonefile_token *path_token,
                          const char **file, struct bytes *text, const char **error)
{
    const struct zonefile_options *options = loader->options;
    *error = "files cannot be included here";
    if (!options->include)
        return false;
    char *path = memory_alloc(path_token->text.size + 1);
    memcpy(path, path_token->text.data, path_token->text.size);
    path[path_token->text.size] = '\0';
    bool good = options->include(options->context, loader->file, path, file, text, error);
    free(path);
    return good;
}

static bool include(struct loader *loader, const struct zonefile_scanner *scanner,
                    struct zonefile_mistake *mistake)
{
    const struct zonefile_token *path = token_at(scanner, 1), *origin_token = token_at(scanner, 2);
    uint8_t origin[NAME_SIZE_MAX];
    const char *file, *error;
    char quote[ZONEFILE_QUOTE_SIZE];
    struct bytes text;
    if (!path)
        return zonefile_mistake_at(mistake, scanner, NULL,
                                   "expected a file name after $INCLUDE, found the end of the "
                                   "line");
    name_copy(loader->context.origin, origin);
    if (origin_token &&
        !zonefile_name_parse(scanner, origin_token, "a domain name", origin, origin, mistake))
        return false;
    if (!check_end(scanner, 3, mistake))
        return false;
    if (loader->depth == INCLUDE_DEPTH_MAX)
        return zonefile_mistake_at(mistake, scanner, path,
                                   "$INCLUDE in files nested more than %d deep", INCLUDE_DEPTH_MAX);
    if (!fetch_include(loader, path, &file, &text, &error))
        return zonefile_mistake_at(mistake, scanner, path, "cannot include %s: %s",
                                   zonefile_quote(path, quote), error);
    include_text(loader, file, text, origin);
    return true;
}

static bool is_directive(const struct zonefile_token *token, const char *name)
{
    return token->text.size == strlen(name) &&
           strncasecmp((const char *)token->text.data, name, token->text.size) == 0;
}

static bool obey_directive(struct loader *loader, const struct zonefile_scanner *scanner,
                           struct zonefile_mistake *mistake)
{
    const struct zonefile_token *token = &scanner->tokens[0];
    char quote[ZONEFILE_QUOTE_SIZE];
    if (is_directive(token, "$ORIGIN"))
        return set_origin(loader, scanner, mistake);
    if (is_directive(token, "$TTL"))
        return set_ttl(loader, scanner, mistake);
    if (is_directive(token, "$INCLUDE"))
        return include(loader, scanner, mistake);
    return zonefile_mistake_at(mistake, scanner, token,
                               "expected $ORIGIN, $TTL or $INCLUDE, found %s",
                               zonefile_quote(token, quote));
}

/* ---- records ------------------------------------------------------------------------------ */

static bool refuse_outside(const struct loader *loader, const struct rr *rr,
                           const struct zonefile_scanner *scanner,
                           const struct zonefile_parts *parts, struct zonefile_mistake *mistake)
{
    char owner[NAME_TEXT_SIZE], origin[NAME_TEXT_SIZE];
    const struct zonefile_token *at = parts->owner ? parts->owner : parts->type;
    name_to_text(rr->owner, owner);
    name_to_text(loader->options->origin, origin);
    if (rr->type == RR_SOA && name_is_under(rr->owner, loader->options->origin))
        return zonefile_mistake_at(mistake, scanner, at,
                                   "expected the SOA record at '%.140s', found it at '%.140s'",
                                   origin, owner);
    return zonefile_mistake_at(mistake, scanner, at,
                               "expected a name in the zone '%.140s', found '%.140s'", origin,
                               owner);
}

static bool refuse_conflict(const struct rr *rr, const struct zonefile_scanner *scanner,
                            const struct zonefile_token *at, const struct zone_node *node,
                            struct zonefile_mistake *mistake)
{
    char owner[NAME_TEXT_SIZE], type[16];
    name_to_text(rr->owner, owner);
    if (zone_node_get(node, rr->type))
        return zonefile_mistake_at(mistake, scanner, at, "second %s record at '%.200s'",
                                   rr_type_to_text(rr->type, type), owner);
    if (rr->type == RR_CNAME)
        return zonefile_mistake_at(mistake, scanner, at,
                                   "CNAME beside other records at '%.200s', where it must stand "
                                   "alone",
                                   owner);
    return zonefile_mistake_at(mistake, scanner, at,
                               "%s record beside the CNAME at '%.200s', which must stand alone",
                               rr_type_to_text(rr->type, type), owner);
}

static bool check_second_soa(struct loader *loader, const struct rr *rr,
                             const struct zonefile_scanner *scanner,
                             const struct zonefile_parts *parts, struct zonefile_mistake *mistake)
{
    if (rr->type == RR_SOA && loader->soa_line > 0 &&
        name_equal(rr->owner, loader->options->origin))
        return zonefile_mistake_at(mistake, scanner, parts->type,
                                   "second SOA record; the first one stands in %s:%u",
                                   loader->soa_file, loader->soa_line);
    return true;
}

/* Even a record with a mistake in it spares the complaint that there is none. */
static void note_kind(struct loader *loader, const struct rr *rr,
                      const struct zonefile_parts *parts)
{
    if (rr->type == RR_SOA && loader->soa_line == 0) {
        loader->soa_line = parts->type->line;
        loader->soa_file = loader->file;
    }
    if (rr->type == RR_NS && name_equal(rr->owner, loader->options->origin))
        loader->has_apex_ns = true;
}

static bool add_record(struct loader *loader, const struct zonefile_scanner *scanner,
                       struct zonefile_mistake *mistake)
{
    struct rr rr;
    struct zonefile_parts parts;
    if (!zonefile_record_parse(&loader->context, scanner, &rr, &parts, mistake)) {
        note_kind(loader, &rr, &parts);
        return false;
    }
    if (!check_second_soa(loader, &rr, scanner, &parts, mistake))
        return false;
    note_kind(loader, &rr, &parts);
    switch (zone_edit_add(loader->edit, &rr)) {
    case ZONE_EDIT_OK:
    case ZONE_EDIT_PRESENT:
    case ZONE_EDIT_ABSENT:
        return true;
    case ZONE_EDIT_OUTSIDE:
        return refuse_outside(loader, &rr, scanner, &parts, mistake);
    case ZONE_EDIT_CONFLICT:
        return refuse_conflict(&rr, scanner, parts.type, zone_edit_find(loader->edit, rr.owner),
                               mistake);
    case ZONE_EDIT_MALFORMED:
        break;
    }
    return zonefile_mistake_at(mistake, scanner, parts.type,
                               "more RR types at this name than a zone can hold");
}

/* ---- files -------------------------------------------------------------------------------- */

static void load_text(struct loader *loader, const char *file, struct bytes text)
{
    struct zonefile_scanner scanner = zonefile_scanner_of(text);
    struct zonefile_mistake mistake;
    enum zonefile_scan scan;
    loader->file = file;
    while ((scan = zonefile_scan_entry(&scanner, &mistake)) != ZONEFILE_END) {
        bool good = scan == ZONEFILE_ENTRY;
        if (good && !scanner.starts_blank && scanner.tokens[0].text.size > 0 &&
            scanner.tokens[0].text.data[0] == '$')
            good = obey_directive(loader, &scanner, &mistake);
        else if (good)
            good = add_record(loader, &scanner, &mistake);
        if (!good)
            report(loader, &mistake);
    }
    zonefile_scanner_free(&scanner);
}

static void check_apex(struct loader *loader)
{
    char origin[NAME_TEXT_SIZE];
    struct zonefile_mistake mistake = {.line = 1, .column = 1};
    name_to_text(loader->options->origin, origin);
    if (loader->soa_line == 0) {
        snprintf(mistake.sentence, sizeof mistake.sentence,
                 "the zone has no SOA record at '%.200s'", origin);
        report(loader, &mistake);
    }
    if (!loader->has_apex_ns) {
        snprintf(mistake.sentence, sizeof mistake.sentence, "the zone has no NS record at '%.200s'",
                 origin);
        report(loader, &mistake);
    }
}

static uint32_t first_ttl(uint32_t default_ttl)
{
    return default_ttl > 0 ? default_ttl : TTL_DEFAULT;
}

struct zone *zonefile_load(struct bytes text, const struct zonefile_options *options)
{
    struct loader *loader = memory_zeroed(sizeof *loader);
    loader->options = options;
    loader->edit = zone_edit_begin_empty(options->origin);
    loader->context.ttl = first_ttl(options->default_ttl);
    name_copy(options->origin, loader->context.origin);
    load_text(loader, options->file, text);
    check_apex(loader);
    if (options->last_ttl && loader->context.has_ttl_directive)
        *options->last_ttl = loader->context.ttl;
    struct zone *zone = NULL;
    if (loader->mistakes > 0)
        zone_edit_abandon(loader->edit);
    else
        zone = zone_edit_finish(loader->edit);
    free(loader);
    return zone;
}

static bool parse_single(struct zonefile_context *context, struct zonefile_scanner *scanner,
                         struct rr *rr, struct zonefile_mistake *mistake)
{
    struct zonefile_parts parts;
    enum zonefile_scan scan = zonefile_scan_entry(scanner, mistake);
    if (scan == ZONEFILE_END)
        return zonefile_mistake_at(mistake, scanner, NULL, "expected a record, found nothing");
    if (scan == ZONEFILE_BROKEN || !zonefile_record_parse(context, scanner, rr, &parts, mistake))
        return false;
    struct zonefile_scanner rest =
        zonefile_scanner_of(bytes_of(scanner->at, (size_t)(scanner->end - scanner->at)));
    struct zonefile_mistake unused;
    bool has_more = zonefile_scan_entry(&rest, &unused) != ZONEFILE_END;
    zonefile_scanner_free(&rest);
    return !has_more ||
           zonefile_mistake_at(mistake, scanner, NULL, "expected one record, found several");
}

bool zonefile_parse_rr(struct bytes text, const uint8_t *origin, uint32_t default_ttl,
                       uint8_t owner[NAME_SIZE_MAX], uint8_t rdata[65535], struct rr *rr,
                       char error_text[200])
{
    struct zonefile_context *context = memory_alloc(sizeof *context);
    struct zonefile_scanner scanner = zonefile_scanner_of(text);
    struct zonefile_mistake mistake;
    context->has_owner = context->has_ttl_directive = false;
    context->ttl = first_ttl(default_ttl);
    name_copy(origin, context->origin);
    bool good = parse_single(context, &scanner, rr, &mistake);
    if (good) {
        name_copy(rr->owner, owner);
        if (rr->rdata.size > 0)
            memcpy(rdata, rr->rdata.data, rr->rdata.size);
        rr->owner = owner;
        rr->rdata.data = rdata;
    } else {
        snprintf(error_text, 200, "%.199s", mistake.sentence);
    }
    zonefile_scanner_free(&scanner);
    free(context);
    return good;
}
