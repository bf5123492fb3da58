/* Clients: counts, availability and latencies of the look-ups that started in a window. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

struct gathering {
    struct metrics_clients clients;
    uint64_t *latencies_ns;
    size_t count, capacity;
};

static void add_failure(struct metrics_clients *clients, int64_t started_ns)
{
    if (clients->first_failure_ns < 0 || started_ns < clients->first_failure_ns)
        clients->first_failure_ns = started_ns;
    if (started_ns > clients->last_failure_ns)
        clients->last_failure_ns = started_ns;
}

static void add_finished(struct gathering *g, int64_t started_ns, int64_t latency_ns,
                         unsigned outcome)
{
    g->clients.outcomes[outcome]++;
    g->clients.finished++;
    if (outcome != NOTE_LOOKUP_ANSWERED && outcome != NOTE_LOOKUP_NXDOMAIN) {
        add_failure(&g->clients, started_ns);
        return;
    }
    memory_reserve(g->latencies_ns, g->count, g->capacity);
    g->latencies_ns[g->count++] = (uint64_t)latency_ns;
}

static void gather(struct gathering *g, const struct node_samples *node, int64_t from_ns,
                   int64_t to_ns)
{
    for (struct samples_cursor c = samples_first(&node->lookups); samples_next(&c);) {
        bool finished = c.value != LOOKUP_STARTED;
        int64_t latency_ns = finished ? lookup_latency_ns(c.value) : 0;
        int64_t started_ns = c.at_ns - latency_ns;
        if (started_ns < from_ns || started_ns >= to_ns)
            continue;
        if (finished)
            add_finished(g, started_ns, latency_ns, lookup_outcome(c.value));
        else
            g->clients.queries++;
    }
}

/* ---- sorting ----------------------------------------------------------------------------- */

enum { DIGIT_BITS = 11, DIGIT_COUNT = 1 << DIGIT_BITS };

/* Sorts FROM by one digit into TO, keeping the order of equals. False: all have the same digit, and
 * nothing was done. */
static bool sort_digit(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    size_t places[DIGIT_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        places[from[i] >> shift & (DIGIT_COUNT - 1)]++;
    if (places[from[0] >> shift & (DIGIT_COUNT - 1)] == count)
        return false;
    size_t place = 0;
    for (size_t d = 0; d < DIGIT_COUNT; d++) {
        size_t of_digit = places[d];
        places[d] = place;
        place += of_digit;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i] >> shift & (DIGIT_COUNT - 1)]++] = from[i];
    return true;
}

/* By digits from the lowest: ten million latencies are sorted in a fraction of a second, where
 * comparing them would take several. */
static void sort(struct gathering *g)
{
    uint64_t *spare = memory_alloc(g->count * sizeof *spare);
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (!sort_digit(g->latencies_ns, spare, g->count, shift))
            continue;
        uint64_t *sorted = spare;
        spare = g->latencies_ns;
        g->latencies_ns = sorted;
    }
    free(spare);
}

/* ---- figures ----------------------------------------------------------------------------- */

/* The smallest value that PERCENT of all do not exceed. */
static int64_t nearest_rank(const struct gathering *g, unsigned percent)
{
    size_t rank = (g->count * percent + 99) / 100;
    return (int64_t)g->latencies_ns[rank - 1];
}

static int64_t mean_ns(const struct gathering *g)
{
    unsigned __int128 sum = g->count / 2; /* rounds half up */
    for (size_t i = 0; i < g->count; i++)
        sum += g->latencies_ns[i];
    return (int64_t)(sum / g->count);
}

static int64_t share_ppb(uint64_t part, uint64_t all)
{
    return (int64_t)((unsigned __int128)part * 1000000000 / all);
}

int64_t metrics_outcome_ppb(const struct metrics_clients *clients, enum note_lookup_outcome outcome)
{
    return share_ppb(clients->outcomes[outcome], clients->finished);
}

static void summarise(struct gathering *g)
{
    struct metrics_clients *clients = &g->clients;
    clients->availability_ppb = -1;
    clients->mean_ns = clients->p50_ns = clients->p90_ns = -1;
    clients->p95_ns = clients->p99_ns = clients->max_ns = -1;
    if (clients->finished > 0)
        clients->availability_ppb = share_ppb(g->count, clients->finished);
    if (g->count == 0)
        return;
    sort(g);
    clients->mean_ns = mean_ns(g);
    clients->p50_ns = nearest_rank(g, 50);
    clients->p90_ns = nearest_rank(g, 90);
    clients->p95_ns = nearest_rank(g, 95);
    clients->p99_ns = nearest_rank(g, 99);
    clients->max_ns = (int64_t)g->latencies_ns[g->count - 1];
}

struct metrics_clients metrics_clients(const struct metrics *metrics, uint32_t node,
                                       int64_t from_ns, int64_t to_ns)
{
    struct gathering g = {.clients = {.first_failure_ns = -1, .last_failure_ns = -1}};
    for (uint32_t i = 0; i < metrics->topology->node_count; i++)
        if (node == METRICS_ALL || node == i)
            gather(&g, &metrics->nodes[i], from_ns, to_ns);
    summarise(&g);
    free(g.latencies_ns);
    return g.clients;
}
