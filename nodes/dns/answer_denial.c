/*
 * Proofs that something does not exist: NSEC (RFC 4035 section 3.1.3) or NSEC3
 * (RFC 5155 section 7.2), whichever chain the zone has. See answer_state.h.
 *
 * Below delegations that an opt-out chain leaves out, the closest encloser may have
 * no NSEC3; then the closest one that has it takes its place (RFC 5155 section 7.2.4).
 */
#include "nodes/dns/answer_state.h"
#include "nodes/dns/nsec3.h"

enum denial { DENIAL_NONE, DENIAL_NSEC, DENIAL_NSEC3 };

/* Which proofs are to be written. */
static enum denial denial_of(const struct answer_state *a)
{
    if (!a->question->dnssec_ok || a->result.truncated)
        return DENIAL_NONE;
    if (zone_node_get(zone_apex(a->zone), RR_NSEC))
        return DENIAL_NSEC;
    return nsec3_index_of(a->zone) ? DENIAL_NSEC3 : DENIAL_NONE;
}

/* One record may prove several things; it is written once. */
static void put_proof(struct answer_state *a, const struct zone_node *node, uint16_t type)
{
    const struct rrset *set = node ? zone_node_get(node, type) : NULL;
    for (unsigned i = 0; i < a->proof_count; i++)
        if (a->proofs[i] == set)
            return;
    if (!set || a->result.truncated)
        return;
    a->proofs[a->proof_count++] = set;
    answer_put_signed(a, SECTION_AUTHORITY, node->name, node, set);
}

/* ---- NSEC --------------------------------------------------------------------------------- */

/* The node whose NSEC covers NAME or stands at it: the last one at or before NAME that is not
 * hidden below a cut, since those have none. */
static const struct zone_node *find_nsec(const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node = zone_at_or_before(zone, name);
    while (node && !zone_node_get(node, RR_NSEC)) {
        struct zone_search search;
        zone_search(zone, node->name, &search);
        node = search.cut && search.cut != node ? search.cut : zone_before(zone, node->name);
    }
    return node;
}

static void put_nsec(struct answer_state *a, const uint8_t *name)
{
    put_proof(a, find_nsec(a->zone, name), RR_NSEC);
}

/* ---- NSEC3 -------------------------------------------------------------------------------- */

static void put_match(struct answer_state *a, const uint8_t *name)
{
    put_proof(a, nsec3_match(nsec3_index_of(a->zone), name), RR_NSEC3);
}

static void put_cover(struct answer_state *a, const uint8_t *name)
{
    put_proof(a, nsec3_cover(nsec3_index_of(a->zone), name), RR_NSEC3);
}

/* The closest encloser proof (RFC 5155 section 7.2.1) for NAME, of which LABELS labels exist.
 * Returns how many labels the encloser has that it proves. */
static size_t put_encloser(struct answer_state *a, const uint8_t *name, size_t labels)
{
    size_t least = name_label_count(zone_origin(a->zone));
    const struct zone_node *node = NULL;
    while (!(node = nsec3_match(nsec3_index_of(a->zone), name_suffix(name, labels))) &&
           labels > least)
        labels--;
    put_proof(a, node, RR_NSEC3);
    put_cover(a, name_suffix(name, labels + 1));
    return labels;
}

/* NAME, which exists, lacks a type. Opt-out may have left it out of the chain. */
static void put_match_or_encloser(struct answer_state *a, const uint8_t *name)
{
    size_t labels = name_label_count(name);
    if (nsec3_match(nsec3_index_of(a->zone), name) ||
        labels <= name_label_count(zone_origin(a->zone)))
        put_match(a, name);
    else
        put_encloser(a, name, labels - 1);
}

/* ---- what there is to prove --------------------------------------------------------------- */

void answer_deny_type(struct answer_state *a, const uint8_t *name)
{
    switch (denial_of(a)) {
    case DENIAL_NONE:
        break;
    case DENIAL_NSEC:
        put_nsec(a, name);
        break;
    case DENIAL_NSEC3:
        put_match_or_encloser(a, name);
        break;
    }
}

void answer_deny_name(struct answer_state *a, const uint8_t *name, size_t encloser_labels)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    enum denial denial = denial_of(a);
    if (denial == DENIAL_NSEC3)
        encloser_labels = put_encloser(a, name, encloser_labels);
    name_prepend(bytes_of_text("*"), name_suffix(name, encloser_labels), wildcard);
    switch (denial) {
    case DENIAL_NONE:
        break;
    case DENIAL_NSEC:
        put_nsec(a, name);
        put_nsec(a, wildcard);
        break;
    case DENIAL_NSEC3:
        put_cover(a, wildcard);
        break;
    }
}

void answer_prove_expansion(struct answer_state *a, const struct answer_expansion *expansion,
                            bool denied)
{
    switch (denial_of(a)) {
    case DENIAL_NONE:
        break;
    case DENIAL_NSEC:
        put_nsec(a, expansion->name);
        break;
    case DENIAL_NSEC3:
        if (denied) /* RFC 5155 section 7.2.5 */
            put_encloser(a, expansion->name, expansion->encloser_labels);
        else
            put_cover(a, name_suffix(expansion->name, expansion->encloser_labels + 1));
        break;
    }
}
