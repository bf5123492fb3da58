/* What monitors noticed. */
#include "reports/metrics_internal.h"

#include <stdlib.h>

static void raise_alarm(struct metrics *metrics, int64_t now_ns, uint32_t monitor,
                        const struct host_note *note)
{
    memory_reserve(metrics->alarms, metrics->alarm_count, metrics->alarm_capacity);
    metrics->alarms[metrics->alarm_count++] = (struct metrics_alarm){
        .monitor = monitor,
        .server = topology_index_node(&metrics->index, &note->peer),
        .zone = topology_index_zone(&metrics->index, note->name),
        .kind = (enum note_alarm)note->code,
        .raised_ns = now_ns,
        .cleared_ns = -1,
        .since_ns = note->values[0],
    };
}

static void clear_alarm(struct metrics *metrics, int64_t now_ns, uint32_t monitor,
                        const struct host_note *note)
{
    uint32_t server = topology_index_node(&metrics->index, &note->peer);
    uint32_t zone = topology_index_zone(&metrics->index, note->name);
    for (size_t i = metrics->alarm_count; i-- > 0;) {
        struct metrics_alarm *alarm = &metrics->alarms[i];
        if (alarm->monitor != monitor || alarm->server != server || alarm->zone != zone ||
            alarm->cleared_ns >= 0)
            continue;
        alarm->cleared_ns = now_ns;
        return;
    }
}

void metrics_alarm_note(struct metrics *metrics, int64_t now_ns, uint32_t monitor,
                        const struct host_note *note)
{
    if (note->kind == NOTE_ALARM_RAISED)
        raise_alarm(metrics, now_ns, monitor, note);
    else
        clear_alarm(metrics, now_ns, monitor, note);
}

size_t metrics_alarm_count(const struct metrics *metrics)
{
    return metrics->alarm_count;
}

struct metrics_alarm metrics_alarm(const struct metrics *metrics, size_t index)
{
    return metrics->alarms[index];
}

const char *metrics_alarm_name(enum note_alarm kind)
{
    switch (kind) {
    case NOTE_ALARM_SILENT:
        return "silent";
    case NOTE_ALARM_BROKEN:
        return "broken";
    case NOTE_ALARM_STALE:
        return "stale";
    case NOTE_ALARM_NONE:
    case NOTE_ALARM_COUNT:
        break;
    }
    return "fine";
}
