/* Signing changes: it comes to the same as signing the whole, for the work of the change. */
#include "nodes/dns/zone_node.h"
#include "nodes/dns/zonemd.h"
#include "sim/base/random.h"
#include "tests/support/judge.h"
#include "tests/support/signed_zone.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char text[] = "$TTL 300\n@ SOA ns.example. host.example. 7 3600 600 86400 120\n"
                           "@ NS ns\nns A 192.0.2.1\na.b TXT x\n";

enum { KINDS = 5, INCEPTION_S = 1767225600, DAY_S = 86400 };

/* NSEC; NSEC3; with opt-out; the first two with ZONEMD. */
static struct zone_signing signing_of(unsigned kind)
{
    return (struct zone_signing){.key = test_key(),
                                 .denial =
                                     kind == 0 || kind == 3 ? ZONE_SIGN_NSEC : ZONE_SIGN_NSEC3,
                                 .opt_out = kind == 2,
                                 .nsec3 = {1, 2, {0xaa, 0x55}},
                                 .zonemd = kind >= 3,
                                 .inception_s = INCEPTION_S,
                                 .expiry_s = INCEPTION_S + 14 * DAY_S};
}

static struct zone *start(const struct zone_signing *signing)
{
    struct zone *plain = zone_from_text("example.", text);
    struct zone *zone = zone_sign(plain, signing);
    zone_release(plain);
    return zone;
}

static struct zone *raised(struct zone_edit *edit)
{
    zone_edit_raise_serial(edit);
    return zone_edit_finish(edit);
}

/* ---- random changes ------------------------------------------------------------------------ */

/* Few labels, so that names meet, hide and lie between each other. */
static const uint8_t *random_name(struct random *random)
{
    static const char *const labels[] = {"a.", "b.", "c.", "*.", "zz.", "M.", "deep."};
    char out[100] = "";
    for (uint32_t i = random_below(random, 4) + 1; i > 0; i--)
        strcat(out, labels[random_below(random, 7)]);
    return name_of(strcat(out, "example."));
}

static void change_once(struct zone_edit *edit, struct random *random)
{
    static const struct {
        uint16_t type;
        const char *data;
        size_t size;
    } kinds[] = {
        {RR_A, "\300\0\2\1", 4},         {RR_A, "\300\0\2\2", 4},   {RR_TXT, "\1x", 2},
        {RR_NS, "\2ns\7example", 12},    {RR_DS, "\0\1\10\2 ", 36}, {RR_CNAME, "\2ns\7example", 12},
        {RR_DNAME, "\3new\7example", 13}};
    uint8_t rdata[64] = {0};
    size_t kind = random_below(random, random_below(random, 4) == 0 ? 7 : 5);
    const uint8_t *owner = random_name(random);
    if (name_is_wildcard(owner)) /* BIND takes no NS there */
        kind = 0;
    memcpy(rdata, kinds[kind].data, kinds[kind].type == RR_DS ? 5 : kinds[kind].size);
    struct rr rr = {.owner = owner,
                    .type = kinds[kind].type,
                    .class = CLASS_IN,
                    .ttl = 300,
                    .rdata = bytes_of(rdata, kinds[kind].size)};
    switch (random_below(random, 5)) {
    case 0:
        zone_edit_remove(edit, &rr);
        break;
    case 1:
        zone_edit_remove_rrset(edit, rr.owner, RR_ANY);
        break;
    default:
        zone_edit_add(edit, &rr);
    }
}

static struct zone *changed_at_random(const struct zone *zone, struct random *random)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    for (uint32_t i = random_below(random, 4) + 1; i > 0; i--)
        change_once(edit, random);
    return raised(edit);
}

/* CHANGED (taken over) signed by what it touches and as a whole. */
static void take_step(struct zone **zone, struct zone *changed, struct zone_signing *signing)
{
    signing->inception_s += 3600;
    signing->expiry_s += 3600;
    struct zone *next = zone_sign_change(*zone, changed, signing);
    struct zone_signing whole = *signing;
    whole.previous = *zone;
    struct zone *expected = zone_sign(changed, &whole);
    assert_true(zone_equal(next, expected));
    uint32_t first = 0, expected_first = 0;
    assert_true(zone_first_expiry(next, &first) && zone_first_expiry(expected, &expected_first));
    assert_int_equal(first, expected_first);
    zone_release(changed);
    zone_release(expected);
    zone_release(*zone);
    *zone = next;
}

