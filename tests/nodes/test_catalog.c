/* What is a good catalog, what breaks one, and what is passed over: RFC 9432 section 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/catalog.h"
#include "tests/support/zone_text.h"

static struct catalog catalog;
static struct zone *version;

/* Reads catalog.test. with LINES besides SOA and NS. */
static const char *read_lines(const char *lines)
{
    char text[4000];
    snprintf(text, sizeof text,
             "@ 0 IN SOA invalid. invalid. 1 3600 600 2147483646 0\n@ 0 IN NS invalid.\n%s", lines);
    version = zone_from_text("catalog.test.", text);
    return catalog_read(version, &catalog);
}

/* The same with a good version property. */
static const char *read_members(const char *lines)
{
    char text[3000];
    snprintf(text, sizeof text, "version 0 IN TXT 2\n%s", lines);
    return read_lines(text);
}

static int forget(void **state)
{
    (void)state;
    catalog_free(&catalog);
    zone_release(version);
    return 0;
}

static void claim_member(size_t n, const char *zone, const char *label)
{
    assert_true(n < catalog.count);
    assert_true(name_equal(catalog.entries[n].zone, name_of(zone)));
    assert_true(name_equal(catalog.entries[n].label, name_of(label)));
}

static void members_are_read_in_canonical_order(void **state)
{
    (void)state;
    assert_null(read_members("x.zones 0 IN PTR b.Test.\n"
                             "Y.zones 0 IN PTR a.test.\n"
                             "z.zones 0 IN PTR c.b.test.\n"));
    assert_int_equal(catalog.count, 3);
    claim_member(0, "a.test.", "y.");
    claim_member(1, "b.test.", "x.");
    claim_member(2, "c.b.test.", "z.");
    assert_null(catalog.entries[0].new_catalog);
}

static void a_catalog_may_be_empty(void **state)
{
    (void)state;
    assert_null(read_members(""));
    assert_int_equal(catalog.count, 0);
}

static void names_of_properties_ignore_case(void **state)
{
    (void)state;
    assert_null(read_lines("VERSION 0 IN TXT \"2\"\nx.ZONES 0 IN PTR a.test.\n"
                           "COO.X.zones 0 IN PTR Other.test.\n"));
    assert_int_equal(catalog.count, 1);
    assert_true(name_equal(catalog.entries[0].new_catalog, name_of("other.test.")));
}

static void without_version_it_is_broken(void **state)
{
    (void)state;
    assert_string_equal(read_lines("x.zones 0 IN PTR a.test.\n"), "it has no version property");
    assert_int_equal(catalog.count, 0);
}

static void a_version_of_another_type_is_none(void **state)
{
    (void)state;
    assert_string_equal(read_lines("version 0 IN A 192.0.2.2\n"), "it has no version property");
}

static void with_two_versions_it_is_broken(void **state)
{
    (void)state;
    assert_string_equal(read_lines("version 0 IN TXT 2\nversion 0 IN TXT 3\n"),
                        "it has several version properties");
}

static void only_version_2_is_known(void **state)
{
    (void)state;
    const char *const others[] = {"1", "3", "02", "\"2 \"", "2 2", "\"\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char line[100];
        snprintf(line, sizeof line, "version 0 IN TXT %s\n", others[i]);
        assert_string_equal(read_lines(line), "its version is not 2");
        zone_release(version);
    }
    read_lines("");
}

static void two_records_at_a_member_node_break_it(void **state)
{
    (void)state;
    assert_string_equal(read_members("x.zones 0 IN PTR a.test.\nx.zones 0 IN PTR b.test.\n"),
                        "a member node has several PTR records");
}

static void the_same_member_twice_breaks_it(void **state)
{
    (void)state;
    assert_string_equal(read_members("x.zones 0 IN PTR a.test.\ny.zones 0 IN PTR A.test.\n"
                                     "z.zones 0 IN PTR b.test.\n"),
                        "two member nodes have the same zone");
    assert_int_equal(catalog.count, 0);
}

static void two_changes_of_ownership_break_it(void **state)
{
    (void)state;
    assert_string_equal(read_members("x.zones 0 IN PTR a.test.\n"
                                     "coo.x.zones 0 IN PTR p.test.\n"
                                     "coo.x.zones 0 IN PTR q.test.\n"),
                        "a member has several coo properties");
}

static void properties_belong_to_their_member(void **state)
{
    (void)state;
    assert_null(read_members("x.zones 0 IN PTR a.test.\n"
                             "y.zones 0 IN PTR b.test.\n"
                             "coo.y.zones 0 IN PTR other.test.\n"
                             "group.x.zones 0 IN TXT one\n"
                             "group.x.zones 0 IN TXT two\n"));
    assert_null(catalog.entries[0].new_catalog);
    assert_non_null(catalog.entries[0].groups);
    assert_int_equal(catalog.entries[0].groups->count, 2);
    assert_true(name_equal(catalog.entries[1].new_catalog, name_of("other.test.")));
    assert_null(catalog.entries[1].groups);
}

static void what_is_not_known_is_passed_over(void **state)
{
    (void)state;
    assert_null(read_members("x.zones 0 IN PTR a.test.\n"
                             "x.zones 0 IN TXT \"of no meaning\"\n"
                             "y.zones 0 IN TXT \"no member\"\n"
                             "colour.ext.x.zones 0 IN TXT red\n"
                             "deep.x.zones 0 IN PTR c.test.\n"
                             "deep.x.zones 0 IN PTR d.test.\n"
                             "coo.x.zones 0 IN TXT other\n"
                             "group.x.zones 0 IN A 192.0.2.1\n"
                             "colour.ext 0 IN TXT red\n"
                             "zones 0 IN PTR e.test.\n"
                             "www 0 IN PTR f.test.\n"
                             "coo.nobody.zones 0 IN PTR p.test.\n"));
    assert_int_equal(catalog.count, 1);
    claim_member(0, "a.test.", "x.");
    assert_null(catalog.entries[0].new_catalog);
    assert_null(catalog.entries[0].groups);
}

/* NS and SOA are those of any zone, and TTLs mean nothing. */
static void who_serves_it_and_for_how_long_records_live_does_not_matter(void **state)
{
    (void)state;
    assert_null(read_members("@ 3600 IN NS ns.elsewhere.test.\n@ 3600 IN TXT text\n"
                             "x.zones 86400 IN PTR a.test.\n"
                             "coo.x.zones 7 IN PTR other.test.\n"));
    assert_int_equal(catalog.count, 1);
    assert_true(name_equal(catalog.entries[0].new_catalog, name_of("other.test.")));
}

#define CLAIM(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(members_are_read_in_canonical_order),
        CLAIM(a_catalog_may_be_empty),
        CLAIM(names_of_properties_ignore_case),
        CLAIM(without_version_it_is_broken),
        CLAIM(a_version_of_another_type_is_none),
        CLAIM(with_two_versions_it_is_broken),
        CLAIM(only_version_2_is_known),
        CLAIM(two_records_at_a_member_node_break_it),
        CLAIM(the_same_member_twice_breaks_it),
        CLAIM(two_changes_of_ownership_break_it),
        CLAIM(properties_belong_to_their_member),
        CLAIM(what_is_not_known_is_passed_over),
        CLAIM(who_serves_it_and_for_how_long_records_live_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
