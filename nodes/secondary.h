/*
 * A zone's life on a secondary (RFC 1034 section 4.3.5): asking the sources for
 * their serial, fetching newer versions, expiry. secondary.c decides what is done and
 * secondary_timers.c when; secondary_soa.c and secondary_transfer.c carry out the two
 * kinds of step.
 */
#ifndef NODES_SECONDARY_H
#define NODES_SECONDARY_H

#include "nodes/server_state.h"
#include "nodes/transfer_in.h"

enum secondary_data {
    SECONDARY_LOADING, /* no version yet */
    SECONDARY_SERVING,
    SECONDARY_EXPIRED /* a version that is too old to be served */
};

enum secondary_task {
    SECONDARY_WAITING,    /* for the refresh or retry timer */
    SECONDARY_QUEUED,     /* until limits let it ask or connect */
    SECONDARY_ASKING,     /* a source for its SOA */
    SECONDARY_CONNECTING, /* to a source */
    SECONDARY_RECEIVING
};

struct secondary {
    enum secondary_data data;
    enum secondary_task task;
    struct deadline timer;   /* WAITING: the next round; else the running step's time limit */
    int64_t wait_ns;         /* WAITING: how long in all */
    struct deadline expire;  /* SERVING only */
    const char *next_reason; /* what that round is for */
    unsigned failures;       /* rounds in a row that were not good */
    struct work work;        /* QUEUED */

    /* The round: the sources are asked in turn, beginning with first. */
    const char *reason; /* NULL once noted */
    size_t first, asked;
    bool by_notify;     /* it asks the sender of a NOTIFY first */
    int64_t round_ns;   /* its beginning */
    bool whole;         /* the source has no differences for us */
    bool promised;      /* the source has said that it has something newer */
    bool contact;       /* some source confirmed our version in this round */
    int64_t contact_ns; /* when one did, or brought a newer */
    bool has_sought;    /* a NOTIFY promised this serial */
    uint32_t sought;
    bool again; /* a NOTIFY came meanwhile */
    bool again_has_serial;
    uint32_t again_serial;
    size_t again_first;
    bool forced, again_forced; /* the whole zone is wanted, whatever the serial */

    struct tsig tsig;  /* of the running step; without a key: the source has none */
    bool without_edns; /* the source does not know EDNS (RFC 6891 section 6.2.2) */

    /* The SOA query, or an IXFR that takes its place. */
    struct socket_context soa_context;
    uint32_t soa_socket;       /* 0: none */
    uint16_t soa_id, soa_type; /* RR_SOA or RR_IXFR */
    unsigned soa_sends;
    int64_t soa_signed_ns; /* our clock at the first send: those after it are the same octets */

    /* The transfer. */
    struct socket_context transfer_context;
    struct channel channel;
    struct server_source *source; /* whose limits it counts for, or NULL */
    bool probing;                 /* the SOA is asked for over the connection first */
    bool reused;                  /* the connection was kept, and has brought nothing yet */
    uint16_t transfer_id;
    struct transfer_in *transfer;
    struct deadline total;
    enum note_transfer asked_for; /* NOTE_FALLBACK: AXFR after a failed IXFR */
    int64_t transfer_started_ns, transfer_ends_ns;
    size_t transfer_checked_octets; /* when its rate was looked at last */
};

/* ---- secondary.c --------------------------------------------------------------------------- */

void secondary_init(struct server_zone *zone);
void secondary_start(struct server_zone *zone);
void secondary_dispose(struct server_zone *zone);

/* At an orderly stop: what the software remembers of when to look next. */
void secondary_remember(const struct server_zone *zone);

/* Ends what runs; the zone is served on, and looked after again from secondary_resume on, when its
 * configuration may be another. */
void secondary_pause(struct server_zone *zone);
void secondary_resume(struct server_zone *zone);

/* Ends what runs and waits: nothing will be due any more. */
void secondary_stop(struct server_zone *zone);
void secondary_due(struct server_zone *zone);
void secondary_expire(struct server_zone *zone);

/* NOTIFY from FROM with a hint at SERIAL if HAS_SERIAL; or (FROM NULL) the command. */
void secondary_notified(struct server_zone *zone, const struct address *from, bool has_serial,
                        uint32_t serial);

/* The operator wants the whole zone anew. */
void secondary_force(struct server_zone *zone);

/* Over UDP, now that it may (server_work_check). */
void secondary_probe_begin(struct server_zone *zone);

/* A round, not because of a NOTIFY. */
void secondary_begin(struct server_zone *zone, const char *reason);

/* The version that we have is good no more. */
void secondary_lapse(struct server_zone *zone);

/* Tells when the version expires (-1: never) and when the next round is due. */
void secondary_note_due(const struct server_zone *zone, int64_t expires_ns, int64_t next_ns);

/* Tells that the round has begun, once. */
void secondary_note_round(struct server_zone *zone);

/* How a step ended. EXPIRE_S: when the source's own version expires (RFC 7314), or -1. */
void secondary_source_failed(struct server_zone *zone, const char *why);
void secondary_source_has(struct server_zone *zone, uint32_t serial, int64_t expire_s);
void secondary_source_current(struct server_zone *zone, int64_t expire_s);
void secondary_transferred(struct server_zone *zone);

