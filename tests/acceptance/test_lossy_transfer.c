/*
 * One packet in twenty is lost, of whatever kind, and a zone of two thousand records arrives all
 * the same, octet for octet; so do later changes of it. With each of several seeds others are lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/played.h"
#include "tests/support/scratch.h"
#include "tests/support/zone_text.h"

enum { RECORDS = 2000, SEEDS = 10, TEXT_MAX = 400000 };

static const char scenario[] =
    "duration: 2h\n"
    "sites:\n"
    "  fra: {location: [50.11, 8.68]}\n"
    "  iad: {location: [38.95, -77.45]}\n"
    "  sin: {location: [1.35, 103.99]}\n"
    "links:\n"
    "  - {between: [fra, iad], loss: 5%, jitter: 3ms}\n"
    "  - {between: [iad, sin], loss: 5%}\n"
    "zones:\n"
    "  big.example: {file: big.zone}\n"
    "servers:\n"
    "  ns1: {site: fra, primary: [big.example]}\n"
    "  ns2: {site: iad, secondary: {big.example: {from: [ns1]}}}\n"
    "  ns3: {site: sin, ixfr: false, secondary: {big.example: {from: [ns2]}}}\n"
    "clients:\n"
    "  direct: {site: iad, servers: [ns1], timeout: 1s,\n"
    "           queries: {rate: 6/m, names: [ns1.big.example]}}\n"
    "timeline:\n"
    "  - {at: 40m, change: big.example, remove: [n8 MX, n9],\n"
    "     add: [\"n8 77 TXT new\", \"N99 A 192.0.2.99\"]}\n"
    "  - {at: 80m, change: big.example, add: \"late AAAA 2001:db8::80\"}\n";

/* Records of many types and sizes, names in upper and lower case. */
static void write_zone(const char *path)
{
    char *text = malloc(TEXT_MAX);
    int used = snprintf(text, TEXT_MAX,
                        "$TTL 300\n@ SOA ns1 hostmaster 1 600 60 604800 60\n@ NS ns1\n@ NS ns2\n"
                        "@ NS ns3\nns1 A 192.0.2.1\nns2 A 192.0.2.2\nns3 A 192.0.2.3\n");
    static const char *const forms[] = {
        "A%d %d A 10.1.2.3\n",
        "n%d %d MX 10 ns1\n",
        "n%d %d TXT \"text with \\\"quotes\\\" and \\000\" \"and a second one\"\n",
        "Alias%d %d CNAME ns2\n",
        "x%d.y.z %d AAAA 2001:db8::1\n",
        "_s._tcp.n%d %d SRV 0 1 53 NS3.big.example.\n",
        "n%d %d TYPE65400 \\# 5 0102030405\n",
    };
    for (int i = 0; i < RECORDS; i++) {
        int form = i % (int)(sizeof forms / sizeof forms[0]);
        used += snprintf(text + used, (size_t)(TEXT_MAX - used), forms[form], i, 60 + i);
    }
    assert_true(used < TEXT_MAX);
    scratch_write(path, text);
    free(text);
}

static void a_zone_survives_the_loss_of_one_packet_in_twenty(void **state)
{
    write_zone(scratch_path(state, "big.zone"));
    scratch_write(scratch_path(state, "lossy.yaml"), scenario);
    uint64_t lost = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
        char setting[32];
        struct played played;
        snprintf(setting, sizeof setting, "seed=%d", seed);
        played_begin(&played, scratch_path(state, "lossy.yaml"), setting);
        const struct zone *sent = played_zone(&played, "ns1", "big.example.");
        assert_int_equal(zone_serial(sent), 3);
        assert_in_range(zone_record_count(sent), RECORDS, RECORDS + 10);
        assert_int_equal(assert_same_records(sent, played_zone(&played, "ns2", "big.example.")),
                         zone_record_count(sent));
        assert_same_records(sent, played_zone(&played, "ns3", "big.example."));
        assert_null(zone_find(sent, name_of("n9.big.example.")));
        lost += sim_packet_counts(played.stage->sim).lost;
        played_end(&played);
    }
    assert_true(lost > SEEDS * 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_zone_survives_the_loss_of_one_packet_in_twenty,
                                        scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
