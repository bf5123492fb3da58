/* Members of catalogs come, go, move and are refused as RFC 9432 section 5 has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

/* Node 0 is primary of two catalogs and of what they may list; node 1 holds the catalogs and what
 * they list, and "own." besides. */
static const char *const names[] = {"one.", "two.", "a.", "b.", "c.", "own."};
enum { CATALOGS = 2, ZONES = sizeof names / sizeof *names };

static struct zone *versions[ZONES];
static struct server_zone_config primaries[ZONES], secondaries[CATALOGS + 1], members;
static uint8_t origins[ZONES][8];
static struct address primary_address, secondary_address;

static struct zone *make(const char *name, uint32_t serial, const char *lines)
{
    char text[5000];
    snprintf(text, sizeof text,
             "@ 0 IN SOA invalid. invalid. %u 3600 600 86400 0\n@ 0 IN NS invalid.\n%s", serial,
             lines);
    return zone_from_text(name, text);
}

static void configure(struct server_zone_config *config, enum note_role role, const uint8_t *origin)
{
    *config = (struct server_zone_config){.origin = origin,
                                          .role = role,
                                          .allow_transfer.any = true,
                                          .request_ixfr = true,
                                          .provide_ixfr = true,
                                          .journal_size_max = 1 << 20};
    if (role == NOTE_PRIMARY)
        config->notify = (struct server_addresses){.list = &secondary_address, .count = 1};
    else
        config->sources = (struct server_addresses){.list = &primary_address, .count = 1};
}

/* The catalogs begin with LINES_OF_ONE, and with none. */
static void start(const char *lines_of_one)
{
    char text[4000];
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = NULL;
    primary_address = address_of("192.0.2.1");
    secondary_address = address_of("192.0.2.2");
    snprintf(text, sizeof text, "version 0 IN TXT 2\n%s", lines_of_one);
    for (size_t i = 0; i < ZONES; i++) {
        name_copy(name_of(names[i]), origins[i]);
        configure(&primaries[i], NOTE_PRIMARY, origins[i]);
        versions[i] = make(names[i], 1, i == 0 ? text : i == 1 ? "version 0 IN TXT 2\n" : "");
        primaries[i].zone = versions[i];
    }
    configure(&members, NOTE_SECONDARY, NULL);
    for (size_t i = 0; i < CATALOGS; i++) {
        configure(&secondaries[i], NOTE_SECONDARY, origins[i]);
        secondaries[i].members = &members;
    }
    configure(&secondaries[CATALOGS], NOTE_SECONDARY, origins[ZONES - 1]);
    setups[0].config =
        (struct server_config){.store = store, .zones = primaries, .zone_count = ZONES};
    setups[1].config =
        (struct server_config){.store = store, .zones = secondaries, .zone_count = CATALOGS + 1};
    net_add(0, "192.0.2.1");
    net_add(1, "192.0.2.2");
    net_run_seconds(2);
}

static int stop(void **state)
{
    for (size_t i = 0; i < ZONES; i++)
        zone_release(versions[i]);
    return net_stop(state);
}

/* Catalog N says LINES, with or without the version before them. */
static void publish_as(size_t n, uint32_t serial, const char *version, const char *lines)
{
    char text[4000];
    snprintf(text, sizeof text, "%s%s", version, lines);
    struct zone *replacement = make(names[n], serial, text);
    struct server_change change = {.origin = origins[n], .replacement = replacement};
    driver_command(&net.nodes[0], SERVER_COMMAND_CHANGE, bytes_of(&change, sizeof change));
    zone_release(replacement);
}

static void publish(size_t n, uint32_t serial, const char *lines)
{
    net_forget();
    publish_as(n, serial, "version 0 IN TXT 2\n", lines);
    net_run_seconds(2);
}

static const struct server_zone *held(const char *name)
{
    return server_find_origin(net.nodes[1].state, name_of(name));
}

static bool serves(const char *name)
{
    return held(name) && held(name)->serving;
}

static size_t files_of(const char *prefix)
{
    const struct node_driver *driver = &net.nodes[1];
    size_t count = 0;
    for (size_t i = 0; i < driver->file_count; i++)
        count +=
            driver->files[i].synced && strncmp(driver->files[i].name, prefix, strlen(prefix)) == 0;
    return count;
}

static const char A[] = "x.zones 0 IN PTR a.\n";
static const char A_AND_B[] = "x.zones 0 IN PTR a.\ny.zones 0 IN PTR b.\n";

/* ---- coming and going ---------------------------------------------------------------------- */

