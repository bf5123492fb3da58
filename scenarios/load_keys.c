/*
 * The keys of a map against those of its schema: unknown ones, and what they seem to mean; too
 * many, too few. What follows from a mistake is not told once more: a key that is nearly right is
 * read as the right one, and while a key belongs nowhere, nothing is missing.
 */
#include "scenarios/load.h"

#include <string.h>

/* ---- keys that are none ------------------------------------------------------------------- */

/* "one of name, file, ..." */
static const char *list_keys(struct load *load, const struct schema *schema)
{
    const char *keys = "";
    for (const struct schema_field *field = schema->fields; field->key; field++)
        keys = arena_format(load->arena, "%s%s%s", keys, *keys ? ", " : "", field->key);
    return arena_format(load->arena, "%s%s", schema->fields[1].key ? "one of " : "", keys);
}

/* The key that ENTRY seems to mean; NULL: none. */
static const char *seems(const struct schema *schema, const struct yaml_entry *entry)
{
    struct likeness likeness = {.written = entry->key};
    const char *synonym = schema_synonym(schema, entry->key);
    if (synonym || schema_home(schema, entry->key))
        return synonym;
    for (const struct schema_field *field = schema->fields; field->key; field++)
        likeness_offer(&likeness, field->key);
    return likeness.best;
}

/* A key of which nothing can be made. */
static void tell_stray(struct load *load, const struct schema *schema,
                       const struct yaml_entry *entry)
{
    const char *below = schema_home(schema, entry->key);
    const char *elsewhere = schema_home(&schema_scenario, entry->key);
    const char *instead = schema_otherwise(schema, entry->key);
    const char *keys = list_keys(load, schema), *key = entry->key;
    const char *expected = keys;
    if (instead)
        expected = instead;
    else if (below)
        expected = arena_format(load->arena, "it under '%s'", below);
    else if (schema_find(&schema_scenario, key))
        expected = arena_format(load->arena, "%s ('%s' stands at the left margin)", keys, key);
    else if (elsewhere)
        expected = arena_format(load->arena, "%s ('%s' stands under '%s')", keys, key, elsewhere);
    /* 'lat' and 'lon' are one mistake. */
    if (!instead || !load->instead || strcmp(instead, load->instead) != 0)
        diagnostics_error(load->diagnostics, entry->place, "unknown key '%s' in %s, expected %s",
                          key, load->subject, expected);
    load->instead = instead;
    load->stray = true;
    load->incomplete = load->incomplete || schema == &schema_scenario;
}

/* A list whose brackets were forgotten in a {map}: its first entry is the value of BEFORE, the
 * others have become keys without a value, of which ENTRY is one. */
static bool lacks_brackets(const struct schema_field *before, const struct yaml_entry *entry)
{
    static const bool takes_list[SCHEMA_KIND_COUNT] = {
        [SCHEMA_LOCATION] = true,  [SCHEMA_ENDS] = true,         [SCHEMA_REFERENCES] = true,
        [SCHEMA_PEERS] = true,     [SCHEMA_PEERS_OR_ANY] = true, [SCHEMA_INSTANCES] = true,
        [SCHEMA_ADDRESSES] = true, [SCHEMA_NAMES] = true,        [SCHEMA_INSTANCE_ADDRESSES] = true,
    };
    return before && takes_list[before->kind] && entry->value->kind == YAML_NOTHING;
}

/* One sentence for a list without brackets: where one value is wrong by itself, that of the value.
 */
static void tell_brackets(struct load *load, const struct schema_field *before,
                          const struct yaml_entry *entry)
{
    if (before->kind != SCHEMA_LOCATION && before->kind != SCHEMA_ENDS)
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' is no key of %s, expected brackets around the list of '%s'",
                          entry->key, load->subject, before->key);
}

/* A number with a comma in a {map}: the rest of it, with the unit, has become a key. */
static bool is_split_number(const struct yaml_entry *before, const struct yaml_entry *entry)
{
    static const char digits[] = "0123456789";
    return before && *before->value->text && entry->value->kind == YAML_NOTHING &&
           before->value->text[strspn(before->value->text, digits)] == '\0' &&
           strchr(digits, *entry->key);
}

static void tell_split_number(struct load *load, const struct schema_field *field,
                              struct yaml_entry *before, const struct yaml_entry *entry)
{
    struct yaml *whole = yaml_create(load->arena, YAML_TEXT, before->value->place);
    whole->text = arena_format(load->arena, "%s,%s", before->value->text, entry->key);
    load_misfit(load, field, whole);
    before->told = true;
}

/* Adds to OUT what ENTRY of MAP, whose key is none of SCHEMA's, seems to be. */
static void add_unknown(struct load *load, const struct schema *schema, const struct yaml *map,
                        const struct yaml_entry *entry, struct yaml *out)
{
    struct yaml_entry *before = out->count > 0 ? &out->entries[out->count - 1] : NULL;
    const struct schema_field *field = before ? schema_find(schema, before->key) : NULL;
    const char *key = seems(schema, entry);
    if (lacks_brackets(field, entry)) {
        tell_brackets(load, field, entry);
    } else if (is_split_number(before, entry)) {
        tell_split_number(load, field, before, entry);
    } else if (!key) {
        tell_stray(load, schema, entry);
    } else {
        diagnostics_error(load->diagnostics, entry->place,
                          "unknown key '%s' in %s, did you mean '%s'?", entry->key, load->subject,
                          key);
        if (!yaml_find(map, key) && !yaml_find(out, key))
            yaml_append(load->arena, out, key, entry->place, entry->value)->told = true;
    }
}

const struct yaml *load_keys(struct load *load, const struct schema *schema, const struct yaml *map)
{
    size_t known = 0;
    while (known < map->count && schema_find(schema, map->entries[known].key))
        known++;
    if (known == map->count)
        return map;
    struct yaml *out = yaml_create(load->arena, YAML_MAP, map->place);
    load->instead = NULL;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        if (schema_find(schema, entry->key))
            *yaml_append(load->arena, out, entry->key, entry->place, entry->value) = *entry;
        else
            add_unknown(load, schema, map, entry, out);
    }
    return out;
}

/* ---- too many, too few -------------------------------------------------------------------- */

/* Tells what stands without the key that it needs; true if that is one of those of which there must
 * be one. */
static bool tell_needs(struct load *load, const struct schema *schema, const struct yaml *map)
{
    bool told = false;
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        const struct yaml_entry *entry = field->needs ? yaml_find(map, field->key) : NULL;
        if (!entry || yaml_find(map, field->needs))
            continue;
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' stands without '%s', expected both", field->key, field->needs);
        told = told || schema_find(schema, field->needs)->one_of;
    }
    return told;
}

/* Keys of which exactly one must be there. */
void load_check_keys(struct load *load, const struct schema *schema, const struct yaml *map,
                     struct place place)
{
    const char *keys = "";
    const struct yaml_entry *found = NULL;
    if (load->stray)
        return;
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        const struct yaml_entry *entry = field->one_of ? yaml_find(map, field->key) : NULL;
        if (field->one_of)
            keys = arena_format(load->arena, "%s%s'%s'", keys, *keys ? ", " : "", field->key);
        if (entry && found)
            diagnostics_error(load->diagnostics, entry->place,
                              "%s has both '%s' and '%s', expected only one of them", load->subject,
                              found->key, entry->key);
        found = entry ? entry : found;
    }
    if (!tell_needs(load, schema, map) && *keys && !found)
        diagnostics_error(load->diagnostics, place, "%s lacks a key, expected one of %s",
                          load->subject, keys);
}
