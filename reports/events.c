/* events.jsonl: each note or fault that is worth a line becomes one object. */
#include "reports/events.h"

#include <stdlib.h>

#include "nodes/dns/name.h"
#include "nodes/dns/rr.h"
#include "reports/json.h"
#include "sim/base/time.h"

struct events {
    const struct metrics *metrics;
    struct topology_index index;
    struct json json;
    uint64_t lines;
    uint8_t catalog[NAME_SIZE_MAX]; /* that notes about members belong to */
};

struct events *events_open(struct output *output, const struct topology *topology,
                           const struct metrics *metrics)
{
    struct events *events = memory_zeroed(sizeof *events);
    events->metrics = metrics;
    topology_index_build(&events->index, topology);
    events->json.file = output_create(output, "events.jsonl", 0);
    return events;
}

uint64_t events_lines(const struct events *events)
{
    return events->lines;
}

void events_finish(struct events *events)
{
    output_close(events->json.file, NULL, NULL);
    topology_index_free(&events->index);
    free(events);
}

static struct json *begin_line(struct events *events, int64_t now_ns)
{
    struct json *json = &events->json;
    events->lines++;
    json_open_object(json, NULL, JSON_LINE);
    json_decimal_full(json, "t", now_ns - events->index.topology->start_ns, 9);
    return json;
}

static struct json *begin_host_line(struct events *events, int64_t now_ns, uint32_t host,
                                    const char *event)
{
    const struct topology *topology = events->index.topology;
    struct json *json = begin_line(events, now_ns);
    json_text(json, "host", topology->nodes[topology->host_nodes[host]].name);
    json_text(json, "event", event);
    return json;
}

/* ---- parts of a line ---------------------------------------------------------------------- */

static void write_zone(struct json *json, const struct host_note *note)
{
    char text[NAME_TEXT_SIZE];
    json_text(json, "zone", note->name.size > 0 ? name_to_text(note->name.data, text) : NULL);
}

static void write_peer(struct events *events, const struct host_note *note)
{
    const struct topology *topology = events->index.topology;
    uint32_t node = topology_index_node(&events->index, &note->peer);
    char text[ADDRESS_TEXT_SIZE];
    json_text(&events->json, "peer", node == TOPOLOGY_NONE ? NULL : topology->nodes[node].name);
    json_text(&events->json, "address", address_format_ip(&note->peer, text));
}

static void write_serial(struct json *json, const char *key, uint32_t serial, bool known)
{
    if (known)
        json_count(json, key, serial);
    else
        json_put_null(json, key);
}

static void write_form(struct json *json, const struct host_note *note)
{
    static const char *const forms[] = {
        [NOTE_AXFR] = "axfr", [NOTE_IXFR] = "ixfr", [NOTE_FALLBACK] = "fallback"};
    json_text(json, "kind", forms[note->code]);
}

static void write_volume(struct json *json, const struct host_note *note)
{
    json_count(json, "bytes", (uint64_t)note->values[0]);
    json_count(json, "messages", (uint64_t)note->values[1]);
}

/* ---- zones ------------------------------------------------------------------------------- */

static void write_serving(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    json_count(json, "serial", note->serial);
    json_count(json, "records", (uint64_t)note->values[1]);
    if (!note->values[3])
        json_bool(json, "from_disk", note->values[2] != 0);
}

static void write_serial_alone(struct events *events, const struct host_note *note)
{
    json_count(&events->json, "serial", note->serial);
}

static void write_why_alone(struct events *events, const struct host_note *note)
{
    json_text(&events->json, "why", note->text);
}

static void write_tls_failed(struct events *events, const struct host_note *note)
{
    write_peer(events, note);
    json_text(&events->json, "why", note->text);
}

static void write_certificate(struct events *events, const struct host_note *note)
{
    int64_t start_ns = events->index.topology->start_ns;
    json_seconds(&events->json, "until", note->values[0] * NS_PER_S - start_ns);
}

static void write_signatures(struct events *events, const struct host_note *note)
{
    int64_t start_ns = events->index.topology->start_ns;
    json_count(&events->json, "serial", note->serial);
    json_seconds(&events->json, "until", note->values[0] * NS_PER_S - start_ns);
}

/* NEXT_NS: when the secondary looks again; EXPIRES_NS -1: never. */
static void write_outlook(struct json *json, int64_t next_ns, int64_t expires_ns)
{
    json_seconds(json, "next_refresh", next_ns);
    if (expires_ns < 0)
        json_put_null(json, "expires");
    else
        json_seconds(json, "expires", expires_ns);
}

