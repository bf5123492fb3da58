/* NSEC chains with signatures that look right but are none, for tests of proofs. */
#ifndef TESTS_SUPPORT_ZONE_CHAIN_H
#define TESTS_SUPPORT_ZONE_CHAIN_H

#include "nodes/dns/zone.h"

/* ZONE, an RRSIG for each of its authoritative RRsets, and an NSEC at each authoritative owner
 * (RFC 4034 section 4, RFC 4035 section 2). One reference. */
struct zone *zone_with_chain(const struct zone *zone);

#endif
