/* The monitor: what it asks, and what it notices and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/dns/message.h"
#include "nodes/monitor.h"
#include "tests/support/node_driver.h"

static const uint8_t zone[] = "\7example\3com";
static const int64_t interval_ns = 300 * NS_PER_S, timeout_ns = 4 * NS_PER_S;

struct bench {
    struct monitor_target targets[2];
    struct monitor_config config;
    struct node_driver driver;
};

static void begin(struct bench *bench)
{
    for (unsigned i = 0; i < 2; i++)
        bench->targets[i] =
            (struct monitor_target){zone, address_from_ipv4(UINT32_C(0xc0000201) + i, 53)};
    bench->config = (struct monitor_config){
        .targets = bench->targets,
        .target_count = 2,
        .interval_ns = interval_ns,
        .timeout_ns = timeout_ns,
        .failures = 2,
        .stale_after_ns = 600 * NS_PER_S,
    };
    driver_create(&bench->driver, &monitor_node, &bench->config, 0);
}

static void end(struct bench *bench)
{
    driver_free(&bench->driver);
}

/* The question sent last to target INDEX. */
static const struct driver_output *question(const struct bench *bench, unsigned index)
{
    const struct driver_output *last = NULL, *sent;
    for (size_t n = 0; (sent = driver_output(&bench->driver, HOST_DO_SEND, n)); n++)
        if (address_equal(&sent->remote, &bench->targets[index].server))
            last = sent;
    assert_non_null(last);
    return last;
}

/* Answers with SERIAL, or with RCODE if that is not NOERROR. */
static void answer(struct bench *bench, unsigned index, uint32_t serial, unsigned rcode,
                   uint16_t skew)
{
    const struct driver_output *asked = question(bench, index);
    uint8_t wire[512], soa[32] = {0};
    struct message message;
    struct message_writer w;
    assert_int_equal(message_parse(&message, asked->bytes), MESSAGE_OK);
    message_begin(&w, wire, sizeof wire, (uint16_t)(message.id + skew), OPCODE_QUERY,
                  FLAG_QR | FLAG_AA);
    message_write_question(&w, zone, RR_SOA, CLASS_IN);
    bytes_put_u32(soa + 2, serial); /* after two root names */
    if (rcode == RCODE_NOERROR)
        message_write_rr(&w, SECTION_ANSWER,
                         &(struct rr){zone, RR_SOA, CLASS_IN, 300, bytes_of(soa, 22)});
    size_t size = message_end(&w, 0, rcode);
    struct address local = asked->local, remote = asked->remote;
    driver_datagram(&bench->driver, &local, &remote, bytes_of(wire, size));
}

/* One round: both answer with these serials; 0: silence. */
static void one_round(struct bench *bench, uint32_t first, uint32_t second)
{
    int64_t begun_ns = bench->driver.now_ns;
    if (first)
        answer(bench, 0, first, RCODE_NOERROR, 0);
    if (second)
        answer(bench, 1, second, RCODE_NOERROR, 0);
    driver_advance(&bench->driver, begun_ns + interval_ns);
}

static const struct host_note *raised(const struct bench *bench)
{
    return driver_note(&bench->driver, NOTE_ALARM_RAISED);
}

static void asks_every_target_for_its_soa_each_interval(void **state)
{
    (void)state;
    struct bench bench;
    struct message message;
    begin(&bench);
    assert_int_equal(driver_output_count(&bench.driver, HOST_DO_SEND), 2);
    assert_int_equal(message_parse(&message, question(&bench, 1)->bytes), MESSAGE_OK);
    assert_int_equal(message.qtype, RR_SOA);
    assert_true(name_equal(message.qname, zone));
    assert_false(message.flags & FLAG_RD);
    driver_advance(&bench.driver, interval_ns - 1);
    assert_int_equal(driver_output_count(&bench.driver, HOST_DO_SEND), 2);
    driver_advance(&bench.driver, interval_ns);
    assert_int_equal(driver_output_count(&bench.driver, HOST_DO_SEND), 4);
    end(&bench);
}

