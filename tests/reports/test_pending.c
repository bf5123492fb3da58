/* The queue of captured packets whose fate is open, against a plain array. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/pending.h"
#include "sim/base/random.h"

static struct frame_list frames;

/* Frames whose sizes and octets follow from ID. */
static void make_frames(uint64_t id)
{
    struct random random = {.key = id};
    size_t used = 0;
    frames.count = 1 + random_below(&random, 3);
    for (uint32_t i = 0; i < frames.count; i++) {
        frames.sizes[i] = 1 + random_below(&random, id % 50 == 0 ? 20000 : 200);
        memset(frames.data + used, (int)(id + i), frames.sizes[i]);
        used += frames.sizes[i];
    }
}

static const char *make_remark(uint64_t id, char text[32])
{
    snprintf(text, 32, "remark %llu", (unsigned long long)id);
    return id % 3 == 0 ? text : NULL;
}

static void expect_packet(const struct pending *pending, const struct pending_packet *packet,
                          uint64_t id)
{
    struct bytes frame;
    uint32_t at = 0;
    char text[32];
    make_frames(id);
    for (uint32_t i = 0; i < frames.count; i++) {
        assert_true(pending_frame(pending, packet, &at, &frame));
        assert_int_equal(frame.size, frames.sizes[i]);
        assert_int_equal(frame.data[0], (uint8_t)(id + i));
        assert_int_equal(frame.data[frame.size - 1], (uint8_t)(id + i));
    }
    assert_false(pending_frame(pending, packet, &at, &frame));
    const char *remark = make_remark(id, text);
    if (remark)
        assert_string_equal(pending_remark(pending, packet), remark);
    else
        assert_null(pending_remark(pending, packet));
    assert_int_equal(packet->sent_ns, id * 10);
}

static void gives_packets_back_in_order_through_growth_and_gaps(void **state)
{
    (void)state;
    enum { PACKETS = 20000 };
    struct pending pending = {0};
    struct random random = {.key = 1};
    static uint64_t ids[PACKETS];
    size_t head = 0, tail = 0;
    uint64_t id = 1000;
    while (head < PACKETS) {
        /* The queue swells and shrinks. */
        bool add = tail < PACKETS && random_below(&random, 100) < (tail / 2000 % 2 ? 30u : 80u);
        char text[32];
        if (add) {
            id += 1 + (random_below(&random, 10) == 0 ? random_below(&random, 100) : 0);
            make_frames(id);
            pending_add(&pending, id, &frames, make_remark(id, text))->sent_ns = (int64_t)id * 10;
            ids[tail++] = id;
        } else if (head < tail) {
            uint64_t middle = ids[head + random_below(&random, (uint32_t)(tail - head))];
            expect_packet(&pending, pending_find(&pending, middle), middle);
            expect_packet(&pending, pending_first(&pending), ids[head]);
            pending_remove_first(&pending);
            assert_null(pending_find(&pending, ids[head]));
            head++;
        } else if (tail == PACKETS) {
            break;
        }
    }
    assert_null(pending_first(&pending));
    pending_free(&pending);
}

static void knows_no_packet_that_was_not_captured(void **state)
{
    (void)state;
    struct pending pending = {0};
    assert_null(pending_find(&pending, 0));
    make_frames(5);
    pending_add(&pending, 5, &frames, NULL);
    pending_add(&pending, 8, &frames, NULL);
    assert_null(pending_find(&pending, 4));
    assert_null(pending_find(&pending, 6));
    assert_null(pending_find(&pending, 9));
    assert_non_null(pending_find(&pending, 8));
    pending_free(&pending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_packets_back_in_order_through_growth_and_gaps),
        cmocka_unit_test(knows_no_packet_that_was_not_captured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
