/*
 * What the files of this folder share: the connection, its parts, and the
 * functions between them. Names follow RFC 9293 section 3.3.1: SND.UNA is
 * send.una, RCV.NXT is receive.nxt, IRS is receive.initial.
 */
#ifndef SIM_TCP_INTERNAL_H
#define SIM_TCP_INTERNAL_H

#include "sim/base/arena.h"
#include "sim/base/table.h"
#include "sim/tcp.h"

/* ---- sequence numbers (RFC 9293, section 3.4: arithmetic modulo 2^32) ------------------ */

static inline bool sequence_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline bool sequence_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static inline uint32_t sequence_max(uint32_t a, uint32_t b)
{
    return sequence_after(a, b) ? a : b;
}

static inline uint32_t sequence_min(uint32_t a, uint32_t b)
{
    return sequence_before(a, b) ? a : b;
}

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* ---- ranges.c: sets of sequence numbers -------------------------------------------------- */

struct tcp_range {
    uint32_t from, to; /* TO is the first number that is not in it */
};

/* Ascending, disjoint, not touching; all within 2^31 of each other. All zero is the empty set. */
struct tcp_ranges {
    struct tcp_range *items;
    size_t count, capacity;
};

/* How many numbers are new. */
uint32_t tcp_ranges_add(struct tcp_ranges *ranges, struct tcp_range added);
void tcp_ranges_drop_before(struct tcp_ranges *ranges, uint32_t sequence);
/* How many numbers of RANGE are in the set. */
uint32_t tcp_ranges_covered(const struct tcp_ranges *ranges, struct tcp_range range);
/* The range that holds SEQUENCE, or NULL. */
const struct tcp_range *tcp_ranges_find(const struct tcp_ranges *ranges, uint32_t sequence);
void tcp_ranges_free(struct tcp_ranges *ranges);

/* ---- segment.c: the bytes on the wire (RFC 9293 3.1, RFC 7323, RFC 2018) ---------------- */

enum tcp_flag {
    TCP_FLAG_FIN = 1,
    TCP_FLAG_SYN = 2,
    TCP_FLAG_RST = 4,
    TCP_FLAG_PSH = 8,
    TCP_FLAG_ACK = 16
};

enum {
    TCP_TIMESTAMPS_SIZE = 12, /* with two NOPs */
    TCP_SACK_BLOCKS_READ = 4, /* without timestamps four fit */
    TCP_SACK_BLOCKS_SENT = 3, /* three fit beside timestamps */
    TCP_WINDOW_SCALE = 7,
    TCP_WINDOW_SCALE_LIMIT = 14
};

struct tcp_segment {
    uint16_t source_port, destination_port;
    uint32_t seq, ack;
    uint16_t window;
    uint8_t flags;
    uint8_t scale;
    bool has_scale;
    bool sack_permitted;
    bool has_timestamps;
    uint8_t sack_count;
    uint16_t mss; /* 0: no such option */
    uint32_t timestamp, echo;
    struct tcp_range sack[TCP_SACK_BLOCKS_READ];
    struct bytes payload;
};

/* False: no TCP header, or an option that leaves its place. PAYLOAD is borrowed from BYTES. */
bool tcp_segment_decode(struct bytes bytes, struct tcp_segment *segment);
/* Octets of the header with its options. */
size_t tcp_segment_header_size(const struct tcp_segment *segment);
/* Octets that COUNT SACK blocks take of a header. */
size_t tcp_segment_sack_size(size_t count);
/* Writes the header alone, with checksum 0. OUT has room for tcp_segment_header_size. */
void tcp_segment_encode(const struct tcp_segment *segment, uint8_t *out);
/* Sequence numbers it takes: payload, SYN and FIN. */
uint32_t tcp_segment_length(const struct tcp_segment *segment);

/* ---- buffer.c: bytes to be sent, or sent and not acknowledged ---------------------------- */

/* A ring that grows with need. All zero is empty; empty holds no memory. */
struct tcp_buffer {
    uint8_t *data;
    size_t head, size, capacity;
};

