/*
 * Captured packets whose fate, or that of one before them, is not known yet: a
 * queue in order of id, found by id. It grows to the most that ever waited.
 */
#ifndef REPORTS_PENDING_H
#define REPORTS_PENDING_H

#include "reports/frame.h"

/* All zero: an id that was not captured. */
struct pending_packet {
    bool captured;
    bool last;    /* the cap was reached with it */
    uint8_t fate; /* enum packet_fate */
    uint8_t frame_count;
    uint32_t node; /* the sender's */
    int64_t sent_ns;
    uint64_t position; /* of its octets, counted since the beginning */
    uint32_t size;     /* of its octets */
    uint32_t remark;   /* where in them its remark is, a terminated text; 0: none */
};

/* All zero is an empty queue. */
struct pending {
    struct pending_packet *slots; /* a ring: that of ID is at ID modulo capacity */
    uint64_t first_id;
    size_t count, capacity;
    uint8_t *octets; /* a ring too; a packet's octets do not wrap */
    uint64_t begin, end;
    size_t octet_capacity;
};

/* Queues a copy of FRAMES (at least one) and of REMARK (may be NULL) under ID, which is above all
 * before it. The packet is valid until the next call of pending_add. */
struct pending_packet *pending_add(struct pending *pending, uint64_t id,
                                   const struct frame_list *frames, const char *remark);

/* The packet with ID, or NULL if it was not captured or is gone. */
struct pending_packet *pending_find(struct pending *pending, uint64_t id);

/* The packet with the lowest id, or NULL if none waits. */
struct pending_packet *pending_first(struct pending *pending);
void pending_remove_first(struct pending *pending);

/* Frames of PACKET: *AT is 0 for the first and moves on. False after the last. */
bool pending_frame(const struct pending *pending, const struct pending_packet *packet, uint32_t *at,
                   struct bytes *frame);

const char *pending_remark(const struct pending *pending, const struct pending_packet *packet);

void pending_free(struct pending *pending);

#endif
