/* The summary on the terminal: its text, its colours, its bounds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "reports/grid.h"
#include "reports/terminal.h"
#include "tests/support/golden.h"
#include "tests/support/small_result.h"

static int make(void **state)
{
    struct result *result = calloc(1, sizeof *result);
    result_begin(result);
    *state = result;
    return 0;
}

static int discard(void **state)
{
    result_free(*state);
    free(*state);
    return 0;
}

static struct terminal_input input_of(const struct result *result)
{
    static const struct terminal_file files[] = {{"summary.json", "all figures"},
                                                 {"capture/", NULL}};
    static const char *const notices[] = {"The captures were cut at 1 GB, 2h 10m after the start."};
    return (struct terminal_input){
        .summary = &result->summary,
        .timeline = result->timeline,
        .directory = "out",
        .files = files,
        .file_count = 2,
        .notices = notices,
        .notice_count = 1,
        .command = "understudy run small.yaml --set 'seed=7'",
        .width = TERMINAL_WIDTH,
    };
}

/* To be freed. */
static char *printed(const struct terminal_input *input)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    terminal_print(stream, input);
    fclose(stream);
    return text;
}

/* TEXT without its escape sequences, in place. */
static void strip_colours(char *text)
{
    char *to = text;
    while (*text) {
        if (*text == '\x1b')
            text = strchr(text, 'm') + 1;
        else
            *to++ = *text++;
    }
    *to = '\0';
}

static void expect_no_wider(const char *text, size_t width)
{
    char line[1024];
    for (; *text; text += strlen(line) + 1) {
        size_t size = strcspn(text, "\n");
        assert_in_range(size, 0, sizeof line - 1);
        memcpy(line, text, size);
        line[size] = '\0';
        if (text_columns(line) > width)
            fail_msg("wider than %zu: %s", width, line);
    }
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

/* ---- text -------------------------------------------------------------------------------- */

static void the_play_reads_like_this(void **state)
{
    const struct result *result = *state;
    hand_play(&result->hand);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    golden_expect("tests/reports/golden/terminal.txt", text);
    expect_no_wider(text, TERMINAL_WIDTH);
    free(text);
}

static void eighty_columns_are_enough(void **state)
{
    struct result *result = *state;
    hand_role(&result->hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_role(&result->hand, NS2_SIN_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_publish(&result->hand, MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2026010202);
    hand_transfer(&result->hand, MINUTE + NS_PER_S, NS2_SIN_HOST, EXAMPLE_COM, NOTE_AXFR,
                  2026010202);
    hand_transfer(&result->hand, 2 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 2026010202);
    struct terminal_input input = input_of(result);
    input.width = TERMINAL_WIDTH_MIN;
    char *text = printed(&input);
    golden_expect("tests/reports/golden/terminal-80.txt", text);
    expect_no_wider(text, TERMINAL_WIDTH_MIN);
    assert_null(strstr(text, "…"));
    free(text);
}

static void the_play_fits_into_eighty_columns(void **state)
{
    const struct result *result = *state;
    hand_play(&result->hand);
    struct terminal_input input = input_of(result);
    input.width = TERMINAL_WIDTH_MIN;
    char *text = printed(&input);
    expect_no_wider(text, TERMINAL_WIDTH_MIN);
    assert_null(strstr(text, "…"));
    assert_non_null(strstr(text, "50.00 %  16.8 ms  20.0 ms  30.0 ms  30.0 ms\n"));
    free(text);
}

static void what_is_no_terminal_has_no_end(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_int_equal(terminal_width(file), TERMINAL_WIDTH_ENDLESS);
    fclose(file);
}

static void colours_change_no_character(void **state)
{
    const struct result *result = *state;
    hand_play(&result->hand);
    struct terminal_input input = input_of(result);
    char *plain = printed(&input);
    input.colour = true;
    char *coloured = printed(&input);
    assert_null(strchr(plain, '\x1b'));
    assert_non_null(strstr(coloured, "\x1b[1;37;41m FAIL \x1b[0m"));
    strip_colours(coloured);
    assert_string_equal(coloured, plain);
    free(plain);
    free(coloured);
}

static void what_held_asks_for_no_second_run(void **state)
{
    struct result *result = *state;
    result->verdict.ok = result->findings[0].ok = true;
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_ptr_equal(strstr(text, " PASS   small\n"), text);
    assert_non_null(strstr(text, "\nExpected\n"));
    assert_null(strstr(text, "again"));
    free(text);
}

static void an_empty_run_has_no_empty_parts(void **state)
{
    struct result *result = *state;
    result->verdict.count = 0;
    struct terminal_input input = input_of(result);
    input.directory = NULL;
    input.notice_count = 0;
    char *text = printed(&input);
    assert_null(strstr(text, "Expected"));
    assert_null(strstr(text, "Servers"));
    assert_null(strstr(text, "What happened"));
    assert_null(strstr(text, "Written"));
    free(text);
}

static void a_long_finding_stands_under_its_expectation(void **state)
{
    struct result *result = *state;
    result->findings[0].text = "propagation of a-zone-with-a-rather-long-name.example.com <= 5s";
    result->findings[0].actual = "a-server-with-a-long-name.sin never served serial 2026010102";
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "example.com <= 5s\n      a-server-with-a-long-name.sin never"));
    expect_no_wider(text, TERMINAL_WIDTH);
    free(text);
}

static void a_version_that_is_everywhere_names_who_was_last(void **state)
{
    struct result *result = *state;
    hand_role(&result->hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_role(&result->hand, NS2_SIN_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_publish(&result->hand, MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_transfer(&result->hand, MINUTE + NS_PER_S, NS2_SIN_HOST, EXAMPLE_COM, NOTE_AXFR, 2);
    hand_transfer(&result->hand, MINUTE + 2 * NS_PER_S, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 2);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "published example.com. 2; everywhere after 2.00 s (ns1 last)\n"));
    free(text);
}

static void a_zone_that_comes_late_is_served_for_the_first_time(void **state)
{
    struct result *result = *state;
    hand_no_refresh(&result->hand, MINUTE, NS1_HOST, EXAMPLE_COM, "answered REFUSED");
    hand_transfer(&result->hand, 2 * MINUTE, NS1_HOST, EXAMPLE_COM, NOTE_AXFR, 1);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "example.com. served for the first time by ns1, serial 1\n"));
    assert_null(strstr(text, "again by"));
    free(text);
}

