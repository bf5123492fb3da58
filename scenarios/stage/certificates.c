/*
 * Certificates of servers that speak TLS, from an authority that exists for the
 * run: made from the seed and the server's name, whatever else the scenario has.
 */
#include "scenarios/stage/internal.h"

#include <stdlib.h>

enum {
    BACKDATE_S = 3600, /* of certificates that come later, for clocks that are behind */
    AUTHORITY_DAYS = 3650
};

#define DAY_S INT64_C(86400)

static bool is_spoken(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *server = &scenario->servers[i];
        if (server->tls)
            return true;
        for (size_t k = 0; k < server->secondary.count; k++)
            if (server->secondary.items[k].tls != TRANSPORT_CLEAR)
                return true;
    }
    return false;
}

/* ---- names --------------------------------------------------------------------------------- */

static const char *without_dot(struct arena *arena, const char *name)
{
    size_t size = strlen(name);
    return arena_format(arena, "%.*s", (int)(size > 0 && name[size - 1] == '.' ? size - 1 : size),
                        name);
}

/* `name`, or NODE.ZONE for the first zone. */
static const char *host_name(const struct stage *stage, const struct scenario_server *server)
{
    const char *zone = ".";
    if (server->host_name.text)
        return without_dot(stage->arena, server->host_name.text);
    if (server->primary.count > 0)
        zone = stage->scenario->zones[server->primary.items[0].index].name;
    else if (server->secondary.count > 0)
        zone = stage->scenario->zones[server->secondary.items[0].zone.index].name;
    if (strcmp(zone, ".") == 0)
        return server->name;
    return arena_format(stage->arena, "%s.%s", server->name, without_dot(stage->arena, zone));
}

/* ---- making them --------------------------------------------------------------------------- */

static void derive_secret(const struct stage *stage, const char *name,
                          uint8_t secret[TLS_SECRET_SIZE])
{
    uint64_t key = random_key(stage->scenario->seed, name, "", "certificate");
    for (unsigned i = 0; i < TLS_SECRET_SIZE; i++)
        secret[i] = (uint8_t)(random_at(key, i / 8) >> i % 8 * 8);
}

static struct tls_certificate *make(const struct stage *stage, const char *node,
                                    struct tls_certificate_terms terms)
{
    uint8_t secret[TLS_SECRET_SIZE];
    derive_secret(stage, node, secret);
    terms.secret = secret;
    terms.serial = random_key(stage->scenario->seed, node, "", "serial") + terms.serial;
    terms.issuer = stage->authority;
    return tls_certificate_create(stage->tls, &terms);
}

/* The Nth of SERVER, which comes AT_NS after the start. */
static struct tls_certificate *
issue(const struct stage *stage, const struct scenario_server *server, int64_t at_ns, uint64_t nth)
{
    const struct scenario_tls *tls = server->tls;
    int64_t begins_s = (stage->scenario->certificates_ns + at_ns) / NS_PER_S -
                       (nth > 0 ? BACKDATE_S : tls->inception_ns / NS_PER_S);
    return make(stage, server->name,
                (struct tls_certificate_terms){.name = tls->certificate_name
                                                           ? tls->certificate_name
                                                           : host_name(stage, server),
                                               .serial = nth,
                                               .begins_s = begins_s,
                                               .ends_s = begins_s + tls->lifetime_ns / NS_PER_S});
}

void stage_make_certificates(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    size_t count = scenario->server_count;
    if (!is_spoken(scenario))
        return;
    stage->tls = tls_create();
    stage->certificates = arena_alloc(stage->arena, (count + scenario->timeline_count + 1) *
                                                        sizeof *stage->certificates);
    int64_t start_s = scenario->certificates_ns / NS_PER_S;
    stage->authority = make(stage, "",
                            (struct tls_certificate_terms){
                                .name = "understudy",
                                .begins_s = start_s - AUTHORITY_DAYS * DAY_S,
                                .ends_s = start_s + AUTHORITY_DAYS * DAY_S,
                            });
    tls_trust(stage->tls, stage->authority);
    for (size_t i = 0; i < count; i++)
        if (scenario->servers[i].tls)
            stage->certificates[i] = issue(stage, &scenario->servers[i], 0, 0);
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (event->action == ACTION_RENEW)
            stage->certificates[count + i] =
                issue(stage, &scenario->servers[event->target.index], event->at_ns, i + 1);
    }
}

void stage_free_certificates(struct stage *stage)
{
    size_t count = stage->scenario->server_count + stage->scenario->timeline_count;
    for (size_t i = 0; stage->tls && i < count; i++)
        tls_certificate_free(stage->certificates[i]);
    tls_certificate_free(stage->authority);
    tls_destroy(stage->tls);
}

/* ---- who has them -------------------------------------------------------------------------- */

static bool renews(const struct scenario_event *event, const struct stage_member *member)
{
    return event->action == ACTION_RENEW && stage_is_meant(member, &event->target);
}

struct server_tls stage_tls_of(struct stage *stage, const struct stage_member *member)
{
    const struct scenario *scenario = stage->scenario;
    const struct scenario_server *server = stage->servers[member->source].source;
    struct server_tls out = {.shared = stage->tls};
    if (!server->tls)
        return out;
    size_t count = 1;
    for (size_t i = 0; i < scenario->timeline_count; i++)
        count += renews(&scenario->timeline[i], member);
    struct server_certificate *list = arena_alloc(stage->arena, count * sizeof *list);
    list[out.certificate_count++].certificate = stage->certificates[server - scenario->servers];
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        const struct scenario_event *event = &scenario->timeline[i];
        if (renews(event, member))
            list[out.certificate_count++] = (struct server_certificate){
                event->at_ns, stage->certificates[scenario->server_count + i]};
    }
    out.certificates = list;
    out.transfers = server->tls->transfers;
    out.alpn = server->tls->alpn;
    return out;
}

const struct server_tls_peer *
stage_tls_peer(struct stage *stage, const struct scenario_secondary *secondary, uint32_t source)
{
    if (secondary->tls == TRANSPORT_CLEAR)
        return NULL;
    struct server_tls_peer *peer = arena_alloc(stage->arena, sizeof *peer);
    if (secondary->tls != TRANSPORT_STRICT)
        return peer;
    peer->name = host_name(stage, &stage->scenario->servers[source]);
    peer->demand_alpn = secondary->alpn_required;
    return peer;
}
