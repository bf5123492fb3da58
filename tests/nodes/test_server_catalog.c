/* Members of catalogs come, go, move and are refused as RFC 9432 section 5 has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/catalog_net.h"

static const char A[] = "x.zones 0 IN PTR a.\n";
static const char A_AND_B[] = "x.zones 0 IN PTR a.\ny.zones 0 IN PTR b.\n";

/* ---- coming and going ---------------------------------------------------------------------- */

static void listed_zones_are_fetched_and_served(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
    assert_null(catalog_net_held("c."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 2);
}

static void a_zone_listed_later_is_added(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_AND_B);
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2); /* the catalog and b. */
}

static void a_zone_listed_no_more_is_gone_with_its_data(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    assert_true(catalog_net_files("b.") > 0);
    catalog_net_publish(0, 2, A);
    assert_null(catalog_net_held("b."));
    assert_int_equal(catalog_net_files("b."), 0);
    assert_true(catalog_net_serves("a."));
    assert_string_equal(net_note(1, NOTE_MEMBER_REMOVED)->text,
                        "the catalog does not list it any more");
    net_run_seconds(100000); /* nothing is left that could become due */
    catalog_net_publish(0, 3, A_AND_B);
    assert_true(catalog_net_serves("b."));
}

/* What its timers were at an orderly stop goes too, and so does its last contact. */
static void nothing_is_left_of_what_was_written_at_a_stop(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    setups[1].config.policy = server_policy_of(SERVER_KNOT_3);
    pipe_crash(&net, 1);
    pipe_start(&net, 1);
    net_run_seconds(3700); /* a look that finds nothing new: the contact */
    pipe_stop(&net, 1);
    pipe_start(&net, 1);
    net_run_seconds(2);
    assert_int_equal(catalog_net_files("b.timers") + catalog_net_files("b.contact"), 2);
    catalog_net_publish(0, 2, A);
    assert_null(catalog_net_held("b."));
    assert_int_equal(catalog_net_files("b."), 0);
    assert_int_equal(catalog_net_files("a.timers"), 1);
}

static void an_empty_catalog_has_no_members(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    catalog_net_publish(0, 2, "");
    assert_true(!catalog_net_held("a.") && !catalog_net_held("b."));
    assert_int_equal(catalog_net_files("a.") + catalog_net_files("b."), 0);
}

/* At whatever point of its life a member is, it can go. */
static void a_member_can_go_at_any_time(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < 200; ms += 7) {
        catalog_net_start(A);
        net_forget();
        catalog_net_publish_as(0, 2, "version 0 IN TXT 2\n", A_AND_B);
        pipe_run(&net, net.now_ns + 60 * 1000000);
        catalog_net_publish_as(0, 3, "version 0 IN TXT 2\n", "");
        pipe_run(&net, net.now_ns + ms * 1000000);
        catalog_net_publish_as(0, 4, "version 0 IN TXT 2\n", A);
        net_run_seconds(20);
        assert_true(catalog_net_serves("a."));
        assert_null(catalog_net_held("b."));
        if (ms + 7 < 200)
            catalog_net_stop(state);
    }
}

static void a_new_label_resets_the_zone(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, "z.zones 0 IN PTR a.\n");
    assert_string_equal(net_note(1, NOTE_MEMBER_REMOVED)->text, "its label has changed");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_AXFR);
    assert_true(catalog_net_serves("a."));
}

static void the_same_label_in_other_letters_is_the_same(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, "X.zones 0 IN PTR A.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
}

/* ---- broken and old catalogs ----------------------------------------------------------------- */

static void a_broken_catalog_changes_nothing(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    net_forget();
    catalog_net_publish_as(0, 2, "", "z.zones 0 IN PTR c.\n");
    net_run_seconds(2);
    assert_int_equal(net_note(1, NOTE_CATALOG_BROKEN)->values[0], 2);
    assert_string_equal(net_note(1, NOTE_CATALOG_BROKEN)->text, "it has no version property");
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
    assert_null(catalog_net_held("c."));
    assert_int_equal(zone_serial(catalog_net_held("one.")->version), 2); /* a zone like any other */
}

