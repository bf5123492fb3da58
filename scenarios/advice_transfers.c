/*
 * Transfers that will be refused, for what the two sides say of each other: who may transfer, keys
 * (RFC 8945), TLS (RFC 9103). Nothing here stops a run: to see it refused may be the point.
 */
#include "scenarios/check.h"

static bool allows(const struct scenario_server *source, uint32_t client,
                   const struct reference *key)
{
    if (source->allow_transfer.any)
        return true;
    for (size_t i = 0; i < source->allow_transfer.list.count; i++) {
        const struct reference *peer = &source->allow_transfer.list.items[i];
        if (peer->kind == REFERENCE_SERVER && peer->index == client)
            return true;
        if (peer->kind == REFERENCE_KEY && key->kind == REFERENCE_KEY && peer->index == key->index)
            return true;
    }
    return false;
}

/* ---- keys --------------------------------------------------------------------------------- */

static bool same_key(const struct reference *a, const struct reference *b)
{
    return a->kind == REFERENCE_KEY && b->kind == REFERENCE_KEY && a->index == b->index;
}

/* SERVER names the key somewhere. */
static bool names_key(const struct scenario_server *server, const struct reference *key)
{
    const struct reference_list *lists[] = {&server->allow_transfer.list,
                                            &server->allow_update.list};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < lists[i]->count; k++)
            if (same_key(&lists[i]->items[k], key))
                return true;
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        if (same_key(&secondary->key, key) ||
            (secondary->members && same_key(&secondary->members->key, key)))
            return true;
    }
    return false;
}

/* A server that does not say who may transfer has the keys of those who do. */
static bool has_key(const struct scenario_server *source, const struct reference *key)
{
    return !source->allow_transfer.given || names_key(source, key);
}

void advice_keys(const struct scenario *scenario, struct diagnostics *diagnostics)
{
    for (uint32_t i = 0; i < scenario->key_count; i++) {
        const struct reference key = {.kind = REFERENCE_KEY, .index = i};
        bool used = false;
        for (size_t k = 0; k < scenario->server_count && !used; k++)
            used = names_key(&scenario->servers[k], &key);
        if (!used)
            diagnostics_advice(diagnostics, scenario->keys[i].place,
                               "no server has the key '%s'; a secondary zone's 'key' or an "
                               "'allow-transfer' names it",
                               scenario->keys[i].name);
    }
}

/* ---- transfers that will be refused ------------------------------------------------------ */

static bool speaks_tls(const struct scenario_server *source,
                       const struct scenario_secondary *secondary)
{
    return secondary->tls == TRANSPORT_CLEAR
               ? !source->tls || source->tls->transfers == SERVER_TRANSFERS_ANY
               : source->tls != NULL;
}

static void advise_transport(const struct scenario_server *server,
                             const struct scenario_server *source,
                             const struct scenario_secondary *secondary, struct place place,
                             struct diagnostics *diagnostics)
{
    if (!speaks_tls(source, secondary))
        diagnostics_advice(diagnostics, place,
                           secondary->tls == TRANSPORT_CLEAR
                               ? "'%s' gives zones over TLS only, '%s' asks in clear: every "
                                 "attempt will be refused"
                               : "'%s' has no 'tls', '%s' asks over TLS: every attempt will fail",
                           source->name, server->name);
    else if (secondary->tls != TRANSPORT_CLEAR && !server->tls &&
             source->tls->transfers == SERVER_TRANSFERS_MUTUAL)
        diagnostics_advice(diagnostics, place,
                           "'%s' wants to see a certificate, '%s' has no 'tls' and so none: every "
                           "attempt will fail",
                           source->name, server->name);
    else if (secondary->tls == TRANSPORT_STRICT && secondary->alpn_required &&
             source->tls->alpn == SERVER_ALPN_NONE)
        diagnostics_advice(diagnostics, place,
                           "'%s' knows no ALPN, without which '%s' trusts nobody: every attempt "
                           "will fail",
                           source->name, server->name);
}

static void advise_from(const struct scenario *scenario, uint32_t client,
                        const struct scenario_secondary *secondary,
                        const struct reference_list *from, const struct reference *key,
                        struct diagnostics *diagnostics)
{
    const struct scenario_server *server = &scenario->servers[client];
    for (size_t i = 0; i < from->count; i++) {
        const struct reference *source = &from->items[i];
        bool allowed = allows(&scenario->servers[source->index], client, key);
        if (!allowed && key->kind == REFERENCE_KEY)
            diagnostics_advice(diagnostics, source->place,
                               "'%s' does not allow '%s' to transfer: every attempt will be "
                               "refused; its 'allow-transfer' names neither '%s' nor the key '%s' "
                               "that it signs with",
                               source->name, server->name, server->name, key->name);
        else if (!allowed)
            diagnostics_advice(diagnostics, source->place,
                               "'%s' does not allow '%s' to transfer: every attempt will be "
                               "refused",
                               source->name, server->name);
        else if (key->kind == REFERENCE_KEY && !has_key(&scenario->servers[source->index], key))
            diagnostics_advice(diagnostics, key->place,
                               "'%s' does not have the key '%s' that '%s' signs with: every "
                               "attempt will be refused; its 'allow-transfer' may name the key",
                               source->name, key->name, server->name);
        advise_transport(server, &scenario->servers[source->index], secondary, source->place,
                         diagnostics);
    }
}

/* A group without sources of its own has the members'. */
static void advise_members(const struct scenario *scenario, uint32_t client,
                           const struct scenario_secondary *secondary,
                           struct diagnostics *diagnostics)
{
    const struct scenario_members *members = secondary->members;
    if (members->from.items != secondary->from.items)
        advise_from(scenario, client, secondary, &members->from, &members->key, diagnostics);
    for (size_t i = 0; i < members->groups.count; i++)
        if (members->groups.items[i].from.items != members->from.items)
            advise_from(scenario, client, secondary, &members->groups.items[i].from,
                        &members->groups.items[i].key, diagnostics);
}

void advice_transfers(const struct scenario *scenario, uint32_t client,
                      struct diagnostics *diagnostics)
{
    const struct scenario_server *server = &scenario->servers[client];
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        advise_from(scenario, client, secondary, &secondary->from, &secondary->key, diagnostics);
        if (secondary->members)
            advise_members(scenario, client, secondary, diagnostics);
    }
}
