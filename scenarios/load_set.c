/*
 * --set PATH=VALUE: one value of the tree replaced or added before anything is
 * read from it. PATH has segments between slashes ("\/" is a slash in a name), a
 * list's entries by number from 0; VALUE is YAML.
 */
#include "scenarios/load.h"

#include <string.h>

struct setting {
    struct load *load;
    struct place place; /* file: the --set itself; no line */
    const char *path;   /* what is left of it */
    const char *done;   /* the segments before, for messages */
};

/* Takes the next segment; NULL at the end of the path. */
static const char *next_segment(struct setting *setting)
{
    if (!setting->path)
        return NULL;
    char *segment = arena_text(setting->load->arena, setting->path);
    size_t length = 0;
    const char *at = setting->path;
    while (*at && *at != '/') {
        at += at[0] == '\\' && at[1];
        segment[length++] = *at++;
    }
    segment[length] = '\0';
    setting->path = *at ? at + 1 : NULL;
    return segment;
}

static void advance(struct setting *setting, const char *segment)
{
    setting->done = arena_format(setting->load->arena, "%s%s%s", setting->done,
                                 *setting->done ? "/" : "", segment);
}

/* The entry of LIST with the number in SEGMENT, one past the end added; NULL after an error. */
static struct yaml_entry *list_entry(struct setting *setting, struct yaml *list,
                                     const char *segment)
{
    int64_t index;
    struct load *load = setting->load;
    if (!value_integer(segment, &index) || index < 0 || index > (int64_t)list->count) {
        diagnostics_error(load->diagnostics, setting->place,
                          "'%s' is a list of %zu and has no '%s', expected a number from 0 to %zu",
                          setting->done, list->count, segment, list->count);
        return NULL;
    }
    if (index < (int64_t)list->count)
        return &list->entries[index];
    return yaml_append(load->arena, list, NULL, setting->place, NULL);
}

/* The entry of PARENT for SEGMENT, made if need be; NULL after an error. */
static struct yaml_entry *entry_of(struct setting *setting, struct yaml *parent,
                                   const char *segment)
{
    struct load *load = setting->load;
    if (parent->kind == YAML_LIST)
        return list_entry(setting, parent, segment);
    if (parent->kind == YAML_NOTHING)
        parent->kind = YAML_MAP;
    if (parent->kind == YAML_TEXT) {
        diagnostics_error(load->diagnostics, setting->place,
                          "'%s' is %s and has no '%s', expected a map or a list there",
                          setting->done, yaml_describe(load->arena, parent), segment);
        return NULL;
    }
    struct yaml_entry *entry = yaml_find(parent, segment);
    return entry ? entry : yaml_append(load->arena, parent, segment, setting->place, NULL);
}

/* Puts the places of VALUE and all below it on the --set. */
static void relocate(struct yaml *value, struct place place)
{
    value->place = value->content = place;
    for (size_t i = 0; i < value->count; i++) {
        value->entries[i].place = place;
        relocate(value->entries[i].value, place);
    }
}

static void put(struct setting *setting, struct yaml *root, struct yaml *value)
{
    struct yaml *parent = root;
    for (const char *segment = next_segment(setting); segment;) {
        struct yaml_entry *entry = entry_of(setting, parent, segment);
        if (!entry)
            return;
        advance(setting, segment);
        segment = next_segment(setting);
        if (!segment)
            entry->value = value;
        else if (!entry->value)
            entry->value = yaml_create(setting->load->arena, YAML_MAP, setting->place);
        parent = entry->value;
    }
}

/* Whether PATH=VALUE is about the included files. */
static bool is_include(const char *setting)
{
    static const char key[] = "include";
    size_t length = sizeof key - 1;
    return strncmp(setting, key, length) == 0 && (setting[length] == '=' || setting[length] == '/');
}

void load_set(struct load *load, struct yaml *root, const char *setting)
{
    const char *equals = strchr(setting, '=');
    struct place place = {.file = arena_format(load->arena, "--set %s", setting)};
    if (!equals || equals == setting) {
        diagnostics_error(load->diagnostics, place, "expected PATH=VALUE such as duration=2h");
        return;
    }
    if (is_include(setting)) {
        diagnostics_error(load->diagnostics, place,
                          "'include' can't be set, since files are included before that; expected "
                          "a scenario file that includes both");
        return;
    }
    size_t said = load->diagnostics->count;
    struct yaml *value =
        yaml_read(load->arena, bytes_of_text(equals + 1), place.file, load->diagnostics);
    for (size_t i = said; i < load->diagnostics->count; i++)
        load->diagnostics->items[i].place = place;
    if (!value)
        return;
    relocate(value, place);
    struct setting state = {
        load, place, arena_format(load->arena, "%.*s", (int)(equals - setting), setting), ""};
    put(&state, root, value);
}
