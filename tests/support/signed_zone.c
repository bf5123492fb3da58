/* Zones signed for tests, and what ldns makes of answers from them. */
#include "tests/support/signed_zone.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

enum { INCEPTION_S = 1767225600, FORTNIGHT_S = 14 * 86400 };

const struct signing_key *test_key(void)
{
    static struct signing_key *key;
    static const uint8_t seed[SIGNING_SEED_SIZE] = "a seed for the keys of all tests";
    if (!key)
        key = signing_key_of_seed(seed);
    return key;
}

struct zone *signed_with(const struct zone *zone, enum zone_sign_denial denial, bool opt_out)
{
    struct zone_signing signing = {
        .key = test_key(),
        .denial = denial,
        .opt_out = opt_out,
        .nsec3 = {.iterations = 1, .salt_size = 2, .salt = {0xab, 0xcd}},
        .inception_s = INCEPTION_S,
        .expiry_s = INCEPTION_S + FORTNIGHT_S,
    };
    return zone_sign(zone, &signing);
}

ldns_pkt *ask_ldns(const struct zone *zone, const uint8_t *qname, uint16_t qtype)
{
    static uint8_t wire[MESSAGE_SIZE_MAX];
    static struct message_writer w;
    struct answer_question question = {.qname = qname, .qtype = qtype, .dnssec_ok = true};
    message_begin(&w, wire, sizeof wire, 1, OPCODE_QUERY, FLAG_QR);
    message_write_question(&w, qname, qtype, CLASS_IN);
    struct answer_result result = answer_write(&w, zone, &question);
    assert_false(result.truncated);
    ldns_pkt *packet = NULL;
    assert_int_equal(ldns_wire2pkt(&packet, wire, message_end(&w, 0, result.rcode)),
                     LDNS_STATUS_OK);
    return packet;
}

ldns_rr *as_ldns(const struct rr *rr)
{
    uint8_t *wire = malloc(NAME_SIZE_MAX + 10 + rr->rdata.size);
    size_t size = name_copy(rr->owner, wire), at = 0;
    bytes_put_u16(wire + size, rr->type);
    bytes_put_u16(wire + size + 2, rr->class);
    bytes_put_u32(wire + size + 4, rr->ttl);
    bytes_put_u16(wire + size + 8, (uint16_t)rr->rdata.size);
    if (rr->rdata.size > 0)
        memcpy(wire + size + 10, rr->rdata.data, rr->rdata.size);
    ldns_rr *record = NULL;
    assert_int_equal(
        ldns_wire2rr(&record, wire, size + 10 + rr->rdata.size, &at, LDNS_SECTION_ANSWER),
        LDNS_STATUS_OK);
    free(wire);
    return record;
}

ldns_rr_list *zone_keys(const struct zone *zone)
{
    const struct rrset *set = zone_node_get(zone_apex(zone), RR_DNSKEY);
    struct rr rr = {
        .owner = zone_origin(zone), .type = RR_DNSKEY, .class = CLASS_IN, .ttl = set->ttl};
    ldns_rr_list *keys = ldns_rr_list_new();
    for (size_t at = 0; rrset_next(set, &at, &rr.rdata);)
        ldns_rr_list_push_rr(keys, as_ldns(&rr));
    return keys;
}

/* ---- signatures --------------------------------------------------------------------------- */

/* Those of LIST with the owner and type of LIKE: the RRset, or (SIGNATURES) its RRSIGs. */
static ldns_rr_list *gather(const ldns_rr_list *list, const ldns_rr *like, bool signatures)
{
    ldns_rr_list *found = ldns_rr_list_new();
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        ldns_rr *rr = ldns_rr_list_rr(list, i);
        bool is_signature = ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG;
        ldns_rr_type type =
            is_signature ? ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) : ldns_rr_get_type(rr);
        if (is_signature == signatures && type == ldns_rr_get_type(like) &&
            ldns_dname_compare(ldns_rr_owner(rr), ldns_rr_owner(like)) == 0)
            ldns_rr_list_push_rr(found, rr);
    }
    return found;
}

static void check_set(const ldns_rr_list *section, const ldns_rr *rr, const ldns_rr_list *keys,
                      bool may_be_unsigned)
{
    ldns_rr_list *set = gather(section, rr, false), *signatures = gather(section, rr, true);
    ldns_rr_list *good = ldns_rr_list_new();
    if (ldns_rr_list_rr_count(signatures) > 0 || !may_be_unsigned) {
        ldns_status status = ldns_verify_notime(set, signatures, keys, good);
        if (status != LDNS_STATUS_OK) {
            ldns_rr_list_print(stderr, section);
            fail_msg("%s", ldns_get_errorstr_by_id(status));
        }
    }
    ldns_rr_list_free(set);
    ldns_rr_list_free(signatures);
    ldns_rr_list_free(good);
}

static void check_section(const ldns_rr_list *section, const ldns_rr_list *keys, bool is_authority)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(section, i);
        ldns_rr_type type = ldns_rr_get_type(rr);
        if (type != LDNS_RR_TYPE_RRSIG)
            check_set(section, rr, keys,
                      type == (is_authority ? LDNS_RR_TYPE_NS : LDNS_RR_TYPE_CNAME));
    }
}

void check_signatures(const ldns_pkt *packet, const ldns_rr_list *keys)
{
    check_section(ldns_pkt_answer(packet), keys, false);
    check_section(ldns_pkt_authority(packet), keys, true);
}

/* ---- denials ------------------------------------------------------------------------------ */

static ldns_rr *question_of(const uint8_t *name, uint16_t type)
{
    ldns_rdf *owner = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name_size(name), name);
    ldns_rr *rr = ldns_rr_new();
    ldns_rr_set_owner(rr, owner);
    ldns_rr_set_type(rr, type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_question(rr, true);
    return rr;
}

static ldns_status denial(const ldns_pkt *packet, const uint8_t *name, uint16_t type,
                          ldns_rr_type by)
{
    ldns_rr *question = question_of(name, type);
    ldns_rr_list *proofs = ldns_pkt_rr_list_by_type(packet, by, LDNS_SECTION_AUTHORITY);
    ldns_rr_list *signatures =
        ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_RRSIG, LDNS_SECTION_AUTHORITY);
    bool no_data = ldns_pkt_get_rcode(packet) == LDNS_RCODE_NOERROR;
    __lsan_disable(); /* ldns 1.8.3 leaks names it makes in ldns_dnssec_verify_denial_nsec3 */
    ldns_status status =
        !proofs || !signatures ? LDNS_STATUS_DNSSEC_NSEC_RR_NOT_COVERED
        : by == LDNS_RR_TYPE_NSEC
            ? ldns_dnssec_verify_denial(question, proofs, signatures)
            : ldns_dnssec_verify_denial_nsec3(question, proofs, signatures,
                                              ldns_pkt_get_rcode(packet), type, no_data);
    __lsan_enable();
    ldns_rr_list_deep_free(proofs);
    ldns_rr_list_deep_free(signatures);
    ldns_rr_free(question);
    return status;
}

ldns_status denial_by_nsec3(const ldns_pkt *packet, const uint8_t *name, uint16_t type)
{
    return denial(packet, name, type, LDNS_RR_TYPE_NSEC3);
}

ldns_status denial_by_nsec(const ldns_pkt *packet, const uint8_t *name, uint16_t type)
{
    return denial(packet, name, type, LDNS_RR_TYPE_NSEC);
}
