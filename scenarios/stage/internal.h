/* The steps of building a stage, in order. Each returns false after an error. */
#ifndef SCENARIOS_STAGE_INTERNAL_H
#define SCENARIOS_STAGE_INTERNAL_H

#include "scenarios/held.h"
#include "scenarios/stage/stage.h"

/* Reads every zone file of the scenario. (zones.c) */
bool stage_load_zones(struct stage *stage);

/* Reads another version of a zone, one reference; interned. NULL if it has mistakes: they are told
 * as advice, since a server may well find such a file, and *WHY is what it says then. */
struct zone *stage_load_version(struct stage *stage, const struct scenario_zone *source,
                                const char **why);

/* Makes keys for the zones that the scenario wants signed, and tells their parents by DS. (sign.c)
 */
bool stage_make_signing_keys(struct stage *stage);

/* Appends to the stage's zones, for which there is room. Its origin is in lower case. */
void stage_add_zone(struct stage *stage, struct stage_zone zone);

/* The zone of the stage that is called so; NULL: none. */
const struct stage_zone *stage_zone_at(const struct stage *stage, const uint8_t *origin);

/* The zone of the stage that NAME is in, deepest first; NULL: none. */
const struct stage_zone *stage_zone_of(const struct stage *stage, const uint8_t *name);

/* Lists servers and members without addresses, adds the hierarchy's. (cast.c) */
bool stage_cast(struct stage *stage);

/* Gives every member its addresses: stated, bound by NS records, or derived. (addresses.c) */
bool stage_give_addresses(struct stage *stage);

/* The address by which FROM reaches member TO: an own one, of a family that both have. */
const struct address *stage_unicast(const struct stage_member *from, const struct stage_member *to);

/* True if `hierarchy: auto` has to make something. */
bool stage_makes_root(const struct stage *stage);

/* Makes the root and TLD zones with the delegations that the scenario's zones need. Needs
 * addresses. (hierarchy.c) */
bool stage_make_hierarchy(struct stage *stage);

/* Names of the hierarchy's servers in the stage. */
#define STAGE_ROOT_NAME "root-servers"
#define STAGE_TLD_NAME "tld-servers"

/* The keys of the scenario, with secrets for those that state none. (keys.c) */
void stage_make_keys(struct stage *stage);

/* Those that SERVER can know: it names them, or its secondaries do and it says nothing else. */
struct tsig_keys stage_keys_of(struct stage *stage, const struct scenario_server *server);

/* What secondary CLIENT signs with when it asks SOURCE for ZONE; NULL: it does not, or never asks.
 */
const struct tsig_key *stage_key_between(const struct stage *stage,
                                         const struct scenario_server *client,
                                         const struct scenario_server *source, uint32_t zone);

/* The authority and the servers' certificates, those to come too. (certificates.c) */
void stage_make_certificates(struct stage *stage);
void stage_free_certificates(struct stage *stage);

/* What MEMBER has for TLS. */
struct server_tls stage_tls_of(struct stage *stage, const struct stage_member *member);

/* How SECONDARY reaches server SOURCE, if over TLS; else NULL. */
const struct server_tls_peer *
stage_tls_peer(struct stage *stage, const struct scenario_secondary *secondary, uint32_t source);

/* Sites, links, hosts with their nodes' configuration. (hosts.c, configure.c) */
bool stage_make_hosts(struct stage *stage);
const struct server_config *stage_configure_server(struct stage *stage,
                                                   const struct stage_member *member);
const struct resolver_config *stage_configure_resolver(struct stage *stage,
                                                       const struct stage_member *member);
const struct monitor_config *stage_configure_monitor(struct stage *stage,
                                                     const struct stage_member *member);
const struct stub_config *stage_configure_stub(struct stage *stage,
                                               const struct stage_member *member);

/* Schedules what the timeline says; checks changes against the zones. (timeline.c) */
bool stage_schedule(struct stage *stage);

/* Plays the versions on the timeline through and advises on what will go wrong. (foresee.c) */
void stage_foresee(const struct stage *stage);

/* Advice on names that clients ask for and nobody has. (advice_clients.c) */
void stage_advise_clients(const struct stage *stage);

/* Fills in stage->topology; host ids must be known. (describe.c) */
void stage_describe(struct stage *stage);

/* NAME is that of SERVER in NS records of the zone ORIGIN: NODE.ZONE, or what `name:` says. */
bool stage_is_called(const struct scenario_server *server, const uint8_t *name,
                     const uint8_t *origin);

/* SERVER is primary or secondary for ZONE. */
bool stage_holds(const struct scenario_server *server, uint32_t zone);

/* A catalog as SOURCE lists its members: one reference. (catalogs.c) */
struct zone *stage_make_catalog(struct stage *stage, const struct scenario_zone *source);

/* The record by which CATALOG lists MEMBER. Its RDATA is MEMBER itself. */
struct rr stage_catalog_member(const struct stage *stage, const uint8_t *catalog,
                               const uint8_t *member);

/* Finds out what each catalog may list. */
void stage_list_members(struct stage *stage);

/* The catalog by which SERVER may come to hold ZONE, which it does not hold otherwise; or NULL. */
const struct scenario_secondary *
stage_member_of(const struct stage *stage, const struct scenario_server *server, uint32_t zone);

/* Members of server INDEX of the scenario. */
const struct stage_server *stage_server_of(const struct stage *stage, uint32_t index);

#endif
