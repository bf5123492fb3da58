/* Questions made up from the records of zones: for names that are there, that are not, between
 * and below; for types that are there and others. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/random.h"
#include "tests/interop/ask.h"

/* ---- reading --------------------------------------------------------------------------------- */

static void add_owner(struct ask_zones *zones, const char *owner, uint16_t type)
{
    uint8_t name[NAME_SIZE_MAX];
    const char *error;
    size_t size = name_from_text(bytes_of_text(owner), NULL, name, &error);
    if (size == 0)
        return;
    if (type == RR_SOA) {
        memory_reserve(zones->zones, zones->zone_count, zones->zone_capacity);
        zones->zones[zones->zone_count++] = zones->count;
    }
    memory_reserve(zones->owners, zones->count, zones->capacity);
    zones->owners[zones->count++] = (struct ask_owner){arena_copy(&zones->arena, name, size), type};
}

void ask_zones_read(struct ask_zones *zones)
{
    char owner[NAME_TEXT_SIZE], type[20];
    while (scanf("%1011s %*s %*s %19s%*[^\n]", owner, type) == 2)
        add_owner(zones, owner, rr_type_from_text(bytes_of_text(type)));
}

void ask_zones_free(struct ask_zones *zones)
{
    free(zones->owners);
    free(zones->zones);
    arena_release(&zones->arena);
}

/* ---- making ---------------------------------------------------------------------------------- */

static uint64_t below(struct random *random, uint64_t limit)
{
    return random_next(random) % limit;
}

static const struct ask_owner *pick(const struct ask_zones *zones, struct random *random)
{
    size_t zone = below(random, zones->zone_count);
    size_t from = zones->zones[zone];
    size_t to = zone + 1 < zones->zone_count ? zones->zones[zone + 1] : zones->count;
    return &zones->owners[from + below(random, to - from)];
}

static void put_label(struct random *random, uint8_t name[NAME_SIZE_MAX])
{
    static const char *const labels[] = {"a",    "b",  "zz", "0",   "*", "ns1", "www",
                                         "_tcp", "xn", "-",  "~~~", "m", "ent", "\001"};
    uint8_t longer[NAME_SIZE_MAX];
    const char *label = labels[below(random, sizeof labels / sizeof labels[0])];
    size_t size = name_prepend(bytes_of_text(label), name, longer);
    if (size > 0)
        memcpy(name, longer, size);
}

static void change_label(struct random *random, uint8_t name[NAME_SIZE_MAX])
{
    if (name_is_root(name))
        return;
    uint8_t *octet = name + 1 + below(random, name[0]);
    *octet = (uint8_t)('a' + below(random, 26));
}

static void cut_label(uint8_t name[NAME_SIZE_MAX])
{
    if (!name_is_root(name))
        memmove(name, name_parent(name), name_size(name) - name[0] - 1);
}

static void make_name(struct random *random, uint8_t name[NAME_SIZE_MAX])
{
    switch (below(random, 12)) {
    case 0:
        put_label(random, name);
        put_label(random, name);
        break;
    case 1:
    case 2:
        put_label(random, name);
        break;
    case 3:
        change_label(random, name);
        break;
    case 4:
        cut_label(name);
        break;
    case 5:
        cut_label(name);
        put_label(random, name);
        break;
    case 6:
        cut_label(name);
        cut_label(name);
        break;
    }
}

static uint16_t make_type(struct random *random, uint16_t own)
{
    static const uint16_t types[] = {RR_A,    RR_A,   RR_AAAA,  RR_NS,     RR_SOA,   RR_MX,
                                     RR_TXT,  RR_DS,  RR_DS,    RR_DNSKEY, RR_CNAME, RR_DNAME,
                                     RR_NSEC, RR_SRV, RR_NSEC3, RR_PTR,    65,       65534,
                                     1000,    257,    RR_ANY,   RR_RRSIG,  99,       RR_NSEC3PARAM};
    /* Types without data: reserved, OPT, and the questions' and meta types (RFC 6895 section 3.1).
     */
    static const uint16_t odd[] = {0, 41, 128, 200, 249, 250, 253, 254, 65535};
    if (below(random, 3) == 0)
        return own;
    if (below(random, 60) == 0)
        return odd[below(random, sizeof odd / sizeof odd[0])];
    return types[below(random, sizeof types / sizeof types[0])];
}

static void make_edns(struct random *random, struct ask_question *out)
{
    static const uint16_t sizes[] = {ASK_EDNS_NONE, ASK_EDNS_NONE, 1232,  1232, 512, 4096, 1400,
                                     100,           700,           65535, 1231, 513, 1};
    out->udp_size = sizes[below(random, sizeof sizes / sizeof sizes[0])];
    out->edns_zero = out->udp_size == ASK_EDNS_NONE && below(random, 30) == 0;
    if (out->udp_size == ASK_EDNS_NONE && !out->edns_zero)
        return;
    out->dnssec_ok = below(random, 3) > 0;
    out->unknown_option = below(random, 8) == 0;
    out->edns_version = below(random, 40) == 0 ? (uint8_t)(1 + below(random, 255)) : 0;
}

void ask_make_question(const struct ask_zones *zones, uint64_t number, struct ask_question *out)
{
    static const uint16_t classes[] = {3, 4, 254, 255, 0, 2, 4711};
    static const uint16_t bits[] = {FLAG_RD, FLAG_AD, FLAG_CD};
    struct random random = {.key = 20260101 + number};
    const struct ask_owner *owner = pick(zones, &random);
    memset(out, 0, sizeof *out);
    name_lower(owner->name, out->name);
    make_name(&random, out->name);
    out->type = make_type(&random, owner->type);
    out->class = CLASS_IN;
    if (below(&random, 40) == 0)
        out->class = classes[below(&random, sizeof classes / sizeof classes[0])];
    make_edns(&random, out);
    for (unsigned i = 0; i < 3; i++)
        if (below(&random, 4) == 0)
            out->flags |= bits[i];
    out->mixed_case = below(&random, 3) == 0;
    out->tcp = below(&random, 20) == 0;
}
