/*
 * What a resolver remembers: RRsets with their time to live and rank (RFC 2181
 * section 5.4.1), negative answers with the SOA that limits them (RFC 2308), and
 * failures (RFC 9520).
 *
 * An entry is immutable and reference-counted, so that an answer in the making can
 * hold what the cache has meanwhile dropped. Finding costs one hash of the name.
 * The least recently used entries go when the size is reached.
 */
#ifndef NODES_CACHE_H
#define NODES_CACHE_H

#include "nodes/dns/rr.h"
#include "sim/base/time.h"

/* How much a source is to be believed; later is better. */
enum cache_rank {
    CACHE_GLUE,      /* additional section */
    CACHE_REFERRAL,  /* NS records that a parent gave */
    CACHE_AUTHORITY, /* authority section of an authoritative answer */
    CACHE_ANSWER,    /* answer section of an authoritative answer; negative answers; failures */
};

enum cache_kind {
    CACHE_RRSET,
    CACHE_NODATA,   /* the name exists, the type does not */
    CACHE_NXDOMAIN, /* whatever the type */
    CACHE_FAILURE,  /* a lookup of this name and type failed */
};

struct cache_entry {
    struct cache_entry *same_slot;     /* next in the hash slot */
    struct cache_entry *newer, *older; /* by last use */
    uint64_t hash;
    int64_t expires_ns;
    uint32_t references;
    uint32_t ttl_s;
    uint32_t size;  /* octets in data */
    uint16_t type;  /* 0 for NXDOMAIN */
    uint16_t count; /* RDATAs: of the RRset, or 1 for the SOA of a negative answer that has one */
    uint8_t kind;
    uint8_t rank;
    bool is_in_cache;
    const uint8_t *owner;
    const uint8_t *soa_owner; /* negative answers with an SOA; else NULL */
    const uint8_t *rdata;     /* each after its length (two octets, big endian) */
    uint8_t data[];           /* owner, SOA owner, RDATAs */
};

/* What an entry is made from; borrowed. */
struct cache_item {
    const uint8_t *owner;
    const uint8_t *soa_owner;
    const struct bytes *rdatas;
    uint16_t count;
    uint16_t type;
    enum cache_kind kind;
    enum cache_rank rank;
    uint32_t ttl_s;
};

struct cache {
    struct cache_entry **slots;
    size_t slot_count;
    size_t count;
    size_t size; /* octets, entries' own sizes included */
    size_t size_max;
    struct cache_entry *newest, *oldest;
};

/* Entries with TTL 0 are alive in the very instant that they were made in, so that whoever waited
 * for them can use them (RFC 1035 section 3.2.1). */
static inline bool cache_entry_is_alive(const struct cache_entry *entry, int64_t now_ns)
{
    return now_ns < entry->expires_ns || (entry->ttl_s == 0 && now_ns == entry->expires_ns);
}

/* What is left of the TTL in seconds, rounded up; 0 once expired. */
static inline uint32_t cache_entry_ttl(const struct cache_entry *entry, int64_t now_ns)
{
    if (now_ns >= entry->expires_ns)
        return 0;
    return (uint32_t)((entry->expires_ns - now_ns + NS_PER_S - 1) / NS_PER_S);
}

/* Takes the next RDATA: *AT starts at 0. False at the end. */
static inline bool cache_entry_next(const struct cache_entry *entry, size_t *at,
                                    struct bytes *rdata)
{
    const uint8_t *end = entry->data + entry->size;
    const uint8_t *p = entry->rdata + *at;
    if (p >= end)
        return false;
    *rdata = bytes_of(p + 2, bytes_get_u16(p));
    *at += 2 + rdata->size;
    return true;
}

/* The first RDATA; the entry has one. */
static inline struct bytes cache_entry_first(const struct cache_entry *entry)
{
    return bytes_of(entry->rdata + 2, bytes_get_u16(entry->rdata));
}

/* An entry outside of any cache, with one reference. */
struct cache_entry *cache_entry_make(const struct cache_item *item, int64_t now_ns);
struct cache_entry *cache_entry_retain(struct cache_entry *entry);
void cache_entry_release(struct cache_entry *entry); /* NULL is allowed */

/* An empty cache of at most SIZE_MAX octets takes no memory. */
void cache_init(struct cache *cache, size_t size_max);
void cache_free(struct cache *cache);

/* Offers ENTRY. It replaces what is known under its name and type unless that is alive and of
 * higher rank; a live NS RRset of the same rank is not prolonged by it, so that a withdrawn
 * delegation ends in time whatever the child says. The cache takes a reference of its own if it
 * keeps ENTRY. */
void cache_put(struct cache *cache, struct cache_entry *entry, int64_t now_ns);

/* The best that is alive about NAME and TYPE, borrowed until the next cache_put, or NULL: an RRset
 * or NODATA of RANK or better; a CNAME; NXDOMAIN; a failure; in this order. */
struct cache_entry *cache_find(struct cache *cache, const uint8_t *name, uint16_t type,
                               enum cache_rank rank, int64_t now_ns);

#endif
