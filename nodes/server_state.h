/*
 * The insides of the name server node, shared by its rooms and nobody else:
 * server*.c, primary*.c, update.c, operator.c, secondary*.c, notify*.c, transfer_out.c,
 * zone_disk.c.
 *
 * While an event is handled, struct server holds it and the outbox, so that the
 * rooms below hand each other a zone or a connection and no more.
 */
#ifndef NODES_SERVER_STATE_H
#define NODES_SERVER_STATE_H

#include "nodes/channel.h"
#include "nodes/deadlines.h"
#include "nodes/dns/diff.h"
#include "nodes/dns/message.h"
#include "nodes/server.h"
#include "nodes/server_work.h"
#include "sim/base/table.h"

/* What a socket is for; stands behind every event's context. */
enum socket_role {
    SOCKET_UDP,        /* port 53; owner: server */
    SOCKET_LISTENER,   /* port 53; owner: server */
    SOCKET_TLS,        /* listens at port 853; owner: server */
    SOCKET_CONNECTION, /* accepted; owner: struct server_connection */
    SOCKET_SOA_QUERY,  /* owner: struct server_zone */
    SOCKET_TRANSFER,   /* inbound transfer; owner: struct server_zone */
    SOCKET_KEPT,       /* a connection for the next one; owner: struct secondary_kept */
    SOCKET_NOTIFY      /* owner: struct notify_target */
};

struct socket_context {
    enum socket_role role;
    void *owner;
};

enum server_deadline {
    DEADLINE_SECONDARY,    /* refresh, retry, or the time limit of the running step; server_zone */
    DEADLINE_TRANSFER,     /* the time limit of a whole transfer; server_zone */
    DEADLINE_EXPIRE,       /* server_zone */
    DEADLINE_NOTIFY,       /* notify_target */
    DEADLINE_NOTIFY_ROUND, /* all targets of a server_zone */
    DEADLINE_SIGNATURES,   /* the first to be made anew; server_zone */
    DEADLINE_CONNECTION,   /* server_connection */
    DEADLINE_KEPT,         /* secondary_kept */
    DEADLINE_CHECKS,
    DEADLINE_NOTIFIES /* the next tick of their rate */
};

struct server_connection;

struct server_connections {
    struct server_connection *first, *last;
    size_t count;
};
struct server_catalog;
struct server_member;
struct secondary;
struct secondary_kept;
struct notify_target;

struct server {
    const struct server_config *config;
    const struct server_policy *policy;
    struct arena *arena;
    const struct host_event *event; /* being handled, like what follows */
    struct outbox *out;
    int64_t now_ns;
    struct table zones;      /* server_zone by origin in lower case */
    uint64_t zone_depths[2]; /* bit n: some zone's origin has n labels */
    struct server_zone *zone_list;
    struct server_catalog *catalogs; /* in the order of the configuration */
    bool catalogs_due;               /* some catalog has news for its members */
    bool members_went;               /* so that some catalog may find a name free, or room */
    struct zone_files *gone_files; /* of zones that went in this event: the outbox borrows names */
    struct table disk;             /* host_blob by file name, as found there; until started */
    struct deadlines deadlines;
    struct server_work work;
    struct table sources;           /* server_source by ip */
    struct secondary_kept *kept;    /* connections to sources */
    int64_t started_ns, checked_ns; /* the last SOA check ended; or started_ns */
    struct socket_context udp, listener, tls_listener;
    uint32_t udp_socket;
    struct server_connections connections, waiting; /* oldest first */
    size_t early_octets;                            /* that those who wait have sent */
};

/* What a zone is called, and its files on the disk. */
struct zone_files {
    const uint8_t *origin;
    const char *zone, *edited, *contact, *told, *timers;
    struct zone_files *next_gone;
};

