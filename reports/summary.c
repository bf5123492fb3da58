/* summary.json, part by part in the order of docs/summary.md. */
#include "reports/summary.h"

#include "reports/json.h"
#include "sim/base/time.h"

static void write_milliseconds(struct json *json, const char *key, int64_t ns)
{
    if (ns < 0)
        json_put_null(json, key);
    else
        json_milliseconds(json, key, ns);
}

/* A time since the start, or null where there is none. */
static void write_time(struct json *json, const char *key, int64_t ns)
{
    if (ns < 0)
        json_put_null(json, key);
    else
        json_seconds(json, key, ns);
}

static void write_expectations(struct json *json, const struct verdict *verdict)
{
    json_list(json, "expectations", JSON_BLOCK);
    for (size_t i = 0; i < verdict->count; i++) {
        json_open_object(json, NULL, JSON_LINE);
        json_text(json, "text", verdict->findings[i].text);
        json_bool(json, "ok", verdict->findings[i].ok);
        json_text(json, "actual", verdict->findings[i].actual);
        json_end(json);
    }
    json_end(json);
}

/* ---- clients and resolvers --------------------------------------------------------------- */

static void write_latency(struct json *json, const struct metrics_clients *clients)
{
    json_open_object(json, "latency_ms", JSON_LINE);
    write_milliseconds(json, "mean", clients->mean_ns);
    write_milliseconds(json, "p50", clients->p50_ns);
    write_milliseconds(json, "p90", clients->p90_ns);
    write_milliseconds(json, "p95", clients->p95_ns);
    write_milliseconds(json, "p99", clients->p99_ns);
    write_milliseconds(json, "max", clients->max_ns);
    json_end(json);
}

static void write_group(struct json *json, const char *name, const struct metrics_clients *clients)
{
    json_open_object(json, name, JSON_BLOCK);
    json_count(json, "queries", clients->queries);
    json_count(json, "answered", clients->outcomes[NOTE_LOOKUP_ANSWERED]);
    json_count(json, "nxdomain", clients->outcomes[NOTE_LOOKUP_NXDOMAIN]);
    json_count(json, "servfail", clients->outcomes[NOTE_LOOKUP_SERVFAIL]);
    json_count(json, "other", clients->outcomes[NOTE_LOOKUP_OTHER]);
    json_count(json, "timeout", clients->outcomes[NOTE_LOOKUP_TIMEOUT]);
    json_count(json, "stale", clients->stale);
    if (clients->availability_ppb < 0)
        json_put_null(json, "availability");
    else
        json_decimal(json, "availability", clients->availability_ppb, 9);
    write_time(json, "first_failure", clients->first_failure_ns);
    write_time(json, "last_failure", clients->last_failure_ns);
    write_latency(json, clients);
    json_end(json);
}

static void write_clients(struct json *json, const struct summary_input *input)
{
    const struct topology *topology = input->topology;
    json_open_object(json, "clients", JSON_BLOCK);
    for (uint32_t i = 0; i < topology->node_count; i++) {
        if (topology->nodes[i].kind != TOPOLOGY_CLIENTS)
            continue;
        struct metrics_clients clients = metrics_clients(input->metrics, i, 0, INT64_MAX);
        write_group(json, topology->nodes[i].name, &clients);
    }
    json_end(json);
}

static void write_upstream(struct json *json, const struct metrics *metrics, uint32_t resolver)
{
    struct metrics_upstream upstream;
    json_open_object(json, "upstream", JSON_BLOCK);
    for (size_t i = 0; metrics_upstream(metrics, resolver, i, &upstream); i++) {
        json_open_object(json, upstream.server, JSON_LINE);
        json_count(json, "queries", upstream.queries);
        json_count(json, "timeouts", upstream.timeouts);
        write_milliseconds(json, "rtt_ms_mean", upstream.rtt_mean_ns);
        json_end(json);
    }
    json_end(json);
}

