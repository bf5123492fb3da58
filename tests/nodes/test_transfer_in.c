/* The reader of transfers: every form that an answer may have, and those that it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/dns/zonefile.h"
#include "nodes/transfer_in.h"
#include "tests/support/server_setup.h"

enum { ID = 77 };

static struct zone_store *store;
static struct zone *base;
static struct transfer_in *transfer;
static uint16_t question_type;

#define TIMERS " 3600 900 604800 300"
#define SOA1 "@ 3600 SOA ns1 hostmaster 1" TIMERS
#define SOA2 "@ 3600 SOA ns1 hostmaster 2" TIMERS
#define SOA3 "@ 3600 SOA ns1 hostmaster 3" TIMERS

static int prepare(void **state)
{
    (void)state;
    store = zone_store_create();
    base = zone_store_intern(store, setup_zone(1, 2));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    transfer_in_free(transfer);
    transfer = NULL;
    zone_release(base);
    zone_store_destroy(store);
    return 0;
}

static bool check_zonemd;

static void begin(bool ixfr, bool with_base)
{
    struct transfer_in_request request = {.origin = name_of("example.com."),
                                          .base = with_base ? base : NULL,
                                          .store = store,
                                          .id = ID,
                                          .check_zonemd = check_zonemd,
                                          .ixfr = ixfr};
    transfer_in_free(transfer);
    transfer = transfer_in_create(&request);
    question_type = ixfr ? RR_IXFR : RR_AXFR;
}

/* A message of the transfer with RECORDS, lines of a zone file; without a question if WITHOUT. */
static struct bytes message_of(const char *const *records, size_t count, bool without)
{
    static uint8_t data[65535], owner[NAME_SIZE_MAX], rdata[65535];
    struct message_writer w;
    struct rr rr;
    char error[200];
    message_begin(&w, data, sizeof data, ID, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    if (!without)
        message_write_question(&w, name_of("example.com."), question_type, CLASS_IN);
    for (size_t i = 0; i < count; i++) {
        assert_true(zonefile_parse_rr(bytes_of_text(records[i]), name_of("example.com."), 300,
                                      owner, rdata, &rr, error));
        assert_true(message_write_rr(&w, SECTION_ANSWER, &rr));
    }
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

#define SEND(...) send_records((const char *const[]){__VA_ARGS__, NULL})

static enum transfer_in_result send_records(const char *const *records)
{
    size_t count = 0;
    while (records[count])
        count++;
    return transfer_in_message(transfer, message_of(records, count, false));
}

static void expect_failure(enum transfer_in_result result, const char *why, bool wants_axfr)
{
    assert_int_equal(result, TRANSFER_IN_FAILED);
    assert_string_equal(transfer_in_why(transfer), why);
    assert_int_equal(transfer_in_wants_axfr(transfer), wants_axfr);
}

/* ---- whole zones --------------------------------------------------------------------------- */

static void records_may_come_one_a_message(void **state)
{
    (void)state;
    const char *const records[] = {SOA2, "@ NS ns1", "ns1 A 192.0.2.1", "a A 192.0.2.2", SOA2};
    begin(false, false);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(transfer_in_message(transfer, message_of(&records[i], 1, i > 0)),
                         i < 4 ? TRANSFER_IN_MORE : TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_int_equal(zone_record_count(zone), 4);
    assert_int_equal(zone_serial(zone), 2);
    assert_int_equal(transfer_in_form(transfer), NOTE_AXFR);
    zone_release(zone);
}

static void the_first_message_needs_the_question(void **state)
{
    (void)state;
    const char *const records[] = {SOA2};
    begin(false, false);
    expect_failure(transfer_in_message(transfer, message_of(records, 1, true)),
                   "a message that does not belong to the transfer", false);
}

static void what_is_not_ours_is_refused(void **state)
{
    (void)state;
    uint8_t data[600];
    const char *const records[] = {SOA2};
    struct bytes good = message_of(records, 1, false);
    for (int way = 0; way < 6; way++) {
        begin(false, false);
        memcpy(data, good.data, good.size);
        if (way == 0)
            data[1] ^= 1; /* id */
        if (way == 1)
            data[2] &= 0x7f; /* QR */
        if (way == 2)
            data[13] ^= 1; /* a letter of the question */
        if (way == 3)
            data[2] |= OPCODE_NOTIFY << 3;
        if (way == 4)
            data[28] = 3; /* the question's class */
        if (way == 5)
            data[26] = RR_SOA; /* and type */
        expect_failure(transfer_in_message(transfer, bytes_of(data, good.size)),
                       "a message that does not belong to the transfer", false);
    }
}

static void what_comes_between_is_refused_too(void **state)
{
    (void)state;
    const char *const records[] = {"a A 192.0.2.2"};
    uint8_t data[600];
    for (int way = 0; way < 3; way++) {
        begin(false, false);
        assert_int_equal(SEND(SOA2, "@ NS ns1"), TRANSFER_IN_MORE);
        struct bytes next = message_of(records, 1, false);
        memcpy(data, next.data, next.size);
        data[way == 0 ? 1 : 13] ^= 1; /* id, or a letter of the question */
        if (way < 2)
            expect_failure(transfer_in_message(transfer, bytes_of(data, next.size)),
                           "a message that does not belong to the transfer", false);
        else
            expect_failure(transfer_in_message(transfer, bytes_of(data, 0)), "a malformed message",
                           false);
    }
}

static void a_truncated_message_is_refused(void **state)
{
    (void)state;
    const char *const records[] = {SOA2, "@ NS ns1", SOA2};
    uint8_t data[600];
    begin(false, false);
    struct bytes whole = message_of(records, 3, false);
    memcpy(data, whole.data, whole.size);
    data[2] |= FLAG_TC >> 8;
    expect_failure(transfer_in_message(transfer, bytes_of(data, whole.size)), "a truncated message",
                   false);
}

static void records_that_come_twice_count_once(void **state)
{
    (void)state;
    for (int known = 0; known <= 1; known++) {
        begin(false, false);
        SEND(known ? SOA1 : SOA2, "@ 3600 NS ns1", "@ 3600 NS ns2", "h0 300 A 10.0.0.0");
        SEND("h0 300 A 10.0.0.0", "h1 300 A 10.0.0.1", "ns1 3600 A 192.0.2.1");
        assert_int_equal(SEND("ns1 3600 A 192.0.2.1", "ns2 3600 A 192.0.2.2",
                              "www 300 A 192.0.2.80", known ? SOA1 : SOA2),
                         TRANSFER_IN_DONE);
        struct zone *zone = transfer_in_take(transfer);
        assert_int_equal(zone_record_count(zone), 8);
        if (known)
            assert_ptr_equal(zone, base);
        zone_release(zone);
    }
}

static void records_outside_the_zone_are_ignored(void **state)
{
    (void)state;
    begin(false, false);
    assert_int_equal(SEND(SOA2, "@ NS ns1", "example.net. A 192.0.2.1", SOA2), TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_int_equal(zone_record_count(zone), 2);
    zone_release(zone);
}

static void broken_zones_are_refused(void **state)
{
    (void)state;
    begin(false, false);
    expect_failure(SEND("@ NS ns1", SOA2), "the answer does not begin with the SOA", false);
    begin(false, false);
    expect_failure(SEND(SOA2, "a A 192.0.2.1", SOA2), "no NS at the apex", false);
    begin(false, false);
    expect_failure(SEND(SOA2, SOA2), "no NS at the apex", false);
    begin(false, false);
    expect_failure(SEND(SOA2, SOA2, "@ NS ns1", SOA2), "no NS at the apex", false);
    begin(false, false);
    expect_failure(SEND(SOA2, "@ NS ns1", SOA3), "the zone changed during the transfer", false);
    begin(false, false);
    expect_failure(SEND(SOA2, "@ NS ns1", SOA2, "a A 192.0.2.1"), "records after the closing SOA",
                   false);
    begin(false, false);
    expect_failure(SEND(SOA2, "@ NS ns1", "a CNAME b", "a A 192.0.2.1", SOA2),
                   "records that exclude each other", false);
    begin(false, false);
    expect_failure(SEND(SOA2, "sub SOA ns1 hostmaster 2" TIMERS, SOA2),
                   "an SOA that is not the zone's", false);
}

static void a_digest_that_does_not_match_is_refused(void **state)
{
    (void)state;
    static const char wrong[] = "@ ZONEMD 2 1 1 "
                                "000000000000000000000000000000000000000000000000"
                                "000000000000000000000000000000000000000000000000";
    begin(false, false);
    assert_int_equal(SEND(SOA2, "@ NS ns1", wrong, SOA2), TRANSFER_IN_DONE);
    check_zonemd = true;
    begin(false, false);
    enum transfer_in_result whole = SEND(SOA2, "@ NS ns1", wrong, SOA2);
    expect_failure(whole, "ZONEMD does not match", false);
    begin(true, true);
    enum transfer_in_result difference = SEND(SOA2, SOA1, SOA2, wrong, SOA2);
    expect_failure(difference, "ZONEMD does not match", true);
    begin(false, false); /* none: nothing to check */
    assert_int_equal(SEND(SOA2, "@ NS ns1", SOA2), TRANSFER_IN_DONE);
    check_zonemd = false;
}

static void larger_than_allowed_is_refused(void **state)
{
    (void)state;
    struct transfer_in_request request = {
        .origin = name_of("example.com."), .store = store, .id = ID, .size_max = 100};
    transfer = transfer_in_create(&request);
    question_type = RR_AXFR;
    expect_failure(SEND(SOA2, "@ NS ns1", "a A 192.0.2.1", SOA2), "larger than allowed", false);
}

/* ---- versions that the store knows ----------------------------------------------------------- */

static void a_known_version_is_taken_as_it_is(void **state)
{
    (void)state;
    begin(false, false);
    assert_int_equal(SEND(SOA1, "@ 3600 NS ns1", "@ 3600 NS ns2", "h0 300 A 10.0.0.0",
                          "h1 300 A 10.0.0.1", "ns1 3600 A 192.0.2.1", "ns2 3600 A 192.0.2.2",
                          "www 300 A 192.0.2.80", SOA1),
                     TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_ptr_equal(zone, base);
    zone_release(zone);
}

static void another_order_leads_to_the_same_version(void **state)
{
    (void)state;
    begin(false, false);
    assert_int_equal(SEND(SOA1, "@ 3600 NS ns1", "h1 300 A 10.0.0.1", "@ 3600 NS ns2",
                          "ns1 3600 A 192.0.2.1", "h0 300 A 10.0.0.0", "www 300 A 192.0.2.80",
                          "ns2 3600 A 192.0.2.2", SOA1),
                     TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_ptr_equal(zone, base);
    zone_release(zone);
}

static void another_content_with_the_same_serial_is_another_version(void **state)
{
    (void)state;
    const char *const endings[][2] = {{"ns2 3600 A 192.0.2.2", SOA1},  /* www is missing */
                                      {"www 300 A 192.0.2.99", SOA1},  /* and is different */
                                      {"www 301 A 192.0.2.80", SOA1}}; /* in its TTL */
    for (size_t i = 0; i < 3; i++) {
        begin(false, false);
        assert_int_equal(SEND(SOA1, "@ 3600 NS ns1", "@ 3600 NS ns2", "h0 300 A 10.0.0.0",
                              "h1 300 A 10.0.0.1", "ns1 3600 A 192.0.2.1", "ns2 3600 A 192.0.2.2",
                              endings[i][0], endings[i][1]),
                         TRANSFER_IN_DONE);
        struct zone *zone = transfer_in_take(transfer);
        assert_ptr_not_equal(zone, base);
        assert_int_equal(zone_record_count(zone), i == 0 ? 7 : 8);
        assert_non_null(zone_find(zone, name_of("h1.example.com.")));
        zone_release(zone);
    }
}

/* ---- differences ------------------------------------------------------------------------------
 */

static void differences_are_applied_one_after_the_other(void **state)
{
    (void)state;
    size_t count;
    begin(true, true);
    assert_int_equal(SEND(SOA3, SOA1, "h0 300 A 10.0.0.0", SOA2, "h9 300 A 10.0.0.9"),
                     TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA2, "h9 300 A 10.0.0.9", SOA3, "h8 300 A 10.0.0.8", SOA3),
                     TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_int_equal(zone_serial(zone), 3);
    assert_null(zone_find(zone, name_of("h0.example.com.")));
    assert_null(zone_find(zone, name_of("h9.example.com.")));
    assert_non_null(zone_find(zone, name_of("h8.example.com.")));
    assert_int_equal(transfer_in_form(transfer), NOTE_IXFR);
    struct zone_diff *const *diffs = transfer_in_diffs(transfer, &count);
    assert_int_equal(count, 2);
    assert_int_equal(zone_diff_from(diffs[1]), 2);
    zone_release(zone);
}

static void a_condensed_difference_jumps_over_serials(void **state)
{
    (void)state;
    begin(true, true);
    assert_int_equal(SEND(SOA3, SOA1, "h0 300 A 10.0.0.0", SOA3, "h8 300 A 10.0.0.8", SOA3),
                     TRANSFER_IN_DONE);
    struct zone *zone = transfer_in_take(transfer);
    assert_int_equal(zone_serial(zone), 3);
    zone_release(zone);
}

static void only_the_serial_may_change(void **state)
{
    (void)state;
    begin(true, true);
    assert_int_equal(SEND(SOA2, SOA1, SOA2, SOA2), TRANSFER_IN_DONE);
}

static void the_whole_zone_may_come_instead(void **state)
{
    (void)state;
    begin(true, true);
    assert_int_equal(SEND(SOA2, "@ NS ns1", SOA2), TRANSFER_IN_DONE);
    assert_int_equal(transfer_in_form(transfer), NOTE_FALLBACK);
    struct zone *zone = transfer_in_take(transfer);
    assert_int_equal(zone_record_count(zone), 2);
    zone_release(zone);
}

static void a_single_soa_says_that_we_are_up_to_date(void **state)
{
    (void)state;
    begin(true, true);
    assert_int_equal(SEND(SOA1), TRANSFER_IN_CURRENT);
}

/* Over TCP that is no answer yet: what follows tells which form it has. */
static void a_single_newer_soa_is_not_the_end(void **state)
{
    (void)state;
    begin(true, true);
    assert_int_equal(SEND(SOA2), TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA1), TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA2, SOA2), TRANSFER_IN_DONE);
    assert_int_equal(transfer_in_form(transfer), NOTE_IXFR);
}

static void differences_in_answer_to_axfr_are_refused(void **state)
{
    (void)state;
    begin(false, true);
    expect_failure(SEND(SOA2, SOA1, "h0 300 A 10.0.0.0", SOA2, SOA2),
                   "differences from a serial that is not ours", false);
}

static void an_older_serial_is_refused(void **state)
{
    (void)state;
    zone_release(base);
    base = setup_zone(2, 2);
    begin(true, true);
    expect_failure(SEND(SOA1), "its serial is older than ours", false);
}

/* Differences that are not taken, but the whole zone may do. */
#define EXPECT_UNFIT(why, ...) (begin(true, true), expect_failure(SEND(__VA_ARGS__), why, true))

static void differences_that_do_not_fit_ask_for_the_whole_zone(void **state)
{
    (void)state;
    static const char *const why = "the differences do not fit our version";
    EXPECT_UNFIT(why, SOA3, SOA1, "h0 300 A 10.9.9.9", SOA3, "h8 300 A 10.0.0.8", SOA3);
    EXPECT_UNFIT(why, SOA3, SOA1, SOA3, "h1 300 A 10.0.0.1", SOA3);
    EXPECT_UNFIT("differences that do not join up", SOA3, SOA1, SOA2, SOA3, SOA3);
    EXPECT_UNFIT("differences from a serial that is not ours", SOA3, SOA2, SOA3, SOA3);
    EXPECT_UNFIT("differences that lead backwards", SOA3, SOA1, SOA2, SOA2, SOA1, SOA1, SOA3, SOA3);
    EXPECT_UNFIT("differences that lead backwards", SOA2, SOA1, SOA1, SOA1, SOA2, SOA2);
    EXPECT_UNFIT("no NS at the apex", SOA2, SOA1, "@ 3600 NS ns1", "@ 3600 NS ns2", SOA2, SOA2);
}

static void errors_say_whether_axfr_may_help(void **state)
{
    (void)state;
    const struct {
        unsigned rcode;
        const char *why;
        bool wants_axfr;
    } cases[] = {{RCODE_FORMERR, "answered FORMERR", true},
                 {RCODE_NOTIMP, "answered NOTIMP", true},
                 {RCODE_REFUSED, "answered REFUSED", false},
                 {RCODE_SERVFAIL, "answered SERVFAIL", false},
                 {RCODE_NOTAUTH, "answered NOTAUTH", false},
                 {RCODE_YXDOMAIN, "answered with another error", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t data[600];
        begin(true, true);
        struct bytes wire = message_of(NULL, 0, false);
        memcpy(data, wire.data, wire.size);
        data[3] = (uint8_t)cases[i].rcode;
        expect_failure(transfer_in_message(transfer, bytes_of(data, wire.size)), cases[i].why,
                       cases[i].wants_axfr);
    }
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, prepare, stop)

/* A message of a transfer with nothing but an OPT in which there is Padding. */
static struct bytes padding(void)
{
    static uint8_t data[600];
    static const uint8_t options[4 + 400] = {0, EDNS_PADDING, 400 >> 8, 400 & 255};
    struct message_writer w;
    message_begin(&w, data, sizeof data, ID, OPCODE_QUERY, FLAG_QR | FLAG_AA);
    message_write_opt(&w, 1232, false, RCODE_NOERROR, bytes_of(options, sizeof options));
    return bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
}

/* RFC 9103 sections 7.9.1 and 7.10.3. */
static void messages_of_padding_alone_are_taken_and_ignored(void **state)
{
    (void)state;
    begin(false, false);
    assert_int_equal(SEND(SOA2), TRANSFER_IN_MORE);
    assert_int_equal(transfer_in_message(transfer, padding()), TRANSFER_IN_MORE);
    assert_int_equal(SEND("@ NS ns1"), TRANSFER_IN_MORE);
    assert_int_equal(transfer_in_message(transfer, message_of(NULL, 0, true)), TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA2), TRANSFER_IN_DONE);
    begin(true, true);
    assert_int_equal(SEND(SOA2, SOA1), TRANSFER_IN_MORE);
    assert_int_equal(transfer_in_message(transfer, padding()), TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA2, "www2 300 A 192.0.2.1"), TRANSFER_IN_MORE);
    assert_int_equal(transfer_in_message(transfer, padding()), TRANSFER_IN_MORE);
    assert_int_equal(SEND(SOA2), TRANSFER_IN_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(records_may_come_one_a_message),
        CLAIM(the_first_message_needs_the_question),
        CLAIM(what_is_not_ours_is_refused),
        CLAIM(what_comes_between_is_refused_too),
        CLAIM(a_truncated_message_is_refused),
        CLAIM(messages_of_padding_alone_are_taken_and_ignored),
        CLAIM(records_that_come_twice_count_once),
        CLAIM(records_outside_the_zone_are_ignored),
        CLAIM(broken_zones_are_refused),
        CLAIM(a_digest_that_does_not_match_is_refused),
        CLAIM(larger_than_allowed_is_refused),
        CLAIM(a_known_version_is_taken_as_it_is),
        CLAIM(another_order_leads_to_the_same_version),
        CLAIM(another_content_with_the_same_serial_is_another_version),
        CLAIM(differences_are_applied_one_after_the_other),
        CLAIM(a_condensed_difference_jumps_over_serials),
        CLAIM(only_the_serial_may_change),
        CLAIM(the_whole_zone_may_come_instead),
        CLAIM(a_single_soa_says_that_we_are_up_to_date),
        CLAIM(a_single_newer_soa_is_not_the_end),
        CLAIM(differences_in_answer_to_axfr_are_refused),
        CLAIM(an_older_serial_is_refused),
        CLAIM(differences_that_do_not_fit_ask_for_the_whole_zone),
        CLAIM(errors_say_whether_axfr_may_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
