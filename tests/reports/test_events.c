/* events.jsonl: a line for each kind of note and fault that is worth one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reports/events.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cast.h"

struct book {
    struct output *output;
    struct metrics *metrics;
    struct events *events;
    struct hand hand;
};

static struct book open_book(void **state)
{
    struct book book = {0};
    char error[OUTPUT_ERROR_SIZE];
    assert_int_equal(output_open(scratch_path(state, "out"), &book.output, error), OUTPUT_OK);
    book.metrics = metrics_create(cast_topology());
    book.events = events_open(book.output, cast_topology(), book.metrics);
    book.hand = (struct hand){{metrics_listener(book.metrics), events_listener(book.events)}, 2};
    return book;
}

/* What was written, to be freed. */
static char *read_book(void **state, struct book *book)
{
    char error[OUTPUT_ERROR_SIZE];
    events_finish(book->events);
    metrics_destroy(book->metrics);
    assert_true(output_commit(book->output, error));
    return scratch_read(scratch_path(state, "out/events.jsonl"), &(size_t){0});
}

static void expect(void **state, struct book *book, const char *text)
{
    char *found = read_book(state, book);
    assert_string_equal(found, text);
    free(found);
}

/* ---- lines ------------------------------------------------------------------------------- */

static void zones_tell_versions_and_where_they_are_from(void **state)
{
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM, (struct host_note){.kind = NOTE_ZONE_LOADING});
    hand_zone(&book.hand, 1, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_SERVING, .serial = 7, .values = {HOUR, 4, 1}});
    hand_publish(&book.hand, NS_PER_S, HIDDEN_HOST, EXAMPLE_COM, 8);
    hand_zone(&book.hand, 2 * NS_PER_S, NS1_HOST, EXAMPLE_ORG,
              (struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 7});
    hand_zone(&book.hand, 2 * NS_PER_S, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_CHANGE_FAILED, .text = "no such record"});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"zone_loading\", "
           "\"zone\": \"example.com.\"}\n"
           "{\"t\": 0.000000001, \"host\": \"ns1\", \"event\": \"zone_serving\", "
           "\"zone\": \"example.com.\", \"serial\": 7, \"records\": 4, \"from_disk\": true}\n"
           "{\"t\": 1.000000000, \"host\": \"hidden\", \"event\": \"zone_published\", "
           "\"zone\": \"example.com.\", \"serial\": 8, \"records\": 5}\n"
           "{\"t\": 2.000000000, \"host\": \"ns1\", \"event\": \"zone_expired\", "
           "\"zone\": \"example.org.\", \"serial\": 7, "
           "\"behind_versions\": null, \"behind_since\": null}\n"
           "{\"t\": 2.000000000, \"host\": \"hidden\", \"event\": \"change_failed\", "
           "\"zone\": \"example.com.\", \"why\": \"no such record\"}\n");
}

static void members_tell_of_the_catalog_before_them(void **state)
{
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_ORG,
              (struct host_note){.kind = NOTE_CATALOG_READ, .serial = 3, .values = {1}});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM, (struct host_note){.kind = NOTE_MEMBER_ADDED});
    hand_zone(
        &book.hand, 1, NS1_HOST, EXAMPLE_ORG,
        (struct host_note){.kind = NOTE_CATALOG_BROKEN, .serial = 4, .text = "two", .values = {1}});
    hand_zone(&book.hand, 2, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_CATALOG_READ, .values = {0, 1}});
    hand_zone(&book.hand, 2, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_MEMBER_REMOVED, .text = "gone"});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"catalog_read\", "
           "\"zone\": \"example.org.\", \"serial\": 3, \"members\": 1, \"from_disk\": false}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"member_added\", "
           "\"zone\": \"example.com.\", \"catalog\": \"example.org.\"}\n"
           "{\"t\": 0.000000001, \"host\": \"ns1\", \"event\": \"catalog_broken\", "
           "\"zone\": \"example.org.\", \"serial\": 4, \"members\": 1, \"why\": \"two\"}\n"
           "{\"t\": 0.000000002, \"host\": \"ns1\", \"event\": \"catalog_read\", "
           "\"zone\": \"example.com.\", \"serial\": null, \"members\": 0, \"from_disk\": true}\n"
           "{\"t\": 0.000000002, \"host\": \"ns1\", \"event\": \"member_removed\", "
           "\"zone\": \"example.com.\", \"catalog\": \"example.com.\", \"why\": \"gone\"}\n");
}

