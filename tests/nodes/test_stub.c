/* The stub: how glibc asks. Each claim feeds answers, silence or refusals and looks at what leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/dns/message.h"
#include "nodes/stub.h"
#include "tests/support/node_driver.h"

static const uint8_t www[] = "\3www\7example\3com";
static const uint8_t *const names[] = {www};

struct bench {
    struct workload *workload;
    struct address servers[3];
    struct stub_config config;
    struct node_driver driver;
};

static struct address server_address(unsigned index)
{
    return address_from_ipv4(UINT32_C(0xc0000201) + index, 53);
}

/* One look-up, about a second after the start: the next one is far away. */
static void begin(struct bench *bench, unsigned servers)
{
    bench->workload = workload_create(
        &(struct workload_options){.names = names, .name_count = 1, .missing_parent = name_root});
    for (unsigned i = 0; i < 3; i++)
        bench->servers[i] = server_address(i);
    bench->config = (struct stub_config){
        .workload = bench->workload,
        .servers = bench->servers,
        .server_count = servers,
        .recursion_desired = true,
        .mean_gap_ns = 1000000 * NS_PER_S,
        .timeout_ns = 5 * NS_PER_S,
        .attempts = 2,
        .stop_ns = TIME_NEVER,
    };
    driver_create(&bench->driver, &stub_node, &bench->config, 0);
    driver_advance(&bench->driver, bench->driver.timer_ns);
}

static void end(struct bench *bench)
{
    driver_free(&bench->driver);
    workload_destroy(bench->workload);
}

static const struct driver_output *sent(const struct bench *bench, size_t n)
{
    return driver_output(&bench->driver, HOST_DO_SEND, n);
}

static size_t sends(const struct bench *bench)
{
    return driver_output_count(&bench->driver, HOST_DO_SEND);
}

static const struct host_note *finished(const struct bench *bench)
{
    return driver_note(&bench->driver, NOTE_LOOKUP_FINISHED);
}

/* An answer to QUESTION with RCODE, FLAGS added, its id off by SKEW. */
static size_t make_answer(struct bytes question, uint16_t flags, unsigned rcode, uint16_t skew,
                          uint8_t out[512])
{
    struct message message;
    struct message_writer w;
    assert_int_equal(message_parse(&message, question), MESSAGE_OK);
    message_begin(&w, out, 512, (uint16_t)(message.id + skew), OPCODE_QUERY, FLAG_QR | flags);
    message_write_question(&w, message.qname, message.qtype, message.qclass);
    return message_end(&w, 0, rcode);
}

static void answer(struct bench *bench, size_t n, uint16_t flags, unsigned rcode, uint16_t skew)
{
    const struct driver_output *question = sent(bench, n);
    uint8_t wire[512];
    size_t size = make_answer(question->bytes, flags, rcode, skew, wire);
    struct address local = question->local, remote = question->remote;
    driver_datagram(&bench->driver, &local, &remote, bytes_of(wire, size));
}

/* ---- claims -------------------------------------------------------------------------------- */

static void asks_the_first_server_with_rd(void **state)
{
    (void)state;
    struct bench bench;
    struct message message;
    begin(&bench, 2);
    assert_int_equal(sends(&bench), 1);
    assert_true(address_equal(&sent(&bench, 0)->remote, &bench.servers[0]));
    assert_int_equal(message_parse(&message, sent(&bench, 0)->bytes), MESSAGE_OK);
    assert_true(message.flags & FLAG_RD);
    assert_true(name_equal(message.qname, www));
    assert_false(message.edns.present);
    end(&bench);
}

static void an_answer_ends_the_lookup_with_its_latency(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 1);
    int64_t asked_ns = bench.driver.now_ns;
    driver_advance(&bench.driver, asked_ns + 30 * NS_PER_MS);
    answer(&bench, 0, 0, RCODE_NOERROR, 0);
    assert_non_null(finished(&bench));
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_ANSWERED);
    assert_int_equal(finished(&bench)->values[0], asked_ns);
    assert_int_equal(finished(&bench)->values[1], 30 * NS_PER_MS);
    assert_int_equal(finished(&bench)->values[3], 1);
    assert_int_equal(driver_output_count(&bench.driver, HOST_DO_CLOSE), 1);
    end(&bench);
}

