/* What operators tell servers: refresh, transfer, notify, freeze, thaw, reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

#define ORIGIN "example.com."

static struct node_driver *driver_of(size_t node)
{
    return &net.nodes[node];
}

/* The note that the word leaves. */
static const struct host_note *say(size_t node, const char *word)
{
    const uint8_t *origin = name_of(ORIGIN);
    driver_command(driver_of(node), word, bytes_of(origin, name_size(origin)));
    return net_note(node, NOTE_COMMAND);
}

static const struct host_note *reload(size_t node, struct zone *version, const char *broken)
{
    struct server_change change = {
        .origin = name_of(ORIGIN), .replacement = version, .broken = broken};
    driver_command(driver_of(node), SERVER_COMMAND_RELOAD, bytes_of(&change, sizeof change));
    return net_note(node, NOTE_COMMAND);
}

static uint32_t serial_of(size_t node)
{
    return zone_serial(net_served(node));
}

static bool has(size_t node, const char *name)
{
    return zone_find(net_served(node), name_of(name)) != NULL;
}

/* The primary's zone is frozen, and a change of it waits. */
static void freeze_with_a_change(void)
{
    net_start_primary(5);
    say(0, SERVER_COMMAND_FREEZE);
    setup_change(driver_of(0), "new 300 A 192.0.2.99", false);
}

/* ---- freeze and thaw ---------------------------------------------------------------------------
 */

static void changes_of_a_frozen_zone_wait_for_the_thaw(void **state)
{
    (void)state;
    freeze_with_a_change();
    setup_change(driver_of(0), "newer 300 A 192.0.2.98", false);
    assert_int_equal(net_note(0, NOTE_CHANGE_WAITS)->serial, 3);
    assert_int_equal(serial_of(0), 1);
    assert_false(has(0, "new.example.com."));
    net_forget();
    assert_null(say(0, SERVER_COMMAND_THAW)->text);
    assert_int_equal(serial_of(0), 3);
    assert_true(has(0, "new.example.com.") && has(0, "newer.example.com."));
    assert_int_equal(net_note_count(0, NOTE_ZONE_SERVING), 1);
    assert_int_equal(net_journal_count(0), 1);
    setup_change(driver_of(0), "newest 300 A 192.0.2.97", false);
    assert_int_equal(serial_of(0), 4);
}

static void restart_primary(bool octets)
{
    pipe_crash(&net, 0);
    net.nodes[0].disk_as_octets = octets;
    net_forget();
    pipe_start(&net, 0);
}

/* It has forgotten the freeze, and reads the file. */
static void a_restart_publishes_what_a_frozen_zone_s_file_says(void **state)
{
    (void)state;
    for (int octets = 0; octets < 2; octets++) {
        freeze_with_a_change();
        restart_primary(octets);
        assert_int_equal(serial_of(0), 2);
        assert_true(has(0, "new.example.com."));
        assert_int_equal(net_journal_count(0), 1);
        assert_string_equal(say(0, SERVER_COMMAND_THAW)->text, "the zone is not frozen");
        setup_change(driver_of(0), "newer 300 A 192.0.2.98", false);
        restart_primary(octets); /* not a second time */
        assert_int_equal(serial_of(0), 3);
        if (!octets)
            net_stop(NULL);
    }
}

static void a_file_that_was_thawed_or_replaced_is_not_read_again(void **state)
{
    (void)state;
    freeze_with_a_change();
    say(0, SERVER_COMMAND_THAW);
    restart_primary(false);
    assert_int_equal(net_note_count(0, NOTE_ZONE_SERVING), 1);
    say(0, SERVER_COMMAND_FREEZE);
    setup_change(driver_of(0), "newer 300 A 192.0.2.98", false);
    struct zone *other = setup_zone(7, 3);
    reload(0, other, NULL);
    zone_release(other);
    restart_primary(false);
    assert_int_equal(serial_of(0), 7);
    assert_false(has(0, "newer.example.com."));
}

