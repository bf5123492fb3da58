/*
 * The chain by which a signed zone proves what it does not have: NSEC (RFC 4034
 * section 4) at every owner, or NSEC3 (RFC 5155 section 7.1) for every owner and empty
 * non-terminal. Its TTL is that of negative answers (RFC 9077).
 */
#include "nodes/dns/zone_sign_internal.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <stdlib.h>

enum { BITMAP_SIZE_MAX = 256 * 34, NSEC3_FIXED_MAX = 5 + NSEC3_SALT_MAX + 1 + NSEC3_HASH_SIZE };

/* ---- type bitmaps (RFC 4034 section 4.1.2) ------------------------------------------------ */

struct bitmap {
    uint8_t windows[256][32];
    bool used[256];
};

static void set_type(struct bitmap *bitmap, uint16_t type)
{
    bitmap->used[type >> 8] = true;
    bitmap->windows[type >> 8][(type & 255) / 8] |= (uint8_t)(0x80 >> type % 8);
}

static void write_bitmap(struct writer *w, const struct bitmap *bitmap)
{
    for (unsigned window = 0; window < 256; window++) {
        unsigned size = 32;
        if (!bitmap->used[window])
            continue;
        while (bitmap->windows[window][size - 1] == 0)
            size--;
        writer_u8(w, (uint8_t)window);
        writer_u8(w, (uint8_t)size);
        writer_bytes(w, bitmap->windows[window], size);
    }
}

/* The types at NODE that its record in the chain tells of, RRSIG if any of them is signed. */
static void set_types(struct bitmap *bitmap, const struct zone_node *node)
{
    bool is_signed = false;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        if (!is_data(set))
            continue; /* of the version before */
        if (is_authoritative(node, set))
            is_signed = true;
        else if (set->type != RR_NS)
            continue; /* glue at the delegation itself */
        set_type(bitmap, set->type);
    }
    if (is_signed)
        set_type(bitmap, RR_RRSIG);
}

uint32_t zone_sign_negative_ttl(const struct zone *zone)
{
    struct soa soa;
    uint32_t ttl = zone_node_get(zone_apex(zone), RR_SOA)->ttl;
    zone_soa(zone, &soa);
    return ttl < soa.minimum ? ttl : soa.minimum;
}

/* ---- NSEC --------------------------------------------------------------------------------- */

void zone_sign_nsec(struct zone_edit *edit, const struct zone_node *node, const uint8_t *next,
                    uint32_t ttl)
{
    uint8_t rdata[NAME_SIZE_MAX + BITMAP_SIZE_MAX];
    struct writer w = writer_of(rdata, sizeof rdata);
    struct bitmap bitmap = {0};
    set_types(&bitmap, node);
    set_type(&bitmap, RR_NSEC);
    set_type(&bitmap, RR_RRSIG);
    writer_bytes(&w, next, name_size(next));
    write_bitmap(&w, &bitmap);
    zone_sign_add(edit, node->name, RR_NSEC, ttl, bytes_of(rdata, w.size));
}

static void add_nsecs(struct zone_edit *edit, const struct zone *zone)
{
    struct authority_walk walk = {.zone = zone};
    const struct zone_node *before = NULL;
    uint32_t ttl = zone_sign_negative_ttl(zone);
    for (; authority_walk_next(&walk); before = walk.node)
        if (before)
            zone_sign_nsec(edit, before, walk.node->name, ttl);
    zone_sign_nsec(edit, before, zone_apex(zone)->name, ttl);
}

/* ---- NSEC3 -------------------------------------------------------------------------------- */

struct chain {
    const struct zone_signing *signing;
    size_t count, capacity;
    struct zone_sign_link *links;
};

static void add_link(struct chain *chain, const uint8_t *name, const struct zone_node *node)
{
    memory_reserve(chain->links, chain->count, chain->capacity);
    struct zone_sign_link *link = &chain->links[chain->count++];
    nsec3_hash(&chain->signing->nsec3, name, link->hash);
    link->node = node;
}

/* Empty non-terminals above an owner are those that it does not share with the owner before. */
static void collect(struct chain *chain, const struct zone *zone)
{
    struct authority_walk walk = {.zone = zone};
    const uint8_t *before = zone_origin(zone);
    while (authority_walk_next(&walk)) {
        const struct zone_node *node = walk.node;
        if (is_left_out(node, chain->signing))
            continue;
        size_t labels = name_label_count(node->name);
        for (size_t i = name_common_labels(before, node->name) + 1; i < labels; i++)
            add_link(chain, name_suffix(node->name, i), NULL);
        add_link(chain, node->name, node);
        before = node->name;
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct zone_sign_link *)a)->hash,
                  ((const struct zone_sign_link *)b)->hash, NSEC3_HASH_SIZE);
}

void zone_sign_nsec3(struct zone_edit *edit, const struct zone *zone,
                     const struct zone_signing *signing, const struct zone_sign_link *link,
                     const uint8_t next[NSEC3_HASH_SIZE])
{
    uint8_t rdata[NSEC3_FIXED_MAX + BITMAP_SIZE_MAX], owner[NAME_SIZE_MAX];
    struct writer w = writer_of(rdata, sizeof rdata);
    struct bitmap bitmap = {0};
    if (link->node)
        set_types(&bitmap, link->node);
    writer_u8(&w, NSEC3_SHA1);
    writer_u8(&w, signing->opt_out ? NSEC3_OPT_OUT : 0);
    writer_u16(&w, signing->nsec3.iterations);
    writer_u8(&w, signing->nsec3.salt_size);
    writer_bytes(&w, signing->nsec3.salt, signing->nsec3.salt_size);
    writer_u8(&w, NSEC3_HASH_SIZE);
    writer_bytes(&w, next, NSEC3_HASH_SIZE);
    write_bitmap(&w, &bitmap);
    if (nsec3_owner(link->hash, zone_origin(zone), owner) > 0)
        zone_sign_add(edit, owner, RR_NSEC3, zone_sign_negative_ttl(zone), bytes_of(rdata, w.size));
}

static void add_nsec3s(struct zone_edit *edit, const struct zone *zone,
                       const struct zone_signing *signing)
{
    struct chain chain = {.signing = signing};
    collect(&chain, zone);
    qsort(chain.links, chain.count, sizeof *chain.links, compare);
    for (size_t i = 0; i < chain.count; i++)
        zone_sign_nsec3(edit, zone, signing, &chain.links[i],
                        chain.links[(i + 1) % chain.count].hash);
    free(chain.links);
}

void zone_sign_chain(struct zone_edit *edit, const struct zone *zone,
                     const struct zone_signing *signing)
{
    switch (signing->denial) {
    case ZONE_SIGN_NSEC:
        add_nsecs(edit, zone);
        break;
    case ZONE_SIGN_NSEC3:
        add_nsec3s(edit, zone, signing);
        break;
    }
}
