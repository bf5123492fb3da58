/* What clients ask: shares of names, types and names that do not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "nodes/workload.h"

enum { NAMES = 1000, DRAWS = 200000 };

static uint8_t wires[NAMES][8];
static const uint8_t *names[NAMES];
static unsigned counts[NAMES];

static int make_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NAMES; i++) {
        uint8_t *w = wires[i];
        w[0] = 4;
        for (unsigned k = 0, n = i; k < 4; k++, n /= 10)
            w[4 - k] = (uint8_t)('0' + n % 10);
        w[5] = 0;
        names[i] = w;
    }
    return 0;
}

static void draw(const struct workload_options *options)
{
    struct workload *workload = workload_create(options);
    struct random random = random_stream(1, "test", 0, "workload");
    uint8_t buffer[NAME_SIZE_MAX];
    memset(counts, 0, sizeof counts);
    for (unsigned i = 0; i < DRAWS; i++) {
        uint16_t type;
        const uint8_t *name = workload_draw(workload, &random, buffer, &type);
        if (name != buffer)
            counts[(const uint8_t(*)[8])name - wires]++;
    }
    workload_destroy(workload);
}

/* Within four standard deviations of a binomial with mean EXPECTED. */
static void assert_near(unsigned count, double expected)
{
    double slack = 16 * expected;
    double off = (double)count - expected;
    assert_true(off * off <= slack);
}

static void zipf_gives_the_kth_name_one_kth_of_the_first(void **state)
{
    (void)state;
    draw(&(struct workload_options){
        .names = names, .name_count = NAMES, .zipf = FIXED_ONE, .missing_parent = name_root});
    double harmonic = 0;
    for (unsigned k = 1; k <= NAMES; k++)
        harmonic += 1.0 / k;
    static const unsigned ranks[] = {1, 2, 3, 10, 100, 1000};
    for (unsigned i = 0; i < 6; i++)
        assert_near(counts[ranks[i] - 1], DRAWS / harmonic / ranks[i]);
}

static void exponent_zero_makes_all_names_alike(void **state)
{
    (void)state;
    draw(&(struct workload_options){
        .names = names, .name_count = 100, .zipf = 0, .missing_parent = name_root});
    for (unsigned i = 0; i < 100; i++)
        assert_near(counts[i], DRAWS / 100.0);
}

static void a_single_name_is_always_drawn(void **state)
{
    (void)state;
    draw(&(struct workload_options){
        .names = names, .name_count = 1, .zipf = FIXED_ONE, .missing_parent = name_root});
    assert_int_equal(counts[0], DRAWS);
}

static void missing_names_have_their_share_and_stand_under_the_parent(void **state)
{
    (void)state;
    static const uint8_t parent[] = "\7example\3com";
    struct workload *workload = workload_create(&(struct workload_options){
        .names = names, .name_count = 1, .missing_ppb = 100000000, .missing_parent = parent});
    struct random random = random_stream(1, "test", 0, "missing");
    uint8_t buffer[NAME_SIZE_MAX], last[NAME_SIZE_MAX] = {0};
    unsigned missing = 0;
    for (unsigned i = 0; i < DRAWS; i++) {
        uint16_t type;
        if (workload_draw(workload, &random, buffer, &type) != buffer)
            continue;
        missing++;
        assert_true(name_equal(name_parent(buffer), parent));
        assert_false(name_equal(buffer, last));
        name_copy(buffer, last);
    }
    assert_near(missing, DRAWS / 10.0);
    workload_destroy(workload);
}

static void types_come_by_weight(void **state)
{
    (void)state;
    static const struct workload_type types[] = {{RR_A, 70}, {RR_AAAA, 25}, {RR_MX, 5}};
    struct workload *workload =
        workload_create(&(struct workload_options){.names = names,
                                                   .name_count = 1,
                                                   .types = types,
                                                   .type_count = 3,
                                                   .missing_parent = name_root});
    struct random random = random_stream(1, "test", 0, "types");
    unsigned a = 0, aaaa = 0, mx = 0;
    for (unsigned i = 0; i < DRAWS; i++) {
        uint8_t buffer[NAME_SIZE_MAX];
        uint16_t type;
        workload_draw(workload, &random, buffer, &type);
        a += type == RR_A;
        aaaa += type == RR_AAAA;
        mx += type == RR_MX;
    }
    assert_near(a, DRAWS * 0.70);
    assert_near(aaaa, DRAWS * 0.25);
    assert_near(mx, DRAWS * 0.05);
    assert_int_equal(a + aaaa + mx, DRAWS);
    workload_destroy(workload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zipf_gives_the_kth_name_one_kth_of_the_first),
        cmocka_unit_test(exponent_zero_makes_all_names_alike),
        cmocka_unit_test(a_single_name_is_always_drawn),
        cmocka_unit_test(missing_names_have_their_share_and_stand_under_the_parent),
        cmocka_unit_test(types_come_by_weight),
    };
    return cmocka_run_group_tests_name("nodes/workload", tests, make_names, NULL);
}
