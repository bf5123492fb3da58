/* UPDATE (RFC 2136): every form of prerequisite and of change, every rcode, and what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/dns/zonefile.h"
#include "nodes/server_state.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;
static struct address local, client, anywhere;
static struct message_writer writer;
static uint8_t data[65535];

enum { PREREQUISITE = SECTION_ANSWER, CHANGE = SECTION_AUTHORITY };

static int start(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(10, 3);
    local = address_of("192.0.2.1:53");
    client = address_of("198.51.100.9:4444");
    setup_server(&setup, store, zone);
    setup.zone.allow_update.any = true;
    setup_add_notify(&setup, "192.0.2.2");
    driver_create(&driver, &server_node, &setup.config, 0);
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

static const struct zone *served(void)
{
    return ((const struct server *)driver.state)->zone_list[0].version;
}

/* ---- making an UPDATE ------------------------------------------------------------------------ */

static void begin_for(const char *name, uint16_t type)
{
    message_begin(&writer, data, sizeof data, 0x1234, OPCODE_UPDATE, 0);
    message_write_question(&writer, name_of(name), type, CLASS_IN);
}

static void begin(void)
{
    begin_for("example.com.", RR_SOA);
}

/* RECORD of a zone file, but with this class and TTL. */
static void put(int section, const char *record, uint16_t class, uint32_t ttl)
{
    static uint8_t owner[NAME_SIZE_MAX], rdata[65535];
    char error[200];
    struct rr rr;
    assert_true(zonefile_parse_rr(bytes_of_text(record), name_of("example.com."), 300, owner, rdata,
                                  &rr, error));
    rr.class = class;
    rr.ttl = ttl;
    assert_true(message_write_rr(&writer, (enum message_section)section, &rr));
}

/* Without RDATA. */
static void put_bare(int section, const char *name, uint16_t type, uint16_t class)
{
    struct rr rr = {.owner = name_of(name), .type = type, .class = class};
    assert_true(message_write_rr(&writer, (enum message_section)section, &rr));
}

static unsigned send_message(size_t size)
{
    struct message message;
    driver_forget(&driver);
    assert_true(driver_datagram(&driver, &local, &client, bytes_of(data, size)));
    size_t last = driver_output_count(&driver, HOST_DO_SEND) - 1;
    setup_parse(&message, driver_output(&driver, HOST_DO_SEND, last)->bytes);
    assert_int_equal(message.opcode, OPCODE_UPDATE);
    assert_int_equal(message.id, 0x1234);
    assert_int_equal(driver_note(&driver, NOTE_UPDATE)->code, message.rcode);
    return message.rcode;
}

static unsigned update(void)
{
    return send_message(message_end(&writer, 0, RCODE_NOERROR));
}

/* The rcode with which the prerequisite written last is met: an empty UPDATE. */
static void assert_prerequisite(unsigned rcode)
{
    assert_int_equal(update(), rcode);
    assert_int_equal(zone_serial(served()), 10);
}

static const struct rrset *find(const char *name, uint16_t type)
{
    const struct zone_node *node = zone_find(served(), name_of(name));
    return node ? zone_node_get(node, type) : NULL;
}

/* ---- prerequisites --------------------------------------------------------------------------- */

static void a_name_must_be_in_use(void **state)
{
    (void)state;
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_ANY, CLASS_ANY);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put_bare(PREREQUISITE, "nothere.example.com.", RR_ANY, CLASS_ANY);
    assert_prerequisite(RCODE_NXDOMAIN);
    assert_string_equal(driver_note(&driver, NOTE_UPDATE)->text, "a name is not in use");
}

static void a_name_must_not_be_in_use(void **state)
{
    (void)state;
    begin();
    put_bare(PREREQUISITE, "nothere.example.com.", RR_ANY, CLASS_NONE);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put_bare(PREREQUISITE, "WWW.example.com.", RR_ANY, CLASS_NONE);
    assert_prerequisite(RCODE_YXDOMAIN);
}