static void write_resolvers(struct json *json, const struct summary_input *input)
{
    const struct topology *topology = input->topology;
    json_open_object(json, "resolvers", JSON_BLOCK);
    for (uint32_t i = 0; i < topology->node_count; i++) {
        if (topology->nodes[i].kind != TOPOLOGY_RESOLVER)
            continue;
        json_open_object(json, topology->nodes[i].name, JSON_BLOCK);
        json_count(json, "client_queries",
                   metrics_queries(input->metrics, i, METRICS_ALL, 0, INT64_MAX));
        json_count(json, "cache_hits", metrics_cache_hits(input->metrics, i));
        write_upstream(json, input->metrics, i);
        json_end(json);
    }
    json_end(json);
}

/* ---- servers ----------------------------------------------------------------------------- */

static void write_transfers(struct json *json, const struct metrics_zone *zone)
{
    json_open_object(json, "transfers", JSON_LINE);
    json_count(json, "axfr", zone->axfr);
    json_count(json, "ixfr", zone->ixfr);
    json_count(json, "fallback", zone->fallback);
    json_count(json, "failed", zone->failed);
    json_count(json, "bytes", zone->bytes);
    json_end(json);
}

static void write_node(struct json *json, const char *key, const struct summary_input *input,
                       uint32_t node)
{
    json_text(json, key, node == TOPOLOGY_NONE ? NULL : input->topology->nodes[node].name);
}

static void write_last_transfer(struct json *json, const struct summary_input *input,
                                const struct metrics_zone *zone)
{
    static const char *const kinds[] = {
        [NOTE_AXFR] = "axfr", [NOTE_IXFR] = "ixfr", [NOTE_FALLBACK] = "fallback"};
    if (zone->last_transfer == METRICS_NO_TRANSFER) {
        json_put_null(json, "last_transfer");
        return;
    }
    struct metrics_transfer transfer = metrics_transfer(input->metrics, zone->last_transfer);
    json_open_object(json, "last_transfer", JSON_LINE);
    json_text(json, "kind", kinds[transfer.kind]);
    write_time(json, "at", transfer.at_ns);
    write_node(json, "from", input, transfer.from);
    json_count(json, "serial", transfer.serial);
    json_count(json, "bytes", transfer.bytes);
    json_count(json, "messages", transfer.messages);
    json_seconds(json, "duration", transfer.duration_ns);
    json_end(json);
}

/* By how much it is behind, and since when. */
static void write_behind(struct json *json, const struct metrics_zone *zone, int64_t end_ns)
{
    write_time(json, "behind", zone->behind_ns);
    if (zone->behind_ns < 0)
        json_put_null(json, "behind_versions");
    else
        json_count(json, "behind_versions", zone->behind_versions);
    write_time(json, "behind_since", zone->behind_versions > 0 ? end_ns - zone->behind_ns : -1);
}

static void write_signatures(struct json *json, const struct metrics_zone *zone, int64_t end_ns)
{
    if (!zone->is_signed) {
        json_put_null(json, "signatures_until");
        json_put_null(json, "signatures_left");
        return;
    }
    json_seconds(json, "signatures_until", zone->signatures_ns);
    json_seconds(json, "signatures_left", zone->signatures_ns - end_ns);
}

static void write_last_failure(struct json *json, const struct summary_input *input,
                               const struct metrics_zone *zone)
{
    json_text(json, "last_failure", zone->last_failure);
    write_time(json, "last_failure_at", zone->last_failure ? zone->last_failure_ns : -1);
    write_node(json, "last_failure_from", input, zone->last_failure_from);
}

/* Only of what a catalog lists. */
static void write_member(struct json *json, const struct summary_input *input, uint32_t node,
                         uint32_t index)
{
    struct metrics_member member = metrics_member(input->metrics, node, index);
    if (member.catalog == TOPOLOGY_NONE)
        return;
    json_open_object(json, "member", JSON_LINE);
    json_text(json, "of", input->topology->zones[member.catalog].name);
    write_time(json, "since", member.since_ns);
    json_end(json);
}

