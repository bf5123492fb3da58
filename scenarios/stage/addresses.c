/*
 * Addresses: what the scenario states, what the NS records of a zone say, and for
 * the rest one derived from the host's name, so that adding a host gives nobody
 * else another address.
 */
#include "scenarios/stage/internal.h"

#include <assert.h>

#include "sim/base/table.h"

static const uint32_t derived_network = UINT32_C(10) << 24; /* 10.0.0.0/8 */
static const uint8_t derived_prefix[8] = {0xfd, 0x75, 0x6e, 0x64, 0x65, 0x72, 0x73, 0x74};

/* Every address given out so far, with the name of who has it. */
struct register_entry {
    struct address address;
    const char *holder;
    bool anycast;
};

struct book {
    struct stage *stage;
    struct table taken;
};

static struct register_entry *holder_of(const struct book *book, const struct address *address)
{
    return table_get(&book->taken, bytes_of(address->ip, 16));
}

static bool enter(struct book *book, const struct address *address, const char *holder,
                  bool anycast)
{
    struct register_entry *entry = holder_of(book, address);
    if (entry)
        return anycast && entry->anycast && strcmp(entry->holder, holder) == 0;
    entry = arena_alloc(book->stage->arena, sizeof *entry);
    *entry = (struct register_entry){*address, holder, anycast};
    table_put(&book->taken, bytes_of(entry->address.ip, 16), entry);
    return true;
}

static void append(struct stage *stage, struct address **list, size_t *count,
                   const struct address *address)
{
    for (size_t i = 0; i < *count; i++)
        if (address_same_ip(&(*list)[i], address))
            return;
    struct address *longer = arena_alloc(stage->arena, (*count + 1) * sizeof *longer);
    if (*count > 0)
        memcpy(longer, *list, *count * sizeof *longer);
    longer[(*count)++] = *address;
    *list = longer;
}

/* ---- NS records -------------------------------------------------------------------------- */

/* A server that the zone's NS records name, and where it stands. */
struct binding {
    struct stage *stage;
    uint32_t server;
    const struct stage_zone *zone;
    char name[NAME_TEXT_SIZE];
};

static bool is_given(const struct scenario_addresses *given, const struct address *address)
{
    for (size_t i = 0; i < given->count; i++)
        if (address_same_ip(&given->items[i].address, address))
            return true;
    return false;
}

static bool bind_anycast(struct binding *binding, const struct address *address)
{
    struct stage *stage = binding->stage;
    const struct stage_server *server = &stage->servers[binding->server];
    char text[ADDRESS_TEXT_SIZE];
    if (is_given(&server->source->anycast, address))
        return true;
    if (server->source->anycast.count > 0)
        diagnostics_error(stage->diagnostics, server->source->anycast.items[0].place,
                          "server '%s' announces another address than zone %s gives %s (%s)",
                          server->name, binding->zone->name, binding->name,
                          address_format_ip(address, text));
    else
        diagnostics_error(stage->diagnostics, server->source->place,
                          "server '%s' stands at several sites but zone %s gives %s one address; "
                          "expected `anycast: %s`",
                          server->name, binding->zone->name, binding->name,
                          address_format_ip(address, text));
    return false;
}

static bool bind_unicast(struct binding *binding, const struct address *address)
{
    struct stage *stage = binding->stage;
    struct stage_member *member = &stage->members[stage->servers[binding->server].first_member];
    const struct scenario_addresses *given = &member->instance->addresses;
    char text[ADDRESS_TEXT_SIZE];
    if (given->count > 0 && !is_given(given, address)) {
        diagnostics_error(stage->diagnostics, given->items[0].place,
                          "server '%s' has another address than zone %s gives %s (%s)",
                          member->name, binding->zone->name, binding->name,
                          address_format_ip(address, text));
        return false;
    }
    append(stage, &member->addresses, &member->addresses_per_host, address);
    return true;
}

