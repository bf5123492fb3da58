/* The progress bar, on a pseudo-terminal: when it appears, what it says, that it goes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/grid.h"
#include "reports/progress.h"
#include "sim/base/time.h"

enum { SHOWN_SIZE = 4096 };

struct screen {
    int master;
    FILE *stream;
    char shown[SHOWN_SIZE];
};

static int make(void **state)
{
    struct screen *screen = calloc(1, sizeof *screen);
    int slave;
    assert_int_equal(openpty(&screen->master, &slave, NULL, NULL, NULL), 0);
    screen->stream = fdopen(slave, "w");
    *state = screen;
    return 0;
}

static int discard(void **state)
{
    struct screen *screen = *state;
    fclose(screen->stream);
    close(screen->master);
    free(screen);
    return 0;
}

static void set_width(struct screen *screen, unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    assert_int_equal(ioctl(screen->master, TIOCSWINSZ, &size), 0);
}

/* What has been drawn since the last look. The terminal may take its time: a bell of ours marks the
 * end. */
static const char *look(struct screen *screen)
{
    fputc('\a', screen->stream);
    fflush(screen->stream);
    size_t size = 0;
    do {
        ssize_t more = read(screen->master, screen->shown + size, SHOWN_SIZE - size);
        assert_true(more > 0);
        size += (size_t)more;
    } while (screen->shown[size - 1] != '\a');
    screen->shown[size - 1] = '\0';
    return screen->shown;
}

static struct progress begin(struct screen *screen, unsigned short columns)
{
    set_width(screen, columns);
    return progress_begin(screen->stream, "small", 10 * 3600 * NS_PER_S, true);
}

static void appears_after_a_second_and_is_erased(void **state)
{
    struct screen *screen = *state;
    struct progress progress = begin(screen, 120);
    progress_update(&progress, 3600 * NS_PER_S, 100000, NS_PER_S - 1);
    assert_string_equal(look(screen), "");
    progress_update(&progress, 9000 * NS_PER_S, 200000, 2 * NS_PER_S);
    assert_string_equal(look(screen), "\rsmall ██████······"
                                      "············  25 %  2h 30m of 10h"
                                      "  100,000 events/s  6s left\x1b[K");
    progress_end(&progress);
    assert_string_equal(look(screen), "\r\x1b[K");
}

static void eighty_columns_have_room_for_rate_and_time_left(void **state)
{
    struct screen *screen = *state;
    set_width(screen, 80);
    struct progress progress =
        progress_begin(screen->stream, "failover", 14 * 86400 * NS_PER_S, true);
    progress_update(&progress, 7 * 86400 * NS_PER_S, 20000000, 20 * NS_PER_S);
    const char *line = look(screen);
    assert_non_null(strstr(line, " 50 %  7d of 14d  1,000,000 events/s  20s left\x1b[K"));
    assert_non_null(strstr(line, "\rfailover █████"));
}

static void where_there_is_no_room_the_rate_goes_before_the_time_left(void **state)
{
    struct screen *screen = *state;
    struct progress progress = begin(screen, 50);
    progress_update(&progress, 9000 * NS_PER_S, 200000, 2 * NS_PER_S);
    assert_string_equal(look(screen), "\rsmall ███▎·········"
                                      "  25 %  2h 30m of 10h  6s left\x1b[K");
}

static void a_short_run_never_shows_it(void **state)
{
    struct screen *screen = *state;
    struct progress progress = begin(screen, 120);
    progress_update(&progress, 9000 * NS_PER_S, 200000, NS_PER_S / 2);
    progress_end(&progress);
    assert_string_equal(look(screen), "");
}

static void draws_at_most_ten_times_a_second(void **state)
{
    struct screen *screen = *state;
    struct progress progress = begin(screen, 120);
    for (int64_t wall_ns = NS_PER_S; wall_ns < 2 * NS_PER_S; wall_ns += NS_PER_MS)
        progress_update(&progress, 9000 * NS_PER_S, 200000, wall_ns);
    size_t count = 0;
    for (const char *at = look(screen); (at = strchr(at, '\r')); at++)
        count++;
    assert_int_equal(count, 10);
}

static void nothing_is_drawn_into_a_pipe(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *file = tmpfile();
    struct progress progress = progress_begin(file, "small", NS_PER_S, true);
    progress_update(&progress, NS_PER_S / 2, 200000, 5 * NS_PER_S);
    progress_end(&progress);
    assert_int_equal(ftell(file), 0);
    fclose(file);
    FILE *stream = open_memstream(&text, &size); /* has no descriptor at all */
    progress = progress_begin(stream, "small", NS_PER_S, true);
    progress_update(&progress, NS_PER_S / 2, 200000, 5 * NS_PER_S);
    fclose(stream);
    assert_int_equal(size, 0);
    free(text);
}

static void nothing_is_drawn_if_not_wanted(void **state)
{
    struct screen *screen = *state;
    struct progress progress = progress_begin(screen->stream, "small", NS_PER_S, false);
    progress_update(&progress, NS_PER_S / 2, 200000, 5 * NS_PER_S);
    progress_end(&progress);
    assert_string_equal(look(screen), "");
}

static void never_wider_than_the_terminal(void **state)
{
    struct screen *screen = *state;
    for (unsigned short columns = 200; columns >= 40; columns--) {
        set_width(screen, columns);
        struct progress progress = progress_begin(
            screen->stream, "ein Szenario mit äußerst langem Namen", 14 * 86400 * NS_PER_S, true);
        progress_update(&progress, 13 * 86400 * NS_PER_S + 23 * 3600 * NS_PER_S, 2000000000,
                        3600 * NS_PER_S);
        const char *line = look(screen);
        assert_in_range(text_columns(line), 20, columns - 1 + strlen("\r\x1b[K"));
    }
}

#define claim(function) cmocka_unit_test_setup_teardown(function, make, discard)

static bool has_pseudo_terminals(void)
{
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        return false;
    close(master);
    close(slave);
    return true;
}

int main(void)
{
    if (!has_pseudo_terminals()) {
        puts("SKIPPED: no pseudo-terminals here (is /dev/pts mounted?)");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        claim(eighty_columns_have_room_for_rate_and_time_left),
        claim(where_there_is_no_room_the_rate_goes_before_the_time_left),
        claim(appears_after_a_second_and_is_erased),
        claim(a_short_run_never_shows_it),
        claim(draws_at_most_ten_times_a_second),
        claim(nothing_is_drawn_into_a_pipe),
        claim(nothing_is_drawn_if_not_wanted),
        claim(never_wider_than_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
