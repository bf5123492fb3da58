/* Canonical form and order of RRsets: RFC 4034 sections 6.2 and 6.3. See canonical.h. */
#include "nodes/dns/canonical.h"
#include "sim/base/arena.h"
#include <stdlib.h>

void canonical_put(struct canonical *out, const void *data, size_t size)
{
    if (out->size + size > out->capacity) {
        out->capacity = 2 * (out->size + size);
        out->data = memory_resize(out->data, out->capacity);
    }
    if (size > 0)
        memcpy(out->data + out->size, data, size);
    out->size += size;
}

/* RFC 4034 section 6.2, without NSEC (RFC 6840 section 5.1) and HINFO, which has no names. Types
 * that came later keep the case of their names. */
static bool has_lower_names(uint16_t type)
{
    static const uint8_t types[] = {2,  3,  4,  5,  6,  7,  8,  9,  12, 14, 15, 17,
                                    18, 21, 24, 26, 30, 33, 35, 36, 38, 39, 46};
    return type < 256 && memchr(types, type, sizeof types);
}

static void lower_names(uint16_t type, uint8_t *rdata, size_t size)
{
    size_t at = 0;
    for (const char *form = rr_rdata_form(type); *form && at < size; form++) {
        if (*form == 'n' || *form == 'N')
            at += name_lower(rdata + at, rdata + at);
        else
            at += rr_step_size(*form, rdata + at, size - at);
    }
}

static int compare(const void *a, const void *b)
{
    const struct bytes *one = a, *two = b;
    size_t common = one->size < two->size ? one->size : two->size;
    int order = common > 0 ? memcmp(one->data, two->data, common) : 0;
    return order != 0 ? order : (one->size > two->size) - (one->size < two->size);
}

/* The RDATA of SET in canonical form, sorted; they live in ROOM, which has as many octets as SET.
 */
static struct bytes *canonical_rdatas(const struct rrset *set, uint8_t *room)
{
    struct bytes *list = memory_alloc(set->count * sizeof *list), rdata;
    size_t count = 0;
    bool lower = has_lower_names(set->type);
    for (size_t at = 0; rrset_next(set, &at, &rdata); room += rdata.size) {
        if (rdata.size > 0)
            memcpy(room, rdata.data, rdata.size);
        if (lower)
            lower_names(set->type, room, rdata.size);
        list[count++] = bytes_of(room, rdata.size);
    }
    qsort(list, count, sizeof *list, compare);
    return list;
}

void canonical_put_set(struct canonical *out, const uint8_t *owner, const struct rrset *set)
{
    uint8_t head[NAME_SIZE_MAX + 10];
    size_t size = name_lower(owner, head);
    bytes_put_u16(head + size, set->type);
    bytes_put_u16(head + size + 2, CLASS_IN);
    bytes_put_u32(head + size + 4, set->ttl);
    uint8_t *room = memory_alloc(set->size);
    struct bytes *list = canonical_rdatas(set, room);
    for (size_t i = 0; i < set->count; i++) {
        bytes_put_u16(head + size + 8, (uint16_t)list[i].size);
        canonical_put(out, head, size + 10);
        canonical_put(out, list[i].data, list[i].size);
    }
    free(list);
    free(room);
}
