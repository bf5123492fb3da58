/*
 * Zone cuts: the closest one known above a name, its servers, and the lookups of
 * those servers' addresses that neither glue nor the cache gives. Such lookups
 * begin above the zone of a server inside it, and must not wait for each other in a
 * circle, as the zones of a cyclic delegation would have them do.
 */
#include "nodes/resolver_parts.h"

static const uint16_t address_types[FAMILY_COUNT] = {
    [FAMILY_IPV4] = RR_A,
    [FAMILY_IPV6] = RR_AAAA,
};

static size_t family_count(const struct resolver *r)
{
    return r->config->ipv6 ? FAMILY_COUNT : FAMILY_IPV6;
}

static struct cache_entry *find_addresses(struct turn *turn, const uint8_t *name, size_t family)
{
    return cache_find(&turn->resolver->cache, name, address_types[family], CACHE_GLUE,
                      turn->now_ns);
}

static bool holds_addresses(const struct cache_entry *entry, size_t family)
{
    return entry && entry->kind == CACHE_RRSET && entry->type == address_types[family];
}

/* ---- finding the cut -------------------------------------------------------------------- */

/* A server whose addresses are known, or may be found without asking the zone itself. */
static bool server_is_reachable(struct turn *turn, const uint8_t *server, const uint8_t *zone)
{
    for (size_t family = 0; family < family_count(turn->resolver); family++) {
        const struct cache_entry *entry = find_addresses(turn, server, family);
        if (holds_addresses(entry, family) || (!entry && !name_is_under(server, zone)))
            return true;
    }
    return false;
}

/* A cut is of no use when the glue of servers inside it has gone: the parent must be asked. */
static bool is_usable(struct turn *turn, const struct cache_entry *ns)
{
    struct bytes rdata;
    size_t at = 0;
    for (size_t i = 0; i < RESPONSE_SERVERS_MAX && cache_entry_next(ns, &at, &rdata); i++)
        if (server_is_reachable(turn, rdata.data, ns->owner))
            return true;
    return false;
}

static bool has_known_address(struct turn *turn, const uint8_t *server)
{
    for (size_t family = 0; family < family_count(turn->resolver); family++)
        if (holds_addresses(find_addresses(turn, server, family), family))
            return true;
    return false;
}

static bool is_address_type(const struct resolver *r, uint16_t type)
{
    for (size_t family = 0; family < family_count(r); family++)
        if (address_types[family] == type)
            return true;
    return false;
}

/* LOOKUP is to find one of the cut's own servers, of which no address is known. The parent has its
 * glue, whereas the servers that are known may all be dead: the zone would be lost although this
 * one is alive. */
static bool seeks_server_of(struct turn *turn, const struct lookup *lookup,
                            const struct cache_entry *ns)
{
    if (!is_address_type(turn->resolver, lookup->type))
        return false;
    struct bytes rdata;
    size_t at = 0;
    for (size_t i = 0; i < RESPONSE_SERVERS_MAX && cache_entry_next(ns, &at, &rdata); i++)
        if (name_equal(rdata.data, lookup->name))
            return !has_known_address(turn, lookup->name);
    return false;
}

/* Addresses that no name server can have: a query to them would go to the host itself, to many, or
 * nowhere (RFC 6890). */
static bool is_somebody(const struct address *address)
{
    const uint8_t *ip = address->ip;
    if (address_is_ipv4(address))
        return ip[12] != 0 && ip[12] != 127 && ip[12] < 224;
    struct address loopback = {.ip = {[15] = 1}};
    return !address_is_any(address) && !address_same_ip(address, &loopback) && ip[0] != 0xff;
}

static void add_address(struct turn *turn, struct lookup *lookup, const struct address *address)
{
    if (is_somebody(address) && (turn->resolver->config->ipv6 || address_is_ipv4(address)))
        select_add(&turn->resolver->select, &lookup->round, address, lookup->zone, turn->event);
}