/* The place among what the node did last of its word about file NAME; SIZE_MAX: it said none. */
static size_t place_of_write(const struct outbox *out, const char *name)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->actions[i].kind == HOST_DO_DISK_WRITE &&
            strcmp(out->actions[i].disk.name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* A real disk writes one after the other, and may be interrupted. */
static void edits_are_forgotten_after_the_zone_is_written(void **state)
{
    (void)state;
    freeze_with_a_change();
    struct node_driver *driver = driver_of(0);
    const uint8_t *origin = name_of(ORIGIN);
    struct host_event thaw = {.kind = HOST_COMMAND,
                              .name = SERVER_COMMAND_THAW,
                              .bytes = bytes_of(origin, name_size(origin)),
                              .mono_ns = driver->now_ns,
                              .random = &driver->random};
    struct outbox out = {0};
    outbox_reset(&out, &driver->sockets);
    server_node.handle(driver->state, &thaw, &out);
    size_t forgotten = place_of_write(&out, "example.com.edited");
    assert_int_not_equal(forgotten, SIZE_MAX);
    assert_true(place_of_write(&out, "example.com.zone") < forgotten);
    outbox_free(&out);
}

/* The disk of a crash between the two: the version is there, and the edits that led to it. */
static void edits_that_were_published_are_not_published_again(void **state)
{
    (void)state;
    freeze_with_a_change();
    struct host_blob *edits = NULL;
    for (size_t i = 0; i < driver_of(0)->file_count; i++)
        if (strcmp(driver_of(0)->files[i].name, "example.com.edited") == 0)
            edits = host_blob_retain(driver_of(0)->files[i].blob);
    say(0, SERVER_COMMAND_THAW);
    pipe_crash(&net, 0);
    driver_put_file(driver_of(0), "example.com.edited", edits);
    net_forget();
    pipe_start(&net, 0);
    assert_int_equal(serial_of(0), 2);
    assert_int_equal(net_note_count(0, NOTE_ZONE_SERVING), 1);
    assert_int_equal(net_journal_count(0), 1);
}

static void edits_give_way_to_a_later_file(void **state)
{
    (void)state;
    freeze_with_a_change();
    pipe_crash(&net, 0);
    struct zone *later = setup_zone(20, 5);
    setups[0].zone.zone = later;
    net_forget();
    pipe_start(&net, 0);
    assert_int_equal(serial_of(0), 20);
    assert_false(has(0, "new.example.com."));
    setups[0].zone.zone = zone;
    zone_release(later);
}

static void a_thaw_without_changes_makes_no_version(void **state)
{
    (void)state;
    net_start_primary(5);
    say(0, SERVER_COMMAND_FREEZE);
    net_forget();
    assert_null(say(0, SERVER_COMMAND_THAW)->text);
    assert_int_equal(net_note_count(0, NOTE_ZONE_SERVING), 0);
}

static void a_frozen_zone_takes_no_update(void **state)
{
    (void)state;
    const struct address local = address_of("192.0.2.1:53");
    const struct address client = address_of("192.0.2.9:4000");
    uint8_t data[512];
    struct message_writer w;
    setups[0].zone.allow_update.any = true;
    net_start_primary(5);
    setups[0].zone.allow_update.any = true;
    message_begin(&w, data, sizeof data, 1, OPCODE_UPDATE, 0);
    message_write_question(&w, name_of(ORIGIN), RR_SOA, CLASS_IN);
    struct bytes update = bytes_of(data, message_end(&w, 0, RCODE_NOERROR));
    say(0, SERVER_COMMAND_FREEZE);
    driver_datagram(driver_of(0), &local, &client, update);
    assert_int_equal(net_note(0, NOTE_UPDATE)->code, RCODE_REFUSED);
    assert_string_equal(net_note(0, NOTE_UPDATE)->text, "the zone is frozen");
    say(0, SERVER_COMMAND_THAW);
    driver_datagram(driver_of(0), &local, &client, update);
    assert_int_equal(net_note(0, NOTE_UPDATE)->code, RCODE_NOERROR);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    assert_string_equal(say(0, SERVER_COMMAND_THAW)->text, "the zone is not frozen");
    say(0, SERVER_COMMAND_FREEZE);
    assert_string_equal(say(0, SERVER_COMMAND_FREEZE)->text, "the zone is frozen already");
    assert_string_equal(say(1, SERVER_COMMAND_FREEZE)->text,
                        "this server is not a primary of the zone");
    assert_string_equal(say(0, SERVER_COMMAND_TRANSFER)->text,
                        "this server is not a secondary of the zone");
    assert_string_equal(say(0, SERVER_COMMAND_REFRESH)->text,
                        "this server is not a secondary of the zone");
    assert_string_equal(say(1, SERVER_COMMAND_NOTIFY)->text, "the zone is not served");
    const uint8_t *other = name_of("example.net.");
    driver_command(driver_of(0), SERVER_COMMAND_NOTIFY, bytes_of(other, name_size(other)));
    assert_string_equal(net_note(0, NOTE_COMMAND)->text, "this server does not hold the zone");
    assert_string_equal(reload(1, zone, NULL)->text, "this server is not a primary of the zone");
}

/* ---- reload
 * -------------------------------------------------------------------------------------- */

static void a_reload_takes_the_serial_of_the_file_wherever_it_goes(void **state)
{
    (void)state;
    const uint32_t serials[] = {7, 7, 3};
    net_start_primary(5);
    for (size_t i = 0; i < 3; i++) {
        struct zone *version = setup_zone(serials[i], 10 + i);
        net_forget();
        assert_null(reload(0, version, NULL)->text);
        assert_int_equal(serial_of(0), serials[i]);
        assert_true(zone_equal(net_served(0), version));
        assert_int_equal(net_note(0, NOTE_ZONE_SERVING)->values[3], 1);
        zone_release(version);
    }
}

static void a_reload_of_the_same_makes_no_version(void **state)
{
    (void)state;
    net_start_primary(5);
    net_forget();
    assert_null(reload(0, zone, NULL)->text);
    assert_int_equal(net_note_count(0, NOTE_ZONE_SERVING), 0);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 0);
}

