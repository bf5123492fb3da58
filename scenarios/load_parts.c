/* Readers of values that are made of several: places on the globe, names, records, sentences. */
#include "scenarios/load.h"

#include "nodes/dns/name.h"
#include "nodes/dns/rr.h"
#include "scenarios/files.h"

#include <string.h>

enum { WEIGHT_MAX = 1000000 };

/* One of the two numbers of a location, in degrees; a wrong one is told of at its own place. */
static fixed read_degrees(struct load *load, const struct yaml *value, const char *what,
                          int64_t limit)
{
    fixed degrees;
    if (value_decimal(value->text, &degrees) && degrees <= limit * FIXED_ONE &&
        degrees >= -limit * FIXED_ONE)
        return degrees;
    diagnostics_error(load->diagnostics, value->place,
                      "the %s is %s, expected degrees from -%d to %d; the latitude stands first",
                      what, yaml_describe(load->arena, value), (int)limit, (int)limit);
    return 0;
}

bool load_location(struct load *load, const struct schema_field *field, const struct yaml *value,
                   void *record)
{
    struct scenario_site *site = record;
    (void)field;
    site->has_location = true; /* if a wrong one: that is all there is to say */
    if (value->kind != YAML_LIST || value->count != 2)
        return false;
    site->latitude = read_degrees(load, value->entries[0].value, "latitude", 90);
    site->longitude = read_degrees(load, value->entries[1].value, "longitude", 180);
    return true;
}

/* ---- domain names ------------------------------------------------------------------------ */

bool load_domain_name(struct load *load, const char *written, struct place place,
                      const uint8_t **wire, const char **text)
{
    uint8_t name[NAME_SIZE_MAX];
    char shown[NAME_TEXT_SIZE];
    const char *error = "empty";
    if (*written == '\0' || name_from_text(bytes_of_text(written), NULL, name, &error) == 0) {
        diagnostics_error(load->diagnostics, place,
                          "'%s' is no domain name (%s), expected one "
                          "such as example.com",
                          written, error);
        return false;
    }
    size_t size = name_lower(name, name);
    *wire = arena_copy(load->arena, name, size);
    if (text)
        *text = arena_text(load->arena, name_to_text(name, shown));
    return true;
}

bool load_domain(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    struct scenario_server *server = record;
    (void)field;
    if (value->kind != YAML_TEXT)
        return false;
    server->host_name.place = value->place;
    load_domain_name(load, value->text, value->place, &server->host_name_wire,
                     &server->host_name.text);
    return true;
}

/* ---- zones --------------------------------------------------------------------------------- */

bool load_file(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    struct scenario_zone *zone = (struct scenario_zone *)((char *)record + field->offset);
    const char *error = NULL;
    if (value->kind != YAML_TEXT || *value->text == '\0')
        return false;
    /* What stands on no line is a --set: relative to the scenario. */
    const char *from = value->place.line > 0 ? value->place.file : load->scenario->file;
    zone->file = files_beside(load->arena, from, value->text);
    zone->source = value->content;
    if (!load->files->probe(load->files->context, zone->file, &error))
        diagnostics_error(load->diagnostics, value->place,
                          "zone file '%s': %s, expected a file that can be read", zone->file,
                          error);
    return true;
}

bool load_records(struct load *load, const struct schema_field *field, const struct yaml *value,
                  void *record)
{
    struct scenario_zone *zone = (struct scenario_zone *)((char *)record + field->offset);
    (void)load;
    if (value->kind != YAML_TEXT || value->folded)
        return false;
    zone->records = value->text;
    zone->source = value->content;
    return true;
}

/* ---- queries ------------------------------------------------------------------------------- */

bool load_names(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    struct scenario_queries *queries = record;
    if (value->kind == YAML_MAP) {
        const char *subject = arena_format(load->arena, "'names' of %s", load->subject);
        load_record(load, &schema_names, value, subject, value->place, queries);
        return true;
    }
    if (value->kind == YAML_LIST && value->count == 0)
        return false;
    if (!load_is_texts(load, field, value))
        return value->kind == YAML_LIST;
    size_t count = load_texts_count(value);
    queries->names.items = arena_alloc(load->arena, count * sizeof *queries->names.items);
    queries->name_wires = arena_alloc(load->arena, count * sizeof *queries->name_wires);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *item = load_texts_item(value, i);
        struct scenario_text *name = &queries->names.items[queries->names.count];
        name->place = item->place;
        queries->names.count += load_domain_name(
            load, item->text, item->place, &queries->name_wires[queries->names.count], &name->text);
    }
    return true;
}

