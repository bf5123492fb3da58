/* TLS sessions: handshakes in pieces, who is believed and when, the end, and hostile octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <openssl/ssl.h>

#include "sim/base/arena.h"
#include "tests/support/tls_pair.h"

static struct tls_pair pair;

static int start(void **state)
{
    (void)state;
    tls_pair_create(&pair);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    tls_pair_free(&pair);
    return 0;
}

static void assert_states(enum tls_state client, enum tls_state server)
{
    assert_int_equal(tls_session_state(pair.client), client);
    assert_int_equal(tls_session_state(pair.server), server);
}

static void assert_client_fails(const char *name, const char *why)
{
    tls_pair_connect(&pair, name);
    assert_states(TLS_FAILED, TLS_FAILED);
    assert_string_equal(tls_session_why(pair.client), why);
}

/* Over the session as it is. */
static void exchange(const char *text)
{
    char data[100];
    tls_session_write(pair.client, bytes_of_text(text));
    tls_pair_settle(&pair);
    size_t size = tls_pair_read(pair.server, (uint8_t *)data, sizeof data);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
}

static void handshakes_succeed_in_pieces_of_every_size(void **state)
{
    (void)state;
    for (pair.piece = 1; pair.piece < 600; pair.piece += pair.piece < 40 ? 1 : 37) {
        tls_pair_connect(&pair, "ns1.example");
        assert_states(TLS_OPEN, TLS_OPEN);
        exchange("a question");
    }
}

static void a_client_that_does_not_look_takes_any_certificate(void **state)
{
    (void)state;
    pair.wall_ns += 1000 * TLS_PAIR_DAY_NS;
    tls_pair_connect(&pair, NULL);
    assert_states(TLS_OPEN, TLS_OPEN);
}

static void an_expired_certificate_is_refused_as_of_the_hosts_clock(void **state)
{
    (void)state;
    pair.wall_ns = TLS_PAIR_NOW_NS + 50 * TLS_PAIR_DAY_NS - NS_PER_S;
    tls_pair_connect(&pair, "ns1.example");
    assert_states(TLS_OPEN, TLS_OPEN);
    pair.wall_ns += 2 * NS_PER_S;
    assert_client_fails("ns1.example", "the certificate has expired");
    assert_string_equal(tls_session_why(pair.server),
                        "the peer says that our certificate has expired");
}

static void a_certificate_of_the_future_is_refused(void **state)
{
    (void)state;
    pair.wall_ns = TLS_PAIR_NOW_NS - 51 * TLS_PAIR_DAY_NS;
    assert_client_fails("ns1.example", "the certificate is not yet valid");
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    assert_client_fails("ns3.example", "the certificate is for another name");
}

static void a_certificate_from_a_stranger_is_refused(void **state)
{
    (void)state;
    uint8_t secret[TLS_SECRET_SIZE] = {9};
    struct tls_certificate_terms terms = {
        .name = "stranger", .secret = secret, .ends_s = TLS_PAIR_NOW_NS / NS_PER_S + 1000};
    struct tls_certificate *stranger = tls_certificate_create(pair.tls, &terms);
    terms.name = "ns1.example";
    terms.issuer = stranger;
    struct tls_certificate *forged = tls_certificate_create(pair.tls, &terms);
    tls_pair_connect_with(&pair, &(struct tls_options){.peer_name = "ns1.example"},
                          &(struct tls_options){.server = true, .certificate = forged});
    assert_states(TLS_FAILED, TLS_FAILED);
    assert_string_equal(tls_session_why(pair.client),
                        "the certificate is from nobody who is trusted");
    /* Unless it is trusted itself. */
    char *pem = tls_certificate_pem(forged);
    assert_null(tls_trust_pem(pair.tls, bytes_of_text(pem)));
    free(pem);
    tls_pair_connect_with(&pair, &(struct tls_options){.peer_name = "ns1.example"},
                          &(struct tls_options){.server = true, .certificate = forged});
    assert_states(TLS_OPEN, TLS_OPEN);
    tls_certificate_free(stranger);
    tls_certificate_free(forged);
}

#define BLOCK(kind, text) "-----BEGIN " kind "-----\n" text "\n-----END " kind "-----\n"

