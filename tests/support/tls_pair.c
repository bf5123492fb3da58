/* Two TLS sessions, joined by hand. */
#include "tests/support/tls_pair.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static struct tls_certificate *certificate(struct tls_pair *pair, const char *name, uint8_t key)
{
    uint8_t secret[TLS_SECRET_SIZE] = {key};
    struct tls_certificate_terms terms = {
        .name = name,
        .secret = secret,
        .serial = key,
        .begins_s = (TLS_PAIR_NOW_NS - 50 * TLS_PAIR_DAY_NS) / NS_PER_S,
        .ends_s = (TLS_PAIR_NOW_NS + 50 * TLS_PAIR_DAY_NS) / NS_PER_S,
        .issuer = pair->authority,
    };
    return tls_certificate_create(pair->tls, &terms);
}

void tls_pair_create(struct tls_pair *pair)
{
    *pair = (struct tls_pair){.tls = tls_create(), .wall_ns = TLS_PAIR_NOW_NS};
    pair->authority = certificate(pair, "authority", 1);
    pair->server_certificate = certificate(pair, "ns1.example", 2);
    pair->client_certificate = certificate(pair, "ns2.example", 3);
    tls_trust(pair->tls, pair->authority);
}

static void end_sessions(struct tls_pair *pair)
{
    tls_session_free(pair->client);
    tls_session_free(pair->server);
}

void tls_pair_free(struct tls_pair *pair)
{
    end_sessions(pair);
    tls_certificate_free(pair->authority);
    tls_certificate_free(pair->server_certificate);
    tls_certificate_free(pair->client_certificate);
    tls_destroy(pair->tls);
}

void tls_pair_connect(struct tls_pair *pair, const char *name)
{
    tls_pair_connect_with(
        pair, &(struct tls_options){.peer_name = name},
        &(struct tls_options){.server = true, .certificate = pair->server_certificate});
}

void tls_pair_connect_with(struct tls_pair *pair, const struct tls_options *client,
                           const struct tls_options *server)
{
    end_sessions(pair);
    pair->client = tls_session_create(pair->tls, client);
    pair->server = tls_session_create(pair->tls, server);
    pair->random[0] = (struct random){1, 0};
    pair->random[1] = (struct random){2, 0};
    tls_session_receive(pair->client, &pair->random[0], pair->wall_ns, (struct bytes){0});
    tls_pair_settle(pair);
}

/* From one to the other; false: there was nothing. */
static bool carry(struct tls_pair *pair, struct tls_session *from, struct tls_session *to)
{
    struct bytes output = tls_session_output(from);
    size_t piece = pair->piece > 0 ? pair->piece : output.size;
    if (output.size == 0)
        return false;
    for (size_t at = 0; at < output.size; at += piece) {
        size_t size = output.size - at < piece ? output.size - at : piece;
        tls_session_receive(to, &pair->random[to == pair->server], pair->wall_ns,
                            bytes_of(output.data + at, size));
    }
    tls_session_sent(from);
    return true;
}

void tls_pair_settle(struct tls_pair *pair)
{
    while (carry(pair, pair->client, pair->server) || carry(pair, pair->server, pair->client))
        ;
}

size_t tls_pair_read(struct tls_session *session, uint8_t *data, size_t capacity)
{
    size_t size = 0, part;
    while (size < capacity && (part = tls_session_read(session, data + size, capacity - size)) > 0)
        size += part;
    return size;
}
