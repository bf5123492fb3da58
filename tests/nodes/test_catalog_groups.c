/* Members of a group (RFC 9432 section 4.3.2), as many members as there may be, and what an
 * operator says of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/catalog_net.h"

/* "silent" comes from where nobody is, "home" from where all members do. */
static struct address silent_address, home_address;
static struct server_zone_config silent_members, home_members;
static const uint8_t silent_value[] = "\6silent", home_value[] = "\4home";
static struct server_member_group groups[2];

static void begin(const char *lines)
{
    silent_address = address_of("192.0.2.9");
    home_address = address_of("192.0.2.1");
    silent_members = (struct server_zone_config){.role = NOTE_SECONDARY,
                                                 .sources = {.list = &silent_address, .count = 1}};
    home_members = silent_members;
    home_members.sources.list = &home_address;
    groups[0] = (struct server_member_group){"silent", bytes_of(silent_value, 7), &silent_members};
    groups[1] = (struct server_member_group){"home", bytes_of(home_value, 5), &home_members};
    catalog_net_options.groups = groups;
    catalog_net_options.group_count = 2;
    catalog_net_start(lines);
}

static const char A[] = "x.zones 0 IN PTR a.\n";
static const char A_SILENT[] = "x.zones 0 IN PTR a.\ngroup.x.zones 0 IN TXT silent\n";
static const char A_AND_B[] = "x.zones 0 IN PTR a.\ny.zones 0 IN PTR b.\n";

/* ---- groups ---------------------------------------------------------------------------------- */

