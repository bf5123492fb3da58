/*
 * TLS 1.3 (RFC 8446) for DNS (RFC 7858, RFC 9103), through OpenSSL: octets in, octets
 * out, plain text both ways. No socket and no clock; randomness comes from the
 * node that is being handled, so that a run is reproducible.
 *
 * No older version, no resumption, no tickets, no early data. ALPN is "dot": a client may
 * insist on it, a server asks afterwards whether it was agreed on.
 */
#ifndef NODES_TLS_TLS_H
#define NODES_TLS_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/bytes.h"
#include "sim/base/random.h"

/* What all sessions of a run share: OpenSSL's context, and whose certificates they trust. */
struct tls;

struct tls *tls_create(void);

/* After the last session and certificate. NULL is allowed. */
void tls_destroy(struct tls *tls);

/* ---- certificates (certificate.c) ------------------------------------------------------------ */

/* A certificate with its private key, both Ed25519: their size and signatures depend on nothing but
 * what is written below. */
struct tls_certificate;

enum { TLS_SECRET_SIZE = 32, TLS_NAME_MAX = 253 };

struct tls_certificate_terms {
    const char *name;      /* the host's (subjectAltName), or the authority's */
    const uint8_t *secret; /* the private key: TLS_SECRET_SIZE octets */
    uint64_t serial;
    int64_t begins_s, ends_s;             /* Unix time */
    const struct tls_certificate *issuer; /* NULL: an authority, which signs its own */
};

struct tls_certificate *tls_certificate_create(struct tls *tls,
                                               const struct tls_certificate_terms *terms);
void tls_certificate_free(struct tls_certificate *certificate); /* NULL is allowed */

int64_t tls_certificate_ends_s(const struct tls_certificate *certificate);

/* The certificate alone in PEM, for others to trust: allocated, to be freed. */
char *tls_certificate_pem(const struct tls_certificate *certificate);

/* Sessions trust what AUTHORITY has issued. */
void tls_trust(struct tls *tls, const struct tls_certificate *authority);

enum { TLS_PEM_MAX = 1000000 };

/* Likewise for each certificate in PEM (RFC 7468), be it an authority's or a server's own; whatever
 * else there is among them is passed over. NULL if there were some and all could be read, else what
 * is wrong (static text). */
const char *tls_trust_pem(struct tls *tls, struct bytes pem);

/* ---- sessions (session.c) ---------------------------------------------------------------------
 */

struct tls_session;

enum tls_state {
    TLS_SHAKING,  /* hands: nothing can be written yet */
    TLS_OPEN,     /* both ways */
    TLS_FINISHED, /* the peer has said that no more will come; writing goes on */
    TLS_FAILED    /* tls_session_why tells; an alert may be in the output */
};

struct tls_options {
    bool server;
    const struct tls_certificate
        *certificate; /* ours; NULL: none, which no server can do without */
    /* Client: the certificate must be for this name, and from someone trusted. NULL: not looked at.
     * Server: NULL. */
    const char *peer_name;
    bool ask_certificate;  /* server: the client must show one from someone trusted */
    bool demand_protocol;  /* client: the server must agree on "dot" (RFC 9103 section 7.1) */
    bool without_protocol; /* server: takes no notice of ALPN */
};

/* Nothing is copied from OPTIONS but the name. */
struct tls_session *tls_session_create(struct tls *tls, const struct tls_options *options);
void tls_session_free(struct tls_session *session); /* NULL is allowed */

/* Takes what came from the peer, none at the beginning of a client, and goes on with the handshake.
 * RANDOM is drawn from; certificates are judged as of WALL_NS (Unix time). */
enum tls_state tls_session_receive(struct tls_session *session, struct random *random,
                                   int64_t wall_ns, struct bytes bytes);

/* Plain text that has come, at most CAPACITY octets; 0: no more for now, or never (the state
 * tells).
 */
size_t tls_session_read(struct tls_session *session, uint8_t *data, size_t capacity);

/* Encrypts BYTES; in state OPEN or FINISHED. */
void tls_session_write(struct tls_session *session, struct bytes bytes);

/* Encrypts the word that no more will come (close_notify). */
void tls_session_finish(struct tls_session *session);

/* What is to be sent to the peer, borrowed until tls_session_sent, which forgets it. */
struct bytes tls_session_output(const struct tls_session *session);
void tls_session_sent(struct tls_session *session);

/* Keys made since the last call, lines of the NSS key log format, each with its line feed; borrowed
 * until the session is used again. */
struct bytes tls_session_secrets(struct tls_session *session);

enum tls_state tls_session_state(const struct tls_session *session);

/* "dot" was agreed on by ALPN. */
bool tls_session_has_protocol(const struct tls_session *session);

/* A server's: the client has shown a certificate, and it was good. */
bool tls_session_peer_is_known(const struct tls_session *session);

/* After FAILED. Static text. */
const char *tls_session_why(const struct tls_session *session);

#endif
