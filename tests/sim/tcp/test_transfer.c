/* Bytes across: speed without loss, completeness with it (RFC 5681, RFC 6298, RFC 6675). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/tcp_pair.h"

/* Left asks with 32 octets, right answers with SIZE and closes; left closes then. */
static void start_transfer(struct pair *pair, uint64_t seed, uint8_t *data, size_t size)
{
    pair_init(pair, seed);
    pair->left.to_write = bytes_of_text("give me the zone, all of it, now");
    pair->left.close_when_finished = true;
    pair->right.to_write = bytes_of(data, size);
    pair->right.write_after_bytes = pair->right.close_when_written = true;
}

static void check_transfer(const struct pair *pair, const uint8_t *data, size_t size)
{
    assert_int_equal(pair->left.received_size, size);
    assert_memory_equal(pair->left.received, data, size);
    assert_int_equal(pair->left.events[TCP_FINISHED], 1);
    assert_int_equal(pair->left.events[TCP_RESET] + pair->right.events[TCP_RESET], 0);
    assert_int_equal(pair->left.events[TCP_GONE], 1);
    assert_int_equal(pair->right.events[TCP_GONE], 1);
    assert_null(pair->left.stack->first);
    assert_null(pair->right.stack->first);
}

/* ---- without loss ------------------------------------------------------------------------------
 */

/* Milliseconds from connect to the end of the stream. */
static int64_t transfer_ms(size_t size, int64_t ns_per_octet)
{
    uint8_t *data = pair_pattern(size, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, size);
    pair.ns_per_octet = ns_per_octet;
    pair_connect(&pair);
    pair_run_dry(&pair);
    check_transfer(&pair, data, size);
    assert_int_equal(pair_retransmissions(&pair, LEFT) + pair_retransmissions(&pair, RIGHT), 0);
    int64_t took_ms = (pair.left.last_event_ns[TCP_FINISHED] - NS_PER_S) / NS_PER_MS;
    pair_free(&pair);
    free(data);
    return took_ms;
}

/* Linux 6.18 on both ends, round trip 50 ms, 100 Mbit/s: 230, 410 and 1201 ms. */
static void takes_as_long_as_linux_within_a_round_trip(void **state)
{
    (void)state;
    const int64_t octet_ns = 80;
    int64_t took_ms = transfer_ms(100 * 1000, octet_ns);
    print_message("100 kB: %d ms\n", (int)took_ms);
    assert_in_range(took_ms, 180, 280);
    took_ms = transfer_ms(1000 * 1000, octet_ns);
    print_message("1 MB: %d ms\n", (int)took_ms);
    assert_in_range(took_ms, 360, 460);
    took_ms = transfer_ms(10 * 1000 * 1000, octet_ns);
    print_message("10 MB: %d ms\n", (int)took_ms);
    assert_in_range(took_ms, 1151, 1251);
}

static void is_no_slower_on_a_line_without_limit(void **state)
{
    (void)state;
    assert_in_range(transfer_ms(100 * 1000, 0), 180, 230);
    assert_in_range(transfer_ms(1000 * 1000, 0), 360, 410);
    assert_in_range(transfer_ms(10 * 1000 * 1000, 0), 500, 1201);
}

/* Many at a time fill the line: round trips grow twentyfold, but nothing is lost. */
static void a_growing_queue_is_not_taken_for_loss(void **state)
{
    (void)state;
    enum { CONNECTIONS = 60, SIZE = 2500 * 1000 };
    uint8_t *data = pair_pattern(SIZE, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, SIZE);
    pair.ns_per_octet = 100;
    for (int i = 0; i < CONNECTIONS; i++)
        pair_connect(&pair);
    pair_run_dry(&pair);
    assert_int_equal(pair.left.received_size, CONNECTIONS * SIZE);
    size_t sent = 0;
    int64_t longest_ns = 0;
    for (size_t i = 0; i < pair.count; i++) {
        const struct pair_segment *segment = &pair.segments[i];
        sent += segment->from_left ? 0 : segment->header.payload.size;
        if (segment->arrival_ns - segment->sent_ns > longest_ns)
            longest_ns = segment->arrival_ns - segment->sent_ns;
    }
    assert_int_equal(sent, CONNECTIONS * SIZE);
    assert_true(longest_ns > NS_PER_S);
    pair_free(&pair);
    free(data);
}

