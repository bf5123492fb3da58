/*
 * Memory of a hundred secondaries that fetch one zone of 100,000 records at once, beside that of
 * one: in the end they all hold the same version, which is there once. Each run has a process of
 * its own, so that none profits from what another has left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/played.h"
#include "tests/support/scratch.h"

enum { RECORDS = 100000, LINE_MAX_SIZE = 64 };

#if defined __SANITIZE_ADDRESS__
#define HAS_SANITIZER true
#elif defined __has_feature
#define HAS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAS_SANITIZER false
#endif

static void write_zone(const char *path)
{
    size_t room = (size_t)RECORDS * LINE_MAX_SIZE, used = 0;
    char *text = malloc(room);
    used += (size_t)snprintf(text, room,
                             "$TTL 300\n@ SOA ns1 h 1 600 60 604800 60\n@ NS ns1\n"
                             "ns1 A 192.0.2.1\n");
    for (int i = 3; i < RECORDS; i++)
        used += (size_t)snprintf(text + used, room - used, "h%d A 10.%d.%d.%d\n", i, i >> 16,
                                 i >> 8 & 255, i & 255);
    assert_true(used < room);
    scratch_write(path, text);
    free(text);
}

/* COUNT secondaries, which all begin at the start. */
static void write_scenario(const char *path, int count)
{
    size_t room = 1000 + (size_t)count * 100, used = 0;
    char *text = malloc(room);
    used += (size_t)snprintf(text, room,
                             "duration: 10m\nhierarchy: none\nsites: {fra: {location: [50, 8]}, "
                             "iad: {location: [39, -77]}}\n"
                             "zones: {big.example: {file: big.zone}}\n"
                             "servers:\n  ns1: {site: fra, primary: [big.example]}\n");
    for (int i = 0; i < count; i++)
        used +=
            (size_t)snprintf(text + used, room - used,
                             "  s%d: {site: iad, secondary: {big.example: {from: [ns1]}}}\n", i);
    scratch_write(path, text);
    free(text);
}

struct memory {
    size_t settled, peak; /* octets */
};

static size_t peak_octets(void)
{
    char line[256];
    size_t kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmHWM: %zu kB", &kib);
    if (file)
        fclose(file);
    return kib * 1024;
}

/* In a process of its own. False: not all have the zone. */
static bool play(const char *path, int count, struct memory *memory)
{
    struct played played;
    played_begin(&played, path, NULL);
    struct mallinfo2 info = mallinfo2();
    *memory = (struct memory){info.uordblks + info.hblkhd, peak_octets()};
    bool complete = true;
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        const struct zone *zone = played_zone(&played, name, "big.example.");
        complete = complete && zone && zone_record_count(zone) == RECORDS;
    }
    played_end(&played);
    return complete;
}

static struct memory memory_of(void **state, int count)
{
    struct memory memory = {0};
    int ends[2];
    write_scenario(scratch_path(state, "herd.yaml"), count);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool good = play(scratch_path(state, "herd.yaml"), count, &memory);
        good = good && write(ends[1], &memory, sizeof memory) == sizeof memory;
        _exit(good ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &memory, sizeof memory), sizeof memory);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return memory;
}

static void a_hundred_secondaries_of_a_zone_take_little_more_than_one(void **state)
{
    if (HAS_SANITIZER) {
        print_message("SKIPPED: the sanitizer has an allocator of its own\n");
        skip();
    }
    write_zone(scratch_path(state, "big.zone"));
    struct memory one = memory_of(state, 1), hundred = memory_of(state, 100);
    print_message("settled: %zu KiB for one, %zu KiB for a hundred; peak: %zu KiB, %zu KiB\n",
                  one.settled / 1024, hundred.settled / 1024, one.peak / 1024, hundred.peak / 1024);
    assert_true(one.settled > RECORDS * 32 && one.peak >= one.settled);
    assert_true(hundred.settled * 2 < one.settled * 3);
    assert_true(hundred.peak < one.peak * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hundred_secondaries_of_a_zone_take_little_more_than_one,
                                        scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
