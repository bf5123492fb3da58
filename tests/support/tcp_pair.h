/*
 * Two TCP stacks and a toy network between them: a fixed delay, and seeded loss,
 * duplication and jitter of every kind of segment. What passes is kept, so that
 * a test can ask for it, and can be written as a capture.
 */
#ifndef TESTS_SUPPORT_TCP_PAIR_H
#define TESTS_SUPPORT_TCP_PAIR_H

#include "sim/tcp/internal.h"

/* Whose segments: FROM_LEFT of pair_count. */
enum { LEFT = true, RIGHT = false };

enum { PAIR_PORT = 53, PAIR_EVENT_KINDS = TCP_GONE + 1, PAIR_SOCKETS = 8192 };

/* The left end is the client of most tests, 192.0.2.1; the right one is 192.0.2.2. */
struct pair_end {
    struct pair *pair;
    struct tcp_stack *stack;
    struct random random;
    struct host_sockets sockets;
    struct address address;
    int64_t deadline_ns;
    uint32_t socket; /* of the last connection that was opened or accepted */
    uint32_t listener;
    enum host_failure failure;
    size_t events[PAIR_EVENT_KINDS];
    int64_t last_event_ns[PAIR_EVENT_KINDS];
    struct tcp_event *pending; /* told, not handled yet */
    size_t pending_count, pending_capacity;
    uint8_t *received;
    size_t received_size, received_capacity;
    struct pair_socket {
        size_t credit; /* as a node would know it */
        size_t written;
        bool got_bytes;
    } sockets_of_node[PAIR_SOCKETS];
    /* What the end does by itself: */
    struct bytes to_write;  /* on every connection, as credit allows, from the first chance on */
    bool write_after_bytes; /* but only once something has come */
    bool close_when_written, close_when_finished, reads_nothing;
    uint8_t room[2048];
    size_t room_size;
};

struct pair_segment {
    int64_t sent_ns, arrival_ns; /* arrival TIME_NEVER: lost */
    bool from_left, duplicate;
    struct tcp_segment header; /* its payload lies in BYTES */
    uint8_t *bytes;
    size_t size;
};

struct pair {
    struct pair_end left, right;
    int64_t now_ns, delay_ns, jitter_ns;
    uint32_t loss_ppb, duplicate_ppb;
    int64_t ns_per_octet; /* of a line that each end has to itself */
    int64_t line_free_ns[2];
    struct random luck;
    /* Loses a segment by hand; NULL: none. */
    bool (*lose)(struct pair *pair, const struct pair_segment *segment);
    size_t lose_count;             /* for its use */
    struct pair_segment *segments; /* all that were sent, in order */
    size_t count, capacity;
    size_t *flying; /* a heap of indices, by arrival, then index */
    size_t flying_count, flying_capacity;
};

/* No loss, 25 ms each way; right listens on PAIR_PORT. */
void pair_init(struct pair *pair, uint64_t seed);
void pair_free(struct pair *pair);

/* Left connects to PAIR_PORT of right. */
void pair_connect(struct pair *pair);

/* Everything that happens until then, included. */
void pair_run(struct pair *pair, int64_t until_ns);
/* As above, until nothing is left to happen. */
void pair_run_dry(struct pair *pair);

/* Makes END's events be handled: call after calling its stack. */
void pair_settle(struct pair_end *end);

/* A segment from a third party, or a forged one, arrives at END now. */
void pair_inject(struct pair_end *end, struct tcp_segment segment);

/* Segments sent by left (or right) since index SINCE with all FLAGS set. */
size_t pair_count(const struct pair *pair, bool from_left, uint8_t flags);
/* The N-th (0 is first) such segment; fails the test if there is none. */
const struct pair_segment *pair_nth(const struct pair *pair, bool from_left, uint8_t flags,
                                    size_t n);
size_t pair_retransmissions(const struct pair *pair, bool from_left);

/* SIZE octets in which every place is recognisable; to be freed. */
uint8_t *pair_pattern(size_t size, uint64_t seed);

/* Of the end's only connection; TCP_CLOSED without one. */
enum tcp_state pair_state(const struct pair_end *end);

/* A new pair with a connection that both ends have. */
void pair_establish(struct pair *pair);

/* Writes all segments as IPv4 packets, captured where they were sent. */
void pair_write_capture(const struct pair *pair, const char *path);

#endif
