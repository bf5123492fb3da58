/* Answers over UDP: which zone, which rcode, EDNS and sizes, and what is not answered at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;
static struct address local, client;

static int start(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(7, 200);
    setup_server(&setup, store, zone);
    driver_create(&driver, &server_node, &setup.config, 0);
    local = address_of("192.0.2.1:53");
    client = address_of("198.51.100.9:4444");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    driver_free(&driver);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

/* The parsed answer to BYTES; NULL if there was none. Points into static memory. */
static const struct message *ask(struct bytes bytes)
{
    static struct message message;
    driver_forget(&driver);
    assert_true(driver_datagram(&driver, &local, &client, bytes));
    const struct driver_output *output = driver_output(&driver, HOST_DO_SEND, 0);
    if (!output)
        return NULL;
    assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 1);
    setup_parse(&message, output->bytes);
    assert_true(message.flags & FLAG_QR);
    assert_int_equal(message.id, 0x1234);
    return &message;
}

static void answers_from_the_address_that_was_asked(void **state)
{
    (void)state;
    const struct message *answer = ask(setup_query("www.example.com.", RR_A, 0));
    assert_non_null(answer);
    assert_int_equal(answer->rcode, RCODE_NOERROR);
    assert_int_equal(answer->counts[SECTION_ANSWER], 1);
    assert_true(answer->flags & FLAG_AA);
    const struct driver_output *output = driver_output(&driver, HOST_DO_SEND, 0);
    assert_true(address_equal(&output->local, &local));
    assert_true(address_equal(&output->remote, &client));
}

static void each_query_leaves_one_note(void **state)
{
    (void)state;
    ask(setup_query("nothere.example.com.", RR_AAAA, 0));
    assert_int_equal(driver.note_count, 1);
    const struct host_note *note = driver_note(&driver, NOTE_QUERY);
    assert_int_equal(note->code, RR_AAAA);
    assert_int_equal(note->serial, RCODE_NXDOMAIN);
    assert_int_equal(note->values[1], 0);
    assert_true(name_equal(note->name.data, name_of("nothere.example.com.")));
    assert_true(address_equal(&note->peer, &client));
}

static void names_in_no_zone_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ask(setup_query("example.net.", RR_A, 0))->rcode, RCODE_REFUSED);
    assert_int_equal(ask(setup_query(".", RR_NS, 0))->rcode, RCODE_REFUSED);
    assert_int_equal(ask(setup_query("notexample.com.", RR_A, 0))->rcode, RCODE_REFUSED);
}

static void case_of_the_question_does_not_matter_and_is_kept(void **state)
{
    (void)state;
    const struct message *answer = ask(setup_query("wWw.ExAmple.COM.", RR_A, 0));
    assert_int_equal(answer->counts[SECTION_ANSWER], 1);
    assert_memory_equal(answer->qname, name_of("wWw.ExAmple.COM."), 17);
}

static void a_reply_has_an_opt_iff_the_query_had_one(void **state)
{
    (void)state;
    assert_false(ask(setup_query("www.example.com.", RR_A, 0))->edns.present);
    const struct message *answer = ask(setup_query("www.example.com.", RR_A, 4096));
    assert_true(answer->edns.present);
    assert_int_equal(answer->edns.udp_size, 1232);
    assert_true(ask(setup_query("example.net.", RR_A, 1232))->edns.present);
}

static void what_does_not_fit_is_truncated_by_the_size_offered(void **state)
{
    (void)state;
    static char lines[60 * 60];
    size_t at = 0;
    for (int i = 0; i < 50; i++)
        at += (size_t)sprintf(lines + at, "big 300 IN A 10.0.0.%d\n", i);
    driver_free(&driver);
    zone_release(zone);
    zone = setup_zone_with(1, "3600 900 604800 300", lines);
    setup.zone.zone = zone;
    driver_create(&driver, &server_node, &setup.config, 0);

    const struct message *plain = ask(setup_query("big.example.com.", RR_A, 0));
    assert_true(plain->flags & FLAG_TC);
    assert_true(plain->wire.size <= 512);
    const struct message *small = ask(setup_query("big.example.com.", RR_A, 600));
    assert_true(small->flags & FLAG_TC);
    assert_true(small->wire.size <= 600);
    const struct message *large = ask(setup_query("big.example.com.", RR_A, 4096));
    assert_false(large->flags & FLAG_TC);
    assert_int_equal(large->counts[SECTION_ANSWER], 50);
    assert_true(large->wire.size <= 1232);
}

