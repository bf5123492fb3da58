/* Name servers talking to each other over a toy network: transfers, NOTIFY, chains, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "nodes/server_state.h"
#include "tests/support/server_net.h"

enum { WEEK_S = 604800 };

/* ---- transfers ----------------------------------------------------------------------------- */

static void a_zone_of_thousands_of_records_arrives_by_axfr(void **state)
{
    (void)state;
    net_start_primary(5000);
    net_add_secondary();
    net_run_seconds(2);
    assert_non_null(net_served(1));
    assert_true(zone_equal(net_served(1), zone));
    const struct host_note *done = net_note(1, NOTE_TRANSFER_DONE);
    assert_int_equal(done->code, NOTE_AXFR);
    assert_int_equal(done->serial, 1);
    assert_true(done->values[1] > 3); /* messages */
    assert_int_equal(done->values[3], 0);
    const struct host_note *served_note = net_note(0, NOTE_TRANSFER_SERVED);
    assert_int_equal(served_note->values[0], done->values[0]);
    assert_int_equal(served_note->values[1], done->values[1]);
    const struct host_note *serving = net_note(1, NOTE_ZONE_SERVING);
    assert_int_equal(serving->values[1], zone_record_count(zone));
    assert_true(serving->values[0] > WEEK_S * NS_PER_S);
}

static void a_zone_that_the_store_knows_is_not_held_twice(void **state)
{
    (void)state;
    net_start_primary(1000);
    net_add_secondary();
    net_run_seconds(2);
    assert_ptr_equal(net_served(1), net_served(0));
}

static void a_zone_unknown_to_the_store_is_built(void **state)
{
    (void)state;
    net_start_primary(1000);
    struct zone_store *other = zone_store_create();
    setup_server(&setups[1], other, NULL);
    net_add(1, "192.0.2.2");
    net_run_seconds(2);
    assert_ptr_not_equal(net_served(1), net_served(0));
    assert_true(zone_equal(net_served(1), zone));
    pipe_free(&net);
    zone_store_destroy(other);
}

static void any_size_of_pieces_and_windows_will_do(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 7, 100, 1460};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        net_start_primary(200);
        net.piece = sizes[i];
        net.window = 50 + sizes[i] * 20;
        net.delay_ns = NS_PER_MS;
        net_add_secondary();
        net_run_seconds(60);
        assert_ptr_equal(net_served(1), net_served(0));
        net_stop(NULL);
    }
    net_start_primary(1);
}

static void a_change_arrives_within_round_trips_by_notify_and_ixfr(void **state)
{
    (void)state;
    net_start_primary(1000);
    net_add_secondary();
    net_run_seconds(60);
    net_forget();
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(1);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_ptr_equal(net_served(1), net_served(0));
    assert_int_equal(net_note(0, NOTE_NOTIFY_ANSWERED)->code, RCODE_NOERROR);
    assert_int_equal(net_note(1, NOTE_NOTIFY_RECEIVED)->serial, 2);
    assert_string_equal(net_note(1, NOTE_REFRESH_STARTED)->text, "notify");
    assert_int_equal(net_note(1, NOTE_TRANSFER_STARTED)->serial, 1);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->values[3], 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 1);
    assert_true(net_note(1, NOTE_TRANSFER_DONE)->values[0] < 500);
}

static void several_changes_come_as_several_differences(void **state)
{
    (void)state;
    net_start_primary(1000);
    net_add_secondary();
    net_run_seconds(60);
    net.down[1] = true;
    setup_change(&net.nodes[0], "a 300 A 192.0.2.81", false);
    setup_change(&net.nodes[0], "b 300 TXT \"one\" \"two\"", false);
    setup_change(&net.nodes[0], "a 300 A 192.0.2.81", true);
    setup_change(&net.nodes[0], "h5 300 A 10.0.0.5", true);
    net_run_seconds(1);
    net.down[1] = false;
    net_forget();
    net_run_seconds(3600);
    assert_int_equal(zone_serial(net_served(1)), 5);
    assert_true(zone_equal(net_served(1), net_served(0)));
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    assert_int_equal(net_journal_count(1), 4);
}

static void a_journal_that_does_not_reach_back_gives_the_whole_zone(void **state)
{
    (void)state;
    net_start_primary(100);
    net_add_secondary();
    net_run_seconds(60);
    setups[0].zone.journal_size_max = 1;
    ((struct server *)net.nodes[0].state)->zone_list[0].journal.size_max = 1;
    net_forget();
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(1);
    assert_ptr_equal(net_served(1), net_served(0));
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_FALLBACK);
    assert_int_equal(net_note(0, NOTE_TRANSFER_SERVED)->code, NOTE_FALLBACK);
}

static void without_ixfr_a_change_comes_by_axfr(void **state)
{
    (void)state;
    net_start_primary(100);
    setup_server(&setups[1], store, NULL);
    setups[1].zone.request_ixfr = false;
    net_add(1, "192.0.2.2");
    net_run_seconds(60);
    net_forget();
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(1);
    assert_ptr_equal(net_served(1), net_served(0));
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_AXFR);
}

