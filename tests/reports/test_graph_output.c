/* The files of the picture: whole or as they were, the same each time, well-formed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <graphviz/cgraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/graph.h"
#include "tests/support/map.h"
#include "tests/support/scratch.h"

static const char nasty[] = "a\"b<c>&d'e\\N\\l|{}";

static struct map *small(const char *name)
{
    struct map *map = map_create("it's <small> & \"quoted\"");
    map->topology.description = "first line & <more>\nsecond line";
    map_site(map, "fra", 50, 9);
    map_site(map, "a<b&c", 0, 0);
    map_zone(map, "example.com.");
    map_node(map, (struct map_node){.name = "ns1", .site = "fra", .primary_of = "example.com."});
    map_node(map, (struct map_node){.name = name, .site = "a<b&c", .named = true});
    map_node(map, (struct map_node){
                      .name = "users", .kind = TOPOLOGY_CLIENTS, .site = "fra", .asks = {name}});
    map_feed(map, (struct map_feed){"example.com.", "ns1", name, 0});
    map_link(map, "fra", "a<b&c");
    return map;
}

/* The file that graph_draw writes, to be freed. */
static char *drawn(void **state, const struct topology *topology, const char *name)
{
    char error[GRAPH_ERROR_SIZE] = "";
    size_t size;
    if (!graph_draw(topology, scratch_path(state, name), error))
        fail_msg("%s", error);
    char *text = scratch_read(scratch_path(state, name), &size);
    assert_true(size > 0);
    return text;
}

/* ---- content -------------------------------------------------------------------------------- */

static void names_of_any_characters_survive(void **state)
{
    struct map *map = small(nasty);
    char *text = drawn(state, map_seal(map), "a.dot");
    Agraph_t *graph = agmemread(text);
    assert_non_null(graph);
    char name[sizeof nasty];
    memcpy(name, nasty, sizeof nasty);
    Agnode_t *node = agnode(graph, name, 0);
    assert_non_null(node);
    assert_non_null(
        strstr(agget(node, (char[]){"label"}), "a&quot;b&lt;c&gt;&amp;d&#39;e\\N\\l|{}"));
    assert_non_null(agsubg(graph, (char[]){"cluster a<b&c"}, 0));
    agclose(graph);
    free(text);
    map_free(map);
}

/* 0: well-formed; 127: xmllint is not there. */
static int xmllint(const char *path)
{
    char command[5000];
    snprintf(command, sizeof command,
             "command -v xmllint >/dev/null || exit 127; xmllint --nonet --noout '%s'", path);
    int status = system(command);
    return status == -1 ? -1 : status >> 8;
}

