/*
 * A scenario, loaded and checked: what everything else is built from.
 *
 * Every reference is resolved, every default filled in. Everything lives in the
 * arena given to scenario_load and is not changed afterwards. Times are
 * nanoseconds since the start of the run unless a name says otherwise. docs/scenario.md
 * says what each key means.
 */
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include "nodes/dns/tsig.h"
#include "nodes/dns/zone_sign.h"
#include "nodes/resolver.h"
#include "nodes/server.h"
#include "scenarios/expectation.h"
#include "scenarios/value.h"
#include "sim/base/address.h"
#include "sim/base/bytes.h"
#include "sim/base/fixed.h"

/* A text with its place: records, names of queries. */
struct scenario_text {
    const char *text;
    struct place place;
};

struct scenario_texts {
    struct scenario_text *items;
    size_t count;
};

struct scenario_address {
    struct address address; /* port 0 */
    struct place place;
};

struct scenario_addresses {
    struct scenario_address *items;
    size_t count;
};

/* Parts are `unclear` while something in them was not understood: what they seem to lack is then no
 * mistake of its own. In a scenario that has been loaded, none is. */

/* ---- the map ------------------------------------------------------------------------ */

struct scenario_site {
    const char *name;
    struct place place;
    bool unclear;
    bool has_location;
    fixed latitude, longitude; /* degrees */
};

/* How two sites are connected, the same in both directions. */
struct scenario_link {
    struct place place;
    bool unclear;
    struct reference_list between; /* two different sites */
    int64_t delay_ns;              /* one way; -1: from the distance */
    int64_t jitter_ns;             /* uniform, added to the delay: 0 .. jitter */
    uint32_t loss_ppb;             /* parts per 10^9 of packets */
};

struct scenario_network {
    fixed path_stretch;        /* path length / great circle */
    int64_t local_delay_ns;    /* one way, within a site */
    int64_t withdraw_after_ns; /* how long an anycast route outlives its host */
};

/* ---- zones and servers -------------------------------------------------------------- */

struct scenario_signing {
    const char *key_file; /* path to open; NULL: a key made from the seed */
    enum zone_sign_denial denial;
    bool opt_out, zonemd;
    struct nsec3_parameters nsec3;
    int64_t inception_ns; /* before the start */
    int64_t lifetime_ns, resign_ns;
    struct place place; /* of the key's file */
};

struct scenario_zone {
    const char *name; /* presentation format, lower case, final dot */
    struct place place;
    bool unclear;
    const uint8_t *wire;           /* lower case */
    const char *file;              /* path to open, relative to the working directory; or NULL */
    const char *records;           /* zone file text; or NULL */
    struct reference_list catalog; /* zones; or items NULL. One of the three is given */
    struct place source;           /* of the value of `file` or of the first line of `records` */
    bool is_catalog;               /* made as one, or taken for one by a secondary */
    const bool *may_list; /* a catalog: by index of zone, what it may list; NULL: whatever */
    const struct scenario_signing *sign; /* NULL: served as it is */
};

/* One host of a server or resolver. */
struct scenario_instance {
    const char *name; /* "ns1", or "ns2.iad" where `site:` is a list */
    struct reference site;
    struct scenario_addresses addresses; /* unicast, given; empty: derive from zone or name */
};

struct scenario_instances {
    struct scenario_instance *items;
    size_t count;
};

/* A key for TSIG. */
struct scenario_key {
    const char *name;
    struct place place;
    bool unclear;
    enum tsig_algorithm algorithm;
    struct bytes secret; /* empty: to be derived from seed and name */
};

/* Who may transfer or update, or is notified. */
struct scenario_peers {
    bool given;                 /* written in the scenario, not the default */
    bool any;                   /* allow-transfer: any */
    struct reference_list list; /* servers, and keys of whoever may; the default is filled in */
};

/* How a secondary reaches its sources. */
enum scenario_transport {
    TRANSPORT_CLEAR,
    TRANSPORT_OPPORTUNISTIC, /* TLS, whoever the source is */
    TRANSPORT_STRICT         /* TLS, with the certificate verified */
};

/* A server's own part in TLS. */
struct scenario_tls {
    int64_t inception_ns; /* before the start */
    int64_t lifetime_ns;
    const char *certificate_name; /* NULL: the server's host name */
    enum server_transfers transfers;
    enum server_alpn alpn;
};

