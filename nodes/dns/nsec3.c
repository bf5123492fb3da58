/*
 * Hashing names and finding them in a zone's NSEC3 chain: RFC 5155 sections 5 and 7.1.
 *
 * The chain is kept as an array in the order of hashes. Going by the zone's tree alone would do
 * only as long as no ordinary names stand between those of NSEC3.
 */
#include "nodes/dns/nsec3.h"
#include "nodes/dns/zone_version.h"
#include "sim/base/arena.h"
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* ---- hashing ------------------------------------------------------------------------------ */

void nsec3_hash(const struct nsec3_parameters *parameters, const uint8_t *name,
                uint8_t out[NSEC3_HASH_SIZE])
{
    uint8_t data[NAME_SIZE_MAX];
    size_t size = name_lower(name, data);
    const uint8_t *input = data;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL);
    for (unsigned i = 0; good && i <= parameters->iterations; i++) {
        good = (i == 0 || EVP_DigestInit_ex(context, NULL, NULL)) &&
               EVP_DigestUpdate(context, input, size) &&
               EVP_DigestUpdate(context, parameters->salt, parameters->salt_size) &&
               EVP_DigestFinal_ex(context, out, NULL);
        input = out;
        size = NSEC3_HASH_SIZE;
    }
    EVP_MD_CTX_free(context);
    assert(good);
}

size_t nsec3_owner(const uint8_t hash[NSEC3_HASH_SIZE], const uint8_t *origin,
                   uint8_t out[NAME_SIZE_MAX])
{
    uint8_t label[NSEC3_LABEL_SIZE];
    for (size_t i = 0; i < NSEC3_LABEL_SIZE; i++) {
        size_t octet = i * 5 / 8, shift = i * 5 % 8;
        unsigned pair = (unsigned)hash[octet] << 8;
        if (octet + 1 < NSEC3_HASH_SIZE)
            pair |= hash[octet + 1];
        label[i] = (uint8_t) "0123456789abcdefghijklmnopqrstuv"[pair >> (11 - shift) & 31];
    }
    return name_prepend(bytes_of(label, sizeof label), origin, out);
}

/* 32: not a digit of base32hex. */
static unsigned digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - (unsigned)'0';
    unsigned letter = (digit | 0x20u) - 'a';
    return letter < 22 ? letter + 10 : 32;
}

bool nsec3_hash_of_owner(const uint8_t *name, const uint8_t *origin, uint8_t out[NSEC3_HASH_SIZE])
{
    if (name[0] != NSEC3_LABEL_SIZE || !name_equal(name_parent(name), origin))
        return false;
    memset(out, 0, NSEC3_HASH_SIZE);
    for (size_t i = 0; i < NSEC3_LABEL_SIZE; i++) {
        unsigned value = digit_value(name[1 + i]);
        if (value > 31)
            return false;
        size_t octet = i * 5 / 8, shift = i * 5 % 8;
        unsigned pair = value << (11 - shift);
        out[octet] |= (uint8_t)(pair >> 8);
        if (octet + 1 < NSEC3_HASH_SIZE)
            out[octet + 1] |= (uint8_t)pair;
    }
    return true;
}

/* ---- the chain ---------------------------------------------------------------------------- */

struct link {
    uint8_t hash[NSEC3_HASH_SIZE];
    const struct zone_node *node;
};

struct nsec3_index {
    struct nsec3_parameters parameters;
    size_t count, capacity;
    struct link *links; /* at least one */
};

/* The parameters that RDATA (of NSEC3PARAM or NSEC3) begins with, if we can use them. */
static bool read_parameters(struct bytes rdata, struct nsec3_parameters *out)
{
    out->iterations = bytes_get_u16(rdata.data + 2);
    out->salt_size = rdata.data[4];
    memcpy(out->salt, rdata.data + 5, out->salt_size);
    return rdata.data[0] == NSEC3_SHA1 && out->iterations <= NSEC3_ITERATIONS_MAX;
}

