/*
 * Comparing two versions of a zone: both trees are walked side by side, and what
 * they share is passed over. See zone_tree.h.
 */
#include "nodes/dns/zone_tree.h"

struct comparison {
    size_t origin_labels;
    zone_compare_visit *visit;
    void *context;
};

enum side { SIDE_A, SIDE_B };

static bool visit_one(const struct comparison *c, enum side side, const struct zone_node *node)
{
    return side == SIDE_A ? c->visit(c->context, node, NULL) : c->visit(c->context, NULL, node);
}

/* Visits all that lies below REF, which only one side has. */
static bool visit_all(const struct comparison *c, enum side side, struct zone_tree_ref ref)
{
    if (!ref.bits)
        return true;
    if (zone_tree_is_leaf(ref))
        return visit_one(c, side, zone_tree_node(ref));
    const struct zone_tree_branch *branch = zone_tree_branch(ref);
    unsigned count = zone_tree_twig_count(branch);
    for (unsigned i = 0; i < count; i++)
        if (!visit_all(c, side, branch->twigs[i]))
            return false;
    return true;
}

static struct zone_tree_ref first_leaf(struct zone_tree_ref ref)
{
    while (!zone_tree_is_leaf(ref))
        ref = zone_tree_branch(ref)->twigs[0];
    return ref;
}

static unsigned position_of(struct zone_tree_ref ref)
{
    return zone_tree_is_leaf(ref) ? ZONE_KEY_SAME : zone_tree_branch(ref)->position;
}

/* How two subtrees lie to each other. */
struct relation {
    unsigned position_a, position_b; /* ZONE_KEY_SAME for a leaf */
    bool apart, a_first;             /* they have no common ancestor but above both */
    unsigned value_a, value_b;       /* of A's keys at B's position and the other way round */
};

/* Not inlined: its keys would make each step of the recursion take a kilobyte of stack. */
static __attribute__((noinline)) struct relation
relate(const struct comparison *c, struct zone_tree_ref a, struct zone_tree_ref b)
{
    struct zone_key key_a, key_b;
    zone_key_make(&key_a, zone_tree_node(first_leaf(a))->name, c->origin_labels);
    zone_key_make(&key_b, zone_tree_node(first_leaf(b))->name, c->origin_labels);
    unsigned differs_at = zone_key_difference(&key_a, &key_b);
    struct relation relation = {.position_a = position_of(a), .position_b = position_of(b)};
    relation.apart = differs_at < relation.position_a && differs_at < relation.position_b;
    relation.a_first = zone_key_at(&key_a, differs_at) < zone_key_at(&key_b, differs_at);
    relation.value_a = zone_key_at(&key_a, relation.position_b);
    relation.value_b = zone_key_at(&key_b, relation.position_a);
    return relation;
}

static struct zone_tree_ref twig_at(const struct zone_tree_branch *branch, unsigned value)
{
    if (!zone_tree_has(branch, value))
        return (struct zone_tree_ref){0};
    return branch->twigs[zone_tree_index(branch, value)];
}

static bool compare(const struct comparison *c, struct zone_tree_ref a, struct zone_tree_ref b);

/* Both are branches at the same position with keys that agree up to there. */
static bool compare_twigs(const struct comparison *c, const struct zone_tree_branch *a,
                          const struct zone_tree_branch *b)
{
    uint64_t either = a->bitmap | b->bitmap;
    for (unsigned value = 0; value < ZONE_KEY_VALUES; value++)
        if ((either >> value & 1) && !compare(c, twig_at(a, value), twig_at(b, value)))
            return false;
    return true;
}

/* All of OTHER, whose keys have VALUE at BRANCH's position, compares with that one twig of BRANCH,
 * which is of SIDE. */
static bool compare_below(const struct comparison *c, enum side side,
                          const struct zone_tree_branch *branch, struct zone_tree_ref other,
                          unsigned value)
{
    uint64_t either = branch->bitmap | UINT64_C(1) << value;
    for (unsigned v = 0; v < ZONE_KEY_VALUES; v++) {
        if (!(either >> v & 1))
            continue;
        struct zone_tree_ref one = twig_at(branch, v);
        struct zone_tree_ref two = v == value ? other : (struct zone_tree_ref){0};
        if (!(side == SIDE_A ? compare(c, one, two) : compare(c, two, one)))
            return false;
    }
    return true;
}

/* Recurses as deep as both trees together: at most twice ZONE_KEY_SIZE_MAX. */
static bool compare(const struct comparison *c, struct zone_tree_ref a, struct zone_tree_ref b)
{
    if (a.bits == b.bits)
        return true;
    if (!a.bits || !b.bits)
        return visit_all(c, SIDE_A, a) && visit_all(c, SIDE_B, b);
    struct relation relation = relate(c, a, b);
    if (relation.apart && relation.a_first)
        return visit_all(c, SIDE_A, a) && visit_all(c, SIDE_B, b);
    if (relation.apart)
        return visit_all(c, SIDE_B, b) && visit_all(c, SIDE_A, a);
    if (relation.position_a < relation.position_b)
        return compare_below(c, SIDE_A, zone_tree_branch(a), b, relation.value_b);
    if (relation.position_b < relation.position_a)
        return compare_below(c, SIDE_B, zone_tree_branch(b), a, relation.value_a);
    if (zone_tree_is_leaf(a))
        return c->visit(c->context, zone_tree_node(a), zone_tree_node(b));
    return compare_twigs(c, zone_tree_branch(a), zone_tree_branch(b));
}

bool zone_tree_compare(const struct zone_tree *a, const struct zone_tree *b,
                       zone_compare_visit *visit, void *context)
{
    struct comparison c = {.origin_labels = a->origin_labels, .visit = visit, .context = context};
    return compare(&c, a->root, b->root);
}