/* Only of a catalog that is taken for one. */
static void write_members(struct json *json, const struct summary_input *input, uint32_t node,
                          uint32_t index)
{
    struct metrics_members members = metrics_members(input->metrics, node, index);
    if (!members.is_catalog)
        return;
    json_open_object(json, "members", JSON_BLOCK);
    json_count(json, "listed", members.listed);
    json_count(json, "held", members.held);
    json_count(json, "serving", members.serving);
    json_count(json, "left_out", members.left_out);
    json_open_object(json, "refused", JSON_BLOCK);
    for (uint32_t i = 0; i < input->topology->zone_count; i++) {
        const char *why = metrics_refusal(input->metrics, node, index, i);
        if (why)
            json_text(json, input->topology->zones[i].name, why);
    }
    json_end(json);
    json_end(json);
}

static void write_zone(struct json *json, const struct summary_input *input, uint32_t node,
                       uint32_t index)
{
    const struct metrics_zone state =
        metrics_zone_at(input->metrics, node, index, input->virtual_ns);
    const struct metrics_zone *zone = &state;
    if (zone->state == METRICS_ABSENT)
        return;
    static const char *const states[] = {[METRICS_LOADING] = "loading",
                                         [METRICS_SERVING] = "serving",
                                         [METRICS_EXPIRED] = "expired",
                                         [METRICS_REMOVED] = "removed"};
    json_open_object(json, input->topology->zones[index].name, JSON_BLOCK);
    json_text(json, "role", zone->role == NOTE_PRIMARY ? "primary" : "secondary");
    if (zone->has_serial)
        json_count(json, "serial", zone->serial);
    else
        json_put_null(json, "serial");
    json_text(json, "state", states[zone->state]);
    write_member(json, input, node, index);
    write_members(json, input, node, index);
    write_time(json, "last_contact", zone->last_contact_ns);
    write_time(json, "next_refresh", metrics_next_refresh_ns(input->metrics, node, index));
    if (zone->expires_ns < 0)
        json_put_null(json, "expires_in");
    else
        json_seconds(json, "expires_in", zone->expires_ns - input->virtual_ns);
    write_behind(json, zone, input->virtual_ns);
    write_signatures(json, zone, input->virtual_ns);
    write_transfers(json, zone);
    write_last_transfer(json, input, zone);
    write_last_failure(json, input, zone);
    json_end(json);
}

static void write_server(struct json *json, const struct summary_input *input, uint32_t node)
{
    const struct topology *topology = input->topology;
    json_open_object(json, topology->nodes[node].name, JSON_BLOCK);
    json_count(json, "queries", metrics_queries(input->metrics, node, METRICS_ALL, 0, INT64_MAX));
    json_bool(json, "down", metrics_node_outage(input->metrics, node).at_end);
    json_open_object(json, "zones", JSON_BLOCK);
    for (uint32_t z = 0; z < topology->zone_count; z++)
        write_zone(json, input, node, z);
    json_end(json);
    json_end(json);
}

static void write_servers(struct json *json, const struct summary_input *input)
{
    const struct topology *topology = input->topology;
    json_open_object(json, "servers", JSON_BLOCK);
    for (uint32_t i = 0; i < topology->node_count; i++)
        if (topology->nodes[i].kind == TOPOLOGY_SERVER && !topology->nodes[i].of_hierarchy)
            write_server(json, input, i);
    json_end(json);
}

static void write_version(struct json *json, const struct summary_input *input, size_t index)
{
    const struct topology *topology = input->topology;
    struct metrics_version version = metrics_version(input->metrics, index);
    json_open_object(json, NULL, JSON_LINE);
    json_text(json, "zone", topology->zones[version.zone].name);
    json_count(json, "serial", version.serial);
    json_seconds(json, "published", version.published_ns);
    json_open_object(json, "served", JSON_LINE);
    for (uint32_t i = 0; i < topology->node_count; i++)
        if (i == version.primary || metrics_is_due(input->metrics, index, i))
            write_time(json, topology->nodes[i].name, metrics_served_ns(input->metrics, index, i));
    json_end(json);
    json_end(json);
}