static void transfers_tell_peer_kind_serials_volume_and_duration(void **state)
{
    const struct address peer = cast_address(HIDDEN), client = cast_address(NS1);
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){
                  .kind = NOTE_TRANSFER_STARTED, .code = NOTE_IXFR, .peer = peer, .serial = 7});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_TRANSFER_DONE,
                                 .code = NOTE_FALLBACK,
                                 .peer = peer,
                                 .serial = 8,
                                 .values = {1000, 2, 1500000, 7}});
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_TRANSFER_SERVED,
                                 .code = NOTE_AXFR,
                                 .peer = client,
                                 .serial = 8,
                                 .values = {1000, 2, 1}});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_TRANSFER_FAILED,
                                 .code = NOTE_AXFR,
                                 .peer = peer,
                                 .text = "a truncated message",
                                 .values = {500, 1}});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"transfer_started\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"kind\": \"ixfr\", \"serial_before\": 7}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"transfer_done\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"kind\": \"fallback\", \"serial_before\": 7, \"serial\": 8, \"bytes\": 1000, "
           "\"messages\": 2, \"duration\": 0.0015}\n"
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"transfer_served\", "
           "\"zone\": \"example.com.\", \"peer\": \"ns1\", \"address\": \"192.0.2.6\", "
           "\"kind\": \"axfr\", \"serial\": 8, \"bytes\": 1000, \"messages\": 2, "
           "\"duration\": 0.000000001}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"transfer_failed\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"kind\": \"axfr\", \"why\": \"a truncated message\", \"bytes\": 500, "
           "\"messages\": 1, \"behind_versions\": null, \"behind_since\": null}\n");
}

static void a_refusal_names_who_asked_even_if_it_is_nobody(void **state)
{
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_TRANSFER_REFUSED,
                                 .code = NOTE_AXFR,
                                 .peer = address_from_ipv4(0xcb007101, 5353),
                                 .text = "not allowed"});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"transfer_refused\", "
           "\"zone\": \"example.com.\", \"peer\": null, \"address\": \"203.0.113.1\", "
           "\"kind\": \"axfr\", \"why\": \"not allowed\"}\n");
}

static void notify_tells_attempts_answers_and_refusals(void **state)
{
    const struct address to = cast_address(NS1), from = cast_address(HIDDEN);
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_NOTIFY_SENT, .peer = to, .serial = 8, .values = {1}});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_NOTIFY_RECEIVED, .peer = from});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){
                  .kind = NOTE_NOTIFY_RECEIVED, .peer = from, .serial = 8, .text = "not a source"});
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_NOTIFY_ANSWERED, .peer = to, .serial = 8, .code = 5});
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_NOTIFY_GIVEN_UP, .peer = to, .serial = 8});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"notify_sent\", "
           "\"zone\": \"example.com.\", \"peer\": \"ns1\", \"address\": \"192.0.2.6\", "
           "\"serial\": 8, \"attempt\": 2}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"notify_received\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"serial\": null}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"notify_refused\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"serial\": 8, \"why\": \"not a source\"}\n"
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"notify_answered\", "
           "\"zone\": \"example.com.\", \"peer\": \"ns1\", \"address\": \"192.0.2.6\", "
           "\"serial\": 8, \"rcode\": \"REFUSED\"}\n"
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"notify_given_up\", "
           "\"zone\": \"example.com.\", \"peer\": \"ns1\", \"address\": \"192.0.2.6\", "
           "\"serial\": 8}\n");
}

