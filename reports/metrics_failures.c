/*
 * Outages as clients feel them: look-ups that failed, taken together unless some time without
 * any lies between them, in which others went well. Where that makes too many, as with a link that
 * loses a packet now and then, it takes twice that time to part them, and so on.
 */
#include "reports/metrics_internal.h"

#define PAUSE_NS (600 * NS_PER_S)

static bool is_good(const struct samples_cursor *finished)
{
    unsigned outcome = lookup_outcome(finished->value);
    return outcome == NOTE_LOOKUP_ANSWERED || outcome == NOTE_LOOKUP_NXDOMAIN;
}

static void add_failure(struct metrics_outage_felt *felt, int64_t started_ns)
{
    if (started_ns < felt->first_ns)
        felt->first_ns = started_ns;
    if (started_ns > felt->last_ns)
        felt->last_ns = started_ns;
}

/* SIZE_MAX: more than there is room for. */
static size_t part(const struct node_samples *node, int64_t pause_ns,
                   struct metrics_outage_felt *list)
{
    size_t count = 0;
    bool good_since = true;
    for (struct samples_cursor c = samples_first(&node->lookups); samples_next(&c);) {
        if (c.value == LOOKUP_STARTED)
            continue;
        int64_t started_ns = c.at_ns - lookup_latency_ns(c.value);
        if (is_good(&c)) {
            good_since = true;
            continue;
        }
        if (count == 0 || (good_since && started_ns - list[count - 1].last_ns >= pause_ns)) {
            if (count == METRICS_FELT_MAX)
                return SIZE_MAX;
            list[count++] =
                (struct metrics_outage_felt){.first_ns = started_ns, .last_ns = started_ns};
        }
        add_failure(&list[count - 1], started_ns);
        good_since = false;
    }
    return count;
}

/* How many of those that started from its first to its last failed. */
static void count_shares(const struct node_samples *node, struct metrics_outage_felt *list,
                         size_t count)
{
    uint64_t finished[METRICS_FELT_MAX] = {0}, failed[METRICS_FELT_MAX] = {0};
    for (struct samples_cursor c = samples_first(&node->lookups); samples_next(&c);) {
        if (c.value == LOOKUP_STARTED)
            continue;
        int64_t started_ns = c.at_ns - lookup_latency_ns(c.value);
        for (size_t i = 0; i < count; i++) {
            bool within = started_ns >= list[i].first_ns && started_ns <= list[i].last_ns;
            finished[i] += within;
            failed[i] += within && !is_good(&c);
        }
    }
    for (size_t i = 0; i < count; i++)
        list[i].share_ppb = (int64_t)((unsigned __int128)failed[i] * NS_PER_S / finished[i]);
}

size_t metrics_outages_felt(const struct metrics *metrics, uint32_t node,
                            struct metrics_outage_felt *list)
{
    const struct node_samples *samples = &metrics->nodes[node];
    int64_t pause_ns = PAUSE_NS;
    size_t count;
    while ((count = part(samples, pause_ns, list)) == SIZE_MAX)
        pause_ns *= 2;
    count_shares(samples, list, count);
    return count;
}
