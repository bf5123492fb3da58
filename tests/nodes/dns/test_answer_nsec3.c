/*
 * Answers from signed zones, judged by ldns: each RRset is signed, each denial is
 * proven by NSEC3 (RFC 5155 section 8) or NSEC, and DO changes nothing else.
 */
#include "tests/support/signed_zone.h"
#include "tests/support/zone_model.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* ldns 1.8.3 loses the wildcards that it makes while it looks for their denial. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:ldns_rdf_new_frm_data\nleak:ldns_dname_cat\n";
}

static size_t count_of(const ldns_pkt *packet, ldns_rr_type type, ldns_pkt_section section)
{
    ldns_rr_list *list = ldns_pkt_rr_list_by_type(packet, type, section);
    size_t count = list ? ldns_rr_list_rr_count(list) : 0;
    ldns_rr_list_deep_free(list);
    return count;
}

/* ---- proofs taken apart: RFC 5155 section 8, by a second reading ---------------------------- */

enum { HASH = NSEC3_HASH_SIZE };

struct proofs {
    size_t count;
    struct {
        uint8_t hash[HASH], next[HASH];
        bool opt_out;
    } list[40];
};

static struct proofs proofs_of(const ldns_pkt *packet, const uint8_t *origin)
{
    struct proofs proofs = {0};
    ldns_rr_list *list =
        ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_NSEC3, LDNS_SECTION_AUTHORITY);
    for (size_t i = 0; list && i < ldns_rr_list_rr_count(list); i++) {
        ldns_rr *rr = ldns_rr_list_rr(list, i);
        ldns_rdf *next = ldns_nsec3_next_owner(rr);
        assert_true(nsec3_hash_of_owner(ldns_rdf_data(ldns_rr_owner(rr)), origin,
                                        proofs.list[proofs.count].hash));
        memcpy(proofs.list[proofs.count].next, ldns_rdf_data(next) + 1, HASH);
        proofs.list[proofs.count++].opt_out = ldns_nsec3_optout(rr);
    }
    ldns_rr_list_deep_free(list);
    return proofs;
}

static void hash_of(const uint8_t *name, uint8_t out[HASH])
{
    static const struct nsec3_parameters parameters = {1, 2, {0xab, 0xcd}};
    nsec3_hash(&parameters, name, out);
}

static bool matched(const struct proofs *proofs, const uint8_t *name)
{
    uint8_t hash[HASH];
    hash_of(name, hash);
    for (size_t i = 0; i < proofs->count; i++)
        if (memcmp(hash, proofs->list[i].hash, HASH) == 0)
            return true;
    return false;
}

/* -1: not covered; else whether by an opt-out record. */
static int covered(const struct proofs *proofs, const uint8_t *name)
{
    uint8_t hash[HASH];
    hash_of(name, hash);
    for (size_t i = 0; i < proofs->count; i++) {
        const uint8_t *from = proofs->list[i].hash, *to = proofs->list[i].next;
        bool after = memcmp(from, hash, HASH) < 0, before = memcmp(hash, to, HASH) < 0;
        if (memcmp(from, to, HASH) < 0 ? after && before : after || before)
            return proofs->list[i].opt_out;
    }
    return -1;
}

/* Labels of the closest encloser that is proven, or 0; *OPT_OUT: of the next closer name. */
static size_t proven_encloser(const struct proofs *proofs, const uint8_t *name, int *opt_out)
{
    for (size_t labels = name_label_count(name) - 1; labels > 0; labels--)
        if (matched(proofs, name_suffix(name, labels))) {
            *opt_out = covered(proofs, name_suffix(name, labels + 1));
            return *opt_out >= 0 ? labels : 0;
        }
    return 0;
}

static void check_no_name(const struct proofs *proofs, const uint8_t *name)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    int opt_out;
    size_t labels = proven_encloser(proofs, name, &opt_out);
    assert_int_not_equal(labels, 0);
    name_prepend(bytes_of_text("*"), name_suffix(name, labels), wildcard);
    assert_true(opt_out == 1 || covered(proofs, wildcard) >= 0);
}