static void a_mended_catalog_counts_again(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    catalog_net_publish_as(0, 2, "", "");
    net_run_seconds(2);
    catalog_net_publish(0, 3, "x.zones 0 IN PTR a.\nz.zones 0 IN PTR c.\n");
    assert_true(catalog_net_serves("a.") && catalog_net_serves("c."));
    assert_null(catalog_net_held("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
}

static void members_outlive_an_expired_catalog(void **state)
{
    (void)state;
    catalog_net_start(A);
    net.down[0] = true;
    net_run_seconds(86300);
    net_forget();
    net_run_seconds(4000);
    assert_false(catalog_net_held("one.")->serving);
    assert_non_null(catalog_net_held("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
    net.down[0] = false;
    net_run_seconds(700);
    assert_true(catalog_net_serves("one.") && catalog_net_serves("a."));
}

/* ---- after a restart ------------------------------------------------------------------------- */

static void a_restart_finds_the_members(void **state)
{
    (void)state;
    for (int octets = 0; octets < 2; octets++) {
        catalog_net_start(A_AND_B);
        catalog_net_restart(octets, true);
        assert_true(catalog_net_serves("a.") && catalog_net_serves("b.") &&
                    catalog_net_serves("one."));
        assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 0);
        if (octets == 0)
            catalog_net_stop(state);
    }
}

static void a_restart_with_a_broken_catalog_finds_the_members(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    catalog_net_publish_as(0, 2, "", "");
    net_run_seconds(2);
    catalog_net_restart(true, true);
    assert_int_equal(net_note_count(1, NOTE_CATALOG_BROKEN), 1);
    assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
}

static void what_left_while_it_was_down_is_removed(void **state)
{
    (void)state;
    catalog_net_start(A_AND_B);
    pipe_crash(&net, 1);
    catalog_net_publish_as(0, 2, "version 0 IN TXT 2\n",
                           "y.zones 0 IN PTR b.\nz.zones 0 IN PTR c.\n");
    net_run_seconds(10);
    net_forget();
    pipe_start(&net, 1);
    assert_true(catalog_net_serves("a."));
    net_run_seconds(2);
    assert_null(catalog_net_held("a."));
    assert_true(catalog_net_serves("b.") && catalog_net_serves("c."));
    assert_int_equal(catalog_net_files("a."), 0);
}

/* A list of members cut short is none: then the catalog itself says what there is. */
static void a_list_cut_short_does_no_harm(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 30; cut++) {
        catalog_net_start(A_AND_B);
        net.nodes[1].disk_cut = cut;
        catalog_net_restart(true, false);
        net_run_seconds(10);
        assert_true(catalog_net_serves("a.") && catalog_net_serves("b."));
        if (cut < 29)
            catalog_net_stop(state);
    }
}

/* ---- clashes and changes of ownership -------------------------------------------------------- */

static void a_configured_zone_is_not_taken(void **state)
{
    (void)state;
    catalog_net_start("x.zones 0 IN PTR own.\n");
    assert_string_equal(net_note(1, NOTE_MEMBER_REFUSED)->text,
                        "a zone of this name is configured");
    assert_null(catalog_net_held("own.")->member);
    catalog_net_publish(0, 2, "");
    assert_true(catalog_net_serves("own."));
}

static void a_member_of_another_catalog_is_not_taken(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(1, 2, A);
    assert_string_equal(net_note(1, NOTE_MEMBER_REFUSED)->text,
                        "it is a member of another catalog");
    catalog_net_publish(1, 3, "");
    assert_true(catalog_net_serves("a."));
}

static void a_refused_name_is_taken_when_it_is_free(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(1, 2, A);
    catalog_net_publish(0, 2, "");
    assert_true(catalog_net_serves("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
}

static void also_if_another_name_takes_its_place(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(1, 2, A);
    catalog_net_publish(0, 2, "x.zones 0 IN PTR c.\n");
    assert_true(catalog_net_serves("a.") && catalog_net_serves("c."));
}

static const char A_MAY_MOVE[] = "x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\n";

static void ownership_changes_with_all_that_there_is(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0); /* two. does not list it yet */
    const struct zone *before = catalog_net_held("a.")->version;
    catalog_net_publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 1); /* of the catalog alone */
    assert_ptr_equal(catalog_net_held("a.")->version, before);
    catalog_net_publish(0, 3, ""); /* the old one lets go of it: it is not its own */
    assert_true(catalog_net_serves("a."));
    catalog_net_publish(1, 3, "");
    assert_null(catalog_net_held("a."));
}

/* Section 4.3.1: leave for one catalog is none for another. */
static void ownership_goes_only_where_the_owner_says(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, "x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR three.\n");
    catalog_net_publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_string_equal(net_note(1, NOTE_MEMBER_REFUSED)->text,
                        "it is a member of another catalog");
    catalog_net_publish(1, 3, ""); /* it was never this one's to drop */
    assert_true(catalog_net_serves("a."));
    assert_ptr_equal(catalog_net_held("a.")->member->catalog, catalog_net_held("one.")->catalog);
}

static void what_the_new_owner_drops_the_old_one_has_back(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    catalog_net_publish(1, 2, A);
    catalog_net_publish(1, 3, "");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_true(catalog_net_serves("a."));
}

static void under_another_label_it_begins_anew(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    catalog_net_publish(1, 2, "new.zones 0 IN PTR a.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
    assert_true(catalog_net_serves("a."));
    catalog_net_publish(0, 3, A); /* lists it again, without effect */
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
}

/* Each may have it of the other: it moves with every version, and comes to rest. */
static void two_that_give_it_to_each_other_come_to_rest(void **state)
{
    (void)state;
    catalog_net_start(A_MAY_MOVE);
    catalog_net_publish(1, 2, "y.zones 0 IN PTR a.\ncoo.y.zones 0 IN PTR one.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_true(catalog_net_serves("a."));
}

static void ownership_does_not_change_without_leave(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    catalog_net_publish(0, 3, A); /* it has thought better of it */
    catalog_net_publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
}

static void leave_to_move_survives_a_restart(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    catalog_net_restart(true, false);
    net_run_seconds(2);
    catalog_net_publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    catalog_net_restart(true, true);
    assert_true(catalog_net_serves("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
}

static void a_moved_member_is_looked_after_on(void **state)
{
    (void)state;
    catalog_net_start(A);
    catalog_net_publish(0, 2, A_MAY_MOVE);
    net_forget();
    catalog_net_publish_as(1, 2, "version 0 IN TXT 2\n", A);
    while (net_note_count(1, NOTE_TRANSFER_STARTED) == 0)
        pipe_run(&net, net.now_ns + NS_PER_S / 1000);
    net.nodes[1].now_ns = net.now_ns;
    driver_command(&net.nodes[1], SERVER_COMMAND_TRANSFER, bytes_of(name_of("a."), 3));
    net_run_seconds(3700);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 1); /* that word went with its round */
    net_forget();
    net_run_seconds(3700);
    assert_true(net_note_count(1, NOTE_ZONE_CONTACT) >= 3);
    assert_true(catalog_net_serves("a."));
}

#define CLAIM(name) cmocka_unit_test_teardown(name, catalog_net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(listed_zones_are_fetched_and_served),
        CLAIM(a_zone_listed_later_is_added),
        CLAIM(a_zone_listed_no_more_is_gone_with_its_data),
        CLAIM(nothing_is_left_of_what_was_written_at_a_stop),
        CLAIM(an_empty_catalog_has_no_members),
        CLAIM(a_member_can_go_at_any_time),
        CLAIM(a_new_label_resets_the_zone),
        CLAIM(the_same_label_in_other_letters_is_the_same),
        CLAIM(a_broken_catalog_changes_nothing),
        CLAIM(a_mended_catalog_counts_again),
        CLAIM(members_outlive_an_expired_catalog),
        CLAIM(a_restart_finds_the_members),
        CLAIM(a_restart_with_a_broken_catalog_finds_the_members),
        CLAIM(what_left_while_it_was_down_is_removed),
        CLAIM(a_list_cut_short_does_no_harm),
        CLAIM(a_configured_zone_is_not_taken),
        CLAIM(a_member_of_another_catalog_is_not_taken),
        CLAIM(a_refused_name_is_taken_when_it_is_free),
        CLAIM(also_if_another_name_takes_its_place),
        CLAIM(ownership_changes_with_all_that_there_is),
        CLAIM(ownership_goes_only_where_the_owner_says),
        CLAIM(what_the_new_owner_drops_the_old_one_has_back),
        CLAIM(under_another_label_it_begins_anew),
        CLAIM(two_that_give_it_to_each_other_come_to_rest),
        CLAIM(ownership_does_not_change_without_leave),
        CLAIM(leave_to_move_survives_a_restart),
        CLAIM(a_moved_member_is_looked_after_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
