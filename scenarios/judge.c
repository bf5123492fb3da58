/* Expectations: each is a figure from the metrics and a comparison. */
#include "scenarios/judge.h"

#include "reports/figure.h"

struct judging {
    const struct stage *stage;
    const struct metrics *metrics;
    const struct expectation *expectation;
    const char *actual;
    bool ok;
};

static void say(struct judging *judging, const char *text)
{
    judging->actual = arena_text(judging->stage->arena, text);
}

static void compare(struct judging *judging, int64_t actual)
{
    judging->ok = expectation_holds(judging->expectation, actual);
}

/* ---- clients ----------------------------------------------------------------------------- */

static struct metrics_clients clients_of(const struct judging *judging)
{
    const struct expectation *e = judging->expectation;
    uint32_t node = METRICS_ALL;
    for (size_t i = 0; i < judging->stage->member_count; i++)
        if (e->subject.kind == REFERENCE_CLIENTS &&
            stage_is_meant(&judging->stage->members[i], &e->subject))
            node = judging->stage->members[i].node;
    return metrics_clients(judging->metrics, node, e->from_ns, e->to_ns);
}

static void judge_lookups(struct judging *judging)
{
    const struct expectation *e = judging->expectation;
    struct metrics_clients clients = clients_of(judging);
    char text[FIGURE_SIZE];
    if (clients.finished == 0) {
        judging->actual = "no look-up finished";
        return;
    }
    int64_t share_ppb = e->kind == EXPECT_OUTCOME ? metrics_outcome_ppb(&clients, e->outcome)
                                                  : clients.availability_ppb;
    compare(judging, share_ppb);
    say(judging, figure_share(share_ppb, text));
}

static int64_t statistic_of(const struct metrics_clients *clients,
                            enum expectation_statistic statistic)
{
    switch (statistic) {
    case EXPECT_MEAN:
        return clients->mean_ns;
    case EXPECT_P50:
        return clients->p50_ns;
    case EXPECT_P90:
        return clients->p90_ns;
    case EXPECT_P95:
        return clients->p95_ns;
    case EXPECT_P99:
        return clients->p99_ns;
    case EXPECT_MAX:
        return clients->max_ns;
    }
    return -1;
}

static void judge_latency(struct judging *judging)
{
    struct metrics_clients clients = clients_of(judging);
    int64_t latency_ns = statistic_of(&clients, judging->expectation->statistic);
    char text[FIGURE_SIZE];
    if (latency_ns < 0) {
        judging->actual = "no look-up was answered";
        return;
    }
    compare(judging, latency_ns);
    say(judging, figure_duration(latency_ns, text));
}

/* ---- zones ------------------------------------------------------------------------------- */

static bool is_wanted(const struct judging *judging, const struct metrics_version *version)
{
    const struct expectation *e = judging->expectation;
    if (version->zone != e->zone.index || (e->at_ns >= 0 && version->published_ns != e->at_ns))
        return false;
    return version->published_ns >= e->from_ns && version->published_ns < e->to_ns;
}

/* What version INDEX lacks to be judged by its time; NULL: nothing. */
static const char *shortfall(const struct judging *judging, size_t index,
                             const struct metrics_spread *spread)
{
    const struct topology_node *nodes = judging->stage->topology.nodes;
    uint32_t serial = metrics_version(judging->metrics, index).serial;
    if (spread->due == 0)
        return arena_format(judging->stage->arena, "no other server held the zone for serial %u",
                            serial);
    if (spread->missing > 0)
        return arena_format(judging->stage->arena, "%s never served serial %u",
                            nodes[spread->first_missing].name, serial);
    return NULL;
}

static void judge_propagation(struct judging *judging)
{
    struct metrics_spread worst = {.slowest_ns = -1};
    char text[FIGURE_SIZE];
    for (size_t i = 0; i < metrics_version_count(judging->metrics); i++) {
        struct metrics_version version = metrics_version(judging->metrics, i);
        if (!is_wanted(judging, &version))
            continue;
        struct metrics_spread spread = metrics_spread(judging->metrics, i);
        judging->actual = shortfall(judging, i, &spread);
        if (judging->actual)
            return;
        if (spread.slowest_ns > worst.slowest_ns)
            worst = spread;
    }
    if (worst.slowest_ns < 0) {
        judging->actual = "no change was published";
        return;
    }
    compare(judging, worst.slowest_ns);
    judging->actual =
        arena_format(judging->stage->arena, "%s (%s last)", figure_duration(worst.slowest_ns, text),
                     judging->stage->topology.nodes[worst.slowest].name);
}

