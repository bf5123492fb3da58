/*
 * A host: whatever owns addresses on the network. Inside sim/ only.
 *
 * Below lies the socket layer (sim/socket.h), the same for every kind of host;
 * above it, an occupant: today a node of ours (sim/occupant.c), later a real
 * daemon. The run drives the occupant through few operations and never assumes
 * that it is a callback with C state.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "nodes/host.h"
#include "sim/disk.h"
#include "sim/packet.h"
#include "sim/ports.h"
#include "sim/processor.h"
#include "sim/tcp.h"

struct sim;

enum host_condition {
    HOST_UP,
    HOST_PROCESS_GONE, /* stopped: the kernel answers with ICMP and RST */
    HOST_SILENT,       /* failed: nothing goes in or out */
};

enum socket_kind { SOCKET_FREE, SOCKET_UDP, SOCKET_TCP };

struct socket {
    enum socket_kind kind;
    uint16_t port;        /* UDP: host byte order; 0: there was none left */
    bool closed;          /* TCP: the occupant has let go; no more events */
    bool gone;            /* TCP: the stack has let go; the occupant is still to be told */
    bool later;           /* TCP: its work comes after all other */
    size_t later_waiting; /* events in the queue for that */
    void *context;
    struct address local; /* UDP: unspecified ip for all */
};

/* A TCP event waiting for the occupant; its bytes are copied. */
struct socket_event {
    struct tcp_event event;
    struct address local, remote;
    uint8_t *bytes;
};

struct socket_events {
    struct socket_event *items;
    size_t next, count, capacity;
};

struct sim_host {
    struct sim *sim;
    const char *name;
    uint32_t id; /* rank of the name */
    uint32_t site;
    uint32_t event_count; /* orders what this host sends and sets at one instant */
    uint32_t incarnation;
    enum host_condition condition;
    bool failed; /* by itself, not by its site */
    bool stopped;
    uint16_t ip_id;

    const struct node_type *type;
    const void *config;
    void *state; /* NULL while the process is gone */
    struct arena arena;
    struct random random;
    struct random port_random;
    int64_t clock_offset_ns;

    int64_t timer_ns;        /* what the node asked for */
    int64_t timer_queued_ns; /* the earliest entry in the queue that may serve it */
    int64_t line_free_ns;    /* when the line out has sent what it was given */

    struct address *addresses; /* own ones first, then announced */
    uint32_t address_count, own_address_count;

    struct host_sockets numbers;
    struct socket *sockets; /* by number - 1 */
    size_t socket_capacity;
    struct ports ports; /* UDP */

    struct tcp_stack *tcp; /* NULL until used */
    int64_t tcp_timer_ns, tcp_timer_queued_ns;
    struct packet *segment;       /* being filled by the stack */
    struct socket_events pending; /* allocated while a connection speaks */
    struct socket_events later;   /* of sockets whose work comes after all other */
    struct processor processor;

    struct disk disk;
};

/* ---- the occupant (sim/occupant.c) ---------------------------------------------------- */

/* Starts the process: disk, then HOST_STARTED. */
void occupant_start(struct sim_host *host);

/* Hands over one event; what the occupant wants done is done when this returns. */
void occupant_deliver(struct sim_host *host, struct host_event *event);

/* Runs until nothing more happens at this instant (TCP events of its own making). */
void occupant_settle(struct sim_host *host);

/* Takes the process away without a word. Unsynced writes are lost if CRASH. */
void occupant_kill(struct sim_host *host, bool crash);

#endif