static bool bind_address(struct binding *binding, uint16_t type, struct bytes rdata)
{
    const struct stage_server *server = &binding->stage->servers[binding->server];
    struct address address = {0};
    if (type == RR_A)
        address = address_from_ipv4(bytes_get_u32(rdata.data), 0);
    else
        memcpy(address.ip, rdata.data, 16);
    if (server->member_count > 1 || server->source->anycast.count > 0)
        return bind_anycast(binding, &address);
    return bind_unicast(binding, &address);
}

static bool bind_name(struct binding *binding, const uint8_t *name)
{
    const struct stage_zone *home = stage_zone_of(binding->stage, name);
    const struct zone_node *node = home ? zone_find(home->zone, name) : NULL;
    static const uint16_t types[] = {RR_A, RR_AAAA};
    bool good = true;
    for (unsigned i = 0; node && i < 2; i++) {
        const struct rrset *set = zone_node_get(node, types[i]);
        struct bytes rdata;
        for (size_t at = 0; set && rrset_next(set, &at, &rdata);)
            good = bind_address(binding, types[i], rdata) && good;
    }
    return good;
}

static bool bind_zone(struct stage *stage, uint32_t index)
{
    const struct stage_zone *zone = &stage->zones[index];
    const struct rrset *names = zone_node_get(zone_apex(zone->zone), RR_NS);
    struct bytes rdata;
    bool good = true;
    for (size_t at = 0; names && rrset_next(names, &at, &rdata);)
        for (uint32_t i = 0; i < stage->scenario->server_count; i++) {
            struct binding binding = {.stage = stage, .server = i, .zone = zone};
            const struct scenario_server *server = &stage->scenario->servers[i];
            name_to_text(rdata.data, binding.name);
            if (!stage_is_called(server, rdata.data, zone->origin) ||
                !(stage_holds(server, index) || stage_member_of(stage, server, index)))
                continue;
            stage->servers[i].named = true;
            good = bind_name(&binding, rdata.data) && good;
        }
    return good;
}

/* ---- stated and derived ------------------------------------------------------------------ */

static void take_stated(struct stage *stage, struct stage_member *member)
{
    const struct scenario_addresses *given = member->instance ? &member->instance->addresses : NULL;
    for (size_t i = 0; given && i < given->count; i++)
        append(stage, &member->addresses, &member->addresses_per_host, &given->items[i].address);
    if (member->kind != TOPOLOGY_SERVER || !stage->servers[member->source].source)
        return;
    const struct scenario_addresses *anycast = &stage->servers[member->source].source->anycast;
    for (size_t i = 0; i < anycast->count; i++)
        append(stage, &member->anycast, &member->anycast_count, &anycast->items[i].address);
}

static struct address derived(const char *name, uint64_t attempt, bool ipv6)
{
    uint64_t hash = bytes_hash(name, strlen(name), attempt);
    struct address address = address_from_ipv4(derived_network | (uint32_t)(hash & 0xffffff), 0);
    if (ipv6) {
        memcpy(address.ip, derived_prefix, 8);
        for (unsigned i = 0; i < 8; i++)
            address.ip[8 + i] = (uint8_t)(hash >> (8 * i));
    }
    return address;
}

/* Host numbers 0 and 255 look like network and broadcast addresses. */
static bool is_usable(const struct address *address)
{
    return !address_is_ipv4(address) || (address->ip[15] != 0 && address->ip[15] != 255);
}

static struct address derive(struct book *book, const char *name, bool ipv6)
{
    for (uint64_t attempt = 0;; attempt++) {
        struct address address = derived(name, attempt, ipv6);
        if (is_usable(&address) && !holder_of(book, &address)) {
            enter(book, &address, name, false);
            return address;
        }
    }
}