/* The hints serve until the root's own NS records are there, which they are asked for (RFC 8109).
 */
static void enter_hints(struct turn *turn, struct lookup *lookup)
{
    struct resolver *r = turn->resolver;
    lookup->zone = name_root;
    for (size_t i = 0; i < r->config->hint_count; i++)
        add_address(turn, lookup, &r->config->hints[i].address);
    if (lookup_find(r, name_root, RR_NS) ||
        cache_find(&r->cache, name_root, RR_NS, CACHE_REFERRAL, turn->now_ns))
        return;
    struct work *work = work_create();
    lookup_begin(turn, name_root, RR_NS, work, 0);
    work_release(work);
}

void delegation_find(struct turn *turn, struct lookup *lookup)
{
    const uint8_t *name = lookup->name;
    /* DS records stand on the parent's side of the cut (RFC 4035 section 2.4). */
    if (lookup->type == RR_DS && !name_is_root(name))
        name = name_parent(name);
    for (;; name = name_parent(name)) {
        struct cache_entry *entry =
            cache_find(&turn->resolver->cache, name, RR_NS, CACHE_REFERRAL, turn->now_ns);
        if (entry && entry->kind == CACHE_RRSET && entry->type == RR_NS) {
            cache_entry_retain(entry);
            if (is_usable(turn, entry) && !seeks_server_of(turn, lookup, entry)) {
                delegation_enter(turn, lookup, entry);
                return;
            }
            cache_entry_release(entry);
        }
        if (name_is_root(name))
            break;
    }
    enter_hints(turn, lookup);
}

/* ---- being there ------------------------------------------------------------------------ */

/* Takes up what the cache knows of one server's addresses of one family. */
static void take_up(struct turn *turn, struct lookup *lookup, struct cut_server *server,
                    size_t family)
{
    struct cache_entry *entry = find_addresses(turn, server->name, family);
    server->settled[family] = entry != NULL;
    if (!holds_addresses(entry, family))
        return;
    struct bytes rdata;
    size_t at = 0;
    while (cache_entry_next(entry, &at, &rdata)) {
        struct address address = {.port = RESOLVER_PORT};
        if (rdata.size == 4)
            address = address_from_ipv4(bytes_get_u32(rdata.data), RESOLVER_PORT);
        else
            memcpy(address.ip, rdata.data, sizeof address.ip);
        add_address(turn, lookup, &address);
    }
}

void delegation_enter(struct turn *turn, struct lookup *lookup, struct cache_entry *ns)
{
    struct resolver *r = turn->resolver;
    delegation_leave(r, lookup);
    lookup->cut = ns;
    lookup->zone = ns->owner;
    struct bytes rdata;
    size_t at = 0;
    while (lookup->server_count < RESPONSE_SERVERS_MAX && cache_entry_next(ns, &at, &rdata)) {
        struct cut_server *server = &lookup->servers[lookup->server_count++];
        *server = (struct cut_server){.name = rdata.data};
        for (size_t family = 0; family < family_count(r); family++)
            take_up(turn, lookup, server, family);
    }
    /* Servers without known addresses are looked up beside the lookup itself, for the next one's
     * choice; the deeper, the fewer. */
    if (lookup->round.count > 0 && lookup->depth < r->policy->address_lookups)
        delegation_look_up(turn, lookup, r->policy->address_lookups - lookup->depth);
}

static void remove_need(struct resolver *r, struct lookup *needed, const struct lookup *by)
{
    struct need **place = &needed->needed_by;
    while (*place && (*place)->by != by)
        place = &(*place)->next;
    struct need *need = *place;
    if (!need)
        return;
    *place = need->next;
    need->next = r->free_needs;
    r->free_needs = need;
}

