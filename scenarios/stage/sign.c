/*
 * Zones that the scenario wants signed (`sign`): their keys, how their primaries sign
 * them, and DS records in those of their parents that are the scenario's too.
 */
#include "scenarios/stage/internal.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <openssl/evp.h>
#include <stdio.h>

/* Of later signatures, for clocks that are behind. */
static const int64_t BACKDATE_NS = 3600 * NS_PER_S;

enum { NSEC3_ORIGIN_MAX = NAME_SIZE_MAX - NSEC3_LABEL_SIZE - 1 };

/* ---- keys ---------------------------------------------------------------------------------- */

static struct signing_key *derived_key(const struct stage *stage, const struct stage_zone *zone)
{
    uint8_t seed[SIGNING_SEED_SIZE];
    uint64_t key = random_key(stage->scenario->seed, zone->name, "", "signing key");
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t number = random_at(key, i);
        bytes_put_u32(seed + 8 * i, (uint32_t)(number >> 32));
        bytes_put_u32(seed + 8 * i + 4, (uint32_t)number);
    }
    return signing_key_of_seed(seed);
}

static struct signing_key *usable_key(const ldns_key *read)
{
    ldns_signing_algorithm algorithm = ldns_key_algorithm(read);
    if (algorithm != LDNS_SIGN_RSASHA256 && algorithm != LDNS_SIGN_ED25519)
        return NULL;
    EVP_PKEY *key = ldns_key_evp_key(read);
    return key && EVP_PKEY_up_ref(key) ? signing_key_of(key) : NULL;
}

static struct signing_key *read_key(struct stage *stage, const struct scenario_signing *sign)
{
    FILE *file = fopen(sign->key_file, "r");
    ldns_key *read = NULL;
    if (!file) {
        diagnostics_error(stage->diagnostics, sign->place, "can't read key file '%s': %s",
                          sign->key_file, strerror(errno));
        return NULL;
    }
    ldns_status status = ldns_key_new_frm_fp(&read, file);
    fclose(file);
    struct signing_key *key = status == LDNS_STATUS_OK ? usable_key(read) : NULL;
    if (status == LDNS_STATUS_OK)
        ldns_key_deep_free(read);
    if (!key)
        diagnostics_error(
            stage->diagnostics, sign->place,
            "key file '%s' has no key that can sign, expected an Ed25519 or RSASHA256 "
            "key as dnssec-keygen writes it",
            sign->key_file);
    return key;
}

/* ---- signing ------------------------------------------------------------------------------- */

static const struct server_signing *make_signing(struct stage *stage, const struct stage_zone *zone)
{
    const struct scenario_signing *sign = zone->source->sign;
    struct server_signing *signing = arena_alloc(stage->arena, sizeof *signing);
    *signing = (struct server_signing){
        .key = zone->key,
        .denial = sign->denial,
        .opt_out = sign->opt_out,
        .nsec3 = sign->nsec3,
        .zonemd = sign->zonemd,
        .first_backdate_ns = sign->inception_ns,
        .backdate_ns = BACKDATE_NS,
        .lifetime_ns = sign->lifetime_ns,
        .resign_ns = sign->resign_ns > 0 ? sign->resign_ns : sign->lifetime_ns / 2,
    };
    return signing;
}

/* The parent of ZONE among the zones that are signed here, if it delegates ZONE; else NULL. */
static struct stage_zone *parent_of(struct stage *stage, const struct stage_zone *zone)
{
    if (name_is_root(zone->origin))
        return NULL;
    const struct stage_zone *found = stage_zone_of(stage, name_parent(zone->origin));
    const struct zone_node *cut =
        found && found->zone ? zone_find(found->zone, zone->origin) : NULL;
    if (!cut || !cut->is_cut || zone_node_get(cut, RR_DS))
        return NULL;
    return &stage->zones[found - stage->zones];
}

/* The parent's own file can't know the key. */
static void add_ds(struct stage *stage, const struct stage_zone *zone)
{
    struct stage_zone *parent = parent_of(stage, zone);
    if (!parent)
        return;
    uint8_t rdata[SIGNING_DS_SIZE];
    signing_key_ds(zone->key, zone->origin, rdata);
    struct rr ds = {.owner = zone->origin,
                    .type = RR_DS,
                    .class = CLASS_IN,
                    .ttl = zone_node_get(zone_find(parent->zone, zone->origin), RR_NS)->ttl,
                    .rdata = bytes_of(rdata, sizeof rdata)};
    struct zone_edit *edit = zone_edit_begin(parent->zone);
    zone_edit_add(edit, &ds);
    zone_release(parent->zone);
    parent->zone = zone_store_intern(stage->store, zone_edit_finish(edit));
}

static bool make_key(struct stage *stage, struct stage_zone *zone)
{
    const struct scenario_signing *sign = zone->source->sign;
    if (sign->denial == ZONE_SIGN_NSEC3 && name_size(zone->origin) > NSEC3_ORIGIN_MAX) {
        diagnostics_error(stage->diagnostics, zone->source->place,
                          "the name '%s' is too long for 'denial: nsec3', which puts 33 octets in "
                          "front of it, expected nsec",
                          zone->name);
        return false;
    }
    zone->key = sign->key_file ? read_key(stage, sign) : derived_key(stage, zone);
    return zone->key;
}

bool stage_make_signing_keys(struct stage *stage)
{
    bool good = true;
    for (size_t i = 0; i < stage->zone_count; i++)
        if (stage->zones[i].source->sign)
            good = make_key(stage, &stage->zones[i]) && good;
    for (size_t i = 0; good && i < stage->zone_count; i++)
        if (stage->zones[i].key) {
            stage->zones[i].signing = make_signing(stage, &stage->zones[i]);
            add_ds(stage, &stage->zones[i]);
        }
    return good;
}