static void check_no_data(const struct proofs *proofs, const uint8_t *name)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    int opt_out;
    if (matched(proofs, name))
        return;
    size_t labels = proven_encloser(proofs, name, &opt_out);
    assert_int_not_equal(labels, 0);
    name_prepend(bytes_of_text("*"), name_suffix(name, labels), wildcard);
    assert_true(opt_out == 1 || matched(proofs, wildcard));
}

/* ---- random zones --------------------------------------------------------------------------- */

struct subject {
    struct zone *plain, *chained;
    ldns_rr_list *keys;
    enum zone_sign_denial denial;
    bool opt_out;
};

static unsigned judged, refused; /* by ldns, in all */

/* What NAME was found to be an alias of: the denial is about that. */
static bool has_alias(const ldns_pkt *packet)
{
    return count_of(packet, LDNS_RR_TYPE_DNAME, LDNS_SECTION_ANSWER) > 0 ||
           count_of(packet, LDNS_RR_TYPE_CNAME, LDNS_SECTION_ANSWER) > 0;
}

static void check_denial(const struct subject *subject, const ldns_pkt *packet, const uint8_t *name,
                         uint16_t type)
{
    ldns_status status = subject->denial == ZONE_SIGN_NSEC ? denial_by_nsec(packet, name, type)
                                                           : denial_by_nsec3(packet, name, type);
    judged++;
    refused += status != LDNS_STATUS_OK;
    if (subject->denial == ZONE_SIGN_NSEC)
        return; /* test_answer_dnssec.c looks closer */
    struct proofs proofs = proofs_of(packet, zone_origin(subject->chained));
    /* ldns knows no wildcard without DS. */
    if (status != LDNS_STATUS_OK && !subject->opt_out && type != RR_DS) {
        ldns_pkt_print(stderr, packet);
        fail_msg("%s", ldns_get_errorstr_by_id(status));
    }
    if (ldns_pkt_get_rcode(packet) == LDNS_RCODE_NXDOMAIN)
        check_no_name(&proofs, name);
    else
        check_no_data(&proofs, name);
}

static void check_referral(const struct subject *subject, const ldns_pkt *packet)
{
    ldns_rr_list *servers =
        ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_NS, LDNS_SECTION_AUTHORITY);
    const uint8_t *cut = ldns_rdf_data(ldns_rr_owner(ldns_rr_list_rr(servers, 0)));
    struct proofs proofs = proofs_of(packet, zone_origin(subject->chained));
    bool is_signed = count_of(packet, LDNS_RR_TYPE_DS, LDNS_SECTION_AUTHORITY) > 0;
    if (is_signed)
        assert_int_equal(proofs.count, 0);
    else if (subject->denial == ZONE_SIGN_NSEC3)
        check_no_data(&proofs, cut);
    ldns_rr_list_deep_free(servers);
}

/* The name that a wildcard stood in for is covered. */
static void check_expansion(const struct subject *subject, const ldns_pkt *packet,
                            const uint8_t *name)
{
    ldns_rr_list *signatures =
        ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_RRSIG, LDNS_SECTION_ANSWER);
    const ldns_rr *signature = ldns_rr_list_rr(signatures, 0);
    size_t labels = ldns_rdf2native_int8(ldns_rr_rrsig_labels(signature));
    struct proofs proofs = proofs_of(packet, zone_origin(subject->chained));
    if (labels < name_label_count(name) && !name_is_wildcard(name))
        assert_true(covered(&proofs, name_suffix(name, labels + 1)) >= 0);
    else
        assert_int_equal(proofs.count, 0);
    ldns_rr_list_deep_free(signatures);
}

/* DO adds records of DNSSEC and changes nothing else. */
static void check_same(const struct subject *subject, const ldns_pkt *packet, const uint8_t *name,
                       uint16_t type)
{
    ldns_pkt *plain = ask_ldns(subject->plain, name, type);
    assert_int_equal(ldns_pkt_get_rcode(packet), ldns_pkt_get_rcode(plain));
    assert_int_equal(ldns_pkt_ancount(packet) -
                         count_of(packet, LDNS_RR_TYPE_RRSIG, LDNS_SECTION_ANSWER),
                     ldns_pkt_ancount(plain));
    ldns_pkt_free(plain);
}