static void nxdomain_is_an_answer_too(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 2);
    answer(&bench, 0, 0, RCODE_NXDOMAIN, 0);
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_NXDOMAIN);
    assert_int_equal(sends(&bench), 1);
    end(&bench);
}

static void one_silent_server_is_asked_twice_for_five_seconds(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 1);
    int64_t asked_ns = bench.driver.now_ns;
    driver_advance(&bench.driver, asked_ns + 5 * NS_PER_S - 1);
    assert_int_equal(sends(&bench), 1);
    driver_advance(&bench.driver, asked_ns + 5 * NS_PER_S);
    assert_int_equal(sends(&bench), 2);
    driver_advance(&bench.driver, asked_ns + 10 * NS_PER_S - 1);
    assert_null(finished(&bench));
    driver_advance(&bench.driver, asked_ns + 10 * NS_PER_S);
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_TIMEOUT);
    assert_int_equal(finished(&bench)->values[1], 10 * NS_PER_S);
    assert_int_equal(finished(&bench)->values[2], -1);
    end(&bench);
}

/* 5 s for the first, (5 << i) / n whole seconds for the others, twice through. */
static void silence_costs_10_20_and_28_s(void **state)
{
    (void)state;
    static const int64_t total_ns[] = {0, 10 * NS_PER_S, 20 * NS_PER_S, 28 * NS_PER_S};
    for (unsigned servers = 1; servers <= 3; servers++) {
        struct bench bench;
        begin(&bench, servers);
        driver_advance(&bench.driver, bench.driver.now_ns + 100 * NS_PER_S);
        assert_int_equal(sends(&bench), 2 * servers);
        for (unsigned i = 0; i < 2 * servers; i++)
            assert_true(address_equal(&sent(&bench, i)->remote, &bench.servers[i % servers]));
        assert_int_equal(finished(&bench)->values[1], total_ns[servers]);
        end(&bench);
    }
}

static void servfail_moves_on_at_once_and_counts_if_nobody_knows_better(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 2);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(sends(&bench), i + 1);
        assert_null(finished(&bench));
        answer(&bench, i, 0, RCODE_SERVFAIL, 0);
    }
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_SERVFAIL);
    assert_int_equal(finished(&bench)->values[1], 0);
    end(&bench);
}

static void the_second_server_can_save_the_lookup(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 2);
    answer(&bench, 0, 0, RCODE_REFUSED, 0);
    answer(&bench, 1, 0, RCODE_NOERROR, 0);
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_ANSWERED);
    assert_true(address_equal(&finished(&bench)->peer, &bench.servers[1]));
    end(&bench);
}

static void icmp_about_the_server_being_asked_moves_on(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 2);
    driver_unreachable(&bench.driver, sent(&bench, 0)->socket, &bench.servers[0]);
    assert_int_equal(sends(&bench), 2);
    driver_unreachable(&bench.driver, sent(&bench, 0)->socket, &bench.servers[0]);
    assert_int_equal(sends(&bench), 2); /* old news: the second one is being waited for */
    end(&bench);
}

static void answers_that_do_not_belong_are_ignored(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 1);
    answer(&bench, 0, 0, RCODE_NOERROR, 1); /* wrong id */
    const struct driver_output *question = sent(&bench, 0);
    uint8_t wire[512];
    size_t size = make_answer(question->bytes, 0, RCODE_NOERROR, 0, wire);
    struct address local = question->local, stranger = server_address(7);
    driver_datagram(&bench.driver, &local, &stranger, bytes_of(wire, size));
    wire[13] = 'x'; /* another name */
    driver_datagram(&bench.driver, &local, &bench.servers[0], bytes_of(wire, size));
    driver_datagram(&bench.driver, &local, &bench.servers[0], question->bytes); /* no QR */
    driver_datagram(&bench.driver, &local, &bench.servers[0], bytes_of(wire, 5));
    assert_null(finished(&bench));
    end(&bench);
}