static void a_group_says_whence_a_member_comes(void **state)
{
    (void)state;
    begin("x.zones 0 IN PTR a.\ngroup.x.zones 0 IN TXT silent\ny.zones 0 IN PTR b.\n");
    assert_non_null(catalog_net_held("a."));
    assert_false(catalog_net_serves("a."));
    assert_true(catalog_net_serves("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_GROUPED), 1);
    assert_string_equal(net_note(1, NOTE_MEMBER_GROUPED)->text, "silent");
}

static void a_group_that_nobody_has_configured_means_nothing(void **state)
{
    (void)state;
    begin("x.zones 0 IN PTR a.\ngroup.x.zones 0 IN TXT Silent\n"
          "y.zones 0 IN PTR b.\ngroup.y.zones 0 IN TXT silent more\n");
    assert_true(catalog_net_serves("a."));
    assert_true(catalog_net_serves("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_GROUPED), 0);
}

static void of_several_groups_the_first_that_is_configured_counts(void **state)
{
    (void)state;
    begin("x.zones 0 IN PTR a.\ngroup.x.zones 0 IN TXT home\ngroup.x.zones 0 IN TXT silent\n"
          "group.x.zones 0 IN TXT another\n");
    assert_string_equal(catalog_net_held("a.")->member->group->name, "silent");
}

static void a_changed_group_changes_the_source_and_nothing_else(void **state)
{
    (void)state;
    begin(A);
    const struct zone *before = catalog_net_held("a.")->version;
    catalog_net_publish(0, 2, A_SILENT);
    assert_ptr_equal(catalog_net_held("a.")->version, before);
    assert_true(catalog_net_serves("a."));
    assert_string_equal(net_note(1, NOTE_MEMBER_GROUPED)->text, "silent");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
    assert_ptr_equal(catalog_net_held("a.")->config->sources.list, &silent_address);
    catalog_net_publish(0, 3, A);
    assert_null(net_note(1, NOTE_MEMBER_GROUPED)->text);
    assert_ptr_not_equal(catalog_net_held("a.")->config->sources.list, &silent_address);
    net_forget();
    net_run_seconds(8000);
    assert_true(net_note_count(1, NOTE_ZONE_CONTACT) >= 2); /* a. and the catalogs */
    assert_true(catalog_net_serves("a."));
}

static void a_group_survives_a_restart_with_a_broken_catalog(void **state)
{
    (void)state;
    begin(A);
    catalog_net_publish(0, 2, A_SILENT);
    catalog_net_publish_as(0, 3, "", A);
    net_run_seconds(2);
    catalog_net_restart(true, false);
    assert_true(catalog_net_serves("a."));
    assert_ptr_equal(catalog_net_held("a.")->config->sources.list, &silent_address);
}

static void a_member_that_moves_has_the_group_of_its_new_catalog(void **state)
{
    (void)state;
    begin("x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\n");
    catalog_net_publish(1, 2, A_SILENT);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_GROUPED), 1);
    assert_ptr_equal(catalog_net_held("a.")->config->sources.list, &silent_address);
    assert_true(catalog_net_serves("a."));
}

/* ---- no more than so many -------------------------------------------------------------------- */

static void what_is_beyond_the_limit_is_left_out_and_told_once(void **state)
{
    (void)state;
    catalog_net_options.members_max = 1;
    catalog_net_start("x.zones 0 IN PTR a.\ny.zones 0 IN PTR b.\nz.zones 0 IN PTR c.\n");
    assert_true(catalog_net_serves("a."));
    assert_true(!catalog_net_held("b.") && !catalog_net_held("c."));
    assert_int_equal(net_note_count(1, NOTE_CATALOG_FULL), 1);
    assert_int_equal(net_note(1, NOTE_CATALOG_FULL)->values[0], 2);
    assert_int_equal(net_note(1, NOTE_CATALOG_FULL)->values[1], 1);
}

static void who_is_there_already_stays_and_room_is_filled_again(void **state)
{
    (void)state;
    catalog_net_options.members_max = 1;
    catalog_net_start("y.zones 0 IN PTR b.\n");
    catalog_net_publish(0, 2, A_AND_B);
    assert_true(catalog_net_serves("b.") && !catalog_net_held("a."));
    catalog_net_publish(0, 3, A);
    assert_true(catalog_net_serves("a.") && !catalog_net_held("b."));
    assert_int_equal(net_note_count(1, NOTE_CATALOG_FULL), 0);
}

static void no_member_moves_to_where_there_is_no_room(void **state)
{
    (void)state;
    catalog_net_options.members_max = 1;
    catalog_net_start("x.zones 0 IN PTR b.\ncoo.x.zones 0 IN PTR two.\n");
    catalog_net_publish(1, 2, "y.zones 0 IN PTR a.\n");
    catalog_net_publish(1, 3, "y.zones 0 IN PTR a.\nx.zones 0 IN PTR b.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_string_equal(net_note(1, NOTE_CATALOG_FULL) ? "full" : "", "full");
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
}

static void the_place_of_a_member_that_moved_away_is_filled(void **state)
{
    (void)state;
    catalog_net_options.members_max = 1;
    catalog_net_start("x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\ny.zones 0 IN PTR b.\n");
    assert_true(catalog_net_serves("a.") && !catalog_net_held("b."));
    catalog_net_publish(1, 2, "x.zones 0 IN PTR a.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
    assert_int_equal(net_note(1, NOTE_CATALOG_FULL)->values[0], 0);
}

/* It is not refused any more, but there is no room for it. */
static void a_name_that_is_free_and_finds_no_room_is_told_of(void **state)
{
    (void)state;
    catalog_net_options.members_max = 1;
    catalog_net_start(A);
    catalog_net_publish(1, 2, "x.zones 0 IN PTR a.\ny.zones 0 IN PTR c.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
    assert_int_equal(net_note_count(1, NOTE_CATALOG_FULL), 0);
    catalog_net_publish(0, 2, "");
    assert_true(!catalog_net_held("a.") && catalog_net_serves("c."));
    assert_non_null(net_note(1, NOTE_CATALOG_FULL));
    assert_int_equal(net_note(1, NOTE_CATALOG_FULL)->values[0], 1);
}

/* ---- moves ----------------------------------------------------------------------------------- */

static void members_leave_from_wherever_they_stand(void **state)
{
    (void)state;
    catalog_net_start("x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\ny.zones 0 IN PTR b.\n"
                      "z.zones 0 IN PTR c.\ncoo.z.zones 0 IN PTR two.\n");
    catalog_net_publish(1, 2, "x.zones 0 IN PTR a.\nz.zones 0 IN PTR c.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 2);
    catalog_net_publish(0, 2, "");
    assert_true(catalog_net_serves("a.") && !catalog_net_held("b.") && catalog_net_serves("c."));
    catalog_net_restart(true, true);
    assert_true(catalog_net_serves("a.") && !catalog_net_held("b.") && catalog_net_serves("c."));
}

/* Section 4.3.1: it has to wait for an update of the new catalog in which the member is present. */
static void leave_given_late_waits_for_the_new_catalogs_next_version(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
    catalog_net_publish(0, 2, "x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    catalog_net_publish(1, 3, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    assert_true(catalog_net_serves("a."));
}

/* ---- the operator ---------------------------------------------------------------------------- */

static void an_operator_has_a_member_transferred(void **state)
{
    (void)state;
    catalog_net_start(A);
    net_forget();
    const uint8_t *origin = name_of("a.");
    driver_command(&net.nodes[1], SERVER_COMMAND_TRANSFER, bytes_of(origin, name_size(origin)));
    net_run_seconds(2);
    assert_null(net_note(1, NOTE_COMMAND)->text);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_AXFR);
}

static void a_word_about_a_member_that_is_gone_is_noted(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, "");
    const uint8_t *origin = name_of("a.");
    driver_command(&net.nodes[1], SERVER_COMMAND_REFRESH, bytes_of(origin, name_size(origin)));
    assert_string_equal(net_note(1, NOTE_COMMAND)->text, "this server does not hold the zone");
}

#define CLAIM(name) cmocka_unit_test_teardown(name, catalog_net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_group_says_whence_a_member_comes),
        CLAIM(a_group_that_nobody_has_configured_means_nothing),
        CLAIM(of_several_groups_the_first_that_is_configured_counts),
        CLAIM(a_changed_group_changes_the_source_and_nothing_else),
        CLAIM(a_group_survives_a_restart_with_a_broken_catalog),
        CLAIM(a_member_that_moves_has_the_group_of_its_new_catalog),
        CLAIM(what_is_beyond_the_limit_is_left_out_and_told_once),
        CLAIM(who_is_there_already_stays_and_room_is_filled_again),
        CLAIM(no_member_moves_to_where_there_is_no_room),
        CLAIM(the_place_of_a_member_that_moved_away_is_filled),
        CLAIM(a_name_that_is_free_and_finds_no_room_is_told_of),
        CLAIM(members_leave_from_wherever_they_stand),
        CLAIM(leave_given_late_waits_for_the_new_catalogs_next_version),
        CLAIM(an_operator_has_a_member_transferred),
        CLAIM(a_word_about_a_member_that_is_gone_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
