/* A zone that its primary signs: at start, at every change, and again before signatures run out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/dns/zonefile.h"
#include "nodes/server_state.h"
#include "tests/support/server_setup.h"
#include "tests/support/signed_zone.h"

static struct setup setup;
static struct server_signing signing;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;

enum { START_S = 1767225600, HOUR_S = 3600, DAY_S = 86400 };

static int start(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(10, 20);
    setup_server(&setup, store, zone);
    setup_add_notify(&setup, "192.0.2.2");
    setup.zone.allow_update.any = true;
    signing = (struct server_signing){.key = test_key(),
                                      .first_backdate_ns = 2 * HOUR_S * NS_PER_S,
                                      .backdate_ns = HOUR_S * NS_PER_S,
                                      .lifetime_ns = 10 * DAY_S * NS_PER_S,
                                      .resign_ns = 6 * DAY_S * NS_PER_S};
    setup.zone.signing = &signing;
    driver_create(&driver, &server_node, &setup.config, START_S * NS_PER_S);
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

static const struct server_zone *the_zone(void)
{
    return &((const struct server *)driver.state)->zone_list[0];
}

static const struct zone *served(void)
{
    return the_zone()->version;
}

/* When the signature of OWNER's TYPE runs out, in seconds after the start. */
static int64_t expiry(const char *owner, uint16_t type)
{
    const struct zone_node *node = zone_find(served(), name_of(owner));
    const struct rrset *set = node ? zone_node_signatures(node, type) : NULL;
    assert_non_null(set);
    return (int32_t)(bytes_get_u32(set->data + 2 + 8) - START_S);
}

static void advance_to(int64_t after_s)
{
    driver_advance(&driver, (START_S + after_s) * NS_PER_S);
}

static void expect_signed(const char *why, uint32_t serial, int64_t signatures)
{
    const struct host_note *note = driver_note(&driver, NOTE_ZONE_SIGNED);
    assert_non_null(note);
    assert_string_equal(note->text, why);
    assert_int_equal(note->serial, serial);
    assert_int_equal(note->values[0], signatures);
    assert_int_equal(zone_serial(served()), serial);
}

static size_t count_signatures(void)
{
    struct zone_walk walk = {.zone = served()};
    struct rr rr;
    size_t count = 0;
    while (zone_walk_next(&walk, &rr))
        count += rr.type == RR_RRSIG;
    return count;
}

/* ---- versions ------------------------------------------------------------------------------ */

static void the_first_version_is_signed_at_start(void **state)
{
    (void)state;
    expect_signed("start", 10, (int64_t)count_signatures());
    assert_int_equal(expiry("www.example.com.", RR_A), 10 * DAY_S - 2 * HOUR_S);
    assert_int_equal(driver_note(&driver, NOTE_ZONE_SIGNED)->values[1],
                     START_S + 10 * DAY_S - 2 * HOUR_S);
    assert_ptr_equal(driver.files[0].blob, driver.files[0].synced);
    assert_non_null(driver.files[0].synced);
}

static void a_change_signs_what_it_touches(void **state)
{
    (void)state;
    advance_to(DAY_S);
    driver_forget(&driver);
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    expect_signed("change", 11, 4); /* SOA, A, NSEC and the NSEC before */
    assert_int_equal(expiry("new.example.com.", RR_A), 11 * DAY_S - HOUR_S);
    assert_int_equal(expiry("www.example.com.", RR_A), 10 * DAY_S - 2 * HOUR_S);
    assert_int_equal(the_zone()->journal.count, 1);
    assert_true(zone_diff_size(the_zone()->journal.diffs[0]) < 1500);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 1);
}

static void a_wrong_clock_makes_wrong_signatures(void **state)
{
    (void)state;
    driver.wall_offset_ns = -3 * DAY_S * NS_PER_S;
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    assert_int_equal(expiry("new.example.com.", RR_A), 7 * DAY_S - HOUR_S);
}

static void a_change_must_leave_the_signatures_alone(void **state)
{
    (void)state;
    setup_change(&driver, "www 300 NSEC www.example.com. A", false);
    assert_string_equal(driver_note(&driver, NOTE_CHANGE_FAILED)->text,
                        "the server makes the signatures of the zone itself");
    assert_int_equal(zone_serial(served()), 10);
}

/* ---- made anew ----------------------------------------------------------------------------- */

