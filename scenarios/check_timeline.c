/* What is bound to time: client groups, timeline entries, expectations. */
#include "scenarios/check.h"

#include <stdlib.h>
#include <string.h>

/* Reports a time after the end of the run; WHAT is "'at'" and the like. */
static void check_within(struct load *load, struct place place, const char *what, int64_t at_ns)
{
    int64_t duration_ns = load->scenario->duration_ns;
    if (duration_ns > 0 && at_ns > duration_ns)
        diagnostics_error(load->diagnostics, place,
                          "%s is %s after the start, but the run ends at %s; expected a time "
                          "within it",
                          what, check_duration_text(load->arena, at_ns),
                          check_duration_text(load->arena, duration_ns));
}

/* A run that --set makes shorter ends before what the file has for later. */
static bool is_left_out(const struct load *load, int64_t at_ns)
{
    int64_t duration_ns = load->scenario->duration_ns;
    return load->duration_set.file && duration_ns > 0 && at_ns > duration_ns;
}

/* ---- clients ----------------------------------------------------------------------------- */

static void check_group(struct load *load, struct scenario_clients *group)
{
    if (group->stop_ns < 0 || is_left_out(load, group->stop_ns))
        group->stop_ns = load->scenario->duration_ns;
    check_within(load, group->place,
                 arena_format(load->arena, "'start' of client group '%s'", group->name),
                 group->start_ns);
    check_within(load, group->place,
                 arena_format(load->arena, "'stop' of client group '%s'", group->name),
                 group->stop_ns);
    if (group->start_ns <= load->scenario->duration_ns && group->stop_ns <= group->start_ns &&
        load->scenario->duration_ns > 0)
        diagnostics_error(load->diagnostics, group->place,
                          "client group '%s' stops before it starts, expected 'stop' after 'start'",
                          group->name);
}

static void check_asked(struct load *load, const struct scenario_clients *group,
                        const struct reference_list *list, const char *key)
{
    if (list->items && list->count == 0)
        diagnostics_error(load->diagnostics, group->place,
                          "client group '%s' has an empty '%s', expected at least one", group->name,
                          key);
}

void check_clients(struct load *load)
{
    for (size_t i = 0; i < load->scenario->clients_count; i++) {
        struct scenario_clients *group = &load->scenario->clients[i];
        check_group(load, group);
        check_asked(load, group, &group->resolvers, "resolver");
        check_asked(load, group, &group->servers, "servers");
    }
}

/* ---- the timeline ------------------------------------------------------------------------ */

/* Whom a zone's change or an operator's word may be for. */
struct duty {
    const char *is;   /* "is not ... 'example.com'" */
    const char *noun; /* "'example.com' has 2 ..." */
    bool (*suits)(const struct scenario *scenario, const struct scenario_server *server,
                  uint32_t zone);
};

static bool is_primary(const struct scenario *scenario, const struct scenario_server *server,
                       uint32_t zone)
{
    (void)scenario;
    return held_as_primary(server, zone);
}

/* By itself or, for all that is known here, as a member of a catalog. */
static bool is_secondary(const struct scenario *scenario, const struct scenario_server *server,
                         uint32_t zone)
{
    return held_as_secondary(server, zone) ||
           (!held_as_primary(server, zone) && check_may_hold(scenario, server, zone));
}

static bool holds(const struct scenario *scenario, const struct scenario_server *server,
                  uint32_t zone)
{
    return held_as_primary(server, zone) || is_secondary(scenario, server, zone);
}

/* NULL: the action is not about a zone on a server. */
static const struct duty *duty_of(enum scenario_action action)
{
    static const struct duty primary = {"primary for", "primaries", is_primary};
    static const struct duty secondary = {"secondary for", "secondaries", is_secondary};
    switch (action) {
    case ACTION_CHANGE:
    case ACTION_FREEZE:
    case ACTION_THAW:
    case ACTION_RELOAD:
    case ACTION_NOTIFY: /* mostly */
        return &primary;
    case ACTION_TRANSFER:
    case ACTION_REFRESH:
        return &secondary;
    case ACTION_FAIL:
    case ACTION_RECOVER:
    case ACTION_STOP:
    case ACTION_SKEW:
    case ACTION_RENEW:
    case ACTION_BLOCK_TCP:
        break;
    }
    return NULL;
}

/* The only server that has the DUTY; NULL and the number of them if there are none or several. */
static const struct scenario_server *only_one(const struct scenario *scenario, uint32_t zone,
                                              const struct duty *duty, size_t *count)
{
    const struct scenario_server *found = NULL;
    *count = 0;
    for (size_t i = 0; i < scenario->server_count; i++) {
        if (!duty->suits(scenario, &scenario->servers[i], zone))
            continue;
        found = &scenario->servers[i];
        ++*count;
    }
    return *count == 1 ? found : NULL;
}

