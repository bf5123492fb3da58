/* One copy of equal zone versions for all nodes. See zone.h. */
#include "nodes/dns/zone_version.h"
#include "sim/base/arena.h"
#include "sim/base/table.h"
#include <stdlib.h>

struct zone_store {
    struct table versions; /* by digest */
};

static struct bytes key_of(const struct zone *zone)
{
    return bytes_of(zone->digest_key, sizeof zone->digest_key);
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
    free(store);
}

void zone_store_forget(struct zone *zone)
{
    if (zone->store)
        table_remove(&zone->store->versions, key_of(zone));
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
        return zone;
    }
    if (!zone_equal(known, zone))
        return zone;
    zone_release(zone);
    return zone_retain(known);
}

struct zone *zone_store_find(const struct zone_store *store, const uint8_t *origin, uint32_t serial)
{
    for (size_t i = 0; i < store->versions.used; i++) {
        struct zone *zone = store->versions.entries[i].value;
        if (zone && zone->serial == serial && name_equal(zone->origin, origin))
            return zone;
    }
    return NULL;
}