static void derive_member(struct book *book, struct stage_member *member)
{
    size_t families = book->stage->uses_ipv6 ? 2 : 1;
    member->addresses_per_host = families;
    member->addresses =
        arena_alloc(book->stage->arena, families * member->host_count * sizeof(struct address));
    struct address *next = member->addresses;
    for (uint32_t i = 0; i < member->host_count; i++) {
        const char *name = member->kind == TOPOLOGY_CLIENTS
                               ? arena_format(book->stage->arena, "%s.%u", member->name, i + 1)
                               : member->name;
        for (size_t family = 0; family < families; family++)
            *next++ = derive(book, name, family == 1);
    }
}

static bool enter_all(struct book *book, const struct stage_member *member)
{
    struct stage *stage = book->stage;
    const char *server =
        member->kind == TOPOLOGY_SERVER ? stage->servers[member->source].name : member->name;
    struct place place = member->instance ? member->instance->site.place
                                          : (struct place){.file = stage->scenario->file};
    char text[ADDRESS_TEXT_SIZE];
    bool good = true;
    for (size_t i = 0; i < member->addresses_per_host + member->anycast_count; i++) {
        bool anycast = i >= member->addresses_per_host;
        const struct address *address =
            anycast ? &member->anycast[i - member->addresses_per_host] : &member->addresses[i];
        if (enter(book, address, anycast ? server : member->name, anycast))
            continue;
        diagnostics_error(stage->diagnostics, place, "address %s of '%s' is also that of '%s'",
                          address_format_ip(address, text), member->name,
                          holder_of(book, address)->holder);
        good = false;
    }
    return good;
}

static bool any_ipv6(const struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!address_is_ipv4(&addresses[i]))
            return true;
    return false;
}

static void announce(struct stage *stage, struct stage_member *member, const char *text)
{
    struct address address;
    bool parsed = address_parse(text, &address);
    assert(parsed);
    (void)parsed;
    append(stage, &member->anycast, &member->anycast_count, &address);
}

/* The well-known ones of a.root-servers.net and a.gtld-servers.net, so that captures read well. */
static void address_hierarchy(struct stage *stage)
{
    for (size_t i = stage->scenario->server_count; i < stage->server_count; i++) {
        bool root = strcmp(stage->servers[i].name, STAGE_ROOT_NAME) == 0;
        for (uint32_t k = 0; k < stage->servers[i].member_count; k++) {
            struct stage_member *member = &stage->members[stage->servers[i].first_member + k];
            announce(stage, member, root ? "198.41.0.4" : "192.5.6.30");
            if (stage->uses_ipv6)
                announce(stage, member, root ? "2001:503:ba3e::2:30" : "2001:503:a83e::2:30");
        }
    }
}

bool stage_give_addresses(struct stage *stage)
{
    struct book book = {.stage = stage};
    bool good = true;
    for (size_t i = 0; i < stage->member_count; i++)
        take_stated(stage, &stage->members[i]);
    for (uint32_t i = 0; i < stage->scenario->zone_count; i++)
        good = bind_zone(stage, i) && good;
    for (size_t i = 0; i < stage->member_count; i++)
        stage->uses_ipv6 =
            stage->uses_ipv6 ||
            any_ipv6(stage->members[i].addresses, stage->members[i].addresses_per_host) ||
            any_ipv6(stage->members[i].anycast, stage->members[i].anycast_count);
    address_hierarchy(stage);
    for (size_t i = 0; i < stage->member_count; i++)
        good = enter_all(&book, &stage->members[i]) && good;
    for (size_t i = 0; good && i < stage->member_count; i++)
        if (stage->members[i].addresses_per_host == 0)
            derive_member(&book, &stage->members[i]);
    table_free(&book.taken);
    return good;
}

const struct address *stage_unicast(const struct stage_member *from, const struct stage_member *to)
{
    for (size_t i = 0; i < to->addresses_per_host; i++)
        for (size_t k = 0; k < from->addresses_per_host; k++)
            if (address_is_ipv4(&to->addresses[i]) == address_is_ipv4(&from->addresses[k]))
                return &to->addresses[i];
    return NULL;
}
