/*
 * Queues of a server's work: what is due begins in order, as limits allow.
 *
 * Transfers have two limits. A source with waiting zones that may run one more
 * stands in the queue of turns; each turn starts one zone of that source, so that
 * sources share what the server may run, and none is passed over.
 */
#include "nodes/secondary.h"

#include <assert.h>

/* ---- queues -------------------------------------------------------------------------------- */

static void append(struct work_queue *queue, struct work *work, void *owner)
{
    assert(!work->queue);
    *work = (struct work){.previous = queue->last, .queue = queue, .owner = owner};
    if (queue->last)
        queue->last->next = work;
    else
        queue->first = work;
    queue->last = work;
}

static void leave(struct work *work)
{
    struct work_queue *queue = work->queue;
    *(work->previous ? &work->previous->next : &queue->first) = work->next;
    *(work->next ? &work->next->previous : &queue->last) = work->previous;
    *work = (struct work){.owner = work->owner};
}

static void *take(struct work_queue *queue)
{
    struct work *work = queue->first;
    leave(work);
    return work->owner;
}

/* ---- rates --------------------------------------------------------------------------------- */

/* The next tick is now. After a rest one goes at once and by itself; what has waited for the tick
 * goes in a batch (BIND's isc_ratelimiter_enqueue and ratelimiter_tick). */
static void tick(struct work_pace *pace, int64_t now_ns)
{
    pace->released = pace->held ? 0 : pace->rate.batch - 1;
    pace->held = false;
    pace->tick_ns = now_ns;
    pace->tick_end_ns = now_ns + pace->rate.tick_ns;
}

/* True: one may go now. Else the pace's deadline is set to when the next one may. */
static bool pace_allows(struct server *server, struct work_pace *pace)
{
    if (pace->rate.tick_ns == 0)
        return true;
    if (server->now_ns >= pace->tick_end_ns)
        tick(pace, server->now_ns);
    if (server->now_ns == pace->tick_ns && pace->released < pace->rate.batch) {
        pace->released++;
        return true;
    }
    pace->held = true;
    deadlines_set(&server->deadlines, &pace->deadline, pace->tick_end_ns);
    return false;
}

/* ---- SOA checks ---------------------------------------------------------------------------- */

static void release_checks(struct server *server)
{
    struct server_work *work = &server->work;
    while (work->waiting_checks.first &&
           (work->checks_max == 0 || work->checks < work->checks_max) &&
           pace_allows(server, &work->check_pace)) {
        work->checks++;
        secondary_probe_begin(take(&work->waiting_checks));
    }
}

void server_work_check(struct server_zone *zone)
{
    append(&zone->server->work.waiting_checks, &zone->secondary->work, zone);
    release_checks(zone->server);
}

void server_work_check_ended(struct server *server)
{
    assert(server->work.checks > 0);
    server->work.checks--;
    server->checked_ns = server->now_ns;
    release_checks(server);
}

/* ---- transfers ----------------------------------------------------------------------------- */

static bool wants_turn(const struct server *server, const struct server_source *source)
{
    unsigned max = server->work.transfers_per_source;
    return source->waiting.first && !source->turn.queue && (max == 0 || source->transfers < max);
}

static void release_transfers(struct server *server)
{
    struct server_work *work = &server->work;
    if (work->releasing)
        return;
    work->releasing = true;
    while (work->turns.first &&
           (work->transfers_in_max == 0 || work->transfers_in < work->transfers_in_max)) {
        struct server_source *source = take(&work->turns);
        work->transfers_in++;
        source->transfers++;
        struct server_zone *zone = take(&source->waiting);
        if (wants_turn(server, source))
            append(&work->turns, &source->turn, source);
        secondary_transfer_connect(zone, source);
    }
    work->releasing = false;
}

void server_work_transfer(struct server_zone *zone)
{
    struct server *server = zone->server;
    struct address address = secondary_source(zone);
    struct server_source *source = server_work_source(server, &address);
    append(&source->waiting, &zone->secondary->work, zone);
    if (wants_turn(server, source))
        append(&server->work.turns, &source->turn, source);
    release_transfers(server);
}

void server_work_transfer_ended(struct server *server, struct server_source *source)
{
    assert(server->work.transfers_in > 0 && source->transfers > 0);
    server->work.transfers_in--;
    source->transfers--;
    if (wants_turn(server, source))
        append(&server->work.turns, &source->turn, source);
    release_transfers(server);
}

/* ---- NOTIFY -------------------------------------------------------------------------------- */

static void release_notifies(struct server *server)
{
    struct server_work *work = &server->work;
    while (work->waiting_notifies.first && pace_allows(server, &work->notify_pace))
        notify_send_first(take(&work->waiting_notifies));
}

