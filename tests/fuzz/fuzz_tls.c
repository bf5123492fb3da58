/*
 * TLS sessions fed with octets that others made: they fail with a sentence or go on,
 * and never write without end. Since a session's octets are decided by its random
 * numbers, a recorded conversation gets through the handshake, and what is changed in
 * it reaches the states behind.
 *
 *   octet 0       1: a server, else a client; 2: it wants to know who the peer is
 *   then          pieces, each after its size in two octets
 *
 * or, after an octet 4, a file of certificates to be trusted.
 */
#include <assert.h>
#include <stdlib.h>

#include "tests/support/tls_pair.h"

enum { OUTPUT_MAX = 1 << 20 };

static struct tls_pair pair;

static struct tls_session *open_session(uint8_t way)
{
    struct tls_options options = {.server = way & 1};
    if (way & 1)
        options.certificate = pair.server_certificate;
    if (way & 1)
        options.ask_certificate = way & 2;
    else
        options.peer_name = way & 2 ? "ns1.example" : NULL;
    return tls_session_create(pair.tls, &options);
}

static void use(struct tls_session *session)
{
    uint8_t data[4096];
    while (tls_session_read(session, data, sizeof data) > 0)
        ;
    if (tls_session_state(session) == TLS_OPEN)
        tls_session_write(session, bytes_of_text("an answer"));
    assert(tls_session_state(session) != TLS_FAILED || tls_session_why(session));
    assert(tls_session_output(session).size <= OUTPUT_MAX);
    tls_session_secrets(session);
    tls_session_sent(session);
}

/* In a library of its own: what one input made it trust is nothing to the next. */
static void trust(struct bytes pem)
{
    struct tls *tls = tls_create();
    tls_trust_pem(tls, pem);
    tls_destroy(tls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (data[0] == 4) {
        trust(bytes_of(data + 1, size - 1));
        return 0;
    }
    if (!pair.tls)
        tls_pair_create(&pair);
    struct random random = {data[0] & 1 ? 2 : 1, 0};
    struct tls_session *session = open_session(data[0]);
    struct bytes rest = bytes_of(data + 1, size - 1);
    tls_session_receive(session, &random, pair.wall_ns, (struct bytes){0});
    use(session);
    while (rest.size >= 2) {
        size_t piece = bytes_get_u16(rest.data);
        rest = bytes_of(rest.data + 2, rest.size - 2);
        if (piece > rest.size)
            piece = rest.size;
        tls_session_receive(session, &random, pair.wall_ns, bytes_of(rest.data, piece));
        use(session);
        rest = bytes_of(rest.data + piece, rest.size - piece);
    }
    tls_session_finish(session);
    use(session);
    tls_session_free(session);
    return 0;
}