static const char *const state_names[] = {
    [METRICS_ABSENT] = "absent",           [METRICS_LOADING] = "loading",
    [METRICS_SERVING] = "serving",         [METRICS_EXPIRED] = "expired",
    [METRICS_REMOVED] = "absent, removed",
};

static void judge_state_of(struct judging *judging, const struct stage_member *member)
{
    static const enum metrics_zone_state wanted[] = {
        [EXPECT_SERVING] = METRICS_SERVING,
        [EXPECT_EXPIRED] = METRICS_EXPIRED,
        [EXPECT_LOADING] = METRICS_LOADING,
        [EXPECT_ABSENT] = METRICS_ABSENT,
    };
    const struct expectation *e = judging->expectation;
    struct metrics_zone zone =
        metrics_zone_at(judging->metrics, member->node, e->zone.index, e->at_ns);
    bool held = zone.state != METRICS_ABSENT && zone.state != METRICS_REMOVED;
    bool ok = (held ? zone.state : METRICS_ABSENT) == wanted[e->state] &&
              !(zone.host_down && e->state == EXPECT_SERVING);
    if (!judging->ok && judging->actual)
        return; /* an earlier instance's failure is what is reported */
    judging->ok = ok;
    judging->actual =
        arena_format(judging->stage->arena, "%s is %s%s", member->name, state_names[zone.state],
                     zone.host_down ? ", its host down" : "");
}

static const char *said_of_signatures(const struct judging *judging, const char *server,
                                      const struct metrics_zone *zone)
{
    struct arena *arena = judging->stage->arena;
    int64_t left_ns = zone->signatures_ns - judging->expectation->at_ns;
    char text[FIGURE_SIZE];
    if (!zone->has_serial)
        return arena_format(arena, "%s has no version", server);
    if (!zone->is_signed)
        return arena_format(arena, "the version on %s is not signed", server);
    if (left_ns > 0)
        return arena_format(arena, "those on %s are valid for another %s", server,
                            figure_duration(left_ns, text));
    return arena_format(arena, "those on %s ran out %s before", server,
                        figure_duration(-left_ns, text));
}

static void judge_signatures_of(struct judging *judging, const struct stage_member *member)
{
    const struct expectation *e = judging->expectation;
    struct metrics_zone zone =
        metrics_zone_at(judging->metrics, member->node, e->zone.index, e->at_ns);
    bool is_valid = zone.signatures_ns > e->at_ns;
    if (!judging->ok && judging->actual)
        return; /* an earlier instance's failure is what is reported */
    judging->ok = zone.has_serial && zone.is_signed && is_valid == (e->state == EXPECT_VALID);
    judging->actual = said_of_signatures(judging, member->name, &zone);
}

static void judge_serial_of(struct judging *judging, const struct stage_member *member)
{
    const struct expectation *e = judging->expectation;
    struct metrics_zone zone =
        metrics_zone_at(judging->metrics, member->node, e->zone.index, e->at_ns);
    if (!judging->ok && judging->actual)
        return;
    judging->ok = zone.has_serial && expectation_holds(e, zone.serial);
    judging->actual =
        zone.has_serial
            ? arena_format(judging->stage->arena, "%s has %u", member->name, zone.serial)
            : arena_format(judging->stage->arena, "%s has none", member->name);
}

static struct metrics_zone zone_of(const struct judging *judging, const struct stage_member *member)
{
    const struct expectation *e = judging->expectation;
    return metrics_zone_at(judging->metrics, member->node, e->zone.index, e->at_ns);
}

/* ACTUAL of one of several instances, in the words TEXT; the first failure is what is reported. */
static void judge_instance(struct judging *judging, bool ok, const char *text)
{
    if (!judging->ok && judging->actual)
        return;
    judging->ok = ok;
    judging->actual = text;
}

static void judge_signatures_left_of(struct judging *judging, const struct stage_member *member)
{
    struct metrics_zone zone = zone_of(judging, member);
    int64_t left_ns = zone.signatures_ns - judging->expectation->at_ns;
    judge_instance(judging,
                   zone.has_serial && zone.is_signed &&
                       expectation_holds(judging->expectation, left_ns),
                   said_of_signatures(judging, member->name, &zone));
}

