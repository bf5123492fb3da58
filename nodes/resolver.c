/*
 * The resolver node: takes events in and calls the room that they concern.
 */
#include "nodes/resolver.h"

#include "nodes/resolver_parts.h"

#define DEFAULT_CACHE_SIZE ((size_t)64 << 20)
enum { DEFAULT_MAX_TTL_S = 86400 };

static void init(void *state, const void *config, struct arena *arena)
{
    struct resolver *r = state;
    r->config = config;
    r->arena = arena;
    r->policy = &select_policies[r->config->software];
    cache_init(&r->cache,
               r->config->cache_size_max ? r->config->cache_size_max : DEFAULT_CACHE_SIZE);
    select_init(&r->select, r->config->software);
    r->limits.max_ttl_s = r->config->max_ttl_s ? r->config->max_ttl_s : DEFAULT_MAX_TTL_S;
    r->limits.max_negative_ttl_s = r->config->max_negative_ttl_s ? r->config->max_negative_ttl_s
                                                                 : r->policy->max_negative_ttl_s;
}

static void start(struct turn *turn)
{
    struct resolver *r = turn->resolver;
    struct address listen = r->config->listen;
    if (listen.port == 0)
        listen.port = RESOLVER_PORT;
    r->udp_socket = outbox_bind(turn->out, &listen, NULL);
    r->tcp_socket = outbox_listen(turn->out, &listen, NULL);
}

static void timer(struct turn *turn)
{
    struct resolver *r = turn->resolver;
    deadlines_timer_fired(&r->deadlines);
    struct deadline *deadline;
    while ((deadline = deadlines_due(&r->deadlines, turn->now_ns))) {
        switch ((enum resolver_deadline)deadline->kind) {
        case DEADLINE_ANSWER:
            lookup_no_response(turn, deadline->owner, false);
            break;
        case DEADLINE_LOOKUP:
            lookup_expired(turn, deadline->owner);
            break;
        case DEADLINE_IDLE:
            client_idle(turn, deadline->owner);
            break;
        }
    }
}

static void socket_event(struct turn *turn)
{
    enum resolver_endpoint *endpoint = turn->event->context;
    if (!endpoint)
        return;
    switch (*endpoint) {
    case ENDPOINT_UPSTREAM:
        upstream_event(turn, (struct upstream *)endpoint);
        break;
    case ENDPOINT_CONNECTION:
        client_connection_event(turn, (struct connection *)endpoint);
        break;
    }
}

static void dispatch(struct turn *turn)
{
    switch (turn->event->kind) {
    case HOST_STARTED:
        start(turn);
        break;
    case HOST_TIMER:
        timer(turn);
        break;
    case HOST_DATAGRAM:
        if (turn->event->socket == turn->resolver->udp_socket)
            client_datagram(turn);
        else
            socket_event(turn);
        break;
    case HOST_ACCEPTED:
        client_accepted(turn);
        break;
    case HOST_UNREACHABLE:
    case HOST_CONNECTED:
    case HOST_CONNECT_FAILED:
    case HOST_BYTES:
    case HOST_WRITABLE:
    case HOST_FINISHED:
    case HOST_RESET:
        socket_event(turn);
        break;
    case HOST_DISK:
    case HOST_COMMAND:
    case HOST_STOPPING:
        break;
    }
}

static void handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct turn turn = {.resolver = state, .event = event, .out = out, .now_ns = event->mono_ns};
    dispatch(&turn);
    lookup_run_ready(&turn);
    deadlines_set_timer(&turn.resolver->deadlines, out);
}

static void dispose(void *state)
{
    struct resolver *r = state;
    request_free_all(r);
    lookup_free_all(r);
    client_free_all(r);
    deadlines_free(&r->deadlines);
    cache_free(&r->cache);
    select_free(&r->select);
}

const struct node_type resolver_node = {
    .name = "resolver",
    .state_size = sizeof(struct resolver),
    .init = init,
    .handle = handle,
    .dispose = dispose,
};
