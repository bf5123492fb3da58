/*
 * What a group of clients asks: names by popularity, types by weight, and a share
 * of names that do not exist. Immutable once made, shared by all stubs of a group.
 */
#ifndef NODES_WORKLOAD_H
#define NODES_WORKLOAD_H

#include "nodes/dns/rr.h"
#include "sim/base/fixed.h"
#include "sim/base/random.h"

struct workload;

struct workload_type {
    uint16_t type;
    uint32_t weight; /* > 0 */
};

struct workload_options {
    const uint8_t *const *names; /* borrowed: outlive the workload; by rank, the first is the most
                                    popular */
    size_t name_count;           /* at least 1 */
    fixed zipf;                  /* the k-th name has weight k^-zipf; 0: all alike */
    const struct workload_type *types;
    size_t type_count;             /* 0: A only */
    uint32_t missing_ppb;          /* share of questions for a random name that is not there */
    const uint8_t *missing_parent; /* which it stands under */
};

struct workload *workload_create(const struct workload_options *options);
void workload_destroy(struct workload *workload);

/* Draws a question. Returns a name of the workload, or one written into BUFFER. */
const uint8_t *workload_draw(const struct workload *workload, struct random *random,
                             uint8_t buffer[NAME_SIZE_MAX], uint16_t *type);

#endif