/* ---- secondary_source.c -------------------------------------------------------------------- */

/* The source of the running step. */
struct address secondary_source(const struct server_zone *zone);

/* How it is reached if that is over TLS; else NULL. */
const struct server_tls_peer *secondary_source_tls(const struct server_zone *zone);

/* Where its connections go: to port 853 if over TLS and nothing else is said. */
struct address secondary_source_over(const struct server_zone *zone);

/* Signs the step's query, of SIZE octets at DATA, if the source has a key; returns the new size. */
size_t secondary_sign(struct server_zone *zone, uint8_t *data, size_t size, int64_t wall_ns);

/* Octets that this will add. */
size_t secondary_signature_size(const struct server_zone *zone);

/* What is wrong with the signature of MESSAGE, part of the step's answer; NULL: nothing. */
const char *secondary_signature_fault(struct server_zone *zone, const struct message *message);

/* ---- secondary_timers.c -------------------------------------------------------------------- */

/* The timers of a version, within the policy's bounds. */
struct secondary_timers {
    uint32_t refresh_s, retry_s;
    int64_t expire_ns; /* TIME_NEVER: this software serves it for ever */
};

struct secondary_timers secondary_timers_of(const struct server_policy *policy,
                                            const struct zone *version);

/* When the next round is due after a good one or a bad one. Draws chance: ask once. */
int64_t secondary_next_round_ns(const struct server_zone *zone, bool good);

/* When VERSION expires, which a source has brought or confirmed just now; EXPIRE_S is what that
 * said of its own, or -1 (RFC 7314 section 4: our SOA's expire is the most). */
int64_t secondary_expires_ns(const struct server_zone *zone, const struct zone *version,
                             int64_t expire_s);

/* How long the version served is still good; TIME_NEVER: for ever. */
int64_t secondary_left_ns(const struct server_zone *zone);

/* ---- secondary_query.c --------------------------------------------------------------------- */

enum { SECONDARY_QUERY_MAX = 2048 }; /* a question, an SOA with the longest names, and OPT */

/* Writes a query of TYPE, with our SOA if it is IXFR (RFC 1995 section 3), and with EDNS unless the
 * source does not know it; asks for the time left (RFC 7314) if the software does. */
size_t secondary_query(const struct server_zone *zone, uint16_t id, uint16_t type,
                       uint8_t data[SECONDARY_QUERY_MAX]);

/* MESSAGE says that the source does not know EDNS, and we used it. */
bool secondary_rejects_edns(const struct server_zone *zone, const struct message *message);
/* There is a version, and for this software it has not gone with its expiry. */
bool secondary_has_version(const struct server_zone *zone);

/* ---- secondary_soa.c ----------------------------------------------------------------------- */

/* Asks the current source; a step that ends in secondary_source_* or secondary_transferred. TYPE:
 * RR_SOA or RR_IXFR. */
void secondary_soa_ask(struct server_zone *zone, uint16_t type);

/* The serial of ZONE's SOA in the answer section of MESSAGE. */
bool secondary_soa_find(const struct server_zone *zone, const struct message *message,
                        uint32_t *serial);

/* "answered REFUSED" and the like. */
const char *secondary_soa_rcode(unsigned rcode);
void secondary_soa_event(struct server_zone *zone);
void secondary_soa_due(struct server_zone *zone);

/* Ends the query that is under way, if one is. */
void secondary_soa_stop(struct server_zone *zone);

/* ---- secondary_transfer.c ------------------------------------------------------------------ */

/* Fetches the zone from the current source when its turn has come, over the connection that is open
 * already if there is one; ends in secondary_transferred, _source_has or _source_failed. */
void secondary_transfer_begin(struct server_zone *zone, enum note_transfer what);

/* The same, by IXFR if there is a version that differences could start from. */
void secondary_transfer_any(struct server_zone *zone);

/* Connects and asks for the SOA first; ends as secondary_soa_ask or goes on with _begin. */
void secondary_transfer_probe(struct server_zone *zone);

/* The turn has come (server_work_transfer). */
void secondary_transfer_connect(struct server_zone *zone, struct server_source *source);

/* WIRE is an answer to our IXFR over UDP. True: the new version was in it, and is served. */
bool secondary_transfer_datagram(struct server_zone *zone, struct bytes wire);

void secondary_transfer_event(struct server_zone *zone);
void secondary_transfer_due(struct server_zone *zone);     /* the running step's time is up */
void secondary_transfer_overdue(struct server_zone *zone); /* that of the whole transfer is */
void secondary_transfer_stop(struct server_zone *zone);

/* ---- secondary_kept.c ---------------------------------------------------------------------- */

/* ZONE's connection, which has brought a whole answer, is kept for another zone if it is over TLS
 * and the policy keeps any; else it stays where it is. */
void secondary_kept_put(struct server_zone *zone);

/* ZONE, whose source is reached over TLS, takes over one that is kept. False: there is none. */
bool secondary_kept_take(struct server_zone *zone);
void secondary_kept_event(struct server *server, struct secondary_kept *kept);
void secondary_kept_due(struct server *server, struct secondary_kept *kept);
void secondary_kept_dispose(struct server *server);

#endif
