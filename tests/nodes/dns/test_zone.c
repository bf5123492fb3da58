/* Zone versions: claims with small zones; test_zone_model.c compares many with a naive model. */
#include "nodes/dns/zone.h"
#include "tests/support/zone_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char apex[] = "$TTL 300\n"
                           "@ SOA ns1 admin 7 3600 600 86400 60\n"
                           "@ NS ns1\n"
                           "ns1 A 192.0.2.1\n";

static struct zone *zone_with(const char *records)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s", apex, records);
    return zone_from_text("example.com.", text);
}

static struct rr record(const char *owner, uint16_t type, const char *rdata, size_t size)
{
    return (struct rr){.owner = name_of(owner),
                       .type = type,
                       .class = CLASS_IN,
                       .ttl = 300,
                       .rdata = bytes_of(rdata, size)};
}

static void finds_owners_whatever_their_case(void **state)
{
    (void)state;
    struct zone *zone = zone_with("WwW A 192.0.2.80\n");
    const struct zone_node *node = zone_find(zone, name_of("wWw.eXample.com."));
    assert_non_null(node);
    assert_memory_equal(node->name, "\3WwW", 4);
    assert_null(zone_find(zone, name_of("ww.example.com.")));
    assert_null(zone_find(zone, name_of("www.example.net.")));
    assert_null(zone_find(zone, name_of("com.")));
    zone_release(zone);
}

static void knows_its_soa(void **state)
{
    (void)state;
    struct soa soa;
    struct zone *zone = zone_with("");
    zone_soa(zone, &soa);
    assert_int_equal(zone_serial(zone), 7);
    assert_int_equal(soa.minimum, 60);
    assert_true(name_equal(soa.mname, name_of("ns1.example.com.")));
    assert_ptr_equal(zone_apex(zone), zone_find(zone, zone_origin(zone)));
    zone_release(zone);
}

static void counts_records_owners_and_octets(void **state)
{
    (void)state;
    struct zone *zone = zone_with("a A 192.0.2.1\na A 192.0.2.2\na TXT x\n");
    assert_int_equal(zone_record_count(zone), 6);
    assert_int_equal(zone_node_count(zone), 3);
    size_t soa = 13 + 10 + 17 + 19 + 20, ns = 13 + 10 + 17, ns1 = 17 + 10 + 4;
    assert_int_equal(zone_wire_size(zone), soa + ns + ns1 + 2 * (15 + 10 + 4) + 15 + 10 + 2);
    zone_release(zone);
}

static void empty_non_terminals_exist_without_a_node(void **state)
{
    (void)state;
    struct zone *zone = zone_with("a.b.c TXT x\nabc TXT x\n");
    assert_null(zone_find(zone, name_of("b.c.example.com.")));
    assert_true(zone_name_exists(zone, name_of("b.c.example.com.")));
    assert_true(zone_name_exists(zone, name_of("C.example.com.")));
    assert_true(zone_name_exists(zone, name_of("abc.example.com.")));
    assert_false(zone_name_exists(zone, name_of("ab.example.com.")));
    assert_false(zone_name_exists(zone, name_of("bb.c.example.com.")));
    assert_false(zone_name_exists(zone, name_of("x.abc.example.com.")));
    assert_false(zone_name_exists(zone, name_of("c.example.net.")));
    zone_release(zone);
}

static void a_search_tells_the_closest_encloser(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t labels;
    } cases[] = {{"example.com.", 2},       {"x.example.com.", 2},       {"x.y.example.com.", 2},
                 {"c.example.com.", 3},     {"x.c.example.com.", 3},     {"x.b.c.example.com.", 4},
                 {"a.b.c.example.com.", 5}, {"x.a.b.c.example.com.", 5}, {"bc.example.com.", 2}};
    struct zone *zone = zone_with("a.b.c TXT x\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone_search search;
        zone_search(zone, name_of(cases[i].name), &search);
        assert_int_equal(search.encloser_labels, cases[i].labels);
    }
    zone_release(zone);
}

static void a_search_tells_the_topmost_cut(void **state)
{
    (void)state;
    struct zone_search search;
    struct zone *zone = zone_with("sub NS ns.sub\nns.sub A 192.0.2.9\nx.sub NS ns.sub\n"
                                  "old DNAME new\nsu A 192.0.2.9\nsubs A 192.0.2.9\n");
    const struct zone_node *sub = zone_find(zone, name_of("sub.example.com."));
    static const char *const below[] = {"sub.example.com.", "ns.sub.example.com.",
                                        "x.sub.example.com.", "a.b.x.sub.example.com.",
                                        "a.sub.example.com."};
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        zone_search(zone, name_of(below[i]), &search);
        assert_ptr_equal(search.cut, sub);
    }
    zone_search(zone, name_of("subs.example.com."), &search);
    assert_null(search.cut);
    zone_search(zone, name_of("www.old.example.com."), &search);
    assert_ptr_equal(search.cut, zone_find(zone, name_of("old.example.com.")));
    assert_true(zone_has_cuts(zone));
    zone_release(zone);
}

