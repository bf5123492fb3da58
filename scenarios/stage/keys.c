/* Keys for TSIG: their secrets, who has them, and who signs with what. */
#include "scenarios/stage/internal.h"

#include "sim/base/random.h"

enum { SECRET_SIZE = 32 };

/* The same for the same seed and name, whatever else the scenario has. */
static struct bytes derive_secret(struct stage *stage, const char *name)
{
    uint8_t *secret = arena_alloc(stage->arena, SECRET_SIZE);
    uint64_t key = random_key(stage->scenario->seed, name, "", "key");
    for (unsigned i = 0; i < SECRET_SIZE; i++)
        secret[i] = (uint8_t)(random_at(key, i / 8) >> i % 8 * 8);
    return bytes_of(secret, SECRET_SIZE);
}

void stage_make_keys(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    stage->keys = arena_alloc(stage->arena, (scenario->key_count + 1) * sizeof *stage->keys);
    for (size_t i = 0; i < scenario->key_count; i++) {
        const struct scenario_key *key = &scenario->keys[i];
        uint8_t name[NAME_SIZE_MAX];
        size_t size = name_prepend(bytes_of_text(key->name), name_root, name);
        stage->keys[i] = (struct tsig_key){
            .name = arena_copy(stage->arena, name, size),
            .algorithm = key->algorithm,
            .secret = key->secret.size > 0 ? key->secret : derive_secret(stage, key->name)};
    }
}

static void add_peers(bool *known, const struct scenario_peers *peers)
{
    for (size_t i = 0; i < peers->list.count; i++)
        if (peers->list.items[i].kind == REFERENCE_KEY)
            known[peers->list.items[i].index] = true;
}

static bool asks(const struct reference_list *from, uint32_t source)
{
    for (size_t i = 0; i < from->count; i++)
        if (from->items[i].index == source)
            return true;
    return false;
}

static void add_key(bool *known, const struct reference *key, const struct reference_list *from,
                    uint32_t source)
{
    if (key->kind == REFERENCE_KEY && (source == UINT32_MAX || asks(from, source)))
        known[key->index] = true;
}

static void add_members(bool *known, const struct scenario_members *members, uint32_t source)
{
    add_key(known, &members->key, &members->from, source);
    for (size_t i = 0; i < members->groups.count; i++)
        add_key(known, &members->groups.items[i].key, &members->groups.items[i].from, source);
}

static void add_secondaries(bool *known, const struct scenario_server *client, uint32_t source)
{
    for (size_t i = 0; i < client->secondary.count; i++) {
        const struct scenario_secondary *secondary = &client->secondary.items[i];
        add_key(known, &secondary->key, &secondary->from, source);
        if (secondary->members)
            add_members(known, secondary->members, source);
    }
}

struct tsig_keys stage_keys_of(struct stage *stage, const struct scenario_server *server)
{
    const struct scenario *scenario = stage->scenario;
    uint32_t index = (uint32_t)(server - scenario->servers);
    bool *known = arena_alloc(stage->arena, (scenario->key_count + 1) * sizeof *known);
    struct tsig_key *keys = arena_alloc(stage->arena, (scenario->key_count + 1) * sizeof *keys);
    struct tsig_keys out = {keys, 0};
    add_peers(known, &server->allow_transfer);
    add_peers(known, &server->allow_update);
    add_secondaries(known, server, UINT32_MAX);
    for (size_t i = 0; !server->allow_transfer.given && i < scenario->server_count; i++)
        add_secondaries(known, &scenario->servers[i], index);
    for (size_t i = 0; i < scenario->key_count; i++)
        if (known[i])
            keys[out.count++] = stage->keys[i];
    return out;
}

/* What it signs with when it asks SOURCE for members, of whatever group; NULL: it never asks. */
static const struct reference *member_key(const struct scenario_members *members, uint32_t source)
{
    if (asks(&members->from, source))
        return &members->key;
    for (size_t i = 0; i < members->groups.count; i++)
        if (asks(&members->groups.items[i].from, source))
            return &members->groups.items[i].key;
    return NULL;
}

const struct tsig_key *stage_key_between(const struct stage *stage,
                                         const struct scenario_server *client,
                                         const struct scenario_server *source, uint32_t zone)
{
    uint32_t index = (uint32_t)(source - stage->scenario->servers);
    const struct scenario_secondary *secondary = held_as_secondary(client, zone);
    if (secondary && asks(&secondary->from, index))
        return secondary->key.kind == REFERENCE_KEY ? &stage->keys[secondary->key.index] : NULL;
    const struct scenario_secondary *catalog = stage_member_of(stage, client, zone);
    const struct reference *key = catalog ? member_key(catalog->members, index) : NULL;
    return key && key->kind == REFERENCE_KEY ? &stage->keys[key->index] : NULL;
}