static void listed_zones_are_fetched_and_served(void **state)
{
    (void)state;
    start(A_AND_B);
    assert_true(serves("a.") && serves("b."));
    assert_null(held("c."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 2);
}

static void a_zone_listed_later_is_added(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_AND_B);
    assert_true(serves("a.") && serves("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2); /* the catalog and b. */
}

static void a_zone_listed_no_more_is_gone_with_its_data(void **state)
{
    (void)state;
    start(A_AND_B);
    assert_true(files_of("b.") > 0);
    publish(0, 2, A);
    assert_null(held("b."));
    assert_int_equal(files_of("b."), 0);
    assert_true(serves("a."));
    assert_string_equal(net_note(1, NOTE_MEMBER_REMOVED)->text,
                        "the catalog does not list it any more");
    net_run_seconds(100000); /* nothing is left that could become due */
    publish(0, 3, A_AND_B);
    assert_true(serves("b."));
}

static void an_empty_catalog_has_no_members(void **state)
{
    (void)state;
    start(A_AND_B);
    publish(0, 2, "");
    assert_true(!held("a.") && !held("b."));
    assert_int_equal(files_of("a.") + files_of("b."), 0);
}

/* At whatever point of its life a member is, it can go. */
static void a_member_can_go_at_any_time(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < 200; ms += 7) {
        start(A);
        net_forget();
        publish_as(0, 2, "version 0 IN TXT 2\n", A_AND_B);
        pipe_run(&net, net.now_ns + 60 * 1000000);
        publish_as(0, 3, "version 0 IN TXT 2\n", "");
        pipe_run(&net, net.now_ns + ms * 1000000);
        publish_as(0, 4, "version 0 IN TXT 2\n", A);
        net_run_seconds(20);
        assert_true(serves("a."));
        assert_null(held("b."));
        if (ms + 7 < 200)
            stop(state);
    }
}

static void a_new_label_resets_the_zone(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, "z.zones 0 IN PTR a.\n");
    assert_string_equal(net_note(1, NOTE_MEMBER_REMOVED)->text, "its label has changed");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_AXFR);
    assert_true(serves("a."));
}

static void the_same_label_in_other_letters_is_the_same(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, "X.zones 0 IN PTR A.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
}

/* ---- broken and old catalogs ----------------------------------------------------------------- */

static void a_broken_catalog_changes_nothing(void **state)
{
    (void)state;
    start(A_AND_B);
    net_forget();
    publish_as(0, 2, "", "z.zones 0 IN PTR c.\n");
    net_run_seconds(2);
    assert_int_equal(net_note(1, NOTE_CATALOG_BROKEN)->values[0], 2);
    assert_string_equal(net_note(1, NOTE_CATALOG_BROKEN)->text, "it has no version property");
    assert_true(serves("a.") && serves("b."));
    assert_null(held("c."));
    assert_int_equal(zone_serial(held("one.")->version), 2); /* a zone like any other */
}

