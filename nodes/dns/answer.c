/*
 * Answering a question from one zone: the algorithm of RFC 1034 section 4.3.2 as
 * amended by RFC 4592 (wildcards) and RFC 6672 (DNAME); negative answers RFC 2308;
 * DNSSEC RFC 4035 section 3.1.
 *
 *   look up name -- delegation above it --> referral
 *    ^    |-------- DNAME above it -------> DNAME, CNAME made from it --+
 *    |    |-------- has a node, or a wildcard for it --+                |
 *    |    |-------- empty non-terminal --> no data     |-> RRset        |
 *    |    `-------- nothing ---> no such name          |-> no data      |
 *    |                                                 `-> CNAME -------|
 *    `------------------- its target lies in the zone ------------------'
 *
 * Not here: which zone to take, transfers, EDNS.
 */
#include "nodes/dns/answer_state.h"
#include "nodes/dns/nsec3.h"
#include <assert.h>

/* ---- writing RRsets ----------------------------------------------------------------------- */

bool answer_put_set(struct answer_state *a, enum message_section section, const uint8_t *owner,
                    const struct rrset *set, uint32_t ttl)
{
    struct message_mark mark = message_mark(a->w);
    struct rr rr = {.owner = owner, .type = set->type, .class = CLASS_IN, .ttl = ttl};
    for (size_t at = 0; rrset_next(set, &at, &rr.rdata);) {
        if (!message_write_rr(a->w, section, &rr)) {
            message_rewind(a->w, &mark);
            return false;
        }
    }
    return true;
}

static bool put_needed(struct answer_state *a, enum message_section section, const uint8_t *owner,
                       const struct rrset *set, uint32_t ttl)
{
    if (answer_put_set(a, section, owner, set, ttl))
        return true;
    a->result.truncated = true;
    return false;
}

static bool put_with_signatures(struct answer_state *a, enum message_section section,
                                const uint8_t *owner, const struct zone_node *node,
                                const struct rrset *set, uint32_t ttl)
{
    if (!put_needed(a, section, owner, set, ttl))
        return false;
    const struct rrset *signatures =
        a->question->dnssec_ok ? zone_node_signatures(node, set->type) : NULL;
    return !signatures || put_needed(a, section, owner, signatures, ttl);
}

bool answer_put_signed(struct answer_state *a, enum message_section section, const uint8_t *owner,
                       const struct zone_node *node, const struct rrset *set)
{
    return put_with_signatures(a, section, owner, node, set, set->ttl);
}

/* RFC 2308 section 3: the SOA's TTL tells how long the denial may be kept. */
static void put_soa(struct answer_state *a)
{
    const struct zone_node *apex = zone_apex(a->zone);
    const struct rrset *set = zone_node_get(apex, RR_SOA);
    uint32_t minimum = bytes_get_u32(set->data + set->size - 4);
    put_with_signatures(a, SECTION_AUTHORITY, apex->name, apex, set,
                        set->ttl < minimum ? set->ttl : minimum);
}

/* ---- ends --------------------------------------------------------------------------------- */

static void refer(struct answer_state *a, const struct zone_node *cut)
{
    const struct rrset *servers = zone_node_get(cut, RR_NS);
    /* AA speaks of the first owner in the answer, which a chain of aliases has written. */
    a->result.authoritative = a->steps > 0;
    a->cut = cut;
    a->targets = servers;
    if (!put_needed(a, SECTION_AUTHORITY, cut->name, servers, servers->ttl) ||
        !a->question->dnssec_ok)
        return;
    const struct rrset *signers = zone_node_get(cut, RR_DS);
    if (signers && zone_node_signatures(cut, RR_DS))
        answer_put_signed(a, SECTION_AUTHORITY, cut->name, cut, signers);
    else
        answer_deny_type(a, cut->name);
}

