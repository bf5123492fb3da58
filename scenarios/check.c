/*
 * Names: one space for sites, servers, resolvers, client groups (and the instances
 * of those) and keys, one for zones. Every reference noted by the loader is looked
 * up here.
 */
#include "scenarios/check.h"

#include "sim/base/table.h"

#include <stdlib.h>
#include <string.h>

/* Beyond so many mistakes nobody wants to be asked what he meant. */
enum { SUGGESTIONS_MAX = 100, LISTED_MAX = 6 };

struct target {
    enum reference_kind kind;
    uint32_t index;
    int32_t instance;
    struct place place;
};

struct names {
    struct load *load;
    struct table nodes; /* name to struct target */
    struct table zones; /* name with final dot to struct target */
};

static void add_name(struct names *names, struct table *table, const char *name,
                     struct target target)
{
    struct load *load = names->load;
    const struct target *first = table_get(table, bytes_of_text(name));
    if (first) {
        diagnostics_error(load->diagnostics, target.place,
                          "the name '%s' is taken by %s at %s, expected another name", name,
                          schema_allowed(load->arena, 1u << first->kind),
                          place_text(load->arena, first->place));
        return;
    }
    table_put(table, bytes_of_text(name), arena_copy(load->arena, &target, sizeof target));
}

static void add_instances(struct names *names, enum reference_kind kind, uint32_t index,
                          const char *name, struct place place,
                          const struct scenario_instances *instances)
{
    add_name(names, &names->nodes, name, (struct target){kind, index, -1, place});
    for (size_t i = 0; i < instances->count; i++) {
        const char *own = instances->items[i].name;
        /* A site named twice was reported as such. */
        if (strcmp(own, name) != 0 && !table_get(&names->nodes, bytes_of_text(own)))
            add_name(names, &names->nodes, own, (struct target){kind, index, (int32_t)i, place});
    }
}

static void add_names(struct names *names)
{
    const struct scenario *scenario = names->load->scenario;
    for (uint32_t i = 0; i < scenario->site_count; i++)
        add_name(names, &names->nodes, scenario->sites[i].name,
                 (struct target){REFERENCE_SITE, i, -1, scenario->sites[i].place});
    for (uint32_t i = 0; i < scenario->server_count; i++)
        add_instances(names, REFERENCE_SERVER, i, scenario->servers[i].name,
                      scenario->servers[i].place, &scenario->servers[i].instances);
    for (uint32_t i = 0; i < scenario->resolver_count; i++)
        add_instances(names, REFERENCE_RESOLVER, i, scenario->resolvers[i].name,
                      scenario->resolvers[i].place, &scenario->resolvers[i].instances);
    for (uint32_t i = 0; i < scenario->clients_count; i++)
        add_name(names, &names->nodes, scenario->clients[i].name,
                 (struct target){REFERENCE_CLIENTS, i, -1, scenario->clients[i].place});
    for (uint32_t i = 0; i < scenario->monitor_count; i++)
        add_name(names, &names->nodes, scenario->monitors[i].name,
                 (struct target){REFERENCE_MONITOR, i, -1, scenario->monitors[i].place});
    for (uint32_t i = 0; i < scenario->key_count; i++)
        add_name(names, &names->nodes, scenario->keys[i].name,
                 (struct target){REFERENCE_KEY, i, -1, scenario->keys[i].place});
    for (uint32_t i = 0; i < scenario->zone_count; i++)
        add_name(names, &names->zones, scenario->zones[i].name,
                 (struct target){REFERENCE_ZONE, i, -1, scenario->zones[i].place});
}

/* "a server" without its article; or "name" where several kinds could stand. */
static const char *wanted(struct load *load, unsigned allowed)
{
    bool is_single = (allowed & (allowed - 1)) == 0;
    return is_single ? schema_allowed(load->arena, allowed) + 2 : "name";
}

/* Names of the allowed kinds, for messages; with LIKENESS, offers them to it. */
static const char *list_names(const struct names *names, unsigned allowed,
                              struct likeness *likeness)
{
    const bool is_zone = (allowed & 1u << REFERENCE_ZONE) != 0;
    const struct table *table = is_zone ? &names->zones : &names->nodes;
    const char *list = "";
    size_t listed = 0;
    for (size_t i = 0; i < table->used; i++) {
        const struct target *target = table->entries[i].value;
        const char *name = (const char *)table->entries[i].key.data;
        if (!(allowed & 1u << target->kind))
            continue;
        likeness_offer(likeness, name);
        if (target->instance < 0 && ++listed <= LISTED_MAX)
            list = arena_format(names->load->arena, "%s%s%s", list, *list ? ", " : "", name);
    }
    return listed > LISTED_MAX ? arena_format(names->load->arena, "%s, ...", list) : list;
}

