/* understudy serve: from the command line to a node on real sockets. */
#include "scenarios/live/command.h"

#include <stdio.h>

#include "scenarios/live/live.h"

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

static enum exit_code unknown_node(const struct stage *stage, const char *name)
{
    struct likeness likeness = {.written = name};
    for (size_t i = 0; i < stage->member_count; i++)
        if (is_servable(&stage->members[i]))
            likeness_offer(&likeness, stage->members[i].name);
    fprintf(stderr,
            "understudy serve: %s: the scenario has no server or resolver of this name%s%s%s\n",
            name, likeness.best ? ", did you mean '" : "", likeness.best ? likeness.best : "",
            likeness.best ? "'?" : "");
    return EXIT_BAD_INPUT;
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

/* "ns1=127.0.0.2:5353". */
static enum exit_code read_map(const struct stage *stage, const char *map, struct live_peer *out)
{
    const char *equals = strchr(map, '=');
    if (!equals)
        return complain(map, "expected NODE=ADDRESS:PORT");
    out->member = find_member(stage, map, (size_t)(equals - map));
    if (!out->member)
        return complain(map, "the scenario has no server or resolver of this name");
    if (!address_parse_port(equals + 1, &out->address))
        return complain(map, address_expected);
    return EXIT_HELD;
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
        return unknown_node(stage, options->node);
    if (!address_parse_port(options->listen, &live.listen))
        return complain(options->listen, address_expected);
    for (size_t i = 0; i < options->map_count; i++) {
        enum exit_code code = read_map(stage, options->maps[i], &peers[i]);
        if (code != EXIT_HELD)
            return code;
    }
    return live_serve(&live);
}
