/*
 * Differences between zone versions, and the journal of them that IXFR is
 * answered from (RFC 1995).
 */
#ifndef NODES_DNS_DIFF_H
#define NODES_DNS_DIFF_H

#include "nodes/dns/zone.h"

/* Immutable, reference-counted. Records are kept as octets; the old and new SOA are not among
 * removed and added but apart. */
struct zone_diff;

struct zone_diff *zone_diff_retain(struct zone_diff *diff);
void zone_diff_release(struct zone_diff *diff);

/* What must be removed from OLD and added to get NEW. One reference. */
struct zone_diff *zone_diff_between(const struct zone *old, const struct zone *new);

uint32_t zone_diff_from(const struct zone_diff *diff);
uint32_t zone_diff_to(const struct zone_diff *diff);
size_t zone_diff_size(const struct zone_diff *diff); /* octets on the wire, about */

/* Walks in IXFR order: old SOA, removed, new SOA, added. All zero but diff: start. */
struct zone_diff_walk {
    const struct zone_diff *diff;
    size_t at;
};
bool zone_diff_walk_next(struct zone_diff_walk *walk, struct rr *rr);

/* The new version that comes of applying DIFF to ZONE (one reference), or NULL if it does not fit:
 * other serial, a record to remove that is absent, one to add that is present. */
struct zone *zone_diff_apply(const struct zone *zone, const struct zone_diff *diff);

/* The way back: from the new version to the old one. One reference. */
struct zone_diff *zone_diff_reverse(const struct zone_diff *diff);

/* One difference in place of COUNT consecutive ones, the last of which leads to NEW: what came and
 * went again is not in it (RFC 1995 section 6). One reference; NULL if they do not lead to NEW. */
struct zone_diff *zone_diff_condense(const struct zone *new, struct zone_diff *const *diffs,
                                     size_t count);

/* Builds a diff record by record as it arrives. */
struct zone_diff_builder;
struct zone_diff_builder *zone_diff_builder_create(const struct rr *old_soa);
void zone_diff_builder_remove(struct zone_diff_builder *builder, const struct rr *rr);
void zone_diff_builder_new_soa(struct zone_diff_builder *builder, const struct rr *new_soa);
void zone_diff_builder_add(struct zone_diff_builder *builder, const struct rr *rr);
struct zone_diff *zone_diff_builder_finish(struct zone_diff_builder *builder); /* one reference */
void zone_diff_builder_abandon(struct zone_diff_builder *builder);

/* A bounded chain of diffs, oldest first; every diff starts where the one before it ends. */
struct journal {
    struct zone_diff **diffs;
    size_t count, capacity;
    size_t size;      /* octets of all diffs */
    size_t size_max;  /* oldest are dropped beyond it */
    size_t count_max; /* likewise; 0: no limit */
};

/* Retains DIFF and drops what does not join up before it. */
void journal_append(struct journal *journal, struct zone_diff *diff);
void journal_clear(struct journal *journal);
void journal_free(struct journal *journal);

/* Index of the diff that starts at SERIAL, or SIZE_MAX: history does not reach back. */
size_t journal_find(const struct journal *journal, uint32_t serial);

#endif
