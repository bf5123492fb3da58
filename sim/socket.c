/*
 * The socket layer of a host: UDP ports here, TCP through the host's stack, which
 * is made when the first socket or segment needs it.
 */
#include "sim/socket.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/icmp.h"
#include "sim/internal.h"

enum { EPHEMERAL_LOW = 1024, EPHEMERAL_HIGH = 65535 };

static struct socket *socket_of(struct sim_host *host, uint32_t number)
{
    assert(number > 0 && number <= host->socket_capacity);
    return &host->sockets[number - 1];
}

static struct socket *open_socket(struct sim_host *host, uint32_t number, enum socket_kind kind,
                                  void *context)
{
    if (number > host->socket_capacity) {
        size_t capacity = host->socket_capacity ? host->socket_capacity * 2 : 2;
        while (capacity < number)
            capacity *= 2;
        host->sockets = memory_resize(host->sockets, capacity * sizeof *host->sockets);
        memset(host->sockets + host->socket_capacity, 0,
               (capacity - host->socket_capacity) * sizeof *host->sockets);
        host->socket_capacity = capacity;
    }
    struct socket *socket = &host->sockets[number - 1];
    assert(socket->kind == SOCKET_FREE);
    *socket = (struct socket){.kind = kind, .context = context};
    return socket;
}

static void free_socket(struct sim_host *host, uint32_t number)
{
    socket_of(host, number)->kind = SOCKET_FREE;
    host_sockets_give(&host->numbers, number);
}

/* The host's first own address of the family of REMOTE; a host with none can't be heard. */
static const struct address *source_for(const struct sim_host *host, const struct address *remote)
{
    bool ipv4 = address_is_ipv4(remote);
    for (uint32_t i = 0; i < host->address_count; i++)
        if (address_is_ipv4(&host->addresses[i]) == ipv4)
            return &host->addresses[i];
    return NULL;
}

/* ---- UDP -------------------------------------------------------------------------------- */

/* 0: all of them are taken. */
static uint16_t ephemeral_port(struct sim_host *host)
{
    if (host->ports.count > EPHEMERAL_HIGH - EPHEMERAL_LOW)
        return 0;
    for (;;) {
        uint16_t port =
            (uint16_t)(EPHEMERAL_LOW +
                       random_below(&host->port_random, EPHEMERAL_HIGH - EPHEMERAL_LOW + 1));
        if (!ports_find(&host->ports, port))
            return port;
    }
}

void socket_bind(struct sim_host *host, uint32_t number, const struct address *local, void *context)
{
    struct socket *socket = open_socket(host, number, SOCKET_UDP, context);
    socket->local = *local;
    socket->port = local->port ? local->port : ephemeral_port(host);
    if (socket->port != 0)
        ports_add(&host->ports, socket->port, number);
}

void socket_send(struct sim_host *host, uint32_t number, const struct address *source,
                 const struct address *remote, struct bytes bytes)
{
    struct socket *socket = socket_of(host, number);
    assert(socket->kind == SOCKET_UDP && bytes.size <= UINT16_MAX - 8);
    const struct address *from = source;
    if (socket->port == 0)
        return; /* the kernel says EADDRINUSE, the node times out */
    if (address_is_any(from))
        from = address_is_any(&socket->local) ? source_for(host, remote) : &socket->local;
    if (!from)
        return; /* no address of that family: the kernel says ENETUNREACH, the node times out */
    struct packet *packet = network_packet(host, IP_UDP, from, remote, bytes.size);
    packet->source.port = socket->port;
    memcpy(packet->data, bytes.data, bytes.size);
    network_send(host, packet);
}

static void datagram_arrived(struct sim_host *host, const struct packet *packet)
{
    uint32_t number = ports_find(&host->ports, packet->destination.port);
    const struct socket *socket = number ? &host->sockets[number - 1] : NULL;
    if (!socket || (!address_is_any(&socket->local) &&
                    !address_same_ip(&socket->local, &packet->destination))) {
        icmp_send_unreachable(host, packet);
        return;
    }
    struct host_event event = {
        .kind = HOST_DATAGRAM,
        .socket = number,
        .context = socket->context,
        .local = &packet->destination,
        .remote = &packet->source,
        .bytes = bytes_of(packet->data, packet->size),
    };
    occupant_deliver(host, &event);
}

static void unreachable_arrived(struct sim_host *host, const struct packet *packet)
{
    uint8_t protocol = 0;
    struct address local = {0}, remote = {0};
    if (!icmp_read_unreachable(packet, &protocol, &local, &remote))
        return;
    if (protocol == IP_TCP && host->tcp)
        tcp_unreachable(host->tcp, &local, &remote, host->sim->now_ns);
    uint32_t number = protocol == IP_UDP ? ports_find(&host->ports, local.port) : 0;
    if (number == 0)
        return;
    struct host_event event = {
        .kind = HOST_UNREACHABLE,
        .socket = number,
        .context = host->sockets[number - 1].context,
        .local = &local,
        .remote = &remote,
    };
    occupant_deliver(host, &event);
}

