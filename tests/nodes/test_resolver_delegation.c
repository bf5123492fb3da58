/* A resolver among delegations that lack glue, and servers that fail it. */
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

/* ---- delegations ------------------------------------------------------------------------ */

#define GLUELESS COM " *.example.com. any referral au example.com. 3600 NS ns.example.net."

static void looks_up_servers_without_glue(void **state)
{
    (void)state;
    OPEN(TREE, GLUELESS, EXAMPLE_NET,
         OTHER " ns.example.net. A answer an ns.example.net. 3600 A " NS1, WWW(NS1));
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 300);
    assert_int_equal(toy_asked(&toy, OTHER, "ns.example.net."), 1);
    toy_close(&toy);
}

static void circular_delegations_end_in_servfail(void **state)
{
    (void)state;
    OPEN(TREE, GLUELESS,
         NET " *.example.net. any referral au example.net. 3600 NS ns.example.com.");
    const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_SERVFAIL);
    assert_in_range(toy.question_count, 1, 12);
    toy_close(&toy);
}

static void a_server_that_needs_itself_is_given_up(void **state)
{
    (void)state;
    OPEN(TREE, COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.");
    const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_SERVFAIL);
    assert_in_range(toy.question_count, 1, 8);
    toy_close(&toy);
}

/* The glue lives shorter than the NS records: the parent is asked again. */
static void returns_to_the_parent_when_the_glue_has_gone(void **state)
{
    (void)state;
    OPEN(TREE,
         COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.; "
             "ad ns1.example.com. 60 A " NS1,
         NS1 " *. A answer an www.example.com. 10 A 192.0.2.80");
    toy_tree_ask("www.example.com.", RR_A);
    toy_pass(&toy, 100 * NS_PER_S);
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 10);
    assert_int_equal(toy_asked(&toy, COM, "www.example.com."), 2);
    toy_close(&toy);
}

/* From now on. */
static void silence(const char *server)
{
    struct address address;
    assert_true(address_parse(server, &address));
    for (size_t i = 0; i < toy.rule_count; i++)
        if (address_same_ip(&toy.rules[i].server, &address))
            toy.rules[i].manner = TOY_SILENT;
}

static void wait_until(int64_t second)
{
    toy_pass(&toy, (1000000 + second) * NS_PER_S - toy.driver.now_ns);
}

#define ADDRESSES                                                      \
    BOTH("ns1.example.com. A answer an ns1.example.com. 3600 A " NS1), \
        BOTH("ns2.example.com. A answer an ns2.example.com. 3600 A " NS2)

/* The NS records are renewed at one hour, when both addresses are known. A minute later that of the
 * living server goes, and that of the dead one stays for more than half an hour. */
static void a_living_server_is_found_again_beside_a_dead_one(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        OPEN_AS((enum resolver_software)software, TREE, EXAMPLE_COM, ADDRESSES,
                BOTH("www.example.com. A answer an www.example.com. 60 A 192.0.2.80"));
        toy_tree_ask("www.example.com.", RR_A);
        wait_until(60);
        toy_tree_ask("ns2.example.com.", RR_A);
        wait_until(2280);
        toy_tree_ask("ns1.example.com.", RR_A);
        silence(NS1);
        for (int64_t second = 3605; second < 5700; second += 61) {
            wait_until(second);
            size_t before = toy.reply_count;
            toy_ask(&toy, "www.example.com.", RR_A);
            toy_pass(&toy, 5 * NS_PER_S);
            const struct message *reply = toy_reply(&toy, before);
            assert_non_null(reply);
            assert_int_equal(reply->rcode, RCODE_NOERROR);
        }
        assert_int_equal(toy_asked(&toy, COM, "ns2.example.com."), 1);
        assert_int_equal(toy_asked(&toy, COM, "ns1.example.com."), 0);
        toy_close(&toy);
    }
}

