/*
 * Walks a map along its schema: unknown keys, what is missing, what holds by default,
 * and each value to its reader. That no key stands twice is the tree's business.
 */
#include "scenarios/load.h"

#include <assert.h>
#include <string.h>

static void load_map(struct load *load, const struct schema_field *field, const struct yaml *value,
                     void *record);
static void load_option(struct load *load, const struct schema_field *field,
                        const struct yaml *value, void *record);
static void load_named(struct load *load, const struct schema_field *field,
                       const struct yaml *value, void *record);
static void load_list(struct load *load, const struct schema_field *field, const struct yaml *value,
                      void *record);

static load_reader *const readers[SCHEMA_KIND_COUNT] = {
    [SCHEMA_TEXT] = load_text,
    [SCHEMA_SETTING] = load_setting,
    [SCHEMA_TITLE] = load_title,
    [SCHEMA_SEED] = load_seed,
    [SCHEMA_COUNT] = load_count,
    [SCHEMA_SERIAL] = load_serial,
    [SCHEMA_BOOLEAN] = load_boolean,
    [SCHEMA_CHOICE] = load_choice,
    [SCHEMA_DURATION] = load_duration,
    [SCHEMA_INSTANT] = load_instant,
    [SCHEMA_TIMESTAMP] = load_timestamp,
    [SCHEMA_PERCENTAGE] = load_percentage,
    [SCHEMA_DECIMAL] = load_decimal,
    [SCHEMA_RATE] = load_rate,
    [SCHEMA_LOCATION] = load_location,
    [SCHEMA_DOMAIN] = load_domain,
    [SCHEMA_HOST_NAME] = load_host_name,
    [SCHEMA_FILE] = load_file,
    [SCHEMA_RECORDS] = load_records,
    [SCHEMA_REFERENCE] = load_reference,
    [SCHEMA_REFERENCES] = load_references,
    [SCHEMA_ENDS] = load_ends,
    [SCHEMA_PEERS] = load_peers,
    [SCHEMA_PEERS_OR_ANY] = load_peers,
    [SCHEMA_ADDRESSES] = load_addresses,
    [SCHEMA_INSTANCES] = load_instances,
    [SCHEMA_INSTANCE_ADDRESSES] = load_instance_addresses,
    [SCHEMA_NAMES] = load_names,
    [SCHEMA_TYPES] = load_types,
    [SCHEMA_LINES] = load_lines,
    [SCHEMA_CHANGE] = load_change,
    [SCHEMA_TARGET] = load_target,
    [SCHEMA_SENTENCES] = load_sentences,
    [SCHEMA_OFFSET] = load_offset,
    [SCHEMA_SECRET] = load_secret,
    [SCHEMA_KEY_FILE] = load_key_file,
    [SCHEMA_SALT] = load_salt,
    [SCHEMA_ITERATIONS] = load_iterations,
};

void load_misfit(struct load *load, const struct schema_field *field, const struct yaml *value)
{
    const char *expected = schema_expected(load->arena, field);
    if (schema_is_decimal(field->kind) && value_has_comma(value->text))
        expected = "a point in place of the comma";
    diagnostics_error(load->diagnostics, value->place, "'%s' is %s, expected %s", field->key,
                      yaml_describe(load->arena, value), expected);
}

static void tell_misfit(struct load *load, const struct schema_field *field,
                        const struct yaml_entry *entry)
{
    if (!entry->told)
        load_misfit(load, field, entry->value);
    if (schema_find(&schema_scenario, field->key) == field && field->kind == SCHEMA_NAMED)
        load->incomplete = true;
}

static bool names_zones(const struct schema_field *field)
{
    if (field->kind == SCHEMA_NAMED)
        return field->record->naming == SCHEMA_ZONES || field->record->naming == SCHEMA_HELD_ZONES;
    return field->kind == SCHEMA_REFERENCES && field->allowed & 1u << REFERENCE_ZONE;
}

static void load_value(struct load *load, const struct schema_field *field,
                       const struct yaml_entry *entry, void *record)
{
    const struct yaml *value = entry->value;
    if (names_zones(field))
        value = load_patterns(load, entry->value);
    if (field->kind == SCHEMA_INCLUDE)
        return;
    if (field->kind == SCHEMA_MAP && value->kind == YAML_MAP)
        load_map(load, field, value, record);
    else if (field->kind == SCHEMA_OPTION && value->kind == YAML_MAP)
        load_option(load, field, value, record);
    else if (field->kind == SCHEMA_NAMED &&
             (value->kind == YAML_MAP || value->kind == YAML_NOTHING))
        load_named(load, field, value, record);
    else if (field->kind == SCHEMA_LIST &&
             (value->kind == YAML_LIST || value->kind == YAML_NOTHING))
        load_list(load, field, value, record);
    else if (!readers[field->kind] || !readers[field->kind](load, field, value, record))
        tell_misfit(load, field, entry);
}

