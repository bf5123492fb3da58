/*
 * Names: one space for sites, servers, resolvers, client groups (and the instances of those),
 * monitors and keys, one for zones. Every reference noted by the loader is looked up here. One that
 * is nearly right is taken for what it seems to mean, so that nothing else is told of it.
 */
#include "scenarios/check.h"

#include "sim/base/table.h"

#include <string.h>

/* Beyond so many mistakes nobody wants to be asked what he meant. */
enum { SUGGESTIONS_MAX = 100, LISTED_MAX = 6 };

struct target {
    enum reference_kind kind;
    uint32_t index;
    int32_t instance;
    struct place place;
    bool unclear;
};

struct names {
    struct load *load;
    struct table nodes; /* name to struct target */
    struct table zones; /* name with final dot to struct target */
};

/* ---- what there is ------------------------------------------------------------------------ */

static void add_name(struct names *names, struct table *table, const char *name,
                     struct target target)
{
    struct load *load = names->load;
    struct target *first = table_get(table, bytes_of_text(name));
    if (!first)
        table_put(table, bytes_of_text(name), arena_copy(load->arena, &target, sizeof target));
    else if (first->unclear || target.unclear)
        first->unclear = true; /* 'FRA' beside 'fra': told where its keys were read */
    else
        diagnostics_error(load->diagnostics, target.place,
                          "the name '%s' is taken by %s at %s, expected another name", name,
                          schema_allowed(load->arena, 1u << first->kind),
                          place_text(load->arena, first->place));
}

static void add_instances(struct names *names, const char *name,
                          const struct scenario_instances *instances, struct target target)
{
    for (size_t i = 0; i < instances->count; i++) {
        const char *own = instances->items[i].name;
        target.instance = (int32_t)i;
        /* A site named twice was reported as such. */
        if (strcmp(own, name) != 0 && !table_get(&names->nodes, bytes_of_text(own)))
            add_name(names, &names->nodes, own, target);
    }
}

static void add_names(struct names *names)
{
    const struct scenario *scenario = names->load->scenario;
    const struct {
        enum reference_kind kind;
        const void *items;
        size_t count, size;
    } parts[] = {
        {REFERENCE_SITE, scenario->sites, scenario->site_count, sizeof *scenario->sites},
        {REFERENCE_SERVER, scenario->servers, scenario->server_count, sizeof *scenario->servers},
        {REFERENCE_RESOLVER, scenario->resolvers, scenario->resolver_count,
         sizeof *scenario->resolvers},
        {REFERENCE_CLIENTS, scenario->clients, scenario->clients_count, sizeof *scenario->clients},
        {REFERENCE_MONITOR, scenario->monitors, scenario->monitor_count,
         sizeof *scenario->monitors},
        {REFERENCE_KEY, scenario->keys, scenario->key_count, sizeof *scenario->keys},
        {REFERENCE_ZONE, scenario->zones, scenario->zone_count, sizeof *scenario->zones},
    };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (size_t i = 0; i < parts[k].count; i++) {
            const void *item = (const char *)parts[k].items + i * parts[k].size;
            const struct load_named *named = item;
            const struct target target = {parts[k].kind, (uint32_t)i, -1, named->place,
                                          named->unclear};
            bool is_zone = target.kind == REFERENCE_ZONE;
            add_name(names, is_zone ? &names->zones : &names->nodes, named->name, target);
            if (target.kind == REFERENCE_SERVER)
                add_instances(names, named->name,
                              &((const struct scenario_server *)item)->instances, target);
            else if (target.kind == REFERENCE_RESOLVER)
                add_instances(names, named->name,
                              &((const struct scenario_resolver *)item)->instances, target);
        }
}

/* ---- what is not there -------------------------------------------------------------------- */

/* Names that could stand instead. */
struct offer {
    struct likeness likeness;
    const char *list; /* "fra, iad, ..." */
};

/* "a server" without its article; or "name" where several kinds could stand. */
static const char *wanted(struct load *load, unsigned allowed)
{
    bool is_single = (allowed & (allowed - 1)) == 0;
    return is_single ? schema_allowed(load->arena, allowed) + 2 : "name";
}

static const struct table *table_of(const struct names *names, unsigned allowed)
{
    return allowed & 1u << REFERENCE_ZONE ? &names->zones : &names->nodes;
}

/* Instances are listed for who has written another instance of the same node. */
static bool is_listed(const struct target *target, const char *name, const char *written)
{
    size_t node = strcspn(written, ".") + 1;
    bool is_instance = target->kind != REFERENCE_ZONE && written[node - 1] == '.';
    return target->instance >= 0 ? is_instance && strncmp(name, written, node) == 0 : !is_instance;
}

static struct offer find_offer(const struct names *names, const struct load_pending *pending)
{
    const char *written = pending->reference->name;
    struct offer offer = {.likeness = {.written = written}, .list = ""};
    const struct table *table = table_of(names, pending->allowed);
    size_t listed = 0;
    for (size_t i = 0; i < table->used; i++) {
        const struct target *target = table->entries[i].value;
        const char *name = (const char *)table->entries[i].key.data;
        if (!(pending->allowed & 1u << target->kind))
            continue;
        likeness_offer(&offer.likeness, name);
        if (is_listed(target, name, written) && ++listed <= LISTED_MAX)
            offer.list = arena_format(names->load->arena, "%s%s%s", offer.list,
                                      *offer.list ? ", " : "", name);
    }
    if (listed > LISTED_MAX)
        offer.list = arena_format(names->load->arena, "%s, ...", offer.list);
    return offer;
}