static void pem_without_a_certificate_is_not_trusted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "not PEM: expected certificates between BEGIN CERTIFICATE and END CERTIFICATE"},
        {"\x30\x82",
         "not PEM: expected certificates between BEGIN CERTIFICATE and END CERTIFICATE"},
        {BLOCK("PRIVATE KEY", "MC4C"),
         "a private key, not a certificate; it is nobody's business but its owner's"},
        {BLOCK("EC PRIVATE KEY", "MC4C"),
         "a private key, not a certificate; it is nobody's business but its owner's"},
        {BLOCK("X509 CRL", "MC4C"), "PEM, but no certificate"},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n", "a certificate in it can't be read"},
        {BLOCK("CERTIFICATE", "AAAA"), "a certificate in it can't be read"},
        {BLOCK("CERTIFICATE",
               "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
               "AAAAAAAAAAAAAAAAAAAAAA=="),
         "a certificate in it can't be read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tls_trust_pem(pair.tls, bytes_of_text(cases[i].text)), cases[i].why);
    uint8_t *large = memory_zeroed(TLS_PEM_MAX + 1);
    assert_string_equal(tls_trust_pem(pair.tls, bytes_of(large, TLS_PEM_MAX + 1)),
                        "larger than 1 MB: no list of certificates");
    free(large);
}

static void pem_with_a_broken_certificate_behind_a_good_one_is_told(void **state)
{
    (void)state;
    char text[4000];
    char *pem = tls_certificate_pem(pair.authority);
    snprintf(text, sizeof text, "%s%s", pem, BLOCK("CERTIFICATE", "AAAA"));
    assert_string_equal(tls_trust_pem(pair.tls, bytes_of_text(text)),
                        "a certificate in it can't be read");
    snprintf(text, sizeof text, "ours:\n%s\n%sand again:\n%s\n", pem, BLOCK("PRIVATE KEY", "MC4C"),
             pem);
    assert_null(tls_trust_pem(pair.tls, bytes_of_text(text)));
    free(pem);
}

static void a_server_can_insist_on_a_certificate(void **state)
{
    (void)state;
    struct tls_options client = {.peer_name = "ns1.example"};
    struct tls_options server = {
        .server = true, .certificate = pair.server_certificate, .ask_certificate = true};
    tls_pair_connect_with(&pair, &client, &server);
    assert_string_equal(tls_session_why(pair.server), "the client has no certificate");
    assert_int_equal(tls_session_read(pair.client, (uint8_t[1]){0}, 1), 0);
    assert_string_equal(tls_session_why(pair.client), "the peer wants a certificate of ours");
    assert_false(tls_session_peer_is_known(pair.server));
    client.certificate = pair.client_certificate;
    tls_pair_connect_with(&pair, &client, &server);
    assert_states(TLS_OPEN, TLS_OPEN);
    assert_true(tls_session_peer_is_known(pair.server));
}

static void the_end_is_told_and_the_other_way_stays_open(void **state)
{
    (void)state;
    uint8_t data[10];
    tls_pair_connect(&pair, NULL);
    tls_session_finish(pair.client);
    tls_pair_settle(&pair);
    assert_int_equal(tls_session_read(pair.server, data, sizeof data), 0);
    assert_int_equal(tls_session_state(pair.server), TLS_FINISHED);
    tls_session_write(pair.server, bytes_of_text("late"));
    assert_true(tls_session_output(pair.server).size > 0);
}

static void a_large_text_comes_whole_in_small_pieces(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    uint8_t *text = memory_alloc(SIZE), *copy = memory_alloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (uint8_t)(i * 31 >> 4);
    pair.piece = 777;
    tls_pair_connect(&pair, "ns1.example");
    tls_session_write(pair.server, bytes_of(text, SIZE));
    tls_pair_settle(&pair);
    assert_int_equal(tls_pair_read(pair.client, copy, SIZE), SIZE);
    assert_memory_equal(text, copy, SIZE);
    free(text);
    free(copy);
}

static void what_is_not_tls_fails_with_a_sentence(void **state)
{
    (void)state;
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "hello hello hello hello",
                                        "\x16\x03\x01\xff\xff\x01\x00\x00\x01"};
    for (size_t i = 0; i < 3; i++) {
        tls_pair_connect(&pair, NULL);
        tls_session_free(pair.server);
        pair.server = tls_session_create(
            pair.tls,
            &(struct tls_options){.server = true, .certificate = pair.server_certificate});
        enum tls_state now = tls_session_receive(pair.server, &pair.random[1], pair.wall_ns,
                                                 bytes_of_text(texts[i]));
        assert_int_equal(now, TLS_FAILED);
        assert_non_null(tls_session_why(pair.server));
    }
}

