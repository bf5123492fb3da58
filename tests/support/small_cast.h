/*
 * A hand-made topology, and a hand that plays a run on it to listeners: three sites,
 * a primary "hidden", secondaries "ns1" and "ns2" (in two sites, anycast), a root
 * server of the hierarchy, a resolver, three clients.
 */
#ifndef TESTS_SUPPORT_SMALL_CAST_H
#define TESTS_SUPPORT_SMALL_CAST_H

#include "reports/topology.h"
#include "sim/base/time.h"
#include "sim/trace.h"

/* By rank of name; hosts too, from 1. */
enum cast_node { USERS, HIDDEN, ISP, NS1, NS2_IAD, NS2_SIN, ROOT_FRA, CAST_NODES };
enum cast_host {
    USER_1 = 1,
    USER_2,
    USER_3,
    HIDDEN_HOST,
    ISP_HOST,
    NS1_HOST,
    NS2_IAD_HOST,
    NS2_SIN_HOST,
    ROOT_FRA_HOST,
};
enum cast_zone { EXAMPLE_COM, EXAMPLE_ORG, ROOT_ZONE };
enum cast_site { FRA, IAD, SIN };

#define CAST_START_NS (INT64_C(1767225600) * NS_PER_S) /* 2026-01-01 */
#define CAST_DURATION_NS (3 * HOUR)
#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)

const struct topology *cast_topology(void);

/* Own address of a node (the first of a group's), with port 53. */
struct address cast_address(enum cast_node node);

/* Whom the hand plays to. All times are after the start of the run. */
struct hand {
    struct trace_listener listeners[4];
    unsigned count;
};

void hand_note(const struct hand *hand, int64_t at_ns, enum cast_host host,
               const struct host_note *note);
void hand_fault(const struct hand *hand, int64_t at_ns, enum trace_fault fault, const char *what);

/* A look-up by a client: the note at its start. */
void hand_ask(const struct hand *hand, int64_t at_ns, enum cast_host client);

/* And at its end, with OUTCOME, after LATENCY_NS. */
void hand_answer(const struct hand *hand, int64_t at_ns, enum cast_host client, int64_t latency_ns,
                 enum note_lookup_outcome outcome);

/* HOST received a query from FROM, and answered it from its cache or not. */
void hand_query(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_node from,
                bool from_cache);

/* A note about ZONE on HOST; kind and the rest as in FIELDS. */
void hand_zone(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
               struct host_note fields);

/* Shorter names for notes that tests use often. */
void hand_role(const struct hand *hand, enum cast_host host, enum cast_zone zone,
               enum note_role role);
void hand_serve(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                uint32_t serial);
void hand_publish(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                  uint32_t serial);
void hand_transfer(const struct hand *hand, int64_t at_ns, enum cast_host host, enum cast_zone zone,
                   enum note_transfer form, uint32_t serial);
void hand_no_refresh(const struct hand *hand, int64_t at_ns, enum cast_host host,
                     enum cast_zone zone, const char *why);

/* A small play with all there is: a change, a failure of the primary, expiry, recovery, a failed
 * change, look-ups of every outcome. */
void hand_play(const struct hand *hand);

#endif
