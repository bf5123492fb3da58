/*
 * The name server node: one server with a role (primary, secondary) per zone.
 *
 * Answers queries over UDP and TCP, sends and receives NOTIFY (RFC 1996), AXFR
 * (RFC 5936) and IXFR (RFC 1995), takes UPDATE (RFC 2136), all of them also
 * signed (RFC 8945), and keeps what it must on its disk. It binds
 * UDP and TCP port 53 on the unspecified address; answers leave from the address
 * that was asked. It resolves nothing for anybody and signs nothing.
 */
#ifndef NODES_SERVER_H
#define NODES_SERVER_H

#include "nodes/dns/tsig.h"
#include "nodes/dns/zone.h"
#include "nodes/host.h"
#include "nodes/note.h"

extern const struct node_type server_node;

enum { SERVER_PORT = 53 };

/* ---- policy: what the RFCs leave open, and where software differs -------------------------- */

/* One row per kind of software. Times in ns unless the name ends in _s. */
struct server_policy {
    const char *name;

    /* Secondary: the SOA query of a refresh, per source (UDP). */
    int64_t soa_timeout_ns; /* from each send to the next */
    unsigned soa_sends;
    /* Secondary: a transfer. */
    int64_t connect_timeout_ns;
    int64_t transfer_idle_ns;  /* without a byte from the source */
    int64_t transfer_total_ns; /* for all of it */
    size_t transfer_size_max;  /* octets of all messages; 0: no limit */
    /* Secondary: bounds for what the SOA says. */
    uint32_t refresh_min_s, refresh_max_s;
    uint32_t retry_min_s, retry_max_s;
    /* Secondary without a version: no SOA says when to retry. Doubles from first to max. */
    int64_t bootstrap_first_ns, bootstrap_max_ns;

    /* NOTIFY out: each send waits this long for an answer. */
    int64_t notify_interval_ns;
    unsigned notify_sends;
    bool notify_at_start; /* of a primary */

    /* Transfers out. */
    size_t transfer_message_size; /* octets a message is filled to */
    unsigned ixfr_percent_max;    /* of the zone's size; larger differences go as a whole zone */
    int64_t transfer_out_idle_ns; /* without the client taking anything */

    /* Connections from others. */
    int64_t tcp_idle_ns;        /* without a complete message or progress in sending */
    size_t tcp_connections_max; /* beyond it the longest idle one is closed */
};

/* What the RFCs say, to the letter where they do: no jitter. */
extern const struct server_policy server_policy_rfc;

/* ---- configuration: outlives the node ------------------------------------------------------ */

struct server_addresses {
    const struct address *list; /* port 0 stands for 53 */
    size_t count;
    /* What we sign with there, one for each address or NULL; all NULL: none. */
    const struct tsig_key *const *keys;
};

/* Who may do something: an entry allows whoever comes from its address (the unspecified one:
 * anywhere) and, if it has a key, has signed with that. Ports do not matter. */
struct server_access {
    bool any;
    struct server_addresses addresses;
};

struct server_zone_config {
    const uint8_t *origin;
    enum note_role role;
    struct zone *zone; /* primary: the version at first start, held by the configuration */
    struct server_addresses sources;   /* secondary: asked in this order */
    struct server_addresses notify;    /* told of every new version */
    struct server_access allow_notify; /* besides the sources */
    struct server_access allow_transfer;
    struct server_access allow_update; /* primary: RFC 2136 */
    bool request_ixfr;                 /* secondary: ask for differences if it has a version */
    bool provide_ixfr;                 /* answer IXFR with differences */
    size_t journal_size_max;           /* octets of differences kept */
};

struct server_config {
    struct zone_store *store;           /* shared by all servers of a run */
    const struct server_policy *policy; /* NULL: rfc */
    const struct server_zone_config *zones;
    size_t zone_count;
    struct tsig_keys keys; /* known to the server: RFC 8945 */
    /* Source address of SOA queries, transfers and NOTIFY, where its family fits; all zero: the
     * host's choice. An anycast instance must give its own unicast address. */
    struct address transfer_source;
};

/* ---- commands (HOST_COMMAND) --------------------------------------------------------------- */

/* Name "change": a new version of a zone on its primary. The event's bytes are one struct
 * server_change; what it points to is borrowed during the call. The steps are made in order, all or
 * none; the serial is raised by one unless a step adds an SOA or has_serial is set. A change that
 * can't be made leaves NOTE_CHANGE_FAILED and the old version. */
#define SERVER_COMMAND_CHANGE "change"

enum server_change_kind {
    SERVER_CHANGE_ADD,         /* owner, type, class IN, TTL, RDATA */
    SERVER_CHANGE_REMOVE,      /* the record with this owner, type and RDATA */
    SERVER_CHANGE_REMOVE_RRSET /* owner and type; RR_ANY: all of the name */
};

struct server_change_step {
    enum server_change_kind kind;
    struct rr rr;
};

struct server_change {
    const uint8_t *origin;
    struct zone
        *replacement; /* the steps start from this instead of the current version, or NULL */
    const struct server_change_step *steps;
    size_t step_count;
    bool has_serial;
    uint32_t serial;
};

/* Name "refresh": a secondary refreshes at once, as after NOTIFY. The bytes are the origin. */
#define SERVER_COMMAND_REFRESH "refresh"

#endif
