/* Signed zones, and answers from them judged by ldns: signatures and denials. */
#ifndef TESTS_SUPPORT_SIGNED_ZONE_H
#define TESTS_SUPPORT_SIGNED_ZONE_H

#include "nodes/dns/answer.h"
#include "nodes/dns/zone_sign.h"

#include <ldns/ldns.h>

/* The Ed25519 key of a fixed seed; lives on. */
const struct signing_key *test_key(void);

/* ZONE signed with test_key, for a fortnight from 2026-01-01. */
struct zone *signed_with(const struct zone *zone, enum zone_sign_denial denial, bool opt_out);

/* The answer of ZONE to a question with DO, as ldns decodes it; for the caller to free. */
ldns_pkt *ask_ldns(const struct zone *zone, const uint8_t *qname, uint16_t qtype);

/* RR as ldns has it; for the caller to free. */
ldns_rr *as_ldns(const struct rr *rr);

/* ZONE's DNSKEYs; for the caller to free. */
ldns_rr_list *zone_keys(const struct zone *zone);

/* Fails the test unless every RRset of answer and authority is signed by KEYS, but for referrals
 * and the CNAMEs that a DNAME makes. */
void check_signatures(const ldns_pkt *packet, const ldns_rr_list *keys);

/* The NSEC3s of the answer prove that it has no NAME of TYPE; ldns' status. */
ldns_status denial_by_nsec3(const ldns_pkt *packet, const uint8_t *name, uint16_t type);
ldns_status denial_by_nsec(const ldns_pkt *packet, const uint8_t *name, uint16_t type);

#endif
