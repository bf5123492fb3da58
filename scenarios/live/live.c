/*
 * The real host: a libuv loop around one node, its sockets, its one timer, its disk
 * and the changes and words of operators that the timeline has for it.
 */
#include "scenarios/live/live.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "scenarios/live/internal.h"

/* A change of the timeline, in real time. */
struct live_cue {
    uv_timer_t timer;
    struct live *live;
    const struct stage_change *change;
};

void live_fail(struct live *live, const char *what, int uv_error)
{
    char text[ADDRESS_TEXT_SIZE];
    bool tls = strcmp(what, "TLS") == 0;
    fprintf(stderr, "understudy: can't serve %s on %s: %s\n", what,
            address_format(tls ? &live->options->listen_tls : &live->options->listen, text),
            uv_strerror(uv_error));
    live->code = EXIT_MACHINE;
    live->stopping = true;
    uv_stop(&live->loop);
}

/* ---- sockets ------------------------------------------------------------------------------- */

struct live_socket *live_socket_of(struct live *live, uint32_t number)
{
    return live->sockets[number - 1];
}

struct live_socket *live_open(struct live *live, enum live_socket_kind kind, uint32_t number,
                              void *context)
{
    while (number > live->socket_capacity) {
        size_t old = live->socket_capacity;
        live->socket_capacity = old ? old * 2 : 16;
        live->sockets =
            memory_resize(live->sockets, live->socket_capacity * sizeof(struct live_socket *));
        memset(live->sockets + old, 0,
               (live->socket_capacity - old) * sizeof(struct live_socket *));
    }
    struct live_socket *socket = memory_zeroed(sizeof *socket);
    socket->live = live;
    socket->kind = kind;
    socket->number = number;
    socket->context = context;
    live->sockets[number - 1] = socket;
    return socket;
}

void live_let_go(struct live_socket *socket)
{
    if (socket->number == 0)
        return;
    socket->live->sockets[socket->number - 1] = NULL;
    host_sockets_give(&socket->live->numbers, socket->number);
    socket->number = 0;
}

static void free_socket(uv_handle_t *handle)
{
    live_tcp_forget(handle->data);
    free(handle->data);
}

void live_close_handle(struct live_socket *socket)
{
    if (!uv_is_closing(&socket->handle))
        uv_close(&socket->handle, free_socket);
}

void live_defer_failure(struct live *live, struct live_socket *socket)
{
    socket->next_deferred = live->deferred;
    live->deferred = socket;
}

static void close_socket(struct live_socket *socket)
{
    if (socket->kind == LIVE_STREAM) {
        live_tcp_close(socket);
        return;
    }
    live_let_go(socket);
    live_close_handle(socket);
}

/* ---- the node ------------------------------------------------------------------------------ */

static int64_t mono_ns(const struct live *live)
{
    return (int64_t)uv_hrtime() - live->began_ns;
}

int64_t live_wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void timer_fired(uv_timer_t *timer)
{
    live_deliver(timer->data, &(struct host_event){.kind = HOST_TIMER});
}

/* libuv counts milliseconds: rounded up, or the node would be woken too early and ask again. */
static void set_timer(struct live *live, int64_t at_ns)
{
    int64_t wait_ns = at_ns - mono_ns(live);
    if (at_ns == TIME_NEVER) {
        uv_timer_stop(&live->timer);
        return;
    }
    uint64_t wait_ms = wait_ns > 0 ? (uint64_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
    uv_update_time(&live->loop);
    uv_timer_start(&live->timer, timer_fired, wait_ms, 0);
}

static void carry_out(struct live *live, struct host_action *action)
{
    struct bytes payload = bytes_of(live->out.payload + action->offset, action->size);
    switch (action->kind) {
    case HOST_DO_BIND:
        live_udp_bind(live, action);
        break;
    case HOST_DO_LISTEN:
        live_tcp_listen(live, action);
        break;
    case HOST_DO_SEND:
        live_udp_send(live, action, payload);
        break;
    case HOST_DO_CONNECT:
        live_tcp_connect(live, action);
        break;
    case HOST_DO_CONTEXT:
        live_socket_of(live, action->socket)->context = action->context;
        break;
    case HOST_DO_WRITE:
        live_tcp_write(live_socket_of(live, action->socket), payload);
        break;
    case HOST_DO_CONSUME:
        live_tcp_consume(live_socket_of(live, action->socket), action->size);
        break;
    case HOST_DO_SHUTDOWN:
        live_tcp_shutdown(live_socket_of(live, action->socket));
        break;
    case HOST_DO_CLOSE:
        close_socket(live_socket_of(live, action->socket));
        break;
    case HOST_DO_ABORT:
        live_tcp_abort(live_socket_of(live, action->socket));
        break;
    case HOST_DO_TIMER:
        set_timer(live, action->at_ns);
        break;
    case HOST_DO_DISK_WRITE:
        live_disk_write(live, action->disk.name, action->disk.blob);
        action->disk.blob = NULL;
        break;
    case HOST_DO_DISK_SYNC:
        live_disk_sync(live);
        break;
    case HOST_DO_SECRET: /* nobody captures */
    case HOST_DO_CHARGE: /* takes as long as it takes */
        break;
    case HOST_DO_NOTE:
        live_note(live, &action->note, payload);
        break;
    }
}

void live_deliver(struct live *live, struct host_event *event)
{
    if (live->stopping)
        return;
    event->mono_ns = mono_ns(live);
    event->wall_ns =
        live_wall_ns() + stage_clock_offset_ns(live->options->stage, live->options->member);
    event->random = &live->random;
    outbox_reset(&live->out, &live->numbers);
    live->type->handle(live->state, event, &live->out);
    for (size_t i = 0; i < live->out.count && !live->stopping; i++)
        carry_out(live, &live->out.actions[i]);
    while (live->deferred) {
        struct live_socket *socket = live->deferred;
        live->deferred = socket->next_deferred;
        live_tcp_lose(socket, HOST_CONNECT_FAILED, HOST_NO_ADDRESS);
    }
}

/* ---- begin and end ------------------------------------------------------------------------- */

static void stop(uv_signal_t *signal, int number)
{
    struct live *live = signal->data;
    (void)number;
    live_deliver(live, &(struct host_event){.kind = HOST_STOPPING});
    live->stopping = true;
    uv_stop(&live->loop);
}

static void catch_signals(struct live *live)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (unsigned i = 0; i < 2; i++) {
        uv_signal_init(&live->loop, &live->signals[i]);
        live->signals[i].data = live;
        uv_signal_start(&live->signals[i], stop, numbers[i]);
    }
}

