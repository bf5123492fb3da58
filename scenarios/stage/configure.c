/* What each node is told: zones and peers, hints, questions. */
#include "scenarios/stage/internal.h"

#include <stdlib.h>

#include "nodes/resolver.h"
#include "nodes/stub.h"

enum { JOURNAL_SIZE_MAX = 4 << 20, DNS_PORT = 53 };

/* What one answer costs where CAPACITY of them are all. */
static int64_t work_ns(struct rate capacity)
{
    return capacity.events_ppb > 0 ? rate_mean_interval_ns(capacity, 1) : 0;
}

struct address_list {
    struct stage *stage;
    struct address *items;
    const struct tsig_key **keys;
    const struct server_tls_peer **tls;
    size_t count, capacity;
    const struct tsig_key *key; /* of what is added now; or NULL */
    const struct server_tls_peer *peer;
};

static void list_add(struct address_list *list, const struct address *address)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        struct address *items = arena_alloc(list->stage->arena, list->capacity * sizeof *items);
        const struct tsig_key **keys =
            arena_alloc(list->stage->arena, list->capacity * sizeof *keys);
        const struct server_tls_peer **tls =
            arena_alloc(list->stage->arena, list->capacity * sizeof *tls);
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
            memcpy(keys, list->keys, list->count * sizeof *keys);
            memcpy(tls, list->tls, list->count * sizeof *tls);
        }
        list->items = items;
        list->keys = keys;
        list->tls = tls;
    }
    list->tls[list->count] = list->peer;
    list->items[list->count] = *address;
    list->keys[list->count] = list->key;
    list->items[list->count++].port = DNS_PORT;
}

static struct server_addresses as_addresses(const struct address_list *list)
{
    return (struct server_addresses){
        .list = list->items, .count = list->count, .keys = list->keys, .tls = list->tls};
}

/* ---- servers ------------------------------------------------------------------------------- */

static int64_t delay_ns(const struct stage *stage, uint32_t a, uint32_t b)
{
    return sim_path_delay_ns(stage->sim, a, b);
}

/* All instances that REFERENCE means, nearest to MEMBER first; MEMBER itself left out. */
static void list_instances(struct address_list *list, const struct stage_member *member,
                           const struct reference *reference)
{
    struct stage *stage = list->stage;
    const struct stage_server *server = stage_server_of(stage, reference->index);
    bool *used = arena_alloc(stage->arena, server->member_count * sizeof *used);
    for (uint32_t n = 0; n < server->member_count; n++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t i = 0; i < server->member_count; i++) {
            const struct stage_member *other = &stage->members[server->first_member + i];
            if (used[i] || (reference->instance >= 0 && reference->instance != (int32_t)i))
                continue;
            if (best == UINT32_MAX ||
                delay_ns(stage, member->site, other->site) <
                    delay_ns(stage, member->site, stage->members[server->first_member + best].site))
                best = i;
        }
        if (best == UINT32_MAX)
            return;
        used[best] = true;
        const struct stage_member *other = &stage->members[server->first_member + best];
        const struct address *address = stage_unicast(member, other);
        if (address && other != member)
            list_add(list, address);
    }
}

/* An access list names hosts by every address that they might come from. */
static void list_all_addresses(struct address_list *list, const struct reference *reference)
{
    struct stage *stage = list->stage;
    const struct stage_server *server = stage_server_of(stage, reference->index);
    for (uint32_t i = 0; i < server->member_count; i++) {
        const struct stage_member *other = &stage->members[server->first_member + i];
        if (reference->instance >= 0 && reference->instance != (int32_t)i)
            continue;
        for (size_t k = 0; k < other->addresses_per_host; k++)
            list_add(list, &other->addresses[k]);
    }
}

static struct server_addresses sources_of(struct stage *stage, const struct stage_member *member,
                                          const struct scenario_secondary *secondary)
{
    struct address_list list = {.stage = stage};
    if (secondary->key.kind == REFERENCE_KEY)
        list.key = &stage->keys[secondary->key.index];
    for (size_t i = 0; i < secondary->from.count; i++) {
        list.peer = stage_tls_peer(stage, secondary, secondary->from.items[i].index);
        list_instances(&list, member, &secondary->from.items[i]);
    }
    return as_addresses(&list);
}

/* NOTIFY goes to those that hold the zone, not to others that the list names. */
static bool fetches(const struct stage *stage, uint32_t server, uint32_t zone)
{
    const struct scenario_server *source = stage->servers[server].source;
    return held_as_secondary(source, zone) || stage_member_of(stage, source, zone);
}

