/*
 * Proofs that something does not exist: NSEC, RFC 4035 section 3.1.3. See
 * answer_state.h. Not here yet: NSEC3 (RFC 5155).
 */
#include "nodes/dns/answer_state.h"

static bool is_wanted(const struct answer_state *a)
{
    return a->question->dnssec_ok && !a->result.truncated &&
           zone_node_get(zone_apex(a->zone), RR_NSEC);
}

/* The node whose NSEC covers NAME or stands at it: the last one at or before NAME that is not
 * hidden below a cut, since those have none. */
static const struct zone_node *find_covering(const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node = zone_at_or_before(zone, name);
    while (node && !zone_node_get(node, RR_NSEC)) {
        struct zone_search search;
        zone_search(zone, node->name, &search);
        node = search.cut && search.cut != node ? search.cut : zone_before(zone, node->name);
    }
    return node;
}

/* One NSEC may prove several things; it is written once. */
static void put_nsec(struct answer_state *a, const struct zone_node *node)
{
    const struct rrset *set = node ? zone_node_get(node, RR_NSEC) : NULL;
    for (unsigned i = 0; i < a->proof_count; i++)
        if (a->proofs[i] == set)
            return;
    if (!set)
        return;
    a->proofs[a->proof_count++] = set;
    answer_put_signed(a, SECTION_AUTHORITY, node->name, node, set);
}

void answer_deny_type(struct answer_state *a, const struct zone_node *node)
{
    if (is_wanted(a))
        put_nsec(a, node);
}

void answer_deny_node(struct answer_state *a, const uint8_t *name)
{
    if (is_wanted(a))
        put_nsec(a, find_covering(a->zone, name));
}

void answer_deny_name(struct answer_state *a, const uint8_t *name, size_t encloser_labels)
{
    if (!is_wanted(a))
        return;
    uint8_t wildcard[NAME_SIZE_MAX];
    put_nsec(a, find_covering(a->zone, name));
    name_prepend(bytes_of_text("*"), name_suffix(name, encloser_labels), wildcard);
    put_nsec(a, find_covering(a->zone, wildcard));
}
