/*
 * The one door between a node and the world.
 *
 * A node is a state and one function. Its host hands it an event; the node
 * answers by appending actions to the outbox, and the host carries them out in
 * order after the function has returned. A node opens no socket, reads no clock
 * and draws no random number except through what it is handed here, so the same
 * code runs in the simulator, on real sockets, in a unit test and in a fuzzer.
 */
#ifndef NODES_HOST_H
#define NODES_HOST_H

#include "sim/base/address.h"
#include "sim/base/arena.h"
#include "sim/base/bytes.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

/* ---- blobs: what a host's disk holds ------------------------------------------------ */

struct host_blob;

struct host_blob_type {
    const char *name;
    void (*destroy)(struct host_blob *blob);
    /* Appends the blob's bytes by calling SINK any number of times; for hosts whose disk is real.
     * May run beside the node: it reads nothing that ever changes. */
    void (*encode)(const struct host_blob *blob, void (*sink)(void *context, struct bytes part),
                   void *context);
};

/* First member of whatever a node stores. Immutable once written; reference-counted, so that a
 * simulated disk costs nothing but the reference. */
struct host_blob {
    const struct host_blob_type *type;
    uint32_t references;
};

static inline struct host_blob *host_blob_retain(struct host_blob *blob)
{
    if (blob)
        blob->references++;
    return blob;
}

static inline void host_blob_release(struct host_blob *blob)
{
    if (blob && --blob->references == 0)
        blob->type->destroy(blob);
}

/* ---- events ------------------------------------------------------------------------- */

enum host_event_kind {
    HOST_DISK,           /* at start, once per file, in order of name: name, and blob or bytes */
    HOST_STARTED,        /* the node may act */
    HOST_DATAGRAM,       /* socket, context, local, remote, bytes */
    HOST_UNREACHABLE,    /* ICMP port unreachable for a datagram sent from socket to remote */
    HOST_ACCEPTED,       /* socket is new; context is the listener's; local, remote,
                            credit */
    HOST_CONNECTED,      /* an outgoing connection is established; local, remote, credit */
    HOST_CONNECT_FAILED, /* failure; the socket is gone */
    HOST_BYTES,          /* the next bytes of the stream; give them back with outbox_consume */
    HOST_WRITABLE,       /* credit: bytes that outbox_write may add now. Comes when more has become
                            free and what the node still reckons with (the credit last told less
                            what it has written since) is less than half of the buffer */
    HOST_FINISHED,       /* the peer sent FIN; our direction is still open */
    HOST_RESET,          /* failure; the connection is gone, and the socket with it */
    HOST_TIMER,          /* the time set with outbox_set_timer has come; it is unset now */
    HOST_COMMAND,        /* from outside: name and bytes (a timeline's zone change, ...) */
    HOST_STOPPING,       /* orderly stop: last words; nothing is delivered after it */
};

enum host_failure {
    HOST_FAILURE_NONE,
    HOST_REFUSED,   /* RST in answer to our SYN */
    HOST_TIMED_OUT, /* retransmissions used up */
    HOST_PEER_RESET,
    HOST_NO_ADDRESS, /* the host has none of the peer's family, or no free port */
};

/* Everything in an event is borrowed for the duration of the call. */
struct host_event {
    enum host_event_kind kind;
    enum host_failure failure;
    uint32_t socket;
    void *context;         /* what the node gave when it opened the socket */
    int64_t mono_ns;       /* monotonic; timers are set on this scale */
    int64_t wall_ns;       /* Unix time as this host's clock has it: may be wrong by its offset */
    struct random *random; /* the node's own stream */
    const struct address *local;
    const struct address *remote;
    struct bytes bytes;
    size_t credit;
    const char *name;
    struct host_blob *blob;
};

/* ---- notes: typed facts for the reports ----------------------------------------------- */

/* The host passes notes on without understanding them; nodes/note.h gives kinds and meanings. */
struct host_note {
    uint16_t kind;
    uint16_t code;
    uint32_t serial;
    int64_t values[4];
    struct address peer;
    struct bytes name;  /* a domain name in wire format, or empty; at most 255 bytes */
    const char *text;   /* static storage, or NULL */
    const uint8_t *key; /* a TSIG key's name in wire format, the configuration's; or NULL */
};

/* ---- actions -------------------------------------------------------------------------- */

enum host_action_kind {
    HOST_DO_BIND,
    HOST_DO_LISTEN,
    HOST_DO_SEND,
    HOST_DO_CONNECT,
    HOST_DO_CONTEXT,
    HOST_DO_WRITE,
    HOST_DO_CONSUME,
    HOST_DO_SHUTDOWN,
    HOST_DO_CLOSE,
    HOST_DO_ABORT,
    HOST_DO_TIMER,
    HOST_DO_DISK_WRITE,
    HOST_DO_DISK_SYNC,
    HOST_DO_NOTE,
    HOST_DO_CHARGE,
    HOST_DO_SECRET,
};

/* Which work a busy host does first. */
enum host_priority {
    HOST_FIRST, /* answers to clients */
    HOST_LATER  /* what has time: transfers */
};