static void a_change_during_a_transfer_is_fetched_after_it(void **state)
{
    (void)state;
    net_start_primary(5000);
    net.window = 2000;
    net_add_secondary();
    net_run_seconds(1); /* a window per round trip: far from done */
    assert_null(net_served(1));
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(60);
    assert_int_equal(zone_serial(net_served(1)), 2);
    assert_ptr_equal(net_served(1), net_served(0));
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE), 2);
    assert_int_equal(net_note(1, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
}

/* ---- chains and several sources -----------------------------------------------------------------
 */

static void a_chain_passes_a_change_on(void **state)
{
    (void)state;
    net_start_primary(300);
    setup_server(&setups[1], store, NULL);
    setup_add_notify(&setups[1], "192.0.2.3");
    net_add(1, "192.0.2.2");
    setup_server(&setups[2], store, NULL);
    setups[2].sources[0] = address_of("192.0.2.2");
    net_add(2, "192.0.2.3");
    net_run_seconds(60);
    assert_ptr_equal(net_served(2), net_served(0));
    net_forget();
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(1);
    assert_ptr_equal(net_served(2), net_served(0));
    assert_int_equal(net_note(2, NOTE_TRANSFER_DONE)->code, NOTE_IXFR);
    assert_int_equal(net_note(1, NOTE_NOTIFY_SENT)->serial, 2);
}

static void the_next_source_is_asked_when_the_first_is_silent(void **state)
{
    (void)state;
    net_start_primary(10);
    setup_server(&setups[1], store, NULL);
    setups[1].sources[0] = address_of("192.0.2.77");
    setup_add_source(&setups[1], "192.0.2.1");
    net_add(1, "192.0.2.2");
    net_run_seconds(14);
    assert_null(net_served(1));
    net_run_seconds(2);
    assert_non_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_REFRESH_FAILED)->text, "no answer to the SOA query");
}

static void a_source_that_lags_does_not_stop_us(void **state)
{
    (void)state;
    net_start_primary(10);
    setup_server(&setups[1], store, NULL);
    net_add(1, "192.0.2.2");
    setup_server(&setups[2], store, NULL);
    setup_add_source(&setups[2], "192.0.2.2");
    net_add(2, "192.0.2.3");
    net_run_seconds(60);
    net.down[1] = true; /* keeps serial 1 */
    setup_change(&net.nodes[0], "www2 300 A 192.0.2.81", false);
    net_run_seconds(3700);
    assert_int_equal(zone_serial(net_served(2)), 2);
    net.down[1] = false;
    net_forget();
    setups[2].sources[0] = address_of("192.0.2.2"); /* the laggard first */
    setups[2].sources[1] = address_of("192.0.2.1");
    setups[1].sources[0] = address_of("192.0.2.99"); /* and it stays behind */
    setup_change(&net.nodes[0], "www3 300 A 192.0.2.82", false);
    net_run_seconds(3700);
    assert_int_equal(zone_serial(net_served(1)), 1);
    assert_int_equal(zone_serial(net_served(2)), 3);
    assert_string_equal(net_note(2, NOTE_REFRESH_FAILED)->text, "its serial is older than ours");
}

/* ---- failures ------------------------------------------------------------------------------ */

static void retries_expires_and_recovers(void **state)
{
    (void)state;
    net_start_primary(10);
    net_add_secondary();
    net_run_seconds(60);
    net_forget();
    net.down[0] = true;
    net_run_seconds(3600 + 900 * 3);
    assert_true(net_note_count(1, NOTE_REFRESH_FAILED) >= 3);
    assert_non_null(net_served(1));
    net_run_seconds(WEEK_S - 60 - 3600 - 900 * 3 - 10);
    assert_non_null(net_served(1)); /* the transfer was about a week ago */
    net_run_seconds(20);
    assert_null(net_served(1));
    assert_int_equal(net_note(1, NOTE_ZONE_EXPIRED)->serial, 1);
    net.down[0] = false;
    net_forget();
    net_run_seconds(1000);
    assert_non_null(net_served(1));
    assert_int_equal(net_note_count(1, NOTE_ZONE_CONTACT), 1);
    assert_int_equal(net_note_count(1, NOTE_TRANSFER_DONE),
                     0); /* the same serial: nothing to fetch */
}

static void expiry_counts_from_the_last_contact(void **state)
{
    (void)state;
    net_start_primary(10);
    net_add_secondary();
    net_run_seconds(3 * 3600 + 60);
    int64_t contact_ns = 0;
    for (size_t i = 0; i < net.nodes[1].note_count; i++)
        if (net.nodes[1].notes[i].note.kind == NOTE_ZONE_CONTACT)
            contact_ns = net.nodes[1].notes[i].now_ns;
    assert_int_equal(net_note_count(1, NOTE_ZONE_CONTACT), 3);
    net.down[0] = true;
    pipe_run(&net, contact_ns + 604800 * NS_PER_S - 1);
    assert_non_null(net_served(1));
    pipe_run(&net, contact_ns + 604800 * NS_PER_S);
    assert_null(net_served(1));
}

