/*
 * The captures of a run: capture.pcapng with every packet once, at its sender,
 * and capture/NODE.pcap with what tcpdump on that node would have seen.
 *
 * A node here is an instance, a resolver or a whole client group: one file and
 * one pcapng interface each. A packet is in the sender's file when it is sent and
 * in the receiver's when it is delivered; one that a host sends to itself stands
 * there once. The fate of a packet is known only on arrival, so pcapng holds
 * packets back until the fate of the earliest is known and stays in order of
 * sending. What is dropped or shaped bears a comment.
 *
 * All times are virtual: the same run writes the same bytes.
 */
#ifndef REPORTS_CAPTURE_H
#define REPORTS_CAPTURE_H

#include "reports/filter.h"
#include "reports/output.h"
#include "reports/pcapng.h"
#include "sim/trace.h"

#define CAPTURE_DEFAULT_CAP (UINT64_C(1) << 30)

enum { CAPTURE_REMARK_SIZE = 160 };

struct capture_node {
    const char *name;        /* the interface's name: "ns2.iad", "eu-users" */
    const char *file;        /* in capture/: "ns2.iad.pcap"; NULL for no file of its own */
    const char *description; /* of the interface: "200 clients in fra"; NULL for none */
};

/* Everything is the caller's and is needed until capture_finish, names only during capture_open. */
struct capture_options {
    const struct capture_node *nodes;
    size_t node_count;
    const uint32_t *host_nodes; /* by host id: index into nodes */
    size_t host_count;
    const struct pcapng_name *names; /* address to name; an address may have several */
    size_t name_count;
    const struct filter *filter; /* NULL: every packet */
    const char *comment;         /* of the section: seed and command */
    int64_t start_ns;            /* of the run, for the notice */
    uint64_t cap;                /* octets over all files; 0: CAPTURE_DEFAULT_CAP */
    /* Details of PACKET's fate for its comment, asked when it is sent: what lost it ("0.5 % loss on
     * fra-sin"), or how one that is in flight was shaped ("queued 3 ms on fra-sin"). Writes a text
     * and returns true, or returns false. NULL: no details. */
    bool (*remark)(void *context, const struct packet *packet, char text[CAPTURE_REMARK_SIZE]);
    void *remark_context;
};

struct capture;

/* Opens all files in OUTPUT; errors are kept there. */
struct capture *capture_open(struct output *output, const struct capture_options *options);

/* To be registered with the run. Packets must come in order of id, and be sent at the time of the
 * call, for the files to be in order of time. */
struct trace_listener capture_listener(struct capture *capture);

/* The cap was hit: a sentence that says when, for the user. Otherwise NULL. */
const char *capture_notice(const struct capture *capture);

/* Packets captured so far. */
uint64_t capture_packets(const struct capture *capture);

/* Writes what is still held back, closes the files and frees CAPTURE. Errors are OUTPUT's. */
void capture_finish(struct capture *capture);

#endif
