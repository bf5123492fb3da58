/* A resolver in a scripted internet: the way down, negative answers, aliases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_tree.h"

static void assert_address(const char *expected, uint32_t expected_ttl_s)
{
    uint32_t ttl_s;
    const char *address = toy_address(&toy, 0, &ttl_s);
    assert_non_null(address);
    assert_string_equal(address, expected);
    assert_int_equal(ttl_s, expected_ttl_s);
}

/* ---- the way down ----------------------------------------------------------------------- */

static void asks_from_the_root_down(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2));
    const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_true(reply->flags & FLAG_RA);
    assert_true(reply->flags & FLAG_RD);
    assert_false(reply->flags & FLAG_AA);
    assert_true(reply->edns.present);
    assert_address("192.0.2.80", 300);
    assert_int_equal(toy_asked(&toy, ROOT, "www.example.com."), 1);
    assert_int_equal(toy_asked(&toy, COM, "www.example.com."), 1);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 3);
    assert_int_equal(toy.replies[0].at_ns, 1000000 * NS_PER_S + 30 * NS_PER_MS);
    toy_close(&toy);
}

static void answers_from_the_cache_until_the_ttl_is_over(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2));
    toy_tree_ask("www.example.com.", RR_A);
    toy_pass(&toy, 100 * NS_PER_S);
    size_t asked = toy.question_count;
    toy_tree_ask("WWW.example.com.", RR_A);
    assert_address("192.0.2.80", 200);
    assert_int_equal(toy.question_count, asked);
    toy_pass(&toy, 200 * NS_PER_S);
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 300);
    assert_int_equal(toy.question_count, asked + 1);
    toy_close(&toy);
}

static void starts_at_the_closest_cut_it_knows(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2),
         BOTH("*.example.com. any answer au example.com. 300 SOA 60"));
    toy_tree_ask("www.example.com.", RR_A);
    toy_tree_ask("mail.example.com.", RR_A);
    assert_int_equal(toy_asked(&toy, ROOT, "mail.example.com."), 0);
    assert_int_equal(toy_asked(&toy, COM, "mail.example.com."), 0);
    assert_int_equal(toy_asked(&toy, NULL, "mail.example.com."), 1);
    toy_close(&toy);
}

static void notes_tell_of_each_query(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2));
    toy_tree_ask("www.example.com.", RR_A);
    const struct host_note *note = driver_note(&toy.driver, NOTE_QUERY);
    assert_int_equal(note->code, RR_A);
    assert_int_equal(note->serial, RCODE_NOERROR);
    assert_int_equal(note->values[0], 0);
    assert_int_equal(driver_note_count(&toy.driver, NOTE_UPSTREAM_SENT), 4);
    assert_int_equal(driver_note_count(&toy.driver, NOTE_UPSTREAM_ANSWER), 4);
    assert_int_equal(driver_note(&toy.driver, NOTE_UPSTREAM_ANSWER)->values[0], 10 * NS_PER_MS);
    toy_tree_ask("www.example.com.", RR_A);
    assert_int_equal(driver_note(&toy.driver, NOTE_QUERY)->values[0], 1);
    assert_int_equal(driver_note_count(&toy.driver, NOTE_QUERY), 2);
    toy_close(&toy);
}

static void clients_with_the_same_question_share_a_lookup(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2));
    for (int i = 0; i < 5; i++)
        toy_ask(&toy, "www.example.com.", RR_A);
    toy_pass(&toy, NS_PER_S);
    assert_int_equal(toy.reply_count, 5);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 3);
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(toy_reply(&toy, i)->id, i);
    toy_close(&toy);
}

/* Poisson arrivals at rate L and a TTL of T hit the cache LT/(1+LT) of the time; here LT is 1. */
static void hits_follow_the_law_of_a_ttl_cache(void **state)
{
    (void)state;
    enum { QUERIES = 20000, TOLERANCE = QUERIES / 70 }; /* four standard errors */
    struct random random = random_stream(1, "client", 0, "arrivals");
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2));
    for (int i = 0; i < QUERIES; i++) {
        toy_ask(&toy, "www.example.com.", RR_A);
        toy_pass(&toy, random_exponential_ns(&random, 300 * NS_PER_S));
    }
    size_t misses =
        toy_asked(&toy, NS1, "www.example.com.") + toy_asked(&toy, NS2, "www.example.com.");
    assert_in_range(misses, QUERIES / 2 - TOLERANCE, QUERIES / 2 + TOLERANCE);
    toy_close(&toy);
}

/* ---- negative answers ------------------------------------------------------------------- */

static void remembers_that_a_name_does_not_exist(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, BOTH("*. any nxdomain au example.com. 3600 SOA 60"));
    const struct message *reply = toy_tree_ask("nope.example.com.", RR_A);
    assert_int_equal(reply->rcode, RCODE_NXDOMAIN);
    assert_int_equal(reply->counts[SECTION_AUTHORITY], 1);
    toy_pass(&toy, 30 * NS_PER_S);
    reply = toy_tree_ask("nope.example.com.", RR_AAAA);
    assert_int_equal(reply->rcode, RCODE_NXDOMAIN);
    assert_int_equal(toy_asked(&toy, NULL, "nope.example.com."), 3);
    toy_pass(&toy, 30 * NS_PER_S);
    toy_tree_ask("nope.example.com.", RR_A);
    assert_int_equal(toy_asked(&toy, NULL, "nope.example.com."), 4);
    toy_close(&toy);
}