static void a_broken_file_leaves_the_version(void **state)
{
    (void)state;
    net_start_primary(5);
    assert_string_equal(reload(0, NULL, "no SOA")->text, "no SOA");
    assert_int_equal(serial_of(0), 1);
}

static void a_zone_that_takes_updates_is_reloaded_only_when_frozen(void **state)
{
    (void)state;
    struct zone *version = setup_zone(9, 2);
    freeze_with_a_change();
    setups[0].zone.allow_update.any = true;
    assert_null(reload(0, version, NULL)->text);
    assert_int_equal(serial_of(0), 9);
    say(0, SERVER_COMMAND_THAW); /* what waited was in the file that is gone */
    assert_int_equal(serial_of(0), 9);
    assert_string_equal(reload(0, zone, NULL)->text,
                        "the zone takes dynamic updates and is not frozen");
    zone_release(version);
}

/* ---- refresh, transfer, notify
 * ------------------------------------------------------------------- */

static void a_forced_transfer_brings_what_a_forgotten_serial_hid(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(10);
    struct zone *version = setup_zone(1, 10);
    reload(0, version, NULL);
    net_run_seconds(10);
    say(1, SERVER_COMMAND_REFRESH);
    net_run_seconds(10);
    assert_true(zone_equal(net_served(1), zone));
    net_forget();
    assert_null(say(1, SERVER_COMMAND_TRANSFER)->text);
    net_run_seconds(10);
    assert_true(zone_equal(net_served(1), version));
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_AXFR);
    net_forget();
    say(1, SERVER_COMMAND_REFRESH); /* back to the ways of every day */
    net_run_seconds(10);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_STARTED), 0);
    assert_int_equal(net_note_count(1, NOTE_ZONE_CONTACT), 1);
    zone_release(version);
}

static void a_forced_transfer_goes_back_with_the_primary(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(10);
    setup_change(driver_of(0), "new 300 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_int_equal(serial_of(1), 2);
    reload(0, zone, NULL);
    net_run_seconds(10);
    assert_int_equal(serial_of(1), 2);
    say(1, SERVER_COMMAND_TRANSFER);
    net_run_seconds(10);
    assert_int_equal(serial_of(1), 1);
}

static void no_difference_begins_with_a_serial_given_twice(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(10);
    struct zone *same_serial = setup_zone(1, 10);
    reload(0, same_serial, NULL);
    setup_change(driver_of(0), "new 300 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_true(zone_equal(net_served(1), net_served(0)));
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_FALLBACK);
    setup_change(driver_of(0), "newer 300 A 192.0.2.99", false);
    net_run_seconds(10);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    zone_release(same_serial);
}

static void a_transfer_forced_while_one_runs_comes_after_it(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary(); /* and asks at once */
    assert_null(say(1, SERVER_COMMAND_TRANSFER)->text);
    net_run_seconds(10);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
}

static void a_transfer_tells_when_the_next_look_is_due(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(10);
    const struct host_note *due = net_note(1, NOTE_ZONE_DUE);
    const struct host_note *serving = net_note(1, NOTE_ZONE_SERVING);
    assert_int_equal(due->values[0], serving->values[0]);
    assert_int_equal(due->values[1], driver_of(1)->timer_ns);
}

static void notify_goes_out_again(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(10);
    net_forget();
    assert_null(say(0, SERVER_COMMAND_NOTIFY)->text);
    net_run_seconds(10);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 1);
    assert_int_equal(net_note(1, NOTE_NOTIFY_RECEIVED)->serial, 1);
}

#define CLAIM(name) cmocka_unit_test_teardown(name, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(changes_of_a_frozen_zone_wait_for_the_thaw),
        CLAIM(a_thaw_without_changes_makes_no_version),
        CLAIM(a_restart_publishes_what_a_frozen_zone_s_file_says),
        CLAIM(a_file_that_was_thawed_or_replaced_is_not_read_again),
        CLAIM(edits_are_forgotten_after_the_zone_is_written),
        CLAIM(edits_that_were_published_are_not_published_again),
        CLAIM(edits_give_way_to_a_later_file),
        CLAIM(a_frozen_zone_takes_no_update),
        CLAIM(what_makes_no_sense_is_refused),
        CLAIM(a_reload_takes_the_serial_of_the_file_wherever_it_goes),
        CLAIM(a_reload_of_the_same_makes_no_version),
        CLAIM(a_broken_file_leaves_the_version),
        CLAIM(a_zone_that_takes_updates_is_reloaded_only_when_frozen),
        CLAIM(a_forced_transfer_brings_what_a_forgotten_serial_hid),
        CLAIM(a_forced_transfer_goes_back_with_the_primary),
        CLAIM(no_difference_begins_with_a_serial_given_twice),
        CLAIM(a_transfer_forced_while_one_runs_comes_after_it),
        CLAIM(a_transfer_tells_when_the_next_look_is_due),
        CLAIM(notify_goes_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
