/* The keys of the map, of zones and of their servers. `site` stands before `address`, which is read
 * for each of the site's instances. */
#include "scenarios/schema_table.h"

static const struct schema_field network_fields[] = {
    {.key = "path-stretch",
     .kind = SCHEMA_DECIMAL,
     AT(scenario_network, path_stretch),
     .fallback = "1.5",
     .minimum = 1,
     .help = "How much longer than the great circle the fibre between two sites is."},
    {.key = "local-delay",
     .kind = SCHEMA_DURATION,
     AT(scenario_network, local_delay_ns),
     .fallback = "0.2ms",
     .help = "One-way delay between two hosts of the same site."},
    {.key = "withdraw-after",
     .kind = SCHEMA_DURATION,
     AT(scenario_network, withdraw_after_ns),
     .fallback = "30s",
     .help = "How long the route to an anycast address outlives its host."},
    {0},
};
const struct schema schema_network = {"network", SCHEMA_NAMELESS, sizeof(struct scenario_network),
                                      NULL, network_fields};

static const struct schema_field site_fields[] = {
    {.key = "location",
     .kind = SCHEMA_LOCATION,
     .fallback_says = "none; every other site then needs a link with a delay",
     .help = "Latitude and longitude in degrees, north and east positive."},
    {0},
};
const struct schema schema_site = {"site", SCHEMA_NODES, sizeof(struct scenario_site), NULL,
                                   site_fields};

static const struct schema_field link_fields[] = {
    {.key = "between",
     .kind = SCHEMA_ENDS,
     .required = true,
     AT(scenario_link, between),
     .allowed = SITES,
     .help = "The two sites; what follows holds in both directions."},
    {.key = "delay",
     .kind = SCHEMA_DURATION,
     AT(scenario_link, delay_ns),
     .fallback_says = "from the distance",
     .help = "One-way delay."},
    {.key = "jitter",
     .kind = SCHEMA_DURATION,
     AT(scenario_link, jitter_ns),
     .fallback = "0",
     .help = "Each packet takes up to this much longer, evenly distributed."},
    {.key = "loss",
     .kind = SCHEMA_PERCENTAGE,
     AT(scenario_link, loss_ppb),
     .fallback = "0%",
     .help = "The share of packets that get lost."},
    {0},
};
static const struct scenario_link link_initial = {.delay_ns = -1};
const struct schema schema_link = {"link", SCHEMA_NAMELESS, sizeof(struct scenario_link),
                                   &link_initial, link_fields};

static const struct schema_field zone_fields[] = {
    {.key = "file",
     .kind = SCHEMA_FILE,
     .one_of = true,
     .help = "The zone file, relative to the file that names it."},
    {.key = "records",
     .kind = SCHEMA_RECORDS,
     .one_of = true,
     .help = "The zone's records in zone file form, as a block of text."},
    {0},
};
const struct schema schema_zone = {"zone", SCHEMA_ZONES, sizeof(struct scenario_zone), NULL,
                                   zone_fields};

static const struct schema_field secondary_fields[] = {
    {.key = "from",
     .kind = SCHEMA_REFERENCES,
     .required = true,
     AT(scenario_secondary, from),
     .allowed = SERVERS,
     .help = "The servers to transfer from, in the order they are tried."},
    {0},
};
static const struct schema secondary = {"secondary zone", SCHEMA_HELD_ZONES,
                                        sizeof(struct scenario_secondary), NULL, secondary_fields};

static const struct schema_field server_fields[] = {
    {.key = "site",
     .kind = SCHEMA_INSTANCES,
     .required = true,
     AT(scenario_server, instances),
     .allowed = SITES,
     .help = "Where it stands; a list makes one instance (NAME.SITE) a site."},
    {.key = "address",
     .kind = SCHEMA_INSTANCE_ADDRESSES,
     AT(scenario_server, instances),
     .fallback_says = "from the zone file, else derived from the name",
     .help = "Its unicast addresses; with several instances, a map from site to addresses."},
    {.key = "anycast",
     .kind = SCHEMA_ADDRESSES,
     AT(scenario_server, anycast),
     .fallback_says = "none",
     .help = "Addresses that every instance announces."},
    {.key = "name",
     .kind = SCHEMA_DOMAIN,
     .fallback_says = "NODE.ZONE for each zone it holds",
     .help = "The host name by which NS records call it."},
    {.key = "primary",
     .kind = SCHEMA_REFERENCES,
     AT(scenario_server, primary),
     .allowed = ZONES,
     .fallback_says = "none",
     .help = "The zones it is primary for."},
    {.key = "secondary",
     .kind = SCHEMA_NAMED,
     .record = &secondary,
     ARRAY(scenario_server, secondary.items, secondary.count),
     .fallback_says = "none",
     .help = "The zones it is secondary for, and where each comes from."},
    {.key = "notify",
     .kind = SCHEMA_PEERS,
     AT(scenario_server, notify),
     .allowed = SERVERS,
     .fallback_says = "the servers that name it under `from`",
     .help = "Whom it sends NOTIFY when it has a new version of a zone that they hold."},
    {.key = "allow-transfer",
     .kind = SCHEMA_PEERS_OR_ANY,
     AT(scenario_server, allow_transfer),
     .allowed = SERVERS,
     .fallback_says = "the servers that name it under `from`",
     .help = "Who may transfer zones from it."},
    {.key = "ixfr",
     .kind = SCHEMA_BOOLEAN,
     AT(scenario_server, ixfr),
     .fallback = "true",
     .help = "Whether it asks for and answers with incremental transfers."},
    {0},
};
const struct schema schema_server = {"server", SCHEMA_NODES, sizeof(struct scenario_server), NULL,
                                     server_fields};
