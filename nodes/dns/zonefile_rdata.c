/*
 * RDATA from presentation format to wire: ldns says which fields a type has and
 * reads the rarer kinds of fields; zonefile_field.c reads the common ones.
 *
 * Not here: WKS (ldns would ask the system's files for port numbers) and types
 * that ldns does not know; they can be written as in RFC 3597 section 5.
 */
#include "nodes/dns/zonefile_rdata.h"
#include "nodes/dns/zonefile_field.h"
#include "sim/base/arena.h"
#include <ldns/ldns.h>
#include <stdlib.h>

enum span {
    SPAN_TOKEN,  /* one token */
    SPAN_JOINED, /* all that are left, as one word */
    SPAN_LIST,   /* all that are left, with blanks between them */
};

struct field_kind {
    ldns_rdf_type type;
    enum span span;
    const char *what;
    size_t number_size; /* octets, if a number may stand in place of the mnemonic */
};

/* ldns would read the numbers too, but leaks at those that it does not like. */
static const struct field_kind field_kinds[] = {
    {LDNS_RDF_TYPE_B64, SPAN_JOINED, "base64 text", 0},
    {LDNS_RDF_TYPE_HEX, SPAN_JOINED, "pairs of hexadecimal digits", 0},
    {LDNS_RDF_TYPE_ALG, SPAN_TOKEN, "the number or name of a DNSSEC algorithm", 1},
    {LDNS_RDF_TYPE_CERT_ALG, SPAN_TOKEN, "the number or name of a certificate type", 2},
    {LDNS_RDF_TYPE_TIME, SPAN_TOKEN, "a time such as 20260131235959", 0},
    {LDNS_RDF_TYPE_APL, SPAN_TOKEN, "an address prefix such as 1:192.0.2.0/24", 0},
    {LDNS_RDF_TYPE_B32_EXT, SPAN_TOKEN, "base32hex text", 0},
    {LDNS_RDF_TYPE_NSEC3_NEXT_OWNER, SPAN_TOKEN, "a hash in base32hex", 0},
    {LDNS_RDF_TYPE_NSEC3_SALT, SPAN_TOKEN, "a salt in hexadecimal digits, or -", 0},
    {LDNS_RDF_TYPE_LOC, SPAN_LIST, "a location such as 52 22 23 N 4 53 32 E -2m", 0},
    {LDNS_RDF_TYPE_NSAP, SPAN_TOKEN, "an NSAP address such as 0x47.0005", 0},
    {LDNS_RDF_TYPE_ATMA, SPAN_TOKEN, "an ATM address", 0},
    {LDNS_RDF_TYPE_HIP, SPAN_LIST, "an algorithm, a host identity and its public key", 0},
    {LDNS_RDF_TYPE_ILNP64, SPAN_TOKEN, "a locator such as 0014:4fff:ff20:ee64", 0},
    {LDNS_RDF_TYPE_EUI48, SPAN_TOKEN, "six octets such as 00-00-5e-00-53-2a", 0},
    {LDNS_RDF_TYPE_EUI64, SPAN_TOKEN, "eight octets such as 00-00-5e-ef-10-00-00-2a", 0},
    {LDNS_RDF_TYPE_TAG, SPAN_TOKEN, "a tag such as issue", 0},
    {LDNS_RDF_TYPE_LONG_STR, SPAN_TOKEN, "a text", 0},
    {LDNS_RDF_TYPE_CERTIFICATE_USAGE, SPAN_TOKEN, "a certificate usage from 0 to 255", 1},
    {LDNS_RDF_TYPE_SELECTOR, SPAN_TOKEN, "a selector from 0 to 255", 1},
    {LDNS_RDF_TYPE_MATCHING_TYPE, SPAN_TOKEN, "a matching type from 0 to 255", 1},
    {LDNS_RDF_TYPE_SVCPARAMS, SPAN_LIST, "parameters such as alpn=h2 port=443", 0},
};

static const struct field_kind *kind_of(ldns_rdf_type type)
{
    for (size_t i = 0; i < sizeof field_kinds / sizeof field_kinds[0]; i++)
        if (field_kinds[i].type == type)
            return &field_kinds[i];
    return NULL;
}