static void remembers_that_a_type_does_not_exist(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, BOTH("*. any answer au example.com. 30 SOA 60"));
    const struct message *reply = toy_tree_ask("www.example.com.", RR_AAAA);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_int_equal(reply->counts[SECTION_ANSWER], 0);
    assert_int_equal(reply->counts[SECTION_AUTHORITY], 1);
    toy_tree_ask("www.example.com.", RR_AAAA);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 3);
    toy_tree_ask("www.example.com.", RR_TXT);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 4);
    toy_pass(&toy, 30 * NS_PER_S);
    toy_tree_ask("www.example.com.", RR_AAAA);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 5);
    toy_close(&toy);
}

/* ---- aliases ---------------------------------------------------------------------------- */

static void follows_an_alias_into_another_zone(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, EXAMPLE_NET,
         BOTH("www.example.com. any answer an www.example.com. 0 CNAME www.example.net."),
         OTHER " www.example.net. A answer an www.example.net. 60 A 203.0.113.80");
    const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_int_equal(reply->counts[SECTION_ANSWER], 2);
    assert_address("203.0.113.80", 60);
    toy_close(&toy);
}

static void takes_the_rest_of_a_chain_inside_the_zone_from_one_answer(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM,
         BOTH("a.example.com. any answer an a.example.com. 60 CNAME b.example.com.; "
              "an b.example.com. 60 A 192.0.2.9"));
    const struct message *reply = toy_tree_ask("a.example.com.", RR_A);
    assert_int_equal(reply->counts[SECTION_ANSWER], 2);
    assert_address("192.0.2.9", 60);
    assert_int_equal(toy_asked(&toy, NULL, "b.example.com."), 0);
    toy_close(&toy);
}

static void does_not_believe_a_chain_beyond_the_zone(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, EXAMPLE_NET,
         BOTH("*. any answer an www.example.com. 60 CNAME www.example.net.; "
              "an www.example.net. 60 A 192.0.2.66"),
         OTHER " www.example.net. A answer an www.example.net. 60 A 203.0.113.80");
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("203.0.113.80", 60);
    toy_close(&toy);
}

static void an_alias_to_nowhere_is_nxdomain_with_the_alias(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM,
         BOTH("*. any nxdomain an a.example.com. 60 CNAME b.example.com.; "
              "au example.com. 60 SOA 60"));
    const struct message *reply = toy_tree_ask("a.example.com.", RR_A);
    assert_int_equal(reply->rcode, RCODE_NXDOMAIN);
    assert_int_equal(reply->counts[SECTION_ANSWER], 1);
    assert_int_equal(reply->counts[SECTION_AUTHORITY], 1);
    assert_int_equal(toy_asked(&toy, NULL, "b.example.com."), 0);
    toy_close(&toy);
}

static void a_circle_of_aliases_ends(void **state)
{
    (void)state;
    static const char *const circles[][3] = {
        {NS1 " *. any answer an a.example.com. 60 CNAME b.example.net.",
         NS2 " *. any answer an a.example.com. 60 CNAME b.example.net.",
         OTHER " *. any answer an b.example.net. 60 CNAME a.example.com."},
        {NS1 " *. any answer an a.example.com. 0 CNAME b.example.net.",
         NS2 " *. any answer an a.example.com. 0 CNAME b.example.net.",
         OTHER " *. any answer an b.example.net. 0 CNAME a.example.com."},
    };
    for (size_t i = 0; i < 2; i++) {
        OPEN(TREE, EXAMPLE_COM, EXAMPLE_NET, circles[i][0], circles[i][1], circles[i][2]);
        const struct message *reply = toy_tree_ask("a.example.com.", RR_A);
        assert_non_null(reply);
        assert_int_equal(reply->rcode, RCODE_SERVFAIL);
        assert_in_range(toy.question_count, 1, 40);
        toy_close(&toy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_from_the_root_down),
        cmocka_unit_test(answers_from_the_cache_until_the_ttl_is_over),
        cmocka_unit_test(starts_at_the_closest_cut_it_knows),
        cmocka_unit_test(notes_tell_of_each_query),
        cmocka_unit_test(clients_with_the_same_question_share_a_lookup),
        cmocka_unit_test(hits_follow_the_law_of_a_ttl_cache),
        cmocka_unit_test(remembers_that_a_name_does_not_exist),
        cmocka_unit_test(remembers_that_a_type_does_not_exist),
        cmocka_unit_test(follows_an_alias_into_another_zone),
        cmocka_unit_test(takes_the_rest_of_a_chain_inside_the_zone_from_one_answer),
        cmocka_unit_test(does_not_believe_a_chain_beyond_the_zone),
        cmocka_unit_test(an_alias_to_nowhere_is_nxdomain_with_the_alias),
        cmocka_unit_test(a_circle_of_aliases_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
