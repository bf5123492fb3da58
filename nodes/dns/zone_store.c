/* One copy of equal zone versions for all nodes. See zone.h. */
#include "nodes/dns/zone_version.h"
#include "sim/base/arena.h"
#include "sim/base/table.h"
#include <stdlib.h>

struct zone_store {
    struct table versions; /* by digest */
    struct table serials;  /* the first of those with the same origin and serial, by both */
};

static struct bytes key_of(const struct zone *zone)
{
    return bytes_of(zone->digest_key, sizeof zone->digest_key);
}

/* Made of a hash of the origin: who finds a version looks at its name. */
static struct bytes write_serial_key(const uint8_t *origin, uint32_t serial, uint8_t out[12])
{
    uint8_t lower[NAME_SIZE_MAX];
    uint64_t hash = bytes_hash(lower, name_lower(origin, lower), 0);
    bytes_put_u32(out, (uint32_t)(hash >> 32));
    bytes_put_u32(out + 4, (uint32_t)hash);
    bytes_put_u32(out + 8, serial);
    return bytes_of(out, 12);
}

static struct bytes serial_key_of(const struct zone *zone)
{
    return bytes_of(zone->serial_key, sizeof zone->serial_key);
}

struct zone_store *zone_store_create(void)
{
    return memory_zeroed(sizeof(struct zone_store));
}

void zone_store_destroy(struct zone_store *store)
{
    for (size_t i = 0; i < store->versions.used; i++)
        if (store->versions.entries[i].value)
            ((struct zone *)store->versions.entries[i].value)->store = NULL;
    table_free(&store->versions);
    table_free(&store->serials);
    free(store);
}

/* There are several with one serial only where somebody has given it twice. */
static void add_serial(struct zone_store *store, struct zone *zone)
{
    struct bytes key = write_serial_key(zone->origin, zone->serial, zone->serial_key);
    struct zone *last = table_get(&store->serials, key);
    zone->same_key_next = zone->same_key_before = NULL;
    if (!last) {
        table_put(&store->serials, key, zone);
        return;
    }
    while (last->same_key_next)
        last = last->same_key_next;
    last->same_key_next = zone;
    zone->same_key_before = last;
}

static void remove_serial(struct zone_store *store, const struct zone *zone)
{
    struct zone *next = zone->same_key_next, *before = zone->same_key_before;
    if (next)
        next->same_key_before = before;
    if (before)
        before->same_key_next = next;
    else if (next)
        table_put(&store->serials, serial_key_of(next), next);
    else
        table_remove(&store->serials, serial_key_of(zone));
}

void zone_store_forget(struct zone *zone)
{
    if (!zone->store)
        return;
    table_remove(&zone->store->versions, key_of(zone));
    remove_serial(zone->store, zone);
    zone->store = NULL;
}

/* Two versions with one digest and different content: the second one does without the store. */
struct zone *zone_store_intern(struct zone_store *store, struct zone *zone)
{
    if (zone->store)
        return zone;
    zone_digest(zone, zone->digest_key);
    struct zone *known = table_get(&store->versions, key_of(zone));
    if (!known) {
        zone->store = store;
        table_put(&store->versions, key_of(zone), zone);
        add_serial(store, zone);
        return zone;
    }
    if (!zone_equal(known, zone))
        return zone;
    zone_release(zone);
    return zone_retain(known);
}

struct zone *zone_store_find(const struct zone_store *store, const uint8_t *origin, uint32_t serial)
{
    uint8_t key[12];
    struct zone *zone = table_get(&store->serials, write_serial_key(origin, serial, key));
    while (zone && (zone->serial != serial || !name_equal(zone->origin, origin)))
        zone = zone->same_key_next;
    return zone;
}
