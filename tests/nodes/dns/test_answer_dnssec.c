/*
 * Answers with DNSSEC records: in random zones every answer is what a slow and
 * simple reading of the RFCs says, and every denial is proven (RFC 4035 section 5.4).
 */
#include "nodes/dns/answer.h"
#include "tests/support/zone_chain.h"
#include "tests/support/zone_model.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { RECORDS_MAX = 200 };

/* An answer taken apart; owners and RDATA are copies. */
struct record {
    enum message_section section;
    uint16_t type, covers;
    uint8_t owner[NAME_SIZE_MAX];
    uint8_t rdata[512];
    size_t rdata_size;
};

struct reply {
    struct answer_result result;
    size_t count;
    struct record records[RECORDS_MAX];
};

static struct reply reply;

static void keep_record(const struct rr *rr, enum message_section section)
{
    assert_true(reply.count < RECORDS_MAX && rr->rdata.size <= 512);
    struct record *record = &reply.records[reply.count++];
    *record = (struct record){.section = section, .type = rr->type, .rdata_size = rr->rdata.size};
    name_copy(rr->owner, record->owner);
    memcpy(record->rdata, rr->rdata.data, rr->rdata.size);
    record->covers = rr->type == RR_RRSIG ? bytes_get_u16(record->rdata) : 0;
}

static void ask(const struct zone *zone, const uint8_t *qname, uint16_t qtype, bool dnssec_ok)
{
    static uint8_t wire[MESSAGE_SIZE_MAX];
    static struct message_writer w;
    static struct message_cursor cursor;
    struct message message;
    struct answer_question question = {.qname = qname, .qtype = qtype, .dnssec_ok = dnssec_ok};
    struct rr rr;
    message_begin(&w, wire, sizeof wire, 1, OPCODE_QUERY, FLAG_QR);
    message_write_question(&w, qname, qtype, CLASS_IN);
    reply.result = answer_write(&w, zone, &question);
    reply.count = 0;
    size_t size = message_end(&w, 0, reply.result.rcode);
    assert_int_equal(message_parse(&message, bytes_of(wire, size)), MESSAGE_OK);
    message_cursor_start(&cursor, &message);
    while (message_next(&cursor, &rr))
        keep_record(&rr, cursor.section);
}

static const struct record *find(enum message_section section, const uint8_t *owner, uint16_t type,
                                 uint16_t covers)
{
    for (size_t i = 0; i < reply.count; i++) {
        const struct record *record = &reply.records[i];
        if (record->section == section && record->type == type && record->covers == covers &&
            (!owner || name_equal(record->owner, owner)))
            return record;
    }
    return NULL;
}

/* ---- proofs ------------------------------------------------------------------------------- */

static bool has_bit(const struct record *nsec, uint16_t type)
{
    const uint8_t *bitmap = nsec->rdata + name_size(nsec->rdata) + 2;
    return type / 8 < 8 && (bitmap[type / 8] & 0x80 >> type % 8);
}

/* The NSEC between whose owner and next name NAME lies; not one of a cut above NAME. */
static const struct record *covering(const struct zone *zone, const uint8_t *name)
{
    for (size_t i = 0; i < reply.count; i++) {
        const struct record *nsec = &reply.records[i];
        if (nsec->section != SECTION_AUTHORITY || nsec->type != RR_NSEC)
            continue;
        bool is_last = name_equal(nsec->rdata, zone_origin(zone));
        bool is_cut =
            name_is_under(name, nsec->owner) && has_bit(nsec, RR_NS) && !has_bit(nsec, RR_SOA);
        if (!is_cut && name_compare(nsec->owner, name) < 0 &&
            (is_last || name_compare(name, nsec->rdata) < 0))
            return nsec;
    }
    return NULL;
}

/* What the covering NSEC tells of NAME's closest encloser. */
static void prove_encloser(const struct record *nsec, const uint8_t *name,
                           uint8_t wildcard[NAME_SIZE_MAX])
{
    size_t with_owner = name_common_labels(name, nsec->owner);
    size_t with_next = name_common_labels(name, nsec->rdata);
    size_t labels = with_owner > with_next ? with_owner : with_next;
    name_prepend(bytes_of_text("*"), name_suffix(name, labels), wildcard);
}

