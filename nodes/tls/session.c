/*
 * One session: OpenSSL between two buffers in memory.
 *
 *   SHAKING --handshake done--> OPEN --peer's close_notify--> FINISHED
 *      |                          |                              |
 *      +------- alert, nonsense, bad certificate ----------------+--> FAILED
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "nodes/tls/internal.h"
#include "sim/base/arena.h"
#include "sim/base/time.h"

/* OpenSSL has a limit of its own, of messages with nothing between. New keys are due after some
 * millions of records (RFC 8446 section 5.5): nobody who means well comes near this. */
enum { KEY_UPDATES_MAX = 64 };

struct tls_session {
    struct tls *tls;
    SSL *ssl;
    BIO *in, *out; /* held by ssl */
    enum tls_state state;
    const char *why;
    uint8_t *secrets;
    size_t secret_size, secret_capacity;
    bool secrets_told;
    bool demands_protocol, ignores_protocols;
    unsigned key_updates; /* from the peer */
};

/* ---- begin and end ------------------------------------------------------------------------- */

static void set_peer(SSL *ssl, const struct tls_options *options)
{
    int ok = 1;
    if (options->peer_name) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ok = SSL_set1_host(ssl, options->peer_name) &&
             SSL_set_tlsext_host_name(ssl, options->peer_name);
    }
    assert(ok);
    (void)ok;
    if (options->peer_name)
        SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    else if (options->ask_certificate)
        SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    else
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
}

struct tls_session *tls_session_create(struct tls *tls, const struct tls_options *options)
{
    struct tls_session *session = memory_zeroed(sizeof *session);
    session->tls = tls;
    session->demands_protocol = options->demand_protocol;
    session->ignores_protocols = options->without_protocol;
    SSL *ssl = session->ssl = SSL_new(options->server ? tls->server : tls->client);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    int ok = ssl && session->in && session->out;
    assert(ok);
    SSL_set_bio(ssl, session->in, session->out);
    SSL_set_app_data(ssl, session);
    set_peer(ssl, options);
    if (options->certificate)
        ok = SSL_use_certificate(ssl, options->certificate->x509) &&
             SSL_use_PrivateKey(ssl, options->certificate->key);
    assert(ok);
    (void)ok;
    if (options->server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return session;
}

void tls_session_free(struct tls_session *session)
{
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session->secrets);
    free(session);
}

/* ---- what went wrong ------------------------------------------------------------------------ */

static const char *verification_fault(const SSL *ssl)
{
    switch (SSL_get_verify_result(ssl)) {
    case X509_V_OK:
        return NULL;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the certificate is not yet valid";
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return "the certificate is for another name";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "the certificate is from nobody who is trusted";
    }
    return "the certificate can't be verified";
}

/* An alert from the peer (RFC 8446 section 6). */
static const char *alert_fault(int alert)
{
    switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED:
        return "the peer says that our certificate has expired";
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
        return "the peer does not accept our certificate";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "the peer wants a certificate of ours";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return "the peer does not offer DNS over TLS (ALPN)";
    case SSL_AD_PROTOCOL_VERSION:
        return "the peer has no TLS version in common with us";
    case SSL_AD_HANDSHAKE_FAILURE:
        return "the peer has nothing in common with us";
    }
    return "the peer broke off TLS with an alert";
}

static const char *protocol_fault(const struct tls_session *session)
{
    int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason >= SSL_AD_REASON_OFFSET)
        return alert_fault(reason - SSL_AD_REASON_OFFSET);
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
        return "what came is not TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return "no TLS version in common with the peer";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "the client has no certificate";
    case SSL_R_NO_APPLICATION_PROTOCOL:
        return "the peer does not speak DNS over TLS (ALPN)";
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
        return "what came can't be decrypted";
    }
    return session->state == TLS_SHAKING ? "the TLS handshake failed" : "what came breaks TLS";
}

static void fail(struct tls_session *session)
{
    const char *fault = session->state == TLS_SHAKING ? verification_fault(session->ssl) : NULL;
    bool verifies = SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE;
    session->why = fault && verifies ? fault : protocol_fault(session);
    session->state = TLS_FAILED;
    ERR_clear_error();
}

/* Whoever says goodbye before anything is agreed has opened nothing. */
static void end(struct tls_session *session)
{
    bool open = session->state != TLS_SHAKING;
    session->state = open ? TLS_FINISHED : TLS_FAILED;
    session->why = open ? NULL : "the peer ended TLS within the handshake";
}

/* RESULT of a call that ended for want of more to read, or with the end, or with a fault. */
static void look(struct tls_session *session, int result)
{
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        end(session);
        break;
    default:
        fail(session);
    }
}

static void give_up(struct tls_session *session, const char *why)
{
    SSL_shutdown(session->ssl);
    session->state = TLS_FAILED;
    session->why = why;
    ERR_clear_error();
}

