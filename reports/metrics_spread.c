/* Whom a version had to reach, and how long it took. */
#include "reports/metrics_internal.h"

static bool gave_up(const struct metrics *metrics, uint32_t node, uint32_t zone, int64_t from_ns,
                    int64_t to_ns)
{
    const struct zone_history *history =
        &metrics->histories[node * metrics->topology->zone_count + zone];
    for (size_t i = history->count; i > 0 && history->moments[i - 1].at_ns > from_ns; i--)
        if (history->moments[i - 1].zone.state == METRICS_REMOVED &&
            history->moments[i - 1].at_ns < to_ns)
            return true;
    return false;
}

bool metrics_is_due(const struct metrics *metrics, size_t index, uint32_t node)
{
    struct metrics_version version = metrics_version(metrics, index);
    int64_t served_ns = metrics_served_ns(metrics, index, node);
    if (node == version.primary)
        return false;
    struct metrics_zone then = metrics_zone_at(metrics, node, version.zone, version.published_ns);
    if (then.state == METRICS_ABSENT || then.state == METRICS_REMOVED)
        return false;
    if (then.role == NOTE_PRIMARY)
        return served_ns >= 0;
    return !gave_up(metrics, node, version.zone, version.published_ns,
                    served_ns < 0 ? INT64_MAX : served_ns);
}

struct metrics_spread metrics_spread(const struct metrics *metrics, size_t index)
{
    struct metrics_version version = metrics_version(metrics, index);
    struct metrics_spread spread = {
        .slowest_ns = -1, .slowest = TOPOLOGY_NONE, .first_missing = TOPOLOGY_NONE};
    for (uint32_t i = 0; i < metrics->topology->node_count; i++) {
        if (!metrics_is_due(metrics, index, i))
            continue;
        int64_t served_ns = metrics_served_ns(metrics, index, i);
        spread.due++;
        if (served_ns < 0 && spread.missing++ == 0)
            spread.first_missing = i;
        if (served_ns >= 0 && served_ns - version.published_ns > spread.slowest_ns) {
            spread.slowest_ns = served_ns - version.published_ns;
            spread.slowest = i;
        }
    }
    return spread;
}