static void the_svg_is_well_formed_and_bears_every_name(void **state)
{
    struct map *map = small(nasty);
    char *text = drawn(state, map_seal(map), "a.svg");
    static const char *const parts[] = {">ns1<", ">users<", ">Frankfurt<",
                                        "a&quot;b&lt;c&gt;&amp;d&#39;e\\N\\l|{}",
                                        "it&#39;s &lt;small&gt; &amp; &quot;quoted&quot;"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in the SVG", parts[i]);
    assert_null(strstr(text, "second line"));
    free(text);
    map_free(map);
    int status = xmllint(scratch_path(state, "a.svg"));
    if (status == 127)
        skip();
    assert_int_equal(status, 0);
}

static void octets_that_are_no_text_become_question_marks(void **state)
{
    static const char *const bad[] = {"x\xff", "x\xc3",     "x\xe2\x82",         "x\xed\xa0\x80",
                                      "x\x01", "x\xc0\xaf", "x\xf5\x80\x80\x80", "x\xef\xbf\xbf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct map *map = small(bad[i]);
        char *text = drawn(state, map_seal(map), "a.svg");
        assert_non_null(strstr(text, ">x?"));
        free(text);
        map_free(map);
        int status = xmllint(scratch_path(state, "a.svg"));
        if (status != 127)
            assert_int_equal(status, 0);
    }
}

static void the_same_topology_gives_the_same_bytes(void **state)
{
    static const char *const names[] = {"a.dot", "a.svg"};
    for (size_t i = 0; i < 2; i++) {
        struct map *map = small("ns2");
        const struct topology *topology = map_seal(map);
        char *first = drawn(state, topology, names[i]);
        void *shift[64]; /* other addresses for whatever comes next */
        for (size_t k = 0; k < 64; k++)
            shift[k] = malloc(16 + 40 * (k * 37 % 64));
        for (size_t k = 0; k < 64; k += 2)
            free(shift[k]);
        char *second = drawn(state, topology, names[i]);
        assert_string_equal(first, second);
        for (size_t k = 1; k < 64; k += 2)
            free(shift[k]);
        free(first);
        free(second);
        map_free(map);
    }
}

static void a_pdf_is_dated_by_the_scenario(void **state)
{
    struct map *map = small("ns2");
    char error[GRAPH_ERROR_SIZE] = "";
    size_t size, at = 0;
    map->topology.start_ns = INT64_C(1767225600000000000); /* 2026-01-01 */
    assert_true(graph_draw(map_seal(map), scratch_path(state, "a.pdf"), error));
    char *text = scratch_read(scratch_path(state, "a.pdf"), &size);
    while (at + 40 < size && memcmp(text + at, "/CreationDate", 13) != 0)
        at++;
    assert_memory_equal(text + at, "/CreationDate (D:20260101000000", 31);
    free(text);
    map_free(map);
}

static void the_dot_knows_no_font_but_its_names(void **state)
{
    struct map *map = small("ns2");
    char *text = drawn(state, map_seal(map), "a.dot");
    assert_null(strstr(text, "lwidth")); /* what Graphviz adds once it has measured */
    assert_null(strstr(text, "_draw_"));
    free(text);
    map_free(map);
}

static void an_empty_stage_is_drawn_too(void **state)
{
    struct map *map = map_create("nothing");
    free(drawn(state, map_seal(map), "a.dot"));
    free(drawn(state, &map->topology, "a.svg"));
    map_free(map);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void the_ending_chooses_the_format(void **state)
{
    static const char *const formats[][2] = {
        {"a.svg", "<?xml"}, {"a.png", "\x89PNG"}, {"a.pdf", "%PDF"}, {"a.b.dot", "digraph"}};
    struct map *map = small("ns2");
    const struct topology *topology = map_seal(map);
    for (size_t i = 0; i < 4; i++) {
        char *text = drawn(state, topology, formats[i][0]);
        assert_memory_equal(text, formats[i][1], strlen(formats[i][1]));
        free(text);
    }
    map_free(map);
}

static void another_ending_is_refused_with_those_that_are_known(void **state)
{
    static const char *const names[] = {"a.gif", "svg", "", "a.svg/b", "a.SVG"};
    char error[GRAPH_ERROR_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *error = '\0';
        assert_false(graph_accepts(names[i], error));
        assert_non_null(strstr(error, ".svg, .png, .pdf or .dot"));
    }
    assert_true(graph_accepts("b.c/a.svg", error));
}

static void folders_that_are_not_there_are_made(void **state)
{
    struct map *map = small("ns2");
    char error[GRAPH_ERROR_SIZE] = "";
    const char *path = scratch_path(state, "no/such/a.svg");
    size_t size;
    assert_true(graph_draw(map_seal(map), path, error));
    char *text = scratch_read(path, &size);
    assert_non_null(text);
    free(text);
    map_free(map);
}

static void a_folder_that_can_not_be_made_is_said(void **state)
{
    struct map *map = small("ns2");
    char error[GRAPH_ERROR_SIZE] = "";
    scratch_write(scratch_path(state, "file"), "old");
    assert_false(graph_draw(map_seal(map), scratch_path(state, "file/such/a.svg"), error));
    assert_non_null(strstr(error, "file/such/a.svg': Not a directory"));
    map_free(map);
}

static void a_full_disk_leaves_the_old_picture(void **state)
{
    struct map *map = small("ns2");
    char error[GRAPH_ERROR_SIZE] = "";
    struct rlimit before, tiny;
    size_t size;
    scratch_write(scratch_path(state, "a.svg"), "old");
    getrlimit(RLIMIT_FSIZE, &before);
    tiny = before;
    tiny.rlim_cur = 100;
    map_seal(map);
    setrlimit(RLIMIT_FSIZE, &tiny);
    bool good = graph_draw(&map->topology, scratch_path(state, "a.svg"), error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(good);
    assert_non_null(strstr(error, "a.svg': File too large"));
    char *text = scratch_read(scratch_path(state, "a.svg"), &size);
    assert_string_equal(text, "old");
    assert_int_equal(scratch_count(scratch_path(state, "")), 1);
    free(text);
    map_free(map);
}

static void a_picture_replaces_the_old_one_and_leaves_nothing_else(void **state)
{
    struct map *map = small("ns2");
    scratch_write(scratch_path(state, "a.dot"), "old");
    char *text = drawn(state, map_seal(map), "a.dot");
    assert_non_null(strstr(text, "ns2"));
    assert_int_equal(scratch_count(scratch_path(state, "")), 1);
    free(text);
    map_free(map);
}

int main(void)
{
#define CLAIM(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
    const struct CMUnitTest tests[] = {
        CLAIM(names_of_any_characters_survive),
        CLAIM(the_svg_is_well_formed_and_bears_every_name),
        CLAIM(octets_that_are_no_text_become_question_marks),
        CLAIM(the_same_topology_gives_the_same_bytes),
        CLAIM(a_pdf_is_dated_by_the_scenario),
        CLAIM(the_dot_knows_no_font_but_its_names),
        CLAIM(an_empty_stage_is_drawn_too),
        CLAIM(the_ending_chooses_the_format),
        CLAIM(another_ending_is_refused_with_those_that_are_known),
        CLAIM(folders_that_are_not_there_are_made),
        CLAIM(a_folder_that_can_not_be_made_is_said),
        CLAIM(a_full_disk_leaves_the_old_picture),
        CLAIM(a_picture_replaces_the_old_one_and_leaves_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