static void step(struct zone **zone, struct zone_signing *signing, struct random *random)
{
    take_step(zone, changed_at_random(*zone, random), signing);
}

static void a_change_signs_to_what_the_whole_would(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct random random = random_stream(kind, "", 0, "changes");
        struct zone_signing signing = signing_of(kind);
        struct zone *zone = start(&signing);
        for (int i = 0; i < 300; i++)
            step(&zone, &signing, &random);
        assert_true(!signing.zonemd || zonemd_check(zone) == ZONEMD_MATCHES);
        zone_release(zone);
    }
}

/* The apex, or one of the first owners of NSEC3s. */
static const uint8_t *odd_owner(const struct zone *zone, struct random *random)
{
    const struct zone_node *node = zone_apex(zone), *found = node;
    for (uint32_t skip = random_below(random, 20); node && skip > 0;
         node = zone_after(zone, node->name))
        if (zone_node_get(node, RR_NSEC3)) {
            found = node;
            skip--;
        }
    return found->name;
}

static void change_oddly(struct zone_edit *edit, const struct zone *zone, struct random *random)
{
    static const char *const data[] = {"\1x", "\2ns\7example", "\3new\7example"};
    static const uint16_t types[] = {RR_TXT, RR_NS, RR_DNAME};
    size_t kind = random_below(random, 3);
    struct rr rr = {.owner = odd_owner(zone, random),
                    .type = types[kind],
                    .class = CLASS_IN,
                    .ttl = 300,
                    .rdata = bytes_of(data[kind], strlen(data[kind]) + (kind > 0))};
    if (random_below(random, 2) == 0)
        zone_edit_add(edit, &rr);
    else
        zone_edit_remove(edit, &rr);
}

/* Data where hardly any zone has some: a DNAME at the apex, names that are hashes. */
static void odd_owners_make_no_difference(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct random random = random_stream(kind, "", 0, "odd");
        struct zone_signing signing = signing_of(kind);
        struct zone *zone = start(&signing);
        for (int i = 0; i < 200; i++) {
            struct zone_edit *edit = zone_edit_begin(zone);
            change_once(edit, &random);
            if (i % 3 == 0)
                change_oddly(edit, zone, &random);
            take_step(&zone, raised(edit), &signing);
        }
        zone_release(zone);
    }
}

static void check_judge(const char *program, const char *command, unsigned kinds)
{
    if (!judge_is_installed(program))
        skip();
    for (unsigned kind = 0; kind < kinds; kind++) {
        struct random random = random_stream(kind, "", 0, "fifty");
        struct zone_signing signing = signing_of(kind);
        signing.inception_s = 1577836800; /* they look at the clock: 2020 to 2037 */
        signing.expiry_s = 2140000000;
        struct zone *zone = start(&signing);
        for (int i = 0; i < 50; i++)
            step(&zone, &signing, &random);
        judge_zone(zone, command);
        zone_release(zone);
    }
}

static void bind_verifies_what_fifty_changes_led_to(void **state)
{
    (void)state;
    check_judge("dnssec-verify", "dnssec-verify -q -z -x -I text -o example. %s 2>&1 1>/dev/null",
                KINDS);
}

static void ldns_verifies_what_fifty_changes_led_to(void **state)
{
    (void)state;
    /* ldns 1.8.3 never ends on a zone with both NSEC3 and ZONEMD. */
    check_judge("ldns-verify-zone", "timeout 60 ldns-verify-zone -V 1 %s > /dev/null", KINDS - 1);
}

/* ---- what it costs ------------------------------------------------------------------------- */

static struct zone *with_hosts(unsigned count, const struct zone_signing *signing)
{
    struct zone *plain = zone_from_text("example.", text);
    struct zone_edit *edit = zone_edit_begin(plain);
    char name[40];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "h%u.example.", i);
        struct rr rr = {name_of(name), RR_A, CLASS_IN, 300, bytes_of("\1\2\3\4", 4)};
        zone_edit_add(edit, &rr);
    }
    zone_release(plain);
    plain = zone_edit_finish(edit);
    struct zone *zone = zone_sign(plain, signing);
    zone_release(plain);
    return zone;
}

static bool count_node(void *context, const struct zone_node *a, const struct zone_node *b)
{
    (void)a;
    (void)b;
    ++*(size_t *)context;
    return true;
}

