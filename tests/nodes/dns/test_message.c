/* Reading messages: wire cases, hostile octets, every truncation. */
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

static struct message message;
static struct message_cursor cursor;

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Octets from lower-case hexadecimal digits and spaces, flush against a guard page. */
static struct bytes wire(const char *hex)
{
    static uint8_t room[2048];
    size_t size = 0;
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(size < sizeof room);
        room[size++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
        hex++;
    }
    return guard_copy(0, bytes_of(room, size));
}

#define QUESTION_HEADER "0001 0100 0001 0000 0000 0000 "
#define ANSWER_HEADER "0001 8400 0001 0001 0000 0000 "
#define ADDITIONAL_HEADER "0001 0100 0001 0000 0000 0001 "
#define TWO_ADDITIONAL_HEADER "0001 0100 0001 0000 0000 0002 "
#define WWW_COM "03777777 03636f6d 00 "
#define QUESTION WWW_COM "0001 0001 " /* records start at 25 */
#define A_FIELDS "0001 0001 0000012c 0004 c0000201 "
#define OPT "00 0029 04d0 00008000 0000 "
#define TSIG "0161 00 00fa 00ff 00000000 0011 00 000000000001 012c 0000 0001 0000 0000 "

static void reads_a_query_with_edns(void **state)
{
    (void)state;
    struct bytes in =
        wire("abcd 2110 0001 0000 0000 0001 " QUESTION "00 0029 1000 01008000 0006 000a 0002 6869");
    assert_int_equal(message_parse(&message, in), MESSAGE_OK);
    assert_int_equal(message.id, 0xabcd);
    assert_int_equal(message.opcode, OPCODE_NOTIFY);
    assert_int_equal(message.flags, FLAG_RD | FLAG_CD);
    assert_int_equal(message.rcode, 16); /* extended */
    assert_int_equal(message.question_count, 1);
    assert_memory_equal(message.qname, "\3www\3com", 9);
    assert_int_equal(message.qtype, RR_A);
    assert_int_equal(message.qclass, CLASS_IN);
    assert_true(message.edns.present && message.edns.dnssec_ok);
    assert_int_equal(message.edns.version, 0);
    assert_int_equal(message.edns.udp_size, 4096);
    assert_int_equal(message.edns.options.size, 6);
    assert_int_equal(message.records_at, 25);
    assert_int_equal(message.tsig_at, 0);
}