/* The name exists, be it as an empty non-terminal: itself, or as the wildcard OWNER. */
static void say_no_data(struct answer_state *a, const uint8_t *owner)
{
    put_soa(a);
    a->denied = a->name;
    answer_deny_type(a, owner);
}

static void say_no_name(struct answer_state *a, size_t encloser_labels)
{
    a->result.rcode = RCODE_NXDOMAIN;
    put_soa(a);
    answer_deny_name(a, a->name, encloser_labels);
}

/* ---- aliases ------------------------------------------------------------------------------ */

static bool was_followed(const struct answer_state *a, const struct zone_node *node)
{
    for (unsigned i = 0; i < a->steps; i++)
        if (a->followed[i] == node)
            return true;
    return false;
}

static bool was_asked(const struct answer_state *a, const uint8_t *name)
{
    for (unsigned i = 0; i < a->steps; i++)
        if (name_equal(a->asked[i], name))
            return true;
    return false;
}

/* Goes on to TARGET, which NODE led to; false if the answer ends here. */
static bool follow(struct answer_state *a, const struct zone_node *node, const uint8_t *target)
{
    if (a->steps == ANSWER_CHAIN_MAX)
        return false;
    a->followed[a->steps] = node;
    a->asked[a->steps++] = a->name;
    a->name = target;
    return name_is_under(target, zone_origin(a->zone));
}

/* A name that comes again is a loop; a wildcard's CNAME may serve several names. */
static bool follow_cname(struct answer_state *a, const struct zone_node *node,
                         const struct rrset *cname)
{
    if (was_asked(a, a->name))
        return false;
    return answer_put_signed(a, SECTION_ANSWER, a->name, node, cname) &&
           follow(a, node, cname->data + 2);
}

/* NAME with TARGET in place of OWNER (RFC 6672 section 2.2), into OUT; false if it gets too long.
 */
static bool substitute(const uint8_t *name, const uint8_t *owner, const uint8_t *target,
                       uint8_t out[NAME_SIZE_MAX])
{
    size_t prefix = name_size(name) - name_size(owner);
    size_t size = name_size(target);
    if (prefix + size > NAME_SIZE_MAX)
        return false;
    memcpy(out, name, prefix);
    memcpy(out + prefix, target, size);
    return true;
}

static bool follow_dname(struct answer_state *a, const struct zone_node *node)
{
    const struct rrset *dname = zone_node_get(node, RR_DNAME);
    if (a->steps == ANSWER_CHAIN_MAX)
        return false;
    if (!was_followed(a, node) && !answer_put_signed(a, SECTION_ANSWER, node->name, node, dname))
        return false;
    uint8_t *target = a->synthesized[a->steps];
    if (!substitute(a->name, node->name, dname->data + 2, target)) {
        a->result.rcode = RCODE_YXDOMAIN;
        return false;
    }
    struct rr cname = {.owner = a->name,
                       .type = RR_CNAME,
                       .class = CLASS_IN,
                       .ttl = dname->ttl,
                       .rdata = {target, name_size(target)}};
    if (!message_write_rr(a->w, SECTION_ANSWER, &cname)) {
        a->result.truncated = true;
        return false;
    }
    return follow(a, node, target) && a->question->qtype != RR_CNAME &&
           a->question->qtype != RR_ANY;
}

/* ---- the name exists ---------------------------------------------------------------------- */

static bool has_targets(uint16_t type)
{
    return type == RR_NS || type == RR_MX || type == RR_SRV;
}

/* Every RRset of type TYPE, or all (RFC 8482 leaves the choice); false if there is none. */
static bool put_all(struct answer_state *a, const struct zone_node *node, uint16_t type)
{
    bool found = false;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        if (type != RR_ANY && set->type != type)
            continue;
        found = true;
        if (!put_needed(a, SECTION_ANSWER, a->name, set, set->ttl))
            break;
    }
    return found;
}

