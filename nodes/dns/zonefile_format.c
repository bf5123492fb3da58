/* Records in presentation format, through ldns. See zonefile.h. */
#include "nodes/dns/zonefile.h"
#include "sim/base/arena.h"
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

/* RFC 3597 section 5: any type can be written so. */
static const char *format_unknown(const struct rr *rr, char *out, size_t size)
{
    char owner[NAME_TEXT_SIZE], type[16];
    int start = snprintf(out, size, "%s %u IN %s \\# %zu ", name_to_text(rr->owner, owner),
                         (unsigned)rr->ttl, rr_type_to_text(rr->type, type), rr->rdata.size);
    size_t at = (size_t)start;
    for (size_t i = 0; i < rr->rdata.size && at + 3 <= size; i++, at += 2)
        snprintf(out + at, size - at, "%02x", rr->rdata.data[i]);
    return out;
}

static size_t put_wire(const struct rr *rr, uint8_t *wire)
{
    size_t at = name_copy(rr->owner, wire);
    bytes_put_u16(wire + at, rr->type);
    bytes_put_u16(wire + at + 2, CLASS_IN);
    bytes_put_u32(wire + at + 4, rr->ttl);
    bytes_put_u16(wire + at + 8, (uint16_t)rr->rdata.size);
    if (rr->rdata.size > 0)
        memcpy(wire + at + 10, rr->rdata.data, rr->rdata.size);
    return at + 10 + rr->rdata.size;
}

/* WKS is not for ldns: it would look for the names of ports in the system's files. */
const char *zonefile_format_rr(const struct rr *rr, char *out, size_t size)
{
    ldns_rr *record = NULL;
    char *text = NULL;
    if (rr->type != LDNS_RR_TYPE_WKS && rr_rdata_is_valid(rr->type, rr->rdata)) {
        uint8_t *wire = memory_alloc(NAME_SIZE_MAX + 10 + rr->rdata.size);
        size_t wire_size = put_wire(rr, wire), at = 0;
        if (ldns_wire2rr(&record, wire, wire_size, &at, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK)
            text = ldns_rr2str_fmt(ldns_output_format_nocomments, record);
        free(wire);
        ldns_rr_free(record);
    }
    if (!text)
        return format_unknown(rr, out, size);
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
        length--;
    for (char *p = text; *p; p++)
        if (*p == '\t')
            *p = ' ';
    snprintf(out, size, "%.*s", (int)length, text);
    free(text);
    return out;
}