static void load_fallback(struct load *load, const struct schema_field *field, struct place place,
                          void *record)
{
    struct yaml *value = yaml_create(load->arena, YAML_TEXT, place);
    value->text = field->fallback;
    bool understood = readers[field->kind](load, field, value, record);
    assert(understood);
}

static void tell_missing(struct load *load, const struct schema_field *field, struct place place)
{
    if (!load->stray)
        diagnostics_error(load->diagnostics, place, "%s has no '%s', expected %s", load->subject,
                          field->key, schema_expected(load->arena, field));
}

void load_record(struct load *load, const struct schema *schema, const struct yaml *map,
                 const char *subject, struct place place, void *record)
{
    const char *outer = load->subject;
    bool outer_stray = load->stray;
    load->subject = subject;
    map = load_keys(load, schema, load_levels(load, schema, map));
    load_check_keys(load, schema, map, place);
    for (const struct schema_field *field = schema->fields; field->key; field++) {
        const struct yaml_entry *entry = yaml_find(map, field->key);
        if (entry) {
            load_value(load, field, entry, record);
        } else if (field->required) {
            tell_missing(load, field, place);
        } else if (field->fallback) {
            load_fallback(load, field, place, record);
        } else if (field->kind == SCHEMA_MAP) {
            load_map(load, field, yaml_create(load->arena, YAML_MAP, place), record);
        }
        load->subject = subject;
    }
    load->subject = outer;
    load->stray = outer_stray;
}

/* ---- records in records ----------------------------------------------------------------- */

static void load_map(struct load *load, const struct schema_field *field, const struct yaml *value,
                     void *record)
{
    const char *subject = arena_format(load->arena, "'%s' of %s", field->key, load->subject);
    load_record(load, field->record, value, subject, value->place, (char *)record + field->offset);
}

static void load_option(struct load *load, const struct schema_field *field,
                        const struct yaml *value, void *record)
{
    const struct schema *schema = field->record;
    const char *subject = arena_format(load->arena, "'%s' of %s", field->key, load->subject);
    void *option = arena_alloc(load->arena, schema->size);
    if (schema->initial)
        memcpy(option, schema->initial, schema->size);
    load_record(load, schema, value, subject, value->place, option);
    memcpy((char *)record + field->offset, &option, sizeof option);
}

/* Zeroed but for what the schema says; the array is put into RECORD. */
static char *make_array(struct load *load, const struct schema_field *field, size_t count,
                        void *record)
{
    const struct schema *schema = field->record;
    char *items = arena_alloc(load->arena, count * schema->size);
    for (size_t i = 0; schema->initial && i < count; i++)
        memcpy(items + i * schema->size, schema->initial, schema->size);
    memcpy((char *)record + field->offset, &items, sizeof items);
    memcpy((char *)record + field->count_offset, &count, sizeof count);
    return items;
}

#define BEGINS_NAMED(type)                                                                      \
    static_assert(offsetof(struct type, place) == offsetof(struct load_named, place), "named"); \
    static_assert(offsetof(struct type, unclear) == offsetof(struct load_named, unclear), "named")
BEGINS_NAMED(scenario_site);
BEGINS_NAMED(scenario_key);
BEGINS_NAMED(scenario_zone);
BEGINS_NAMED(scenario_server);
BEGINS_NAMED(scenario_member_group);
BEGINS_NAMED(scenario_resolver);
BEGINS_NAMED(scenario_clients);
BEGINS_NAMED(scenario_monitor);
#undef BEGINS_NAMED

static bool is_node_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length <= 63 && name[length] == '\0' && name[0] != '-' &&
           name[length - 1] != '-';
}

/* Words that the language uses where a name could stand, and the hierarchy's servers. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"all",   "any",          "none",       "at", "and",
                                        "among", "between",      "from",       "is", "of",
                                        "on",    "root-servers", "tld-servers"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

const char *load_lower_case(struct arena *arena, const char *name)
{
    char *lower = arena_text(arena, name);
    for (size_t i = 0; lower[i]; i++)
        lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] + 'a' - 'A' : lower[i]);
    return lower;
}

/* A name in upper case is taken for what it should be, so that whoever names it rightly is not told
 * that there is no such thing. */
