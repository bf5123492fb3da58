/*
 * OpenSSL's context of a run: a library context of its own, which no file of the
 * system configures, and the settings of all sessions.
 */
#include <assert.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "nodes/tls/internal.h"
#include "sim/base/arena.h"

static const unsigned char protocol[] = {3, 'd', 'o', 't'}; /* RFC 7858's, in a list of one */

/* A client that names protocols without ours is turned away; of one that names none we never hear
 * here. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *offered, unsigned int size, void *context)
{
    unsigned char *chosen;
    (void)context;
    if (tls_session_ignores_protocols(ssl))
        return SSL_TLSEXT_ERR_NOACK;
    if (SSL_select_next_proto(&chosen, out_size, protocol, sizeof protocol, offered, size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *create_context(struct tls *tls, const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new_ex(tls->context, NULL, method);
    assert(context);
    X509_STORE_up_ref(tls->trusted);
    SSL_CTX_set_cert_store(context, tls->trusted);
    int ok = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) &&
             SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) &&
             SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                               "TLS_CHACHA20_POLY1305_SHA256") &&
             SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") &&
             SSL_CTX_set_num_tickets(context, 0) &&
             SSL_CTX_set_alpn_protos(context, protocol, sizeof protocol) == 0;
    assert(ok);
    (void)ok;
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_options(context, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_keylog_callback(context, tls_session_keep_secret);
    SSL_CTX_set_msg_callback(context, tls_session_count);
    return context;
}

struct tls *tls_create(void)
{
    struct tls *tls = memory_zeroed(sizeof *tls);
    /* The system's configuration would otherwise be read and have a say in every session. */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    tls->context = OSSL_LIB_CTX_new();
    assert(tls->context);
    tls->defaults = OSSL_PROVIDER_load(tls->context, "default");
    assert(tls->defaults);
    tls->random = &tls->creation;
    tls_random_install(tls);
    tls->trusted = X509_STORE_new();
    assert(tls->trusted);
    /* A server's own certificate may be trusted without whoever has issued it. */
    X509_STORE_set_flags(tls->trusted, X509_V_FLAG_PARTIAL_CHAIN);
    tls->client = create_context(tls, TLS_client_method());
    tls->server = create_context(tls, TLS_server_method());
    tls->random = NULL;
    return tls;
}

void tls_destroy(struct tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->client);
    SSL_CTX_free(tls->server);
    X509_STORE_free(tls->trusted);
    OSSL_PROVIDER_unload(tls->randomness);
    OSSL_PROVIDER_unload(tls->defaults);
    OSSL_LIB_CTX_free(tls->context);
    free(tls);
}
