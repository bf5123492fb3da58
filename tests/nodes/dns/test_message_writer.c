/* Writing messages: compression, room, marks, OPT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/dns/message.h"
#include "tests/support/guard.h"
#include "tests/support/random_message.h"
#include "tests/support/roundtrip.h"

static struct message_writer w;
static struct message message;
static struct message_cursor cursor;
static uint8_t room[MESSAGE_SIZE_MAX];

#define NAME(text) ((const uint8_t *)(text))
#define WWW NAME("\3www\7example\3com")

static struct rr record(const uint8_t *owner, uint16_t type, const void *rdata, size_t size)
{
    return (struct rr){
        .owner = owner, .type = type, .class = CLASS_IN, .ttl = 60, .rdata = bytes_of(rdata, size)};
}

static void begin(size_t capacity, const uint8_t *qname)
{
    message_begin(&w, guard_room(0, capacity), capacity, 7, OPCODE_QUERY, FLAG_QR | FLAG_RD);
    if (qname)
        assert_true(message_write_question(&w, qname, RR_A, CLASS_IN));
}

/* Appends a record to the answer and returns the octets it took. */
static struct bytes written(const uint8_t *owner, uint16_t type, const void *rdata, size_t size)
{
    size_t at = w.size;
    struct rr rr = record(owner, type, rdata, size);
    assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
    return bytes_of(w.data + at, w.size - at);
}

#define assert_octets(bytes, text) \
    assert_true(bytes_equal((bytes), bytes_of(text, sizeof text - 1)))
#define FIELDS(type, rdlength) type "\0\1\0\0\0\74\0" rdlength

static void writes_header_and_question(void **state)
{
    (void)state;
    begin(512, WWW);
    size_t size = message_end(&w, FLAG_AA, RCODE_NXDOMAIN);
    assert_octets(bytes_of(w.data, size),
                  "\0\7\x85\3\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1");
    message_begin(&w, room, 512, 8, OPCODE_NOTIFY, 0);
    assert_int_equal(message_end(&w, FLAG_QR, 0), 12);
    assert_memory_equal(room, "\0\10\xa0\0\0\0\0\0\0\0\0\0", 12);
}

static void points_from_owner_to_the_question_whatever_its_case(void **state)
{
    (void)state;
    begin(512, NAME("\3wWw\7eXample\3com"));
    assert_octets(written(WWW, RR_A, "abcd", 4), "\xc0\x0c" FIELDS("\0\1", "\4abcd"));
    assert_int_equal(w.slot_count, 0);
    assert_octets(written(NAME("\7EXAMPLE\3com"), RR_A, "abcd", 4),
                  "\xc0\x10" FIELDS("\0\1", "\4abcd"));
    assert_octets(written(NAME("\2ns\7example\3COM"), RR_A, "abcd", 4),
                  "\2ns\xc0\x10" FIELDS("\0\1", "\4abcd"));
}

static void keeps_the_case_of_names_in_rdata(void **state)
{
    (void)state;
    begin(512, NAME("\7Example\3com"));
    assert_octets(written(NAME("\7example\3com"), RR_NS, "\2ns\7example\3com", 16),
                  "\xc0\x0c" FIELDS("\0\2", "\x0d\2ns\7example\xc0\x14"));
    assert_octets(written(NAME("\7example\3com"), RR_NS, "\2NS\7example\3com", 16),
                  "\xc0\x0c" FIELDS("\0\2", "\5\2NS\xc0\x2c"));
    assert_octets(written(NAME("\7example\3com"), RR_NS, "\2ns\7Example\3com", 16),
                  "\xc0\x0c" FIELDS("\0\2", "\5\2ns\xc0\x0c"));
}

static void keeps_the_case_of_owners_not_in_the_question(void **state)
{
    (void)state;
    begin(512, NAME("\3com"));
    written(NAME("\1a\3com"), RR_A, "abcd", 4);
    assert_octets(written(NAME("\1A\3com"), RR_A, "abcd", 4),
                  "\1A\xc0\x0c" FIELDS("\0\1", "\4abcd"));
    assert_octets(written(NAME("\1a\3com"), RR_A, "abcd", 4), "\xc0\x15" FIELDS("\0\1", "\4abcd"));
}

static void compresses_both_names_of_an_soa(void **state)
{
    (void)state;
    begin(512, WWW);
    assert_octets(written(NAME("\7example\3com"), RR_SOA,
                          "\2ns\7example\3com\0\1h\2ns\7example\3com\0"
                          "12345678901234567890",
                          16 + 18 + 20),
                  "\xc0\x10" FIELDS("\0\6", "\x1d") "\2ns\xc0\x10\1h\xc0\x2d"
                                                    "12345678901234567890");
}