/* A close_notify in clear, before there is any secret. */
static void an_end_within_the_handshake_is_no_session(void **state)
{
    (void)state;
    static const uint8_t end[] = {0x15, 3, 3, 0, 2, 1, 0};
    for (int server = 0; server < 2; server++) {
        struct tls_options options = {.server = server,
                                      .certificate = pair.server_certificate,
                                      .peer_name = server ? NULL : "ns1.example"};
        struct tls_session *session = tls_session_create(pair.tls, &options);
        tls_session_receive(session, &pair.random[0], pair.wall_ns, (struct bytes){0});
        enum tls_state now =
            tls_session_receive(session, &pair.random[0], pair.wall_ns, bytes_of(end, sizeof end));
        assert_int_equal(now, TLS_FAILED);
        assert_string_equal(tls_session_why(session),
                            server ? "the TLS handshake failed"
                                   : "the peer ended TLS within the handshake");
        tls_session_free(session);
    }
}

static void an_octet_changed_on_the_way_ends_the_session(void **state)
{
    (void)state;
    uint8_t data[100];
    tls_pair_connect(&pair, NULL);
    tls_session_write(pair.client, bytes_of_text("a question"));
    struct bytes output = tls_session_output(pair.client);
    memcpy(data, output.data, output.size);
    data[output.size - 3] ^= 1;
    tls_session_receive(pair.server, &pair.random[1], pair.wall_ns, bytes_of(data, output.size));
    assert_int_equal(tls_session_read(pair.server, data, sizeof data), 0);
    assert_int_equal(tls_session_state(pair.server), TLS_FAILED);
    assert_string_equal(tls_session_why(pair.server), "what came can't be decrypted");
}

/* Another library, another moment, the same octets: what the node draws decides all. */
static void the_same_numbers_give_the_same_octets(void **state)
{
    (void)state;
    struct tls_pair other;
    tls_pair_create(&other);
    tls_pair_connect(&other, "ns1.example");
    tls_pair_connect(&pair, NULL); /* must not matter to the next */
    tls_pair_connect(&pair, "ns1.example");
    struct bytes a = tls_session_secrets(pair.client), b = tls_session_secrets(other.client);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    tls_session_write(pair.client, bytes_of_text("x"));
    tls_session_write(other.client, bytes_of_text("x"));
    a = tls_session_output(pair.client);
    b = tls_session_output(other.client);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    tls_pair_free(&other);
}

static bool holds(struct bytes text, struct bytes part)
{
    for (size_t at = 0; at + part.size <= text.size; at++)
        if (memcmp(text.data + at, part.data, part.size) == 0)
            return true;
    return false;
}

static void both_ends_tell_the_same_four_keys(void **state)
{
    (void)state;
    tls_pair_connect(&pair, NULL);
    struct bytes a = tls_session_secrets(pair.client), b = tls_session_secrets(pair.server);
    size_t lines = 0;
    for (const uint8_t *line = a.data; line < a.data + a.size; lines++) {
        const uint8_t *end = memchr(line, '\n', (size_t)(a.data + a.size - line));
        assert_true(holds(b, bytes_of(line, (size_t)(end + 1 - line))));
        line = end + 1;
    }
    assert_int_equal(lines, 4);
    assert_int_equal(a.size, b.size);
    assert_int_equal(tls_session_secrets(pair.client).size, 0);
}

/* ---- clients that are none of ours ----------------------------------------------------------- */

static SSL_CTX *raw_context;
static SSL *raw;

static int stop_raw(void **state)
{
    SSL_free(raw);
    SSL_CTX_free(raw_context);
    raw = NULL;
    raw_context = NULL;
    return stop(state);
}

/* Octets go to and fro between the raw client and our server until both have nothing to say. */
static void settle_raw(void)
{
    uint8_t data[20000];
    int size;
    do {
        while ((size = BIO_read(SSL_get_wbio(raw), data, sizeof data)) > 0)
            tls_session_receive(pair.server, &pair.random[1], pair.wall_ns,
                                bytes_of(data, (size_t)size));
        struct bytes output = tls_session_output(pair.server);
        BIO_write(SSL_get_rbio(raw), output.data, (int)output.size);
        tls_session_sent(pair.server);
        if (!SSL_is_init_finished(raw))
            SSL_do_handshake(raw);
        size = (int)BIO_ctrl_pending(SSL_get_wbio(raw));
    } while (size > 0);
}