static void report_unknown(const struct names *names, const struct load_pending *pending)
{
    struct load *load = names->load;
    const struct reference *reference = pending->reference;
    struct likeness likeness = {.written = reference->name};
    const char *kind = wanted(load, pending->allowed);
    const char *list = "";
    if (load->diagnostics->errors < SUGGESTIONS_MAX)
        list = list_names(names, pending->allowed, &likeness);
    if (likeness.best)
        diagnostics_error(load->diagnostics, reference->place,
                          "unknown %s '%s', did you mean '%s'?", kind, reference->name,
                          likeness.best);
    else if (*list)
        diagnostics_error(load->diagnostics, reference->place, "unknown %s '%s', expected %s%s",
                          kind, reference->name, strchr(list, ',') ? "one of " : "", list);
    else
        diagnostics_error(load->diagnostics, reference->place, "unknown %s '%s', expected %s", kind,
                          reference->name, schema_allowed(load->arena, pending->allowed));
}

static const struct target *find_target(const struct names *names, struct load_pending *pending)
{
    struct reference *reference = pending->reference;
    const uint8_t *wire;
    if (!(pending->allowed & 1u << REFERENCE_ZONE))
        return table_get(&names->nodes, bytes_of_text(reference->name));
    const char *name;
    if (!load_domain_name(names->load, reference->name, reference->place, &wire, &name))
        return NULL;
    const struct target *target = table_get(&names->zones, bytes_of_text(name));
    if (!target)
        report_unknown(names, pending);
    return target;
}

static void resolve(const struct names *names, struct load_pending *pending)
{
    struct load *load = names->load;
    struct reference *reference = pending->reference;
    const struct target *target = find_target(names, pending);
    if (!target) {
        if (!(pending->allowed & 1u << REFERENCE_ZONE))
            report_unknown(names, pending);
        return;
    }
    if (!(pending->allowed & 1u << target->kind)) {
        diagnostics_error(load->diagnostics, reference->place, "'%s' is %s, expected %s",
                          reference->name, schema_allowed(load->arena, 1u << target->kind),
                          schema_allowed(load->arena, pending->allowed));
        return;
    }
    reference->kind = target->kind;
    reference->index = target->index;
    reference->instance = target->instance;
}

static void resolve_references(struct load *load)
{
    struct names names = {.load = load};
    add_names(&names);
    for (size_t i = 0; i < load->pending_count; i++)
        resolve(&names, &load->pending[i]);
    table_free(&names.nodes);
    table_free(&names.zones);
}

/* ---- what the other checks share --------------------------------------------------------- */

bool check_is_primary(const struct scenario_server *server, uint32_t zone)
{
    for (size_t i = 0; i < server->primary.count; i++) {
        const struct reference *reference = &server->primary.items[i];
        if (reference->kind == REFERENCE_ZONE && reference->index == zone)
            return true;
    }
    return false;
}

const struct scenario_secondary *check_find_secondary(const struct scenario_server *server,
                                                      uint32_t zone)
{
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        if (secondary->zone.kind == REFERENCE_ZONE && secondary->zone.index == zone)
            return secondary;
    }
    return NULL;
}

const char *check_duration_text(struct arena *arena, int64_t duration_ns)
{
    static const struct {
        const char *name;
        int64_t size;
    } units[] = {{"d", 86400 * NS_PER_S},
                 {"h", 3600 * NS_PER_S},
                 {"m", 60 * NS_PER_S},
                 {"s", NS_PER_S},
                 {"ms", NS_PER_MS},
                 {"us", NS_PER_US},
                 {"ns", 1}};
    const char *text = "";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t amount = duration_ns / units[i].size;
        duration_ns %= units[i].size;
        if (amount > 0)
            text = arena_format(arena, "%s%lld%s", text, (long long)amount, units[i].name);
    }
    return *text ? text : "0";
}

/* The first second of 2100. Times are 64 bits of nanoseconds and end in 2262; nodes add up to 2^32
 * seconds to them, 136 years. */
#define END_MAX_NS (INT64_C(4102444800) * NS_PER_S)

static void check_end(struct load *load)
{
    const struct scenario *scenario = load->scenario;
    if (scenario->start_ns > END_MAX_NS || scenario->duration_ns > END_MAX_NS - scenario->start_ns)
        diagnostics_error(load->diagnostics, (struct place){.file = scenario->file},
                          "the run ends after 2099, expected an earlier 'start' or a shorter "
                          "'duration'");
}

void check_scenario(struct load *load)
{
    check_end(load);
    resolve_references(load);
    check_sites(load);
    check_catalogs(load);
    check_zones(load);
    check_addresses(load);
    check_clients(load);
    check_timeline(load);
    check_expectations(load);
}
