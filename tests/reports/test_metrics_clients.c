/* Client figures: windows, outcomes, exact nearest-rank percentiles. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "sim/base/random.h"
#include "tests/support/metrics_scene.h"

static struct metrics_clients users(const struct scene *scene)
{
    return metrics_clients(scene->metrics, USERS, 0, CAST_DURATION_NS);
}

static void look_up(const struct scene *scene, int64_t at_ns, int64_t latency_ns,
                    enum note_lookup_outcome outcome)
{
    hand_ask(&scene->hand, at_ns, USER_1);
    hand_answer(&scene->hand, at_ns + latency_ns, USER_1, latency_ns, outcome);
}

static void outcomes_are_disjoint_and_sum_up_to_finished(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    struct metrics_clients clients = users(scene);
    assert_int_equal(clients.queries, 7);
    assert_int_equal(clients.finished, 6);
    assert_int_equal(clients.outcomes[NOTE_LOOKUP_ANSWERED], 2);
    assert_int_equal(clients.outcomes[NOTE_LOOKUP_NXDOMAIN], 1);
    assert_int_equal(clients.outcomes[NOTE_LOOKUP_SERVFAIL], 1);
    assert_int_equal(clients.outcomes[NOTE_LOOKUP_OTHER], 1);
    assert_int_equal(clients.outcomes[NOTE_LOOKUP_TIMEOUT], 1);
    assert_int_equal(clients.stale, 0);
}

static void availability_is_answered_and_nxdomain_of_finished(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    assert_int_equal(users(scene).availability_ppb, 500000000);
}

static void an_outcome_has_its_share_of_finished(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    struct metrics_clients clients = users(scene);
    assert_int_equal(metrics_outcome_ppb(&clients, NOTE_LOOKUP_ANSWERED), 333333333);
    assert_int_equal(metrics_outcome_ppb(&clients, NOTE_LOOKUP_TIMEOUT), 166666666);
}

static void latency_is_of_answered_and_nxdomain_only(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    assert_int_equal(users(scene).max_ns, 30 * NS_PER_MS);
    assert_int_equal(users(scene).mean_ns, (400 + 20000 + 30000) * NS_PER_US / 3);
}

/* By their starts: what started first may end last. */
static void failures_are_from_the_first_start_to_the_last(void **state)
{
    const struct scene *scene = *state;
    look_up(scene, 10 * NS_PER_S, NS_PER_S, NOTE_LOOKUP_ANSWERED);
    hand_ask(&scene->hand, 20 * NS_PER_S, USER_1);
    look_up(scene, 21 * NS_PER_S, NS_PER_S, NOTE_LOOKUP_SERVFAIL);
    hand_answer(&scene->hand, 29 * NS_PER_S, USER_1, 9 * NS_PER_S, NOTE_LOOKUP_TIMEOUT);
    look_up(scene, 40 * NS_PER_S, NS_PER_S, NOTE_LOOKUP_OTHER);
    look_up(scene, 50 * NS_PER_S, NS_PER_S, NOTE_LOOKUP_NXDOMAIN);
    assert_int_equal(users(scene).first_failure_ns, 20 * NS_PER_S);
    assert_int_equal(users(scene).last_failure_ns, 40 * NS_PER_S);
}

static void without_failures_there_is_no_first(void **state)
{
    const struct scene *scene = *state;
    look_up(scene, 0, NS_PER_S, NOTE_LOOKUP_NXDOMAIN);
    assert_int_equal(users(scene).first_failure_ns, -1);
    assert_int_equal(users(scene).last_failure_ns, -1);
}

static void nothing_finished_has_no_figures(void **state)
{
    const struct scene *scene = *state;
    hand_ask(&scene->hand, 0, USER_1);
    struct metrics_clients clients = users(scene);
    assert_int_equal(clients.queries, 1);
    assert_int_equal(clients.availability_ppb, -1);
    assert_int_equal(clients.mean_ns, -1);
    assert_int_equal(clients.p50_ns, -1);
    assert_int_equal(clients.max_ns, -1);
}

static void a_lookup_counts_in_the_window_where_it_started(void **state)
{
    const struct scene *scene = *state;
    look_up(scene, 10 * NS_PER_S - 1, 5 * NS_PER_S, NOTE_LOOKUP_ANSWERED);
    look_up(scene, 20 * NS_PER_S, 5 * NS_PER_S, NOTE_LOOKUP_TIMEOUT);
    look_up(scene, 30 * NS_PER_S - 1, 5 * NS_PER_S, NOTE_LOOKUP_ANSWERED);
    struct metrics_clients before =
        metrics_clients(scene->metrics, USERS, 10 * NS_PER_S, 20 * NS_PER_S);
    struct metrics_clients within =
        metrics_clients(scene->metrics, USERS, 20 * NS_PER_S, 30 * NS_PER_S);
    assert_int_equal(before.queries, 0);
    assert_int_equal(before.finished, 0);
    assert_int_equal(within.queries, 2);
    assert_int_equal(within.finished, 2);
    assert_int_equal(within.availability_ppb, 500000000);
}

