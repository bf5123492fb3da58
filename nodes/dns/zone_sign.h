/*
 * Signing zones (RFC 4034, 4035, 5155): a zone version in, one with DNSKEY, RRSIGs,
 * a chain of NSEC or NSEC3 and, if wanted, ZONEMD out. One key signs everything.
 */
#ifndef NODES_DNS_ZONE_SIGN_H
#define NODES_DNS_ZONE_SIGN_H

#include "nodes/dns/nsec3.h"
#include "nodes/dns/signing_key.h"

enum zone_sign_denial { ZONE_SIGN_NSEC, ZONE_SIGN_NSEC3 };

struct zone_signing {
    const struct signing_key *key;
    enum zone_sign_denial denial;
    bool opt_out;                   /* NSEC3: leave out delegations that are not signed */
    struct nsec3_parameters nsec3;  /* NSEC3 */
    bool zonemd;                    /* add one with SHA-384 */
    uint32_t inception_s, expiry_s; /* of the signatures: Unix time, modulo 2^32 */
    /* A signed version whose signatures are kept for RRsets that have not changed, as signers do;
     * or NULL. */
    const struct zone *previous;
};

/* The signed version of ZONE with one reference. What ZONE has of RRSIG, NSEC, NSEC3, NSEC3PARAM
 * and, at the apex, ZONEMD does not count. The serial stays. */
struct zone *zone_sign(const struct zone *zone, const struct zone_signing *signing);

/* When the first of the zone's signatures runs out (Unix time modulo 2^32). False for a zone that
 * is not signed. Found at first need, then kept with the version. */
bool zone_first_expiry(const struct zone *zone, uint32_t *expiry_s);

#endif
