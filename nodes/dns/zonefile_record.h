/*
 * An entry of a zone file as a record: owner, TTL, class, type and RDATA. For the
 * files that implement zonefile.h.
 */
#ifndef NODES_DNS_ZONEFILE_RECORD_H
#define NODES_DNS_ZONEFILE_RECORD_H

#include "nodes/dns/rr.h"
#include "nodes/dns/zonefile_scan.h"

/* What later entries take over from earlier ones. */
struct zonefile_context {
    uint8_t origin[NAME_SIZE_MAX];
    uint8_t owner[NAME_SIZE_MAX];
    bool has_owner;
    bool has_ttl_directive; /* TTL is that of $TTL; else the last one stated, or the default */
    uint32_t ttl;
    uint8_t rdata[65535];
};

/* Where the parts of a record stand, for later mistakes; NULL: left out. */
struct zonefile_parts {
    const struct zonefile_token *owner, *type;
};

/* Reads SCANNER's entry; *RR points into CONTEXT. False and *MISTAKE if it is no record; RR->owner
 * (or NULL) and RR->type (or 0) tell even then what it was going to be. */
bool zonefile_record_parse(struct zonefile_context *context, const struct zonefile_scanner *scanner,
                           struct rr *rr, struct zonefile_parts *parts,
                           struct zonefile_mistake *mistake);

/* Replaces *OUT by the name that TOKEN is; "expected WHAT, found ..." if it is none. */
bool zonefile_name_parse(const struct zonefile_scanner *scanner, const struct zonefile_token *token,
                         const char *what, const uint8_t *origin, uint8_t out[NAME_SIZE_MAX],
                         struct zonefile_mistake *mistake);

#endif