static void check_question(const struct subject *subject, const uint8_t *name, uint16_t type)
{
    ldns_pkt *packet = ask_ldns(subject->chained, name, type);
    check_same(subject, packet, name, type);
    check_signatures(packet, subject->keys);
    bool denies = count_of(packet, LDNS_RR_TYPE_SOA, LDNS_SECTION_AUTHORITY) > 0;
    if (denies && !has_alias(packet))
        check_denial(subject, packet, name, type);
    else if (!denies && ldns_pkt_ancount(packet) == 0 && ldns_pkt_nscount(packet) > 0)
        check_referral(subject, packet);
    else if (!denies && !has_alias(packet) && subject->denial == ZONE_SIGN_NSEC3 &&
             ldns_pkt_ancount(packet) > 0)
        check_expansion(subject, packet, name);
    ldns_pkt_free(packet);
}

/* Some delegations get a DS: opt-out leaves out the others. */
static struct zone *with_ds(struct zone *zone, struct random *random)
{
    static const uint8_t digest[36] = {0, 1, 15, 2};
    struct zone_edit *edit = zone_edit_begin(zone);
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        const struct zone_node *node = zone_find(zone, model_names[i]);
        struct rr rr = {.owner = model_names[i],
                        .type = RR_DS,
                        .class = CLASS_IN,
                        .ttl = 60,
                        .rdata = bytes_of(digest, sizeof digest)};
        if (node && node->is_cut && random_below(random, 2))
            zone_edit_add(edit, &rr);
    }
    zone_release(zone);
    return zone_edit_finish(edit);
}

static void check_zone(struct subject *subject)
{
    static const uint16_t types[] = {RR_A, RR_NS, RR_MX, RR_TXT, RR_DS, RR_AAAA};
    subject->chained = signed_with(subject->plain, subject->denial, subject->opt_out);
    subject->keys = zone_keys(subject->chained);
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        uint8_t child[NAME_SIZE_MAX];
        bool fits = name_prepend(bytes_of_text("ab"), model_names[i], child) > 0;
        for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
            check_question(subject, model_names[i], types[k]);
            if (fits)
                check_question(subject, child, types[k]);
        }
    }
    ldns_rr_list_deep_free(subject->keys);
    zone_release(subject->chained);
}

static void check_random_zones(enum zone_sign_denial denial, bool opt_out)
{
    static struct zone_model model;
    judged = refused = 0;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct random random = {.key = random_key(seed, "nsec3", "", "zone")};
        struct zone_edit *edit = zone_edit_begin_empty((const uint8_t *)"\7example");
        model_names_draw(&random);
        model.count = 0;
        model.serial = 1;
        for (size_t i = 0; i < 20 + 30 * seed; i++)
            model_change(&model, edit, &random);
        zone_edit_abandon(edit);
        struct subject subject = {.denial = denial, .opt_out = opt_out};
        subject.plain = with_ds(model_zone(&model, &random), &random);
        check_zone(&subject);
        zone_release(subject.plain);
    }
    assert_true(judged > 1000);
    print_message("%u denials, %u that ldns does not follow\n", judged, refused);
}

static void every_denial_by_nsec3_is_proven(void **state)
{
    (void)state;
    check_random_zones(ZONE_SIGN_NSEC3, false);
}

static void every_denial_with_opt_out_is_proven(void **state)
{
    (void)state;
    check_random_zones(ZONE_SIGN_NSEC3, true);
}

static void every_denial_by_nsec_is_signed(void **state)
{
    (void)state;
    check_random_zones(ZONE_SIGN_NSEC, false);
}

/* ---- by hand ------------------------------------------------------------------------------- */

static struct zone *little_zone(const char *more)
{
    char text[1000];
    snprintf(text, sizeof text,
             "$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\na A 192.0.2.1\nb.a A 192.0.2.2\n%s", more);
    return zone_from_text("e.", text);
}

static const uint8_t *owner_of(const struct zone *zone)
{
    const struct zone_node *node = zone_apex(zone);
    while (!zone_node_get(node, RR_NSEC3))
        node = zone_after(zone, node->name);
    return node->name;
}

