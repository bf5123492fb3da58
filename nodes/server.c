/*
 * The name server node: its zones, and which room an event belongs to.
 */
#include "nodes/secondary.h"

#include <assert.h>
#include <stdlib.h>

/* ---- zones by name ------------------------------------------------------------------------- */

struct server_zone *server_find_origin(const struct server *server, const uint8_t *name)
{
    uint8_t lower[NAME_SIZE_MAX];
    size_t size = name_lower(name, lower);
    return table_get(&server->zones, bytes_of(lower, size));
}

static bool has_depth(const struct server *server, size_t labels)
{
    return server->zone_depths[labels / 64] >> labels % 64 & 1;
}

struct server_zone *server_find_zone(const struct server *server, const uint8_t *name)
{
    uint8_t lower[NAME_SIZE_MAX];
    size_t size = name_lower(name, lower);
    size_t labels = name_label_count(lower);
    for (const uint8_t *suffix = lower;; suffix = name_parent(suffix), labels--) {
        if (has_depth(server, labels)) {
            struct server_zone *zone =
                table_get(&server->zones, bytes_of(suffix, size - (size_t)(suffix - lower)));
            if (zone)
                return zone;
        }
        if (labels == 0)
            return NULL;
    }
}

/* ---- small services ------------------------------------------------------------------------ */

void server_charge_answer(const struct server *server)
{
    if (server->config->work_ns > 0)
        outbox_charge(server->out, server->config->work_ns, HOST_FIRST);
}

void server_charge_transfer(const struct server *server, size_t octets)
{
    int64_t answers = 1 + (int64_t)(octets / 1024);
    if (server->config->work_ns > 0)
        outbox_charge(server->out, server->config->work_ns * answers, HOST_LATER);
}

uint16_t server_random_id(const struct server *server)
{
    return (uint16_t)(random_next(server->event->random) >> 48);
}

struct address server_with_port(const struct address *remote)
{
    struct address address = *remote;
    if (address.port == 0)
        address.port = SERVER_PORT;
    return address;
}

struct address server_source_for(const struct server *server, const struct address *remote)
{
    struct address source = server->config->transfer_source;
    source.port = 0;
    if (address_is_ipv4(&source) != address_is_ipv4(remote))
        return (struct address){0};
    return source;
}

bool server_addresses_contain(const struct server_addresses *addresses,
                              const struct address *address)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (address_same_ip(&addresses->list[i], address))
            return true;
    return false;
}

const struct tsig_key *server_key(const struct server_addresses *addresses, size_t n)
{
    return addresses->keys ? addresses->keys[n] : NULL;
}

bool server_access_allows(const struct server_access *access, const struct server_request *request)
{
    const struct server_addresses *addresses = &access->addresses;
    for (size_t i = 0; i < addresses->count; i++) {
        const struct tsig_key *key = server_key(addresses, i);
        bool from_there = address_is_any(&addresses->list[i]) ||
                          address_same_ip(&addresses->list[i], request->remote);
        bool signed_so = !key || (request->tsig && request->tsig->key &&
                                  name_equal(request->tsig->key->name, key->name));
        if (from_there && signed_so)
            return true;
    }
    return access->any;
}

void server_check_signature(const struct server *server, struct server_request *request,
                            struct tsig *tsig)
{
    request->wall_ns = server->event->wall_ns;
    if (request->message->tsig_at == 0)
        return;
    request->signature =
        tsig_receive(tsig, &server->config->keys, request->message, request->wall_ns);
    if (request->signature != TSIG_MALFORMED)
        request->tsig = tsig;
}

/* ---- life ---------------------------------------------------------------------------------- */

static void init(void *state, const void *config, struct arena *arena)
{
    struct server *server = state;
    server->config = config;
    server->policy = server->config->policy ? server->config->policy : &server_policy_rfc;
    server->arena = arena;
    server->udp = (struct socket_context){SOCKET_UDP, server};
    server->listener = (struct socket_context){SOCKET_LISTENER, server};
    server->tls_listener = (struct socket_context){SOCKET_TLS, server};
    server->zone_list = arena_alloc(arena, server->config->zone_count * sizeof *server->zone_list);
    for (size_t i = 0; i < server->config->zone_count; i++)
        server_zone_init(server, &server->zone_list[i], &server->config->zones[i]);
    server_work_init(server);
}

static void dispose(void *state)
{
    struct server *server = state;
    server_tcp_dispose(server);
    secondary_kept_dispose(server);
    for (size_t i = 0; i < server->zones.used; i++)
        if (server->zones.entries[i].value)
            server_zone_dispose(server->zones.entries[i].value);
    server_catalog_dispose(server);
    table_free(&server->zones);
    server_zone_forget_files(server);
    zone_disk_forget(server);
    table_free(&server->sources);
    deadlines_free(&server->deadlines);
}

