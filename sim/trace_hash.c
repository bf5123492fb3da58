/* The fingerprint of a run: blocks of the rolling hash into SHA-256. */
#include "sim/trace_hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>

void trace_hash_init(struct trace_hash *hash)
{
    *hash = (struct trace_hash){.sha256 = EVP_MD_CTX_new()};
    int ok = hash->sha256 && EVP_DigestInit_ex(hash->sha256, EVP_sha256(), NULL);
    assert(ok);
    (void)ok;
}

void trace_hash_block(struct trace_hash *hash)
{
    uint8_t octets[8];
    for (unsigned i = 0; i < 8; i++)
        octets[i] = (uint8_t)(hash->state >> (8 * i));
    EVP_DigestUpdate(hash->sha256, octets, sizeof octets);
    hash->steps = 0;
}

void trace_hash_finish(struct trace_hash *hash, char text[65])
{
    uint8_t digest[32];
    trace_hash_block(hash);
    EVP_DigestFinal_ex(hash->sha256, digest, NULL);
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    trace_hash_free(hash);
}

void trace_hash_free(struct trace_hash *hash)
{
    EVP_MD_CTX_free(hash->sha256);
    hash->sha256 = NULL;
}
