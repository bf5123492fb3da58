/* Captures of a stage. */
#include "scenarios/capturing.h"

#include <stdio.h>

#include "reports/figure.h"
#include "sim/base/table.h"

static size_t count_addresses(const struct topology *topology)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->node_count; i++)
        count += topology->nodes[i].address_count + topology->nodes[i].anycast_count;
    return count;
}

/* ---- filter ------------------------------------------------------------------------------ */

/* A node by its own name, and by its group's where that is another. */
static size_t name_node(const struct topology_node *node, struct filter_name *out)
{
    size_t count = 0;
    bool grouped = strcmp(node->name, node->group) != 0;
    for (size_t i = 0; i < node->address_count + node->anycast_count; i++) {
        const struct address *address =
            i < node->address_count ? &node->addresses[i] : &node->anycast[i - node->address_count];
        out[count++] = (struct filter_name){node->name, *address};
        if (grouped)
            out[count++] = (struct filter_name){node->group, *address};
    }
    return count;
}

bool capturing_filter(const struct stage *stage, const char *filter, struct filter **out,
                      char error[FILTER_ERROR_SIZE])
{
    const struct topology *topology = &stage->topology;
    *out = NULL;
    if (!filter)
        return true;
    struct filter_name *names =
        arena_alloc(stage->arena, (2 * count_addresses(topology) + 1) * sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < topology->node_count; i++)
        count += name_node(&topology->nodes[i], names + count);
    *out = filter_compile(filter, names, count, error);
    return *out != NULL;
}

/* ---- files and names --------------------------------------------------------------------- */

static void name_addresses(const struct stage *stage, struct pcapng_name *names, size_t *count)
{
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        const struct topology_node *node = &stage->topology.nodes[member->node];
        for (uint32_t host = 0; host < member->host_count; host++)
            for (size_t k = 0; k < member->addresses_per_host; k++)
                names[(*count)++] =
                    (struct pcapng_name){member->addresses[host * member->addresses_per_host + k],
                                         sim_host_name(member->hosts[host])};
        for (size_t k = 0; k < member->anycast_count; k++)
            names[(*count)++] = (struct pcapng_name){member->anycast[k], node->group};
    }
}

/* An anycast address stands at every instance but is named once. */
static size_t drop_repeated(struct pcapng_name *names, size_t count)
{
    struct table seen = {0};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        names[kept] = names[i];
        if (!table_put(&seen, bytes_of(names[kept].address.ip, 16), names))
            kept++;
    }
    table_free(&seen);
    return kept;
}

static const char *describe(const struct stage *stage, const struct topology_node *node)
{
    const char *site = stage->topology.sites[node->site].name;
    switch (node->kind) {
    case TOPOLOGY_SERVER:
        return arena_format(stage->arena, "name server in %s", site);
    case TOPOLOGY_RESOLVER:
        return arena_format(stage->arena, "resolver in %s", site);
    case TOPOLOGY_MONITOR:
        return arena_format(stage->arena, "monitor in %s", site);
    case TOPOLOGY_CLIENTS:
        return arena_format(stage->arena, "%u client%s in %s", node->host_count,
                            node->host_count == 1 ? "" : "s", site);
    }
    return NULL;
}

/* ---- remarks on lost packets ------------------------------------------------------------- */

static const struct topology_node *node_of(const struct stage *stage, uint32_t host)
{
    return &stage->topology.nodes[stage->topology.host_nodes[host]];
}

static bool remark(void *context, const struct packet *packet, char text[CAPTURE_REMARK_SIZE])
{
    const struct stage *stage = context;
    const struct topology *topology = &stage->topology;
    if (packet->receiver == UINT32_MAX)
        return false;
    uint32_t from = node_of(stage, packet->sender)->site;
    uint32_t to = node_of(stage, packet->receiver)->site;
    const char *a = topology->sites[from].name, *b = topology->sites[to].name;
    if (packet->fate == PACKET_LINK_DOWN) {
        snprintf(text, CAPTURE_REMARK_SIZE, "no way from %s to %s", a, b);
        return true;
    }
    for (size_t i = 0; packet->fate == PACKET_LOST && i < topology->link_count; i++) {
        const struct topology_link *link = &topology->links[i];
        char share[FIGURE_SIZE];
        if ((link->sites[0] != from || link->sites[1] != to) &&
            (link->sites[0] != to || link->sites[1] != from))
            continue;
        snprintf(text, CAPTURE_REMARK_SIZE, "%s loss on %s-%s", figure_share(link->loss_ppb, share),
                 a, b);
        return true;
    }
    return false;
}

/* ---- opening ----------------------------------------------------------------------------- */

struct capture *capturing_open(const struct stage *stage, struct output *output,
                               const struct filter *filter, const char *comment)
{
    const struct topology *topology = &stage->topology;
    struct capture_node *nodes = arena_alloc(stage->arena, topology->node_count * sizeof *nodes);
    for (size_t i = 0; i < topology->node_count; i++)
        nodes[i] = (struct capture_node){
            .name = topology->nodes[i].name,
            .file = arena_format(stage->arena, "%s.pcap", topology->nodes[i].name),
            .description = describe(stage, &topology->nodes[i]),
        };
    struct pcapng_name *names =
        arena_alloc(stage->arena, (count_addresses(topology) + 1) * sizeof *names);
    size_t name_count = 0;
    name_addresses(stage, names, &name_count);
    name_count = drop_repeated(names, name_count);
    return capture_open(output, &(struct capture_options){
                                    .nodes = nodes,
                                    .node_count = topology->node_count,
                                    .host_nodes = topology->host_nodes,
                                    .host_count = topology->host_count + 1,
                                    .names = names,
                                    .name_count = name_count,
                                    .filter = filter,
                                    .comment = comment,
                                    .start_ns = topology->start_ns,
                                    .remark = remark,
                                    .remark_context = (void *)(uintptr_t)stage,
                                });
}
