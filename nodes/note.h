/*
 * What nodes tell the reports: the kinds of struct host_note and their fields.
 * Fields not named are zero or empty. Times are on the host's mono_ns scale.
 *
 * Where text tells of TSIG's bad time, values[3] has the seconds by which the peer's
 * clock is ahead of ours; else 0.
 */
#ifndef NODES_NOTE_H
#define NODES_NOTE_H

#include "nodes/host.h"

enum note_kind {
    NOTE_NONE,

    /* stub */
    NOTE_LOOKUP_STARTED,  /* name, code: RR type */
    NOTE_LOOKUP_FINISHED, /* name, code: RR type; serial: enum note_lookup_outcome; peer: who
                             answered; values: start, latency, rcode or -1, sends */

    /* any server of questions (name server or resolver), once per query, when it is done with:
       answered, or dropped without an answer */
    NOTE_QUERY, /* name; code: RR type; serial: rcode; peer: client; values[0]: 1 if from a
                   resolver's cache; values[1]: 1 if asked over TCP */

    /* resolver, once per query sent */
    NOTE_UPSTREAM_SENT,    /* peer: server; values[0]: 1 if over TCP */
    NOTE_UPSTREAM_ANSWER,  /* peer: server; serial: rcode; values[0]: rtt */
    NOTE_UPSTREAM_TIMEOUT, /* peer: server */

    /* zones on name servers; name is the origin. */
    NOTE_ZONE_ROLE,     /* code: enum note_role; at start */
    NOTE_ZONE_SERVING,  /* serial: version served from now on; values: when it expires or -1
                           (primary), records, 1 if loaded from disk, 1 if a change made it */
    NOTE_ZONE_LOADING,  /* no version yet */
    NOTE_ZONE_EXPIRED,  /* serial: the last one served */
    NOTE_ZONE_CONTACT,  /* a source confirmed the version we have: serial, peer; values: new expiry
                           time, next refresh, rounds that had failed just before */
    NOTE_CHANGE_FAILED, /* a change asked for from outside was not made; text: why */

    NOTE_NOTIFY_SENT,     /* peer, serial; values[0]: 0 first, 1.. retransmission */
    NOTE_NOTIFY_ANSWERED, /* peer, serial; code: rcode */
    NOTE_NOTIFY_GIVEN_UP, /* peer, serial */
    NOTE_NOTIFY_RECEIVED, /* peer, serial (of the hint, or 0); text: why refused, or NULL */

    NOTE_REFRESH_STARTED, /* peer; text: "refresh", "retry", "notify", "start", "command" */
    NOTE_REFRESH_FAILED,  /* peer; text: why; values[0]: when the next try is due */

    NOTE_TRANSFER_STARTED, /* inbound. peer; code: enum note_transfer; serial: ours, 0 if none */
    NOTE_TRANSFER_DONE,    /* inbound. peer; code: as came; serial: new; values: bytes, messages,
                              duration, serial before; key: that signed it, or NULL */
    NOTE_TRANSFER_FAILED,  /* inbound. peer; code; text: why; values: bytes, messages */
    NOTE_TRANSFER_SERVED,  /* outbound, complete, with news: peer; code; serial; values: bytes,
                              messages,  duration, 1 if over TLS; key: that signed it, or NULL */
    NOTE_TRANSFER_REFUSED, /* outbound: peer; code; text: why */

    NOTE_UPDATE, /* dynamic update: peer; code: rcode; serial: version published, 0: nothing
                    changed; text: why refused, or NULL */
    /* monitor; peer: the server, name: the zone, serial: the last one it showed */
    NOTE_ALARM_RAISED,    /* code: enum note_alarm; values[0]: since when, as far as it could see */
    NOTE_ALARM_CLEARED,   /* code: the alarm that is over */
    NOTE_ZONE_SIGNATURES, /* name server, after SERVING a version that is signed: serial; values[0]:
                             when the first of its signatures runs out, seconds of Unix time */
    NOTE_ZONE_SIGNED, /* primary, before SERVING: serial; text: "start", "change", "due" or "key";
                         values: signatures made, when they run out (seconds of Unix time) */
    NOTE_SIGNING_PUT_OFF, /* primary: signatures are due and not made; serial; text: why */

    /* a server that holds the members of a catalog zone (RFC 9432). Notes about members follow the
       one about the catalog that they belong to, in the same event; name is the member. */
    NOTE_CATALOG_READ,   /* name: the catalog; serial; values[0]: members listed in it;
                            values[1]: 1 if the disk remembers them */
    NOTE_CATALOG_BROKEN, /* name: the catalog; serial; text: why; values[0]: members kept */
    NOTE_MEMBER_ADDED,   /* before the ROLE of a new zone */
    NOTE_MEMBER_REMOVED, /* and all that the server had of it; text: why */
    NOTE_MEMBER_MOVED,   /* here from another catalog, with all that the server has of it */
    NOTE_MEMBER_REFUSED, /* text: why */

    NOTE_ZONE_DUE,     /* secondary, after a transfer or a start from disk: serial; values: when
                          it expires or -1, next refresh */
    NOTE_CHANGE_WAITS, /* primary: a change of a frozen zone; serial: that it will have */
    NOTE_COMMAND,      /* an operator's; code: enum note_command; serial: the version then, or 0;
                          text: why it was not carried out, or NULL */

    /* TLS on a name server */
    NOTE_CERTIFICATE, /* its own: values[0]: when it runs out, seconds of Unix time; code: 1 if it
                         is new, 0 at start */
    NOTE_TLS_FAILED,  /* on a connection from peer; text: why */

    /* catalogs again */
    NOTE_MEMBER_GROUPED, /* after ADDED or MOVED, or when its group has changed: it is held as that
                            group is; text: the group's name, NULL: as those without */
    NOTE_CATALOG_FULL,   /* name: the catalog; serial; values: members left out, most it may have */
    NOTE_KIND_COUNT
};

enum note_command {
    NOTE_COMMAND_REFRESH,
    NOTE_COMMAND_TRANSFER,
    NOTE_COMMAND_NOTIFY,
    NOTE_COMMAND_FREEZE,
    NOTE_COMMAND_THAW,
    NOTE_COMMAND_RELOAD,
    NOTE_COMMAND_COUNT
};

/* As the operator says it: "refresh". */
static inline const char *note_command_name(enum note_command command)
{
    static const char *const names[] = {"refresh", "transfer", "notify",
                                        "freeze",  "thaw",     "reload"};
    return names[command];
}

enum note_alarm {
    NOTE_ALARM_NONE,
    NOTE_ALARM_SILENT, /* no answer */
    NOTE_ALARM_BROKEN, /* an answer without the zone's SOA */
    NOTE_ALARM_STALE,  /* a serial behind the newest one seen, for too long */
    NOTE_ALARM_COUNT
};

enum note_lookup_outcome {
    NOTE_LOOKUP_ANSWERED, /* NOERROR, also without data */
    NOTE_LOOKUP_NXDOMAIN,
    NOTE_LOOKUP_SERVFAIL,
    NOTE_LOOKUP_OTHER,   /* any other rcode, or an answer that makes no sense */
    NOTE_LOOKUP_TIMEOUT, /* every attempt ran out */
    NOTE_LOOKUP_OUTCOME_COUNT
};

enum note_role { NOTE_PRIMARY, NOTE_SECONDARY };

enum note_transfer {
    NOTE_AXFR,
    NOTE_IXFR,
    NOTE_FALLBACK, /* IXFR was asked for, a whole zone came; or AXFR after a failed IXFR */
};

#endif
