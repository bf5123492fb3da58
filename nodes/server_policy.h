/*
 * What the RFCs leave to the implementation of a name server, and where software
 * differs: timers, limits, transports. One row per kind of software, all of them
 * in server_policy.c; docs/servers.md tells users of them.
 */
#ifndef NODES_SERVER_POLICY_H
#define NODES_SERVER_POLICY_H

#include "sim/base/random.h"
#include "sim/base/time.h"

#include <stdbool.h>
#include <stddef.h>

enum server_software {
    SERVER_RFC,
    SERVER_BIND_9_18,
    SERVER_BIND_9_20,
    SERVER_NSD_4,
    SERVER_KNOT_3,
    SERVER_PDNS_AUTH_4,
    SERVER_SOFTWARE_COUNT
};

/* How a wait grows with the failures before it, n = 0 for the first. */
enum server_backoff {
    BACKOFF_CONSTANT, /* base */
    BACKOFF_DOUBLING, /* base * 2^n */
    BACKOFF_LINEAR,   /* base * (n + 1) */
    BACKOFF_SQUARE    /* base * n^2 */
};

/* A wait after a failure. All chance is uniform. */
struct server_wait {
    enum server_backoff backoff;
    int64_t base_ns;       /* 0: the SOA's retry */
    int64_t max_ns;        /* of the wait before chance has its say; 0: none */
    int64_t more_max_ns;   /* up to one step more, but less than this: for DOUBLING a step is the
                              wait itself, for SQUARE base * (n + 2) */
    unsigned less_percent; /* and then up to this much less */
};

/* Work that is let go in batches, up to `batch` at each tick; after a rest, one at once.
 * tick_ns 0: all at once. */
struct server_rate {
    unsigned batch;
    int64_t tick_ns;
};

/* How a secondary with a version looks whether there is anything new. */
enum server_probe {
    PROBE_SOA_UDP,  /* SOA query, then a connection for the transfer */
    PROBE_SOA_TCP,  /* SOA query and transfer over one connection */
    PROBE_IXFR_TCP, /* IXFR: the answer is one SOA if there is nothing */
    PROBE_IXFR_UDP, /* the same in a datagram (RFC 1995 section 2), then over a connection if the
                       answer does not fit */
};

/* Which of several sources a round asks. Where one has a newer version, that is fetched and the
 * round is over. */
enum server_sources {
    SOURCES_IN_TURN, /* until one confirms our version */
    SOURCES_ALL,     /* also after that: the next may know of a newer one */
    SOURCES_ONE      /* any one, by chance; the round is over if that fails */
};

/* With which serial a NOTIFY brings no news (RFC 1996 section 3.7). */
enum server_hint { HINT_OF_OURS, HINT_OF_OURS_OR_OLDER, HINT_UNHEEDED };

/* What a NOTIFY does to the count of failures, which makes waits longer. */
enum server_forgiveness { FORGIVES_NOTHING, FORGIVES_WITHOUT_VERSION, FORGIVES_ALL };

/* What the disk knows, after a restart, of when a secondary is to look next. A version that expired
 * meanwhile is looked after at once. */
enum server_timers {
    TIMERS_FORGOTTEN, /* nothing: see disk_retry_less_percent */
    TIMERS_CONTACT,   /* when a source was reached last */
    TIMERS_NEXT,      /* of an orderly stop: when the next look was due */
    TIMERS_WAIT       /* of an orderly stop: the wait, which begins anew if it was not over by now,
                         and the failures that made it so long */
};

/* In which queries a secondary asks how long the source's version is still good (RFC 7314). */
enum server_expire_query { EXPIRE_IN_NONE, EXPIRE_IN_SOA, EXPIRE_IN_ALL };

/* How a NOTIFY travels. */
enum server_notify_transport { NOTIFY_UDP, NOTIFY_TCP, NOTIFY_UDP_THEN_TCP };

/* Of what a primary tells at its start. */
enum server_notify_start {
    NOTIFY_START_ALL,       /* of whatever it serves */
    NOTIFY_START_UNTOLD,    /* not of a serial that it has told of; the disk knows at once */
    NOTIFY_START_UNANSWERED /* not of a serial that some target was glad to hear; the disk knows
                               after an orderly stop */
};

enum { SERVER_NOTIFY_SENDS_MAX = 6 };

struct server_policy {
    const char *name;

    /* Secondary: when to look. */
    uint32_t refresh_min_s, refresh_max_s; /* bounds for what the SOA says */
    uint32_t retry_min_s, retry_max_s;
    unsigned refresh_less_percent; /* up to this share of the refresh less, uniform */
    uint32_t refresh_less_above_s; /* where the refresh is longer than this */
    bool refresh_by_expiry;        /* no later than the zone expires */
    struct server_wait retry;      /* after a bad round */
    struct server_wait bootstrap;  /* the same without a version */
    /* A version from the disk is looked after within a retry, less up to this share; 0: at once. */
    unsigned disk_retry_less_percent;
    unsigned failures_at_start; /* taken for granted */
    bool retry_from_start;      /* waits after a bad round count from its beginning, not its end */
    int64_t poll_ns; /* zones are looked after so often, counted from the last SOA check; 0: each
                        when it is due */
    enum server_hint notify_hint;
    enum server_forgiveness notify_forgives;

    enum server_timers timers_kept;

    /* Secondary: whom to ask. */
    enum server_sources sources;
    bool notifier_first; /* after NOTIFY: whoever sent it */
    bool older_is_good;  /* a source whose serial is older counts as one with ours */