static void an_rrset_must_exist_whatever_its_value(void **state)
{
    (void)state;
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_A, CLASS_ANY);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_AAAA, CLASS_ANY);
    assert_prerequisite(RCODE_NXRRSET);
}

static void an_rrset_must_not_exist(void **state)
{
    (void)state;
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_AAAA, CLASS_NONE);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_A, CLASS_NONE);
    assert_prerequisite(RCODE_YXRRSET);
}

static void an_rrset_must_be_just_so(void **state)
{
    (void)state;
    begin();
    put(PREREQUISITE, "@ NS NS2.example.com.", CLASS_IN, 0);
    put(PREREQUISITE, "www A 192.0.2.80", CLASS_IN, 0);
    put(PREREQUISITE, "@ NS ns1", CLASS_IN, 0);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put(PREREQUISITE, "@ NS ns1", CLASS_IN, 0); /* one is missing */
    assert_prerequisite(RCODE_NXRRSET);
    begin();
    put(PREREQUISITE, "@ NS ns1", CLASS_IN, 0);
    put(PREREQUISITE, "@ NS ns3", CLASS_IN, 0);
    assert_prerequisite(RCODE_NXRRSET);
    begin();
    put(PREREQUISITE, "nothere A 192.0.2.80", CLASS_IN, 0);
    assert_prerequisite(RCODE_NXRRSET);
}

static void malformed_prerequisites_are_format_errors(void **state)
{
    (void)state;
    begin();
    put(PREREQUISITE, "www A 192.0.2.80", CLASS_IN, 300);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put(PREREQUISITE, "www A 192.0.2.80", CLASS_ANY, 0);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_AXFR, CLASS_NONE);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put(PREREQUISITE, "www A 192.0.2.80", 3, 0);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put_bare(PREREQUISITE, "www.example.org.", RR_ANY, CLASS_ANY);
    assert_prerequisite(RCODE_NOTZONE);
}

/* ---- changes ------------------------------------------------------------------------------- */

static void an_added_record_is_published(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_int_equal(zone_serial(served()), 11);
    assert_int_equal(find("new.example.com.", RR_A)->ttl, 60);
    assert_int_equal(driver_note(&driver, NOTE_UPDATE)->serial, 11);
    assert_null(driver_note(&driver, NOTE_UPDATE)->text);
    assert_int_equal(driver_note(&driver, NOTE_NOTIFY_SENT)->serial, 11);
    assert_int_equal(driver_note(&driver, NOTE_ZONE_SERVING)->serial, 11);
    const struct server *server = driver.state;
    assert_int_equal(server->zone_list[0].journal.count, 1);
}

static void an_update_survives_a_crash(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    assert_int_equal(update(), RCODE_NOERROR);
    driver_crash(&driver);
    driver_start(&driver);
    assert_int_equal(zone_serial(served()), 11);
    assert_non_null(find("new.example.com.", RR_A));
}

static void what_changes_nothing_raises_no_serial(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "www A 192.0.2.80", CLASS_IN, 300);
    put_bare(CHANGE, "nothere.example.com.", RR_A, CLASS_ANY);
    assert_prerequisite(RCODE_NOERROR);
    assert_int_equal(driver_note(&driver, NOTE_UPDATE)->serial, 0);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 0);
}

static void rrsets_names_and_records_are_deleted(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "www A 192.0.2.81", CLASS_IN, 300);
    put(CHANGE, "www TXT hello", CLASS_IN, 300);
    assert_int_equal(update(), RCODE_NOERROR);
    begin();
    put(CHANGE, "www A 192.0.2.80", CLASS_NONE, 0);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_int_equal(find("www.example.com.", RR_A)->count, 1);
    begin();
    put_bare(CHANGE, "www.example.com.", RR_A, CLASS_ANY);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_null(find("www.example.com.", RR_A));
    assert_non_null(find("www.example.com.", RR_TXT));
    begin();
    put_bare(CHANGE, "www.example.com.", RR_ANY, CLASS_ANY);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_null(zone_find(served(), name_of("www.example.com.")));
    assert_int_equal(zone_serial(served()), 14);
}