void server_work_notify(struct server *server, struct notify_target *target)
{
    struct work *work = notify_work(target);
    if (work->queue)
        return;
    append(&server->work.waiting_notifies, work, target);
    release_notifies(server);
}

void server_work_due(struct server *server, unsigned kind)
{
    if (kind == DEADLINE_CHECKS)
        release_checks(server);
    else
        release_notifies(server);
}

/* ---- what goes ----------------------------------------------------------------------------- */

/* A source for which nothing waits any more gives up its turn. */
void server_work_forget_zone(struct server_zone *zone)
{
    struct work *work = &zone->secondary->work;
    if (!work->queue)
        return;
    bool for_check = work->queue == &zone->server->work.waiting_checks;
    leave(work);
    if (for_check)
        return;
    struct address address = secondary_source(zone);
    struct server_source *source = server_work_source(zone->server, &address);
    if (!source->waiting.first && source->turn.queue)
        leave(&source->turn);
}

void server_work_forget_target(struct notify_target *target)
{
    struct work *work = notify_work(target);
    if (work->queue)
        leave(work);
}

/* ---- sources ------------------------------------------------------------------------------- */

struct server_source *server_work_source(struct server *server, const struct address *address)
{
    struct server_source *source =
        table_get(&server->sources, bytes_of(address->ip, sizeof address->ip));
    assert(source);
    return source;
}

void server_work_avoid_ixfr(struct server_zone *zone)
{
    struct address address = secondary_source(zone);
    server_work_source(zone->server, &address)->no_ixfr_until_ns =
        zone->server->now_ns + zone->server->policy->ixfr_pause_ns;
}

bool server_work_ixfr_fault(struct server_zone *zone)
{
    struct address address = secondary_source(zone);
    struct server_source *source = server_work_source(zone->server, &address);
    source->ixfr_faults++;
    if (source->ixfr_faults != zone->server->policy->ixfr_faults_max)
        return false;
    source->ixfr_faults = 0;
    server_work_avoid_ixfr(zone);
    return true;
}

/* Each failure is remembered for a while, and with it those before it. */
void server_work_unreachable(struct server *server, struct server_source *source)
{
    if (server->now_ns > source->unreachable_until_ns)
        source->unreachable_times = 0;
    source->unreachable_times++;
    source->unreachable_until_ns = server->now_ns + server->policy->unreachable_memory_ns;
}

bool server_work_is_unreachable(const struct server *server, const struct server_source *source)
{
    unsigned enough = server->policy->unreachable_times;
    return enough > 0 && source->unreachable_times >= enough &&
           server->now_ns <= source->unreachable_until_ns;
}

static void add_source(struct server *server, const struct address *address)
{
    if (table_get(&server->sources, bytes_of(address->ip, sizeof address->ip)))
        return;
    struct server_source *source = arena_alloc(server->arena, sizeof *source);
    memcpy(source->ip, address->ip, sizeof source->ip);
    table_put(&server->sources, bytes_of(source->ip, sizeof source->ip), source);
}

static void add_sources(struct server *server, const struct server_addresses *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        add_source(server, &sources->list[i]);
}

/* ---- life ---------------------------------------------------------------------------------- */

static unsigned limit(uint32_t given, unsigned usual)
{
    return given > 0 ? given : usual;
}

static struct work_pace make_pace(uint32_t given, struct server_rate usual,
                                  enum server_deadline kind)
{
    return (struct work_pace){.rate = given > 0 ? server_rate_of(given) : usual,
                              .deadline = {.kind = kind}};
}

void server_work_init(struct server *server)
{
    const struct server_limits *given = &server->config->limits;
    const struct server_policy *policy = server->policy;
    server->work = (struct server_work){
        .transfers_in_max = limit(given->transfers_in, policy->transfers_in_max),
        .transfers_per_source = limit(given->transfers_per_source, policy->transfers_per_source),
        .transfers_out_max = limit(given->transfers_out, policy->transfers_out_max),
        .checks_max = policy->soa_checks_max,
        .check_pace = make_pace(given->soa_rate, policy->soa_rate, DEADLINE_CHECKS),
        .notify_pace = make_pace(given->notify_rate, policy->notify_rate, DEADLINE_NOTIFIES),
    };
    for (size_t i = 0; i < server->config->zone_count; i++) {
        const struct server_zone_config *zone = &server->config->zones[i];
        add_sources(server, &zone->sources);
        if (zone->members)
            add_sources(server, &zone->members->sources);
        for (size_t k = 0; k < zone->group_count; k++)
            add_sources(server, &zone->groups[k].members->sources);
    }
}
