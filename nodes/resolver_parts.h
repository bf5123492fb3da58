/*
 * The inside of a resolver, shared by its rooms:
 *
 *   resolver.c             events in, rooms called
 *   resolver_client.c      questions of clients, over UDP and TCP
 *   resolver_request.c     a client's question on its way along CNAMEs
 *   resolver_reply.c       replies written
 *   resolver_lookup.c      one name and type, looked up from the closest zone cut down
 *   resolver_delegation.c  a zone cut's servers and their addresses
 *   resolver_upstream.c    one query to one server, over UDP or TCP
 *   resolver_response.c    what a response means
 */
#ifndef NODES_RESOLVER_PARTS_H
#define NODES_RESOLVER_PARTS_H

#include "nodes/deadlines.h"
#include "nodes/note.h"
#include "nodes/resolver_response.h"
#include "nodes/select.h"
#include "nodes/stream.h"

enum {
    RESOLVER_PORT = 53,
    RESOLVER_CHAIN_MAX = 17, /* CNAMEs of a reply and what they lead to */
    RESOLVER_CONNECTIONS_MAX = 150,
    RESOLVER_UNSENT_MAX = 1 << 20, /* octets that a client over TCP may leave unread */
    RESOLVER_KEY_SIZE_MAX = 2 + NAME_SIZE_MAX,
};
#define RESOLVER_IDLE_NS (30 * NS_PER_S) /* of a client's connection */

/* Of struct deadline's kind; the owner is the lookup or connection. */
enum resolver_deadline { DEADLINE_ANSWER, DEADLINE_LOOKUP, DEADLINE_IDLE };

/* What a socket's context points to: its first member tells. The listeners have none. */
enum resolver_endpoint { ENDPOINT_UPSTREAM, ENDPOINT_CONNECTION };

/* ---- clients ---------------------------------------------------------------------------- */

struct connection {
    enum resolver_endpoint endpoint;
    uint32_t socket;
    struct address local, remote;
    struct stream_in in;
    struct stream_out out;
    struct deadline idle;
    unsigned waiting; /* requests */
    bool finished;    /* the client sends no more */
    struct connection *newer, *older;
};

/* To whom a reply goes, and in what shape. */
struct asker {
    struct connection *connection; /* NULL: UDP */
    struct address local, remote;
    uint16_t id;
    uint16_t flags; /* RD and CD, which a reply repeats */
    uint16_t udp_size;
    bool has_edns, dnssec_ok;
    bool is_stream;
    bool is_gone; /* has closed its connection: nobody waits */
};

/* A client's question that the cache could not answer. */
struct request {
    struct asker asker;
    int64_t started_ns;
    uint8_t qname[NAME_SIZE_MAX];
    uint16_t qtype;
    struct cache_entry *chain[RESOLVER_CHAIN_MAX]; /* one reference each */
    size_t chain_count;
    struct work *work;
    struct lookup *lookup; /* that it waits for */
    struct request *next_waiting;
    struct request *newer, *older;
};

/* ---- lookups ---------------------------------------------------------------------------- */

/* What all lookups for the sake of one question may cost together. Reference-counted. */
struct work {
    uint32_t references;
    uint32_t sends;
};

enum { FAMILY_IPV4, FAMILY_IPV6, FAMILY_COUNT };

/* A name server of the zone cut. */
struct cut_server {
    const uint8_t *name;                  /* in the lookup's NS RRset, or a hint */
    struct lookup *pending[FAMILY_COUNT]; /* lookups of its addresses */
    bool settled[FAMILY_COUNT];           /* the addresses are known, or can't be */
};

/* "This lookup needs that one": in the list of the one needed. */
struct need {
    struct lookup *by;
    struct need *next;
};

/*
 *                 send            TC, or asked so         connected
 *   LOOKUP_IDLE --------> ASKING ----------> CONNECTING ------------> ASKING_TCP
 *       ^   |               |  bad, timeout       |                       |
 *       |   |               v                     v                       v
 *       +-- | ------------- + <------------------ + <-------------------- +
 *           |               |
 *           v               v an answer
 *        LOOKUP_DONE <------+
 *
 * Idle is: about to choose a server, or waiting for an address of one.
 */
enum lookup_state {
    LOOKUP_IDLE,
    LOOKUP_ASKING,
    LOOKUP_CONNECTING,
    LOOKUP_ASKING_TCP,
    LOOKUP_DONE,
};

/* The query in flight. */
struct upstream {
    enum resolver_endpoint endpoint;
    uint32_t socket;
    size_t choice; /* index of the server in the lookup's round */
    int64_t sent_ns;
    uint16_t id;
    bool with_edns;
    struct stream_in in; /* over TCP */
    struct stream_out out;
    struct lookup *lookup;
};

struct lookup {
    enum lookup_state state;
    uint8_t key[RESOLVER_KEY_SIZE_MAX]; /* type, name in lower case */
    const uint8_t *name;                /* in key */
    uint16_t type;
    unsigned depth; /* 0: a client asked */
    unsigned sends;
    struct work *work;
    struct upstream upstream;
    struct deadline answer_deadline, lookup_deadline;

    struct cache_entry *cut; /* NS RRset of the zone it has come to; NULL: the hints */
    const uint8_t *zone;
    struct cut_server servers[RESPONSE_SERVERS_MAX];
    size_t server_count;
    struct select_round round;