static void the_first_flight_is_ten_segments(void **state)
{
    (void)state;
    uint8_t *data = pair_pattern(100000, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, 100000);
    pair_connect(&pair);
    pair_run(&pair, NS_PER_S + 100 * NS_PER_MS);
    size_t full = 0;
    for (size_t i = 0; i < pair.count; i++)
        full += pair.segments[i].header.payload.size == 1448;
    assert_int_equal(full, 10);
    pair_free(&pair);
    free(data);
}

static void acknowledges_every_second_segment_or_after_forty_milliseconds(void **state)
{
    (void)state;
    uint8_t *data = pair_pattern(1000 * 1000, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, 1000 * 1000);
    pair_connect(&pair);
    pair_run_dry(&pair);
    size_t acks = pair_count(&pair, LEFT, TCP_FLAG_ACK);
    size_t segments = 1000 * 1000 / 1448;
    assert_in_range(acks, segments / 2, segments / 2 + 40);
    pair_free(&pair);

    pair_init(&pair, 1);
    pair_connect(&pair);
    pair_run(&pair, 2 * NS_PER_S);
    pair.right.stack->first->receive.quick = 0;
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("one"), pair.now_ns);
    pair_run(&pair, 3 * NS_PER_S);
    const struct pair_segment *ack = &pair.segments[pair.count - 1];
    assert_false(ack->from_left);
    assert_int_equal(ack->sent_ns, 2 * NS_PER_S + (25 + 40) * NS_PER_MS);
    pair_free(&pair);
    free(data);
}

static void pushes_the_last_segment_of_a_write(void **state)
{
    (void)state;
    uint8_t *data = pair_pattern(5000, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, 5000);
    pair_connect(&pair);
    pair_run_dry(&pair);
    assert_int_equal(pair_count(&pair, RIGHT, TCP_FLAG_PSH), 1);
    assert_int_equal(pair_nth(&pair, RIGHT, TCP_FLAG_PSH, 0)->header.payload.size, 5000 - 3 * 1448);
    pair_free(&pair);
    free(data);
}

/* ---- with loss ---------------------------------------------------------------------------------
 */

struct trouble {
    uint32_t loss_ppb, duplicate_ppb;
    int64_t jitter_ns;
    bool no_sack;
};

static void strip_sack(struct pair *pair)
{
    /* As if the peers' SYNs had not offered it. */
    struct pair_end *ends[] = {&pair->left, &pair->right};
    for (size_t i = 0; i < 2; i++)
        for (struct tcp_connection *c = ends[i]->stack->first; c; c = c->next)
            c->recovery.sack = false;
}

static int64_t troubled_transfer_ms(uint64_t seed, size_t size, struct trouble trouble)
{
    uint8_t *data = pair_pattern(size, seed);
    struct pair pair;
    start_transfer(&pair, seed, data, size);
    pair.loss_ppb = trouble.loss_ppb;
    pair.duplicate_ppb = trouble.duplicate_ppb;
    pair.jitter_ns = trouble.jitter_ns;
    pair_connect(&pair);
    while (trouble.no_sack && pair.right.events[TCP_BYTES] == 0)
        pair_run(&pair, pair.now_ns + NS_PER_MS);
    if (trouble.no_sack)
        strip_sack(&pair);
    pair_run_dry(&pair);
    check_transfer(&pair, data, size);
    int64_t took_ms = (pair.left.last_event_ns[TCP_FINISHED] - NS_PER_S) / NS_PER_MS;
    pair_free(&pair);
    free(data);
    return took_ms;
}

static int compare_ms(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void many_seeds(const char *what, size_t size, struct trouble trouble)
{
    enum { SEEDS = 60 };
    int64_t took_ms[SEEDS], sum_ms = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        took_ms[seed] = troubled_transfer_ms(seed + 1, size, trouble);
        sum_ms += took_ms[seed];
    }
    qsort(took_ms, SEEDS, sizeof *took_ms, compare_ms);
    print_message("%s: mean %d, p90 %d, max %d ms\n", what, (int)(sum_ms / SEEDS),
                  (int)took_ms[SEEDS * 9 / 10], (int)took_ms[SEEDS - 1]);
}

static void delivers_every_byte_under_five_percent_loss(void **state)
{
    (void)state;
    many_seeds("100 kB, 1 %", 100000, (struct trouble){.loss_ppb = 10000000});
    many_seeds("100 kB, 3 %", 100000, (struct trouble){.loss_ppb = 30000000});
    many_seeds("1 MB, 1 %", 1000000, (struct trouble){.loss_ppb = 10000000});
    many_seeds("300 kB, 5 %", 300000, (struct trouble){.loss_ppb = 50000000});
}

