/*
 * The table of the whole file, and how its kinds are described. Keys are read in
 * the order of their table, whatever the order of the file: `start` stands before
 * all that may be a timestamp, `duration` before what lasts to the end.
 */
#include "scenarios/schema_table.h"

#include <string.h>

static const struct schema_choice hierarchies[] = {
    {"auto", HIERARCHY_AUTO},
    {"none", HIERARCHY_NONE},
    {NULL, 0},
};
static const struct schema_field scenario_fields[] = {
    {.key = "name",
     .kind = SCHEMA_TITLE,
     AT(scenario, name),
     .fallback_says = "the file's name",
     .help = "What the scenario is called in its reports."},
    {.key = "description",
     .kind = SCHEMA_TEXT,
     AT(scenario, description),
     .fallback = "",
     .help = "What it shows, in a sentence or two."},
    {.key = "include",
     .kind = SCHEMA_INCLUDE,
     .fallback_says = "none",
     .help = "Other scenario files whose parts belong to this one."},
    {.key = "seed",
     .kind = SCHEMA_SEED,
     AT(scenario, seed),
     .fallback = "1",
     .help = "Where all chance comes from: same seed, same run."},
    {.key = "start",
     .kind = SCHEMA_TIMESTAMP,
     AT(scenario, start_ns),
     .fallback = "2026-01-01T00:00:00Z",
     .help = "What the clocks say when the run starts."},
    {.key = "duration",
     .kind = SCHEMA_DURATION,
     .required = true,
     AT(scenario, duration_ns),
     .minimum = 1,
     .help = "How long the run takes, in virtual time."},
    {.key = "network",
     .kind = SCHEMA_MAP,
     AT(scenario, network),
     .record = &schema_network,
     .fallback_says = "its keys' defaults",
     .help = "How the network behaves."},
    {.key = "sites",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, sites, site_count),
     .record = &schema_site,
     .fallback_says = "none",
     .help = "The places where hosts stand."},
    {.key = "links",
     .kind = SCHEMA_LIST,
     ARRAY(scenario, links, link_count),
     .record = &schema_link,
     .fallback_says = "none",
     .help = "Connections that differ from what the distance says."},
    {.key = "keys",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, keys, key_count),
     .record = &schema_key,
     .fallback_says = "none",
     .help = "The keys that servers sign with (TSIG), by name."},
    {.key = "zones",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, zones, zone_count),
     .record = &schema_zone,
     .fallback_says = "none",
     .help = "The zones, by name."},
    {.key = "servers",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, servers, server_count),
     .record = &schema_server,
     .fallback_says = "none",
     .help = "The name servers."},
    {.key = "hierarchy",
     .kind = SCHEMA_CHOICE,
     AT(scenario, hierarchy),
     .fallback = "auto",
     .choices = hierarchies,
     .help = "Whether root and TLD servers are made, as far as needed."},
    {.key = "resolvers",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, resolvers, resolver_count),
     .record = &schema_resolver,
     .fallback_says = "none",
     .help = "The recursive resolvers."},
    {.key = "clients",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, clients, clients_count),
     .record = &schema_clients,
     .fallback_says = "none",
     .help = "The groups of clients."},
    {.key = "monitors",
     .kind = SCHEMA_NAMED,
     ARRAY(scenario, monitors, monitor_count),
     .record = &schema_monitor,
     .fallback_says = "none",
     .help = "Probes that ask servers for SOA records and raise alarms."},
    {.key = "timeline",
     .kind = SCHEMA_LIST,
     ARRAY(scenario, timeline, timeline_count),
     .record = &schema_event,
     .fallback_says = "none",
     .help = "What happens, and when."},
    {.key = "expect",
     .kind = SCHEMA_SENTENCES,
     ARRAY(scenario, expectations, expectation_count),
     .fallback_says = "none",
     .help = "Sentences that must be true at the end."},
    {.key = "mutation",
     .kind = SCHEMA_SETTING,
     AT(scenario, mutation),
     .fallback_says = "none",
     .help = "A `PATH=VALUE` that, given to `--set`, makes an expectation fail."},
    {0},
};
const struct schema schema_scenario = {"scenario", SCHEMA_NAMELESS, sizeof(struct scenario), NULL,
                                       scenario_fields};