/* The ring doubles with need, but not beyond LIMIT, which what is in it never exceeds. */
void tcp_buffer_append(struct tcp_buffer *buffer, struct bytes bytes, size_t limit);
void tcp_buffer_drop(struct tcp_buffer *buffer, size_t size);
void tcp_buffer_copy(const struct tcp_buffer *buffer, size_t offset, size_t size, uint8_t *out);
void tcp_buffer_free(struct tcp_buffer *buffer);

/* ---- reassembly.c: bytes that came before their turn -------------------------------------- */

enum { TCP_RECENT = 4 };

struct tcp_reassembly {
    uint8_t *data; /* a ring indexed by sequence number; capacity is a power of two */
    uint32_t capacity;
    uint32_t recent[TCP_RECENT]; /* a number in each range, last changed first */
    size_t recent_count;
    struct tcp_ranges ranges;
};

/* BYTES at SEQUENCE, which lies behind NEXT, the first octet still missing. */
void tcp_reassembly_store(struct tcp_reassembly *reassembly, uint32_t next, uint32_t sequence,
                          struct bytes bytes);
/* What is held from NEXT on without a gap, up to the ring's end; empty if NEXT is missing. */
struct bytes tcp_reassembly_front(const struct tcp_reassembly *reassembly, uint32_t next);
void tcp_reassembly_drop_before(struct tcp_reassembly *reassembly, uint32_t sequence);
/* Blocks for a SACK option, the last changed first (RFC 2018, section 4). Returns their number. */
size_t tcp_reassembly_blocks(const struct tcp_reassembly *reassembly,
                             struct tcp_range out[TCP_SACK_BLOCKS_SENT]);
void tcp_reassembly_free(struct tcp_reassembly *reassembly);

/* ---- the connection ------------------------------------------------------------------------ */

enum tcp_state {
    TCP_CLOSED, /* over, but the node has not closed its socket yet */
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT
};

/* In the order in which those due at the same time are handled. */
enum tcp_timer_kind {
    TCP_TIMER_LIFE, /* end of TIME-WAIT, or of FIN-WAIT-2 with nobody to read */
    TCP_TIMER_DELAYED_ACK,
    TCP_TIMER_RETRANSMIT,
    TCP_TIMER_PERSIST, /* the window is shut, nothing is in flight, bytes wait */
    TCP_TIMER_COUNT
};

enum tcp_phase {
    TCP_PHASE_OPEN,     /* nothing is known to be lost */
    TCP_PHASE_RECOVERY, /* fast recovery, until RECOVER is acknowledged */
    TCP_PHASE_LOSS      /* after a timeout, until RECOVER is acknowledged */
};

struct tcp_key {
    struct address local, remote;
};

struct tcp_sending {
    struct tcp_buffer buffer;
    uint32_t initial, una, nxt;
    uint32_t base; /* sequence number of the buffer's first octet */
    uint32_t window, wl1, wl2, max_window;
    uint32_t mss;   /* payload of a full segment without SACK blocks */
    uint32_t limit; /* octets that the buffer may hold; grows, never shrinks */
    uint8_t scale;
    bool finishing; /* FIN follows the last octet */
    bool fin_sent;
    uint32_t told;   /* credit as the node knows it: what it was told less what it wrote */
    int64_t last_ns; /* when data was last sent */
};

struct tcp_receiving {
    struct tcp_reassembly reassembly;
    uint32_t initial, nxt;
    uint32_t advertised; /* the window's right edge as last told */
    uint32_t limit;      /* octets the node may leave unread; grows as it reads */
    uint32_t unread;
    uint32_t mss;       /* of the largest segment seen */
    uint32_t since_ack; /* octets in order that no ACK has covered */
    uint32_t last_ack;
    uint32_t fin; /* the FIN's sequence number, if fin_known */
    uint8_t scale;
    uint8_t quick; /* segments that are still acknowledged at once */
    bool fin_known;
    bool ack_now;
    int64_t last_ns; /* when data last came */
};