static void check_no_name(const struct zone *zone, const uint8_t *name)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    const struct record *nsec = covering(zone, name);
    assert_non_null(nsec);
    assert_false(name_is_under(nsec->rdata, name)); /* that would be an empty non-terminal */
    prove_encloser(nsec, name, wildcard);
    assert_non_null(covering(zone, wildcard));
}

static void check_no_data(const struct zone *zone, const uint8_t *name, uint16_t type)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    const struct record *nsec = find(SECTION_AUTHORITY, name, RR_NSEC, 0);
    if (nsec) {
        assert_false(has_bit(nsec, type) || has_bit(nsec, RR_CNAME));
        return;
    }
    nsec = covering(zone, name);
    assert_non_null(nsec);
    if (name_is_under(nsec->rdata, name))
        return; /* an empty non-terminal */
    prove_encloser(nsec, name, wildcard);
    nsec = find(SECTION_AUTHORITY, wildcard, RR_NSEC, 0);
    if (nsec)
        assert_false(has_bit(nsec, type) || has_bit(nsec, RR_CNAME));
    else
        assert_true(name_is_under(covering(zone, wildcard)->rdata, wildcard));
}

/* Whatever is authoritative is signed; nothing is there twice. */
static void check_signatures(void)
{
    for (size_t i = 0; i < reply.count; i++) {
        const struct record *one = &reply.records[i];
        bool is_signed = find(one->section, one->owner, RR_RRSIG, one->type) != NULL;
        bool is_referral = one->section == SECTION_AUTHORITY && one->type == RR_NS;
        if (one->type != RR_RRSIG && one->type != RR_CNAME && one->section != SECTION_ADDITIONAL)
            assert_int_equal(is_signed, !is_referral);
        for (size_t k = 0; k < i; k++) {
            const struct record *two = &reply.records[k];
            assert_false(one->type == two->type && one->rdata_size == two->rdata_size &&
                         memcmp(one->rdata, two->rdata, one->rdata_size) == 0 &&
                         name_equal(one->owner, two->owner));
        }
    }
}

/* ---- the slow and simple reading ---------------------------------------------------------- */

enum verdict { REFERRAL, REDIRECTED, ANSWERED, EXPANDED, NO_DATA, NO_NAME };

static bool model_has(const struct zone_model *model, const uint8_t *name, uint16_t type)
{
    for (size_t i = 0; i < model->count; i++)
        if (name_equal(model_names[model->records[i].name], name) &&
            (type == RR_ANY || model->records[i].type == type))
            return true;
    return name_equal(name, model_names[0]) && (type == RR_SOA || type == RR_ANY);
}

static bool model_exists(const struct zone_model *model, const uint8_t *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (name_is_under(model_names[model->records[i].name], name))
            return true;
    return name_equal(name, model_names[0]);
}

static enum verdict of_name(const struct zone_model *model, const uint8_t *name, uint16_t type,
                            enum verdict found)
{
    return model_has(model, name, type) ? found : NO_DATA;
}

static enum verdict judge(const struct zone_model *model, const uint8_t *name, uint16_t type)
{
    size_t count = name_label_count(name);
    uint8_t wildcard[NAME_SIZE_MAX];
    size_t encloser = 1;
    for (size_t labels = 1; labels <= count; labels++) {
        const uint8_t *ancestor = name_suffix(name, labels);
        if (labels > 1 && model_has(model, ancestor, RR_NS) && !(labels == count && type == RR_DS))
            return REFERRAL;
        if (labels < count && model_has(model, ancestor, RR_DNAME))
            return REDIRECTED;
        if (model_exists(model, ancestor))
            encloser = labels;
    }
    if (encloser == count)
        return of_name(model, name, type, ANSWERED);
    name_prepend(bytes_of_text("*"), name_suffix(name, encloser), wildcard);
    if (!model_exists(model, wildcard))
        return NO_NAME;
    return of_name(model, wildcard, type, EXPANDED);
}

