/* Deadlines on one timer: order, moving, unsetting, and how little the host is told. */
#include "nodes/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void come_out_in_order_of_time_and_then_of_setting(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline list[200] = {0};
    for (unsigned i = 0; i < 200; i++) {
        list[i].kind = i;
        deadlines_set(&deadlines, &list[i], (int64_t)(i * 7919 % 20));
    }
    int64_t last_ns = -1;
    unsigned last_kind = 0, count = 0;
    for (struct deadline *due; (due = deadlines_due(&deadlines, 1000)) != NULL; count++) {
        assert_true(due->at_ns > last_ns || (due->at_ns == last_ns && due->kind > last_kind));
        last_ns = due->at_ns;
        last_kind = due->kind;
        assert_false(deadline_is_set(due));
    }
    assert_int_equal(count, 200);
    deadlines_free(&deadlines);
}

static void are_not_due_before_their_time(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline one = {0};
    deadlines_set(&deadlines, &one, 50);
    assert_null(deadlines_due(&deadlines, 49));
    assert_ptr_equal(deadlines_due(&deadlines, 50), &one);
    assert_null(deadlines_due(&deadlines, 50));
    deadlines_free(&deadlines);
}

static void can_be_moved_and_unset_anywhere_in_the_heap(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline list[64] = {0};
    struct random random = {.key = 5};
    for (int round = 0; round < 2000; round++) {
        struct deadline *one = &list[random_below(&random, 64)];
        uint32_t what = random_below(&random, 4);
        if (what == 0)
            deadlines_unset(&deadlines, one);
        else
            deadlines_set(&deadlines, one, random_below(&random, 1000));
        size_t set = 0;
        for (int i = 0; i < 64; i++)
            set += deadline_is_set(&list[i]);
        assert_int_equal(set, deadlines.count);
    }
    int64_t last_ns = -1;
    for (struct deadline *due; (due = deadlines_due(&deadlines, 1000)) != NULL;) {
        assert_true(due->at_ns >= last_ns);
        last_ns = due->at_ns;
    }
    deadlines_free(&deadlines);
}

static void never_unsets(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline one = {0};
    deadlines_set(&deadlines, &one, 5);
    deadlines_set(&deadlines, &one, TIME_NEVER);
    assert_false(deadline_is_set(&one));
    assert_null(deadlines_due(&deadlines, INT64_MAX - 1));
    deadlines_free(&deadlines);
}

static void tell_the_host_only_what_it_does_not_know(void **state)
{
    (void)state;
    struct deadlines deadlines = {0};
    struct deadline one = {0}, two = {0};
    struct host_sockets sockets = {0};
    struct outbox out = {0};
    outbox_reset(&out, &sockets);
    deadlines_set_timer(&deadlines, &out);
    assert_int_equal(out.count, 0); /* nothing set, nothing to say */
    deadlines_set(&deadlines, &one, 30);
    deadlines_set_timer(&deadlines, &out);
    deadlines_set_timer(&deadlines, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.actions[0].at_ns, 30);
    deadlines_set(&deadlines, &two, 40);
    deadlines_set_timer(&deadlines, &out);
    assert_int_equal(out.count, 1);
    deadlines_unset(&deadlines, &one);
    deadlines_set_timer(&deadlines, &out);
    assert_int_equal(out.actions[1].at_ns, 40);
    deadlines_timer_fired(&deadlines);
    deadlines_set_timer(&deadlines, &out);
    assert_int_equal(out.count, 3); /* fired: must be set again */
    deadlines_unset(&deadlines, &two);
    deadlines_set_timer(&deadlines, &out);
    assert_true(out.actions[3].at_ns == TIME_NEVER);
    outbox_free(&out);
    host_sockets_free(&sockets);
    deadlines_free(&deadlines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_out_in_order_of_time_and_then_of_setting),
        cmocka_unit_test(are_not_due_before_their_time),
        cmocka_unit_test(can_be_moved_and_unset_anywhere_in_the_heap),
        cmocka_unit_test(never_unsets),
        cmocka_unit_test(tell_the_host_only_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