static void check_on(struct load *load, const struct scenario_event *event, const struct duty *duty)
{
    const struct scenario *scenario = load->scenario;
    const struct scenario_server *server = &scenario->servers[event->on.index];
    bool notifies = event->action == ACTION_NOTIFY;
    if (server->unclear || event->on.guessed || event->zone.guessed)
        return;
    if (notifies ? holds(scenario, server, event->zone.index)
                 : duty->suits(scenario, server, event->zone.index))
        return;
    diagnostics_error(load->diagnostics, event->on.place,
                      notifies ? "server '%s' does not hold%s '%s', expected a server that does"
                               : "server '%s' is not %s '%s', expected a server that is",
                      event->on.name, notifies ? "" : duty->is, event->zone.name);
}

/* Fills in the server where only one can be meant. */
static void check_server(struct load *load, struct scenario_event *event, const struct duty *duty)
{
    struct scenario *scenario = load->scenario;
    size_t count;
    if (event->zone.kind != REFERENCE_ZONE)
        return;
    if (event->on.kind == REFERENCE_SERVER) {
        check_on(load, event, duty);
        return;
    }
    const struct scenario_server *server = only_one(scenario, event->zone.index, duty, &count);
    if (server)
        event->on = (struct reference){.kind = REFERENCE_SERVER,
                                       .name = server->name,
                                       .place = event->zone.place,
                                       .index = (uint32_t)(server - scenario->servers),
                                       .instance = -1};
    else if (check_holders_unclear(load) || event->zone.guessed)
        return;
    else if (count > 1 && !event->on.name)
        diagnostics_error(load->diagnostics, event->zone.place,
                          "'%s' has %zu %s, expected 'on' to name one of them", event->zone.name,
                          count, duty->noun);
    else if (count == 0 && duty->suits == is_secondary)
        diagnostics_error(load->diagnostics, event->zone.place,
                          "'%s' has no secondary, expected a zone that has one", event->zone.name);
}

/* What is loaded is called as the zone that it takes the place of. */
static void check_reload(struct load *load, struct scenario_event *event)
{
    struct scenario_zone *version = &event->version;
    if (event->zone.kind == REFERENCE_ZONE) {
        const struct scenario_zone *zone = &load->scenario->zones[event->zone.index];
        version->name = zone->name;
        version->wire = zone->wire;
        version->place = event->place;
    }
    if (!version->file == !version->records)
        diagnostics_error(load->diagnostics, event->zone.place,
                          version->file ? "'reload' has both 'file' and 'records', expected one of "
                                          "them"
                                        : "'reload' has neither 'file' nor 'records', expected one "
                                          "of them");
}

static void check_of_zone(struct load *load, struct scenario_event *event)
{
    const struct duty *duty = duty_of(event->action);
    if (duty)
        check_server(load, event, duty);
    else if (event->on.name)
        diagnostics_error(load->diagnostics, event->on.place,
                          "'on' stands without a zone to change or to tell of, expected both or "
                          "neither");
    if (event->action == ACTION_RELOAD)
        check_reload(load, event);
}

static void check_renewal(struct load *load, const struct scenario_event *event)
{
    if (event->target.kind != REFERENCE_SERVER || event->target.guessed)
        return;
    const struct scenario_server *server = &load->scenario->servers[event->target.index];
    if (!server->tls && !server->unclear)
        diagnostics_error(load->diagnostics, event->target.place,
                          "server '%s' has no certificate to renew, expected one with 'tls'",
                          event->target.name);
}

static int compare_events(const void *left, const void *right)
{
    const struct scenario_event *a = *(const struct scenario_event *const *)left;
    const struct scenario_event *b = *(const struct scenario_event *const *)right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return a < b ? -1 : a > b; /* both point into the array as the file has it */
}