static bool knows(const struct tsig_keys *keys, const struct tsig_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->list[i].name == key->name)
            return true;
    return false;
}

/* Signed with what the target signs its own questions with, if the key is known here. */
static struct server_addresses notify_of(struct stage *stage, const struct stage_member *member,
                                         uint32_t zone)
{
    const struct scenario_server *server = stage->servers[member->source].source;
    struct address_list list = {.stage = stage};
    struct tsig_keys known = stage_keys_of(stage, server);
    for (size_t i = 0; i < server->notify.list.count; i++) {
        const struct reference *target = &server->notify.list.items[i];
        if (!fetches(stage, target->index, zone))
            continue;
        list.key = stage_key_between(stage, stage->servers[target->index].source, server, zone);
        if (list.key && !knows(&known, list.key))
            list.key = NULL;
        list_instances(&list, member, target);
    }
    return as_addresses(&list);
}

/* Servers by their addresses, keys from anywhere. Who is there by default must sign as it says. */
static struct server_access access_of(struct stage *stage, const struct scenario_server *server,
                                      const struct scenario_peers *peers, uint32_t zone)
{
    static const struct address anywhere;
    struct address_list list = {.stage = stage};
    for (size_t i = 0; i < peers->list.count; i++) {
        const struct reference *peer = &peers->list.items[i];
        list.key = NULL;
        if (peer->kind == REFERENCE_KEY) {
            list.key = &stage->keys[peer->index];
            list_add(&list, &anywhere);
            continue;
        }
        if (!peers->given)
            list.key = stage_key_between(stage, stage->servers[peer->index].source, server, zone);
        list_all_addresses(&list, peer);
    }
    return (struct server_access){peers->any, as_addresses(&list)};
}

static void configure_zone(struct stage *stage, const struct stage_member *member, uint32_t zone,
                           struct server_zone_config *out)
{
    const struct scenario_server *server = stage->servers[member->source].source;
    const struct server_policy *policy = server_policy_of(server->software);
    bool by_software = server->ixfr == IXFR_OF_SOFTWARE;
    *out = (struct server_zone_config){
        .origin = stage->zones[zone].origin,
        .request_ixfr = by_software ? policy->requests_ixfr : server->ixfr != IXFR_NEVER,
        .provide_ixfr = by_software ? policy->provides_ixfr : server->ixfr != IXFR_NEVER,
        .ixfr_over_udp = server->ixfr_over_udp,
        .condense_ixfr = server->ixfr == IXFR_CONDENSED,
        .ixfr_from_differences = server->ixfr_from_differences,
        .journal_size_max = JOURNAL_SIZE_MAX,
        .notify = notify_of(stage, member, zone),
        .allow_transfer = access_of(stage, server, &server->allow_transfer, zone),
    };
}

/* What a member of a catalog is held with. Whoever may fetch from this server may have any. */
static const struct server_zone_config *configure_member(struct stage *stage,
                                                         const struct stage_member *member,
                                                         const struct scenario_secondary *secondary,
                                                         const struct reference_list *from,
                                                         const struct reference *key)
{
    struct scenario_secondary source = *secondary;
    source.from = *from;
    source.key = *key;
    struct server_zone_config *config = arena_alloc(stage->arena, sizeof *config);
    configure_zone(stage, member, secondary->zone.index, config);
    config->origin = NULL;
    config->role = NOTE_SECONDARY;
    config->sources = sources_of(stage, member, &source);
    config->check_zonemd = secondary->check_zonemd;
    return config;
}

static void configure_members(struct stage *stage, const struct stage_member *member,
                              const struct scenario_secondary *secondary,
                              struct server_zone_config *out)
{
    const struct scenario_members *members = secondary->members;
    const struct scenario_member_groups *from = &members->groups;
    struct server_member_group *groups =
        arena_alloc(stage->arena, (from->count + 1) * sizeof *groups);
    for (size_t i = 0; i < from->count; i++) {
        size_t size = strlen(from->items[i].name);
        uint8_t *value = arena_alloc(stage->arena, size + 1);
        value[0] = (uint8_t)size;
        memcpy(value + 1, from->items[i].name, size);
        groups[i] = (struct server_member_group){
            from->items[i].name, bytes_of(value, size + 1),
            configure_member(stage, member, secondary, &from->items[i].from, &from->items[i].key)};
    }
    out->members = configure_member(stage, member, secondary, &members->from, &members->key);
    out->members_max = members->at_most;
    out->groups = groups;
    out->group_count = from->count;
}

