/*
 * Certificates (RFC 5280) with Ed25519 keys (RFC 8410), made from nothing but
 * their terms; and whom sessions trust. No revocation.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/tls/internal.h"
#include "sim/base/arena.h"

enum { VERSION_3 = 2 };

static void set_name(X509_NAME *out, const char *name)
{
    /* A common name has 64 characters at most; the host's name stands in the extension. */
    int size = (int)strnlen(name, 64);
    int ok = X509_NAME_add_entry_by_NID(out, NID_commonName, MBSTRING_UTF8,
                                        (const unsigned char *)name, size, -1, 0);
    assert(ok);
    (void)ok;
}

/* subjectAltName (RFC 6125). */
static void add_host_name(X509 *x509, const char *name)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    int ok = names && general && text && ASN1_STRING_set(text, name, (int)strlen(name));
    assert(ok);
    GENERAL_NAME_set0_value(general, GEN_DNS, text);
    ok = sk_GENERAL_NAME_push(names, general) > 0 &&
         X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
    assert(ok);
    (void)ok;
    GENERAL_NAMES_free(names);
}

static void mark_authority(X509 *x509)
{
    BASIC_CONSTRAINTS constraints = {.ca = 1};
    int ok =
        X509_add1_ext_i2d(x509, NID_basic_constraints, &constraints, 1, X509V3_ADD_DEFAULT) == 1;
    assert(ok);
    (void)ok;
}

struct tls_certificate *tls_certificate_create(struct tls *tls,
                                               const struct tls_certificate_terms *terms)
{
    struct tls_certificate *certificate = memory_zeroed(sizeof *certificate);
    const struct tls_certificate *issuer = terms->issuer ? terms->issuer : certificate;
    certificate->ends_s = terms->ends_s;
    certificate->key = EVP_PKEY_new_raw_private_key_ex(tls->context, "ED25519", NULL, terms->secret,
                                                       TLS_SECRET_SIZE);
    X509 *x509 = certificate->x509 = X509_new_ex(tls->context, NULL);
    /* A serial number of eight octets, whatever it is. */
    uint64_t serial = terms->serial >> 2 | UINT64_C(1) << 62;
    int ok = certificate->key && x509 && X509_set_version(x509, VERSION_3) &&
             ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial) &&
             ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)terms->begins_s) &&
             ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)terms->ends_s) &&
             X509_set_pubkey(x509, certificate->key);
    assert(ok);
    set_name(X509_get_subject_name(x509), terms->name);
    ok = X509_set_issuer_name(x509, X509_get_subject_name(issuer->x509));
    if (terms->issuer)
        add_host_name(x509, terms->name);
    else
        mark_authority(x509);
    ok = ok && X509_sign(x509, issuer->key, NULL) > 0;
    assert(ok);
    (void)ok;
    return certificate;
}

void tls_certificate_free(struct tls_certificate *certificate)
{
    if (!certificate)
        return;
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    free(certificate);
}

int64_t tls_certificate_ends_s(const struct tls_certificate *certificate)
{
    return certificate->ends_s;
}

char *tls_certificate_pem(const struct tls_certificate *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    int ok = bio && PEM_write_bio_X509(bio, certificate->x509);
    assert(ok);
    (void)ok;
    size_t size = (size_t)BIO_get_mem_data(bio, &data);
    char *pem = memory_zeroed(size + 1);
    memcpy(pem, data, size);
    BIO_free(bio);
    return pem;
}

void tls_trust(struct tls *tls, const struct tls_certificate *authority)
{
    int ok = X509_STORE_add_cert(tls->trusted, authority->x509);
    assert(ok);
    (void)ok;
}

/* An encrypted block: nobody is asked at the terminal. */
static int no_password(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* What stands there instead of certificates. */
static const char *no_certificate(struct bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size;
    bool any = bio && PEM_read_bio(bio, &name, &header, &data, &size);
    bool key = any && strstr(name, "PRIVATE KEY");
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, any ? (size_t)size : 0);
    BIO_free(bio);
    return key   ? "a private key, not a certificate; it is nobody's business but its owner's"
           : any ? "PEM, but no certificate"
                 : "not PEM: expected certificates between BEGIN CERTIFICATE and END CERTIFICATE";
}

const char *tls_trust_pem(struct tls *tls, struct bytes pem)
{
    if (pem.size > TLS_PEM_MAX)
        return "larger than 1 MB: no list of certificates";
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    bool any = false, good = bio != NULL;
    ERR_clear_error();
    while (good) {
        X509 *x509 = X509_new_ex(tls->context, NULL);
        if (!x509 || !PEM_read_bio_X509(bio, &x509, no_password, NULL)) {
            X509_free(x509);
            good = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE; /* the end */
            break;
        }
        good = X509_STORE_add_cert(tls->trusted, x509) == 1;
        any = true;
        X509_free(x509);
    }
    BIO_free(bio);
    const char *why = !good ? "a certificate in it can't be read"
                      : any ? NULL
                            : no_certificate(pem);
    ERR_clear_error();
    return why;
}
