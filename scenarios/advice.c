/*
 * What an experienced colleague would say about a scenario that is otherwise
 * right: RFC 2182 (where the servers of a zone stand), RFC 1912 section 2.2 (SOA
 * values), RFC 9199 section 3.5 (TTLs). Nothing here stops a run.
 */
#include "scenarios/check.h"

#include "nodes/dns/zone.h"

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

/* ---- where the servers of a zone stand (RFC 2182) --------------------------------------- */

struct spread {
    size_t hosts;
    uint32_t site;
    bool several_sites;
};

static void spread_over(struct spread *spread, const struct scenario_server *server)
{
    for (size_t i = 0; i < server->instances.count; i++) {
        uint32_t site = server->instances.items[i].site.index;
        spread->several_sites =
            spread->several_sites || (spread->hosts > 0 && spread->site != site);
        spread->site = site;
        spread->hosts++;
    }
}

static void advise_spread(const struct scenario *scenario, uint32_t zone,
                          struct diagnostics *diagnostics)
{
    struct spread spread = {0};
    const struct scenario_zone *what = &scenario->zones[zone];
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *server = &scenario->servers[i];
        if (check_is_primary(server, zone) || check_find_secondary(server, zone) ||
            check_may_hold(scenario, server, zone))
            spread_over(&spread, server);
    }
    if (spread.hosts == 1)
        diagnostics_advice(diagnostics, what->place,
                           "only one server holds '%s'; RFC 2182 section 5 wants two at the least",
                           what->name);
    else if (!spread.several_sites)
        diagnostics_advice(diagnostics, what->place,
                           "all servers of '%s' stand at '%s'; RFC 2182 section 3.1 wants them at "
                           "different places",
                           what->name, scenario->sites[spread.site].name);
}

/* ---- servers that hold nothing, or not what they are told of ----------------------------- */

static bool holds_nothing(const struct scenario_server *server)
{
    return server->primary.count == 0 && server->secondary.count == 0;
}

static bool share_zone(const struct scenario *scenario, const struct scenario_server *a,
                       const struct scenario_server *b)
{
    for (uint32_t zone = 0; zone < scenario->zone_count; zone++)
        if ((check_is_primary(a, zone) || check_find_secondary(a, zone) ||
             check_may_hold(scenario, a, zone)) &&
            (check_find_secondary(b, zone) || check_may_hold(scenario, b, zone)))
            return true;
    return false;
}

static void advise_holdings(const struct scenario *scenario, const struct scenario_server *server,
                            struct diagnostics *diagnostics)
{
    if (holds_nothing(server))
        diagnostics_advice(diagnostics, server->place,
                           "'%s' holds no zone: it refuses every question; 'primary' or "
                           "'secondary' gives it one",
                           server->name);
    for (size_t i = 0; server->notify.given && i < server->notify.list.count; i++) {
        const struct reference *peer = &server->notify.list.items[i];
        const struct scenario_server *notified = &scenario->servers[peer->index];
        if (!holds_nothing(server) && !holds_nothing(notified) &&
            !share_zone(scenario, server, notified))
            diagnostics_advice(diagnostics, peer->place,
                               "'%s' is secondary for none of the zones of '%s': no NOTIFY will be "
                               "sent to it",
                               notified->name, server->name);
    }
}

/* ---- recoveries of what never failed ----------------------------------------------------- */

static bool same_link(const struct reference_list *a, const struct reference_list *b)
{
    if (a->count != 2 || b->count != 2)
        return false;
    uint32_t a0 = a->items[0].index, a1 = a->items[1].index;
    uint32_t b0 = b->items[0].index, b1 = b->items[1].index;
    return (a0 == b0 && a1 == b1) || (a0 == b1 && a1 == b0);
}

static bool same_target(const struct scenario_event *a, const struct scenario_event *b)
{
    if (a->target.kind == REFERENCE_NONE || b->target.kind == REFERENCE_NONE)
        return a->target.kind == b->target.kind && same_link(&a->link, &b->link);
    return a->target.kind == b->target.kind && a->target.index == b->target.index;
}

/* EVENT, a recovery, comes after nothing that it could end. */
static bool recovers_nothing(const struct scenario *scenario, const struct scenario_event *event)
{
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *earlier = &scenario->timeline[i];
        if (earlier == event)
            break;
        if ((earlier->action == ACTION_FAIL || earlier->action == ACTION_STOP ||
             earlier->action == ACTION_BLOCK_TCP) &&
            same_target(earlier, event))
            return false;
    }
    return true;
}

void scenario_advise(const struct scenario *scenario, struct diagnostics *diagnostics)
{
    for (uint32_t i = 0; i < scenario->zone_count; i++)
        if (!scenario->zones[i].is_catalog)
            advise_spread(scenario, i, diagnostics);
    for (uint32_t i = 0; i < scenario->server_count; i++) {
        advise_holdings(scenario, &scenario->servers[i], diagnostics);
        advice_transfers(scenario, i, diagnostics);
        advice_software(&scenario->servers[i], diagnostics);
    }
    advice_keys(scenario, diagnostics);
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (event->action == ACTION_RECOVER && recovers_nothing(scenario, event))
            diagnostics_advice(diagnostics, event->place,
                               "nothing to recover from: no 'fail' or 'stop' of it comes before");
    }
}

/* ---- what a zone says -------------------------------------------------------------------- */

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

void scenario_advise_zone(const struct scenario_zone *source, const struct zone *zone,
                          struct diagnostics *diagnostics)
{
    struct soa soa;
    zone_soa(zone, &soa);
    advise_soa(source, &soa, diagnostics);
    const struct rrset *servers = zone_node_get(zone_apex(zone), RR_NS);
    if (servers && servers->ttl < NS_TTL_MIN_S)
        diagnostics_advice(
            diagnostics, source->source,
            "the NS records of '%s' live %s; RFC 9199 section 3.5 suggests 1h at the "
            "least",
            source->name, check_duration_text(diagnostics->arena, servers->ttl * NS_PER_S));
}
