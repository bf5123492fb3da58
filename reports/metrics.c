/* Collecting: look-ups, queries, upstream traffic, packets; and figures from them. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

static void *as_value(uint32_t index)
{
    return (void *)((uintptr_t)index + 1);
}

static uint32_t as_index(const void *value)
{
    return value ? (uint32_t)((uintptr_t)value - 1) : METRICS_ALL;
}

struct metrics *metrics_create(const struct topology *topology)
{
    struct metrics *metrics = memory_zeroed(sizeof *metrics);
    metrics->topology = topology;
    size_t nodes = topology->node_count, sites = topology->site_count;
    metrics->nodes = memory_zeroed(nodes * sizeof *metrics->nodes);
    metrics->histories = memory_zeroed(nodes * topology->zone_count * sizeof *metrics->histories);
    metrics->packets = memory_zeroed(nodes * nodes * sizeof *metrics->packets);
    metrics->own_down = memory_zeroed(nodes * sizeof *metrics->own_down);
    metrics->sites = memory_zeroed(sites * sizeof *metrics->sites);
    metrics->links = memory_zeroed(sites * sites * sizeof *metrics->links);
    for (uint32_t i = 0; i < nodes; i++)
        for (size_t k = 0; k < topology->nodes[i].address_count; k++)
            table_put(&metrics->addresses, bytes_of(topology->nodes[i].addresses[k].ip, 16),
                      as_value(i));
    for (uint32_t i = 0; i < topology->zone_count; i++) {
        const uint8_t *origin = topology->zones[i].origin;
        table_put(&metrics->zone_names, bytes_of(origin, name_size(origin)), as_value(i));
    }
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->topology->node_count; i++) {
        struct node_samples *node = &metrics->nodes[i];
        free(node->lookups);
        free(node->starts_ns);
        free(node->queries);
        free(node->upstreams);
    }
    metrics_zones_free(metrics);
    metrics_outages_free(metrics);
    table_free(&metrics->addresses);
    table_free(&metrics->zone_names);
    free(metrics->nodes);
    free(metrics->packets);
    arena_release(&metrics->arena);
    free(metrics);
}

uint32_t metrics_node_of(const struct metrics *metrics, const struct address *address)
{
    return as_index(table_get(&metrics->addresses, bytes_of(address->ip, 16)));
}

/* ---- listening --------------------------------------------------------------------------- */

static void on_lookup_finished(struct node_samples *node, const struct host_note *note)
{
    memory_reserve(node->lookups, node->lookup_count, node->lookup_capacity);
    node->lookups[node->lookup_count++] = (struct lookup_sample){
        .started_ns = note->values[0],
        .latency_ns = note->values[1],
        .outcome = (uint8_t)note->serial,
    };
}

static void on_query(struct metrics *metrics, struct node_samples *node, int64_t now_ns,
                     const struct host_note *note)
{
    memory_reserve(node->queries, node->query_count, node->query_capacity);
    node->queries[node->query_count++] =
        (struct query_sample){now_ns, metrics_node_of(metrics, &note->peer)};
    node->cache_hits += note->values[0] != 0;
}

static const char *name_of(struct metrics *metrics, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    uint32_t node = metrics_node_of(metrics, address);
    if (node != METRICS_ALL)
        return metrics->topology->nodes[node].name;
    return arena_text(&metrics->arena, address_format_ip(address, text));
}

static struct upstream *upstream_of(struct metrics *metrics, struct node_samples *node,
                                    const struct address *peer)
{
    for (size_t i = 0; i < node->upstream_count; i++)
        if (address_same_ip(&node->upstreams[i].address, peer))
            return &node->upstreams[i];
    memory_reserve(node->upstreams, node->upstream_count, node->upstream_capacity);
    node->upstreams[node->upstream_count] =
        (struct upstream){.address = *peer, .name = name_of(metrics, peer)};
    return &node->upstreams[node->upstream_count++];
}

static void on_upstream(struct metrics *metrics, struct node_samples *node,
                        const struct host_note *note)
{
    struct upstream *upstream = upstream_of(metrics, node, &note->peer);
    upstream->queries += note->kind == NOTE_UPSTREAM_SENT;
    upstream->timeouts += note->kind == NOTE_UPSTREAM_TIMEOUT;
    if (note->kind == NOTE_UPSTREAM_ANSWER) {
        upstream->answers++;
        upstream->rtt_sum_ns += note->values[0];
    }
}

static void on_note(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct metrics *metrics = context;
    uint32_t index = metrics->topology->host_nodes[host];
    struct node_samples *node = &metrics->nodes[index];
    now_ns -= metrics->topology->start_ns;
    switch (note->kind) {
    case NOTE_LOOKUP_STARTED:
        memory_reserve(node->starts_ns, node->start_count, node->start_capacity);
        node->starts_ns[node->start_count++] = now_ns;
        break;
    case NOTE_LOOKUP_FINISHED:
        on_lookup_finished(node, note);
        break;
    case NOTE_QUERY:
        on_query(metrics, node, now_ns, note);
        break;
    case NOTE_UPSTREAM_SENT:
    case NOTE_UPSTREAM_ANSWER:
    case NOTE_UPSTREAM_TIMEOUT:
        on_upstream(metrics, node, note);
        break;
    default:
        metrics_zone_note(metrics, now_ns, index, note);
    }
}

static void on_arrived(void *context, const struct packet *packet, int64_t now_ns)
{
    struct metrics *metrics = context;
    const struct topology *topology = metrics->topology;
    (void)now_ns;
    if (packet->fate == PACKET_DELIVERED)
        metrics->packets[topology->host_nodes[packet->sender] * topology->node_count +
                         topology->host_nodes[packet->receiver]]++;
}