static void a_mended_catalog_counts_again(void **state)
{
    (void)state;
    start(A_AND_B);
    publish_as(0, 2, "", "");
    net_run_seconds(2);
    publish(0, 3, "x.zones 0 IN PTR a.\nz.zones 0 IN PTR c.\n");
    assert_true(serves("a.") && serves("c."));
    assert_null(held("b."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
}

static void members_outlive_an_expired_catalog(void **state)
{
    (void)state;
    start(A);
    net.down[0] = true;
    net_run_seconds(86300);
    net_forget();
    net_run_seconds(4000);
    assert_false(held("one.")->serving);
    assert_non_null(held("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
    net.down[0] = false;
    net_run_seconds(700);
    assert_true(serves("one.") && serves("a."));
}

/* ---- after a restart ------------------------------------------------------------------------- */

static void restart(bool octets, bool primary_down)
{
    pipe_crash(&net, 1);
    net.nodes[1].disk_as_octets = octets;
    net.down[0] = primary_down;
    net_forget();
    pipe_start(&net, 1);
}

static void a_restart_finds_the_members(void **state)
{
    (void)state;
    for (int octets = 0; octets < 2; octets++) {
        start(A_AND_B);
        restart(octets, true);
        assert_true(serves("a.") && serves("b.") && serves("one."));
        assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 0);
        if (octets == 0)
            stop(state);
    }
}

static void a_restart_with_a_broken_catalog_finds_the_members(void **state)
{
    (void)state;
    start(A_AND_B);
    publish_as(0, 2, "", "");
    net_run_seconds(2);
    restart(true, true);
    assert_int_equal(net_note_count(1, NOTE_CATALOG_BROKEN), 1);
    assert_true(serves("a.") && serves("b."));
}

static void what_left_while_it_was_down_is_removed(void **state)
{
    (void)state;
    start(A_AND_B);
    pipe_crash(&net, 1);
    publish_as(0, 2, "version 0 IN TXT 2\n", "y.zones 0 IN PTR b.\nz.zones 0 IN PTR c.\n");
    net_run_seconds(10);
    net_forget();
    pipe_start(&net, 1);
    assert_true(serves("a."));
    net_run_seconds(2);
    assert_null(held("a."));
    assert_true(serves("b.") && serves("c."));
    assert_int_equal(files_of("a."), 0);
}

/* A list of members cut short is none: then the catalog itself says what there is. */
static void a_list_cut_short_does_no_harm(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 30; cut++) {
        start(A_AND_B);
        net.nodes[1].disk_cut = cut;
        restart(true, false);
        net_run_seconds(10);
        assert_true(serves("a.") && serves("b."));
        if (cut < 29)
            stop(state);
    }
}

/* ---- clashes and changes of ownership -------------------------------------------------------- */

static void a_configured_zone_is_not_taken(void **state)
{
    (void)state;
    start("x.zones 0 IN PTR own.\n");
    assert_string_equal(net_note(1, NOTE_MEMBER_REFUSED)->text,
                        "a zone of this name is configured");
    assert_null(held("own.")->member);
    publish(0, 2, "");
    assert_true(serves("own."));
}

static void a_member_of_another_catalog_is_not_taken(void **state)
{
    (void)state;
    start(A);
    publish(1, 2, A);
    assert_string_equal(net_note(1, NOTE_MEMBER_REFUSED)->text,
                        "it is a member of another catalog");
    publish(1, 3, "");
    assert_true(serves("a."));
}

static void a_refused_name_is_taken_when_it_is_free(void **state)
{
    (void)state;
    start(A);
    publish(1, 2, A);
    publish(0, 2, "");
    assert_true(serves("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
}

static void also_if_another_name_takes_its_place(void **state)
{
    (void)state;
    start(A);
    publish(1, 2, A);
    publish(0, 2, "x.zones 0 IN PTR c.\n");
    assert_true(serves("a.") && serves("c."));
}

static const char A_MAY_MOVE[] = "x.zones 0 IN PTR a.\ncoo.x.zones 0 IN PTR two.\n";

static void ownership_changes_with_all_that_there_is(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0); /* two. does not list it yet */
    const struct zone *before = held("a.")->version;
    publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 1); /* of the catalog alone */
    assert_ptr_equal(held("a.")->version, before);
    publish(0, 3, ""); /* the old one lets go of it: it is not its own */
    assert_true(serves("a."));
    publish(1, 3, "");
    assert_null(held("a."));
}

static void what_the_new_owner_drops_the_old_one_has_back(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    publish(1, 2, A);
    publish(1, 3, "");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_ADDED), 1);
    assert_true(serves("a."));
}

static void under_another_label_it_begins_anew(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    publish(1, 2, "new.zones 0 IN PTR a.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
    assert_true(serves("a."));
    publish(0, 3, A); /* lists it again, without effect */
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
}

/* Each may have it of the other: it moves with every version, and comes to rest. */
static void two_that_give_it_to_each_other_come_to_rest(void **state)
{
    (void)state;
    start(A_MAY_MOVE);
    publish(1, 2, "y.zones 0 IN PTR a.\ncoo.y.zones 0 IN PTR one.\n");
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 1);
    assert_true(serves("a."));
}

static void ownership_does_not_change_without_leave(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    publish(0, 3, A); /* it has thought better of it */
    publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 0);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REFUSED), 1);
}

static void leave_to_move_survives_a_restart(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    restart(true, false);
    net_run_seconds(2);
    publish(1, 2, A);
    assert_int_equal(net_note_count(1, NOTE_MEMBER_MOVED), 1);
    restart(true, true);
    assert_true(serves("a."));
    assert_int_equal(net_note_count(1, NOTE_MEMBER_REMOVED), 0);
}

static void a_moved_member_is_looked_after_on(void **state)
{
    (void)state;
    start(A);
    publish(0, 2, A_MAY_MOVE);
    net_forget();
    publish_as(1, 2, "version 0 IN TXT 2\n", A);
    while (net_note_count(1, NOTE_TRANSFER_STARTED) == 0)
        pipe_run(&net, net.now_ns + NS_PER_S / 1000);
    net.nodes[1].now_ns = net.now_ns;
    driver_command(&net.nodes[1], SERVER_COMMAND_TRANSFER, bytes_of(name_of("a."), 3));
    net_run_seconds(3700);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 1); /* that word went with its round */
    net_forget();
    net_run_seconds(3700);
    assert_true(net_note_count(1, NOTE_ZONE_CONTACT) >= 3);
    assert_true(serves("a."));
}

#define CLAIM(name) cmocka_unit_test_teardown(name, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(listed_zones_are_fetched_and_served),
        CLAIM(a_zone_listed_later_is_added),
        CLAIM(a_zone_listed_no_more_is_gone_with_its_data),
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
        CLAIM(what_the_new_owner_drops_the_old_one_has_back),
        CLAIM(under_another_label_it_begins_anew),
        CLAIM(two_that_give_it_to_each_other_come_to_rest),
        CLAIM(ownership_does_not_change_without_leave),
        CLAIM(leave_to_move_survives_a_restart),
        CLAIM(a_moved_member_is_looked_after_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
