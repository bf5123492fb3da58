/* What the files of nodes/tls/ share. */
#ifndef NODES_TLS_INTERNAL_H
#define NODES_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "nodes/tls/tls.h"

struct tls {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *defaults, *randomness;
    SSL_CTX *client, *server;
    X509_STORE *trusted;    /* held by both */
    struct random *random;  /* of the node that is being handled */
    struct random creation; /* the same while there is none: OpenSSL draws keys never used */
};

struct tls_certificate {
    X509 *x509;
    EVP_PKEY *key;
    int64_t ends_s;
};

/* Makes TLS->random what OpenSSL draws from in TLS->context. (random.c) */
void tls_random_install(struct tls *tls);

/* The session behind SSL is a server's that takes no notice of ALPN. (session.c) */
bool tls_session_ignores_protocols(const SSL *ssl);

/* A message of the handshake's kind went through SSL. (session.c) */
void tls_session_count(int written, int version, int content, const void *data, size_t size,
                       SSL *ssl, void *context);

/* Adds LINE to the keys of the session behind SSL. (session.c) */
void tls_session_keep_secret(const SSL *ssl, const char *line);

#endif