static void write_due(struct events *events, const struct host_note *note)
{
    json_count(&events->json, "serial", note->serial);
    write_outlook(&events->json, note->values[1], note->values[0]);
}

static void write_confirmed(struct events *events, const struct host_note *note)
{
    write_peer(events, note);
    json_count(&events->json, "serial", note->serial);
    json_count(&events->json, "failures", (uint64_t)note->values[2]);
    write_outlook(&events->json, note->values[1], note->values[0]);
}

static void write_command(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    json_text(json, "command", note_command_name((enum note_command)note->code));
    write_serial(json, "serial", note->serial, note->serial != 0);
    if (note->text)
        json_text(json, "why", note->text);
}

static void write_signed(struct events *events, const struct host_note *note)
{
    int64_t start_ns = events->index.topology->start_ns;
    json_count(&events->json, "serial", note->serial);
    json_text(&events->json, "why", note->text);
    json_count(&events->json, "signatures", (uint64_t)note->values[0]);
    json_seconds(&events->json, "until", note->values[1] * NS_PER_S - start_ns);
}

static void write_put_off(struct events *events, const struct host_note *note)
{
    json_count(&events->json, "serial", note->serial);
    json_text(&events->json, "why", note->text);
}

static void write_refresh_failed(struct events *events, const struct host_note *note)
{
    write_peer(events, note);
    json_text(&events->json, "why", note->text);
    json_seconds(&events->json, "next_try", note->values[0]);
}

/* ---- catalogs ---------------------------------------------------------------------------- */

static void write_catalog(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    bool from_disk = note->values[1] != 0;
    name_copy(note->name.data, events->catalog);
    write_serial(json, "serial", note->serial, !from_disk);
    json_count(json, "members", (uint64_t)note->values[0]);
    if (note->kind == NOTE_CATALOG_BROKEN)
        json_text(json, "why", note->text);
    else
        json_bool(json, "from_disk", from_disk);
}

static void write_member(struct events *events, const struct host_note *note)
{
    char text[NAME_TEXT_SIZE];
    json_text(&events->json, "catalog", name_to_text(events->catalog, text));
    if (note->text)
        json_text(&events->json, "why", note->text);
}

static void write_group(struct events *events, const struct host_note *note)
{
    char text[NAME_TEXT_SIZE];
    json_text(&events->json, "catalog", name_to_text(events->catalog, text));
    json_text(&events->json, "group", note->text);
}

static void write_crowded(struct events *events, const struct host_note *note)
{
    write_serial(&events->json, "serial", note->serial, true);
    json_count(&events->json, "left_out", (uint64_t)note->values[0]);
    json_count(&events->json, "at_most", (uint64_t)note->values[1]);
}

/* ---- NOTIFY ------------------------------------------------------------------------------ */

static void write_notify(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    char text[16];
    write_peer(events, note);
    write_serial(json, "serial", note->serial,
                 note->kind != NOTE_NOTIFY_RECEIVED || note->serial != 0);
    if (note->kind == NOTE_NOTIFY_SENT)
        json_count(json, "attempt", (uint64_t)note->values[0] + 1);
    if (note->kind == NOTE_NOTIFY_ANSWERED)
        json_text(json, "rcode", rcode_to_text(note->code, text));
    if (note->kind == NOTE_NOTIFY_RECEIVED && note->text)
        json_text(json, "why", note->text);
}

/* ---- UPDATE ------------------------------------------------------------------------------ */

static void write_update(struct events *events, const struct host_note *note)
{
    char text[16];
    write_peer(events, note);
    write_serial(&events->json, "serial", note->serial, note->serial != 0);
    json_text(&events->json, "rcode", rcode_to_text(note->code, text));
    if (note->text)
        json_text(&events->json, "why", note->text);
}

/* ---- transfers --------------------------------------------------------------------------- */