static void configure_own_zones(struct stage *stage, const struct stage_member *member,
                                struct server_zone_config *zones)
{
    const struct scenario_server *server = stage->servers[member->source].source;
    for (size_t i = 0; i < server->primary.count; i++, zones++) {
        uint32_t zone = server->primary.items[i].index;
        configure_zone(stage, member, zone, zones);
        zones->role = NOTE_PRIMARY;
        zones->zone = stage->zones[zone].zone;
        zones->signing = stage->zones[zone].signing;
        zones->allow_update = access_of(stage, server, &server->allow_update, zone);
    }
    for (size_t i = 0; i < server->secondary.count; i++, zones++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        configure_zone(stage, member, secondary->zone.index, zones);
        zones->role = NOTE_SECONDARY;
        zones->sources = sources_of(stage, member, secondary);
        zones->check_zonemd = secondary->check_zonemd;
        if (secondary->members)
            configure_members(stage, member, secondary, zones);
    }
}

static void configure_hierarchy_zones(struct stage *stage, const struct stage_server *server,
                                      struct server_zone_config *zones)
{
    for (size_t i = 0; i < server->hierarchy_zone_count; i++) {
        const struct stage_zone *zone = &stage->zones[server->hierarchy_zones[i]];
        zones[i] = (struct server_zone_config){
            .origin = zone->origin, .role = NOTE_PRIMARY, .zone = zone->zone};
    }
}

const struct server_config *stage_configure_server(struct stage *stage,
                                                   const struct stage_member *member)
{
    const struct stage_server *server = &stage->servers[member->source];
    size_t count = server->source ? server->source->primary.count + server->source->secondary.count
                                  : server->hierarchy_zone_count;
    struct server_zone_config *zones = arena_alloc(stage->arena, (count + 1) * sizeof *zones);
    if (server->source)
        configure_own_zones(stage, member, zones);
    else
        configure_hierarchy_zones(stage, server, zones);
    struct server_config *config = arena_alloc(stage->arena, sizeof *config);
    config->store = stage->store;
    if (server->source) {
        config->policy = server_policy_of(server->source->software);
        config->limits = server->source->limits;
        config->work_ns = work_ns(server->source->capacity);
    }
    config->zones = zones;
    config->zone_count = count;
    if (server->source)
        config->keys = stage_keys_of(stage, server->source);
    if (server->source)
        config->tls = stage_tls_of(stage, member);
    if (member->anycast_count > 0)
        config->transfer_source = member->addresses[0];
    return config;
}

/* ---- resolvers ----------------------------------------------------------------------------- */

struct hints {
    struct resolver_hint *items;
    size_t count;
};

static void add_hint(struct hints *hints, const uint8_t *name, const struct address *address)
{
    for (size_t i = 0; i < hints->count; i++)
        if (address_same_ip(&hints->items[i].address, address))
            return;
    hints->items[hints->count++] = (struct resolver_hint){name, *address};
}

static bool serves_root(const struct stage *stage, const struct stage_server *server)
{
    for (size_t i = 0; i < server->hierarchy_zone_count; i++)
        if (name_is_root(stage->zones[server->hierarchy_zones[i]].origin))
            return true;
    for (size_t i = 0; server->source && i < server->source->primary.count; i++)
        if (name_is_root(stage->zones[server->source->primary.items[i].index].origin))
            return true;
    for (size_t i = 0; server->source && i < server->source->secondary.count; i++)
        if (name_is_root(stage->zones[server->source->secondary.items[i].zone.index].origin))
            return true;
    return false;
}

/* The addresses of whoever serves the root; their names matter to nobody before priming. */
static struct hints make_hints(struct stage *stage)
{
    size_t room = 0;
    for (size_t i = 0; i < stage->member_count; i++)
        room += stage->members[i].kind == TOPOLOGY_SERVER
                    ? stage->members[i].anycast_count + stage->members[i].addresses_per_host
                    : 0;
    struct hints hints = {.items = arena_alloc(stage->arena, (room + 1) * sizeof *hints.items)};
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        if (member->kind != TOPOLOGY_SERVER || !serves_root(stage, &stage->servers[member->source]))
            continue;
        uint8_t name[NAME_SIZE_MAX];
        size_t size =
            name_prepend(bytes_of_text(stage->servers[member->source].name), name_root, name);
        const uint8_t *kept = arena_copy(stage->arena, name, size);
        for (size_t k = 0; k < member->anycast_count; k++)
            add_hint(&hints, kept, &member->anycast[k]);
        for (size_t k = 0; member->anycast_count == 0 && k < member->addresses_per_host; k++)
            add_hint(&hints, kept, &member->addresses[k]);
    }
    return hints;
}

