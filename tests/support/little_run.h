/* A run played by hand: three nodes, four hosts, packets that are sent and arrive as told. */
#ifndef TESTS_SUPPORT_LITTLE_RUN_H
#define TESTS_SUPPORT_LITTLE_RUN_H

#include "reports/capture.h"
#include "tests/support/packets.h"

enum little_host { LITTLE_USER_1, LITTLE_USER_2, LITTLE_RESOLVER, LITTLE_SERVER };

#define LITTLE_START_NS (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01 */

/* Nodes "eu-users" (two hosts), "isp-eu" and "ns1", each with a file; no filter, no cap. */
struct capture_options little_options(void);

struct little_run {
    struct output *output;
    struct capture *capture;
    struct trace_listener listener;
    uint64_t next_id;
};

/* Captures into the directory PATH. */
struct little_run little_start(const char *path, const struct capture_options *options);

/* PACKET leaves its sender AFTER_NS the start; PACKET is the caller's until it has arrived. */
void little_send(struct little_run *run, struct packet *packet, enum little_host sender,
                 enum little_host receiver, enum packet_fate fate, int64_t after_ns);
void little_arrive(struct little_run *run, struct packet *packet, enum packet_fate fate,
                   int64_t after_ns);

/* A packet of every kind and fate, among them all that a capture has to say. */
void little_play(struct little_run *run);

/* Finishes the capture and commits the output. */
void little_end(struct little_run *run);

#endif
