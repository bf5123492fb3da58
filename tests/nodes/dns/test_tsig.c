/* TSIG between two parties of our own: what is accepted, what is not, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "nodes/dns/tsig.h"
#include "sim/base/time.h"
#include "tests/support/guard.h"

#define NOW_S INT64_C(1767225600)
#define NOW (NOW_S * NS_PER_S)

enum { ROOM = 1024 };

static const uint8_t key_name[] = "\3KEY\7example";
static const uint8_t qname[] = "\3www\7example";
static const uint8_t secret[] = "twenty octets of key";

static struct message message;
static struct tsig client, server;
static enum tsig_algorithm algorithm;

static struct tsig_key key(void)
{
    return (struct tsig_key){key_name, algorithm, {secret, sizeof secret - 1}};
}

static size_t make(uint8_t *data, uint16_t flags)
{
    return message_make_query(data, ROOM, 0x1234, flags, qname, RR_SOA, 1232, false);
}

/* A copy that ends at a page without access. */
static struct message *parsed(const uint8_t *data, size_t size)
{
    assert_int_equal(message_parse(&message, guard_copy(0, bytes_of(data, size))), MESSAGE_OK);
    return &message;
}

static enum tsig_result receive_with(const struct tsig_key *known, const uint8_t *data, size_t size,
                                     int64_t wall_ns)
{
    struct tsig_keys keys = {known, known ? 1 : 0};
    return tsig_receive(&server, &keys, parsed(data, size), wall_ns);
}

static struct tsig_key the_key;

/* The client asks; the server receives with its clock LATE_S later. */
static enum tsig_result ask(int64_t late_s)
{
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t size = make(data, 0), room = tsig_size(&client);
    size_t signed_size = tsig_sign(&client, data, size, NOW);
    assert_int_equal(signed_size, size + room);
    return receive_with(&the_key, data, signed_size, NOW + late_s * NS_PER_S);
}

/* The server's next message with FLAGS, signed if SIGN, as the client takes it. */
static enum tsig_result answer(uint16_t flags, bool sign, int64_t wall_ns)
{
    uint8_t data[ROOM];
    size_t size = make(data, FLAG_QR | flags);
    if (sign)
        size = tsig_sign(&server, data, size, wall_ns);
    return tsig_verify(&client, parsed(data, size), NOW);
}

static void a_signed_exchange_is_accepted_with_every_algorithm(void **state)
{
    (void)state;
    for (int i = 0; i < TSIG_ALGORITHM_COUNT; i++) {
        algorithm = (enum tsig_algorithm)i;
        assert_int_equal(ask(0), TSIG_GOOD);
        assert_int_equal(answer(0, true, NOW), TSIG_GOOD);
        assert_int_equal(tsig_finish(&client), TSIG_GOOD);
    }
    algorithm = TSIG_HMAC_SHA256;
}

/* By the letter of section 4.3, with OpenSSL's other interface. */
static void a_request_is_signed_as_the_rfc_says(void **state)
{
    (void)state;
    static const struct {
        enum tsig_algorithm algorithm;
        const char *name;
        const EVP_MD *(*digest)(void);
    } rows[] = {
        {TSIG_HMAC_SHA224, "\13hmac-sha224", EVP_sha224},
        {TSIG_HMAC_SHA384, "\13hmac-sha384", EVP_sha384},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[ROOM], expected[64], covered[ROOM];
        unsigned mac_size;
        algorithm = rows[i].algorithm;
        the_key = key();
        tsig_begin(&client, &the_key);
        size_t size = make(covered, 0), whole = size;
        make(data, 0);
        size_t signed_size = tsig_sign(&client, data, size, NOW);
        static const uint8_t lower[] = "\3key\7example\0\0\377\0\0\0";     /* class ANY, TTL 0 */
        static const uint8_t times[] = "\0\0\x69\x55\xb9\0\x01\x2c\0\0\0"; /* error, other: 0 */
        memcpy(covered + whole, lower, sizeof lower);
        whole += sizeof lower;
        memcpy(covered + whole, rows[i].name, 13);
        whole += 13;
        memcpy(covered + whole, times, sizeof times);
        whole += sizeof times;
        HMAC(rows[i].digest(), secret, sizeof secret - 1, covered, whole, expected, &mac_size);
        assert_memory_equal(data + signed_size - 6 - mac_size, expected, mac_size);
    }
    algorithm = TSIG_HMAC_SHA256;
}

