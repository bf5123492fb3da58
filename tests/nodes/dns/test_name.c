/* Names: presentation format, order, kinship, hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "nodes/dns/name.h"
#include "sim/base/random.h"
#include "tests/support/guard.h"
#include "tests/support/random_message.h"
#include "tests/support/roundtrip.h"

enum { ROOMS = 4 };

/* The name of TEXT; up to ROOMS of them live at a time. */
static const uint8_t *name(const char *text)
{
    static uint8_t rooms[ROOMS][NAME_SIZE_MAX];
    static unsigned turn;
    const char *error = NULL;
    uint8_t *room = rooms[turn++ % ROOMS];
    if (name_from_text(bytes_of_text(text), NULL, room, &error) == 0)
        fail_msg("%s: %s", text, error);
    return room;
}

static struct bytes repeat(char *room, const char *part, size_t times, const char *end)
{
    char *p = room;
    for (size_t i = 0; i < times; i++)
        p = stpcpy(p, part);
    p = stpcpy(p, end);
    return bytes_of(room, (size_t)(p - room));
}

static void reads_and_writes_presentation_format(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wire, *again;
        size_t size;
    } cases[] = {
        {".", "", ".", 1},
        {"@", "\7example", "example.", 9},
        {"com.", "\3com", "com.", 5},
        {"www", "\3www\7example", "www.example.", 13},
        {"WwW.com.", "\3WwW\3com", "WwW.com.", 9},
        {"a\\.b.c.", "\3a.b\1c", "a\\.b.c.", 7},
        {"\\065\\000.", "\2A\0", "A\\000.", 4},
        {"\\@.", "\1@", "\\@.", 3},
        {"a\\ b\\\\.", "\4a b\\", "a\\032b\\\\.", 6},
        {"\\127!~.", "\3\177!~", "\\127!~.", 5},
        {"*.x.", "\1*\1x", "*.x.", 5},
        {"\\255\\\"\\;\\(\\)\\$.", "\6\xff\";()$", "\\255\\\"\\;\\(\\)\\$.", 8},
    };
    static const uint8_t origin[] = "\7example";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[NAME_SIZE_MAX];
        char text[NAME_TEXT_SIZE];
        const char *error;
        struct bytes in = guard_copy(0, bytes_of_text(cases[i].text));
        assert_int_equal(name_from_text(in, origin, out, &error), cases[i].size);
        assert_memory_equal(out, cases[i].wire, cases[i].size);
        assert_string_equal(name_to_text(out, text), cases[i].again);
    }
}

static void says_what_is_wrong_with_a_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "empty name"},
        {"..", "empty label"},
        {".com.", "empty label"},
        {"a..b", "empty label"},
        {"a\\", "backslash at the end"},
        {"a\\1", "expected three digits after the backslash"},
        {"a\\12x", "expected three digits after the backslash"},
        {"a\\256", "escaped octet greater than 255"},
        {"1234567890123456789012345678901234567890123456789012345678901234.",
         "label longer than 63 octets"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[NAME_SIZE_MAX];
        const char *error = NULL;
        struct bytes in = guard_copy(0, bytes_of_text(cases[i][0]));
        assert_int_equal(name_from_text(in, name_root, out, &error), 0);
        assert_string_equal(error, cases[i][1]);
    }
}

static void takes_names_of_255_octets_and_none_longer(void **state)
{
    (void)state;
    char room[4096], text[NAME_TEXT_SIZE];
    const char *error = NULL;
    uint8_t *out = guard_room(0, NAME_SIZE_MAX);
    assert_int_equal(name_from_text(repeat(room, "a.", 127, ""), NULL, out, &error), 255);
    assert_int_equal(name_label_count(out), NAME_LABELS_MAX);
    assert_int_equal(name_size(out), NAME_SIZE_MAX);
    assert_int_equal(name_from_text(repeat(room, "a.", 128, ""), NULL, out, &error), 0);
    assert_string_equal(error, "name longer than 255 octets");
    assert_int_equal(name_from_text(repeat(room, "a.", 126, "bb."), NULL, out, &error), 0);
    assert_int_equal(name_from_text(repeat(room, "a.", 126, "b"), NULL, out, &error), 255);
    assert_int_equal(name_from_text(repeat(room, "a.", 126, "b"), name("c."), out, &error), 0);
    assert_string_equal(error, "name longer than 255 octets");
    assert_int_equal(name_from_text(repeat(room, "a.", 125, "bb"), name("c."), out, &error), 0);
    assert_int_equal(name_from_text(repeat(room, "a.", 125, "b"), name("c."), out, &error), 255);
    assert_int_equal(name_from_text(repeat(room, "\\001", 63, "."), NULL, out, &error), 65);
    struct bytes longest = repeat(room, "\\001\\002\\003\\004\\005\\006.", 36, "\\001.");
    assert_int_equal(name_from_text(longest, NULL, out, &error), 255);
    assert_int_equal(strlen(name_to_text(out, text)), 36 * 25 + 5);
}

