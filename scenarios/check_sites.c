/* Sites, the delays between them, and the addresses on the network. */
#include "scenarios/check.h"

#include "sim/base/table.h"

#include <string.h>

enum { SITES_MAX = 1000, HOSTS_MAX = 1000000 };

/* An unordered pair of sites as a table's key. */
struct pair {
    uint32_t low, high;
};

static struct pair pair_of(uint32_t a, uint32_t b)
{
    return a < b ? (struct pair){a, b} : (struct pair){b, a};
}

static bool is_resolved(const struct reference_list *ends)
{
    return ends->count == 2 && ends->items[0].kind == REFERENCE_SITE &&
           ends->items[1].kind == REFERENCE_SITE && ends->items[0].index != ends->items[1].index;
}

static void collect_link(struct load *load, struct scenario_link *link, struct table *links)
{
    if (!is_resolved(&link->between))
        return;
    const struct reference *ends = link->between.items;
    struct pair pair = pair_of(ends[0].index, ends[1].index);
    struct bytes key = bytes_of(arena_copy(load->arena, &pair, sizeof pair), sizeof pair);
    const struct scenario_link *first = table_get(links, key);
    if (first && (ends[0].guessed || ends[1].guessed))
        return;
    if (first)
        diagnostics_error(load->diagnostics, link->place,
                          "'%s' and '%s' have a link at %s already, expected one for each pair",
                          ends[0].name, ends[1].name, place_text(load->arena, first->place));
    else
        table_put(links, key, link);
}

static bool has_delay(const struct table *links, uint32_t a, uint32_t b)
{
    struct pair pair = pair_of(a, b);
    const struct scenario_link *link = table_get(links, bytes_of(&pair, sizeof pair));
    return link && (link->delay_ns >= 0 || link->unclear);
}

/* Reports the first site to which the delay from SITE, which has no location, is unknown. */
static void check_delays(struct load *load, const struct table *links, uint32_t site)
{
    const struct scenario *scenario = load->scenario;
    for (uint32_t i = 0; i < scenario->site_count; i++) {
        if (i == site || has_delay(links, site, i))
            continue;
        diagnostics_error(load->diagnostics, scenario->sites[site].place,
                          "site '%s' has neither a location nor a link with a delay to '%s', "
                          "expected one of them",
                          scenario->sites[site].name, scenario->sites[i].name);
        return;
    }
}

/* What the network is made for. The hierarchy's servers come on top: two for each site. */
static void check_sizes(struct load *load)
{
    const struct scenario *scenario = load->scenario;
    uint64_t hosts = 0;
    for (size_t i = 0; i < scenario->server_count; i++)
        hosts += scenario->servers[i].instances.count;
    for (size_t i = 0; i < scenario->resolver_count; i++)
        hosts += scenario->resolvers[i].instances.count;
    for (size_t i = 0; i < scenario->clients_count; i++)
        hosts += scenario->clients[i].count;
    hosts += scenario->monitor_count;
    if (hosts > HOSTS_MAX)
        diagnostics_error(load->diagnostics, (struct place){.file = scenario->file},
                          "%llu hosts in all, expected at most %d", (unsigned long long)hosts,
                          HOSTS_MAX);
    if (scenario->site_count > SITES_MAX)
        diagnostics_error(load->diagnostics, (struct place){.file = scenario->file},
                          "%zu sites, expected at most %d", scenario->site_count, SITES_MAX);
}

void check_sites(struct load *load)
{
    const struct scenario *scenario = load->scenario;
    struct table links = {0};
    check_sizes(load);
    if (scenario->site_count > SITES_MAX)
        return;
    bool all_known = !load->incomplete;
    for (size_t i = 0; i < scenario->link_count; i++) {
        collect_link(load, &scenario->links[i], &links);
        all_known = all_known && is_resolved(&scenario->links[i].between);
    }
    for (uint32_t i = 0; i < scenario->site_count && all_known; i++)
        if (!scenario->sites[i].has_location && !scenario->sites[i].unclear)
            check_delays(load, &links, i);
    table_free(&links);
}

/* ---- addresses --------------------------------------------------------------------------- */

struct owner {
    const char *name;
    struct place place;
};

static void claim(struct load *load, struct table *owners, const char *name,
                  const struct scenario_addresses *addresses)
{
    for (size_t i = 0; i < addresses->count; i++) {
        const struct scenario_address *address = &addresses->items[i];
        struct bytes key = bytes_of(address->address.ip, sizeof address->address.ip);
        const struct owner owner = {name, address->place};
        const struct owner *first = table_get(owners, key);
        char text[ADDRESS_TEXT_SIZE];
        if (first)
            diagnostics_error(load->diagnostics, address->place,
                              "%s is an address of '%s' already, at %s, expected one of its own",
                              address_format_ip(&address->address, text), first->name,
                              place_text(load->arena, first->place));
        else
            table_put(owners, key, arena_copy(load->arena, &owner, sizeof owner));
    }
}

static void claim_instances(struct load *load, struct table *owners,
                            const struct scenario_instances *instances)
{
    for (size_t i = 0; i < instances->count; i++)
        claim(load, owners, instances->items[i].name, &instances->items[i].addresses);
}

static void check_host_names(struct load *load)
{
    struct table seen = {0};
    for (size_t i = 0; i < load->scenario->server_count; i++) {
        struct scenario_server *server = &load->scenario->servers[i];
        if (!server->host_name.text)
            continue;
        const struct scenario_server *first =
            table_get(&seen, bytes_of_text(server->host_name.text));
        if (first)
            diagnostics_error(load->diagnostics, server->host_name.place,
                              "'%s' is the host name of server '%s' already, expected another",
                              server->host_name.text, first->name);
        else
            table_put(&seen, bytes_of_text(server->host_name.text), server);
    }
    table_free(&seen);
}

void check_addresses(struct load *load)
{
    const struct scenario *scenario = load->scenario;
    struct table owners = {0};
    for (size_t i = 0; i < scenario->server_count; i++) {
        claim_instances(load, &owners, &scenario->servers[i].instances);
        claim(load, &owners, scenario->servers[i].name, &scenario->servers[i].anycast);
    }
    for (size_t i = 0; i < scenario->resolver_count; i++)
        claim_instances(load, &owners, &scenario->resolvers[i].instances);
    table_free(&owners);
    check_host_names(load);
}
