/*
 * A name server's TLS (RFC 9103): its port, its certificates one after the other,
 * and sessions for connections either way.
 */
#include "nodes/server_state.h"

/* The newest that is in place. Who was down when it came has it now too: it lies on the disk. */
static const struct tls_certificate *certificate(const struct server *server)
{
    const struct server_tls *tls = &server->config->tls;
    const struct tls_certificate *newest = NULL;
    for (size_t i = 0; i < tls->certificate_count; i++)
        if (!newest || tls->certificates[i].since_ns <= server->now_ns)
            newest = tls->certificates[i].certificate;
    return newest;
}

void server_tls_note(const struct server *server, bool renewed)
{
    struct host_note note = {.kind = NOTE_CERTIFICATE,
                             .code = renewed,
                             .values = {tls_certificate_ends_s(certificate(server))}};
    outbox_note(server->out, &note);
}

void server_tls_start(struct server *server)
{
    struct address any = {.port = SERVER_TLS_PORT};
    if (server->config->tls.certificate_count == 0)
        return;
    outbox_listen(server->out, &any, &server->tls_listener);
    server_tls_note(server, false);
}

struct tls_session *server_tls_accept(const struct server *server)
{
    const struct server_tls *tls = &server->config->tls;
    struct tls_options options = {.server = true,
                                  .certificate = certificate(server),
                                  .ask_certificate = tls->transfers == SERVER_TRANSFERS_MUTUAL,
                                  .without_protocol = tls->alpn == SERVER_ALPN_NONE};
    return tls_session_create(tls->shared, &options);
}

struct tls_session *server_tls_connect(const struct server *server,
                                       const struct server_tls_peer *peer)
{
    struct tls_options options = {.certificate = certificate(server),
                                  .peer_name = peer->name,
                                  .demand_protocol = peer->demand_alpn};
    return tls_session_create(server->config->tls.shared, &options);
}
