/*
 * Addresses of the names that an answer or a referral mentions. Glue without
 * which a referral is of no use is needed (RFC 9471); all else is a courtesy that
 * is left out where it does not fit.
 */
#include "nodes/dns/answer_state.h"

/* Where the target stands in RDATA: behind the preference (MX), behind three numbers (SRV). */
static size_t target_offset(uint16_t type)
{
    return type == RR_MX ? 2 : type == RR_SRV ? 6 : 0;
}

static bool is_first_of_its_name(const struct rrset *set, const uint8_t *target)
{
    struct bytes rdata;
    size_t offset = target_offset(set->type);
    for (size_t at = 0; rrset_next(set, &at, &rdata) && rdata.data + offset != target;)
        if (name_equal(rdata.data + offset, target))
            return false;
    return true;
}

static void put_courtesy(struct answer_state *a, const struct zone_node *node,
                         const struct rrset *set)
{
    if (!answer_put_set(a, SECTION_ADDITIONAL, node->name, set, set->ttl))
        return;
    const struct rrset *signatures =
        a->question->dnssec_ok ? zone_node_signatures(node, set->type) : NULL;
    if (signatures)
        answer_put_set(a, SECTION_ADDITIONAL, node->name, signatures, signatures->ttl);
}

static void put_addresses(struct answer_state *a, const uint8_t *target, bool needed)
{
    static const uint16_t types[] = {RR_A, RR_AAAA};
    const struct zone_node *node = zone_find(a->zone, target);
    for (size_t i = 0; node && i < 2; i++) {
        const struct rrset *set = zone_node_get(node, types[i]);
        if (set && !needed)
            put_courtesy(a, node, set);
        else if (set && !answer_put_set(a, SECTION_ADDITIONAL, node->name, set, set->ttl))
            a->result.truncated = true;
    }
}

static void put_pass(struct answer_state *a, bool needed)
{
    const struct rrset *set = a->targets;
    struct bytes rdata;
    for (size_t at = 0; rrset_next(set, &at, &rdata) && !a->result.truncated;) {
        const uint8_t *target = rdata.data + target_offset(set->type);
        bool is_needed = a->cut && name_is_under(target, a->cut->name);
        if (is_needed == needed && (set->type == RR_NS || is_first_of_its_name(set, target)))
            put_addresses(a, target, needed);
    }
}

void answer_put_additional(struct answer_state *a)
{
    if (a->cut)
        put_pass(a, true);
    if (!a->result.truncated)
        put_pass(a, false);
}
