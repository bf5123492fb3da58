/* The table: against a plain array, and its order of insertion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/base/table.h"

/* The live keys in the order of walking, joined. */
static const char *walk(const struct table *table)
{
    static char text[256];
    size_t size = 0;
    for (size_t i = 0; i < table->used; i++) {
        if (table->entries[i].value)
            size += (size_t)snprintf(text + size, sizeof text - size, "%.*s ",
                                     (int)table->entries[i].key.size,
                                     (const char *)table->entries[i].key.data);
    }
    text[size] = '\0';
    return text;
}

static void *put(struct table *table, const char *key, void *value)
{
    return table_put(table, bytes_of_text(key), value);
}

static void finds_what_was_put_and_nothing_else(void **state)
{
    (void)state;
    struct table table = {0};
    int one;
    int two;
    assert_null(table_get(&table, bytes_of_text("a")));
    assert_null(table_remove(&table, bytes_of_text("a")));
    assert_null(put(&table, "a", &one));
    assert_null(put(&table, "", &two));
    assert_ptr_equal(table_get(&table, bytes_of_text("a")), &one);
    assert_ptr_equal(table_get(&table, bytes_of(NULL, 0)), &two);
    assert_null(table_get(&table, bytes_of("a\0", 2)));
    table_free(&table);
    assert_null(table_get(&table, bytes_of_text("a")));
}

static void replaces_the_value_and_the_borrowed_key(void **state)
{
    (void)state;
    struct table table = {0};
    int one;
    int two;
    char key[] = "key";
    put(&table, key, &one);
    static const char lasting[] = "key";
    assert_ptr_equal(put(&table, lasting, &two), &one);
    memset(key, 'x', 3);
    assert_int_equal(table.count, 1);
    assert_ptr_equal(table_get(&table, bytes_of_text("key")), &two);
    table_free(&table);
}

static void walks_in_order_of_insertion_after_removals_and_growth(void **state)
{
    (void)state;
    struct table table = {0};
    int value;
    static const char *const keys[] = {"k", "b", "z", "a", "m", "q", "c", "x", "d", "y"};
    for (int i = 0; i < 8; i++)
        put(&table, keys[i], &value);
    assert_ptr_equal(table_remove(&table, bytes_of_text("z")), &value);
    assert_ptr_equal(table_remove(&table, bytes_of_text("k")), &value);
    assert_null(table_remove(&table, bytes_of_text("k")));
    assert_string_equal(walk(&table), "b a m q c x ");
    put(&table, "d", &value); /* the array was full */
    put(&table, "k", &value);
    put(&table, "a", &value);
    put(&table, "y", &value);
    assert_string_equal(walk(&table), "b a m q c x d k y ");
    table_free(&table);
}

static void removing_during_the_walk_visits_each_entry_once(void **state)
{
    (void)state;
    struct table table = {0};
    static char keys[100][4];
    for (int i = 0; i < 100; i++) {
        snprintf(keys[i], sizeof keys[i], "%d", i);
        put(&table, keys[i], keys[i]);
    }
    int visited = 0;
    for (size_t i = 0; i < table.used; i++) {
        char *value = table.entries[i].value;
        assert_ptr_equal(value, keys[i]);
        visited++;
        assert_ptr_equal(table_remove(&table, bytes_of_text(value)), value);
    }
    assert_int_equal(visited, 100);
    assert_int_equal(table.count, 0);
    table_free(&table);
}

static void agrees_with_a_plain_array_over_random_operations(void **state)
{
    (void)state;
    enum { KEYS = 500, OPERATIONS = 200000 };
    static char names[KEYS][8];
    void *expected[KEYS] = {0};
    size_t live = 0;
    struct table table = {0};
    struct random r = random_stream(1, "table", 0, "test");
    for (int i = 0; i < KEYS; i++)
        snprintf(names[i], sizeof names[i], "key%d", i);
    for (int i = 0; i < OPERATIONS; i++) {
        uint32_t k = random_below(&r, KEYS);
        struct bytes key = bytes_of_text(names[k]);
        void *value = names[random_below(&r, KEYS)];
        /* phases of mostly growing and of mostly shrinking */
        if (random_below(&r, 10) < (i / 20000 % 2 ? 2u : 7u)) {
            assert_ptr_equal(table_put(&table, key, value), expected[k]);
            live += expected[k] == NULL;
            expected[k] = value;
        } else {
            assert_ptr_equal(table_remove(&table, key), expected[k]);
            live -= expected[k] != NULL;
            expected[k] = NULL;
        }
        uint32_t other = random_below(&r, KEYS);
        assert_ptr_equal(table_get(&table, bytes_of_text(names[other])), expected[other]);
        assert_int_equal(table.count, live);
    }
    assert_in_range(table.capacity, 1, 4 * KEYS); /* removed entries are reclaimed */
    table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put_and_nothing_else),
        cmocka_unit_test(replaces_the_value_and_the_borrowed_key),
        cmocka_unit_test(walks_in_order_of_insertion_after_removals_and_growth),
        cmocka_unit_test(removing_during_the_walk_visits_each_entry_once),
        cmocka_unit_test(agrees_with_a_plain_array_over_random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