/* The tokens of the field as one text; the caller frees it. */
static char *join(const struct zonefile_reading *r, enum span span)
{
    const struct zonefile_token *tokens = r->scanner->tokens;
    size_t end = span == SPAN_TOKEN ? r->next + 1 : r->scanner->count, size = 1;
    for (size_t i = r->next; i < end; i++)
        size += tokens[i].text.size + 1;
    char *text = memory_alloc(size), *p = text;
    for (size_t i = r->next; i < end; i++) {
        memcpy(p, tokens[i].text.data, tokens[i].text.size);
        p += tokens[i].text.size;
        if (span == SPAN_LIST && i + 1 < end)
            *p++ = ' ';
    }
    *p = '\0';
    return text;
}

/* What ldns lets pass: half an octet, and prefixes longer than their address (RFC 3123). */
static bool is_too_lax(ldns_rdf_type type, const char *text, const ldns_rdf *field)
{
    const uint8_t *data = ldns_rdf_data(field);
    if (type == LDNS_RDF_TYPE_HEX)
        return strlen(text) % 2 != 0;
    if (type == LDNS_RDF_TYPE_APL)
        return data[2] > (bytes_get_u16(data) == 1 ? 32 : 128);
    return false;
}

static bool read_through_ldns(struct zonefile_reading *r, const struct field_kind *kind)
{
    const struct zonefile_token *token = zonefile_peek(r);
    if (!token && kind->span != SPAN_LIST)
        return zonefile_expected(r, kind->what);
    if (kind->number_size > 0 && token->text.size > 0 && token->text.data[0] >= '0' &&
        token->text.data[0] <= '9')
        return zonefile_read_number(r, kind->number_size);
    char *text = join(r, kind->span);
    ldns_rdf *field = ldns_rdf_new_frm_str(kind->type, text);
    bool good = field && !is_too_lax(kind->type, text, field);
    if (good) {
        writer_bytes(r->out, ldns_rdf_data(field), ldns_rdf_size(field));
        r->next = kind->span == SPAN_TOKEN ? r->next + 1 : r->scanner->count;
    }
    ldns_rdf_deep_free(field);
    free(text);
    return good || zonefile_expected(r, kind->what);
}

/* ---- records ------------------------------------------------------------------------------ */

static bool unsupported(const struct zonefile_reading *r)
{
    char type_text[16];
    return zonefile_mistake_at(r->mistake, r->scanner, zonefile_peek(r),
                               "%s data can only be read in the form \\# SIZE HEX (RFC 3597)",
                               rr_type_to_text(r->type, type_text));
}

static bool read_gateway(struct zonefile_reading *r, unsigned gateway_type)
{
    const struct zonefile_token *token = zonefile_peek(r);
    switch (gateway_type) {
    case 0:
        if (!token || !bytes_equal(token->text, bytes_of_text(".")))
            return zonefile_expected(r, "'.' for no gateway");
        r->next++;
        return true;
    case 1:
        return zonefile_read_address(r, false);
    case 2:
        return zonefile_read_address(r, true);
    case 3:
        return zonefile_read_name(r);
    }
    return zonefile_mistake_at(r->mistake, r->scanner, token,
                               "expected a gateway type from 0 to 3, found %u", gateway_type);
}

/* RFC 4025 section 3; what ldns has for it leaks when the text is wrong. */
static bool read_ipseckey(struct zonefile_reading *r)
{
    size_t at = r->out->size;
    for (size_t i = 0; i < 3; i++)
        if (!zonefile_read_number(r, 1))
            return false;
    unsigned gateway_type = r->out->data[at + 1], algorithm = r->out->data[at + 2];
    return read_gateway(r, gateway_type) &&
           (algorithm == 0 || read_through_ldns(r, kind_of(LDNS_RDF_TYPE_B64)));
}