const struct resolver_config *stage_configure_resolver(struct stage *stage,
                                                       const struct stage_member *member)
{
    struct hints hints = make_hints(stage);
    struct resolver_config *config = arena_alloc(stage->arena, sizeof *config);
    config->hints = hints.items;
    config->hint_count = hints.count;
    config->software = stage->scenario->resolvers[member->source].software;
    config->work_ns = work_ns(stage->scenario->resolvers[member->source].capacity);
    config->ipv6 = stage->uses_ipv6;
    return config;
}

/* ---- clients ------------------------------------------------------------------------------- */

static void list_servers(struct address_list *list, const struct scenario_clients *clients,
                         const struct stage_member *from)
{
    struct stage *stage = list->stage;
    for (size_t i = 0; i < clients->resolvers.count + clients->servers.count; i++) {
        bool direct = i >= clients->resolvers.count;
        const struct reference *reference =
            direct ? &clients->servers.items[i - clients->resolvers.count]
                   : &clients->resolvers.items[i];
        for (size_t k = 0; k < stage->member_count; k++) {
            const struct stage_member *member = &stage->members[k];
            if (member->source != reference->index ||
                member->kind != (direct ? TOPOLOGY_SERVER : TOPOLOGY_RESOLVER))
                continue;
            if (direct && member->anycast_count > 0) {
                list_add(list, &member->anycast[0]);
                break; /* every instance has it */
            }
            const struct address *address = stage_unicast(from, member);
            bool meant =
                reference->instance < 0 || strcmp(member->instance->name, reference->name) == 0;
            if (address && meant)
                list_add(list, address);
        }
    }
}

/* Names that have an address, in canonical order; delegations where a zone has nothing else. */
static const uint8_t **names_of_zone(struct stage *stage, const struct zone *zone, size_t *count)
{
    const uint8_t **names = arena_alloc(stage->arena, (zone_node_count(zone) + 1) * sizeof *names);
    *count = 0;
    for (int delegations = 0; delegations < 2 && *count == 0; delegations++)
        for (const struct zone_node *node = zone_apex(zone); node;
             node = zone_after(zone, node->name)) {
            struct zone_search search;
            zone_search(zone, node->name, &search);
            bool address = zone_node_get(node, RR_A) || zone_node_get(node, RR_AAAA) ||
                           zone_node_get(node, RR_CNAME);
            bool wanted = delegations ? search.cut == node : address && !search.cut;
            if (wanted && !name_is_wildcard(node->name))
                names[(*count)++] = node->name;
        }
    if (*count == 0)
        names[(*count)++] = zone_origin(zone);
    return names;
}

static const struct workload *make_workload(struct stage *stage, uint32_t index)
{
    const struct scenario_queries *queries = &stage->scenario->clients[index].queries;
    struct workload_type *types =
        arena_alloc(stage->arena, (queries->type_count + 1) * sizeof *types);
    for (size_t i = 0; i < queries->type_count; i++)
        types[i] = (struct workload_type){queries->types[i].type, queries->types[i].weight};
    struct workload_options options = {
        .zipf = queries->zipf,
        .types = types,
        .type_count = queries->type_count,
        .missing_ppb = queries->missing_ppb,
    };
    if (queries->from.kind == REFERENCE_ZONE) {
        const struct stage_zone *zone = &stage->zones[queries->from.index];
        options.names = names_of_zone(stage, zone->zone, &options.name_count);
        options.missing_parent = zone->origin;
    } else {
        options.names = queries->name_wires;
        options.name_count = queries->names.count;
        options.missing_parent =
            name_is_root(queries->name_wires[0]) ? name_root : name_parent(queries->name_wires[0]);
    }
    return workload_create(&options);
}

const struct stub_config *stage_configure_stub(struct stage *stage,
                                               const struct stage_member *member)
{
    const struct scenario_clients *clients = &stage->scenario->clients[member->source];
    struct address_list servers = {.stage = stage};
    list_servers(&servers, clients, member);
    stage->workloads[member->source] = make_workload(stage, member->source);
    int64_t gap_ns = rate_mean_interval_ns(clients->queries.rate, clients->count);
    struct stub_config *config = arena_alloc(stage->arena, sizeof *config);
    *config = (struct stub_config){
        .workload = stage->workloads[member->source],
        .servers = servers.items,
        .server_count = servers.count,
        .any_server = clients->servers.count > 0,
        .recursion_desired = clients->resolvers.count > 0,
        .mean_gap_ns = gap_ns,
        .timeout_ns = clients->timeout_ns,
        .attempts = clients->attempts,
        .start_ns = clients->start_ns,
        .stop_ns = gap_ns == TIME_NEVER ? 0 : clients->stop_ns,
    };
    return config;
}