/* The zone's own servers are enough, for as long as where they are is known. */
static void a_dead_parent_is_not_felt_until_the_delegation_runs_out(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        OPEN_AS((enum resolver_software)software, TREE, EXAMPLE_COM,
                BOTH("www.example.com. A answer an www.example.com. 60 A 192.0.2.80"));
        toy_tree_ask("www.example.com.", RR_A);
        silence(COM);
        for (int64_t second = 61; second < 3590; second += 200) {
            wait_until(second);
            size_t before = toy.reply_count;
            toy_tree_ask("www.example.com.", RR_A);
            assert_int_equal(toy.reply_count, before + 1);
            assert_address("192.0.2.80", 60);
        }
        wait_until(3661);
        size_t before = toy.reply_count;
        toy_ask(&toy, "www.example.com.", RR_A);
        toy_pass(&toy, 60 * NS_PER_S);
        assert_true(toy.reply_count == before || toy_reply(&toy, before)->rcode == RCODE_SERVFAIL);
        assert_true(toy_asked(&toy, COM, "www.example.com.") > 1);
        toy_close(&toy);
    }
}

/* Who asks for the address must not keep the zone's own lookup of it at the dead server. */
static void a_client_may_ask_for_the_server_that_is_not_known(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        OPEN_AS((enum resolver_software)software, TREE,
                COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.; "
                    "au example.com. 3600 NS ns2.example.com.; ad ns1.example.com. 3600 A " NS1
                    "; ad ns2.example.com. 60 A " NS2,
                NS2 " ns2.example.com. A answer an ns2.example.com. 60 A " NS2, WWW(NS2));
        toy_ask(&toy, "www.example.com.", RR_A);
        toy_pass(&toy, 100 * NS_PER_S);
        size_t before = toy.reply_count;
        toy_ask(&toy, "ns2.example.com.", RR_A);
        toy_pass(&toy, 5 * NS_PER_S);
        const struct message *reply = toy_reply(&toy, before);
        assert_non_null(reply);
        assert_int_equal(reply->rcode, RCODE_NOERROR);
        assert_int_equal(toy_asked(&toy, COM, "ns2.example.com."), 1);
        toy_close(&toy);
    }
}

static void glue_outside_of_the_parent_zone_is_ignored(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_NET,
         COM " *.example.com. any referral au example.com. 3600 NS ns.example.net.; "
             "ad ns.example.net. 3600 A 192.0.2.66",
         OTHER " ns.example.net. A answer an ns.example.net. 3600 A " NS1, WWW(NS1));
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 300);
    assert_int_equal(toy_asked(&toy, "192.0.2.66", NULL), 0);
    toy_close(&toy);
}

static void glue_is_never_an_answer(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, WWW(NS1), WWW(NS2),
         BOTH("ns1.example.com. A answer an ns1.example.com. 3600 A 192.0.2.111"));
    toy_tree_ask("www.example.com.", RR_A);
    toy_tree_ask("ns1.example.com.", RR_A);
    assert_address("192.0.2.111", 3600);
    assert_int_equal(toy_asked(&toy, COM, "ns1.example.com."), 0); /* the glue leads there */
    toy_close(&toy);
}

/* One question must not become a flood of questions to somebody else (the NXNS attack). */
static void many_servers_without_glue_cost_few_queries(void **state)
{
    (void)state;
    for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
        OPEN_AS((enum resolver_software)software, TREE, NET " *. any silent",
                COM
                " *.example.com. any referral au example.com. 3600 NS a.example.net.; "
                "au example.com. 3600 NS b.example.net.; au example.com. 3600 NS c.example.net.; "
                "au example.com. 3600 NS d.example.net.; au example.com. 3600 NS e.example.net.; "
                "au example.com. 3600 NS f.example.net.; au example.com. 3600 NS g.example.net.; "
                "au example.com. 3600 NS h.example.net.; au example.com. 3600 NS i.example.net.; "
                "au example.com. 3600 NS j.example.net.; au example.com. 3600 NS k.example.net.");
        toy_ask(&toy, "www.example.com.", RR_A);
        toy_pass(&toy, 600 * NS_PER_S);
        assert_in_range(toy_asked(&toy, NET, NULL), 1, 60);
        assert_int_equal(toy.driver.timer_ns, TIME_NEVER);
        toy_close(&toy);
    }
}