static void the_apex_is_no_cut(void **state)
{
    (void)state;
    struct zone_search search;
    struct zone *zone = zone_with("");
    zone_search(zone, name_of("www.example.com."), &search);
    assert_null(search.cut);
    assert_false(zone_has_cuts(zone));
    zone_release(zone);
}

static void tells_neighbours_in_canonical_order(void **state)
{
    (void)state;
    struct zone *zone = zone_from_text("example.", "@ SOA a a 1 2 3 4 5\n@ NS a\na A 192.0.2.1\n"
                                                   "yljkjljk.a A 192.0.2.1\nZ.a A 192.0.2.1\n"
                                                   "zABC.a A 192.0.2.1\nz A 192.0.2.1\n"
                                                   "\\001.z A 192.0.2.1\n*.z A 192.0.2.1\n"
                                                   "\\200.z A 192.0.2.1\n");
    static const char *const order[] = {
        /* RFC 4034 section 6.1 */
        "example.",         "a.example.",      "yljkjljk.a.example.",
        "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
        "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
    const size_t count = sizeof order / sizeof order[0];
    for (size_t i = 0; i < count; i++) {
        const struct zone_node *node = zone_find(zone, name_of(order[i]));
        assert_ptr_equal(zone_at_or_before(zone, name_of(order[i])), node);
        if (i + 1 < count)
            assert_ptr_equal(zone_before(zone, name_of(order[i + 1])), node);
        if (i > 0)
            assert_ptr_equal(zone_after(zone, name_of(order[i - 1])), node);
    }
    assert_null(zone_before(zone, name_of("example.")));
    assert_null(zone_after(zone, name_of("\\200.z.example.")));
    zone_release(zone);
}

static void signatures_stand_apart_by_the_type_they_cover(void **state)
{
    (void)state;
    struct zone *zone =
        zone_with("a 60 A 192.0.2.1\n"
                  "a 60 RRSIG A 8 3 60 20300101000000 20200101000000 1 example.com. aaaa\n"
                  "a 20 TXT x\n"
                  "a 20 RRSIG TXT 8 3 20 20300101000000 20200101000000 1 example.com. bbbb\n");
    const struct zone_node *node = zone_find(zone, name_of("a.example.com."));
    assert_int_equal(node->set_count, 4);
    assert_int_equal(zone_node_signatures(node, RR_A)->ttl, 60);
    assert_int_equal(zone_node_signatures(node, RR_TXT)->ttl, 20);
    assert_null(zone_node_signatures(node, RR_MX));
    assert_int_equal(zone_node_get(node, RR_RRSIG)->covers, RR_A);
    zone_release(zone);
}

static void walks_the_soa_first_and_not_again(void **state)
{
    (void)state;
    struct zone *zone = zone_with("b A 192.0.2.2\na A 192.0.2.2\na A 192.0.2.1\n");
    struct zone_walk walk = {.zone = zone};
    struct rr rr;
    static const struct {
        const char *owner;
        uint16_t type;
    } order[] = {{"example.com.", RR_SOA}, {"example.com.", RR_NS},  {"a.example.com.", RR_A},
                 {"a.example.com.", RR_A}, {"b.example.com.", RR_A}, {"ns1.example.com.", RR_A}};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_true(zone_walk_next(&walk, &rr));
        assert_true(name_equal(rr.owner, name_of(order[i].owner)));
        assert_int_equal(rr.type, order[i].type);
    }
    assert_false(zone_walk_next(&walk, &rr));
    assert_false(zone_walk_next(&walk, &rr));
    zone_release(zone);
}

static void an_edit_leaves_its_base_as_it_was(void **state)
{
    (void)state;
    struct zone *old = zone_with("a A 192.0.2.1\nb A 192.0.2.1\n");
    uint8_t before[16], after[16];
    zone_digest(old, before);
    struct zone_edit *edit = zone_edit_begin(old);
    struct rr one = record("a.example.com.", RR_A, "\300\0\2\1", 4);
    struct rr two = record("new.example.com.", RR_A, "\300\0\2\2", 4);
    assert_int_equal(zone_edit_remove(edit, &one), ZONE_EDIT_OK);
    assert_int_equal(zone_edit_add(edit, &two), ZONE_EDIT_OK);
    zone_edit_raise_serial(edit);
    struct zone *new = zone_edit_finish(edit);
    assert_int_equal(zone_serial(old), 7);
    assert_int_equal(zone_serial(new), 8);
    zone_digest(old, after);
    assert_memory_equal(before, after, 16);
    assert_non_null(zone_find(old, name_of("a.example.com.")));
    assert_null(zone_find(old, name_of("new.example.com.")));
    assert_null(zone_find(new, name_of("a.example.com.")));
    assert_ptr_equal(zone_find(old, name_of("b.example.com.")),
                     zone_find(new, name_of("b.example.com.")));
    zone_release(old);
    assert_non_null(zone_find(new, name_of("b.example.com.")));
    zone_release(new);
}

