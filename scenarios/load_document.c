/*
 * One tree from a scenario file and all that it includes.
 *
 * Maps of named things are joined and lists are put one after the other, what is
 * included first; of any other key the including file's value holds. A file
 * counts once, however often it is included.
 */
#include "scenarios/load.h"

#include "scenarios/files.h"

#include <string.h>

enum { INCLUDES_MAX = 1000 };

/* A file on the way to the one being read, for finding circles. */
struct chain {
    const struct chain *outer;
    const char *path;
};

struct documents {
    struct load *load;
    struct table seen; /* paths */
    struct yaml *joined;
    bool failed;
};

static bool is_on_chain(const struct chain *chain, const char *path)
{
    for (; chain; chain = chain->outer) {
        if (strcmp(chain->path, path) == 0)
            return true;
    }
    return false;
}

/* Adds the entries of MAP to JOINED, unless a name is taken. */
static void join_maps(struct load *load, struct yaml *joined, const struct yaml *map)
{
    struct table taken = {0};
    for (size_t i = 0; i < joined->count; i++)
        table_put(&taken, bytes_of_text(joined->entries[i].key),
                  arena_copy(load->arena, &joined->entries[i].place, sizeof(struct place)));
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        const struct place *first = table_get(&taken, bytes_of_text(entry->key));
        if (first)
            diagnostics_error(load->diagnostics, entry->place,
                              "'%s' stands here a second time, expected it only at %s", entry->key,
                              place_text(load->arena, *first));
        else
            yaml_append(load->arena, joined, entry->key, entry->place, entry->value);
    }
    table_free(&taken);
}

static void join_lists(struct load *load, struct yaml *joined, const struct yaml *list)
{
    for (size_t i = 0; i < list->count; i++)
        yaml_append(load->arena, joined, NULL, list->entries[i].place, list->entries[i].value);
}

static bool is_joined(const char *key)
{
    const struct schema_field *field = schema_find(&schema_scenario, key);
    if (!field)
        return false;
    return field->kind == SCHEMA_NAMED || field->kind == SCHEMA_LIST ||
           field->kind == SCHEMA_SENTENCES;
}

static void join(struct load *load, struct yaml *joined, const struct yaml *document)
{
    for (size_t i = 0; i < document->count; i++) {
        const struct yaml_entry *entry = &document->entries[i];
        struct yaml_entry *old = yaml_find(joined, entry->key);
        if (!old)
            yaml_append(load->arena, joined, entry->key, entry->place, entry->value);
        else if (!is_joined(entry->key) || old->value->kind != entry->value->kind)
            *old = *entry;
        else if (entry->value->kind == YAML_MAP)
            join_maps(load, old->value, entry->value);
        else if (entry->value->kind == YAML_LIST)
            join_lists(load, old->value, entry->value);
    }
}

static void add_document(struct documents *documents, const struct chain *outer, const char *path,
                         struct bytes text);

static void include(struct documents *documents, const struct chain *chain, const struct yaml *item)
{
    struct load *load = documents->load;
    struct bytes text;
    const char *error = NULL;
    const char *path = files_beside(load->arena, chain->path, item->text);
    if (is_on_chain(chain, path)) {
        diagnostics_error(load->diagnostics, item->place,
                          "'%s' includes itself in a circle, expected files in layers", path);
        documents->failed = true;
    } else if (!table_get(&documents->seen, bytes_of_text(path))) {
        if (documents->seen.count >= INCLUDES_MAX)
            error = "the 1001st included file";
        else if (load->files->read(load->files->context, load->arena, path, &text, &error)) {
            add_document(documents, chain, path, text);
            return;
        }
        diagnostics_error(load->diagnostics, item->place, "'%s': %s, expected a scenario file",
                          path, error);
        documents->failed = true;
    }
}

static void add_includes(struct documents *documents, const struct chain *chain,
                         const struct yaml *document)
{
    const struct yaml_entry *entry = yaml_find(document, "include");
    const struct schema_field *field = schema_find(&schema_scenario, "include");
    if (!entry)
        return;
    if (load_is_texts(documents->load, field, entry->value)) {
        for (size_t i = 0; i < load_texts_count(entry->value); i++)
            include(documents, chain, load_texts_item(entry->value, i));
    } else if (entry->value->kind != YAML_LIST) {
        load_misfit(documents->load, field, entry->value);
    }
}

static void add_document(struct documents *documents, const struct chain *outer, const char *path,
                         struct bytes text)
{
    struct load *load = documents->load;
    const struct chain chain = {outer, path};
    table_put(&documents->seen, bytes_of_text(path), (void *)(uintptr_t)path);
    size_t errors = load->diagnostics->errors;
    struct yaml *document = yaml_read(load->arena, text, path, load->diagnostics);
    /* What was dropped, as a key's second value is, may hold names. */
    load->incomplete = load->incomplete || load->diagnostics->errors > errors;
    if (document && document->kind != YAML_MAP) {
        diagnostics_error(load->diagnostics, document->place,
                          "the file is %s, expected a map of keys such as 'duration: 1h'",
                          yaml_describe(load->arena, document));
        document = NULL;
    }
    if (!document) {
        documents->failed = true;
        return;
    }
    add_includes(documents, &chain, document);
    join(load, documents->joined, document);
}

struct yaml *load_document(struct load *load, const char *path, struct bytes text)
{
    struct place place = {.file = path, .line = 1, .column = 1};
    struct documents documents = {.load = load,
                                  .joined = yaml_create(load->arena, YAML_MAP, place)};
    add_document(&documents, NULL, path, text);
    table_free(&documents.seen);
    return documents.failed ? NULL : documents.joined;
}
