/*
 * What NS records promise and the scenario does not keep, seen only once addresses
 * are given; and what a zone's signer and its SOA together come to.
 */
#include "nodes/monitor.h"
#include "scenarios/check.h"
#include "scenarios/stage/internal.h"

static bool is_of(const struct stage_member *member, const struct address *address)
{
    for (size_t i = 0; i < member->addresses_per_host; i++)
        if (address_same_ip(&member->addresses[i], address))
            return true;
    for (size_t i = 0; i < member->anycast_count; i++)
        if (address_same_ip(&member->anycast[i], address))
            return true;
    return false;
}

/* Some address of NAME, as the scenario's zones have it, is that of a server. */
static bool has_server_address(const struct stage *stage, const uint8_t *name)
{
    const struct stage_zone *home = stage_zone_of(stage, name);
    const struct zone_node *node = home ? zone_find(home->zone, name) : NULL;
    const struct rrset *set = node ? zone_node_get(node, RR_A) : NULL;
    struct bytes rdata;
    for (size_t at = 0; set && rrset_next(set, &at, &rdata);) {
        struct address address = address_from_ipv4(bytes_get_u32(rdata.data), 0);
        for (size_t i = 0; i < stage->member_count; i++)
            if (stage->members[i].kind == TOPOLOGY_SERVER && is_of(&stage->members[i], &address))
                return true;
    }
    return node && zone_node_get(node, RR_AAAA); /* not looked into any further */
}

/* The catalog of SERVER that lists ZONE but makes it hold none of its members; NULL: none. */
static const struct scenario_secondary *
catalog_without_members(const struct stage *stage, const struct scenario_server *server,
                        uint32_t zone)
{
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        const bool *listed = stage->zones[secondary->zone.index].listed;
        if (!secondary->members && listed && listed[zone])
            return secondary;
    }
    return NULL;
}

/* NAME is SERVER's, but the server does not hold ZONE. */
static void advise_not_held(const struct stage *stage, uint32_t zone, const uint8_t *name,
                            const struct scenario_server *server)
{
    char text[NAME_TEXT_SIZE];
    const struct scenario_secondary *catalog = catalog_without_members(stage, server, zone);
    if (catalog)
        diagnostics_advice(stage->diagnostics, catalog->zone.place,
                           "an NS record of '%s' names %s, but '%s' does not hold the zone: it is "
                           "secondary for the catalog '%s', and 'members' there is missing",
                           stage->zones[zone].name, name_to_text(name, text), server->name,
                           catalog->zone.name);
    else
        diagnostics_advice(stage->diagnostics, stage->zones[zone].source->place,
                           "an NS record of '%s' names %s, but '%s' does not hold the zone",
                           stage->zones[zone].name, name_to_text(name, text), server->name);
}

static void advise_name(const struct stage *stage, uint32_t zone, const uint8_t *name)
{
    char text[NAME_TEXT_SIZE];
    const struct scenario_server *called = NULL;
    for (uint32_t i = 0; i < stage->scenario->server_count; i++) {
        const struct scenario_server *server = &stage->scenario->servers[i];
        if (!stage_is_called(server, name, stage->zones[zone].origin))
            continue;
        if (stage_holds(server, zone) || stage_member_of(stage, server, zone))
            return;
        called = server;
    }
    if (has_server_address(stage, name))
        return;
    if (called)
        advise_not_held(stage, zone, name, called);
    else
        diagnostics_advice(stage->diagnostics, stage->zones[zone].source->place,
                           "an NS record of '%s' names %s, but no server that holds the zone is "
                           "called so; a server's 'name' says it",
                           stage->zones[zone].name, name_to_text(name, text));
}

/* What a version that is up to date may have left before its first signature runs out, at the
 * least; and for how long a secondary serves it without a word from its primary. */
static void advise_signatures(const struct stage *stage, const struct stage_zone *zone)
{
    const struct server_signing *signing = zone->signing;
    int64_t left_ns = signing->lifetime_ns - signing->backdate_ns - signing->resign_ns;
    struct arena *arena = stage->diagnostics->arena;
    struct soa soa;
    zone_soa(zone->zone, &soa);
    if (left_ns <= 0)
        diagnostics_advice(stage->diagnostics, zone->source->place,
                           "signatures of '%s' run out before they are made anew: they last for "
                           "%s, and 'resign' is %s",
                           zone->name,
                           check_duration_text(arena, signing->lifetime_ns - signing->backdate_ns),
                           check_duration_text(arena, signing->resign_ns));
    else if (soa.expire * NS_PER_S > left_ns)
        diagnostics_advice(
            stage->diagnostics, zone->source->place,
            "secondaries that lose their primary serve '%s' for %s (SOA expire), but "
            "its signatures may run out after %s; RFC 6781 section 4.4.1 wants "
            "expire well below that",
            zone->name, check_duration_text(arena, soa.expire * NS_PER_S),
            check_duration_text(arena, left_ns));
}

/* What asks nobody never raises an alarm either. */
static void advise_monitor(struct stage *stage, const struct stage_member *member)
{
    const struct scenario_monitor *source = &stage->scenario->monitors[member->source];
    const struct monitor_config *config = stage_node_config(stage, member);
    if (config->target_count == 0)
        diagnostics_advice(stage->diagnostics, source->place,
                           "'%s' watches nothing: none of its servers holds any of its zones%s",
                           source->name,
                           source->zones.count > 0 ? "" : "; members of catalogs have to be named");
}

void stage_advise(struct stage *stage)
{
    for (size_t i = 0; i < stage->member_count; i++)
        if (stage->members[i].kind == TOPOLOGY_MONITOR)
            advise_monitor(stage, &stage->members[i]);
    for (uint32_t i = 0; i < stage->scenario->zone_count; i++)
        if (stage->zones[i].signing)
            advise_signatures(stage, &stage->zones[i]);
    for (uint32_t i = 0; i < stage->scenario->zone_count; i++) {
        const struct rrset *names = zone_node_get(zone_apex(stage->zones[i].zone), RR_NS);
        bool is_catalog = stage->scenario->zones[i].is_catalog; /* whose NS say nothing */
        struct bytes rdata;
        for (size_t at = 0; names && !is_catalog && rrset_next(names, &at, &rdata);)
            advise_name(stage, i, rdata.data);
    }
    stage_advise_clients(stage);
    stage_foresee(stage);
}