static void the_serial_skips_zero(void **state)
{
    (void)state;
    struct zone *zone = zone_with("");
    struct zone_edit *edit = zone_edit_begin(zone);
    zone_edit_set_serial(edit, UINT32_MAX);
    zone_edit_raise_serial(edit);
    struct zone *new = zone_edit_finish(edit);
    assert_int_equal(zone_serial(new), 1);
    assert_int_equal(zone_record_count(new), 3);
    zone_release(zone);
    zone_release(new);
}

static void refuses_what_a_zone_cannot_hold(void **state)
{
    (void)state;
    struct zone *zone = zone_with("c CNAME ns1\na A 192.0.2.1\nd DNAME x\n");
    struct zone_edit *edit = zone_edit_begin(zone);
    static const struct {
        const char *owner;
        uint16_t type;
        const char *rdata;
        size_t size;
        enum zone_edit_result result;
    } cases[] = {
        {"c.example.com.", RR_A, "\1\2\3\4", 4, ZONE_EDIT_CONFLICT},
        {"c.example.com.", RR_CNAME, "\1x", 3, ZONE_EDIT_CONFLICT},
        {"c.example.com.", RR_CNAME, "\3NS1\7example\3com", 17, ZONE_EDIT_PRESENT},
        {"c.example.com.", RR_NSEC, "\1x\0\0\1\100", 6, ZONE_EDIT_OK},
        {"a.example.com.", RR_CNAME, "\1x", 3, ZONE_EDIT_CONFLICT},
        {"a.example.com.", RR_A, "\300\0\2\1", 4, ZONE_EDIT_PRESENT},
        {"d.example.com.", RR_DNAME, "\1y", 3, ZONE_EDIT_CONFLICT},
        {"a.example.net.", RR_A, "\1\2\3\4", 4, ZONE_EDIT_OUTSIDE},
        {"a.example.com.", RR_SOA, "\0\0aaaabbbbccccddddeeee", 22, ZONE_EDIT_OUTSIDE},
        {"a.example.com.", RR_A, "\1\2\3", 3, ZONE_EDIT_MALFORMED},
        {"a.example.com.", RR_OPT, "", 0, ZONE_EDIT_MALFORMED},
        {"a.example.com.", RR_ANY, "", 0, ZONE_EDIT_MALFORMED},
        {"a.example.com.", RR_MX, "\0\5\1x", 5, ZONE_EDIT_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rr rr = record(cases[i].owner, cases[i].type, cases[i].rdata, cases[i].size);
        assert_int_equal(zone_edit_add(edit, &rr), cases[i].result);
    }
    zone_edit_abandon(edit);
    zone_release(zone);
}

static void a_new_ttl_holds_for_the_whole_rrset(void **state)
{
    (void)state;
    struct zone *zone = zone_with("a 60 A 192.0.2.1\na 90 A 192.0.2.2\n");
    struct zone *same = zone_with("a 90 A 192.0.2.2\na 90 A 192.0.2.1\n");
    const struct zone_node *node = zone_find(zone, name_of("a.example.com."));
    assert_int_equal(zone_node_get(node, RR_A)->ttl, 90);
    assert_true(zone_equal(zone, same));
    zone_release(zone);
    zone_release(same);
}

static void without_an_soa_there_is_no_version(void **state)
{
    (void)state;
    struct zone_edit *edit = zone_edit_begin_empty(name_of("example.com."));
    struct rr rr = record("a.example.com.", RR_A, "\1\2\3\4", 4);
    assert_int_equal(zone_edit_add(edit, &rr), ZONE_EDIT_OK);
    assert_null(zone_edit_finish(edit));
}

static void removes_rrsets_and_whole_names(void **state)
{
    (void)state;
    struct zone *zone = zone_with("a A 192.0.2.1\na A 192.0.2.2\na TXT x\nb TXT x\n");
    struct zone_edit *edit = zone_edit_begin(zone);
    const uint8_t *a = name_of("a.example.com."), *b = name_of("b.example.com.");
    assert_int_equal(zone_edit_remove_rrset(edit, a, RR_A), ZONE_EDIT_OK);
    assert_int_equal(zone_edit_remove_rrset(edit, a, RR_A), ZONE_EDIT_ABSENT);
    assert_int_equal(zone_edit_remove_rrset(edit, b, RR_ANY), ZONE_EDIT_OK);
    assert_int_equal(zone_edit_remove_rrset(edit, b, RR_ANY), ZONE_EDIT_ABSENT);
    struct zone *new = zone_edit_finish(edit);
    struct zone *wanted = zone_with("a TXT x\n");
    assert_true(zone_equal(new, wanted));
    assert_false(zone_equal(zone, wanted));
    zone_release(zone);
    zone_release(new);
    zone_release(wanted);
}

static void equality_ignores_case_and_nothing_else(void **state)
{
    (void)state;
    struct zone *zone = zone_with("a MX 5 mail.b\n");
    static const char *const others[] = {"a MX 6 mail.b\n",          "a MX 5 mail.c\n",
                                         "b MX 5 mail.b\n",          "a 301 MX 5 mail.b\n",
                                         "a MX 5 mail.b\na TXT x\n", ""};
    struct zone *same = zone_with("A MX 5 Mail.B\n");
    assert_true(zone_equal(zone, same));
    zone_release(same);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct zone *other = zone_with(others[i]);
        assert_false(zone_equal(zone, other));
        zone_release(other);
    }
    zone_release(zone);
}

