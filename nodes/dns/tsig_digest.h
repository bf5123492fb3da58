/*
 * The algorithms of TSIG (RFC 8945 section 6) and their HMAC (RFC 2104), computed
 * piece by piece. For tsig.c alone.
 */
#ifndef NODES_DNS_TSIG_DIGEST_H
#define NODES_DNS_TSIG_DIGEST_H

#include "nodes/dns/tsig.h"

/* The algorithm's name on the wire, in lower case; returns its size. */
size_t tsig_algorithm_name(enum tsig_algorithm algorithm, uint8_t out[TSIG_ALGORITHM_NAME_MAX]);

struct tsig_digest; /* belongs to whoever created it until it is finished or abandoned */

struct tsig_digest *tsig_digest_create(const struct tsig_key *key);
void tsig_digest_add(struct tsig_digest *digest, const uint8_t *data, size_t size);
void tsig_digest_finish(struct tsig_digest *digest, uint8_t mac[TSIG_MAC_MAX]);
void tsig_digest_abandon(struct tsig_digest *digest);

#endif