/* What nothing is like may stand in a part of the file that was not understood. */
static void tell_unknown(const struct names *names, const struct load_pending *pending,
                         const struct offer *offer)
{
    struct load *load = names->load;
    const struct reference *reference = pending->reference;
    const char *kind = wanted(load, pending->allowed);
    if (offer->likeness.best)
        diagnostics_error(load->diagnostics, reference->place,
                          "unknown %s '%s', did you mean '%s'?", kind, reference->name,
                          offer->likeness.best);
    else if (load->incomplete)
        return;
    else if (*offer->list)
        diagnostics_error(load->diagnostics, reference->place, "unknown %s '%s', expected %s%s",
                          kind, reference->name, strchr(offer->list, ',') ? "one of " : "",
                          offer->list);
    else
        diagnostics_error(load->diagnostics, reference->place, "unknown %s '%s', expected %s", kind,
                          reference->name, schema_allowed(load->arena, pending->allowed));
}

static const struct target *tell_kind(const struct names *names, const struct load_pending *pending,
                                      const struct target *target)
{
    struct load *load = names->load;
    diagnostics_error(load->diagnostics, pending->reference->place, "'%s' is %s, expected %s",
                      pending->reference->name, schema_allowed(load->arena, 1u << target->kind),
                      schema_allowed(load->arena, pending->allowed));
    return NULL;
}

/* What a name that is not found seems to mean, after telling so; NULL: nothing. */
static const struct target *guess(const struct names *names, const struct load_pending *pending,
                                  const struct target *of_other_space)
{
    const struct table *table = table_of(names, pending->allowed);
    struct offer offer = {.list = ""};
    if (of_other_space)
        return tell_kind(names, pending, of_other_space);
    if (names->load->diagnostics->errors < SUGGESTIONS_MAX)
        offer = find_offer(names, pending);
    const struct target *best =
        offer.likeness.best ? table_get(table, bytes_of_text(offer.likeness.best)) : NULL;
    /* A zone whose own name is no name: one mistake, and told. */
    if (!best || best->kind != REFERENCE_ZONE || !best->unclear)
        tell_unknown(names, pending, &offer);
    pending->reference->guessed = true;
    return best;
}

/* ---- looking up --------------------------------------------------------------------------- */

static const struct target *find_zone(const struct names *names, const struct load_pending *pending)
{
    const struct reference *reference = pending->reference;
    const uint8_t *wire;
    const char *name;
    if (!load_domain_name(names->load, reference->name, reference->place, &wire, &name))
        return NULL;
    const struct target *target = table_get(&names->zones, bytes_of_text(name));
    return target ? target
                  : guess(names, pending, table_get(&names->nodes, bytes_of_text(reference->name)));
}

/* A name in upper case that was told of where it stands for its part means that part. */
static const struct target *find_node(const struct names *names, const struct load_pending *pending)
{
    const char *name = pending->reference->name;
    const struct target *target = table_get(&names->nodes, bytes_of_text(name));
    if (target)
        return target;
    const char *lower = load_lower_case(names->load->arena, name);
    target = table_get(&names->nodes, bytes_of_text(lower));
    if (target && target->unclear)
        return target;
    return guess(names, pending,
                 table_get(&names->zones,
                           bytes_of_text(arena_format(names->load->arena, "%s%s", lower, "."))));
}

static void resolve(const struct names *names, struct load_pending *pending)
{
    struct reference *reference = pending->reference;
    const struct target *target = pending->allowed & 1u << REFERENCE_ZONE
                                      ? find_zone(names, pending)
                                      : find_node(names, pending);
    if (target && !(pending->allowed & 1u << target->kind))
        target = tell_kind(names, pending, target);
    if (!target)
        return;
    reference->kind = target->kind;
    reference->index = target->index;
    reference->instance = target->instance;
}

/* Who holds zones that are not known holds who knows what. */
static void mark_unclear(struct scenario_server *server)
{
    for (size_t i = 0; i < server->primary.count; i++)
        server->unclear = server->unclear || server->primary.items[i].kind == REFERENCE_NONE;
    for (size_t i = 0; i < server->secondary.count; i++)
        server->unclear = server->unclear || server->secondary.items[i].zone.kind == REFERENCE_NONE;
}

void check_names(struct load *load)
{
    struct names names = {.load = load};
    add_names(&names);
    for (size_t i = 0; i < load->pending_count; i++)
        resolve(&names, &load->pending[i]);
    for (size_t i = 0; i < load->scenario->server_count; i++)
        mark_unclear(&load->scenario->servers[i]);
    for (size_t i = 0; i < load->scenario->server_count; i++)
        held_index(load->arena, &load->scenario->servers[i]);
    table_free(&names.nodes);
    table_free(&names.zones);
}