static void responses_and_scraps_are_not_answered(void **state)
{
    (void)state;
    uint8_t data[512];
    struct bytes query = setup_query("www.example.com.", RR_A, 0);
    memcpy(data, query.data, query.size);
    data[2] |= 0x80;
    assert_null(ask(bytes_of(data, query.size)));
    assert_null(ask(bytes_of(data, 11)));
    assert_null(ask(bytes_of(data, 0)));
}

static void malformed_queries_get_formerr_and_nothing_else(void **state)
{
    (void)state;
    uint8_t data[512];
    struct bytes query = setup_query("www.example.com.", RR_A, 0);
    memcpy(data, query.data, query.size);
    const struct message *answer = ask(bytes_of(data, query.size - 1));
    assert_int_equal(answer->rcode, RCODE_FORMERR);
    assert_int_equal(answer->wire.size, MESSAGE_HEADER_SIZE);
    assert_int_equal(driver_note(&driver, NOTE_QUERY)->serial, RCODE_FORMERR);
}

/* RFC 6891 section 7: a server that does not know EDNS would say FORMERR without OPT. */
static void what_is_wrong_with_an_opt_is_said_with_an_opt(void **state)
{
    (void)state;
    static const uint8_t cut_off[] = {0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 9};
    static const uint8_t owned[] = {1, 'x', 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0};
    static const struct bytes cases[] = {{cut_off, sizeof cut_off}, {owned, sizeof owned}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t data[512];
        struct bytes query = setup_query("www.example.com.", RR_A, 0);
        memcpy(data, query.data, query.size);
        memcpy(data + query.size, cases[i].data, cases[i].size);
        data[11] = 1;
        const struct message *answer = ask(bytes_of(data, query.size + cases[i].size));
        assert_int_equal(answer->rcode, RCODE_FORMERR);
        assert_int_equal(answer->question_count, 1);
        assert_true(answer->edns.present);
    }
}

static void rcodes_follow_the_rfcs(void **state)
{
    (void)state;
    uint8_t data[512];
    struct bytes query = setup_query("www.example.com.", RR_A, 1232);
    memcpy(data, query.data, query.size);
    data[2] = 2 << 3; /* STATUS */
    assert_int_equal(ask(bytes_of(data, query.size))->rcode, RCODE_NOTIMP);
    data[2] = 0;
    data[query.size - 5] = 1; /* the OPT's version: before flags and length */
    assert_int_equal(ask(bytes_of(data, query.size))->rcode, RCODE_BADVERS);
    data[query.size - 5] = 0;
    assert_int_equal(ask(bytes_of(data, query.size))->rcode, RCODE_NOERROR);
    assert_int_equal(ask(setup_query("www.example.com.", RR_OPT, 0))->rcode, RCODE_FORMERR);
}

static void other_classes_are_refused(void **state)
{
    (void)state;
    static const uint8_t classes[] = {0, 2, 3, 4, 254, 255};
    uint8_t data[512];
    struct bytes query = setup_query("www.example.com.", RR_A, 1232);
    memcpy(data, query.data, query.size);
    for (size_t i = 0; i < sizeof classes; i++) {
        data[query.size - 12] = classes[i]; /* before the OPT record */
        const struct message *answer = ask(bytes_of(data, query.size));
        assert_int_equal(answer->rcode, RCODE_REFUSED);
        assert_false(answer->flags & FLAG_AA);
        assert_int_equal(answer->qclass, classes[i]);
    }
}

