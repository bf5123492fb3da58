/* What a node that serves says on stderr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "nodes/note.h"
#include "tests/support/live_alone.h"

static struct live_alone alone;
static char said[4096];

static int open_alone(void **state)
{
    (void)state;
    live_alone_open(&alone, NULL);
    alone.options.quiet = false;
    return 0;
}

static int close_alone(void **state)
{
    (void)state;
    live_alone_close(&alone);
    return 0;
}

/* What goes to stderr between the two, in SAID. */
static FILE *kept;
static int real_stderr;

static void listen_in(void)
{
    kept = tmpfile();
    assert_non_null(kept);
    real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(fileno(kept), STDERR_FILENO) >= 0);
}

static void hear(void)
{
    fflush(stderr);
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    close(real_stderr);
    rewind(kept);
    said[fread(said, 1, sizeof said - 1, kept)] = '\0';
    fclose(kept);
}

static const uint8_t zone[] = "\4test", key[] = "\2k1";

/* The one line said of NOTE, from its sentence on. */
static const char *line_of(const struct host_note *note, bool of_zone)
{
    listen_in();
    live_note(&alone.live, note, of_zone ? bytes_of(zone, sizeof zone) : (struct bytes){0});
    hear();
    char *space = strchr(said, ' ');
    assert_non_null(space);
    return space + 1;
}

static struct address of(const char *text)
{
    struct address a;
    assert_true(address_parse_port(text, &a));
    return a;
}

static void lines_begin_with_the_time(void **state)
{
    int year, month, day, hour, minute, second, millisecond;
    char rest[64];
    (void)state;
    line_of(&(struct host_note){.kind = NOTE_ZONE_EXPIRED, .serial = 7}, true);
    assert_int_equal(sscanf(said, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %63[^\n]", &year, &month, &day,
                            &hour, &minute, &second, &millisecond, rest),
                     8);
    assert_true(year > 2024);
    assert_string_equal(rest, "test.: expired, serial 7");
}

static void peers_have_their_names_and_strangers_their_addresses(void **state)
{
    struct host_note note = {.kind = NOTE_NOTIFY_RECEIVED, .peer = of("192.0.2.2:4444")};
    (void)state;
    assert_string_equal(line_of(&note, true), "test.: NOTIFY received, ns2\n");
    note.peer = of("198.51.100.7:4444");
    assert_string_equal(line_of(&note, true), "test.: NOTIFY received, 198.51.100.7:4444\n");
}

static void what_is_about_no_zone_begins_with_what_happened(void **state)
{
    struct host_note note = {
        .kind = NOTE_TLS_FAILED, .peer = of("192.0.2.2:4444"), .text = "what came is not TLS"};
    (void)state;
    assert_string_equal(line_of(&note, false), "TLS failed, ns2: what came is not TLS\n");
}

static void a_transfer_tells_its_key_and_transport(void **state)
{
    struct host_note note = {
        .kind = NOTE_TRANSFER_SERVED, .code = NOTE_IXFR, .serial = 9, .peer = of("192.0.2.2:4444")};
    (void)state;
    assert_string_equal(line_of(&note, true), "test.: transfer out done, IXFR, serial 9, ns2\n");
    note.values[3] = 1;
    note.key = key;
    assert_string_equal(line_of(&note, true),
                        "test.: transfer out done, IXFR, serial 9, ns2, over TLS, key k1.\n");
}

static void what_was_refused_is_not_told_as_done(void **state)
{
    struct host_note note = {
        .kind = NOTE_UPDATE, .peer = of("192.0.2.2:4444"), .text = "TSIG: bad signature"};
    (void)state;
    assert_string_equal(line_of(&note, true), "test.: update refused, ns2: TSIG: bad signature\n");
    note.kind = NOTE_NOTIFY_RECEIVED;
    note.text = "not from a primary";
    assert_string_equal(line_of(&note, true), "test.: NOTIFY refused, ns2: not from a primary\n");
    note = (struct host_note){
        .kind = NOTE_NOTIFY_ANSWERED, .code = 9, .serial = 4, .peer = of("192.0.2.2:53")};
    assert_string_equal(line_of(&note, true),
                        "test.: NOTIFY answered with an error, serial 4, ns2, NOTAUTH\n");
    note.code = 0;
    listen_in();
    live_note(&alone.live, &note, bytes_of(zone, sizeof zone));
    hear();
    assert_string_equal(said, "");
}

static void a_certificate_tells_until_when_it_is_good(void **state)
{
    struct host_note note = {.kind = NOTE_CERTIFICATE, .values = {4102444799}};
    (void)state;
    assert_string_equal(line_of(&note, false), "certificate, good until 2099-12-31T23:59:59Z\n");
    note.values[0] = 1767225600;
    assert_string_equal(line_of(&note, false),
                        "certificate, good until 2026-01-01T00:00:00Z: it has expired\n");
}

static void nodes_at_one_address_are_told_of(void **state)
{
    (void)state;
    live_alone_map(&alone, 1, "127.0.0.1:5301");
    live_alone_map(&alone, 2, "127.0.0.2:5301");
    listen_in();
    live_log_likeness(&alone.live);
    hear();
    assert_string_equal(said, "");
    live_alone_map_tls(&alone, 1, "127.0.0.1:8530"); /* another door of the same */
    live_alone_map(&alone, 3, "127.0.0.1:5302");
    listen_in();
    live_log_likeness(&alone.live);
    hear();
    char *first = strstr(said, "are mapped");
    assert_null(strstr(first + 1, "are mapped"));
    assert_non_null(strstr(said, "Z ns2 and ns4 are mapped to the same address"));
}

static void quiet_is_quiet(void **state)
{
    (void)state;
    alone.options.quiet = true;
    listen_in();
    live_say(&alone.live, "nothing");
    hear();
    assert_string_equal(said, "");
}

#define WITH_ALONE(test) cmocka_unit_test_setup_teardown(test, open_alone, close_alone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ALONE(lines_begin_with_the_time),
        WITH_ALONE(peers_have_their_names_and_strangers_their_addresses),
        WITH_ALONE(what_is_about_no_zone_begins_with_what_happened),
        WITH_ALONE(a_transfer_tells_its_key_and_transport),
        WITH_ALONE(what_was_refused_is_not_told_as_done),
        WITH_ALONE(a_certificate_tells_until_when_it_is_good),
        WITH_ALONE(nodes_at_one_address_are_told_of),
        WITH_ALONE(quiet_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
