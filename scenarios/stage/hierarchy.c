/*
 * `hierarchy: auto`: the root and the top-level domains above the scenario's zones,
 * with delegations made from the zones' own NS records and addresses.
 */
#include "scenarios/stage/internal.h"

enum {
    HIERARCHY_TTL_S = 172800, /* as in the real root and com zones */
    SOA_SIZE_MAX = 2 * NAME_SIZE_MAX + 20,
};

struct make {
    struct stage *stage;
    struct zone_edit *edit;
    const uint8_t *origin;
};

static void add(struct make *make, const uint8_t *owner, uint16_t type, struct bytes rdata)
{
    struct rr rr = {
        .owner = owner, .type = type, .class = CLASS_IN, .ttl = HIERARCHY_TTL_S, .rdata = rdata};
    zone_edit_add(make->edit, &rr); /* a record that is there already is as good */
}

static void text_name(const char *text, const uint8_t *origin, uint8_t out[NAME_SIZE_MAX])
{
    const char *error = NULL;
    name_from_text(bytes_of_text(text), origin, out, &error);
}

static void add_soa(struct make *make, const uint8_t *mname)
{
    static const uint32_t timers_s[] = {1, 1800, 900, 604800, 86400}; /* those of the root */
    uint8_t rname[NAME_SIZE_MAX], rdata[SOA_SIZE_MAX];
    struct writer w = writer_of(rdata, sizeof rdata);
    text_name("hostmaster", make->origin, rname);
    writer_bytes(&w, mname, name_size(mname));
    writer_bytes(&w, rname, name_size(rname));
    for (unsigned i = 0; i < 5; i++)
        writer_u32(&w, timers_s[i]);
    add(make, make->origin, RR_SOA, bytes_of(rdata, w.size));
}

static void add_address(struct make *make, const uint8_t *owner, const struct address *address)
{
    bool ipv4 = address_is_ipv4(address);
    add(make, owner, ipv4 ? RR_A : RR_AAAA, bytes_of(address->ip + (ipv4 ? 12 : 0), ipv4 ? 4 : 16));
}

/* ---- delegations from what a zone says of itself ------------------------------------------ */

static void add_glue(struct make *make, const uint8_t *name)
{
    const struct stage_zone *home = stage_zone_of(make->stage, name);
    const struct zone_node *node = home ? zone_find(home->zone, name) : NULL;
    static const uint16_t types[] = {RR_A, RR_AAAA};
    for (unsigned i = 0; node && i < 2; i++) {
        const struct rrset *set = zone_node_get(node, types[i]);
        struct bytes rdata;
        for (size_t at = 0; set && rrset_next(set, &at, &rdata);)
            add(make, name, types[i], rdata);
    }
}

static void delegate(struct make *make, const struct stage_zone *child)
{
    const struct rrset *names = zone_node_get(zone_apex(child->zone), RR_NS);
    struct bytes rdata;
    for (size_t at = 0; names && rrset_next(names, &at, &rdata);) {
        add(make, child->origin, RR_NS, rdata);
        if (name_is_under(rdata.data, make->origin))
            add_glue(make, rdata.data);
    }
    if (child->key) {
        uint8_t ds[SIGNING_DS_SIZE];
        signing_key_ds(child->key, child->origin, ds);
        add(make, child->origin, RR_DS, bytes_of(ds, sizeof ds));
    }
}

/* ---- the zones ----------------------------------------------------------------------------- */

static const struct stage_member *hierarchy_member(const struct stage *stage, const char *name)
{
    for (size_t i = stage->scenario->server_count; i < stage->server_count; i++)
        if (strcmp(stage->servers[i].name, name) == 0)
            return &stage->members[stage->servers[i].first_member];
    return NULL;
}

static struct make begin(struct stage *stage, const uint8_t *origin)
{
    return (struct make){stage, zone_edit_begin_empty(origin), origin};
}

/* The zone's own server: NAME with the address of SERVER. */
static void add_apex(struct make *make, const uint8_t *name, const char *server)
{
    add_soa(make, name);
    add(make, make->origin, RR_NS, bytes_of(name, name_size(name)));
    const struct stage_member *member = hierarchy_member(make->stage, server);
    for (size_t i = 0; i < member->anycast_count; i++)
        add_address(make, name, &member->anycast[i]);
}

static void end(struct make *make)
{
    struct stage *stage = make->stage;
    char text[NAME_TEXT_SIZE];
    stage_add_zone(stage, (struct stage_zone){
                              .origin = make->origin,
                              .name = arena_text(stage->arena, name_to_text(make->origin, text)),
                              .zone = zone_store_intern(stage->store, zone_edit_finish(make->edit)),
                          });
}

static bool is_hosted(const struct stage *stage, const uint8_t *origin)
{
    return stage_zone_at(stage, origin) != NULL;
}

/* True if another of the scenario's zones stands between ZONE and the top-level domain: then its
 * delegation is that zone's own affair. */
static bool has_parent_in_scenario(const struct stage *stage, const struct stage_zone *zone)
{
    const struct stage_zone *parent = stage_zone_of(stage, name_parent(zone->origin));
    return parent && parent->source;
}

/* ---- name servers whose own zone nobody in the scenario serves ------------------------------ */

