/* The differences that the RFCs allow, each with the paragraph in docs/differences.md. */
#include "nodes/dns/answer.h"
#include "tests/interop/ask.h"

struct difference {
    const char *name;
    bool (*fits)(const struct ask_question *question, const struct ask_answer *ours,
                 const struct ask_answer *theirs);
    bool alone; /* the other server is: a third one answers like ours */
};

/* ---- what several classes look at ----------------------------------------------------------- */

static const struct ask_section *answer_of(const struct ask_answer *answer)
{
    return &answer->sections[SECTION_ANSWER];
}

static const struct ask_section *authority_of(const struct ask_answer *answer)
{
    return &answer->sections[SECTION_AUTHORITY];
}

static bool is_subset(const struct ask_section *part, const struct ask_section *whole)
{
    size_t found = 0;
    for (size_t i = 0; i < part->count; i++)
        for (size_t j = 0; j < whole->count; j++)
            found += ask_record_compare(&part->records[i], &whole->records[j]) == 0;
    return found == part->count;
}

static bool is_proof(const struct ask_record *record)
{
    uint16_t type = record->type;
    if (type == RR_RRSIG && record->rdata.size > 2)
        type = bytes_get_u16(record->rdata.data);
    return type == RR_NSEC || type == RR_NSEC3;
}

/* The sections are the same but for NSEC, NSEC3 and their signatures. */
static bool differs_in_proofs(const struct ask_section *a, const struct ask_section *b)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < a->count && is_proof(&a->records[i]))
            i++;
        while (j < b->count && is_proof(&b->records[j]))
            j++;
        if (i == a->count || j == b->count)
            return i == a->count && j == b->count;
        if (ask_record_compare(&a->records[i], &b->records[j]) != 0)
            return false;
    }
}

static bool same_answer(const struct ask_answer *ours, const struct ask_answer *theirs)
{
    return ours->rcode == theirs->rcode && ours->authoritative == theirs->authoritative &&
           ask_section_equal(answer_of(ours), answer_of(theirs));
}

static bool is_referral(const struct ask_answer *answer)
{
    return answer->rcode == RCODE_NOERROR && !answer->authoritative &&
           answer_of(answer)->count == 0 && ask_section_count(authority_of(answer), RR_NS) > 0;
}

/* ---- the classes ---------------------------------------------------------------------------- */

static bool fewer_signatures(const struct ask_question *question, const struct ask_answer *ours,
                             const struct ask_answer *theirs)
{
    return (question->type == RR_RRSIG || question->type == RR_ANY) &&
           theirs->rcode == ours->rcode && theirs->authoritative == ours->authoritative &&
           answer_of(theirs)->count > 0 && is_subset(answer_of(theirs), answer_of(ours)) &&
           ask_section_equal(authority_of(theirs), authority_of(ours));
}

static bool nsec_at_cut(const struct ask_question *question, const struct ask_answer *ours,
                        const struct ask_answer *theirs)
{
    return question->type == RR_NSEC && is_referral(ours) && theirs->rcode == RCODE_NOERROR &&
           theirs->authoritative && ask_section_count(answer_of(theirs), RR_NSEC) == 1 &&
           name_equal(answer_of(theirs)->records[0].owner, question->name);
}

/* An alias leads to an owner of another alias in the answer, and nowhere else. */
static bool is_loop(const struct ask_section *answer)
{
    size_t aliases = 0, inside = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->records[i].type != RR_CNAME)
            continue;
        aliases++;
        for (size_t j = 0; j < answer->count; j++)
            if (answer->records[j].type == RR_CNAME &&
                name_equal(answer->records[i].rdata.data, answer->records[j].owner)) {
                inside++;
                break;
            }
    }
    return aliases > 0 && aliases == inside;
}

static bool loop_fails(const struct ask_question *question, const struct ask_answer *ours,
                       const struct ask_answer *theirs)
{
    (void)question;
    return ours->rcode == RCODE_NOERROR && theirs->rcode == RCODE_SERVFAIL &&
           is_loop(answer_of(ours)) && is_subset(answer_of(theirs), answer_of(ours));
}

/* A DNAME whose target lies below itself never ends; everyone stops somewhere. */
static bool endless_chain(const struct ask_question *question, const struct ask_answer *ours,
                          const struct ask_answer *theirs)
{
    (void)question;
    return ours->rcode == RCODE_NOERROR && ours->authoritative &&
           ask_section_count(answer_of(ours), RR_CNAME) == ANSWER_CHAIN_MAX &&
           (theirs->rcode == RCODE_NOERROR || theirs->rcode == RCODE_SERVFAIL) &&
           ask_section_count(answer_of(theirs), RR_CNAME) > 0 &&
           is_subset(answer_of(theirs), answer_of(ours));
}

