/*
 * Signing what a change has made of a signed version, by looking at what it touched:
 *
 *   as changed -> what the signer owns put back as it was -> the chain mended around
 *   the owners that differ -> these and their neighbours signed -> digest
 *
 * The result is that of signing the whole, so anything out of the ordinary does that.
 */
#include "nodes/dns/zone_sign_internal.h"
#include "nodes/dns/zone_version.h"
#include <assert.h>
#include <stdlib.h>

/* ---- names --------------------------------------------------------------------------------- */

void zone_sign_names_add(struct zone_sign_names *names, const uint8_t *name)
{
    memory_reserve(names->list, names->count, names->capacity);
    names->list[names->count++] = name;
}

static int compare_names(const void *a, const void *b)
{
    return name_compare(*(const uint8_t *const *)a, *(const uint8_t *const *)b);
}

void zone_sign_names_settle(struct zone_sign_names *names)
{
    size_t kept = 0;
    if (names->count > 0)
        qsort(names->list, names->count, sizeof *names->list, compare_names);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || !name_equal(names->list[kept - 1], names->list[i]))
            names->list[kept++] = names->list[i];
    names->count = kept;
}

/* ---- what the signer owns ------------------------------------------------------------------ */

struct mending {
    const struct zone *before, *changed, *mended;
    const struct zone_signing *signing;
    struct zone_edit *edit;
    struct zone_sign_names names;
};

static bool has_data(const struct zone_node *node)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (is_data(node->sets[i]))
            return true;
    return false;
}

/* The NSEC3s of an owner as they were; and where no data is left, nothing else. */
static bool put_back(void *context, const struct zone_node *a, const struct zone_node *b)
{
    struct mending *mending = context;
    const uint8_t *owner = a ? a->name : b->name;
    const struct rrset *set = a ? zone_node_get(a, RR_NSEC3) : NULL;
    struct bytes rdata;
    if (b)
        zone_edit_remove_rrset(mending->edit, owner, has_data(b) ? RR_NSEC3 : RR_ANY);
    for (size_t at = 0; set && rrset_next(set, &at, &rdata);)
        zone_sign_add(mending->edit, owner, RR_NSEC3, set->ttl, rdata);
    return true;
}

static struct zone *mend(struct mending *mending)
{
    mending->edit = zone_edit_begin(mending->changed);
    zone_compare(mending->before, mending->changed, put_back, mending);
    zone_sign_apex(mending->edit, mending->changed, mending->signing);
    return zone_sign_finish(mending->edit);
}

/* ---- what is touched ----------------------------------------------------------------------- */

static bool hides(const struct zone_node *node)
{
    return node && (node->is_cut || node->has_dname);
}

static void add_below(struct mending *mending, const struct zone *zone, const uint8_t *name)
{
    const struct zone_node *node = zone_after(zone, name);
    for (; node && name_is_under(node->name, name); node = zone_after(zone, node->name))
        zone_sign_names_add(&mending->names, node->name);
}

/* The nodes of both versions live as long as the names. */
static bool touch(void *context, const struct zone_node *a, const struct zone_node *b)
{
    struct mending *mending = context;
    const uint8_t *name = a ? a->name : b->name;
    zone_sign_names_add(&mending->names, name);
    if (hides(a) != hides(b)) {
        add_below(mending, mending->before, name);
        add_below(mending, mending->mended, name);
    }
    return true;
}

static void add_due(struct mending *mending)
{
    const struct zone *zone = mending->before;
    for (const struct zone_node *node = zone_apex(zone); node; node = zone_after(zone, node->name))
        for (size_t i = 0; i < node->set_count; i++)
            if (node->sets[i]->type == RR_RRSIG &&
                zone_sign_is_due(node->sets[i], mending->signing))
                zone_sign_names_add(&mending->names, node->name);
}

