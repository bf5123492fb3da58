/*
 * TCP (RFC 9293): one stack a host, a state machine with no clock and no network
 * in it. Segments and events leave through the environment's functions; time
 * comes in with every call.
 *
 * Plain but correct: handshake with MSS, SACK-permitted, timestamps and window
 * scale (RFC 7323) in Linux's order, byte sequence numbers, segmentation,
 * cumulative and delayed ACKs, SACK (RFC 2018), retransmission (RFC 6298, Karn),
 * slow start and congestion avoidance (RFC 5681, IW10 RFC 6928), fast recovery
 * with SACK (RFC 6675) or by NewReno (RFC 6582), zero-window probes, orderly and
 * half close, TIME-WAIT, RST, challenge ACKs (RFC 5961). See sim/tcp/README.md.
 */
#ifndef SIM_TCP_H
#define SIM_TCP_H

#include "nodes/host.h"
#include "sim/packet.h"

struct tcp_stack;

enum tcp_event_kind {
    TCP_ACCEPTED, /* socket is new (taken from the host's numbers), listener is the one that did */
    TCP_CONNECTED,
    TCP_CONNECT_FAILED, /* the socket is gone */
    TCP_BYTES,          /* bytes, borrowed during the call; the window shrinks by them */
    TCP_WRITABLE,       /* the credit last told (by any event) less what was written since was less
                           than half of the buffer, and the credit is at least half again: a writer
                           that goes by what it was told never starves */
    TCP_FINISHED,       /* the peer's FIN, after all its bytes */
    TCP_RESET,          /* the socket is gone */
    TCP_GONE,           /* after tcp_close or tcp_abort: the number may be given back now. The node
                           does not see this */
};

struct tcp_event {
    enum tcp_event_kind kind;
    enum host_failure failure;
    uint32_t socket;
    uint32_t listener;
    const struct address *local, *remote;
    struct bytes bytes;
    size_t credit;
};

struct tcp_environment {
    void *context;
    struct random *random;        /* initial sequence numbers, ephemeral ports */
    struct host_sockets *sockets; /* numbers of accepted connections */
    /* Room for a segment of SIZE octets (header included) to be filled by the stack, then sent with
     * send(). SOURCE and DESTINATION carry the ports too. */
    uint8_t *(*room)(void *context, size_t size);
    void (*send)(void *context, const struct address *source, const struct address *destination,
                 size_t size);
    /* Must not call back into the stack: queue the event, act on it later. */
    void (*event)(void *context, const struct tcp_event *event);
    /* The stack's earliest deadline has come nearer: tcp_timer is due then, instead of at what was
     * told before. A deadline that moves away or vanishes is not told; tcp_timer then finds nothing
     * to do and tells the next one. */
    void (*deadline)(void *context, int64_t at_ns);
};

/* ENVIRONMENT is copied; what it points to outlives the stack. */
struct tcp_stack *tcp_create(const struct tcp_environment *environment);

/* Drops everything without a word on the wire (a crash). */
void tcp_destroy(struct tcp_stack *stack);

/* LOCAL: the unspecified address listens on all of the host's. False: in use. */
bool tcp_listen(struct tcp_stack *stack, uint32_t socket, const struct address *local);

/* LOCAL has an address of the host; port 0 takes an ephemeral one. Fails with HOST_NO_ADDRESS if
 * these two ends are connected already, or no port is free. */
void tcp_connect(struct tcp_stack *stack, uint32_t socket, const struct address *local,
                 const struct address *remote, int64_t now_ns);

/* Copies BYTES into the send buffer. More than the credit, or anything after tcp_shutdown, is the
 * programmer's mistake. Calls for a socket whose end has been told are in vain, here and below. */
void tcp_write(struct tcp_stack *stack, uint32_t socket, struct bytes bytes, int64_t now_ns);
size_t tcp_credit(const struct tcp_stack *stack, uint32_t socket);

void tcp_consume(struct tcp_stack *stack, uint32_t socket, size_t size, int64_t now_ns);
void tcp_shutdown(struct tcp_stack *stack, uint32_t socket, int64_t now_ns);

/* Graceful: what is written is still sent, then FIN. With unread bytes, or bytes arriving later,
 * RST (RFC 9293 section 3.6.1). Listeners too. */
void tcp_close(struct tcp_stack *stack, uint32_t socket, int64_t now_ns);
void tcp_abort(struct tcp_stack *stack, uint32_t socket, int64_t now_ns);

/* A segment has arrived: the bytes of a TCP header and what follows; ports are read from it. One
 * that belongs to no connection is answered with RST. Malformed ones are dropped. */
void tcp_arrived(struct tcp_stack *stack, const struct address *source,
                 const struct address *destination, struct bytes segment, int64_t now_ns);

/* ICMP port unreachable or the like for a segment sent from LOCAL to REMOTE: a connection in
 * SYN-SENT fails as refused; an established one does not care (RFC 5927). */
void tcp_unreachable(struct tcp_stack *stack, const struct address *local,
                     const struct address *remote, int64_t now_ns);

/* The deadline has come. */
void tcp_timer(struct tcp_stack *stack, int64_t now_ns);

/* Orderly end of the process: RST on every connection (what a kernel does to sockets whose process
 * dies with data unread is not modelled; FIN on idle ones). */
void tcp_stop(struct tcp_stack *stack, int64_t now_ns);

enum {
    TCP_SEND_BUFFER = 256 * 1024, /* at first: the credit that comes with the connection */
    TCP_SEND_BUFFER_LIMIT = 2 * 1024 * 1024, /* it follows the congestion window up to here */
    /* What all send buffers of a host may hold together, but for a floor of 64 KiB each: many
     * connections at once share it, as under a kernel's tcp_mem. */
    TCP_SEND_MEMORY = 16 * 1024 * 1024,
    TCP_RECEIVE_BUFFER_LIMIT = 6 * 1024 * 1024, /* from 64 KiB it grows as the node reads */
};

#endif
