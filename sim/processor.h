/*
 * A host's processor where its capacity is limited: work takes time, and what
 * arrives meanwhile waits. Inside sim/ only.
 *
 * Datagrams wait in a bounded queue, the others of the kernel's making in the
 * socket layer. Datagrams and ordinary streams go first, streams whose work the
 * node has charged as HOST_LATER after all of them.
 */
#ifndef SIM_PROCESSOR_H
#define SIM_PROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet;
struct sim_host;

struct processor {
    size_t queue_max; /* datagrams; 0: the processor is never waited for */
    int64_t busy_until_ns;
    bool woken; /* an entry stands in the run's queue for when it is free */
    struct packet *first, *last;
    size_t waiting;
};

/* Nothing is being worked at. Always true without a limit. */
bool processor_is_free(const struct sim_host *host);

/* What the host is doing now takes so much longer. */
void processor_charge(struct sim_host *host, int64_t cpu_ns);

/* What comes now has to wait, for other work or behind datagrams that came before it. */
bool processor_must_wait(const struct sim_host *host);

/* A datagram that must wait can; _keep takes it over, processor_run gives it back. */
bool processor_has_room(const struct sim_host *host);
void processor_keep(struct sim_host *host, struct packet *packet);

/* Works at what waits until the processor is busy or nothing does. */
void processor_run(struct sim_host *host);

/* Events of streams are left for when the processor is free. */
void processor_settle_later(struct sim_host *host);

/* Its time has come in the run's queue. */
void processor_wake(struct sim_host *host);

/* The process has gone, and what waited for it. */
void processor_forget(struct sim_host *host);

#endif