static void collect(struct mending *mending)
{
    zone_compare(mending->before, mending->mended, touch, mending);
    zone_sign_names_add(&mending->names, zone_origin(mending->mended));
    zone_sign_names_settle(&mending->names);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static bool is_hidden(const struct zone *zone, const struct zone_node *node)
{
    struct zone_search search;
    zone_search(zone, node->name, &search);
    return search.cut && search.cut != node && !zone_node_get(node, RR_NSEC3);
}

static struct zone *with_signatures(const struct mending *mending, const struct zone *zone)
{
    struct zone_signing signing = *mending->signing;
    struct zone_edit *edit = zone_edit_begin(zone);
    signing.previous = mending->before;
    for (size_t i = 0; i < mending->names.count; i++) {
        const struct zone_node *node = zone_find(zone, mending->names.list[i]);
        zone_edit_remove_rrset(edit, mending->names.list[i], RR_RRSIG);
        if (node && !is_hidden(zone, node))
            zone_sign_node(edit, zone, node, &signing);
    }
    return zone_sign_finish(edit);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool has_key(const struct zone_node *apex, const struct zone_signing *signing)
{
    const struct rrset *keys = zone_node_get(apex, RR_DNSKEY);
    struct bytes rdata;
    for (size_t at = 0; keys && rrset_next(keys, &at, &rdata);)
        if (bytes_equal(rdata, signing_key_dnskey(signing->key)))
            return zone_node_signatures(apex, RR_SOA);
    return false;
}

/* The apex's own record in the chain says by which parameters it was made. */
static bool has_chain(const struct zone *zone, const struct zone_signing *signing)
{
    const struct nsec3_parameters *wanted = &signing->nsec3;
    uint8_t hash[NSEC3_HASH_SIZE], owner[NAME_SIZE_MAX];
    if (signing->denial == ZONE_SIGN_NSEC)
        return zone_node_get(zone_apex(zone), RR_NSEC) &&
               !zone_node_get(zone_apex(zone), RR_NSEC3PARAM);
    nsec3_hash(wanted, zone_origin(zone), hash);
    const struct zone_node *node =
        nsec3_owner(hash, zone_origin(zone), owner) > 0 ? zone_find(zone, owner) : NULL;
    const struct rrset *set = node ? zone_node_get(node, RR_NSEC3) : NULL;
    if (!set || set->count != 1)
        return false;
    const uint8_t *rdata = set->data + 2;
    return rdata[1] == (signing->opt_out ? NSEC3_OPT_OUT : 0) &&
           bytes_get_u16(rdata + 2) == wanted->iterations && rdata[4] == wanted->salt_size &&
           memcmp(rdata + 5, wanted->salt, wanted->salt_size) == 0;
}

bool zone_sign_fits(const struct zone *zone, const struct zone_signing *signing)
{
    const struct zone_node *apex = zone_apex(zone);
    return has_key(apex, signing) && has_chain(zone, signing) &&
           signing->zonemd == (zone_node_get(apex, RR_ZONEMD) != NULL);
}

static bool has_same_ttls(const struct zone *a, const struct zone *b)
{
    return zone_node_get(zone_apex(a), RR_SOA)->ttl == zone_node_get(zone_apex(b), RR_SOA)->ttl &&
           zone_sign_negative_ttl(a) == zone_sign_negative_ttl(b);
}

static struct zone *sign_touched(struct mending *mending)
{
    struct arena arena = {0};
    struct zone *mended = mend(mending);
    mending->mended = mended;
    collect(mending);
    struct zone_edit *edit = zone_edit_begin(mended);
    zone_sign_relink(edit, mended, mending->signing, &mending->names, &arena);
    if (mending->signing->renews)
        add_due(mending);
    zone_sign_names_settle(&mending->names);
    struct zone *linked = zone_sign_finish(edit);
    struct zone *done = with_signatures(mending, linked);
    zone_release(linked);
    zone_release(mended);
    free(mending->names.list);
    arena_release(&arena);
    return done;
}

struct zone *zone_sign_change(const struct zone *before, const struct zone *changed,
                              const struct zone_signing *signing)
{
    if (!zone_sign_fits(before, signing) || !has_same_ttls(before, changed)) {
        struct zone_signing whole = *signing;
        whole.previous = before;
        return zone_sign(changed, &whole);
    }
    struct mending mending = {.before = before, .changed = changed, .signing = signing};
    struct zone *done = sign_touched(&mending);
    if (!signing->zonemd)
        return done;
    struct zone *digested = zone_sign_digest(done, signing);
    zone_release(done);
    return digested;
}