static void the_apex_keeps_its_soa_and_a_name_server(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "@ TXT gone", CLASS_IN, 300);
    assert_int_equal(update(), RCODE_NOERROR);
    begin();
    put_bare(CHANGE, "example.com.", RR_ANY, CLASS_ANY);
    put_bare(CHANGE, "example.com.", RR_SOA, CLASS_ANY);
    put_bare(CHANGE, "example.com.", RR_NS, CLASS_ANY);
    put(CHANGE, "@ NS ns1", CLASS_NONE, 0);
    put(CHANGE, "@ NS ns2", CLASS_NONE, 0);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_int_equal(zone_serial(served()), 12);
    assert_null(find("example.com.", RR_TXT));
    assert_int_equal(find("example.com.", RR_NS)->count, 1);
}

static void an_soa_counts_if_it_is_newer(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "@ SOA ns1 hostmaster 9 1 1 1 1", CLASS_IN, 300);
    put(CHANGE, "www SOA ns1 hostmaster 90 1 1 1 1", CLASS_IN, 300);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put(CHANGE, "@ SOA ns1 hostmaster 20 1 1 1 1", CLASS_IN, 300);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_int_equal(zone_serial(served()), 20);
    begin();
    put(CHANGE, "@ SOA ns1 hostmaster 20 2 2 2 2", CLASS_IN, 300);
    put(CHANGE, "@ SOA ns1 hostmaster 2147483668 3 3 3 3", CLASS_IN, 300); /* half-way round */
    assert_int_equal(update(), RCODE_NOERROR);
    struct soa soa;
    zone_soa(served(), &soa);
    assert_int_equal(soa.serial, 20);
    assert_int_equal(soa.refresh, 1);
}

static void an_alias_is_replaced_but_never_stands_beside_data(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "www CNAME h0", CLASS_IN, 300);
    assert_prerequisite(RCODE_NOERROR);
    begin();
    put(CHANGE, "alias CNAME h0", CLASS_IN, 300);
    put(CHANGE, "alias CNAME h1", CLASS_IN, 300);
    put(CHANGE, "alias A 192.0.2.1", CLASS_IN, 300);
    assert_int_equal(update(), RCODE_NOERROR);
    assert_null(find("alias.example.com.", RR_A));
    const struct rrset *set = find("alias.example.com.", RR_CNAME);
    assert_int_equal(set->count, 1);
    assert_memory_equal(set->data + 2, "\2h1", 3);
}

static void nothing_is_done_by_halves(void **state)
{
    (void)state;
    begin();
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    put_bare(CHANGE, "www.example.com.", RR_AXFR, CLASS_ANY);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    put(CHANGE, "www.example.org. A 192.0.2.99", CLASS_IN, 60);
    assert_prerequisite(RCODE_NOTZONE);
    begin();
    put_bare(CHANGE, "www.example.com.", RR_ANY, CLASS_NONE);
    assert_prerequisite(RCODE_FORMERR);
    begin();
    put_bare(PREREQUISITE, "www.example.com.", RR_AAAA, CLASS_ANY);
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    assert_prerequisite(RCODE_NXRRSET);
    assert_null(find("new.example.com.", RR_A));
}

/* ---- zone and permission -----------------------------------------------------------------------
 */

static void the_zone_must_be_named_and_ours(void **state)
{
    (void)state;
    begin_for("example.com.", RR_A);
    assert_prerequisite(RCODE_FORMERR);
    begin_for("example.org.", RR_SOA);
    assert_prerequisite(RCODE_NOTAUTH);
    begin_for("www.example.com.", RR_SOA);
    assert_prerequisite(RCODE_NOTAUTH);
    message_begin(&writer, data, sizeof data, 0x1234, OPCODE_UPDATE, 0);
    assert_prerequisite(RCODE_FORMERR);
}