/* A client of at most VERSION of TLS that knows no ALPN. */
static void connect_raw(int version)
{
    raw_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(raw_context, version);
    raw = SSL_new(raw_context);
    SSL_set_bio(raw, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(raw);
    pair.random[1] = (struct random){2, 0};
    pair.server = tls_session_create(
        pair.tls, &(struct tls_options){.server = true, .certificate = pair.server_certificate});
    SSL_do_handshake(raw);
    settle_raw();
}

static void a_client_of_tls_1_2_is_turned_away(void **state)
{
    (void)state;
    connect_raw(TLS1_2_VERSION);
    assert_int_equal(tls_session_state(pair.server), TLS_FAILED);
    assert_string_equal(tls_session_why(pair.server), "no TLS version in common with the peer");
}

static void a_server_knows_whether_alpn_was_agreed_on(void **state)
{
    (void)state;
    connect_raw(TLS1_3_VERSION);
    assert_int_equal(tls_session_state(pair.server), TLS_OPEN);
    assert_false(tls_session_has_protocol(pair.server));
    tls_pair_connect(&pair, NULL);
    assert_true(tls_session_has_protocol(pair.server));
    assert_true(tls_session_has_protocol(pair.client));
}

static void a_client_can_insist_on_alpn(void **state)
{
    (void)state;
    struct tls_options client = {.peer_name = "ns1.example", .demand_protocol = true};
    struct tls_options server = {.server = true, .certificate = pair.server_certificate};
    tls_pair_connect_with(&pair, &client, &server);
    assert_states(TLS_OPEN, TLS_OPEN);
    server.without_protocol = true;
    tls_pair_connect_with(&pair, &client, &server);
    assert_int_equal(tls_session_state(pair.client), TLS_FAILED);
    assert_string_equal(tls_session_why(pair.client),
                        "the peer has not agreed on DNS over TLS (ALPN)");
    uint8_t data[10];
    assert_int_equal(tls_session_read(pair.server, data, sizeof data), 0);
    assert_int_equal(tls_session_state(pair.server), TLS_FINISHED);
    client.demand_protocol = false;
    tls_pair_connect_with(&pair, &client, &server);
    assert_states(TLS_OPEN, TLS_OPEN);
}

/* How many requests our server hears of a client that asks for new keys with each, TIMES of them.
 */
static unsigned heard_with_new_keys(unsigned times)
{
    uint8_t data[10];
    unsigned heard = 0;
    for (unsigned i = 0; i < times; i++) {
        SSL_key_update(raw, SSL_KEY_UPDATE_REQUESTED);
        SSL_write(raw, "ask", 3);
        settle_raw();
        heard += tls_session_read(pair.server, data, sizeof data) == 3;
        if (tls_session_state(pair.server) == TLS_OPEN)
            tls_session_write(pair.server, bytes_of_text("tell"));
        settle_raw();
        SSL_read(raw, data, sizeof data);
    }
    return heard;
}

static void new_keys_are_given_some_times_but_not_without_end(void **state)
{
    (void)state;
    connect_raw(TLS1_3_VERSION);
    assert_int_equal(heard_with_new_keys(60), 60);
    assert_int_equal(tls_session_state(pair.server), TLS_OPEN);
    assert_int_equal(heard_with_new_keys(60), 4);
    assert_int_equal(tls_session_state(pair.server), TLS_FAILED);
    assert_string_equal(tls_session_why(pair.server), "the peer changes its keys without end");
}

int main(void)
{
#define RAW(name) cmocka_unit_test_setup_teardown(name, start, stop_raw)
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(handshakes_succeed_in_pieces_of_every_size),
        TEST(a_client_that_does_not_look_takes_any_certificate),
        TEST(an_expired_certificate_is_refused_as_of_the_hosts_clock),
        TEST(a_certificate_of_the_future_is_refused),
        TEST(a_certificate_for_another_name_is_refused),
        TEST(a_certificate_from_a_stranger_is_refused),
        TEST(pem_without_a_certificate_is_not_trusted),
        TEST(pem_with_a_broken_certificate_behind_a_good_one_is_told),
        TEST(a_server_can_insist_on_a_certificate),
        TEST(the_end_is_told_and_the_other_way_stays_open),
        TEST(a_large_text_comes_whole_in_small_pieces),
        TEST(what_is_not_tls_fails_with_a_sentence),
        TEST(an_end_within_the_handshake_is_no_session),
        TEST(an_octet_changed_on_the_way_ends_the_session),
        TEST(the_same_numbers_give_the_same_octets),
        TEST(both_ends_tell_the_same_four_keys),
        RAW(a_client_of_tls_1_2_is_turned_away),
        RAW(a_server_knows_whether_alpn_was_agreed_on),
        TEST(a_client_can_insist_on_alpn),
        RAW(new_keys_are_given_some_times_but_not_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