/* What members of a group (RFC 9432 section 4.3.2) are fetched from. */
struct scenario_member_group {
    const char *name;
    struct place place;
    bool unclear;
    struct reference_list from; /* those of all members are filled in */
    struct reference key;       /* likewise */
};

struct scenario_member_groups {
    struct scenario_member_group *items;
    size_t count;
};

/* What the members of a catalog are fetched from. */
struct scenario_members {
    struct scenario_member_groups groups;
    uint32_t at_most;           /* members */
    struct reference_list from; /* the catalog's sources are filled in */
    struct reference key;       /* likewise */
};

struct scenario_secondary {
    struct reference zone;
    struct place place;
    enum scenario_transport tls;
    int alpn_required;                /* by TRANSPORT_STRICT */
    struct reference_list from;       /* servers, in the order in which they are tried */
    struct reference key;             /* what it signs with; REFERENCE_NONE: does not */
    int check_zonemd;                 /* refuse what does not match its digest */
    struct scenario_members *members; /* the zone is a catalog whose members are held; or NULL */
};

struct scenario_secondaries {
    struct scenario_secondary *items;
    size_t count;
};

/* Whether it asks for IXFR as a secondary, and how it answers it as a source. */
enum scenario_ixfr {
    IXFR_OF_SOFTWARE,
    IXFR_NEVER,
    IXFR_BY_VERSION, /* a difference for each version */
    IXFR_CONDENSED   /* one for all, where that is less */
};

/* A zone of a server's (held.h). */
struct scenario_held {
    uint32_t zone;
    uint32_t secondary; /* its entry under `secondary:`, from 1; 0: it is under `primary:` */
};

struct scenario_server {
    const char *name;
    struct place place;
    bool unclear;
    struct scenario_instances instances;
    struct scenario_addresses anycast; /* announced by every instance */
    struct scenario_text host_name;    /* `name:`; text NULL: NODE.ZONE */
    const uint8_t *host_name_wire;     /* lower case; NULL likewise */
    struct reference_list primary;     /* zones */
    struct scenario_secondaries secondary;
    const struct scenario_held *held; /* both, by zone */
    size_t held_count;
    const struct scenario_secondary *const *catalogs; /* those with members */
    size_t catalog_count;
    struct scenario_peers notify;
    struct scenario_peers allow_transfer;
    struct scenario_peers allow_update;
    const struct scenario_tls *tls; /* NULL: does not listen for TLS */
    enum scenario_ixfr ixfr;
    bool ixfr_from_differences; /* secondary: also for whole zones that it has fetched */
    bool ixfr_over_udp;
    enum server_software software;
    struct server_limits limits;
    struct rate capacity;    /* answers; all zero: no limit */
    uint32_t queue;          /* datagrams */
    int64_t clock_offset_ns; /* its clock less true time */
};

enum scenario_hierarchy { HIERARCHY_AUTO, HIERARCHY_NONE };

/* ---- who asks ------------------------------------------------------------------------ */

struct scenario_resolver {
    const char *name;
    struct place place;
    bool unclear;
    struct scenario_instances instances;
    enum resolver_software software;
    struct rate capacity;
    uint32_t queue;
};

struct scenario_type_weight {
    uint16_t type;
    uint32_t weight; /* > 0 */
};

struct scenario_queries {
    struct rate rate; /* of the whole group */
    /* Either names by rank from a zone, or a list from which each is equally likely. */
    struct reference from; /* zone; REFERENCE_NONE: the list */
    fixed zipf;            /* exponent; 0 is uniform */
    struct scenario_texts names;
    const uint8_t **name_wires; /* one for each of names */
    struct scenario_type_weight *types;
    size_t type_count; /* at least 1 */
    uint32_t missing_ppb;
};

struct scenario_clients {
    const char *name;
    struct place place;
    bool unclear;
    struct reference site;
    uint32_t count;
    struct reference_list resolvers; /* asked in order; or */
    struct reference_list servers;   /* asked directly, one at random each time */
    struct scenario_queries queries;
    int64_t timeout_ns; /* of one attempt */
    uint32_t attempts;  /* rounds through the list, as in resolv.conf */
    int64_t start_ns, stop_ns;
};

/* Asks servers for the SOA of their zones, and notices what is wrong. */
struct scenario_monitor {
    const char *name;
    struct place place;
    bool unclear;
    struct reference site;
    struct reference_list servers; /* every instance of each; none: all servers */
    struct reference_list zones;   /* none: all that a server holds */
    int64_t interval_ns, timeout_ns, stale_after_ns;
    uint32_t failures; /* in a row */
};

