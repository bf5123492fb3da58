/*
 * What the software that a server is called after does not do, or only its newer
 * versions do, though every row here does: catalog zones, transfers over TLS.
 * Nothing here stops a run.
 */
#include "scenarios/check.h"

static void advise_catalogs(const struct scenario_server *server, struct diagnostics *diagnostics)
{
    size_t catalogs = 0;
    if (server->software != SERVER_NSD_4)
        return;
    for (size_t i = 0; i < server->secondary.count; i++) {
        const struct scenario_secondary *secondary = &server->secondary.items[i];
        if (!secondary->members)
            continue;
        catalogs++;
        if (catalogs == 1)
            diagnostics_advice(diagnostics, secondary->place,
                               "'%s' takes a catalog zone; of NSD 4 the versions from 4.9 on do",
                               server->name);
        else
            diagnostics_advice(diagnostics, secondary->place,
                               "'%s' takes several catalog zones; NSD 4 obeys none if it is given "
                               "more than one",
                               server->name);
    }
}

static void advise_tls(const struct scenario_server *server, struct place place,
                       struct diagnostics *diagnostics)
{
    if (server->software == SERVER_PDNS_AUTH_4)
        diagnostics_advice(diagnostics, place,
                           "'%s' transfers over TLS; PowerDNS Authoritative 4 does not",
                           server->name);
    else if (server->software == SERVER_KNOT_3)
        diagnostics_advice(diagnostics, place,
                           "'%s' transfers over TLS; of Knot DNS 3 the versions from 3.4 on do",
                           server->name);
}

void advice_software(const struct scenario_server *server, struct diagnostics *diagnostics)
{
    advise_catalogs(server, diagnostics);
    if (server->tls) {
        advise_tls(server, server->place, diagnostics);
        return;
    }
    for (size_t i = 0; i < server->secondary.count; i++)
        if (server->secondary.items[i].tls != TRANSPORT_CLEAR)
            advise_tls(server, server->secondary.items[i].place, diagnostics);
}
