/*
 * The codec against an independent one: what message_writer writes, libldns reads
 * the same as message.c does; what libldns writes, message.c reads the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <ldns/ldns.h>

#include "nodes/dns/message.h"
#include "tests/support/random_message.h"

enum { ROUNDS = 3000 };

static struct message message;
static struct message_cursor cursor;
static uint8_t room[MESSAGE_SIZE_MAX];

static void assert_same_record(const struct rr *ours, const ldns_rr *theirs)
{
    assert_int_equal(ours->type, ldns_rr_get_type(theirs));
    assert_int_equal(ours->class, ldns_rr_get_class(theirs));
    assert_int_equal(ours->ttl, ldns_rr_ttl(theirs));
    const ldns_rdf *owner = ldns_rr_owner(theirs);
    assert_int_equal(name_size(ours->owner), ldns_rdf_size(owner));
    assert_memory_equal(ours->owner, ldns_rdf_data(owner), ldns_rdf_size(owner));
    ldns_buffer *rdata = ldns_buffer_new(LDNS_MAX_PACKETLEN);
    assert_int_equal(ldns_rr_rdata2buffer_wire(rdata, theirs), LDNS_STATUS_OK);
    struct bytes all = bytes_of(ldns_buffer_begin(rdata), ldns_buffer_position(rdata));
    if (!bytes_equal(ours->rdata, all))
        fail_msg("RDATA of type %u differs", ours->type);
    ldns_buffer_free(rdata);
}

static void assert_same_section(enum message_section section, const ldns_rr_list *list)
{
    struct rr rr;
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        assert_true(message_next(&cursor, &rr));
        assert_int_equal(cursor.section, section);
        assert_same_record(&rr, ldns_rr_list_rr(list, i));
    }
}

/* MESSAGE, parsed already, says the same as PACKET. */
static void assert_same(const ldns_pkt *packet)
{
    struct rr rr;
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);
    const ldns_rdf *qname = ldns_rr_owner(question);
    assert_int_equal(message.id, ldns_pkt_id(packet));
    assert_int_equal(message.flags, FLAG_QR | FLAG_AA);
    unsigned upper = ldns_pkt_edns_extended_rcode(packet);
    assert_int_equal(message.rcode, upper << 4 | (unsigned)ldns_pkt_get_rcode(packet));
    assert_int_equal(message.qtype, ldns_rr_get_type(question));
    assert_int_equal(name_size(message.qname), ldns_rdf_size(qname));
    assert_memory_equal(message.qname, ldns_rdf_data(qname), ldns_rdf_size(qname));
    message_cursor_start(&cursor, &message);
    assert_same_section(SECTION_ANSWER, ldns_pkt_answer(packet));
    assert_same_section(SECTION_AUTHORITY, ldns_pkt_authority(packet));
    assert_same_section(SECTION_ADDITIONAL, ldns_pkt_additional(packet));
    assert_int_equal(message.edns.present, ldns_pkt_edns(packet));
    if (message.edns.present) {
        assert_int_equal(message.edns.udp_size, ldns_pkt_edns_udp_size(packet));
        assert_int_equal(message.edns.dnssec_ok, ldns_pkt_edns_do(packet));
        assert_true(message_next(&cursor, &rr) && rr.type == RR_OPT);
    }
    assert_false(message_next(&cursor, &rr));
}

static void ldns_reads_what_we_write(void **state)
{
    (void)state;
    struct random r = {.key = 11};
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = random_message(&r, room);
        ldns_pkt *packet = NULL;
        assert_int_equal(message_parse(&message, bytes_of(room, size)), MESSAGE_OK);
        assert_int_equal(ldns_wire2pkt(&packet, room, size), LDNS_STATUS_OK);
        assert_same(packet);
        ldns_pkt_free(packet);
    }
}

static void we_read_what_ldns_writes(void **state)
{
    (void)state;
    struct random r = {.key = 12};
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = random_message(&r, room);
        ldns_pkt *packet = NULL;
        uint8_t *wire = NULL;
        assert_int_equal(ldns_wire2pkt(&packet, room, size), LDNS_STATUS_OK);
        assert_int_equal(ldns_pkt2wire(&wire, packet, &size), LDNS_STATUS_OK);
        assert_int_equal(message_parse(&message, bytes_of(wire, size)), MESSAGE_OK);
        assert_same(packet);
        LDNS_FREE(wire);
        ldns_pkt_free(packet);
    }
}

static void orders_names_as_ldns_does(void **state)
{
    (void)state;
    struct random r = {.key = 13};
    for (int i = 0; i < 20 * ROUNDS; i++) {
        uint8_t a[NAME_SIZE_MAX], b[NAME_SIZE_MAX];
        ldns_rdf *x = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, random_name(&r, a), a);
        ldns_rdf *y = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, random_name(&r, b), b);
        int ours = name_compare(a, b), theirs = ldns_dname_compare(x, y);
        assert_int_equal((ours > 0) - (ours < 0), (theirs > 0) - (theirs < 0));
        bool below = ldns_dname_is_subdomain(x, y);
        assert_int_equal(name_is_under(a, b), below || theirs == 0);
        ldns_rdf_deep_free(x);
        ldns_rdf_deep_free(y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ldns_reads_what_we_write),
        cmocka_unit_test(we_read_what_ldns_writes),
        cmocka_unit_test(orders_names_as_ldns_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