static void works_for_the_root(void **state)
{
    (void)state;
    struct zone_search search;
    struct zone *zone = zone_from_text(".", "@ SOA a.r. b.r. 1 2 3 4 5\n@ NS a.r.\n"
                                            "com. NS a.com.\na.com. A 192.0.2.1\n");
    assert_non_null(zone_apex(zone));
    zone_search(zone, name_of("www.example.com."), &search);
    assert_ptr_equal(search.cut, zone_find(zone, name_of("com.")));
    zone_search(zone, name_of("org."), &search);
    assert_int_equal(search.encloser_labels, 0);
    assert_ptr_equal(zone_at_or_before(zone, name_of("aaa.")), zone_apex(zone));
    zone_release(zone);
}

static void the_store_keeps_one_copy_of_equal_content(void **state)
{
    (void)state;
    struct zone_store *store = zone_store_create();
    struct zone *one = zone_store_intern(store, zone_with("a A 192.0.2.1\nb A 192.0.2.1\n"));
    struct zone *two = zone_store_intern(store, zone_with("b A 192.0.2.1\na A 192.0.2.1\n"));
    struct zone *other = zone_store_intern(store, zone_with("b A 192.0.2.1\n"));
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other);
    assert_ptr_equal(zone_store_find(store, name_of("example.COM."), 7), one);
    assert_null(zone_store_find(store, name_of("example.com."), 8));
    zone_release(one);
    zone_release(two);
    assert_ptr_equal(zone_store_find(store, name_of("example.com."), 7), other);
    zone_release(other);
    assert_null(zone_store_find(store, name_of("example.com."), 7));
    zone_store_destroy(store);
}

static void a_version_may_outlive_its_store(void **state)
{
    (void)state;
    struct zone_store *store = zone_store_create();
    struct zone *zone = zone_store_intern(store, zone_with(""));
    zone_store_destroy(store);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_owners_whatever_their_case),
        cmocka_unit_test(knows_its_soa),
        cmocka_unit_test(counts_records_owners_and_octets),
        cmocka_unit_test(empty_non_terminals_exist_without_a_node),
        cmocka_unit_test(a_search_tells_the_closest_encloser),
        cmocka_unit_test(a_search_tells_the_topmost_cut),
        cmocka_unit_test(the_apex_is_no_cut),
        cmocka_unit_test(tells_neighbours_in_canonical_order),
        cmocka_unit_test(signatures_stand_apart_by_the_type_they_cover),
        cmocka_unit_test(walks_the_soa_first_and_not_again),
        cmocka_unit_test(an_edit_leaves_its_base_as_it_was),
        cmocka_unit_test(the_serial_skips_zero),
        cmocka_unit_test(refuses_what_a_zone_cannot_hold),
        cmocka_unit_test(a_new_ttl_holds_for_the_whole_rrset),
        cmocka_unit_test(without_an_soa_there_is_no_version),
        cmocka_unit_test(removes_rrsets_and_whole_names),
        cmocka_unit_test(equality_ignores_case_and_nothing_else),
        cmocka_unit_test(works_for_the_root),
        cmocka_unit_test(the_store_keeps_one_copy_of_equal_content),
        cmocka_unit_test(a_version_may_outlive_its_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
