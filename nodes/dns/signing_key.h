/*
 * A key that signs a zone: one for all of it (a combined signing key, RFC 9499),
 * Ed25519 (RFC 8080) or RSASHA256 (RFC 5702). Both sign the same bytes with the same
 * signature each time.
 */
#ifndef NODES_DNS_SIGNING_KEY_H
#define NODES_DNS_SIGNING_KEY_H

#include "sim/base/bytes.h"

enum signing_algorithm { SIGNING_RSASHA256 = 8, SIGNING_ED25519 = 15 };

enum {
    SIGNING_SEED_SIZE = 32,
    SIGNING_KEY_BITS_MAX = 4096,
    SIGNATURE_SIZE_MAX = SIGNING_KEY_BITS_MAX / 8,
    SIGNING_DS_SIZE = 36 /* RDATA with SHA-256 */
};

struct signing_key;
struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* The Ed25519 key that SEED is the private part of. */
struct signing_key *signing_key_of_seed(const uint8_t seed[SIGNING_SEED_SIZE]);

/* KEY, which is taken over; NULL (and KEY freed) if it is neither Ed25519 nor RSA of 1024 bits to
 * SIGNING_KEY_BITS_MAX. */
struct signing_key *signing_key_of(struct evp_pkey_st *key);
void signing_key_free(struct signing_key *key); /* NULL is allowed */

enum signing_algorithm signing_key_algorithm(const struct signing_key *key);
uint16_t signing_key_tag(const struct signing_key *key);        /* RFC 4034 appendix B */
struct bytes signing_key_dnskey(const struct signing_key *key); /* RDATA; the key's */

/* RDATA of the DS record (SHA-256, RFC 4509) for the key at OWNER. */
void signing_key_ds(const struct signing_key *key, const uint8_t *owner,
                    uint8_t out[SIGNING_DS_SIZE]);

/* Signs DATA; returns the size of the signature. */
size_t signing_key_sign(const struct signing_key *key, struct bytes data,
                        uint8_t out[SIGNATURE_SIZE_MAX]);

#endif