static void judge_behind_of(struct judging *judging, const struct stage_member *member)
{
    struct metrics_zone zone = zone_of(judging, member);
    char text[FIGURE_SIZE];
    const char *said =
        zone.behind_ns < 0 ? "has no version"
        : zone.behind_ns == 0
            ? "lacks nothing"
            : arena_format(judging->stage->arena, "is behind by %s and %llu version%s",
                           figure_duration(zone.behind_ns, text),
                           (unsigned long long)zone.behind_versions,
                           zone.behind_versions == 1 ? "" : "s");
    int64_t actual = judging->expectation->kind == EXPECT_BEHIND ? zone.behind_ns
                                                                 : (int64_t)zone.behind_versions;
    judge_instance(judging, zone.behind_ns >= 0 && expectation_holds(judging->expectation, actual),
                   arena_format(judging->stage->arena, "%s %s", member->name, said));
}

static void judge_expiry_of(struct judging *judging, const struct stage_member *member)
{
    struct metrics_zone zone = zone_of(judging, member);
    int64_t left_ns = zone.expires_ns - judging->expectation->at_ns;
    struct arena *arena = judging->stage->arena;
    char text[FIGURE_SIZE];
    if (zone.expires_ns < 0)
        judge_instance(judging, false,
                       arena_format(arena, "%s has nothing that expires", member->name));
    else
        judge_instance(judging, expectation_holds(judging->expectation, left_ns),
                       arena_format(arena, left_ns < 0 ? "%s expired %s before" : "%s has %s left",
                                    member->name,
                                    figure_duration(left_ns < 0 ? -left_ns : left_ns, text)));
}

static void judge_last_transfer_of(struct judging *judging, const struct stage_member *member)
{
    static const char *const kinds[] = {
        [NOTE_AXFR] = "axfr", [NOTE_IXFR] = "ixfr", [NOTE_FALLBACK] = "fallback"};
    struct metrics_zone zone = zone_of(judging, member);
    struct arena *arena = judging->stage->arena;
    char text[FIGURE_SIZE];
    if (zone.last_transfer == METRICS_NO_TRANSFER) {
        judge_instance(judging, false, arena_format(arena, "%s had none", member->name));
        return;
    }
    struct metrics_transfer last = metrics_transfer(judging->metrics, zone.last_transfer);
    judge_instance(judging, last.kind == judging->expectation->transfer,
                   arena_format(arena, "that of %s was %s, serial %u at %s", member->name,
                                kinds[last.kind], last.serial, figure_moment(last.at_ns, text)));
}

static void judge_members(struct judging *judging,
                          void (*judge_one)(struct judging *, const struct stage_member *))
{
    for (size_t i = 0; i < judging->stage->member_count; i++)
        if (stage_is_meant(&judging->stage->members[i], &judging->expectation->subject))
            judge_one(judging, &judging->stage->members[i]);
}

/* ---- counts ------------------------------------------------------------------------------ */

typedef uint64_t count_fn(const struct judging *judging, uint32_t node, uint32_t from);

static uint64_t count_queries(const struct judging *judging, uint32_t node, uint32_t from)
{
    const struct expectation *e = judging->expectation;
    return metrics_queries(judging->metrics, node, from, e->from_ns, e->to_ns);
}

static uint64_t count_transfers(const struct judging *judging, uint32_t node, uint32_t from)
{
    const struct expectation *e = judging->expectation;
    return (e->incremental ? metrics_incremental : metrics_transfers)(
        judging->metrics, node, e->zone.index, from, e->from_ns, e->to_ns);
}

/* Over all members of TO, from all members of `from` or from anyone. */
static uint64_t sum(const struct judging *judging, const struct reference *to, count_fn *count)
{
    const struct stage *stage = judging->stage;
    const struct reference *from = &judging->expectation->from;
    uint64_t total = 0;
    for (size_t i = 0; i < stage->member_count; i++) {
        if (!stage_is_meant(&stage->members[i], to))
            continue;
        uint32_t node = stage->members[i].node;
        if (from->kind == REFERENCE_NONE)
            total += count(judging, node, METRICS_ALL);
        for (size_t k = 0; from->kind != REFERENCE_NONE && k < stage->member_count; k++)
            if (stage_is_meant(&stage->members[k], from))
                total += count(judging, node, stage->members[k].node);
    }
    return total;
}

