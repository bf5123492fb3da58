/* summary.json: as documented, byte for byte, and readable by others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/golden.h"
#include "tests/support/scratch.h"
#include "tests/support/small_result.h"

/* To be freed. */
static char *written(void **state, const struct summary_input *input)
{
    const char *path = scratch_path(state, "out");
    char error[OUTPUT_ERROR_SIZE];
    struct output *output;
    assert_int_equal(output_open(path, &output, error), OUTPUT_OK);
    summary_write(output, input);
    assert_true(output_commit(output, error));
    return scratch_read(scratch_path(state, "out/summary.json"), &(size_t){0});
}

/* The version is the only thing in it that changes without the run changing. */
static void blank_version(char *text)
{
    char *version = strstr(text, UNDERSTUDY_VERSION);
    assert_non_null(version);
    memmove(version + 1, version + strlen(UNDERSTUDY_VERSION),
            strlen(version + strlen(UNDERSTUDY_VERSION)) + 1);
    *version = 'V';
}

static json_t *parsed(const char *text)
{
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    return root;
}

static void the_play_gives_these_bytes(void **state)
{
    struct result result;
    result_begin(&result);
    hand_play(&result.hand);
    char *text = written(state, &result.summary);
    blank_version(text);
    golden_expect("tests/reports/golden/summary.json", text);
    free(text);
    result_free(&result);
}

static void figures_read_back_as_they_were_measured(void **state)
{
    struct result result;
    result_begin(&result);
    hand_play(&result.hand);
    char *text = written(state, &result.summary);
    json_t *root = parsed(text);
    json_int_t queries, behind_serial;
    double availability, served;
    assert_int_equal(json_unpack(root, "{s:{s:{s:I,s:F}}}", "clients", "eu-users", "queries",
                                 &queries, "availability", &availability),
                     0);
    assert_int_equal(queries, 7);
    assert_true(availability == 0.5);
    assert_int_equal(json_unpack(root, "{s:{s:{s:{s:{s:I}}}}}", "servers", "ns2.sin", "zones",
                                 "example.com.", "serial", &behind_serial),
                     0);
    assert_int_equal(behind_serial, 1);
    assert_int_equal(
        json_unpack(root, "{s:[{s:{s:F}}]}", "propagation", "served", "ns2.iad", &served), 0);
    assert_true(served == 1800.231);
    json_decref(root);
    free(text);
    result_free(&result);
}

static void a_run_without_anything_has_every_key(void **state)
{
    static const char *const keys[] = {"schema",       "understudy",      "scenario", "seed",
                                       "verdict",      "virtual_seconds", "events",   "packets",
                                       "trace_sha256", "expectations",    "clients",  "resolvers",
                                       "servers",      "propagation",     "monitors", "wall"};
    struct result result;
    result_begin(&result);
    result.verdict.count = 0;
    result.verdict.ok = true;
    char *text = written(state, &result.summary);
    json_t *root = parsed(text);
    assert_int_equal(json_object_size(root), sizeof keys / sizeof *keys);
    const char *at = text;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char quoted[40];
        snprintf(quoted, sizeof quoted, "\n  \"%s\": ", keys[i]);
        at = strstr(at, quoted); /* in this order */
        assert_non_null(at);
    }
    assert_int_equal(json_array_size(json_object_get(root, "expectations")), 0);
    assert_true(json_is_null(json_object_get(
        json_object_get(json_object_get(root, "clients"), "eu-users"), "availability")));
    json_decref(root);
    free(text);
    result_free(&result);
}

static void wall_is_the_last_line_and_all_that_differs(void **state)
{
    struct result result;
    result_begin(&result);
    hand_play(&result.hand);
    char *first = written(state, &result.summary);
    result.summary.wall_ns = 3 * NS_PER_S + 1;
    char *second = written(state, &result.summary);
    char *wall = strstr(first, "\n  \"wall\": ");
    assert_non_null(wall);
    size_t size = (size_t)(wall - first) + 1;
    assert_memory_equal(first, second, size);
    assert_string_equal(
        second + size, "  \"wall\": {\"seconds\": 3.000000001, \"events_per_second\": 41152}\n}\n");
    free(first);
    free(second);
    result_free(&result);
}

static void servers_of_the_hierarchy_are_left_out(void **state)
{
    struct result result;
    result_begin(&result);
    hand_play(&result.hand);
    char *text = written(state, &result.summary);
    assert_null(strstr(text, "root.fra"));
    free(text);
    result_free(&result);
}

static void a_run_that_took_no_time_has_no_speed(void **state)
{
    (void)state;
    assert_int_equal(summary_events_per_second(&(struct summary_input){.events = 5}), 0);
    assert_int_equal(
        summary_events_per_second(&(struct summary_input){.events = 3, .wall_ns = 2 * NS_PER_S}),
        2);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(the_play_gives_these_bytes),
        claim(figures_read_back_as_they_were_measured),
        claim(a_run_without_anything_has_every_key),
        claim(wall_is_the_last_line_and_all_that_differs),
        claim(servers_of_the_hierarchy_are_left_out),
        claim(a_run_that_took_no_time_has_no_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
