/*
 * The resolver's cache: a hash table by owner name whose slots are short lists,
 * and one list of all entries by last use, from whose end the bound takes.
 */
#include "nodes/cache.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/arena.h"

enum { SLOTS_MIN = 64 };

static void put_name(uint8_t **at, const uint8_t **where, const uint8_t *name)
{
    *where = NULL;
    if (name) {
        *where = *at;
        *at += name_copy(name, *at);
    }
}

struct cache_entry *cache_entry_make(const struct cache_item *item, int64_t now_ns)
{
    size_t size = name_size(item->owner) + (item->soa_owner ? name_size(item->soa_owner) : 0);
    for (size_t i = 0; i < item->count; i++)
        size += 2 + item->rdatas[i].size;
    struct cache_entry *entry = memory_alloc(sizeof *entry + size);
    *entry = (struct cache_entry){
        .hash = name_hash(item->owner),
        .expires_ns = now_ns + item->ttl_s * NS_PER_S,
        .references = 1,
        .ttl_s = item->ttl_s,
        .size = (uint32_t)size,
        .type = item->kind == CACHE_NXDOMAIN ? 0 : item->type,
        .count = item->count,
        .kind = (uint8_t)item->kind,
        .rank = (uint8_t)item->rank,
    };
    uint8_t *at = entry->data;
    put_name(&at, &entry->owner, item->owner);
    put_name(&at, &entry->soa_owner, item->soa_owner);
    entry->rdata = at;
    for (size_t i = 0; i < item->count; i++) {
        bytes_put_u16(at, (uint16_t)item->rdatas[i].size);
        memcpy(at + 2, item->rdatas[i].data, item->rdatas[i].size);
        at += 2 + item->rdatas[i].size;
    }
    return entry;
}

struct cache_entry *cache_entry_retain(struct cache_entry *entry)
{
    entry->references++;
    return entry;
}

void cache_entry_release(struct cache_entry *entry)
{
    if (entry && --entry->references == 0) {
        assert(!entry->is_in_cache);
        free(entry);
    }
}

void cache_init(struct cache *cache, size_t size_max)
{
    *cache = (struct cache){.size_max = size_max};
}

static size_t entry_size(const struct cache_entry *entry)
{
    return sizeof *entry + entry->size;
}

static struct cache_entry **slot_of(const struct cache *cache, uint64_t hash)
{
    return &cache->slots[hash & (cache->slot_count - 1)];
}

static void use_unlink(struct cache *cache, struct cache_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void use_link(struct cache *cache, struct cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void touch(struct cache *cache, struct cache_entry *entry)
{
    if (cache->newest == entry)
        return;
    use_unlink(cache, entry);
    use_link(cache, entry);
}

/* Takes out the entry that PLACE points to. */
static void remove_at(struct cache *cache, struct cache_entry **place)
{
    struct cache_entry *entry = *place;
    *place = entry->same_slot;
    use_unlink(cache, entry);
    cache->count--;
    cache->size -= entry_size(entry);
    entry->is_in_cache = false;
    cache_entry_release(entry);
}

static void remove_entry(struct cache *cache, struct cache_entry *entry)
{
    struct cache_entry **place = slot_of(cache, entry->hash);
    while (*place != entry)
        place = &(*place)->same_slot;
    remove_at(cache, place);
}

void cache_free(struct cache *cache)
{
    while (cache->oldest)
        remove_entry(cache, cache->oldest);
    free(cache->slots);
    cache_init(cache, cache->size_max);
}

/* Doubles the slots. Lists are rebuilt in order of use, so that what is used most comes first. */
static void grow(struct cache *cache)
{
    free(cache->slots);
    cache->slot_count = cache->slot_count ? cache->slot_count * 2 : SLOTS_MIN;
    cache->slots = memory_zeroed(cache->slot_count * sizeof(struct cache_entry *));
    for (struct cache_entry *entry = cache->oldest; entry; entry = entry->newer) {
        struct cache_entry **slot = slot_of(cache, entry->hash);
        entry->same_slot = *slot;
        *slot = entry;
    }
}

static bool same_key(const struct cache_entry *a, const struct cache_entry *b)
{
    return a->hash == b->hash && a->type == b->type &&
           (a->kind == CACHE_FAILURE) == (b->kind == CACHE_FAILURE) &&
           name_equal(a->owner, b->owner);
}

/* An RRset in an authoritative answer proves that the name exists, and that lookups work. */
static bool disproves(const struct cache_entry *entry, const struct cache_entry *old)
{
    if (entry->kind != CACHE_RRSET || entry->rank != CACHE_ANSWER || entry->hash != old->hash)
        return false;
    bool wrong =
        old->kind == CACHE_NXDOMAIN || (old->kind == CACHE_FAILURE && old->type == entry->type);
    return wrong && name_equal(entry->owner, old->owner);
}

/* True if ENTRY may take the place of OLD; may shorten the life of ENTRY. */
static bool may_replace(struct cache_entry *entry, const struct cache_entry *old, int64_t now_ns)
{
    if (!cache_entry_is_alive(old, now_ns) || entry->rank > old->rank)
        return true;
    if (entry->rank < old->rank)
        return false;
    if (entry->type == RR_NS && entry->kind == CACHE_RRSET && old->kind == CACHE_RRSET &&
        entry->expires_ns > old->expires_ns)
        entry->expires_ns = old->expires_ns;
    return true;
}

void cache_put(struct cache *cache, struct cache_entry *entry, int64_t now_ns)
{
    assert(!entry->is_in_cache);
    if (cache->count >= cache->slot_count)
        grow(cache);
    struct cache_entry **place = slot_of(cache, entry->hash);
    while (*place) {
        if (same_key(*place, entry)) {
            if (!may_replace(entry, *place, now_ns))
                return;
            remove_at(cache, place);
        } else if (disproves(entry, *place)) {
            remove_at(cache, place);
        } else {
            place = &(*place)->same_slot;
        }
    }
    *place = cache_entry_retain(entry);
    entry->same_slot = NULL;
    entry->is_in_cache = true;
    use_link(cache, entry);
    cache->count++;
    cache->size += entry_size(entry);
    while (cache->size > cache->size_max && cache->oldest)
        remove_entry(cache, cache->oldest);
}

/* How well ENTRY answers a question for TYPE; 0: not at all. */
static int fitness(const struct cache_entry *entry, uint16_t type, enum cache_rank rank)
{
    if (entry->kind == CACHE_FAILURE)
        return entry->type == type ? 1 : 0;
    if (entry->kind == CACHE_NXDOMAIN)
        return 2;
    if (entry->rank < rank)
        return 0;
    if (entry->type == type)
        return 4;
    return entry->type == RR_CNAME && entry->kind == CACHE_RRSET ? 3 : 0;
}

struct cache_entry *cache_find(struct cache *cache, const uint8_t *name, uint16_t type,
                               enum cache_rank rank, int64_t now_ns)
{
    if (cache->slot_count == 0)
        return NULL;
    uint64_t hash = name_hash(name);
    struct cache_entry *best = NULL;
    int best_fitness = 0;
    struct cache_entry **place = slot_of(cache, hash);
    while (*place) {
        struct cache_entry *entry = *place;
        if (entry->hash != hash || !name_equal(entry->owner, name)) {
            place = &entry->same_slot;
        } else if (!cache_entry_is_alive(entry, now_ns)) {
            remove_at(cache, place);
        } else {
            int fit = fitness(entry, type, rank);
            if (fit > best_fitness) {
                best = entry;
                best_fitness = fit;
            }
            place = &entry->same_slot;
        }
    }
    if (best)
        touch(cache, best);
    return best;
}