/* ---- TCP: what the stack asks of us --------------------------------------------------- */

/* The stack fills a packet in place: one is in the making at a time. */
static uint8_t *tcp_room(void *context, size_t size)
{
    struct sim_host *host = context;
    host->segment = packet_take(&host->sim->packets, size);
    return host->segment->data;
}

static void tcp_send(void *context, const struct address *source, const struct address *destination,
                     size_t size)
{
    struct sim_host *host = context;
    struct packet *packet = host->segment;
    host->segment = NULL;
    packet->protocol = IP_TCP;
    packet->source = *source;
    packet->destination = *destination;
    packet->sender = host->id;
    packet->size = (uint32_t)size;
    network_send(host, packet);
}

static bool ends_socket(enum tcp_event_kind kind)
{
    return kind == TCP_CONNECT_FAILED || kind == TCP_RESET;
}

/* What came first on a socket stays first: none goes past those that wait to be done later. */
static struct socket_event *keep_event(struct sim_host *host, struct socket *socket)
{
    bool later = socket->later || socket->later_waiting > 0;
    struct socket_events *events = later ? &host->later : &host->pending;
    socket->later_waiting += later;
    memory_reserve(events->items, events->count, events->capacity);
    return &events->items[events->count++];
}

static void tcp_happened(void *context, const struct tcp_event *happened)
{
    struct sim_host *host = context;
    if (happened->kind == TCP_ACCEPTED)
        open_socket(host, happened->socket, SOCKET_TCP,
                    socket_of(host, happened->listener)->context);
    if (ends_socket(happened->kind))
        socket_of(host, happened->socket)->gone = true;
    struct socket_event *kept = keep_event(host, socket_of(host, happened->socket));
    *kept = (struct socket_event){.event = *happened};
    if (happened->local)
        kept->local = *happened->local;
    if (happened->remote)
        kept->remote = *happened->remote;
    if (happened->bytes.size > 0) {
        kept->bytes = memory_alloc(happened->bytes.size);
        memcpy(kept->bytes, happened->bytes.data, happened->bytes.size);
    }
}

static void tcp_deadline(void *context, int64_t at_ns)
{
    struct sim_host *host = context;
    host->tcp_timer_ns = at_ns;
    sim_wake_host(host, ENTRY_TCP_TIMER, at_ns);
}

static struct tcp_stack *stack_of(struct sim_host *host)
{
    if (!host->tcp)
        host->tcp = tcp_create(&(struct tcp_environment){
            .context = host,
            .random = &host->port_random,
            .sockets = &host->numbers,
            .room = tcp_room,
            .send = tcp_send,
            .event = tcp_happened,
            .deadline = tcp_deadline,
        });
    return host->tcp;
}

/* ---- TCP: what the occupant asks of the stack ------------------------------------------- */

void socket_listen(struct sim_host *host, uint32_t number, const struct address *local,
                   void *context)
{
    open_socket(host, number, SOCKET_TCP, context);
    bool free_to_use = tcp_listen(stack_of(host), number, local);
    assert(free_to_use && "a node listens twice on one address");
    (void)free_to_use;
}

void socket_connect(struct sim_host *host, uint32_t number, const struct address *local,
                    const struct address *remote, void *context)
{
    open_socket(host, number, SOCKET_TCP, context);
    struct address from = *local;
    const struct address *own = address_is_any(local) ? source_for(host, remote) : local;
    if (!own) {
        tcp_happened(host, &(struct tcp_event){.kind = TCP_CONNECT_FAILED,
                                               .failure = HOST_NO_ADDRESS,
                                               .socket = number,
                                               .remote = remote});
        return;
    }
    memcpy(from.ip, own->ip, sizeof from.ip);
    tcp_connect(stack_of(host), number, &from, remote, host->sim->now_ns);
}

void socket_set_context(struct sim_host *host, uint32_t number, void *context)
{
    socket_of(host, number)->context = context;
}

/* The stack may have lost the connection while the occupant was still busy with earlier events:
 * what it does to such a socket is in vain, as it would be with a real one. */
static bool still_there(struct sim_host *host, uint32_t number)
{
    const struct socket *socket = socket_of(host, number);
    assert(socket->kind == SOCKET_TCP && !socket->closed);
    return !socket->gone;
}

void socket_write(struct sim_host *host, uint32_t number, struct bytes bytes)
{
    if (still_there(host, number))
        tcp_write(host->tcp, number, bytes, host->sim->now_ns);
}

void socket_consume(struct sim_host *host, uint32_t number, size_t size)
{
    if (still_there(host, number))
        tcp_consume(host->tcp, number, size, host->sim->now_ns);
}