const struct schema_field *schema_find(const struct schema *schema, const char *key)
{
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        if (strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

static const char *const expected[SCHEMA_KIND_COUNT] = {
    [SCHEMA_TEXT] = "a text",
    [SCHEMA_SETTING] = "PATH=VALUE such as duration=2h",
    [SCHEMA_TITLE] = "a name of at most 100 characters without '/' that does not begin with '.'",
    [SCHEMA_INCLUDE] = "the path of a scenario file, or a list of them",
    [SCHEMA_SEED] = "a whole number from 0 to 2^63 - 1",
    [SCHEMA_COUNT] = "a whole number from 1 to 1000000",
    [SCHEMA_SERIAL] = "a serial from 0 to 4294967295",
    [SCHEMA_BOOLEAN] = "true or false",
    [SCHEMA_INSTANT] = "a time since the start such as 30m, or one such as 2026-01-01T00:30:00Z",
    [SCHEMA_TIMESTAMP] = "a time in UTC such as 2026-01-01T00:00:00Z",
    [SCHEMA_PERCENTAGE] = "a percentage from 0% to 100%, with up to 7 decimals, such as 0.1%",
    [SCHEMA_DECIMAL] = "a decimal number from 0 to below 1000000 such as 1.5",
    [SCHEMA_RATE] = "a rate above 0, up to 10^9/s, such as 2/s, 0.5/s or 10/h",
    [SCHEMA_LOCATION] = "a latitude from -90 to 90 and a longitude from -180 to 180 such as "
                        "[50.11, 8.68]",
    [SCHEMA_DOMAIN] = "a domain name",
    [SCHEMA_HOST_NAME] = "a host name such as ns1.example.com",
    [SCHEMA_FILE] = "the path of a zone file",
    [SCHEMA_RECORDS] = "records in zone file form, a block of lines after a '|'",
    [SCHEMA_KEY_FILE] = "the path of a private key file",
    [SCHEMA_SALT] = "up to 255 octets in hexadecimal such as 00ab",
    [SCHEMA_ITERATIONS] = "a whole number from 0 to 2500",
    [SCHEMA_REFERENCE] = "the name of ",
    [SCHEMA_REFERENCES] = "the name of ",
    [SCHEMA_ENDS] = "a list of two sites, [SITE, SITE]",
    [SCHEMA_PEERS] = "none, a server or a list of servers",
    [SCHEMA_PEERS_OR_ANY] = "any, none, a server, a key or a list of them",
    [SCHEMA_OFFSET] = "a duration up to 36500d, also a negative one, such as 400s or -5m",
    [SCHEMA_SECRET] = "a secret in base64 such as c2VjcmV0",
    [SCHEMA_ADDRESSES] = "an IPv4 or IPv6 address, or a list of them",
    [SCHEMA_INSTANCES] = "a site or a list of sites",
    [SCHEMA_INSTANCE_ADDRESSES] = "an IPv4 or IPv6 address, or a list of them",
    [SCHEMA_NAMES] = "a map such as {zipf: 1.0, from: ZONE}, a domain name or a list of them",
    [SCHEMA_TYPES] = "an RR type such as A, or a map such as {A: 90, AAAA: 10}",
    [SCHEMA_LINES] = "a record in zone file form, or a list of them",
    [SCHEMA_CHANGE] = "a zone",
    [SCHEMA_TARGET] = "a name, or {link: [SITE, SITE]}",
    [SCHEMA_SENTENCES] = "a list of sentences such as 'availability of all >= 99.9%'",
    [SCHEMA_MAP] = "a map of keys",
    [SCHEMA_OPTION] = "a map of keys",
};

static const char *const reference_names[] = {
    [REFERENCE_SITE] = "site",         [REFERENCE_SERVER] = "server",
    [REFERENCE_RESOLVER] = "resolver", [REFERENCE_CLIENTS] = "client group",
    [REFERENCE_MONITOR] = "monitor",   [REFERENCE_ZONE] = "zone",
    [REFERENCE_KEY] = "key",
};

const char *schema_allowed(struct arena *arena, unsigned allowed)
{
    const char *text = "";
    for (unsigned kind = REFERENCE_SITE; kind <= REFERENCE_KEY; kind++) {
        if (!(allowed & 1u << kind))
            continue;
        allowed &= ~(1u << kind);
        const char *joint = *text == '\0' ? "" : allowed ? ", " : " or ";
        text = arena_format(arena, "%s%sa %s", text, joint, reference_names[kind]);
    }
    return text;
}

bool schema_is_decimal(enum schema_kind kind)
{
    static const bool decimal[SCHEMA_KIND_COUNT] = {
        [SCHEMA_DURATION] = true,   [SCHEMA_OFFSET] = true,  [SCHEMA_INSTANT] = true,
        [SCHEMA_PERCENTAGE] = true, [SCHEMA_DECIMAL] = true, [SCHEMA_RATE] = true,
    };
    return decimal[kind];
}

static const char *expected_choice(struct arena *arena, const struct schema_choice *choices)
{
    const char *text = "one of";
    for (const struct schema_choice *choice = choices; choice->text; choice++)
        text = arena_format(arena, "%s%s %s", text, choice == choices ? "" : ",", choice->text);
    return text;
}

static const char *expected_duration(struct arena *arena, const struct schema_field *field)
{
    bool is_short = field->maximum > 0 && field->maximum <= 3600 * NS_PER_S;
    bool is_long = field->minimum >= 3600 * NS_PER_S;
    const char *from = is_long ? "from 1h to" : field->minimum > 0 ? "above 0 and up to" : "up to";
    const char *most = is_short ? "1h" : field->maximum > 0 ? "3650d" : "36500d";
    const char *such = is_short ? "50ms or 30s" : is_long ? "90m or 14d" : "50ms, 1h30m or 14d";
    return arena_format(arena, "a duration %s %s such as %s", from, most, such);
}

const char *schema_expected(struct arena *arena, const struct schema_field *field)
{
    const char *phrase = expected[field->kind];
    if (field->kind == SCHEMA_CHOICE)
        return expected_choice(arena, field->choices);
    if (field->kind == SCHEMA_REFERENCE || field->kind == SCHEMA_REFERENCES)
        return arena_format(arena, "%s%s%s", phrase, schema_allowed(arena, field->allowed),
                            field->kind == SCHEMA_REFERENCES ? ", or a list of them" : "");
    if (field->kind == SCHEMA_TARGET && !(field->allowed & SITES))
        return "a name";
    if (field->kind == SCHEMA_DURATION)
        return expected_duration(arena, field);
    if (field->kind == SCHEMA_DECIMAL && field->minimum > 0)
        return "a decimal number from 1 to below 1000000 such as 1.5";
    if (field->kind == SCHEMA_NAMED && field->record->naming == SCHEMA_HELD_ZONES)
        return "a map from zones to their sources such as {example.com: {from: ns1}}";
    if (field->kind == SCHEMA_NAMED)
        return arena_format(arena, "a map, each %s under its name", field->record->noun);
    if (field->kind == SCHEMA_LIST)
        return arena_format(arena, "a list, each %s after a '-'", field->record->noun);
    return phrase;
}
