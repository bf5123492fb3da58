/*
 * What ran out, and when: zones that expired on a server (RFC 1035, 3.3.13), signatures of the
 * version that it served (RFC 4034, 3.1.5), its certificate (RFC 5280, 4.1.2.5).
 */
#include "reports/metrics_internal.h"

#include <stdlib.h>

void metrics_certificate_note(struct metrics *metrics, int64_t now_ns, uint32_t node,
                              const struct host_note *note)
{
    struct node_samples *samples = &metrics->nodes[node];
    int64_t seconds = note->values[0], start_ns = metrics->topology->start_ns;
    int64_t ends_ns = seconds > INT64_MAX / NS_PER_S ? INT64_MAX : seconds * NS_PER_S - start_ns;
    memory_reserve(samples->certificates, samples->certificate_count,
                   samples->certificate_capacity);
    samples->certificates[samples->certificate_count++] = (struct certificate){now_ns, ends_ns};
}

/* ---- intervals --------------------------------------------------------------------------- */

/* FROM_NS to TO_NS of one thing, after those added before; those that touch are one. */
static void extend(struct metrics_lapse *lapse, int64_t from_ns, int64_t to_ns)
{
    if (from_ns >= to_ns)
        return;
    if (lapse->times == 0)
        lapse->first_ns = from_ns;
    if (lapse->times == 0 || lapse->last_ns != from_ns)
        lapse->times++;
    lapse->zones = 1;
    lapse->last_ns = to_ns;
}

static void merge(struct metrics_lapse *all, const struct metrics_lapse *one)
{
    if (one->times == 0)
        return;
    if (all->times == 0 || one->first_ns < all->first_ns)
        all->first_ns = one->first_ns;
    all->last_ns = one->last_ns > all->last_ns ? one->last_ns : all->last_ns;
    all->times = one->times > all->times ? one->times : all->times;
    all->zones += one->zones;
}

/* ---- zones ------------------------------------------------------------------------------- */

/* A server that starts with what had expired is loading for a moment: that ends nothing. */
static struct metrics_lapse expiry_of(const struct zone_history *history, int64_t end_ns)
{
    struct metrics_lapse lapse = {0};
    bool expired = false;
    for (size_t i = 0; i < history->count; i++) {
        const struct zone_moment *moment = &history->moments[i];
        int64_t to_ns = i + 1 < history->count ? moment[1].at_ns : end_ns;
        expired = moment->zone.state == METRICS_EXPIRED ||
                  (expired && moment->zone.state == METRICS_LOADING);
        if (expired)
            extend(&lapse, moment->at_ns, to_ns);
    }
    return lapse;
}

/* From AT_NS on, when the server is up again: one that is down gives out no signature. */
static int64_t up_from(const struct outage *outage, int64_t at_ns, int64_t end_ns)
{
    for (size_t i = 0; i < outage->interval_count; i++)
        if (outage->intervals[i].from_ns <= at_ns && at_ns < outage->intervals[i].to_ns)
            return outage->intervals[i].to_ns;
    return metrics_was_down(outage, at_ns) ? end_ns : at_ns;
}

static struct metrics_lapse signatures_of(const struct zone_history *history,
                                          const struct outage *outage, int64_t end_ns)
{
    struct metrics_lapse lapse = {0};
    for (size_t i = 0; i < history->count; i++) {
        const struct zone_moment *moment = &history->moments[i];
        int64_t to_ns = i + 1 < history->count ? moment[1].at_ns : end_ns;
        int64_t out_ns = moment->zone.signatures_ns;
        if (moment->zone.is_signed && moment->zone.state == METRICS_SERVING)
            extend(&lapse, up_from(outage, out_ns > moment->at_ns ? out_ns : moment->at_ns, end_ns),
                   to_ns);
    }
    return lapse;
}

static struct metrics_lapse certificate_of(const struct node_samples *node, int64_t end_ns)
{
    struct metrics_lapse lapse = {0};
    for (size_t i = 0; i < node->certificate_count; i++) {
        const struct certificate *own = &node->certificates[i];
        int64_t to_ns = i + 1 < node->certificate_count ? own[1].at_ns : end_ns;
        extend(&lapse, own->ends_ns > own->at_ns ? own->ends_ns : own->at_ns, to_ns);
    }
    return lapse;
}

struct metrics_lapse metrics_lapse(const struct metrics *metrics, uint32_t node,
                                   enum metrics_lapse_kind kind)
{
    int64_t end_ns = metrics->topology->duration_ns;
    size_t zones = metrics->topology->zone_count;
    struct metrics_lapse all = {0};
    if (kind == METRICS_LAPSE_CERTIFICATE)
        all = certificate_of(&metrics->nodes[node], end_ns);
    for (size_t i = 0; kind != METRICS_LAPSE_CERTIFICATE && i < zones; i++) {
        const struct zone_history *history = &metrics->histories[node * zones + i];
        struct metrics_lapse one =
            kind == METRICS_LAPSE_EXPIRY
                ? expiry_of(history, end_ns)
                : signatures_of(history, &metrics->nodes[node].outage, end_ns);
        merge(&all, &one);
    }
    all.at_end = all.times > 0 && all.last_ns == end_ns;
    return all;
}