static void types_that_are_no_data_are_not_implemented(void **state)
{
    (void)state;
    static const uint16_t types[] = {128, 200, RR_TKEY, 250, 253, 254};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct message *answer = ask(setup_query("www.example.com.", types[i], 0));
        assert_int_equal(answer->rcode, RCODE_NOTIMP);
        assert_false(answer->flags & FLAG_AA);
    }
    const struct message *zero = ask(setup_query("www.example.com.", 0, 0));
    assert_int_equal(zero->rcode, RCODE_NOERROR);
    assert_true(zero->flags & FLAG_AA);
}

/* RFC 6891 section 6.2.3. */
static void a_size_below_512_counts_as_512(void **state)
{
    (void)state;
    for (uint16_t size = 1; size < 512; size += 51)
        assert_int_equal(ask(setup_query("www.example.com.", RR_A, size))->rcode, RCODE_NOERROR);
}

static void axfr_over_udp_is_a_format_error(void **state)
{
    (void)state;
    assert_int_equal(ask(setup_transfer(0))->rcode, RCODE_FORMERR);
    assert_string_equal(driver_note(&driver, NOTE_TRANSFER_REFUSED)->text, "AXFR over UDP");
}

static void ixfr_over_udp_that_does_not_fit_gets_the_soa_alone(void **state)
{
    (void)state;
    const struct message *answer = ask(setup_transfer(3));
    assert_int_equal(answer->rcode, RCODE_NOERROR);
    assert_int_equal(answer->counts[SECTION_ANSWER], 1);
    assert_int_equal(setup_serial_in(answer), 7);
    assert_false(answer->flags & FLAG_TC);
    assert_int_equal(driver_note_count(&driver, NOTE_TRANSFER_SERVED), 0);
}

static void ixfr_over_udp_that_fits_comes_whole(void **state)
{
    (void)state;
    setup_change(&driver, "www2 300 A 192.0.2.81", false);
    const struct message *answer = ask(setup_transfer(7));
    assert_int_equal(answer->counts[SECTION_ANSWER], 5); /* SOA, old SOA, new SOA, A, SOA */
    assert_int_equal(driver_note(&driver, NOTE_TRANSFER_SERVED)->code, NOTE_IXFR);
}

/* RFC 5936 section 2.2.1. */
static void a_transfer_copies_rd_as_it_was_asked_with(void **state)
{
    (void)state;
    uint8_t data[512];
    struct bytes query = setup_transfer(7);
    assert_false(ask(query)->flags & FLAG_RD);
    memcpy(data, query.data, query.size);
    data[2] |= FLAG_RD >> 8;
    assert_true(ask(bytes_of(data, query.size))->flags & FLAG_RD);
}

static void ixfr_from_a_version_of_another_class_is_a_format_error(void **state)
{
    (void)state;
    enum { SOA_CLASS_AT = MESSAGE_HEADER_SIZE + sizeof "\7example\3com" + 4 + 2 + 2 };
    uint8_t data[512];
    struct bytes query = setup_transfer(7);
    memcpy(data, query.data, query.size);
    assert_int_equal(bytes_get_u16(data + SOA_CLASS_AT), CLASS_IN);
    data[SOA_CLASS_AT + 1] = 3;
    assert_int_equal(ask(bytes_of(data, query.size))->rcode, RCODE_FORMERR);
}

static void a_secondary_without_data_answers_servfail(void **state)
{
    (void)state;
    driver_free(&driver);
    setup_server(&setup, store, NULL);
    driver_create(&driver, &server_node, &setup.config, 0);
    assert_int_equal(ask(setup_query("www.example.com.", RR_A, 0))->rcode, RCODE_SERVFAIL);
}