struct host_action {
    enum host_action_kind kind;
    uint32_t socket;
    void *context;
    size_t offset; /* payload: offset and size in outbox->payload */
    size_t size;
    enum host_priority priority; /* of a charge */
    union {
        struct {
            struct address local, remote;
        } ends;
        int64_t at_ns; /* timer; charge: how long it takes */
        struct {
            const char *name;
            struct host_blob *blob;
        } disk;
        struct host_note note; /* its name lies in the payload */
    };
};

/* Socket numbers of one host. A number is taken by the node's call and given back by the host
 * when the socket is gone. */
struct host_sockets {
    uint32_t *free_numbers;
    size_t free_count;
    size_t free_capacity;
    uint32_t next; /* the lowest number never used; numbers start at 1 */
};

uint32_t host_sockets_take(struct host_sockets *sockets);
void host_sockets_give(struct host_sockets *sockets, uint32_t number);
void host_sockets_free(struct host_sockets *sockets);

/* Flat and re-used: emptying it keeps its memory. */
struct outbox {
    struct host_action *actions;
    size_t count, capacity;
    uint8_t *payload;
    size_t payload_size, payload_capacity;
    struct host_sockets *sockets; /* of the host being handled */
};

/* Empties OUT for the next call of HANDLE on the host that owns SOCKETS. Blobs still in it are
 * released. */
void outbox_reset(struct outbox *out, struct host_sockets *sockets);
void outbox_free(struct outbox *out);

/* Opens a UDP socket bound to LOCAL: port 0 lets the host pick an ephemeral one at random, the
 * unspecified address receives for all addresses. Returns the socket number; CONTEXT comes back
 * in its events. Binding a port in use is the programmer's mistake. */
uint32_t outbox_bind(struct outbox *out, const struct address *local, void *context);

/* Listens for TCP connections on LOCAL. */
uint32_t outbox_listen(struct outbox *out, const struct address *local, void *context);

/* Starts a TCP connection; LOCAL may be NULL (the host picks address and port) or have port 0.
 * Answered by HOST_CONNECTED or HOST_CONNECT_FAILED. */
uint32_t outbox_connect(struct outbox *out, const struct address *local,
                        const struct address *remote, void *context);

/* Gives an accepted connection its own context. */
void outbox_set_context(struct outbox *out, uint32_t socket, void *context);

/* Sends a datagram of at most CAPACITY bytes, written by the caller into the returned buffer;
 * outbox_send_end then says how many it has become (0 drops it). LOCAL is the source address to
 * use, or NULL. No other outbox call may stand between the two. The buffer is not zeroed. */
uint8_t *outbox_send_begin(struct outbox *out, uint32_t socket, const struct address *local,
                           const struct address *remote, size_t capacity);
void outbox_send_end(struct outbox *out, size_t size);

/* As above, from bytes that exist already. */
void outbox_send(struct outbox *out, uint32_t socket, const struct address *local,
                 const struct address *remote, struct bytes bytes);

/* Adds to a TCP stream; never more in all than the credit last told (asserted by the host). */
void outbox_write(struct outbox *out, uint32_t socket, struct bytes bytes);

/* SIZE received bytes are done with: the window opens again by as much. */
void outbox_consume(struct outbox *out, uint32_t socket, size_t size);

/* Sends FIN after what is written; reading goes on. */
void outbox_shutdown(struct outbox *out, uint32_t socket);

/* UDP, listener: closes. TCP: FIN after what is written, and no more events of this socket. The
 * number must not be used again. */
void outbox_close(struct outbox *out, uint32_t socket);

/* TCP: RST; no more events. */
void outbox_abort(struct outbox *out, uint32_t socket);

/* The node's one timer: replaces what was set before. TIME_NEVER unsets it. A time in the past
 * fires at once (after this call of handle). */
void outbox_set_timer(struct outbox *out, int64_t mono_ns);

/* Replaces file NAME (which must live as long as the node) by BLOB; NULL removes it. Takes over
 * one reference. What is not synced is lost in a crash. */
void outbox_disk_write(struct outbox *out, const char *name, struct host_blob *blob);
void outbox_disk_sync(struct outbox *out);

/* What this event asked for takes CPU_NS of the host's processor, and what comes on the event's
 * socket from now on has PRIORITY. Hosts without a limit take no notice. */
void outbox_charge(struct outbox *out, int64_t cpu_ns, enum host_priority priority);

/* Copies NOTE and its name. */
void outbox_note(struct outbox *out, const struct host_note *note);

/* A key of a TLS session for whoever reads captures: LINE in NSS key log format, without line feed.
 * To be told before what is written with the key. */
void outbox_secret(struct outbox *out, struct bytes line);

/* ---- nodes ---------------------------------------------------------------------------- */

struct node_type {
    const char *name;
    size_t state_size;
    /* STATE is zeroed. CONFIG is the type's own struct and outlives the node. ARENA is volatile
     * memory: it goes when the node crashes or stops. */
    void (*init)(void *state, const void *config, struct arena *arena);
    void (*handle)(void *state, const struct host_event *event, struct outbox *out);
    /* Gives back what the arena does not hold (zone versions, tables); NULL if nothing. */
    void (*dispose)(void *state);
};

#endif
