/*
 * From libyaml's document to our tree. The document holds aliases as shared
 * nodes, which makes a small file describe a huge or even endless tree: depth and
 * size are counted while copying.
 */
#include "scenarios/yaml.h"

#include "sim/base/table.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    DEPTH_MAX = 32,
    NODES_MAX = 250000,
    TEXT_MAX = 4 * 1024 * 1024,
    ANCHORS_MAX = 1000, /* libyaml compares each with every other */
    SHOWN_MAX = 40,     /* characters of a value that a message shows */
};

struct copying {
    struct arena *arena;
    struct diagnostics *diagnostics;
    yaml_document_t *document;
    const char *file;
    size_t nodes;
    bool failed; /* too deep or too large: said once */
};

static struct place place_of(const struct copying *copying, yaml_mark_t mark)
{
    return (struct place){copying->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

struct yaml *yaml_create(struct arena *arena, enum yaml_kind kind, struct place place)
{
    struct yaml *value = arena_alloc(arena, sizeof *value);
    *value = (struct yaml){.kind = kind, .place = place, .content = place, .text = ""};
    return value;
}

struct yaml_entry *yaml_append(struct arena *arena, struct yaml *parent, const char *key,
                               struct place place, struct yaml *value)
{
    if (parent->count == parent->capacity) {
        size_t capacity = parent->capacity ? parent->capacity * 2 : 4;
        struct yaml_entry *grown = arena_alloc(arena, capacity * sizeof *grown);
        if (parent->count > 0)
            memcpy(grown, parent->entries, parent->count * sizeof *grown);
        parent->entries = grown;
        parent->capacity = capacity;
    }
    struct yaml_entry *entry = &parent->entries[parent->count++];
    *entry = (struct yaml_entry){key, place, value, false};
    return entry;
}

struct yaml_entry *yaml_find(const struct yaml *map, const char *key)
{
    if (map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->entries[i].key, key) == 0)
            return &map->entries[i];
    }
    return NULL;
}

static bool is_null(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static bool scalar_is_sound(struct copying *copying, const yaml_node_t *node)
{
    if (memchr(node->data.scalar.value, '\0', node->data.scalar.length) == NULL)
        return true;
    diagnostics_error(copying->diagnostics, place_of(copying, node->start_mark),
                      "a text holds a zero byte, expected characters that can be seen");
    return false;
}

static struct yaml *copy_scalar(struct copying *copying, const yaml_node_t *node)
{
    struct place place = place_of(copying, node->start_mark);
    if (is_null(node) || !scalar_is_sound(copying, node))
        return yaml_create(copying->arena, YAML_NOTHING, place);
    struct yaml *value = yaml_create(copying->arena, YAML_TEXT, place);
    value->text = arena_text(copying->arena, (const char *)node->data.scalar.value);
    yaml_scalar_style_t style = node->data.scalar.style;
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
        value->content = (struct place){copying->file, place.line + 1, 0};
    else if (style != YAML_PLAIN_SCALAR_STYLE)
        value->content.column++;
    /* A block's last mark is on the line after it. */
    size_t lines = node->end_mark.line - node->start_mark.line;
    value->folded = style == YAML_FOLDED_SCALAR_STYLE    ? lines > 2
                    : style == YAML_LITERAL_SCALAR_STYLE ? false
                                                         : lines > 0;
    return value;
}

/* Refuses what nests too deeply or has too many nodes; false once refused. */
static bool within_bounds(struct copying *copying, const yaml_node_t *node, unsigned depth)
{
    const char *problem = NULL;
    if (depth > DEPTH_MAX)
        problem = "nested more than 32 deep (or an alias within its own anchor)";
    else if (++copying->nodes > NODES_MAX)
        problem = "more than 250000 values, aliases counted as what they stand for";
    if (problem && !copying->failed)
        diagnostics_error(copying->diagnostics, place_of(copying, node->start_mark),
                          "%s, expected a scenario that a person could read", problem);
    copying->failed = copying->failed || problem;
    return !copying->failed;
}

static struct yaml *copy_node(struct copying *copying, int index, unsigned depth);

static void copy_list(struct copying *copying, const yaml_node_t *node, struct yaml *list,
                      unsigned depth)
{
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top && !copying->failed; item++) {
        struct yaml *value = copy_node(copying, *item, depth);
        if (value)
            yaml_append(copying->arena, list, NULL, value->place, value);
    }
}

