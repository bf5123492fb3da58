#include "tests/support/zone_chain.h"
#include <assert.h>

static bool is_hidden(const struct zone *zone, const struct zone_node *node)
{
    struct zone_search search;
    zone_search(zone, node->name, &search);
    return search.cut && search.cut != node;
}

/* The next owner that is not below a cut; the apex after the last one. */
static const struct zone_node *next_owner(const struct zone *zone, const struct zone_node *node)
{
    do
        node = zone_after(zone, node->name);
    while (node && is_hidden(zone, node));
    return node ? node : zone_apex(zone);
}

static void add(struct zone_edit *edit, const uint8_t *owner, uint16_t type, struct writer rdata)
{
    struct rr rr = {.owner = owner,
                    .type = type,
                    .class = CLASS_IN,
                    .ttl = 60,
                    .rdata = {rdata.data, rdata.size}};
    enum zone_edit_result result = zone_edit_add(edit, &rr);
    assert(result == ZONE_EDIT_OK && !rdata.failed);
}

static void sign(struct zone_edit *edit, const struct zone *zone, const uint8_t *owner,
                 uint16_t covers)
{
    static const uint8_t fixed[16] = {8, 1, 0, 0, 0, 60, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    uint8_t data[400];
    struct writer rdata = writer_of(data, sizeof data);
    writer_u16(&rdata, covers);
    writer_bytes(&rdata, fixed, sizeof fixed);
    writer_bytes(&rdata, zone_origin(zone), name_size(zone_origin(zone)));
    writer_bytes(&rdata, "signature", 9);
    add(edit, owner, RR_RRSIG, rdata);
}

/* All types of the model fit into the first window. */
static void add_nsec(struct zone_edit *edit, const struct zone_node *node,
                     const struct zone_node *next)
{
    uint8_t data[400], bitmap[32] = {0};
    struct writer rdata = writer_of(data, sizeof data);
    for (size_t i = 0; i < node->set_count; i++)
        bitmap[node->sets[i]->type / 8] |= (uint8_t)(0x80 >> node->sets[i]->type % 8);
    bitmap[RR_RRSIG / 8] |= 0x80 >> RR_RRSIG % 8;
    bitmap[RR_NSEC / 8] |= 0x80 >> RR_NSEC % 8;
    writer_bytes(&rdata, next->name, name_size(next->name));
    writer_u8(&rdata, 0);
    writer_u8(&rdata, 8);
    writer_bytes(&rdata, bitmap, 8);
    add(edit, node->name, RR_NSEC, rdata);
}

struct zone *zone_with_chain(const struct zone *zone)
{
    struct zone_edit *edit = zone_edit_begin(zone);
    const struct zone_node *node = zone_apex(zone);
    do {
        const struct zone_node *next = next_owner(zone, node);
        for (size_t i = 0; i < node->set_count; i++)
            if (!node->is_cut || node->sets[i]->type == RR_DS)
                sign(edit, zone, node->name, node->sets[i]->type);
        add_nsec(edit, node, next);
        sign(edit, zone, node->name, RR_NSEC);
        node = next;
    } while (node != zone_apex(zone));
    struct zone *chained = zone_edit_finish(edit);
    assert(chained);
    return chained;
}