void delegation_leave(struct resolver *r, struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->server_count; i++)
        for (size_t family = 0; family < FAMILY_COUNT; family++)
            if (lookup->servers[i].pending[family])
                remove_need(r, lookup->servers[i].pending[family], lookup);
    lookup->server_count = 0;
    select_clear(&lookup->round);
    cache_entry_release(lookup->cut);
    lookup->cut = NULL;
    lookup->zone = NULL;
}

/* ---- looking up addresses --------------------------------------------------------------- */

size_t delegation_pending(const struct lookup *lookup)
{
    size_t count = 0;
    for (size_t i = 0; i < lookup->server_count; i++)
        for (size_t family = 0; family < FAMILY_COUNT; family++)
            count += lookup->servers[i].pending[family] != NULL;
    return count;
}

/* Puts the lookups that LOOKUP waits for in front of LIST, but those seen before. */
static struct lookup *visit_needed(struct lookup *lookup, uint64_t visit, struct lookup *list)
{
    for (size_t i = 0; i < lookup->server_count; i++) {
        for (size_t family = 0; family < FAMILY_COUNT; family++) {
            struct lookup *needed = lookup->servers[i].pending[family];
            if (!needed || needed->visit == visit)
                continue;
            needed->visit = visit;
            needed->next_visit = list;
            list = needed;
        }
    }
    return list;
}

/* True if LOOKUP waits, through whatever others, for TARGET; or is it. */
static bool waits_for(struct resolver *r, struct lookup *lookup, const struct lookup *target)
{
    uint64_t visit = ++r->visits;
    lookup->visit = visit;
    lookup->next_visit = NULL;
    struct lookup *list = lookup;
    while (list) {
        struct lookup *next = list;
        if (next == target)
            return true;
        list = visit_needed(next, visit, next->next_visit);
    }
    return false;
}

/* False if the addresses can't be had: too deep, or in a circle. */
static bool look_up(struct turn *turn, struct lookup *lookup, struct cut_server *server,
                    size_t family)
{
    struct resolver *r = turn->resolver;
    uint16_t type = address_types[family];
    struct lookup *needed = lookup_find(r, server->name, type);
    if (needed ? waits_for(r, needed, lookup) : lookup->depth >= r->policy->depth)
        return false;
    if (!needed)
        needed = lookup_begin(turn, server->name, type, lookup->work, lookup->depth + 1);
    struct need *need = r->free_needs;
    if (need)
        r->free_needs = need->next;
    else
        need = arena_alloc(r->arena, sizeof *need);
    *need = (struct need){.by = lookup, .next = needed->needed_by};
    needed->needed_by = need;
    server->pending[family] = needed;
    return true;
}

size_t delegation_look_up(struct turn *turn, struct lookup *lookup, size_t max)
{
    size_t count = 0;
    for (size_t family = 0; family < family_count(turn->resolver); family++) {
        for (size_t i = 0; i < lookup->server_count && count < max; i++) {
            struct cut_server *server = &lookup->servers[i];
            if (server->settled[family] || server->pending[family])
                continue;
            if (look_up(turn, lookup, server, family))
                count++;
            else
                server->settled[family] = true;
        }
    }
    return count;
}

static void settle(struct turn *turn, struct lookup *lookup, const struct lookup *needed)
{
    for (size_t i = 0; i < lookup->server_count; i++) {
        for (size_t family = 0; family < FAMILY_COUNT; family++) {
            struct cut_server *server = &lookup->servers[i];
            if (server->pending[family] != needed)
                continue;
            server->pending[family] = NULL;
            take_up(turn, lookup, server, family);
            server->settled[family] = true;
        }
    }
}

void delegation_deliver(struct turn *turn, struct lookup *needed)
{
    struct resolver *r = turn->resolver;
    while (needed->needed_by) {
        struct need *need = needed->needed_by;
        needed->needed_by = need->next;
        settle(turn, need->by, needed);
        lookup_wake(r, need->by);
        need->next = r->free_needs;
        r->free_needs = need;
    }
}
