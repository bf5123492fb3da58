/*
 * The tree of a zone version: owner names to nodes, in canonical order.
 *
 * A radix tree over zone keys with single-child levels left out (a "qp-trie"):
 * its shape depends on the names alone. It is persistent: whoever changes a
 * version copies the path to the change and shares all else. What only one
 * version holds is changed in place, so that loading a zone copies nothing.
 */
#ifndef NODES_DNS_ZONE_TREE_H
#define NODES_DNS_ZONE_TREE_H

#include "nodes/dns/zone.h"
#include "nodes/dns/zone_key.h"

/* A branch or a struct zone_node (lowest bit set), or nothing (0). */
struct zone_tree_ref {
    uintptr_t bits;
};

/* The keys below agree up to POSITION. BITMAP has a bit for each value there, and TWIGS as many
 * references, at least two, in order of value. */
struct zone_tree_branch {
    uint32_t references;
    uint16_t position;
    uint64_t bitmap;
    struct zone_tree_ref twigs[];
};

struct zone_tree {
    struct zone_tree_ref root;
    size_t origin_labels;
    size_t cut_count; /* nodes that are delegations or have a DNAME */
};

static inline struct zone_tree_ref zone_tree_leaf(struct zone_node *node)
{
    return (struct zone_tree_ref){(uintptr_t)node | 1};
}

static inline bool zone_tree_is_leaf(struct zone_tree_ref ref)
{
    return ref.bits & 1;
}

static inline struct zone_node *zone_tree_node(struct zone_tree_ref ref)
{
    return (struct zone_node *)(ref.bits & ~(uintptr_t)1);
}

static inline struct zone_tree_branch *zone_tree_branch(struct zone_tree_ref ref)
{
    return (struct zone_tree_branch *)ref.bits;
}

/* How many bits are set. Without the processor's instruction the compiler would call a function. */
static inline unsigned zone_tree_bits(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

static inline unsigned zone_tree_twig_count(const struct zone_tree_branch *branch)
{
    return zone_tree_bits(branch->bitmap);
}

/* How many twigs stand before that of VALUE. */
static inline unsigned zone_tree_index(const struct zone_tree_branch *branch, unsigned value)
{
    return zone_tree_bits(branch->bitmap & ((UINT64_C(1) << value) - 1));
}

static inline bool zone_tree_has(const struct zone_tree_branch *branch, unsigned value)
{
    return branch->bitmap >> value & 1;
}

struct zone_tree_ref zone_tree_retain(struct zone_tree_ref ref);
void zone_tree_release(struct zone_tree_ref ref);

/* The node whose key agrees longest with KEY. The tree holds at least one. */
const struct zone_node *zone_tree_nearest(const struct zone_tree *tree, const struct zone_key *key);

/* As the functions of zone.h. NAME of zone_tree_find may be any name, that of the others lies in
 * the zone; the tree holds at least one node. */
const struct zone_node *zone_tree_find(const struct zone_tree *tree, const uint8_t *name);
void zone_tree_search(const struct zone_tree *tree, const uint8_t *name, struct zone_search *out);

/* The last node before NAME or, if INCLUSIVE, at it; or NULL. */
const struct zone_node *zone_tree_before(const struct zone_tree *tree, const uint8_t *name,
                                         bool inclusive);

/* Puts up to MAX nodes that follow NAME into OUT, in order; returns how many. */
size_t zone_tree_after(const struct zone_tree *tree, const uint8_t *name,
                       const struct zone_node **out, size_t max);

/* As zone_compare; either tree may be empty. */
bool zone_tree_compare(const struct zone_tree *a, const struct zone_tree *b,
                       zone_compare_visit *visit, void *context);

/* ---- changing ------------------------------------------------------------------------- */

/* The place where NAME's node stands, the path to it held by this tree alone; NULL if there is
 * none. The caller may put another node of the same name there, and owns its reference. Valid until
 * the next insertion, removal or sharing. */
struct zone_tree_ref *zone_tree_slot(struct zone_tree *tree, const uint8_t *name);

/* Inserts NODE, whose name is absent, taking over its reference; returns its place. */
struct zone_tree_ref *zone_tree_insert(struct zone_tree *tree, struct zone_node *node);

/* Removes the node of NAME, which is present. */
void zone_tree_remove(struct zone_tree *tree, const uint8_t *name);

#endif
