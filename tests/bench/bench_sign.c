/* Signed zones of two sizes: signed as a whole, and changed by one record as by an UPDATE: edited,
 * signed, compared for IXFR, and asked when its signatures run out. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/diff.h"
#include "nodes/dns/zone_sign.h"

enum { CHANGES = 500, INCEPTION_S = 1767225600, LIFETIME_S = 14 * 86400 };

static const uint8_t origin[] = "\7example";

static void host_name(unsigned i, uint8_t name[NAME_SIZE_MAX])
{
    char text[40];
    const char *error;
    snprintf(text, sizeof text, "h%07u", i);
    name_from_text(bytes_of_text(text), origin, name, &error);
}

static struct zone *make_zone(unsigned count)
{
    struct zone_edit *edit = zone_edit_begin_empty(origin);
    uint8_t name[NAME_SIZE_MAX];
    struct rr soa = {origin, RR_SOA, CLASS_IN, 300,
                     bytes_of("\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 22)};
    struct rr rr = {name, RR_A, CLASS_IN, 300, bytes_of("\300\0\2\1", 4)};
    zone_edit_add(edit, &soa);
    for (unsigned i = 0; i < count; i++) {
        host_name(2 * i, name);
        zone_edit_add(edit, &rr);
    }
    return zone_edit_finish(edit);
}

/* A name comes, or goes if it is there. */
static struct zone *change(struct zone *zone, unsigned i, const struct zone_signing *signing)
{
    uint8_t name[NAME_SIZE_MAX];
    uint32_t expiry_s;
    host_name(i, name);
    struct rr rr = {name, RR_A, CLASS_IN, 300, bytes_of("\300\0\2\1", 4)};
    struct zone_edit *edit = zone_edit_begin(zone);
    if (zone_edit_remove(edit, &rr) != ZONE_EDIT_OK)
        zone_edit_add(edit, &rr);
    zone_edit_raise_serial(edit);
    struct zone *changed = zone_edit_finish(edit);
    struct zone *next = zone_sign_change(zone, changed, signing);
    zone_diff_release(zone_diff_between(zone, next));
    zone_first_expiry(next, &expiry_s);
    zone_release(changed);
    zone_release(zone);
    return next;
}

static void measure(json_t *out, unsigned count, struct zone_signing signing)
{
    char key[40];
    struct zone *plain = make_zone(count);
    double start_ns = bench_cpu_ns();
    struct zone *zone = zone_sign(plain, &signing);
    snprintf(key, sizeof key, "whole_ns_per_owner_%u", count);
    json_object_set_new(out, key, json_real((bench_cpu_ns() - start_ns) / count));
    signing.expiry_s++;
    start_ns = bench_cpu_ns();
    for (unsigned i = 0; i < CHANGES; i++)
        zone = change(zone, i * 7919 % (2 * count), &signing);
    snprintf(key, sizeof key, "change_ns_%u", count);
    json_object_set_new(out, key, json_real((bench_cpu_ns() - start_ns) / CHANGES));
    zone_release(zone);
    zone_release(plain);
}

void bench_sign(json_t *out)
{
    static const unsigned counts[] = {1000, 100000};
    static const char *const names[] = {[ZONE_SIGN_NSEC] = "nsec", [ZONE_SIGN_NSEC3] = "nsec3"};
    static const uint8_t seed[SIGNING_SEED_SIZE] = "a seed";
    struct signing_key *key = signing_key_of_seed(seed);
    json_t *all = json_object();
    for (int denial = ZONE_SIGN_NSEC; denial <= ZONE_SIGN_NSEC3; denial++) {
        json_t *figures = json_object();
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            measure(figures, counts[i],
                    (struct zone_signing){.key = key,
                                          .denial = (enum zone_sign_denial)denial,
                                          .inception_s = INCEPTION_S,
                                          .expiry_s = INCEPTION_S + LIFETIME_S});
        json_object_set_new(all, names[denial], figures);
    }
    json_object_set_new(out, "sign", all);
    signing_key_free(key);
}
