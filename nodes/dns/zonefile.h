/*
 * Zone files (RFC 1035 section 5, RFC 2308 section 4, RFC 3597): $ORIGIN, $TTL,
 * $INCLUDE, parentheses, quoting, comments; every RR type that ldns knows, and
 * TYPEnnn \# for the others.
 *
 * Reads text that somebody else fetched: no I/O here.
 */
#ifndef NODES_DNS_ZONEFILE_H
#define NODES_DNS_ZONEFILE_H

#include "nodes/dns/zone.h"

struct zonefile_options {
    const uint8_t *origin; /* of the zone; records outside it are errors */
    const char *file;      /* name for messages */
    uint32_t default_ttl;  /* before any $TTL and explicit TTL; 3600 if 0 */
    uint32_t *last_ttl;    /* receives the last $TTL if there is one; may be NULL */
    /* Fetches the file that $INCLUDE names, relative to the including file FROM. Returns false and
     * sets *ERROR if it can't. The text lives until zonefile_load returns. NULL: $INCLUDE is an
     * error. */
    bool (*include)(void *context, const char *from, const char *path, const char **resolved_path,
                    struct bytes *text, const char **error);
    /* Called once for each mistake: "ns1: expected an IPv4 address ..."; reading goes on. */
    void (*report)(void *context, const char *file, unsigned line, unsigned column,
                   const char *sentence);
    void *context;
};

/* Returns the zone with one reference, or NULL after at least one report. Checks besides syntax:
 * exactly one SOA at the apex, NS at the apex, no CNAME beside other data, no record outside. */
struct zone *zonefile_load(struct bytes text, const struct zonefile_options *options);

/* Parses one record in zone file form ("www2 300 A 192.0.2.80") relative to ORIGIN. OWNER and RDATA
 * are written into the given buffers; *RR points at them. False and *ERROR (static or in
 * ERROR_TEXT) if it is none. */
bool zonefile_parse_rr(struct bytes text, const uint8_t *origin, uint32_t default_ttl,
                       uint8_t owner[NAME_SIZE_MAX], uint8_t rdata[65535], struct rr *rr,
                       char error_text[200]);

/* Writes one record in presentation format into OUT (terminated, cut if too long); for messages and
 * tests, through ldns. */
const char *zonefile_format_rr(const struct rr *rr, char *out, size_t size);

#endif