/* ---- what happens -------------------------------------------------------------------- */

enum scenario_action {
    ACTION_CHANGE,
    ACTION_FAIL,
    ACTION_RECOVER,
    ACTION_STOP,
    ACTION_SKEW,
    ACTION_RENEW,
    ACTION_BLOCK_TCP,
    /* An operator's words about a zone. */
    ACTION_TRANSFER,
    ACTION_REFRESH,
    ACTION_NOTIFY,
    ACTION_FREEZE,
    ACTION_THAW,
    ACTION_RELOAD
};

struct scenario_event {
    struct place place;
    bool unclear;
    int64_t at_ns;
    enum scenario_action action;
    /* Fail, recover, stop, skew, renew: a site, server, resolver or client group; or a link
     * (REFERENCE_NONE). */
    struct reference target;
    struct reference_list link; /* two sites, if a link */
    int64_t by_ns;              /* skew: the clock less true time from now on */
    /* Change, and an operator's words. */
    struct reference zone;
    struct reference on;          /* the server; filled in where there is only one */
    struct scenario_zone version; /* reload: what the zone's file says by then */
    /* Change. */
    struct scenario_texts add;              /* one record each, zone file form */
    struct reference_list enroll, withdraw; /* members of a catalog made from a list */
    struct scenario_texts remove;           /* one record, RRset ("www A") or name ("www") each */
    bool has_serial;
    uint32_t serial;
};

/* ---- all of it ------------------------------------------------------------------------ */

struct scenario {
    const char *file;
    const char *name;
    const char *description; /* "" if none */
    uint64_t seed;
    int64_t duration_ns;
    int64_t start_ns;        /* Unix */
    int64_t certificates_ns; /* likewise: from when they count; the start, or real time */
    struct scenario_network network;
    enum scenario_hierarchy hierarchy;
    const char *mutation; /* the PATH=VALUE under which expectations must fail; NULL: none */

    struct scenario_site *sites;
    size_t site_count;
    struct scenario_link *links; /* at most one for each pair of sites */
    size_t link_count;
    struct scenario_key *keys;
    size_t key_count;
    struct scenario_zone *zones;
    size_t zone_count;
    int32_t root_zone; /* index of the zone ".", whose servers are the root; -1: none declared */
    struct scenario_server *servers;
    size_t server_count;
    struct scenario_resolver *resolvers;
    size_t resolver_count;
    struct scenario_clients *clients;
    size_t clients_count;
    struct scenario_monitor *monitors;
    size_t monitor_count;
    struct scenario_event *timeline; /* in order of time; at one time, in order of the file */
    size_t timeline_count;
    struct expectation *expectations;
    size_t expectation_count;
};

/* How files are reached; lets tests and fuzzers do without. */
struct scenario_files {
    /* The whole file into ARENA, or false and *ERROR ("no such file"). */
    bool (*read)(void *context, struct arena *arena, const char *path, struct bytes *text,
                 const char **error);
    /* False and *ERROR if PATH can't be read. */
    bool (*probe)(void *context, const char *path, const char **error);
    void *context;
};

struct scenario_options {
    const char *const *settings; /* --set PATH=VALUE, applied in order */
    size_t setting_count;
    const struct scenario_files *files; /* NULL: the real ones */
    int64_t certificates_ns;            /* from when they count (Unix); 0: from the start */
};

/* Loads, checks and resolves the scenario at PATH. NULL after at least one error in DIAGNOSTICS
 * (which may hold advice in any case). */
struct scenario *scenario_load(struct arena *arena, const char *path,
                               const struct scenario_options *options,
                               struct diagnostics *diagnostics);

/* The same from memory; PATH is for messages and as base of relative paths. */
struct scenario *scenario_load_text(struct arena *arena, const char *path, struct bytes text,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics);

/* Advice on a loaded scenario: where the servers of a zone stand (RFC 2182), transfers that will
 * be refused, and what a server's software does not do. */
void scenario_advise(const struct scenario *scenario, struct diagnostics *diagnostics);

/* Advice on the content of one of its zones: SOA values (RFC 1912), TTLs (RFC 9199). */
struct zone;
void scenario_advise_zone(const struct scenario_zone *source, const struct zone *zone,
                          struct diagnostics *diagnostics);

#endif
