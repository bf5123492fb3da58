/* Two TLS sessions that talk to each other, and the certificates for it. */
#ifndef TESTS_SUPPORT_TLS_PAIR_H
#define TESTS_SUPPORT_TLS_PAIR_H

#include "nodes/tls/tls.h"
#include "sim/base/time.h"

/* The certificate of "ns1.example" is valid for the 100 days around this time. */
#define TLS_PAIR_NOW_NS (INT64_C(1767225600) * NS_PER_S)
#define TLS_PAIR_DAY_NS (86400 * NS_PER_S)

struct tls_pair {
    struct tls *tls;
    struct tls_certificate *authority, *server_certificate, *client_certificate;
    struct tls_session *client, *server;
    struct random random[2]; /* of client and server */
    int64_t wall_ns;
    size_t piece; /* octets handed over at once; 0: all there are */
};

/* Trusted authority and certificates, no sessions yet. */
void tls_pair_create(struct tls_pair *pair);
void tls_pair_free(struct tls_pair *pair);

/* Sessions in place of those before. NAME NULL: the client does not look. */
void tls_pair_connect(struct tls_pair *pair, const char *name);
void tls_pair_connect_with(struct tls_pair *pair, const struct tls_options *client,
                           const struct tls_options *server);

/* Hands octets over until both have nothing more to say. */
void tls_pair_settle(struct tls_pair *pair);

/* All that SESSION has for its user, read into DATA; returns its size. */
size_t tls_pair_read(struct tls_session *session, uint8_t *data, size_t capacity);

#endif