static void delivers_every_byte_without_sack_too(void **state)
{
    (void)state;
    many_seeds("100 kB, 1 %", 100000, (struct trouble){.loss_ppb = 10000000, .no_sack = true});
    many_seeds("100 kB, 3 %", 100000, (struct trouble){.loss_ppb = 30000000, .no_sack = true});
    many_seeds("1 MB, 1 %", 1000000, (struct trouble){.loss_ppb = 10000000, .no_sack = true});
    many_seeds("300 kB, 5 %", 300000, (struct trouble){.loss_ppb = 50000000, .no_sack = true});
}

static void delivers_every_byte_in_order_despite_jitter_and_duplicates(void **state)
{
    (void)state;
    struct trouble trouble = {.jitter_ns = 5 * NS_PER_MS, .duplicate_ppb = 50000000};
    many_seeds("jitter and duplicates", 300000, trouble);
    trouble.loss_ppb = 50000000;
    many_seeds("and 5 % loss", 300000, trouble);
    trouble.no_sack = true;
    many_seeds("and no SACK", 300000, trouble);
}

static bool lose_third_data(struct pair *pair, const struct pair_segment *segment)
{
    return segment->header.payload.size == 1448 && pair->lose_count++ == 2;
}

static void retransmits_one_loss_within_a_round_trip_and_only_once(void **state)
{
    (void)state;
    uint8_t *data = pair_pattern(50000, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, 50000);
    pair.lose = lose_third_data;
    pair_connect(&pair);
    pair_run_dry(&pair);
    check_transfer(&pair, data, 50000);
    assert_int_equal(pair_retransmissions(&pair, RIGHT), 1);
    assert_in_range(pair.left.last_event_ns[TCP_FINISHED], NS_PER_S,
                    NS_PER_S + 300 * NS_PER_MS); /* 200 ms without loss; a timeout comes later */
    pair_free(&pair);
    free(data);
}

static void reports_what_came_out_of_order_in_sack_blocks(void **state)
{
    (void)state;
    uint8_t *data = pair_pattern(50000, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, 50000);
    pair.lose = lose_third_data;
    pair_connect(&pair);
    pair_run_dry(&pair);
    uint32_t first = pair_nth(&pair, RIGHT, TCP_FLAG_SYN, 0)->header.seq + 1;
    size_t reports = 0;
    for (size_t i = 0; i < pair.count; i++) {
        const struct tcp_segment *header = &pair.segments[i].header;
        if (header->sack_count == 0)
            continue;
        reports++;
        assert_int_equal(header->sack_count, 1);
        assert_int_equal(header->ack, first + 2 * 1448);
        assert_int_equal(header->sack[0].from, first + 3 * 1448);
        assert_int_equal(header->sack[0].to, first + (3 + reports) * 1448);
    }
    assert_in_range(reports, 7, 40);
    pair_free(&pair);
    free(data);
}

static bool lose_after_ten_seconds(struct pair *pair, const struct pair_segment *segment)
{
    (void)segment;
    return pair->now_ns >= 10 * NS_PER_S;
}

static void gives_up_after_fifteen_retransmissions(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    pair.lose = lose_after_ten_seconds;
    pair_connect(&pair);
    pair_run(&pair, 10 * NS_PER_S);
    tcp_write(pair.left.stack, pair.left.socket, bytes_of_text("hello?"), pair.now_ns);
    size_t before = pair_count(&pair, LEFT, 0);
    pair_run_dry(&pair);
    assert_int_equal(pair_count(&pair, LEFT, 0), before + 15);
    assert_int_equal(pair.left.events[TCP_RESET], 1);
    assert_int_equal(pair.left.failure, HOST_TIMED_OUT);
    /* 250 ms (the round trip and the least variation), doubled up to 120 s. */
    const struct pair_segment *again = &pair.segments[pair.count - 15];
    assert_int_equal(again[0].sent_ns, 10 * NS_PER_S + 250 * NS_PER_MS);
    assert_int_equal(again[1].sent_ns, again[0].sent_ns + 500 * NS_PER_MS);
    assert_int_equal(again[14].sent_ns, again[13].sent_ns + 120 * NS_PER_S);
    pair_free(&pair);
}

