/* Zone digests: the examples of RFC 8976 appendix A, and what makes a digest count. */
#include "nodes/dns/zonemd.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* RFC 8976 appendix A.1. */
static const char simple[] =
    "@ 86400 SOA ns1 admin 2018031900 1800 900 604800 86400\n"
    "@ 86400 NS ns1\n@ 86400 NS ns2\n"
    "@ 86400 ZONEMD 2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"
    "a9713b3c9ae5cc27777f98b8e730044c\n"
    "ns1 3600 A 203.0.113.63\nns2 3600 AAAA 2001:db8::63\n";

/* Appendix A.2, without its record of another zone: occluded data, wildcards, duplicates, names in
 * mixed case. */
static const char complicated[] =
    "@ 86400 SOA ns1 admin 2018031900 1800 900 604800 86400\n"
    "@ 86400 NS ns1\n@ 86400 NS ns2\n"
    "@ 86400 ZONEMD 2018031900 1 1 a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2"
    "d8b39808226d7b9db71e34b72077f8fe\n"
    "ns1 3600 A 203.0.113.63\nNS2 3600 AAAA 2001:db8::63\n"
    "occluded.sub 7200 TXT \"I'm occluded but must be digested\"\n"
    "sub 7200 NS ns1\nduplicate 300 TXT \"I must be digested just once\"\n"
    "duplicate 300 TXT \"I must be digested just once\"\n"
    "UPPERCASE 3600 TXT \"canonicalize uppercase owner names\"\n"
    "* 777 PTR dont-forget-about-wildcards\n"
    "mail 3600 MX 20 MAIL1\nmail 3600 MX 10 Mail2.Example.\n"
    "sortme 3600 AAAA 2001:db8::5:61\nsortme 3600 AAAA 2001:db8::3:62\n"
    "sortme 3600 AAAA 2001:db8::4:63\nsortme 3600 AAAA 2001:db8::1:65\n"
    "sortme 3600 AAAA 2001:db8::2:64\n"
    "non-apex 900 ZONEMD 2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c6f776564"
    "206275742069676e6f7265642e20616c6c6f7765\n";

/* Appendix A.3: several digests, of which two are of kinds that nobody knows. */
static const char several[] =
    "@ 86400 SOA ns1 admin 2018031900 1800 900 604800 86400\n"
    "@ 86400 NS ns1\n@ 86400 NS ns2\n"
    "@ 86400 ZONEMD 2018031900 1 1 62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637493daaf401c92c27"
    "9dd10f0edb1c56f8080211f8480ee306\n"
    "@ 86400 ZONEMD 2018031900 1 2 08cfa1115c7b948c4163a901270395ea226a930cd2cbcf2fa9a5e6eb85f37c8a"
    "4e114d884e66f176eab121cb02db7d652e0cc4827e7a3204f166b47e5613fd27\n"
    "@ 86400 ZONEMD 2018031900 1 240 e2d523f654b9422a96c5a8f44607bbee\n"
    "@ 86400 ZONEMD 2018031900 241 1 e1846540e33a9e4189792d18d5d131f605fc283e"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
    "ns1 3600 A 203.0.113.63\nns2 86400 TXT \"This example has multiple digests\"\n"
    "NS2 3600 AAAA 2001:db8::63\n";

static enum zonemd_result check(const char *origin, const char *text)
{
    struct zone *zone = zone_from_text(origin, text);
    enum zonemd_result result = zonemd_check(zone);
    zone_release(zone);
    return result;
}

static void the_simple_zone_of_the_rfc_matches(void **state)
{
    (void)state;
    assert_int_equal(check("example.", simple), ZONEMD_MATCHES);
}

static void the_complicated_zone_of_the_rfc_matches(void **state)
{
    (void)state;
    assert_int_equal(check("example.", complicated), ZONEMD_MATCHES);
}

static void both_digests_of_the_rfc_match(void **state)
{
    (void)state;
    struct zone *zone = zone_from_text("example.", several);
    const struct rrset *set = zone_node_get(zone_apex(zone), RR_ZONEMD);
    struct bytes rdata;
    unsigned known = 0;
    for (size_t at = 0; rrset_next(set, &at, &rdata);) {
        uint8_t ours[ZONEMD_RDATA_MAX];
        if (rdata.data[4] != ZONEMD_SIMPLE || rdata.data[5] > ZONEMD_SHA512)
            continue;
        size_t size = zonemd_rdata(zone, rdata.data[5], ours);
        assert_true(bytes_equal(bytes_of(ours, size), rdata));
        known++;
    }
    assert_int_equal(known, 2);
    assert_int_equal(zonemd_check(zone), ZONEMD_MATCHES);
    zone_release(zone);
}

#define HEAD "$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\na A 192.0.2.1\n"
#define ZEROES "000000000000000000000000000000000000000000000000"

static void what_does_not_match_is_told_apart(void **state)
{
    (void)state;
    assert_int_equal(check("e.", HEAD), ZONEMD_ABSENT);
    assert_int_equal(check("e.", HEAD "@ ZONEMD 1 1 1 " ZEROES ZEROES "\n"), ZONEMD_DIFFERS);
    assert_int_equal(check("e.", HEAD "@ ZONEMD 1 1 240 " ZEROES "\n"), ZONEMD_UNSUPPORTED);
    assert_int_equal(check("e.", HEAD "@ ZONEMD 1 241 1 " ZEROES ZEROES "\n"), ZONEMD_UNSUPPORTED);
    assert_int_equal(check("e.", HEAD "@ TYPE63 \\# 6 000000010101\n"), ZONEMD_DIFFERS);
}

/* The zone with its right digest, and perhaps another beside it. */
static struct zone *digested(uint32_t serial_on_top, const char *beside)
{
    char text[400];
    snprintf(text, sizeof text, HEAD "%s", beside);
    struct zone *zone = zone_from_text("e.", text);
    uint8_t rdata[ZONEMD_RDATA_MAX];
    size_t size = zonemd_rdata(zone, ZONEMD_SHA384, rdata);
    bytes_put_u32(rdata, zone_serial(zone) + serial_on_top);
    struct zone_edit *edit = zone_edit_begin(zone);
    struct rr rr = {.owner = zone_origin(zone),
                    .type = RR_ZONEMD,
                    .class = CLASS_IN,
                    .ttl = 60,
                    .rdata = bytes_of(rdata, size)};
    assert_int_equal(zone_edit_add(edit, &rr), ZONE_EDIT_OK);
    zone_release(zone);
    return zone_edit_finish(edit);
}

static void expect(struct zone *zone, enum zonemd_result result)
{
    assert_int_equal(zonemd_check(zone), result);
    zone_release(zone);
}

static void a_digest_counts_for_its_own_serial_and_once_only(void **state)
{
    (void)state;
    expect(digested(0, ""), ZONEMD_MATCHES);
    expect(digested(1, ""), ZONEMD_DIFFERS);
    expect(digested(0, "@ ZONEMD 1 1 240 " ZEROES "\n"), ZONEMD_MATCHES);
    expect(digested(0, "@ ZONEMD 1 1 1 " ZEROES ZEROES "\n"), ZONEMD_DIFFERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simple_zone_of_the_rfc_matches),
        cmocka_unit_test(the_complicated_zone_of_the_rfc_matches),
        cmocka_unit_test(both_digests_of_the_rfc_match),
        cmocka_unit_test(what_does_not_match_is_told_apart),
        cmocka_unit_test(a_digest_counts_for_its_own_serial_and_once_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
