/* Members of catalog zones: which server holds which of them by what, and what it left out. */
#include "reports/metrics_internal.h"

static struct zone_member *member_of(const struct metrics *metrics, uint32_t node, uint32_t zone)
{
    return &metrics->histories[node * metrics->topology->zone_count + zone].member;
}

/* The same version may be looked at again; who was refused then is refused still. */
static void on_read(struct zone_member *catalog, const struct host_note *note)
{
    bool from_disk = note->values[1] != 0;
    if (catalog->readings == 0 || note->serial != catalog->serial) {
        catalog->readings++;
        catalog->left_out = 0;
    }
    catalog->serial = from_disk ? 0 : note->serial;
    catalog->listed = (uint64_t)note->values[0];
}

static void on_held(struct zone_member *member, int64_t now_ns, uint32_t catalog)
{
    member->catalog = catalog;
    member->since_ns = now_ns;
    if (member->refused_by == catalog)
        member->refused_by = 0;
}

void metrics_member_note(struct metrics *metrics, int64_t now_ns, uint32_t node, uint32_t zone,
                         const struct host_note *note)
{
    struct zone_member *member = member_of(metrics, node, zone);
    uint32_t *catalog = &metrics->nodes[node].catalog;
    switch (note->kind) {
    case NOTE_CATALOG_READ:
        *catalog = zone + 1;
        on_read(member, note);
        break;
    case NOTE_CATALOG_BROKEN:
        *catalog = zone + 1;
        break;
    case NOTE_CATALOG_FULL:
        member->left_out = (uint64_t)note->values[0];
        break;
    case NOTE_MEMBER_ADDED:
    case NOTE_MEMBER_MOVED:
        on_held(member, now_ns, *catalog);
        break;
    case NOTE_MEMBER_REMOVED:
        member->catalog = 0;
        break;
    case NOTE_MEMBER_REFUSED:
        member->refused_by = *catalog;
        member->refusal = note->text;
        if (*catalog > 0)
            member->refused_reading = member_of(metrics, node, *catalog - 1)->readings;
        break;
    default:
        break;
    }
}

struct metrics_member metrics_member(const struct metrics *metrics, uint32_t node, uint32_t zone)
{
    const struct zone_member *member = member_of(metrics, node, zone);
    if (member->catalog == 0)
        return (struct metrics_member){TOPOLOGY_NONE, -1};
    return (struct metrics_member){member->catalog - 1, member->since_ns};
}

struct metrics_members metrics_members(const struct metrics *metrics, uint32_t node,
                                       uint32_t catalog)
{
    const struct zone_member *read = member_of(metrics, node, catalog);
    struct metrics_members members = {
        .is_catalog = read->readings > 0, .listed = read->listed, .left_out = read->left_out};
    for (uint32_t i = 0; members.is_catalog && i < metrics->topology->zone_count; i++) {
        if (member_of(metrics, node, i)->catalog != catalog + 1)
            continue;
        members.held++;
        members.serving += metrics_zone_at(metrics, node, i, INT64_MAX).state == METRICS_SERVING;
    }
    return members;
}

const char *metrics_refusal(const struct metrics *metrics, uint32_t node, uint32_t catalog,
                            uint32_t zone)
{
    const struct zone_member *member = member_of(metrics, node, zone);
    bool is_refused = member->refused_by == catalog + 1 &&
                      member->refused_reading == member_of(metrics, node, catalog)->readings;
    return is_refused ? member->refusal : NULL;
}