static void any_changed_octet_is_noticed(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t size = tsig_sign(&client, data, make(data, 0), NOW);
    for (size_t i = 2; i < size; i++) {
        data[i] ^= 4;
        struct tsig_keys keys = {&the_key, 1};
        if (message_parse(&message, bytes_of(data, size)) == MESSAGE_OK && message.tsig_at != 0)
            assert_int_not_equal(tsig_receive(&server, &keys, &message, NOW), TSIG_GOOD);
        data[i] ^= 4;
    }
    assert_int_equal(receive_with(&the_key, data, size, NOW), TSIG_GOOD);
}

static void a_forwarder_may_change_the_id(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t size = tsig_sign(&client, data, make(data, 0), NOW);
    data[0] ^= 0xff;
    assert_int_equal(receive_with(&the_key, data, size, NOW), TSIG_GOOD);
}

static void the_clocks_may_differ_by_the_fudge_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(ask(300), TSIG_GOOD);
    assert_int_equal(ask(-300), TSIG_GOOD);
    assert_int_equal(ask(301), TSIG_BADTIME);
    assert_int_equal(server.ahead_s, -301);
    assert_int_equal(ask(-301), TSIG_BADTIME);
}

static void bad_time_is_answered_signed_with_the_servers_time(void **state)
{
    (void)state;
    assert_int_equal(ask(400), TSIG_BADTIME);
    assert_int_equal(answer(0, true, NOW + 400 * NS_PER_S), TSIG_PEER_BADTIME);
    assert_int_equal(client.ahead_s, 400);
    server.error = 0; /* the signature covers what is said about the time */
    assert_int_equal(ask(400), TSIG_BADTIME);
    server.mac[0] ^= 1;
    assert_int_equal(answer(0, true, NOW + 400 * NS_PER_S), TSIG_BADSIG);
}

static void an_unknown_key_or_algorithm_is_answered_without_a_mac(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t size = tsig_sign(&client, data, make(data, 0), NOW);
    assert_int_equal(receive_with(NULL, data, size, NOW), TSIG_BADKEY);
    assert_int_equal(answer(0, true, NOW), TSIG_PEER_BADKEY);
    struct tsig_key other = the_key;
    other.algorithm = TSIG_HMAC_SHA512;
    assert_int_equal(receive_with(&other, data, size, NOW), TSIG_BADKEY);
    other = the_key;
    other.name = qname;
    assert_int_equal(receive_with(&other, data, size, NOW), TSIG_BADKEY);
}

/* A request by another's rules: an algorithm with a name of LABEL_SIZE letters, a MAC and other
 * data of any size, and who gets it. */
static enum tsig_result ask_foreign(const struct tsig_key *known, size_t label_size,
                                    size_t mac_size, size_t other_size)
{
    static const uint8_t filling[500];
    uint8_t data[ROOM], label[64] = {(uint8_t)label_size};
    memset(label + 1, 'x', label_size);
    size_t size = make(data, 0);
    struct writer w = writer_of(data + size, sizeof data - size);
    writer_bytes(&w, key_name, sizeof key_name);
    writer_u16(&w, RR_TSIG);
    writer_u16(&w, CLASS_ANY);
    writer_u32(&w, 0);
    writer_u16(&w, (uint16_t)(13 + 1 + label_size + 16 + mac_size + other_size));
    writer_bytes(&w, label, 1 + label_size);
    writer_bytes(&w, (const uint8_t *)"\13hmac-sha256", 13);
    writer_bytes(&w, filling, 8);
    writer_u16(&w, (uint16_t)mac_size);
    writer_bytes(&w, filling, mac_size);
    writer_bytes(&w, filling, 4);
    writer_u16(&w, (uint16_t)other_size);
    writer_bytes(&w, filling, other_size);
    bytes_put_u16(data + 10, (uint16_t)(bytes_get_u16(data + 10) + 1));
    return receive_with(known, data, size + w.size, NOW);
}