/* RFC 6298 and RFC 7323. */
struct tcp_timing {
    int64_t smoothed_ns, variation_ns; /* smoothed 0: no sample yet */
    int64_t timeout_ns;
    int64_t sent_ns; /* of the octet being timed */
    uint32_t sequence;
    bool running;
    bool timestamps;    /* negotiated */
    uint8_t retries;    /* timeouts since the last news from the peer: doublings of the timeout */
    uint8_t unanswered; /* probes of a shut window */
    uint32_t offset;    /* of our timestamp clock */
    uint32_t recent;    /* TS.Recent */
    int64_t recent_ns;
};

/* RFC 5681, RFC 6582, RFC 6675; all in octets. */
struct tcp_recovery {
    struct tcp_ranges sacked;
    enum tcp_phase phase;
    bool sack;   /* negotiated */
    bool forced; /* the next hole goes out whatever the congestion window says */
    bool wary;   /* an episode has just ended: duplicates may be its echo (RFC 6582, section 4.1) */
    uint32_t window, threshold;
    uint32_t acked; /* towards the next increase in congestion avoidance */
    uint32_t duplicates;
    uint32_t recover;
    uint32_t retransmitted; /* all lost below it has been sent again in this episode */
};

struct tcp_connection {
    struct tcp_stack *stack;
    struct tcp_connection *previous, *next; /* in order of number */
    uint64_t number;
    struct tcp_key key;
    uint32_t socket;   /* 0: not accepted yet, or closed by the node */
    uint32_t listener; /* 0: connected actively */
    enum tcp_state state;
    size_t heap_index;
    int64_t deadline_ns;
    int64_t timers[TCP_TIMER_COUNT];
    int64_t challenge_ns; /* when a challenge ACK was last sent */
    struct tcp_sending send;
    struct tcp_receiving receive;
    struct tcp_timing timing;
    struct tcp_recovery recovery;
};

struct tcp_listener {
    uint32_t socket;
    struct address local;
};

struct tcp_stack {
    struct tcp_environment environment;
    struct tcp_connection *first, *last;
    struct table connections; /* by key */
    struct tcp_connection **sockets;
    size_t socket_capacity;
    struct tcp_listener *listeners;
    size_t listener_count, listener_capacity;
    struct tcp_connection **heap;
    size_t heap_count, heap_capacity;
    uint64_t next_number;
    int64_t told_ns;
    uint32_t port, port_stride; /* stride 0: not drawn yet */
    uint64_t promised;          /* the sum of all send buffers' limits */
};

/* ---- connection.c --------------------------------------------------------------------------- */

/* A new connection in SYN-SENT or SYN-RECEIVED with fresh sequence numbers and timestamps. */
struct tcp_connection *tcp_connection_create(struct tcp_stack *stack, const struct tcp_key *key,
                                             enum tcp_state state);
struct tcp_connection *tcp_connection_find(const struct tcp_stack *stack,
                                           const struct tcp_key *key);
/* Lets the send buffer hold up to WANTED octets, as far as the stack's memory goes. */
void tcp_connection_promise(struct tcp_connection *c, uint32_t wanted);
void tcp_connection_attach(struct tcp_connection *c, uint32_t socket);
/* The node has closed its socket: tells TCP_GONE and no event ever again. */
void tcp_connection_detach(struct tcp_connection *c);
/* Forgets the connection without a word. */
void tcp_connection_drop(struct tcp_connection *c);
/* Tells the node, if any, that its connection has failed, and forgets it. */
void tcp_connection_fail(struct tcp_connection *c, enum host_failure failure);
/* Both directions are done: forgotten, or kept as CLOSED until the node closes it. */
void tcp_connection_finish(struct tcp_connection *c);
void tcp_connection_time_wait(struct tcp_connection *c, int64_t now_ns);
/* In FIN-WAIT-2 nobody is left to read: it may last as long as TIME-WAIT. */
void tcp_connection_limit_life(struct tcp_connection *c, int64_t now_ns);
/* Options of the peer's SYN (RFC 9293 3.7.1, RFC 7323, RFC 2018). */
void tcp_connection_negotiate(struct tcp_connection *c, const struct tcp_segment *segment,
                              int64_t now_ns);