static void servers_with_ipv6_alone_need_a_resolver_with_ipv6(void **state)
{
    (void)state;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        OPEN_AS(RESOLVER_RFC, TREE,
                COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.; "
                    "ad ns1.example.com. 3600 AAAA 2001:db8::53",
                WWW("2001:db8::53"));
        toy_tree_config.ipv6 = ipv6;
        const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
        assert_non_null(reply);
        assert_int_equal(reply->rcode, ipv6 ? RCODE_NOERROR : RCODE_SERVFAIL);
        toy_close(&toy);
    }
}

static void the_parent_answers_for_ds(void **state)
{
    (void)state;
    OPEN(TREE, COM " example.com. DS answer au com. 900 SOA 900", EXAMPLE_COM, WWW(NS1), WWW(NS2));
    toy_tree_ask("www.example.com.", RR_A);
    const struct message *reply = toy_tree_ask("example.com.", RR_DS);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_int_equal(toy_asked(&toy, COM, "example.com."), 1);
    toy_close(&toy);
}

/* ---- bad servers ------------------------------------------------------------------------ */

static void skips_lame_servers(void **state)
{
    (void)state;
    static const char *const lame[] = {
        NS1 " *. any refused",
        NS1 " *. any servfail",
        NS1 " *. any noname",
        NS1 " *. any referral",
        NS1 " *. any referral au . 3600 NS a.root-servers.net.",
        NS1 " *. any referral au com. 3600 NS a.gtld.com.",
        NS1 " *. any referral au example.com. 3600 NS ns1.example.com.",
        NS1 " *. any referral an www.example.com. 300 A 192.0.2.66",
    };
    for (size_t i = 0; i < sizeof lame / sizeof lame[0]; i++) {
        for (int software = 0; software < RESOLVER_SOFTWARE_COUNT; software++) {
            OPEN_AS((enum resolver_software)software, TREE, EXAMPLE_COM, lame[i], WWW(NS2));
            const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
            assert_non_null(reply);
            assert_int_equal(reply->rcode, RCODE_NOERROR);
            assert_address("192.0.2.80", 300);
            assert_in_range(toy_asked(&toy, NS1, NULL), 0, 1);
            toy_close(&toy);
        }
    }
}

static void skips_a_server_whose_port_is_closed(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, NS1 " *. any unreachable", WWW(NS2));
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 300);
    assert_true(toy.replies[0].at_ns <= 1000000 * NS_PER_S + 40 * NS_PER_MS);
    toy_close(&toy);
}

static void asks_without_edns_after_formerr(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, BOTH("*. A plain an www.example.com. 1 A 192.0.2.80"));
    toy_tree_ask("www.example.com.", RR_A);
    assert_address("192.0.2.80", 1);
    assert_int_equal(toy_asked(&toy, NULL, "www.example.com."), 4);
    assert_true(toy.questions[toy.question_count - 2].with_edns);
    assert_false(toy.questions[toy.question_count - 1].with_edns);
    toy_close(&toy);
}

static void asks_over_tcp_after_truncation(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM, BOTH("*. TXT truncate an www.example.com. 60 TXT 4000"));
    const struct message *reply = toy_tree_ask("www.example.com.", RR_TXT);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_true(reply->flags & FLAG_TC); /* the client asked over UDP, too */
    assert_int_equal(reply->counts[SECTION_ANSWER], 0);
    assert_true(toy.questions[toy.question_count - 1].over_tcp);
    toy_close(&toy);
}

/* Rcode and time of the first reply, in ms since the question. */
static int64_t failure_ms(void)
{
    int64_t start_ns = toy.driver.now_ns;
    size_t before = toy.reply_count;
    toy_ask(&toy, "www.example.com.", RR_A);
    toy_pass(&toy, 60 * NS_PER_S);
    const struct message *reply = toy_reply(&toy, before);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_SERVFAIL);
    return (toy.replies[before].at_ns - start_ns) / NS_PER_MS;
}