static void write_transfer(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    write_peer(events, note);
    write_form(json, note);
    if (note->kind == NOTE_TRANSFER_STARTED)
        write_serial(json, "serial_before", note->serial, note->serial != 0);
    if (note->kind == NOTE_TRANSFER_DONE)
        write_serial(json, "serial_before", (uint32_t)note->values[3], note->values[3] != 0);
    if (note->kind == NOTE_TRANSFER_DONE || note->kind == NOTE_TRANSFER_SERVED)
        json_count(json, "serial", note->serial);
    if (note->kind == NOTE_TRANSFER_FAILED || note->kind == NOTE_TRANSFER_REFUSED)
        json_text(json, "why", note->text);
    if (note->kind != NOTE_TRANSFER_STARTED && note->kind != NOTE_TRANSFER_REFUSED)
        write_volume(json, note);
    if (note->kind == NOTE_TRANSFER_DONE || note->kind == NOTE_TRANSFER_SERVED)
        json_seconds(json, "duration", note->values[2]);
}

/* ---- monitors ---------------------------------------------------------------------------- */

static void write_alarm(struct events *events, const struct host_note *note)
{
    struct json *json = &events->json;
    write_peer(events, note);
    json_text(json, "alarm", metrics_alarm_name((enum note_alarm)note->code));
    write_serial(json, "serial", note->serial, note->serial != 0);
    if (note->kind == NOTE_ALARM_RAISED)
        json_seconds(json, "since", note->values[0]);
}

/* ---- listening --------------------------------------------------------------------------- */

/* What a kind's line is called and how it ends; kinds without a name are not worth one. */
static const struct {
    const char *event;
    void (*write)(struct events *events, const struct host_note *note);
} lines[NOTE_KIND_COUNT] = {
    [NOTE_ZONE_SERVING] = {"zone_serving", write_serving},
    [NOTE_ZONE_SIGNATURES] = {"zone_signatures", write_signatures},
    [NOTE_ZONE_SIGNED] = {"zone_signed", write_signed},
    [NOTE_SIGNING_PUT_OFF] = {"signing_put_off", write_put_off},
    [NOTE_ZONE_LOADING] = {"zone_loading", NULL},
    [NOTE_ZONE_EXPIRED] = {"zone_expired", write_serial_alone},
    [NOTE_ZONE_DUE] = {"refresh_due", write_due},
    [NOTE_CHANGE_FAILED] = {"change_failed", write_why_alone},
    [NOTE_CHANGE_WAITS] = {"change_waits", write_serial_alone},
    [NOTE_COMMAND] = {"command", write_command},
    [NOTE_NOTIFY_SENT] = {"notify_sent", write_notify},
    [NOTE_NOTIFY_ANSWERED] = {"notify_answered", write_notify},
    [NOTE_NOTIFY_GIVEN_UP] = {"notify_given_up", write_notify},
    [NOTE_NOTIFY_RECEIVED] = {"notify_received", write_notify},
    [NOTE_REFRESH_FAILED] = {"refresh_failed", write_refresh_failed},
    [NOTE_TRANSFER_STARTED] = {"transfer_started", write_transfer},
    [NOTE_TRANSFER_DONE] = {"transfer_done", write_transfer},
    [NOTE_TRANSFER_FAILED] = {"transfer_failed", write_transfer},
    [NOTE_TRANSFER_SERVED] = {"transfer_served", write_transfer},
    [NOTE_TRANSFER_REFUSED] = {"transfer_refused", write_transfer},
    [NOTE_UPDATE] = {"update_done", write_update},
    [NOTE_ALARM_RAISED] = {"alarm_raised", write_alarm},
    [NOTE_ALARM_CLEARED] = {"alarm_cleared", write_alarm},
    [NOTE_CATALOG_READ] = {"catalog_read", write_catalog},
    [NOTE_CATALOG_BROKEN] = {"catalog_broken", write_catalog},
    [NOTE_MEMBER_GROUPED] = {"member_grouped", write_group},
    [NOTE_CATALOG_FULL] = {"catalog_full", write_crowded},
    [NOTE_MEMBER_ADDED] = {"member_added", write_member},
    [NOTE_MEMBER_REMOVED] = {"member_removed", write_member},
    [NOTE_MEMBER_MOVED] = {"member_moved", write_member},
    [NOTE_MEMBER_REFUSED] = {"member_refused", write_member},
    [NOTE_CERTIFICATE] = {"certificate", write_certificate},
    [NOTE_TLS_FAILED] = {"tls_failed", write_tls_failed},
};