void socket_shutdown(struct sim_host *host, uint32_t number)
{
    if (still_there(host, number))
        tcp_shutdown(host->tcp, number, host->sim->now_ns);
}

void socket_close(struct sim_host *host, uint32_t number)
{
    struct socket *socket = socket_of(host, number);
    if (socket->kind == SOCKET_UDP) {
        if (socket->port != 0)
            ports_remove(&host->ports, socket->port);
        free_socket(host, number);
        return;
    }
    bool there = still_there(host, number);
    socket->closed = true;
    if (there)
        tcp_close(host->tcp, number, host->sim->now_ns);
}

void socket_abort(struct sim_host *host, uint32_t number)
{
    bool there = still_there(host, number);
    socket_of(host, number)->closed = true;
    if (there)
        tcp_abort(host->tcp, number, host->sim->now_ns);
}

/* ---- TCP: events for the occupant --------------------------------------------------------- */

static const enum host_event_kind event_kinds[] = {
    [TCP_ACCEPTED] = HOST_ACCEPTED,
    [TCP_CONNECTED] = HOST_CONNECTED,
    [TCP_CONNECT_FAILED] = HOST_CONNECT_FAILED,
    [TCP_BYTES] = HOST_BYTES,
    [TCP_WRITABLE] = HOST_WRITABLE,
    [TCP_FINISHED] = HOST_FINISHED,
    [TCP_RESET] = HOST_RESET,
};

/* True if the occupant is to see the event; keeps the table of sockets in step. */
static bool take_event(struct sim_host *host, const struct socket_event *kept,
                       struct host_event *event)
{
    const struct tcp_event *happened = &kept->event;
    struct socket *socket = socket_of(host, happened->socket);
    bool wanted = happened->kind != TCP_GONE && !socket->closed;
    if (wanted)
        *event = (struct host_event){
            .kind = event_kinds[happened->kind],
            .failure = happened->failure,
            .socket = happened->socket,
            .context = socket->context,
            .local = &kept->local,
            .remote = &kept->remote,
            .bytes = bytes_of(kept->bytes, happened->bytes.size),
            .credit = happened->credit,
        };
    if (happened->kind == TCP_GONE || ends_socket(happened->kind))
        free_socket(host, happened->socket);
    return wanted;
}

static bool events_next(struct socket_events *events, struct socket_event *kept)
{
    if (events->next < events->count) {
        *kept = events->items[events->next++];
        return true;
    }
    events->next = events->count = 0;
    return false;
}

bool socket_has_event(const struct sim_host *host)
{
    return host->pending.next < host->pending.count || host->later.next < host->later.count;
}

bool socket_next_event(struct sim_host *host, struct socket_event *kept, struct host_event *event)
{
    for (;;) {
        bool later = !events_next(&host->pending, kept);
        if (later && !events_next(&host->later, kept))
            return false;
        socket_of(host, kept->event.socket)->later_waiting -= later;
        if (take_event(host, kept, event))
            return true;
        free(kept->bytes);
    }
}

void socket_set_priority(struct sim_host *host, uint32_t number, enum host_priority priority)
{
    if (number == 0 || number > host->socket_capacity)
        return;
    struct socket *socket = socket_of(host, number);
    socket->later = socket->kind == SOCKET_TCP && priority == HOST_LATER;
}

static void events_free(struct socket_events *events)
{
    while (events->next < events->count)
        free(events->items[events->next++].bytes);
    free(events->items);
    *events = (struct socket_events){0};
}

void socket_tcp_timer(struct sim_host *host)
{
    if (host->tcp)
        tcp_timer(host->tcp, host->sim->now_ns);
}

void socket_arrived(struct sim_host *host, const struct packet *packet)
{
    switch ((enum ip_protocol)packet->protocol) {
    case IP_UDP:
        datagram_arrived(host, packet);
        break;
    case IP_TCP:
        tcp_arrived(stack_of(host), &packet->source, &packet->destination,
                    bytes_of(packet->data, packet->size), host->sim->now_ns);
        break;
    case IP_ICMP:
    case IP_ICMP6:
        unreachable_arrived(host, packet);
        break;
    }
    if (socket_has_event(host))
        occupant_settle(host);
}

void socket_drop_all(struct sim_host *host, bool tell_peers)
{
    if (host->tcp && tell_peers)
        tcp_stop(host->tcp, host->sim->now_ns);
    if (host->tcp)
        tcp_destroy(host->tcp);
    host->tcp = NULL;
    host->tcp_timer_ns = TIME_NEVER;
    events_free(&host->pending);
    events_free(&host->later);
    free(host->sockets);
    host->sockets = NULL;
    host->socket_capacity = 0;
    host_sockets_free(&host->numbers);
    ports_free(&host->ports);
}