static void silence_twice_is_an_alarm_and_an_answer_ends_it(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    one_round(&bench, 1, 1);
    one_round(&bench, 1, 0);
    assert_null(raised(&bench));
    answer(&bench, 0, 1, RCODE_NOERROR, 0);
    driver_advance(&bench.driver, 2 * interval_ns + timeout_ns);
    assert_int_equal(raised(&bench)->code, NOTE_ALARM_SILENT);
    assert_true(address_equal(&raised(&bench)->peer, &bench.targets[1].server));
    assert_int_equal(raised(&bench)->values[0], 2 * interval_ns + timeout_ns);
    driver_advance(&bench.driver, 3 * interval_ns);
    answer(&bench, 1, 1, RCODE_NOERROR, 0);
    assert_int_equal(driver_note(&bench.driver, NOTE_ALARM_CLEARED)->code, NOTE_ALARM_SILENT);
    assert_int_equal(driver_note_count(&bench.driver, NOTE_ALARM_RAISED), 1);
    end(&bench);
}

static void servfail_twice_is_broken(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    for (unsigned i = 0; i < 2; i++) {
        assert_null(raised(&bench));
        answer(&bench, 0, 0, RCODE_SERVFAIL, 0);
        answer(&bench, 1, 1, RCODE_NOERROR, 0);
        driver_advance(&bench.driver, (i + 1) * interval_ns);
    }
    assert_int_equal(raised(&bench)->code, NOTE_ALARM_BROKEN);
    end(&bench);
}

static void staying_behind_is_stale_since_the_newer_serial_was_seen(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    one_round(&bench, 1, 1);
    one_round(&bench, 2, 1); /* seen behind at 300 s */
    one_round(&bench, 2, 1);
    one_round(&bench, 2, 1); /* at 900 s: for 600 s, not longer */
    assert_null(raised(&bench));
    one_round(&bench, 2, 1);
    assert_int_equal(raised(&bench)->code, NOTE_ALARM_STALE);
    assert_int_equal(raised(&bench)->serial, 1);
    assert_int_equal(raised(&bench)->values[0], interval_ns);
    one_round(&bench, 2, 2);
    assert_int_equal(driver_note(&bench.driver, NOTE_ALARM_CLEARED)->code, NOTE_ALARM_STALE);
    end(&bench);
}

static void catching_up_in_time_is_no_alarm(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    for (uint32_t serial = 1; serial < 10; serial++) {
        one_round(&bench, serial + 1, serial); /* always one behind, never long the same */
        one_round(&bench, serial + 1, serial + 1);
    }
    assert_null(raised(&bench));
    end(&bench);
}

static void serials_are_compared_as_rfc_1982_says(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    for (unsigned i = 0; i < 5; i++)
        one_round(&bench, 5, UINT32_C(4294967290));
    assert_int_equal(raised(&bench)->code, NOTE_ALARM_STALE);
    assert_true(address_equal(&raised(&bench)->peer, &bench.targets[1].server));
    end(&bench);
}

static void answers_to_other_questions_do_not_count(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    for (unsigned i = 0; i < 2; i++) {
        answer(&bench, 0, 1, RCODE_NOERROR, 1); /* another id */
        answer(&bench, 1, 1, RCODE_NOERROR, 0);
        driver_advance(&bench.driver, (i + 1) * interval_ns);
    }
    assert_int_equal(raised(&bench)->code, NOTE_ALARM_SILENT);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_every_target_for_its_soa_each_interval),
        cmocka_unit_test(silence_twice_is_an_alarm_and_an_answer_ends_it),
        cmocka_unit_test(servfail_twice_is_broken),
        cmocka_unit_test(staying_behind_is_stale_since_the_newer_serial_was_seen),
        cmocka_unit_test(catching_up_in_time_is_no_alarm),
        cmocka_unit_test(serials_are_compared_as_rfc_1982_says),
        cmocka_unit_test(answers_to_other_questions_do_not_count),
    };
    return cmocka_run_group_tests_name("nodes/monitor", tests, NULL, NULL);
}