    struct need *needed_by;
    struct request *first_waiting, *last_waiting;
    bool is_ready; /* in the list of those to be gone on with */
    struct lookup *next_ready;
    uint64_t visit; /* marks those seen in a search for circles */
    struct lookup *next_visit;
};

/* ---- the node --------------------------------------------------------------------------- */

struct resolver {
    const struct resolver_config *config;
    const struct select_policy *policy;
    struct arena *arena;
    uint32_t udp_socket, tcp_socket;
    struct cache cache;
    struct select select;
    struct response_limits limits;
    struct deadlines deadlines;
    struct table lookups; /* by type and name */
    struct lookup *first_ready, *last_ready;
    uint64_t visits;
    struct request *newest_request, *oldest_request;
    size_t request_count;
    struct connection *newest_connection, *oldest_connection;
    size_t connection_count;
    /* Given back and waiting to be used again; their memory is the arena's. */
    struct lookup *free_lookups;
    struct request *free_requests;
    struct connection *free_connections;
    struct need *free_needs;
    /* Re-used by each event. */
    struct message message;
    struct message_writer writer;
    struct response_room room;
    uint8_t stream_message[2 + MESSAGE_SIZE_MAX];
};

/* An event while it is being handled. */
struct turn {
    struct resolver *resolver;
    const struct host_event *event;
    struct outbox *out;
    int64_t now_ns;
};

/* client: events of the listeners and of clients' connections. */
void client_datagram(struct turn *turn);
void client_accepted(struct turn *turn);
void client_connection_event(struct turn *turn, struct connection *connection);
void client_idle(struct turn *turn, struct connection *connection);
/* A request of CONNECTION has been replied to, which may have been what it was open for. */
void client_request_done(struct turn *turn, struct connection *connection);
void client_free_all(struct resolver *resolver);

/* request: answers QNAME, QTYPE for ASKER from the cache, or begins to look it up. */
void request_begin(struct turn *turn, const struct asker *asker, const uint8_t *qname,
                   uint16_t qtype);
/* The lookup that REQUEST waited for has found ENTRY (borrowed; NULL: it failed). */
void request_deliver(struct turn *turn, struct request *request, struct cache_entry *entry);
/* The connection is gone: its requests go on without anybody to reply to. */
void request_forget_connection(struct resolver *resolver, const struct connection *connection);
void request_free_all(struct resolver *resolver);

/* reply: writes and sends it, and notes the query. */
struct reply {
    const struct asker *asker;
    const uint8_t *qname; /* NULL: no question could be read */
    uint16_t qtype, qclass;
    enum opcode opcode;
    struct cache_entry *const *chain;
    size_t chain_count;
    unsigned rcode;
    bool from_cache;
    bool is_discarded; /* noted, but not sent */
};
void reply_send(struct turn *turn, const struct reply *reply);

/* lookup: joins the lookup of NAME and TYPE, or begins one. */
struct lookup *lookup_find(const struct resolver *resolver, const uint8_t *name, uint16_t type);
struct lookup *lookup_begin(struct turn *turn, const uint8_t *name, uint16_t type,
                            struct work *work, unsigned depth);
void lookup_add_request(struct lookup *lookup, struct request *request);
void lookup_remove_request(struct lookup *lookup, struct request *request);
/* It is given another chance to go on at the end of the turn. */
void lookup_wake(struct resolver *resolver, struct lookup *lookup);
void lookup_run_ready(struct turn *turn);
/* What became of the query in flight: a response to it (not malformed unless so said), or nothing
 * within its time, or word that the server can't be reached. */
void lookup_response(struct turn *turn, struct lookup *lookup, const struct message *message,
                     bool is_malformed);
void lookup_no_response(struct turn *turn, struct lookup *lookup, bool is_unreachable);
/* All of its time is over. */
void lookup_expired(struct turn *turn, struct lookup *lookup);
void lookup_free_all(struct resolver *resolver);

struct work *work_create(void); /* one reference */
void work_release(struct work *work);

/* delegation */
/* Puts LOOKUP at the closest zone cut known. */
void delegation_find(struct turn *turn, struct lookup *lookup);
/* Puts it at the zone whose NS RRset is NS (takes over the reference). */
void delegation_enter(struct turn *turn, struct lookup *lookup, struct cache_entry *ns);
void delegation_leave(struct resolver *resolver, struct lookup *lookup);
/* Begins to look up at most MAX addresses that are not known; the number it now waits for. */
size_t delegation_look_up(struct turn *turn, struct lookup *lookup, size_t max);
size_t delegation_pending(const struct lookup *lookup);
/* NEEDED is done: lookups that waited for it take the addresses up and go on. */
void delegation_deliver(struct turn *turn, struct lookup *needed);

/* upstream: asks the server with index CHOICE, which waits until DEADLINE_ANSWER. */
void upstream_ask(struct turn *turn, struct lookup *lookup, size_t choice);
void upstream_ask_over_tcp(struct turn *turn, struct lookup *lookup);
void upstream_event(struct turn *turn, struct upstream *upstream);
/* Closes the socket; no answer is awaited any more. */
void upstream_end(struct turn *turn, struct lookup *lookup);
void upstream_note(struct turn *turn, const struct lookup *lookup, enum note_kind kind,
                   uint32_t rcode, int64_t value);

#endif
