/* Collecting what notes and packets tell; and what servers and resolvers were asked. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

struct metrics *metrics_create(const struct topology *topology)
{
    struct metrics *metrics = memory_zeroed(sizeof *metrics);
    metrics->topology = topology;
    size_t nodes = topology->node_count, sites = topology->site_count;
    metrics->nodes = memory_zeroed(nodes * sizeof *metrics->nodes);
    metrics->packets = memory_zeroed(nodes * nodes * sizeof *metrics->packets);
    metrics->failed_transfers = memory_zeroed(nodes * nodes * sizeof *metrics->failed_transfers);
    metrics->own_down = memory_zeroed(nodes * sizeof *metrics->own_down);
    metrics->sites = memory_zeroed(sites * sizeof *metrics->sites);
    metrics->links = memory_zeroed(sites * sites * sizeof *metrics->links);
    topology_index_build(&metrics->index, topology);
    metrics_zones_init(metrics);
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->topology->node_count; i++) {
        struct node_samples *node = &metrics->nodes[i];
        samples_free(&node->lookups);
        samples_free(&node->queries);
        free(node->upstreams);
        free(node->certificates);
    }
    metrics_zones_free(metrics);
    metrics_outages_free(metrics);
    topology_index_free(&metrics->index);
    free(metrics->nodes);
    free(metrics->alarms);
    free(metrics->packets);
    free(metrics->failed_transfers);
    arena_release(&metrics->arena);
    free(metrics);
}

/* ---- listening --------------------------------------------------------------------------- */

static void on_query(struct metrics *metrics, struct node_samples *node, int64_t now_ns,
                     const struct host_note *note)
{
    uint32_t from = topology_index_node(&metrics->index, &note->peer);
    samples_add(&node->queries, now_ns, from == TOPOLOGY_NONE ? 0 : (uint64_t)from + 1);
    node->cache_hits += note->values[0] != 0;
}

static const char *name_of(struct metrics *metrics, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    uint32_t node = topology_index_node(&metrics->index, address);
    if (node != TOPOLOGY_NONE)
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
        samples_add(&node->lookups, now_ns, LOOKUP_STARTED);
        break;
    case NOTE_LOOKUP_FINISHED:
        samples_add(&node->lookups, now_ns, lookup_finished(note->values[1], note->serial));
        break;
    case NOTE_QUERY:
        on_query(metrics, node, now_ns, note);
        break;
    case NOTE_UPSTREAM_SENT:
    case NOTE_UPSTREAM_ANSWER:
    case NOTE_UPSTREAM_TIMEOUT:
        on_upstream(metrics, node, note);
        break;
    case NOTE_ALARM_RAISED:
    case NOTE_ALARM_CLEARED:
        metrics_alarm_note(metrics, now_ns, index, note);
        break;
    case NOTE_CERTIFICATE:
        metrics_certificate_note(metrics, now_ns, index, note);
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

/* ---- servers and resolvers --------------------------------------------------------------- */

uint64_t metrics_queries(const struct metrics *metrics, uint32_t node, uint32_t from,
                         int64_t from_ns, int64_t to_ns)
{
    const struct samples *queries = &metrics->nodes[node].queries;
    uint64_t count = 0;
    for (struct samples_cursor c = samples_first(queries); samples_next(&c);)
        count += (from == METRICS_ALL || c.value == (uint64_t)from + 1) && c.at_ns >= from_ns &&
                 c.at_ns < to_ns;
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
    if (!node->upstreams_sorted && node->upstream_count > 0)
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
