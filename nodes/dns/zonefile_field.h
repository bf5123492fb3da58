/*
 * The fields of RDATA that most records consist of, from presentation format to
 * wire, each with a sentence about what was expected. For zonefile_rdata.c.
 */
#ifndef NODES_DNS_ZONEFILE_FIELD_H
#define NODES_DNS_ZONEFILE_FIELD_H

#include "nodes/dns/rr.h"
#include "nodes/dns/zonefile_scan.h"

/* What is being read: the next token, and where the RDATA goes. */
struct zonefile_reading {
    const struct zonefile_scanner *scanner;
    size_t next;
    uint16_t type;
    const uint8_t *origin;
    struct writer *out;
    struct zonefile_mistake *mistake;
};

/* The next token, or NULL at the end of the record. */
const struct zonefile_token *zonefile_peek(const struct zonefile_reading *r);

/* "expected WHAT, found 'the next token'"; false. */
bool zonefile_expected(const struct zonefile_reading *r, const char *what);

/* Each takes the next token and appends to the RDATA; false and a mistake if it does not fit. */
bool zonefile_read_name(struct zonefile_reading *r);
bool zonefile_read_number(struct zonefile_reading *r, size_t size); /* 1, 2 or 4 octets */
bool zonefile_read_period(struct zonefile_reading *r);
bool zonefile_read_address(struct zonefile_reading *r, bool ipv6);
bool zonefile_read_string(struct zonefile_reading *r);
bool zonefile_read_type(struct zonefile_reading *r);

/* All tokens that are left: RR types, as a bitmap (RFC 4034 section 4.1.2). */
bool zonefile_read_bitmap(struct zonefile_reading *r);

/* A decimal number of at most LIMIT. */
bool zonefile_parse_number(struct bytes text, uint32_t limit, uint32_t *out);

/* "3600" or "1h30m" (w, d, h, m, s) in seconds; false if TEXT is not such or above 2^31-1
 * (RFC 2181 section 8). */
bool zonefile_parse_period(struct bytes text, uint32_t *out);

#endif