/* An alias of ANSWER leads to a name that shares fewer labels with NAME than any zone here has. */
static bool leaves_zone(const struct ask_section *answer, const uint8_t *name)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->records[i].type == RR_CNAME &&
            name_common_labels(answer->records[i].rdata.data, name) < 2)
            return true;
    return false;
}

static bool goes_on_outside(const struct ask_question *question, const struct ask_answer *ours,
                            const struct ask_answer *theirs)
{
    return ours->rcode == RCODE_NOERROR && ours->authoritative && theirs->authoritative &&
           leaves_zone(answer_of(ours), question->name) &&
           is_subset(answer_of(ours), answer_of(theirs)) &&
           is_subset(authority_of(ours), authority_of(theirs));
}

/* One of the two follows the alias, the other says that it has nothing of the type. */
static bool dnssec_at_alias(const struct ask_question *question, const struct ask_answer *ours,
                            const struct ask_answer *theirs)
{
    bool follows = ask_section_count(answer_of(ours), RR_CNAME) > 0;
    const struct ask_answer *alias = follows ? ours : theirs, *none = follows ? theirs : ours;
    return (question->type == RR_NSEC || question->type == RR_NSEC3 ||
            question->type == RR_RRSIG) &&
           ask_section_count(answer_of(alias), RR_CNAME) > 0 && none->rcode == RCODE_NOERROR &&
           answer_of(none)->count == 0 && ask_section_count(authority_of(none), RR_SOA) == 1;
}

/* The name's first label, or one above it, is a hash as NSEC3 records have. */
static bool is_below_hash(const uint8_t *name)
{
    for (const uint8_t *at = name; !name_is_root(at); at = name_parent(at))
        if (at[0] == 32 && at != name)
            return true;
    return false;
}

static bool encloser_is_hash(const struct ask_question *question, const struct ask_answer *ours,
                             const struct ask_answer *theirs)
{
    return is_below_hash(question->name) && ours->rcode == RCODE_NXDOMAIN &&
           same_answer(ours, theirs) && ask_section_count(authority_of(ours), RR_NSEC3) > 0 &&
           differs_in_proofs(authority_of(ours), authority_of(theirs));
}

static bool more_proof(const struct ask_question *question, const struct ask_answer *ours,
                       const struct ask_answer *theirs)
{
    return name_is_wildcard(question->name) && same_answer(ours, theirs) &&
           is_subset(authority_of(ours), authority_of(theirs)) &&
           differs_in_proofs(authority_of(ours), authority_of(theirs));
}

static bool proof_behind_dname(const struct ask_question *question, const struct ask_answer *ours,
                               const struct ask_answer *theirs)
{
    (void)question;
    return ask_section_count(answer_of(ours), RR_DNAME) > 0 && same_answer(ours, theirs) &&
           differs_in_proofs(authority_of(ours), authority_of(theirs));
}

static bool any_below_dname(const struct ask_question *question, const struct ask_answer *ours,
                            const struct ask_answer *theirs)
{
    return question->type == RR_ANY && ask_section_count(answer_of(ours), RR_DNAME) > 0 &&
           authority_of(ours)->count == 0 && ours->rcode == RCODE_NOERROR &&
           is_subset(answer_of(ours), answer_of(theirs));
}

/* Theirs says less because there is no room, without saying so. */
static bool left_out(const struct ask_question *question, const struct ask_answer *ours,
                     const struct ask_answer *theirs)
{
    (void)question;
    return ours->truncated && !theirs->truncated && same_answer(ours, theirs) &&
           authority_of(theirs)->count == 0 && ask_section_count(authority_of(ours), RR_SOA) == 1;
}

static bool proof_in_answer(const struct ask_question *question, const struct ask_answer *ours,
                            const struct ask_answer *theirs)
{
    return question->type == RR_NSEC && same_answer(ours, theirs) &&
           authority_of(theirs)->count == 0 &&
           ask_section_count(authority_of(ours), RR_NSEC) == 1 &&
           differs_in_proofs(authority_of(ours), authority_of(theirs));
}

static bool apex_without_parent(const struct ask_question *question, const struct ask_answer *ours,
                                const struct ask_answer *theirs)
{
    return question->type == RR_DS && ours->rcode == RCODE_NOERROR && ours->authoritative &&
           ask_section_count(authority_of(ours), RR_SOA) == 1 &&
           name_equal(authority_of(ours)->records[0].owner, question->name) && is_referral(theirs);
}

static bool is_refusal(const struct ask_answer *answer, unsigned rcode)
{
    return answer->rcode == rcode && !answer->authoritative && !answer->truncated &&
           answer_of(answer)->count == 0 && authority_of(answer)->count == 0;
}