static void a_failed_refresh_tells_when_the_next_try_is_due(void **state)
{
    struct book book = open_book(state);
    hand_no_refresh(&book.hand, MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
    expect(state, &book,
           "{\"t\": 60.000000000, \"host\": \"ns1\", \"event\": \"refresh_failed\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"why\": \"answered REFUSED\", \"next_try\": 960.0, "
           "\"behind_versions\": null, \"behind_since\": null}\n");
}

static void what_failed_tells_since_when_versions_are_missing(void **state)
{
    struct book book = open_book(state);
    hand_role(&book.hand, HIDDEN_HOST, EXAMPLE_COM, NOTE_PRIMARY);
    hand_role(&book.hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_serve(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM, 7);
    hand_serve(&book.hand, 1, NS1_HOST, EXAMPLE_COM, 7);
    hand_no_refresh(&book.hand, MINUTE, NS1_HOST, EXAMPLE_COM, "no answer");
    hand_publish(&book.hand, 2 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 8);
    hand_publish(&book.hand, 3 * MINUTE, HIDDEN_HOST, EXAMPLE_COM, 9);
    hand_zone(&book.hand, HOUR, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 7});
    char *text = read_book(state, &book);
    assert_non_null(strstr(text, "\"behind_versions\": 0, \"behind_since\": null}\n"));
    assert_non_null(strstr(text, "\"event\": \"zone_expired\", \"zone\": \"example.com.\", "
                                 "\"serial\": 7, \"behind_versions\": 2, "
                                 "\"behind_since\": 120.0}\n"));
    free(text);
}

static void a_confirmation_is_told_only_after_failures(void **state)
{
    struct host_note note = {.kind = NOTE_ZONE_CONTACT,
                             .serial = 7,
                             .peer = cast_address(HIDDEN),
                             .values = {HOUR, 2 * MINUTE, 0}};
    struct book book = open_book(state);
    hand_zone(&book.hand, MINUTE, NS1_HOST, EXAMPLE_COM, note);
    note.values[2] = 3;
    hand_zone(&book.hand, MINUTE, NS1_HOST, EXAMPLE_COM, note);
    expect(state, &book,
           "{\"t\": 60.000000000, \"host\": \"ns1\", \"event\": \"zone_confirmed\", "
           "\"zone\": \"example.com.\", \"peer\": \"hidden\", \"address\": \"192.0.2.4\", "
           "\"serial\": 7, \"failures\": 3, \"next_refresh\": 120.0, \"expires\": 3600.0}\n");
}

static void what_is_due_after_a_transfer_is_told(void **state)
{
    struct book book = open_book(state);
    hand_zone(
        &book.hand, 0, NS1_HOST, EXAMPLE_COM,
        (struct host_note){.kind = NOTE_ZONE_DUE, .serial = 7, .values = {HOUR, 20 * MINUTE}});
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_DUE, .serial = 7, .values = {-1, 20 * MINUTE}});
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"refresh_due\", "
           "\"zone\": \"example.com.\", \"serial\": 7, \"next_refresh\": 1200.0, "
           "\"expires\": 3600.0}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"refresh_due\", "
           "\"zone\": \"example.com.\", \"serial\": 7, \"next_refresh\": 1200.0, "
           "\"expires\": null}\n");
}

static void operators_words_are_told_and_what_became_of_them(void **state)
{
    struct book book = open_book(state);
    hand_zone(&book.hand, 0, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_COMMAND, .code = NOTE_COMMAND_TRANSFER, .serial = 7});
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_COMMAND,
                                 .code = NOTE_COMMAND_THAW,
                                 .text = "the zone is not frozen"});
    hand_zone(&book.hand, 0, HIDDEN_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_CHANGE_WAITS, .serial = 8});
    book.hand.listeners[1].unheard(book.events, CAST_START_NS, NS1_HOST, "reload");
    book.hand.listeners[1].clock(book.events, CAST_START_NS, NS1_HOST, -400 * NS_PER_S);
    expect(state, &book,
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"command\", "
           "\"zone\": \"example.com.\", \"command\": \"transfer\", \"serial\": 7}\n"
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"command_refused\", "
           "\"zone\": \"example.com.\", \"command\": \"thaw\", \"serial\": null, "
           "\"why\": \"the zone is not frozen\"}\n"
           "{\"t\": 0.000000000, \"host\": \"hidden\", \"event\": \"change_waits\", "
           "\"zone\": \"example.com.\", \"serial\": 8}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"command_lost\", "
           "\"command\": \"reload\"}\n"
           "{\"t\": 0.000000000, \"host\": \"ns1\", \"event\": \"clock_set\", "
           "\"ahead\": -400.0}\n");
}

