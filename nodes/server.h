/*
 * The name server node: one server with a role (primary, secondary) per zone.
 *
 * Answers queries over UDP and TCP, sends and receives NOTIFY (RFC 1996), AXFR
 * (RFC 5936) and IXFR (RFC 1995), takes UPDATE (RFC 2136), all of them also
 * signed (RFC 8945), signs zones (RFC 4034), and keeps what it must on its disk. It binds
 * UDP and TCP port 53 on the unspecified address; answers leave from the address
 * that was asked. It resolves nothing for anybody.
 */
#ifndef NODES_SERVER_H
#define NODES_SERVER_H

#include "nodes/dns/tsig.h"
#include "nodes/dns/zone_sign.h"
#include "nodes/host.h"
#include "nodes/note.h"
#include "nodes/server_policy.h"
#include "nodes/tls/tls.h"

extern const struct node_type server_node;

enum { SERVER_PORT = 53, SERVER_TLS_PORT = 853 };

/* ---- configuration: outlives the node ------------------------------------------------------ */

/* Whom zones are fetched from over TLS, and over nothing else (RFC 9103). */
struct server_tls_peer {
    const char *name; /* what its certificate must be for; NULL: it is not looked at */
    bool demand_alpn; /* it must agree on "dot" */
};

struct server_addresses {
    const struct address *list; /* port 0 stands for 53 */
    size_t count;
    /* What we sign with there, one for each address or NULL; all NULL: none. */
    const struct tsig_key *const *keys;
    /* Sources: who is reached over TLS, at port 853; likewise. */
    const struct server_tls_peer *const *tls;
};

/* Who may do something: an entry allows whoever comes from its address (the unspecified one:
 * anywhere) and, if it has a key, has signed with that. Ports do not matter. */
struct server_access {
    bool any;
    struct server_addresses addresses;
};

/* How a primary signs a zone. A signature is valid from BACKDATE_NS before it is made (the first
 * ones: FIRST_BACKDATE_NS) for LIFETIME_NS; when it was made RESIGN_NS ago, or would have been with
 * the usual backdate, it is made anew. All by the host's clock, in whole seconds. */
struct server_signing {
    const struct signing_key *key;
    enum zone_sign_denial denial;
    bool opt_out;
    struct nsec3_parameters nsec3;
    bool zonemd;
    int64_t first_backdate_ns, backdate_ns, lifetime_ns, resign_ns;
};

/* How members of a catalog are held that have this among their `group` properties (RFC 9432 section
 * 4.3.2). */
struct server_member_group {
    const char *name;
    struct bytes value; /* the same as RDATA of TXT */
    const struct server_zone_config *members;
};

struct server_zone_config {
    const uint8_t *origin;
    enum note_role role;
    struct zone *zone; /* primary: the version at first start, held by the configuration */
    /* primary: signs ZONE at first start, and every version after it. NULL: serves them as they
     * are. */
    const struct server_signing *signing;
    struct server_addresses sources;   /* secondary: asked in this order */
    struct server_addresses notify;    /* told of every new version */
    struct server_access allow_notify; /* besides the sources */
    struct server_access allow_transfer;
    struct server_access allow_update; /* primary: RFC 2136 */
    bool request_ixfr;                 /* secondary: ask for differences if it has a version */
    bool ixfr_over_udp;                /* and ask by it whether there are any: RFC 1995 section 2 */
    bool provide_ixfr;                 /* answer IXFR with differences */
    bool condense_ixfr;                /* with one for all versions (RFC 1995 section 6) */
    bool ixfr_from_differences;        /* secondary: find out what a whole zone has changed */
    bool check_zonemd;                 /* secondary: refuse what does not match its digest */
    size_t journal_size_max;           /* octets of differences kept */
    /* The zone is a catalog (RFC 9432) and its members are held too, each so configured; origin
     * NULL, role secondary. NULL: a zone like any other. */
    const struct server_zone_config *members;
    const struct server_member_group *groups; /* the first that a member has is what counts */
    size_t group_count;
    size_t members_max; /* 0: no limit */
};

/* What the scenario sets instead of the policy. 0: as the policy has it. */
struct server_limits {
    uint32_t transfers_in, transfers_per_source, transfers_out; /* at once */
    uint32_t soa_rate, notify_rate;                             /* first sends a second */
    uint32_t journal_versions;                                  /* differences kept of each zone */
};

/* Over what zones may be fetched from us. */
enum server_transfers {
    SERVER_TRANSFERS_ANY,
    SERVER_TRANSFERS_TLS,   /* not in clear */
    SERVER_TRANSFERS_MUTUAL /* over TLS, by clients that show a certificate */
};

/* What ALPN is worth to it as a server (RFC 9103 section 7.1). */
enum server_alpn {
    SERVER_ALPN_REQUIRED, /* zones are given to whoever has agreed on "dot"; questions are answered
                           */
    SERVER_ALPN_OPTIONAL, /* and to whoever does not know ALPN */
    SERVER_ALPN_NONE      /* it does not know ALPN itself */
};

struct server_certificate {
    int64_t since_ns; /* mono_ns from which it is in place */
    const struct tls_certificate *certificate;
};

struct server_tls {
    struct tls *shared;                            /* NULL: no TLS at all */
    const struct server_certificate *certificates; /* in order of since_ns, from 0 on */
    size_t certificate_count;                      /* 0: does not listen for TLS */
    enum server_transfers transfers;
    enum server_alpn alpn;
};

struct server_config {
    struct zone_store *store;           /* shared by all servers of a run */
    const struct server_policy *policy; /* NULL: rfc */
    struct server_limits limits;
    int64_t work_ns; /* what an answer costs the host's processor; 0: nothing */
    const struct server_zone_config *zones;
    size_t zone_count;
    struct tsig_keys keys; /* known to the server: RFC 8945 */
    struct server_tls tls;
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
    bool ttl_of_rrset; /* added to an RRset that is there, it takes that one's TTL */
};

struct server_change {
    const uint8_t *origin;
    struct zone
        *replacement; /* the steps start from this instead of the current version, or NULL */
    const struct server_change_step *steps;
    size_t step_count;
    bool has_serial;
    uint32_t serial;
    const char *broken; /* reload: why the replacement could not be read (static text), or NULL */
};

/* What the change makes of VERSION, one reference; or NULL and *WHY (static text). The server makes
 * it so; who must know the new version beforehand, to sign it, can too. */
struct zone *server_change_apply(const struct zone *version, const struct server_change *change,
                                 const char **why);

/* An operator's words about one zone, each of which leaves NOTE_COMMAND. The bytes are the origin;
 * those of "reload" are a struct server_change.
 *   refresh   a secondary looks at its sources now
 *   transfer  a secondary fetches the whole zone, whatever its serial
 *   notify    NOTIFY goes out again
 *   freeze    a primary takes no UPDATE, and changes wait
 *   thaw      ends that: what has waited becomes one new version
 *   reload    the replacement, with its own serial, takes the place of a primary's version */
#define SERVER_COMMAND_REFRESH "refresh"
#define SERVER_COMMAND_TRANSFER "transfer"
#define SERVER_COMMAND_NOTIFY "notify"
#define SERVER_COMMAND_FREEZE "freeze"
#define SERVER_COMMAND_THAW "thaw"
#define SERVER_COMMAND_RELOAD "reload"

/* Name "certificate": another certificate of the configuration is in place from now on. */
#define SERVER_COMMAND_CERTIFICATE "certificate"

#endif