static void what_a_monitor_notices_is_told(void **state)
{
    struct result *result = *state;
    static const enum note_alarm alarms[] = {NOTE_ALARM_SILENT, NOTE_ALARM_BROKEN,
                                             NOTE_ALARM_STALE};
    for (int64_t i = 0; i < 3; i++)
        hand_zone(&result->hand, (i + 1) * MINUTE, ISP_HOST, EXAMPLE_COM,
                  (struct host_note){.kind = NOTE_ALARM_RAISED,
                                     .code = (uint16_t)alarms[i],
                                     .peer = cast_address(NS1)});
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(
        strstr(text, "1m 00s  isp-eu noticed that ns1 gives no answer about example.com.\n"));
    assert_non_null(strstr(text, "2m 00s  isp-eu noticed that ns1 answers without example.com.\n"));
    assert_non_null(strstr(text, "3m 00s  isp-eu noticed that ns1 is behind with example.com.\n"));
    free(text);
}

/* Nobody can have what was made in the run's last instant. */
static void a_version_of_the_last_minute_is_missed_by_nobody(void **state)
{
    struct result *result = *state;
    hand_role(&result->hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_role(&result->hand, NS2_SIN_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_publish(&result->hand, CAST_DURATION_NS - MINUTE, HIDDEN_HOST, EXAMPLE_COM, 2);
    hand_publish(&result->hand, CAST_DURATION_NS, HIDDEN_HOST, EXAMPLE_COM, 3);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "example.com. 2; never on ns1 and 1 more\n"));
    assert_non_null(strstr(text, "example.com. 3; not yet on ns1 and 1 more when the run ends\n"));
    free(text);
}