/* The key comes first (RFC 8945 section 5.2), so nobody need know how much another's MAC takes. */
static void who_uses_what_we_do_not_know_is_told_so_whatever_its_size(void **state)
{
    (void)state;
    the_key = key();
    assert_int_equal(ask_foreign(&the_key, 63, 32, 0), TSIG_BADKEY);
    assert_int_equal(ask_foreign(&the_key, 8, 200, 0), TSIG_BADKEY);
    assert_int_equal(ask_foreign(&the_key, 8, 32, 7), TSIG_BADKEY);
    uint8_t data[ROOM];
    size_t size = make(data, FLAG_QR), room = tsig_size(&server);
    assert_int_equal(tsig_sign(&server, data, size, NOW), size + room);
}

static void another_secret_is_answered_without_a_mac(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t size = tsig_sign(&client, data, make(data, 0), NOW);
    struct tsig_key other = the_key;
    other.secret.size--;
    assert_int_equal(receive_with(&other, data, size, NOW), TSIG_BADSIG);
    assert_int_equal(answer(0, true, NOW), TSIG_PEER_BADSIG);
}

static void an_answer_must_be_signed_and_belong_to_the_request(void **state)
{
    (void)state;
    assert_int_equal(ask(0), TSIG_GOOD);
    assert_int_equal(answer(0, false, NOW), TSIG_ABSENT);
    struct tsig before = server;
    assert_int_equal(ask(1), TSIG_GOOD);
    client.mac[5] ^= 1;
    assert_int_equal(answer(0, true, NOW), TSIG_BADSIG);
    server = before;
    assert_int_equal(answer(0, true, NOW - 301 * NS_PER_S), TSIG_BADSIG);
}

static void an_old_answer_is_not_accepted(void **state)
{
    (void)state;
    assert_int_equal(ask(0), TSIG_GOOD);
    assert_int_equal(answer(0, true, NOW - 301 * NS_PER_S), TSIG_BADTIME);
    assert_int_equal(client.ahead_s, -301);
}

/* A request whose MAC is cut to SIZE octets. */
static enum tsig_result ask_truncated(size_t size)
{
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t plain = make(data, 0), whole = tsig_mac_size(algorithm);
    size_t all = tsig_sign(&client, data, plain, NOW);
    uint8_t *mac = data + all - 6 - whole;
    memmove(mac + size, mac + whole, 6);
    bytes_put_u16(mac - 2, (uint16_t)size);
    uint8_t *rdata_size = data + plain + sizeof key_name + 8;
    bytes_put_u16(rdata_size, (uint16_t)(bytes_get_u16(rdata_size) - (whole - size)));
    client.mac_size = size;
    return receive_with(&the_key, data, all - (whole - size), NOW);
}

static void a_mac_may_be_cut_to_half_but_not_below_ten_octets(void **state)
{
    (void)state;
    assert_int_equal(ask_truncated(16), TSIG_GOOD);
    assert_int_equal(answer(0, true, NOW), TSIG_GOOD); /* covers the MAC as it came */
    assert_int_equal(ask_truncated(15), TSIG_MALFORMED);
    assert_int_equal(ask_truncated(0), TSIG_MALFORMED);
    algorithm = TSIG_HMAC_MD5;
    assert_int_equal(ask_truncated(10), TSIG_GOOD);
    assert_int_equal(ask_truncated(9), TSIG_MALFORMED);
    algorithm = TSIG_HMAC_SHA256;
}

/* ---- streams: the server's side by hand, to leave out signatures ------------------------------
 */

/* Our signer signs each message; another one may let up to 99 go unsigned. */
static enum tsig_result answer_unsigned(void)
{
    uint8_t data[ROOM];
    size_t size = make(data, FLAG_QR);
    return tsig_verify(&client, parsed(data, size), NOW);
}