static void silent_servers_end_in_servfail_at_the_software_s_time(void **state)
{
    (void)state;
    OPEN_AS(RESOLVER_BIND_9_18, TREE, EXAMPLE_COM);
    assert_int_equal(failure_ms(), 10000);
    toy_close(&toy);
    OPEN_AS(RESOLVER_BIND_9_20, TREE, EXAMPLE_COM);
    assert_int_equal(failure_ms(), 10000);
    toy_close(&toy);
    /* Six queries, waiting 400, 400, 800, 800, 1600 and 1600 ms, after two referrals. */
    OPEN_AS(RESOLVER_RFC, TREE, EXAMPLE_COM);
    assert_int_equal(failure_ms(), 20 + 5600);
    toy_close(&toy);
}

static void unbound_fails_after_five_queries_and_tells_only_those_who_still_wait(void **state)
{
    (void)state;
    OPEN_AS(RESOLVER_UNBOUND, TREE,
            COM " *.example.com. any referral au example.com. 3600 NS ns1.example.com.; "
                "ad ns1.example.com. 3600 A " NS1);
    int64_t start_ns = toy.driver.now_ns;
    toy_ask(&toy, "www.example.com.", RR_A);
    toy_pass(&toy, 11 * NS_PER_S);
    toy_ask(&toy, "www.example.com.", RR_A);
    toy_pass(&toy, 10 * NS_PER_S);
    assert_int_equal(toy_asked(&toy, NS1, "www.example.com."), 5);
    assert_int_equal(toy.reply_count, 1);
    assert_int_equal(toy_reply(&toy, 0)->id, 1);
    assert_int_equal(toy_reply(&toy, 0)->rcode, RCODE_SERVFAIL);
    assert_int_equal((toy.replies[0].at_ns - start_ns) / NS_PER_MS, 20 + 11656);
    toy_close(&toy);
}

static void failures_are_remembered_for_five_seconds(void **state)
{
    (void)state;
    OPEN(TREE, EXAMPLE_COM);
    toy_ask(&toy, "www.example.com.", RR_A);
    toy_pass(&toy, 5700 * NS_PER_MS);
    size_t asked = toy.question_count;
    const struct message *reply = toy_tree_ask("www.example.com.", RR_A);
    assert_int_equal(reply->rcode, RCODE_SERVFAIL);
    assert_int_equal(toy.reply_count, 2);
    assert_int_equal(toy.question_count, asked);
    toy_pass(&toy, 5 * NS_PER_S);
    toy_ask(&toy, "www.example.com.", RR_A);
    assert_int_equal(toy.question_count, asked + 1);
    toy_close(&toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_up_servers_without_glue),
        cmocka_unit_test(circular_delegations_end_in_servfail),
        cmocka_unit_test(a_server_that_needs_itself_is_given_up),
        cmocka_unit_test(returns_to_the_parent_when_the_glue_has_gone),
        cmocka_unit_test(a_living_server_is_found_again_beside_a_dead_one),
        cmocka_unit_test(a_dead_parent_is_not_felt_until_the_delegation_runs_out),
        cmocka_unit_test(a_client_may_ask_for_the_server_that_is_not_known),
        cmocka_unit_test(glue_outside_of_the_parent_zone_is_ignored),
        cmocka_unit_test(glue_is_never_an_answer),
        cmocka_unit_test(many_servers_without_glue_cost_few_queries),
        cmocka_unit_test(servers_with_ipv6_alone_need_a_resolver_with_ipv6),
        cmocka_unit_test(the_parent_answers_for_ds),
        cmocka_unit_test(skips_lame_servers),
        cmocka_unit_test(skips_a_server_whose_port_is_closed),
        cmocka_unit_test(asks_without_edns_after_formerr),
        cmocka_unit_test(asks_over_tcp_after_truncation),
        cmocka_unit_test(silent_servers_end_in_servfail_at_the_software_s_time),
        cmocka_unit_test(unbound_fails_after_five_queries_and_tells_only_those_who_still_wait),
        cmocka_unit_test(failures_are_remembered_for_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
