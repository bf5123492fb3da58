/*
 * Signing zones (RFC 4034, 4035, 5155): a zone version in, one with DNSKEY, RRSIGs,
 * a chain of NSEC or NSEC3 and, if wanted, ZONEMD out. One key signs everything.
 *
 * A signed version depends on nothing but the zone's data, the signatures that are
 * kept, and struct zone_signing. So a change can be signed by looking at what it
 * touches, and comes to the same as signing the whole.
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
    /* zone_sign: a signed version whose signatures are kept for RRsets that have not changed, as
     * signers do; or NULL. */
    const struct zone *previous;
    bool renews;      /* signatures that run out at RENEW_S or before are not kept */
    uint32_t renew_s; /* Unix time, modulo 2^32 */
    size_t *made;     /* the new signatures are counted here, if not NULL */
};

/* The signed version of ZONE with one reference. What ZONE has of RRSIG, NSEC, NSEC3, NSEC3PARAM
 * and, at the apex, ZONEMD does not count. The serial stays. */
struct zone *zone_sign(const struct zone *zone, const struct zone_signing *signing);

/* The signed version of CHANGED, which an edit made of the signed version BEFORE, with one
 * reference. What the edit did to RRSIG, NSEC, NSEC3, NSEC3PARAM, the apex's ZONEMD and the key's
 * DNSKEY does not count. The work is that of the change: the owners that differ, those below them
 * that a delegation hides or shows, and their neighbours in the chain; all of the zone if
 * signatures are renewed, for a ZONEMD, for another SOA TTL or minimum, and if BEFORE is not signed
 * so. With opt-out an empty non-terminal costs a look at the delegations below it. */
struct zone *zone_sign_change(const struct zone *before, const struct zone *changed,
                              const struct zone_signing *signing);

/* ZONE has the key, the kind of denial and the digest that SIGNING asks for. */
bool zone_sign_fits(const struct zone *zone, const struct zone_signing *signing);

/* When the first of the zone's signatures runs out (Unix time modulo 2^32). False for a zone that
 * is not signed. Found at first need, then kept with the version. */
bool zone_first_expiry(const struct zone *zone, uint32_t *expiry_s);

#endif
