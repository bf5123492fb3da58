/*
 * Server choice: the rows' constants, the memory of servers, and the round of
 * choices that one lookup goes through. The rows' rules are in select_*.c.
 */
#include "nodes/select.h"

#include <stdlib.h>

#include "nodes/select_rows.h"

enum { SERVERS_MAX = 10000, DNS_PORT = 53 };

static const struct select_row *const rows[RESOLVER_SOFTWARE_COUNT] = {
    [RESOLVER_RFC] = &select_row_rfc,
    [RESOLVER_BIND_9_18] = &select_row_bind_9_18,
    [RESOLVER_BIND_9_20] = &select_row_bind_9_20,
    [RESOLVER_UNBOUND] = &select_row_unbound,
};

const struct select_policy select_policies[RESOLVER_SOFTWARE_COUNT] = {
    [RESOLVER_RFC] = {.name = "rfc",
                      .lookup_ns = 10 * NS_PER_S,
                      .lookup_sends = 50,
                      .request_sends = 100,
                      .address_sends = 3, /* RFC 9520 section 3.1 */
                      .depth = 8,
                      .requests = 10000,
                      .address_lookups = 3,
                      .tcp_wait_ns = 3 * NS_PER_S,
                      .failure_ttl_s = 5,
                      .max_negative_ttl_s = 10800},
    [RESOLVER_BIND_9_18] = {.name = "bind-9.18",
                            .lookup_ns = 10 * NS_PER_S,
                            .lookup_sends = 50,
                            .request_sends = 200,
                            .depth = 7,
                            .requests = 1000,
                            .address_lookups = 5,
                            .tcp_wait_ns = 10 * NS_PER_S,
                            .failure_ttl_s = 1,
                            .max_negative_ttl_s = 10800},
    [RESOLVER_BIND_9_20] = {.name = "bind-9.20",
                            .lookup_ns = 10 * NS_PER_S,
                            .lookup_sends = 50,
                            .request_sends = 200,
                            .depth = 7,
                            .requests = 1000,
                            .address_lookups = 5,
                            .tcp_wait_ns = 10 * NS_PER_S,
                            .failure_ttl_s = 1,
                            .max_negative_ttl_s = 10800},
    [RESOLVER_UNBOUND] = {.name = "unbound",
                          .lookup_sends = 32,
                          .request_sends = 200,
                          .address_sends = 5,
                          .depth = 7,
                          .requests = 10000,
                          .address_lookups = 3,
                          .tcp_wait_ns = 3 * NS_PER_S,
                          .failure_ttl_s = 5,
                          .max_negative_ttl_s = 3600,
                          .discard_ns = 1900 * NS_PER_MS},
};

void select_init(struct select *select, enum resolver_software software)
{
    *select = (struct select){.software = software, .policy = &select_policies[software]};
}

static void remove_server(struct select *select, struct select_server *server)
{
    table_remove(&select->servers, server->key);
    *(server->newer ? &server->newer->older : &select->newest) = server->older;
    *(server->older ? &server->older->newer : &select->oldest) = server->newer;
    free(server);
}

void select_free(struct select *select)
{
    while (select->oldest)
        remove_server(select, select->oldest);
    table_free(&select->servers);
}

/* Unbound remembers servers by address and zone, the others by address. */
static struct bytes server_key(const struct select *select, const struct address *address,
                               const uint8_t *zone, uint8_t key[16 + NAME_SIZE_MAX])
{
    memcpy(key, address->ip, 16);
    size_t size = 16;
    if (select->software == RESOLVER_UNBOUND)
        size += name_lower(zone, key + 16);
    return bytes_of(key, size);
}

/* Forgets the server known longest that no lookup is using. */
static void make_room(struct select *select)
{
    struct select_server *server = select->oldest;
    while (server && server->references > 0)
        server = server->newer;
    if (server)
        remove_server(select, server);
}

static struct select_server *create_server(struct select *select, struct bytes key,
                                           const struct host_event *event)
{
    if (select->servers.count >= SERVERS_MAX)
        make_room(select);
    struct select_server *server = memory_zeroed(sizeof *server + key.size);
    uint8_t *key_data = (uint8_t *)(server + 1);
    memcpy(key_data, key.data, key.size);
    server->key = bytes_of(key_data, key.size);
    memcpy(server->address.ip, key.data, 16);
    server->address.port = DNS_PORT;
    server->older = select->newest;
    *(select->newest ? &select->newest->newer : &select->oldest) = server;
    select->newest = server;
    table_put(&select->servers, server->key, server);
    rows[select->software]->created(server, event);
    return server;
}

void select_add(struct select *select, struct select_round *round, const struct address *address,
                const uint8_t *zone, const struct host_event *event)
{
    for (size_t i = 0; i < round->count; i++)
        if (address_same_ip(&round->choices[i].server->address, address))
            return;
    if (round->count == SELECT_CHOICES_MAX)
        return;
    uint8_t key_data[16 + NAME_SIZE_MAX];
    struct bytes key = server_key(select, address, zone, key_data);
    struct select_server *server = table_get(&select->servers, key);
    if (!server)
        server = create_server(select, key, event);
    server->references++;
    round->choices[round->count++] = (struct select_choice){.server = server};
}

void select_clear(struct select_round *round)
{
    for (size_t i = 0; i < round->count; i++)
        round->choices[i].server->references--;
    round->count = 0;
}

size_t select_next(const struct select *select, struct select_round *round,
                   const struct host_event *event)
{
    size_t index = rows[select->software]->next(select->policy, round, event);
    if (index != SELECT_NONE) {
        round->choices[index].sends++;
        round->choices[index].tried = true;
    }
    return index;
}

void select_answered(const struct select *select, struct select_round *round, size_t index,
                     int64_t rtt_ns, const struct host_event *event)
{
    rows[select->software]->answered(round, index, rtt_ns, event);
}

void select_timed_out(const struct select *select, struct select_round *round, size_t index,
                      const struct host_event *event)
{
    rows[select->software]->timed_out(round, index, event);
}
