/* What the files of scenarios/live/ share. */
#ifndef SCENARIOS_LIVE_INTERNAL_H
#define SCENARIOS_LIVE_INTERNAL_H

#include <netinet/in.h>
#include <uv.h>

#include "nodes/host.h"
#include "scenarios/live/live.h"
#include "sim/base/table.h"

enum {
    LIVE_SEND_BUFFER = 256 * 1024,    /* octets that may wait in one connection */
    LIVE_RECEIVE_BUFFER = 512 * 1024, /* octets that the node may leave unconsumed */
    LIVE_LINGER_MS = 60000,           /* how long a closed connection may take to send the rest */
    LIVE_LINGERING_MAX = 256,
};

enum live_socket_kind { LIVE_FREE, LIVE_UDP, LIVE_LISTENER, LIVE_STREAM };

/* A socket of the node. Lives until libuv has closed its handle, which may be after the node has
 * let go of its number. */
struct live_socket {
    struct live *live;
    enum live_socket_kind kind;
    uint32_t number; /* 0: the node has let go */
    void *context;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_udp_t udp;
        uv_tcp_t tcp;
    };
    struct address remote; /* as the node sees it; UDP: where it has sent to last */
    uv_connect_t connect;
    size_t waiting;    /* octets given to libuv and not yet written */
    size_t unconsumed; /* octets the node has not given back */
    bool reading, finishing, finished, told_full;
    bool ended;      /* the peer has sent FIN: reading on would tell of it again */
    bool has_errors; /* UDP: the queue of ICMP messages is to be looked at */
    struct live_socket *next_deferred;
    bool in_turn; /* waits to be told that it may write again */
    struct live_socket *next_in_turn;
    bool lingering; /* closed by the node, with something still to send */
    uint64_t linger_until_ms;
    struct live_socket *next_lingering;
};

/* What is still to be written. */
struct live_disk {
    struct table changed;   /* struct live_file by name */
    struct table under_way; /* those that a thread writes at present */
    bool is_writing;
    bool due;     /* CHANGED is to be written as soon as the thread is done */
    bool failing; /* something of what was written last could not be */
    uv_work_t work;
    bool locked;
    int lock; /* descriptor of the file that says whose the directory is */
};

struct live {
    const struct live_options *options;
    const struct node_type *type;
    void *state;
    struct arena arena;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t signals[2];
    struct live_cue *cues;
    size_t cue_count;
    struct random random;
    struct host_sockets numbers;
    struct live_socket **sockets; /* by number - 1 */
    size_t socket_capacity;
    struct live_socket *deferred; /* could not be connected; the node is to be told */
    uv_idle_t turn;               /* runs while somebody is in turn */
    struct live_socket *first_in_turn, **last_in_turn;
    uv_timer_t linger; /* for the first of those that linger */
    struct live_socket *first_lingering, **last_lingering;
    size_t lingering_count;
    struct outbox out;
    int64_t began_ns; /* uv_hrtime at start */
    struct live_disk disk;
    const struct stage_member **unmapped; /* told of already */
    size_t unmapped_count, unmapped_capacity;
    enum exit_code code;
    bool stopping;
};

/* Hands EVENT to the node and does what it answers; fills in times and randomness. (live.c) */
void live_deliver(struct live *live, struct host_event *event);

/* Says a sentence on stderr and ends with EXIT_MACHINE. */
void live_fail(struct live *live, const char *what, int uv_error);

/* Real time, Unix. */
int64_t live_wall_ns(void);

/* ---- the log (log.c) ------------------------------------------------------------------------- */

/* A line on stderr of a time (UTC) and a sentence; none if the user wants quiet. */
void live_say(const struct live *live, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says which nodes of the map can't be told apart by where they speak from. */
void live_log_likeness(const struct live *live);

/* A line for what the node notes, if it is worth one. */
void live_note(struct live *live, const struct host_note *note, struct bytes name);

/* ---- addresses (address.c) ----------------------------------------------------------------- */

/* MEMBER of the scenario has address A, whatever the port. */
bool live_has_address(const struct stage_member *member, const struct address *a);

/* The real place of scenario address A. False: nobody said where its node is. */
bool live_real(struct live *live, const struct address *a, struct sockaddr_storage *out);
/* Who of the map speaks from a real address and port: the first of those that are equally likely.
 * NULL: nobody. */
const struct live_peer *live_sender(const struct live *live, const struct address *real);
/* What the node sees of a real address: a peer's scenario address with the real port, unless the
 * port is the one it serves on, which is 53 to the node. */
struct address live_seen(const struct live *live, const struct sockaddr *real);
/* Likewise of a socket that has sent to ASKED: of a node's several addresses its answer bears that
 * one. */
struct address live_seen_again(const struct live *live, const struct sockaddr *real,
                               const struct address *asked);
void live_sockaddr(const struct address *a, struct sockaddr_storage *out);
/* The node's own address, of the family of LIKE if it has one. */
struct address live_own(const struct live *live, const struct address *like, uint16_t port);

/* ---- sockets (udp.c, tcp.c, tcp_close.c)
 * -------------------------------------------------------------------
 */

struct live_socket *live_socket_of(struct live *live, uint32_t number);
struct live_socket *live_open(struct live *live, enum live_socket_kind kind, uint32_t number,
                              void *context);
/* The node's number is free again. Does nothing the second time. */
void live_let_go(struct live_socket *socket);
/* Frees SOCKET once libuv has closed the handle. */
void live_close_handle(struct live_socket *socket);

/* The node is told that SOCKET can't be connected once its present actions are done. */
void live_defer_failure(struct live *live, struct live_socket *socket);

void live_udp_bind(struct live *live, const struct host_action *action);
void live_udp_send(struct live *live, const struct host_action *action, struct bytes bytes);
void live_tcp_listen(struct live *live, const struct host_action *action);
void live_tcp_connect(struct live *live, const struct host_action *action);
void live_tcp_write(struct live_socket *socket, struct bytes bytes);
void live_tcp_consume(struct live_socket *socket, size_t size);
void live_tcp_shutdown(struct live_socket *socket);
void live_tcp_close(struct live_socket *socket);
void live_tcp_abort(struct live_socket *socket);
/* Whether the node is told of what comes. */
void live_tcp_read(struct live_socket *socket, bool on);
/* Before the first connection. */
void live_tcp_init(struct live *live);
void live_close_init(struct live *live);
/* SOCKET is about to be freed. */
void live_tcp_forget(struct live_socket *socket);
void live_close_forget(struct live_socket *socket);
void live_tcp_lose(struct live_socket *socket, enum host_event_kind kind,
                   enum host_failure failure);

/* ---- disk (disk.c, disk_write.c) --------------------------------------------------------------
 */

/* Takes the directory, which must be no other process's, and hands the node every file in it, in
 * order of name. False after an error. */
bool live_disk_load(struct live *live);

/* Ends the name of a file that is not yet whole. */
#define LIVE_DISK_TEMPORARY ".new"

/* The file that NAME is kept in, and END; to be freed. */
char *live_disk_path(const struct live *live, const char *name, const char *end);
void live_disk_complain(const struct live *live, const char *name, int error);

/* Takes over the reference to BLOB; NULL removes the file. */
void live_disk_write(struct live *live, const char *name, struct host_blob *blob);
/* Has it written beside the loop, which does not end before. */
void live_disk_sync(struct live *live);

/* After the loop's end. */
void live_disk_free(struct live *live);

#endif