static void truncation_is_asked_again_over_tcp(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 1);
    answer(&bench, 0, FLAG_TC, RCODE_NOERROR, 0);
    const struct driver_output *connect = driver_output(&bench.driver, HOST_DO_CONNECT, 0);
    assert_non_null(connect);
    assert_true(address_equal(&connect->remote, &bench.servers[0]));
    uint32_t socket = connect->socket;
    driver_connected(&bench.driver, socket, 1000);
    const struct driver_output *question = driver_output(&bench.driver, HOST_DO_WRITE, 0);
    assert_int_equal(bytes_get_u16(question->bytes.data), question->bytes.size - 2);
    uint8_t wire[514];
    size_t size = make_answer(bytes_of(question->bytes.data + 2, question->bytes.size - 2), 0,
                              RCODE_NOERROR, 0, wire + 2);
    bytes_put_u16(wire, (uint16_t)size);
    driver_bytes(&bench.driver, socket, bytes_of(wire, 1)); /* in pieces */
    assert_null(finished(&bench));
    driver_bytes(&bench.driver, socket, bytes_of(wire + 1, size + 1));
    assert_int_equal(finished(&bench)->serial, NOTE_LOOKUP_ANSWERED);
    end(&bench);
}

static void a_refused_connection_falls_back_to_the_next_server(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 2);
    answer(&bench, 0, FLAG_TC, RCODE_NOERROR, 0);
    uint32_t socket = driver_output(&bench.driver, HOST_DO_CONNECT, 0)->socket;
    driver_connect_failed(&bench.driver, socket, HOST_REFUSED);
    assert_int_equal(sends(&bench), 2);
    assert_true(address_equal(&sent(&bench, 1)->remote, &bench.servers[1]));
    end(&bench);
}

static void asks_at_its_rate_and_stops_in_time(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, 1);
    driver_free(&bench.driver);
    bench.config.mean_gap_ns = NS_PER_S;
    bench.config.start_ns = 100 * NS_PER_S;
    bench.config.stop_ns = 1100 * NS_PER_S;
    bench.config.timeout_ns = 1;
    driver_create(&bench.driver, &stub_node, &bench.config, 0);
    driver_advance(&bench.driver, 100 * NS_PER_S);
    assert_int_equal(driver_note_count(&bench.driver, NOTE_LOOKUP_STARTED), 0);
    driver_advance(&bench.driver, 5000 * NS_PER_S);
    /* 1000 expected; the standard deviation is 32. */
    assert_in_range(driver_note_count(&bench.driver, NOTE_LOOKUP_STARTED), 870, 1130);
    end(&bench);
}

static void any_server_draws_evenly(void **state)
{
    (void)state;
    struct bench bench;
    unsigned counts[3] = {0};
    begin(&bench, 3);
    driver_free(&bench.driver);
    bench.config.any_server = true;
    bench.config.mean_gap_ns = NS_PER_S;
    bench.config.timeout_ns = 100000 * NS_PER_S;
    driver_create(&bench.driver, &stub_node, &bench.config, 0);
    driver_advance(&bench.driver, 3000 * NS_PER_S);
    for (size_t n = 0; n < sends(&bench); n++)
        for (unsigned i = 0; i < 3; i++)
            counts[i] += address_equal(&sent(&bench, n)->remote, &bench.servers[i]);
    for (unsigned i = 0; i < 3; i++)
        assert_in_range(counts[i], 870, 1130);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_the_first_server_with_rd),
        cmocka_unit_test(an_answer_ends_the_lookup_with_its_latency),
        cmocka_unit_test(nxdomain_is_an_answer_too),
        cmocka_unit_test(one_silent_server_is_asked_twice_for_five_seconds),
        cmocka_unit_test(silence_costs_10_20_and_28_s),
        cmocka_unit_test(servfail_moves_on_at_once_and_counts_if_nobody_knows_better),
        cmocka_unit_test(the_second_server_can_save_the_lookup),
        cmocka_unit_test(icmp_about_the_server_being_asked_moves_on),
        cmocka_unit_test(answers_that_do_not_belong_are_ignored),
        cmocka_unit_test(truncation_is_asked_again_over_tcp),
        cmocka_unit_test(a_refused_connection_falls_back_to_the_next_server),
        cmocka_unit_test(asks_at_its_rate_and_stops_in_time),
        cmocka_unit_test(any_server_draws_evenly),
    };
    return cmocka_run_group_tests_name("nodes/stub", tests, NULL, NULL);
}