/* The scenario's server called NAME by `name:`, if no zone of the scenario could hold its address;
 * otherwise NULL. */
static const struct stage_server *homeless(const struct stage *stage, const uint8_t *name)
{
    const struct stage_zone *home = stage_zone_of(stage, name);
    if (home && home->source)
        return NULL;
    for (uint32_t i = 0; i < stage->scenario->server_count; i++) {
        const struct scenario_server *server = &stage->scenario->servers[i];
        if (server->host_name_wire && name_equal(server->host_name_wire, name))
            return &stage->servers[i];
    }
    return NULL;
}

/* Its addresses stand in the top-level domain itself, as if its zone were served there. */
static void add_homeless(struct make *make, const uint8_t *name)
{
    const struct stage_server *server = homeless(make->stage, name);
    if (!server || !name_is_under(name, make->origin))
        return;
    const struct stage_member *member = &make->stage->members[server->first_member];
    for (size_t i = 0; i < member->anycast_count; i++)
        add_address(make, name, &member->anycast[i]);
    for (size_t i = 0; member->anycast_count == 0 && i < member->addresses_per_host; i++)
        add_address(make, name, &member->addresses[i]);
}

/* Calls ACT for every name in the NS records of the scenario's zones. */
static void for_ns_names(struct stage *stage, void (*act)(void *context, const uint8_t *name),
                         void *context)
{
    for (size_t i = 0; i < stage->scenario->zone_count; i++) {
        const struct rrset *names = zone_node_get(zone_apex(stage->zones[i].zone), RR_NS);
        struct bytes rdata;
        for (size_t at = 0; names && rrset_next(names, &at, &rdata);)
            act(context, rdata.data);
    }
}

static void visit_homeless(void *context, const uint8_t *name)
{
    add_homeless(context, name);
}

static void make_tld(struct stage *stage, const uint8_t *tld)
{
    uint8_t server[NAME_SIZE_MAX];
    struct make make = begin(stage, tld);
    text_name("a.nic", tld, server);
    add_apex(&make, server, STAGE_TLD_NAME);
    for (size_t i = 0; i < stage->scenario->zone_count; i++) {
        const struct stage_zone *zone = &stage->zones[i];
        if (name_is_under(zone->origin, tld) && !zone->source->is_catalog &&
            !has_parent_in_scenario(stage, zone))
            delegate(&make, zone);
    }
    for_ns_names(stage, visit_homeless, &make);
    end(&make);
}

/* For the root and the top-level domains. */
static void make_room(struct stage *stage)
{
    size_t room = stage->zone_count + 1;
    for (size_t i = 0; i < stage->scenario->zone_count; i++) {
        const struct rrset *names = zone_node_get(zone_apex(stage->zones[i].zone), RR_NS);
        room += 1 + (names ? names->count : 0);
    }
    struct stage_zone *zones = arena_alloc(stage->arena, room * sizeof *zones);
    memcpy(zones, stage->zones, stage->zone_count * sizeof *zones);
    stage->zones = zones;
}

static void host_tld(struct stage *stage, const uint8_t *name)
{
    const uint8_t *tld = name_suffix(name, 1);
    if (!is_hosted(stage, tld))
        make_tld(stage, tld);
}

static void host_tld_of_homeless(void *context, const uint8_t *name)
{
    if (homeless(context, name))
        host_tld(context, name);
}

static void make_root(struct stage *stage)
{
    uint8_t server[NAME_SIZE_MAX];
    struct make make = begin(stage, name_root);
    text_name("a.root-servers.net.", NULL, server);
    add_apex(&make, server, STAGE_ROOT_NAME);
    for (size_t i = 0; i < stage->zone_count; i++)
        if (name_label_count(stage->zones[i].origin) == 1 &&
            !(stage->zones[i].source && stage->zones[i].source->is_catalog))
            delegate(&make, &stage->zones[i]);
    end(&make);
}

/* Says which of the zones made last a hierarchy's server serves. */
static void assign(struct stage *stage, const char *name, size_t first, size_t end_at)
{
    for (size_t i = stage->scenario->server_count; i < stage->server_count; i++) {
        struct stage_server *server = &stage->servers[i];
        if (strcmp(server->name, name) != 0)
            continue;
        uint32_t *zones = arena_alloc(stage->arena, (end_at - first + 1) * sizeof *zones);
        for (size_t k = first; k < end_at; k++)
            zones[k - first] = (uint32_t)k;
        server->hierarchy_zones = zones;
        server->hierarchy_zone_count = end_at - first;
    }
}

bool stage_make_hierarchy(struct stage *stage)
{
    if (!stage_makes_root(stage))
        return true;
    size_t first = stage->zone_count;
    make_room(stage);
    for (size_t i = 0; i < stage->scenario->zone_count; i++)
        if (!stage->zones[i].source->is_catalog) /* not for resolvers */
            host_tld(stage, stage->zones[i].origin);
    for_ns_names(stage, host_tld_of_homeless, stage);
    size_t root = stage->zone_count;
    make_root(stage);
    assign(stage, STAGE_TLD_NAME, first, root);
    assign(stage, STAGE_ROOT_NAME, root, root + 1);
    return true;
}