static void a_transfer_cut_short_changes_nothing_and_is_retried(void **state)
{
    (void)state;
    net_start_primary(5000);
    net.window = 2000;
    net_add_secondary();
    net_run_seconds(1);
    pipe_crash(&net, 0);
    net.down[0] = true;
    net_run_seconds(120);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_TRANSFER_FAILED)->text, "nothing received for too long");
    assert_true(net_note(1, NOTE_TRANSFER_FAILED)->values[0] > 0);
    net.down[0] = false;
    net.window = 65536;
    pipe_start(&net, 0);
    net_run_seconds(3600);
    assert_true(zone_equal(net_served(1), zone));
}

static void who_is_not_allowed_gets_no_zone(void **state)
{
    (void)state;
    net_start_primary(10);
    setups[0].zone.allow_transfer.any = false;
    net_add_secondary();
    net_run_seconds(60);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_TRANSFER_FAILED)->text, "answered REFUSED: prohibited");
    assert_string_equal(net_note(0, NOTE_TRANSFER_REFUSED)->text, "not allowed to transfer");
    struct address allowed = address_of("192.0.2.2");
    setups[0].zone.allow_transfer.addresses =
        (struct server_addresses){.list = &allowed, .count = 1};
    net_run_seconds(300);
    assert_non_null(net_served(1));
}

static bool only_udp(void *context, size_t from, size_t to, struct bytes bytes)
{
    (void)context;
    (void)from;
    (void)to;
    return bytes.size > 0;
}

static void a_firewall_that_stops_tcp_shows_in_the_notes(void **state)
{
    (void)state;
    net_start_primary(10);
    net.passes = only_udp;
    net_add_secondary();
    net_run_seconds(20);
    assert_null(net_served(1));
    assert_string_equal(net_note(1, NOTE_TRANSFER_FAILED)->text, "connecting took too long");
}

static void notify_is_resent_and_given_up(void **state)
{
    (void)state;
    net_start_primary(10);
    net_run_seconds(59); /* nobody at 192.0.2.2: silence */
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 1);
    net_run_seconds(242);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 6);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_GIVEN_UP), 0);
    net_run_seconds(60);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_GIVEN_UP), 1);
    assert_int_equal(net_note_count(0, NOTE_NOTIFY_SENT), 6);
}

/* Its sender has told too much, or what answers for it lags behind: that will not take an hour. */
static void what_a_notify_promised_is_looked_for_again_after_retry(void **state)
{
    (void)state;
    net_start_primary(5);
    net_add_secondary();
    net_run_seconds(60);
    net_forget();
    struct address to = address_of("192.0.2.2:53"), from = address_of("192.0.2.1:53");
    net.nodes[1].now_ns = net.now_ns;
    assert_true(driver_datagram(&net.nodes[1], &to, &from, setup_notify(5)));
    net_run_seconds(890);
    assert_int_equal(net_note_count(1, NOTE_REFRESH_STARTED), 1);
    assert_int_equal(net_note_count(1, NOTE_ZONE_CONTACT), 1); /* serial 1 is all there is */
    net_run_seconds(20);
    assert_int_equal(net_note_count(1, NOTE_REFRESH_STARTED), 2);
    assert_string_equal(net_note(1, NOTE_REFRESH_STARTED)->text, "retry");
    net_run_seconds(3500); /* once: then its word is forgotten */
    assert_int_equal(net_note_count(1, NOTE_REFRESH_STARTED), 2);
}

#define CLAIM(name) cmocka_unit_test_teardown(name, net_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_zone_of_thousands_of_records_arrives_by_axfr),
        CLAIM(a_zone_that_the_store_knows_is_not_held_twice),
        CLAIM(a_zone_unknown_to_the_store_is_built),
        CLAIM(any_size_of_pieces_and_windows_will_do),
        CLAIM(a_change_arrives_within_round_trips_by_notify_and_ixfr),
        CLAIM(several_changes_come_as_several_differences),
        CLAIM(a_journal_that_does_not_reach_back_gives_the_whole_zone),
        CLAIM(without_ixfr_a_change_comes_by_axfr),
        CLAIM(a_change_during_a_transfer_is_fetched_after_it),
        CLAIM(a_chain_passes_a_change_on),
        CLAIM(the_next_source_is_asked_when_the_first_is_silent),
        CLAIM(a_source_that_lags_does_not_stop_us),
        CLAIM(retries_expires_and_recovers),
        CLAIM(expiry_counts_from_the_last_contact),
        CLAIM(a_transfer_cut_short_changes_nothing_and_is_retried),
        CLAIM(who_is_not_allowed_gets_no_zone),
        CLAIM(a_firewall_that_stops_tcp_shows_in_the_notes),
        CLAIM(what_a_notify_promised_is_looked_for_again_after_retry),
        CLAIM(notify_is_resent_and_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