static void write_propagation(struct json *json, const struct summary_input *input)
{
    json_list(json, "propagation", JSON_BLOCK);
    for (size_t i = 0; i < metrics_version_count(input->metrics); i++)
        write_version(json, input, i);
    json_end(json);
}

/* ---- monitors ---------------------------------------------------------------------------- */

static void write_alarm(struct json *json, const struct summary_input *input,
                        const struct metrics_alarm *alarm)
{
    const struct topology *topology = input->topology;
    json_open_object(json, NULL, JSON_LINE);
    json_text(json, "server",
              alarm->server == TOPOLOGY_NONE ? NULL : topology->nodes[alarm->server].name);
    json_text(json, "zone",
              alarm->zone == TOPOLOGY_NONE ? NULL : topology->zones[alarm->zone].name);
    json_text(json, "alarm", metrics_alarm_name(alarm->kind));
    write_time(json, "since", alarm->since_ns);
    write_time(json, "raised", alarm->raised_ns);
    write_time(json, "cleared", alarm->cleared_ns);
    json_end(json);
}

static void write_monitors(struct json *json, const struct summary_input *input)
{
    const struct topology *topology = input->topology;
    json_open_object(json, "monitors", JSON_BLOCK);
    for (uint32_t i = 0; i < topology->node_count; i++) {
        if (topology->nodes[i].kind != TOPOLOGY_MONITOR)
            continue;
        json_list(json, topology->nodes[i].name, JSON_BLOCK);
        for (size_t k = 0; k < metrics_alarm_count(input->metrics); k++) {
            struct metrics_alarm alarm = metrics_alarm(input->metrics, k);
            if (alarm.monitor == i)
                write_alarm(json, input, &alarm);
        }
        json_end(json);
    }
    json_end(json);
}

/* ---- all --------------------------------------------------------------------------------- */

uint64_t summary_events_per_second(const struct summary_input *input)
{
    if (input->wall_ns <= 0)
        return 0;
    uint64_t wall_ns = (uint64_t)input->wall_ns;
    return (uint64_t)(((unsigned __int128)input->events * NS_PER_S + wall_ns / 2) / wall_ns);
}

static void write_run(struct json *json, const struct summary_input *input)
{
    json_count(json, "schema", SUMMARY_SCHEMA);
    json_text(json, "understudy", UNDERSTUDY_VERSION);
    json_text(json, "scenario", input->topology->scenario);
    json_count(json, "seed", input->topology->seed);
    json_text(json, "verdict", input->verdict->ok ? "pass" : "fail");
    json_seconds(json, "virtual_seconds", input->virtual_ns);
    json_count(json, "events", input->events);
    json_open_object(json, "packets", JSON_LINE);
    json_count(json, "sent", input->packets_sent);
    json_count(json, "delivered", input->packets_delivered);
    json_count(json, "lost", input->packets_lost);
    json_end(json);
    json_text(json, "trace_sha256", input->trace_sha256);
}

/* Last, and on a line of its own: all that differs between two runs. */
static void write_wall(struct json *json, const struct summary_input *input)
{
    json_open_object(json, "wall", JSON_LINE);
    json_seconds(json, "seconds", input->wall_ns);
    json_count(json, "events_per_second", summary_events_per_second(input));
    json_end(json);
}

void summary_write(struct output *output, const struct summary_input *input)
{
    struct json json = {.file = output_create(output, "summary.json", 0)};
    json_open_object(&json, NULL, JSON_BLOCK);
    write_run(&json, input);
    write_expectations(&json, input->verdict);
    write_clients(&json, input);
    write_resolvers(&json, input);
    write_servers(&json, input);
    write_propagation(&json, input);
    write_monitors(&json, input);
    write_wall(&json, input);
    json_end(&json);
    output_close(json.file, NULL, NULL);
}
