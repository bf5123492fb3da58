/*
 * The algorithms of TSIG (RFC 8945 section 6): names, sizes, texts, and the MAC by
 * OpenSSL. A struct tsig_digest is OpenSSL's own context under our name.
 */
#include "nodes/dns/tsig_digest.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <strings.h>

static const struct {
    const char *text, *name, *digest;
    size_t mac_size;
} algorithms[TSIG_ALGORITHM_COUNT] = {
    [TSIG_HMAC_MD5] = {"hmac-md5", "hmac-md5.sig-alg.reg.int.", "MD5", 16},
    [TSIG_HMAC_SHA1] = {"hmac-sha1", "hmac-sha1.", "SHA1", 20},
    [TSIG_HMAC_SHA224] = {"hmac-sha224", "hmac-sha224.", "SHA2-224", 28},
    [TSIG_HMAC_SHA256] = {"hmac-sha256", "hmac-sha256.", "SHA2-256", 32},
    [TSIG_HMAC_SHA384] = {"hmac-sha384", "hmac-sha384.", "SHA2-384", 48},
    [TSIG_HMAC_SHA512] = {"hmac-sha512", "hmac-sha512.", "SHA2-512", 64},
};

const char *tsig_algorithm_to_text(enum tsig_algorithm algorithm)
{
    return algorithms[algorithm].text;
}

bool tsig_algorithm_from_text(const char *text, enum tsig_algorithm *algorithm)
{
    for (int i = 0; i < TSIG_ALGORITHM_COUNT; i++)
        if (strcasecmp(text, algorithms[i].text) == 0) {
            *algorithm = (enum tsig_algorithm)i;
            return true;
        }
    return false;
}

size_t tsig_mac_size(enum tsig_algorithm algorithm)
{
    return algorithms[algorithm].mac_size;
}

size_t tsig_algorithm_name(enum tsig_algorithm algorithm, uint8_t out[TSIG_ALGORITHM_NAME_MAX])
{
    const char *error;
    return name_from_text(bytes_of_text(algorithms[algorithm].name), NULL, out, &error);
}

const char *tsig_result_text(enum tsig_result result)
{
    static const char *const texts[] = {
        [TSIG_ABSENT] = "TSIG: not signed",
        [TSIG_MALFORMED] = "TSIG: malformed",
        [TSIG_BADKEY] = "TSIG: unknown key",
        [TSIG_BADSIG] = "TSIG: bad signature",
        [TSIG_BADTIME] = "TSIG: bad time (the clocks differ too much)",
        [TSIG_NOT_LAST] = "TSIG: the last message is not signed",
        [TSIG_PEER_BADKEY] = "TSIG: the peer does not know the key",
        [TSIG_PEER_BADSIG] = "TSIG: the peer found a bad signature (is the secret the same?)",
        [TSIG_PEER_BADTIME] = "TSIG: bad time (the peer's clock differs too much)",
        [TSIG_PEER_BADTRUNC] = "TSIG: the peer wants a longer signature",
        [TSIG_PEER_OTHER] = "TSIG: the peer reports an unknown error",
    };
    return result == TSIG_GOOD ? NULL : texts[result];
}

/* ---- the MAC --------------------------------------------------------------------------------- */

static EVP_MAC_CTX *context_of(struct tsig_digest *digest)
{
    return (EVP_MAC_CTX *)digest;
}

/* OpenSSL fails here only without memory or without its default provider. */
static void must(int success)
{
    assert(success == 1 && "OpenSSL computes HMAC");
    (void)success;
}

struct tsig_digest *tsig_digest_create(const struct tsig_key *key)
{
    assert(key->secret.size > 0);
    char digest[16];
    strcpy(digest, algorithms[key->algorithm].digest);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    must(hmac != NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    must(context != NULL);
    must(EVP_MAC_init(context, key->secret.data, key->secret.size, parameters));
    return (struct tsig_digest *)context;
}

void tsig_digest_add(struct tsig_digest *digest, const uint8_t *data, size_t size)
{
    if (size > 0)
        must(EVP_MAC_update(context_of(digest), data, size));
}

void tsig_digest_finish(struct tsig_digest *digest, uint8_t mac[TSIG_MAC_MAX])
{
    size_t size;
    must(EVP_MAC_final(context_of(digest), mac, &size, TSIG_MAC_MAX));
    tsig_digest_abandon(digest);
}

void tsig_digest_abandon(struct tsig_digest *digest)
{
    EVP_MAC_CTX_free(context_of(digest));
}
