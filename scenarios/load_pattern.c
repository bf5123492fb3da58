/*
 * Many zones in one line: a zone's name with a range in braces, "z{1..2000}.example", stands for
 * one zone for each number. Written out, with shared values, wherever zones are named as keys or in
 * a list.
 */
#include "scenarios/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN_MAX = 100000, WRITTEN_OUT_MAX = 1000000, DIGITS_MAX = 7 };

/* "z{1..2000}.example": what stands before and after the braces, and the numbers between. */
struct pattern {
    int before;
    const char *after;
    unsigned long first, last;
};

static bool has_braces(const char *text)
{
    return strchr(text, '{') || strchr(text, '}');
}

static bool read_number(const char **at, unsigned long *number)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    *number = strtoul(*at, NULL, 10);
    *at += digits;
    return true;
}

static bool read_pattern(const char *text, struct pattern *pattern)
{
    const char *at = strchr(text, '{');
    if (!at)
        return false;
    pattern->before = (int)(at++ - text);
    if (!read_number(&at, &pattern->first) || strncmp(at, "..", 2) != 0)
        return false;
    at += 2;
    if (!read_number(&at, &pattern->last) || *at != '}')
        return false;
    pattern->after = at + 1;
    return !has_braces(pattern->after) && pattern->first <= pattern->last &&
           pattern->last - pattern->first < PATTERN_MAX;
}

static const char *nth(struct load *load, const char *text, const struct pattern *pattern,
                       unsigned long n)
{
    return arena_format(load->arena, "%.*s%lu%s", pattern->before, text, n, pattern->after);
}

static void report(struct load *load, struct place place, const char *text)
{
    diagnostics_error(load->diagnostics, place,
                      "'%s' is no range of zones, expected one such as z{1..2000}.example with at "
                      "most %d numbers",
                      text, PATTERN_MAX);
}

/* A text of a list, or standing for one. */
static struct yaml *make_text(struct load *load, const struct yaml *value, const char *text)
{
    struct yaml *copy = yaml_create(load->arena, YAML_TEXT, value->place);
    *copy = *value;
    copy->text = text;
    return copy;
}

static void write_out_entry(struct load *load, struct yaml *to, const struct yaml_entry *entry)
{
    struct pattern pattern;
    bool in_map = entry->key != NULL;
    const char *text = in_map                            ? entry->key
                       : entry->value->kind == YAML_TEXT ? entry->value->text
                                                         : "";
    if (!has_braces(text)) {
        yaml_append(load->arena, to, entry->key, entry->place, entry->value);
        return;
    }
    if (!read_pattern(text, &pattern)) {
        report(load, entry->place, text);
        load->incomplete = load->incomplete || in_map; /* zones that others name */
        return;
    }
    load->written_out += pattern.last - pattern.first + 1;
    if (load->written_out > WRITTEN_OUT_MAX) {
        diagnostics_error(
            load->diagnostics, entry->place,
            "'%s' makes too much of the file, expected at most %d zones in all ranges", text,
            WRITTEN_OUT_MAX);
        return;
    }
    for (unsigned long n = pattern.first; n <= pattern.last; n++) {
        const char *name = nth(load, text, &pattern, n);
        yaml_append(load->arena, to, in_map ? name : NULL, entry->place,
                    in_map ? entry->value : make_text(load, entry->value, name));
    }
}

static bool has_pattern(const struct yaml *value)
{
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_entry *entry = &value->entries[i];
        if (has_braces(entry->key                        ? entry->key
                       : entry->value->kind == YAML_TEXT ? entry->value->text
                                                         : ""))
            return true;
    }
    return false;
}

struct yaml *load_patterns(struct load *load, struct yaml *value)
{
    if (value->kind == YAML_TEXT && has_braces(value->text)) { /* one that stands for a list */
        struct yaml *list = yaml_create(load->arena, YAML_LIST, value->place);
        yaml_append(load->arena, list, NULL, value->place, value);
        value = list;
    }
    if ((value->kind != YAML_LIST && value->kind != YAML_MAP) || !has_pattern(value))
        return value;
    struct yaml *out = yaml_create(load->arena, value->kind, value->place);
    out->content = value->content;
    for (size_t i = 0; i < value->count; i++)
        write_out_entry(load, out, &value->entries[i]);
    return out;
}