/* References have been resolved: nobody points into the old array any more. */
static void sort_timeline(struct load *load)
{
    struct scenario *scenario = load->scenario;
    size_t count = scenario->timeline_count;
    if (count == 0)
        return;
    const struct scenario_event **order = memory_alloc(count * sizeof *order);
    struct scenario_event *sorted = arena_alloc(load->arena, count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        order[i] = &scenario->timeline[i];
    qsort(order, count, sizeof *order, compare_events);
    for (size_t i = 0; i < count; i++)
        sorted[i] = *order[i];
    free(order);
    scenario->timeline = sorted;
}

static void tell_left_out(struct load *load, size_t count, const char *one, const char *several)
{
    if (count > 0)
        diagnostics_advice(load->diagnostics, load->duration_set,
                           count == 1 ? "%zu %s after the end of the run and is left out"
                                      : "%zu %s after the end of the run and are left out",
                           count, count == 1 ? one : several);
}

/* They stand in the order of time. */
static void shorten_timeline(struct load *load)
{
    struct scenario *scenario = load->scenario;
    size_t kept = scenario->timeline_count;
    while (kept > 0 && is_left_out(load, scenario->timeline[kept - 1].at_ns))
        kept--;
    tell_left_out(load, scenario->timeline_count - kept, "entry of the timeline is",
                  "entries of the timeline are");
    scenario->timeline_count = kept;
}

void check_timeline(struct load *load)
{
    struct scenario *scenario = load->scenario;
    sort_timeline(load);
    shorten_timeline(load);
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        struct scenario_event *event = &scenario->timeline[i];
        check_within(load, event->place, "'at'", event->at_ns);
        if (event->action == ACTION_CHANGE && event->link.count > 0)
            event->action = ACTION_BLOCK_TCP; /* its key names the ends and nothing else */
        if (event->unclear)
            continue;
        check_of_zone(load, event);
        if (event->action == ACTION_RENEW)
            check_renewal(load, event);
    }
}

/* ---- expectations ------------------------------------------------------------------------ */

static void check_holds(struct load *load, const struct expectation *expectation, bool as_secondary)
{
    if (expectation->subject.kind != REFERENCE_SERVER || expectation->zone.kind != REFERENCE_ZONE)
        return;
    const struct scenario_server *server = &load->scenario->servers[expectation->subject.index];
    uint32_t zone = expectation->zone.index;
    if (server->unclear || expectation->subject.guessed || expectation->zone.guessed ||
        held_as_secondary(server, zone) || (!as_secondary && held_as_primary(server, zone)) ||
        check_may_hold(load->scenario, server, zone))
        return;
    diagnostics_error(load->diagnostics, expectation->subject.place,
                      "server '%s' %s '%s', expected a server that %s", expectation->subject.name,
                      as_secondary ? "is not secondary for" : "does not hold",
                      expectation->zone.name, as_secondary ? "is" : "does");
}

static bool is_part_of(const struct reference *part, const struct reference *whole)
{
    return part->kind == whole->kind && part->index == whole->index &&
           (whole->instance < 0 || whole->instance == part->instance);
}

static void check_share(struct load *load, const struct expectation *expectation)
{
    for (size_t i = 0; i < expectation->among.count; i++) {
        if (expectation->among.items[i].kind == REFERENCE_NONE ||
            expectation->among.items[i].guessed ||
            is_part_of(&expectation->subject, &expectation->among.items[i]))
            return;
    }
    if (expectation->subject.kind != REFERENCE_NONE && !expectation->subject.guessed)
        diagnostics_error(load->diagnostics, expectation->subject.place,
                          "'%s' is not itself among those named, expected it there",
                          expectation->subject.name);
}

static void check_expectation(struct load *load, const struct expectation *expectation)
{
    check_within(load, expectation->to_place, "the end of this window", expectation->to_ns);
    check_within(load, expectation->at_place, "this time", expectation->at_ns);
    switch (expectation->kind) {
    case EXPECT_STATE:
    case EXPECT_SIGNATURES:
    case EXPECT_SIGNATURES_LEFT:
    case EXPECT_SERIAL:
        check_holds(load, expectation, false);
        break;
    case EXPECT_BEHIND:
    case EXPECT_MISSING:
    case EXPECT_EXPIRY:
    case EXPECT_LAST_TRANSFER:
    case EXPECT_TRANSFERS:
        check_holds(load, expectation, true);
        break;
    case EXPECT_SHARE:
        check_share(load, expectation);
        break;
    case EXPECT_AVAILABILITY:
    case EXPECT_OUTCOME:
    case EXPECT_LATENCY:
    case EXPECT_PROPAGATION:
    case EXPECT_NOTICE:
    case EXPECT_QUERIES:
        break;
    }
}

static void shorten_expectations(struct load *load)
{
    struct scenario *scenario = load->scenario;
    size_t kept = 0;
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        if (!is_left_out(load, expectation->at_ns) && !is_left_out(load, expectation->to_ns))
            scenario->expectations[kept++] = *expectation;
    }
    tell_left_out(load, scenario->expectation_count - kept, "expectation speaks of a time",
                  "expectations speak of times");
    scenario->expectation_count = kept;
}

void check_expectations(struct load *load)
{
    shorten_expectations(load);
    for (size_t i = 0; i < load->scenario->expectation_count; i++)
        check_expectation(load, &load->scenario->expectations[i]);
}