    /* Secondary: how long a version is good without contact. */
    bool expires;
    uint32_t expire_min_s, expire_max_s;
    bool expire_covers_retry; /* at least refresh and retry together */
    enum server_expire_query asks_expire;
    bool expired_is_gone;    /* an expired version is none: bootstrap, AXFR */
    bool looks_when_expired; /* at once */

    /* Secondary: looking. */
    enum server_probe probe;
    bool probe_tcp_after_udp; /* who does not answer over UDP is asked over a connection */
    bool rejection_probes;    /* who answers IXFR without records is asked for SOA and then for AXFR
                                 over another connection, whatever the error */
    int64_t ixfr_pause_ns;    /* who does not know IXFR (NOTIMP) is asked for AXFR for so long, */
    unsigned ixfr_faults_max; /* and so is who gave so many bad answers to it over UDP; 0: not */
    int64_t soa_timeout_ns;   /* UDP: from each send to the next */
    unsigned soa_sends;
    bool soa_without_edns;
    bool soa_plain_after_silence;  /* all of them once more without EDNS */
    bool soa_plain_after_servfail; /* the same, and not only after FORMERR */
    bool transfer_after_refused;   /* REFUSED to the SOA query need not mean REFUSED to AXFR */
    bool soa_ignores_icmp;         /* a closed port is waited for like a lost packet */
    struct server_rate soa_rate;   /* first sends of all zones together */
    unsigned soa_checks_max;       /* over UDP at once; 0: no limit */

    /* Secondary: a transfer. */
    bool requests_ixfr;            /* where the scenario says nothing else */
    unsigned transfers_in_max;     /* at once; 0: no limit */
    unsigned transfers_per_source; /* at once from one address; 0: no limit */
    int64_t connect_timeout_ns;
    int64_t transfer_idle_ns;    /* without a byte from the source */
    int64_t transfer_total_ns;   /* for all of it; TIME_NEVER: no limit */
    size_t transfer_slow_octets; /* in each transfer_slow_ns; fewer end it; 0: no limit */
    int64_t transfer_slow_ns;
    size_t transfer_size_max; /* octets of all messages; 0: no limit */
    /* A source that could not be connected to this often, each time within this of the last, is
     * left alone for as long. 0: it is tried each time. */
    unsigned unreachable_times;
    int64_t unreachable_memory_ns;

    /* NOTIFY out. */
    enum server_notify_transport notify_transport;
    int64_t notify_waits_ns[SERVER_NOTIFY_SENDS_MAX]; /* after each send over UDP; 0 ends them */
    int64_t notify_tcp_timeout_ns;                    /* for all of it over TCP */
    bool notify_after_retry;        /* who did not answer is told again after the SOA's retry */
    bool notify_repeats_errors;     /* NOERROR and NOTIMP end it, other answers call for the next */
    bool notify_ignores_icmp;       /* a closed port is waited for like a lost packet */
    struct server_rate notify_rate; /* first sends to all targets of all zones */
    unsigned notify_targets_max;    /* of a zone at once; 0: no limit */
    bool notify_ends_round;         /* all targets come before the first hears of a newer serial */
    int64_t notify_poll_ns;         /* a primary looks for changes so often; 0: knows at once */
    int64_t notify_pause_ns;        /* between the same zone's rounds of NOTIFY */
    int64_t notify_after_refresh_ns; /* a secondary waits this long before it passes it on */
    enum server_notify_start notify_at_start; /* of a primary */

    /* Answers and transfers out. */
    bool provides_ixfr;            /* where the scenario says nothing else */
    bool answers_expire;           /* tells who asks how long the zone is still good (RFC 7314) */
    unsigned transfers_out_max;    /* at once; more are answered SERVFAIL; 0: no limit */
    unsigned journal_versions;     /* differences kept of each zone; 0: no limit but their size */
    size_t transfer_message_size;  /* octets a message is filled to */
    unsigned ixfr_percent_max;     /* of the zone's size; larger differences go as a whole zone; 0:
                                      differences whatever their size */
    int64_t transfer_out_idle_ns;  /* without the client taking anything */
    int64_t transfer_out_total_ns; /* for all of it; TIME_NEVER: no limit */

    /* Over TLS: pads questions, and answers to those that are padded (RFC 7830, RFC 8467). */
    bool pads;
    int64_t keep_connection_ns; /* secondary: for the next zone from the same source; 0: not */

    /* Connections from others. */
    int64_t tcp_idle_ns;        /* without a complete message or progress in sending */
    size_t tcp_connections_max; /* beyond it a new one waits until another ends */
    int64_t tcp_wait_ns; /* the longest idle one, idle as long, makes room for one that has waited
                            so long; TIME_NEVER: none does */
};

/* What the RFCs say, to the letter where they do: no jitter, no limits. */
extern const struct server_policy server_policy_rfc;

const struct server_policy *server_policy_of(enum server_software software);

/* A rate of PER_SECOND (> 0) as BIND makes it: batches of ten where it is above ten a second. */
struct server_rate server_rate_of(uint32_t per_second);

/* What an SOA's REFRESH, or RETRY and the failures in a row before this one, come to in ns. The SOA
 * is the zone's, its values within the policy's bounds already. */
int64_t server_policy_refresh_ns(const struct server_policy *policy, uint32_t refresh_s,
                                 struct random *random);
int64_t server_wait_ns(const struct server_wait *wait, uint32_t retry_s, unsigned failures,
                       struct random *random);

#endif
