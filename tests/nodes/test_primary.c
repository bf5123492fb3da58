/* Changes of a zone on its primary: what is published, and what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_setup.h"

static struct setup setup;
static struct node_driver driver;
static struct zone_store *store;
static struct zone *zone;

static int start(void **state)
{
    (void)state;
    store = zone_store_create();
    zone = setup_zone(10, 5);
    setup_server(&setup, store, zone);
    setup_add_notify(&setup, "192.0.2.2");
    driver_create(&driver, &server_node, &setup.config, 0);
    driver_forget(&driver);
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

static void change(const struct server_change *what)
{
    driver_command(&driver, SERVER_COMMAND_CHANGE, bytes_of(what, sizeof *what));
}

static void expect_refusal(const char *why)
{
    assert_string_equal(driver_note(&driver, NOTE_CHANGE_FAILED)->text, why);
    assert_int_equal(zone_serial(the_zone()->version), 10);
    assert_int_equal(driver_output_count(&driver, HOST_DO_SEND), 0);
    assert_int_equal(driver_note_count(&driver, NOTE_ZONE_SERVING), 0);
}

static void a_change_raises_the_serial_and_tells_everybody(void **state)
{
    (void)state;
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    assert_int_equal(zone_serial(the_zone()->version), 11);
    assert_non_null(zone_find(the_zone()->version, name_of("new.example.com.")));
    const struct host_note *note = driver_note(&driver, NOTE_ZONE_SERVING);
    assert_int_equal(note->serial, 11);
    assert_int_equal(note->values[0], -1);
    assert_int_equal(note->values[1], zone_record_count(zone) + 1);
    assert_int_equal(note->values[3], 1);
    assert_int_equal(driver_note_count(&driver, NOTE_NOTIFY_SENT), 1);
    assert_int_equal(the_zone()->journal.count, 1);
    assert_ptr_equal(driver.files[0].blob, driver.files[0].synced);
    assert_non_null(driver.files[0].synced);
}

static void an_soa_sets_the_serial_itself(void **state)
{
    (void)state;
    setup_change(&driver, "@ 3600 SOA ns1 hostmaster 2026010100 1 1 1 1", false);
    assert_int_equal(zone_serial(the_zone()->version), 2026010100);
}

static void a_serial_may_be_given_even_one_that_goes_backwards(void **state)
{
    (void)state;
    struct server_change what = {
        .origin = name_of("example.com."), .has_serial = true, .serial = 4};
    change(&what);
    assert_int_equal(zone_serial(the_zone()->version), 4);
}

static void the_serial_wraps_around_zero(void **state)
{
    (void)state;
    struct server_change what = {
        .origin = name_of("example.com."), .has_serial = true, .serial = UINT32_MAX};
    change(&what);
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    assert_int_equal(zone_serial(the_zone()->version), 1);
}

static void a_replacement_keeps_its_own_serial(void **state)
{
    (void)state;
    struct zone *other = setup_zone(77, 2);
    struct server_change what = {.origin = name_of("example.com."), .replacement = other};
    change(&what);
    assert_int_equal(zone_serial(the_zone()->version), 77);
    assert_int_equal(zone_record_count(the_zone()->version), zone_record_count(other));
    assert_int_equal(the_zone()->journal.count, 1);
    zone_release(other);
}

static void all_steps_are_made_or_none(void **state)
{
    (void)state;
    uint8_t address[] = {192, 0, 2, 99}, absent[] = {192, 0, 2, 98};
    struct server_change_step steps[2] = {
        {SERVER_CHANGE_ADD,
         {name_of("new.example.com."), RR_A, CLASS_IN, 60, bytes_of(address, 4)},
         false},
        {SERVER_CHANGE_REMOVE,
         {name_of("www.example.com."), RR_A, CLASS_IN, 60, bytes_of(absent, 4)},
         false}};
    struct server_change what = {
        .origin = name_of("example.com."), .steps = steps, .step_count = 2};
    change(&what);
    expect_refusal("there is no such record to remove");
    assert_null(zone_find(the_zone()->version, name_of("new.example.com.")));
}

static void a_whole_rrset_can_be_removed(void **state)
{
    (void)state;
    struct server_change_step step = {SERVER_CHANGE_REMOVE_RRSET,
                                      {name_of("www.example.com."), RR_ANY, CLASS_IN, 0, {NULL, 0}},
                                      false};
    struct server_change what = {
        .origin = name_of("example.com."), .steps = &step, .step_count = 1};
    change(&what);
    assert_int_equal(zone_serial(the_zone()->version), 11);
    assert_null(zone_find(the_zone()->version, name_of("www.example.com.")));
}

static void what_conflicts_or_lies_outside_is_refused(void **state)
{
    (void)state;
    setup_change(&driver, "www 300 CNAME h1", false);
    expect_refusal("the record conflicts with what is there");
    setup_change(&driver, "example.net. 300 A 192.0.2.1", false);
    expect_refusal("the record is outside the zone");
}

static void other_servers_zones_are_not_changed(void **state)
{
    (void)state;
    struct server_change what = {.origin = name_of("example.net.")};
    change(&what);
    expect_refusal("this server is not a primary of the zone");
    assert_true(
        name_equal(driver_note(&driver, NOTE_CHANGE_FAILED)->name.data, name_of("example.net.")));
}

static void a_newer_zone_in_the_configuration_beats_the_disk(void **state)
{
    (void)state;
    setup_change(&driver, "new 300 A 192.0.2.99", false);
    driver_crash(&driver);
    struct zone *newer = setup_zone(20, 1);
    setup.zone.zone = newer;
    driver_start(&driver);
    assert_int_equal(zone_serial(the_zone()->version), 20);
    driver_crash(&driver);
    zone_release(newer);
    setup.zone.zone = zone;
    driver_start(&driver);
    assert_int_equal(zone_serial(the_zone()->version), 11);
    assert_int_equal(the_zone()->journal.count, 1);
}

static size_t differences_kept(enum server_software software, uint32_t set)
{
    driver_free(&driver);
    setup.config.policy = server_policy_of(software);
    setup.config.limits.journal_versions = set;
    driver_create(&driver, &server_node, &setup.config, 0);
    for (int i = 0; i < 40; i++)
        setup_change(&driver, "new 300 A 192.0.2.99", i % 2 > 0);
    return the_zone()->journal.count;
}

static void nsd_keeps_five_differences_and_knot_twenty(void **state)
{
    (void)state;
    assert_int_equal(differences_kept(SERVER_NSD_4, 0), 5);
    assert_int_equal(differences_kept(SERVER_KNOT_3, 0), 20);
    assert_int_equal(differences_kept(SERVER_KNOT_3, 30), 30);
    assert_int_equal(differences_kept(SERVER_BIND_9_18, 0), 40);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_change_raises_the_serial_and_tells_everybody),
        CLAIM(an_soa_sets_the_serial_itself),
        CLAIM(a_serial_may_be_given_even_one_that_goes_backwards),
        CLAIM(the_serial_wraps_around_zero),
        CLAIM(a_replacement_keeps_its_own_serial),
        CLAIM(all_steps_are_made_or_none),
        CLAIM(a_whole_rrset_can_be_removed),
        CLAIM(what_conflicts_or_lies_outside_is_refused),
        CLAIM(other_servers_zones_are_not_changed),
        CLAIM(a_newer_zone_in_the_configuration_beats_the_disk),
        CLAIM(nsd_keeps_five_differences_and_knot_twenty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
