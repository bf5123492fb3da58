/* A sorted list of what a server is configured with, looked up by halving. */
#include "scenarios/held.h"

#include <stdlib.h>

enum { PRIMARY = 0 };

static int compare(const void *left, const void *right)
{
    const struct scenario_held *a = left, *b = right;
    if (a->zone != b->zone)
        return a->zone < b->zone ? -1 : 1;
    return a->secondary < b->secondary ? -1 : a->secondary > b->secondary;
}

static void list_catalogs(struct arena *arena, struct scenario_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < server->secondary.count; i++)
        count += server->secondary.items[i].members != NULL;
    const struct scenario_secondary **list = arena_alloc(arena, (count + 1) * sizeof *list);
    for (size_t i = 0; i < server->secondary.count; i++)
        if (server->secondary.items[i].members)
            list[server->catalog_count++] = &server->secondary.items[i];
    server->catalogs = list;
}

void held_index(struct arena *arena, struct scenario_server *server)
{
    size_t count = server->primary.count + server->secondary.count, at = 0;
    struct scenario_held *held = arena_alloc(arena, (count + 1) * sizeof *held);
    for (size_t i = 0; i < server->primary.count; i++)
        if (server->primary.items[i].kind == REFERENCE_ZONE)
            held[at++] = (struct scenario_held){server->primary.items[i].index, PRIMARY};
    for (uint32_t i = 0; i < server->secondary.count; i++)
        if (server->secondary.items[i].zone.kind == REFERENCE_ZONE)
            held[at++] = (struct scenario_held){server->secondary.items[i].zone.index, i + 1};
    qsort(held, at, sizeof *held, compare);
    server->held = held;
    server->held_count = at;
    list_catalogs(arena, server);
}

/* The first entry that is not before (ZONE, SECONDARY), if it is about ZONE. */
static const struct scenario_held *find(const struct scenario_server *server, uint32_t zone,
                                        uint32_t secondary)
{
    struct scenario_held wanted = {zone, secondary};
    size_t first = 0, end = server->held_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare(&server->held[middle], &wanted) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    bool found = first < server->held_count && server->held[first].zone == zone;
    return found ? &server->held[first] : NULL;
}

bool held_as_primary(const struct scenario_server *server, uint32_t zone)
{
    const struct scenario_held *held = find(server, zone, PRIMARY);
    return held && held->secondary == PRIMARY;
}

const struct scenario_secondary *held_as_secondary(const struct scenario_server *server,
                                                   uint32_t zone)
{
    const struct scenario_held *held = find(server, zone, PRIMARY + 1);
    return held ? &server->secondary.items[held->secondary - 1] : NULL;
}