static void check_proof(const struct zone_model *model, const struct zone *zone,
                        const uint8_t *name, uint16_t type)
{
    check_signatures();
    switch (judge(model, name, type)) {
    case REFERRAL:
        assert_non_null(find(SECTION_AUTHORITY, NULL, RR_NS, 0));
        const struct record *ns = find(SECTION_AUTHORITY, NULL, RR_NS, 0);
        assert_false(has_bit(find(SECTION_AUTHORITY, ns->owner, RR_NSEC, 0), RR_DS));
        break;
    case REDIRECTED:
        assert_non_null(find(SECTION_ANSWER, NULL, RR_DNAME, 0));
        break;
    case ANSWERED:
        assert_non_null(find(SECTION_ANSWER, name, type, 0));
        assert_null(find(SECTION_AUTHORITY, NULL, RR_NSEC, 0));
        break;
    case EXPANDED:
        assert_non_null(find(SECTION_ANSWER, name, type, 0));
        assert_non_null(covering(zone, name));
        break;
    case NO_DATA:
        check_no_data(zone, name, type);
        break;
    case NO_NAME:
        check_no_name(zone, name);
        break;
    }
}

static void check_plain(const struct zone_model *model, const uint8_t *name, uint16_t type)
{
    enum verdict verdict = judge(model, name, type);
    bool denies = verdict == NO_DATA || verdict == NO_NAME;
    assert_false(reply.result.truncated);
    assert_int_equal(reply.result.rcode, verdict == NO_NAME ? RCODE_NXDOMAIN : RCODE_NOERROR);
    assert_int_equal(reply.result.authoritative, verdict != REFERRAL);
    assert_int_equal(find(SECTION_AUTHORITY, NULL, RR_SOA, 0) != NULL, denies);
    assert_int_equal(find(SECTION_ANSWER, NULL, RR_DNAME, 0) != NULL,
                     verdict == REDIRECTED || (verdict == ANSWERED && type == RR_DNAME) ||
                         (verdict == EXPANDED && type == RR_DNAME));
    if (verdict == ANSWERED || verdict == EXPANDED)
        assert_non_null(find(SECTION_ANSWER, name, type, 0));
}

static void check_question(const struct zone_model *model, const struct zone *plain,
                           const struct zone *chained, const uint8_t *name)
{
    static const uint16_t types[] = {RR_A, RR_NS, RR_MX, RR_TXT, RR_DNAME, RR_DS, RR_AAAA};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        ask(plain, name, types[i], false);
        check_plain(model, name, types[i]);
        ask(plain, name, types[i], true); /* a zone without a chain proves nothing */
        check_plain(model, name, types[i]);
        ask(chained, name, types[i], false);
        check_plain(model, name, types[i]);
        assert_null(find(SECTION_AUTHORITY, NULL, RR_NSEC, 0));
        ask(chained, name, types[i], true);
        check_plain(model, name, types[i]);
        check_proof(model, chained, name, types[i]);
    }
}

static void random_zones_answer_and_prove_as_the_rfcs_say(void **state)
{
    (void)state;
    static struct zone_model model;
    for (uint64_t seed = 0; seed < 25; seed++) {
        struct random random = {.key = random_key(seed, "answer", "", "zone")};
        struct zone_edit *edit = zone_edit_begin_empty((const uint8_t *)"\7example");
        model_names_draw(&random);
        model.count = 0;
        model.serial = 1;
        for (size_t i = 0; i < 20 + 10 * seed; i++)
            model_change(&model, edit, &random);
        zone_edit_abandon(edit);
        struct zone *plain = model_zone(&model, &random), *chained = zone_with_chain(plain);
        for (size_t i = 0; i < MODEL_NAMES; i++) {
            uint8_t child[NAME_SIZE_MAX];
            check_question(&model, plain, chained, model_names[i]);
            if (name_prepend(bytes_of_text("ab"), model_names[i], child) > 0)
                check_question(&model, plain, chained, child);
        }
        zone_release(plain);
        zone_release(chained);
    }
}

/* ---- by hand ------------------------------------------------------------------------------ */

static struct zone *signed_zone(void)
{
    struct zone *plain = zone_from_text("e.", "$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\n"
                                              "a A 192.0.2.1\n*.w A 192.0.2.2\n"
                                              "c CNAME x.w\nsafe NS ns.safe\nsafe DS 1 8 2 aa\n"
                                              "ns.safe A 192.0.2.3\nz CNAME nothing\n");
    struct zone *chained = zone_with_chain(plain);
    zone_release(plain);
    return chained;
}

static void a_secure_referral_has_ds_and_no_nsec(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    ask(zone, name_of("www.safe.e."), RR_A, true);
    assert_non_null(find(SECTION_AUTHORITY, name_of("safe.e."), RR_DS, 0));
    assert_non_null(find(SECTION_AUTHORITY, name_of("safe.e."), RR_RRSIG, RR_DS));
    assert_null(find(SECTION_AUTHORITY, NULL, RR_NSEC, 0));
    assert_null(find(SECTION_AUTHORITY, NULL, RR_RRSIG, RR_NS));
    zone_release(zone);
}