/* Signatures made and owners touched for one new name among COUNT others. */
static void check_cost(unsigned kind, unsigned count, size_t signatures, size_t owners)
{
    struct zone_signing signing = signing_of(kind);
    struct zone *zone = with_hosts(count, &signing);
    struct zone_edit *edit = zone_edit_begin(zone);
    struct rr rr = {name_of("new.example."), RR_A, CLASS_IN, 300, bytes_of("\1\2\3\4", 4)};
    zone_edit_add(edit, &rr);
    struct zone *changed = raised(edit);
    size_t made = 0, touched = 0;
    signing.made = &made;
    struct zone *next = zone_sign_change(zone, changed, &signing);
    zone_compare(zone, next, count_node, &touched);
    assert_int_equal(made, signatures);
    assert_int_equal(touched, owners);
    zone_release(zone);
    zone_release(changed);
    zone_release(next);
}

static void a_new_name_costs_the_same_in_any_zone(void **state)
{
    (void)state;
    for (unsigned count = 100; count <= 1000; count *= 10) {
        check_cost(0, count, 4, 3); /* SOA, A and NSEC, the NSEC before */
        check_cost(1, count, 4, 5); /* the same with NSEC3; the apex's is looked at too */
    }
}

/* ---- by hand ------------------------------------------------------------------------------- */

static void what_the_signer_owns_is_put_back(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct zone_signing signing = signing_of(kind);
        struct zone *zone = start(&signing);
        struct zone_edit *edit = zone_edit_begin(zone);
        static const uint16_t types[] = {RR_RRSIG,  RR_NSEC,       RR_NSEC3,
                                         RR_DNSKEY, RR_NSEC3PARAM, RR_ZONEMD};
        for (const struct zone_node *node = zone_apex(zone); node;
             node = zone_after(zone, node->name))
            for (size_t i = 0; i < sizeof types / sizeof *types; i++)
                zone_edit_remove_rrset(edit, node->name, types[i]);
        struct zone *changed = zone_edit_finish(edit);
        struct zone *next = zone_sign_change(zone, changed, &signing);
        assert_false(zone_equal(zone, changed));
        assert_true(zone_equal(zone, next));
        zone_release(zone);
        zone_release(changed);
        zone_release(next);
    }
}

static void only_what_is_due_is_renewed(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct random random = random_stream(kind, "", 0, "due");
        struct zone_signing signing = signing_of(kind);
        struct zone *zone = start(&signing);
        for (int i = 0; i < 20; i++)
            step(&zone, &signing, &random);
        signing.renews = true;
        signing.renew_s = INCEPTION_S + 14 * DAY_S + 10 * 3600;
        step(&zone, &signing, &random);
        uint32_t first;
        assert_true(zone_first_expiry(zone, &first) && first > signing.renew_s);
        assert_true(first < signing.expiry_s);
        zone_release(zone);
    }
}

static void another_minimum_or_kind_of_denial_signs_the_whole(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct zone_signing signing = signing_of(kind), other = signing_of((kind + 1) % KINDS);
        struct zone *zone = start(&signing);
        struct zone *plain = zone_from_text(
            "example.", "@ 300 SOA ns.example. host.example. 8 3600 600 86400 60\n@ 300 NS ns\n"
                        "ns 300 A 192.0.2.1\na.b 300 TXT x\n");
        struct zone *next = zone_sign_change(zone, plain, &signing);
        struct zone *expected = zone_sign(plain, &signing);
        assert_true(zone_equal(next, expected));
        assert_true(zone_sign_fits(next, &signing));
        assert_false(zone_sign_fits(next, &other));
        zone_release(expected);
        expected = zone_sign_change(next, next, &other);
        assert_true(zone_sign_fits(expected, &other));
        zone_release(zone);
        zone_release(plain);
        zone_release(next);
        zone_release(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_signs_to_what_the_whole_would),
        cmocka_unit_test(odd_owners_make_no_difference),
        cmocka_unit_test(bind_verifies_what_fifty_changes_led_to),
        cmocka_unit_test(ldns_verifies_what_fifty_changes_led_to),
        cmocka_unit_test(a_new_name_costs_the_same_in_any_zone),
        cmocka_unit_test(what_the_signer_owns_is_put_back),
        cmocka_unit_test(only_what_is_due_is_renewed),
        cmocka_unit_test(another_minimum_or_kind_of_denial_signs_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