/* The handshake is done: tells TCP_ACCEPTED or TCP_CONNECTED. */
void tcp_connection_establish(struct tcp_connection *c, const struct tcp_segment *segment,
                              int64_t now_ns);
/* Tells the node, if it still has a socket. */
void tcp_connection_tell(struct tcp_connection *c, struct tcp_event event);
size_t tcp_connection_credit(const struct tcp_connection *c);
/* Our own MSS towards this peer. */
uint16_t tcp_connection_mss(const struct tcp_connection *c);

/* ---- input.c, acknowledge.c, receive.c: a segment for a connection ------------------------- */

/* May forget the connection. */
void tcp_input(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns);
/* The ACK field. False: the segment needs no more work, or the connection is gone. */
bool tcp_acknowledge(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns);
/* Payload and FIN. False: the connection is gone. */
bool tcp_receive(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns);
/* The window to put into a segment. Remembers its right edge as told. */
uint16_t tcp_receive_window(struct tcp_connection *c, bool syn);
/* The node has read SIZE octets. */
void tcp_receive_consumed(struct tcp_connection *c, size_t size, int64_t now_ns);

/* ---- output.c ---------------------------------------------------------------------------------
 */

void tcp_send_syn(struct tcp_connection *c, int64_t now_ns);
void tcp_send_ack(struct tcp_connection *c, int64_t now_ns);
/* At most one in a tenth of a second (RFC 5961, section 7). */
void tcp_send_challenge(struct tcp_connection *c, int64_t now_ns);
void tcp_send_probe(struct tcp_connection *c, int64_t now_ns);
void tcp_send_reset(struct tcp_connection *c, int64_t now_ns);
/* RST for a segment that belongs to no connection (RFC 9293, section 3.10.7.1). */
void tcp_send_refusal(struct tcp_stack *stack, const struct tcp_key *key,
                      const struct tcp_segment *segment);
/* Sends what may be sent now, lost octets first, and arms the timers. */
void tcp_output(struct tcp_connection *c, int64_t now_ns);
/* As above, and a partial segment into a small window too. */
void tcp_output_forced(struct tcp_connection *c, int64_t now_ns);

/* ---- recovery.c ---------------------------------------------------------------------------------
 */

void tcp_recovery_start(struct tcp_connection *c);
/* Blocks of an arriving SACK option: true if they tell something new. */
bool tcp_recovery_sacked(struct tcp_connection *c, const struct tcp_segment *segment);
/* SND.UNA has advanced by ACKED octets; FLIGHT was outstanding before. */
void tcp_recovery_acked(struct tcp_connection *c, uint32_t acked, uint32_t flight);
void tcp_recovery_duplicate(struct tcp_connection *c);
void tcp_recovery_timeout(struct tcp_connection *c);
void tcp_recovery_idle(struct tcp_connection *c);
/* Octets thought to be on their way (RFC 6675, section 4). */
uint32_t tcp_recovery_pipe(const struct tcp_connection *c);
/* The first lost range that has not been sent again. */
bool tcp_recovery_hole(const struct tcp_connection *c, struct tcp_range *hole);

/* ---- timing.c, timers.c ------------------------------------------------------------------------
 */

void tcp_timing_sent(struct tcp_connection *c, uint32_t sequence, int64_t now_ns);
/* Karn: what is sent again says nothing about the round trip. */
void tcp_timing_cancel(struct tcp_connection *c);
/* SEGMENT acknowledges something new. */
void tcp_timing_acked(struct tcp_connection *c, const struct tcp_segment *segment, int64_t now_ns);
/* The retransmission timeout with its backoff. */
int64_t tcp_timing_timeout(const struct tcp_connection *c);
uint32_t tcp_timing_clock(const struct tcp_connection *c, int64_t now_ns);

void tcp_timer_set(struct tcp_connection *c, enum tcp_timer_kind kind, int64_t at_ns);
void tcp_timer_forget(struct tcp_connection *c);
/* Tells the environment if the earliest deadline has moved nearer. */
void tcp_timer_tell(struct tcp_stack *stack);

#endif