struct server_zone {
    struct server *server;
    const struct server_zone_config *config;
    const uint8_t *origin;         /* in lower case */
    struct zone *version;          /* the newest we hold, also when it has expired; or NULL */
    bool serving;                  /* version is answered from */
    bool frozen;                   /* by the operator of a primary */
    bool serial_given_twice;       /* to this version and the one before: who has it may have
                                      either, so no difference begins with it */
    struct zone *edited;           /* frozen: what the changes since then lead to, or NULL */
    struct journal journal;        /* ends at version */
    struct notify_target *targets; /* config->notify.count of them */
    struct deadline notify_round;  /* a round of NOTIFY that had to wait */
    int64_t notify_not_before_ns;
    bool has_told; /* as policy->notify_at_start counts it: of this serial */
    uint32_t told_serial;
    struct deadline signatures;           /* of a primary that signs */
    size_t notify_wanted, notify_running; /* targets whose turn is to come; that are being told */
    bool notify_again;                    /* another round is due when this one is over */
    struct secondary *secondary;          /* NULL for a primary */
    struct server_catalog *catalog;       /* whose members are held; NULL: it is none */
    struct server_member *member;         /* of a catalog; NULL: it is configured */
    struct zone_files *files;
};

/* A message that arrived on port 53. */
struct server_request {
    const struct message *message;
    const struct address *local, *remote;
    bool tcp, tls;
    bool alpn;                  /* "dot" was agreed on */
    bool padded;                /* so is the answer (server_pads) */
    int64_t wall_ns;            /* our clock */
    struct tsig *tsig;          /* signs the answer; NULL: it is not signed */
    enum tsig_result signature; /* of the request; GOOD also if there is none */
};

/* ---- server.c ------------------------------------------------------------------------------ */

/* The event in hand has cost an answer, or OCTETS of a transfer: as much as an answer each KiB. */
void server_charge_answer(const struct server *server);
void server_charge_transfer(const struct server *server, size_t octets);

/* The zone with the longest origin at or above NAME, or NULL. */
struct server_zone *server_find_zone(const struct server *server, const uint8_t *name);

/* The zone whose origin is NAME, or NULL. */
struct server_zone *server_find_origin(const struct server *server, const uint8_t *name);

/* 16 random bits for a message id. */
uint16_t server_random_id(const struct server *server);

/* REMOTE with port 53 if it has none. */
struct address server_with_port(const struct address *remote);

/* The local address to reach REMOTE from: the configured source if it is of the same family, else
 * the unspecified one; port 0. */
struct address server_source_for(const struct server *server, const struct address *remote);

bool server_addresses_contain(const struct server_addresses *addresses,
                              const struct address *address);

/* The key for the Nth of ADDRESSES, or NULL. */
const struct tsig_key *server_key(const struct server_addresses *addresses, size_t n);

/* REQUEST, whose signature is good if it has one, comes from somebody who has ACCESS. */
bool server_access_allows(const struct server_access *access, const struct server_request *request);

/* Checks the signature of REQUEST if it has one, and prepares TSIG to sign the answer. */
void server_check_signature(const struct server *server, struct server_request *request,
                            struct tsig *tsig);

/* How REQUEST with a bad signature is answered (RFC 8945 section 5.2). */
static inline unsigned server_signature_rcode(const struct server_request *request)
{
    return request->signature == TSIG_MALFORMED ? RCODE_FORMERR : RCODE_NOTAUTH;
}

/* By how many seconds the clock of whoever sent REQUEST is ahead of ours, if that is too much. */
static inline int64_t server_clock_ahead_s(const struct server_request *request)
{
    return request->tsig ? request->tsig->ahead_s : 0;
}

/* ---- server_zone.c ------------------------------------------------------------------------- */

/* ZONE (in memory of the caller's) is one of SERVER's from now on. CONFIG outlives it. */
void server_zone_init(struct server *server, struct server_zone *zone,
                      const struct server_zone_config *config);

/* What the disk has of it is served, and a secondary begins to look for news. */
void server_zone_start(struct server_zone *zone);

/* A secondary zone goes, with all that it has here and on the disk. */
void server_zone_stop(struct server_zone *zone);

/* What has been borrowed of the names of zones that went has been used. */
void server_zone_forget_files(struct server *server);

/* Gives back what a zone holds, at the end of the server. */
void server_zone_dispose(struct server_zone *zone);

/* Appends NOTE with the zone's origin as its name. */
void server_zone_note(const struct server_zone *zone, struct host_note note);

struct server_zone_install {
    struct zone *version;           /* its reference is taken over */
    struct zone_diff *const *diffs; /* that led from the old version to it, or none; retained */
    size_t diff_count;
    int64_t expires_ns; /* -1 for a primary */
    bool from_disk;
    bool by_change;
};