/* NULL: not worth a line. */
static const char *event_of(const struct host_note *note)
{
    if (note->kind == NOTE_ZONE_SERVING && note->values[3])
        return "zone_published";
    if (note->kind == NOTE_NOTIFY_RECEIVED && note->text)
        return "notify_refused";
    if (note->kind == NOTE_UPDATE && note->text)
        return "update_refused";
    if (note->kind == NOTE_COMMAND && note->text)
        return "command_refused";
    if (note->kind == NOTE_ZONE_CONTACT && note->values[2] > 0)
        return "zone_confirmed";
    return note->kind < NOTE_KIND_COUNT ? lines[note->kind].event : NULL;
}

/* The kinds whose text may be TSIG's. */
static bool may_tell_of_clocks(const struct host_note *note)
{
    return note->kind == NOTE_REFRESH_FAILED || note->kind == NOTE_TRANSFER_FAILED ||
           note->kind == NOTE_TRANSFER_REFUSED || note->kind == NOTE_NOTIFY_RECEIVED ||
           note->kind == NOTE_UPDATE;
}

/* What an operator asks when something failed: is anything missing here, and since when. */
static bool tells_of_lag(const struct host_note *note)
{
    return note->kind == NOTE_REFRESH_FAILED || note->kind == NOTE_TRANSFER_FAILED ||
           note->kind == NOTE_ZONE_EXPIRED;
}

static void write_lag(struct events *events, int64_t now_ns, uint32_t host,
                      const struct host_note *note)
{
    const struct topology *topology = events->index.topology;
    uint32_t zone = topology_index_zone(&events->index, note->name);
    if (zone == TOPOLOGY_NONE)
        return;
    struct metrics_lag lag =
        metrics_lag(events->metrics, topology->host_nodes[host], zone, now_ns - topology->start_ns);
    if (lag.has_version)
        json_count(&events->json, "behind_versions", lag.versions);
    else
        json_put_null(&events->json, "behind_versions");
    if (lag.since_ns < 0)
        json_put_null(&events->json, "behind_since");
    else
        json_seconds(&events->json, "behind_since", lag.since_ns);
}

static void on_note(void *context, int64_t now_ns, uint32_t host, const struct host_note *note)
{
    struct events *events = context;
    const char *event = event_of(note);
    if (!event)
        return;
    struct json *json = begin_host_line(events, now_ns, host, event);
    if (note->kind < NOTE_CERTIFICATE) /* others are not about a zone */
        write_zone(json, note);
    if (note->kind == NOTE_ZONE_CONTACT)
        write_confirmed(events, note);
    else if (lines[note->kind].write)
        lines[note->kind].write(events, note);
    if (may_tell_of_clocks(note) && note->values[3] != 0)
        json_seconds(json, "clock_ahead", note->values[3] * NS_PER_S);
    if (tells_of_lag(note))
        write_lag(events, now_ns, host, note);
    json_end(json);
}

static void on_fault(void *context, int64_t now_ns, enum trace_fault fault, const char *what)
{
    static const char *const names[] = {
        [TRACE_FAILED] = "failed",
        [TRACE_STOPPED] = "stopped",
        [TRACE_RECOVERED] = "recovered",
        [TRACE_WITHDRAWN] = "route_withdrawn",
        [TRACE_ANNOUNCED] = "route_announced",
        [TRACE_BLOCKED] = "tcp_blocked",
    };
    struct events *events = context;
    const struct topology *topology = events->index.topology;
    struct topology_place place = topology_find_place(topology, what);
    struct json *json = begin_line(events, now_ns);
    if (place.kind == TOPOLOGY_ON_LINK) {
        json_list(json, "link", JSON_LINE);
        json_text(json, NULL, topology->sites[place.index].name);
        json_text(json, NULL, topology->sites[place.other].name);
        json_end(json);
    } else {
        json_text(json, place.kind == TOPOLOGY_AT_SITE ? "site" : "host", what);
    }
    json_text(json, "event", names[fault]);
    json_end(json);
}

static void on_clock(void *context, int64_t now_ns, uint32_t host, int64_t offset_ns)
{
    struct json *json = begin_host_line(context, now_ns, host, "clock_set");
    json_seconds(json, "ahead", offset_ns);
    json_end(json);
}

static void on_unheard(void *context, int64_t now_ns, uint32_t host, const char *command)
{
    struct json *json = begin_host_line(context, now_ns, host, "command_lost");
    json_text(json, "command", command);
    json_end(json);
}

struct trace_listener events_listener(struct events *events)
{
    return (struct trace_listener){.context = events,
                                   .note = on_note,
                                   .fault = on_fault,
                                   .clock = on_clock,
                                   .unheard = on_unheard};
}
