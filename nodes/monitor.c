/*
 * The monitor. All targets are asked at the same instant, each from a socket of its
 * own; what they answer is judged when it comes, silence when the time is over.
 *
 *   fine --`failures` questions without an answer--> silent
 *   fine --answered without the zone's SOA, as often--> broken
 *   fine --behind the newest serial for `stale_after`--> stale
 *   any  --a good answer that is not stale--> fine
 */
#include "nodes/monitor.h"

#include <stdlib.h>

#include "nodes/deadlines.h"
#include "nodes/dns/message.h"
#include "nodes/note.h"

enum deadline_kind { DEADLINE_ROUND, DEADLINE_QUESTION };

struct watch {
    const struct monitor_target *target;
    struct deadline deadline;
    uint32_t socket; /* 0: nothing asked */
    uint16_t id;
    unsigned silences, refusals; /* in a row */
    enum note_alarm alarm;
    bool has_serial;
    uint32_t serial;
    int64_t behind_since_ns; /* -1: not behind */
};

struct monitor {
    const struct monitor_config *config;
    struct deadlines deadlines;
    struct deadline round;
    struct watch *watches;
    struct message_cursor cursor; /* large; for the answer at hand */
};

static void monitor_init(void *state, const void *config, struct arena *arena)
{
    struct monitor *monitor = state;
    monitor->config = config;
    monitor->round.kind = DEADLINE_ROUND;
    monitor->watches =
        arena_alloc(arena, (monitor->config->target_count + 1) * sizeof *monitor->watches);
    for (size_t i = 0; i < monitor->config->target_count; i++)
        monitor->watches[i] = (struct watch){
            .target = &monitor->config->targets[i],
            .deadline = {.kind = DEADLINE_QUESTION, .owner = &monitor->watches[i]},
            .alarm = NOTE_ALARM_NONE,
            .behind_since_ns = -1,
        };
}

static void monitor_dispose(void *state)
{
    deadlines_free(&((struct monitor *)state)->deadlines);
}

/* ---- judging ------------------------------------------------------------------------------- */

static void note(const struct watch *watch, enum note_kind kind, uint16_t code, int64_t since_ns,
                 struct outbox *out)
{
    const uint8_t *zone = watch->target->zone;
    outbox_note(out, &(struct host_note){
                         .kind = (uint16_t)kind,
                         .code = code,
                         .serial = watch->has_serial ? watch->serial : 0,
                         .peer = watch->target->server,
                         .name = bytes_of(zone, name_size(zone)),
                         .values = {since_ns},
                     });
}

static enum note_alarm judge(const struct monitor *monitor, const struct watch *watch,
                             int64_t now_ns)
{
    if (watch->silences >= monitor->config->failures)
        return NOTE_ALARM_SILENT;
    if (watch->refusals >= monitor->config->failures)
        return NOTE_ALARM_BROKEN;
    if (watch->behind_since_ns >= 0 &&
        now_ns - watch->behind_since_ns > monitor->config->stale_after_ns)
        return NOTE_ALARM_STALE;
    /* One failure more or less changes nothing yet. */
    return watch->silences + watch->refusals > 0 ? watch->alarm : NOTE_ALARM_NONE;
}

static void review(const struct monitor *monitor, struct watch *watch, int64_t now_ns,
                   struct outbox *out)
{
    enum note_alarm before = watch->alarm;
    watch->alarm = judge(monitor, watch, now_ns);
    if (watch->alarm == before)
        return;
    if (before != NOTE_ALARM_NONE)
        note(watch, NOTE_ALARM_CLEARED, (uint16_t)before, now_ns, out);
    if (watch->alarm != NOTE_ALARM_NONE)
        note(watch, NOTE_ALARM_RAISED, (uint16_t)watch->alarm,
             watch->alarm == NOTE_ALARM_STALE ? watch->behind_since_ns : now_ns, out);
}

static bool is_newest(const struct monitor *monitor, const struct watch *watch)
{
    for (size_t i = 0; i < monitor->config->target_count; i++) {
        const struct watch *other = &monitor->watches[i];
        if (other->has_serial && name_equal(other->target->zone, watch->target->zone) &&
            serial_is_after(other->serial, watch->serial))
            return false;
    }
    return true;
}

/* A new serial may put others behind: all targets of the zone are looked at again. */
static void compare_serials(struct monitor *monitor, const uint8_t *zone, int64_t now_ns)
{
    for (size_t i = 0; i < monitor->config->target_count; i++) {
        struct watch *watch = &monitor->watches[i];
        if (!watch->has_serial || !name_equal(watch->target->zone, zone))
            continue;
        if (is_newest(monitor, watch))
            watch->behind_since_ns = -1;
        else if (watch->behind_since_ns < 0)
            watch->behind_since_ns = now_ns;
    }
}