static void every_message_of_a_stream_covers_the_one_before(void **state)
{
    (void)state;
    assert_int_equal(ask(0), TSIG_GOOD);
    for (int i = 0; i < 5; i++)
        assert_int_equal(answer(0, true, NOW + i), TSIG_GOOD);
    uint8_t lost[ROOM];
    tsig_sign(&server, lost, make(lost, FLAG_QR), NOW);
    assert_int_equal(answer(0, true, NOW), TSIG_BADSIG);
}

static void a_stream_may_not_begin_nor_end_unsigned(void **state)
{
    (void)state;
    assert_int_equal(ask(0), TSIG_GOOD);
    assert_int_equal(answer_unsigned(), TSIG_ABSENT);
    assert_int_equal(ask(0), TSIG_GOOD);
    assert_int_equal(answer(0, true, NOW), TSIG_GOOD);
    assert_int_equal(tsig_finish(&client), TSIG_GOOD);
    assert_int_equal(answer_unsigned(), TSIG_GOOD);
    assert_int_equal(tsig_finish(&client), TSIG_NOT_LAST);
    tsig_free(&client);
}

static void the_hundredth_unsigned_message_in_a_row_is_too_many(void **state)
{
    (void)state;
    assert_int_equal(ask(0), TSIG_GOOD);
    assert_int_equal(answer(0, true, NOW), TSIG_GOOD);
    for (int i = 0; i < TSIG_UNSIGNED_MAX; i++)
        assert_int_equal(answer_unsigned(), TSIG_GOOD);
    assert_int_equal(answer_unsigned(), TSIG_ABSENT);
    tsig_free(&client);
}

static void a_record_of_another_class_is_malformed(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    the_key = key();
    tsig_begin(&client, &the_key);
    size_t plain = make(data, 0), size = tsig_sign(&client, data, plain, NOW);
    data[plain + sizeof key_name + 3] = CLASS_IN;
    assert_int_equal(receive_with(&the_key, data, size, NOW), TSIG_MALFORMED);
}

static void algorithms_have_the_names_of_the_registry(void **state)
{
    (void)state;
    enum tsig_algorithm found;
    assert_true(tsig_algorithm_from_text("HMAC-sha384", &found));
    assert_int_equal(found, TSIG_HMAC_SHA384);
    assert_false(tsig_algorithm_from_text("hmac-sha3", &found));
    assert_string_equal(tsig_algorithm_to_text(TSIG_HMAC_MD5), "hmac-md5");
}

int main(void)
{
    algorithm = TSIG_HMAC_SHA256;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_exchange_is_accepted_with_every_algorithm),
        cmocka_unit_test(a_request_is_signed_as_the_rfc_says),
        cmocka_unit_test(any_changed_octet_is_noticed),
        cmocka_unit_test(a_forwarder_may_change_the_id),
        cmocka_unit_test(the_clocks_may_differ_by_the_fudge_and_no_more),
        cmocka_unit_test(bad_time_is_answered_signed_with_the_servers_time),
        cmocka_unit_test(an_unknown_key_or_algorithm_is_answered_without_a_mac),
        cmocka_unit_test(who_uses_what_we_do_not_know_is_told_so_whatever_its_size),
        cmocka_unit_test(another_secret_is_answered_without_a_mac),
        cmocka_unit_test(an_answer_must_be_signed_and_belong_to_the_request),
        cmocka_unit_test(an_old_answer_is_not_accepted),
        cmocka_unit_test(a_mac_may_be_cut_to_half_but_not_below_ten_octets),
        cmocka_unit_test(every_message_of_a_stream_covers_the_one_before),
        cmocka_unit_test(a_stream_may_not_begin_nor_end_unsigned),
        cmocka_unit_test(the_hundredth_unsigned_message_in_a_row_is_too_many),
        cmocka_unit_test(a_record_of_another_class_is_malformed),
        cmocka_unit_test(algorithms_have_the_names_of_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