static bool read_field(struct zonefile_reading *r, ldns_rdf_type type)
{
    if (type == LDNS_RDF_TYPE_DNAME)
        return zonefile_read_name(r);
    if (type == LDNS_RDF_TYPE_INT8)
        return zonefile_read_number(r, 1);
    if (type == LDNS_RDF_TYPE_INT16)
        return zonefile_read_number(r, 2);
    if (type == LDNS_RDF_TYPE_INT32)
        return zonefile_read_number(r, 4);
    if (type == LDNS_RDF_TYPE_PERIOD)
        return zonefile_read_period(r);
    if (type == LDNS_RDF_TYPE_A || type == LDNS_RDF_TYPE_AAAA)
        return zonefile_read_address(r, type == LDNS_RDF_TYPE_AAAA);
    if (type == LDNS_RDF_TYPE_STR)
        return zonefile_read_string(r);
    if (type == LDNS_RDF_TYPE_TYPE)
        return zonefile_read_type(r);
    if (type == LDNS_RDF_TYPE_BITMAP)
        return zonefile_read_bitmap(r);
    if (type == LDNS_RDF_TYPE_IPSECKEY)
        return read_ipseckey(r);
    const struct field_kind *kind = kind_of(type);
    return kind ? read_through_ldns(r, kind) : unsupported(r);
}

/* Types that are nothing but character-strings; ldns does not know the younger ones. */
static bool read_strings(struct zonefile_reading *r)
{
    do {
        if (!zonefile_read_string(r))
            return false;
    } while (zonefile_peek(r));
    return true;
}

static bool read_fields(struct zonefile_reading *r)
{
    const ldns_rr_descriptor *descriptor = ldns_rr_descript(r->type);
    size_t minimum = ldns_rr_descriptor_minimum(descriptor);
    size_t maximum = ldns_rr_descriptor_maximum(descriptor);
    for (size_t i = 0; i < maximum && (i < minimum || zonefile_peek(r)); i++)
        if (!read_field(r, ldns_rr_descriptor_field_type(descriptor, i)))
            return false;
    return true;
}

/* "\# 4 c0000201" (RFC 3597 section 5). */
static bool read_unknown(struct zonefile_reading *r)
{
    static const struct field_kind digits = {LDNS_RDF_TYPE_HEX, SPAN_JOINED,
                                             "pairs of hexadecimal digits", 0};
    uint32_t size;
    r->next++;
    const struct zonefile_token *token = zonefile_peek(r);
    if (!token || !zonefile_parse_number(token->text, UINT16_MAX, &size))
        return zonefile_expected(r, "the size of the data, from 0 to 65535");
    r->next++;
    size_t before = r->out->size;
    if (size > 0 && !read_through_ldns(r, &digits))
        return false;
    if (r->out->size - before != size)
        return zonefile_mistake_at(r->mistake, r->scanner, token,
                                   "expected %u octets of data, found %zu", size,
                                   r->out->size - before);
    return true;
}

static bool is_unknown_form(const struct zonefile_reading *r)
{
    const struct zonefile_token *token = zonefile_peek(r);
    return token && !token->quoted && bytes_equal(token->text, bytes_of_text("\\#"));
}

static bool read_rdata(struct zonefile_reading *r)
{
    if (is_unknown_form(r))
        return read_unknown(r);
    if (strcmp(rr_rdata_form(r->type), "S") == 0)
        return read_strings(r);
    if (r->type == LDNS_RR_TYPE_APL) {
        while (zonefile_peek(r))
            if (!read_field(r, LDNS_RDF_TYPE_APL))
                return false;
        return true;
    }
    return read_fields(r);
}

bool zonefile_rdata_parse(const struct zonefile_scanner *scanner, size_t first, uint16_t type,
                          const uint8_t *origin, struct writer *out,
                          struct zonefile_mistake *mistake)
{
    struct zonefile_reading r = {scanner, first, type, origin, out, mistake};
    char type_text[16];
    size_t before = out->size;
    if (!read_rdata(&r))
        return false;
    if (zonefile_peek(&r))
        return zonefile_expected(&r, "the end of the record");
    if (out->failed)
        return zonefile_mistake_at(mistake, scanner, &scanner->tokens[first],
                                   "the data is longer than 65535 octets");
    if (!rr_rdata_is_valid(type, bytes_of(out->data + before, out->size - before)))
        return zonefile_mistake_at(
            mistake, scanner, first < scanner->count ? &scanner->tokens[first] : NULL,
            "this is not the data of a record of type %s", rr_type_to_text(type, type_text));
    return true;
}