/* ---- asking -------------------------------------------------------------------------------- */

static void ask(struct monitor *monitor, struct watch *watch, const struct host_event *event,
                struct outbox *out)
{
    static const struct address any = {0};
    watch->id = (uint16_t)random_next(event->random);
    watch->socket = outbox_bind(out, &any, watch);
    uint8_t *data =
        outbox_send_begin(out, watch->socket, NULL, &watch->target->server, MESSAGE_UDP_PLAIN_MAX);
    outbox_send_end(out,
                    message_make_query(data, MESSAGE_UDP_PLAIN_MAX, watch->id, 0,
                                       watch->target->zone, RR_SOA, MESSAGE_UDP_EDNS_MAX, false));
    deadlines_set(&monitor->deadlines, &watch->deadline,
                  event->mono_ns + monitor->config->timeout_ns);
}

static void start_round(struct monitor *monitor, const struct host_event *event, struct outbox *out)
{
    for (size_t i = 0; i < monitor->config->target_count; i++)
        if (monitor->watches[i].socket == 0)
            ask(monitor, &monitor->watches[i], event, out);
    deadlines_set(&monitor->deadlines, &monitor->round,
                  event->mono_ns + monitor->config->interval_ns);
}

static void end_question(struct monitor *monitor, struct watch *watch, struct outbox *out)
{
    deadlines_unset(&monitor->deadlines, &watch->deadline);
    outbox_close(out, watch->socket);
    watch->socket = 0;
}

static void hear_nothing(struct monitor *monitor, struct watch *watch,
                         const struct host_event *event, struct outbox *out)
{
    end_question(monitor, watch, out);
    watch->silences++;
    review(monitor, watch, event->mono_ns, out);
}

/* ---- answers ------------------------------------------------------------------------------- */

static bool find_serial(struct message_cursor *cursor, const struct message *message,
                        const uint8_t *zone, uint32_t *serial)
{
    struct rr rr;
    struct soa soa;
    if (message->rcode != RCODE_NOERROR || !(message->flags & FLAG_AA))
        return false;
    message_cursor_start(cursor, message);
    while (message_next(cursor, &rr))
        if (cursor->section == SECTION_ANSWER && rr.type == RR_SOA && name_equal(rr.owner, zone) &&
            rr_soa_parse(rr.rdata, &soa)) {
            *serial = soa.serial;
            return true;
        }
    return false;
}

static void hear(struct monitor *monitor, const struct host_event *event, struct outbox *out)
{
    struct watch *watch = event->context;
    struct message message;
    if (!address_equal(event->remote, &watch->target->server) ||
        message_parse(&message, event->bytes) != MESSAGE_OK || message.id != watch->id ||
        !(message.flags & FLAG_QR) || message.question_count != 1 || message.qtype != RR_SOA ||
        !name_equal(message.qname, watch->target->zone))
        return;
    end_question(monitor, watch, out);
    watch->silences = 0;
    uint32_t serial;
    if (find_serial(&monitor->cursor, &message, watch->target->zone, &serial)) {
        watch->refusals = 0;
        watch->has_serial = true;
        watch->serial = serial;
        compare_serials(monitor, watch->target->zone, event->mono_ns);
    } else {
        watch->refusals++;
    }
    review(monitor, watch, event->mono_ns, out);
}

/* ---- the door ------------------------------------------------------------------------------ */

static void on_timer(struct monitor *monitor, const struct host_event *event, struct outbox *out)
{
    struct deadline *due;
    deadlines_timer_fired(&monitor->deadlines);
    while ((due = deadlines_due(&monitor->deadlines, event->mono_ns)))
        if (due->kind == DEADLINE_ROUND)
            start_round(monitor, event, out);
        else
            hear_nothing(monitor, due->owner, event, out);
}

static void monitor_handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct monitor *monitor = state;
    if (event->kind == HOST_STARTED)
        start_round(monitor, event, out);
    else if (event->kind == HOST_TIMER)
        on_timer(monitor, event, out);
    else if (event->kind == HOST_DATAGRAM)
        hear(monitor, event, out);
    else if (event->kind == HOST_UNREACHABLE)
        hear_nothing(monitor, event->context, event, out);
    deadlines_set_timer(&monitor->deadlines, out);
}

const struct node_type monitor_node = {
    .name = "monitor",
    .state_size = sizeof(struct monitor),
    .init = monitor_init,
    .handle = monitor_handle,
    .dispose = monitor_dispose,
};
