/*
 * What a run lets others see: packets sent and their fate, nodes' notes, faults.
 *
 * Listeners only listen: whatever they do, the run's events and its hash stay
 * the same. They are called in the order of events.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "nodes/host.h"
#include "sim/packet.h"

struct trace_host {
    uint32_t id;      /* stable within the run: rank of its name */
    const char *name; /* "ns2.iad", "eu-users.17" */
};

enum trace_fault {
    TRACE_FAILED,    /* host, site or link gone silent */
    TRACE_STOPPED,   /* host's process ended in order */
    TRACE_RECOVERED, /* any of them is back */
    TRACE_WITHDRAWN, /* a host's anycast route is gone */
    TRACE_ANNOUNCED, /* and back */
    TRACE_BLOCKED,   /* a link lets no TCP pass */
};

struct trace_listener {
    void *context;
    /* A packet leaves its sender; its fate is PACKET_IN_FLIGHT or a way of being lost at once. NULL
     * if not wanted, like the others. */
    void (*sent)(void *context, const struct packet *packet);
    /* A packet that was in flight has arrived: PACKET_DELIVERED, _HOST_SILENT or _QUEUE_FULL.
     * Between sent and arrived the packet stays where it is in memory. */
    void (*arrived)(void *context, const struct packet *packet, int64_t now_ns);
    void (*note)(void *context, int64_t now_ns, uint32_t host, const struct host_note *note);
    /* A key of a TLS session, before the first packet that it opens: a line in NSS key log format.
     * Both ends may tell of the same one. */
    void (*secret)(void *context, struct bytes line);
    /* WHAT: name of the host, site, or link ("fra-sin"). */
    void (*fault)(void *context, int64_t now_ns, enum trace_fault fault, const char *what);
    /* A host's clock was set: from now on it is OFFSET_NS ahead of true time. */
    void (*clock)(void *context, int64_t now_ns, uint32_t host, int64_t offset_ns);
    /* COMMAND was for a host that is down: nobody heard it. */
    void (*unheard)(void *context, int64_t now_ns, uint32_t host, const char *command);
};

#endif
