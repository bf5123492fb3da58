/*
 * A YAML document as a tree of ours: each value with its place, maps in the
 * order of the file and no key in them twice. Aliases are copied out, so that a change to one use
 * leaves the others alone; the size of the outcome is bounded. Merge keys (<<), tags and keys that
 * are not plain texts are not supported.
 */
#ifndef SCENARIOS_YAML_H
#define SCENARIOS_YAML_H

#include "scenarios/diagnostics.h"
#include "sim/base/bytes.h"

enum yaml_kind {
    YAML_NOTHING, /* "", ~ or null, unquoted */
    YAML_TEXT,
    YAML_LIST,
    YAML_MAP,
};

struct yaml_entry {
    const char *key;    /* NULL in a list */
    struct place place; /* of the key; in a list, of the value */
    struct yaml *value;
    bool told; /* its mistake has been told, and this is what it seems to mean */
};

struct yaml {
    enum yaml_kind kind;
    struct place place;
    const char *text; /* "" unless YAML_TEXT */
    bool folded;      /* several lines of the file, joined to one by YAML's rules */
    /* Of the first character of the text itself; column 0 where a block scalar's indentation hides
     * it. */
    struct place content;
    struct yaml_entry *entries;
    size_t count, capacity;
};

/* Reads the one document in TEXT. FILE goes into every place and must live as long as the tree.
 * NULL after an error. An empty document is YAML_NOTHING. */
struct yaml *yaml_read(struct arena *arena, struct bytes text, const char *file,
                       struct diagnostics *diagnostics);

/* A value made by no document. */
struct yaml *yaml_create(struct arena *arena, enum yaml_kind kind, struct place place);

/* Adds an entry to a list (KEY NULL) or a map; the key is not copied. */
struct yaml_entry *yaml_append(struct arena *arena, struct yaml *parent, const char *key,
                               struct place place, struct yaml *value);

/* The first entry with KEY in a map, or NULL. */
struct yaml_entry *yaml_find(const struct yaml *map, const char *key);

/* "'30s'", "[fra, sin]", "a list", "a map", "empty": what a message calls it; in the arena. */
const char *yaml_describe(struct arena *arena, const struct yaml *value);

#endif
