/*
 * Readers of values that name other parts of the scenario. Names are only noted
 * here: the part may come later in the file.
 */
#include "scenarios/load.h"

#include <string.h>

static const struct scenario_instances *instances_of(const struct schema_field *field,
                                                     const void *record)
{
    return (const struct scenario_instances *)((const char *)record + field->offset);
}

void load_note_reference(struct load *load, const char *name, struct place place, unsigned allowed,
                         struct reference *out)
{
    *out = (struct reference){.name = name, .place = place, .instance = -1};
    memory_reserve(load->pending, load->pending_count, load->pending_capacity);
    load->pending[load->pending_count++] = (struct load_pending){out, allowed};
}

bool load_is_texts(struct load *load, const struct schema_field *field, const struct yaml *value)
{
    if (value->kind == YAML_TEXT)
        return true;
    if (value->kind != YAML_LIST)
        return false;
    size_t errors = load->diagnostics->errors;
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml *item = value->entries[i].value;
        if (item->kind != YAML_TEXT)
            diagnostics_error(
                load->diagnostics, item->place, "'%s' has an entry that is %s, expected %s",
                field->key, yaml_describe(load->arena, item), schema_expected(load->arena, field));
    }
    return load->diagnostics->errors == errors;
}

size_t load_texts_count(const struct yaml *value)
{
    return value->kind == YAML_TEXT ? 1 : value->count;
}

const struct yaml *load_texts_item(const struct yaml *value, size_t index)
{
    return value->kind == YAML_TEXT ? value : value->entries[index].value;
}

/* A name that stands in VALUE twice is the list's fault, not the reference's. */
static void check_repeated(struct load *load, const struct schema_field *field,
                           const struct yaml *value)
{
    struct table seen = {0};
    for (size_t i = 0; i < load_texts_count(value); i++) {
        const struct yaml *item = load_texts_item(value, i);
        if (table_put(&seen, bytes_of_text(item->text), (void *)(uintptr_t)item))
            diagnostics_error(load->diagnostics, item->place,
                              "'%s' names '%s' twice, expected each name once", field->key,
                              item->text);
    }
    table_free(&seen);
}

static void note_list(struct load *load, const struct schema_field *field, const struct yaml *value,
                      struct reference_list *out)
{
    out->count = load_texts_count(value);
    out->items = arena_alloc(load->arena, out->count * sizeof *out->items);
    for (size_t i = 0; i < out->count; i++) {
        const struct yaml *item = load_texts_item(value, i);
        load_note_reference(load, item->text, item->place, field->allowed, &out->items[i]);
    }
    check_repeated(load, field, value);
}

/* A list with a wrong entry has been reported entry by entry. */
static bool is_reported(const struct yaml *value)
{
    return value->kind == YAML_LIST;
}

bool load_reference(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    if (value->kind != YAML_TEXT)
        return false;
    load_note_reference(load, value->text, value->place, field->allowed,
                        (struct reference *)((char *)record + field->offset));
    return true;
}

bool load_references(struct load *load, const struct schema_field *field, const struct yaml *value,
                     void *record)
{
    if (!load_is_texts(load, field, value))
        return is_reported(value);
    note_list(load, field, value, (struct reference_list *)((char *)record + field->offset));
    return true;
}

bool load_ends(struct load *load, const struct schema_field *field, const struct yaml *value,
               void *record)
{
    if (value->kind != YAML_LIST || value->count != 2)
        return false;
    return load_references(load, field, value, record);
}

/* Real servers list addresses there. */
static bool has_address(struct load *load, const struct schema_field *field,
                        const struct yaml *value)
{
    bool found = false;
    for (size_t i = 0; i < load_texts_count(value); i++) {
        const struct yaml *item = load_texts_item(value, i);
        struct address address;
        if (!address_parse(item->text, &address))
            continue;
        found = true;
        diagnostics_error(load->diagnostics, item->place,
                          "'%s' names %s, not addresses: '%s' is one, expected %s", field->key,
                          field->kind == SCHEMA_PEERS_OR_ANY ? "servers and keys" : "servers",
                          item->text, schema_expected(load->arena, field));
    }
    return found;
}

bool load_peers(struct load *load, const struct schema_field *field, const struct yaml *value,
                void *record)
{
    struct scenario_peers *peers = (struct scenario_peers *)((char *)record + field->offset);
    peers->given = true;
    if (strcmp(value->text, "none") == 0)
        return true;
    peers->any = field->kind == SCHEMA_PEERS_OR_ANY && strcmp(value->text, "any") == 0;
    if (peers->any)
        return true;
    bool truth;
    if (strcmp(value->text, "all") == 0 || value_boolean(value->text, &truth))
        return false;
    if (!load_is_texts(load, field, value))
        return is_reported(value);
    if (has_address(load, field, value))
        return true;
    note_list(load, field, value, &peers->list);
    return true;
}

/* ---- instances --------------------------------------------------------------------------- */