/* Serves a version from now on: journal, note. Writes no disk and tells nobody. */
void server_zone_install(struct server_zone *zone, const struct server_zone_install *install);

/* Serves the version that we have (again). */
void server_zone_serve(struct server_zone *zone, int64_t expires_ns, bool from_disk,
                       bool by_change);

/* The EDNS options for the answer to MESSAGE out of ZONE, written into ROOM; their size. */
enum { SERVER_OPTIONS_MAX = 8 };
size_t server_zone_options(const struct server_zone *zone, const struct message *message,
                           uint8_t room[SERVER_OPTIONS_MAX]);

/* The answer to REQUEST is to be padded. */
bool server_pads(const struct server *server, const struct server_request *request);

/* ---- server_catalog.c ---------------------------------------------------------------------- */

void server_catalog_init(struct server_zone *zone);

/* The file with a catalog's members, from the octets of a real disk. */
struct host_blob *server_member_decode(struct bytes bytes);
void server_catalog_dispose(struct server *server);

/* At start: members that the disk knows of are held again. */
void server_catalog_restore(struct server *server);

/* ZONE, a catalog, is served, by a new version or anew: server_catalog_work will look at it. */
void server_catalog_changed(struct server_zone *zone);

/* At the end of each event: members come and go as their catalogs say. */
void server_catalog_work(struct server *server);

/* ---- server_query.c ------------------------------------------------------------------------ */

/* A datagram on port 53. */
void server_query_datagram(struct server *server);

/* Answers REQUEST (which is not a transfer) into DATA; returns the size. */
size_t server_query_answer(struct server *server, const struct server_request *request,
                           uint8_t *data, size_t capacity);

/* An answer to REQUEST without records. */
size_t server_query_error(const struct server_request *request, unsigned rcode, uint8_t *data,
                          size_t capacity);

/* The answer to what can't be read: a header, and question and OPT if there is one. */
size_t server_query_malformed(struct server *server, const struct server_request *request,
                              uint8_t data[MESSAGE_UDP_PLAIN_MAX]);

bool server_query_is_transfer(const struct message *message);
void server_query_note(const struct server *server, const struct server_request *request,
                       unsigned rcode);

/* ---- server_tcp.c -------------------------------------------------------------------------- */

void server_tcp_accepted(struct server *server, bool tls);
void server_tcp_event(struct server *server, struct server_connection *connection);
void server_tcp_due(struct server *server, struct server_connection *connection);
void server_tcp_dispose(struct server *server);

/* ---- server_tls.c -------------------------------------------------------------------------- */

/* Listens for TLS, if there is a certificate, and tells of that. */
void server_tls_start(struct server *server);

/* Tells until when our certificate is good, and whether it has just come. */
void server_tls_note(const struct server *server, bool renewed);

/* For a connection that was accepted, or is to be made to PEER. */
struct tls_session *server_tls_accept(const struct server *server);
struct tls_session *server_tls_connect(const struct server *server,
                                       const struct server_tls_peer *peer);

/* ---- primary.c ----------------------------------------------------------------------------- */

void primary_start(struct server_zone *zone);
void primary_change(struct server *server, const struct server_change *change);

/* Ends a freeze. */
void primary_thaw(struct server_zone *zone);

/* Takes VERSION (borrowed) in place of ours, unless it is the same. */
void primary_reload(struct server_zone *zone, struct zone *version);

/* Signs VERSION (one reference, taken over) if the zone is signed here, serves it from now on,
 * keeps it and tells everybody. */
void primary_publish(struct server_zone *zone, struct zone *version);

/* The same with a version that is signed. */
void primary_publish_signed(struct server_zone *zone, struct zone *version);

/* ---- primary_sign.c ------------------------------------------------------------------------ */

/* The signed version (one reference, interned) of VERSION, which is taken over. START: there is no
 * version before it. */
struct zone *primary_sign(struct server_zone *zone, struct zone *version, bool start);

/* The version that ZONE serves: signs it anew if it is not signed as the configuration says, and
 * sees to it that its signatures are made anew in time. */
void primary_sign_check(struct server_zone *zone);
void primary_sign_due(struct server_zone *zone);

/* What FILE (borrowed, not signed) is to be published as: with a serial after ours, since
 * signatures made anew have raised that; one reference. NULL: it says what ours does. */
