/*
 * Mending the chain of a signed version around owners whose data has changed.
 *
 * NSEC: an owner's record is made anew, and that of the owner before it, which points
 * to it or past it. NSEC3 (RFC 5155 section 7.1): names are linked in and out by
 * their hashes, and so are the empty non-terminals above them.
 */
#include "nodes/dns/zone_sign_internal.h"
#include <assert.h>
#include <stdlib.h>

/* ---- NSEC ---------------------------------------------------------------------------------- */

/* The delegation or DNAME that hides NAME, or NULL. */
static const struct zone_node *hidden_by(const struct zone *zone, const uint8_t *name)
{
    struct zone_search search;
    zone_search(zone, name, &search);
    return search.cut && !name_equal(search.cut->name, name) ? search.cut : NULL;
}

/* The neighbours of NAME among the owners that are not hidden. */
static const struct zone_node *shown_before(const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node = zone_before(zone, name);
    const struct zone_node *cut = node ? hidden_by(zone, node->name) : NULL;
    return cut ? cut : node;
}

static const struct zone_node *shown_after(const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node = zone_after(zone, name);
    while (node && hidden_by(zone, node->name))
        node = zone_after(zone, node->name);
    return node ? node : zone_apex(zone);
}

static void relink_nsec(struct zone_edit *edit, const struct zone *zone,
                        struct zone_sign_names *names)
{
    uint32_t ttl = zone_sign_negative_ttl(zone);
    for (size_t i = 0, count = names->count; i < count; i++) {
        const struct zone_node *before = shown_before(zone, names->list[i]);
        if (before)
            zone_sign_names_add(names, before->name);
    }
    zone_sign_names_settle(names);
    for (size_t i = 0; i < names->count; i++) {
        const struct zone_node *node = zone_find(zone, names->list[i]);
        zone_edit_remove_rrset(edit, names->list[i], RR_NSEC);
        if (node && !hidden_by(zone, node->name))
            zone_sign_nsec(edit, node, shown_after(zone, node->name)->name, ttl);
    }
}

/* ---- NSEC3 --------------------------------------------------------------------------------- */

struct chain {
    struct zone_edit *edit;
    const struct zone *zone;
    const struct zone_signing *signing;
    struct zone_sign_names *names;
    struct arena *arena;
};

static bool is_in_chain(const struct chain *chain, const struct zone_node *node)
{
    bool only_nsec3 = zone_node_get(node, RR_NSEC3) != NULL;
    for (size_t i = 0; only_nsec3 && i < node->set_count; i++)
        only_nsec3 = !is_data(node->sets[i]);
    return !only_nsec3 && !is_left_out(node, chain->signing) && !hidden_by(chain->zone, node->name);
}

/* NAME belongs in the chain: as an owner, *NODE, or as an empty non-terminal above one. */
static bool is_wanted(const struct chain *chain, const uint8_t *name, const struct zone_node **node)
{
    *node = zone_find(chain->zone, name);
    if (*node && is_in_chain(chain, *node))
        return true;
    bool is_owner = *node && !zone_node_get(*node, RR_NSEC3);
    *node = NULL;
    if (is_owner || hidden_by(chain->zone, name))
        return false;
    const struct zone_node *below = zone_after(chain->zone, name);
    for (; below && name_is_under(below->name, name); below = zone_after(chain->zone, below->name))
        if (is_in_chain(chain, below))
            return true;
    return false;
}

/* The owner of the NSEC3 before OWNER in the chain, round its end. Ordinary names stand between
 * them, on average no more than there are names for each NSEC3. */
static const struct zone_node *link_before(const struct chain *chain, const uint8_t *owner)
{
    uint8_t hash[NSEC3_HASH_SIZE], last[NAME_SIZE_MAX];
    const struct zone_node *node = zone_edit_before(chain->edit, owner);
    while (node && !zone_node_get(node, RR_NSEC3))
        node = zone_edit_before(chain->edit, node->name);
    if (node)
        return node;
    memset(hash, 0xff, sizeof hash);
    nsec3_owner(hash, zone_origin(chain->zone), last);
    node = zone_edit_at_or_before(chain->edit, last);
    while (!zone_node_get(node, RR_NSEC3))
        node = zone_edit_before(chain->edit, node->name);
    return node;
}