bool load_instances(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    const char *name = *(const char **)record; /* servers and resolvers begin with it */
    struct scenario_instances *instances =
        (struct scenario_instances *)((char *)record + field->offset);
    if (value->kind == YAML_LIST && value->count == 0)
        return false;
    if (!load_is_texts(load, field, value))
        return is_reported(value);
    instances->count = load_texts_count(value);
    instances->items = arena_alloc(load->arena, instances->count * sizeof *instances->items);
    for (size_t i = 0; i < instances->count; i++) {
        const struct yaml *item = load_texts_item(value, i);
        struct scenario_instance *instance = &instances->items[i];
        load_note_reference(load, item->text, item->place, field->allowed, &instance->site);
        instance->name =
            value->kind == YAML_TEXT ? name : arena_format(load->arena, "%s.%s", name, item->text);
    }
    check_repeated(load, field, value);
    return true;
}

static bool is_host_address(const struct address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    if (address_is_any(address) || memcmp(address->ip, loopback, 16) == 0)
        return false;
    if (!address_is_ipv4(address))
        return address->ip[0] != 0xff;
    uint8_t first = address->ip[12];
    return first != 0 && first != 127 && first < 224;
}

/* "::ffff:192.0.2.1" would be taken for 192.0.2.1, against the look of it. */
static void refuse_mapped(struct load *load, const struct yaml *item, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    diagnostics_error(load->diagnostics, item->place,
                      "'%s' can't be a host's address, expected the IPv4 address mapped in it: %s",
                      item->text, address_format_ip(address, text));
}

static void read_addresses(struct load *load, const struct yaml *value,
                           struct scenario_addresses *out)
{
    out->items = arena_alloc(load->arena, load_texts_count(value) * sizeof *out->items);
    for (size_t i = 0; i < load_texts_count(value); i++) {
        const struct yaml *item = load_texts_item(value, i);
        struct scenario_address *address = &out->items[out->count];
        address->place = item->place;
        if (!address_parse(item->text, &address->address))
            diagnostics_error(load->diagnostics, item->place,
                              "'%s' is no address, expected one such as 192.0.2.1 or 2001:db8::1",
                              item->text);
        else if (strchr(item->text, ':') && address_is_ipv4(&address->address))
            refuse_mapped(load, item, &address->address);
        else if (!is_host_address(&address->address))
            diagnostics_error(load->diagnostics, item->place,
                              "'%s' can't be a host's address, expected no unspecified, loopback "
                              "or multicast one",
                              item->text);
        else
            out->count++;
    }
}

bool load_addresses(struct load *load, const struct schema_field *field, const struct yaml *value,
                    void *record)
{
    if (!load_is_texts(load, field, value))
        return is_reported(value);
    read_addresses(load, value, (struct scenario_addresses *)((char *)record + field->offset));
    return true;
}

static struct scenario_instance *instance_at(const struct scenario_instances *instances,
                                             const char *site)
{
    for (size_t i = 0; i < instances->count; i++) {
        if (strcmp(instances->items[i].site.name, site) == 0)
            return &instances->items[i];
    }
    return NULL;
}

static void read_address_map(struct load *load, const struct schema_field *field,
                             const struct yaml *map, const struct scenario_instances *instances)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        struct scenario_instance *instance = instance_at(instances, entry->key);
        if (!instance)
            diagnostics_error(load->diagnostics, entry->place,
                              "'%s' is not among the sites of %s, expected one of those",
                              entry->key, load->subject);
        else if (load_is_texts(load, field, entry->value))
            read_addresses(load, entry->value, &instance->addresses);
        else if (!is_reported(entry->value))
            load_misfit(load, field, entry->value);
    }
}

bool load_instance_addresses(struct load *load, const struct schema_field *field,
                             const struct yaml *value, void *record)
{
    const struct scenario_instances *instances = instances_of(field, record);
    if (instances->count == 0)
        return true; /* `site` is missing, which is said already */
    if (value->kind == YAML_MAP) {
        read_address_map(load, field, value, instances);
        return true;
    }
    if (!load_is_texts(load, field, value))
        return is_reported(value);
    if (instances->count == 1)
        read_addresses(load, value, &instances->items[0].addresses);
    else
        diagnostics_error(load->diagnostics, value->place,
                          "%s has several instances, expected a map such as {%s: ADDRESS}",
                          load->subject, instances->items[0].site.name);
    return true;
}

/* ---- the timeline ------------------------------------------------------------------------ */

bool load_change(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    struct scenario_event *event = record;
    event->action = (enum scenario_action)field->action;
    return load_reference(load, field, value, record);
}

bool load_target(struct load *load, const struct schema_field *field, const struct yaml *value,
                 void *record)
{
    static const struct schema_field link = {.key = "link",
                                             .kind = SCHEMA_ENDS,
                                             .allowed = 1u << REFERENCE_SITE,
                                             .offset = offsetof(struct scenario_event, link)};
    struct scenario_event *event = record;
    event->action = (enum scenario_action)field->action;
    if (value->kind != YAML_MAP)
        return load_reference(load, field, value, record);
    const struct yaml_entry *ends = yaml_find(value, "link");
    if (!ends || value->count != 1 || !(field->allowed & link.allowed))
        return false;
    if (!load_ends(load, &link, ends->value, record))
        load_misfit(load, &link, ends->value);
    return true;
}