/* ---- the window --------------------------------------------------------------------------------
 */

static void zero_window_is_probed_and_opens_again(void **state)
{
    (void)state;
    size_t size = 200000;
    uint8_t *data = pair_pattern(size, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, size);
    pair.left.reads_nothing = true;
    pair_connect(&pair);
    pair_run(&pair, 60 * NS_PER_S);
    assert_in_range(pair.left.received_size, 60000, 70000);
    size_t probes = 0;
    for (size_t i = 0; i < pair.count; i++)
        probes += !pair.segments[i].from_left && pair.segments[i].sent_ns > 2 * NS_PER_S;
    assert_in_range(probes, 4, 9); /* 0.25 s doubled: 8 in a minute */
    assert_int_equal(pair.segments[pair.count - 1].header.window, 0);
    pair.left.reads_nothing = false;
    tcp_consume(pair.left.stack, pair.left.socket, pair.left.received_size, pair.now_ns);
    pair_run_dry(&pair);
    check_transfer(&pair, data, size);
    pair_free(&pair);
    free(data);
}

static bool lose_window_update(struct pair *pair, const struct pair_segment *segment)
{
    return pair->now_ns == 60 * NS_PER_S && segment->from_left;
}

static void a_lost_window_update_is_found_by_a_probe(void **state)
{
    (void)state;
    size_t size = 200000;
    uint8_t *data = pair_pattern(size, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, size);
    pair.left.reads_nothing = true;
    pair.lose = lose_window_update;
    pair_connect(&pair);
    pair_run(&pair, 60 * NS_PER_S);
    pair.left.reads_nothing = false;
    tcp_consume(pair.left.stack, pair.left.socket, pair.left.received_size, pair.now_ns);
    pair_run_dry(&pair);
    check_transfer(&pair, data, size);
    pair_free(&pair);
    free(data);
}

static void a_shut_window_never_times_out_while_the_peer_answers(void **state)
{
    (void)state;
    size_t size = 200000;
    uint8_t *data = pair_pattern(size, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, size);
    pair.left.reads_nothing = true;
    pair_connect(&pair);
    pair_run(&pair, 86400 * NS_PER_S);
    assert_int_equal(pair.right.events[TCP_RESET], 0);
    pair.left.reads_nothing = false;
    tcp_consume(pair.left.stack, pair.left.socket, pair.left.received_size, pair.now_ns);
    pair_run_dry(&pair);
    check_transfer(&pair, data, size);
    pair_free(&pair);
    free(data);
}

static void a_reader_that_keeps_up_never_limits_the_sender(void **state)
{
    (void)state;
    size_t size = 10 * 1000 * 1000;
    uint8_t *data = pair_pattern(size, 5);
    struct pair pair;
    start_transfer(&pair, 1, data, size);
    pair_connect(&pair);
    while (pair.left.events[TCP_FINISHED] == 0) {
        pair_run(&pair, pair.now_ns + NS_PER_MS);
        const struct tcp_connection *c = pair.right.stack->first;
        if (c && c->state == TCP_ESTABLISHED)
            assert_true(c->send.nxt - c->send.una < c->send.window);
    }
    pair_free(&pair);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_as_long_as_linux_within_a_round_trip),
        cmocka_unit_test(is_no_slower_on_a_line_without_limit),
        cmocka_unit_test(a_growing_queue_is_not_taken_for_loss),
        cmocka_unit_test(the_first_flight_is_ten_segments),
        cmocka_unit_test(acknowledges_every_second_segment_or_after_forty_milliseconds),
        cmocka_unit_test(pushes_the_last_segment_of_a_write),
        cmocka_unit_test(delivers_every_byte_under_five_percent_loss),
        cmocka_unit_test(delivers_every_byte_without_sack_too),
        cmocka_unit_test(delivers_every_byte_in_order_despite_jitter_and_duplicates),
        cmocka_unit_test(retransmits_one_loss_within_a_round_trip_and_only_once),
        cmocka_unit_test(reports_what_came_out_of_order_in_sack_blocks),
        cmocka_unit_test(gives_up_after_fifteen_retransmissions),
        cmocka_unit_test(zero_window_is_probed_and_opens_again),
        cmocka_unit_test(a_lost_window_update_is_found_by_a_probe),
        cmocka_unit_test(a_shut_window_never_times_out_while_the_peer_answers),
        cmocka_unit_test(a_reader_that_keeps_up_never_limits_the_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
