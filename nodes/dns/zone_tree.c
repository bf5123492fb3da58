/*
 * Looking things up in the tree of a zone version. See zone_tree.h.
 *
 * Since levels with a single child are left out, a descent may end at a leaf that
 * differs from the key sought in a position that no branch looked at. But no other
 * name agrees with the key any longer than that leaf does; all follows from that.
 */
#include "nodes/dns/zone_tree.h"
#include "nodes/dns/zone_node.h"
#include <assert.h>
#include <stdlib.h>

struct zone_tree_ref zone_tree_retain(struct zone_tree_ref ref)
{
    if (zone_tree_is_leaf(ref))
        zone_node_retain(zone_tree_node(ref));
    else if (ref.bits)
        zone_tree_branch(ref)->references++;
    return ref;
}

/* Recurses as deep as there are branches above a leaf: at most ZONE_KEY_SIZE_MAX. */
void zone_tree_release(struct zone_tree_ref ref)
{
    if (zone_tree_is_leaf(ref)) {
        zone_node_release(zone_tree_node(ref));
    } else if (ref.bits && --zone_tree_branch(ref)->references == 0) {
        struct zone_tree_branch *branch = zone_tree_branch(ref);
        unsigned count = zone_tree_twig_count(branch);
        for (unsigned i = 0; i < count; i++)
            zone_tree_release(branch->twigs[i]);
        free(branch);
    }
}

const struct zone_node *zone_tree_nearest(const struct zone_tree *tree, const struct zone_key *key)
{
    struct zone_tree_ref ref = tree->root;
    while (!zone_tree_is_leaf(ref)) {
        const struct zone_tree_branch *branch = zone_tree_branch(ref);
        unsigned value = zone_key_at(key, branch->position);
        ref = branch->twigs[zone_tree_has(branch, value) ? zone_tree_index(branch, value) : 0];
    }
    return zone_tree_node(ref);
}

const struct zone_node *zone_tree_find(const struct zone_tree *tree, const uint8_t *name)
{
    struct zone_key key;
    if (!tree->root.bits || !zone_key_make(&key, name, tree->origin_labels))
        return NULL;
    const struct zone_node *node = zone_tree_nearest(tree, &key);
    return name_equal(node->name, name) ? node : NULL;
}

static bool is_cut_for(const struct zone_node *node, const uint8_t *name)
{
    return (node->is_cut || node->has_dname) && name_is_under(name, node->name);
}

/* An ancestor's key ends where that of NAME goes on, so the node of an ancestor is either the twig
 * of value 0 at a branch on the way, or the leaf at its end. */
void zone_tree_search(const struct zone_tree *tree, const uint8_t *name, struct zone_search *out)
{
    struct zone_key key;
    bool inside = zone_key_make(&key, name, tree->origin_labels);
    assert(inside && tree->root.bits);
    *out = (struct zone_search){0};
    struct zone_tree_ref ref = tree->root;
    while (!zone_tree_is_leaf(ref)) {
        const struct zone_tree_branch *branch = zone_tree_branch(ref);
        unsigned value = zone_key_at(&key, branch->position);
        if (tree->cut_count > 0 && value != 0 && (branch->bitmap & 1) &&
            zone_tree_is_leaf(branch->twigs[0]) && !out->cut &&
            is_cut_for(zone_tree_node(branch->twigs[0]), name))
            out->cut = zone_tree_node(branch->twigs[0]);
        ref = branch->twigs[zone_tree_has(branch, value) ? zone_tree_index(branch, value) : 0];
    }
    const struct zone_node *node = zone_tree_node(ref);
    if (!out->cut && is_cut_for(node, name))
        out->cut = node;
    if (name_equal(node->name, name)) {
        out->node = node;
        out->encloser_labels = name_label_count(name);
    } else {
        out->encloser_labels = name_common_labels(node->name, name);
    }
}

static const struct zone_node *last_node(struct zone_tree_ref ref)
{
    while (!zone_tree_is_leaf(ref)) {
        const struct zone_tree_branch *branch = zone_tree_branch(ref);
        ref = branch->twigs[zone_tree_twig_count(branch) - 1];
    }
    return zone_tree_node(ref);
}

/* A key and where it leaves the tree. */
struct locus {
    struct zone_key key;
    unsigned differs_at; /* or ZONE_KEY_SAME */
    bool is_after;       /* the key is above what it differs from */
};

static void locate(const struct zone_tree *tree, const uint8_t *name, struct locus *locus)
{
    bool inside = zone_key_make(&locus->key, name, tree->origin_labels);
    assert(inside);
    struct zone_key leaf_key;
    zone_key_make(&leaf_key, zone_tree_nearest(tree, &locus->key)->name, tree->origin_labels);
    unsigned at = zone_key_difference(&locus->key, &leaf_key);
    locus->differs_at = at;
    locus->is_after =
        at != ZONE_KEY_SAME && zone_key_at(&locus->key, at) > zone_key_at(&leaf_key, at);
}

const struct zone_node *zone_tree_before(const struct zone_tree *tree, const uint8_t *name,
                                         bool inclusive)
{
    struct locus locus;
    locate(tree, name, &locus);
    struct zone_tree_ref ref = tree->root, lower = {0};
    while (!zone_tree_is_leaf(ref) && zone_tree_branch(ref)->position <= locus.differs_at) {
        const struct zone_tree_branch *branch = zone_tree_branch(ref);
        unsigned value = zone_key_at(&locus.key, branch->position);
        unsigned index = zone_tree_index(branch, value);
        if (index > 0)
            lower = branch->twigs[index - 1];
        if (!zone_tree_has(branch, value))
            return lower.bits ? last_node(lower) : NULL;
        ref = branch->twigs[index];
    }
    if (locus.differs_at == ZONE_KEY_SAME ? inclusive : locus.is_after)
        return last_node(ref);
    return lower.bits ? last_node(lower) : NULL;
}

struct gathering {
    const struct zone_node **out;
    size_t count, max;
};

static void gather_all(struct zone_tree_ref ref, struct gathering *gathering)
{
    if (zone_tree_is_leaf(ref)) {
        if (gathering->count < gathering->max)
            gathering->out[gathering->count++] = zone_tree_node(ref);
        return;
    }
    const struct zone_tree_branch *branch = zone_tree_branch(ref);
    unsigned count = zone_tree_twig_count(branch);
    for (unsigned i = 0; i < count && gathering->count < gathering->max; i++)
        gather_all(branch->twigs[i], gathering);
}

static void gather_after(struct zone_tree_ref ref, const struct locus *locus,
                         struct gathering *gathering)
{
    if (zone_tree_is_leaf(ref) || zone_tree_branch(ref)->position > locus->differs_at) {
        if (locus->differs_at != ZONE_KEY_SAME && !locus->is_after)
            gather_all(ref, gathering);
        return;
    }
    const struct zone_tree_branch *branch = zone_tree_branch(ref);
    unsigned value = zone_key_at(&locus->key, branch->position);
    unsigned index = zone_tree_index(branch, value), count = zone_tree_twig_count(branch);
    if (zone_tree_has(branch, value))
        gather_after(branch->twigs[index++], locus, gathering);
    for (; index < count && gathering->count < gathering->max; index++)
        gather_all(branch->twigs[index], gathering);
}

size_t zone_tree_after(const struct zone_tree *tree, const uint8_t *name,
                       const struct zone_node **out, size_t max)
{
    struct locus locus;
    locate(tree, name, &locus);
    struct gathering gathering = {.out = out, .max = max};
    gather_after(tree->root, &locus, &gathering);
    return gathering.count;
}