/* The definition: the smallest value with at least P % of all not above it. */
static void latency_percentiles_are_nearest_rank(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 20; i >= 1; i--) /* not in order */
        look_up(scene, (21 - i) * NS_PER_S, i * NS_PER_MS, NOTE_LOOKUP_ANSWERED);
    struct metrics_clients clients = users(scene);
    assert_int_equal(clients.p50_ns, 10 * NS_PER_MS);
    assert_int_equal(clients.p90_ns, 18 * NS_PER_MS);
    assert_int_equal(clients.p95_ns, 19 * NS_PER_MS);
    assert_int_equal(clients.p99_ns, 20 * NS_PER_MS);
    assert_int_equal(clients.max_ns, 20 * NS_PER_MS);
    assert_int_equal(clients.mean_ns, 10500 * NS_PER_US);
}

static void a_rank_between_two_is_the_higher(void **state)
{
    const struct scene *scene = *state;
    for (int64_t i = 1; i <= 7; i++)
        look_up(scene, i * NS_PER_S, i * NS_PER_MS, NOTE_LOOKUP_ANSWERED);
    assert_int_equal(users(scene).p50_ns, 4 * NS_PER_MS); /* 3.5 */
    assert_int_equal(users(scene).p90_ns, 7 * NS_PER_MS); /* 6.3 */
}

static void one_latency_is_every_percentile(void **state)
{
    const struct scene *scene = *state;
    look_up(scene, 0, 0, NOTE_LOOKUP_NXDOMAIN);
    struct metrics_clients clients = users(scene);
    assert_int_equal(clients.p50_ns, 0);
    assert_int_equal(clients.p99_ns, 0);
    assert_int_equal(clients.mean_ns, 0);
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Latencies from nanoseconds to days, against a sort that compares. */
static void sorts_latencies_of_every_magnitude(void **state)
{
    enum { COUNT = 5000 };
    const struct scene *scene = *state;
    static int64_t latencies_ns[COUNT];
    struct random random = random_stream(1, "latencies", 0, "test");
    for (size_t i = 0; i < COUNT; i++)
        latencies_ns[i] = (int64_t)(random_next(&random) >> (15 + i % 48));
    qsort(latencies_ns, COUNT, sizeof *latencies_ns, by_value);
    for (size_t i = 0; i < COUNT; i++)
        hand_answer(&scene->hand, INT64_C(1) << 49, USER_2, latencies_ns[i * 7 % COUNT],
                    NOTE_LOOKUP_ANSWERED);
    struct metrics_clients clients = metrics_clients(scene->metrics, USERS, 0, INT64_MAX);
    assert_int_equal(clients.finished, COUNT);
    assert_int_equal(clients.p50_ns, latencies_ns[COUNT / 2 - 1]);
    assert_int_equal(clients.p90_ns, latencies_ns[COUNT * 9 / 10 - 1]);
    assert_int_equal(clients.p99_ns, latencies_ns[COUNT * 99 / 100 - 1]);
    assert_int_equal(clients.max_ns, latencies_ns[COUNT - 1]);
}

static void all_of_them_are_every_group(void **state)
{
    const struct scene *scene = *state;
    hand_play(&scene->hand);
    struct metrics_clients all = metrics_clients(scene->metrics, METRICS_ALL, 0, CAST_DURATION_NS);
    assert_int_equal(all.queries, 7);
    assert_int_equal(metrics_clients(scene->metrics, NS1, 0, CAST_DURATION_NS).queries, 0);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scene_make, scene_discard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(outcomes_are_disjoint_and_sum_up_to_finished),
        claim(availability_is_answered_and_nxdomain_of_finished),
        claim(an_outcome_has_its_share_of_finished),
        claim(latency_is_of_answered_and_nxdomain_only),
        claim(failures_are_from_the_first_start_to_the_last),
        claim(without_failures_there_is_no_first),
        claim(nothing_finished_has_no_figures),
        claim(a_lookup_counts_in_the_window_where_it_started),
        claim(latency_percentiles_are_nearest_rank),
        claim(a_rank_between_two_is_the_higher),
        claim(one_latency_is_every_percentile),
        claim(sorts_latencies_of_every_magnitude),
        claim(all_of_them_are_every_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
