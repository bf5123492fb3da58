/*
 * The end of a connection on real sockets. What the node has written before it closed still goes
 * out, but the node no longer reckons with the connection; so who is slow to take it has a while,
 * and of many who are slow the first are cut off.
 *
 *   open --close--> lingering --all sent--> closed
 *                       `--too long, too many--^
 */
#include <stdlib.h>

#include "scenarios/live/internal.h"

/* ---- lingering: in order of time ------------------------------------------------------------- */

void live_close_forget(struct live_socket *socket)
{
    struct live *live = socket->live;
    if (!socket->lingering)
        return;
    struct live_socket **at = &live->first_lingering;
    while (*at != socket)
        at = &(*at)->next_lingering;
    *at = socket->next_lingering;
    if (live->last_lingering == &socket->next_lingering)
        live->last_lingering = at;
    socket->lingering = false;
    live->lingering_count--;
}

static void cut_first(struct live *live)
{
    struct live_socket *socket = live->first_lingering;
    live_close_forget(socket);
    live_close_handle(socket);
}

static void linger_over(uv_timer_t *timer)
{
    struct live *live = timer->data;
    uint64_t now_ms = uv_now(&live->loop);
    while (live->first_lingering && live->first_lingering->linger_until_ms <= now_ms)
        cut_first(live);
    if (live->first_lingering)
        uv_timer_start(timer, linger_over, live->first_lingering->linger_until_ms - now_ms, 0);
}

static void linger(struct live_socket *socket)
{
    struct live *live = socket->live;
    if (live->lingering_count == LIVE_LINGERING_MAX)
        cut_first(live);
    live->lingering_count++;
    socket->lingering = true;
    socket->linger_until_ms = uv_now(&live->loop) + LIVE_LINGER_MS;
    socket->next_lingering = NULL;
    *live->last_lingering = socket;
    live->last_lingering = &socket->next_lingering;
    if (live->first_lingering == socket)
        uv_timer_start(&live->linger, linger_over, LIVE_LINGER_MS, 0);
}

void live_close_init(struct live *live)
{
    uv_timer_init(&live->loop, &live->linger);
    live->linger.data = live;
    live->last_lingering = &live->first_lingering;
}

/* ---- closing --------------------------------------------------------------------------------- */

static void shut_down(uv_shutdown_t *request, int status)
{
    struct live_socket *socket = request->data;
    (void)status;
    free(request);
    socket->finished = true;
    if (socket->number == 0)
        live_close_handle(socket);
}

static bool begin_shutdown(struct live_socket *socket)
{
    uv_shutdown_t *request = memory_zeroed(sizeof *request);
    request->data = socket;
    socket->finishing = true;
    if (uv_shutdown(request, &socket->stream, shut_down) == 0)
        return true;
    free(request);
    return false;
}

void live_tcp_shutdown(struct live_socket *socket)
{
    begin_shutdown(socket);
}

/* What is written still goes out before the FIN; shut_down closes then. */
void live_tcp_close(struct live_socket *socket)
{
    live_let_go(socket);
    live_tcp_read(socket, false);
    bool under_way = socket->finishing || (socket->kind == LIVE_STREAM && begin_shutdown(socket));
    if (!under_way || socket->finished)
        live_close_handle(socket);
    else
        linger(socket);
}

void live_tcp_abort(struct live_socket *socket)
{
    live_let_go(socket);
    live_close_handle(socket);
}