/* ---- octets in and out ---------------------------------------------------------------------- */

static void shake(struct tls_session *session, struct random *random, int64_t wall_ns)
{
    X509_VERIFY_PARAM_set_time(SSL_get0_param(session->ssl), (time_t)(wall_ns / NS_PER_S));
    ERR_clear_error();
    session->tls->random = random;
    int result = SSL_do_handshake(session->ssl);
    session->tls->random = NULL;
    if (result != 1)
        look(session, result);
    else if (session->demands_protocol && !tls_session_has_protocol(session))
        give_up(session, "the peer has not agreed on DNS over TLS (ALPN)");
    else
        session->state = TLS_OPEN;
}

enum tls_state tls_session_receive(struct tls_session *session, struct random *random,
                                   int64_t wall_ns, struct bytes bytes)
{
    if (session->state == TLS_FAILED || session->state == TLS_FINISHED)
        return session->state;
    if (bytes.size > 0) {
        size_t written;
        int ok = BIO_write_ex(session->in, bytes.data, bytes.size, &written);
        assert(ok && written == bytes.size);
        (void)ok;
    }
    if (session->state == TLS_SHAKING)
        shake(session, random, wall_ns);
    return session->state;
}

size_t tls_session_read(struct tls_session *session, uint8_t *data, size_t capacity)
{
    size_t size = 0;
    if (session->state != TLS_OPEN)
        return 0;
    ERR_clear_error();
    int result = SSL_read_ex(session->ssl, data, capacity, &size);
    if (session->key_updates > KEY_UPDATES_MAX) {
        give_up(session, "the peer changes its keys without end");
        return 0;
    }
    if (result == 1)
        return size;
    look(session, result);
    return 0;
}

void tls_session_write(struct tls_session *session, struct bytes bytes)
{
    size_t written;
    assert(session->state == TLS_OPEN || session->state == TLS_FINISHED);
    if (bytes.size == 0)
        return;
    ERR_clear_error();
    if (SSL_write_ex(session->ssl, bytes.data, bytes.size, &written) != 1)
        fail(session);
}

void tls_session_finish(struct tls_session *session)
{
    if (session->state == TLS_OPEN || session->state == TLS_FINISHED)
        SSL_shutdown(session->ssl);
    ERR_clear_error();
}

struct bytes tls_session_output(const struct tls_session *session)
{
    char *data;
    long size = BIO_get_mem_data(session->out, &data);
    return bytes_of(data, size > 0 ? (size_t)size : 0);
}

void tls_session_sent(struct tls_session *session)
{
    (void)BIO_reset(session->out);
}

/* ---- the rest ------------------------------------------------------------------------------- */

void tls_session_keep_secret(const SSL *ssl, const char *line)
{
    struct tls_session *session = SSL_get_app_data(ssl);
    size_t size = strlen(line) + 1;
    if (strncmp(line, "EXPORTER_", 9) == 0)
        return; /* decrypts nothing */
    if (session->secrets_told)
        session->secret_size = 0;
    session->secrets_told = false;
    if (session->secret_capacity - session->secret_size < size) {
        session->secret_capacity = (session->secret_size + size) * 2;
        session->secrets = memory_resize(session->secrets, session->secret_capacity);
    }
    memcpy(session->secrets + session->secret_size, line, size - 1);
    session->secrets[session->secret_size + size - 1] = '\n';
    session->secret_size += size;
}

struct bytes tls_session_secrets(struct tls_session *session)
{
    if (session->secrets_told)
        session->secret_size = 0;
    session->secrets_told = true;
    return bytes_of(session->secrets, session->secret_size);
}

enum tls_state tls_session_state(const struct tls_session *session)
{
    return session->state;
}

bool tls_session_has_protocol(const struct tls_session *session)
{
    const unsigned char *name;
    unsigned int size;
    SSL_get0_alpn_selected(session->ssl, &name, &size);
    return size > 0; /* there is none but ours to choose */
}

bool tls_session_ignores_protocols(const SSL *ssl)
{
    const struct tls_session *session = SSL_get_app_data(ssl);
    return session->ignores_protocols;
}

void tls_session_count(int written, int version, int content, const void *data, size_t size,
                       SSL *ssl, void *context)
{
    struct tls_session *session = SSL_get_app_data(ssl);
    (void)version;
    (void)context;
    if (!written && content == SSL3_RT_HANDSHAKE && size > 0 &&
        *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
        session->key_updates++;
}

bool tls_session_peer_is_known(const struct tls_session *session)
{
    return SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE && session->state != TLS_SHAKING &&
           session->state != TLS_FAILED && SSL_get0_peer_certificate(session->ssl) &&
           SSL_get_verify_result(session->ssl) == X509_V_OK;
}

const char *tls_session_why(const struct tls_session *session)
{
    return session->why;
}