static void start(struct server *server)
{
    struct address any = {.port = SERVER_PORT};
    server->started_ns = server->checked_ns = server->now_ns;
    server->udp_socket = outbox_bind(server->out, &any, &server->udp);
    outbox_listen(server->out, &any, &server->listener);
    server_tls_start(server);
    for (size_t i = 0; i < server->config->zone_count; i++)
        server_zone_start(&server->zone_list[i]);
    server_catalog_restore(server);
    zone_disk_forget(server);
}

/* ---- events -------------------------------------------------------------------------------- */

static void socket_event(struct server *server)
{
    struct socket_context *context = server->event->context;
    switch (context->role) {
    case SOCKET_UDP:
        if (server->event->kind == HOST_DATAGRAM)
            server_query_datagram(server);
        break;
    case SOCKET_LISTENER:
    case SOCKET_TLS:
        server_tcp_accepted(server, context->role == SOCKET_TLS);
        break;
    case SOCKET_CONNECTION:
        server_tcp_event(server, context->owner);
        break;
    case SOCKET_SOA_QUERY:
        secondary_soa_event(context->owner);
        break;
    case SOCKET_TRANSFER:
        secondary_transfer_event(context->owner);
        break;
    case SOCKET_KEPT:
        secondary_kept_event(server, context->owner);
        break;
    case SOCKET_NOTIFY:
        notify_event(context->owner);
        break;
    }
}

static void fire(struct server *server)
{
    struct deadline *due;
    deadlines_timer_fired(&server->deadlines);
    while ((due = deadlines_due(&server->deadlines, server->now_ns)) != NULL)
        switch ((enum server_deadline)due->kind) {
        case DEADLINE_SECONDARY:
            secondary_due(due->owner);
            break;
        case DEADLINE_TRANSFER:
            secondary_transfer_overdue(due->owner);
            break;
        case DEADLINE_EXPIRE:
            secondary_expire(due->owner);
            break;
        case DEADLINE_NOTIFY:
            notify_due(due->owner);
            break;
        case DEADLINE_NOTIFY_ROUND:
            notify_round_due(due->owner);
            break;
        case DEADLINE_SIGNATURES:
            primary_sign_due(due->owner);
            break;
        case DEADLINE_CHECKS:
        case DEADLINE_NOTIFIES:
            server_work_due(server, due->kind);
            break;
        case DEADLINE_KEPT:
            secondary_kept_due(server, due->owner);
            break;
        case DEADLINE_CONNECTION:
            server_tcp_due(server, due->owner);
            break;
        }
}

static void command(struct server *server)
{
    const struct host_event *event = server->event;
    if (strcmp(event->name, SERVER_COMMAND_CHANGE) == 0) {
        struct server_change change;
        assert(event->bytes.size == sizeof change);
        memcpy(&change, event->bytes.data, sizeof change);
        primary_change(server, &change);
    } else if (strcmp(event->name, SERVER_COMMAND_CERTIFICATE) == 0) {
        server_tls_note(server, true);
    } else {
        operator_command(server);
    }
}

/* All that must survive is on the disk already; this need not. */
static void remember(const struct server *server)
{
    for (size_t i = 0; i < server->zones.used; i++) {
        const struct server_zone *zone = server->zones.entries[i].value;
        if (zone && zone->secondary)
            secondary_remember(zone);
        else if (zone)
            notify_remember(zone);
    }
}

static void dispatch(struct server *server)
{
    switch (server->event->kind) {
    case HOST_DISK:
        zone_disk_found(server);
        break;
    case HOST_STARTED:
        start(server);
        break;
    case HOST_DATAGRAM:
    case HOST_UNREACHABLE:
    case HOST_ACCEPTED:
    case HOST_CONNECTED:
    case HOST_CONNECT_FAILED:
    case HOST_BYTES:
    case HOST_WRITABLE:
    case HOST_FINISHED:
    case HOST_RESET:
        socket_event(server);
        break;
    case HOST_TIMER:
        fire(server);
        break;
    case HOST_COMMAND:
        command(server);
        break;
    case HOST_STOPPING:
        remember(server);
        break;
    }
}

static void handle(void *state, const struct host_event *event, struct outbox *out)
{
    struct server *server = state;
    server->event = event;
    server->out = out;
    server->now_ns = event->mono_ns;
    server_zone_forget_files(server);
    dispatch(server);
    if (server->catalogs_due)
        server_catalog_work(server);
    deadlines_set_timer(&server->deadlines, out);
    server->event = NULL;
    server->out = NULL;
}

const struct node_type server_node = {
    .name = "server",
    .state_size = sizeof(struct server),
    .init = init,
    .handle = handle,
    .dispose = dispose,
};
