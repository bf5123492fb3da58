/* Signed zones: what dnssec-verify and ldns say of them, and that signing keeps to its word. */
#include "nodes/dns/zonemd.h"
#include "tests/support/judge.h"
#include "tests/support/signed_zone.h"
#include "tests/support/zone_text.h"
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char text[] =
    "$TTL 300\n"
    "@ SOA ns.example. host.example. 7 3600 600 86400 120\n"
    "@ NS ns\n@ NS ns2.Example.\n@ MX 10 Mail\n@ TXT \"b\" \"a\"\n"
    "ns A 192.0.2.1\nns2 A 192.0.2.2\nmail AAAA 2001:db8::1\n"
    "*.wild TXT star\na.b.c.deep A 192.0.2.3\n"
    "unsigned NS ns.unsigned\nns.unsigned A 192.0.2.4\n"
    "safe NS ns.safe\nns.safe A 192.0.2.5\n"
    "safe DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000\n"
    "_sip._udp SRV 1 2 5060 Mail\nold DNAME new.example.\n"
    "x.y.far NS ns\nalias CNAME ns\n";

static struct zone *plain_zone(void)
{
    return zone_from_text("example.", text);
}

static struct zone_signing signing_of(enum zone_sign_denial denial)
{
    return (struct zone_signing){.key = test_key(),
                                 .denial = denial,
                                 .inception_s = 1767225600,
                                 .expiry_s = 1767225600 + 86400 * 14};
}

static uint32_t expiry_of(const struct zone *zone, const uint8_t *owner, uint16_t type)
{
    const struct rrset *set = zone_node_signatures(zone_find(zone, owner), type);
    assert_non_null(set);
    return bytes_get_u32(set->data + 2 + 8);
}

/* ---- whole zones before others' judgement -------------------------------------------------- */

static void check_judges(const char *program, const char *command, unsigned kinds)
{
    struct zone *zone = plain_zone();
    if (!judge_is_installed(program)) {
        zone_release(zone);
        skip();
    }
    for (unsigned kind = 0; kind < kinds; kind++) {
        struct zone_signing signing = signing_of(kind % 3 == 0 ? ZONE_SIGN_NSEC : ZONE_SIGN_NSEC3);
        signing.opt_out = kind % 3 == 2;
        signing.zonemd = kind >= 3;
        signing.nsec3 = (struct nsec3_parameters){(uint16_t)kind, 1, {0xaa}};
        signing.inception_s = 1577836800; /* they look at the clock: 2020 to 2037 */
        signing.expiry_s = 2140000000;
        struct zone *done = zone_sign(zone, &signing);
        judge_zone(done, command);
        zone_release(done);
    }
    zone_release(zone);
}

static void bind_finds_the_zone_fully_signed(void **state)
{
    (void)state;
    check_judges("dnssec-verify", "dnssec-verify -q -z -x -I text -o example. %s 2>&1 1>/dev/null",
                 6);
}

static void ldns_finds_the_zone_fully_signed(void **state)
{
    (void)state;
    /* ldns 1.8.3 never ends on a zone with both NSEC3 and ZONEMD. */
    check_judges("ldns-verify-zone", "timeout 60 ldns-verify-zone -V 1 %s > /dev/null", 4);
}

/* ---- by hand ------------------------------------------------------------------------------- */

static void the_same_bytes_each_time(void **state)
{
    (void)state;
    struct zone *zone = plain_zone();
    struct zone_signing signing = signing_of(ZONE_SIGN_NSEC3);
    struct zone *one = zone_sign(zone, &signing), *two = zone_sign(zone, &signing);
    assert_true(zone_equal(one, two));
    zone_release(two);
    two = zone_sign(one, &signing); /* a signed zone signs to itself */
    assert_true(zone_equal(one, two));
    zone_release(zone);
    zone_release(one);
    zone_release(two);
}

static void a_change_keeps_the_signatures_of_the_rest(void **state)
{
    (void)state;
    struct zone *zone = plain_zone();
    struct zone_signing signing = signing_of(ZONE_SIGN_NSEC);
    struct zone *old = zone_sign(zone, &signing);
    struct zone_edit *edit = zone_edit_begin(zone);
    struct rr rr = {.owner = name_of("new.example."),
                    .type = RR_A,
                    .class = CLASS_IN,
                    .ttl = 60,
                    .rdata = bytes_of("\1\2\3\4", 4)};
    zone_edit_add(edit, &rr);
    zone_edit_raise_serial(edit);
    zone_release(zone);
    zone = zone_edit_finish(edit);
    uint32_t before = signing.expiry_s, after = signing.expiry_s + 5;
    signing.expiry_s = after;
    signing.previous = old;
    struct zone *new = zone_sign(zone, &signing);
    assert_int_equal(expiry_of(new, name_of("example."), RR_SOA), after);
    assert_int_equal(expiry_of(new, name_of("example."), RR_MX), before);
    assert_int_equal(expiry_of(new, name_of("new.example."), RR_A), after);
    assert_int_equal(expiry_of(new, name_of("mail.example."), RR_AAAA), before);
    assert_int_equal(expiry_of(new, name_of("mail.example."), RR_NSEC), after);
    assert_int_equal(expiry_of(new, name_of("old.example."), RR_NSEC), before);
    uint32_t first;
    assert_true(zone_first_expiry(new, &first));
    assert_int_equal(first, before);
    assert_false(zone_first_expiry(zone, &first));
    zone_release(zone);
    zone_release(old);
    zone_release(new);
}

