/*
 * What an experienced colleague would say about a scenario that is otherwise
 * right: where the servers of a zone stand (RFC 2182), servers and events that do nothing. Nothing
 * here stops a run.
 */
#include "scenarios/check.h"

#include <stdlib.h>

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

/* Adds SERVER to the SPREADS, one for each zone, of what it holds. */
static void spread_server(const struct scenario *scenario, const struct scenario_server *server,
                          struct spread *spreads)
{
    bool holds_members = false;
    for (size_t i = 0; i < server->primary.count; i++)
        spread_over(&spreads[server->primary.items[i].index], server);
    for (size_t i = 0; i < server->secondary.count; i++) {
        spread_over(&spreads[server->secondary.items[i].zone.index], server);
        holds_members = holds_members || server->secondary.items[i].members;
    }
    for (uint32_t zone = 0; holds_members && zone < scenario->zone_count; zone++)
        if (!held_as_primary(server, zone) && !held_as_secondary(server, zone) &&
            check_may_hold(scenario, server, zone))
            spread_over(&spreads[zone], server);
}

static void advise_spread(const struct scenario *scenario, const struct scenario_zone *zone,
                          const struct spread *spread, struct diagnostics *diagnostics)
{
    if (spread->hosts == 1)
        diagnostics_advice(diagnostics, zone->place,
                           "only one server holds '%s'; RFC 2182 section 5 wants two at the least",
                           zone->name);
    else if (!spread->several_sites)
        diagnostics_advice(diagnostics, zone->place,
                           "all servers of '%s' stand at '%s'; RFC 2182 section 3.1 wants them at "
                           "different places",
                           zone->name, scenario->sites[spread->site].name);
}

static void advise_spreads(const struct scenario *scenario, struct diagnostics *diagnostics)
{
    struct spread *spreads = memory_zeroed((scenario->zone_count + 1) * sizeof *spreads);
    for (size_t i = 0; i < scenario->server_count; i++)
        spread_server(scenario, &scenario->servers[i], spreads);
    for (size_t i = 0; i < scenario->zone_count; i++)
        if (!scenario->zones[i].is_catalog)
            advise_spread(scenario, &scenario->zones[i], &spreads[i], diagnostics);
    free(spreads);
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
        if ((held_as_primary(a, zone) || held_as_secondary(a, zone) ||
             check_may_hold(scenario, a, zone)) &&
            (held_as_secondary(b, zone) || check_may_hold(scenario, b, zone)))
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

/* ---- failures and recoveries that change nothing ------------------------------------------ */

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

/* EVENT is the same failure of the same part as one before, with no recovery between. */
static bool fails_again(const struct scenario *scenario, const struct scenario_event *event)
{
    bool down = false;
    for (const struct scenario_event *earlier = scenario->timeline; earlier < event; earlier++) {
        if (!same_target(earlier, event))
            continue;
        if (earlier->action == ACTION_RECOVER)
            down = false;
        else if (earlier->action == event->action)
            down = down || earlier->target.instance == event->target.instance;
    }
    return down;
}

static void advise_outage(const struct scenario *scenario, const struct scenario_event *event,
                          struct diagnostics *diagnostics)
{
    if (event->action == ACTION_RECOVER && recovers_nothing(scenario, event))
        diagnostics_advice(diagnostics, event->place,
                           "nothing to recover from: no 'fail' or 'stop' of it comes before");
    else if ((event->action == ACTION_FAIL || event->action == ACTION_STOP) &&
             fails_again(scenario, event))
        diagnostics_advice(diagnostics, event->place,
                           "it is down already: no 'recover' of it comes between");
}

/* ---- expectations of what never happens -------------------------------------------------- */

/* Signatures made anew are versions too, at times that are not foreseen. */
static bool waits_in_vain(const struct scenario *scenario, const struct expectation *expectation)
{
    if (expectation->kind != EXPECT_PROPAGATION || expectation->at_ns < 0 ||
        scenario->zones[expectation->zone.index].sign)
        return false;
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (event->at_ns == expectation->at_ns && event->zone.kind == REFERENCE_ZONE &&
            event->zone.index == expectation->zone.index)
            return false;
    }
    return true;
}

void scenario_advise(const struct scenario *scenario, struct diagnostics *diagnostics)
{
    advise_spreads(scenario, diagnostics);
    for (uint32_t i = 0; i < scenario->server_count; i++) {
        advise_holdings(scenario, &scenario->servers[i], diagnostics);
        advice_transfers(scenario, i, diagnostics);
        advice_software(&scenario->servers[i], diagnostics);
    }
    advice_keys(scenario, diagnostics);
    for (size_t i = 0; i < scenario->timeline_count; i++)
        advise_outage(scenario, &scenario->timeline[i], diagnostics);
    for (size_t i = 0; i < scenario->expectation_count; i++)
        if (waits_in_vain(scenario, &scenario->expectations[i]))
            diagnostics_advice(diagnostics, scenario->expectations[i].at_place,
                               "nothing in the timeline changes '%s' at this time",
                               scenario->expectations[i].zone.name);
}
