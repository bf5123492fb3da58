/* What the files of the schema's tables share. */
#ifndef SCENARIOS_SCHEMA_TABLE_H
#define SCENARIOS_SCHEMA_TABLE_H

#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "sim/base/time.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define ARRAY(type, member, count) \
    .offset = offsetof(struct type, member), .count_offset = offsetof(struct type, count)

#define SITES (1u << REFERENCE_SITE)
#define SERVERS (1u << REFERENCE_SERVER)
#define RESOLVERS (1u << REFERENCE_RESOLVER)
#define CLIENTS (1u << REFERENCE_CLIENTS)
#define MONITORS (1u << REFERENCE_MONITOR)
#define ZONES (1u << REFERENCE_ZONE)
#define KEYS (1u << REFERENCE_KEY)

/* Longer delays and time-outs would not fit where nodes add and double them. */
#define AT_MOST_AN_HOUR .maximum = 3600 * NS_PER_S

/* Times of signatures are compared modulo 2^32 seconds: RFC 4034 section 3.1.5. */
#define AT_MOST_TEN_YEARS .maximum = 3650 * INT64_C(86400) * NS_PER_S

extern const struct schema schema_network, schema_site, schema_link, schema_key, schema_zone,
    schema_signing, schema_tls, schema_server, schema_resolver, schema_clients, schema_monitor,
    schema_event;

#endif
