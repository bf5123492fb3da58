/* Looking things up in the topology. */
#include "reports/topology.h"

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