static void owners_of_nsec3_are_no_names(void **state)
{
    (void)state;
    struct zone *plain = little_zone(""), *zone = signed_with(plain, ZONE_SIGN_NSEC3, false);
    uint8_t below[NAME_SIZE_MAX];
    name_prepend(bytes_of_text("x"), owner_of(zone), below);
    const uint8_t *const names[] = {owner_of(zone), below};
    for (size_t i = 0; i < 2; i++) {
        ldns_pkt *packet = ask_ldns(zone, names[i], RR_NSEC3);
        assert_int_equal(ldns_pkt_get_rcode(packet), LDNS_RCODE_NXDOMAIN);
        assert_int_equal(ldns_pkt_ancount(packet), 0);
        assert_int_equal(denial_by_nsec3(packet, names[i], RR_NSEC3), LDNS_STATUS_OK);
        ldns_pkt_free(packet);
    }
    zone_release(plain);
    zone_release(zone);
}

static void a_wildcard_stands_in_for_owners_of_nsec3(void **state)
{
    (void)state;
    struct zone *plain = little_zone("* TXT wild\n");
    struct zone *zone = signed_with(plain, ZONE_SIGN_NSEC3, false);
    ldns_pkt *packet = ask_ldns(zone, owner_of(zone), RR_TXT);
    assert_int_equal(count_of(packet, LDNS_RR_TYPE_TXT, LDNS_SECTION_ANSWER), 1);
    ldns_pkt_free(packet);
    zone_release(plain);
    zone_release(zone);
}

static void the_parameters_of_the_chain_can_be_asked_for(void **state)
{
    (void)state;
    struct zone *plain = little_zone(""), *zone = signed_with(plain, ZONE_SIGN_NSEC3, false);
    ldns_pkt *packet = ask_ldns(zone, name_of("e."), RR_NSEC3PARAM);
    assert_int_equal(count_of(packet, LDNS_RR_TYPE_NSEC3PARAM, LDNS_SECTION_ANSWER), 1);
    ldns_pkt_free(packet);
    zone_release(plain);
    zone_release(zone);
}

/* Zones whose NSEC3s are no chain are served, without proofs where none can be made. */
static void odd_chains_do_no_harm(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "@ NSEC3PARAM 1 1 0 -\n",     /* a flag */
        "@ NSEC3PARAM 1 0 65535 -\n", /* too much work */
        "@ NSEC3PARAM 2 0 0 -\n",     /* no such hash */
        "@ NSEC3PARAM 1 0 0 -\n",     /* no chain */
        "@ NSEC3PARAM 1 0 0 -\na TYPE50 \\# 10 010000000001aa000140\n",
        ("@ NSEC3PARAM 1 0 0 -\n"
         "00000000000000000000000000000000 TYPE50 \\# 10 010000000001aa000140\n"),
        "@ NSEC3PARAM 1 0 0 -\n0000000000000000000000000000000w TYPE50 \\# 7 010000000001aa\n",
        "@ NSEC3PARAM 1 0 0 -\nvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv TYPE50 \\# 9 0100000002aabb01aa\n",
        "@ NSEC3PARAM 1 0 0 -\nvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv TYPE50 \\# 6 010000000000\n",
        "@ NSEC3PARAM 1 0 0 -\nx.vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv TYPE50 \\# 6 010000000000\n",
    };
    static const char *const names[] = {
        "e.", "a.e.", "b.a.e.", "q.e.", "x.y.b.a.e.", "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv.e."};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct zone *zone = little_zone(odd[i]);
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            ldns_pkt_free(ask_ldns(zone, name_of(names[k]), RR_MX));
            ldns_pkt_free(ask_ldns(zone, name_of(names[k]), RR_DS));
        }
        zone_release(zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_of_nsec3_are_no_names),
        cmocka_unit_test(a_wildcard_stands_in_for_owners_of_nsec3),
        cmocka_unit_test(the_parameters_of_the_chain_can_be_asked_for),
        cmocka_unit_test(odd_chains_do_no_harm),
        cmocka_unit_test(every_denial_by_nsec3_is_proven),
        cmocka_unit_test(every_denial_with_opt_out_is_proven),
        cmocka_unit_test(every_denial_by_nsec_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
