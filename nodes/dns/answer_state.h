/* What the files that implement answer.h share while one answer is written. */
#ifndef NODES_DNS_ANSWER_STATE_H
#define NODES_DNS_ANSWER_STATE_H

#include "nodes/dns/answer.h"

/* A name that a wildcard stood in for. */
struct answer_expansion {
    const uint8_t *name;
    size_t encloser_labels;
};

struct answer_state {
    struct message_writer *w;
    const struct zone *zone;
    const struct answer_question *question;
    struct answer_result result;
    const uint8_t *name; /* the one being looked up: that of the question, then targets */
    unsigned steps;      /* aliases followed */
    const struct zone_node *followed[ANSWER_CHAIN_MAX];
    const uint8_t *asked[ANSWER_CHAIN_MAX]; /* the names that they stood in for */
    /* NSECs and NSEC3s written: three for an end, two for the last expansion, one for others. */
    unsigned proof_count;
    const struct rrset *proofs[ANSWER_CHAIN_MAX + 5];
    const uint8_t *denied; /* the name whose type the answer denies, or NULL */
    /* To be done when the answer section is complete: */
    unsigned expansion_count;
    struct answer_expansion expansions[ANSWER_CHAIN_MAX + 1];
    const struct rrset *targets; /* RRset whose targets' addresses go into additional, or NULL */
    const struct zone_node *cut; /* the delegation that TARGETS belongs to, or NULL */
    uint8_t synthesized[ANSWER_CHAIN_MAX][NAME_SIZE_MAX]; /* by DNAME; one for each step */
};

/* Writes all records of SET with OWNER and TTL, or none. */
bool answer_put_set(struct answer_state *a, enum message_section section, const uint8_t *owner,
                    const struct rrset *set, uint32_t ttl);

/* Writes SET of NODE as OWNER's, and if they are asked for its signatures. False, and the answer
 * is marked truncated, if they do not fit. */
bool answer_put_signed(struct answer_state *a, enum message_section section, const uint8_t *owner,
                       const struct zone_node *node, const struct rrset *set);

/* ---- answer_denial.c: proofs, written only if they are asked for and the zone has a chain ---- */

/* NAME exists, be it as an empty non-terminal, but lacks the type asked for; or it is a delegation
 * that is not signed. */
void answer_deny_type(struct answer_state *a, const uint8_t *name);

/* NAME does not exist, nor a wildcard at its closest encloser. */
void answer_deny_name(struct answer_state *a, const uint8_t *name, size_t encloser_labels);

/* A wildcard stood in for a name, which does not exist; DENIED: but lacked the type. */
void answer_prove_expansion(struct answer_state *a, const struct answer_expansion *expansion,
                            bool denied);

/* ---- answer_additional.c ---------------------------------------------------------------- */

/* Addresses of a->targets (RFC 1034 section 4.3.2, RFC 2782; glue: RFC 9471). */
void answer_put_additional(struct answer_state *a);

#endif