static void judge_count(struct judging *judging, count_fn *count)
{
    uint64_t total = sum(judging, &judging->expectation->subject, count);
    compare(judging, (int64_t)total);
    judging->actual = arena_format(judging->stage->arena, "%llu", (unsigned long long)total);
}

static void judge_share(struct judging *judging)
{
    const struct expectation *e = judging->expectation;
    uint64_t mine = sum(judging, &e->subject, count_queries), all = 0;
    for (size_t i = 0; i < e->among.count; i++)
        all += sum(judging, &e->among.items[i], count_queries);
    char text[FIGURE_SIZE];
    if (all == 0) {
        judging->actual = "no query was received";
        return;
    }
    int64_t share_ppb = (int64_t)((unsigned __int128)mine * PPB_ONE / all);
    compare(judging, share_ppb);
    judging->actual =
        arena_format(judging->stage->arena, "%s (%llu of %llu)", figure_share(share_ppb, text),
                     (unsigned long long)mine, (unsigned long long)all);
}

/* ---- alarms ------------------------------------------------------------------------------ */

/* The first alarm that any of the monitor's hosts raised on any instance of the server. */
static void judge_notice(struct judging *judging)
{
    const struct expectation *e = judging->expectation;
    const struct stage *stage = judging->stage;
    struct metrics_alarm first = {.raised_ns = -1};
    char text[FIGURE_SIZE];
    for (size_t i = 0; i < metrics_alarm_count(judging->metrics); i++) {
        struct metrics_alarm alarm = metrics_alarm(judging->metrics, i);
        bool meant = false, by_meant = false;
        for (size_t k = 0; k < stage->member_count; k++) {
            const struct stage_member *member = &stage->members[k];
            meant = meant || (member->node == alarm.server && stage_is_meant(member, &e->subject));
            by_meant =
                by_meant || (member->node == alarm.monitor && stage_is_meant(member, &e->from));
        }
        if (meant && by_meant && alarm.raised_ns >= e->at_ns && first.raised_ns < 0)
            first = alarm;
    }
    if (first.raised_ns < 0) {
        judging->actual = "no alarm was raised";
        return;
    }
    compare(judging, first.raised_ns - e->at_ns);
    judging->actual =
        arena_format(stage->arena, "%s (%s)", figure_duration(first.raised_ns - e->at_ns, text),
                     metrics_alarm_name(first.kind));
}

/* ---- all --------------------------------------------------------------------------------- */

static void judge_one(struct judging *judging)
{
    switch (judging->expectation->kind) {
    case EXPECT_AVAILABILITY:
    case EXPECT_OUTCOME:
        judge_lookups(judging);
        break;
    case EXPECT_LATENCY:
        judge_latency(judging);
        break;
    case EXPECT_PROPAGATION:
        judge_propagation(judging);
        break;
    case EXPECT_STATE:
        judge_members(judging, judge_state_of);
        break;
    case EXPECT_SIGNATURES:
        judge_members(judging, judge_signatures_of);
        break;
    case EXPECT_SERIAL:
        judge_members(judging, judge_serial_of);
        break;
    case EXPECT_SIGNATURES_LEFT:
        judge_members(judging, judge_signatures_left_of);
        break;
    case EXPECT_BEHIND:
    case EXPECT_MISSING:
        judge_members(judging, judge_behind_of);
        break;
    case EXPECT_EXPIRY:
        judge_members(judging, judge_expiry_of);
        break;
    case EXPECT_LAST_TRANSFER:
        judge_members(judging, judge_last_transfer_of);
        break;
    case EXPECT_QUERIES:
        judge_count(judging, count_queries);
        break;
    case EXPECT_SHARE:
        judge_share(judging);
        break;
    case EXPECT_NOTICE:
        judge_notice(judging);
        break;
    case EXPECT_TRANSFERS:
        judge_count(judging, count_transfers);
        break;
    }
}

struct verdict judge(const struct stage *stage, const struct metrics *metrics)
{
    const struct scenario *scenario = stage->scenario;
    struct finding *findings =
        arena_alloc(stage->arena, (scenario->expectation_count + 1) * sizeof *findings);
    struct verdict verdict = {findings, scenario->expectation_count, true};
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        struct judging judging = {stage, metrics, &scenario->expectations[i], NULL, false};
        judge_one(&judging);
        findings[i] =
            (struct finding){judging.expectation->text,
                             judging.actual ? judging.actual : "nothing measured", judging.ok};
        verdict.ok = verdict.ok && judging.ok;
    }
    return verdict;
}