static bool add_type(struct load *load, struct scenario_queries *queries, const char *mnemonic,
                     struct place place, uint32_t weight)
{
    uint16_t type = rr_type_from_text(bytes_of_text(mnemonic));
    if (type == 0) {
        diagnostics_error(load->diagnostics, place,
                          "'%s' is no RR type, expected one such as A, "
                          "AAAA or TYPE65",
                          mnemonic);
        return false;
    }
    queries->types[queries->type_count++] = (struct scenario_type_weight){type, weight};
    return true;
}

bool load_types(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    struct scenario_queries *queries = record;
    (void)field;
    if (value->kind != YAML_TEXT && (value->kind != YAML_MAP || value->count == 0))
        return false;
    size_t count = value->kind == YAML_TEXT ? 1 : value->count;
    queries->types = arena_alloc(load->arena, count * sizeof *queries->types);
    if (value->kind == YAML_TEXT) {
        add_type(load, queries, value->text, value->place, 1);
        return true;
    }
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_entry *entry = &value->entries[i];
        int64_t weight;
        if (!value_integer(entry->value->text, &weight) || weight < 1 || weight > WEIGHT_MAX)
            diagnostics_error(load->diagnostics, entry->value->place,
                              "the weight of %s is %s, expected a whole number from 1 to 1000000",
                              entry->key, yaml_describe(load->arena, entry->value));
        else
            add_type(load, queries, entry->key, entry->place, (uint32_t)weight);
    }
    return true;
}

/* ---- lines --------------------------------------------------------------------------------- */

static size_t count_lines(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* Adds each line of ITEM that is not blank. */
static void add_lines(struct load *load, const struct yaml *item, struct scenario_texts *out)
{
    struct place place = item->content;
    for (const char *line = item->text; *line; place.line += item->content.line > 0) {
        size_t length = strcspn(line, "\n");
        if (strspn(line, " \t\r") < length)
            out->items[out->count++] =
                (struct scenario_text){arena_format(load->arena, "%.*s", (int)length, line), place};
        line += length + (line[length] == '\n');
        place.column = 0;
    }
}

bool load_lines(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    struct scenario_texts *texts = (struct scenario_texts *)((char *)record + field->offset);
    size_t lines = 0;
    if (!load_is_texts(load, field, value))
        return value->kind == YAML_LIST;
    for (size_t i = 0; i < load_texts_count(value); i++)
        lines += count_lines(load_texts_item(value, i)->text);
    texts->items = arena_alloc(load->arena, lines * sizeof *texts->items);
    for (size_t i = 0; i < load_texts_count(value); i++)
        add_lines(load, load_texts_item(value, i), texts);
    return true;
}

/* ---- expectations -------------------------------------------------------------------------- */

static void note_expectation(struct load *load, struct expectation *expectation)
{
    const unsigned servers = 1u << REFERENCE_SERVER, zones = 1u << REFERENCE_ZONE;
    const unsigned resolvers = 1u << REFERENCE_RESOLVER, clients = 1u << REFERENCE_CLIENTS;
    unsigned subject = servers;
    if (expectation->kind == EXPECT_AVAILABILITY || expectation->kind == EXPECT_OUTCOME ||
        expectation->kind == EXPECT_LATENCY)
        subject = clients;
    else if (expectation->kind == EXPECT_QUERIES || expectation->kind == EXPECT_SHARE)
        subject = servers | resolvers;
    unsigned from = servers | resolvers | clients;
    if (expectation->kind == EXPECT_TRANSFERS)
        from = servers;
    else if (expectation->kind == EXPECT_NOTICE)
        from = 1u << REFERENCE_MONITOR;
    const struct {
        struct reference *reference;
        unsigned allowed;
    } named[] = {
        {&expectation->subject, subject}, {&expectation->zone, zones}, {&expectation->from, from}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct reference *reference = named[i].reference;
        if (reference->name)
            load_note_reference(load, reference->name, reference->place, named[i].allowed,
                                reference);
    }
    for (size_t i = 0; i < expectation->among.count; i++) {
        struct reference *reference = &expectation->among.items[i];
        load_note_reference(load, reference->name, reference->place, servers | resolvers,
                            reference);
    }
}

bool load_sentences(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    struct scenario *scenario = record;
    const struct expectation_context context = {load->arena, load->diagnostics, scenario->start_ns,
                                                scenario->duration_ns};
    if (value->kind == YAML_NOTHING)
        return true;
    if (!load_is_texts(load, field, value))
        return value->kind == YAML_LIST;
    size_t count = load_texts_count(value);
    scenario->expectations = arena_alloc(load->arena, count * sizeof *scenario->expectations);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *item = load_texts_item(value, i);
        struct expectation *expectation = &scenario->expectations[scenario->expectation_count];
        if (!expectation_parse(&context, item->text, item->content, expectation))
            continue;
        scenario->expectation_count++;
        note_expectation(load, expectation);
    }
    return true;
}