static void an_alias_to_a_wildcard_is_proven_behind_the_answer(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    ask(zone, name_of("c.e."), RR_A, true);
    assert_non_null(find(SECTION_ANSWER, name_of("c.e."), RR_CNAME, 0));
    assert_non_null(find(SECTION_ANSWER, name_of("x.w.e."), RR_RRSIG, RR_A));
    assert_non_null(covering(zone, name_of("x.w.e.")));
    zone_release(zone);
}

/* The record in the answer, under another name, is no proof that nothing stands closer. */
static void a_wildcards_own_nsec_is_proven_too(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    ask(zone, name_of("x.w.e."), RR_NSEC, true);
    assert_non_null(find(SECTION_ANSWER, name_of("x.w.e."), RR_NSEC, 0));
    assert_non_null(find(SECTION_AUTHORITY, name_of("*.w.e."), RR_NSEC, 0));
    assert_non_null(find(SECTION_AUTHORITY, name_of("*.w.e."), RR_RRSIG, RR_NSEC));
    zone_release(zone);
}

static void an_alias_to_nothing_is_proven(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    ask(zone, name_of("z.e."), RR_A, true);
    assert_int_equal(reply.result.rcode, RCODE_NXDOMAIN);
    check_no_name(zone, name_of("nothing.e."));
    zone_release(zone);
}

static void signatures_in_a_denial_have_the_ttl_of_their_soa(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    static uint8_t wire[512];
    static struct message_writer w;
    static struct message_cursor cursor;
    struct message message;
    struct answer_question question = {.qname = name_of("q.e."), .qtype = RR_A, .dnssec_ok = true};
    struct rr rr;
    message_begin(&w, wire, sizeof wire, 1, OPCODE_QUERY, FLAG_QR);
    message_write_question(&w, question.qname, RR_A, CLASS_IN);
    answer_write(&w, zone, &question);
    assert_int_equal(message_parse(&message, bytes_of(wire, message_end(&w, 0, 3))), MESSAGE_OK);
    message_cursor_start(&cursor, &message);
    for (size_t i = 0; i < 2; i++) {
        assert_true(message_next(&cursor, &rr));
        assert_int_equal(rr.type, i == 0 ? RR_SOA : RR_RRSIG);
        assert_int_equal(rr.ttl, 5);
    }
    zone_release(zone);
}

static void signatures_that_do_not_fit_truncate(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    static uint8_t wire[512];
    static struct message_writer w;
    struct answer_question question = {.qname = name_of("a.e."), .qtype = RR_A, .dnssec_ok = true};
    for (size_t room = 12; room < 120; room++) {
        message_begin(&w, wire, room, 1, OPCODE_QUERY, FLAG_QR);
        if (!message_write_question(&w, question.qname, RR_A, CLASS_IN))
            continue;
        struct answer_result result = answer_write(&w, zone, &question);
        size_t answer_size = 12 + 9 + 16, signature_size = 12 + 18 + 3 + 9;
        assert_int_equal(result.truncated, room < answer_size + signature_size);
    }
    zone_release(zone);
}

static void any_and_rrsig_give_all_there_is(void **state)
{
    (void)state;
    struct zone *zone = signed_zone();
    ask(zone, name_of("a.e."), RR_ANY, true);
    assert_int_equal(reply.count, 4); /* A, its RRSIG, NSEC, its RRSIG */
    ask(zone, name_of("a.e."), RR_RRSIG, false);
    assert_int_equal(reply.count, 2);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_zones_answer_and_prove_as_the_rfcs_say),
        cmocka_unit_test(a_secure_referral_has_ds_and_no_nsec),
        cmocka_unit_test(an_alias_to_a_wildcard_is_proven_behind_the_answer),
        cmocka_unit_test(a_wildcards_own_nsec_is_proven_too),
        cmocka_unit_test(an_alias_to_nothing_is_proven),
        cmocka_unit_test(signatures_in_a_denial_have_the_ttl_of_their_soa),
        cmocka_unit_test(signatures_that_do_not_fit_truncate),
        cmocka_unit_test(any_and_rrsig_give_all_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
