/* Zone versions and their differences under random changes, against a naive model. */
#include "nodes/dns/diff.h"
#include "tests/support/zone_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

enum { SEEDS = 12, VERSIONS = 30 };

/* A row of versions, each made from the one before it, and the model as it was at each. */
struct history {
    struct zone *zones[VERSIONS];
    struct zone_model models[VERSIONS];
};

static struct history history;

static void make_history(struct random *random)
{
    struct zone_model *first = &history.models[0];
    model_names_draw(random);
    first->serial = 1;
    first->count = 0;
    history.zones[0] = model_zone(first, random);
    for (size_t i = 1; i < VERSIONS; i++) {
        struct zone_model *model = &history.models[i];
        struct zone_edit *edit = zone_edit_begin(history.zones[i - 1]);
        *model = history.models[i - 1];
        size_t changes = random_below(random, i % 10 == 1 ? 200 : 6);
        for (size_t k = 0; k < changes; k++)
            model_change(model, edit, random);
        model->serial++;
        zone_edit_raise_serial(edit);
        history.zones[i] = zone_edit_finish(edit);
    }
}

static void release_history(void)
{
    for (size_t i = 0; i < VERSIONS; i++)
        zone_release(history.zones[i]);
}

static void every_version_is_what_the_model_was(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random random = {.key = random_key(seed, "zone", "", "history")};
        make_history(&random);
        for (size_t i = 0; i < VERSIONS; i++)
            model_check(&history.models[i], history.zones[i]);
        release_history();
    }
}

static void a_version_outlives_those_it_came_from_and_led_to(void **state)
{
    (void)state;
    struct random random = {.key = 5};
    make_history(&random);
    for (size_t i = 0; i < VERSIONS; i++)
        if (i % 3 != 1)
            zone_release(history.zones[i]);
    for (size_t i = 1; i < VERSIONS; i += 3) {
        model_check(&history.models[i], history.zones[i]);
        zone_release(history.zones[i]);
    }
}

/* Between any two versions, whether one came from the other or not. */
static void check_diff(const struct zone *old, const struct zone *new)
{
    struct zone_diff *diff = zone_diff_between(old, new);
    struct zone *applied = zone_diff_apply(old, diff);
    assert_non_null(applied);
    assert_true(zone_equal(applied, new));
    assert_int_equal(zone_diff_from(diff), zone_serial(old));
    assert_int_equal(zone_diff_to(diff), zone_serial(new));
    zone_release(applied);
    zone_diff_release(diff);
}

static void differences_lead_from_any_version_to_any_other(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random random = {.key = random_key(seed, "zone", "", "differences")};
        make_history(&random);
        for (size_t i = 0; i < 60; i++) {
            size_t a = random_below(&random, VERSIONS), b = random_below(&random, VERSIONS);
            struct zone *apart = model_zone(&history.models[b], &random);
            check_diff(history.zones[a], history.zones[b]);
            check_diff(history.zones[a], apart); /* shares nothing */
            zone_release(apart);
        }
        release_history();
    }
}

static void an_edit_given_up_changes_nothing(void **state)
{
    (void)state;
    struct random random = {.key = 9};
    make_history(&random);
    for (size_t i = 0; i < VERSIONS; i++) {
        struct zone_model scratch = history.models[i];
        struct zone_edit *edit = zone_edit_begin(history.zones[i]);
        for (size_t k = 0; k < 40; k++)
            model_change(&scratch, edit, &random);
        zone_edit_abandon(edit);
        model_check(&history.models[i], history.zones[i]);
    }
    release_history();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_what_the_model_was),
        cmocka_unit_test(a_version_outlives_those_it_came_from_and_led_to),
        cmocka_unit_test(differences_lead_from_any_version_to_any_other),
        cmocka_unit_test(an_edit_given_up_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