static void on_fault(void *context, int64_t now_ns, enum trace_fault fault, const char *what)
{
    struct metrics *metrics = context;
    metrics_fault(metrics, now_ns - metrics->topology->start_ns, fault, what);
}

struct trace_listener metrics_listener(struct metrics *metrics)
{
    return (struct trace_listener){
        .context = metrics, .arrived = on_arrived, .note = on_note, .fault = on_fault};
}

/* ---- clients ----------------------------------------------------------------------------- */

struct gathering {
    struct metrics_clients clients;
    int64_t *latencies_ns;
    size_t count, capacity;
};

static void gather(struct gathering *g, const struct node_samples *node, int64_t from_ns,
                   int64_t to_ns)
{
    for (size_t i = 0; i < node->start_count; i++)
        g->clients.queries += node->starts_ns[i] >= from_ns && node->starts_ns[i] < to_ns;
    for (size_t i = 0; i < node->lookup_count; i++) {
        const struct lookup_sample *lookup = &node->lookups[i];
        if (lookup->started_ns < from_ns || lookup->started_ns >= to_ns)
            continue;
        g->clients.outcomes[lookup->outcome]++;
        g->clients.finished++;
        if (lookup->outcome == NOTE_LOOKUP_ANSWERED || lookup->outcome == NOTE_LOOKUP_NXDOMAIN) {
            memory_reserve(g->latencies_ns, g->count, g->capacity);
            g->latencies_ns[g->count++] = lookup->latency_ns;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The smallest value that PERCENT of all do not exceed. */
static int64_t nearest_rank(const struct gathering *g, unsigned percent)
{
    size_t rank = (g->count * percent + 99) / 100;
    return g->latencies_ns[rank - 1];
}

static void summarise(struct gathering *g)
{
    struct metrics_clients *clients = &g->clients;
    clients->availability_ppb = -1;
    clients->mean_ns = clients->p50_ns = clients->p90_ns = -1;
    clients->p95_ns = clients->p99_ns = clients->max_ns = -1;
    if (clients->finished > 0)
        clients->availability_ppb =
            (int64_t)((unsigned __int128)g->count * 1000000000 / clients->finished);
    if (g->count == 0)
        return;
    qsort(g->latencies_ns, g->count, sizeof *g->latencies_ns, by_value);
    __int128 sum = 0;
    for (size_t i = 0; i < g->count; i++)
        sum += g->latencies_ns[i];
    clients->mean_ns = (int64_t)((sum + (__int128)(g->count / 2)) / (__int128)g->count);
    clients->p50_ns = nearest_rank(g, 50);
    clients->p90_ns = nearest_rank(g, 90);
    clients->p95_ns = nearest_rank(g, 95);
    clients->p99_ns = nearest_rank(g, 99);
    clients->max_ns = g->latencies_ns[g->count - 1];
}

struct metrics_clients metrics_clients(const struct metrics *metrics, uint32_t node,
                                       int64_t from_ns, int64_t to_ns)
{
    struct gathering g = {0};
    for (uint32_t i = 0; i < metrics->topology->node_count; i++)
        if (node == METRICS_ALL || node == i)
            gather(&g, &metrics->nodes[i], from_ns, to_ns);
    summarise(&g);
    free(g.latencies_ns);
    return g.clients;
}

/* ---- servers and resolvers --------------------------------------------------------------- */

uint64_t metrics_queries(const struct metrics *metrics, uint32_t node, uint32_t from,
                         int64_t from_ns, int64_t to_ns)
{
    const struct node_samples *samples = &metrics->nodes[node];
    uint64_t count = 0;
    for (size_t i = 0; i < samples->query_count; i++) {
        const struct query_sample *query = &samples->queries[i];
        count += (from == METRICS_ALL || query->from == from) && query->at_ns >= from_ns &&
                 query->at_ns < to_ns;
    }
    return count;
}

uint64_t metrics_cache_hits(const struct metrics *metrics, uint32_t resolver)
{
    return metrics->nodes[resolver].cache_hits;
}

static int by_name(const void *a, const void *b)
{
    const struct upstream *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : address_compare(&x->address, &y->address);
}

/* A node with several addresses stands once: its entries are merged as they are read. */
bool metrics_upstream(const struct metrics *metrics, uint32_t resolver, size_t index,
                      struct metrics_upstream *out)
{
    struct node_samples *node = &metrics->nodes[resolver];
    if (!node->upstreams_sorted)
        qsort(node->upstreams, node->upstream_count, sizeof *node->upstreams, by_name);
    node->upstreams_sorted = true;
    size_t at = 0;
    for (size_t i = 0; i < node->upstream_count; i = at) {
        struct upstream sum = {.name = node->upstreams[i].name};
        for (at = i; at < node->upstream_count && strcmp(node->upstreams[at].name, sum.name) == 0;
             at++) {
            sum.queries += node->upstreams[at].queries;
            sum.timeouts += node->upstreams[at].timeouts;
            sum.answers += node->upstreams[at].answers;
            sum.rtt_sum_ns += node->upstreams[at].rtt_sum_ns;
        }
        if (index-- == 0) {
            int64_t mean_ns = sum.answers ? sum.rtt_sum_ns / (int64_t)sum.answers : -1;
            *out = (struct metrics_upstream){sum.name, sum.queries, sum.timeouts, sum.answers,
                                             mean_ns};
            return true;
        }
    }
    return false;
}

uint64_t metrics_packets(const struct metrics *metrics, uint32_t from, uint32_t to)
{
    return metrics->packets[from * metrics->topology->node_count + to];
}