/* RFC 5155 section 4.1.2: an NSEC3PARAM with flags is to be ignored. */
static bool find_parameters(const struct zone *zone, struct nsec3_parameters *out)
{
    const struct rrset *set = zone_node_get(zone_apex(zone), RR_NSEC3PARAM);
    struct bytes rdata;
    for (size_t at = 0; set && rrset_next(set, &at, &rdata);)
        if (rdata.data[1] == 0 && read_parameters(rdata, out))
            return true;
    return false;
}

static bool belongs(const struct nsec3_index *index, const struct zone_node *node)
{
    const struct rrset *set = zone_node_get(node, RR_NSEC3);
    const struct nsec3_parameters *ours = &index->parameters;
    struct nsec3_parameters its;
    struct bytes rdata;
    for (size_t at = 0; set && rrset_next(set, &at, &rdata);)
        if (read_parameters(rdata, &its) && its.iterations == ours->iterations &&
            bytes_equal(bytes_of(its.salt, its.salt_size), bytes_of(ours->salt, ours->salt_size)))
            return true;
    return false;
}

/* The order of base32hex is that of the hashes: the canonical order of owners is the one wanted. */
static void collect(struct nsec3_index *index, const struct zone *zone)
{
    struct link link;
    for (link.node = zone_apex(zone); link.node; link.node = zone_after(zone, link.node->name)) {
        if (!nsec3_hash_of_owner(link.node->name, zone_origin(zone), link.hash) ||
            !belongs(index, link.node))
            continue;
        memory_reserve(index->links, index->count, index->capacity);
        index->links[index->count++] = link;
    }
}

static struct nsec3_index *build(const struct zone *zone)
{
    struct nsec3_parameters parameters;
    if (!find_parameters(zone, &parameters))
        return NULL;
    struct nsec3_index *index = memory_zeroed(sizeof *index);
    index->parameters = parameters;
    collect(index, zone);
    if (index->count > 0)
        return index;
    nsec3_index_free(index);
    return NULL;
}

const struct nsec3_index *nsec3_index_of(const struct zone *zone)
{
    struct zone_lazy *lazy = zone->lazy;
    if (!lazy->knows_nsec3) {
        lazy->nsec3 = build(zone);
        lazy->knows_nsec3 = true;
    }
    return lazy->nsec3;
}

void nsec3_index_free(struct nsec3_index *index)
{
    if (index)
        free(index->links);
    free(index);
}

/* How many links stand at or before HASH. */
static size_t count_to(const struct nsec3_index *index, const uint8_t hash[NSEC3_HASH_SIZE])
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(index->links[middle].hash, hash, NSEC3_HASH_SIZE) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The link at or before the hash of NAME, round the end of the chain; *SAME if at it. */
static const struct link *find(const struct nsec3_index *index, const uint8_t *name, bool *same)
{
    uint8_t hash[NSEC3_HASH_SIZE];
    nsec3_hash(&index->parameters, name, hash);
    size_t count = count_to(index, hash);
    const struct link *link = &index->links[(count > 0 ? count : index->count) - 1];
    *same = memcmp(link->hash, hash, NSEC3_HASH_SIZE) == 0;
    return link;
}

const struct zone_node *nsec3_match(const struct nsec3_index *index, const uint8_t *name)
{
    bool same;
    const struct link *link = find(index, name, &same);
    return same ? link->node : NULL;
}

const struct zone_node *nsec3_cover(const struct nsec3_index *index, const uint8_t *name)
{
    bool same;
    const struct link *link = find(index, name, &same);
    return same ? NULL : link->node;
}

bool nsec3_only(const struct zone *zone, const struct zone_node *node)
{
    bool found = false;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        if (set->type != RR_NSEC3 && set->covers != RR_NSEC3)
            return false;
        found = found || set->type == RR_NSEC3;
    }
    const struct zone_node *next = found ? zone_after(zone, node->name) : NULL;
    return found && !(next && name_is_under(next->name, node->name));
}