static void leaves_names_of_newer_types_alone(void **state)
{
    (void)state;
    begin(512, WWW);
    assert_octets(written(WWW, RR_SRV, "123456\3www\7example\3com", 23),
                  "\xc0\x0c" FIELDS("\0\x21", "\x17"
                                              "123456\3www\7example\3com\0"));
    assert_octets(written(WWW, RR_DNAME, "\3www\7example\3com", 17),
                  "\xc0\x0c" FIELDS("\0\x27", "\x11\3www\7example\3com\0"));
}

static void writes_the_root_as_one_octet(void **state)
{
    (void)state;
    begin(512, name_root);
    assert_octets(written(name_root, RR_NS, "", 1), "\0" FIELDS("\0\2", "\1\0"));
    assert_octets(written(NAME("\3com"), RR_NS, "", 1), "\3com\0" FIELDS("\0\2", "\1\0"));
    assert_octets(written(NAME("\3com"), RR_NS, "", 1), "\xc0\x1d" FIELDS("\0\2", "\1\0"));
}

static void compresses_nothing_when_told_so(void **state)
{
    (void)state;
    begin(512, NAME("\1a"));
    w.compress = false;
    assert_octets(written(NAME("\1a"), RR_NS, "\1a", 3), "\1a\0" FIELDS("\0\2", "\3\1a\0"));
}

static void compresses_without_a_question(void **state)
{
    (void)state;
    begin(512, NULL);
    assert_octets(written(NAME("\1a"), RR_NS, "\1b\1a", 5),
                  "\1a\0" FIELDS("\0\2", "\4\1b\xc0\x0c"));
    assert_octets(written(NAME("\1b\1a"), RR_NS, "\1a", 3),
                  "\xc0\x19" FIELDS("\0\2", "\2\xc0\x0c"));
}

static void never_points_beyond_offset_0x3fff(void **state)
{
    (void)state;
    static const uint8_t filler[0x3fff - 12 - 11 - 2] = {0};
    begin(MESSAGE_SIZE_MAX, NULL);
    written(name_root, 65280, filler, sizeof filler); /* 1 + 10 + size: the next is at 0x3ffd */
    written(NAME("\2ab\1c"), RR_A, "abcd", 4);
    assert_octets(written(NAME("\2ab\1c"), RR_A, "abcd", 4), "\2ab\1c\0" FIELDS("\0\1", "\4abcd"));
    begin(MESSAGE_SIZE_MAX, NULL);
    written(name_root, 65280, filler, sizeof filler - 1); /* at 0x3ffc: the last label at 0x3fff */
    written(NAME("\2ab\1c"), RR_A, "abcd", 4);
    assert_octets(written(NAME("\2ab\1c"), RR_A, "abcd", 4), "\xff\xfc" FIELDS("\0\1", "\4abcd"));
    assert_octets(written(NAME("\1c"), RR_A, "abcd", 4), "\xff\xff" FIELDS("\0\1", "\4abcd"));
    assert_int_equal(roundtrip_message(bytes_of(w.data, message_end(&w, 0, 0))), MESSAGE_OK);
}

static void goes_on_when_its_slots_are_full(void **state)
{
    (void)state;
    begin(MESSAGE_SIZE_MAX, NAME("\3com"));
    for (int i = 0; i < 2 * MESSAGE_COMPRESS_SLOTS; i++) {
        uint8_t owner[] = "\4h000\3com";
        owner[2] = (uint8_t)('0' + i / 100 % 100);
        owner[3] = (uint8_t)('0' + i / 10 % 10);
        owner[4] = (uint8_t)('0' + i % 10);
        written(owner, RR_A, "abcd", 4);
    }
    assert_int_equal(w.slot_count, MESSAGE_COMPRESS_SLOTS);
    assert_octets(written(NAME("\1z\3com"), RR_A, "abcd", 4),
                  "\1z\xc0\x0c" FIELDS("\0\1", "\4abcd"));
    assert_octets(written(NAME("\4h000\3com"), RR_A, "abcd", 4),
                  "\xc0\x15" FIELDS("\0\1", "\4abcd"));
    assert_int_equal(roundtrip_message(bytes_of(w.data, message_end(&w, 0, 0))), MESSAGE_OK);
}

