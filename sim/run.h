/*
 * A run: virtual time, the hosts on their network, and the loop that moves both.
 *
 * Build (sites, links, hosts, addresses), seal, schedule what will happen, run.
 * Everything belongs to the run and goes with sim_destroy. Events are taken in
 * the total order (time, receiving host, sending host, the sender's count): it
 * depends on names, never on the queue or on memory, so adding a host leaves the
 * order among the others as it was. Things on the stage (sim_at) come first at
 * their instant.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/base/fixed.h"
#include "sim/trace.h"

struct sim;
struct sim_host;

struct sim_options {
    uint64_t seed;
    int64_t start_ns;           /* Unix time of the beginning */
    fixed path_stretch;         /* cable length over great-circle distance, 1.5 */
    int64_t local_delay_ns;     /* one way between hosts of one site, 200 us */
    uint64_t access_bits_per_s; /* every host's own line out, 10^9; queues without bound */
    int64_t withdraw_after_ns;  /* how long an anycast route outlives its host, 30 s */
};

/* The defaults named above; seed 1, start 2026-01-01. */
struct sim_options sim_default_options(void);

struct sim *sim_create(const struct sim_options *options);
void sim_destroy(struct sim *sim);

/* ---- building ------------------------------------------------------------------------- */

enum { SIM_HOSTS_MAX = (1 << 20) - 2, SIM_SITES_MAX = 4096 };

/* Names are copied. LATITUDE and LONGITUDE in degrees, Q32.32. Returns the site's index. */
uint32_t sim_add_site(struct sim *sim, const char *name, fixed latitude, fixed longitude);

struct sim_link {
    int64_t delay_ns;  /* one way; -1: from the distance */
    int64_t jitter_ns; /* uniform 0..jitter on top; order between two hosts is kept */
    uint32_t loss_ppb; /* of each packet, each way by itself */
};

/* What lies between two sites, or (A == B) between the hosts of one. Replaces what was there. */
void sim_set_link(struct sim *sim, uint32_t site_a, uint32_t site_b, const struct sim_link *link);

/* Ends the map: computes the path between any two sites. Before the first host. */
void sim_compute_paths(struct sim *sim);

/* A host at SITE that runs TYPE with CONFIG (borrowed). NAME is copied and unique. NULL for TYPE:
 * a host with no process. */
struct sim_host *sim_add_host(struct sim *sim, const char *name, uint32_t site,
                              const struct node_type *type, const void *config);

/* Gives HOST an address of its own (port ignored). False: another host has it. The first of each
 * family is the one it sends from when a socket does not say. */
bool sim_host_add_address(struct sim_host *host, const struct address *address);

/* HOST announces an anycast address: packets to it go to the nearest announcing site. */
bool sim_host_announce(struct sim_host *host, const struct address *address);

/* HOST's clock is ahead of true time by this much (may be negative). Before sim_seal. */
void sim_host_set_clock_offset(struct sim_host *host, int64_t offset_ns);

/* HOST takes its time: work that its node charges (outbox_charge) keeps it busy, DATAGRAMS at most
 * wait for it meanwhile, and more are dropped (PACKET_QUEUE_FULL). 0: charges don't count. */
void sim_host_set_queue(struct sim_host *host, size_t datagrams);

/* Listeners are called in the order added. At most 8. */
void sim_add_listener(struct sim *sim, const struct trace_listener *listener);

/* Called with (time, host or "stage", running hash) after each event; for comparing runs. */
void sim_set_event_log(struct sim *sim,
                       void (*log)(void *context, int64_t now_ns, uint32_t host, uint64_t hash),
                       void *context);

/* Ends building: gives hosts their ids (ranks of their names, from 1) and starts them all at the
 * first instant. */
void sim_seal(struct sim *sim);

/* ---- the stage ------------------------------------------------------------------------ */

/* ACTION(CONTEXT) at AT_NS, not before now. May be called while running. */
void sim_at(struct sim *sim, int64_t at_ns, void (*action)(void *context), void *context);

/* A node's HOST_COMMAND, at this instant. A host that is down doesn't hear it, and listeners are
 * told so. */
void sim_command(struct sim_host *host, const char *name, struct bytes bytes);

/* HOST's clock is ahead of true time by this much from now on. */
void sim_skew_host(struct sim_host *host, int64_t offset_ns);

void sim_fail_host(struct sim_host *host);    /* silent; volatile state lost, synced disk kept */
void sim_stop_host(struct sim_host *host);    /* the process ends in order; the kernel answers */
void sim_recover_host(struct sim_host *host); /* after either: starts again from disk */
void sim_fail_site(struct sim *sim, uint32_t site); /* all its hosts fail; nothing passes */
void sim_recover_site(struct sim *sim, uint32_t site);
void sim_fail_link(struct sim *sim, uint32_t site_a, uint32_t site_b);
void sim_block_tcp(struct sim *sim, uint32_t site_a, uint32_t site_b); /* all else passes */
void sim_recover_link(struct sim *sim, uint32_t site_a, uint32_t site_b);

/* ---- running -------------------------------------------------------------------------- */

/* Runs events up to and including UNTIL_NS, at most BUDGET of them. True if there is more to do
 * before UNTIL_NS; false once time stands at UNTIL_NS. */
bool sim_run(struct sim *sim, int64_t until_ns, uint64_t budget);

/* Ends the trace: to be called once, after the last sim_run. TEXT gets 64 hex digits. */
void sim_finish(struct sim *sim, char text[65]);

int64_t sim_now(const struct sim *sim);
uint64_t sim_event_count(const struct sim *sim);

struct sim_packet_counts {
    uint64_t sent, delivered, lost;
};
struct sim_packet_counts sim_packet_counts(const struct sim *sim);

uint32_t sim_host_count(const struct sim *sim);
struct sim_host *sim_host_at(struct sim *sim, uint32_t id); /* 1 .. count, after sim_seal */
uint32_t sim_host_id(const struct sim_host *host);
const char *sim_host_name(const struct sim_host *host);
void *sim_host_state(struct sim_host *host); /* the node's; NULL while down */

/* One-way delay between sites without jitter. */
int64_t sim_path_delay_ns(const struct sim *sim, uint32_t site_a, uint32_t site_b);

#endif
