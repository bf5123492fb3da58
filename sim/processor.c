/*
 * Work that takes time. An answer leaves when its work begins: the next one is
 * what waits for the charge, so queueing is exact and service itself takes no
 * time on the way of a single question.
 */
#include "sim/processor.h"

#include "sim/internal.h"
#include "sim/socket.h"

bool processor_is_free(const struct sim_host *host)
{
    return host->processor.queue_max == 0 || host->sim->now_ns >= host->processor.busy_until_ns;
}

void processor_charge(struct sim_host *host, int64_t cpu_ns)
{
    struct processor *processor = &host->processor;
    int64_t now_ns = host->sim->now_ns;
    int64_t begin_ns = processor->busy_until_ns > now_ns ? processor->busy_until_ns : now_ns;
    processor->busy_until_ns = begin_ns + cpu_ns;
}

bool processor_must_wait(const struct sim_host *host)
{
    return host->processor.waiting > 0 || !processor_is_free(host);
}

bool processor_has_room(const struct sim_host *host)
{
    return host->processor.waiting < host->processor.queue_max;
}

/* Entries are never taken out of the run's queue: one that comes too early is put back. */
static void wake_later(struct sim_host *host)
{
    struct processor *processor = &host->processor;
    if (processor->woken)
        return;
    processor->woken = true;
    queue_push(&host->sim->queue, processor->busy_until_ns,
               event_order(host->id, host->id, host->event_count++),
               (uint64_t)host->id << 3 | ENTRY_PROCESSOR);
}

void processor_settle_later(struct sim_host *host)
{
    wake_later(host);
}

void processor_keep(struct sim_host *host, struct packet *packet)
{
    struct processor *processor = &host->processor;
    packet->next = NULL;
    if (processor->last)
        processor->last->next = packet;
    else
        processor->first = packet;
    processor->last = packet;
    processor->waiting++;
    wake_later(host);
}

static struct packet *take(struct processor *processor)
{
    struct packet *packet = processor->first;
    processor->first = packet->next;
    if (!processor->first)
        processor->last = NULL;
    processor->waiting--;
    return packet;
}

void processor_run(struct sim_host *host)
{
    struct processor *processor = &host->processor;
    while (processor->first && processor_is_free(host)) {
        struct packet *packet = take(processor);
        socket_arrived(host, packet);
        packet_give(&host->sim->packets, packet);
    }
    if (!processor->first)
        occupant_settle(host);
    if (processor->first || socket_has_event(host))
        wake_later(host);
}

void processor_wake(struct sim_host *host)
{
    host->processor.woken = false;
    if (host->processor.queue_max > 0)
        processor_run(host);
}

void processor_forget(struct sim_host *host)
{
    while (host->processor.first)
        packet_give(&host->sim->packets, take(&host->processor));
    host->processor.busy_until_ns = 0;
}