struct zone *primary_sign_reloaded(struct server_zone *zone, struct zone *file);

/* A record that the zone's signer makes and nobody else may. */
bool primary_sign_owns(const struct server_zone *zone, const uint8_t *owner, uint16_t type);

/* ---- operator.c ---------------------------------------------------------------------------- */

/* Any HOST_COMMAND but a change. */
void operator_command(struct server *server);

/* ---- notify*.c ----------------------------------------------------------------------------- */

void notify_init(struct server_zone *zone);
void notify_dispose(struct server_zone *zone);

/* Nobody is told any more, not even who is being told. */
void notify_stop(struct server_zone *zone);

/* At a primary's start: of what it serves now, if its software tells of that. */
void notify_at_start(struct server_zone *zone);

/* At an orderly stop. */
void notify_remember(const struct server_zone *zone);

/* Tells all targets of the version served now. */
void notify_start(struct server_zone *zone);
void notify_due(struct notify_target *target);

/* The first send, when its turn has come; and its place in the queue for that. */
void notify_send_first(struct notify_target *target);
struct work *notify_work(struct notify_target *target);
void notify_round_due(struct server_zone *zone);
void notify_event(struct notify_target *target);

/* A NOTIFY has come: notes it, answers with the returned rcode. notify_follow is called after the
 * answer has been sent. */
unsigned notify_receive(struct server *server, const struct server_request *request);
void notify_follow(struct server *server, const struct server_request *request);

/* ---- zone_disk.c --------------------------------------------------------------------------- */

/* Writes and syncs the version, its journal, and when a source was last reached and the version
 * expires (Unix time by our clock; 0 for a primary). */
void zone_disk_write_zone(const struct server_zone *zone, int64_t contact_wall_ns,
                          int64_t expires_wall_ns);

/* Writes and syncs what the zone's file has been edited to during a freeze, NULL: nothing; takes
 * it, one reference or NULL. */
void zone_disk_write_edited(const struct server_zone *zone);
struct zone *zone_disk_take_edited(const struct server_zone *zone);

/* The same times alone, for the version that is on the disk. */
void zone_disk_write_contact(const struct server_zone *zone, int64_t contact_wall_ns,
                             int64_t expires_wall_ns);

/* Writes and syncs, or takes, the serial that was told by NOTIFY. */
void zone_disk_write_told(const struct server_zone *zone);
void zone_disk_take_told(struct server_zone *zone);

/* What a secondary remembers of its timers over a stop, by its clock (Unix time). */
struct zone_disk_timers {
    int64_t stopped_wall_ns, next_wall_ns;
    int64_t wait_ns; /* in all, until the next look */
    unsigned failures;
};

/* Writes and syncs; takes, or returns false. */
void zone_disk_write_timers(const struct server_zone *zone, const struct zone_disk_timers *timers);
bool zone_disk_take_timers(const struct server_zone *zone, struct zone_disk_timers *timers);

/* Removes and syncs. */
void zone_disk_remove(const struct server_zone *zone);

/* HOST_DISK: keeps a file until its zone starts. */
void zone_disk_found(struct server *server);

/* The file NAME of TYPE as found at start; the caller's reference, or NULL. */
struct host_blob *zone_disk_take_file(struct server *server, const char *name,
                                      const struct host_blob_type *type);

/* All zones have started: drops what was kept for others. */
void zone_disk_forget(struct server *server);

struct zone_disk_state {
    struct zone *version; /* one reference, or NULL: nothing usable */
    int64_t contact_wall_ns, expires_wall_ns;
    struct journal journal; /* the caller's */
};

/* What the disk had for ZONE at start. */
struct zone_disk_state zone_disk_take(const struct server_zone *zone);

/* ---- zone_disk_times.c: parts of the above ------------------------------------------------- */

/* The later times of a version that was taken. */
void zone_disk_take_contact(const struct server_zone *zone, struct zone_disk_state *state);

/* From the octets of a real disk; NULL: they are none of these. */
struct host_blob *zone_disk_decode_contact(struct bytes bytes);
struct host_blob *zone_disk_decode_told(struct bytes bytes);
struct host_blob *zone_disk_decode_timers(struct bytes bytes);

#endif
