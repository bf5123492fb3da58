/*
 * When the first of a zone's signatures runs out (RFC 4034 section 3.1.5).
 *
 * Asked for each version that is served, so it must not cost a walk each time: versions hand
 * on the earliest time and how many signatures have it.
 */
#include "nodes/dns/zone_sign.h"
#include "nodes/dns/zone_version.h"

void zone_expiry_add(struct zone_expiry *expiry, uint32_t at_s)
{
    if (!expiry->known)
        return;
    if (expiry->count == 0 || serial_is_after(expiry->at_s, at_s))
        *expiry = (struct zone_expiry){true, at_s, 1};
    else
        expiry->count += expiry->at_s == at_s;
}

void zone_expiry_remove(struct zone_expiry *expiry, uint32_t at_s)
{
    if (expiry->known && expiry->at_s == at_s && --expiry->count == 0)
        expiry->known = false;
}

static void find(const struct zone *zone, struct zone_expiry *expiry)
{
    struct bytes rdata;
    expiry->known = true;
    for (const struct zone_node *node = zone_apex(zone); node; node = zone_after(zone, node->name))
        for (size_t i = 0; i < node->set_count; i++)
            for (size_t at = 0;
                 node->sets[i]->type == RR_RRSIG && rrset_next(node->sets[i], &at, &rdata);)
                zone_expiry_add(expiry, bytes_get_u32(rdata.data + RRSIG_EXPIRY_AT));
}

bool zone_first_expiry(const struct zone *zone, uint32_t *expiry_s)
{
    const struct zone_expiry *expiry = zone->expiry.known ? &zone->expiry : &zone->lazy->expiry;
    if (!expiry->known)
        find(zone, &zone->lazy->expiry);
    *expiry_s = expiry->at_s;
    return expiry->count > 0 && zone_node_signatures(zone_apex(zone), RR_SOA);
}
