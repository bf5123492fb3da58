/*
 * Joins driven nodes by a toy network: every datagram and every piece of a
 * stream arrives after the same delay, in order, unless a node is down or the
 * test's filter says no. TCP is a pair of byte pipes with a window, no more.
 */
#ifndef TESTS_SUPPORT_NODE_PIPE_H
#define TESTS_SUPPORT_NODE_PIPE_H

#include "tests/support/node_driver.h"

enum { PIPE_NODES_MAX = 8 };

struct pipe_event;
struct pipe_connection;

struct node_pipe {
    struct node_driver nodes[PIPE_NODES_MAX];
    struct address addresses[PIPE_NODES_MAX];
    bool down[PIPE_NODES_MAX]; /* packets to and from it are lost */
    size_t node_count;
    int64_t now_ns;
    int64_t delay_ns; /* 10 ms unless set */
    size_t window;    /* octets in flight on a stream; 64 KiB unless set */
    size_t piece;     /* octets of a stream delivered at once; 1460 unless set */
    /* Datagrams and connections (BYTES empty) between nodes FROM and TO; false: lost. */
    bool (*passes)(void *context, size_t from, size_t to, struct bytes bytes);
    void *context;
    struct pipe_event *events;
    size_t event_count, event_capacity;
    uint64_t next_order;
    struct pipe_connection *connections;
    size_t connection_count, connection_capacity;
    size_t datagrams; /* sent so far */
};

/* PIPE is zeroed before the first. Starts the node; returns its index. */
size_t pipe_add(struct node_pipe *pipe, const struct node_type *type, const void *config,
                const struct address *address);
void pipe_crash(struct node_pipe *pipe, size_t node);

/* The same after its last words. */
void pipe_stop(struct node_pipe *pipe, size_t node);
void pipe_start(struct node_pipe *pipe, size_t node);
void pipe_run(struct node_pipe *pipe, int64_t until_ns);
void pipe_free(struct node_pipe *pipe);

#endif