/* Adds to MAP, whose keys so far are SEEN. */
static void add_pair(struct copying *copying, struct yaml *map, struct table *seen,
                     const struct yaml *key, struct yaml *value)
{
    struct bytes name = bytes_of_text(key->text);
    const struct yaml *first = table_get(seen, name);
    if (first) {
        diagnostics_error(copying->diagnostics, key->place,
                          "'%s' stands here a second time, expected it only at %s", key->text,
                          place_text(copying->arena, first->place));
        return;
    }
    table_put(seen, name, (void *)(uintptr_t)key);
    yaml_append(copying->arena, map, key->text, key->place, value);
}

static void copy_pair(struct copying *copying, const yaml_node_pair_t *pair, struct yaml *map,
                      struct table *seen, unsigned depth)
{
    const yaml_node_t *key = yaml_document_get_node(copying->document, pair->key);
    struct place place = place_of(copying, key->start_mark);
    if (key->type != YAML_SCALAR_NODE) {
        diagnostics_error(copying->diagnostics, place,
                          "a list or map stands as a key, expected a plain text");
        return;
    }
    if (!scalar_is_sound(copying, key))
        return;
    struct yaml *name = copy_scalar(copying, key);
    struct yaml *value = copy_node(copying, pair->value, depth);
    if (strcmp(name->text, "<<") == 0)
        diagnostics_error(copying->diagnostics, place,
                          "merge keys (<<) are not supported, expected the keys themselves");
    else if (*name->text == '\0')
        diagnostics_error(copying->diagnostics, place, "a key is empty, expected a name");
    else if (value)
        add_pair(copying, map, seen, name, value);
}

static void copy_map(struct copying *copying, const yaml_node_t *node, struct yaml *map,
                     unsigned depth)
{
    struct table seen = {0};
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top && !copying->failed; pair++)
        copy_pair(copying, pair, map, &seen, depth);
    table_free(&seen);
}

static struct yaml *copy_node(struct copying *copying, int index, unsigned depth)
{
    const yaml_node_t *node = yaml_document_get_node(copying->document, index);
    if (!within_bounds(copying, node, depth))
        return NULL;
    if (node->type == YAML_SCALAR_NODE)
        return copy_scalar(copying, node);
    bool is_map = node->type == YAML_MAPPING_NODE;
    struct yaml *value = yaml_create(copying->arena, is_map ? YAML_MAP : YAML_LIST,
                                     place_of(copying, node->start_mark));
    if (is_map)
        copy_map(copying, node, value, depth + 1);
    else
        copy_list(copying, node, value, depth + 1);
    return value;
}

/* What is behind a problem, in libyaml's words, most often. */
struct hint {
    const char *problem;
    bool is_at_beginning; /* of what was being read: that is what a person must look at */
    const char *expectation;
};

static const struct hint *find_hint(const char *problem)
{
    static const struct hint hints[] = {
        {"did not find expected key", false,
         "; expected a key indented as its neighbours, quotes and brackets closed above"},
        {"did not find expected '-' indicator", false,
         "; expected a '-' indented as its neighbours, quotes and brackets closed above"},
        {"did not find expected ',' or '}'", false, "; expected the bracket closed before this"},
        {"did not find expected ',' or ']'", false, "; expected the bracket closed before this"},
        {"mapping values are not allowed in this context", false,
         "; expected a space after each colon above, and quotes around a text with ': ' in it"},
        {"could not find expected ':'", true, "; expected a key with a colon and a space after it"},
        {"found character that cannot start any token", false,
         "; expected spaces in place of tabs, and quotes around a text that begins so"},
        {"found unexpected end of stream", true, "; expected a closing quote"},
    };
    static const struct hint none = {"", false, ""};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strcmp(problem, hints[i].problem) == 0)
            return &hints[i];
    return &none;
}

static void report_syntax(struct copying *copying, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "unknown problem";
    const char *context = "";
    const struct hint *hint = find_hint(problem);
    struct place place = place_of(copying, parser->problem_mark);
    if (parser->error == YAML_READER_ERROR) {
        diagnostics_error(copying->diagnostics, (struct place){.file = copying->file},
                          "not YAML: %s at byte %zu, expected UTF-8 text", problem,
                          parser->problem_offset);
        return;
    }
    if (parser->context)
        context = arena_format(copying->arena, ", %s", parser->context);
    if (parser->context && hint->is_at_beginning)
        place = place_of(copying, parser->context_mark);
    else if (parser->context && parser->context_mark.line != parser->problem_mark.line)
        context = arena_format(copying->arena, "%s begun on line %zu", context,
                               parser->context_mark.line + 1);
    diagnostics_error(copying->diagnostics, place, "not YAML: %s%s%s", problem, context,
                      hint->expectation);
}

