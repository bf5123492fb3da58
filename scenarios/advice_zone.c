/*
 * What an experienced colleague would say about a zone's content: RFC 1912 section 2.2 (SOA values,
 * final dots), RFC 2308 section 5 (negative answers), RFC 9199 section 3.5 (TTLs).
 */
#include "scenarios/check.h"

#include "nodes/dns/name.h"
#include "nodes/dns/zone.h"

#include <string.h>

enum {
    HOUR_S = 3600,
    DAY_S = 86400,
    REFRESH_MIN_S = 1200,
    REFRESH_MAX_S = DAY_S, /* RFC 1912 section 2.2: where secondaries are notified */
    EXPIRE_MIN_S = 14 * DAY_S,
    EXPIRE_MAX_S = 28 * DAY_S,
    NEGATIVE_MAX_S = DAY_S, /* RFC 2308 section 5: values above have proven problematic */
    NS_TTL_MIN_S = HOUR_S,
};

static bool is_outside(uint32_t value_s, uint32_t low_s, uint32_t high_s)
{
    return value_s < low_s || value_s > high_s;
}

static void advise_soa(const struct scenario_zone *source, const struct soa *soa,
                       struct diagnostics *diagnostics)
{
    if (is_outside(soa->refresh, REFRESH_MIN_S, REFRESH_MAX_S))
        diagnostics_advice(diagnostics, source->source,
                           "the SOA refresh of '%s' is %s; RFC 1912 section 2.2 suggests 20m to 1d",
                           source->name,
                           check_duration_text(diagnostics->arena, soa->refresh * NS_PER_S));
    if (is_outside(soa->expire, EXPIRE_MIN_S, EXPIRE_MAX_S))
        diagnostics_advice(diagnostics, source->source,
                           "the SOA expire of '%s' is %s; RFC 1912 section 2.2 suggests 14d to 28d",
                           source->name,
                           check_duration_text(diagnostics->arena, soa->expire * NS_PER_S));
    if (soa->retry >= soa->refresh)
        diagnostics_advice(diagnostics, source->source,
                           "the SOA retry of '%s' is not below its refresh; RFC 1912 section 2.2 "
                           "wants a fraction of it",
                           source->name);
    if (soa->minimum > NEGATIVE_MAX_S)
        diagnostics_advice(diagnostics, source->source,
                           "the SOA minimum of '%s' is %s; RFC 2308 section 5 suggests 1h to 3h "
                           "and no more than 1d",
                           source->name,
                           check_duration_text(diagnostics->arena, soa->minimum * NS_PER_S));
}

/* "www.example.com A ..." in the zone example.com. */
static void advise_dots(const struct scenario_zone *source, const struct zone *zone,
                        struct diagnostics *diagnostics)
{
    const uint8_t *origin = zone_origin(zone);
    uint8_t twice[2 * NAME_SIZE_MAX];
    size_t size = name_size(origin);
    char text[NAME_TEXT_SIZE];
    memcpy(twice, origin, size - 1);
    memcpy(twice + size - 1, origin, size);
    if (name_is_root(origin) || 2 * size - 1 > NAME_SIZE_MAX || !zone_name_exists(zone, twice))
        return;
    diagnostics_advice(diagnostics, source->source,
                       "there are names in '%s' that end in %s: is a final dot missing?",
                       source->name, name_to_text(twice, text));
}

/* RFC 5155: what NSEC has no use for. */
static void advise_denial(const struct scenario_zone *source, struct diagnostics *diagnostics)
{
    const struct scenario_signing *sign = source->sign;
    if (sign && sign->denial == ZONE_SIGN_NSEC &&
        (sign->opt_out || sign->nsec3.salt_size > 0 || sign->nsec3.iterations > 0))
        diagnostics_advice(diagnostics, source->place,
                           "'%s' is signed with NSEC, which has no salt, iterations or opt-out; "
                           "'denial: nsec3' has",
                           source->name);
}

void scenario_advise_zone(const struct scenario_zone *source, const struct zone *zone,
                          struct diagnostics *diagnostics)
{
    struct soa soa;
    zone_soa(zone, &soa);
    advise_soa(source, &soa, diagnostics);
    advise_dots(source, zone, diagnostics);
    advise_denial(source, diagnostics);
    const struct rrset *servers = zone_node_get(zone_apex(zone), RR_NS);
    if (servers && servers->ttl < NS_TTL_MIN_S)
        diagnostics_advice(
            diagnostics, source->source,
            "the NS records of '%s' live %s; RFC 9199 section 3.5 suggests 1h at the "
            "least",
            source->name, check_duration_text(diagnostics->arena, servers->ttl * NS_PER_S));
}
