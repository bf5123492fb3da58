/*
 * Changing the tree of a zone version: paths that other versions share are copied
 * first. See zone_tree.h.
 */
#include "nodes/dns/zone_tree.h"
#include "nodes/dns/zone_node.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <stdlib.h>

static struct zone_tree_branch *create(unsigned twig_count)
{
    return memory_alloc(sizeof(struct zone_tree_branch) +
                        twig_count * sizeof(struct zone_tree_ref));
}

/* The branch at SLOT, replaced by a copy if it has other holders. */
static struct zone_tree_branch *own(struct zone_tree_ref *slot)
{
    struct zone_tree_branch *branch = zone_tree_branch(*slot);
    if (branch->references == 1)
        return branch;
    unsigned count = zone_tree_twig_count(branch);
    struct zone_tree_branch *copy = create(count);
    copy->references = 1;
    copy->position = branch->position;
    copy->bitmap = branch->bitmap;
    for (unsigned i = 0; i < count; i++)
        copy->twigs[i] = zone_tree_retain(branch->twigs[i]);
    branch->references--;
    *slot = (struct zone_tree_ref){(uintptr_t)copy};
    return copy;
}

/* Goes down to the leaf of KEY, which is present. *PARENT is the slot of the last branch above. */
static struct zone_tree_ref *own_path(struct zone_tree *tree, const struct zone_key *key,
                                      struct zone_tree_ref **parent)
{
    struct zone_tree_ref *slot = &tree->root;
    *parent = NULL;
    while (!zone_tree_is_leaf(*slot)) {
        struct zone_tree_branch *branch = own(slot);
        *parent = slot;
        slot = &branch->twigs[zone_tree_index(branch, zone_key_at(key, branch->position))];
    }
    return slot;
}

struct zone_tree_ref *zone_tree_slot(struct zone_tree *tree, const uint8_t *name)
{
    struct zone_key key;
    if (!tree->root.bits || !zone_key_make(&key, name, tree->origin_labels) ||
        !name_equal(zone_tree_nearest(tree, &key)->name, name))
        return NULL;
    struct zone_tree_ref *parent;
    return own_path(tree, &key, &parent);
}

/* Adds a twig for VALUE, which has none yet, to the owned branch at SLOT. */
static struct zone_tree_ref *add_twig(struct zone_tree_ref *slot, unsigned value,
                                      struct zone_tree_ref twig)
{
    struct zone_tree_branch *branch = zone_tree_branch(*slot);
    unsigned count = zone_tree_twig_count(branch), index = zone_tree_index(branch, value);
    branch = memory_resize(branch, sizeof *branch + (count + 1) * sizeof branch->twigs[0]);
    memmove(branch->twigs + index + 1, branch->twigs + index,
            (count - index) * sizeof branch->twigs[0]);
    branch->twigs[index] = twig;
    branch->bitmap |= UINT64_C(1) << value;
    *slot = (struct zone_tree_ref){(uintptr_t)branch};
    return &branch->twigs[index];
}

/* Puts a branch of two twigs, what stands at SLOT and LEAF, in its place. */
static struct zone_tree_ref *split(struct zone_tree_ref *slot, unsigned position,
                                   const unsigned values[2], struct zone_tree_ref leaf)
{
    struct zone_tree_branch *branch = create(2);
    unsigned leaf_index = values[1] > values[0];
    branch->references = 1;
    branch->position = (uint16_t)position;
    branch->bitmap = UINT64_C(1) << values[0] | UINT64_C(1) << values[1];
    branch->twigs[leaf_index] = leaf;
    branch->twigs[!leaf_index] = *slot;
    *slot = (struct zone_tree_ref){(uintptr_t)branch};
    return &branch->twigs[leaf_index];
}

struct zone_tree_ref *zone_tree_insert(struct zone_tree *tree, struct zone_node *node)
{
    if (!tree->root.bits) {
        tree->root = zone_tree_leaf(node);
        return &tree->root;
    }
    struct zone_key key, other;
    bool inside = zone_key_make(&key, node->name, tree->origin_labels);
    assert(inside);
    zone_key_make(&other, zone_tree_nearest(tree, &key)->name, tree->origin_labels);
    unsigned position = zone_key_difference(&key, &other);
    assert(position != ZONE_KEY_SAME);
    struct zone_tree_ref *slot = &tree->root;
    while (!zone_tree_is_leaf(*slot) && zone_tree_branch(*slot)->position < position) {
        struct zone_tree_branch *branch = own(slot);
        slot = &branch->twigs[zone_tree_index(branch, zone_key_at(&key, branch->position))];
    }
    unsigned values[2] = {zone_key_at(&other, position), zone_key_at(&key, position)};
    if (zone_tree_is_leaf(*slot) || zone_tree_branch(*slot)->position > position)
        return split(slot, position, values, zone_tree_leaf(node));
    own(slot);
    return add_twig(slot, values[1], zone_tree_leaf(node));
}

/* Removes the twig of VALUE from the owned branch at SLOT; a branch left with one twig gives way to
 * it. */
static void remove_twig(struct zone_tree_ref *slot, unsigned value)
{
    struct zone_tree_branch *branch = zone_tree_branch(*slot);
    unsigned count = zone_tree_twig_count(branch), index = zone_tree_index(branch, value);
    zone_tree_release(branch->twigs[index]);
    if (count == 2) {
        *slot = branch->twigs[!index];
        free(branch);
        return;
    }
    memmove(branch->twigs + index, branch->twigs + index + 1,
            (count - index - 1) * sizeof branch->twigs[0]);
    branch->bitmap &= ~(UINT64_C(1) << value);
}

void zone_tree_remove(struct zone_tree *tree, const uint8_t *name)
{
    struct zone_key key;
    zone_key_make(&key, name, tree->origin_labels);
    struct zone_tree_ref *parent, *slot = own_path(tree, &key, &parent);
    assert(name_equal(zone_tree_node(*slot)->name, name));
    if (parent) {
        remove_twig(parent, zone_key_at(&key, zone_tree_branch(*parent)->position));
    } else {
        zone_tree_release(*slot);
        slot->bits = 0;
    }
}
