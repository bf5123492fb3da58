/* Keys and signatures, through OpenSSL. See signing_key.h. */
#include "nodes/dns/signing_key.h"
#include "nodes/dns/name.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum {
    FLAGS = 257, /* zone key, secure entry point: the DS speaks of it */
    PROTOCOL = 3,
    ED25519_SIZE = 32,
    RSA_BITS_MIN = 1024,
    DNSKEY_SIZE_MAX = 4 + 3 + 2 * SIGNING_KEY_BITS_MAX / 8
};

struct signing_key {
    EVP_PKEY *key;
    enum signing_algorithm algorithm;
    uint16_t tag;
    size_t dnskey_size;
    uint8_t dnskey[DNSKEY_SIZE_MAX];
};

/* ---- the public key ----------------------------------------------------------------------- */

/* RFC 3110 section 2: the exponent after its length, the modulus. */
static bool write_rsa(struct writer *w, const EVP_PKEY *key)
{
    BIGNUM *modulus = NULL, *exponent = NULL;
    int bits = EVP_PKEY_get_bits(key);
    bool good = bits >= RSA_BITS_MIN && bits <= SIGNING_KEY_BITS_MAX &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent);
    size_t exponent_size = good ? (size_t)BN_num_bytes(exponent) : 0;
    if (exponent_size > 255) {
        writer_u8(w, 0);
        writer_u16(w, (uint16_t)exponent_size);
    } else {
        writer_u8(w, (uint8_t)exponent_size);
    }
    uint8_t *room = good ? writer_room(w, exponent_size) : NULL;
    if (room)
        BN_bn2bin(exponent, room);
    room = good ? writer_room(w, (size_t)BN_num_bytes(modulus)) : NULL;
    if (room)
        BN_bn2bin(modulus, room);
    BN_free(modulus);
    BN_free(exponent);
    return good && room;
}

static bool write_ed25519(struct writer *w, const EVP_PKEY *key)
{
    size_t size = ED25519_SIZE;
    uint8_t *room = writer_room(w, size);
    return room && EVP_PKEY_get_raw_public_key(key, room, &size) == 1 && size == ED25519_SIZE;
}

static bool write_dnskey(struct signing_key *key)
{
    struct writer w = writer_of(key->dnskey, sizeof key->dnskey);
    writer_u16(&w, FLAGS);
    writer_u8(&w, PROTOCOL);
    writer_u8(&w, (uint8_t)key->algorithm);
    bool good =
        key->algorithm == SIGNING_ED25519 ? write_ed25519(&w, key->key) : write_rsa(&w, key->key);
    key->dnskey_size = w.size;
    return good;
}

static uint16_t compute_tag(struct bytes dnskey)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < dnskey.size; i++)
        sum += i % 2 == 0 ? (uint32_t)dnskey.data[i] << 8 : dnskey.data[i];
    return (uint16_t)(sum + (sum >> 16));
}

/* ---- keys --------------------------------------------------------------------------------- */

struct signing_key *signing_key_of(EVP_PKEY *pkey)
{
    struct signing_key *key = memory_zeroed(sizeof *key);
    key->key = pkey;
    key->algorithm = EVP_PKEY_is_a(pkey, "ED25519") ? SIGNING_ED25519 : SIGNING_RSASHA256;
    if ((key->algorithm == SIGNING_RSASHA256 && !EVP_PKEY_is_a(pkey, "RSA")) ||
        !write_dnskey(key)) {
        signing_key_free(key);
        return NULL;
    }
    key->tag = compute_tag(signing_key_dnskey(key));
    return key;
}

struct signing_key *signing_key_of_seed(const uint8_t seed[SIGNING_SEED_SIZE])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGNING_SEED_SIZE);
    assert(pkey);
    struct signing_key *key = signing_key_of(pkey);
    assert(key);
    return key;
}

void signing_key_free(struct signing_key *key)
{
    if (key)
        EVP_PKEY_free(key->key);
    free(key);
}

enum signing_algorithm signing_key_algorithm(const struct signing_key *key)
{
    return key->algorithm;
}

uint16_t signing_key_tag(const struct signing_key *key)
{
    return key->tag;
}

struct bytes signing_key_dnskey(const struct signing_key *key)
{
    return bytes_of(key->dnskey, key->dnskey_size);
}

void signing_key_ds(const struct signing_key *key, const uint8_t *owner,
                    uint8_t out[SIGNING_DS_SIZE])
{
    enum { SHA256 = 2 };
    uint8_t data[NAME_SIZE_MAX + DNSKEY_SIZE_MAX];
    size_t size = name_lower(owner, data);
    memcpy(data + size, key->dnskey, key->dnskey_size);
    bytes_put_u16(out, key->tag);
    out[2] = (uint8_t)key->algorithm;
    out[3] = SHA256;
    int good = EVP_Digest(data, size + key->dnskey_size, out + 4, NULL, EVP_sha256(), NULL);
    assert(good);
}

size_t signing_key_sign(const struct signing_key *key, struct bytes data,
                        uint8_t out[SIGNATURE_SIZE_MAX])
{
    size_t size = SIGNATURE_SIZE_MAX;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = key->algorithm == SIGNING_ED25519 ? NULL : EVP_sha256();
    int good = context && EVP_DigestSignInit(context, NULL, digest, NULL, key->key) == 1 &&
               EVP_DigestSign(context, out, &size, data.data, data.size) == 1;
    EVP_MD_CTX_free(context);
    assert(good);
    return size;
}