static void finds_an_option_and_believes_an_expire_of_four_octets(void **state)
{
    (void)state;
    static const struct {
        const char *options; /* after their size */
        int64_t expire_s;
    } cases[] = {
        {"0000", -1},
        {"0008 0009 0004 00015180", 86400},
        {"0008 0009 0004 ffffffff", 4294967295},
        {"000e 000a 0002 6869 0009 0004 00000007", 7},
        {"0010 0009 0004 00000001 0009 0004 00000002", 1}, /* the first counts */
        {"0004 0009 0000", -1},                            /* a query's */
        {"0007 0009 0003 000001", -1},
        {"0009 0009 0005 0000000001", -1},
        {"0008 0900 0004 00000001", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[400];
        snprintf(hex, sizeof hex, "%s%s00 0029 04d0 00000000 %s", ADDITIONAL_HEADER, QUESTION,
                 cases[i].options);
        assert_int_equal(message_parse(&message, wire(hex)), MESSAGE_OK);
        assert_int_equal(message_expire_s(&message), cases[i].expire_s);
    }
}

static void reads_flags_apart_from_opcode_and_rcode(void **state)
{
    (void)state;
    assert_int_equal(message_parse(&message, wire("0000 afb5 0000 0000 0000 0000")), MESSAGE_OK);
    assert_int_equal(message.flags,
                     FLAG_QR | FLAG_AA | FLAG_TC | FLAG_RD | FLAG_RA | FLAG_AD | FLAG_CD);
    assert_int_equal(message.opcode, OPCODE_UPDATE);
    assert_int_equal(message.rcode, RCODE_REFUSED);
    assert_false(message.edns.present);
    assert_true(name_is_root(message.qname));
    assert_int_equal(message.qtype, 0);
    message_cursor_start(&cursor, &message);
    struct rr rr;
    assert_false(message_next(&cursor, &rr));
}

static void reads_a_udp_size_below_512_as_512(void **state)
{
    (void)state;
    assert_int_equal(
        message_parse(&message, wire(ADDITIONAL_HEADER QUESTION "00 0029 0100 00000000 0000")),
        MESSAGE_OK);
    assert_int_equal(message.edns.udp_size, 512);
    assert_false(message.edns.dnssec_ok);
}

static void walks_records_with_sections_and_expanded_names(void **state)
{
    (void)state;
    struct bytes in = wire("0001 8400 0001 0001 0002 0001 " QUESTION "c00c " A_FIELDS
                           "c010 0002 0001 80000000 0006 036e7331 c010 " /* com NS ns1.com */
                           "0161 c010 fff0 0001 00000001 0002 c00c "     /* opaque RDATA */
                           "c035 001c 0001 00000005 0010 000102030405060708090a0b0c0d0e0f");
    struct rr rr;
    assert_int_equal(message_parse(&message, in), MESSAGE_OK);
    message_cursor_start(&cursor, &message);

    assert_true(message_next(&cursor, &rr));
    assert_int_equal(cursor.section, SECTION_ANSWER);
    assert_memory_equal(rr.owner, "\3www\3com", 9);
    assert_int_equal(rr.type, RR_A);
    assert_int_equal(rr.ttl, 300);
    assert_true(bytes_equal(rr.rdata, bytes_of("\xc0\0\2\1", 4)));

    assert_true(message_next(&cursor, &rr));
    assert_int_equal(cursor.section, SECTION_AUTHORITY);
    assert_memory_equal(rr.owner, "\3com", 5);
    assert_int_equal(rr.ttl, 0); /* RFC 2181 section 8 */
    assert_true(bytes_equal(rr.rdata, bytes_of("\3ns1\3com", 9)));

    assert_true(message_next(&cursor, &rr));
    assert_int_equal(cursor.section, SECTION_AUTHORITY);
    assert_memory_equal(rr.owner, "\1a\3com", 7);
    assert_int_equal(rr.type, 0xfff0);
    assert_true(bytes_equal(rr.rdata, bytes_of("\xc0\x0c", 2)));

    assert_true(message_next(&cursor, &rr));
    assert_int_equal(cursor.section, SECTION_ADDITIONAL);
    assert_memory_equal(rr.owner, "\3ns1\3com", 9);
    assert_int_equal(rr.rdata.size, 16);
    assert_false(message_next(&cursor, &rr));
    assert_false(message_next(&cursor, &rr));
}

static void expands_rdata_whose_size_stays_the_same(void **state)
{
    (void)state;
    /* MINFO: a pointer to the root takes an octet more than it, a pointer to "a" one less. */
    struct bytes in = wire("0001 8400 0001 0001 0000 0000 0161 00 000e 0001 "
                           "c00c 000e 0001 00000001 0004 c00e c00c");
    struct rr rr;
    assert_int_equal(message_parse(&message, in), MESSAGE_OK);
    message_cursor_start(&cursor, &message);
    assert_true(message_next(&cursor, &rr));
    assert_true(bytes_equal(rr.rdata, bytes_of("\0\1a\0", 4)));
}

static void tells_where_tsig_stands(void **state)
{
    (void)state;
    assert_int_equal(message_parse(&message, wire(TWO_ADDITIONAL_HEADER QUESTION OPT TSIG)),
                     MESSAGE_OK);
    assert_int_equal(message.tsig_at, 25 + 11);
    assert_true(message.edns.present);
}

static const struct {
    const char *claim;
    enum message_error error;
    const char *hex;
} cases[] = {
    {"nothing", MESSAGE_SHORT, ""},
    {"half a header", MESSAGE_SHORT, "0001 0100 0001 0000 0000 00"},
    {"a header alone", MESSAGE_OK, "0001 0100 0000 0000 0000 0000"},
    {"a question", MESSAGE_OK, QUESTION_HEADER QUESTION},
    {"no question though counted", MESSAGE_MALFORMED, QUESTION_HEADER},
    {"two questions", MESSAGE_MALFORMED, "0001 0100 0002 0000 0000 0000 " QUESTION QUESTION},
    {"a question uncounted", MESSAGE_MALFORMED, "0001 0100 0000 0000 0000 0000 " QUESTION},
    {"a trailing octet", MESSAGE_MALFORMED, QUESTION_HEADER QUESTION "00"},
    {"a question without class", MESSAGE_MALFORMED, QUESTION_HEADER WWW_COM "0001"},
    {"a qname without end", MESSAGE_MALFORMED, QUESTION_HEADER "03777777"},
    {"a qname that points into the header", MESSAGE_MALFORMED, QUESTION_HEADER "c004 0001 0001"},
    {"a qname that points to itself", MESSAGE_MALFORMED, QUESTION_HEADER "c00c 0001 0001"},
    {"a qname that points into itself", MESSAGE_MALFORMED, QUESTION_HEADER "0161 c00c 0001 0001"},
    {"label type 0x40", MESSAGE_MALFORMED, QUESTION_HEADER "4161 00 0001 0001"},
    {"label type 0x80", MESSAGE_MALFORMED, QUESTION_HEADER "8161 00 0001 0001"},
    {"two questions where a record stands", MESSAGE_MALFORMED,
     "0001 8400 0002 0001 0000 0000 " WWW_COM A_FIELDS},
    {"label type 0x80 that would point well", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "800c " A_FIELDS},
    {"an answer", MESSAGE_OK, ANSWER_HEADER QUESTION "c00c " A_FIELDS},
    {"an answer without question", MESSAGE_OK, "0001 8400 0000 0001 0000 0000 " WWW_COM A_FIELDS},
    {"a pointer to a question that is not there", MESSAGE_MALFORMED,
     "0001 8400 0000 0001 0000 0000 c00c " A_FIELDS},
    {"a pointer to a pointer", MESSAGE_OK,
     "0001 8400 0001 0002 0000 0000 " QUESTION "c00c " A_FIELDS "c019 " A_FIELDS},
    {"two pointers to each other", MESSAGE_MALFORMED,
     "0001 8400 0001 0002 0000 0000 " QUESTION "c029 " A_FIELDS "c019 " A_FIELDS},
    {"a pointer forwards", MESSAGE_MALFORMED,
     "0001 8400 0001 0002 0000 0000 " QUESTION "c029 " A_FIELDS WWW_COM A_FIELDS},
    {"a pointer to itself", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION "c019 " A_FIELDS},
    {"a pointer beyond the end", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION "ffff " A_FIELDS},
    {"a pointer at the first octet after the header", MESSAGE_OK,
     ANSWER_HEADER QUESTION "0161 c00c " A_FIELDS},
    {"a pointer into the header", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION "c00b " A_FIELDS},
    {"a pointer whose labels run into their own pointer", MESSAGE_MALFORMED,
     "0001 8400 0001 0001 0000 0000 0361 6263 00 0110 0001 c012 " A_FIELDS},
    {"half a pointer", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION "c0"},
    {"fewer answers than counted", MESSAGE_MALFORMED,
     "0001 8400 0001 0002 0000 0000 " QUESTION "c00c " A_FIELDS},
    {"more answers than counted", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c " A_FIELDS "c00c " A_FIELDS},
    {"RDATA beyond the end", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c 0001 0001 0000012c 0004 c00002"},
    {"an A record of 3 octets", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c 0001 0001 0000012c 0003 c00002"},
    {"an A record without RDATA", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c 0001 0001 0000012c 0000"},
    {"an NS that ends before RDATA", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c 0002 0001 0000012c 0003 c00c 00"},
    {"an NS that ends after RDATA", MESSAGE_MALFORMED,
     "0001 8400 0001 0002 0000 0000 " QUESTION
     "c00c 0002 0001 0000012c 0002 0361 6263 00 " A_FIELDS},
    {"an SRV that arrives compressed", MESSAGE_OK,
     ANSWER_HEADER QUESTION "c00c 0021 0001 00000001 0008 0001 0002 0035 c00c"},
    {"a broken TXT", MESSAGE_MALFORMED,
     ANSWER_HEADER QUESTION "c00c 0010 0001 00000001 0003 036162"},
    {"an unknown type", MESSAGE_OK, ANSWER_HEADER QUESTION "c00c ff00 0001 00000001 0001 c0"},
    {"an OPT", MESSAGE_OK, ADDITIONAL_HEADER QUESTION OPT},
    {"two OPT", MESSAGE_MALFORMED, TWO_ADDITIONAL_HEADER QUESTION OPT OPT},
    {"an OPT in answer", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION OPT},
    {"an OPT in authority", MESSAGE_MALFORMED, "0001 8400 0001 0000 0001 0000 " QUESTION OPT},
    {"an OPT with an owner", MESSAGE_MALFORMED,
     ADDITIONAL_HEADER QUESTION "c00c 0029 04d0 00000000 0000"},
    {"an OPT with a compressed root", MESSAGE_MALFORMED,
     ADDITIONAL_HEADER QUESTION "c014 0029 04d0 00000000 0000"},
    {"half an EDNS option", MESSAGE_MALFORMED,
     ADDITIONAL_HEADER QUESTION "00 0029 04d0 00000000 0003 000a00"},
    {"an EDNS option longer than OPT", MESSAGE_MALFORMED,
     ADDITIONAL_HEADER QUESTION "00 0029 04d0 00000000 0005 000a0002 00"},
    {"a TSIG", MESSAGE_OK, ADDITIONAL_HEADER QUESTION TSIG},
    {"a TSIG before another record", MESSAGE_MALFORMED, TWO_ADDITIONAL_HEADER QUESTION TSIG OPT},
    {"two TSIG", MESSAGE_MALFORMED, TWO_ADDITIONAL_HEADER QUESTION TSIG TSIG},
    {"a TSIG in answer", MESSAGE_MALFORMED, ANSWER_HEADER QUESTION TSIG},
    {"an UPDATE that deletes an RRset", MESSAGE_OK,
     "0001 2800 0001 0000 0001 0000 " QUESTION "c00c 0001 00ff 00000000 0000"},
    {"an UPDATE that deletes a record", MESSAGE_OK,
     "0001 2800 0001 0000 0001 0000 " QUESTION "c00c 0001 00fe 00000000 0004 01020304"},
    {"an UPDATE with a prerequisite of absence", MESSAGE_OK,
     "0001 2800 0001 0001 0000 0000 " QUESTION "c00c 0006 00fe 00000000 0000"},
    {"an UPDATE that adds nothing", MESSAGE_MALFORMED,
     "0001 2800 0001 0000 0001 0000 " QUESTION "c00c 0001 0001 00000000 0000"},
    {"an UPDATE with a TSIG without RDATA", MESSAGE_MALFORMED,
     "0001 2800 0001 0000 0000 0001 " QUESTION "c00c 00fa 00ff 00000000 0000"},
    {"class ANY without RDATA in a query", MESSAGE_MALFORMED,
     "0001 0000 0001 0000 0001 0000 " QUESTION "c00c 0001 00ff 00000000 0000"},
};

static void accepts_and_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum message_error error = roundtrip_message(wire(cases[i].hex));
        if (error != cases[i].error)
            fail_msg("%s: %d, expected %d", cases[i].claim, (int)error, (int)cases[i].error);
    }
}

/* A message with one question, whose name has NAME_OCTETS. */
static struct bytes long_question(size_t name_octets)
{
    uint8_t *out = guard_room(0, 12 + name_octets + 4);
    out[5] = 1;
    size_t at = 12, left = name_octets - 1;
    while (left > 0) {
        size_t label = left > 64 ? 63 : left - 1;
        out[at] = (uint8_t)label;
        at += label + 1;
        left -= label + 1;
    }
    return bytes_of(out, 12 + name_octets + 4);
}

static void takes_names_of_255_octets_and_none_longer(void **state)
{
    (void)state;
    assert_int_equal(roundtrip_message(long_question(255)), MESSAGE_OK);
    assert_int_equal(roundtrip_message(long_question(256)), MESSAGE_MALFORMED);
}

/* A question of 127 labels, and an owner that puts LABEL octets in front of all but SKIP labels. */
static enum message_error parse_long_owner(size_t label, size_t skip)
{
    struct writer w = writer_of(guard_room(0, 600), 600);
    writer_bytes(&w, "\0\1\x80\0\0\1\0\1\0\0\0\0", 12);
    for (size_t i = 0; i < 127; i++)
        writer_bytes(&w, "\1a", 2);
    writer_bytes(&w, "\0\0\1\0\1", 5);
    writer_u8(&w, (uint8_t)label);
    for (size_t i = 0; i < label; i++)
        writer_u8(&w, 'b');
    writer_u16(&w, (uint16_t)(0xc00c + 2 * skip));
    writer_bytes(&w, "\0\1\0\1\0\0\0\0\0\4abcd", 14);
    return roundtrip_message(guard_copy(1, bytes_of(w.data, w.size)));
}

static void counts_octets_behind_pointers(void **state)
{
    (void)state;
    assert_int_equal(parse_long_owner(1, 1), MESSAGE_OK);
    assert_int_equal(parse_long_owner(1, 0), MESSAGE_MALFORMED);
    assert_int_equal(parse_long_owner(2, 1), MESSAGE_MALFORMED);
    assert_int_equal(parse_long_owner(63, 32), MESSAGE_OK);
    assert_int_equal(parse_long_owner(63, 31), MESSAGE_MALFORMED);
}

/* COUNT opaque records whose RDATA is a pointer to the pointer before, then a record owned so. */
static enum message_error parse_pointer_chain(size_t count)
{
    struct writer w = writer_of(guard_room(0, 8192), 8192);
    writer_bytes(&w, "\0\1\x80\0\0\1\0\2\0\0\0\0\1a\0\0\1\0\1", 19);
    writer_bytes(&w, "\0\xff\0\0\1\0\0\0\0", 9);
    writer_u16(&w, (uint16_t)(2 * count));
    for (size_t i = 0; i < count; i++)
        writer_u16(&w, (uint16_t)(0xc000 | (i == 0 ? 12 : w.size - 2)));
    writer_u16(&w, (uint16_t)(0xc000 | (w.size - 2)));
    writer_bytes(&w, "\0\1\0\1\0\0\0\0\0\4abcd", 14);
    return roundtrip_message(guard_copy(1, bytes_of(w.data, w.size)));
}

static void follows_as_many_pointers_as_a_name_has_labels(void **state)
{
    (void)state;
    assert_int_equal(parse_pointer_chain(1), MESSAGE_OK);
    assert_int_equal(parse_pointer_chain(126), MESSAGE_OK);
    assert_int_equal(parse_pointer_chain(127), MESSAGE_MALFORMED);
}

/* One RRSIG in 65535 octets, whose signer grows from 2 octets to 255. */
static void expands_the_largest_rdata(void **state)
{
    (void)state;
    struct writer w = writer_of(guard_room(0, MESSAGE_SIZE_MAX), MESSAGE_SIZE_MAX);
    writer_bytes(&w, "\0\1\x80\0\0\1\0\1\0\0\0\0", 12);
    for (size_t i = 0; i < 127; i++)
        writer_bytes(&w, "\1a", 2);
    writer_bytes(&w, "\0\0\1\0\1\0\0\x2e\0\1\0\0\0\0", 14);
    size_t rest = MESSAGE_SIZE_MAX - w.size - 2 - 20;
    writer_u16(&w, (uint16_t)(20 + rest));
    writer_bytes(&w, "123456789012345678\xc0\x0c", 20);
    memset(writer_room(&w, rest), 'x', rest);
    assert_int_equal(roundtrip_message(bytes_of(w.data, w.size)), MESSAGE_OK);
    struct rr rr;
    assert_int_equal(message_parse(&message, bytes_of(w.data, w.size)), MESSAGE_OK);
    message_cursor_start(&cursor, &message);
    assert_true(message_next(&cursor, &rr));
    assert_int_equal(rr.rdata.size, 18 + 255 + rest);
    assert_memory_equal(rr.rdata.data, "123456789012345678\1a\1a", 22);
    assert_int_equal(rr.rdata.data[rr.rdata.size - 1], 'x');
}

static void reads_no_octet_past_the_end_of_any_prefix(void **state)
{
    (void)state;
    static uint8_t room[MESSAGE_SIZE_MAX];
    struct random r = {.key = 1};
    for (int i = 0; i < 60; i++) {
        size_t size = random_message(&r, room);
        assert_int_equal(roundtrip_message(guard_copy(0, bytes_of(room, size))), MESSAGE_OK);
        for (size_t prefix = 0; prefix < size; prefix++)
            assert_int_not_equal(message_parse(&message, guard_copy(0, bytes_of(room, prefix))),
                                 MESSAGE_OK);
    }
}

static void survives_octets_that_changed(void **state)
{
    (void)state;
    static uint8_t room[MESSAGE_SIZE_MAX], changed[MESSAGE_SIZE_MAX];
    struct random r = {.key = 2};
    size_t good = 0, bad = 0;
    for (int i = 0; i < 300; i++) {
        size_t size = random_message(&r, room);
        for (int j = 0; j < 100; j++) {
            memcpy(changed, room, size);
            for (uint32_t left = 1 + random_below(&r, 3); left > 0; left--)
                changed[random_below(&r, (uint32_t)size)] = (uint8_t)random_next(&r);
            if (roundtrip_message(guard_copy(0, bytes_of(changed, size))) == MESSAGE_OK)
                good++;
            else
                bad++;
        }
    }
    assert_true(good > 1000 && bad > 1000);
}

static void refuses_a_message_longer_than_65535_octets(void **state)
{
    (void)state;
    uint8_t *out = guard_room(0, MESSAGE_SIZE_MAX + 1);
    out[7] = 2; /* two opaque records, owned by the root */
    out[14] = out[14 + 0x8000] = 0xff;
    bytes_put_u16(out + 21, 0x8000 - 11);
    bytes_put_u16(out + 21 + 0x8000, 0x8000 - 11 - 12);
    assert_int_equal(message_parse(&message, bytes_of(out, MESSAGE_SIZE_MAX + 1)),
                     MESSAGE_MALFORMED);
    bytes_put_u16(out + 21 + 0x8000, 0x8000 - 11 - 13);
    assert_int_equal(message_parse(&message, bytes_of(out, MESSAGE_SIZE_MAX)), MESSAGE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_query_with_edns),
        cmocka_unit_test(finds_an_option_and_believes_an_expire_of_four_octets),
        cmocka_unit_test(reads_flags_apart_from_opcode_and_rcode),
        cmocka_unit_test(reads_a_udp_size_below_512_as_512),
        cmocka_unit_test(walks_records_with_sections_and_expanded_names),
        cmocka_unit_test(expands_rdata_whose_size_stays_the_same),
        cmocka_unit_test(tells_where_tsig_stands),
        cmocka_unit_test(accepts_and_refuses),
        cmocka_unit_test(takes_names_of_255_octets_and_none_longer),
        cmocka_unit_test(counts_octets_behind_pointers),
        cmocka_unit_test(follows_as_many_pointers_as_a_name_has_labels),
        cmocka_unit_test(expands_the_largest_rdata),
        cmocka_unit_test(reads_no_octet_past_the_end_of_any_prefix),
        cmocka_unit_test(survives_octets_that_changed),
        cmocka_unit_test(refuses_a_message_longer_than_65535_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