static void faults_are_of_hosts_sites_or_links(void **state)
{
    struct book book = open_book(state);
    hand_fault(&book.hand, 1, TRACE_FAILED, "eu-users.3");
    hand_fault(&book.hand, 2, TRACE_STOPPED, "ns1");
    hand_fault(&book.hand, 3, TRACE_RECOVERED, "sin");
    hand_fault(&book.hand, 4, TRACE_FAILED, "fra-sin");
    hand_fault(&book.hand, 5, TRACE_WITHDRAWN, "ns2.sin");
    hand_fault(&book.hand, 6, TRACE_ANNOUNCED, "ns2.sin");
    assert_int_equal(events_lines(book.events), 6);
    expect(state, &book,
           "{\"t\": 0.000000001, \"host\": \"eu-users.3\", \"event\": \"failed\"}\n"
           "{\"t\": 0.000000002, \"host\": \"ns1\", \"event\": \"stopped\"}\n"
           "{\"t\": 0.000000003, \"site\": \"sin\", \"event\": \"recovered\"}\n"
           "{\"t\": 0.000000004, \"link\": [\"fra\", \"sin\"], \"event\": \"failed\"}\n"
           "{\"t\": 0.000000005, \"host\": \"ns2.sin\", \"event\": \"route_withdrawn\"}\n"
           "{\"t\": 0.000000006, \"host\": \"ns2.sin\", \"event\": \"route_announced\"}\n");
}

/* ---- all --------------------------------------------------------------------------------- */

static void queries_lookups_and_quiet_refreshes_are_not_told(void **state)
{
    struct book book = open_book(state);
    hand_ask(&book.hand, 0, USER_1);
    hand_answer(&book.hand, NS_PER_S, USER_1, NS_PER_S, NOTE_LOOKUP_ANSWERED);
    hand_query(&book.hand, NS_PER_S, ISP_HOST, USERS, true);
    hand_role(&book.hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_zone(&book.hand, NS_PER_S, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_REFRESH_STARTED, .text = "refresh"});
    hand_zone(&book.hand, NS_PER_S, NS1_HOST, EXAMPLE_COM,
              (struct host_note){.kind = NOTE_ZONE_CONTACT, .serial = 1});
    assert_int_equal(events_lines(book.events), 0);
    expect(state, &book, "");
}

static void every_line_is_an_object_that_says_when_who_and_what(void **state)
{
    struct book book = open_book(state);
    hand_play(&book.hand);
    uint64_t lines = events_lines(book.events);
    char *text = read_book(state, &book);
    uint64_t count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), count++) {
        json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        assert_true(json_is_real(json_object_get(root, "t")));
        assert_true(json_is_string(json_object_get(root, "event")));
        assert_true(json_object_get(root, "host") || json_object_get(root, "site") ||
                    json_object_get(root, "link"));
        json_decref(root);
    }
    assert_int_equal(count, lines);
    assert_int_equal(count, 24);
    free(text);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(zones_tell_versions_and_where_they_are_from),
        claim(members_tell_of_the_catalog_before_them),
        claim(transfers_tell_peer_kind_serials_volume_and_duration),
        claim(a_refusal_names_who_asked_even_if_it_is_nobody),
        claim(notify_tells_attempts_answers_and_refusals),
        claim(a_failed_refresh_tells_when_the_next_try_is_due),
        claim(what_failed_tells_since_when_versions_are_missing),
        claim(a_confirmation_is_told_only_after_failures),
        claim(what_is_due_after_a_transfer_is_told),
        claim(operators_words_are_told_and_what_became_of_them),
        claim(faults_are_of_hosts_sites_or_links),
        claim(queries_lookups_and_quiet_refreshes_are_not_told),
        claim(every_line_is_an_object_that_says_when_who_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