static void the_longest_origin_wins(void **state)
{
    (void)state;
    driver_free(&driver);
    struct server_zone_config zones[2] = {setup.zone, setup.zone};
    struct zone *child = zone_from_text("sub.example.com.", "@ 60 IN SOA a b 99 1 1 1 1\n"
                                                            "@ 60 IN NS a\na 60 IN A 192.0.2.7\n");
    zones[1].origin = name_of("SUB.example.com.");
    zones[1].zone = child;
    setup.config.zones = zones;
    setup.config.zone_count = 2;
    driver_create(&driver, &server_node, &setup.config, 0);
    assert_int_equal(setup_serial_in(ask(setup_query("example.com.", RR_SOA, 0))), 7);
    assert_int_equal(setup_serial_in(ask(setup_query("sub.example.com.", RR_SOA, 0))), 99);
    assert_int_equal(setup_serial_in(ask(setup_query("x.y.sub.example.com.", RR_A, 0))), 99);
    assert_int_equal(setup_serial_in(ask(setup_query("xsub.example.com.", RR_A, 0))), 7);
    driver_crash(&driver);
    zone_release(child);
}

/* Asks for the DS of ORIGIN, which is served beside example.com; the serial of the SOA that comes.
 */
static uint32_t ask_ds(const char *origin)
{
    struct zone *parent =
        setup_zone_with(7, "3600 900 604800 300", "sub 60 IN NS a.sub\nfar 60 IN NS a.far\n");
    struct zone *child = zone_from_text(origin, "@ 60 IN SOA a b 99 1 1 1 1\n@ 60 IN NS a\n");
    struct server_zone_config zones[2] = {setup.zone, setup.zone};
    uint8_t name[NAME_SIZE_MAX];
    name_copy(name_of(origin), name);
    zones[0].zone = parent;
    zones[1].zone = child;
    zones[1].origin = name;
    driver_free(&driver);
    setup.config.zones = zones;
    setup.config.zone_count = 2;
    driver_create(&driver, &server_node, &setup.config, 0);
    uint32_t serial = setup_serial_in(ask(setup_query(origin, RR_DS, 0)));
    driver_free(&driver);
    setup.config.zones = &setup.zone;
    setup.config.zone_count = 1;
    driver_create(&driver, &server_node, &setup.config, 0);
    zone_release(parent);
    zone_release(child);
    return serial;
}

/* RFC 4035 section 3.1.4.1. The parent of a.far.example.com is somebody else's. */
static void ds_comes_from_the_parent_zone_if_it_is_here(void **state)
{
    (void)state;
    assert_int_equal(ask_ds("sub.example.com."), 7);
    assert_int_equal(ask_ds("a.far.example.com."), 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_from_the_address_that_was_asked, start, stop),
        cmocka_unit_test_setup_teardown(each_query_leaves_one_note, start, stop),
        cmocka_unit_test_setup_teardown(names_in_no_zone_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(case_of_the_question_does_not_matter_and_is_kept, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_reply_has_an_opt_iff_the_query_had_one, start, stop),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_truncated_by_the_size_offered, start,
                                        stop),
        cmocka_unit_test_setup_teardown(responses_and_scraps_are_not_answered, start, stop),
        cmocka_unit_test_setup_teardown(malformed_queries_get_formerr_and_nothing_else, start,
                                        stop),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_an_opt_is_said_with_an_opt, start, stop),
        cmocka_unit_test_setup_teardown(rcodes_follow_the_rfcs, start, stop),
        cmocka_unit_test_setup_teardown(other_classes_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(types_that_are_no_data_are_not_implemented, start, stop),
        cmocka_unit_test_setup_teardown(a_size_below_512_counts_as_512, start, stop),
        cmocka_unit_test_setup_teardown(axfr_over_udp_is_a_format_error, start, stop),
        cmocka_unit_test_setup_teardown(ixfr_over_udp_that_does_not_fit_gets_the_soa_alone, start,
                                        stop),
        cmocka_unit_test_setup_teardown(ixfr_over_udp_that_fits_comes_whole, start, stop),
        cmocka_unit_test_setup_teardown(a_transfer_copies_rd_as_it_was_asked_with, start, stop),
        cmocka_unit_test_setup_teardown(ixfr_from_a_version_of_another_class_is_a_format_error,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_secondary_without_data_answers_servfail, start, stop),
        cmocka_unit_test_setup_teardown(the_longest_origin_wins, start, stop),
        cmocka_unit_test_setup_teardown(ds_comes_from_the_parent_zone_if_it_is_here, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
