/*
 * The scenario language as one table: which keys there are, what stands under
 * each, whether it must, what holds without it, what it is for, and where in
 * struct scenario it goes. The loader walks this table and nothing else, and a test
 * holds docs/scenario.md to it.
 */
#ifndef SCENARIOS_SCHEMA_H
#define SCENARIOS_SCHEMA_H

#include "sim/base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands under a key, and the type of the member it goes to. */
enum schema_kind {
    SCHEMA_TEXT,               /* const char * */
    SCHEMA_SETTING,            /* const char *: PATH=VALUE */
    SCHEMA_TITLE,              /* const char *: can name a directory */
    SCHEMA_INCLUDE,            /* read before everything else; goes nowhere */
    SCHEMA_SEED,               /* uint64_t */
    SCHEMA_COUNT,              /* uint32_t, above 0 */
    SCHEMA_SERIAL,             /* uint32_t of a struct scenario_event */
    SCHEMA_BOOLEAN,            /* bool */
    SCHEMA_CHOICE,             /* an enum */
    SCHEMA_DURATION,           /* int64_t, ns */
    SCHEMA_OFFSET,             /* int64_t, ns, also negative */
    SCHEMA_SECRET,             /* struct bytes */
    SCHEMA_INSTANT,            /* int64_t, ns since the start */
    SCHEMA_TIMESTAMP,          /* int64_t, Unix, ns */
    SCHEMA_PERCENTAGE,         /* uint32_t, parts per 10^9 */
    SCHEMA_DECIMAL,            /* fixed, not negative */
    SCHEMA_RATE,               /* struct rate */
    SCHEMA_LOCATION,           /* struct scenario_site */
    SCHEMA_DOMAIN,             /* struct scenario_server: its host name */
    SCHEMA_HOST_NAME,          /* const char *: what stands in a certificate */
    SCHEMA_FILE,               /* struct scenario_zone at the offset: its file */
    SCHEMA_RECORDS,            /* struct scenario_zone at the offset: its records */
    SCHEMA_KEY_FILE,           /* const char *: the path to open */
    SCHEMA_SALT,               /* struct nsec3_parameters: its salt */
    SCHEMA_ITERATIONS,         /* struct nsec3_parameters: its iterations */
    SCHEMA_REFERENCE,          /* struct reference */
    SCHEMA_REFERENCES,         /* struct reference_list: one or a list */
    SCHEMA_ENDS,               /* struct reference_list: exactly two */
    SCHEMA_PEERS,              /* struct scenario_peers: none, a server or a list */
    SCHEMA_PEERS_OR_ANY,       /* the same with keys, or any */
    SCHEMA_ADDRESSES,          /* struct scenario_addresses: one or a list */
    SCHEMA_INSTANCES,          /* struct scenario_instances: a site or a list */
    SCHEMA_INSTANCE_ADDRESSES, /* struct scenario_instances: their addresses */
    SCHEMA_NAMES,              /* struct scenario_queries: which names are asked for */
    SCHEMA_TYPES,              /* struct scenario_queries: which types */
    SCHEMA_LINES,              /* struct scenario_texts: a text of lines, or a list */
    SCHEMA_CHANGE,             /* struct scenario_event: zone and action */
    SCHEMA_TARGET,             /* struct scenario_event: target and action */
    SCHEMA_SENTENCES,          /* array of struct expectation */
    SCHEMA_MAP,                /* an embedded struct */
    SCHEMA_OPTION,             /* pointer to a struct, NULL without the key */
    SCHEMA_NAMED,              /* array of structs, from a map of names */
    SCHEMA_LIST,               /* array of structs, from a list */
    SCHEMA_KIND_COUNT
};

struct schema_choice {
    const char *text; /* NULL ends the list */
    int value;
};

struct schema_field {
    const char *key; /* NULL ends the table */
    enum schema_kind kind;
    bool required;
    bool one_of;               /* exactly one of the record's keys so marked must be there */
    const char *needs;         /* the key without which this one has no meaning */
    const char *fallback;      /* the default, as one would write it; or NULL */
    const char *fallback_says; /* what holds without the key, where no value says it */
    const char *help;          /* a sentence */
    size_t offset;
    size_t count_offset;         /* SENTENCES, NAMED, LIST: of the size_t beside the pointer */
    const struct schema *record; /* MAP, OPTION, NAMED, LIST */
    unsigned allowed;            /* references: bit 1 << enum reference_kind */
    int64_t minimum;             /* DURATION, DECIMAL */
    int64_t maximum;             /* DURATION: an hour or ten years; 0: none */
    int action;                  /* CHANGE, TARGET: enum scenario_action */
    const struct schema_choice *choices;
};

enum schema_naming {
    SCHEMA_NAMELESS,
    SCHEMA_NODES,
    SCHEMA_ZONES,
    SCHEMA_HELD_ZONES,
    SCHEMA_GROUPS
};

struct schema {
    const char *noun;          /* "server" */
    enum schema_naming naming; /* what the keys of a SCHEMA_NAMED map are */
    size_t size;               /* of the struct */
    const void *initial;       /* the struct before its keys are read; NULL: zeroes */
    const struct schema_field *fields;
};

/* The whole file; its struct is struct scenario. */
extern const struct schema schema_scenario;

/* The map under `names:` of client queries. */
extern const struct schema schema_names;

/* NULL if SCHEMA has no such key. */
const struct schema_field *schema_find(const struct schema *schema, const char *key);

/* ---- keys that are none (schema_synonyms.c); all may be NULL -------------------------------- */

/* The key of SCHEMA that who writes WORD is likely to mean. */
const char *schema_synonym(const struct schema *schema, const char *word);

/* What is written instead of WORD where it is no key: ends the sentence "..., expected". */
const char *schema_otherwise(const struct schema *schema, const char *word);

/* The key below SCHEMA under which KEY stands. */
const char *schema_home(const struct schema *schema, const char *key);

/* ---- what is expected ----------------------------------------------------------------------- */

/* "a duration such as 50ms, 30s or 14d": ends the sentence "..., expected"; static or in
 * the arena. */
const char *schema_expected(struct arena *arena, const struct schema_field *field);

/* Whether a number of this kind may have decimals. */
bool schema_is_decimal(enum schema_kind kind);

/* "a site, a server or a zone", for a set of reference kinds. */
const char *schema_allowed(struct arena *arena, unsigned allowed);

#endif
