/* Digests over whole zones: RFC 8976 sections 3.3, 3.4 and 4. See zonemd.h. */
#include "nodes/dns/zonemd.h"
#include "nodes/dns/canonical.h"
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { DIGEST_AT = 6, DIGEST_MIN = 12 };

static const EVP_MD *algorithm_of(unsigned hash)
{
    return hash == ZONEMD_SHA384 ? EVP_sha384() : hash == ZONEMD_SHA512 ? EVP_sha512() : NULL;
}

/* In the order of types the sets of a node are in canonical order; so are the RRSIGs, whose RDATA
 * begins with the type covered. */
static void put_node(struct canonical *out, const struct zone_node *node, bool is_apex)
{
    for (size_t i = 0; i < node->set_count; i++) {
        const struct rrset *set = node->sets[i];
        if (!is_apex || (set->type != RR_ZONEMD && set->covers != RR_ZONEMD))
            canonical_put_set(out, node->name, set);
    }
}

size_t zonemd_digest(const struct zone *zone, unsigned hash, uint8_t out[ZONEMD_DIGEST_MAX])
{
    const EVP_MD *algorithm = algorithm_of(hash);
    if (!algorithm)
        return 0;
    struct canonical records = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = context && EVP_DigestInit_ex(context, algorithm, NULL);
    const struct zone_node *apex = zone_apex(zone);
    for (const struct zone_node *node = apex; node; node = zone_after(zone, node->name)) {
        records.size = 0;
        put_node(&records, node, node == apex);
        good = good && EVP_DigestUpdate(context, records.data, records.size);
    }
    good = good && EVP_DigestFinal_ex(context, out, NULL);
    assert(good);
    EVP_MD_CTX_free(context);
    free(records.data);
    return (size_t)EVP_MD_get_size(algorithm);
}

size_t zonemd_rdata(const struct zone *zone, enum zonemd_hash hash, uint8_t out[ZONEMD_RDATA_MAX])
{
    bytes_put_u32(out, zone_serial(zone));
    out[4] = ZONEMD_SIMPLE;
    out[5] = (uint8_t)hash;
    return DIGEST_AT + zonemd_digest(zone, hash, out + DIGEST_AT);
}

/* Section 4 step 4.2: a pair of scheme and hash that comes twice does not count. */
static bool is_unique(const struct rrset *set, struct bytes rdata)
{
    struct bytes other;
    unsigned count = 0;
    for (size_t at = 0; rrset_next(set, &at, &other);)
        count += other.data[4] == rdata.data[4] && other.data[5] == rdata.data[5];
    return count == 1;
}

static enum zonemd_result check_one(const struct zone *zone, const struct rrset *set,
                                    struct bytes rdata)
{
    if (rdata.data[4] != ZONEMD_SIMPLE || !algorithm_of(rdata.data[5]))
        return ZONEMD_UNSUPPORTED;
    uint8_t digest[ZONEMD_DIGEST_MAX];
    if (bytes_get_u32(rdata.data) != zone_serial(zone) || !is_unique(set, rdata) ||
        rdata.size < DIGEST_AT + DIGEST_MIN)
        return ZONEMD_DIFFERS;
    struct bytes ours = bytes_of(digest, zonemd_digest(zone, rdata.data[5], digest));
    struct bytes theirs = bytes_of(rdata.data + DIGEST_AT, rdata.size - DIGEST_AT);
    return bytes_equal(ours, theirs) ? ZONEMD_MATCHES : ZONEMD_DIFFERS;
}

enum zonemd_result zonemd_check(const struct zone *zone)
{
    const struct rrset *set = zone_node_get(zone_apex(zone), RR_ZONEMD);
    struct bytes rdata;
    if (!set)
        return ZONEMD_ABSENT;
    enum zonemd_result result = ZONEMD_UNSUPPORTED;
    for (size_t at = 0; rrset_next(set, &at, &rdata) && result != ZONEMD_MATCHES;) {
        enum zonemd_result one = check_one(zone, set, rdata);
        if (one != ZONEMD_UNSUPPORTED)
            result = one;
    }
    return result;
}
