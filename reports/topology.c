/* Looking things up in the topology. */
#include "reports/topology.h"

#include <stdio.h>

#include "nodes/dns/name.h"

uint32_t topology_node_of_address(const struct topology *topology, const struct address *address)
{
    for (uint32_t i = 0; i < topology->node_count; i++)
        for (size_t k = 0; k < topology->nodes[i].address_count; k++)
            if (address_same_ip(&topology->nodes[i].addresses[k], address))
                return i;
    return TOPOLOGY_NONE;
}

/* Nodes stand in order of name. */
uint32_t topology_find_node(const struct topology *topology, const char *name)
{
    size_t low = 0, high = topology->node_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(topology->nodes[middle].name, name);
        if (order == 0)
            return (uint32_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return TOPOLOGY_NONE;
}

uint32_t topology_find_zone(const struct topology *topology, struct bytes origin)
{
    for (uint32_t i = 0; i < topology->zone_count; i++) {
        const uint8_t *name = topology->zones[i].origin;
        if (name_size(name) == origin.size && name_equal(name, origin.data))
            return i;
    }
    return TOPOLOGY_NONE;
}

/* ---- for listeners ----------------------------------------------------------------------- */

static void *as_value(uint32_t index)
{
    return (void *)((uintptr_t)index + 1);
}

static uint32_t as_index(const void *value)
{
    return value ? (uint32_t)((uintptr_t)value - 1) : (uint32_t)TOPOLOGY_NONE;
}

void topology_index_build(struct topology_index *index, const struct topology *topology)
{
    *index = (struct topology_index){.topology = topology};
    for (uint32_t i = 0; i < topology->node_count; i++)
        for (size_t k = 0; k < topology->nodes[i].address_count; k++)
            table_put(&index->addresses, bytes_of(topology->nodes[i].addresses[k].ip, 16),
                      as_value(i));
    for (uint32_t i = 0; i < topology->zone_count; i++) {
        const uint8_t *origin = topology->zones[i].origin;
        table_put(&index->zones, bytes_of(origin, name_size(origin)), as_value(i));
    }
}

void topology_index_free(struct topology_index *index)
{
    table_free(&index->addresses);
    table_free(&index->zones);
}

uint32_t topology_index_node(const struct topology_index *index, const struct address *address)
{
    return as_index(table_get(&index->addresses, bytes_of(address->ip, 16)));
}

uint32_t topology_index_zone(const struct topology_index *index, struct bytes origin)
{
    return as_index(table_get(&index->zones, origin));
}

static uint32_t find_site(const struct topology *topology, const char *name)
{
    for (uint32_t i = 0; i < topology->site_count; i++)
        if (strcmp(topology->sites[i].name, name) == 0)
            return i;
    return TOPOLOGY_NONE;
}

/* "eu-users.17" is one of "eu-users". */
static uint32_t find_group(const struct topology *topology, const char *what)
{
    const char *dot = strrchr(what, '.');
    char name[256];
    if (!dot || (size_t)(dot - what) >= sizeof name)
        return TOPOLOGY_NONE;
    snprintf(name, sizeof name, "%.*s", (int)(dot - what), what);
    return topology_find_node(topology, name);
}

/* Names of sites may have hyphens themselves. */
static struct topology_place find_link(const struct topology *topology, const char *what)
{
    for (uint32_t i = 0; i < topology->site_count; i++) {
        size_t size = strlen(topology->sites[i].name);
        if (strncmp(what, topology->sites[i].name, size) != 0 || what[size] != '-')
            continue;
        uint32_t other = find_site(topology, what + size + 1);
        if (other != TOPOLOGY_NONE)
            return (struct topology_place){TOPOLOGY_ON_LINK, i, other};
    }
    return (struct topology_place){TOPOLOGY_NOWHERE, TOPOLOGY_NONE, TOPOLOGY_NONE};
}

struct topology_place topology_find_place(const struct topology *topology, const char *what)
{
    uint32_t node = topology_find_node(topology, what);
    uint32_t site = node == TOPOLOGY_NONE ? find_site(topology, what) : TOPOLOGY_NONE;
    if (site != TOPOLOGY_NONE)
        return (struct topology_place){TOPOLOGY_AT_SITE, site, TOPOLOGY_NONE};
    if (node == TOPOLOGY_NONE)
        node = find_group(topology, what);
    if (node != TOPOLOGY_NONE)
        return (struct topology_place){TOPOLOGY_AT_NODE, node, TOPOLOGY_NONE};
    return find_link(topology, what);
}
