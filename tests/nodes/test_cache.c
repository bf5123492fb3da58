/* The resolver's cache: life, rank, negative answers, bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "nodes/cache.h"

enum { CACHE_SIZE = 1 << 20 };

static const uint8_t address_one[] = {192, 0, 2, 1};
static const uint8_t address_two[] = {192, 0, 2, 2};

static const uint8_t *name(const char *text)
{
    static uint8_t names[4][NAME_SIZE_MAX];
    static unsigned next;
    uint8_t *out = names[next++ % 4];
    const char *error = NULL;
    assert_true(name_from_text(bytes_of_text(text), NULL, out, &error) > 0);
    return out;
}

static void put(struct cache *cache, const struct cache_item *item, int64_t now_ns)
{
    struct cache_entry *entry = cache_entry_make(item, now_ns);
    cache_put(cache, entry, now_ns);
    cache_entry_release(entry);
}

static void put_address(struct cache *cache, const char *owner, enum cache_rank rank,
                        const uint8_t *address, uint32_t ttl_s, int64_t now_ns)
{
    struct bytes rdata = bytes_of(address, 4);
    put(cache,
        &(struct cache_item){.owner = name(owner),
                             .rdatas = &rdata,
                             .count = 1,
                             .type = RR_A,
                             .rank = rank,
                             .ttl_s = ttl_s},
        now_ns);
}

static void put_negative(struct cache *cache, const char *owner, enum cache_kind kind,
                         uint32_t ttl_s, int64_t now_ns)
{
    put(cache,
        &(struct cache_item){
            .owner = name(owner), .type = RR_A, .kind = kind, .rank = CACHE_ANSWER, .ttl_s = ttl_s},
        now_ns);
}

static void an_rrset_is_found_in_any_case_until_its_ttl_is_over(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_address(&cache, "www.Example.com.", CACHE_ANSWER, address_one, 300, 0);
    struct cache_entry *entry =
        cache_find(&cache, name("WWW.example.COM."), RR_A, CACHE_ANSWER, 299 * NS_PER_S + 1);
    assert_non_null(entry);
    assert_int_equal(cache_entry_ttl(entry, 299 * NS_PER_S + 1), 1);
    assert_int_equal(cache_entry_ttl(entry, 0), 300);
    assert_true(bytes_equal(cache_entry_first(entry), bytes_of(address_one, 4)));
    assert_null(cache_find(&cache, name("www.example.com."), RR_AAAA, CACHE_GLUE, 0));
    assert_null(cache_find(&cache, name("www.example.com."), RR_A, CACHE_ANSWER, 300 * NS_PER_S));
    assert_int_equal(cache.count, 0);
    assert_int_equal(cache.size, 0);
    cache_free(&cache);
}

static void ttl_zero_lives_for_one_instant(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_address(&cache, "www.example.com.", CACHE_ANSWER, address_one, 0, 5);
    struct cache_entry *entry = cache_find(&cache, name("www.example.com."), RR_A, CACHE_ANSWER, 5);
    assert_non_null(entry);
    assert_int_equal(cache_entry_ttl(entry, 5), 0);
    assert_null(cache_find(&cache, name("www.example.com."), RR_A, CACHE_ANSWER, 6));
    cache_free(&cache);
}

static void lower_rank_never_replaces_what_lives(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    const uint8_t *owner = name("ns1.example.com.");
    put_address(&cache, "ns1.example.com.", CACHE_GLUE, address_one, 300, 0);
    assert_null(cache_find(&cache, owner, RR_A, CACHE_ANSWER, 0));
    put_address(&cache, "ns1.example.com.", CACHE_ANSWER, address_two, 60, 0);
    put_address(&cache, "ns1.example.com.", CACHE_GLUE, address_one, 300, 0);
    struct cache_entry *entry = cache_find(&cache, owner, RR_A, CACHE_GLUE, 0);
    assert_true(bytes_equal(cache_entry_first(entry), bytes_of(address_two, 4)));
    put_address(&cache, "ns1.example.com.", CACHE_GLUE, address_one, 300, 60 * NS_PER_S);
    entry = cache_find(&cache, owner, RR_A, CACHE_GLUE, 60 * NS_PER_S);
    assert_true(bytes_equal(cache_entry_first(entry), bytes_of(address_one, 4)));
    cache_free(&cache);
}

static void put_ns(struct cache *cache, enum cache_rank rank, uint32_t ttl_s, int64_t now_ns)
{
    uint8_t target[NAME_SIZE_MAX];
    struct bytes rdata = bytes_of(target, name_copy(name("ns1.example.com."), target));
    put(cache,
        &(struct cache_item){.owner = name("example.com."),
                             .rdatas = &rdata,
                             .count = 1,
                             .type = RR_NS,
                             .rank = rank,
                             .ttl_s = ttl_s},
        now_ns);
}

static void a_delegation_is_not_prolonged_by_its_own_zone(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_ns(&cache, CACHE_AUTHORITY, 100, 0);
    put_ns(&cache, CACHE_AUTHORITY, 100, 90 * NS_PER_S);
    assert_non_null(cache_find(&cache, name("example.com."), RR_NS, CACHE_GLUE, 99 * NS_PER_S));
    assert_null(cache_find(&cache, name("example.com."), RR_NS, CACHE_GLUE, 100 * NS_PER_S));
    cache_free(&cache);
}

static void nxdomain_answers_every_type_until_data_proves_it_wrong(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_negative(&cache, "nope.example.com.", CACHE_NXDOMAIN, 60, 0);
    struct cache_entry *entry =
        cache_find(&cache, name("nope.example.com."), RR_TXT, CACHE_ANSWER, 0);
    assert_non_null(entry);
    assert_int_equal(entry->kind, CACHE_NXDOMAIN);
    put_address(&cache, "nope.example.com.", CACHE_ANSWER, address_one, 300, 1);
    assert_null(cache_find(&cache, name("nope.example.com."), RR_TXT, CACHE_ANSWER, 1));
    entry = cache_find(&cache, name("nope.example.com."), RR_A, CACHE_ANSWER, 1);
    assert_int_equal(entry->kind, CACHE_RRSET);
    cache_free(&cache);
}

static void nodata_and_failure_concern_one_type(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_negative(&cache, "a.example.com.", CACHE_NODATA, 60, 0);
    put_negative(&cache, "b.example.com.", CACHE_FAILURE, 1, 0);
    assert_int_equal(cache_find(&cache, name("a.example.com."), RR_A, CACHE_ANSWER, 0)->kind,
                     CACHE_NODATA);
    assert_null(cache_find(&cache, name("a.example.com."), RR_AAAA, CACHE_ANSWER, 0));
    assert_int_equal(cache_find(&cache, name("b.example.com."), RR_A, CACHE_ANSWER, 0)->kind,
                     CACHE_FAILURE);
    assert_null(cache_find(&cache, name("b.example.com."), RR_AAAA, CACHE_ANSWER, 0));
    cache_free(&cache);
}

static void a_failure_does_not_hide_glue(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_address(&cache, "ns1.example.com.", CACHE_GLUE, address_one, 300, 0);
    put_negative(&cache, "ns1.example.com.", CACHE_FAILURE, 5, 0);
    const uint8_t *owner = name("ns1.example.com.");
    assert_int_equal(cache_find(&cache, owner, RR_A, CACHE_GLUE, 0)->kind, CACHE_RRSET);
    assert_int_equal(cache_find(&cache, owner, RR_A, CACHE_ANSWER, 0)->kind, CACHE_FAILURE);
    cache_free(&cache);
}

static void an_alias_answers_other_types(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    uint8_t target[NAME_SIZE_MAX];
    struct bytes rdata = bytes_of(target, name_copy(name("b.example.net."), target));
    put(&cache,
        &(struct cache_item){.owner = name("a.example.com."),
                             .rdatas = &rdata,
                             .count = 1,
                             .type = RR_CNAME,
                             .rank = CACHE_ANSWER,
                             .ttl_s = 60},
        0);
    struct cache_entry *entry = cache_find(&cache, name("a.example.com."), RR_A, CACHE_ANSWER, 0);
    assert_non_null(entry);
    assert_int_equal(entry->type, RR_CNAME);
    cache_free(&cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, 64 * 1024);
    char text[64];
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "host%d.example.com.", i);
        put_address(&cache, text, CACHE_ANSWER, address_one, 300, 0);
        assert_non_null(cache_find(&cache, name("host0.example.com."), RR_A, CACHE_ANSWER, 0));
        assert_true(cache.size <= 64 * 1024);
    }
    assert_non_null(cache_find(&cache, name("host4999.example.com."), RR_A, CACHE_ANSWER, 0));
    assert_null(cache_find(&cache, name("host1.example.com."), RR_A, CACHE_ANSWER, 0));
    cache_free(&cache);
}

static void an_entry_outlives_the_cache_for_its_holder(void **state)
{
    (void)state;
    struct cache cache;
    cache_init(&cache, CACHE_SIZE);
    put_address(&cache, "www.example.com.", CACHE_ANSWER, address_one, 300, 0);
    struct cache_entry *entry =
        cache_entry_retain(cache_find(&cache, name("www.example.com."), RR_A, CACHE_ANSWER, 0));
    cache_free(&cache);
    assert_true(name_equal(entry->owner, name("www.example.com.")));
    cache_entry_release(entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rrset_is_found_in_any_case_until_its_ttl_is_over),
        cmocka_unit_test(ttl_zero_lives_for_one_instant),
        cmocka_unit_test(lower_rank_never_replaces_what_lives),
        cmocka_unit_test(a_delegation_is_not_prolonged_by_its_own_zone),
        cmocka_unit_test(nxdomain_answers_every_type_until_data_proves_it_wrong),
        cmocka_unit_test(nodata_and_failure_concern_one_type),
        cmocka_unit_test(a_failure_does_not_hide_glue),
        cmocka_unit_test(an_alias_answers_other_types),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(an_entry_outlives_the_cache_for_its_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
