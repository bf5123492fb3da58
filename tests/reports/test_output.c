/* Output directories: whole or not there, never in the way of what is not ours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/output.h"
#include "tests/support/scratch.h"

static struct output *open_output(const char *path)
{
    char error[OUTPUT_ERROR_SIZE] = "";
    struct output *output = NULL;
    if (output_open(path, &output, error) != OUTPUT_OK)
        fail_msg("%s", error);
    return output;
}

static void write_text(struct output *output, const char *name, const char *text)
{
    struct output_file *file = output_create(output, name, 0);
    output_printf(file, "%s", text);
    assert_true(output_close(file, NULL, NULL));
}

static void expect_text(const char *path, const char *text)
{
    size_t size;
    char *found = scratch_read(path, &size);
    assert_non_null(found);
    assert_string_equal(found, text);
    free(found);
}

static void commit_output(struct output *output)
{
    char error[OUTPUT_ERROR_SIZE] = "";
    if (!output_commit(output, error))
        fail_msg("%s", error);
}

static void appears_only_when_committed(void **state)
{
    const char *path = scratch_path(state, "a/b/out");
    struct output *output = open_output(path);
    write_text(output, "capture/ns1.pcap", "one");
    assert_false(scratch_exists(path));
    commit_output(output);
    expect_text(scratch_path(state, "a/b/out/capture/ns1.pcap"), "one");
    assert_true(scratch_exists(scratch_path(state, "a/b/out/" OUTPUT_MARKER)));
    assert_int_equal(scratch_count(scratch_path(state, "a/b")), 1);
}

static void commit_closes_files_left_open(void **state)
{
    struct output *output = open_output(scratch_path(state, "out"));
    output_printf(output_create(output, "events.jsonl", 0), "%d", 17);
    commit_output(output);
    expect_text(scratch_path(state, "out/events.jsonl"), "17");
}

static void leaves_nothing_when_abandoned(void **state)
{
    struct output *output = open_output(scratch_path(state, "a/b/out/"));
    write_text(output, "x/y/z", "one");
    output_abandon(output);
    assert_int_equal(scratch_count(*state), 0);
}

static void keeps_parents_that_were_there(void **state)
{
    assert_int_equal(mkdir(scratch_path(state, "a"), 0777), 0);
    output_abandon(open_output(scratch_path(state, "a/b/out")));
    assert_int_equal(scratch_count(*state), 1);
    assert_int_equal(scratch_count(scratch_path(state, "a")), 0);
}

static void replaces_an_earlier_output_as_a_whole(void **state)
{
    const char *path = scratch_path(state, "out");
    struct output *output = open_output(path);
    write_text(output, "capture/old", "old");
    commit_output(output);
    output = open_output(path);
    write_text(output, "new", "new");
    assert_true(scratch_exists(scratch_path(state, "out/capture/old")));
    commit_output(output);
    assert_false(scratch_exists(scratch_path(state, "out/capture")));
    expect_text(scratch_path(state, "out/new"), "new");
    assert_int_equal(scratch_count(*state), 1);
}

static void keeps_the_earlier_output_when_abandoned(void **state)
{
    const char *path = scratch_path(state, "out");
    struct output *output = open_output(path);
    write_text(output, "file", "old");
    commit_output(output);
    output_abandon(open_output(path));
    expect_text(scratch_path(state, "out/file"), "old");
}

static void expect_refusal(const char *path, const char *words)
{
    char error[OUTPUT_ERROR_SIZE] = "";
    struct output *output = NULL;
    assert_int_equal(output_open(path, &output, error), OUTPUT_REFUSED);
    assert_null(output);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, words));
}

static void refuses_a_directory_without_our_marker(void **state)
{
    const char *path = scratch_path(state, "thesis");
    assert_int_equal(mkdir(path, 0777), 0);
    expect_refusal(path, "not an earlier output");
    scratch_write(scratch_path(state, "thesis/chapter"), "years of work");
    expect_refusal(path, "not an earlier output");
    expect_text(scratch_path(state, "thesis/chapter"), "years of work");
    assert_int_equal(scratch_count(*state), 1);
}

static void refuses_a_file(void **state)
{
    const char *path = scratch_path(state, "file");
    scratch_write(path, "text");
    expect_refusal(path, "not a directory");
}

static void refuses_what_appeared_during_the_run(void **state)
{
    const char *path = scratch_path(state, "out");
    struct output *output = open_output(path);
    assert_int_equal(mkdir(path, 0777), 0);
    char error[OUTPUT_ERROR_SIZE] = "";
    assert_false(output_commit(output, error));
    assert_non_null(strstr(error, "not an earlier output"));
    assert_int_equal(scratch_count(*state), 1);
    assert_int_equal(scratch_count(path), 0);
}

static void follows_a_link_to_an_earlier_output(void **state)
{
    struct output *output = open_output(scratch_path(state, "real"));
    commit_output(output);
    assert_int_equal(symlink("real", scratch_path(state, "link")), 0);
    output = open_output(scratch_path(state, "link"));
    write_text(output, "file", "new");
    commit_output(output);
    expect_text(scratch_path(state, "real/file"), "new");
}

static void does_not_follow_links_when_it_removes(void **state)
{
    assert_int_equal(mkdir(scratch_path(state, "precious"), 0777), 0);
    scratch_write(scratch_path(state, "precious/file"), "keep");
    const char *path = scratch_path(state, "out");
    commit_output(open_output(path));
    assert_int_equal(symlink("../precious", scratch_path(state, "out/link")), 0);
    commit_output(open_output(path));
    assert_false(scratch_exists(scratch_path(state, "out/link")));
    expect_text(scratch_path(state, "precious/file"), "keep");
}

/* Files can have at most SIZE octets from now on. */
static void limit_file_size(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_is_full_gives_a_sentence_and_leaves_nothing(void **state)
{
    struct output *output = open_output(scratch_path(state, "a/out"));
    struct output_file *file = output_create(output, "capture/ns1.pcap", 4096);
    limit_file_size(8192);
    for (int i = 0; i < 1000; i++)
        output_printf(file, "%0100d\n", i);
    struct output_file *other = output_create(output, "other", 0);
    output_printf(other, "small enough");
    assert_true(output_close(other, NULL, NULL));
    assert_false(output_close(file, NULL, NULL));
    limit_file_size(RLIM_INFINITY);
    char error[OUTPUT_ERROR_SIZE] = "";
    assert_false(output_commit(output, error));
    assert_non_null(strstr(error, "a/out/capture/ns1.pcap: cannot write: "));
    assert_non_null(strstr(error, strerror(EFBIG)));
    assert_int_equal(scratch_count(*state), 0);
}

static void notices_what_fails_only_at_the_end(void **state)
{
    struct output *output = open_output(scratch_path(state, "out"));
    struct output_file *file = output_create(output, "file", 0);
    limit_file_size(1000);
    output_printf(file, "%02000d", 1);
    assert_null(output_error(output));
    assert_false(output_close(file, NULL, NULL));
    limit_file_size(RLIM_INFINITY);
    assert_non_null(output_error(output));
    output_abandon(output);
}

static void notices_what_a_library_failed_to_write(void **state)
{
    struct output *output = open_output(scratch_path(state, "out"));
    struct output_file *file = output_create(output, "file", 64);
    limit_file_size(1000);
    for (int i = 0; i < 100; i++)
        fprintf(output_stream(file), "%0100d", i);
    assert_false(output_check(file));
    assert_non_null(strstr(output_error(output), strerror(EFBIG)));
    limit_file_size(RLIM_INFINITY);
    output_abandon(output);
}

static void a_file_that_cannot_be_created_is_an_error_not_a_crash(void **state)
{
    struct output *output = open_output(scratch_path(state, "out"));
    write_text(output, "capture", "a file where a directory should be");
    struct output_file *file = output_create(output, "capture/ns1.pcap", 0);
    output_write(file, "x", 1);
    output_printf(file, "y");
    assert_null(output_stream(file));
    assert_false(output_check(file));
    assert_false(output_close(file, NULL, NULL));
    char error[OUTPUT_ERROR_SIZE] = "";
    assert_false(output_commit(output, error));
    assert_non_null(strstr(error, "out/capture/ns1.pcap: cannot create the file: "));
    assert_int_equal(scratch_count(*state), 0);
}

static void a_path_below_a_file_is_the_machines_failure(void **state)
{
    scratch_write(scratch_path(state, "file"), "text");
    char error[OUTPUT_ERROR_SIZE] = "";
    struct output *output = NULL;
    assert_int_equal(output_open(scratch_path(state, "file/out"), &output, error), OUTPUT_FAILED);
    assert_non_null(strstr(error, strerror(ENOTDIR)));
}

static void holds_hundreds_of_files_open(void **state)
{
    struct output *output = open_output(scratch_path(state, "out"));
    for (int i = 0; i < 500; i++) {
        char name[32];
        snprintf(name, sizeof name, "capture/%d.pcap", i);
        output_printf(output_create(output, name, 4096), "%d", i);
    }
    commit_output(output);
    expect_text(scratch_path(state, "out/capture/499.pcap"), "499");
    assert_int_equal(scratch_count(scratch_path(state, "out/capture")), 500);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(appears_only_when_committed),
        claim(commit_closes_files_left_open),
        claim(leaves_nothing_when_abandoned),
        claim(keeps_parents_that_were_there),
        claim(replaces_an_earlier_output_as_a_whole),
        claim(keeps_the_earlier_output_when_abandoned),
        claim(refuses_a_directory_without_our_marker),
        claim(refuses_a_file),
        claim(refuses_what_appeared_during_the_run),
        claim(follows_a_link_to_an_earlier_output),
        claim(does_not_follow_links_when_it_removes),
        claim(a_disk_that_is_full_gives_a_sentence_and_leaves_nothing),
        claim(notices_what_fails_only_at_the_end),
        claim(notices_what_a_library_failed_to_write),
        claim(a_file_that_cannot_be_created_is_an_error_not_a_crash),
        claim(a_path_below_a_file_is_the_machines_failure),
        claim(holds_hundreds_of_files_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