/* Where in SET, that of an NSEC3, the next hash stands. */
static size_t next_at(const struct rrset *set)
{
    enum { SALT_SIZE_AT = 4 };
    return 2 + SALT_SIZE_AT + 1 + (size_t)set->data[2 + SALT_SIZE_AT] + 1;
}

static void add_owner(const struct chain *chain, const uint8_t *owner)
{
    zone_sign_names_add(chain->names, arena_copy(chain->arena, owner, name_size(owner)));
}

/* Makes the NSEC3 before OWNER point to NEXT; what it pointed to goes to OLD. */
static void point_to(const struct chain *chain, const uint8_t *owner,
                     const uint8_t next[NSEC3_HASH_SIZE], uint8_t old[NSEC3_HASH_SIZE])
{
    const struct zone_node *node = link_before(chain, owner);
    const struct rrset *set = zone_node_get(node, RR_NSEC3);
    size_t size = set->size - 2, at = next_at(set) - 2;
    uint32_t ttl = set->ttl;
    uint8_t *rdata = arena_copy(chain->arena, set->data + 2, size);
    const uint8_t *name = arena_copy(chain->arena, node->name, name_size(node->name));
    memcpy(old, rdata + at, NSEC3_HASH_SIZE);
    memcpy(rdata + at, next, NSEC3_HASH_SIZE);
    zone_edit_remove_rrset(chain->edit, name, RR_NSEC3);
    zone_sign_add(chain->edit, name, RR_NSEC3, ttl, bytes_of(rdata, size));
    zone_sign_names_add(chain->names, name);
}

static void relink_name(const struct chain *chain, const uint8_t *name)
{
    struct zone_sign_link link;
    uint8_t owner[NAME_SIZE_MAX], next[NSEC3_HASH_SIZE], ignored[NSEC3_HASH_SIZE];
    bool wanted = is_wanted(chain, name, &link.node);
    nsec3_hash(&chain->signing->nsec3, name, link.hash);
    nsec3_owner(link.hash, zone_origin(chain->zone), owner);
    const struct zone_node *node = zone_edit_find(chain->edit, owner);
    const struct rrset *had = node ? zone_node_get(node, RR_NSEC3) : NULL;
    if (!wanted && !had)
        return;
    if (had) {
        memcpy(next, had->data + next_at(had), NSEC3_HASH_SIZE);
        zone_edit_remove_rrset(chain->edit, owner, RR_NSEC3);
        if (!wanted)
            point_to(chain, owner, next, ignored);
    } else {
        point_to(chain, owner, link.hash, next);
    }
    if (wanted)
        zone_sign_nsec3(chain->edit, chain->zone, chain->signing, &link, next);
    add_owner(chain, owner);
}

/* The names and all between them and the apex: empty non-terminals come and go with them. */
static void relink_nsec3(const struct chain *chain)
{
    struct zone_sign_names lineage = {0};
    const uint8_t *origin = zone_origin(chain->zone);
    for (size_t i = 0; i < chain->names->count; i++)
        for (const uint8_t *name = chain->names->list[i];; name = name_parent(name)) {
            zone_sign_names_add(&lineage, name);
            if (name_equal(name, origin))
                break;
        }
    zone_sign_names_settle(&lineage);
    for (size_t i = 0; i < lineage.count; i++)
        relink_name(chain, lineage.list[i]);
    free(lineage.list);
}

void zone_sign_relink(struct zone_edit *edit, const struct zone *zone,
                      const struct zone_signing *signing, struct zone_sign_names *names,
                      struct arena *arena)
{
    struct chain chain = {edit, zone, signing, names, arena};
    switch (signing->denial) {
    case ZONE_SIGN_NSEC:
        relink_nsec(edit, zone, names);
        break;
    case ZONE_SIGN_NSEC3:
        relink_nsec3(&chain);
        break;
    }
}
