/*
 * What Wireshark thinks of our segments: without loss, nothing at all. Skipped
 * aloud where tshark is not installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/scratch.h"
#include "tests/support/tcp_pair.h"

static bool have_tshark(void)
{
    if (system("tshark --version >/dev/null 2>&1") == 0)
        return true;
    print_message("tshark is not installed: skipped\n");
    return false;
}

/* The number of lines that tshark prints for FILTER; the first of them are shown. */
static size_t tshark_lines(const char *capture, const char *arguments)
{
    char command[1024];
    snprintf(command, sizeof command,
             "tshark -r '%s' --disable-protocol dns " /* the bytes are no DNS */
             "-o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE %s 2>/dev/null",
             capture, arguments);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    char line[512];
    size_t count = 0;
    while (fgets(line, sizeof line, output))
        if (count++ < 5)
            print_message("  %s", line);
    assert_int_equal(pclose(output), 0);
    return count;
}

struct course {
    size_t size;
    uint32_t loss_ppb;
    int64_t ns_per_octet, delay_ns;
    int connections;
};

/* Transfers from right to left, captured. Returns the octets that arrived. */
static size_t capture_transfers(const char *path, struct course course)
{
    uint8_t *data = pair_pattern(course.size, 3);
    struct pair pair;
    pair_init(&pair, 3);
    pair.loss_ppb = course.loss_ppb;
    pair.ns_per_octet = course.ns_per_octet;
    if (course.delay_ns)
        pair.delay_ns = course.delay_ns;
    pair.left.close_when_finished = true;
    pair.right.write_after_bytes = pair.right.close_when_written = true;
    for (int i = 0; i < course.connections; i++) {
        pair.right.received_size = 0;
        pair.left.to_write = bytes_of_text("give me the zone");
        pair.right.to_write = bytes_of(data, course.size);
        pair_connect(&pair);
        pair_run_dry(&pair);
    }
    size_t arrived = pair.left.received_size;
    pair_write_capture(&pair, path);
    pair_free(&pair);
    free(data);
    return arrived;
}

static void expect_clean(void **state, struct course course)
{
    const char *path = scratch_path(state, "clean.pcap");
    assert_int_equal(capture_transfers(path, course), course.size * (size_t)course.connections);
    assert_int_equal(tshark_lines(path, "-Y 'tcp.analysis.flags'"), 0);
    assert_int_equal(tshark_lines(path, "-Y '_ws.malformed || _ws.expert.severity >= warning'"), 0);
    assert_int_equal(tshark_lines(path, "-Y 'tcp.checksum.status != \"Good\"'"), 0);
}

static void finds_nothing_to_say_about_a_lossless_transfer(void **state)
{
    if (!have_tshark())
        return;
    expect_clean(state, (struct course){.size = 100, .connections = 5});
    expect_clean(state, (struct course){.size = 100000, .connections = 2});
    expect_clean(state, (struct course){.size = 1000000, .connections = 1, .ns_per_octet = 80});
    expect_clean(state, (struct course){.size = 10000000, .connections = 1});
}

/* Questions and answers on one connection, now and then, and an end by either side. */
static void finds_nothing_to_say_about_a_long_conversation(void **state)
{
    if (!have_tshark())
        return;
    const char *path = scratch_path(state, "talk.pcap");
    const uint8_t answer[200] = {0};
    struct pair pair;
    pair_init(&pair, 4);
    for (int i = 0; i < 4; i++) {
        pair_connect(&pair);
        for (int64_t n = 0; n < 30; n++) {
            pair_run(&pair, pair.now_ns + 100 * NS_PER_MS + n * n * NS_PER_MS);
            tcp_write(pair.left.stack, pair.left.socket, bytes_of(answer, 20), pair.now_ns);
            pair_run(&pair, pair.now_ns + 25 * NS_PER_MS + n * NS_PER_MS);
            tcp_write(pair.right.stack, pair.right.socket, bytes_of(answer, 200), pair.now_ns);
        }
        pair_run(&pair, pair.now_ns + NS_PER_S);
        struct pair_end *closing = i % 2 ? &pair.left : &pair.right;
        struct pair_end *other = i % 2 ? &pair.right : &pair.left;
        tcp_close(closing->stack, closing->socket, pair.now_ns);
        pair_run(&pair, pair.now_ns + (i < 2 ? NS_PER_S : 0));
        tcp_close(other->stack, other->socket, pair.now_ns);
    }
    pair_run_dry(&pair);
    pair_write_capture(&pair, path);
    pair_free(&pair);
    assert_int_equal(tshark_lines(path, "-Y 'tcp.analysis.flags'"), 0);
    assert_int_equal(tshark_lines(path, "-Y 'tcp.flags.reset == 1'"), 0);
}

static void finds_nothing_to_say_on_short_slow_and_long_lines(void **state)
{
    if (!have_tshark())
        return;
    struct course course = {.size = 500000, .connections = 1, .delay_ns = 200 * NS_PER_US};
    expect_clean(state, course);
    course.ns_per_octet = 8000; /* 1 Mbit/s */
    expect_clean(state, course);
    course.delay_ns = 300 * NS_PER_MS;
    expect_clean(state, course);
}

/* The stream from right to left as tshark puts it together. Returns its size. */
static size_t follow(const char *capture, uint8_t *out, size_t capacity)
{
    char command[1024];
    snprintf(command, sizeof command,
             "tshark -r '%s' --disable-protocol dns -q -z follow,tcp,raw,0 2>/dev/null", capture);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    char line[8192];
    size_t size = 0;
    while (fgets(line, sizeof line, output)) {
        unsigned octet;
        if (line[0] != '\t')
            continue;
        for (const char *at = line + 1; size < capacity && sscanf(at, "%2x", &octet) == 1; at += 2)
            out[size++] = (uint8_t)octet;
    }
    assert_int_equal(pclose(output), 0);
    return size;
}

static void reassembles_the_stream_after_losses(void **state)
{
    if (!have_tshark())
        return;
    const char *path = scratch_path(state, "lossy.pcap");
    struct course course = {.size = 200000, .loss_ppb = 30000000, .connections = 1};
    assert_int_equal(capture_transfers(path, course), course.size);
    assert_int_equal(tshark_lines(path, "-Y '_ws.malformed'"), 0);
    assert_true(tshark_lines(path, "-Y 'tcp.analysis.retransmission'") > 0);
    assert_true(tshark_lines(path, "-Y 'tcp.options.sack_le'") > 0);
    uint8_t *data = pair_pattern(course.size, 3);
    uint8_t *followed = memory_alloc(course.size + 1);
    assert_int_equal(follow(path, followed, course.size + 1), course.size);
    assert_memory_equal(followed, data, course.size);
    free(followed);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_nothing_to_say_about_a_lossless_transfer,
                                        scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(finds_nothing_to_say_about_a_long_conversation,
                                        scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(finds_nothing_to_say_on_short_slow_and_long_lines,
                                        scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(reassembles_the_stream_after_losses, scratch_make,
                                        scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
