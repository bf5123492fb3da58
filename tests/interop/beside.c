/*
 * Holds what a real server asked beside what ours asks with its row: the same
 * questions in the same order, and between two of them a time that ours leaves too,
 * with some chance or other, give or take what a busy machine may add or take away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/interop/play.h"

enum { SEEDS = 100, WHATS_MAX = 4 };

#define SLACK_NS (3 * NS_PER_S)
#define START_NS (20 * NS_PER_S) /* a program's own, on a busy machine */
/* What ours has asked so long before the end must have been asked. */
#define LATE_NS (2 * SLACK_NS)

/* What the Nth question may be, and when, with all seeds. */
struct range {
    char whats[WHATS_MAX][24];
    size_t what_count, seeds;
    int64_t gap_min_ns, gap_max_ns; /* since the one before, or the start */
    int64_t at_max_ns;              /* since the first */
};

static int64_t gap_ns(const struct play_diary *diary, size_t n)
{
    return diary->entries[n].at_ns - (n > 0 ? diary->entries[n - 1].at_ns : 0);
}

static const char *what_of(const struct play_entry *entry)
{
    static char text[24];
    snprintf(text, sizeof text, "%s at %c", entry->what, entry->address == 0 ? 'a' : 'b');
    return text;
}

static bool is_among(const struct range *range, const char *what)
{
    for (size_t i = 0; i < range->what_count; i++)
        if (strcmp(range->whats[i], what) == 0)
            return true;
    return false;
}

static void widen(struct range *range, const struct play_diary *diary, size_t n)
{
    const char *what = what_of(&diary->entries[n]);
    int64_t gap = gap_ns(diary, n), at = diary->entries[n].at_ns - diary->entries[0].at_ns;
    if (!is_among(range, what) && range->what_count < WHATS_MAX)
        memcpy(range->whats[range->what_count++], what, strlen(what) + 1);
    if (range->seeds == 0 || gap < range->gap_min_ns)
        range->gap_min_ns = gap;
    if (gap > range->gap_max_ns)
        range->gap_max_ns = gap;
    if (at > range->at_max_ns)
        range->at_max_ns = at;
    range->seeds++;
}

/* ---- the diary ---------------------------------------------------------------------------------
 */

static bool read_diary(struct play_diary *diary, const char *path, size_t number)
{
    FILE *file = fopen(path, "r");
    char line[128], zone[32], transport[8], type[16], more[8];
    long long at_ns;
    size_t address;
    bool whole = false;
    while (file && fgets(line, sizeof line, file)) {
        more[0] = 0;
        int fields = sscanf(line, "%lld %31s %zu %7s %15s %7s", &at_ns, zone, &address, transport,
                            type, more);
        if (fields == 2 && strcmp(zone, "end") == 0) {
            diary->end_ns = at_ns;
            whole = true;
        }
        if (fields < 5 || strcmp(zone, play_cases[number].zone) != 0 ||
            diary->count == PLAY_ENTRIES_MAX)
            continue;
        struct play_entry *entry = &diary->entries[diary->count++];
        *entry = (struct play_entry){.at_ns = at_ns, .number = number, .address = address};
        snprintf(entry->what, sizeof entry->what, "%.3s %.6s%s%.4s", transport, type,
                 more[0] ? " " : "", more);
    }
    if (file)
        fclose(file);
    return whole;
}

/* ---- judgement ---------------------------------------------------------------------------------
 */

static void print_range(size_t n, const struct range *range)
{
    printf("  ours %zu:", n);
    for (size_t i = 0; i < range->what_count; i++)
        printf(" %s", range->whats[i]);
    printf(", after %.1f to %.1f s, with %zu of %d seeds\n", (double)range->gap_min_ns / 1e9,
           (double)range->gap_max_ns / 1e9, range->seeds, SEEDS);
}

/* How long after its start a server asks first is not known of real ones, but for those that don't
 * ask at once. */
static const char *fault_of(const struct play_diary *real, size_t n, const struct range *range,
                            int64_t later_ns)
{
    int64_t gap = gap_ns(real, n);
    if (range->seeds == 0)
        return "ours asks no more";
    if (!is_among(range, what_of(&real->entries[n])))
        return "ours asks another question";
    if (gap < range->gap_min_ns - SLACK_NS)
        return "earlier than ours";
    if (gap > range->gap_max_ns + later_ns + (n == 0 ? START_NS : SLACK_NS))
        return "later than ours";
    return NULL;
}

/* The program's diary ends where ours, whatever the seed, has another question in time. */
static bool is_missing(const struct play_diary *real, size_t n, const struct range *range,
                       int64_t later_ns)
{
    int64_t first_ns = n > 0 ? real->entries[0].at_ns : range->gap_max_ns;
    int64_t late_ns = (n == 0 ? START_NS : LATE_NS) + (int64_t)n * later_ns;
    return range->seeds == SEEDS && first_ns + range->at_max_ns + late_ns <= real->end_ns;
}

static bool judge(const struct play_diary *real, const struct range *ranges, int64_t later_ns)
{
    for (size_t n = 0; n < real->count; n++) {
        const char *fault = fault_of(real, n, &ranges[n], later_ns);
        printf("%zu: %s, after %.1f s\n", n, what_of(&real->entries[n]),
               (double)gap_ns(real, n) / 1e9);
        print_range(n, &ranges[n]);
        if (fault) {
            printf("  %s\n", fault);
            return false;
        }
    }
    if (real->count == PLAY_ENTRIES_MAX ||
        !is_missing(real, real->count, &ranges[real->count], later_ns))
        return true;
    printf("%zu: nothing\n", real->count);
    print_range(real->count, &ranges[real->count]);
    return false;
}

int play_beside(int argc, char **argv)
{
    static struct play_diary real, ours;
    static struct range ranges[PLAY_ENTRIES_MAX];
    size_t number = 0;
    while (argc >= 4 && number < PLAY_CASES && strcmp(argv[1], play_cases[number].zone) != 0)
        number++;
    if (argc < 4 || number == PLAY_CASES || !read_diary(&real, argv[2], number))
        return 2;
    ours.end_ns = real.end_ns + LATE_NS;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        if (!play_rehearse(&ours, argv[0], number, argc > 4, seed))
            return 2;
        for (size_t n = 0; n < ours.count; n++)
            widen(&ranges[n], &ours, n);
    }
    return judge(&real, ranges, atoi(argv[3]) * NS_PER_S) ? 0 : 1;
}