static void tells_names_apart_whose_hashes_collide(void **state)
{
    (void)state;
    for (char first = 'a'; first <= 'p'; first++) {
        uint8_t owner[] = "\1a\3h00";
        struct rr rr;
        owner[1] = (uint8_t)first;
        begin(MESSAGE_SIZE_MAX, NULL);
        for (int i = 0; i < 500; i++) { /* parents first, so that children are looked up */
            bytes_put_u16(owner + 4, (uint16_t)(i % 250));
            written(i < 250 ? owner + 2 : owner, 65280, owner + 4, 2);
        }
        message_parse(&message, bytes_of(w.data, message_end(&w, 0, 0)));
        message_cursor_start(&cursor, &message);
        while (message_next(&cursor, &rr))
            assert_memory_equal(rr.owner + name_size(rr.owner) - 3, rr.rdata.data, 2);
    }
}

/* RR, whose owner and RDATA hold names, and every room that is too small for it. */
static void refuse_without_room(struct rr rr)
{
    begin(512, WWW);
    assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
    size_t full = w.size, before = 12 + 17 + 4;
    for (size_t capacity = before; capacity < full; capacity++) {
        begin(capacity, WWW);
        assert_false(message_write_rr(&w, SECTION_ANSWER, &rr));
        assert_int_equal(w.size, before);
        assert_int_equal(w.slot_count, 0);
        assert_int_equal(message_end(&w, 0, 0), before);
        assert_int_equal(message_parse(&message, bytes_of(w.data, before)), MESSAGE_OK);
    }
    begin(full, WWW);
    assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
}

static void writes_nothing_of_a_record_without_room(void **state)
{
    (void)state;
    refuse_without_room(record(NAME("\1a\3www\7example\3com"), RR_MX, "\0\1\1b\1c", 7));
    refuse_without_room(record(NAME("\1a"), 65280, "", 0));
}

static void writes_nothing_of_a_question_without_room(void **state)
{
    (void)state;
    size_t before = 12 + 17 + 4;
    for (size_t capacity = 12; capacity < before; capacity++) {
        begin(capacity, NULL);
        assert_false(message_write_question(&w, WWW, RR_A, CLASS_IN));
        assert_int_equal(message_end(&w, 0, 0), 12);
    }
}

static void forgets_names_it_takes_back(void **state)
{
    (void)state;
    begin(512, WWW);
    written(NAME("\1x\3com"), RR_A, "abcd", 4);
    struct message_mark mark = message_mark(&w);
    written(NAME("\1y\1x\3com"), RR_NS, "\3net", 5);
    written(NAME("\1z\1x\3com"), RR_NS, "\1y\1x\3com", 9);
    message_rewind(&w, &mark);
    assert_octets(written(NAME("\1y\1x\3com"), RR_NS, "\3net", 5),
                  "\1y\xc0\x21" FIELDS("\0\2", "\5\3net\0"));
    assert_octets(written(NAME("\1x\3com"), RR_NS, "\3net", 5),
                  "\xc0\x21" FIELDS("\0\2", "\2\xc0\x41"));
    size_t size = message_end(&w, 0, 0);
    assert_int_equal(message_parse(&message, bytes_of(w.data, size)), MESSAGE_OK);
    assert_int_equal(message.counts[SECTION_ANSWER], 3);
}

static void takes_back_even_the_question(void **state)
{
    (void)state;
    begin(512, NULL);
    struct message_mark mark = message_mark(&w);
    message_write_question(&w, NAME("\1a"), RR_A, CLASS_IN);
    written(NAME("\1b"), RR_A, "abcd", 4);
    message_rewind(&w, &mark);
    assert_octets(written(NAME("\1a"), RR_A, "abcd", 4), "\1a\0" FIELDS("\0\1", "\4abcd"));
    message_rewind(&w, &mark);
    message_write_question(&w, NAME("\1b"), RR_A, CLASS_IN);
    assert_octets(written(NAME("\1a"), RR_A, "abcd", 4), "\1a\0" FIELDS("\0\1", "\4abcd"));
    assert_octets(written(NAME("\1a"), RR_A, "abcd", 4), "\xc0\x13" FIELDS("\0\1", "\4abcd"));
}

static void keeps_its_reserve_for_opt(void **state)
{
    (void)state;
    size_t question = 12 + 17 + 4;
    struct rr rr = record(WWW, RR_A, "abcd", 4);
    begin(question + 16 + MESSAGE_OPT_SIZE + 4, WWW);
    message_reserve(&w, MESSAGE_OPT_SIZE + 5);
    assert_false(message_write_rr(&w, SECTION_ANSWER, &rr));
    w.reserved--;
    assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
    assert_false(message_write_rr(&w, SECTION_ANSWER, &rr));
    assert_false(message_write_opt(&w, 1232, true, 0, bytes_of("\0\x0a\0\1x", 5)));
    assert_true(message_write_opt(&w, 1232, true, RCODE_BADVERS, bytes_of("\0\x0a\0\0", 4)));
    assert_int_equal(w.reserved, 0);
    size_t size = message_end(&w, 0, RCODE_BADVERS);
    assert_int_equal(size, w.capacity);
    assert_octets(bytes_of(w.data + size - 15, 15), "\0\0\x29\4\xd0\1\0\x80\0\0\4\0\x0a\0\0");
    assert_int_equal(message_parse(&message, bytes_of(w.data, size)), MESSAGE_OK);
    assert_int_equal(message.rcode, RCODE_BADVERS);
}

