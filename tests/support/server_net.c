/* Name servers joined by a toy network. */
#include "tests/support/server_net.h"

#include <assert.h>

#include "nodes/server_state.h"

struct node_pipe net;
struct setup setups[PIPE_NODES_MAX];
struct zone_store *store;
struct zone *zone;

void net_start_primary(size_t hosts)
{
    net = (struct node_pipe){0};
    store = zone_store_create();
    zone = setup_zone(1, hosts);
    setup_server(&setups[0], store, zone);
    setup_add_notify(&setups[0], "192.0.2.2");
    net_add(0, "192.0.2.1");
}

void net_add(size_t node, const char *address)
{
    struct address where = address_of(address);
    size_t index = pipe_add(&net, &server_node, &setups[node].config, &where);
    assert(index == node);
}

void net_add_secondary(void)
{
    setup_server(&setups[1], store, NULL);
    net_add(1, "192.0.2.2");
}

int net_stop(void **state)
{
    (void)state;
    pipe_free(&net);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}

void net_run_seconds(int64_t seconds)
{
    pipe_run(&net, net.now_ns + seconds * NS_PER_S);
}

static const struct server_zone *zone_on(size_t node)
{
    const struct server *server = net.nodes[node].state;
    return &server->zone_list[0];
}

const struct zone *net_served(size_t node)
{
    return zone_on(node)->serving ? zone_on(node)->version : NULL;
}

size_t net_journal_count(size_t node)
{
    return zone_on(node)->journal.count;
}

const struct host_note *net_note(size_t node, enum note_kind kind)
{
    return driver_note(&net.nodes[node], kind);
}

size_t net_note_count(size_t node, enum note_kind kind)
{
    return driver_note_count(&net.nodes[node], kind);
}

void net_forget(void)
{
    for (size_t i = 0; i < net.node_count; i++)
        driver_forget(&net.nodes[i]);
}
