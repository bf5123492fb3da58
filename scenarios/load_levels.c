/*
 * Keys at a wrong level, as one blank too many or too few puts them: YAML reads them without a
 * word, and names and keys change places. They are told of, the first of neighbours only, and put
 * where they belong.
 */
#include "scenarios/load.h"

/* Where an entry below a key of a map belongs. */
enum level { LEVEL_HERE, LEVEL_OUTER, LEVEL_INNER };

struct levels {
    struct load *load;
    const struct schema *schema; /* of the map */
    struct yaml *map;            /* what becomes of it */
    enum level told;             /* of the entry before */
    struct yaml *own;            /* the last value made here: in use nowhere else */
};

/* VALUE looks like one of INNER's records. */
static bool is_record(const struct schema *inner, const struct yaml *value)
{
    for (size_t i = 0; value->kind == YAML_MAP && i < value->count; i++)
        if (schema_find(inner, value->entries[i].key))
            return true;
    return value->kind == YAML_NOTHING || (value->kind == YAML_MAP && value->count == 0);
}

/* That of ENTRY, which stands under FIELD of MAP. */
static enum level level_of(const struct schema *schema, const struct yaml *map,
                           const struct schema_field *field, const struct yaml_entry *entry)
{
    bool is_named = field->kind == SCHEMA_NAMED;
    if (is_named ? is_record(field->record, entry->value)
                 : schema_find(field->record, entry->key) != NULL)
        return LEVEL_HERE;
    if (is_named && schema_find(field->record, entry->key))
        return LEVEL_INNER;
    bool is_missing = schema_find(schema, entry->key) && !yaml_find(map, entry->key);
    return is_missing ? LEVEL_OUTER : LEVEL_HERE;
}

static bool has_record(const struct schema_field *field)
{
    return field && (field->kind == SCHEMA_NAMED || field->kind == SCHEMA_MAP ||
                     field->kind == SCHEMA_OPTION);
}

/* ENTRY, which stands beside BEFORE, belongs below it: nothing else does. */
static bool belongs_below(const struct schema *schema, const struct yaml_entry *before,
                          const struct yaml_entry *entry)
{
    const struct schema_field *field = schema_find(schema, before->key);
    if (!has_record(field) || before->value->kind != YAML_NOTHING ||
        schema_find(schema, entry->key))
        return false;
    return field->kind == SCHEMA_NAMED
               ? entry->value->kind == YAML_MAP && is_record(field->record, entry->value)
               : schema_find(field->record, entry->key) != NULL;
}

static bool is_right(const struct schema *schema, const struct yaml *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct schema_field *field = schema_find(schema, map->entries[i].key);
        const struct yaml *value = map->entries[i].value;
        for (size_t k = 0; has_record(field) && value->kind == YAML_MAP && k < value->count; k++)
            if (level_of(schema, map, field, &value->entries[k]) != LEVEL_HERE)
                return false;
        if (i > 0 && belongs_below(schema, &map->entries[i - 1], &map->entries[i]))
            return false;
    }
    return true;
}

/* ---- putting things right ----------------------------------------------------------------- */

static void tell(struct levels *levels, const struct yaml_entry *entry, enum level level,
                 const char *expected)
{
    if (levels->told != level)
        diagnostics_error(levels->load->diagnostics, entry->place,
                          "'%s' stands at a wrong level, expected it %s", entry->key, expected);
    levels->told = level;
}

static void put_below(struct levels *levels, struct yaml_entry *before,
                      const struct yaml_entry *entry)
{
    struct arena *arena = levels->load->arena;
    if (before->value != levels->own) {
        levels->own = yaml_create(arena, YAML_MAP, before->value->place);
        for (size_t i = 0; i < before->value->count; i++)
            *yaml_append(arena, levels->own, NULL, entry->place, NULL) = before->value->entries[i];
        before->value = levels->own;
    }
    *yaml_append(arena, levels->own, NULL, entry->place, NULL) = *entry;
}

static void put(struct levels *levels, const struct schema_field *field, struct yaml *value,
                const struct yaml_entry *entry)
{
    struct arena *arena = levels->load->arena;
    enum level level = level_of(levels->schema, levels->map, field, entry);
    /* One that was too deep is no longer missing when its neighbours are looked at. */
    if (level == LEVEL_OUTER) {
        tell(levels, entry, level, arena_format(arena, "beside '%s' (indented less)", field->key));
        *yaml_append(arena, levels->map, NULL, entry->place, NULL) = *entry;
    } else if (level == LEVEL_INNER) {
        tell(levels, entry, level,
             arena_format(arena, "below the name of a %s (indented further)", field->record->noun));
        if (value->count > 0)
            put_below(levels, &value->entries[value->count - 1], entry);
        else
            levels->load->incomplete = true;
    } else {
        *yaml_append(arena, value, NULL, entry->place, NULL) = *entry;
        levels->told = LEVEL_HERE;
    }
}

static struct yaml *sort_out(struct levels *levels, const struct schema_field *field,
                             const struct yaml *value)
{
    struct yaml *out = yaml_create(levels->load->arena, YAML_MAP, value->place);
    levels->told = LEVEL_HERE;
    for (size_t i = 0; i < value->count; i++)
        put(levels, field, out, &value->entries[i]);
    return out;
}

const struct yaml *load_levels(struct load *load, const struct schema *schema,
                               const struct yaml *map)
{
    if (is_right(schema, map))
        return map;
    struct yaml *out = yaml_create(load->arena, YAML_MAP, map->place);
    struct levels levels = {.load = load, .schema = schema, .map = out};
    struct yaml_entry open = {0}; /* as it was, the last one with nothing below it */
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        if (open.key && belongs_below(schema, &open, entry)) {
            tell(&levels, entry, LEVEL_INNER,
                 arena_format(load->arena, "below '%s' (indented further)", open.key));
            put_below(&levels, &out->entries[out->count - 1], entry);
            continue;
        }
        levels.told = LEVEL_HERE;
        open = *entry;
        *yaml_append(load->arena, out, NULL, entry->place, NULL) = *entry;
    }
    for (size_t i = 0; i < map->count && i < out->count; i++) {
        const struct schema_field *field = schema_find(schema, out->entries[i].key);
        if (has_record(field) && out->entries[i].value->kind == YAML_MAP) {
            struct yaml *value = sort_out(&levels, field, out->entries[i].value);
            out->entries[i].value = value;
        }
    }
    return out;
}