static void makes_queries(void **state)
{
    (void)state;
    uint8_t *out = guard_room(0, 12 + 17 + 4);
    assert_int_equal(message_make_query(out, 33, 9, FLAG_RD, WWW, RR_SOA, 0, false), 33);
    assert_octets(bytes_of(out, 33), "\0\x09\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\6\0\1");
    assert_int_equal(message_make_query(out, 32, 9, FLAG_RD, WWW, RR_SOA, 0, false), 0);
    assert_int_equal(message_make_query(out, 33, 9, FLAG_RD, WWW, RR_SOA, 1232, false), 0);
    out = guard_room(0, 44);
    assert_int_equal(message_make_query(out, 44, 9, 0, WWW, RR_SOA, 1232, true), 44);
    assert_int_equal(message_parse(&message, bytes_of(out, 44)), MESSAGE_OK);
    assert_int_equal(message.edns.udp_size, 1232);
    assert_true(message.edns.dnssec_ok && message.flags == 0);
    message_make_query(out, 44, 9, 0, WWW, RR_SOA, 1232, false);
    assert_int_equal(message_parse(&message, bytes_of(out, 44)), MESSAGE_OK);
    assert_false(message.edns.dnssec_ok);
}

/* A transfer-like message: hosts in order, two records each, mail among them. */
static void compresses_whole_transfers(void **state)
{
    (void)state;
    size_t records = 0, plain = 0;
    begin(MESSAGE_SIZE_MAX, NAME("\7example\3com"));
    for (unsigned i = 0; records < 100000; i++) {
        uint8_t owner[NAME_SIZE_MAX], rdata[2 + NAME_SIZE_MAX] = {0};
        char label[16];
        snprintf(label, sizeof label, "host%05u", i);
        size_t size = name_prepend(bytes_of_text(label), NAME("\7example\3com"), owner);
        memcpy(rdata + 2, owner, size);
        struct rr a = record(owner, RR_A, "abcd", 4), mx = record(owner, RR_MX, rdata, size + 2);
        if (!message_write_rr(&w, SECTION_ANSWER, &a) || !message_write_rr(&w, SECTION_ANSWER, &mx))
            break;
        records += 2;
        plain += 2 * (size + 10) + 4 + 2 + size;
    }
    assert_true(w.size > MESSAGE_SIZE_MAX - 60);
    assert_true(plain > 14 * (w.size / 10));
    assert_int_equal(roundtrip_message(bytes_of(w.data, message_end(&w, 0, 0))), MESSAGE_OK);
}

static void reads_back_all_it_writes(void **state)
{
    (void)state;
    struct random r = {.key = 3};
    for (int i = 0; i < 2000; i++) {
        size_t size = random_message(&r, room);
        assert_int_equal(roundtrip_message(bytes_of(room, size)), MESSAGE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_header_and_question),
        cmocka_unit_test(points_from_owner_to_the_question_whatever_its_case),
        cmocka_unit_test(keeps_the_case_of_names_in_rdata),
        cmocka_unit_test(keeps_the_case_of_owners_not_in_the_question),
        cmocka_unit_test(compresses_both_names_of_an_soa),
        cmocka_unit_test(leaves_names_of_newer_types_alone),
        cmocka_unit_test(writes_the_root_as_one_octet),
        cmocka_unit_test(compresses_nothing_when_told_so),
        cmocka_unit_test(compresses_without_a_question),
        cmocka_unit_test(never_points_beyond_offset_0x3fff),
        cmocka_unit_test(goes_on_when_its_slots_are_full),
        cmocka_unit_test(tells_names_apart_whose_hashes_collide),
        cmocka_unit_test(writes_nothing_of_a_record_without_room),
        cmocka_unit_test(writes_nothing_of_a_question_without_room),
        cmocka_unit_test(forgets_names_it_takes_back),
        cmocka_unit_test(takes_back_even_the_question),
        cmocka_unit_test(keeps_its_reserve_for_opt),
        cmocka_unit_test(makes_queries),
        cmocka_unit_test(compresses_whole_transfers),
        cmocka_unit_test(reads_back_all_it_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