static void signatures_that_ran_out_are_told_and_marked(void **state)
{
    struct result *result = *state;
    const struct host_note signatures = {.kind = NOTE_ZONE_SIGNATURES,
                                         .values = {(CAST_START_NS + HOUR) / NS_PER_S}};
    const enum cast_host hosts[] = {NS1_HOST, NS2_IAD_HOST};
    for (size_t i = 0; i < 2; i++) {
        hand_role(&result->hand, hosts[i], EXAMPLE_COM, NOTE_SECONDARY);
        hand_serve(&result->hand, 0, hosts[i], EXAMPLE_COM, 1);
        hand_zone(&result->hand, 0, hosts[i], EXAMPLE_COM, signatures);
    }
    timeline_finish(result->timeline, result->metrics, CAST_DURATION_NS);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(
        strstr(text, "+1h 00m 00s  signatures of example.com. ran out on ns1 and ns2.iad\n"));
    assert_int_equal(count_of(text, "secondary  signatures ran out "), 2);
    free(text);
}

static void look_up(const struct result *result, int64_t at_ns, enum note_lookup_outcome outcome)
{
    hand_ask(&result->hand, at_ns, USER_1);
    hand_answer(&result->hand, at_ns, USER_1, 0, outcome);
}

static void clients_feel_it_from_when_to_when(void **state)
{
    struct result *result = *state;
    look_up(result, MINUTE, NOTE_LOOKUP_TIMEOUT);
    look_up(result, 2 * MINUTE, NOTE_LOOKUP_ANSWERED);
    look_up(result, 5 * MINUTE, NOTE_LOOKUP_SERVFAIL);
    look_up(result, 5 * MINUTE, NOTE_LOOKUP_ANSWERED);
    timeline_finish(result->timeline, result->metrics, CAST_DURATION_NS);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(
        strstr(text, "+1m 00s  eu-users: look-ups fail until +5m 00s, 50.00 % of them\n"));
    free(text);
}

static void what_becomes_of_a_frozen_zone_is_told(void **state)
{
    struct result *result = *state;
    const struct host_note notes[] = {
        {.kind = NOTE_CHANGE_WAITS, .serial = 9},
        {.kind = NOTE_SIGNING_PUT_OFF, .text = "the zone is frozen"},
    };
    for (int64_t i = 0; i < 2; i++)
        hand_zone(&result->hand, i * MINUTE, HIDDEN_HOST, EXAMPLE_COM, notes[i]);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "example.com. 9 waits on hidden: the zone is frozen\n"));
    assert_non_null(strstr(text, "signatures of example.com. are due on hidden, but not made: the "
                                 "zone is frozen\n"));
    free(text);
}

static void members_that_go_are_named(void **state)
{
    struct result *result = *state;
    const struct host_note read = {.kind = NOTE_CATALOG_READ};
    const struct host_note removed = {.kind = NOTE_MEMBER_REMOVED, .text = "it is not listed"};
    const enum cast_host hosts[] = {NS1_HOST, NS2_IAD_HOST};
    for (size_t i = 0; i < 2; i++)
        hand_zone(&result->hand, 0, hosts[i], EXAMPLE_COM, read);
    for (size_t i = 0; i < 2; i++) {
        hand_zone(&result->hand, HOUR, hosts[i], EXAMPLE_COM, read);
        hand_zone(&result->hand, HOUR, hosts[i], EXAMPLE_ORG, removed);
        hand_zone(&result->hand, HOUR, hosts[i], ROOT_ZONE, removed);
    }
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(
        strstr(text, "example.org. and 1 more left ns1 and ns2.iad: it is not listed\n"));
    free(text);
}

/* ---- bounds ------------------------------------------------------------------------------ */