static void strangers_are_refused_before_they_learn_anything(void **state)
{
    (void)state;
    setup.zone.allow_update = (struct server_access){.addresses = {.list = &local, .count = 1}};
    begin();
    put_bare(PREREQUISITE, "nothere.example.com.", RR_ANY, CLASS_ANY);
    assert_prerequisite(RCODE_REFUSED);
    assert_string_equal(driver_note(&driver, NOTE_UPDATE)->text, "not allowed to update");
    client = address_of("192.0.2.1:999");
    begin();
    assert_prerequisite(RCODE_NOERROR);
}

static void a_key_may_be_what_is_asked_for(void **state)
{
    (void)state;
    static const struct tsig_key keys[] = {
        {(const uint8_t *)"\2k1", TSIG_HMAC_SHA256, {(const uint8_t *)"one", 3}},
        {(const uint8_t *)"\2k2", TSIG_HMAC_SHA256, {(const uint8_t *)"two", 3}}};
    static const struct tsig_key *const wanted[] = {&keys[0]};
    setup.config.keys = (struct tsig_keys){keys, 2};
    setup.zone.allow_update =
        (struct server_access){.addresses = {.list = &anywhere, .count = 1, .keys = wanted}};
    unsigned rcodes[] = {RCODE_NOERROR, RCODE_REFUSED};
    for (size_t i = 0; i < 2; i++) {
        struct tsig tsig;
        begin();
        tsig_begin(&tsig, &keys[i]);
        size_t size = message_end(&writer, 0, RCODE_NOERROR);
        assert_int_equal(send_message(tsig_sign(&tsig, data, size, 0)), rcodes[i]);
        begin();
        size = message_end(&writer, 0, RCODE_NOERROR);
        tsig_begin(&tsig, &keys[i]);
        size = tsig_sign(&tsig, data, size, 0);
        data[size - 10] ^= 1;
        assert_int_equal(send_message(size), RCODE_NOTAUTH);
        assert_string_equal(driver_note(&driver, NOTE_UPDATE)->text, "TSIG: bad signature");
    }
    begin();
    assert_prerequisite(RCODE_REFUSED);
}

static void a_secondary_forwards_nothing(void **state)
{
    (void)state;
    driver_free(&driver);
    setup_server(&setup, store, NULL);
    setup.zone.allow_update.any = true;
    driver_create(&driver, &server_node, &setup.config, 0);
    begin();
    assert_int_equal(update(), RCODE_REFUSED);
    assert_string_equal(driver_note(&driver, NOTE_UPDATE)->text,
                        "this server is a secondary of the zone");
}

static void updates_come_over_tcp_too(void **state)
{
    (void)state;
    uint32_t socket = driver_accept(&driver, &local, &client, 4000);
    begin();
    put(CHANGE, "new A 192.0.2.99", CLASS_IN, 60);
    driver_bytes(&driver, socket,
                 setup_framed(bytes_of(data, message_end(&writer, 0, RCODE_NOERROR))));
    assert_int_equal(zone_serial(served()), 11);
    assert_int_equal(driver_output_count(&driver, HOST_DO_WRITE), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_name_must_be_in_use),
        CASE(a_name_must_not_be_in_use),
        CASE(an_rrset_must_exist_whatever_its_value),
        CASE(an_rrset_must_not_exist),
        CASE(an_rrset_must_be_just_so),
        CASE(malformed_prerequisites_are_format_errors),
        CASE(an_added_record_is_published),
        CASE(an_update_survives_a_crash),
        CASE(what_changes_nothing_raises_no_serial),
        CASE(rrsets_names_and_records_are_deleted),
        CASE(the_apex_keeps_its_soa_and_a_name_server),
        CASE(an_soa_counts_if_it_is_newer),
        CASE(an_alias_is_replaced_but_never_stands_beside_data),
        CASE(nothing_is_done_by_halves),
        CASE(the_zone_must_be_named_and_ours),
        CASE(strangers_are_refused_before_they_learn_anything),
        CASE(a_key_may_be_what_is_asked_for),
        CASE(a_secondary_forwards_nothing),
        CASE(updates_come_over_tcp_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