static void prepends_labels_up_to_the_limits(void **state)
{
    (void)state;
    uint8_t out[NAME_SIZE_MAX];
    char room[256];
    assert_int_equal(name_prepend(bytes_of_text("www"), name("Example.com."), out), 17);
    assert_memory_equal(out, "\3www\7Example\3com", 17);
    assert_int_equal(name_prepend(bytes_of_text("*"), name_root, out), 3);
    assert_true(name_is_wildcard(out));
    assert_int_equal(name_prepend(repeat(room, "x", 64, ""), name_root, out), 0);
    size_t size = 1;
    name_copy(name_root, out);
    for (int i = 0; i < 126; i++)
        size = name_prepend(bytes_of_text("i"), out, out);
    assert_int_equal(size, 253);
    assert_int_equal(name_prepend(bytes_of_text("ii"), out, out), 0);
    assert_int_equal(name_prepend(bytes_of_text("i"), out, out), 255);
    assert_int_equal(name_label_count(out), 127);
}

static void orders_names_as_in_rfc_4034(void **state)
{
    (void)state;
    static const char *const sorted[] = {
        ".",
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
        "longlabel.z.example.x.",
    };
    enum { COUNT = sizeof sorted / sizeof sorted[0] };
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) {
            int order = name_compare(name(sorted[i]), name(sorted[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void orders_long_labels_by_octet_and_then_by_length(void **state)
{
    (void)state;
    assert_true(name_compare(name("abcdefghijkl."), name("ABCDEFGHIJKL.")) == 0);
    assert_true(name_compare(name("abcdefghijkl."), name("abcdefghijkm.")) < 0);
    assert_true(name_compare(name("abcdefgZ."), name("abcdefga.")) > 0);
    assert_true(name_compare(name("abcdefgh."), name("abcdefghi.")) < 0);
    assert_true(name_compare(name("abcdefghijklmnop."), name("abcdefghijklmno.")) > 0);
    assert_true(name_compare(name("abcdefghijklmno[."), name("abcdefghijklmnoA.")) < 0);
    assert_true(name_compare(name("\\200bcdefgh."), name("zbcdefgh.")) > 0);
}

static void ignores_ascii_case_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const uint8_t x[] = {9, 'e', 'x', 'a', 'm', (uint8_t)a, 'p', 'l', 'e', 'x', 0};
            const uint8_t y[] = {9, 'E', 'X', 'a', 'M', (uint8_t)b, 'P', 'l', 'e', 'X', 0};
            const uint8_t s[] = {2, (uint8_t)a, 'x', 0}, t[] = {2, (uint8_t)b, 'X', 0};
            unsigned low_a = a >= 'A' && a <= 'Z' ? a + 32 : a;
            unsigned low_b = b >= 'A' && b <= 'Z' ? b + 32 : b;
            assert_int_equal(name_equal(x, y), low_a == low_b);
            assert_int_equal(name_equal(s, t), low_a == low_b);
            assert_int_equal(name_hash(x) == name_hash(y), low_a == low_b);
            assert_int_equal(name_hash(s) == name_hash(t), low_a == low_b);
            assert_int_equal(name_compare(x, y) < 0, low_a < low_b);
        }
    }
}

static void hashes_the_same_on_every_machine(void **state)
{
    (void)state;
    assert_int_equal(name_hash(name(".")), UINT64_C(0x670527f286862c69));
    assert_int_equal(name_hash(name("com.")), UINT64_C(0x4a2663977f9700a5));
    assert_int_equal(name_hash(name("www.example.com.")), UINT64_C(0x61e5c54c086b150c));
}

static void spreads_hashes_of_numbered_hosts(void **state)
{
    (void)state;
    static uint8_t seen[1 << 16];
    size_t collisions = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char text[32];
        snprintf(text, sizeof text, "h%u.example.com.", i);
        uint64_t hash = name_hash(name(text));
        collisions += seen[hash & 0xffff] != 0;
        seen[hash & 0xffff] = 1;
    }
    assert_in_range(collisions, 500, 950); /* an ideal hash expects 726 */
}

