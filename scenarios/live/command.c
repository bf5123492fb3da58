/* understudy serve: from the command line to a node on real sockets. */
#include "scenarios/live/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "scenarios/files.h"
#include "scenarios/live/internal.h"

static const char address_expected[] =
    "expected a numeric address (names are not looked up) and a port from 1 to 65535, such as "
    "127.0.0.1:5300 or [::1]:5300";

static enum exit_code complain(const char *what, const char *why)
{
    fprintf(stderr, "understudy serve: %s: %s\n", what, why);
    return EXIT_BAD_INPUT;
}

static bool is_servable(const struct stage_member *member)
{
    return member->kind == TOPOLOGY_SERVER || member->kind == TOPOLOGY_RESOLVER;
}

/* "ns-a.fra, ns-a.iad"; NULL: it has no instances. */
static const char *instances_of(const struct stage *stage, const char *name)
{
    const char *list = NULL;
    size_t size = strlen(name);
    for (size_t i = 0; i < stage->member_count; i++) {
        const char *member = stage->members[i].name;
        if (is_servable(&stage->members[i]) && strncmp(member, name, size) == 0 &&
            member[size] == '.')
            list = list ? arena_format(stage->arena, "%s, %s", list, member) : member;
    }
    return list;
}

/* Why there is no server or resolver called NAME, and which may be meant. */
static const char *why_unknown(const struct stage *stage, const char *name)
{
    const char *instances = instances_of(stage, name);
    struct likeness likeness = {.written = name};
    if (instances)
        return arena_format(stage->arena, "it has several instances, expected one of %s",
                            instances);
    for (size_t i = 0; i < stage->scenario->clients_count; i++)
        if (strcmp(stage->scenario->clients[i].name, name) == 0)
            return "it is a group of clients, expected a server or resolver";
    for (size_t i = 0; i < stage->member_count; i++)
        if (is_servable(&stage->members[i]))
            likeness_offer(&likeness, stage->members[i].name);
    return arena_format(stage->arena, "the scenario has no server or resolver of this name%s%s%s",
                        likeness.best ? ", did you mean '" : "", likeness.best ? likeness.best : "",
                        likeness.best ? "'?" : "");
}

static const struct stage_member *find_member(const struct stage *stage, const char *name,
                                              size_t size)
{
    for (size_t i = 0; i < stage->member_count; i++) {
        const struct stage_member *member = &stage->members[i];
        if (is_servable(member) && strlen(member->name) == size &&
            memcmp(member->name, name, size) == 0)
            return member;
    }
    return NULL;
}

/* "ns1=127.0.0.2:5353"; of the family that the node's own sockets are of, which [::] is of both. */
static enum exit_code read_map(const struct live_options *live, const struct option_map *option,
                               struct live_peer *out)
{
    const struct stage *stage = live->stage;
    const char *map = option->text, *equals = strchr(map, '=');
    out->tls = option->tls;
    if (!equals)
        return complain(map, "expected NODE=ADDRESS:PORT");
    out->member = find_member(stage, map, (size_t)(equals - map));
    if (!out->member)
        return complain(
            map, why_unknown(stage, arena_format(stage->arena, "%.*s", (int)(equals - map), map)));
    if (!address_parse_port(equals + 1, &out->address))
        return complain(map, address_expected);
    bool both = address_is_any(&live->listen) && !address_is_ipv4(&live->listen);
    if (!both && address_is_ipv4(&out->address) != address_is_ipv4(&live->listen))
        return complain(map, "of another family than --listen: nothing would reach it");
    return EXIT_HELD;
}

/* ---- certificates -------------------------------------------------------------------------- */

static bool speaks_tls(const struct stage *stage, const char *file)
{
    if (!stage->tls)
        complain(file, "nobody speaks TLS in this scenario");
    return stage->tls != NULL;
}

static bool has_certificate(const struct stage *stage, const struct stage_member *member)
{
    const struct scenario_server *server =
        member->kind == TOPOLOGY_SERVER ? stage->servers[member->source].source : NULL;
    return server && server->tls;
}

static bool trust(const struct options *options, struct stage *stage)
{
    const char *error = NULL;
    struct bytes pem;
    if (!options->ca)
        return true;
    if (!speaks_tls(stage, options->ca))
        return false;
    if (files_real.read(NULL, stage->arena, options->ca, &pem, &error))
        error = tls_trust_pem(stage->tls, pem);
    if (error)
        complain(options->ca, error);
    return !error;
}

static enum exit_code write_authority(const struct options *options, const struct stage *stage)
{
    if (!options->write_ca)
        return EXIT_HELD;
    if (!speaks_tls(stage, options->write_ca))
        return EXIT_BAD_INPUT;
    char *pem = tls_certificate_pem(stage->authority);
    FILE *file = fopen(options->write_ca, "w");
    bool good = file && fputs(pem, file) >= 0;
    if (file)
        good = fclose(file) == 0 && good;
    free(pem);
    if (good)
        return EXIT_HELD;
    complain(options->write_ca, "can't be written");
    return EXIT_MACHINE;
}

int64_t live_command_now_ns(void)
{
    return live_wall_ns();
}

enum exit_code live_command(const struct options *options, struct stage *stage)
{
    struct live_peer *peers = arena_alloc(stage->arena, (options->map_count + 1) * sizeof *peers);
    struct live_options live = {
        .stage = stage,
        .member = find_member(stage, options->node, strlen(options->node)),
        .peers = peers,
        .peer_count = options->map_count,
        .state = options->state,
        .quiet = options->quiet,
    };
    if (!live.member)
        return complain(options->node, why_unknown(stage, options->node));
    if (!address_parse_port(options->listen, &live.listen))
        return complain(options->listen, address_expected);
    if (options->listen_tls && !has_certificate(stage, live.member))
        return complain(options->node, "--listen-tls, but the scenario gives it no 'tls'");
    if (options->listen_tls && !address_parse_port(options->listen_tls, &live.listen_tls))
        return complain(options->listen_tls, address_expected);
    if (!trust(options, stage))
        return EXIT_BAD_INPUT;
    enum exit_code written = write_authority(options, stage);
    if (written != EXIT_HELD)
        return written;
    for (size_t i = 0; i < options->map_count; i++) {
        enum exit_code code = read_map(&live, &options->maps[i], &peers[i]);
        if (code != EXIT_HELD)
            return code;
    }
    return live_serve(&live);
}
