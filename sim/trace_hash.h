/*
 * The fingerprint of a run: a fast rolling hash of everything that happens, and
 * SHA-256 over its state every so many steps, so that no two different runs share
 * the fingerprint by weakness of the fast one.
 */
#ifndef SIM_TRACE_HASH_H
#define SIM_TRACE_HASH_H

#include <stdint.h>

enum { TRACE_HASH_BLOCK = 256 };

struct trace_hash {
    uint64_t state;
    uint32_t steps; /* since the last block */
    void *sha256;   /* EVP_MD_CTX */
};

void trace_hash_init(struct trace_hash *hash);
void trace_hash_block(struct trace_hash *hash);

static inline void trace_hash_mix(struct trace_hash *hash, uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)(hash->state ^ a ^ UINT64_C(0xa0761d6478bd642f)) *
                          (b ^ UINT64_C(0xe7037ed1a0b428db));
    hash->state = (uint64_t)product ^ (uint64_t)(product >> 64) ^ (hash->state << 1 | 1);
    if (++hash->steps == TRACE_HASH_BLOCK)
        trace_hash_block(hash);
}

/* Writes 64 hex digits and a zero; the hash is released. */
void trace_hash_finish(struct trace_hash *hash, char text[65]);
void trace_hash_free(struct trace_hash *hash);

#endif
