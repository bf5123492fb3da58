/* TSIG against an independent implementation: what we sign libldns verifies, and the reverse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ldns/ldns.h>

#include "nodes/dns/tsig.h"
#include "sim/base/time.h"
#include "tests/support/random_message.h"

#define NOW (INT64_C(1767225600) * NS_PER_S)
#define SECRET_BASE64 "dHdlbnR5IG9jdGV0cyBvZiBrZXk="

enum { ROUNDS = 100, SIZE_MAX_USED = 60000 };

/* libldns 1.8 knows these and no others. */
static const struct {
    enum tsig_algorithm algorithm;
    const char *name;
} rows[] = {
    {TSIG_HMAC_MD5, "hmac-md5.sig-alg.reg.int."},
    {TSIG_HMAC_SHA1, "hmac-sha1."},
    {TSIG_HMAC_SHA256, "hmac-sha256."},
    {TSIG_HMAC_SHA512, "hmac-sha512."},
};

static uint8_t room[MESSAGE_SIZE_MAX];
static struct message message;
static struct tsig_key key = {.name = (const uint8_t *)"\3key\7example",
                              .secret = {(const uint8_t *)"twenty octets of key", 20}};

static size_t next_message(struct random *r)
{
    size_t size;
    do
        size = random_message(r, room);
    while (size > SIZE_MAX_USED);
    return size;
}

/* Verifies what lies in room; BEFORE is the MAC before, or NULL. Returns the MAC. */
static ldns_rdf *ldns_accepts(size_t size, ldns_rdf *before, int timers_only)
{
    ldns_pkt *packet = NULL;
    assert_int_equal(ldns_wire2pkt(&packet, room, size), LDNS_STATUS_OK);
    assert_true(ldns_pkt_tsig_verify_next(packet, room, size, "key.example.", SECRET_BASE64, before,
                                          timers_only));
    ldns_rdf *mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet), 3));
    ldns_rdf_deep_free(before);
    ldns_pkt_free(packet);
    return mac;
}

static void ldns_verifies_a_request_and_a_stream_of_answers(void **state)
{
    (void)state;
    struct random r = {.key = 31};
    for (int i = 0; i < ROUNDS; i++) {
        struct tsig client, server;
        key.algorithm = rows[i % 4].algorithm;
        tsig_begin(&client, &key);
        size_t size = tsig_sign(&client, room, next_message(&r), NOW);
        ldns_rdf *mac = ldns_accepts(size, NULL, 0);
        assert_int_equal(message_parse(&message, bytes_of(room, size)), MESSAGE_OK);
        struct tsig_keys keys = {&key, 1};
        assert_int_equal(tsig_receive(&server, &keys, &message, NOW), TSIG_GOOD);
        for (int later = 0; later < 3; later++) {
            size = tsig_sign(&server, room, next_message(&r), NOW + later * NS_PER_S);
            mac = ldns_accepts(size, mac, later > 0);
        }
        ldns_rdf_deep_free(mac);
    }
}

/* Has libldns sign what lies in room, which becomes its wire form; returns the new size and when
 * that was by libldns's clock. */
static size_t ldns_signs(size_t size, const char *algorithm, ldns_rdf **mac, int timers_only,
                         int64_t *wall_ns)
{
    ldns_pkt *packet = NULL;
    uint8_t *wire = NULL;
    assert_int_equal(ldns_wire2pkt(&packet, room, size), LDNS_STATUS_OK);
    assert_int_equal(ldns_pkt_tsig_sign_next(packet, "key.example.", SECRET_BASE64, 300, algorithm,
                                             *mac, timers_only),
                     LDNS_STATUS_OK);
    ldns_rdf_deep_free(*mac);
    *mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet), 3));
    *wall_ns = bytes_get_u32(ldns_rdf_data(ldns_rr_rdf(ldns_pkt_tsig(packet), 1)) + 2) * NS_PER_S;
    assert_int_equal(ldns_pkt2wire(&wire, packet, &size), LDNS_STATUS_OK);
    memcpy(room, wire, size);
    LDNS_FREE(wire);
    ldns_pkt_free(packet);
    return size;
}

static void we_verify_what_ldns_signs(void **state)
{
    (void)state;
    struct random r = {.key = 32};
    for (int i = 0; i < ROUNDS; i++) {
        struct tsig server, client;
        ldns_rdf *mac = NULL;
        int64_t wall_ns;
        key.algorithm = rows[i % 4].algorithm;
        size_t size = ldns_signs(next_message(&r), rows[i % 4].name, &mac, 0, &wall_ns);
        assert_int_equal(message_parse(&message, bytes_of(room, size)), MESSAGE_OK);
        struct tsig_keys keys = {&key, 1};
        assert_int_equal(tsig_receive(&server, &keys, &message, wall_ns), TSIG_GOOD);
        tsig_begin(&client, &key);
        memcpy(client.mac, server.mac, server.mac_size);
        client.mac_size = server.mac_size;
        for (int later = 0; later < 3; later++) {
            size = ldns_signs(next_message(&r), rows[i % 4].name, &mac, later > 0, &wall_ns);
            assert_int_equal(message_parse(&message, bytes_of(room, size)), MESSAGE_OK);
            assert_int_equal(tsig_verify(&client, &message, wall_ns), TSIG_GOOD);
        }
        ldns_rdf_deep_free(mac);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ldns_verifies_a_request_and_a_stream_of_answers),
        cmocka_unit_test(we_verify_what_ldns_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