static void a_long_story_is_cut_but_faults_stay(void **state)
{
    struct result *result = *state;
    for (uint32_t i = 0; i < 500; i++)
        hand_publish(&result->hand, i * 10 * NS_PER_S, HIDDEN_HOST, EXAMPLE_COM, i + 2);
    hand_fault(&result->hand, 2 * HOUR, TRACE_FAILED, "ns1");
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "+2h 00m 00s  ns1 failed\n"));
    assert_int_equal(count_of(text, "published"), TERMINAL_TIMELINE_LINES - 1);
    assert_non_null(strstr(text, "hidden published example.com. 2"));
    assert_non_null(strstr(text, "hidden published example.com. 501"));
    assert_null(strstr(text, "hidden published example.com. 250"));
    assert_int_equal(count_of(text, "…\n"), 1);
    assert_non_null(strstr(text, "… 481 more in events.jsonl\n"));
    free(text);
}

static void of_many_faults_the_first_and_the_last_are_told(void **state)
{
    struct result *result = *state;
    for (int64_t i = 1; i <= 50; i++)
        hand_fault(&result->hand, i * MINUTE, i % 2 ? TRACE_FAILED : TRACE_RECOVERED, "ns1");
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_int_equal(count_of(text, "ns1 failed") + count_of(text, "ns1 recovered"),
                     TERMINAL_TIMELINE_LINES);
    assert_non_null(strstr(text, "+1m 00s  ns1 failed\n"));
    assert_non_null(strstr(text, "+50m 00s  ns1 recovered\n"));
    assert_non_null(strstr(text, "… 30 more in events.jsonl\n"));
    free(text);
}

static void what_befell_several_in_one_second_is_one_line(void **state)
{
    struct result *result = *state;
    const struct host_note expired = {.kind = NOTE_ZONE_EXPIRED, .serial = 1};
    hand_zone(&result->hand, HOUR, NS1_HOST, EXAMPLE_COM, expired);
    hand_zone(&result->hand, HOUR + 5, NS2_IAD_HOST, EXAMPLE_COM, expired);
    hand_zone(&result->hand, HOUR + 9, NS2_SIN_HOST, EXAMPLE_COM, expired);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    assert_non_null(strstr(text, "example.com. expired on ns1, ns2.iad and ns2.sin, serial 1\n"));
    free(text);
}

#define LONG_REASON                                                                           \
    "the zone takes dynamic updates and is not frozen, and this goes on for longer than any " \
    "terminal is wide"

static void a_long_reason_is_folded_where_the_terminal_ends(void **state)
{
    struct result *result = *state;
    hand_role(&result->hand, NS1_HOST, EXAMPLE_COM, NOTE_SECONDARY);
    hand_no_refresh(&result->hand, MINUTE, NS1_HOST, EXAMPLE_COM, LONG_REASON);
    struct terminal_input input = input_of(result);
    char *text = printed(&input);
    expect_no_wider(text, TERMINAL_WIDTH);
    assert_null(strstr(text, "…"));
    assert_int_equal(count_of(text, "terminal is wide\n"), 2);
    free(text);
    input.width = TERMINAL_WIDTH_ENDLESS;
    text = printed(&input);
    assert_non_null(strstr(text, "no example.com. from hidden for ns1: " LONG_REASON "\n"));
    assert_non_null(strstr(text, "last failure +1m 00s: " LONG_REASON "\n"));
    free(text);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, make, discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(the_play_reads_like_this),
        claim(eighty_columns_are_enough),
        claim(the_play_fits_into_eighty_columns),
        claim(what_is_no_terminal_has_no_end),
        claim(colours_change_no_character),
        claim(what_held_asks_for_no_second_run),
        claim(an_empty_run_has_no_empty_parts),
        claim(a_long_finding_stands_under_its_expectation),
        claim(a_version_that_is_everywhere_names_who_was_last),
        claim(a_zone_that_comes_late_is_served_for_the_first_time),
        claim(what_a_monitor_notices_is_told),
        claim(a_version_of_the_last_minute_is_missed_by_nobody),
        claim(signatures_that_ran_out_are_told_and_marked),
        claim(clients_feel_it_from_when_to_when),
        claim(what_becomes_of_a_frozen_zone_is_told),
        claim(members_that_go_are_named),
        claim(a_long_reason_is_folded_where_the_terminal_ends),
        claim(a_long_story_is_cut_but_faults_stay),
        claim(of_many_faults_the_first_and_the_last_are_told),
        claim(what_befell_several_in_one_second_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