static void expiry_is_compared_as_serials_are(void **state)
{
    (void)state;
    struct zone *zone = plain_zone();
    struct zone_signing signing = signing_of(ZONE_SIGN_NSEC);
    uint32_t first;
    signing.expiry_s = 5; /* after 2106 */
    struct zone *old = zone_sign(zone, &signing);
    assert_true(zone_first_expiry(old, &first) && first == 5);
    zone_release(old);
    zone_release(zone);
}

static void the_ds_is_what_ldns_makes_of_the_key(void **state)
{
    (void)state;
    uint8_t ds[SIGNING_DS_SIZE];
    struct rr rr = {.owner = name_of("Example."),
                    .type = RR_DNSKEY,
                    .class = CLASS_IN,
                    .rdata = signing_key_dnskey(test_key())};
    ldns_rr *key = as_ldns(&rr);
    signing_key_ds(test_key(), rr.owner, ds);
    rr.type = RR_DS;
    rr.rdata = bytes_of(ds, sizeof ds);
    ldns_rr *ours = as_ldns(&rr), *theirs = ldns_key_rr2ds(key, LDNS_SHA256);
    assert_int_equal(ldns_rr_compare_ds(ours, key), 1);
    assert_int_equal(ldns_rr_compare(ours, theirs), 0);
    assert_int_equal(ldns_calc_keytag(key), signing_key_tag(test_key()));
    ldns_rr_free(key);
    ldns_rr_free(ours);
    ldns_rr_free(theirs);
}

static void an_rsa_key_signs_too(void **state)
{
    (void)state;
    struct signing_key *key = signing_key_of(EVP_RSA_gen(2048));
    struct zone *zone = plain_zone();
    struct zone_signing signing = signing_of(ZONE_SIGN_NSEC);
    assert_non_null(key);
    signing.key = key;
    struct zone *done = zone_sign(zone, &signing);
    ldns_rr_list *keys = zone_keys(done);
    ldns_pkt *packet = ask_ldns(done, name_of("x.wild.example."), RR_TXT);
    assert_int_equal(signing_key_algorithm(key), SIGNING_RSASHA256);
    check_signatures(packet, keys);
    ldns_pkt_free(packet);
    ldns_rr_list_deep_free(keys);
    zone_release(done);
    zone_release(zone);
    signing_key_free(key);
}

/* ldns checks the digest against the records as it reads them. */
static void the_digest_is_that_of_ldns(void **state)
{
    (void)state;
    struct zone *zone = plain_zone();
    struct zone_signing signing = signing_of(ZONE_SIGN_NSEC);
    signing.zonemd = true;
    struct zone *done = zone_sign(zone, &signing);
    ldns_dnssec_zone *theirs = ldns_dnssec_zone_new();
    struct zone_walk walk = {.zone = done};
    struct rr rr;
    while (zone_walk_next(&walk, &rr))
        assert_int_equal(ldns_dnssec_zone_add_rr(theirs, as_ldns(&rr)), LDNS_STATUS_OK);
    assert_int_equal(ldns_dnssec_zone_verify_zonemd(theirs), LDNS_STATUS_OK);
    assert_int_equal(zonemd_check(done), ZONEMD_MATCHES);
    ldns_dnssec_zone_deep_free(theirs);
    zone_release(done);
    zone_release(zone);
}

static void keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    assert_null(signing_key_of(EVP_EC_gen("P-256")));
    assert_null(signing_key_of(EVP_RSA_gen(512)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_finds_the_zone_fully_signed),
        cmocka_unit_test(ldns_finds_the_zone_fully_signed),
        cmocka_unit_test(the_same_bytes_each_time),
        cmocka_unit_test(a_change_keeps_the_signatures_of_the_rest),
        cmocka_unit_test(expiry_is_compared_as_serials_are),
        cmocka_unit_test(the_ds_is_what_ldns_makes_of_the_key),
        cmocka_unit_test(an_rsa_key_signs_too),
        cmocka_unit_test(the_digest_is_that_of_ldns),
        cmocka_unit_test(keys_of_other_kinds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
