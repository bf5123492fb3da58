/* Collecting, ordering and printing what is wrong with a scenario. No parsing here. */
#include "scenarios/diagnostics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COMPARED_MAX = 63, GROUPED_MIN = 3 };

static void add(struct diagnostics *diagnostics, enum diagnostic_kind kind, struct place place,
                const char *format, va_list arguments)
{
    char sentence[1024];
    vsnprintf(sentence, sizeof sentence, format, arguments);
    memory_reserve(diagnostics->items, diagnostics->count, diagnostics->capacity);
    diagnostics->items[diagnostics->count] = (struct diagnostic){
        .kind = kind,
        .place = place,
        .order = diagnostics->count,
        .format = format,
        .sentence = arena_text(diagnostics->arena, sentence),
    };
    diagnostics->count++;
    diagnostics->errors += kind == DIAGNOSTIC_ERROR;
}

void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, DIAGNOSTIC_ERROR, place, format, arguments);
    va_end(arguments);
}

void diagnostics_advice(struct diagnostics *diagnostics, struct place place, const char *format,
                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, DIAGNOSTIC_ADVICE, place, format, arguments);
    va_end(arguments);
}

static int compare_unsigned(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_places(const struct place *a, const struct place *b)
{
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = compare_unsigned(a->line, b->line);
    if (order == 0)
        order = compare_unsigned(a->column, b->column);
    return order;
}

static int compare(const void *left, const void *right)
{
    const struct diagnostic *a = left, *b = right;
    int order = compare_places(&a->place, &b->place);
    return order != 0 ? order : compare_unsigned(a->order, b->order);
}

/* True if an earlier item at the same place says the same. */
static bool said_before(const struct diagnostics *diagnostics, size_t kept,
                        const struct diagnostic *item)
{
    while (kept-- > 0) {
        const struct diagnostic *earlier = &diagnostics->items[kept];
        if (compare_places(&earlier->place, &item->place) != 0)
            return false;
        if (strcmp(earlier->sentence, item->sentence) == 0)
            return true;
    }
    return false;
}

/* Takes out what is said from AT on that is of ITEM's place and kind, and so differs in names only,
 * if there is enough of it to be worth a count. */
static void group(struct diagnostics *diagnostics, size_t at, struct diagnostic *item)
{
    size_t alike = 0, end = at;
    for (; end < diagnostics->count &&
           compare_places(&diagnostics->items[end].place, &item->place) == 0;
         end++)
        alike += diagnostics->items[end].format == item->format;
    if (alike + 1 < GROUPED_MIN)
        return;
    for (; at < end; at++)
        if (diagnostics->items[at].format == item->format)
            diagnostics->items[at].sentence = NULL;
    item->sentence =
        arena_format(diagnostics->arena, "%s (and %zu more like it)", item->sentence, alike);
}

void diagnostics_sort(struct diagnostics *diagnostics)
{
    if (diagnostics->count == 0)
        return;
    qsort(diagnostics->items, diagnostics->count, sizeof *diagnostics->items, compare);
    size_t kept = 0;
    diagnostics->errors = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        struct diagnostic item = diagnostics->items[i];
        if (!item.sentence || said_before(diagnostics, kept, &item))
            continue;
        if (item.kind == DIAGNOSTIC_ADVICE || item.place.line > 0)
            group(diagnostics, i + 1, &item);
        diagnostics->errors += item.kind == DIAGNOSTIC_ERROR;
        diagnostics->items[kept++] = item;
    }
    diagnostics->count = kept;
}

const char *place_text(struct arena *arena, struct place place)
{
    if (place.line == 0)
        return place.file;
    if (place.column == 0)
        return arena_format(arena, "%s:%u", place.file, place.line);
    return arena_format(arena, "%s:%u:%u", place.file, place.line, place.column);
}

void diagnostics_print(struct diagnostics *diagnostics, FILE *out)
{
    diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        fprintf(out, "%s: %s%s\n", place_text(diagnostics->arena, item->place),
                item->kind == DIAGNOSTIC_ADVICE ? "advice: " : "", item->sentence);
    }
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    free(diagnostics->items);
    *diagnostics = (struct diagnostics){.arena = diagnostics->arena};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return strncasecmp(&a, &b, 1) == 0;
}

/* Three rows of the table of optimal string alignment: the current one and two before. */
size_t text_distance(const char *a, const char *b)
{
    size_t rows[3][COMPARED_MAX + 1];
    size_t width = strlen(b);
    if (strlen(a) > COMPARED_MAX || width > COMPARED_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        rows[0][j] = j;
    size_t i = 0;
    for (; a[i]; i++) {
        size_t *before = rows[i % 3], *row = rows[(i + 1) % 3], *two_before = rows[(i + 2) % 3];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t replaced = before[j] + !same_letter(a[i], b[j]);
            row[j + 1] = least(replaced, least(before[j + 1], row[j]) + 1);
            if (i > 0 && j > 0 && same_letter(a[i], b[j - 1]) && same_letter(a[i - 1], b[j]))
                row[j + 1] = least(row[j + 1], two_before[j - 1] + 1);
        }
    }
    return rows[i % 3][width];
}

void likeness_offer(struct likeness *likeness, const char *candidate)
{
    size_t length = strlen(candidate);
    size_t limit = length < 3 ? 1 : length / 3;
    size_t distance = text_distance(likeness->written, candidate);
    if (distance > limit || distance >= length)
        return;
    if (likeness->best && likeness->distance <= distance)
        return;
    likeness->best = candidate;
    likeness->distance = distance;
}