static void cue_fired(uv_timer_t *timer)
{
    struct live_cue *cue = timer->data;
    live_deliver(cue->live, &(struct host_event){.kind = HOST_COMMAND,
                                                 .name = cue->change->command,
                                                 .bytes = stage_command_bytes(cue->change)});
}

/* Only what happens to this node itself: nobody can make a real network fail from here. */
static void plan_changes(struct live *live)
{
    const struct stage *stage = live->options->stage;
    live->cues = memory_zeroed((stage->change_count + 1) * sizeof *live->cues);
    for (size_t i = 0; i < stage->change_count; i++) {
        const struct stage_change *change = &stage->changes[i];
        if (!stage_is_meant(live->options->member, &change->on))
            continue;
        struct live_cue *cue = &live->cues[live->cue_count++];
        cue->live = live;
        cue->change = change;
        uv_timer_init(&live->loop, &cue->timer);
        cue->timer.data = cue;
        uv_timer_start(&cue->timer, cue_fired, (uint64_t)(change->at_ns / NS_PER_MS), 0);
    }
}

static void seed_random(struct live *live)
{
    if (getrandom(&live->random.key, sizeof live->random.key, 0) != sizeof live->random.key)
        live->random.key = uv_hrtime();
}

static bool begin(struct live *live)
{
    const struct stage_member *member = live->options->member;
    uv_timer_init(&live->loop, &live->timer);
    live->timer.data = live;
    live_tcp_init(live);
    live->began_ns = (int64_t)uv_hrtime();
    seed_random(live);
    catch_signals(live);
    live->type = stage_node_type(member);
    live->state = arena_alloc(&live->arena, live->type->state_size);
    live->type->init(live->state,
                     stage_node_config((struct stage *)(uintptr_t)live->options->stage, member),
                     &live->arena);
    if (!live_disk_load(live))
        return false;
    live_deliver(live, &(struct host_event){.kind = HOST_STARTED});
    plan_changes(live);
    return !live->stopping;
}

static void close_one(uv_handle_t *handle, void *context)
{
    struct live *live = context;
    bool ours = handle == (uv_handle_t *)&live->timer ||
                handle == (uv_handle_t *)&live->signals[0] ||
                handle == (uv_handle_t *)&live->signals[1] || handle->type == UV_TIMER ||
                handle->type == UV_IDLE;
    if (!uv_is_closing(handle))
        uv_close(handle, ours ? NULL : free_socket);
}

static void end(struct live *live)
{
    if (live->state && live->type->dispose)
        live->type->dispose(live->state);
    live->stopping = true;
    uv_walk(&live->loop, close_one, live);
    uv_run(&live->loop, UV_RUN_DEFAULT);
    uv_loop_close(&live->loop);
    if (live->disk.failing)
        live->code = EXIT_MACHINE;
    live_disk_free(live);
    outbox_free(&live->out);
    host_sockets_free(&live->numbers);
    arena_release(&live->arena);
    free(live->sockets);
    free(live->cues);
    free(live->unmapped);
}

/* Each connection needs a descriptor. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

enum exit_code live_serve(const struct live_options *options)
{
    struct live live = {.options = options, .code = EXIT_HELD};
    char text[ADDRESS_TEXT_SIZE];
    signal(SIGPIPE, SIG_IGN);
    raise_limit();
    int error = uv_loop_init(&live.loop);
    if (error != 0) {
        fprintf(stderr, "understudy: no event loop: %s\n", uv_strerror(error));
        return EXIT_MACHINE;
    }
    if (!begin(&live)) {
        live.code = EXIT_MACHINE;
    } else {
        live_say(&live, "%s serves on %s", options->member->name,
                 address_format(&options->listen, text));
        live_log_likeness(&live);
        uv_run(&live.loop, UV_RUN_DEFAULT);
    }
    end(&live);
    return live.code;
}
