/* Arenas: what they hand out, and what happens when they are released. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/arena.h"

static void memory_is_zeroed_and_aligned_for_any_type(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t size = 0; size < 3000; size++) {
        uint8_t *object = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)object % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(object[i], 0);
        memset(object, 0xa5, size);
    }
    arena_release(&arena);
}

/* Sizes around every chunk size, with a large one in between: nobody writes on a neighbour. */
static void objects_do_not_overlap(void **state)
{
    (void)state;
    enum { OBJECTS = 600 };
    struct arena arena = {0};
    uint8_t *objects[OBJECTS];
    size_t sizes[OBJECTS];
    for (size_t i = 0; i < OBJECTS; i++) {
        sizes[i] = i % 50 == 7 ? 200000 : (i * 397) % 20000 + 1;
        objects[i] = arena_alloc(&arena, sizes[i]);
        memset(objects[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        for (size_t at = 0; at < sizes[i]; at++) {
            if (objects[i][at] != (i & 0xff))
                fail_msg("object %zu is damaged at %zu", i, at);
        }
    }
    arena_release(&arena);
}

static char cleanup_log[64];

static void log_cleanup(void *data)
{
    strcat(cleanup_log, data);
}

static void cleanups_run_last_registered_first_before_memory_goes(void **state)
{
    (void)state;
    struct arena arena = {0};
    cleanup_log[0] = '\0';
    arena_on_release(&arena, log_cleanup, arena_text(&arena, "first "));
    arena_on_release(&arena, log_cleanup, arena_text(&arena, "second "));
    arena_on_release(&arena, log_cleanup, arena_text(&arena, "third "));
    arena_release(&arena);
    assert_string_equal(cleanup_log, "third second first ");
}

static struct arena *arena_of_cleanup;

static void register_another(void *data)
{
    strcat(cleanup_log, data);
    arena_on_release(arena_of_cleanup, log_cleanup, arena_text(arena_of_cleanup, "nested "));
}

static void a_cleanup_may_register_another(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_of_cleanup = &arena;
    cleanup_log[0] = '\0';
    arena_on_release(&arena, log_cleanup, arena_text(&arena, "last "));
    arena_on_release(&arena, register_another, arena_text(&arena, "outer "));
    arena_release(&arena);
    assert_string_equal(cleanup_log, "outer nested last ");
}

static void a_released_arena_is_empty_and_usable_again(void **state)
{
    (void)state;
    struct arena arena = {0};
    cleanup_log[0] = '\0';
    arena_on_release(&arena, log_cleanup, arena_text(&arena, "once "));
    arena_release(&arena);
    assert_null(arena.chunks);
    assert_null(arena.cleanups);
    assert_string_equal(arena_text(&arena, "again"), "again");
    arena_release(&arena);
    assert_string_equal(cleanup_log, "once ");
}

static void texts_are_copies(void **state)
{
    (void)state;
    struct arena arena = {0};
    char source[] = "ns1.example.";
    char *text = arena_text(&arena, source);
    char *copy = arena_copy(&arena, source, 3);
    char *formatted = arena_format(&arena, "%s:%d %05.1f", source, 53, 2.5);
    source[0] = 'X';
    assert_string_equal(text, "ns1.example.");
    assert_memory_equal(copy, "ns1", 3);
    assert_string_equal(formatted, "ns1.example.:53 002.5");
    char *large = arena_format(&arena, "%*d", 100000, 7);
    assert_int_equal(strlen(large), 100000);
    assert_int_equal(large[99999], '7');
    arena_release(&arena);
}

static void a_reserved_array_keeps_its_elements_as_it_grows(void **state)
{
    (void)state;
    int *array = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        memory_reserve(array, count, capacity);
        array[count++] = i;
    }
    assert_int_equal(capacity, 1024);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(array[i], i);
    free(array);
}

static void memory_of_size_zero_is_memory(void **state)
{
    (void)state;
    void *plain = memory_alloc(0);
    void *zeroed = memory_zeroed(0);
    assert_non_null(plain);
    assert_non_null(zeroed);
    plain = memory_resize(plain, 0);
    assert_non_null(plain);
    free(plain);
    free(zeroed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_for_any_type),
        cmocka_unit_test(objects_do_not_overlap),
        cmocka_unit_test(cleanups_run_last_registered_first_before_memory_goes),
        cmocka_unit_test(a_cleanup_may_register_another),
        cmocka_unit_test(a_released_arena_is_empty_and_usable_again),
        cmocka_unit_test(texts_are_copies),
        cmocka_unit_test(a_reserved_array_keeps_its_elements_as_it_grows),
        cmocka_unit_test(memory_of_size_zero_is_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
