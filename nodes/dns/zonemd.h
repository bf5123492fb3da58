/*
 * Message digests for zones (RFC 8976): the SIMPLE scheme with SHA-384 and SHA-512.
 * Whether a ZONEMD is itself signed is not looked at.
 */
#ifndef NODES_DNS_ZONEMD_H
#define NODES_DNS_ZONEMD_H

#include "nodes/dns/zone.h"

enum { ZONEMD_SIMPLE = 1 };
enum zonemd_hash { ZONEMD_SHA384 = 1, ZONEMD_SHA512 = 2 };
enum { ZONEMD_DIGEST_MAX = 64, ZONEMD_RDATA_MAX = 6 + ZONEMD_DIGEST_MAX };

/* The digest over all records but the apex's ZONEMD and its signatures; returns its size, or 0 if
 * there is no such HASH. */
size_t zonemd_digest(const struct zone *zone, unsigned hash, uint8_t out[ZONEMD_DIGEST_MAX]);

/* RDATA of the ZONEMD that ZONE should have; returns its size. */
size_t zonemd_rdata(const struct zone *zone, enum zonemd_hash hash, uint8_t out[ZONEMD_RDATA_MAX]);

enum zonemd_result {
    ZONEMD_ABSENT,
    ZONEMD_MATCHES,
    ZONEMD_DIFFERS,
    ZONEMD_UNSUPPORTED /* none has a scheme and a hash that we know */
};

/* RFC 8976 section 4: one ZONEMD that matches will do. */
enum zonemd_result zonemd_check(const struct zone *zone);

#endif