static void signatures_are_made_anew_in_time(void **state)
{
    (void)state;
    size_t all = count_signatures();
    driver_forget(&driver);
    advance_to(6 * DAY_S - HOUR_S - 1);
    assert_int_equal(zone_serial(served()), 10);
    advance_to(6 * DAY_S - HOUR_S); /* as if made an hour before the start */
    expect_signed("due", 11, (int64_t)all);
    assert_int_equal(expiry("www.example.com.", RR_A), 16 * DAY_S - 2 * HOUR_S);
    assert_int_equal(driver_note(&driver, NOTE_NOTIFY_SENT)->serial, 11);
    advance_to(12 * DAY_S - HOUR_S);
    expect_signed("due", 12, (int64_t)all);
}

static void only_those_that_are_due_are_made_anew(void **state)
{
    (void)state;
    size_t all = count_signatures();
    advance_to(2 * DAY_S);
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    advance_to(6 * DAY_S);
    /* All but those for the new name, and that of the NSEC before it; the SOA's comes along. */
    expect_signed("due", 12, (int64_t)all - 1);
    assert_int_equal(expiry("new.example.com.", RR_A), 12 * DAY_S - HOUR_S);
    advance_to(8 * DAY_S);
    expect_signed("due", 13, 4);
}

static void a_clock_set_back_puts_it_off(void **state)
{
    (void)state;
    driver.wall_offset_ns = -DAY_S * NS_PER_S;
    advance_to(6 * DAY_S);
    assert_int_equal(zone_serial(served()), 10);
    advance_to(7 * DAY_S);
    assert_int_equal(zone_serial(served()), 11);
}

static void operate(const char *command)
{
    const uint8_t *origin = name_of("example.com.");
    driver_command(&driver, command, bytes_of(origin, name_size(origin)));
}

static void a_frozen_zone_is_not_signed_anew_until_it_thaws(void **state)
{
    (void)state;
    operate(SERVER_COMMAND_FREEZE);
    advance_to(9 * DAY_S);
    assert_int_equal(zone_serial(served()), 10);
    assert_string_equal(driver_note(&driver, NOTE_SIGNING_PUT_OFF)->text, "the zone is frozen");
    assert_int_equal(driver_note_count(&driver, NOTE_SIGNING_PUT_OFF), 1);
    operate(SERVER_COMMAND_THAW);
    advance_to(9 * DAY_S + 1);
    expect_signed("due", 11, (int64_t)count_signatures());
}

static void reload(struct zone *file)
{
    struct server_change change = {.origin = name_of("example.com."), .replacement = file};
    driver_command(&driver, SERVER_COMMAND_RELOAD, bytes_of(&change, sizeof change));
}

static void a_file_read_again_gets_a_serial_after_ours(void **state)
{
    (void)state;
    setup.zone.allow_update.any = false;
    advance_to(6 * DAY_S); /* signed anew: 11 */
    reload(zone);
    assert_int_equal(zone_serial(served()), 11);
    struct zone *file = setup_zone(11, 21);
    reload(file);
    expect_signed("change", 12, 4);
    assert_non_null(zone_find(served(), name_of("h20.example.com.")));
    zone_release(file);
}

/* ---- restarts ------------------------------------------------------------------------------ */

static void after_a_crash_what_is_due_is_made_anew_at_once(void **state)
{
    (void)state;
    for (int octets = 0; octets < 2; octets++) {
        driver_crash(&driver);
        driver.disk_as_octets = octets;
        driver.now_ns += 9 * DAY_S * NS_PER_S;
        driver_start(&driver);
        driver_forget(&driver);
        advance_to((octets + 1) * 9 * DAY_S);
        assert_string_equal(driver_note(&driver, NOTE_ZONE_SIGNED)->text, "due");
        assert_int_equal(zone_serial(served()), 11 + octets);
        assert_int_equal(expiry("www.example.com.", RR_A),
                         ((octets + 1) * 9 + 10) * DAY_S - HOUR_S);
        assert_int_equal(the_zone()->journal.count, 1 + octets);
    }
}

static void a_restart_keeps_good_signatures(void **state)
{
    (void)state;
    advance_to(DAY_S);
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    struct zone *before = zone_retain(the_zone()->version);
    driver_crash(&driver);
    driver.disk_as_octets = true;
    driver_start(&driver);
    driver_forget(&driver);
    advance_to(2 * DAY_S);
    assert_int_equal(driver_note_count(&driver, NOTE_ZONE_SIGNED), 0);
    assert_true(zone_equal(before, served()));
    zone_release(before);
}

static void another_kind_of_denial_signs_what_the_disk_has_anew(void **state)
{
    (void)state;
    driver_crash(&driver);
    signing.denial = ZONE_SIGN_NSEC3;
    driver_start(&driver);
    expect_signed("key", 11, (int64_t)count_signatures());
    assert_null(zone_node_get(zone_apex(served()), RR_NSEC));
    assert_non_null(zone_node_get(zone_apex(served()), RR_NSEC3PARAM));
}

