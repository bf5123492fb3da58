/* Captures as Wireshark reads them. Skipped aloud where tshark is not installed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/little_run.h"
#include "tests/support/scratch.h"

static void play(const char *path)
{
    struct capture_options options = little_options();
    struct little_run run = little_start(path, &options);
    little_play(&run);
    little_end(&run);
}

static void need_tshark(void)
{
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        print_message("SKIPPED: tshark is not installed\n");
        skip();
    }
}

/* What tshark prints for FILE with ARGUMENTS, in a buffer that the next call re-uses. */
static const char *tshark(const char *file, const char *arguments)
{
    static char text[16384];
    char command[4096];
    snprintf(command, sizeof command, "tshark -r '%s' %s 2>/dev/null", file, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(text, 1, sizeof text - 1, pipe);
    text[size] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void interfaces_comments_and_names_are_visible(void **state)
{
    need_tshark();
    play(scratch_path(state, "out"));
    const char *file = scratch_path(state, "out/capture.pcapng");
    assert_string_equal(tshark(file, "-T fields -E separator='|' -e frame.interface_name "
                                     "-e frame.interface_description -e frame.comment"),
                        "eu-users|2 clients in fra|\n"
                        "isp-eu||\n"
                        "ns1||\n"
                        "eu-users|2 clients in fra|lost: 0.5 % loss on fra-sin\n"
                        "eu-users|2 clients in fra|dropped: link down: fra-sin\n"
                        "eu-users|2 clients in fra|no route\n"
                        "isp-eu||shaped: queued 3 ms on fra-sin\n"
                        "isp-eu||shaped: queued 3 ms on fra-sin\n"
                        "isp-eu||shaped: queued 3 ms on fra-sin\n"
                        "isp-eu||\n"
                        "isp-eu||\n"
                        "isp-eu||dropped: host silent\n"
                        "eu-users|2 clients in fra|in flight at the end of the run\n");
    assert_string_equal(tshark(file, "-N n -c 3 -T fields -e ip.src_host -e ip.dst_host "
                                     "-e ipv6.src_host -e ipv6.dst_host"),
                        "eu-users.1\tisp-eu\t\t\n\t\tisp-eu\tns1\n\t\tns1\tisp-eu\n");
    assert_string_equal(tshark(file, "-c 1 -T fields -e frame.time_epoch"),
                        "1767225600.000000001\n");
}

static const char *const checks = "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE "
                                  "-o tcp.check_checksum:TRUE ";

static void expect_flawless(const char *file, size_t count)
{
    char arguments[512];
    snprintf(arguments, sizeof arguments,
             "%s -T fields -e frame.number -Y '_ws.malformed or ip.checksum.status == 0 or "
             "udp.checksum.status == 0 or tcp.checksum.status == 0 or icmp.checksum.status == 0'",
             checks);
    assert_string_equal(tshark(file, arguments), "");
    snprintf(
        arguments, sizeof arguments,
        "%s -T fields -e frame.number -Y 'udp.checksum.status == 1 or tcp.checksum.status == 1 "
        "or icmp.checksum.status == 1'",
        checks);
    size_t good = 0;
    for (const char *line = tshark(file, arguments); (line = strchr(line, '\n')); line++)
        good++;
    assert_int_equal(good, count);
}

static void no_packet_is_malformed_and_every_checksum_is_right(void **state)
{
    need_tshark();
    play(scratch_path(state, "out"));
    expect_flawless(scratch_path(state, "out/capture.pcapng"), 11);
    expect_flawless(scratch_path(state, "out/capture/eu-users.pcap"), 7);
    expect_flawless(scratch_path(state, "out/capture/isp-eu.pcap"), 7);
    expect_flawless(scratch_path(state, "out/capture/ns1.pcap"), 2);
}

static void the_section_tells_seed_command_and_program(void **state)
{
    play(scratch_path(state, "out"));
    size_t size;
    char *data = scratch_read(scratch_path(state, "out/capture.pcapng"), &size);
    assert_non_null(data);
    assert_memory_equal(data, "\x0a\x0d\x0d\x0a", 4);
    assert_memory_equal(data + 32 - 4, "seed 7: understudy run little.yaml --seed 7", 43);
    assert_memory_equal(data + 32 - 4 + 44 + 4, "understudy ", 11);
    free(data);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(interfaces_comments_and_names_are_visible),
        claim(no_packet_is_malformed_and_every_checksum_is_right),
        claim(the_section_tells_seed_command_and_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
