/*
 * Drives one node by hand: feeds it events and keeps what it answers, so that a
 * test reads like "this datagram in, that datagram out". No network and no time
 * of its own: the test says what arrives and when.
 */
#ifndef TESTS_SUPPORT_NODE_DRIVER_H
#define TESTS_SUPPORT_NODE_DRIVER_H

#include "nodes/host.h"
#include "nodes/note.h"

/* Something that left the node: HOST_DO_SEND, _CONNECT, _WRITE, _CONSUME, _SHUTDOWN, _CLOSE or
 * _ABORT, in order; and HOST_DO_CHARGE. */
struct driver_output {
    enum host_action_kind kind;
    uint32_t socket;
    struct address local, remote;
    struct bytes bytes;          /* owned by the driver */
    size_t size;                 /* of what is consumed */
    enum host_priority priority; /* of a charge */
};

enum driver_socket_state {
    DRIVER_FREE,
    DRIVER_UDP,
    DRIVER_LISTENING,
    DRIVER_CONNECTING,
    DRIVER_OPEN
};

struct driver_socket {
    enum driver_socket_state state;
    void *context;
    struct address local, remote;
    size_t credit; /* as told last, less what was written: writing more fails the test */
};

struct driver_file {
    const char *name; /* owned by the driver */
    struct host_blob *blob;
    struct host_blob *synced;
};

struct driver_note {
    struct host_note note;
    uint8_t name[256];
    int64_t now_ns;
};

struct node_driver {
    const struct node_type *type;
    const void *config;
    void *state; /* NULL while it is down */
    struct arena arena;
    struct outbox out;
    struct host_sockets sockets;
    struct random random;
    int64_t now_ns;         /* handed to the node as mono_ns */
    int64_t wall_offset_ns; /* added for wall_ns */
    int64_t timer_ns;
    uint16_t next_port;
    struct driver_socket *socket_list; /* by number */
    size_t socket_capacity;
    struct driver_output *outputs; /* since driver_forget */
    size_t output_count, output_capacity;
    struct driver_note *notes; /* since driver_forget */
    size_t note_count, note_capacity;
    struct driver_file *files;
    size_t file_count, file_capacity;
    bool disk_as_octets; /* the disk is real: the node gets what its blobs encode to */
    size_t disk_cut;     /* of which the last so many are lost */
};

/* DRIVER is zeroed by this. The node is initialised, sees its disk and is started. */
void driver_create(struct node_driver *driver, const struct node_type *type, const void *config,
                   int64_t now_ns);

/* The process goes: volatile state is lost, and what was not synced with it. */
void driver_crash(struct node_driver *driver);

/* The same after its last words. */
void driver_stop(struct node_driver *driver);
void driver_start(struct node_driver *driver);
void driver_free(struct node_driver *driver);

/* While it is down: file NAME becomes BLOB, of which one reference is taken over. */
void driver_put_file(struct node_driver *driver, const char *name, struct host_blob *blob);

/* Forgets outputs and notes, not sockets and disk. */
void driver_forget(struct node_driver *driver);
void driver_forget_outputs(struct node_driver *driver);

/* A datagram to LOCAL, given to whatever UDP socket is bound to its port; false if there is none.
 */
bool driver_datagram(struct node_driver *driver, const struct address *local,
                     const struct address *remote, struct bytes bytes);
void driver_unreachable(struct node_driver *driver, uint32_t socket, const struct address *remote);

/* A connection from REMOTE to LOCAL's port; its socket number, or 0 if nobody listens. */
uint32_t driver_accept(struct node_driver *driver, const struct address *local,
                       const struct address *remote, size_t credit);
void driver_connected(struct node_driver *driver, uint32_t socket, size_t credit);
void driver_connect_failed(struct node_driver *driver, uint32_t socket, enum host_failure failure);
void driver_bytes(struct node_driver *driver, uint32_t socket, struct bytes bytes);
void driver_writable(struct node_driver *driver, uint32_t socket, size_t credit);
void driver_finished(struct node_driver *driver, uint32_t socket);
void driver_reset(struct node_driver *driver, uint32_t socket, enum host_failure failure);
void driver_command(struct node_driver *driver, const char *name, struct bytes bytes);

/* Lets time pass until UNTIL_NS, firing the node's timer whenever it is due. */
void driver_advance(struct node_driver *driver, int64_t until_ns);

/* The Nth (from 0) output of KIND since driver_forget, or NULL. */
const struct driver_output *driver_output(const struct node_driver *driver,
                                          enum host_action_kind kind, size_t n);
size_t driver_output_count(const struct node_driver *driver, enum host_action_kind kind);

/* The last note of KIND since driver_forget, or NULL. */
const struct host_note *driver_note(const struct node_driver *driver, enum note_kind kind);
size_t driver_note_count(const struct node_driver *driver, enum note_kind kind);

#endif
