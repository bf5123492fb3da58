/*
 * Every scenario in tests/scenarios/broken/ says in its comments what is wrong
 * with it; the loader must say exactly that, all of it and nothing else.
 *
 *   #! 5:3: sentence            of the file itself, at line 5, column 3
 *   #! sentence                 of the file itself, at no line
 *   #! @other.yaml:1:1: ...     of a file beside it
 *   #! --set a=b                first of all: load it with this setting
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/scenario.h"
#include "tests/support/scratch.h"

#define FOLDER "tests/scenarios/broken"

enum { SETTINGS_MAX = 8 };

struct wanted {
    const char *path;
    const char *settings[SETTINGS_MAX];
    size_t setting_count;
    char text[8192];
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void want(struct wanted *wanted, struct arena *arena, const char *line)
{
    size_t used = strlen(wanted->text);
    char *end = wanted->text + used;
    size_t room = sizeof wanted->text - used;
    bool is_setting = begins(line, "--set ") && !strstr(line, ": ");
    if (is_setting && wanted->setting_count < SETTINGS_MAX)
        wanted->settings[wanted->setting_count++] = arena_text(arena, line + strlen("--set "));
    else if (begins(line, "--set "))
        snprintf(end, room, "%s\n", line);
    else if (*line == '@')
        snprintf(end, room, FOLDER "/%s\n", line + 1);
    else
        snprintf(end, room, "%s:%s%s\n", wanted->path,
                 line[strspn(line, "0123456789")] == ':' ? "" : " ", line);
}

static void read_wanted(struct wanted *wanted, struct arena *arena)
{
    size_t size;
    char *text = scratch_read(wanted->path, &size);
    assert_non_null(text);
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (begins(line, "#! "))
            want(wanted, arena, line + 3);
    }
    free(text);
}

static void check_one(const char *name)
{
    struct arena arena = {0};
    struct diagnostics diagnostics = {.arena = &arena};
    struct wanted *wanted = arena_alloc(&arena, sizeof *wanted);
    wanted->path = arena_format(&arena, FOLDER "/%s", name);
    read_wanted(wanted, &arena);
    const struct scenario_options options = {.settings = wanted->settings,
                                             .setting_count = wanted->setting_count};
    struct scenario *scenario = scenario_load(&arena, wanted->path, &options, &diagnostics);
    if (scenario)
        scenario_advise(scenario, &diagnostics);
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    diagnostics_print(&diagnostics, out);
    fclose(out);
    assert_string_equal(said, wanted->text);
    assert_int_equal(scenario == NULL, diagnostics.errors > 0);
    assert_true(diagnostics.count > 0);
    free(said);
    diagnostics_free(&diagnostics);
    arena_release(&arena);
}

static int is_scenario(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".yaml") == 0;
}

static void each_broken_scenario_is_told_exactly_what_is_wrong(void **state)
{
    struct dirent **entries;
    int count = scandir(FOLDER, &entries, is_scenario, alphasort);
    (void)state;
    assert_true(count >= 35);
    for (int i = 0; i < count; i++) {
        check_one(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_broken_scenario_is_told_exactly_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
