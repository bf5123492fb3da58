/*
 * The chain of differences that leads to the version served (RFC 1995 section 5:
 * how much history to keep is the server's choice). See diff.h.
 */
#include "nodes/dns/diff.h"
#include "sim/base/arena.h"
#include <stdlib.h>

static void drop_oldest(struct journal *journal, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        journal->size -= zone_diff_size(journal->diffs[i]);
        zone_diff_release(journal->diffs[i]);
    }
    journal->count -= count;
    memmove(journal->diffs, journal->diffs + count, journal->count * sizeof journal->diffs[0]);
}

void journal_append(struct journal *journal, struct zone_diff *diff)
{
    if (journal->count > 0 &&
        zone_diff_to(journal->diffs[journal->count - 1]) != zone_diff_from(diff))
        journal_clear(journal);
    memory_reserve(journal->diffs, journal->count, journal->capacity);
    journal->diffs[journal->count++] = zone_diff_retain(diff);
    journal->size += zone_diff_size(diff);
    size_t excess = 0, kept = journal->size;
    if (journal->count_max > 0 && journal->count > journal->count_max)
        kept -= zone_diff_size(journal->diffs[excess++]);
    while (kept > journal->size_max)
        kept -= zone_diff_size(journal->diffs[excess++]);
    if (excess > 0)
        drop_oldest(journal, excess);
}

void journal_clear(struct journal *journal)
{
    if (journal->count > 0)
        drop_oldest(journal, journal->count);
}

void journal_free(struct journal *journal)
{
    journal_clear(journal);
    free(journal->diffs);
    journal->diffs = NULL;
    journal->capacity = 0;
}

size_t journal_find(const struct journal *journal, uint32_t serial)
{
    for (size_t i = 0; i < journal->count; i++)
        if (zone_diff_from(journal->diffs[i]) == serial)
            return i;
    return SIZE_MAX;
}