/* The root of the loaded document; with none, nothing. */
static struct yaml *copy_document(struct copying *copying)
{
    if (!yaml_document_get_root_node(copying->document))
        return yaml_create(copying->arena, YAML_NOTHING, (struct place){copying->file, 1, 1});
    struct yaml *root = copy_node(copying, 1, 0);
    return copying->failed ? NULL : root;
}

struct survey {
    unsigned depth;
    unsigned documents;
    size_t anchors;
};

/* What EVENT makes too much of, or NULL. */
static const char *survey_event(struct survey *survey, const yaml_event_t *event)
{
    bool begins =
        event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    bool ends = event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
    survey->depth += begins;
    survey->depth -= ends;
    survey->documents += event->type == YAML_DOCUMENT_START_EVENT;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        survey->anchors += event->data.sequence_start.anchor != NULL;
    else if (event->type == YAML_MAPPING_START_EVENT)
        survey->anchors += event->data.mapping_start.anchor != NULL;
    else if (event->type == YAML_SCALAR_EVENT)
        survey->anchors += event->data.scalar.anchor != NULL;
    if (survey->depth > DEPTH_MAX)
        return "nested more than 32 deep, expected a scenario that a person could read";
    if (survey->anchors > ANCHORS_MAX)
        return "more than 1000 anchors, expected a scenario that a person could read";
    return survey->documents > 1 ? "a second document begins, expected one in a file" : NULL;
}

/* libyaml takes quadratic time over depth and anchors when it loads a document at once, but not
 * when asked for one event after the other: so look before loading. */
static bool survey_text(struct copying *copying, yaml_parser_t *parser)
{
    struct survey survey = {0};
    const char *problem = NULL;
    for (bool at_end = false; !at_end && !problem;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            report_syntax(copying, parser);
            return false;
        }
        problem = survey_event(&survey, &event);
        if (problem)
            diagnostics_error(copying->diagnostics, place_of(copying, event.start_mark), "%s",
                              problem);
        at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return !problem;
}

static void begin_parser(yaml_parser_t *parser, struct bytes text)
{
    if (!yaml_parser_initialize(parser)) {
        fputs("out of memory\n", stderr);
        abort();
    }
    yaml_parser_set_input_string(parser, text.data, text.size);
}

struct yaml *yaml_read(struct arena *arena, struct bytes text, const char *file,
                       struct diagnostics *diagnostics)
{
    yaml_parser_t parser;
    yaml_document_t document;
    struct copying copying = {arena, diagnostics, &document, file, 0, false};
    struct yaml *root = NULL;
    if (text.size > TEXT_MAX) {
        diagnostics_error(diagnostics, (struct place){.file = file},
                          "larger than 4 MB, expected a scenario that a person could read");
        return NULL;
    }
    begin_parser(&parser, text);
    bool sound = survey_text(&copying, &parser);
    yaml_parser_delete(&parser);
    if (!sound)
        return NULL;
    begin_parser(&parser, text);
    if (yaml_parser_load(&parser, &document)) {
        root = copy_document(&copying);
        yaml_document_delete(&document);
    } else {
        report_syntax(&copying, &parser); /* an alias without its anchor */
    }
    yaml_parser_delete(&parser);
    return root;
}

/* "[fra, sin]" if LIST holds nothing but texts and is short, or "a list". */
static const char *describe_list(struct arena *arena, const struct yaml *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->entries[i].value;
        if (item->kind != YAML_TEXT || strchr(item->text, '\n') || strlen(text) > SHOWN_MAX ||
            strlen(item->text) > SHOWN_MAX)
            return "a list";
        text = arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "", item->text);
    }
    return arena_format(arena, "[%s]", text);
}

const char *yaml_describe(struct arena *arena, const struct yaml *value)
{
    switch (value->kind) {
    case YAML_NOTHING:
        return "empty";
    case YAML_LIST:
        return describe_list(arena, value);
    case YAML_MAP:
        return "a map";
    case YAML_TEXT:
        break;
    }
    int shown = (int)strcspn(value->text, "\n");
    bool whole = value->text[shown] == '\0' && shown <= SHOWN_MAX;
    if (shown > SHOWN_MAX)
        shown = SHOWN_MAX;
    return arena_format(arena, "'%.*s%s'", shown, value->text, whole ? "" : "...");
}