/* Answers from NODE in the name of a->name. True: go on with another name. */
static bool answer_from(struct answer_state *a, const struct zone_node *node)
{
    uint16_t qtype = a->question->qtype;
    if (qtype == RR_ANY || qtype == RR_RRSIG) {
        if (!put_all(a, node, qtype))
            say_no_data(a, node->name);
        return false;
    }
    const struct rrset *set = zone_node_get(node, qtype);
    if (set) {
        answer_put_signed(a, SECTION_ANSWER, a->name, node, set);
        a->targets = has_targets(qtype) ? set : NULL;
        return false;
    }
    /* NSEC stands beside an alias (RFC 4035 section 2.5), so it is asked of the alias itself. */
    const struct rrset *cname = zone_node_get(node, RR_CNAME);
    if (cname && qtype != RR_NSEC)
        return follow_cname(a, node, cname);
    say_no_data(a, node->name);
    return false;
}

/* ---- the name does not exist -------------------------------------------------------------- */

static bool answer_from_wildcard(struct answer_state *a, size_t encloser_labels)
{
    uint8_t wildcard[NAME_SIZE_MAX];
    struct zone_search search;
    const uint8_t *encloser = name_suffix(a->name, encloser_labels);
    name_prepend(bytes_of_text("*"), encloser, wildcard); /* no longer than the name itself */
    zone_search(a->zone, wildcard, &search);
    if (search.encloser_labels == encloser_labels) {
        say_no_name(a, encloser_labels);
        return false;
    }
    a->expansions[a->expansion_count++] = (struct answer_expansion){a->name, encloser_labels};
    if (search.node)
        return answer_from(a, search.node);
    say_no_data(a, wildcard);
    return false;
}

/* An NSEC3's owner is not a name of the zone (RFC 5155 section 7.2.8), nor is what lies below it.
 */
static void hide_nsec3(const struct zone *zone, const uint8_t *name, struct zone_search *search)
{
    size_t labels = name_label_count(zone_origin(zone)) + 1;
    if (search->encloser_labels != labels || !zone_node_get(zone_apex(zone), RR_NSEC3PARAM))
        return;
    const struct zone_node *node = zone_find(zone, name_suffix(name, labels));
    if (!node || !nsec3_only(zone, node))
        return;
    search->node = NULL;
    search->encloser_labels--;
}

/* Looks a->name up. True: an alias led on to another name. */
static bool look_up(struct answer_state *a)
{
    struct zone_search search;
    zone_search(a->zone, a->name, &search);
    hide_nsec3(a->zone, a->name, &search);
    const struct zone_node *cut = search.cut;
    if (cut && cut->is_cut && !(cut == search.node && a->question->qtype == RR_DS)) {
        refer(a, cut);
        return false;
    }
    if (cut && !cut->is_cut && cut != search.node)
        return follow_dname(a, cut);
    if (search.node)
        return answer_from(a, search.node);
    if (search.encloser_labels == name_label_count(a->name)) {
        say_no_data(a, a->name);
        return false;
    }
    return answer_from_wildcard(a, search.encloser_labels);
}

struct answer_result answer_write(struct message_writer *w, const struct zone *zone,
                                  const struct answer_question *question)
{
    struct answer_state a;
    a.w = w;
    a.zone = zone;
    a.question = question;
    a.result = (struct answer_result){.rcode = RCODE_NOERROR, .authoritative = true};
    a.name = question->qname;
    a.steps = a.expansion_count = a.proof_count = 0;
    a.targets = NULL;
    a.cut = NULL;
    a.denied = NULL;
    while (look_up(&a))
        assert(a.steps <= ANSWER_CHAIN_MAX);
    for (unsigned i = 0; i < a.expansion_count; i++)
        answer_prove_expansion(&a, &a.expansions[i], a.expansions[i].name == a.denied);
    if (a.targets && !a.result.truncated)
        answer_put_additional(&a);
    return a.result;
}