static void begin_node(struct load *load, const struct yaml_entry *entry, struct load_named *named)
{
    const char *lower = load_lower_case(load->arena, entry->key);
    bool is_upper = strcmp(lower, entry->key) != 0 && is_node_name(lower) && !is_reserved(lower);
    *named = (struct load_named){is_upper ? lower : entry->key, entry->place, false};
    if (is_upper)
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' can't be a name, expected lower-case letters: '%s'", entry->key,
                          lower);
    else if (!is_node_name(entry->key))
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' can't be a name, expected 1 to 63 lower-case letters, digits and "
                          "inner hyphens",
                          entry->key);
    else if (is_reserved(entry->key))
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' can't be a name, expected none of the language's own words",
                          entry->key);
}

/* One character-string of a TXT record. */
static void begin_group(struct load *load, const struct yaml_entry *entry,
                        struct scenario_member_group *group)
{
    group->name = entry->key;
    group->place = entry->place;
    if (strlen(entry->key) > 255)
        diagnostics_error(load->diagnostics, entry->place,
                          "'%s' can't be a group, expected a text of at most 255 octets",
                          entry->key);
}

static void begin_named(struct load *load, const struct schema *schema,
                        const struct yaml_entry *entry, void *record)
{
    struct scenario_zone *zone = record;
    struct scenario_secondary *secondary = record;
    switch (schema->naming) {
    case SCHEMA_NAMELESS:
        break;
    case SCHEMA_NODES:
        begin_node(load, entry, record);
        break;
    case SCHEMA_ZONES:
        zone->name = entry->key;
        zone->place = entry->place;
        load_domain_name(load, entry->key, entry->place, &zone->wire, &zone->name);
        break;
    case SCHEMA_HELD_ZONES:
        secondary->place = entry->place;
        load_note_reference(load, entry->key, entry->place, 1u << REFERENCE_ZONE, &secondary->zone);
        break;
    case SCHEMA_GROUPS:
        begin_group(load, entry, record);
        break;
    }
}

static void load_item(struct load *load, const struct schema *schema, const struct yaml *keys,
                      const char *subject, struct place place, void *item)
{
    bool outer_stray = load->stray;
    load->stray = false;
    if (keys->kind == YAML_MAP)
        load_record(load, schema, keys, subject, place, item);
    else
        diagnostics_error(load->diagnostics, keys->place,
                          "%s is %s, expected a map of keys such as {%s: ...}", subject,
                          yaml_describe(load->arena, keys), schema->fields[0].key);
    load->stray = outer_stray;
}

static void load_named(struct load *load, const struct schema_field *field,
                       const struct yaml *value, void *record)
{
    const struct schema *schema = field->record;
    char *items = make_array(load, field, value->count, record);
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_entry *entry = &value->entries[i];
        char *item = items + i * schema->size;
        size_t errors = load->diagnostics->errors;
        begin_named(load, schema, entry, item);
        const char *subject = arena_format(load->arena, "%s '%s'", schema->noun, entry->key);
        const struct yaml *keys = entry->value;
        if (keys->kind == YAML_NOTHING)
            keys = yaml_create(load->arena, YAML_MAP, entry->place);
        load_item(load, schema, keys, subject, entry->place, item);
        if (schema->naming != SCHEMA_HELD_ZONES)
            ((struct load_named *)item)->unclear = load->diagnostics->errors > errors;
    }
}

/* Links and timeline entries begin so. */
struct listed {
    struct place place;
    bool unclear;
};

static_assert(offsetof(struct scenario_link, unclear) == offsetof(struct listed, unclear), "");
static_assert(offsetof(struct scenario_event, unclear) == offsetof(struct listed, unclear), "");

static void load_list(struct load *load, const struct schema_field *field, const struct yaml *value,
                      void *record)
{
    const struct schema *schema = field->record;
    char *items = make_array(load, field, value->count, record);
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml *keys = value->entries[i].value;
        struct listed *item = (struct listed *)(items + i * schema->size);
        size_t errors = load->diagnostics->errors;
        item->place = keys->place;
        load_item(load, schema, keys, arena_format(load->arena, "this %s", schema->noun),
                  keys->place, item);
        item->unclear = load->diagnostics->errors > errors;
    }
}