static void lowers_in_place(void **state)
{
    (void)state;
    uint8_t *out = guard_room(0, 22);
    memcpy(out, "\3WWW\7EXAMPLE\10[@`{CoM.", 22);
    out[21] = 0;
    assert_int_equal(name_lower(out, out), 22);
    assert_memory_equal(out, "\3www\7example\10[@`{com.", 21);
}

static void knows_ancestors_only_at_label_boundaries(void **state)
{
    (void)state;
    assert_true(name_is_under(name("www.EXAMPLE.com."), name("example.com.")));
    assert_true(name_is_under(name("example.com."), name("example.com.")));
    assert_true(name_is_under(name("com."), name_root));
    assert_false(name_is_under(name("com."), name("example.com.")));
    assert_false(name_is_under(name("anexample.com."), name("example.com.")));
    struct bytes odd = guard_copy(0, bytes_of("\5a\1b\1c", 7)); /* dots that are octets */
    assert_false(name_is_under(odd.data, (const uint8_t *)"\1b\1c"));
    assert_int_equal(name_common_labels(name("a.b.C."), name("x.B.c.")), 2);
    assert_int_equal(name_common_labels(name("a.b.c."), name("b.c.")), 2);
    assert_int_equal(name_common_labels(name("a."), name("b.")), 0);
    assert_int_equal(name_common_labels(name("a."), name_root), 0);
    assert_true(name_equal(name_suffix(name("a.b.c."), 1), name("c.")));
    assert_true(name_is_root(name_suffix(name("a.b.c."), 0)));
}

static void validates_what_stands_in_a_span(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t size, used; /* used 0: not valid */
    } cases[] = {
        {"", 0, 0},        {"\0", 1, 1},      {"\1a\0", 3, 3},   {"\1a\0rest", 7, 3},
        {"\1a", 2, 0},     {"\1", 1, 0},      {"\2a\0", 3, 0},   {"\77", 1, 0},
        {"\100a\0", 3, 0}, {"\200a\0", 3, 0}, {"\300\14", 2, 0}, {"\1a\300\14", 4, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes in = guard_copy(0, bytes_of(cases[i].octets, cases[i].size));
        size_t used = 0;
        assert_int_equal(name_is_valid(in.data, in.size, &used), cases[i].used > 0);
        assert_int_equal(used, cases[i].used);
    }
    uint8_t *many = guard_room(0, 258);
    for (size_t i = 0; i < 128; i++)
        memcpy(many + 2 * i, "\1a", 2);
    size_t used;
    assert_false(name_is_valid(many, 258, &used)); /* 257 octets */
    assert_true(name_is_valid(many + 2, 256, &used));
    assert_int_equal(used, 255);
}

static void reads_no_octet_past_the_root_label(void **state)
{
    (void)state;
    struct random r = {.key = 4};
    for (int i = 0; i < 2000; i++) {
        uint8_t one[2 * NAME_SIZE_MAX];
        size_t size = random_name(&r, one);
        size += random_name(&r, one + size);
        roundtrip_name(guard_copy(0, bytes_of(one, size)));
        const uint8_t *a = guard_copy(1, bytes_of(one, name_size(one))).data;
        const uint8_t *b =
            guard_copy(2, bytes_of(one + name_size(one), size - name_size(one))).data;
        uint8_t out[NAME_SIZE_MAX];
        assert_int_equal(name_copy(a, out), name_size(a));
        assert_int_equal(name_compare(a, b) == 0, name_equal(a, b));
        assert_int_equal(name_hash(a), name_hash(out));
        assert_int_equal(name_lower(b, out), name_size(b));
        assert_true(name_common_labels(a, b) <= name_label_count(b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_presentation_format),
        cmocka_unit_test(says_what_is_wrong_with_a_text),
        cmocka_unit_test(takes_names_of_255_octets_and_none_longer),
        cmocka_unit_test(prepends_labels_up_to_the_limits),
        cmocka_unit_test(orders_names_as_in_rfc_4034),
        cmocka_unit_test(orders_long_labels_by_octet_and_then_by_length),
        cmocka_unit_test(ignores_ascii_case_and_nothing_else),
        cmocka_unit_test(hashes_the_same_on_every_machine),
        cmocka_unit_test(spreads_hashes_of_numbered_hosts),
        cmocka_unit_test(lowers_in_place),
        cmocka_unit_test(knows_ancestors_only_at_label_boundaries),
        cmocka_unit_test(validates_what_stands_in_a_span),
        cmocka_unit_test(reads_no_octet_past_the_root_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