/* ---- UPDATE -------------------------------------------------------------------------------- */

/* The rcode of an UPDATE with this one record; CLASS: IN to add, NONE to remove. */
static unsigned update(const char *record, uint16_t class)
{
    static uint8_t data[2000], owner[NAME_SIZE_MAX], rdata[65535];
    static struct message_writer writer;
    struct address local = address_of("192.0.2.1:53"), client = address_of("198.51.100.9:4444");
    char error[200];
    struct rr rr;
    assert_true(zonefile_parse_rr(bytes_of_text(record), name_of("example.com."), 300, owner, rdata,
                                  &rr, error));
    rr.class = class;
    rr.ttl = class == CLASS_IN ? rr.ttl : 0;
    message_begin(&writer, data, sizeof data, 1, OPCODE_UPDATE, 0);
    message_write_question(&writer, name_of("example.com."), RR_SOA, CLASS_IN);
    assert_true(message_write_rr(&writer, SECTION_AUTHORITY, &rr));
    driver_forget(&driver);
    driver_datagram(&driver, &local, &client, bytes_of(data, message_end(&writer, 0, 0)));
    return driver_note(&driver, NOTE_UPDATE)->code;
}

static void an_update_is_signed(void **state)
{
    (void)state;
    assert_int_equal(update("new 300 TXT hello", CLASS_IN), RCODE_NOERROR);
    expect_signed("change", 11, 4);
    assert_int_equal(expiry("new.example.com.", RR_TXT), 10 * DAY_S - HOUR_S);
    assert_int_equal(update("new 300 TXT hello", CLASS_NONE), RCODE_NOERROR);
    expect_signed("change", 12, 2); /* SOA, and the NSEC before */
    assert_null(zone_find(served(), name_of("new.example.com.")));
}

static void nobody_updates_what_the_signer_makes(void **state)
{
    (void)state;
    static const char *const records[] = {
        "www 300 RRSIG A 8 3 300 20300101000000 20260101000000 1 example.com. AAAA",
        "www 300 NSEC www.example.com. A",
        "x 300 NSEC3 1 0 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A",
        "@ 300 NSEC3PARAM 1 0 0 -",
        "@ 300 ZONEMD 10 1 1 000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        assert_int_equal(update(records[i], CLASS_IN), RCODE_REFUSED);
        assert_int_equal(update(records[i], CLASS_NONE), RCODE_REFUSED);
    }
    assert_int_equal(zone_serial(served()), 10);
}

static void the_own_key_stays_others_come_and_go(void **state)
{
    (void)state;
    char own[300];
    const struct rrset *keys = zone_node_get(zone_apex(served()), RR_DNSKEY);
    struct rr rr = {name_of("example.com."), RR_DNSKEY, CLASS_IN, 300,
                    bytes_of(keys->data + 2, keys->size - 2)};
    zonefile_format_rr(&rr, own, sizeof own);
    static const char other[] = "@ 300 DNSKEY 256 3 15 "
                                "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
    assert_int_equal(update(other, CLASS_IN), RCODE_NOERROR);
    assert_int_equal(zone_node_get(zone_apex(served()), RR_DNSKEY)->count, 2);
    assert_int_equal(update(own, CLASS_NONE), RCODE_NOERROR);
    assert_int_equal(zone_node_get(zone_apex(served()), RR_DNSKEY)->count, 2);
    assert_int_equal(update(other, CLASS_NONE), RCODE_NOERROR);
    assert_int_equal(zone_node_get(zone_apex(served()), RR_DNSKEY)->count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_version_is_signed_at_start),
        TEST(a_change_signs_what_it_touches),
        TEST(a_wrong_clock_makes_wrong_signatures),
        TEST(a_change_must_leave_the_signatures_alone),
        TEST(signatures_are_made_anew_in_time),
        TEST(only_those_that_are_due_are_made_anew),
        TEST(a_clock_set_back_puts_it_off),
        TEST(a_frozen_zone_is_not_signed_anew_until_it_thaws),
        TEST(a_file_read_again_gets_a_serial_after_ours),
        TEST(after_a_crash_what_is_due_is_made_anew_at_once),
        TEST(a_restart_keeps_good_signatures),
        TEST(another_kind_of_denial_signs_what_the_disk_has_anew),
        TEST(an_update_is_signed),
        TEST(nobody_updates_what_the_signer_makes),
        TEST(the_own_key_stays_others_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