static bool another_class(const struct ask_question *question, const struct ask_answer *ours,
                          const struct ask_answer *theirs)
{
    (void)theirs;
    return question->class != CLASS_IN && question->edns_version == 0 &&
           is_refusal(ours, RCODE_REFUSED);
}

/* Q and meta types are 128 to 255, besides OPT (RFC 6895 section 3.1). */
static bool no_data_type(const struct ask_question *question, const struct ask_answer *ours,
                         const struct ask_answer *theirs)
{
    (void)theirs;
    if (question->edns_version != 0)
        return false;
    if (question->type == RR_OPT)
        return is_refusal(ours, RCODE_FORMERR);
    return question->type >= 128 && question->type < RR_ANY && is_refusal(ours, RCODE_NOTIMP);
}

static bool type_zero(const struct ask_question *question, const struct ask_answer *ours,
                      const struct ask_answer *theirs)
{
    (void)ours;
    return question->type == 0 && is_refusal(theirs, RCODE_NOTIMP);
}

static bool tiny_size(const struct ask_question *question, const struct ask_answer *ours,
                      const struct ask_answer *theirs)
{
    (void)ours;
    bool edns = question->udp_size != ASK_EDNS_NONE || question->edns_zero;
    return edns && question->udp_size < 512 && is_refusal(theirs, RCODE_FORMERR);
}

/* What a datagram for QUESTION may have. */
static size_t most_octets(const struct ask_question *question)
{
    enum { CONFIGURED = 1232 };
    size_t most = question->udp_size < CONFIGURED ? question->udp_size : CONFIGURED;
    return most < 512 ? 512 : most;
}

/* One more record, or some names that could not be compressed, and it would not fit. */
static bool is_nearly_full(const struct ask_question *question, const struct ask_answer *answer)
{
    enum { SPARE_MAX = 64 };
    return !question->tcp && !answer->truncated && answer->size + SPARE_MAX > most_octets(question);
}

static bool glue_left_out(const struct ask_question *question, const struct ask_answer *ours,
                          const struct ask_answer *theirs)
{
    return is_referral(ours) && is_nearly_full(question, theirs) && same_answer(ours, theirs) &&
           ask_section_equal(authority_of(ours), authority_of(theirs)) &&
           is_subset(&theirs->sections[SECTION_ADDITIONAL], &ours->sections[SECTION_ADDITIONAL]);
}

static bool compressed_less(const struct ask_question *question, const struct ask_answer *ours,
                            const struct ask_answer *theirs)
{
    return ours->truncated != theirs->truncated &&
           is_nearly_full(question, ours->truncated ? theirs : ours) &&
           ask_answer_says_the_same(ours, theirs);
}

static const struct difference classes[] = {
    {"another class", another_class, false},
    {"a type that is no data", no_data_type, false},
    {"type 0", type_zero, false},
    {"a size below 512", tiny_size, false},
    {"fewer signatures", fewer_signatures, true},
    {"NSEC at a delegation", nsec_at_cut, true},
    {"a loop is an error", loop_fails, true},
    {"where an endless chain stops", endless_chain, false},
    {"an alias into another zone", goes_on_outside, true},
    {"NSEC, NSEC3, RRSIG of an alias", dnssec_at_alias, true},
    {"a hash as closest encloser", encloser_is_hash, true},
    {"more proof than needed", more_proof, true},
    {"a proof behind a DNAME", proof_behind_dname, true},
    {"a proof only in the answer", proof_in_answer, true},
    {"ANY below a DNAME", any_below_dname, true},
    {"left out, not truncated", left_out, true},
    {"DS of an apex without its parent", apex_without_parent, false},
    {"glue left out, not truncated", glue_left_out, false},
    {"compressed less", compressed_less, false},
    {NULL, NULL, false},
};

const char *ask_class_name(int number)
{
    return classes[number].name;
}

bool ask_answer_says_the_same(const struct ask_answer *ours, const struct ask_answer *theirs)
{
    for (int i = 0; i < SECTION_COUNT; i++)
        if (!ask_section_equal(&ours->sections[i], &theirs->sections[i]))
            return false;
    return ours->received == theirs->received && ours->rcode == theirs->rcode &&
           ours->authoritative == theirs->authoritative;
}

int ask_classify(const struct ask_question *question, const struct ask_answer *ours,
                 const struct ask_answer *theirs, bool in_company)
{
    if (ask_answer_says_the_same(ours, theirs) && ours->truncated == theirs->truncated)
        return ASK_SAME;
    for (int i = 0; classes[i].name && ours->received && theirs->received; i++)
        if ((in_company || !classes[i].alone) && classes[i].fits(question, ours, theirs))
            return i;
    return ASK_UNKNOWN;
}
