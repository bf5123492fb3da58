/* What the files of the loader share: tree in, struct scenario out, references noted for the
 * checks. Private to scenarios/load*.c and check*.c. */
#ifndef SCENARIOS_LOAD_H
#define SCENARIOS_LOAD_H

#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"
#include "sim/base/table.h"

/* A reference to look up once all names are known. */
struct load_pending {
    struct reference *reference;
    unsigned allowed; /* bit 1 << enum reference_kind */
};

/* Sites, keys, zones, servers, resolvers, client groups and monitors all begin so. */
struct load_named {
    const char *name;
    struct place place;
    bool unclear;
};

struct load {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct scenario_files *files;
    struct scenario *scenario;
    const char *subject; /* the record being read, for messages: "server 'ns1'" */
    struct load_pending *pending;
    size_t pending_count, pending_capacity;
    struct place duration_set; /* the --set that gave the duration; file NULL: the file did */
    size_t written_out;        /* values that ranges of zones have become */
    /* The record being read has a key that belongs nowhere: what is missing may stand under it. */
    bool stray;
    const char *instead; /* what was last expected there instead of a key, in this record */
    bool incomplete;     /* the same of the whole file: names may be missing */
};

/* ---- load_record.c: any record, by its schema ----------------------------------------- */

/* Reads MAP (whose keys are those of SCHEMA) into RECORD. */
void load_record(struct load *load, const struct schema *schema, const struct yaml *map,
                 const char *subject, struct place place, void *record);

/* VALUE with its ranges of zones' names written out; VALUE itself if it has none.
 * (load_pattern.c) */
struct yaml *load_patterns(struct load *load, struct yaml *value);

/* MAP with what stands at a wrong level in it where it belongs, once that is told.
 * (load_levels.c) */
const struct yaml *load_levels(struct load *load, const struct schema *schema,
                               const struct yaml *map);

/* MAP with the keys that it seems to mean where they are none of SCHEMA's, once that is told; what
 * belongs nowhere is left out and sets LOAD->stray. (load_keys.c) */
const struct yaml *load_keys(struct load *load, const struct schema *schema,
                             const struct yaml *map);

/* Tells what keys there are too many or too few of: MAP is from load_keys. (load_keys.c) */
void load_check_keys(struct load *load, const struct schema *schema, const struct yaml *map,
                     struct place place);

/* "'delay' is 'fast', expected a duration ..." */
void load_misfit(struct load *load, const struct schema_field *field, const struct yaml *value);

/* ---- load_value.c, load_parts.c: what stands under a key -------------------------------- */

/* Reads VALUE into its place in RECORD. False: it is no such thing, and nothing was said yet. */
typedef bool load_reader(struct load *load, const struct schema_field *field,
                         const struct yaml *value, void *record);

load_reader load_text, load_host_name, load_setting, load_title, load_seed, load_count, load_serial,
    load_boolean, load_choice, load_duration, load_offset, load_secret, load_instant,
    load_timestamp, load_percentage, load_decimal, load_rate;

load_reader load_reference, load_references, load_ends, load_peers, load_instances,
    load_instance_addresses, load_addresses, load_change, load_target;

load_reader load_location, load_domain, load_file, load_records, load_names, load_types, load_lines,
    load_sentences, load_key_file, load_salt, load_iterations;

/* Notes that NAME at PLACE must be looked up among ALLOWED kinds. OUT keeps its address. */
void load_note_reference(struct load *load, const char *name, struct place place, unsigned allowed,
                         struct reference *out);

/* NAME in lower case, in the arena. */
const char *load_lower_case(struct arena *arena, const char *name);

/* Parses a domain name; lower case in wire format and (TEXT may be NULL) as text with a final dot,
 * both in the arena. False after an error. */
bool load_domain_name(struct load *load, const char *written, struct place place,
                      const uint8_t **wire, const char **text);

/* True for a text; or for a list without lists and maps in it, once said for each that is. */
bool load_is_texts(struct load *load, const struct schema_field *field, const struct yaml *value);

/* The texts of a value for which load_is_texts holds: COUNT of them, the one at INDEX. */
size_t load_texts_count(const struct yaml *value);
const struct yaml *load_texts_item(const struct yaml *value, size_t index);

/* ---- load_document.c: files into one tree ------------------------------------------------ */

/* Reads TEXT of the file PATH and all it includes; NULL after an error. */
struct yaml *load_document(struct load *load, const char *path, struct bytes text);

/* ---- load_set.c ---------------------------------------------------------------------------- */

/* Applies one --set PATH=VALUE to the tree. */
void load_set(struct load *load, struct yaml *root, const char *setting);

#endif
