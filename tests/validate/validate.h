/*
 * Closed forms and what the simulator makes of them: a row of a table each, with
 * prediction, figure, error and tolerance. Prints, counts, and no more.
 */
#ifndef TESTS_VALIDATE_VALIDATE_H
#define TESTS_VALIDATE_VALIDATE_H

#include "nodes/server.h"
#include "sim/run.h"
#include "tests/support/server_setup.h"

void validate_heading(const char *text);

/* A row that passes if SIMULATED is no further than TOLERANCE from PREDICTED. */
void validate_row(const char *what, double predicted, double simulated, double tolerance);

/* A row that passes if SIMULATED is at most BOUND. */
void validate_bound(const char *what, double bound, double simulated);

/* Two hosts, 192.0.2.1 and 192.0.2.2, at two sites. */
struct world {
    struct sim *sim;
    struct zone_store *store;
    struct zone *zone;
    struct setup first, second;
    struct sim_host *hosts[2];
    void (*note)(struct world *world, int64_t now_ns, uint32_t host, const struct host_note *note);
    void *context;
};

/* Prepares setups of a primary and a secondary of ZONE, which is taken over; both may be changed
 * before world_start. */
void world_prepare(struct world *world, struct zone *zone);
void world_start(struct world *world, int64_t delay_ns, uint32_t loss_ppb);
void world_run(struct world *world, int64_t seconds_ns);
void world_change(struct world *world); /* raises the primary's serial */
void world_end(struct world *world);

void validate_notify_loss(void);
void validate_publication_delay(void);
void validate_expiry(void);
void validate_limits(void);
void validate_waits(void);

#endif
